"""Effects of the steps of the other paths."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.cases import clocks, guards
from app.cases.effects import LEADS, effect, end_parts, give_part, to_desk
from app.cases.enums import MatterKind, PartRole, State
from app.cases.models import Case
from app.cases.steps_outcome import Report
from app.cases.workflow import FIRST_CLOCKS
from app.organisation.reach import accusation_keeper, conference_office

LEADS["report_review"] = lambda step: State.CLOSED if step.passed else State.HANDLING


# obligations of the rooms above that end when a matter goes behind the wall (art. 30)
BESIDE = ("T_SUP", "L_ACC", "L_RECT", "L_INS", "L_PKG", "L_OFF", "L_OPN")


@effect
def classification(case: Case, step: Any, today: dt.date) -> None:
    before = case.kind
    case.kind, case.legal_path = step.matter_kind, step.legal_path
    if before is case.kind or MatterKind.ACCUSATION not in (before, case.kind):
        return
    first = clocks.running(case, *FIRST_CLOCKS)
    since = min((clock.started_on for clock in first), default=case.registered_at.date())
    clocks.stop(
        case, (*FIRST_CLOCKS, *BESIDE), today, step
    )  # behind the wall, or out from behind it: another desk owes it
    if case.kind is MatterKind.ACCUSATION:
        end_parts(case, *PartRole)
        case.unit, case.room, case.handler = accusation_keeper(case.accused_unit), None, None
        clocks.start(case, "T1", since, step, unit=case.unit)
    else:
        to_desk(case, since, step)


def _send(case: Case, target: Any, today: dt.date) -> None:
    case.sent_on = case.sent_on or today
    if case.unit is not target:
        end_parts(case, PartRole.RESPONSIBLE, PartRole.HANDLER)
    case.unit, case.handler = target, None
    give_part(case, PartRole.RESPONSIBLE, unit=target)


@effect
def transfer(case: Case, step: Any, today: dt.date) -> None:
    _send(case, step.target, today)


@effect
def assignment(case: Case, step: Any, today: dt.date) -> None:
    _send(case, step.target, today)
    case.assigned = True
    give_part(case, PartRole.SUPERVISOR, officer=step.drafted.supervisor)


@effect
def dispute(case: Case, step: Any, today: dt.date) -> None:
    give_part(case, PartRole.ARBITER, unit=conference_office().parent)


@effect
def jurisdiction_ruling(case: Case, step: Any, today: dt.date) -> None:
    before = case.unit
    _send(case, step.target, today)
    for clock in clocks.running(case, "T11"):
        if before is not case.unit:  # the term goes with the matter to the unit that has it now
            clocks.stop(case, ("T11",), today, step)
            clocks.start(case, "T11", today, step, length=clock.length)


@effect
def report_review(case: Case, step: Any, today: dt.date) -> None:
    if step.passed:  # the term ends with the report (art. 22 (3)), however long the office looks at it
        reported = guards.last(case, Report)
        clocks.stop(case, ("T11",), reported.taken_at.date() if reported is not None else today, step)
    elif not clocks.running(
        case, "T11"
    ):  # reported again after a review or a call-back: its term is long over
        clocks.start(case, "L4", today, step)


@effect
def correction(case: Case, step: Any, today: dt.date) -> None:
    value: Any = step.new_value.strip()
    setattr(case, step.field, int(value) if step.field == "people_count" else value)


@effect
def supervising_leader(case: Case, step: Any, today: dt.date) -> None:
    case.supervising_leader, case.supervising_on = step.leader, case.supervising_on or today


@effect
def package_leader(case: Case, step: Any, today: dt.date) -> None:
    case.package_leader, case.package_on = step.leader, case.package_on or today
