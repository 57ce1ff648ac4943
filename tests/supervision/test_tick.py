"""The daily duties: whom they propose to supervise, once, and which windows they end."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from app.cases.enums import Purpose
from app.cases.models import Clock
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import AuditEntry
from app.supervision import conditions, operations
from app.supervision.enums import Condition
from app.supervision.models import Supervision, SupervisionTrigger
from tests.supervision.matters import DAY, DUE, LATE, at_work, draft, facts, matters, tick, words
from tests.support import office

HALF = dt.date(2026, 4, 1)  # 30 of 60 days from 2 March

pytestmark = pytest.mark.usefixtures("quick_papers")


def switch(app, code, **values):
    with app.app_context():
        trigger = db.session.scalars(
            sa.select(SupervisionTrigger).where(SupervisionTrigger.code == code)
        ).one()
        for name, value in values.items():
            setattr(trigger, name, value)
        db.session.commit()


def test_a_late_case_is_proposed_once(app):
    case = at_work(app, "handling")
    assert not tick(app, DUE).proposals, "the last day is not late"
    done = tick(app, DUE + DAY)
    assert list(done.proposed) == ["办理期限届满未办结"]
    assert not tick(app, DUE + DAY).proposals
    assert not tick(app, DUE + 30 * DAY).proposals
    assert matters(app) == [(case, "PROPOSED")]
    assert facts(app, case, "proposed_on", "reason", "days", "sent_at") == (
        DUE + DAY, "无正当理由未按规定的办理期限办结信访事项", 7, None
    )  # fmt: skip
    with app.app_context():
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.subject == "supervision")).one()
        assert entry.event == "insert" and entry.detail["trigger"] == "T5_OVER"


def test_half_the_time_without_a_record(app):
    idle, busy = at_work(app), at_work(app, "handling")
    assert not tick(app, HALF - DAY).proposals
    assert len(tick(app, HALF).proposals) == 1
    assert matters(app) == [(idle, "PROPOSED")]
    office.drive(app, busy, "extension_request", "extension_ruling")
    assert not tick(app, dt.date(2026, 6, 1)).proposals, "ninety days end on a Sunday, in law on the Monday"
    assert len(tick(app, dt.date(2026, 6, 2)).proposals) == 1
    assert matters(app)[1:] == [(busy, "PROPOSED")]


def test_every_duty_of_the_unit_counts_but_not_what_others_owe(app):
    unsigned = office.register_case(app)
    office.drive(app, unsigned, "routing")
    unrouted = office.register_case(app)
    objected = office.register_case(app)
    office.drive(app, objected, "routing", "objection")  # the conference office owes the ruling
    done = tick(app, dt.date(2026, 3, 18))
    assert {name: len(ids) for name, ids in done.proposed.items()} == {"受理告知逾期": 2, "其他时限届满": 1}
    assert sorted(matters(app)) == [(unsigned, "PROPOSED"), (unrouted, "PROPOSED"), (objected, "PROPOSED")]


def test_a_report_that_waits_for_its_examination_is_no_fault_of_the_unit(app):
    """The term of the assignment runs on for a report that comes back, not for an office that is slow (art. 22 (3))."""
    case = office.register_case(app)
    office.drive(app, case, ("assignment_draft", {"feedback_days": 20}), "assignment", "signing", "acceptance",
                 "opinion_draft", "opinion_signing", "delivery", "report")  # fmt: skip
    assert not tick(app, dt.date(2026, 4, 1)).proposals
    office.drive(app, case, ("report_review", {"passed": False}))
    assert len(tick(app, dt.date(2026, 4, 2)).proposals) == 1


def test_patience_and_switch_of_a_trigger(app):
    at_work(app, "handling")
    for code in ("OVER", "T5_HALF"):
        switch(app, code, enabled=False)
    switch(app, "T5_OVER", days=5)
    assert not tick(app, DUE + 5 * DAY).proposals
    switch(app, "T5_OVER", enabled=False)
    assert not tick(app, DUE + 6 * DAY).proposals
    switch(app, "T5_OVER", enabled=True)
    assert len(tick(app, DUE + 6 * DAY).proposals) == 1


def test_ended_voided_and_accusation_are_never_proposed(app):
    closed = at_work(app, "opinion_draft", "opinion_signing", "delivery", "closing")
    voided = at_work(app, "voiding")
    accusation = office.register_case(app, purpose=Purpose.ACCUSATION, accused="某局某某")
    assert not tick(app, dt.date(2026, 12, 1)).proposals
    assert matters(app) == []
    for case in (closed, voided, accusation):
        with pytest.raises((Refusal, sa.exc.NoResultFound)):
            draft(app, case)
    with app.app_context():  # not even the database's own sight leads to an accusation
        with pytest.raises(Refusal) as refused:
            accused = db.session.get_one(operations.Case, accusation)
            operations.draft(Supervision(), accused, words(), office.officer_named("office"), LATE)
        assert "30" in str(refused.value.message)


def test_a_case_has_one_matter_at_a_time_and_a_decision_stands(app):
    case = at_work(app)
    assert len(tick(app, HALF).proposals) == 1
    assert not tick(app, DUE + DAY).proposals, "the case has its matter"
    with office.as_officer(app, "office"):
        with pytest.raises(Refusal) as refused:
            operations.dismiss(db.session.scalars(sa.select(Supervision)).one(), "  ", LATE)
        assert refused.value.field == "dismiss_reason"
        operations.dismiss(db.session.scalars(sa.select(Supervision)).one(), "单位已书面说明", LATE)
        db.session.commit()
    assert facts(app, case, "dismiss_reason", "document_id") == ("单位已书面说明", None)
    assert len(tick(app, DUE + DAY).proposals) == 1, "another reason"
    with office.as_officer(app, "office"):
        late = db.session.scalars(sa.select(Supervision).order_by(Supervision.id.desc())).first()
        operations.dismiss(late, "正在办理", LATE)
        db.session.commit()
    assert not tick(app, DUE + 90 * DAY).proposals, "the same deadline is not proposed by a sister trigger"
    assert [state for _case, state in matters(app)] == ["DISMISSED", "DISMISSED"]


def test_two_at_once_propose_once(app):
    cases = [at_work(app) for _ in range(6)]
    gate, failures = threading.Barrier(2), []

    def duty():
        gate.wait()
        try:
            tick(app, DUE + DAY)
        except Exception as failure:  # the thread's failure is the test's
            failures.append(failure)

    threads = [threading.Thread(target=duty) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert matters(app) == [(case, "PROPOSED") for case in cases]


def test_windows_end_with_their_last_day(app):
    app.config["FIXED_NOW"] = dt.datetime(2026, 3, 9, 9, 0)
    case = office.register_case(app, at=office.NOW)
    office.drive(app, case, "routing", at=office.NOW)  # T4: five working days, to 9 March
    assert tick(app, dt.date(2026, 3, 9)).windows == 0
    assert tick(app, dt.date(2026, 5, 1)).windows == 0, "a day to come ends no right before its time"
    app.config["FIXED_NOW"] = dt.datetime(2026, 3, 10, 9, 0)
    assert tick(app, dt.date(2026, 3, 10)).windows == 1
    assert tick(app, dt.date(2026, 3, 10)).windows == 0
    with app.app_context():
        ended = db.session.scalars(sa.select(Clock).where(Clock.code == "T4")).one()
        assert (ended.stopped_on, ended.stopped_by_id) == (dt.date(2026, 3, 9), None)
        running = db.session.scalars(sa.select(Clock.code).where(Clock.stopped_on.is_(None))).all()
        assert running == ["T3"], "duties run on"


def test_the_command(sqlite_app):
    at_work(sqlite_app, "handling")
    runner = sqlite_app.test_cli_runner()

    def run(*arguments):
        with sqlite_app.app_context():
            return runner.invoke(args=["tick", *arguments])

    first = run("--on", "2026-05-07")
    assert first.exit_code == 0, first.output
    assert "supervision proposed: 1" in first.output and office.LAND in first.output
    again = run("--on", "2026-05-07")
    assert again.exit_code == 0 and "supervision proposed: 0" in again.output
    assert run().exit_code == 0
    assert run("--on", "May").exit_code == 2
    assert "Daily duties" in run("--help").output


@pytest.mark.parametrize("condition", [one for one in Condition if one not in conditions.AGAIN])
def test_the_search_goes_by_the_index_of_running_clocks(sqlite_app, condition):
    with sqlite_app.app_context():
        query = sa.select(SupervisionTrigger).where(SupervisionTrigger.condition == condition)
        trigger = db.session.scalars(query).first()
        found = conditions.found(trigger, DUE).compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = " ".join(row[3] for row in db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {found}")))
    assert "USING INDEX ix_clock_running" in plan and "SCAN clock" not in plan, plan
