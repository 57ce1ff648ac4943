"""From indicators and facts to figures: which rows count, for whom, and what the formula makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.incentives import rules
from app.incentives.enums import Over, Side, Split, Window
from app.incentives.facts import Fact, Facts, by_unit
from app.incentives.formula import Formula, FormulaError, Populations, Result, condition
from app.incentives.models import Indicator
from app.incentives.vocabulary import NAMES

EVERYBODY = None  # the unit of a figure over all units
_SPLIT = {Split.CHANNEL: "channel", Split.KIND: "kind", Split.CATEGORY: "category"}
_LARGEST = Decimal("999999999999.99")
Excluded = frozenset[tuple[str, int]]  # indicator code, case


@dataclass(frozen=True)
class Figure:
    """One figure with the rows it was made of; ``rows`` is empty where they hang on the units' figures."""

    indicator: str
    unit_id: int | None
    part: str
    result: Result
    value: Decimal | None
    rows: tuple[Fact, ...] = ()
    size: int = 0  # how many rows it goes over


def wording(indicator: Indicator) -> dict[str, Any]:
    """The indicator as it reads now, kept with the notice: enough to reckon the month again."""
    return {
        "code": indicator.code, "name": indicator.name, "side": indicator.side.name, "measure": indicator.measure.name,
        "over": indicator.over.name, "clock": indicator.clock_code, "window": indicator.window.name,
        "window_days": indicator.window_days, "expression": indicator.expression, "population": indicator.population,
        "first_time_only": indicator.first_time_only, "once_a_case": indicator.once_a_case,
        "counts_not_due": indicator.counts_not_due, "released_by": indicator.released_by,
        "split": indicator.split.name, "split_units": True, "formula": indicator.formula, "source": indicator.source,
        "local": indicator.local,
    }  # fmt: skip


@dataclass(frozen=True)
class Compiled:
    """An indicator's wording, read. Raises FormulaError."""

    words: Mapping[str, Any]
    formula: Formula
    population: Any

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Compiled:
        names = NAMES[Over[words["over"]]]
        return cls(words, Formula(words["expression"], names), condition(words["population"], names))

    @property
    def side(self) -> Side:
        return Side[self.words["side"]]

    def rows(self, facts: Facts, excluded: Excluded = frozenset()) -> list[Fact]:
        """The rows of the period that belong to the indicator's population."""
        words = self.words
        released = {kind.strip() for kind in words["released_by"].split(",") if kind.strip()}
        found = facts.rows(
            Over[words["over"]], words["clock"], Window[words["window"]], words["window_days"], self.side
        )
        return [
            row for row in found
            if not (words["first_time_only"] and not row.get("first_time", True))
            and not (words["once_a_case"] and row.get("again"))
            and not (released and row.get("ended_by") in released)
            and not (not words["counts_not_due"] and row.get("not_due"))
            and (words["code"], row["case_id"]) not in excluded
            and self.population(row)
        ]  # fmt: skip


def is_share(words: Mapping[str, Any]) -> bool:
    """Whether the figure is a part of a whole: it lies between 0 and 100 and shows its fraction."""
    return "expression" not in words or Compiled.of(words).formula.is_share


def of_period(
    indicators: Sequence[Mapping[str, Any]], facts: Facts, excluded: Excluded = frozenset()
) -> list[Figure]:
    """Every figure of the period: units in order, then all units together, each with its parts behind it."""
    before = facts.a_year_before()
    figures: list[Figure] = []
    for words in indicators:
        compiled = Compiled.of(words)
        now = compiled.rows(facts, excluded)
        then = compiled.rows(before) if compiled.formula.uses_last_year else []
        figures += _figures(compiled, now, then)
    return figures


def _figures(compiled: Compiled, now: list[Fact], then: list[Fact]) -> list[Figure]:
    side, code = compiled.side, compiled.words["code"]
    own, past = by_unit(now, side), by_unit(then, side)
    figures = []
    for unit_id in sorted(own.keys() | past.keys()):
        rows, before = own.get(unit_id, []), past.get(unit_id, [])
        figures.append(_figure(compiled, unit_id, "", tuple(rows), before, keep=True))
        if compiled.words.get("split_units"):  # notices of before the rule have the parts of all units alone
            figures += _parts(compiled, unit_id, rows, before)
    counting = (
        now if compiled.words["over"] == Over.GIVEN.name else [row for rows in own.values() for row in rows]
    )
    figures.append(_figure(compiled, EVERYBODY, "", tuple(counting), then))
    figures += _parts(compiled, EVERYBODY, counting, then if compiled.words.get("split_units") else [])
    assert all(figure.indicator == code for figure in figures)
    return figures


def _parts(compiled: Compiled, unit_id: int | None, now: list[Fact], then: list[Fact]) -> list[Figure]:
    """The figure of each channel, kind or category by itself."""
    if not _SPLIT.get(Split[compiled.words["split"]]):
        return []
    groups: dict[str, tuple[list[Fact], list[Fact]]] = defaultdict(lambda: ([], []))
    for place, rows in enumerate((now, then)):
        for row in rows:
            groups[part_of(compiled.words, row)][place].append(row)
    return [
        _figure(compiled, unit_id, part, tuple(rows), before)
        for part, (rows, before) in sorted(groups.items())
        if part
    ]


def _figure(
    compiled: Compiled,
    unit_id: int | None,
    part: str,
    rows: tuple[Fact, ...],
    then: list[Fact],
    keep: bool = False,
) -> Figure:
    result = compiled.formula.over(Populations(rows, then))
    value = None if result.value is None else rounded(result.value)
    return Figure(compiled.words["code"], unit_id, part, result, value, rows if keep else (), len(rows))


def rounded(value: Decimal) -> Decimal | None:
    """Two decimals, half up; what no column can hold is no figure."""
    if abs(value) > _LARGEST:
        return None
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def part_of(words: Mapping[str, Any], row: Fact) -> str:
    """To which part of a split figure a row belongs."""
    name = _SPLIT.get(Split[words["split"]], "")
    return str(row.get(name) or "") if name else ""


def tried(indicator: Indicator, month: str, as_of: Any) -> list[Figure]:
    """What an indicator would come to in a past month, without writing anything. Raises FormulaError."""
    first, last = rules.month_span(month)
    return of_period([wording(indicator)], Facts(first, last, as_of))


__all__ = ["Compiled", "Figure", "FormulaError", "of_period", "part_of", "rounded", "tried", "wording"]
