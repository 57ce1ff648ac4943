"""The transition table: every allowed and every forbidden pair of state and step through `operations.take`, made from
the table itself; then each guard with what it refuses and what it lets through."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases import clocks, effects, guards, operations, workflow
from app.cases.enums import ENDED, LegalPath, MatterKind, Purpose, State
from app.cases.ledger_models import Takeover
from app.cases.models import Case, Clock
from app.cases.step_views import STEP_VIEWS
from app.cases.steps import Step
from app.consultation.enums import Act, CourseState, SessionState
from app.consultation.levels import ConsultationLevel
from app.consultation.models import Consultation, ConsultationSession
from app.core.db import db
from app.core.errors import Refusal
from app.documents import operations as papers
from app.reception.models import Reception, ReceptionState
from app.supervision.enums import SupervisionState
from app.supervision.ladder_models import MeasureState, Rung, SupervisionMeasure, SupervisionReminder
from app.supervision.models import Supervision, SupervisionGround
from tests.support import office
from tests.support.matrix import permissions
from tests.support.office import LAND, NOW, drive, register_case, state_of, step_of

# what the steps of supervision are about; their own tests lead a real matter
OF_A_MATTER: dict[str, dict[str, Any]] = {
    "supervision_letter": {"reason": "逾期", "feedback_days": 10},
    "supervision_answer": {"done": "已办", "result": "已付"},
    "supervision_return": {"reason": "不够"},
    "supervision_reminder": {"times": 2, "feedback_days": 7},
}


@pytest.fixture
def case_in_state(app: Flask) -> Any:
    """A function that gives a case standing in a state, as if its steps had led it there; nothing is committed."""
    case_id = register_case(app)
    drive(app, case_id, "routing")

    def put(state: State) -> Case:
        case = db.session.get_one(Case, case_id)
        if case.state is not state:
            led = {"from_state": case.state, "to_state": state, "taken_at": NOW}
            db.session.add(Takeover(case=case, file="台账.xlsx", row=1, **led))
            db.session.flush()
            case.state = state
            db.session.flush()
        return case

    return put


def step_for(kind: str, case: Case) -> Any:
    facts = dict(OF_A_MATTER.get(kind, {}))
    cls = Step.__mapper__.polymorphic_map[kind].class_
    if hasattr(cls, "supervision_id"):
        facts["supervision_id"] = db.session.scalar(sa.select(sa.func.max(Supervision.id))) or _matter(case)
    for name, plant in (("reminder_id", _reminder), ("measure_id", _measure), ("reception_id", _reception),
                        ("instruction_id", _instruction)):  # fmt: skip
        if hasattr(cls, name):
            facts[name] = plant(case)
    if kind == "measure_decision":
        facts |= {"rung_name": "约谈"}
    if hasattr(cls, "session_id"):
        facts |= {"session": _session(case), "act": Act.HELD}
    if hasattr(cls, "supervisor_id"):
        facts["supervisor"] = office.officer_named("supervisor")
    return step_of(kind, case, NOW, **facts)


def _matter(case: Case) -> int:
    ground = db.session.scalars(sa.select(SupervisionGround)).first()
    matter = Supervision(case=case, proposed_on=NOW.date(), unit=case.unit, ground=ground, reason="x", days=10,
                         state=SupervisionState.PROPOSED)  # fmt: skip
    db.session.add(matter)
    db.session.flush()
    return matter.id


def _measure(case: Case) -> int:
    rung = db.session.scalars(sa.select(Rung)).first()
    found = SupervisionMeasure(case=case, rung=rung, unit=case.unit, decider=case.unit, facts="x",
                               state=MeasureState.DECIDED, decided_at=NOW, proposed_at=NOW,
                               proposed_by=office.officer_named("office"))  # fmt: skip
    return _kept(found)


def _reception(case: Case) -> int:
    clerk = office.officer_named("office")
    return _kept(Reception(case=case, why="x", listed_at=NOW, listed_by=clerk, state=ReceptionState.ENDED))


def _reminder(case: Case) -> int:
    matter = db.session.scalar(sa.select(sa.func.max(Supervision.id))) or _matter(case)
    paper = papers.draft("D18", case.unit or case.registered_unit, {}, NOW, case_id=case.id)
    db.session.flush()
    return _kept(
        SupervisionReminder(case=case, supervision_id=matter, times=2, problem="x", demand="x", days=7, document=paper,
                            drafted_at=NOW, sent_at=NOW)
    )  # fmt: skip


def _instruction(case: Case) -> int:
    said = step_of("instruction", case, NOW)
    said.case, said.taken_at, said.to_state = case, NOW, case.state
    return _kept(said)


def _kept(row: Any) -> int:
    db.session.add(row)
    db.session.flush()
    return int(row.id)


def _session(case: Case) -> ConsultationSession:
    """A session the step can be about; its own tests lead a real one."""
    level = db.session.scalars(sa.select(ConsultationLevel).order_by(ConsultationLevel.number)).first()
    course = Consultation(
        case=case, level=1, state=CourseState.CALLED_OFF, reason="x", opened_at=NOW, ended_at=NOW
    )
    session = ConsultationSession(
        case=case, consultation=course, level=level, level_number=1, opened_at=NOW,
        state=SessionState.CALLED_OFF, convener=office.officer_named("room_rural"),
    )  # fmt: skip
    db.session.add(session)
    db.session.flush()
    return session


# what may still happen to a matter that ended: its rights, its record, what keeps it honest
AFTER_THE_END = {
    "advice",
    "advice_feedback",
    "archiving",
    "call_back",
    "consultation",
    "correction",
    "evaluation",
    "guidance_follow_up",
    "handover_receipt",
    "recheck_request",
    "recusal",
    "recusal_ruling",
    "review_request",
    "settling",
    # told to a leader, followed to the end of a package, a measure, a reception
    "instruction", "instruction_answer", "package_note", "package_handover", "strike_off_request", "strike_off_check",
    "strike_off_ruling", "talk_record", "measure_answer", "measure_end", "reception_notice", "reception_closing",
    # an instruction or a package outlives the case: its unit is chased, its check is somebody's
    "package_reopening", "supervisor_named", "supervision_letter", "supervision_reminder", "supervision_answer",
    "supervision_acceptance", "supervision_return",
}  # fmt: skip
# they take facts over from the step before them; test_paths.py walks there
WITH_A_PAST = {"assignment", "merging"}
PAIRS = [(state, kind) for state in State for kind in workflow.MOVES]


def test_the_table_knows_every_kind_and_every_state_word(sqlite_app: Flask) -> None:
    kinds = {str(m.polymorphic_identity) for m in Step.__mapper__.self_and_descendants} - {"step"}
    assert kinds == set(workflow.MOVES) | set(workflow.FIRST)
    assert set(STEP_VIEWS) == set(workflow.MOVES), "a move without a form, or a form without a move"
    for move in workflow.MOVES.values():
        assert set(move.guards) <= set(guards.GUARDS) and move.from_ <= set(State)
        assert not move.from_ & {State.VOIDED, State.MERGED, State.ARCHIVED}, (
            f"{move.kind} wakes what is put away"
        )
    assert {move.kind for move in workflow.MOVES.values() if move.from_ & ENDED} == AFTER_THE_END


def test_every_forbidden_pair_is_refused(app: Flask, case_in_state: Any) -> None:
    forbidden = [(state, kind) for state, kind in PAIRS if state not in workflow.MOVES[kind].from_]
    assert len(forbidden) > len(PAIRS) / 3
    for state, kind in forbidden:
        with app.app_context():
            case = case_in_state(state)
            step = step_for(kind, case)
            before = _written(case)
            with pytest.raises(Refusal):
                operations.take(step, case, office.officer_named("office"), NOW, print_papers=False)
            db.session.expunge(step) if step in db.session else None
            assert _written(case) == before, f"{kind} on {state.name} left something behind"


def _written(case: Case) -> Any:
    counts = [
        db.session.scalar(sa.select(sa.func.count()).select_from(t).where(t.case_id == case.id))
        for t in (Step, Clock)
    ]
    return counts, case.state, case.version


def test_every_allowed_pair_leads_where_the_table_says(
    app: Flask, case_in_state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards and what rooms above do are left out here: the table alone."""
    monkeypatch.setattr(guards, "GUARDS", dict.fromkeys(guards.GUARDS, lambda *_: None))
    monkeypatch.setattr(operations.step_taken, "receivers", {})
    for state, kind in PAIRS:
        move = workflow.MOVES[kind]
        if state not in move.from_ or kind in WITH_A_PAST:
            continue
        with app.app_context():
            case = case_in_state(state)
            with monkeypatch.context() as patch:
                patch.setattr(
                    effects,
                    "EFFECTS",
                    {k: v for k, v in effects.EFFECTS.items() if k in ("routing", "signing")},
                )
                patch.setattr(effects, "ENDED_ON", {})
                step = step_for(kind, case)
                taken = operations.take(step, case, office.officer_named("office"), NOW, print_papers=False)
            assert taken.from_state is state and taken.to_state is case.state
            assert case.state in move.targets, f"{kind} led {state.name} to {case.state.name}"
            running = {c.code for c in case.clocks if c.stopped_on is None}
            if case.state in ENDED and state not in ENDED:
                owed = {c.code for c in case.clocks if c.stopped_on is None and c.duty}
                assert owed <= set(clocks.AFTER_THE_END), f"{kind}: {owed}"
            else:
                assert not running & (set(move.stops) - set(move.starts))
                begun = {c.code for c in case.clocks if c.started_by_id == taken.id}
                assert begun == {
                    "L4" if c == "T5" and case.legal_path is not LegalPath.C6 else c for c in move.starts
                }
            assert not (move.paper and effects.paper_of(taken, move.paper) != move.paper)


