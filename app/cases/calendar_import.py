"""A year's holidays by file or from the package: the notice's days become rows, open clocks follow by themselves."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from app.core.db import db
from app.core.holidays import published_days
from app.core.models import CalendarDay, DayKind

Listed = tuple[dt.date, DayKind, str, str]


def of_year(year: int) -> list[Listed]:
    """From the package chinesecalendar. Raises NotPublished for a year it does not know."""
    kinds = {kind.name: kind for kind in DayKind}
    return [
        (day, kinds[kind.name], name, f"chinesecalendar {year}")
        for day, kind, name in published_days(year)
        if kind.name in kinds
    ]


def of_file(path: Path) -> list[Listed]:
    """CSV with day,kind,name,source. Raises ValueError naming the line that cannot be read."""
    days: list[Listed] = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            try:
                if any(day == dt.date.fromisoformat(row["day"].strip()) for day, *_rest in days):
                    raise ValueError(f"{row['day'].strip()} stands there twice")
                kind = DayKind[row["kind"].strip().upper()]
                days.append(
                    (
                        dt.date.fromisoformat(row["day"].strip()),
                        kind,
                        row["name"].strip(),
                        row.get("source") or "",
                    )
                )
            except (KeyError, ValueError, AttributeError) as wrong:
                raise ValueError(f"line {number}: {wrong}") from wrong
    return days


def load(days: Iterable[Listed]) -> tuple[int, int]:
    """Add what is new, change what differs; an administrator's other days stay. Returns (added, changed)."""
    known = {day.day: day for day in db.session.scalars(sa.select(CalendarDay))}
    added = changed = 0
    for day, kind, name, source in days:
        row = known.get(day)
        if row is None:
            db.session.add(CalendarDay(day=day, kind=kind, name=name, source=source))
            added += 1
        elif (row.kind, row.name) != (kind, name):
            row.kind, row.name, row.source = kind, name, source
            changed += 1
    return added, changed
