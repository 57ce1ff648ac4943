"""Effects of what keeps a matter in sight."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.cases import clocks
from app.cases.effects import LEADS, effect, taken_back
from app.cases.enums import GuidanceResult, State
from app.cases.models import Case

LEADS["guidance_follow_up"] = lambda step: (
    State.TO_FORWARD if step.result is GuidanceResult.REFUSED else State.GUIDED
)


@effect
def guidance_follow_up(case: Case, step: Any, today: dt.date) -> None:
    if step.result is GuidanceResult.WAITING:  # looked after again
        clocks.start(case, "L9", today, step)
    elif step.result is GuidanceResult.REFUSED:  # no door is left closed: it is sent anew
        taken_back(case, today, step)
