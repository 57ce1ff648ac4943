"""One matter from the reception room to the joint conference, seven people at browsers of their own, two of them
writing in the same field; then the minutes, read back from their PDF."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.documents.measure import pages
from tests.support import office
from tests.support.people import People, alerts, follow, people, text_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOM, HALL, OTHER = "联席会议室", "大厅会商室", "听证室"
PLAN = "差额补偿款分批补发，同步办理失地农民参保。"
# a conflict is answered with 409, which Chromium writes to the console
CONFLICT = ("409",)


def test_one_matter_climbs_four_levels(served: Served) -> None:
    app = served.office.app
    case = office.register_case(app, title="征地补偿款未足额发放")
    with app.app_context():
        room = office.unit_named("涉农事务接访室")
    office.drive(app, case, ("routing", {"room": room}), "signing", "acceptance")
    with people(served.url, office.PASSWORD, expected_errors=CONFLICT) as cast:
        begins_in_the_room(cast, case)
        takes_up(cast.page("room_rural"), 2)
        minutes_say(cast.page("room_rural"), 1)
        served.at("2026-03-02T09:30:00")
        second_level(cast)
        served.at("2026-03-03T09:00:00")
        opens(cast.page("hall_deputy"))
        writes_at_the_same_time(cast)
        takes_up(cast.page("hall_deputy"), 3)
        minutes_say(cast.page("hall_deputy"), 2, "少计三户2.3亩属实", "不承诺五号地块同批兑付")
        served.at("2026-03-04T09:00:00")
        token = third_level(cast)
        served.at("2026-03-05T09:00:00")
        an_expert(cast, token)
        opens(cast.page("hall_director"))
        takes_up(cast.page("hall_director"), 4)
        minutes_say(cast.page("hall_director"), 3, "沈明远", "以2025年航测图为准认定面积")
        served.at("2026-03-06T09:00:00")
        fourth_level(cast)
        served.at("2026-03-09T10:00:00")
        opens(cast.page("convener"))
        decides(cast, served)
        is_carried_out(cast)


def said(page: Page) -> None:
    assert not alerts(page, "danger", "warning"), page.inner_text("main")


def press(page: Page, label: str) -> None:
    """A verb's button; the question it may ask is answered with yes."""
    button = page.locator(".consult button, .consult summary", has_text=re.compile(f"^{label}$")).first
    asks = button.get_attribute("data-confirm")
    with page.expect_navigation():
        button.click()
        if asks:
            page.click("#portal-confirm [value=ok]")
    said(page)


def with_reason(page: Page, label: str, why: str) -> None:
    box = page.locator("details.why", has=page.locator("summary", has_text=re.compile(f"^{label}$")))
    box.locator("summary").click()
    box.locator("textarea").fill(why)
    with page.expect_navigation():
        box.locator("button[type=submit]").click()
    said(page)


def takes_up(page: Page, number: int) -> None:
    with_reason(page, f"提交{'零一二三四'[number]}级会诊", f"本级未能解决，请{number}级会诊研究。")


def ask(page: Page, *names: str) -> None:
    for name in names:
        page.fill("[name=officer]", name)
        with page.expect_navigation():
            page.locator("form:has([name=officer]) button[type=submit]").click()
        said(page)


def convene(page: Page, room: str, day: str) -> None:
    page.fill("[name=starts_at]", f"{day}T09:00")
    page.fill("[name=ends_at]", f"{day}T10:30")
    page.locator("[name=room]").select_option(label=option(page, room))
    press(page, "通知开会")


def minutes_say(page: Page, number: int, *words: str) -> None:
    """Of a level that was left: its signed minutes, read back."""
    with page.expect_navigation():
        page.locator(".stair a", has_text=f"{'一二三四'[number - 1]}级会诊").click()
    link = page.locator("#h-minutes").locator("xpath=..").locator("a")
    answer = page.request.get(link.get_attribute("href") or "")
    text = text_of(answer.body())
    for one in (f"{'一二三四'[number - 1]}级会诊", "未能解决", f"{'一二三四'[number]}级会诊", *words):
        assert one in text, f"{one} is not in the minutes of level {number}: {text}"


def option(page: Page, room: str) -> str:
    texts = page.locator("[name=room] option").all_inner_texts()
    return next(text for text in texts if text.startswith(room))


def opens(page: Page) -> None:
    page.reload()
    press(page, "宣布开会")
    for box in page.locator("select[data-field$='.attendance']").all():
        if box.input_value() != "PRESENT":
            box.select_option("PRESENT")
            expect(page.locator("#save-state")).to_have_text("已保存")
    page.wait_for_function(
        "[...document.querySelectorAll('[data-field]')].every(n => n.dataset.saved !== undefined)"
    )


