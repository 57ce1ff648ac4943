"""Effects of what keeps a matter in sight."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.cases import clocks, recusal
from app.cases.effects import LEADS, effect, end_parts, give_part
from app.cases.enums import GuidanceResult, PartRole, State
from app.cases.models import Case

LEADS["guidance_follow_up"] = lambda step: (
    State.TO_FORWARD if step.result is GuidanceResult.REFUSED else State.GUIDED
)


@effect
def guidance_follow_up(case: Case, step: Any, today: dt.date) -> None:
    if step.result is GuidanceResult.WAITING:  # looked after again
        clocks.start(case, "L9", today, step)
    elif step.result is GuidanceResult.REFUSED:  # no door is left closed: it is sent anew
        end_parts(case, PartRole.RESPONSIBLE, PartRole.ROOM, PartRole.HANDLER)
        case.unit, case.room, case.handler = recusal.desk(case), None, None
        if case.unit is not None:
            give_part(case, PartRole.REGISTRAR, unit=case.unit)
        clocks.start(case, "T1", today, step, unit=case.unit)
