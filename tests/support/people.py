"""Officers at their browsers: each of the cast with a context of their own, doing what a person does on the page."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymupdf
from playwright.sync_api import Browser, Locator, Page

from tests.support.browser import Visit, chromium, login, watched
from tests.support.server import PROJECT

Values = Mapping[str, str | bool | int]


@dataclass
class People:
    """The officers who have come so far; `page("reception")` is the page of one, signed in."""

    browser: Browser
    url: str
    password: str
    expected_errors: Sequence[str]
    options: dict[str, Any]
    _stack: ExitStack
    visits: dict[str, Visit] = field(default_factory=dict)

    def page(self, username: str) -> Page:
        if username not in self.visits:
            visit = watched(self.browser, self.url, expected_errors=self.expected_errors, **self.options)
            self.visits[username] = self._stack.enter_context(visit)
            login(self.visits[username].page, username, self.password)
        return self.visits[username].page


@contextmanager
def people(
    url: str, password: str, *, expected_errors: Sequence[str] = (), **options: Any
) -> Iterator[People]:
    """At the end every visit is checked: no request to another host, no unexpected console error."""
    with chromium() as browser, ExitStack() as stack:
        yield People(browser, url, password, expected_errors, options, stack)


# ---- forms ---------------------------------------------------------------------------------------------------------


def fill(page: Page, **values: str | bool | int) -> None:
    """Fill fields by name: texts typed, boxes ticked, choices picked by the words a reader sees."""
    for name, value in values.items():
        field = page.locator(f"form.model-form [name={name}]:not([type=hidden])")
        kind = field.evaluate("node => node.type")
        if kind == "checkbox":
            field.set_checked(bool(value))
        elif kind.startswith("select"):
            choose(page, name, str(value))
        else:
            field.fill(str(value))


def choose(page: Page, name: str, words: str) -> None:
    """Pick from a list by mouse, typing where the list can be searched."""
    page.click(f"#{name} + .select2-container")
    page.wait_for_selector(".select2-results__option")
    search = page.locator(".select2-container--open .select2-search__field")
    if search.is_visible():
        search.fill(words)
    page.locator(".select2-results__option:not(.loading-results)", has_text=words).first.click()


def picked(page: Page, name: str) -> str:
    """The words a choice shows."""
    return page.inner_text(f"#{name} + .select2-container .select2-selection__rendered").strip("× \n")


def follow(page: Page, selector: str) -> None:
    """Click a link and wait for the page it leads to."""
    with page.expect_navigation():
        page.click(selector)


def send(page: Page) -> None:
    """Press the form's button and wait for the answer."""
    with page.expect_navigation():
        page.click(".form-buttons button[type=submit]")


def send_refused(page: Page) -> None:
    """Press the form's button where the page itself refuses: nothing is sent."""
    page.click(".form-buttons button[type=submit]")
    page.wait_for_selector(".field-error")


def field_errors(page: Page) -> dict[str, str]:
    """What stands under which field."""
    rows = page.locator(".form-row.has-error").all()
    return {
        row.locator("[name]:not([type=hidden])").first.get_attribute("name") or "": row.locator(
            ".field-error"
        ).inner_text()
        for row in rows
    }


def step(page: Page, case: int, button: str, **values: str | bool | int) -> None:
    """On the case page press a step's button, fill its form and send it; the page after it shows no complaint."""
    page.goto(f"/cases/show/{case}")
    follow(page, f".step-buttons a:text-is('{button}')")
    fill(page, **values)
    send(page)
    assert not field_errors(page) and not alerts(page, "danger", "warning"), page.inner_text("main")


def alerts(page: Page, *tones: str) -> list[str]:
    return [text for tone in tones for text in page.locator(f".alert-{tone}").all_inner_texts()]


# ---- reading -------------------------------------------------------------------------------------------------------


def number_in(page: Page) -> int:
    """The number of the record in the page's address."""
    found = re.search(r"/(\d+)(?:$|[?#])", page.url)
    assert found, page.url
    return int(found.group(1))


def paper(page: Page, words: str) -> bytes:
    """The PDF behind a link of the list of papers, fetched in the same session."""
    link = page.locator(".paper-list li", has_text=words).locator("a").last
    return pdf(page, link)


def pdf(page: Page, link: Locator) -> bytes:
    answer = page.request.get(link.get_attribute("href") or "")
    assert answer.ok and answer.headers["content-type"] == "application/pdf", answer.status
    return answer.body()


def text_of(content: bytes) -> str:
    """The text of a PDF without blanks and line ends: papers break lines where they like."""
    with pymupdf.open(stream=content) as document:
        return re.sub(r"\s", "", "".join(page.get_text() for page in document))


def command(*arguments: str, env: Mapping[str, str]) -> str:
    """`flask` as a person types it; what it printed. AssertionError with its complaint when it fails."""
    program = [sys.executable, "-m", "flask", *arguments]
    done = subprocess.run(program, cwd=PROJECT, env=dict(env), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout
