"""One reception as people do it: from the hall's visit over Friday's list to the leader's own page, with the four
letters and the list read back from their PDFs. A chapter is a function; they follow each other."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served
from tests.support import office
from tests.support.people import (
    People,
    alerts,
    field_errors,
    fill,
    follow,
    number_in,
    paper,
    pdf,
    people,
    send,
    step,
    text_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VISIT: dict[str, str | int] = {
    "petitioner_name": "王秀英", "address": "龙泉镇柳树村三组", "people_count": 1, "channel": "来访", "purpose": "求决",
    "category": "自然资源", "place": "龙泉镇柳树村", "title": "征地补偿款未足额发放",
    "request": "要求公开补偿标准并补发差额。", "facts": "丈量少计三户，至今只收到一半。",
}  # fmt: skip


def test_a_reception(served: Served) -> None:
    with people(served.url, office.PASSWORD) as cast:
        served.at("2026-03-03T09:00:00")
        case = comes_on_a_reception_day(cast)
        served.at("2026-03-06T15:00:00")
        is_submitted_on_friday(cast, case)
        is_arranged(cast, case)
        served.at("2026-03-09T09:00:00")
        is_prepared(cast, case)
        is_invited(cast, case)
        served.at("2026-03-10T12:00:00")
        is_received(cast, case)
        served.at("2026-03-20T09:00:00")
        is_reported(cast, case)
        is_seen_by_the_leader(cast, case)


def comes_on_a_reception_day(cast: People) -> int:
    page = cast.page("reception")
    page.goto("/registration/add")
    fill(page, **VISIT)
    send(page)
    case = number_in(page)
    follow(page, ".step-buttons a:text-is('分流')")
    send(page)
    return case


def is_submitted_on_friday(cast: People, case: int) -> None:
    """Tuesday's visit stands on the week's list; put forward, it goes to the leaders in one click."""
    page = cast.page("office")
    page.goto("/weekvisits/list/")
    row = page.locator("tr", has_text="征地补偿款未足额发放")
    assert "未列入" in row.inner_text()
    step(page, case, "列入周五呈报", why="多次反映，涉及三户", history="2025年以来两次答复")
    page.goto("/receptions/list/")
    assert "已列入1件" in page.inner_text("main")
    follow(page, "button:has-text('拟呈报表')")
    page = cast.page("office_head")
    page.goto("/receptions/list/")
    follow(page, "button:has-text('呈报领导')")
    assert "云信周呈〔2026〕1号" in alerts(page, "success")[0]
    listed = text_of(pdf(page, page.locator("a:text-is('云信周呈〔2026〕1号')")))
    assert "多次反映，涉及三户" in listed and "王*英" in listed and "王秀英" not in listed
    leader = cast.page("leader")
    leader.goto("/leader/list/")
    assert "云信周呈〔2026〕1号" in leader.inner_text("main")


def is_arranged(cast: People, case: int) -> None:
    page = cast.page("office")
    step(
        page, case, "安排接访", leader="宋成", visit="常态接访", meets_on="2026-03-10", hours="9:00—11:30",
        place="区信访接待大厅", heads="钱国栋 局长", materials="征地协议",
    )  # fmt: skip
    head = cast.page("office_head")
    head.goto(f"/cases/show/{case}")
    assert not head.locator(".step-buttons a:text-is('签发接访通知书')").count()  # the opinion comes first
    head.goto("/receptions/list/")
    assert "未报送" in head.inner_text("tr:has-text('征地补偿款未足额发放')")


def is_prepared(cast: People, case: int) -> None:
    page = cast.page("land_officer")
    page.goto("/queue/list/")
    assert "报送初步处理意见" in page.inner_text("main")
    step(page, case, "报送初步处理意见", facts="丈量确有误差，涉及三户。", opinion="拟补发差额二万三千元。")
    page.goto("/queue/list/")
    assert "报送初步处理意见" not in page.inner_text("main")


def is_invited(cast: People, case: int) -> None:
    """Three letters at once, to petitioner, unit and leader."""
    page = cast.page("office_head")
    step(page, case, "签发接访通知书")
    when, where = "2026年3月10日9:00—11:30", "区信访接待大厅"
    to_petitioner = text_of(paper(page, "领导接访通知书"))
    to_unit = text_of(paper(page, "参与接访通知书"))
    to_leader = text_of(paper(page, "接待信访人呈报"))
    for letter in (to_petitioner, to_unit, to_leader):
        assert when in letter and where in letter and "〔2026〕1号" in letter
    assert "王秀英" in to_petitioner and "征地协议" in to_petitioner and "代表不超过5人" in to_petitioner
    assert "拟补发差额" not in to_petitioner  # the unit's opinion is not for the petitioner yet
    assert "云岭区自然资源局" in to_unit and "钱国栋局长" in to_unit
    assert "宋成同志" in to_leader and "拟补发差额二万三千元" in to_leader


def is_received(cast: People, case: int) -> None:
    page = cast.page("office")
    step(
        page, case, "记录接访", present="王秀英；宋成；钱国栋；林晓梅", record="听取诉求，现场核对丈量图。",
        instruction="请自然资源局两周内补发到位。", days=14,
    )  # fmt: skip
    head = cast.page("office_head")
    step(head, case, "签发督办通知书")
    fourth = text_of(paper(head, "督办通知书"))
    assert (
        "请自然资源局两周内补发到位" in fourth and "2026年3月24日" in fourth and "云岭区自然资源局" in fourth
    )


def is_reported(cast: People, case: int) -> None:
    unit = cast.page("land_officer")
    unit.goto("/queue/list/")
    assert "向领导汇报批示落实情况" in unit.inner_text("main")
    step(unit, case, "向领导汇报", done="已复核三户面积", result="差额已于3月18日到账")
    page = cast.page("office")
    refused_without_evidence(page, case)
    fill(page, evidence="信访人签字的回访单")
    send(page)
    assert not field_errors(page)
    page.goto("/receptions/list/")
    assert "已销号" in page.inner_text("tr:has-text('征地补偿款未足额发放')")


def refused_without_evidence(page: Page, case: int) -> None:
    page.goto(f"/cases/show/{case}")
    follow(page, ".step-buttons a:text-is('接访事项销号')")
    fill(page, petitioner="满意", leader="满意", unit_says="基本满意", evidence=" ")
    send(page)
    assert list(field_errors(page)) == ["evidence"]


def is_seen_by_the_leader(cast: People, case: int) -> None:
    """My receptions, my packages, my instructions and what came of them: one page."""
    office_page = cast.page("office")
    step(
        office_page, case, "安排包案", leader="宋成", responsible="钱国栋 局长", due_on="2026-05-20",
        task_force="自然资源局、龙泉镇", plan="一、补发差额。二、回访。",
    )  # fmt: skip
    page = cast.page("leader")
    page.goto("/leader/list/")
    words = page.inner_text("main")
    assert "差额已于3月18日到账" in words and "请自然资源局两周内补发到位" in words
    assert "已销号" in words and "钱国栋 局长" in words
    assert re.search(r"在包事项\s*1|1\s*在包事项", words)
    statement = text_of(paper(office_page, "包案责任书"))
    assert "宋成" in statement and "补发差额" in statement
