"""Proof of a published notice: reckon the month again from the rows, by the wording it kept, and compare.

Two questions. Do the kept scores and places follow from the kept figures? Does the month, reckoned anew from the
cases as they were known on its day, give the same figures, items, scores and places? Each difference is a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.scope import seeing_all
from app.incentives import reckoning
from app.incentives.models import Notice, NoticeFigure, NoticeItem
from app.incentives.models_scores import NoticeScore, NoticeStanding

Kept = dict[tuple[Any, ...], tuple[Any, ...]]


def differences(notice: Notice) -> list[str]:
    """What does not come out the same; empty when the notice is proved."""
    if any("expression" not in words for words in notice.indicators):
        return []  # of the portal's first version: it kept no formula to reckon by
    with seeing_all(f"proof of notice {notice.month}"):
        made = reckoning.month(
            notice.month, notice.as_of, notice.known_until, notice.indicators, notice.basis
        )
        kept, anew = _kept(notice), _anew(notice, made)
        return list(_compared(kept, anew))


def _compared(kept: dict[str, Kept], anew: dict[str, Kept]) -> Iterator[str]:
    for table, rows in kept.items():
        for key in sorted(rows.keys() | anew[table].keys(), key=str):
            if rows.get(key) != anew[table].get(key):
                yield f"{table} {key}: kept {_told(rows.get(key))}, reckoned {_told(anew[table].get(key))}"


def _told(values: tuple[Any, ...] | None) -> str:
    return "nothing" if values is None else ", ".join(str(value) for value in values)


def _kept(notice: Notice) -> dict[str, Kept]:
    figures: Kept = {}
    codes: dict[int, tuple[str, int | None]] = {}
    for row in db.session.scalars(sa.select(NoticeFigure).where(NoticeFigure.notice_id == notice.id)):
        figures[row.indicator, row.unit_id, row.part] = (row.numerator, row.denominator, row.value)
        codes[row.id] = (row.indicator, row.unit_id)
    items: dict[tuple[Any, ...], list[Any]] = {}
    query = sa.select(NoticeItem).where(NoticeItem.figure_id.in_(list(codes)))
    for item in db.session.scalars(query.order_by(NoticeItem.id)) if codes else ():
        key = (*codes[item.figure_id], item.case_id)
        items.setdefault(key, []).append(
            (item.counted, item.day, str(item.verdict), item.days, item.stopped_on)
        )
    scores: Kept = {
        (row.unit_id, row.item): (row.value, row.points, row.veto)
        for row in db.session.scalars(sa.select(NoticeScore).where(NoticeScore.notice_id == notice.id))
    }
    places: Kept = {
        (row.unit_id,): (row.cases, row.total, row.weighted, row.pool, row.rank, row.bottom, row.vetoed)
        for row in db.session.scalars(sa.select(NoticeStanding).where(NoticeStanding.notice_id == notice.id))
    }
    return {
        "figure": figures, "case": {key: tuple(sorted(rows, key=str)) for key, rows in items.items()},
        "score": scores, "place": places,
    }  # fmt: skip


def _anew(notice: Notice, made: reckoning.Month) -> dict[str, Kept]:
    figures: Kept = {}
    items: dict[tuple[Any, ...], list[Any]] = {}
    for figure in made.figures:
        figures[figure.indicator, figure.unit_id, figure.part] = (
            figure.result.part, figure.result.whole, figure.value
        )  # fmt: skip
        for place, row in enumerate(figure.rows):
            if row["case_id"] is not None:
                key = (figure.indicator, figure.unit_id, row["case_id"])
                told = (
                    place in figure.result.counted,
                    row["day"],
                    str(row["verdict"]),
                    row["off"],
                    row["stopped_on"],
                )
                items.setdefault(key, []).append(told)
    scores: Kept = {
        (unit_id, line.item): (line.value, line.points, line.veto)
        for unit_id, score in made.scores.items() for line in score.lines
    }  # fmt: skip
    places: Kept = {
        (unit_id,): (made.cases[unit_id], made.scores[unit_id].total, made.weighted[unit_id], place.pool, place.rank,
                     place.bottom, made.scores[unit_id].vetoed)
        for unit_id, place in made.places.items()
    }  # fmt: skip
    return {
        "figure": figures, "case": {key: tuple(sorted(rows, key=str)) for key, rows in items.items()},
        "score": scores, "place": places,
    }  # fmt: skip


def published(month: str | None = None) -> list[Notice]:
    """The published editions of a month, or of all months."""
    query = sa.select(Notice).where(Notice.published_at.is_not(None)).order_by(Notice.month, Notice.edition)
    return list(db.session.scalars(query if month is None else query.where(Notice.month == month)))
