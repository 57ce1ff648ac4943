"""Guards of recusal (R22 art. 28). That nobody too near takes any step is checked for all steps in ``take``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases import recusal
from app.cases.guards import guard
from app.cases.models import Case
from app.core.errors import Refusal


@guard
def recusable(case: Case, step: Any, today: dt.date) -> None:
    if step is None:
        return
    if (step.who is None) == (step.which is None):
        raise Refusal(_l("Name the officer or the unit, one of them (art. 28)."), "who")
    if not (step.reason or "").strip():
        raise Refusal(_l("A recusal says what the relation is (art. 28)."), "reason")
    if recusal.recused(case, step.who, step.which):
        raise Refusal(_l("Recused from this matter already (art. 28)."), "who" if step.who else "which")
    if step.which is not None and step.which.parent_id is None:
        raise Refusal(_l("Everything stands below this unit: name the officers (art. 28)."), "which")


@guard
def recusal_stands(case: Case, step: Any, today: dt.date) -> None:
    standing = recusal.in_force(case)
    if not standing:
        raise Refusal(_l("Nobody is recused from this matter."))
    if step is None:
        return
    if step.recusal not in standing:
        raise Refusal(_l("This recusal is not in force."), "recusal_id")
    if not (step.reason or "").strip():
        raise Refusal(_l("A recusal ends for a reason (art. 28)."), "reason")
