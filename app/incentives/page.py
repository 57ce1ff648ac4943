"""What the notice's pages show: the table of units, and the cases behind a figure that the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy.orm import joinedload

from app.cases.models import Case
from app.core.db import db
from app.core.scope import seeing_all
from app.incentives import tables
from app.incentives.enums import Measure, Side, Verdict, Window
from app.incentives.facts import Fact
from app.incentives.models import Notice, NoticeFigure, NoticeItem

PAGE = 100
CHUNK = 1000  # keys in one question


@dataclass
class Line:
    """A unit of the table with its figures by indicator code."""

    unit_id: int | None
    name: str
    kind: Any
    figures: dict[str, NoticeFigure] = field(default_factory=dict)


@dataclass
class Table:
    """One side of the notice: its indicators, a line a unit, and the line over all units."""

    side: Side
    indicators: list[dict[str, Any]]
    lines: list[Line]
    total: Line
    splits: list[Split] = field(default_factory=list)


@dataclass
class Split:
    """An indicator by its parts: the names of the parts, and a line a unit with its figures by part."""

    indicator: dict[str, Any]
    parts: dict[str, str]
    lines: list[Line]


def figure_tables(notice: Notice) -> list[Table]:
    """Both sides of the notice, without those that have no indicator. One statement."""
    figures = db.session.scalars(
        sa.select(NoticeFigure)
        .where(NoticeFigure.notice_id == notice.id)
        .options(joinedload(NoticeFigure.unit))
        .order_by(NoticeFigure.unit_id, NoticeFigure.id)
    ).all()
    made = []
    for side in (Side.UNIT, Side.BUREAU):
        indicators = [i for i in notice.indicators if i["side"] == side.name]
        if indicators:
            made.append(_table(side, indicators, figures))
    return made


def _table(side: Side, indicators: list[dict[str, Any]], figures: Sequence[NoticeFigure]) -> Table:
    codes = {indicator["code"] for indicator in indicators}
    total = Line(None, _("All units"), None)
    lines: dict[int, Line] = {}
    parts: dict[str, list[NoticeFigure]] = {}
    for figure in figures:
        if figure.indicator not in codes:
            continue
        if figure.part:
            parts.setdefault(figure.indicator, []).append(figure)
        elif figure.unit is None:
            total.figures[figure.indicator] = figure
        else:
            line = lines.setdefault(figure.unit.id, Line(figure.unit.id, figure.unit_name, figure.unit.kind))
            line.figures[figure.indicator] = figure
    in_order = sorted(lines.values(), key=lambda line: (line.kind.value, line.unit_id))
    splits = [_split(one, parts[one["code"]], in_order) for one in indicators if one["code"] in parts]
    return Table(side, indicators, in_order, total, splits)


def _split(indicator: dict[str, Any], figures: list[NoticeFigure], units: list[Line]) -> Split:
    """Units in the order of the table above it; of a notice that kept no parts by unit the line of all alone."""
    whole = Line(None, _("All units"), None)
    lines = {line.unit_id: Line(line.unit_id, line.name, line.kind) for line in units} | {None: whole}
    for figure in figures:
        lines[figure.unit_id].figures[figure.part] = figure
    parts = {figure.part: part_words(figure.part, indicator) for figure in figures}
    in_order = dict(sorted(parts.items(), key=lambda pair: (-_size(whole, pair[0]), pair[0])))
    return Split(indicator, in_order, [line for line in lines.values() if line.figures])


def _size(line: Line, part: str) -> int:
    return (line.figures[part].denominator or 0) if part in line.figures else 0


def cards(notice: Notice, made: list[Table]) -> list[tuple[Any, Any, str, str]]:
    """A few figures over all units as a row of cards: (value, label, tone, address)."""
    row = []
    for table in made:
        for indicator in table.indicators:
            figure = table.total.figures.get(indicator["code"])
            if figure is not None and figure.value is not None:
                row.append((figure_words(figure, indicator), indicator["name"], "", ""))
    return row[:8]


part_words = tables.part_words


def figure_words(figure: NoticeFigure, indicator: dict[str, Any]) -> str:
    return tables.value_words(figure.value, indicator["measure"])


def bar_width(figure: NoticeFigure, indicator: dict[str, Any]) -> float | None:
    """How far the bar of a rate reaches, in percent; None where no bar is drawn."""
    if indicator["measure"] != Measure.RATE.name or figure.value is None or figure.denominator is None:
        return None
    return max(0.0, min(100.0, float(figure.value)))


def pictures_of(notice: Notice) -> list[Markup]:
    """Drawn by this house from numbers and escaped names: safe to stand in the page."""
    return [Markup(picture) for _title, picture in tables.drawn(notice)]


def indicator_of(notice: Notice, code: str) -> dict[str, Any]:
    return next(indicator for indicator in notice.indicators if indicator["code"] == code)


def rule_words(indicator: dict[str, Any]) -> str:
    """Population and month in a sentence, from the wording kept with the notice."""
    month = Window[indicator["window"]].label
    parts = [_("counts in the month of: %(day)s", day=month)]
    if indicator.get("window_days"):
        parts[0] += _(" and %(days)s days", days=indicator["window_days"])
    if indicator["first_time_only"]:
        parts.append(_("first petitions only"))
    if indicator["measure"] == Measure.RATE.name and indicator["counts_not_due"] and indicator["clock"]:
        parts.append(_("cases not yet due stand below the line"))
    return " · ".join(parts)


def verdict_words(item: NoticeItem) -> str:
    """In words and days how the case came out; where there is no deadline, whether it stands above the line."""
    if item.verdict is None or item.days is None:
        return _("above the line") if item.counted else _("below the line")
    if item.verdict is Verdict.LATE:
        return ngettext("%(num)d day late", "%(num)d days late", item.days)
    if item.verdict is Verdict.OPEN_LATE:
        return ngettext("open, %(num)d day late", "open, %(num)d days late", item.days)
    if item.verdict is Verdict.NOT_DUE:
        return ngettext("not yet due, %(num)d day left", "not yet due, %(num)d days left", item.days)
    if item.days == 0:
        return _("in time, on the last day")
    return ngettext("in time, %(num)d day early", "in time, %(num)d days early", item.days)


def tone(item: NoticeItem) -> str:
    if item.verdict is not None:
        return str(item.verdict.tone)
    return "green" if item.counted else "mute"


def items_of(figure: NoticeFigure, page: int, may_open: bool) -> dict[str, Any]:
    """The cases of a figure within the reader's reach, those below the line first, and how many lie outside it.

    A figure over all units opens to the cases of every unit's figure, one of a part to those of the part.
    ``may_open`` is the right to case pages.
    """
    of_figure: Any = NoticeItem.figure_id == figure.id
    if figure.unit_id is None or figure.part:
        together = sa.select(NoticeFigure.id).where(
            NoticeFigure.notice_id == figure.notice_id, NoticeFigure.indicator == figure.indicator
        )
        if figure.unit_id is not None:
            together = together.where(NoticeFigure.unit_id == figure.unit_id)
        of_figure = NoticeItem.figure_id.in_(together)
    if figure.part:
        of_figure = sa.and_(of_figure, NoticeItem.part == figure.part)
    count = sa.select(sa.func.count(NoticeItem.id)).where(of_figure)
    with seeing_all("how many cases a figure has"):
        whole = db.session.scalar(count) or 0
    seen = (db.session.scalar(count) or 0) if may_open else 0
    items: Sequence[NoticeItem] = ()
    if seen:
        items = db.session.scalars(
            sa.select(NoticeItem)
            .where(of_figure)
            .options(joinedload(NoticeItem.case))
            .order_by(NoticeItem.counted, NoticeItem.day, NoticeItem.id)
            .limit(PAGE)
            .offset(page * PAGE)
        ).all()
    return {
        "items": items,
        "seen": seen,
        "hidden": whole - seen,
        "current_page": page,
        "pages": -(-seen // PAGE),
    }


def cases_of(facts: Sequence[Fact], page: int, may_open: bool) -> dict[str, Any]:
    """The rows of a report's number as pages of the cases within the reader's reach, and how many lie outside it."""
    ids = sorted({row["case_id"] for row in facts})
    mine: set[int] = set()
    for at in range(0, len(ids) if may_open else 0, CHUNK):
        mine |= set(db.session.scalars(sa.select(Case.id).where(Case.id.in_(ids[at : at + CHUNK]))))
    seen = [row for row in facts if row["case_id"] in mine]
    shown = seen[page * PAGE : (page + 1) * PAGE]
    query = sa.select(Case).where(Case.id.in_({row["case_id"] for row in shown}))
    cases = {case.id: case for case in db.session.scalars(query)} if shown else {}
    return {
        "cases": [(row["day"], cases[row["case_id"]]) for row in shown],
        "seen": len(seen),
        "hidden": len(facts) - len(seen),
        "current_page": page,
        "pages": -(-len(seen) // PAGE),
    }
