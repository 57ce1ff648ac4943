"""The consultation page without a mouse, after a sign-out, on paper, and while two have it open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.consultation import operations
from tests.browser.conftest import Served
from tests.consultation import meeting
from tests.support import office
from tests.support.browser import login
from tests.support.people import People, people, text_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def sitting(served: Served) -> Iterator[tuple[People, int]]:
    """A session of the second level that sits."""
    app = served.office.app
    case = meeting.at_work(app)
    course = meeting.propose(app, case, 2)
    for who in meeting.MEMBERS[2]:
        meeting.invite(app, case, who, "hall_deputy")
    meeting.notify(app, case)
    meeting.act(app, case, "hall_deputy", operations.hold, at=office.NOW + meeting.HOUR)
    served.at("2026-03-02T10:30:00")
    with people(served.url, office.PASSWORD, expected_errors=("409", "400", "401")) as cast:
        yield cast, course


def opened(cast: People, who: str, course: int) -> Page:
    page = cast.page(who)
    page.goto(f"/consultations/show/{course}")
    return page


WHERE = """() => { const one = document.activeElement;
  return one.dataset.field || one.id || one.className || one.tagName; }"""

# the buttons that stay at the foot of the screen, where they lie over the field in focus
COVERED = """() => { const one = document.activeElement, box = one.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + 8, Math.min(box.bottom - 6, innerHeight - 2));
  const bar = top && !one.contains(top) && top.closest(".consult-verbs");
  return bar && !bar.contains(one) ? one.outerHTML : ""; }"""


def test_two_who_have_the_page_open_see_each_other(sitting: tuple[People, int]) -> None:
    cast, course = sitting
    deputy, clerk = opened(cast, "hall_deputy", course), opened(cast, "office", course)
    clerk.focus("[data-field=findings]")
    expect(deputy.locator("#consult-here")).to_contain_text("林晓梅", timeout=20_000)
    clerk.goto("about:blank")


def test_what_is_typed_after_a_sign_out_is_kept_and_saved_after_the_next_sign_in(
    sitting: tuple[People, int],
) -> None:
    cast, course = sitting
    page = opened(cast, "hall_deputy", course)
    page.wait_for_load_state("networkidle")  # an answer on its way would bring the cookie back
    page.context.clear_cookies()
    page.fill("[data-field=findings]", "登录失效时写下的文字。")
    expect(page.locator("#save-state")).to_contain_text("登录已失效", timeout=20_000)
    assert page.input_value("[data-field=findings]") == "登录失效时写下的文字。"
    other = page.context.new_page()
    login(other, "hall_deputy", office.PASSWORD)
    other.close()
    expect(page.locator("[data-field=findings]")).to_have_attribute("data-version", "1", timeout=25_000)
    expect(page.locator("#save-state")).to_have_text("已保存")


def test_the_page_prints_as_text(sitting: tuple[People, int]) -> None:
    cast, course = sitting
    page = opened(cast, "hall_deputy", course)
    page.fill("[data-field=plan]", "第一行方案。\n第二行方案。")
    expect(page.locator("[data-field=plan]")).to_have_attribute("data-version", "1")
    content = page.pdf(format="A4")
    text = text_of(content)
    for words in ("法定人数1/3", "XF2026", "第一行方案。第二行方案。", "一级会诊", "二级会诊"):
        assert words in text, f"{words} is not on the paper: {text}"
    for control in ("提交三级会诊", "形成决定", "再加一项", "添加专家"):
        assert control not in text


def test_a_session_is_led_with_the_keyboard_alone(sitting: tuple[People, int]) -> None:
    cast, course = sitting
    page = opened(cast, "hall_deputy", course)
    page.focus(".stair a")
    met: list[str] = []
    while "findings" not in met and len(met) < 120:
        page.keyboard.press("Tab")
        met.append(page.evaluate(WHERE))
    page.set_viewport_size({"width": 1280, "height": 640})
    page.focus("[data-field=conclusion]")
    for _each in range(14):  # what the keyboard has come to is not hidden below the convener's buttons
        page.keyboard.press("Tab")
        hidden = page.evaluate(COVERED)
        assert not hidden, hidden
    order = [one for one in met if one in ("f-conclusion", "conclusion", "findings") or "consult" in one]
    assert any("consult-request" in one for one in order), met
    assert order.index("conclusion") < order.index("findings") and any(
        one.endswith(".attendance") for one in met
    )
    while page.evaluate("() => document.activeElement.textContent.trim()") != "暂缓（补充调查）":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("请测绘机构复核面积")
    page.keyboard.press("Escape")
    assert not page.locator("details.why[open]").count() and f"/show/{course}" in page.url
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "暂缓" in page.locator(".stair-now .badge").inner_text()
