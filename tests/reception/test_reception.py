"""Reception days by rule, and a case's way from Friday's list to the report to the leader."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases import clocks
from app.cases.enums import Purpose
from app.cases.models import Case, Clock
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import Setting
from app.core.workdays import Calendar
from app.documents.models import Document
from app.evaluation.steps import Rating
from app.packages import instructions
from app.packages.steps import InstructionAnswer
from app.reception import calendar, operations
from app.reception.models import Duty, FridayReader, Pattern, Reception, ReceptionDay, VisitKind
from app.reception.steps import (
    ReceptionArranged,
    ReceptionClosing,
    ReceptionHeld,
    ReceptionLetters,
    ReceptionNotice,
    ReceptionOpinion,
)
from tests.support import office
from tests.support.office import NOW, as_officer, drive, register_case

pytestmark = pytest.mark.usefixtures("quick_papers")
DAY = dt.timedelta(days=1)
FRIDAY = dt.datetime(2026, 3, 6, 15, 0)
MEETS = dt.date(2026, 3, 10)


# ---- the calendar ------------------------------------------------------------------------------------


def taking_place(app, pattern, number, rolled=True, year=2026):
    with app.app_context():
        return [day for _named, day in calendar.dates(pattern, number, rolled, year, clocks.calendar())]


def test_the_meetings_of_2026(sqlite_app):
    """domain.md §6.7: Feb 24, Mar 16, Aug 17, Nov 16; every other month on the 15th."""
    moved = {2: 24, 3: 16, 8: 17, 11: 16}
    wanted = [dt.date(2026, month, moved.get(month, 15)) for month in range(1, 13)]
    assert taking_place(sqlite_app, Pattern.MONTH_DAY, 15) == wanted


def test_the_principal_leaders_days_of_2026(sqlite_app):
    moved = {1: 12, 5: 11}
    wanted = [dt.date(2026, month, moved.get(month, 10)) for month in range(1, 13)]
    found = taking_place(sqlite_app, Pattern.MONTH_DAY, 10)
    assert [day for day in found if day.month in (1, 5)] == [dt.date(2026, 1, 12), dt.date(2026, 5, 11)]
    assert [day for day, want in zip(found, wanted, strict=True) if day != want] == []
    unmoved = taking_place(sqlite_app, Pattern.MONTH_DAY, 10, rolled=False)
    assert {day.day for day in unmoved} == {10}


def test_a_weekday_recurs_every_week():
    days = list(calendar.planned(Pattern.WEEKDAY, 1, 2026))
    assert len(days) == 52 and {day.weekday() for day in days} == {0} and days[0] == dt.date(2026, 1, 5)
    plain = calendar.dates(Pattern.WEEKDAY, 7, True, 2026, Calendar())
    assert all(day.weekday() == 0 and named.weekday() == 6 for named, day in plain)  # Sunday moves to Monday


def test_the_reception_days_of_a_week_are_a_setting(sqlite_app):
    with sqlite_app.app_context():
        assert calendar.reception_week(dt.date(2026, 3, 6)) == (dt.date(2026, 3, 3), dt.date(2026, 3, 5))
        row = db.session.scalars(sa.select(Setting).where(Setting.key == "reception_weekdays")).one()
        row.value = "1,5"
        db.session.flush()
        assert calendar.reception_week(dt.date(2026, 3, 6)) == (dt.date(2026, 3, 2), dt.date(2026, 3, 6))


def test_a_changed_day_stays_changed(app):
    with app.app_context():
        made = calendar.generate(2026)
        assert made == 3 * 12 + 51  # Spring Festival moves one Monday onto the next one
        hotline = (
            sa.select(ReceptionDay.day).where(ReceptionDay.duty == Duty.HOTLINE).order_by(ReceptionDay.day)
        )
        days = {day.month: day.day for day in db.session.scalars(hotline)}
        # Spring Festival, Dragon Boat Festival; a make-up working Sunday stays, an ordinary Sunday does not
        assert (days[2], days[6], days[9], days[12]) == (24, 22, 20, 21)
        day = db.session.scalars(
            sa.select(ReceptionDay).where(ReceptionDay.planned_for == dt.date(2026, 2, 15))
        ).one()
        assert day.day == dt.date(2026, 2, 24)
        day.day, day.cancelled, day.edited = dt.date(2026, 2, 26), True, True
        db.session.commit()
        assert calendar.generate(2026) == 0
        db.session.expire_all()
        assert (day.day, day.cancelled) == (dt.date(2026, 2, 26), True)
        next_one = calendar.next_reception(dt.date(2026, 3, 6))
        assert next_one is not None and next_one.day == dt.date(2026, 3, 9)


def test_the_five_kinds_of_visit():
    assert [kind.name for kind in VisitKind] == ["REGULAR", "DOWN", "WITH_CASE", "INVITED", "FOLLOW_UP"]


# ---- the way of a reception --------------------------------------------------------------------------


def sent(app, **kw):
    case = register_case(app, **kw)
    drive(app, case, "routing")
    return case


def forward(app, case, by="office", at=FRIDAY, why="多次反映未解决"):
    with as_officer(app, by) as officer:
        operations.put_forward(db.session.get_one(Case, case), Reception(why=why), officer, at)
        db.session.commit()


def friday(app, at=FRIDAY):
    with as_officer(app, "office") as officer:
        operations.draw_up_list(officer, at)
        db.session.commit()
    with as_officer(app, "office_head") as officer:
        made = operations.friday_list(officer, at)
        db.session.commit()
        return made.id


def take(app, case, verb, kind, by, at=FRIDAY, **facts):
    with as_officer(app, by) as officer:
        if "leader" in facts and isinstance(facts["leader"], str):
            facts["leader"] = office.officer_named(facts["leader"])
        verb(db.session.get_one(Case, case), kind(**facts), officer, at)
        db.session.commit()


def arrange(app, case, by="office", at=FRIDAY, **kw):
    facts = {"leader": "leader", "visit": VisitKind.REGULAR, "meets_on": MEETS, "hours": "9:00—11:30",
             "place": "区信访接待大厅", "heads": "钱国栋 局长"}  # fmt: skip
    take(app, case, operations.arrange, ReceptionArranged, by, at, **(facts | kw))


def prepare(app, case, at=FRIDAY):
    take(
        app,
        case,
        operations.prepare,
        ReceptionOpinion,
        "land_officer",
        at,
        facts="已核实",
        opinion="拟补发差额",
    )


def invite(app, case, at=FRIDAY):
    take(app, case, operations.invite, ReceptionLetters, "office_head", at)


def hold(app, case, at=dt.datetime(2026, 3, 10, 12), **kw):
    facts = {"came": True, "present": "四方", "record": "听取诉求", "instruction": "两周内补发", "days": 14}
    take(app, case, operations.hold, ReceptionHeld, "office", at, **(facts | kw))


def notice(app, case, at=dt.datetime(2026, 3, 11, 9)):
    take(app, case, operations.notice, ReceptionNotice, "office_head", at)


def report(app, case, at=dt.datetime(2026, 3, 20, 9)):
    take(
        app, case, instructions.answer, InstructionAnswer, "land_officer", at, done="已复核", result="已补发"
    )


def close(app, case, evidence="签字确认", at=dt.datetime(2026, 3, 21, 9)):
    said = {"petitioner": Rating.SATISFIED, "leader": Rating.SATISFIED, "unit_says": Rating.FAIRLY}
    take(app, case, operations.close, ReceptionClosing, "office", at, evidence=evidence, **said)


def state(app, case):
    with app.app_context():
        query = sa.select(Reception).where(Reception.case_id == case).order_by(Reception.id.desc())
        return db.session.scalars(query.limit(1)).one().state.name


def papers(app, case):
    with app.app_context():
        query = sa.select(Document).where(Document.case_id == case).order_by(Document.id)
        return [paper.kind.code for paper in db.session.scalars(query)]


ROAD = (arrange, prepare, invite, hold, notice, report, close)
STATES = ["SUBMITTED", "ARRANGED", "ARRANGED", "INVITED", "HELD", "NOTICED", "REPORTED", "CLOSED"]


def test_the_whole_way(app):
    case = sent(app)
    forward(app, case)
    assert state(app, case) == "LISTED"
    friday(app)
    for verb, before in zip(ROAD, STATES, strict=False):
        assert state(app, case) == before
        verb(app, case)  # type: ignore[operator]
    assert state(app, case) == "CLOSED"
    assert papers(app, case) == ["D21", "D22", "D23", "D20"]
    with app.app_context():
        fourth = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D20"))).one()
        assert "两周内补发" in fourth.body and "2026年3月24日" in fourth.body
        to_leader = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D23"))).one()
        assert to_leader.recipient == "宋成同志" and "拟补发差额" in to_leader.body


@pytest.mark.parametrize("reached", range(len(ROAD)))
def test_nothing_is_done_out_of_turn(sqlite_app, reached):
    """Every later step is refused before its turn; arranging anew is possible until the day."""
    case = sent(sqlite_app)
    forward(sqlite_app, case)
    friday(sqlite_app)
    for verb in ROAD[:reached]:
        verb(sqlite_app, case)
    for verb in ROAD:
        again = verb is arrange and reached <= 3
        early_report = verb is report and reached == 4  # the unit may report before the notice came
        if verb is ROAD[reached] or again or early_report or (verb is prepare and reached in (1, 2)):
            continue
        with pytest.raises(Refusal):
            verb(sqlite_app, case)


def test_nobody_is_invited_before_the_unit_gave_its_opinion(sqlite_app):
    case = sent(sqlite_app)
    forward(sqlite_app, case)
    friday(sqlite_app)
    arrange(sqlite_app, case)
    with sqlite_app.app_context():
        clock = db.session.scalars(sa.select(Clock).where(Clock.code == "L_OPN")).one()
        assert (clock.due_legal, clock.owner.name) == (
            dt.date(2026, 3, 9),
            office.LAND,
        )  # the last working day before it
    with pytest.raises(Refusal):
        invite(sqlite_app, case)
    assert papers(sqlite_app, case) == []
    prepare(sqlite_app, case)
    invite(sqlite_app, case)


def test_what_a_reception_needs(sqlite_app):
    app = sqlite_app
    case = sent(app)
    with pytest.raises(Refusal):
        forward(app, case, why=" ")
    unrouted = register_case(app)
    accusation = register_case(app, purpose=Purpose.ACCUSATION)
    with pytest.raises(Refusal):
        forward(app, unrouted)
    with app.app_context(), pytest.raises(Refusal):
        operations.why_not_forward(db.session.get_one(Case, accusation))
    with pytest.raises(Refusal):
        friday(app)  # nothing is put forward
    forward(app, case)
    with pytest.raises(Refusal):
        forward(app, case)  # one at a time
    with pytest.raises(Refusal):
        arrange(app, case)  # not submitted yet
    friday(app)
    for wrong, field in (
        ({"meets_on": FRIDAY.date()}, "meets_on"), ({"leader": None}, "leader"), ({"leader": "reception"}, "leader"),
        ({"hours": ""}, "hours"), ({"heads": " "}, "heads"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            arrange(app, case, **wrong)
        assert refused.value.field == field
    for verb in (arrange, prepare, invite):
        verb(app, case)
    for wrong, field in (  # type: ignore[assignment]
        ({"instruction": ""}, "instruction"),
        ({"record": ""}, "record"),
        ({"days": 0}, "days"),
    ):
        with pytest.raises(Refusal) as refused:
            hold(app, case, **wrong)
        assert refused.value.field == field
    with pytest.raises(Refusal):
        hold(app, case, at=dt.datetime(2026, 3, 9, 12))  # before its day
    for verb in (hold, notice, report):
        verb(app, case)
    with pytest.raises(Refusal) as refused:
        close(app, case, evidence=" ")
    assert refused.value.field == "evidence"


def test_who_did_not_come_may_be_listed_again(sqlite_app):
    case = sent(sqlite_app)
    forward(sqlite_app, case)
    friday(sqlite_app)
    for verb in (arrange, prepare, invite):
        verb(sqlite_app, case)
    hold(sqlite_app, case, came=False, instruction="")
    assert state(sqlite_app, case) == "ENDED"
    forward(sqlite_app, case, at=FRIDAY + 7 * DAY)
    assert state(sqlite_app, case) == "LISTED"


def test_the_list_goes_to_leaders_who_stand_clear_of_all_of_it(app):
    case = sent(app)
    drive(app, case, ("recusal", {"who": "leader", "reason": "系当事人近亲属"}))
    forward(app, case)
    made = friday(app)
    with app.app_context():
        readers = db.session.scalars(sa.select(FridayReader).where(FridayReader.list_id == made)).all()
        assert [reader.officer.username for reader in readers] == ["convener"]
        paper = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D23A"))).one()
        assert "王秀英" not in paper.body and "王" in paper.body  # masked: they are not invited yet
        number = paper.id
    for who, sees in (("convener", True), ("office_head", True), ("leader", False), ("land_head", False)):
        with as_officer(app, who):
            assert (db.session.get(Document, number) is not None) == sees, who
    with pytest.raises(Refusal):
        arrange(app, case)  # recused: receives nobody in this matter


def test_the_leader_sees_the_case_from_the_arrangement_on(app):
    case = sent(app)
    forward(app, case)
    friday(app)
    for who in ("leader", "land_officer"):
        with as_officer(app, who):
            assert db.session.scalar(sa.select(sa.func.count(Reception.id))) == 0
    arrange(app, case)
    for who, sees in (("leader", True), ("land_officer", True), ("labour_officer", False)):
        with as_officer(app, who):
            assert (db.session.get(Case, case) is not None) == sees
            assert db.session.scalar(sa.select(sa.func.count(Reception.id))) == int(sees)
    arrange(app, case, leader="convener", meets_on=MEETS + DAY)  # another leader
    with as_officer(app, "leader"):
        assert db.session.get(Case, case) is None


def test_a_case_that_ends_before_its_day_takes_its_reception_along(sqlite_app):
    case = sent(sqlite_app)
    forward(sqlite_app, case)
    friday(sqlite_app)
    arrange(sqlite_app, case)
    drive(sqlite_app, case, "withdrawal", at=FRIDAY + DAY)
    assert state(sqlite_app, case) == "ENDED"


def test_the_report_may_come_after_the_closing(sqlite_app):
    case = sent(sqlite_app)
    forward(sqlite_app, case)
    friday(sqlite_app)
    for verb in (arrange, prepare, invite, hold, notice):
        verb(sqlite_app, case)
    drive(sqlite_app, case, "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery", "closing",
          at=dt.datetime(2026, 3, 12, 9))  # fmt: skip
    assert state(sqlite_app, case) == "NOTICED"
    report(sqlite_app, case)
    close(sqlite_app, case)
    assert state(sqlite_app, case) == "CLOSED"
    assert NOW < FRIDAY


def test_the_fourth_letter_carries_the_words_of_its_own_reception(app):
    """Another leader may instruct between the reception and its notice: that is another matter."""
    case = sent(app)
    forward(app, case)
    friday(app)
    for verb in (arrange, prepare, invite, hold):
        verb(app, case)
    drive(
        app,
        case,
        ("instruction", {"leader": "convener", "text": "另一件事"}),
        at=dt.datetime(2026, 3, 10, 15),
    )
    notice(app, case)
    with app.app_context():
        fourth = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D20"))).one()
        assert "两周内补发" in fourth.body and "另一件事" not in fourth.body
