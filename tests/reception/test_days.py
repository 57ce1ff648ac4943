"""Days before, of and after a reception: who has how long, what is called off, and how the calendar follows."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import CalendarDay, DayKind
from app.documents.models import Document
from app.packages import operations as packages
from app.packages.models import Tier
from app.packages.steps import PackageHandover
from app.public import story
from app.reception import calendar
from app.reception.models import Reception, ReceptionDay
from tests.packages.test_packages import opened, step
from tests.reception.test_reception import (
    DAY,
    FRIDAY,
    MEETS,
    arrange,
    close,
    forward,
    friday,
    hold,
    invite,
    notice,
    papers,
    prepare,
    report,
    sent,
    state,
)
from tests.support import office
from tests.support.office import as_officer

pytestmark = pytest.mark.usefixtures("quick_papers")


@pytest.fixture
def app(sqlite_app):
    """These are rules of the verbs: one database is enough."""
    return sqlite_app


def listed(app):
    case = sent(app)
    forward(app, case)
    friday(app)
    return case


def clocks_of(app, case):
    with app.app_context():
        query = sa.select(Clock).where(Clock.case_id == case, Clock.code == "L_OPN").order_by(Clock.id)
        return [(clock.due_legal, clock.stopped_on) for clock in db.session.scalars(query)]


def states_of_papers(app, case):
    with app.app_context():
        query = sa.select(Document).where(Document.case_id == case).order_by(Document.id)
        return [paper.state.name for paper in db.session.scalars(query)]


def withdrawn(app, case, who, reason):
    with app.app_context():
        number = db.session.scalar(sa.select(Reception.id).where(Reception.case_id == case))
    client = office.signed_in(app, who)
    return client.post(f"/receptionwithdrawalview/edit/{number}", data={"ended_why": reason}).status_code


# ---- Friday's list -----------------------------------------------------------------------------------


def test_the_clerk_draws_the_list_up_and_the_head_signs_what_was_read(app):
    first, second = sent(app), sent(app)
    forward(app, first)
    app.config["FIXED_NOW"] = FRIDAY
    clerk, head = office.signed_in(app, "office"), office.signed_in(app, "office_head")

    def seen():
        page = head.get("/receptions/list/").get_data(as_text=True)
        return re.findall(r'name="seen" value="([^"]*)"', page)

    assert seen() == []
    assert clerk.post("/receptions/friday").status_code == 302
    assert state(app, first) == "LISTED"  # nothing is out before it is signed
    before = seen()
    with as_officer(app, "leader"):
        assert db.session.scalars(sa.select(Document)).all() == []
    forward(app, second)
    app.config["FIXED_NOW"] = FRIDAY + dt.timedelta(minutes=5)
    assert clerk.post("/receptions/friday").status_code == 302  # drawn up anew
    for who in (clerk, office.signed_in(app, "leader"), office.signed_in(app, "land_head")):
        assert who.post("/receptions/sign", data={"seen": seen()[0]}).status_code == 403
    head.post("/receptions/sign", data={"seen": before[0]})
    assert state(app, first) == state(app, second) == "LISTED"
    head.post("/receptions/sign", data={"seen": seen()[0]})
    assert state(app, first) == state(app, second) == "SUBMITTED"
    with app.app_context():
        paper = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D23A"))).one()
        assert paper.signed_by.username == "office_head" and paper.drafted_by.username == "office"


# ---- before the day ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meets", "due"),
    [
        (dt.date(2026, 3, 9), dt.date(2026, 3, 6)),  # Monday: on the Friday itself
        (dt.date(2026, 3, 10), dt.date(2026, 3, 9)),
        (dt.date(2026, 3, 12), dt.date(2026, 3, 11)),  # three working days are the rule
        (dt.date(2026, 3, 20), dt.date(2026, 3, 11)),
    ],
)
def test_the_opinion_is_due_before_the_reception(app, meets, due):
    case = listed(app)
    arrange(app, case, meets_on=meets)
    assert clocks_of(app, case) == [(due, None)]


def test_arranged_anew_the_opinion_is_due_anew(app):
    case = listed(app)
    arrange(app, case, meets_on=dt.date(2026, 3, 20))
    prepare(app, case)
    arrange(app, case, meets_on=MEETS)
    assert clocks_of(app, case) == [(dt.date(2026, 3, 11), FRIDAY.date()), (dt.date(2026, 3, 9), None)]
    with pytest.raises(Refusal):
        invite(app, case)  # the opinion was on another day
    prepare(app, case)
    invite(app, case)


def test_nobody_is_invited_on_the_day_itself(app):
    case = listed(app)
    arrange(app, case)
    prepare(app, case)
    for day in (MEETS, MEETS + DAY):
        with pytest.raises(Refusal):
            invite(app, case, dt.datetime.combine(day, dt.time(8)))
    invite(app, case, dt.datetime(2026, 3, 9, 17))


def test_letters_that_do_not_hold_any_more_are_voided(app):
    case = listed(app)
    for verb in (arrange, prepare, invite):
        verb(app, case)
    arrange(app, case, meets_on=MEETS + DAY)
    assert states_of_papers(app, case) == ["VOID"] * 3
    prepare(app, case)
    invite(app, case)
    assert states_of_papers(app, case) == ["VOID"] * 3 + ["SIGNED"] * 3


def called_off(app, case, who, reason):
    client = office.signed_in(app, who)
    return client.post(f"/receptioncalledoffview/add/{case}", data={"reason": reason}).status_code


def timeline(app, case):
    with app.app_context():
        steps = db.session.scalars(sa.select(Step).where(Step.case_id == case).order_by(Step.id))
        return [(step.kind, step.story()) for step in steps if step.kind.startswith("reception")]


@pytest.mark.parametrize("verbs", [(arrange,), (arrange, prepare, invite)])
def test_what_is_arranged_can_be_called_off_with_a_reason(app, verbs):
    """It stands on the case's timeline like the arrangement: for the unit, and for the petitioner who was invited."""
    case = listed(app)
    for verb in verbs:
        verb(app, case)
    app.config["FIXED_NOW"] = FRIDAY + DAY
    assert called_off(app, case, "land_head", "领导出差") == 403
    assert called_off(app, case, "labour_head", "领导出差") == 403
    assert called_off(app, case, "office", " ") == 200 and state(app, case) != "ENDED"
    assert (
        withdrawn(app, case, "office", "领导出差") == 200 and state(app, case) != "ENDED"
    )  # told on the case
    assert called_off(app, case, "office", "领导出差") == 302
    assert state(app, case) == "ENDED"
    assert set(states_of_papers(app, case)) <= {"VOID"}
    assert all(stopped for _due, stopped in clocks_of(app, case))
    invited = invite in verbs
    said = "领导出差 已发通知书作废。" if invited else "领导出差"
    assert timeline(app, case)[-1] == ("reception_called_off", said)
    page = office.signed_in(app, "land_officer").get(f"/cases/show/{case}").get_data(as_text=True)
    assert "接访已取消" in page and said in page
    with as_officer(app, "leader"):
        assert db.session.get(Case, case) is None
    with app.app_context():
        found = db.session.get_one(Case, case)
        assert found.due_on == min(c.due_legal for c in found.clocks if c.stopped_on is None and c.duty)
        steps = db.session.scalars(sa.select(Step).where(Step.case_id == case)).all()
        assert not any(step.late for step in steps)  # the unit's opinion is not asked for any more
        told = [line for _day, line in story.told(steps)]
        assert ("已通知您参加的领导接访取消" in told) == invited
        assert ("已书面通知您参加领导接访" in told) == invited
    assert called_off(app, case, "office", "再次取消") == 200  # once
    forward(app, case, at=FRIDAY + 7 * DAY)
    assert state(app, case) == "LISTED"


