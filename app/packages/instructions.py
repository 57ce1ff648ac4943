"""The verbs of a leader's instruction: given or recorded, answered once by the unit to whoever gave it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from app.cases import clocks, guards
from app.cases import operations as cases
from app.cases.effects import EFFECTS, give_part
from app.cases.enums import MatterKind, PartRole
from app.cases.models import Case, Clock
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer
from app.packages.operations import STILL_LEADS, _fit_leader, leader_posts
from app.packages.steps import Instruction, InstructionAnswer

TERM = "L_INS"
LONGEST = 90


@guards.guard
def instructable(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is handed to its keeper, never routed to a unit (art. 30)."))
    guards.GUARDS["has_unit"](case, step, today)


@guards.guard
def instruction_open(case: Case, step: Any, today: dt.date) -> None:
    if not clocks.running(case, TERM):
        raise Refusal(_l("No leader's instruction waits for an answer on this case."))


def give(case: Case, step: Instruction, officer: Officer, at: dt.datetime) -> None:
    """A leader's own, or recorded for a leader by the office; the unit answers within the days."""
    with seeing_all(f"an instruction on case {case.id}"), db.session.no_autoflush:
        if str(officer.post or "") in leader_posts():
            if step.leader is not None and step.leader is not officer:
                raise Refusal(_l("A leader instructs in their own name."), "leader")
            step.leader = officer
        if step.leader is None:
            raise Refusal(_l("Say whose instruction it is."), "leader")
        _fit_leader(case, step.leader)
        step.text = (step.text or "").strip()
        if not step.text:
            raise Refusal(_l("An instruction says what is to be done."), "text")
        if not 1 <= (step.feedback_days or 0) <= LONGEST:
            raise Refusal(_l("The answer is due within 1 to %(most)s days.", most=LONGEST), "feedback_days")
        cases.take(step, case, officer, at)


def _given(case: Case, step: Instruction, today: dt.date) -> None:
    """Whose instruction it is sees the case and what comes of it, also where the office recorded it."""
    give_part(case, PartRole.LEADER, officer=step.leader)


def _waits(case: Case, officer: Officer) -> bool:
    """Whether an instruction of this leader still waits for its answer."""
    open_ones = [clock.started_by_id for clock in clocks.running(case, TERM)]
    query = sa.select(Instruction.id).where(
        Instruction.id.in_(open_ones), Instruction.leader_id == officer.id
    )
    return db.session.scalars(query.limit(1)).first() is not None


def answer(case: Case, step: InstructionAnswer, officer: Officer, at: dt.datetime) -> None:
    """One report answers every instruction that is open on the case."""
    with seeing_all(f"an instruction on case {case.id} is answered"), db.session.no_autoflush:
        for field in ("done", "result"):
            if not (getattr(step, field) or "").strip():
                raise Refusal(_l("The answer says what was done and what came of it."), field)
        cases.take(step, case, officer, at)


def given_by(leader: Officer, limit: int = 30) -> Sequence[Instruction]:
    """A leader's instructions within reach, newest first."""
    query = (
        sa.select(Instruction).where(Instruction.leader_id == leader.id).options(joinedload(Instruction.case))
    )
    return db.session.scalars(query.order_by(Instruction.id.desc()).limit(limit)).all()


Outcome = tuple[Clock | None, InstructionAnswer | None]


def outcomes(given: Sequence[Instruction]) -> dict[int, Outcome]:
    """Of each the clock it started, and the answer that ended it, where there is one; in two statements."""
    query = sa.select(Clock).where(Clock.started_by_id.in_([said.id for said in given]), Clock.code == TERM)
    # the last one of each, where the matter went to another unit
    last = {
        clock.started_by_id: clock
        for clock in db.session.scalars(query.options(joinedload(Clock.rule)).order_by(Clock.id))
    }
    answers = sa.select(InstructionAnswer).where(
        InstructionAnswer.id.in_([clock.stopped_by_id for clock in last.values() if clock.stopped_by_id])
    )
    told = {
        answer.id: answer
        for answer in db.session.scalars(answers.options(joinedload(InstructionAnswer.unit)))
    }
    found: dict[int, Outcome] = {}
    for said in given:
        clock = last.get(said.id)
        found[said.id] = (clock, told.get(clock.stopped_by_id) if clock and clock.stopped_by_id else None)
    return found


def outcome(instruction: Instruction) -> Outcome:
    return outcomes([instruction])[instruction.id]


EFFECTS["instruction"] = _given
STILL_LEADS.append(_waits)
