"""The main job as people do it, in a real browser against the running portal: one petition from the hall door to the
signed supervision letter, every officer at a browser of their own. A chapter is a function; they follow each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served
from tests.documents.measure import pages
from tests.support import office
from tests.support.people import (
    People,
    alerts,
    choose,
    command,
    field_errors,
    fill,
    follow,
    number_in,
    paper,
    people,
    picked,
    send,
    send_refused,
    step,
    text_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ID_NUMBER = "11010519491231002X"
VISIT: dict[str, str | int] = {
    "petitioner_name": "王秀英",
    "id_number": ID_NUMBER,
    "phone": "13800000000",
    "address": "龙泉镇柳树村三组",
    "people_count": 12,
    "involved_count": 40,
    "representatives_text": "王秀英\n李大山\n张国强",
    "channel": "来访",
    "purpose": "求决",
    "category": "自然资源",
    "place": "龙泉镇柳树村",
    "title": "征地补偿款未足额发放",
    "request": "要求公开补偿标准并补发差额。",
    "facts": "2025年物流园区征地，丈量少计三户，至今只收到一半。",
    "window": "3",
}
KEPT = ("petition_case", "case_step", "step_delivery", "clock", "document", "audit_entry")
RULE, NEW_RULE = "土地征收→自然资源局", "自然资源事项→自然资源局（城建窗口）"


def test_the_walk(served: Served) -> None:
    with people(served.url, office.PASSWORD) as cast:
        first = registers(cast)
        routes_by_rule(cast, first)
        served.at("2026-03-03T09:00:00")
        second = another_rule(cast)
        queues(cast, first, second)
        served.at("2026-03-05T10:00:00")
        handles_in_time(cast, first, served)
        served.at("2026-03-06T10:00:00")
        runs_late(cast, second)
        served.at("2026-05-20T09:00:00")
        is_supervised(cast, second, served)
        is_answered(cast, second, served)
        served.at("2026-06-02T09:00:00")
        is_counted(cast, second, served)
        stands_for_ever(cast, first, second, served)


# ---- 1, 2: the hall ------------------------------------------------------------------------------------------------


def registers(cast: People) -> int:
    page = cast.page("reception")
    assert page.url.endswith("/queue/list/")
    follow(page, ".side-nav a:has-text('登记信访事项')")
    fill(page, petitioner_name="")
    send_refused(page)  # nothing filled in: said beside each field, nothing sent
    missing = field_errors(page)
    assert {"petitioner_name", "address", "request", "facts", "channel", "purpose", "category"} <= set(
        missing
    )
    assert set(missing.values()) <= {"必填项。", "请选择。"} or set(missing.values()) == {missing["facts"]}
    fill(page, **VISIT)

    refusals: list[tuple[dict[str, str], str, str]] = [
        ({"petitioner_name": " "}, "petitioner_name", "19"),
        ({"address": " "}, "address", "19"),
        ({"request": " "}, "request", "19"),
        ({"facts": " "}, "facts", "19"),
        ({"representatives_text": "甲一\n乙二\n丙三\n丁四\n戊五\n己六"}, "representatives_text", "5"),
        ({"representatives_text": ""}, "representatives_text", "代表"),
        ({"id_number": "110105194912310021"}, "id_number", "校验"),
        ({"petitioner_name": "王\U0001f600英"}, "petitioner_name", "U+1F600"),
    ]
    for wrong, field, words in refusals:
        fill(page, **wrong)
        send(page)
        errors = field_errors(page)
        assert list(errors) == [field] and words in errors[field], (wrong, errors)
        assert page.input_value("[name=facts]").strip() or "facts" in wrong  # what was typed stays
        fill(page, **{field: VISIT[field]})
    assert picked(page, "category").startswith("自然资源")
    send(page)
    case = number_in(page)
    assert "XF202603" in page.inner_text("h1") and "王*英等12人" in page.inner_text(".case-head")

    form, slip = text_of(paper(page, "登记表")), text_of(paper(page, "回执"))
    for words in ("信访事项登记表", "王秀英", "龙泉镇柳树村三组", "李大山", "要求公开补偿标准并补发差额"):
        assert words in form
    assert ID_NUMBER not in form and "查询码回执" in slip and "王秀英" in slip
    return case


def routes_by_rule(cast: People, case: int) -> None:
    page = cast.page("reception")
    page.goto(f"/cases/show/{case}")
    follow(page, ".step-buttons a:text-is('分流')")
    assert RULE in page.inner_text("form.model-form")
    assert (picked(page, "target"), picked(page, "room")) == (office.LAND, "涉农事务接访室")
    send(page)
    story = page.inner_text(".timeline-item >> nth=0")
    assert office.LAND in story and RULE in story  # where it went, and why


def another_rule(cast: People) -> int:
    """An administrator edits the rule; the next case follows it."""
    admin = cast.page("sysadmin")
    follow(admin, ".side-nav a:has-text('分流规则')")
    follow(admin, f"tr:has-text('{RULE}') a[href*='/edit/']")
    fill(admin, name=NEW_RULE, room="城市建设接访室")
    send(admin)
    assert NEW_RULE in admin.inner_text("main")

    page = cast.page("reception")
    page.goto("/registration/add")
    alone: dict[str, str | int] = {
        "people_count": 1,
        "involved_count": 1,
        "representatives_text": "",
        "petitioner_name": "李大山",
    }
    fill(page, **{**VISIT, **alone, "title": "采煤致房屋开裂"})
    case = compared(page)
    step(page, case, "分流")
    assert NEW_RULE in page.inner_text(".timeline-item >> nth=0")

    page.goto("/registration/add")
    fill(page, **{**VISIT, **alone, "category": "劳动和社会保障", "title": "拖欠工资"})
    step(page, compared(page), "分流")
    return case


def compared(page: Page) -> int:
    """The same telephone was given before: the form shows that petition, and asks once to compare."""
    send(page)
    assert "征地补偿款未足额发放" in page.inner_text("main")
    page.check("[name=compared]")
    send(page)
    return number_in(page)


# ---- 4: the department ---------------------------------------------------------------------------------------------


def queues(cast: People, first: int, second: int) -> None:
    """Each unit has its own queue and no more, soonest deadline first."""
    page = cast.page("land_officer")
    rows = page.locator("tbody tr").all_inner_texts()
    assert len(rows) == 2
    assert "征地补偿款未足额发放" in rows[0] and "采煤致房屋开裂" in rows[1]
    for row in rows:
        assert "签收" in row and "第23条 15日" in row and "剩" in row

    stranger = cast.page("labour_officer")
    assert [title in stranger.inner_text("tbody") for title in ("拖欠工资", "采煤", "征地")] == [
        True,
        False,
        False,
    ]
    for address in (f"/cases/show/{first}", f"/signingview/add/{first}", f"/api/v1/case/{second}"):
        assert stranger.request.get(address).status == 404


def handles_in_time(cast: People, case: int, served: Served) -> None:
    officer, head = cast.page("land_officer"), cast.page("land_head")
    officer.goto("/queue/list/")
    officer.keyboard.press("ArrowDown")
    with officer.expect_navigation():
        officer.keyboard.press("Enter")  # the soonest, without a mouse
    assert number_in(officer) == case
    step(officer, case, "签收")
    step(officer, case, "出具受理告知书", procedure="依照信访程序调查核实")
    notice = text_of(paper(officer, "受理告知书"))
    assert "受理告知书" in notice and "云资访受〔2026〕1号" in notice and "王秀英" in notice
    assert "2026年5月6日前" in notice  # sixty days from 5 March, then the holidays of May
    step(officer, case, "记录办理", what="现场核对12户丈量表，差额3户。", contacted=True)

    follow(officer, ".step-buttons a:text-is('申请延期')")
    fill(officer, days=45, reason="户数多")
    send(officer)
    assert "30" in field_errors(officer)["days"]
    fill(officer, days=20)
    send(officer)
    officer.goto(f"/cases/show/{case}")
    assert (
        officer.locator(".step-buttons a:text-is('审批延期')").count() == 0
    )  # the head's, not the officer's
    step(head, case, "审批延期", approved=True)
    notice = text_of(paper(head, "延期"))
    assert "户数多" in notice and "2026年5月25日" in notice
    officer.goto(f"/cases/show/{case}")
    assert officer.locator(".step-off", has_text="申请延期").inner_text()  # once only, greyed with its reason

    step(officer, case, "起草处理意见", findings="经查，丈量少计三户。", basis="《土地管理法》第四十八条",
         opinion="一、补发差额。\n二、公开补偿标准。", outcome="予以支持")  # fmt: skip
    step(head, case, "签发处理意见书")
    opinion = text_of(paper(head, "处理意见书"))
    assert "丈量少计三户" in opinion and "云资访答〔2026〕1号" in opinion and "30日内" in opinion
    served.at("2026-03-09T10:00:00")
    step(officer, case, "登记送达", way="直接送达", received_on="2026-03-09", receiver="王秀英")
    step(officer, case, "办结", settled=True)
    assert "已办结" in officer.inner_text(".case-head")


# ---- 5: supervision ------------------------------------------------------------------------------------------------


def runs_late(cast: People, case: int) -> None:
    officer = cast.page("land_officer")
    step(officer, case, "签收")
    step(officer, case, "出具受理告知书", procedure="依照信访程序调查核实")


def is_supervised(cast: People, case: int, served: Served) -> None:
    officer = cast.page("land_officer")
    officer.goto("/queue/list/")
    row = officer.locator("tbody tr.row-late")
    assert "采煤致房屋开裂" in row.inner_text() and row.locator(".badge-late").inner_text().startswith("超期")

    said = command("tick", "--on", "2026-05-20", env=served.commands)
    assert "supervision proposed: 2" in said and office.LAND in said and office.LABOUR in said
    assert "supervision proposed: 0" in command("tick", "--on", "2026-05-20", env=served.commands)

    clerk, head = cast.page("office"), cast.page("office_head")
    officer.goto("/supervision/list/")
    assert (
        officer.locator("tbody tr[data-href]").count() == 0
    )  # what the office considers, the unit does not see
    follow(clerk, ".side-nav a:has-text('督办')")
    follow(clerk, "tbody tr:has-text('采煤致房屋开裂') .row-link")
    matter = number_in(clerk)
    follow(clerk, "a:text-is('起草督办函')")
    assert "2026年5月" in clerk.input_value("[name=problem]")
    choose(clerk, "supervisor", "罗毅")
    send(clerk)
    assert number_in(clerk) == matter
    step(head, case, "签发督办函")
    head.goto(f"/cases/show/{case}")
    letter = paper(head, "督办函")
    text = text_of(letter)
    assert "云信督〔2026〕1号" in text and "采煤致房屋开裂" in text and office.LAND in text
    looks_like_a_letter(letter)


def looks_like_a_letter(pdf: bytes) -> None:
    """GB/T 9704-2012 10.1, read back from the file; every figure of it stands in tests/documents/test_geometry.py."""
    near: Callable[[float], object] = lambda value: pytest.approx(value, abs=0.1)  # noqa: E731
    first = pages(pdf)[0]
    assert first.page.rect.width * 25.4 / 72 == near(210) and first.page.rect.height * 25.4 / 72 == near(297)
    assert first.ink(20, 46)[2] == near(30)
    thick, thin, second_thin, second_thick = first.rules
    assert all(rule.red and rule.left == near(20) and rule.right == near(190) for rule in first.rules)
    assert thick.thickness > 2 * thin.thickness and second_thick.thickness > 2 * second_thin.thickness
    assert 297 - second_thick.bottom == near(20)
    assert first.line("云信督〔2026〕1号").right == near(184)


def is_answered(cast: People, case: int, served: Served) -> None:
    officer, head, supervisor = cast.page("land_officer"), cast.page("land_head"), cast.page("supervisor")
    step(officer, case, "起草处理意见", findings="经鉴定，开裂与采煤有关。", basis="《矿产资源法》",
         opinion="由矿方修缮。", outcome="予以支持")  # fmt: skip
    step(head, case, "签发处理意见书")
    step(officer, case, "登记送达", way="直接送达", received_on="2026-05-20", receiver="李大山")
    officer.goto(f"/cases/show/{case}")
    assert (
        "督办" in officer.locator(".step-off", has_text="办结").first.inner_text()
    )  # not before the letter is settled
    served.at("2026-05-22T09:00:00")
    step(officer, case, "督办反馈", done="已出具处理意见书并送达。", result="矿方已进场修缮。")
    step(supervisor, case, "验收反馈")
    supervisor.goto(f"/cases/show/{case}")
    assert "已办结" in supervisor.inner_text(".case-head")


# ---- 6: the month's notice -----------------------------------------------------------------------------------------


def is_counted(cast: People, case: int, served: Served) -> None:
    said = command("notice", "2026-05", env=served.commands)
    assert "2026-05: draft computed" in said and "收到督办函（件）: 1" in said
    clerk = cast.page("office")
    follow(clerk, ".side-nav a:has-text('月度通报')")
    follow(clerk, "tbody tr:has-text('2026-05') .row-link")
    follow(clerk, f"table:not(.score-table) tr:has-text('{office.LAND}') td >> nth=2 >> a")
    cases = clerk.locator("tbody tr").all_inner_texts()
    assert len(cases) == 2 and "按期" in "".join(cases) and "超期" in "".join(cases)
    follow(clerk, "tbody tr:has-text('采煤致房屋开裂') a")
    assert number_in(clerk) == case


# ---- 7: the story --------------------------------------------------------------------------------------------------


def stands_for_ever(cast: People, first: int, second: int, served: Served) -> None:
    page = cast.page("office_head")
    assert story(page, first) == [
        "登记", "分流", "签收", "受理告知", "办理记录", "延期申请", "延期审批", "处理意见草稿",
        "签发处理意见书", "送达", "办结",
    ]  # fmt: skip
    assert story(page, second) == [
        "登记", "分流", "签收", "受理告知", "督办函", "处理意见草稿",
        "签发处理意见书", "送达", "督办反馈", "反馈验收", "办结",
    ]  # fmt: skip
    for username in list(cast.visits):
        reader = cast.page(username)
        for address in ("/cases/list/", f"/cases/show/{first}", "/documentview/list/", "/supervision/list/"):
            if (answer := reader.request.get(address)).ok:
                assert "/delete/" not in answer.text() and "/edit/" not in answer.text(), (username, address)
    for address in (f"/cases/edit/{first}", f"/cases/delete/{first}", f"/documentview/edit/{first}"):
        assert page.request.get(address).status == 404 and page.request.post(address).status in (400, 404)
    for resource in ("case", "clock", "step", "document"):
        address = f"/api/v1/{resource}/{first}"
        assert page.request.get(address).ok
        assert page.request.put(address, data={"title": "x"}).status in (400, 404, 405)
        assert page.request.delete(address).status in (400, 404, 405)
    database = sqlite3.connect(served.office.place)
    for sql in (
        "UPDATE petition_case SET facts = 'x'", "UPDATE petition_case SET state = 'VOIDED'",
        "UPDATE case_step SET taken_at = '2026-01-01'", "UPDATE step_delivery SET receiver = 'x'",
        "UPDATE clock SET due_legal = '2027-01-01'", "UPDATE clock SET extended_by = 30",
        "UPDATE document SET body = 'x'", "UPDATE case_step SET id = id + 1000",
        *(f"DELETE FROM {table}" for table in KEPT),
    ):  # fmt: skip
        with pytest.raises(sqlite3.DatabaseError, match=r"append-only|refused"):
            database.execute(sql)
    database.close()
    page.goto(f"/cases/show/{first}")
    assert len(page.locator(".timeline-item").all()) == 11


def story(page: Page, case: int) -> list[str]:
    """The titles of a case's steps, oldest first; each says who took it and when."""
    page.goto(f"/cases/show/{case}")
    items = page.locator(".timeline-item")
    times = [str(time.get_attribute("datetime")) for time in page.locator(".timeline-item time").all()]
    assert times == sorted(times, reverse=True) and not alerts(page, "danger")
    assert all(name.strip() for name in items.locator(".timeline-by").all_inner_texts())
    return list(reversed(items.locator(".timeline-head strong").all_inner_texts()))