def open_from_board(page: Page) -> None:
    page.goto("/consultations/list/")
    follow(page, ".board-card")


# ---- the levels ----------------------------------------------------------------------------------------------------


def begins_in_the_room(cast: People, case: int) -> None:
    page = cast.page("room_rural")
    page.goto(f"/cases/show/{case}")
    follow(page, ".step-buttons a:text-is('提请会诊')")
    page.check("[name=level][value='3']")
    page.fill("[name=reason]", "补偿面积认定与社保安置互为前提。")
    page.click(".propose button[type=submit]")
    page.wait_for_selector(".alert-danger")
    assert "不得越级会诊" in page.inner_text(".alert-danger")
    page.check("[name=level][value='1']")
    # the keyboard alone: from the reason on to the button
    page.focus("[name=reason]")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    said(page)
    assert page.locator(".stair-now b").inner_text().startswith("一级会诊")
    assert page.locator("text=会诊不停止时限").is_visible()


def second_level(cast: People) -> None:
    page = cast.page("hall_deputy")
    open_from_board(page)
    ask(page, "钱国栋", "韩守业")
    convene(page, ROOM, "2026-03-03")
    land = cast.page("land_head")
    open_from_board(land)
    land.locator("textarea[data-field$='.opinion']:visible").fill(
        "五号地块用地手续未办结，不能承诺同批兑付。"
    )
    land.locator("select[data-field$='.stance']:visible").select_option("DISAGREES")
    expect(land.locator("[data-field$='.stance']")).to_have_attribute("data-version", "1")
    expect(land.locator("[data-field$='.opinion']")).to_have_attribute("data-version", "1")
    land.locator("textarea[data-field$='.dissent']:visible").fill("不承诺五号地块同批兑付。")
    expect(land.locator("[data-field$='.dissent']")).to_have_attribute("data-version", "1")
    expect(page.locator(".opinion-against .opinion-words")).to_have_text(
        "五号地块用地手续未办结，不能承诺同批兑付。"
    )


def writes_at_the_same_time(cast: People) -> None:
    deputy, clerk = cast.page("hall_deputy"), cast.page("office")
    open_from_board(clerk)
    deputy.fill("[data-field=findings]", "少计三户2.3亩属实。")
    expect(clerk.locator("[data-field=findings]")).to_have_value("少计三户2.3亩属实。")
    clerk.fill("[data-field=reserved]", "人社局对参保时间另有意见。")
    expect(deputy.locator("[data-field=reserved]")).to_have_value("人社局对参保时间另有意见。")
    deputy.fill("[data-field=plan]", PLAN)
    expect(clerk.locator("[data-field=plan]")).to_have_value(PLAN)
    both_type(deputy, clerk)


def both_type(deputy: Page, clerk: Page) -> None:
    """In the same field: the slower one is shown what stands, keeps what they typed, and chooses."""
    # the clerk hears of nothing for a while
    clerk.route("**/sessions/changes/**", lambda route: route.fulfill(json={}))
    deputy.fill("[data-field=plan]", PLAN + "由镇政府配合。")
    expect(deputy.locator("[data-field=plan]")).to_have_attribute("data-version", "2")
    clerk.fill("[data-field=plan]", PLAN + "年底前完成。")
    clash = clerk.locator("[data-clash-of=plan]")
    expect(clash).to_contain_text("孙立新同时改为")
    expect(clash.locator("p")).to_have_text(PLAN + "由镇政府配合。")
    assert clerk.input_value("[data-field=plan]") == PLAN + "年底前完成。"
    clash.locator("button", has_text="用对方的").click()
    assert clerk.input_value("[data-field=plan]") == PLAN + "由镇政府配合。"
    clerk.unroute("**/sessions/changes/**")
    expect(clerk.locator("#consult-minutes")).to_contain_text("少计三户2.3亩属实")


def third_level(cast: People) -> str:
    page = cast.page("hall_director")
    open_from_board(page)
    assert page.locator(".stair-now b").inner_text().startswith("三级会诊")
    page.fill("[name=expert_name]", "沈明远")
    page.fill("[name=expert_of]", "省农业大学")
    with page.expect_navigation():
        page.locator("form:has([name=expert_name]) button[type=submit]").click()
    expert = page.locator("[data-voice]", has_text="沈明远")
    expert.locator(".opinion-tools > summary").click()
    with page.expect_navigation():
        expert.locator("button", has_text="生成一次性链接").click()
    address = page.locator(".private-address").inner_text()
    convene(page, HALL, "2026-03-05")
    return address


