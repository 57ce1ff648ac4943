"""A whole month reckoned from the rows: figures, items, scores and places, written nowhere.

``operations.compute`` writes what comes out; ``proof`` compares it with what a published notice kept.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.incentives import choices, rules, scoring, standing
from app.incentives.enums import Better, EntryState, ItemKind, Side
from app.incentives.facts import Facts
from app.incentives.figures import Figure, of_period, wording
from app.incentives.models import Indicator
from app.incentives.models_course import NoticeExclusion
from app.incentives.models_scores import ManualEntry, ScoreItem, ScoreSheet
from app.organisation.models import Unit


@dataclass
class Month:
    figures: list[Figure]
    scores: dict[int, scoring.Score] = field(default_factory=dict)
    by_hand: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    places: dict[int, standing.Place] = field(default_factory=dict)
    cases: dict[int, int] = field(default_factory=dict)
    weighted: dict[int, Decimal | None] = field(default_factory=dict)


def indicators_in_force() -> list[dict[str, Any]]:
    """Their wording; locked, so that nobody rewords one while a month is reckoned."""
    query = (
        sa.select(Indicator).where(Indicator.active).order_by(Indicator.rank, Indicator.id).with_for_update()
    )
    return [wording(indicator) for indicator in db.session.scalars(query)]


def basis(month: str) -> dict[str, Any]:
    """Sheet, ranked units, entries by hand, exclusions and choices as they stand now: what a notice keeps.

    Raises Refusal where the sheet in force cannot be reckoned.
    """
    sheet = sheet_in_force()
    units = db.session.execute(
        sa.select(Unit.id, Unit.name, Unit.kind)
        .where(Unit.active, Unit.kind.in_(choices.ranked_kinds()))
        .order_by(Unit.id)
    )
    entries = db.session.execute(
        sa.select(ManualEntry.unit_id, ScoreItem.code, ManualEntry.points, ManualEntry.id)
        .join(ScoreItem, ScoreItem.id == ManualEntry.item_id)
        .where(
            ManualEntry.month == month,
            ManualEntry.state == EntryState.CONFIRMED,
            ScoreItem.sheet_id == sheet.id,  # a code is another item's on another sheet
        )
        .order_by(ManualEntry.id)
    )
    return {
        "sheet": _wording(sheet),
        "units": [[row.id, row.name, row.kind.name] for row in units],
        "entries": [[row.unit_id, row.code, str(row.points), row.id] for row in entries],
        "excluded": excluded(month),
        "ranking": choices.kept(choices.ranking()),
        "weight": [str(choices.points(key)) for key in ("petition_weight", "petition_weight_raised")],
        "closing": settings.text("closing_time"),
    }


def excluded(month: str) -> list[list[Any]]:
    """The cases that do not count for an indicator of the month, by decision on an objection."""
    query = sa.select(NoticeExclusion.indicator, NoticeExclusion.case_id).where(
        NoticeExclusion.month == month
    )
    return [[code, case_id] for code, case_id in db.session.execute(query.order_by(NoticeExclusion.id))]


def sheet_in_force() -> ScoreSheet:
    """Raises Refusal where the setting names none."""
    code = settings.text("score_sheet").strip()
    sheet = db.session.scalars(sa.select(ScoreSheet).where(ScoreSheet.code == code)).first()
    if sheet is None:
        raise Refusal(_l("The setting names no score sheet that there is: “%(code)s”.", code=code))
    return sheet


def _readable(item: ScoreItem) -> None:
    """An item without a figure would give everybody its full points in silence."""
    indicator = item.indicator
    if indicator is not None and not (indicator.active and indicator.side is Side.UNIT):
        raise Refusal(
            _l("Item %(code)s “%(name)s” of the score sheet reads indicator %(indicator)s, which is not in use or"
               " is not counted for units: put it in use, or the item out of use.",
               code=item.code, name=item.name, indicator=indicator.code)
        )  # fmt: skip


def _wording(sheet: ScoreSheet) -> dict[str, Any]:
    for item in sheet.items:
        if item.active:
            _readable(item)
    return {
        "code": sheet.code, "name": sheet.name, "full": str(sheet.full), "note": sheet.note,
        "items": [
            {"code": item.code, "name": item.name, "kind": item.kind.name, "base": str(item.base),
             "step": str(item.step), "target": str(item.target), "better": item.better.name,
             "floor": None if item.floor is None else str(item.floor),
             "cap": None if item.cap is None else str(item.cap),
             "metric": item.indicator.code if item.indicator is not None else "", "note": item.note}
            for item in sheet.items if item.active
        ],
    }  # fmt: skip


def item_of(words: Mapping[str, Any]) -> scoring.Item:
    """A kept item as the rules take it."""
    edge = {name: None if words[name] is None else Decimal(words[name]) for name in ("floor", "cap")}
    return scoring.Item(
        words["code"], ItemKind[words["kind"]], Decimal(words["base"]), Decimal(words["step"]),
        Decimal(words["target"]), Better[words["better"]], edge["floor"], edge["cap"], words["metric"],
    )  # fmt: skip


def month(
    name: str,
    as_of: dt.date,
    until: dt.datetime | None,
    indicators: Sequence[Mapping[str, Any]],
    kept: Mapping[str, Any],
) -> Month:
    """Reckon ``YYYY-MM`` judged on ``as_of`` by what was recorded before ``until`` and by the wording and basis given.

    Raises FormulaError.
    """
    first, last = rules.month_span(name)
    excluded = frozenset((code, case_id) for code, case_id in kept.get("excluded", ()))
    closing = dt.time.fromisoformat(kept["closing"]) if "closing" in kept else None
    made = Month(of_period(indicators, Facts(first, last, as_of, until, closing), excluded))
    if kept:
        _score(made, kept)
    return made


def _score(made: Month, kept: Mapping[str, Any]) -> None:
    items = [item_of(words) for words in kept["sheet"]["items"]]
    values: dict[int, dict[str, Decimal | None]] = defaultdict(dict)
    behind: dict[int, set[int]] = defaultdict(set)
    for figure in made.figures:
        if figure.unit_id is not None and not figure.part:
            values[figure.unit_id][figure.indicator] = figure.value
            behind[figure.unit_id] |= {row["case_id"] for row in figure.rows if row["case_id"] is not None}
    given: dict[int, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for unit_id, code, points, _entry in kept["entries"]:
        given[unit_id][code].append(Decimal(points))
    full = Decimal(kept["sheet"]["full"])
    weight, raised = (Decimal(part) for part in kept["weight"])
    contenders = []
    for unit_id, _name, kind in kept["units"]:
        score = scoring.score(items, values[unit_id], given[unit_id])
        made.scores[unit_id], made.cases[unit_id] = score, len(behind[unit_id])
        made.by_hand |= {(unit_id, code): sum(points, Decimal(0)) for code, points in given[unit_id].items()}
        made.weighted[unit_id] = scoring.weighted(score.total, full, weight, raised)
        contenders.append(standing.Contender(unit_id, kind, made.cases[unit_id], score.total, score.vetoed))
    if items:
        made.places = standing.places(contenders, choices.from_kept(kept["ranking"]))


def names(kept: Mapping[str, Any]) -> dict[int, str]:
    """Unit names for figures: of the ranked units as kept, of others as they are now."""
    now = {row.id: row.name for row in db.session.execute(sa.select(Unit.id, Unit.name))}
    return now | {unit_id: name for unit_id, name, _kind in kept.get("units", ())}


__all__ = ["Month", "basis", "indicators_in_force", "item_of", "month", "names"]
