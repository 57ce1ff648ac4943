"""What every check asks with: tables by their columns, and one way to run a query."""

from __future__ import annotations

from typing import Any

from app.cases import bulk
from app.core.db import db

SHOWN = 20  # findings of one kind: the twenty-first says no more than the first

cases, steps, clocks = bulk.CASES.c, bulk.STEPS.c, bulk.CLOCKS.c


def rows(query: Any) -> Any:
    return db.session.execute(query)
