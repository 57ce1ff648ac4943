"""Counting days: working days, rest days and due dates.

The Regulation on Petition Work (R22) sets its limits in days without saying how a day is counted. The usual
legal reading is the Civil Code: art. 201, the day it starts on does not count; art. 203, a last day that is a
rest day moves to the next working day. Statistics count plainly, without that move. So due dates come in two.

Nothing here has a clock or a session: the calendar and "today" are arguments.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

ONE_DAY = timedelta(days=1)
SATURDAY = 5
NEW_YEAR_REACH = timedelta(days=3)
"""A notice for a year has ruled over days back to 29 December of the year before (2007, 2018)."""

Span = tuple[date, date]
"""A stretch of days, first and last included."""


class DayKind(enum.StrEnum):
    WORKDAY = "workday"
    REST = "rest"  # a plain weekend day
    HOLIDAY = "holiday"  # off by the State Council's yearly notice, weekends inside it too
    MAKEUP = "makeup"  # a weekend day worked by the same notice

    @property
    def worked(self) -> bool:
        return self in (DayKind.WORKDAY, DayKind.MAKEUP)


class Unit(enum.StrEnum):
    DAYS = "days"
    WORKDAYS = "workdays"


class Why(enum.StrEnum):
    """Why a day of a ledger counts or not. The first four are the day's own kind."""

    WORKDAY = "workday"
    REST = "rest"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"
    START = "start"  # Civil Code art. 201: the day it starts on does not count
    SUSPENDED = "suspended"  # for example a hearing in the second review, R22 art. 36
    ROLLED = "rolled"  # Civil Code art. 203: past the last day, towards the next working day


class LedgerDay(NamedTuple):
    """One line of the answer to "why this due date?"."""

    day: date
    counted: bool
    why: Why
    name: str
    """The holiday's name where it has one, else empty."""


class Due(NamedTuple):
    """When something is due."""

    stat: date
    """The plain date, for assessment."""
    legal: date
    """The same, moved on to a working day, for saying that something is late in law."""
    certain: bool
    """False while a year it depends on has no published holidays: then only weekends are known to rest."""


@dataclass(frozen=True, eq=False)
class Calendar:
    """Which days are worked: weekdays, unless `days` says otherwise.

    `days` gives kind and name (or source note) of the days that differ; `years` those with a notice.
    """

    days: Mapping[date, tuple[DayKind, str]] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", MappingProxyType(dict(self.days)))
        object.__setattr__(self, "years", frozenset(self.years))

    def kind(self, day: date) -> DayKind:
        listed = self.days.get(day)
        if listed:
            return listed[0]
        return DayKind.REST if day.weekday() >= SATURDAY else DayKind.WORKDAY

    def name(self, day: date) -> str:
        listed = self.days.get(day)
        return listed[1] if listed else ""

    def is_workday(self, day: date) -> bool:
        return self.kind(day).worked

    def published(self, year: int) -> bool:
        return year in self.years

    def add_days(self, start: date, n: int, suspensions: Sequence[Span] = ()) -> date:
        """The `n`th day after `start`, leaving out suspended days."""
        return _nth_day(self, start, n, Unit.DAYS, suspensions)

    def add_workdays(self, start: date, n: int, suspensions: Sequence[Span] = ()) -> date:
        """The `n`th working day after `start`, leaving out suspended days."""
        return _nth_day(self, start, n, Unit.WORKDAYS, suspensions)

    def roll_forward(self, day: date, suspensions: Sequence[Span] = ()) -> date:
        """`day`, or the first working day after it that is not suspended."""
        while not self.is_workday(day) or _suspended(day, suspensions):
            day += ONE_DAY
        return day

    def workdays_between(self, after: date, until: date) -> int:
        """Working days in (`after`, `until`]; 0 when `until` is not later."""
        return sum(self.is_workday(after + timedelta(days=i)) for i in range(1, (until - after).days + 1))

    def day_ledger(
        self, start: date, end: date, unit: Unit = Unit.DAYS, suspensions: Sequence[Span] = ()
    ) -> list[LedgerDay]:
        """Every day from `start` (which never counts) to `end`, each with whether and why it counts."""
        lines = [LedgerDay(start, False, Why.START, self.name(start))]
        for offset in range(1, (end - start).days + 1):
            day = start + timedelta(days=offset)
            suspended = _suspended(day, suspensions)
            why = Why.SUSPENDED if suspended else Why(self.kind(day).value)
            counted = not suspended and (unit is Unit.DAYS or self.is_workday(day))
            lines.append(LedgerDay(day, counted, why, self.name(day)))
        return lines


def _suspended(day: date, suspensions: Sequence[Span]) -> bool:
    return any(first <= day <= last for first, last in suspensions)


def _nth_day(calendar: Calendar, start: date, n: int, unit: Unit, suspensions: Sequence[Span]) -> date:
    if n < 0:
        raise ValueError("a time limit cannot be negative")
    if unit is Unit.DAYS and not suspensions:
        return start + timedelta(days=n)
    day = start
    while n:
        day += ONE_DAY
        if _suspended(day, suspensions) or (unit is Unit.WORKDAYS and not calendar.is_workday(day)):
            continue
        n -= 1
    return day


def due(start: date, length: int, unit: Unit, calendar: Calendar, suspensions: Sequence[Span] = ()) -> Due:
    """When `length` days or working days after `start` are over; 0 is the same day, as far as it is worked.

    Raises ValueError for a negative length.
    """
    if unit is Unit.WORKDAYS:
        last = _nth_day(calendar, start, length, unit, suspensions)
        stat = legal = last if length else calendar.roll_forward(last, suspensions)
        first_ruled = start
    else:
        stat = calendar.add_days(start, length, suspensions)
        legal = calendar.roll_forward(stat, suspensions)
        first_ruled = stat
    years = range(first_ruled.year, (legal + NEW_YEAR_REACH).year + 1)
    return Due(stat, legal, all(calendar.published(year) for year in years))


def explain(
    start: date, length: int, unit: Unit, calendar: Calendar, suspensions: Sequence[Span] = ()
) -> list[LedgerDay]:
    """The day ledger behind `due`, from `start` to the legal date; the days that count sum to `length`."""
    when = due(start, length, unit, calendar, suspensions)
    rolled_from = when.stat if length else start
    lines = calendar.day_ledger(start, when.legal, unit, suspensions)
    return [
        line._replace(counted=False, why=Why.ROLLED) if line.day > rolled_from else line for line in lines
    ]


def days_left(due: Due | date, today: date, unit: Unit, calendar: Calendar) -> int:
    """Days, or working days, from `today` to the due date: 0 on the last day, negative when late.

    A `Due` is judged by its legal date; give a date to judge by another. The first rest day after a
    working-day limit is already one late, though no working day has passed.
    """
    last = due.legal if isinstance(due, Due) else due
    if unit is Unit.DAYS:
        return (last - today).days
    if today > last:
        return -max(1, calendar.workdays_between(last, today))
    return calendar.workdays_between(today, last)
