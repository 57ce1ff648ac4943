"""A year of months through to the awards; what follows from months among the last; the report of the year."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from app.core.db import db
from app.core.errors import Refusal
from app.incentives import consequences, entries, operations, proof, report, streaks, workbook, years
from app.incentives.enums import (
    Cadre,
    ConsequenceKind,
    ConsequenceState,
    NominationState,
    RankingState,
)
from app.incentives.models import Notice
from app.incentives.models_course import Consequence
from app.incentives.models_scores import ManualEntry, NoticeStanding, ScoreItem
from app.incentives.models_year import GivenFigure, Nomination, Service, Vote
from app.organisation.models import Officer, Unit, UnitKind
from tests.support import office
from tests.support.office import LAND, drive, officer_named, register_case, unit_named

P2, P3 = ConsequenceKind.RECTIFICATION, ConsequenceKind.CRITICISM
LAST, FIRST = "云岭区民政局", LAND


def departments(number: int = 7) -> list[Unit]:
    """Seven departments that have cases, the one among the last and the first among them."""
    query = sa.select(Unit).where(Unit.kind == UnitKind.DEPARTMENT).order_by(Unit.id)
    units = [unit for unit in db.session.scalars(query) if unit.name not in (LAST, FIRST)]
    return [unit_named(FIRST), *units[: number - 2], unit_named(LAST)]


def give(unit: Unit, month: str, points: str) -> None:
    """Points by hand, entered by one and confirmed by another: the shortest way to a known ranking."""
    item = db.session.scalars(sa.select(ScoreItem).where(ScoreItem.code == "A10")).one()
    with db.session.no_autoflush:
        made = ManualEntry(
            month=month, unit=unit, item=item, points=Decimal(points), reason="模拟", evidence="模拟"
        )
        entries.enter(made, officer_named("assessor"), month_end(month))
    db.session.add(made)
    db.session.flush()
    entries.decide(made, True, officer_named("office"), month_end(month))


def month_end(month: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{streaks.following(month)}-01 09:00")


def live_through(app, first: str, last_in: str) -> list[int]:
    """Publish the months from ``first``: in each every department has a case; where ``last_in`` says 1 the civil
    affairs bureau stands last, elsewhere the second one. The land bureau is always first."""
    month, made = first, []
    for sign in last_in:
        begun = dt.datetime.fromisoformat(f"{month}-02 10:00")
        app.config["FIXED_NOW"] = begun
        with app.app_context():
            names = [unit.name for unit in departments()]
        for name in names:
            case = register_case(app, at=begun, petitioner_name=f"{name}的信访人"[:20])
            drive(app, case, ("routing", {"target": name, "note": "按职责分工"}), at=begun)
        end = month_end(month)
        app.config["FIXED_NOW"] = end
        with app.app_context():
            units = departments()
            for place, unit in enumerate(units):
                give(unit, month, str(-3 * place - 1))
            if sign == "0":
                give(units[-1], month, "15")
            notice = operations.compute(month, end.date(), officer_named("office"))
            operations.open_to_objections(notice, None, end)
            at = end + dt.timedelta(days=14)
            operations.publish(notice, officer_named("office_head"), at, paper=False)
            consequences.propose(notice, at.date())
            db.session.commit()
            made.append(notice.id)
        month = streaks.following(month)
    return made


def followed(name: str = LAST) -> list[tuple[str, ConsequenceKind]]:
    query = sa.select(Consequence).where(Consequence.unit_id == unit_named(name).id).order_by(Consequence.id)
    return [(row.month, row.kind) for row in db.session.scalars(query)]


@pytest.mark.slow
def test_a_year_through_to_the_awards(sqlite_app):
    """The vector 1 1 0 1 1 1 1 of the source from November on, so that it runs across the turn of the year, and then
    the months to December."""
    app = sqlite_app
    ids = live_through(app, "2025-11", "11011110000000")
    with app.app_context():
        assert followed() == [
            ("2025-12", P2), ("2026-03", P2), ("2026-04", P3), ("2026-05", P3)
        ]  # fmt: skip
        assert followed(FIRST) == []
        for pk in ids:
            assert proof.differences(db.session.get_one(Notice, pk)) == []
        at = dt.datetime(2026, 12, 20)
        early = years.propose_ranking(2026, at)
        with pytest.raises(Refusal):  # two self-criticisms wait for a person
            years.decide_ranking(early, "同意", officer_named("convener"), dt.datetime(2027, 1, 20))
        db.session.rollback()
        for row in db.session.scalars(sa.select(Consequence).where(Consequence.kind == P3)):
            if row.unit.name == LAST:
                consequences.draft(row, row.problem, row.demand, None, officer_named("inspection"), at)
                consequences.issue(row, officer_named("inspection"), at)
            else:
                consequences.dismiss(row, "模拟数据", officer_named("inspection"), at)
        db.session.commit()
        ranking = years.propose_ranking(2026, at)
        lines = {line["unit"]: line for line in ranking.lines}
        assert ranking.months == 12 and lines[FIRST]["rank"] == 1 and lines[FIRST]["prize"] == "30000.00"
        assert [line["prize"] for line in ranking.lines[:4]] == ["30000.00", "20000.00", "10000.00", ""]
        worst = lines[LAST]
        assert worst["deduction"] == 10 and Decimal(worst["score"]) == Decimal(worst["mean"]) - 10
        with pytest.raises(Refusal):  # the year is not over
            years.decide_ranking(ranking, "同意", officer_named("convener"), at)
        db.session.rollback()
        ranking = years.propose_ranking(2026, at)
        when = dt.datetime(2027, 1, 20)
        for change in ("'20000,10000' WHERE key = 'year_prizes'", "'13' WHERE key = 'ranking_least_months'"):
            db.session.execute(sa.text(f"UPDATE setting SET value = {change}"))
            with pytest.raises(Refusal):  # what it was reckoned by has changed
                years.decide_ranking(ranking, "同意", officer_named("convener"), when)
            db.session.rollback()
            ranking = years.propose_ranking(2026, at)
        db.session.commit()
        years.decide_ranking(ranking, "同意", officer_named("convener"), when)
        db.session.commit()
        assert ranking.state is RankingState.DECIDED and str(ranking.decided_by) == "梁宏伟"
        with pytest.raises(Refusal):
            years.propose_ranking(2026, at)
        db.session.rollback()
        years.award(ranking, officer_named("office_head"), when)
        db.session.commit()
        assert ranking.document is not None and ranking.document.number == "云信奖〔2027〕1号"
        assert f"第1名：{FIRST}，奖金30000元" in ranking.document.body
        with pytest.raises(Refusal):  # once
            years.award(ranking, officer_named("office_head"), when)
        db.session.rollback()
        with pytest.raises(sa.exc.DBAPIError):
            db.session.execute(sa.text("UPDATE year_ranking SET months = 1"))
        db.session.rollback()
        everything = db.session.scalars(sa.select(Consequence)).all()
        sheet = load_workbook(io.BytesIO(workbook.of_consequences(everything))).worksheets[0]
        assert tuple(cell.value for cell in sheet[1]) == workbook.CONSEQUENCES
        assert sheet.max_row == len(everything) + 1
        book = load_workbook(io.BytesIO(workbook.of_ranking(ranking)))["年度排名"]
        assert [cell.value for cell in book[2]][1:3] == [1, FIRST] and book[2][7].value == 30000


def test_the_letter_is_drafted_signed_answered_and_approved(app, client):
    live_through(app, "2026-01", "11")
    app.config["FIXED_NOW"] = at = dt.datetime(2026, 3, 20, 10, 0)
    with app.app_context():
        row = db.session.scalars(
            sa.select(Consequence).where(Consequence.unit_id == unit_named(LAST).id)
        ).one()
        pk, unit = row.id, row.unit_id
        labour = db.session.scalars(sa.select(Officer).where(Officer.username == "labour_head")).one()
        labour.unit_id = unit  # the head of the unit concerned
        db.session.commit()
    page = f"/consequenceview/show/{pk}"
    assert client("labour_head").get(page).status_code == 404  # a proposal is the office's affair
    assert client("inspection").get(page).status_code == 200
    draft = {"problem": "按期受理告知率低", "demand": "逐件整改", "due_on": "2026-04-10"}
    edit = f"/consequencedraftview/edit/{pk}"
    for stranger in ("labour_head", "office", "land_head", "sysadmin"):
        assert client(stranger).post(edit, data=draft).status_code in (302, 403)
    assert client("inspection").post(f"/consequenceview/action/issue_consequence/{pk}").status_code == 302
    with app.app_context():
        assert (
            db.session.get_one(Consequence, pk).state is ConsequenceState.PROPOSED
        )  # nothing was drafted yet
    assert client("inspection").post(edit, data=draft).status_code == 302
    assert client("inspection").get(page).status_code == 200
    assert client("inspection").post(f"/consequenceview/action/issue_consequence/{pk}").status_code == 302
    with app.app_context():
        row = db.session.get_one(Consequence, pk)
        assert row.state is ConsequenceState.ISSUED and str(row.decided_by) == "杜明察"
        assert row.document is not None and row.document.number == "云督查〔2026〕1号"
        assert "2026-01" in row.document.body and "2026-02" in row.document.body
    pdf = client("labour_head").get(f"/consequenceview/pdf/{pk}")
    assert pdf.status_code == 200 and pdf.data[:5] == b"%PDF-"
    assert client("land_head").get(f"/consequenceview/pdf/{pk}").status_code == 404
    answer = {"cause": "人手不足", "measures": "增配一人，责任人某某，四月底前"}
    assert client("land_head").post(f"/consequenceanswerview/edit/{pk}", data=answer).status_code == 404
    assert client("labour_head").post(f"/consequenceanswerview/edit/{pk}", data=answer).status_code == 302
    ruling = f"/consequencerulingview/edit/{pk}"
    assert client("inspection").post(ruling, data={"opinion": "可"}).status_code in (302, 403)
    assert client("convener").post(ruling, data={"opinion": "责任人应为主要负责人"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Consequence, pk).state is ConsequenceState.RETURNED
    assert client("labour_head").post(f"/consequenceanswerview/edit/{pk}", data=answer).status_code == 302
    assert client("convener").post(ruling, data={"approved": "y", "opinion": "同意"}).status_code == 302
    with app.app_context():
        row = db.session.get_one(Consequence, pk)
        assert row.state is ConsequenceState.APPROVED and str(row.approved_by) == "梁宏伟"
        with pytest.raises(Refusal):
            consequences.rule(row, True, "再议", officer_named("convener"), at)


def corrected(pk: int, points: str, at: dt.datetime) -> Notice:
    """A published month corrected by points for the last unit, entered while the correction is a draft."""
    notice = db.session.get_one(Notice, pk)
    with pytest.raises(Refusal):
        give(unit_named(LAST), notice.month, points)
    db.session.rollback()
    operations.correct(notice, "录入有误", at.date(), officer_named("office_head"))
    give(unit_named(LAST), notice.month, points)
    again = operations.compute(notice.month, at.date(), officer_named("office_head"))
    operations.open_to_objections(again, None, at)
    operations.publish(again, officer_named("office_head"), at + dt.timedelta(days=14), paper=False)
    consequences.propose(again, at.date())
    db.session.commit()
    return again


def test_a_correction_of_an_earlier_month_lifts_what_rests_on_it(sqlite_app):
    app = sqlite_app
    ids = live_through(app, "2026-01", "11")
    app.config["FIXED_NOW"] = at = dt.datetime(2026, 4, 1, 9)
    query = sa.select(Consequence).order_by(Consequence.id)
    with app.app_context():
        query = query.where(Consequence.unit_id == unit_named(LAST).id)
        january = corrected(ids[0], "25", at)
        (row,) = db.session.scalars(query)
        assert (row.month, row.state, row.lifted_by) == ("2026-02", ConsequenceState.DISMISSED, january)
        assert row.decided_by is january.published_by is not None
        corrected(january.id, "-25", at + dt.timedelta(days=30))
        assert [(one.month, one.state.name) for one in db.session.scalars(query)] == [
            ("2026-02", "DISMISSED"), ("2026-02", "PROPOSED")
        ]  # fmt: skip


def test_months_published_out_of_order_lead_to_the_same(sqlite_app):
    app = sqlite_app
    for month in ("2026-02", "2026-01"):
        live_through(app, month, "1")
    with app.app_context():
        assert followed() == [("2026-02", P2)]
        row = db.session.scalars(
            sa.select(Consequence).where(Consequence.unit_id == unit_named(LAST).id)
        ).one()
        assert row.notice.month == "2026-02" and [one["month"] for one in row.run] == ["2026-01", "2026-02"]
        assert {one["bottom"] for one in row.run} == {3}
        db.session.execute(sa.text("UPDATE setting SET value = '5' WHERE key = 'bottom_n'"))
        db.session.commit()
        inspector, at = officer_named("inspection"), dt.datetime(2026, 3, 20)
        consequences.draft(row, row.problem, row.demand, dt.date(2026, 4, 1), inspector, at)
        assert row.document is not None and "列后3名" in row.document.body
        with pytest.raises(Refusal):  # its term is over before it goes out
            consequences.issue(row, inspector, dt.datetime(2026, 4, 1, 9))


def test_a_correction_takes_the_cause_away(sqlite_app):
    app = sqlite_app
    ids = live_through(app, "2026-01", "11")
    app.config["FIXED_NOW"] = at = dt.datetime(2026, 4, 1, 9)
    with app.app_context():
        again = corrected(ids[1], "25", at)
        place = db.session.scalars(
            sa.select(NoticeStanding).where(
                NoticeStanding.notice_id == again.id, NoticeStanding.unit_id == unit_named(LAST).id
            )
        ).one()
        assert place.bottom is False
        row = db.session.scalars(
            sa.select(Consequence).where(Consequence.unit_id == unit_named(LAST).id)
        ).one()
        assert row.state is ConsequenceState.DISMISSED


# ---- the best officers, and years of service ----


def nominee(username: str, by: str = "land_head", year: int = 2026) -> Nomination:
    made = Nomination(year=year, officer=officer_named(username), merits="全年化解积案十二件")
    with db.session.no_autoflush:
        years.nominate(made, officer_named(by), dt.datetime(2026, 12, 1, 9))
    db.session.add(made)
    db.session.commit()
    return made


def test_nomination_publicity_vote_and_choice(app):
    with app.app_context():
        db.session.execute(sa.text("UPDATE setting SET value = '2' WHERE key = 'best_officers'"))
        one = nominee("land_officer")
        two, three = nominee("labour_officer", "labour_head"), nominee("reception", "hall_director")
        with pytest.raises(Refusal):  # another unit's officer
            nominee("hall_deputy")
        db.session.rollback()
        for wrong in ("land_head", "land_officer"):  # oneself, and one who is nominated already
            with pytest.raises(Refusal):
                nominee(wrong)
            db.session.rollback()
        start = dt.datetime(2026, 12, 7, 9)
        with pytest.raises(Refusal):
            years.vote(one, officer_named("office"), start)
        db.session.rollback()
        years.publicise([one, two, three], start)
        assert one.public_until == dt.date(2026, 12, 14)
        with pytest.raises(Refusal):  # the publicity period runs
            years.vote(one, officer_named("office"), dt.datetime(2026, 12, 14, 18))
        db.session.rollback()
        years.publicise([one, two, three], start)
        db.session.commit()
        open_ = dt.datetime(2026, 12, 15, 9)
        for voter, choices in {"office": (one, two), "leader": (one, three), "convener": (one,)}.items():
            for nomination in choices:
                years.vote(nomination, officer_named(voter), open_)
        db.session.commit()
        for voter, nomination in (("office", one), ("office", three), ("land_officer", one)):
            with pytest.raises(Refusal):  # twice, more than seats, for oneself
                years.vote(nomination, officer_named(voter), open_)
            db.session.rollback()
        assert years.tally(2026) == {one.id: 3, two.id: 1, three.id: 1}
        for wrong_choice in ([two, three], [one], [one, two, three]):
            with pytest.raises(Refusal):
                years.choose(wrong_choice, officer_named("convener"), open_)
            db.session.rollback()
        years.choose([one, three], officer_named("convener"), open_)
        db.session.commit()
        assert [n.state for n in (one, two, three)] == [
            NominationState.CHOSEN, NominationState.NOT_CHOSEN, NominationState.CHOSEN
        ]  # fmt: skip
        assert db.session.scalar(sa.select(sa.func.count(Vote.id))) == 5


def test_who_qualifies_and_on_which_day(app, client):
    with app.app_context():
        for username, since, until in (
            ("land_officer", dt.date(2023, 3, 1), None), ("labour_officer", dt.date(2024, 5, 1), None),
            ("reception", dt.date(2022, 1, 1), dt.date(2023, 1, 1)),
        ):  # fmt: skip
            db.session.add(Service(officer=officer_named(username), cadre=Cadre.DEPUTY_SECTION, post="信访办副主任",
                                   since=since, until=until, evidence="云组任〔2023〕1号"))  # fmt: skip
        db.session.add(Service(officer=officer_named("leader"), cadre=Cadre.SECTION, post="主任",
                               since=dt.date(2010, 1, 1), evidence="任命"))  # fmt: skip
        db.session.commit()
        found = years.qualified(dt.date(2026, 3, 2))
        assert [(row.officer.username, row.day, row.reached) for row in found] == [
            ("land_officer", dt.date(2026, 3, 1), True), ("labour_officer", dt.date(2027, 5, 1), False)
        ]  # fmt: skip
        officer_named("labour_officer").active = False  # left the service
        assert [row.officer.username for row in years.qualified(dt.date(2026, 3, 2))] == ["land_officer"]
        db.session.rollback()
    page = client("office_head").get("/serviceview/treatment")
    assert page.status_code == 200 and "2026-03-01" in page.text and "赵文博" in page.text
    assert client("land_officer").get("/serviceview/treatment").status_code in (302, 403)


# ---- the year's report ----


def figure(year: int, topic: str, name: str, value: int) -> None:
    db.session.add(GivenFigure(month=f"{year}-12", topic=topic, name=name, value=value, source="上级通报",
                               entered_at=dt.datetime(year + 1, 1, 5)))  # fmt: skip


def table(made, title: str) -> dict[str, list[str]]:
    return {line[0]: line[1:] for one in made.tables if one["title"] == title for line in one["lines"]}


def test_the_same_period_of_s004_and_the_levels_of_s001_from_data(app):
    with app.app_context():
        figure(2021, "", "登记总量", 1556)
        figure(2022, "", "登记总量", 1248)
        figure(2021, "", "初次信访", 658)
        figure(2022, "", "初次信访", 528)
        for name, now, before in (("进京批次", 1, 28), ("进京人次", 1, 42), ("到省批次", 7, 9), ("到省人次", 93, 100),
                                  ("到市批次", 10, 12), ("到市人次", 154, 160)):  # fmt: skip
            figure(2022, "越级访", name, now)
            figure(2021, "越级访", name, before)
        db.session.commit()
        made = report.compute(2022, dt.date(2023, 1, 10))
        db.session.commit()
        whole = table(made, "同期比较")
        assert whole["信访总量"] == ["1248", "1556", "-19.79"] and whole["初次信访"] == [
            "528",
            "658",
            "-19.76",
        ]
        levels = table(made, "越级访")
        assert levels["进京批次"][2] == "-96.43" and levels["进京人次"][2] == "-97.62"
        assert levels["合计（批次）"][0] == "18" and levels["合计（人次）"][0] == "248"
        rows = load_workbook(io.BytesIO(workbook.of_report(made)))
        assert rows.worksheets[0]["B2"].value == 1248


def test_what_was_entered_goes_before_and_nothing_is_added_twice(sqlite_app):
    app = sqlite_app
    register_case(app, at=dt.datetime(2026, 2, 2, 10))
    with app.app_context():
        at = dt.datetime(2026, 3, 1)
        for month, unit, value in (("2025-02", None, 40), ("2025-02", unit_named(LAND), 15), ("2025-12", None, 500),
                                   ("2026-02", None, 30), ("2026-02", unit_named(LAND), 12)):  # fmt: skip
            db.session.add(GivenFigure(month=month, topic="", name="登记总量", unit=unit, value=value, source="通报",
                                       entered_at=at))  # fmt: skip
        db.session.commit()
        made = report.compute(2026, dt.date(2026, 6, 30))
        assert table(made, "同期比较")["信访总量"] == ["30", "40", "-25.00"]
        assert "检举控告" in made.tables[0]["note"]


def test_units_with_as_many_petitions_stand_there_together(sqlite_app):
    app = sqlite_app
    with app.app_context():
        names = [unit.name for unit in departments()]
    for name in names:
        case = register_case(app, at=dt.datetime(2026, 3, 2, 10), petitioner_name=f"{name}的信访人"[:20])
        drive(app, case, ("routing", {"target": name, "note": "按职责分工"}), at=dt.datetime(2026, 3, 2, 10))
    with app.app_context():
        made = report.compute(2026, dt.date(2026, 6, 30))
        assert set(table(made, "涉及信访较多的单位")) == set(names)


def test_the_report_counts_its_four_contents_and_is_signed(app, client):
    begun = dt.datetime(2026, 3, 2, 10)
    case = register_case(app, at=begun)
    drive(app, case, ("routing", {"note": "按职责分工"}), "signing", at=begun)
    app.config["FIXED_NOW"] = at = dt.datetime(2027, 1, 8, 9)
    assert client("office").post("/yearreportview/compute", data={"year": "2026"}).status_code == 302
    assert client("office").post("/yearreportview/compute", data={"year": "x"}).status_code == 302
    assert client("land_head").post("/yearreportview/compute", data={"year": "2026"}).status_code in (
        302,
        403,
    )
    with app.app_context():
        made = db.session.scalars(sa.select(report.YearReport)).one()
        pk = made.id
        assert table(made, "同期比较")["信访总量"] == ["1", "0", "—"]
        assert table(made, "涉及信访较多的单位")[LAND][0] == "1"
        assert table(made, "转送、交办、督办情况")["转送"][0] == "1"
        assert office.unit_named(LAND) is not None and at
    assert (
        client("office")
        .post(f"/yearreportwordsview/edit/{pk}", data={"words": "配合巡察提供数据"})
        .status_code
        == 302
    )
    assert client("office").get(f"/yearreportview/show/{pk}").status_code == 200
    assert client("office").post(f"/yearreportview/action/sign_report/{pk}").status_code in (302, 403)
    assert client("office_head").post(f"/yearreportview/action/sign_report/{pk}").status_code == 302
    with app.app_context():
        made = db.session.get_one(report.YearReport, pk)
        assert made.document is not None and made.document.number == "云信报〔2027〕1号"
        assert "配合巡察提供数据" in made.document.body
    pdf = client("convener").get(f"/yearreportview/pdf/{pk}")
    assert pdf.status_code == 200 and pdf.data[:5] == b"%PDF-"


def test_figures_from_elsewhere_are_replaced_not_changed(app, client):
    browser = client("office")
    form = {
        "month": "2026-03",
        "topic": "越级访",
        "name": "到市批次",
        "value": "10",
        "source": "市信访局通报",
    }
    assert browser.post("/givenfigureview/add", data=form | {"month": "2026"}).status_code == 200
    assert browser.post("/givenfigureview/add", data=form).status_code == 302
    with app.app_context():
        pk = db.session.scalars(sa.select(GivenFigure.id)).one()
    assert browser.post(f"/givenfigureview/action/replace_figure/{pk}").status_code == 302
    with app.app_context():
        assert db.session.get_one(GivenFigure, pk).replaced
        with pytest.raises(sa.exc.DBAPIError):
            db.session.execute(sa.text("UPDATE given_figure SET value = 1"))
    assert client("land_officer").post("/givenfigureview/add", data=form).status_code in (302, 403)


def test_rankings_and_nominations_on_the_pages(app, client):
    live_through(app, "2026-01", "1")
    app.config["FIXED_NOW"] = dt.datetime(2026, 12, 1, 9)
    with app.app_context():
        db.session.execute(sa.text("UPDATE setting SET value = '1' WHERE key = 'ranking_least_months'"))
        db.session.commit()
    assert client("assessor").post("/yearrankingview/compute", data={"year": "2026"}).status_code == 302
    with app.app_context():
        pk = db.session.scalar(sa.text("SELECT id FROM year_ranking"))
        officer = officer_named("labour_officer").id
    page = client("land_head").get(f"/yearrankingview/show/{pk}")
    assert page.status_code == 200 and "30000" in page.text
    assert 'href="/notices/show/' in page.text  # each month opens to its notice
    assert client("land_head").get(f"/yearrankingview/excel/{pk}").data[:2] == b"PK"
    assert client("office").get(f"/yearrankingdecisionview/edit/{pk}").status_code in (302, 403)
    assert client("office_head").post(f"/yearrankingview/action/issue_award/{pk}").status_code == 302
    assert client("convener").post(f"/yearrankingview/action/issue_award/{pk}").status_code in (302, 403)
    assert client("office_head").get(f"/yearrankingview/pdf/{pk}").status_code == 404  # not decided yet
    assert client("inspection").get("/consequenceview/excel").data[:2] == b"PK"
    assert client("convener").get(f"/yearrankingdecisionview/edit/{pk}").status_code == 200
    form = {"year": "2026", "officer": str(officer), "merits": "化解积案"}
    assert client("labour_head").post("/nominationview/add", data=form).status_code == 302
    assert "冯静" not in client("land_officer").get("/nominationview/list/").text  # not in publicity yet
    assert "冯静" in client("labour_officer").get("/nominationview/list/").text
    with app.app_context():
        nomination = db.session.scalars(sa.select(Nomination)).one().id
    shown = client("office").post(
        "/nominationview/action_post", data={"action": "publicise", "rowid": str(nomination)}
    )
    assert shown.status_code == 302
    listed = client("land_officer").get("/nominationview/list/")
    assert listed.status_code == 200 and "冯静" in listed.text
    app.config["FIXED_NOW"] = dt.datetime(2026, 12, 21, 9)
    assert client("land_head").post(f"/nominationview/action/vote/{nomination}").status_code == 302
    with app.app_context():
        assert years.tally(2026) == {nomination: 1}
    assert client("reception").post(f"/nominationview/action/vote/{nomination}").status_code in (302, 403)
    done = client("convener").post(
        "/nominationview/action_post", data={"action": "choose", "rowid": str(nomination)}
    )
    assert done.status_code == 302
    listed = load_workbook(io.BytesIO(client("land_officer").get("/nominationview/excel").data)).worksheets[0]
    assert [cell.value for cell in listed[2]][:2] == [2026, "冯静"] and listed[2][6].value == 1
    with app.app_context():
        assert db.session.get_one(Nomination, nomination).state is NominationState.CHOSEN
