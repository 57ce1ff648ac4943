"""What hands do that no plan has: clicking twice, going back, coming back after lunch, typing without a mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served
from tests.support import office
from tests.support.people import People, alerts, fill, follow, number_in, people, send

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VISIT: dict[str, str | int] = {
    "petitioner_name": "王秀英",
    "address": "龙泉镇柳树村三组",
    "channel": "来访",
    "purpose": "求决",
    "category": "自然资源",
    "request": "要求公开补偿标准。",
    "facts": "2025年征地，至今未公布标准。",
}


@pytest.fixture(scope="module")
def cast(served: Served) -> Iterator[People]:
    with people(served.url, office.PASSWORD, expected_errors=["status of 400"]) as come:
        yield come


@pytest.fixture
def page(cast: People) -> Page:
    page = cast.page("reception")
    page.goto("/registration/add")
    return page


def cases(page: Page) -> int:
    return int(page.request.get("/api/v1/case/").json()["count"])


def register(page: Page) -> None:
    """Send; where earlier petitions that may be the same are shown first, say that they were compared."""
    send(page)
    if page.url.endswith("/registration/add"):
        page.check("[name=compared]")
        send(page)


def test_a_double_click_registers_once(page: Page) -> None:
    before = cases(page)
    fill(page, **VISIT)
    with page.expect_navigation():
        page.dblclick(".form-buttons button[type=submit]")
    page.wait_for_load_state("networkidle")
    assert cases(page) == before + 1


def test_a_step_is_not_taken_twice_by_going_back(page: Page) -> None:
    fill(page, **VISIT)
    register(page)
    case = number_in(page)
    follow(page, ".step-buttons a:text-is('分流')")
    with page.expect_navigation():  # sent twice in one breath, as by a shaking hand on Enter
        page.evaluate(
            "{ const form = document.querySelector('form.model-form'); form.submit(); form.submit() }"
        )
    page.wait_for_load_state("networkidle")
    page.goto(f"/routingview/add/{case}")
    assert page.url.endswith(f"/cases/show/{case}") and "待签收" in alerts(page, "warning")[0]
    titles = page.locator(".timeline-item strong").all_inner_texts()
    assert titles == ["分流", "登记"]


def test_a_form_that_lay_too_long_says_what_to_do(page: Page) -> None:
    before = cases(page)
    fill(page, **VISIT)
    page.evaluate("document.querySelector('form.model-form [name=csrf_token]').value = 'old'")
    send(page)
    assert "内容尚未提交" in page.inner_text("main")
    page.go_back()
    assert page.input_value("[name=facts]") == VISIT["facts"]  # what was typed is still there
    assert cases(page) == before


def test_who_types_stays_signed_in(page: Page) -> None:
    page.clock.install()
    page.goto("/registration/add")
    page.keyboard.type("王")  # the first field is ready
    page.clock.fast_forward("10:00")
    with page.expect_response("**/healthz") as answer:
        page.keyboard.type("秀")
    assert "session=" in answer.value.all_headers()["set-cookie"]
    assert page.input_value("[name=petitioner_name]") == "王秀"


def test_the_keyboard_is_enough(cast: People) -> None:
    page = cast.page("reception")
    page.goto("/queue/list/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "portal-search"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    number = page.inner_text("h1").split("　")[0]
    with page.expect_navigation():
        page.keyboard.press("Escape")
    assert page.url.endswith("/queue/list/")
    page.keyboard.press("/")
    page.keyboard.type(number)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert number in page.inner_text("h1")


def test_a_long_account_is_kept_whole_and_shown_in_its_place(page: Page) -> None:
    account = "某年某月某日，村里来人丈量。" * 7000
    fill(page, **{**VISIT, "facts": account})
    register(page)
    assert page.inner_text(".facts .prewrap >> nth=1").strip() == account
    height, width, seen = page.evaluate("[(e => e.scrollHeight)(document.documentElement),"
                                        " document.documentElement.scrollWidth, innerWidth]")  # fmt: skip
    assert height < 3000 and width <= seen