@pytest.mark.parametrize("agreed", [True, False])
def test_a_ruling_on_an_objection_leads_by_its_facts(app: Flask, agreed: bool) -> None:
    case = register_case(app)
    drive(app, case, "routing", "objection", ("objection_ruling", {"agreed": agreed}))
    assert state_of(app, case) == ("TO_FORWARD" if agreed else "SIGNED")
    with office.as_officer(app, "land_officer"):
        assert (db.session.get(Case, case) is None) is agreed, (
            "a matter that went back is no longer the unit's"
        )


def test_each_step_is_open_to_whom_the_roles_file_says(app: Flask) -> None:
    granted, sm = permissions(), app.extensions["appbuilder"].sm
    for who in office.CAST:
        with office.as_officer(app, who):
            for view in STEP_VIEWS.values():
                allowed = ("can_add", view.__name__) in granted[who]
                assert sm.has_access("can_add", view.__name__) is allowed, f"{who} on {view.__name__}"


def test_every_step_may_be_taken_by_somebody_of_the_office(sqlite_app: Flask) -> None:
    granted = permissions()
    for view in STEP_VIEWS.values():
        takers = [who for who in office.CAST if ("can_add", view.__name__) in granted[who]]
        assert takers, f"nobody may take {view.__name__}"
        assert not {"sysadmin", "secadmin", "auditor"} & set(takers), "administrators handle no cases"


