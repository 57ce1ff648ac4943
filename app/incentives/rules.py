"""Pure rules of the notice: rates, months and verdicts. No session, no request, no clock of their own."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

from app.incentives.enums import Verdict, Window

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_CENT = Decimal("0.01")


def percent(part: int, whole: int) -> Decimal | None:
    """``part`` of ``whole`` in percent, two decimals, half up; None where there is nothing to divide by.

    Reproduces the published figures (S004: 700 of 732 is 95.63, 678 of 700 is 96.86; S002: 586 of 598 is 97.99).
    Raises ValueError for a negative number.
    """
    if part < 0 or whole < 0:
        raise ValueError("a number of cases cannot be negative")
    if whole == 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(_CENT, ROUND_HALF_UP)


def participation_rate(evaluated: int, overdue: int) -> Decimal | None:
    """参评率 (F4): evaluated / (evaluated + term over without evaluation). Silence is no satisfaction."""
    return percent(evaluated, evaluated + overdue)


def satisfaction_rate(satisfied: int, fairly: int, dissatisfied: int) -> Decimal | None:
    """满意率 (F5): (satisfied + fairly satisfied) / all three."""
    return percent(satisfied + fairly, satisfied + fairly + dissatisfied)


def month_span(month: str) -> tuple[dt.date, dt.date]:
    """First and last day of ``YYYY-MM``. Raises ValueError for anything else."""
    found = _MONTH.fullmatch(month)
    if found is None:
        raise ValueError(f"{month!r} is not a month like 2026-11")
    first = dt.date(int(found[1]), int(found[2]), 1)
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def month_of(day: dt.date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def month_before(day: dt.date) -> str:
    """The month one usually reports on: the one before ``day``'s."""
    return month_of(day.replace(day=1) - dt.timedelta(days=1))


def window_of(window: Window, started_on: dt.date, due: dt.date, stopped_on: dt.date | None) -> str | None:
    """The one month a clock counts in, or None while it has none (an open clock has no end)."""
    day = {Window.DUE: due, Window.STARTED: started_on, Window.STOPPED: stopped_on}[window]
    return month_of(day) if day is not None else None


def verdict(due: dt.date, stopped_on: dt.date | None, today: dt.date) -> tuple[Verdict, int]:
    """How a clock stands on ``today``, and by how many days: days to spare, or days late.

    In time is ended on or before the plain due date (F3: 办结时间 ≤ 限办截止时间). An end after ``today`` is not
    known yet.
    """
    if stopped_on is not None and stopped_on <= today:
        late = (stopped_on - due).days
        return (Verdict.LATE, late) if late > 0 else (Verdict.IN_TIME, -late)
    late = (today - due).days
    return (Verdict.OPEN_LATE, late) if late > 0 else (Verdict.NOT_DUE, -late)


def change(now: Decimal, before: Decimal) -> Decimal | None:
    """同比 in percent, two decimals, half up (F15): from 28 to 1 is -96.43; None where there was nothing before."""
    if before == 0:
        return None
    return ((now - before) * 100 / before).quantize(_CENT, ROUND_HALF_UP)


def a_year_before(day: dt.date) -> dt.date:
    """The same day of the year before; of 29 February the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
