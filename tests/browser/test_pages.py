"""Every page an officer's menu leads to, in a real browser: nothing foreign, no error, no English, nothing too wide.

Pictures of all of them are left in `.reports/pages/` for looking.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.core.db import db
from app.incentives import operations as notices
from app.supervision import duties
from tests.browser.conftest import Served
from tests.portal.test_pages_in_chinese import ALLOWED, LATIN, TRAIL
from tests.support import office
from tests.support.browser import chromium, login, watched
from tests.support.server import PROJECT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = PROJECT / ".reports" / "pages"
SIZES = ((1024, 768), (1280, 800))
KEYS = {"Enter", "Esc"}
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
NOW = dt.datetime(2026, 5, 20, 9, 0)
ACCEPTED = ("routing", "signing", "acceptance")
LONG = "反映物流园区二期工程征地补偿款未足额发放且补偿标准长期未向村民公开的问题" * 3
SAME = ("room_urban", "room_social", "room_enterprise", "room_legal")  # of one post with room_rural
MACHINES = ("hotline",)  # hand in by interface, and have no page
# what a person reads: words on the page, in its fields, on its buttons
READ = """() => [[...document.body.querySelectorAll('code')].reduce((text, code) => text.replace(code.innerText, ' '),
  document.body.innerText),
  ...document.querySelectorAll('[title], [aria-label], [placeholder]').values()
     .flatMap(node => ['title', 'aria-label', 'placeholder'].map(name => node.getAttribute(name) || ''))].join('\\n')"""


def fill_the_office(app: Flask) -> None:
    """A few matters in different states, one of them late and proposed for supervision, and a notice."""
    for day, steps, content in (
        (2, (), {"title": LONG, "petitioner_name": "买买提·艾力", "people_count": 120,
                 "representatives": ["王秀英", "李大山"]}),
        (2, ACCEPTED, {"first_time": False}),
        (3, (*ACCEPTED, "handling", "extension_request"), {}),
        (4, ("routing",), {}),
        (5, (*ACCEPTED, "opinion_draft", "opinion_signing", "delivery", "closing"), {}),
    ):  # fmt: skip
        at = dt.datetime(2026, 3, day, 9, 0)
        case = office.register_case(app, at=at, papers=True, **content)
        office.drive(app, case, *steps, at=at, papers=True)
    with app.app_context():
        duties.run(NOW.date())
        notices.compute("2026-05", NOW.date())
        db.session.commit()


@pytest.fixture(scope="module")
def browser(served: Served) -> Iterator[Browser]:
    fill_the_office(served.office.app)
    served.at(NOW.isoformat())
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with chromium() as running:
        yield running


@pytest.mark.parametrize("username", [name for name in office.CAST if name not in SAME + MACHINES])
def test_every_page_of_the_menu(served: Served, browser: Browser, username: str) -> None:
    with watched(browser, served.url, viewport={"width": 1280, "height": 800}) as visit:
        page = visit.page
        login(page, username, office.PASSWORD)
        found = page.eval_on_selector_all(".side-nav nav a", "links => links.map(link => link.pathname)")
        assert found
        for path in found:
            open_and_look(page, username, path)
            row = page.locator("tbody tr[data-href]").first
            if row.count():
                open_and_look(page, username, row.get_attribute("data-href") or "")


def open_and_look(page: Page, username: str, path: str) -> None:
    answer = page.goto(path)
    assert answer is not None and answer.ok, f"{path}: {answer and answer.status}"
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, f"{path} is {beyond} px wider than {width}"
    name = re.sub(r"\W+", "-", path.partition("?")[0].strip("/"))
    page.screenshot(path=PICTURES / f"{username}-{name}.png")
    assert not english(page) or path.startswith(TRAIL), f"{path}: {sorted(english(page))}"


def english(page: Page) -> set[str]:
    words = DIGEST.sub(" ", page.evaluate(READ))
    return set(LATIN.findall(ALLOWED.sub(" ", words))) - KEYS


def test_the_page_before_signing_in(served: Served, browser: Browser) -> None:
    with watched(browser, served.url, viewport={"width": 1024, "height": 768}) as visit:
        visit.page.goto("/")
        assert visit.page.url.startswith(f"{served.url}/login/")
        visit.page.screenshot(path=PICTURES / "nobody-login.png")
        assert not english(visit.page)