# ---- the guards -----------------------------------------------------------------------------------------------------


def refused(app: Flask, case_id: int, kind: str, at: dt.datetime = NOW, **facts: Any) -> str | None:
    """The field a refusal stands at ("" for the page), or None when the step is taken (and then kept)."""
    with app.app_context():
        case = db.session.get_one(Case, case_id)
        step = step_of(kind, case, at, **facts)
        try:
            operations.take(step, case, office.officer_named("land_officer"), at, print_papers=False)
        except Refusal as refusal:
            db.session.rollback()
            return refusal.field or ""
        db.session.commit()
        return None


def days(count: int) -> dt.datetime:
    return NOW + dt.timedelta(days=count)


def test_routing(app: Flask) -> None:
    case = register_case(app)
    with app.app_context():
        school = office.unit_named("云岭区教育局")
        school.active = False
        db.session.commit()
    assert refused(app, case, "routing", target="云岭区教育局", note="x") == "target"
    assert refused(app, case, "routing", target="云岭区委区政府", note="x") == "target"
    assert refused(app, case, "routing", target=LAND, note="") == "note"
    assert refused(app, case, "routing", target=LAND, note="x", legal_path=None) == "legal_path"
    assert refused(app, case, "routing", target=LAND, note="x", room="柳树村") == "room"
    assert refused(app, case, "routing", target=LAND, note="x", room="涉农事务接访室") is None


