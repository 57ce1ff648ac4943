"""The year's days from the rules: pure dates first, then rows that are never overwritten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from app.cases import clocks
from app.cases.recount import calendar_changed
from app.core import moment, settings
from app.core.db import db
from app.core.workdays import ONE_DAY, Calendar
from app.reception.models import Duty, Pattern, Reception, ReceptionDay, ReceptionRule
from app.reception.models import ReceptionState as R

WEEK = 7 * ONE_DAY


def planned(pattern: Pattern, number: int, year: int) -> Iterator[dt.date]:
    """The days a rule names, before any is moved: every month's ``number``, or every week's (1 Monday)."""
    if pattern is Pattern.MONTH_DAY:
        yield from (dt.date(year, month, number) for month in range(1, 13))
        return
    day = dt.date(year, 1, 1)
    day += ONE_DAY * ((number - 1 - day.weekday()) % 7)
    while day.year == year:
        yield day
        day += 7 * ONE_DAY


def dates(
    pattern: Pattern, number: int, rolled: bool, year: int, calendar: Calendar
) -> list[tuple[dt.date, dt.date]]:
    """(as the rule names it, as it takes place): rolled forward over rest days where the rule says so.

    A weekly day that would roll onto the next one, or past it, is dropped: that week has one reception, not two.
    """
    if not rolled:
        return [(day, day) for day in planned(pattern, number, year)]
    found = [(day, calendar.roll_forward(day)) for day in planned(pattern, number, year)]
    return [(day, moved) for day, moved in found if pattern is not Pattern.WEEKDAY or moved < day + WEEK]


def generate(year: int) -> int:
    """Add the year's missing days, and let those nobody edited follow rule and holidays; returns how many are new."""
    rules = db.session.scalars(sa.select(ReceptionRule).where(ReceptionRule.active)).all()
    count = 0
    for rule in rules:
        made = sa.select(ReceptionDay).where(ReceptionDay.rule_id == rule.id)
        known = {day.planned_for: day for day in db.session.scalars(made)}
        wanted = dates(rule.pattern, rule.number, rule.rolled, year, clocks.calendar())
        for named in set(planned(rule.pattern, rule.number, year)) - {named for named, _day in wanted}:
            if named in known and not known[named].edited:
                known[named].cancelled = True
        for named, day in wanted:
            if named in known:
                if not known[named].edited:
                    known[named].day, known[named].cancelled = day, False
            else:
                db.session.add(
                    ReceptionDay(rule=rule, planned_for=named, day=day, duty=rule.duty, visit=rule.visit,
                                 who=rule.who, hours=rule.hours, place=rule.place)
                )  # fmt: skip
                count += 1
    db.session.flush()
    return count


def follow() -> None:
    """Holidays were published or changed: the days that stand, and nobody edited, follow."""
    years = {day.year for day in db.session.scalars(sa.select(ReceptionDay.planned_for)) if day is not None}
    for year in sorted(year for year in years if year >= moment.today().year):
        generate(year)


calendar_changed.connect(lambda _session: follow(), weak=False)


def arranged_on(day: dt.date) -> list[Reception]:
    """Receptions that are to take place on a day, within the reader's reach."""
    query = sa.select(Reception).where(
        Reception.meets_on == day, Reception.state.in_((R.ARRANGED, R.INVITED))
    )
    return list(db.session.scalars(query.order_by(Reception.id)))


def next_reception(after: dt.date) -> ReceptionDay | None:
    """The next day leaders receive."""
    query = sa.select(ReceptionDay).where(
        ReceptionDay.duty == Duty.RECEPTION, ReceptionDay.day > after, sa.not_(ReceptionDay.cancelled)
    )
    return db.session.scalars(query.order_by(ReceptionDay.day, ReceptionDay.id).limit(1)).first()


def reception_week(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last reception day of the day's week: Tuesday and Thursday, where the setting is S002's."""
    monday = day - ONE_DAY * day.weekday()
    days = sorted(int(number) for number in settings.text("reception_weekdays").split(","))
    return monday + ONE_DAY * (days[0] - 1), monday + ONE_DAY * (days[-1] - 1)
