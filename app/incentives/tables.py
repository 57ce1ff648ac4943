"""The tables and pictures of a notice, made once from its kept rows: page, PDF and workbook show the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.cases.enums import Channel, MatterKind
from app.core.db import db
from app.core.scope import seeing_all
from app.incentives import choices, figures, operations, pictures
from app.incentives.enums import NoticeState, Split
from app.incentives.models import Notice, NoticeFigure, NoticeItem
from app.incentives.models_scores import NoticeScore, NoticeStanding

MONTHS_SHOWN = 12
DAY_BOUNDS = (7, 15, 30, 45, 60, 90)
_DISTRICT = re.compile(r"[^区县市旗]{2,6}[区县市旗](?=.)")


@dataclass
class Pool:
    """A group of units that are compared with each other, best first."""

    name: str
    places: list[NoticeStanding] = field(default_factory=list)


def pools(notice: Notice) -> tuple[list[Pool], list[NoticeStanding]]:
    """The groups in order, and the units that are shown without a place."""
    query = (
        sa.select(NoticeStanding)
        .where(NoticeStanding.notice_id == notice.id)
        .order_by(NoticeStanding.pool, NoticeStanding.rank, NoticeStanding.unit_id)
    )
    found: dict[str, Pool] = {}
    unranked = []
    bounds = notice.basis.get("ranking", {}).get("bounds", [])
    for place in db.session.scalars(query):
        if place.rank is None:
            unranked.append(place)
            continue
        found.setdefault(place.pool, Pool(choices.pool_name(place.pool, bounds))).places.append(place)
    return list(found.values()), unranked


def scores(notice: Notice) -> dict[int, dict[str, NoticeScore]]:
    """By unit and item."""
    made: dict[int, dict[str, NoticeScore]] = {}
    query = sa.select(NoticeScore).where(NoticeScore.notice_id == notice.id).order_by(NoticeScore.id)
    for row in db.session.scalars(query):
        made.setdefault(row.unit_id, {})[row.item] = row
    return made


def course(notice: Notice) -> list[Notice]:
    """The notice and the latest editions of the months before it, oldest first; of a published one those that were
    published with it or before: its pictures never change."""
    year, month = int(notice.month[:4]), notice.month[5:]
    before = operations.latest(f"{year - 1:04d}-{month}", notice.month, notice.published_at)
    return [*[one for one in before if one.month < notice.month][-(MONTHS_SHOWN - 1) :], notice]


def drawn(notice: Notice) -> list[tuple[str, str]]:
    """Title and SVG of each picture of a notice; those without anything to show are left out."""
    notices = course(notice)
    months = [one.month for one in notices]
    made = [
        _trend(notice, notices, months),
        *_movements(notice, notices, months),
        _heat(notices, months),
        _days(notice),
    ]
    return [picture for picture in made if picture is not None]


def _trend(notice: Notice, notices: Sequence[Notice], months: list[str]) -> tuple[str, str] | None:
    rates = [words for words in notice.indicators if words["measure"] == "RATE" and figures.is_share(words)]
    query = sa.select(NoticeFigure.notice_id, NoticeFigure.indicator, NoticeFigure.value).where(
        NoticeFigure.notice_id.in_([one.id for one in notices]),
        NoticeFigure.unit_id.is_(None),
        NoticeFigure.part == "",
    )
    values = {(notice_id, code): value for notice_id, code, value in db.session.execute(query)}
    lines = [
        pictures.Line(words["name"], [values.get((one.id, words["code"])) for one in notices])
        for words in rates[:6]
    ]
    lines = [line for line in lines if any(value is not None for value in line.values)]
    title = _("Rates over the months")
    return (title, pictures.trend(title, months, lines, "%")) if lines else None


def _standings(notices: Sequence[Notice]) -> dict[tuple[int, int], NoticeStanding]:
    query = sa.select(NoticeStanding).where(NoticeStanding.notice_id.in_([one.id for one in notices]))
    return {(row.notice_id, row.unit_id): row for row in db.session.scalars(query)}


def _movements(notice: Notice, notices: Sequence[Notice], months: list[str]) -> list[tuple[str, str]]:
    if len(notices) < 2:
        return []
    found, made = _standings(notices), []
    brief = briefly([place.unit_name for pool in pools(notice)[0] for place in pool.places])
    for pool in pools(notice)[0]:
        if len(pool.places) < 2:
            continue  # nobody to change places with
        lines = []
        for place in pool.places:
            rows = [found.get((one.id, place.unit_id)) for one in notices]
            lines.append(pictures.Line(brief(place.unit_name), [row.rank if row else None for row in rows]))
        if not any(sum(value is not None for value in line.values) > 1 for line in lines):
            continue  # nothing moved yet
        title = _("Places over the months: %(group)s", group=pool.name)
        marked = {at for at, place in enumerate(pool.places) if place.bottom or place.rank == 1}
        made.append((title, pictures.movement(title, months, lines, marked)))
    return made


def _heat(notices: Sequence[Notice], months: list[str]) -> tuple[str, str] | None:
    found = _standings(notices)
    units: dict[int, str] = {}
    for row in found.values():
        if row.cases:
            units.setdefault(row.unit_id, row.unit_name)
    brief, lines = briefly(list(units.values())), []
    for unit_id, name in sorted(units.items()):
        rows = [found.get((one.id, unit_id)) for one in notices]
        lines.append(pictures.Line(brief(name), [row.total if row and row.cases else None for row in rows]))
    title = _("Scores by unit and month (the darker the lower)")
    return (title, pictures.heat(title, months, lines)) if lines else None


def _days(notice: Notice) -> tuple[str, str] | None:
    """How long the answers of the month took. Numbers of cases only, so all of them are counted."""
    code = next((words["code"] for words in notice.indicators if words["measure"] == "DAYS"), None)
    if code is None:
        return None
    from app.cases.models import Clock

    with seeing_all("how long answers took"):
        query = (
            sa.select(NoticeItem.stopped_on, Clock.started_on)
            .join(NoticeFigure, NoticeFigure.id == NoticeItem.figure_id)
            .join(Clock, Clock.id == NoticeItem.clock_id)
            .where(
                NoticeFigure.notice_id == notice.id,
                NoticeFigure.indicator == code,
                NoticeItem.stopped_on.is_not(None),
            )
        )
        days = [(stopped - started).days for stopped, started in db.session.execute(query)]
    title = _("How long the answers of the month took")
    return (
        (title, pictures.distribution(title, days, DAY_BOUNDS, _("days, number of cases"))) if days else None
    )


def briefly(names: list[str]) -> Callable[[str], str]:
    """For pictures and narrow tables names without the district's: where 云岭区 stands before most, 云岭区民政局 reads
    民政局."""
    begins = Counter(found[0] for name in names if (found := _DISTRICT.match(name)))
    common = next((words for words, count in begins.most_common(1) if 2 * count > len(names)), "")
    return lambda name: name.removeprefix(common) or name


def value_words(value: Decimal | None, measure: str) -> str:
    """95.63%, a plain number, or — where nothing is to be divided."""
    if value is None:
        return "—"
    if measure == "RATE":
        return f"{value:.2f}%"
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"


def part_words(part: str, indicator: Mapping[str, Any]) -> str:
    """The part of a split figure in words."""
    split = Split[indicator.get("split", "NONE")]
    if split is Split.CHANNEL and part in Channel.__members__:
        return str(Channel[part].label)
    if split is Split.KIND and part in MatterKind.__members__:
        return str(MatterKind[part].label)
    return part


def item_words(notice: Notice) -> list[dict[str, Any]]:
    """The items of the score sheet as they were when the notice was computed."""
    return notice.basis.get("sheet", {}).get("items", [])


def is_open(notice: Notice) -> bool:
    return notice.state is NoticeState.OBJECTION
