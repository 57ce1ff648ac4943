"""No dead ends and no leftovers: a convener who cannot lead any more, who is asked late, taken off, or comes back from
a recusal; what was reported in time is not late."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases.enums import PartRole, RecusalGround
from app.cases.models import Case, Part
from app.consultation import chair, decisions, execution, invitations, operations
from app.consultation.enums import Act
from app.consultation.steps import ConsultationStep
from app.core.db import db
from app.core.errors import Refusal
from tests.consultation import meeting
from tests.consultation.meeting import (
    HOUR,
    act,
    at_work,
    convened,
    decided,
    executing,
    invite,
    notify,
    propose,
    state,
)
from tests.supervision import matters
from tests.support import office
from tests.support.office import LABOUR, LAND, NOW

pytestmark = pytest.mark.usefixtures("quick_papers")
LATER = NOW + HOUR
DAY = dt.timedelta(days=1)


def sees(app, who, case):
    with office.as_officer(app, who):
        return db.session.get(Case, case) is not None


@pytest.fixture
def second_deputy(sqlite_app):
    """Another holder of the second level's post."""
    with sqlite_app.app_context():
        heir, deputy = office.officer_named("hall_director"), office.officer_named("hall_deputy")
        heir.post_id = deputy.post_id
        db.session.commit()
    return sqlite_app


@pytest.mark.parametrize("where", ["HELD", "DECIDED"])
def test_another_holder_of_the_post_takes_the_chair_of_a_convener_who_cannot_lead(second_deputy, where):
    app = second_deputy
    case = at_work(app)
    propose(app, case, 2)
    with app.app_context():
        session = meeting.session_of(case)
        session.convener = office.officer_named("hall_deputy")
        db.session.commit()
    convened(app, case)
    if where == "DECIDED":
        decided(app, case, LATER)

    def take(by="office", heir="hall_director"):
        with meeting.as_one(app, by) as officer:
            chair.take(meeting.session_of(case), office.officer_named(heir), officer, LATER)
            db.session.commit()

    with pytest.raises(Refusal, match="主持"):
        take()
    with app.app_context():
        office.officer_named("hall_deputy").active = False
        db.session.commit()
    with pytest.raises(Refusal):
        take(heir="land_head")
    take()
    with app.app_context():
        stands = meeting.session_of(case)
        assert stands.convener.username == "hall_director"
        kept = sa.select(ConsultationStep).where(ConsultationStep.act == Act.CHAIRED)
        assert db.session.scalars(kept).one().words.endswith(str(stands.convener))
    if where == "DECIDED":
        act(app, case, "hall_director", execution.sign_minutes, at=LATER)
        assert state(app, case)[1] == "EXECUTING"


def test_who_takes_the_chair_is_booked_for_the_meeting_and_not_in_two_places(second_deputy):
    app = second_deputy
    cases = [at_work(app), at_work(app, petitioner_name="李桂芳")]
    for case, by, where in zip(
        cases, ("hall_deputy", "hall_director"), ("联席会议室", "大厅会商室"), strict=True
    ):
        propose(app, case, 2)
        for who in meeting.MEMBERS[2]:
            invite(app, case, who, by)
        notify(app, case, by=by, where=where)
    with app.app_context():
        office.officer_named("hall_deputy").active = False
        db.session.commit()

    def take(case):
        with meeting.as_one(app, "office") as officer:
            chair.take(meeting.session_of(case), office.officer_named("hall_director"), officer, NOW)
            db.session.commit()

    with pytest.raises(Refusal, match="该时段"):
        take(cases[0])
    notify(app, cases[1], by="hall_director", starts=NOW + 5 * HOUR, where="大厅会商室")
    take(cases[0])
    with pytest.raises(Refusal, match="该时段"):  # the time is theirs now
        notify(app, cases[1], by="hall_director", where="大厅会商室")


