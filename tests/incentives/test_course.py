"""From draft to published notice: objections, corrections, points by hand, the proof; and who may do which."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlalchemy.exc import DBAPIError

from app.cases.models import Case
from app.core.db import db
from app.core.errors import Refusal
from app.incentives import consequences, course, entries, notice_paper, operations, proof, tables, workbook
from app.incentives.enums import EntryState, NoticeState, ObjectionState
from app.incentives.models import Indicator, Notice, NoticeFigure, NoticeItem
from app.incentives.models_course import NoticeObjection
from app.incentives.models_scores import ManualEntry, NoticeScore, NoticeStanding, ScoreItem
from tests.support import office
from tests.support.office import LABOUR, LAND, drive, officer_named, register_case, unit_named

MARCH = dt.datetime(2026, 3, 2, 10, 0)
APRIL = dt.datetime(2026, 4, 1, 10, 0)
LATER = dt.datetime(2026, 4, 20, 10, 0)


@pytest.fixture
def two_units(app):
    """The land bureau told one petitioner in time and one never; the labour bureau one in time."""
    app.config["FIXED_NOW"] = APRIL
    good = register_case(app, at=MARCH)
    drive(app, good, ("routing", {"note": "按职责分工"}), "signing", "acceptance", at=MARCH)
    bad = register_case(app, at=MARCH, petitioner_name="李大山")
    drive(app, bad, ("routing", {"note": "按职责分工"}), "signing", at=MARCH)
    other = register_case(app, at=MARCH, category="劳动和社会保障", petitioner_name="赵小兰")
    drive(
        app, other, ("routing", {"target": LABOUR, "note": "按职责分工"}), "signing", "acceptance", at=MARCH
    )
    with app.app_context():
        notice = operations.compute("2026-03", APRIL.date(), officer_named("office"))
        db.session.commit()
        return {"notice": notice.id, "good": good, "bad": bad, "other": other}


def opened(ids) -> Notice:
    notice = db.session.get_one(Notice, ids["notice"])
    operations.open_to_objections(notice, officer_named("office"), APRIL)
    db.session.commit()
    return notice


def value(notice: Notice, unit: str, code: str = "F8") -> Decimal | None:
    query = sa.select(NoticeFigure.value).where(
        NoticeFigure.notice_id == notice.id, NoticeFigure.unit_name == unit, NoticeFigure.indicator == code
    )
    return db.session.scalar(query)


def total(notice: Notice, unit: str) -> Decimal:
    query = sa.select(NoticeStanding.total).where(
        NoticeStanding.notice_id == notice.id, NoticeStanding.unit_name == unit
    )
    return db.session.scalars(query).one()


def signed(notice: Notice) -> None:
    operations.publish(notice, officer_named("office_head"), LATER, paper=False)
    db.session.commit()


def test_a_score_is_the_sum_of_its_rows_and_leads_to_the_figures(app, two_units):
    with app.app_context():
        notice = db.session.get_one(Notice, two_units["notice"])
        rows = db.session.scalars(sa.select(NoticeScore).where(NoticeScore.notice_id == notice.id)).all()
        for place in db.session.scalars(sa.select(NoticeStanding)):
            assert place.total == sum(row.points for row in rows if row.unit_id == place.unit_id)
        land = unit_named(LAND)
        told = next(row for row in rows if row.unit_id == land.id and row.item == "A1")
        assert (told.value, told.points) == (Decimal("50.00"), Decimal("0.00"))
        assert told.figure is not None and told.figure.indicator == "F8" and told.figure.unit_id == land.id


def test_an_upheld_objection_is_put_right_in_the_draft(app, two_units):
    with app.app_context():
        notice = opened(two_units)
        before = total(notice, LAND)
        case = db.session.get_one(Case, two_units["bad"])
        land, head = unit_named(LAND), officer_named("land_head")
        made = course.object_to(
            notice, land, "F8", case, "该件三月三日已当面告知，系统未及时录入", head, APRIL
        )
        db.session.commit()
        with pytest.raises(Refusal):  # undecided
            operations.publish(notice, officer_named("office_head"), LATER, paper=False)
        db.session.rollback()
        course.decide(made, True, "经核对送达记录属实，该件不计入", officer_named("office_head"), LATER)
        db.session.commit()
        assert value(notice, LAND) == Decimal("100.00") and total(notice, LAND) > before
        assert value(notice, LABOUR) == Decimal("100.00")
        assert notice.as_of == APRIL.date() and notice.basis["excluded"] == [["F8", case.id]]
        with pytest.raises(Refusal):
            course.decide(made, False, "再议", officer_named("office_head"), LATER)
        db.session.rollback()
        signed(notice)
        assert proof.differences(notice) == []
        assert notice.state is NoticeState.PUBLISHED


def test_an_objection_that_is_not_upheld_changes_nothing(app, two_units):
    with app.app_context():
        notice = opened(two_units)
        made = course.object_to(
            notice, unit_named(LAND), "F8", None, "统计口径有误", officer_named("land_head"), APRIL
        )
        course.decide(made, False, "口径见条例第23条", officer_named("office_head"), LATER)
        db.session.commit()
        assert value(notice, LAND) == Decimal("50.00") and course.counts(notice) == {
            ObjectionState.REJECTED: 1
        }


def test_what_is_no_objection(app, two_units):
    with app.app_context():
        land, head = unit_named(LAND), officer_named("land_head")
        notice = db.session.get_one(Notice, two_units["notice"])
        with pytest.raises(Refusal):  # still a draft
            course.object_to(notice, land, "F8", None, "有误", head, APRIL)
        db.session.rollback()
        notice = opened(two_units)
        foreign = db.session.get_one(Case, two_units["other"])
        for code, case, reason in (("F8", None, " "), ("F99", None, "有误"), ("F8", foreign, "有误")):
            with pytest.raises(Refusal):
                course.object_to(notice, land, code, case, reason, head, APRIL)
            db.session.rollback()
        late = course.object_to(notice, land, "F8", None, "有误", head, LATER)
        assert late.late
        with pytest.raises(Refusal):
            course.decide(late, True, "", officer_named("office_head"), LATER)
        db.session.rollback()


def test_nothing_is_signed_before_the_units_could_object(app, two_units):
    with app.app_context():
        head = officer_named("office_head")
        notice = db.session.get_one(Notice, two_units["notice"])
        with pytest.raises(Refusal):
            operations.publish(notice, head, LATER, paper=False)
        db.session.rollback()
        notice = opened(two_units)
        assert notice.objections_until == dt.date(2026, 4, 7)  # three working days over the Qingming holiday
        with pytest.raises(Refusal):
            operations.publish(notice, head, dt.datetime(2026, 4, 7, 18), paper=False)
        db.session.rollback()
        with pytest.raises(Refusal):  # no longer replaced behind the units' backs
            operations.compute("2026-03", LATER.date())
        db.session.rollback()
        operations.publish(notice, head, dt.datetime(2026, 4, 8, 9), paper=False)


def test_a_month_reckoned_again_later_comes_out_the_same(app, two_units):
    with app.app_context():
        signed(opened(two_units))
    later = dt.datetime(2026, 5, 6, 10, 0)
    app.config["FIXED_NOW"] = later
    drive(app, two_units["bad"], "acceptance", at=later)
    drive(app, two_units["good"], "opinion_draft", "opinion_signing", "delivery", at=later)
    drive(app, two_units["other"], "voiding", at=later)
    with app.app_context():
        notice = db.session.get_one(Notice, two_units["notice"])
        assert proof.differences(notice) == []
        done = app.test_cli_runner().invoke(args=["notice-verify", "2026-03"])
        assert done.exit_code == 0 and "the same" in done.output, done.output
        assert app.test_cli_runner().invoke(args=["notice-verify", "2026-01"]).exit_code == 2


def test_the_proof_finds_what_was_tampered_with(app, two_units):
    with app.app_context():
        notice = opened(two_units)
        db.session.execute(
            sa.update(NoticeFigure)
            .where(NoticeFigure.notice_id == notice.id, NoticeFigure.indicator == "F8")
            .values(numerator=0)
        )
        signed(notice)
        assert proof.differences(notice)
        assert app.test_cli_runner().invoke(args=["notice-verify"]).exit_code == 1


def test_a_correction_is_a_new_edition_that_says_so(app, two_units):
    with app.app_context():
        first = opened(two_units)
        signed(first)
        head = officer_named("office_head")
        with pytest.raises(Refusal):
            operations.correct(first, " ", LATER.date(), head)
        db.session.rollback()
        again = operations.correct(first, "李大山件告知日期录入有误", LATER.date(), head)
        db.session.commit()
        assert (again.edition, again.corrects, again.state) == (2, first, NoticeState.DRAFT)
        with pytest.raises(Refusal):  # one correction at a time
            operations.correct(first, "又一处", LATER.date(), head)
        db.session.rollback()
        operations.open_to_objections(again, head, LATER)
        operations.publish(again, head, LATER + dt.timedelta(days=14), paper=False)
        db.session.commit()
        assert operations.published("2026-03") is again and first.state is NoticeState.PUBLISHED
        assert operations.latest("2026-01", "2026-12") == [again]
        words = notice_paper.fields(again)
        assert words["correction"] == "李大山件告知日期录入有误" and words["corrected"]


def entry(points: str = "-3", **more) -> ManualEntry:
    item = db.session.scalars(sa.select(ScoreItem).where(ScoreItem.code == "A9")).one()
    facts = {
        "month": "2026-03",
        "unit": unit_named(LAND),
        "item": item,
        "points": Decimal(points),
        "reason": "例会两次缺席",
        "evidence": "云信会〔2026〕3号会议签到表",
    }
    return ManualEntry(**(facts | more))


def test_points_by_hand_count_when_a_second_person_confirmed_them(app, two_units):
    with app.app_context():
        made = entry()
        entries.enter(made, officer_named("assessor"), APRIL)
        db.session.add(made)
        db.session.commit()
        before = total(db.session.get_one(Notice, two_units["notice"]), LAND)
        assert total(operations.compute("2026-03", APRIL.date()), LAND) == before
        with pytest.raises(Refusal):
            entries.decide(made, True, officer_named("assessor"), APRIL)
        db.session.rollback()
        entries.decide(made, True, officer_named("office"), APRIL)
        assert total(operations.compute("2026-03", APRIL.date()), LAND) == before - 3
        db.session.commit()
        with pytest.raises(Refusal):
            entries.decide(made, False, officer_named("office_head"), APRIL)
        db.session.rollback()
        assert made.state is EntryState.CONFIRMED
        for statement in (
            "UPDATE score_entry SET points = 9",
            "DELETE FROM score_entry",
            "UPDATE score_entry SET state = 'REFUSED'",
        ):
            with pytest.raises(DBAPIError):
                db.session.execute(sa.text(statement))
            db.session.rollback()


@pytest.mark.parametrize(
    "wrong",
    [{"month": "March"}, {"month": "2027-01"}, {"points": Decimal(0)}, {"reason": " "}, {"evidence": ""}],
)
def test_what_is_no_entry(sqlite_app, wrong):
    with sqlite_app.app_context(), db.session.no_autoflush, pytest.raises(Refusal):
        entries.enter(entry(**wrong), officer_named("assessor"), APRIL)


@pytest.mark.parametrize("code", ["B4", "B7"])  # of the other sheet; out of use
def test_an_entry_is_of_an_item_in_use_on_the_sheet_in_force(sqlite_app, code):
    with sqlite_app.app_context(), db.session.no_autoflush:
        item = db.session.scalars(sa.select(ScoreItem).where(ScoreItem.code == code)).one()
        with pytest.raises(Refusal):
            entries.enter(entry(item=item), officer_named("assessor"), APRIL)
        with pytest.raises(Refusal):  # a room is not ranked
            entries.enter(entry(unit=unit_named("综合接待室")), officer_named("assessor"), APRIL)


def test_an_entry_of_another_sheet_does_not_count_under_the_same_code(app, two_units):
    with app.app_context():
        made = entry()
        entries.enter(made, officer_named("assessor"), APRIL)
        db.session.add(made)
        db.session.flush()
        entries.decide(made, True, officer_named("office"), APRIL)
        db.session.execute(sa.text("UPDATE score_item SET code = 'A9' WHERE code = 'B4'"))
        db.session.execute(sa.text("UPDATE setting SET value = 'OLD' WHERE key = 'score_sheet'"))
        assert operations.compute("2026-03", APRIL.date()).basis["entries"] == []


def test_a_veto_by_hand_puts_the_unit_last(app, two_units):
    with app.app_context():
        db.session.execute(sa.text("UPDATE setting SET value = 'OLD' WHERE key = 'score_sheet'"))
        item = db.session.scalars(sa.select(ScoreItem).where(ScoreItem.code == "B7")).one()
        item.active, item.indicator = True, None
        db.session.flush()
        made, again = entry("-1", item=item, unit=unit_named(LABOUR)), entry(item=item)
        with db.session.no_autoflush, pytest.raises(Refusal):
            again.points = Decimal(1)
            entries.enter(again, officer_named("assessor"), APRIL)
        entries.enter(made, officer_named("assessor"), APRIL)
        db.session.add(made)
        db.session.flush()
        entries.decide(made, True, officer_named("office"), APRIL)
        notice = operations.compute("2026-03", APRIL.date())
        place = db.session.scalars(
            sa.select(NoticeStanding).where(
                NoticeStanding.notice_id == notice.id, NoticeStanding.unit_name == LABOUR
            )
        ).one()
        assert place.vetoed and place.rank == 2


def test_nothing_is_confirmed_behind_the_units_backs(app, two_units):
    with app.app_context():
        made, other = entry(), entry("-4")
        for one in (made, other):
            with db.session.no_autoflush:
                entries.enter(one, officer_named("assessor"), APRIL)
            db.session.add(one)
        notice = opened(two_units)
        with pytest.raises(Refusal):
            entries.decide(made, True, officer_named("office"), APRIL)
        db.session.rollback()
        entries.decide(made, False, officer_named("office"), APRIL)
        signed(notice)
        with pytest.raises(Refusal):  # published
            entries.decide(other, True, officer_named("office"), LATER)


def test_the_second_sheet_leaves_volume_out_and_says_why(sqlite_app):
    with sqlite_app.app_context():
        items = db.session.scalars(sa.select(ScoreItem).where(ScoreItem.code.in_(("B6", "B7")))).all()
        assert len(items) == 2 and not any(item.active for item in items)
        assert "拦卡堵截" in items[0].sheet.note
        off = db.session.scalars(sa.select(Indicator).where(Indicator.code == "V2")).one()
        assert not off.active


def test_the_other_sheet_can_be_put_in_force(app, two_units):
    with app.app_context():
        db.session.execute(sa.text("UPDATE setting SET value = 'OLD' WHERE key = 'score_sheet'"))
        notice = operations.compute("2026-03", APRIL.date())
        assert notice.basis["sheet"]["code"] == "OLD"
        codes = {
            row.item
            for row in db.session.scalars(sa.select(NoticeScore).where(NoticeScore.notice_id == notice.id))
        }
        assert codes == {"B1", "B2", "B3", "B4", "B5"}


def test_every_table_goes_to_excel_with_numbers_as_numbers(app, two_units):
    with app.app_context():
        notice = db.session.get_one(Notice, two_units["notice"])
        book = load_workbook(io.BytesIO(workbook.of_notice(notice)))
    assert book.sheetnames == ["指标", "考核得分", "名次", "口径", "案件"]
    assert tuple(cell.value for cell in book["案件"][1]) == workbook.CASES and book["案件"].max_row > 1
    assert tuple(cell.value for cell in book["指标"][1]) == workbook.FIGURES
    found = {
        (row[2], row[5]): row for row in book["指标"].iter_rows(min_row=2, values_only=True) if row[6] is None
    }
    assert found["F8", LAND][7:10] == (1, 2, 50)
    assert all(isinstance(row[6], int | float) for row in book["名次"].iter_rows(min_row=2, values_only=True))
    assert found["F4", "全区"][9] is None  # nothing was evaluated: empty, not 0


def test_pictures_are_drawn_from_the_months(app, two_units):
    with app.app_context():
        signed(opened(two_units))
        notice = operations.compute("2026-04", dt.date(2026, 5, 1))
        drawn = tables.drawn(notice)
        first = db.session.get_one(Notice, two_units["notice"])
        before = tables.drawn(first)
        again = operations.correct(first, "更正", dt.date(2026, 5, 1), officer_named("office_head"))
        operations.open_to_objections(again, None, dt.datetime(2026, 5, 1, 9))
        operations.publish(again, officer_named("office_head"), dt.datetime(2026, 5, 20), paper=False)
        assert tables.course(first) == [first] and tables.drawn(first) == before
        assert drawn and all(
            svg.startswith("<svg") and "script" not in svg and "style=" not in svg for _t, svg in drawn
        )


# ---- through the pages ----


def test_a_unit_objects_and_the_office_decides_on_the_pages(app, client, two_units):
    pk = two_units["notice"]
    assert client("land_head").get(f"/notices/show/{pk}").status_code == 404
    assert client("land_head").post(f"/notices/action/open_notice/{pk}").status_code in (403, 404)
    assert client("office").post(f"/notices/action/open_notice/{pk}").status_code == 302
    page = client("land_head").get(f"/notices/show/{pk}")
    assert page.status_code == 200 and LAND in page.text
    with app.app_context():
        number = db.session.get_one(Case, two_units["bad"]).number
        foreign = db.session.get_one(Case, two_units["other"]).number
    add = f"/noticeobjectionview/add/{pk}"
    assert client("land_head").get(add).status_code == 200
    body = {"indicator": "F8", "case_number": foreign, "reason": "不属实"}
    assert (
        "范围内没有" in client("land_head").post(add, data=body).text
    )  # whoever does not see it cannot name it
    body["case_number"] = number
    assert client("land_head").post(add, data=body).status_code == 302
    assert client("land_officer").post(add, data=body).status_code in (302, 403)
    with app.app_context():
        made = db.session.scalars(sa.select(NoticeObjection)).one()
        assert made.unit is unit_named(LAND) and made.case_id == two_units["bad"]
        objection = made.id
    for stranger in ("labour_head", "labour_officer"):
        assert client(stranger).get(f"/noticeobjectionview/show/{objection}").status_code in (302, 403, 404)
        assert "不属实" not in client(stranger).get("/noticeobjectionview/list/").text
    ruling = {"upheld": "y", "ruling": "经核对属实"}
    for stranger in ("land_head", "office", "labour_head", "assessor"):
        assert client(stranger).post(f"/noticerulingview/edit/{objection}", data=ruling).status_code in (
            302,
            403,
        )
    with app.app_context():
        assert db.session.get_one(NoticeObjection, objection).state is ObjectionState.RAISED
    assert client("office_head").get(f"/noticerulingview/edit/{objection}").status_code == 200
    assert client("office_head").post(f"/noticerulingview/edit/{objection}", data=ruling).status_code == 302
    with app.app_context():
        assert db.session.get_one(NoticeObjection, objection).state is ObjectionState.UPHELD
        assert value(db.session.get_one(Notice, pk), LAND) == Decimal("100.00")


def test_pages_and_files_answer(app, client, two_units):
    pk = two_units["notice"]
    with app.app_context():
        land = db.session.scalars(sa.select(NoticeStanding.id).where(NoticeStanding.unit_name == LAND)).one()
        parts = db.session.scalars(sa.select(NoticeFigure.id).where(NoticeFigure.part != "")).all()
    browser = client("office")
    assert parts and browser.get(f"/notices/figure/{parts[0]}").status_code == 200
    page = browser.get(f"/notices/score/{land}")
    assert page.status_code == 200 and "按期受理告知" in page.text
    assert browser.get("/notices/score/999999").status_code == 404
    excel = browser.get(f"/notices/excel/{pk}")
    assert excel.status_code == 200 and excel.data[:2] == b"PK"
    assert browser.get(f"/notices/pdf/{pk}").status_code == 404  # not signed yet
    assert client("land_officer").get(f"/notices/excel/{pk}").status_code == 404
    assert client("sysadmin").get(f"/notices/excel/{pk}").status_code in (302, 403)


def test_an_indicator_is_written_refused_tried_and_put_in_use(app, client, two_units):
    browser = client("assessor")
    form = {
        "code": "X1",
        "name": "受理超期件数",
        "rank": "70",
        "side": "UNIT",
        "measure": "COUNT",
        "over": "CLOCKS",
        "clock_code": "T3",
        "window": "DUE",
        "window_days": "0",
        "expression": "count(overdu)",
        "population": "",
        "split": "NONE",
        "formula": "超期的件数",
        "source": "本地规定",
        "local": "y",
        "counts_not_due": "y",
        "first_time_only": "false",
        "once_a_case": "false",  # hidden fields of the form
    }
    refused = browser.post("/indicatorview/add", data=form)
    assert refused.status_code == 200 and "第7" in refused.text
    assert browser.post("/indicatorview/add", data=form | {"window": "REGISTERED"}).status_code == 200
    assert browser.post("/indicatorview/add", data=form | {"expression": "count(overdue)"}).status_code == 302
    with app.app_context():
        made = db.session.scalars(sa.select(Indicator).where(Indicator.code == "X1")).one()
        pk = made.id
        assert not made.active
    fixed = form | {"expression": "count(overdue)", "active": "y"}
    assert browser.post(f"/indicatorview/edit/{pk}", data=fixed).status_code == 200  # not tried yet
    tried = browser.get(f"/indicatorview/trial/{pk}?month=2026-03")
    assert tried.status_code == 200 and LAND in tried.text
    assert (
        browser.post(f"/indicatorview/trial/{pk}", data={"month": "2026-04"}).status_code == 200
    )  # not over
    empty = browser.post(f"/indicatorview/trial/{pk}", data={"month": "2026-01"})  # shows nothing
    assert empty.status_code == 200 and "没有可计入的数据" in empty.text
    assert browser.post(f"/indicatorview/trial/{pk}", data={"month": "2026-03"}).status_code == 302
    answer = browser.post(f"/indicatorview/edit/{pk}", data=fixed)
    assert answer.status_code == 302
    with app.app_context():
        assert db.session.get_one(Indicator, pk).active
        assert value(operations.compute("2026-03", APRIL.date()), LAND, "X1") == 1
    changed = fixed | {"expression": "count(late)"}
    assert browser.post(f"/indicatorview/edit/{pk}", data=changed).status_code == 302
    with app.app_context():
        assert not db.session.get_one(Indicator, pk).active
    assert client("office").post("/indicatorview/add", data=form).status_code in (302, 403)
    assert client("land_officer").get(f"/indicatorview/trial/{pk}").status_code in (302, 403)


def test_items_of_a_figure_lie_within_the_readers_reach(app, client, two_units):
    with app.app_context():
        opened(two_units)
        mine = db.session.scalars(
            sa.select(NoticeFigure.id).where(NoticeFigure.unit_name == LAND, NoticeFigure.indicator == "F10")
        ).one()
        assert (
            db.session.scalar(sa.select(sa.func.count(NoticeItem.id)).where(NoticeItem.figure_id == mine))
            == 2
        )
        number = db.session.get_one(Case, two_units["bad"]).number
    assert number in client("land_officer").get(f"/notices/figure/{mine}").text
    assert number not in client("labour_officer").get(f"/notices/figure/{mine}").text


def test_consequences_are_nobodys_before_they_are_issued(app, two_units):
    with app.app_context():
        signed(opened(two_units))
        assert consequences.propose(db.session.get_one(Notice, two_units["notice"]), LATER.date()) == []
        assert office.unit_named(LAND) is not None
