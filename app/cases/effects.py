"""What a step does to its case beyond the table: the facts it leads, its part-takers, its paper's own fields.

One function a step kind, named like it; a kind without one only moves along the table. Each runs inside the one
transaction of ``operations.take`` and returns the state the step leads to, or None for the table's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from app.cases import clocks, guards, recusal
from app.cases.enums import LegalPath, MatterKind, PartRole, State
from app.cases.models import Case, Part
from app.cases.steps_dispatch import AssignmentDraft
from app.organisation.models import Officer, Unit

Effect = Callable[[Case, Any, dt.date], None]
EFFECTS: dict[str, Effect] = {}
# the day from which the clocks a step stops count as ended, where that is not its own day
ENDED_ON: dict[str, Callable[[Case, Any], dt.date]] = {}
LEADS: dict[str, Callable[[Any], State]] = {
    "objection_ruling": lambda step: State.TO_FORWARD if step.agreed else State.SIGNED,
}


def effect(function: Effect) -> Effect:
    EFFECTS[function.__name__] = function
    return function


def give_part(case: Case, role: PartRole, unit: Unit | None = None, officer: Officer | None = None) -> None:
    """Whoever has a part sees the case from now on; who is too near to it gets none (art. 28)."""
    for part in case.parts:
        if part.role is role and part.unit is unit and part.officer is officer and part.active:
            return
    if role is not PartRole.REGISTRAR:  # whose desk was looked for among those not too near
        recusal.stay_clear(case, officer=officer, unit=unit)
    case.parts.append(Part(role=role, unit=unit, officer=officer))


def end_parts(case: Case, *roles: PartRole) -> None:
    for part in case.parts:
        if part.role in roles:
            part.active = False


@effect
def routing(case: Case, step: Any, today: dt.date) -> None:
    case.unit, case.room, case.sent_on = step.target, step.room, case.sent_on or today
    case.legal_path = step.legal_path if case.kind is MatterKind.CLAIM else None
    give_part(case, PartRole.RESPONSIBLE, unit=step.target)
    if step.room is not None:
        give_part(case, PartRole.ROOM, unit=step.room)


@effect
def signing(case: Case, step: Any, today: dt.date) -> None:
    case.handler = step.officer
    if step.officer is not None:
        give_part(case, PartRole.HANDLER, officer=step.officer)


def to_desk(case: Case, since: dt.date, step: Any) -> None:
    """The matter lies on the desk that registered it, or on another where that one is recused: it sees the matter (an
    accusation by its wall alone) and owes sending it on."""
    case.unit = recusal.desk(case)
    if case.unit is not None and case.kind is not MatterKind.ACCUSATION:
        give_part(case, PartRole.REGISTRAR, unit=case.unit)
    clocks.start(case, "T1", since, step, unit=case.unit)


def taken_back(case: Case, today: dt.date, step: Any) -> None:
    """From the unit back to the desk: with its part ends the unit's sight."""
    end_parts(case, PartRole.RESPONSIBLE, PartRole.ROOM, PartRole.HANDLER)
    case.room, case.handler = None, None
    to_desk(case, today, step)


@effect
def objection_ruling(case: Case, step: Any, today: dt.date) -> None:
    if step.agreed:  # back to the sender: the unit's duties end, and with them its sight
        clocks.stop(case, ("T3", "T4", "T11"), today, step)
        case.assigned = False
        taken_back(case, today, step)


@effect
def acceptance(case: Case, step: Any, today: dt.date) -> None:
    if case.state is not State.SIGNED:  # its own matter, never sent on (art. 23 para 2)
        case.sent_on = case.sent_on or today
        give_part(case, PartRole.RESPONSIBLE, unit=case.unit)
        signing(case, step, today)
    case.accepted_on = clocks.accepted_from(case, today)


@effect
def extension_ruling(case: Case, step: Any, today: dt.date) -> None:
    if step.approved:
        for clock in clocks.running(case, "T5"):
            clocks.extend(clock, step.days)


def _asked_days(step: Any, case: Case) -> None:
    asked = guards.open_request(case)
    step.days = asked.days if asked is not None and step.approved else 0


def _rule_name(step: Any, case: Case) -> None:
    step.rule_text = step.rule.name if step.rule is not None else ""


def _drafted(step: Any, case: Case) -> None:
    step.drafted = guards.last(case, AssignmentDraft)
    step.target, step.feedback_days = step.drafted.target, step.drafted.feedback_days


def _old_value(step: Any, case: Case) -> None:
    step.old_value = str(getattr(case, step.field))


# facts a step takes over from the case before it is written (they cannot be set later)
BEFORE: dict[str, Callable[[Any, Case], None]] = {
    "extension_ruling": _asked_days,
    "routing": _rule_name,
    "assignment": _drafted,
    "correction": _old_value,
}


def before(step: Any, case: Case) -> None:
    if step.kind in BEFORE:
        BEFORE[step.kind](step, case)


def paper_of(step: Any, table_paper: str) -> str:
    """The document kind a step issues; an extension that was refused issues none (art. 34)."""
    if step.kind == "extension_ruling":
        return "D10" if step.approved else ""
    if step.kind == "spot_answer":  # an opinion with its remedy on C6; elsewhere the record is enough
        return table_paper if step.case.legal_path is LegalPath.C6 else ""
    if step.kind == "settling":
        return "D32" if step.agreement else ""
    if step.kind == "review_opinion":
        return "" if step.external_number else table_paper
    return table_paper