def test_units_concerned_are_represented_also_when_the_session_opens(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    for who in ("room_rural", "land_head"):
        invite(app, case, who, "hall_deputy")
    with pytest.raises(Refusal, match="人力资源"):
        notify(app, case)
    invite(app, case, "labour_officer", "hall_deputy")
    notify(app, case)
    with meeting.as_one(app, "hall_deputy"):
        invitations.withdraw(meeting.place_of(meeting.session_of(case), "labour_officer"), NOW)
        db.session.commit()
    with pytest.raises(Refusal, match="人力资源"):
        act(app, case, "hall_deputy", operations.hold, at=LATER)
    assert not sees(app, "labour_officer", case), "taken off the list, out of the matter"


def test_only_departments_and_towns_are_units_concerned_and_a_gap_is_said(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    with pytest.raises(Refusal) as wrong:
        propose(app, case, 1, units=("涉农事务接访室",))
    assert wrong.value.field == "units"
    with app.app_context():
        for number in (2, 3, 4):
            meeting.level(number).units_least = 3
        db.session.commit()
    with pytest.raises(Refusal) as wrong:
        propose(app, case, 2, units=(LAND, LABOUR))
    assert wrong.value.field == "units" and "2个单位" in str(wrong.value)


def test_who_is_asked_while_the_session_sits_sees_the_matter_and_has_a_paper(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case)
    assert not sees(app, "town_officer", case)
    invite(app, case, "town_officer", "hall_deputy", LATER)
    assert sees(app, "town_officer", case)
    with app.app_context():
        person = meeting.place_of(meeting.session_of(case), "town_officer")
        assert person.invited_at == LATER and person.invitation is not None
    with pytest.raises(Refusal, match="不能列为参加人员"):
        invite(app, case, "auditor", "hall_deputy", LATER)


def test_called_off_it_leaves_the_eyes_of_who_was_asked(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    for who in meeting.MEMBERS[2]:
        invite(app, case, who, "hall_deputy")
    notify(app, case)
    assert sees(app, "labour_head", case)
    act(app, case, "hall_deputy", decisions.call_off, "和解", at=NOW)
    assert not sees(app, "labour_head", case)
    with app.app_context():
        kept = sa.select(Part).where(Part.case_id == case, Part.role == PartRole.CONSULTED, Part.active)
        assert not db.session.scalars(kept).all()


def test_a_recusal_that_was_ended_bars_no_longer(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    for who in meeting.MEMBERS[2]:
        invite(app, case, who, "hall_deputy")
    with meeting.as_one(app, "hall_deputy") as officer:
        person = meeting.place_of(meeting.session_of(case), "room_enterprise")
        invitations.recuse(person, RecusalGround.RELATIVE, "系亲属", officer, NOW)
        db.session.commit()
    with pytest.raises(Refusal, match="回避"):
        invite(app, case, "room_enterprise", "hall_deputy")
    with app.app_context():
        from app.cases.recusal import CaseRecusal

        row = db.session.scalars(sa.select(CaseRecusal)).one()
        row.ended_by_id = row.step_id
        db.session.commit()
    invite(app, case, "room_enterprise", "hall_deputy")
    with app.app_context():
        assert meeting.place_of(meeting.session_of(case), "room_enterprise").expected


def test_a_new_end_is_a_new_invitation_and_a_newer_version_of_the_calendar(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    for who in meeting.MEMBERS[2]:
        invite(app, case, who, "hall_deputy")
    notify(app, case)
    from app.consultation import feed

    def sequence():
        with office.as_officer(app, "land_head") as officer:
            text = feed.text(officer, NOW, dt.UTC, "host")
        return [line for line in text.splitlines() if line.startswith("SEQUENCE")]

    assert sequence() == ["SEQUENCE:0"]
    papers = sa.select(sa.func.count()).select_from(sa.text("document"))
    with app.app_context():
        before = db.session.scalar(papers)
    with meeting.as_one(app, "hall_deputy") as officer:
        operations.notify(meeting.session_of(case), NOW + HOUR, NOW + 3 * HOUR, meeting.room(), officer, NOW)
        db.session.commit()
    assert sequence() == ["SEQUENCE:1"]
    with app.app_context():
        assert db.session.scalar(papers) > before


def test_what_was_reported_in_time_is_not_late_while_it_is_checked(app):
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case)
    executing(app, case)
    office.drive(app, case, "handling")
    meeting.on_item(app, case, 1, "land_head", execution.report, "已补发", NOW + 20 * DAY)
    with app.app_context():
        assert not meeting.item(case).late(dt.date(2026, 4, 2))
    assert not matters.tick(app, dt.date(2026, 4, 2)).proposals
    meeting.on_item(app, case, 1, "office", execution.give_back, "未附凭证", NOW + 21 * DAY)
    with app.app_context():
        assert meeting.item(case).late(dt.date(2026, 4, 2))
    assert matters.tick(app, dt.date(2026, 4, 3)).proposals


def test_items_go_to_units_that_can_report(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case)
    with app.app_context():
        rooms = office.unit_named("涉农事务接访室").id
    with pytest.raises(Refusal, match="部门和镇街"):
        meeting.write(app, case, "hall_deputy", LATER, item1__unit=str(rooms))


def test_the_minutes_name_the_next_level(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case)
    from app.consultation import minutes

    with app.app_context():
        assert minutes.fields_of(meeting.session_of(case))["next_level"].startswith("三级会诊")
