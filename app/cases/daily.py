"""日清日结, 月结月清, 年内清零: pure rules and the lists made of them (domain.md §2.4, S003, S004)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from app.cases import clocks
from app.cases.enums import OPEN, MatterKind
from app.cases.first import is_first
from app.cases.models import Case
from app.core import settings
from app.core.workdays import Calendar


def day_of(registered: dt.datetime, closing: dt.time, calendar: Calendar) -> dt.date:
    """The day a petition belongs to: after closing time, and on rest days, the next working day."""
    day = registered.date()
    if registered.time() >= closing:
        day += dt.timedelta(days=1)
    return calendar.roll_forward(day)


@dataclass(frozen=True)
class DayFacts:
    """The three facts of the day, each done in time or not."""

    sent: bool
    supervised: bool
    packaged: bool

    @property
    def clear(self) -> bool:
        return self.sent and self.supervised and self.packaged

    def missing(self) -> str:
        words = (
            (self.sent, _("forwarding")),
            (self.supervised, _("supervising leader")),
            (self.packaged, _("unit's leader")),
        )
        return "、".join(word for done, word in words if not done)


def facts(case: Case) -> DayFacts:
    """Which of the three were done by the day the petition belongs to."""
    day = day_of(case.registered_at, closing_time(), clocks.calendar())

    def in_time(done: dt.date | None) -> bool:
        return done is not None and done <= day

    return DayFacts(in_time(case.sent_on), in_time(case.supervising_on), in_time(case.package_on))


def closing_time() -> dt.time:
    return dt.time.fromisoformat(settings.text("closing_time"))


def unclear_today(today: dt.date) -> sa.ColumnElement[bool]:
    """First petitions of the last days of which something of the day is still missing."""
    missing = sa.or_(Case.sent_on.is_(None), Case.supervising_on.is_(None), Case.package_on.is_(None))
    since = dt.datetime.combine(today - dt.timedelta(days=10), dt.time())
    return sa.and_(
        is_first(),
        Case.kind != MatterKind.ACCUSATION,
        Case.state.in_(OPEN),
        Case.registered_at >= since,
        missing,
    )


def open_of_month(today: dt.date) -> sa.ColumnElement[bool]:
    """月结月清: new petitions of this month that are not closed."""
    first = dt.datetime.combine(today.replace(day=1), dt.time())
    return sa.and_(is_first(), Case.state.in_(OPEN), Case.registered_at >= first)


def open_repeats_of_year(today: dt.date) -> sa.ColumnElement[bool]:
    """年内清零: repeated petitions that are open this year."""
    return sa.and_(sa.not_(is_first()), Case.state.in_(OPEN))
