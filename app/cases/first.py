"""初件 or 重件: as it was said at registration, until a person finds that it repeats an earlier petition (art. 19).

The finding is its step; what was registered stays as it was.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases.models import Case
from app.cases.steps import Step
from app.core.db import db

FOUND = "repeat_confirmed"
_STEPS: Any = Step.__table__.alias("repeat_step")


def is_first() -> sa.ColumnElement[bool]:
    """Of cases in a query."""
    found = sa.exists().where(_STEPS.c.case_id == Case.id, _STEPS.c.kind == FOUND)
    return sa.and_(Case.first_time, sa.not_(found.correlate_except(_STEPS)))


def first(case: Case) -> bool:
    query = sa.select(_STEPS.c.id).where(_STEPS.c.case_id == case.id, _STEPS.c.kind == FOUND)
    return bool(case.first_time) and db.session.execute(query.limit(1)).first() is None
