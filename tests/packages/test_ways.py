"""A package to its end: on a case that has ended, when its unit changes, and who answers for whom."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases.enums import Channel
from app.cases.models import Case, Clock, ClockRule
from app.core.db import db
from app.core.errors import Refusal
from app.packages import operations
from app.packages.models import Package, PackageOwner, PackageRule, Tier
from app.packages.steps import NoteKind, PackageHandover, PackageNote, StrikeOffRequest, StrikeOffRuling
from tests.packages.test_packages import criteria, opened, owed, package, sent, step
from tests.support import office
from tests.support.office import NOW, as_officer, drive, register_case

pytestmark = pytest.mark.usefixtures("quick_papers")
DAY = dt.timedelta(days=1)
CLOSED = ("signing", "acceptance", "opinion_draft", "opinion_signing", "delivery", "closing")


@pytest.fixture
def app(sqlite_app):
    """These are rules of the verbs: one database is enough."""
    return sqlite_app


def ask(app, case, by="land_officer", at=NOW):
    facts = {"evidence": "回访记录"}
    step(app, case, operations.ask_strike_off, StrikeOffRequest, facts, criteria(app), by=by, at=at)


def clocks_of(app, case, code):
    with app.app_context():
        query = sa.select(Clock).where(Clock.case_id == case, Clock.code == code).order_by(Clock.id)
        return [(c.started_on, c.stopped_on, c.owner.name) for c in db.session.scalars(query)]


def officer_id(app, name):
    with app.app_context():
        return office.officer_named(name).id


# ---- on a case that has ended ------------------------------------------------------------------------


def test_a_closed_case_in_a_package_gets_a_supervisor_who_checks_it(app):
    """Through the pages: who sees the case and may check it, and who may not; then it can be put away."""
    case = sent(app)
    opened(app, case)
    drive(app, case, *CLOSED)
    ask(app, case)
    supervisor, head, clerk = (
        office.signed_in(app, name) for name in ("supervisor", "office_head", "office")
    )
    found = {"passed": "y", "findings": "已电话核实"}
    assert (
        supervisor.post(f"/strikeoffcheckview/add/{case}", data=found).status_code == 404
    )  # not theirs to see
    assert clerk.post(f"/strikeoffcheckview/add/{case}", data=found).status_code == 403
    named = {"supervisor": officer_id(app, "supervisor"), "reason": "销号抽查"}
    assert (
        office.signed_in(app, "land_head").post(f"/supervisornamedview/add/{case}", data=named).status_code
        == 403
    )
    assert head.post(f"/supervisornamedview/add/{case}", data=named).status_code == 302
    assert supervisor.post(f"/strikeoffcheckview/add/{case}", data=found).status_code == 302
    assert package(app, case).state.name == "CHECKED"
    with pytest.raises(Refusal):
        drive(app, case, "archiving", at=NOW + 60 * DAY)
    assert supervisor.post(f"/strikeoffrulingview/add/{case}", data={"note": ""}).status_code == 403
    ruling = f"/strikeoffrulingview/add/{case}"
    assert head.post(ruling, data={"note": ""}).status_code == 200  # not agreed needs its reason
    assert package(app, case).state.name == "CHECKED"
    assert head.post(ruling, data={"agreed": "y", "note": ""}).status_code == 302
    assert package(app, case).state.name == "STRUCK"
    drive(app, case, "archiving", at=NOW + 60 * DAY)


def test_what_comes_back_after_the_closing_is_taken_up_again(app):
    case = sent(app, first_time=False, channel=Channel.SUPERIOR)
    opened(app, case)
    ask(app, case)
    drive(app, case, "strike_off_check", by="supervisor")
    drive(app, case, "strike_off_ruling", by="office_head")
    drive(app, case, *CLOSED)
    again = register_case(app, at=NOW + DAY)
    with app.app_context():
        drive(app, again, ("repeat_confirmed", {"first": db.session.get_one(Case, case)}), at=NOW + DAY)
    assert [code for code, _ in owed(app, case)] == ["BACK"]
    app.config["FIXED_NOW"] = NOW + 2 * DAY
    said = {"reason": "信访人再次反映", "due_on": "2026-04-10"}
    wrong = office.signed_in(app, "land_officer").post(f"/packagereopeningview/add/{case}", data=said)
    assert wrong.status_code == 403
    right = office.signed_in(app, "office").post(f"/packagereopeningview/add/{case}", data=said)
    assert right.status_code == 302
    assert package(app, case).state.name == "ACTIVE" and owed(app, case) == []


def test_what_came_back_after_it_was_put_away_is_not_owed_for_ever(app):
    case = sent(app, first_time=False, channel=Channel.SUPERIOR)
    opened(app, case)
    ask(app, case)
    drive(app, case, "strike_off_check", by="supervisor")
    drive(app, case, "strike_off_ruling", by="office_head")
    drive(app, case, *CLOSED)
    again = register_case(app, at=NOW + DAY)
    with app.app_context():
        drive(app, again, ("repeat_confirmed", {"first": db.session.get_one(Case, case)}), at=NOW + DAY)
    drive(app, case, "archiving", at=NOW + 60 * DAY)
    assert owed(app, case) == []


# ---- whose time runs ---------------------------------------------------------------------------------


def test_the_units_term_stands_still_while_the_office_checks(app):
    case = sent(app)
    opened(app, case)
    ask(app, case, at=NOW + 5 * DAY)
    began, asked = NOW.date(), (NOW + 5 * DAY).date()
    assert clocks_of(app, case, "L_PKG") == [(began, asked, office.LAND)]
    assert clocks_of(app, case, "L_OFF") == [(asked, None, office.CONFERENCE)]
    drive(app, case, ("strike_off_check", {"passed": False}), by="supervisor", at=NOW + 7 * DAY)
    assert clocks_of(app, case, "L_OFF")[-1][1] == (NOW + 7 * DAY).date()
    assert clocks_of(app, case, "L_PKG")[-1] == (began, None, office.LAND)  # as if it had never stood still
    ask(app, case, at=NOW + 8 * DAY)
    drive(app, case, "strike_off_check", by="supervisor", at=NOW + 9 * DAY)
    assert clocks_of(app, case, "L_OFF")[-1][1] is None  # the ruling is owed
    drive(app, case, "strike_off_ruling", by="office_head", at=NOW + 10 * DAY)
    for code in ("L_PKG", "L_OFF"):
        assert all(stopped for _since, stopped, _owner in clocks_of(app, case, code))


def test_the_case_shows_no_day_of_a_duty_that_has_ended(app):
    """The soonest duty is read again after the rooms above have followed the step."""
    case = register_case(app)
    drive(app, case, "routing", "objection")
    drive(app, case, ("instruction", {"feedback_days": 1}))
    drive(app, case, "dispute", ("jurisdiction_ruling", {"target": office.LABOUR}))
    with app.app_context():
        found = db.session.get_one(Case, case)
        duties = [c.due_legal for c in found.clocks if c.stopped_on is None and c.duty]
        assert found.due_on == min(duties)


def test_a_ruling_may_refuse_and_the_units_term_runs_on(app):
    case = sent(app)
    opened(app, case)
    ask(app, case, at=NOW + 5 * DAY)
    drive(app, case, "strike_off_check", by="supervisor", at=NOW + 6 * DAY)
    refused = {"agreed": False, "note": "信访人称补偿款未到账"}
    with as_officer(app, "office_head") as officer:
        found = db.session.get_one(Case, case)
        with pytest.raises(Refusal) as reason:
            operations.strike_off(found, StrikeOffRuling(agreed=False, note=" "), officer, NOW + 7 * DAY)
        assert reason.value.field == "note"
    drive(app, case, ("strike_off_ruling", refused), by="office_head", at=NOW + 7 * DAY)
    assert (package(app, case).state.name, package(app, case).struck_on) == ("ACTIVE", None)
    assert clocks_of(app, case, "L_PKG")[-1] == (NOW.date(), None, office.LAND)
    assert all(stopped for _since, stopped, _owner in clocks_of(app, case, "L_OFF"))
    page = office.signed_in(app, "land_officer").get(f"/cases/show/{case}").get_data(as_text=True)
    assert "不予销号：信访人称补偿款未到账" in page
    ask(app, case, at=NOW + 8 * DAY)  # and is asked for anew
    drive(app, case, "strike_off_check", by="supervisor", at=NOW + 9 * DAY)
    drive(app, case, "strike_off_ruling", by="office_head", at=NOW + 10 * DAY)
    assert package(app, case).state.name == "STRUCK"


# ---- when the leader changes post --------------------------------------------------------------------


@pytest.mark.parametrize("leaves", ["another post", "out of service"])
def test_the_package_of_a_leader_who_left_is_to_be_handed_over(app, leaves):
    """It is listed, the list of packages marks it, the daily duties tell of it; handed over, it is in order again."""
    case = sent(app, first_time=False, channel=Channel.SUPERIOR)
    beside = sent(app, first_time=False)  # no rule asks for its package
    for one in (case, beside):
        opened(app, one)
    assert owed(app, case) == owed(app, beside) == []
    with app.app_context():
        leader = office.officer_named("leader")
        if leaves == "another post":
            leader.post = office.officer_named("assessor").post
        else:
            leader.active = False
        db.session.commit()
        numbers = [db.session.get_one(Case, one).number for one in (case, beside)]
        told = app.test_cli_runner().invoke(args=["tick"]).output
    assert all(f"package whose leader left: {number}" in told for number in numbers)
    clerk = office.signed_in(app, "office")
    for where, said in (("/packagesowed/list/", "待变更包案领导"), ("/packages/list/", "已不在任")):
        page = clerk.get(where).get_data(as_text=True)
        assert page.count(said) == 2 and all(number in page for number in numbers), where
    assert "上级交办案件全部领导包案" not in clerk.get("/packagesowed/list/").get_data(
        as_text=True
    )  # said once
    for one in (case, beside):
        with as_officer(app, "office"):
            facts = {
                "tier": Tier.DISTRICT,
                "leader": office.officer_named("convener"),
                "reason": "宋成同志调任",
            }
            step(app, one, operations.hand_over, PackageHandover, facts)
        assert owed(app, one) == []
    assert "待变更包案领导" not in clerk.get("/packagesowed/list/").get_data(as_text=True)


# ---- when the unit changes ---------------------------------------------------------------------------


def test_the_next_unit_names_its_own_leader(app):
    case = register_case(app, first_time=True)
    drive(app, case, "routing", "package_leader")
    opened(app, case, bureau_leader="钱国栋 自然资源局局长")
    assert owed(app, case) == []
    drive(app, case, "objection", "dispute", ("jurisdiction_ruling", {"target": office.LABOUR}))
    assert [code for code, _ in owed(app, case)] == ["FIRST"]
    with app.app_context():
        owners = db.session.scalars(sa.select(PackageOwner).where(PackageOwner.until.is_(None))).all()
        assert [o.tier.name for o in owners] == ["DISTRICT"]
    drive(app, case, ("package_leader", {"leader": "人社局王局长"}))
    assert owed(app, case) == []


# ---- by when -----------------------------------------------------------------------------------------


def test_what_became_true_later_is_due_later(app):
    with app.app_context():
        db.session.execute(sa.update(PackageRule).values(enabled=PackageRule.code != "FIRST"))
        db.session.commit()
    hard = sent(app, first_time=False)
    drive(app, hard, "hard_matter", at=NOW + 14 * DAY)
    assert owed(app, hard) == [("HARD", (NOW + 21 * DAY).date())]
    many = sent(app, people_count=5, first_time=False)
    drive(app, many, ("correction", {"field": "people_count", "new_value": "40"}), at=NOW + 14 * DAY)
    assert owed(app, many) == [("MANY", (NOW + 21 * DAY).date())]
    first, again, third = (register_case(app, first_time=False) for _ in range(3))
    for case, at in ((again, NOW), (third, NOW + 14 * DAY)):
        with app.app_context():
            drive(app, case, ("repeat_confirmed", {"first": db.session.get_one(Case, first)}), at=at)
    assert owed(app, third) == [("REPEAT", (NOW + 21 * DAY).date())]


# ---- a leader's instruction --------------------------------------------------------------------------


def test_a_leader_sees_the_case_of_an_instruction_the_office_recorded(app):
    case = sent(app)
    with as_officer(app, "leader"):
        assert db.session.get(Case, case) is None
    drive(app, case, ("instruction", {"leader": "leader"}), by="office")
    with as_officer(app, "leader"):
        assert db.session.get(Case, case) is not None


def test_only_who_owes_it_answers(app):
    """A unit that merely sees the case (it takes part in a consultation) answers for nobody else."""
    case = sent(app)
    opened(app, case)
    drive(app, case, "instruction")
    for kind in ("instruction_answer", "strike_off_request"):
        with pytest.raises(Refusal):
            drive(app, case, kind, by="labour_officer")
    drive(app, case, "instruction_answer", by="land_officer")
    drive(app, case, "strike_off_request", by="office")  # the office may ask, too
    with app.app_context():
        assert db.session.scalars(sa.select(Package)).one().state.name == "ASKED"


# ---- its people change -------------------------------------------------------------------------------


def test_responsible_officer_and_task_force_change_by_a_note(app):
    case = sent(app)
    opened(app, case)
    for about, what in ((NoteKind.RESPONSIBLE, "赵文博 科长"), (NoteKind.TASK_FORCE, "自然资源局、人社局")):
        facts = {"about": about, "happened_on": NOW.date(), "what": what}
        step(app, case, operations.note, PackageNote, facts)
    made = package(app, case)
    assert (made.responsible, made.task_force) == ("赵文博 科长", "自然资源局、人社局")
    with pytest.raises(Refusal):
        facts = {"about": NoteKind.RESPONSIBLE, "happened_on": NOW.date(), "what": "长" * 61}
        step(app, case, operations.note, PackageNote, facts)


def test_the_list_of_what_is_owed_says_whose_task_it_is(app):
    sent(app, first_time=True, channel=Channel.SUPERIOR)
    page = office.signed_in(app, "office").get("/packagesowed/list/").get_data(as_text=True)
    assert office.CONFERENCE in page and office.LAND in page


def test_the_form_proposes_what_the_row_of_the_clock_says(app):
    case = sent(app)
    with app.app_context():
        row = db.session.scalars(sa.select(ClockRule).where(ClockRule.code == "L_PKG")).one()
        row.length = 40
        db.session.commit()
    form = office.signed_in(app, "office").get(f"/packageopenedview/add/{case}").get_data(as_text=True)
    assert (NOW.date() + 40 * DAY).isoformat() in form
