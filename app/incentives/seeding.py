"""Loading indicators and score sheets from the seeds: what is missing is added, what is there belongs to the office."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.incentives.enums import Better, ItemKind, Measure, Over, Side, Split, Window
from app.incentives.models import Indicator
from app.incentives.models_scores import ScoreItem, ScoreSheet

_ENUMS = {"side": Side, "measure": Measure, "over": Over, "window": Window, "split": Split}


def indicators(rows: list[dict[str, Any]]) -> int:
    """How many were added. What ships is known to work: it needs no trial."""
    known = set(db.session.scalars(sa.select(Indicator.code)))
    fresh = [row for row in rows if row["code"] not in known]
    for row in fresh:
        enums = {name: kind[row[name].upper()] for name, kind in _ENUMS.items()}
        db.session.add(Indicator(**{**row, **enums}))
    db.session.flush()
    return len(fresh)


def score_sheets(rows: list[dict[str, Any]]) -> int:
    known = set(db.session.scalars(sa.select(ScoreSheet.code)))
    by_code = {indicator.code: indicator for indicator in db.session.scalars(sa.select(Indicator))}
    fresh = [row for row in rows if row["code"] not in known]
    for row in fresh:
        sheet = ScoreSheet(**{name: value for name, value in row.items() if name != "items"})
        sheet.items = [_item(item, by_code) for item in row["items"]]
        db.session.add(sheet)
    db.session.flush()
    return len(fresh)


def _item(row: dict[str, Any], indicators: dict[str, Indicator]) -> ScoreItem:
    facts = {name: value for name, value in row.items() if name not in ("kind", "metric", "better")}
    return ScoreItem(
        **facts,
        kind=ItemKind[row["kind"].upper()],
        better=Better[row.get("better", "higher").upper()],
        indicator=indicators[row["metric"]] if row.get("metric") else None,
    )