@pytest.mark.parametrize("reached", ["LISTED", "SUBMITTED"])
def test_what_was_never_arranged_leaves_no_trace_on_the_case(app, reached):
    """Its unit never heard of it: the reason stays with the office."""
    case = sent(app)
    forward(app, case)
    if reached == "SUBMITTED":
        friday(app)
    assert state(app, case) == reached
    app.config["FIXED_NOW"] = FRIDAY + DAY
    assert called_off(app, case, "office", "领导出差") == 200 and state(app, case) == reached
    assert withdrawn(app, case, "office", " ") == 200 and state(app, case) == reached
    assert withdrawn(app, case, "office", "已当面解决") == 302
    assert state(app, case) == "ENDED" and timeline(app, case) == []


def test_what_was_held_is_not_called_off(app):
    case = listed(app)
    for verb in (arrange, prepare, invite, hold):
        verb(app, case)
    app.config["FIXED_NOW"] = dt.datetime(2026, 3, 11, 9)
    assert called_off(app, case, "office", "领导出差") == 200
    assert state(app, case) == "HELD"


def test_the_notice_goes_out_also_where_the_unit_was_quicker(app):
    case = listed(app)
    for verb in (arrange, prepare, invite, hold):
        verb(app, case)
    report(app, case, dt.datetime(2026, 3, 10, 15))
    notice(app, case)
    assert state(app, case) == "REPORTED" and papers(app, case)[-1] == "D20"
    with pytest.raises(Refusal):
        notice(app, case)  # once
    close(app, case)
    assert state(app, case) == "CLOSED"


# ---- the calendar ------------------------------------------------------------------------------------


