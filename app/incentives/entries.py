"""Points entered by hand: one person enters them with reason and evidence, another confirms or refuses."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.core.db import db
from app.core.errors import Refusal
from app.incentives import choices, operations, reckoning, rules
from app.incentives.enums import EntryState, ItemKind, NoticeState
from app.incentives.models_scores import ManualEntry
from app.organisation.models import Officer


def enter(entry: ManualEntry, officer: Officer, at: dt.datetime) -> None:
    """Check an entry as its form filled it. Raises Refusal at the field."""
    try:
        first, _last = rules.month_span((entry.month or "").strip())
    except ValueError as fault:
        raise Refusal(_l("Give the month as a year and a month, like 2026-11."), "month") from fault
    entry.month = rules.month_of(first)
    if first > at.date():
        raise Refusal(_l("The month %(month)s has not begun.", month=entry.month), "month")
    _month_is_open(entry.month)
    _of_the_sheet_in_force(entry)
    if not entry.points:
        raise Refusal(_l("An entry of no points says nothing."), "points")
    for field in ("reason", "evidence"):
        if not (getattr(entry, field) or "").strip():
            raise Refusal(_l("Points by hand need a reason and evidence."), field)
    entry.entered_by, entry.entered_at, entry.state = officer, at, EntryState.ENTERED


def _month_is_open(month: str) -> None:
    """While its newest edition is a draft: the first one, or a correction under way."""
    newest = operations.newest(month)
    if newest is not None and newest.state is NoticeState.PUBLISHED:
        raise Refusal(_l("The notice of %(month)s is published and never changes.", month=month), "month")


def _of_the_sheet_in_force(entry: ManualEntry) -> None:
    item, unit = entry.item, entry.unit
    if item is None or not item.active or item.sheet.code != reckoning.sheet_in_force().code:
        raise Refusal(_l("Choose an item in use on the score sheet in force."), "item")
    if unit is None or not unit.active or unit.kind not in choices.ranked_kinds():
        raise Refusal(_l("Points are given to units that are ranked."), "unit")
    if item.kind is ItemKind.VETO and (entry.points or 0) > 0:
        raise Refusal(
            _l("An entry on a veto item is a deduction; confirmed, it puts the unit last."), "points"
        )


def decide(entry: ManualEntry, confirmed: bool, officer: Officer, at: dt.datetime) -> None:
    db.session.refresh(entry, with_for_update=True)
    if entry.state is not EntryState.ENTERED:
        raise Refusal(_l("This was decided in the meantime."))
    if entry.entered_by_id == officer.id:
        raise Refusal(_l("A second person confirms: not the one who entered it."))
    _month_is_open(entry.month)
    newest = operations.newest(entry.month)
    if confirmed and newest is not None and newest.state is NoticeState.OBJECTION:
        raise Refusal(_l("The units have seen the draft without these points: compute it again first."))
    entry.state = EntryState.CONFIRMED if confirmed else EntryState.REFUSED
    entry.decided_by, entry.decided_at = officer, at
    db.session.flush()


def waiting(month: str) -> int:
    """How many entries of a month nobody has confirmed or refused yet."""
    query = sa.select(sa.func.count(ManualEntry.id)).where(
        ManualEntry.month == month, ManualEntry.state == EntryState.ENTERED
    )
    return db.session.scalar(query) or 0
