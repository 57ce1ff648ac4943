"""What a recusal sets in motion (art. 28): parts end, and what lies at a recused unit comes back to be sent on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.cases import clocks, recusal
from app.cases.effects import EFFECTS, LEADS, give_part, to_desk
from app.cases.enums import MatterKind, State
from app.cases.models import Case, Part
from app.cases.workflow import FIRST_CLOCKS
from app.core.db import db
from app.organisation.models import Unit

# a matter that is still owed by the unit; what it has answered stands and is reviewed, not taken back
WITH_THE_UNIT = (State.REGISTERED, State.TO_FORWARD, State.TO_SIGN, State.SIGNED, State.OBJECTED, State.DISPUTED,
                 State.HANDLING)  # fmt: skip
OWED_BY_UNIT = (*FIRST_CLOCKS, "T3", "T4", "T5", "T11", "L1", "L4", "L5")


def _below(unit: Unit | None, above: Unit | None) -> bool:
    return unit is not None and above is not None and unit.path.startswith(above.path)


def _comes_back(case: Case, step: Any) -> bool:
    return _below(case.unit, step.which) and case.state in WITH_THE_UNIT


def _leads(step: Any) -> State:
    case: Case = step.case
    sent = case.state not in (State.REGISTERED, State.TO_FORWARD)
    return State.TO_FORWARD if sent and _comes_back(case, step) else case.state


def _concerned(part: Part, step: Any) -> bool:
    if step.who is not None:
        return part.officer_id == step.who.id
    return _below(part.unit or (part.officer.unit if part.officer is not None else None), step.which)


def _recuse(case: Case, step: Any, today: dt.date) -> None:
    back = _comes_back(case, step)
    db.session.add(
        recusal.CaseRecusal(case=case, officer=step.who, unit=step.which, ground=step.ground, step_id=step.id)
    )
    db.session.flush()  # who looks for another desk sees it; the case's own facts are written with its step
    for part in case.parts:
        if _concerned(part, step):
            part.active = False
    if case.handler is not None and (
        case.handler_id == getattr(step.who, "id", 0) or _below(case.handler.unit, step.which)
    ):
        case.handler = None
    if _below(case.room, step.which):
        case.room = None
    if back:
        _bring_back(case, step, today)


def _bring_back(case: Case, step: Any, today: dt.date) -> None:
    first = clocks.running(case, *FIRST_CLOCKS)
    since = min((clock.started_on for clock in first), default=today)  # not sent on yet: its time runs on
    clocks.stop(case, OWED_BY_UNIT, today, step)
    case.assigned = False
    to_desk(case, since, step)


def _end(case: Case, step: Any, today: dt.date) -> None:
    """Who still has the matter, and lost only the sight of it, has its part again."""
    step.recusal.ended_by_id = step.id
    db.session.flush()
    unit = case.unit
    if unit is None or case.kind is MatterKind.ACCUSATION or recusal.recused(case, unit=unit):
        return
    parts = [part for part in case.parts if part.unit is unit]
    if parts and not any(part.active for part in parts):
        give_part(case, parts[-1].role, unit=unit)


LEADS["recusal"] = _leads
EFFECTS["recusal"] = _recuse
EFFECTS["recusal_ruling"] = _end