def day_of(rule_code, planned):
    query = sa.select(ReceptionDay).where(
        ReceptionDay.rule.has(code=rule_code), ReceptionDay.planned_for == planned
    )
    return db.session.scalars(query).one()


def test_no_day_has_two_weekly_receptions(app):
    """Spring Festival 2026: the Mondays of 16 and 23 February would both be 24 February."""
    with app.app_context():
        calendar.generate(2026)
        weekly = sa.select(ReceptionDay.day).where(ReceptionDay.rule.has(code="RWEEK"))
        days = db.session.scalars(weekly).all()
        assert len(days) == len(set(days)) == 51
        assert dt.date(2026, 2, 24) in days and day_of("RWEEK", dt.date(2026, 2, 23)).day == dt.date(
            2026, 2, 24
        )


def test_days_nobody_edited_follow_holidays_that_are_published_later(app):
    with app.app_context():
        calendar.generate(2027)
        one, other = (day_of("RWEEK", dt.date(2027, 3, day)) for day in (1, 8))
        assert one.day == dt.date(2027, 3, 1)
        other.edited = True
        db.session.commit()
        db.session.add_all(
            CalendarDay(day=dt.date(2027, 3, day), kind=DayKind.HOLIDAY, name="假日", source="通知")
            for day in (1, 8)
        )
        db.session.commit()
        assert (one.day, other.day) == (dt.date(2027, 3, 2), dt.date(2027, 3, 8))


def test_who_changes_a_day_is_told_who_is_expected_on_it(app):
    case = listed(app)
    arrange(app, case)
    with app.app_context():
        calendar.generate(2026)
        db.session.commit()
        row = day_of("R10", MEETS)
        number = row.id
        form = {"day": "2026-03-11", "duty": "RECEPTION", "visit": "REGULAR", "who": row.who, "hours": row.hours,
                "place": row.place, "note": ""}  # fmt: skip
    client = office.signed_in(app, "office")
    assert client.post(f"/receptiondays/edit/{number}", data=form).status_code == 302
    page = client.get("/receptiondays/list/").get_data(as_text=True)
    assert "XF2026030001" in page
    with app.app_context():
        assert db.session.get_one(ReceptionDay, number).edited


# ---- a leader's page ---------------------------------------------------------------------------------


def test_my_packages_are_those_i_lead(app):
    """A leader who only receives has no package; one who handed it over leads it no more."""
    case = listed(app)
    arrange(app, case)
    opened(app, case)
    with as_officer(app, "office"):
        facts = {"tier": Tier.DISTRICT, "leader": office.officer_named("convener"), "reason": "分工调整"}
        step(app, case, packages.hand_over, PackageHandover, facts)
    for who, leads in (("convener", True), ("leader", False)):
        page = office.signed_in(app, who).get("/leader/list/").get_data(as_text=True)
        assert ("钱国栋 局长" in page) == leads, who


def test_the_lists_ask_little(app):
    """The number of statements does not grow with the rows."""
    app.config["FIXED_NOW"] = FRIDAY
    clerk = office.signed_in(app, "office")
    with app.app_context():
        engine = db.engine
    said: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))

    def asked(where):
        clerk.get(where)
        said.clear()
        clerk.get(where)
        return len([one for one in said if not one.startswith(("BEGIN", "PRAGMA"))])

    counts = []
    for _ in range(2):
        for case in [sent(app) for _ in range(4)]:
            forward(app, case)
        friday(app)
        counts.append([asked(where) for where in ("/receptions/list/", "/weekvisits/list/")])
    assert counts[0] == counts[1]


def test_the_calendar_opens_where_today_is(app):
    with app.app_context():
        calendar.generate(2026)
        db.session.commit()
    clerk = office.signed_in(app, "office")
    app.config["FIXED_NOW"] = dt.datetime(2026, 1, 5, 9)
    assert "2026-01-05" in clerk.get("/receptiondays/list/").get_data(as_text=True)
    app.config["FIXED_NOW"] = dt.datetime(2026, 11, 30, 9)
    clerk = office.signed_in(app, "office")
    page = clerk.get("/receptiondays/list/", follow_redirects=True).get_data(as_text=True)
    assert "2026-11-30" in page and "2026-01-05" not in page
    assert "2026-01-05" in clerk.get("/receptiondays/list/?page_ReceptionDayView=0").get_data(as_text=True)


@pytest.mark.parametrize(
    ("who", "lands"),
    [("leader", "/leader/list/"), ("convener", "/leader/list/"), ("supervisor", "/mysupervision/list/"),
     ("land_officer", "/queue/list/"), ("office", "/queue/list/"), ("assessor", None)],
)  # fmt: skip
def test_everybody_lands_on_their_own_page(app, who, lands):
    answer = office.signed_in(app, who).get("/")
    assert answer.status_code == 302
    assert answer.location.endswith(lands) if lands else "/leader/" not in answer.location
