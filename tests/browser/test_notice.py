"""From draft to published notice with one objection upheld, in separate browsers: the office, the unit, the head."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from app.cases.models import Case
from app.core.db import db
from tests.browser.conftest import Served
from tests.support import office
from tests.support.people import People, follow, people

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MARCH = dt.datetime(2026, 3, 2, 10, 0)


@pytest.fixture(scope="module")
def cast(served: Served) -> Iterator[People]:
    with people(served.url, office.PASSWORD) as come:
        yield come


def test_from_draft_to_published_notice(served: Served, cast: People) -> None:
    app = served.office.app
    cases = [office.register_case(app, at=MARCH, petitioner_name=name) for name in ("王秀英", "李大山")]
    for case, steps in zip(cases, (("signing", "acceptance"), ("signing",)), strict=True):
        office.drive(app, case, ("routing", {"note": "按职责分工"}), *steps, at=MARCH)
    with app.app_context():
        wrong = db.session.get_one(Case, cases[1]).number
    served.office.close()

    served.at("2026-04-01T09:00:00")
    clerk = cast.page("office")
    clerk.goto("/notices/list/")
    clerk.fill("#notice-month", "2026-03")
    with clerk.expect_navigation():
        clerk.click("button:text-is('生成草稿')")
    address = clerk.url
    assert "50.00%" in clerk.inner_text("main")
    with clerk.expect_navigation():
        clerk.click("button:text-is('公示申诉')")
        clerk.click("#portal-confirm [value=ok]")
    assert "2026-04-07" in clerk.inner_text("main")

    unit = cast.page("land_head")
    unit.goto(address.removeprefix(served.url))
    follow(unit, f"tr:has-text('{office.LAND}') a.cell-main:has-text('50.00%')")
    follow(unit, "a:text-is('对该数据提出申诉')")
    unit.fill("[name=case_number]", wrong)
    unit.fill("[name=reason]", "三月三日已当面书面告知，系统未及时录入。")
    with unit.expect_navigation():
        unit.click(".form-buttons button[type=submit]")

    served.at("2026-04-08T09:00:00")
    head = cast.page("office_head")
    head.goto("/noticeobjectionview/list/")
    follow(head, "tbody tr .row-link")
    follow(head, "a:text-is('裁定申诉')")
    head.check("[name=upheld]")
    head.fill("[name=ruling]", "经核对送达回证属实，该件不计入。")
    with head.expect_navigation():
        head.click(".form-buttons button[type=submit]")
    head.goto(address.removeprefix(served.url))
    assert "50.00%" not in head.inner_text(".notice-side >> nth=1")
    with head.expect_navigation():
        head.click("button:text-is('签发并发布')")
        head.click("#portal-confirm [value=ok]")
    assert "云信通〔2026〕1号" in head.inner_text("main") and "已发布" in head.inner_text("main")
    pdf = head.request.get(address.removeprefix(served.url).replace("/show/", "/pdf/"))
    assert pdf.ok and pdf.body().startswith(b"%PDF-")

    reader = cast.page("labour_officer")
    reader.goto(address.removeprefix(served.url))
    assert "云信通〔2026〕1号" in reader.inner_text("main") and wrong not in reader.content()