def test_an_objection_has_five_working_days(app: Flask) -> None:
    late, in_time = register_case(app), register_case(app)
    for case in (late, in_time):
        drive(app, case, "routing", "signing")
    assert refused(app, in_time, "objection", days(7)) is None  # Monday to Monday: the fifth working day
    assert refused(app, late, "objection", days(8)) == ""


def test_only_path_c6_has_extension_and_opinion(app: Flask) -> None:
    case = register_case(app)
    drive(app, case, ("routing", {"legal_path": LegalPath.C5}), "signing", "acceptance")
    for kind in ("extension_request", "opinion_draft", "opinion_signing"):
        assert refused(app, case, kind) == ""
    with app.app_context():
        assert "T5" not in {c.code for c in db.session.get_one(Case, case).clocks}


def test_an_extension_is_asked_for_once_in_time_with_reasons(app: Flask) -> None:
    case, late = register_case(app), register_case(app)
    for each in (case, late):
        drive(app, each, "routing", "signing", "acceptance")
    assert refused(app, case, "extension_ruling") == ""  # nothing was asked for
    assert refused(app, case, "extension_request", days=31) == "days"
    assert refused(app, case, "extension_request", days=0) == "days"
    assert refused(app, case, "extension_request", reason=" ") == "reason"
    assert refused(app, late, "extension_request", days(70)) == ""
    assert refused(app, case, "extension_request", days=30) is None
    assert refused(app, case, "extension_request") == ""  # one waits already
    drive(app, case, "opinion_draft")
    assert refused(app, case, "opinion_signing") == ""  # first the ruling
    drive(app, case, "extension_ruling")
    assert refused(app, case, "extension_request") == ""  # no second one
    with app.app_context():
        clock = next(c for c in db.session.get_one(Case, case).clocks if c.code == "T5")
        assert clock.due_stat == (NOW + dt.timedelta(days=90)).date()


def test_an_opinion_is_signed_only_when_drafted(app: Flask) -> None:
    case = register_case(app)
    drive(app, case, "routing", "signing", "acceptance")
    assert refused(app, case, "opinion_signing") == ""
    drive(app, case, "opinion_draft", "opinion_signing")
    assert state_of(app, case) == "ANSWERED"


def test_a_receipt_lies_between_signing_and_today(app: Flask) -> None:
    case = register_case(app)
    drive(app, case, "routing", "signing", "acceptance", "opinion_draft", "opinion_signing")
    assert refused(app, case, "delivery", days(2), received_on=days(3).date()) == "received_on"
    assert refused(app, case, "delivery", days(2), received_on=days(-1).date()) == "received_on"
    assert refused(app, case, "delivery", days(2), received_on=days(1).date()) is None


def test_a_suggestion_has_no_legal_path_and_no_sixty_days(app: Flask) -> None:
    case = register_case(app, purpose=Purpose.SUGGESTION)
    drive(app, case, ("routing", {"legal_path": None}), "signing", "acceptance")
    with app.app_context():
        found = db.session.get_one(Case, case)
        assert found.kind is MatterKind.SUGGESTION and found.legal_path is None
        assert "L4" in {c.code for c in found.clocks}
