"""What a unit's figures are worth on a score sheet: pure, exact, each row explained (domain.md §5.3).

A score is the sum of its rows and nothing else. A figure that is empty (nothing to divide by) costs nothing: a unit
is not marked down for cases it did not have; whether it is ranked is another question (``standing.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.incentives.enums import Better, ItemKind

CENT = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Item:
    """One line of a sheet. ``step``: points an event or a percentage point; ``target``: from where it is counted."""

    code: str
    kind: ItemKind
    base: Decimal = ZERO
    step: Decimal = ZERO
    target: Decimal = ZERO
    better: Better = Better.HIGHER
    floor: Decimal | None = None
    cap: Decimal | None = None
    metric: str = ""


@dataclass(frozen=True)
class Line:
    """What one item came to for one unit. ``value``: the figure it was read from, None where there was none."""

    item: str
    value: Decimal | None
    points: Decimal
    veto: bool = False


@dataclass(frozen=True)
class Score:
    lines: tuple[Line, ...]
    total: Decimal
    vetoed: bool


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def line(item: Item, value: Decimal | None, given: Iterable[Decimal] = ()) -> Line:
    """The points of one item. ``given``: confirmed points entered by hand (they add up in any order)."""
    entered = sorted(given)
    if (
        item.kind is ItemKind.VETO
    ):  # by its figure, or by an entry by hand (K2); it costs the place, not points
        veto = bool(entered) or (value is not None and value > 0)
        return Line(item.code, value, rounded(_bounded(item, item.base)), veto)
    return Line(item.code, value, rounded(_bounded(item, _worth(item, value) + sum(entered, ZERO))))


def _worth(item: Item, value: Decimal | None) -> Decimal:
    if item.kind is ItemKind.MANUAL:
        return item.base
    if item.kind is ItemKind.BONUS:
        return item.base + item.step * max(value or ZERO, ZERO)
    if value is None:
        return item.base
    if item.kind is ItemKind.EVENT:
        return item.base - item.step * max(value - item.target, ZERO)
    short = item.target - value if item.better is Better.HIGHER else value - item.target
    if item.kind is ItemKind.THRESHOLD:
        return item.base if short <= 0 else ZERO
    return item.base - item.step * max(short, ZERO)


def _bounded(item: Item, points: Decimal) -> Decimal:
    if item.floor is not None:
        points = max(points, item.floor)
    return points if item.cap is None else min(points, item.cap)


def score(
    items: Iterable[Item],
    values: Mapping[str, Decimal | None],
    given: Mapping[str, Iterable[Decimal]] | None = None,
) -> Score:
    """The whole sheet for one unit: ``values`` by indicator code, ``given`` by item code."""
    lines = tuple(line(item, values.get(item.metric), (given or {}).get(item.code, ())) for item in items)
    return Score(lines, sum((one.points for one in lines), ZERO), any(one.veto for one in lines))


def weighted(total: Decimal, full: Decimal, weight: Decimal, raised_by: Decimal) -> Decimal | None:
    """The share of the petition work in the unit's duty assessment: S002 raised its weight by 40 % of the base
    (``weight`` 10 becomes 14). None for a sheet without points."""
    if full <= 0:
        return None
    return rounded(total / full * weight * (100 + raised_by) / 100)