def an_expert(cast: People, address: str) -> None:
    context = cast.browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(address)
    page.click("button")
    page.select_option("#stance", "AGREES")
    page.fill("#opinion", "以2025年航测图为准认定面积。")
    page.click("button")
    assert "已保存" in page.inner_text("main")
    other = cast.browser.new_context(locale="zh-CN").new_page()
    answer = other.goto(address)
    assert answer is not None and answer.status == 410 and "已被打开过" in other.inner_text("main")
    context.close()
    expect(cast.page("hall_director").locator(".opinion-words", has_text="航测图")).to_be_visible()


def fourth_level(cast: People) -> None:
    page = cast.page("convener")
    open_from_board(page)
    assert page.locator(".stair-now b").inner_text().startswith("四级会诊")
    convene(page, OTHER, "2026-03-09")


def decides(cast: People, served: Served) -> None:
    page, clerk = cast.page("convener"), cast.page("office")
    page.locator("[data-field=conclusion]").select_option("PLAN")
    page.fill("[data-field=plan]", PLAN)
    rows = (
        ("一至四号地块差额兑付到户", "自然资源局", "2026-04-20"),
        ("办理32人参保登记", "人社局", "2026-04-30"),
    )
    for number, (what, unit, due) in enumerate(rows, 1):
        page.fill(f"[data-field='item{number}.what']", what)
        page.locator(f"[data-field='item{number}.unit']").select_option(label=unit)
        page.fill(f"[data-field='item{number}.due']", due)
    expect(page.locator("[data-field='item2.due']")).to_have_attribute("data-version", "1")
    page.locator(".consult-verbs button").first.click()
    with page.expect_navigation():
        page.click("#portal-confirm [value=ok]")
    assert "主办单位" in " ".join(alerts(page, "danger"))
    page.check("[data-field='item1.lead']")
    expect(page.locator("[data-field='item1.lead']")).to_have_attribute("data-version", "1")
    page.locator("[data-field='item1.kind']").select_option("PACKAGE")
    leader = page.locator("[data-field='item1.leader']")
    leader.select_option(
        label=next(text for text in leader.locator("option").all_inner_texts() if "宋成" in text)
    )
    expect(leader).to_have_attribute("data-version", "1")
    assert not page.locator("[data-field='item2.leader']").is_visible()
    expect(page.locator("#consult-minutes")).to_contain_text("宋成包案：一至四号地块差额兑付到户")
    open_from_board(clerk)
    for box in clerk.locator("select[data-field$='.vote']").all():
        box.select_option("YES")
        expect(box).to_have_attribute("data-version", "1")
    page.reload()
    press(page, "表决并形成决定")
    press(page, "签发纪要")
    assert page.locator(".stair-now .badge").inner_text() == "执行中"
    link = page.locator("#h-minutes").locator("xpath=..").locator("a")
    answer = page.request.get(link.get_attribute("href") or "")
    assert answer.ok
    reads_back(answer.body())
    follow(page, ".work-item a:text-is('领导包案')")
    assert "宋成" in page.inner_text("main")
    page.go_back()
    leader_reads(cast.page("leader"))


def leader_reads(page: Page) -> None:
    """Whom the joint conference named has the package from the signature on."""
    page.goto("/packages/list/")
    assert "征地补偿款未足额发放" in page.inner_text("main")


def reads_back(content: bytes) -> None:
    text = text_of(content)
    for words in (
        "云岭区信访工作联席会议纪要", "云信联纪〔2026〕1号", "联席会议召集人梁宏伟", "四级会诊", "征地补偿款未足额发放",
        "一至四号地块差额兑付到户", "云岭区自然资源局（主办）", "2026年4月20日前", "同意", "出席：", "形成方案",
        "宋成包案",
    ):  # fmt: skip
        assert words in text, f"{words} is not in the minutes: {text}"
    assert "王秀英" not in text and "【缺" not in text
    assert pages(content)


def is_carried_out(cast: People) -> None:
    for who in ("land_head", "labour_head"):
        page = cast.page(who)
        page.goto("/resolutions/list/")
        follow(page, ".cell-main")
        page.fill("[name=report]", "已落实到位。")
        press(page, "报送")
    clerk = cast.page("office")
    open_from_board(clerk)
    for _item in range(2):
        press(clerk, "核验通过")
    with_reason(clerk, "销号", "两项均已落实。")
    assert clerk.locator(".stair-done .badge").last.inner_text() == "已销号"
