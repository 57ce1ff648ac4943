"""One matter from the first level to the fourth and down to the last verified item; what each level leaves behind."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases.models import Case, Clock
from app.consultation import counting, decisions, execution, operations
from app.consultation.models import ConsultationSession
from app.consultation.steps import ConsultationStep
from app.core.db import db
from app.documents.models import Document
from tests.consultation import meeting
from tests.consultation.meeting import CONVENER, act, at_work, convened, executing, on_item, propose, state
from tests.support import office
from tests.support.office import LAND, NOW

pytestmark = pytest.mark.usefixtures("quick_papers")
DAY = dt.timedelta(days=1)


def climb(app, case, to=4):
    propose(app, case, 1, by="room_rural", units=(LAND,))
    for number in range(1, to):
        if number > 1:
            convened(app, case)
        act(app, case, CONVENER[number], decisions.escalate, f"第{number}级未能解决", at=NOW + meeting.HOUR)


def running(app, case, *codes):
    with app.app_context():
        rows = db.session.execute(
            sa.select(Clock.code, Clock.due_legal, Clock.unit_id)
            .where(Clock.case_id == case, Clock.stopped_on.is_(None), Clock.code.in_(codes))
            .order_by(Clock.id)
        )
        return [tuple(row) for row in rows]


def test_one_matter_climbs_all_four_levels_and_is_struck_off(app):
    case = at_work(app)
    before = running(app, case, "T5")
    climb(app, case)
    assert state(app, case) == (4, "PROPOSED", "UNDER_WAY")
    assert [code for code, _due, _unit in running(app, case, "HZ1", "HZ2", "HZ3", "HZ4")] == ["HZ4"]
    convened(app, case)
    executing(app, case)
    assert state(app, case) == (4, "EXECUTING", "EXECUTING")
    with app.app_context():
        land, labour = office.unit_named(meeting.LAND).id, office.unit_named(meeting.LABOUR).id
    assert running(app, case, "HZ") == [
        ("HZ", dt.date(2026, 4, 1), land), ("HZ", dt.date(2026, 4, 15), labour)
    ]  # fmt: skip
    assert not running(app, case, "HZ1", "HZ2", "HZ3", "HZ4")
    assert running(app, case, "T5") == before, "the sixty days are not touched by any of it"
    for place, who in ((1, "land_head"), (2, "labour_head")):
        on_item(app, case, place, who, execution.report, "已经办结", NOW + DAY)
        on_item(app, case, place, "office", execution.verify, "属实", NOW + 2 * DAY)
    act(app, case, "office", execution.strike_off, "已销号", at=NOW + 2 * DAY)
    assert state(app, case) == (4, "VERIFIED", "STRUCK_OFF")
    assert not running(app, case, "HZ")
    with app.app_context():
        stopped = db.session.scalars(
            sa.select(Clock.stopped_on).where(Clock.case_id == case, Clock.code == "HZ")
        )
        assert set(stopped) == {(NOW + DAY).date()}, "the unit's time ended when it reported"
        acts = [step.act.name for step in db.session.scalars(
            sa.select(ConsultationStep).where(ConsultationStep.case_id == case).order_by(ConsultationStep.id)
        )]  # fmt: skip
        numbers = set(db.session.scalars(sa.select(Document.number).where(Document.case_id == case)))
        sessions = db.session.scalars(
            sa.select(ConsultationSession).order_by(ConsultationSession.level_number)
        )
        minutes = {session.level_number: session.minutes for session in sessions}
        assert all(minutes.values())
        papers = {number: (paper.kind.name, paper.title.split("”")[1]) for number, paper in minutes.items()}
    assert papers == {
        1: ("接谈调处记录", "的接谈调处记录"), 2: ("会诊纪要", "的二级会诊（部门联合）纪要"),
        3: ("会诊纪要", "的三级会诊（主任联席）纪要"), 4: ("联席会议纪要", "信访事项的联席会议纪要"),
    }, "each level's paper is what its row names"  # fmt: skip
    assert acts.count("PROPOSED") == 4 and acts.count("NOTIFIED") == 3 and acts.count("ESCALATED") == 3
    assert acts[-1] == "STRUCK_OFF"
    assert {
        "云信厅谈〔2026〕1号",
        "云信厅纪〔2026〕1号",
        "云信厅纪〔2026〕2号",
        "云信联纪〔2026〕1号",
        "云信厅会〔2026〕1号",
        "云信会〔2026〕1号",
        "云信厅邀〔2026〕1号",
    } <= numbers


def test_a_matter_of_several_units_begins_at_the_second_level(app):
    case = at_work(app)
    propose(app, case, 2)
    assert state(app, case) == (2, "PROPOSED", "UNDER_WAY")


def test_who_is_asked_sees_the_matter_from_the_invitation_on(app):
    case = at_work(app)
    propose(app, case, 2)
    for who in ("room_rural", "room_enterprise", "land_head", "labour_head"):
        meeting.invite(app, case, who, "hall_deputy")
    with office.as_officer(app, "labour_head"):
        assert db.session.get(Case, case) is None, "on the list, not asked yet"
    meeting.notify(app, case)
    with office.as_officer(app, "labour_head"):
        assert db.session.get(Case, case) is not None
    with office.as_officer(app, "labour_officer"):
        assert db.session.get(Case, case) is None, "the person is asked, not the bureau"


def test_adjourned_it_meets_again_and_its_time_runs_on(app):
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case)
    due = running(app, case, "HZ2")
    act(app, case, "hall_deputy", decisions.adjourn, "请测绘机构复核面积", at=NOW + meeting.HOUR)
    assert state(app, case) == (2, "ADJOURNED", "UNDER_WAY")
    assert running(app, case, "HZ2") == due
    meeting.notify(app, case, at=NOW + DAY)
    act(app, case, "hall_deputy", operations.hold, at=NOW + DAY + meeting.HOUR)
    with app.app_context():
        session = meeting.session_of(case)
        assert (session.round, session.state.name) == (2, "HELD")
        from app.consultation import fields

        there = counting.quorum(session, fields.current(session))
        assert there.present == 1, "who was there last time is not there by that"
