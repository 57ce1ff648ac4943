"""Indicators and score sheets from the seeds (core/seeding.py says what is added, refreshed and left alone)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.seeding import Loaded, load
from app.incentives.enums import Better, ItemKind, Measure, Over, Side, Split, Window
from app.incentives.models import Indicator
from app.incentives.models_scores import ScoreItem, ScoreSheet

_ENUMS = {"side": Side, "measure": Measure, "over": Over, "window": Window, "split": Split}


def indicators(rows: list[dict[str, Any]]) -> Loaded:
    """What ships is known to work: it needs no trial. Notices keep the wording they were reckoned by."""
    return load(
        Indicator,
        "code",
        [{**row, **{name: kind[row[name].upper()] for name, kind in _ENUMS.items()}} for row in rows],
    )


def score_sheets(rows: list[dict[str, Any]]) -> Loaded:
    done = load(
        ScoreSheet,
        "code",
        [{name: value for name, value in row.items() if name != "items"} for row in rows],
    )
    sheets = {sheet.code: sheet for sheet in db.session.scalars(sa.select(ScoreSheet))}
    by_code = {indicator.code: indicator for indicator in db.session.scalars(sa.select(Indicator))}
    items = [
        _item(item, sheets[row["code"]], by_code)
        for row in rows
        if row["code"] in sheets
        for item in row["items"]
    ]
    return done + load(ScoreItem, ("sheet_id", "code"), items)


def _item(row: dict[str, Any], sheet: ScoreSheet, indicators: dict[str, Indicator]) -> dict[str, Any]:
    facts = {name: value for name, value in row.items() if name not in ("kind", "metric", "better")}
    return facts | {
        "sheet_id": sheet.id,
        "kind": ItemKind[row["kind"].upper()],
        "better": Better[row.get("better", "higher").upper()],
        "indicator": indicators[row["metric"]] if row.get("metric") else None,
    }
