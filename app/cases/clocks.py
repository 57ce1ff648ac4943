"""Clocks: the only place that computes a deadline. Steps start and stop them; queues, warnings and rates read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import g, has_app_context
from flask_babel import lazy_gettext as _l

from app.cases.enums import GONE, LegalPath
from app.cases.models import Case, Clock, ClockRule, ClockUnit, Suspension
from app.core import audit, settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import CalendarDay
from app.core.models import DayKind as RowKind
from app.core.workdays import Calendar, DayKind, Due, LedgerDay, Span, Unit, due, explain
from app.organisation.models import Officer
from app.organisation.models import Unit as OfficeUnit

_KINDS = {RowKind.HOLIDAY: DayKind.HOLIDAY, RowKind.MAKEUP: DayKind.MAKEUP}
SUSPENDABLE = "T10"
# owed after the case is closed, too: a call-back, looking after what was guided, the answer to advice, the report to
# the leader, what is packaged until it is struck off, what a consultation resolved
AFTER_THE_END = ("L7", "L9", "T12", "L_INS", "L_PKG", "L_OFF", "HZ")
_OPEN_END = dt.timedelta(days=366)
_UNITS = {ClockUnit.DAYS: Unit.DAYS, ClockUnit.WORKDAYS: Unit.WORKDAYS}


def calendar() -> Calendar:
    """The office's calendar from its rows; read once a request. A year counts as published when its New Year's Day is
    a holiday there: every notice begins with it, while a day of one's own (a flood, a festival) publishes nothing."""
    if has_app_context() and "calendar" in g:
        return g.calendar
    rows = db.session.execute(sa.select(CalendarDay.day, CalendarDay.kind, CalendarDay.name)).all()
    days = {day: (_KINDS[kind], name) for day, kind, name in rows}
    noticed = (
        day.year for day, kind, _name in rows if kind is RowKind.HOLIDAY and (day.month, day.day) == (1, 1)
    )
    made = Calendar(days, frozenset(noticed))
    g.calendar = made
    return made


def forget_calendar() -> None:
    g.pop("calendar", None)


def rule(code: str) -> ClockRule:
    """Raises NoResultFound for a code that no row has."""
    return db.session.execute(sa.select(ClockRule).where(ClockRule.code == code)).scalar_one()


def counted(started_on: dt.date, length: int, unit: ClockUnit, suspensions: Sequence[Span] = ()) -> Due:
    return due(started_on, length, _UNITS[unit], calendar(), suspensions)


def spans(clock: Clock) -> list[Span]:
    """The days a hearing takes out; one that is still open takes out all days to come (nothing falls due in it)."""
    return [(s.since, s.until or s.since + _OPEN_END) for s in clock.suspensions]


def explained(clock: Clock) -> list[LedgerDay]:
    """The day ledger behind a clock's dates."""
    return explain(
        clock.started_on, clock.length + clock.extended_by, _UNITS[clock.counted_in], calendar(), spans(clock)
    )


def start(
    case: Case,
    code: str,
    on: dt.date,
    step: Any,
    unit: OfficeUnit | None = None,
    officer: Officer | None = None,
    length: int | None = None,
    outside: bool = False,
) -> Clock:
    """Start a clock of that rule for the unit (default: the case's responsible unit); ``outside``: owed by a body
    above the district, by nobody here."""
    law = rule(code)
    length = law.length if length is None else length
    result = counted(on, length, law.unit)
    clock = Clock(
        case=case, rule=law, code=code, duty=law.duty, owner=None if outside else unit or case.unit, officer=officer,
        started_on=on, length=length, counted_in=law.unit, due_stat=result.stat, due_legal=result.legal,
        certain=result.certain, started_by_id=step.id,
    )  # fmt: skip
    db.session.add(clock)
    return clock


def running(case: Case, *codes: str) -> list[Clock]:
    """Open clocks of a case; all codes when none or ``*`` is given."""
    return [c for c in case.clocks if c.stopped_on is None and (not codes or "*" in codes or c.code in codes)]


def stop(case: Case, codes: tuple[str, ...], on: dt.date, step: Any) -> None:
    for clock in running(case, *codes) if codes else []:
        clock.stopped_on, clock.stopped_by_id = on, step.id


def stop_one(clock: Clock, on: dt.date, step: Any) -> None:
    clock.stopped_on, clock.stopped_by_id = on, step.id


def end(case: Case, on: dt.date, step: Any) -> None:
    """The case has come to its end: its duties end. The petitioner's rights (review, evaluation) and what is owed
    afterwards run on, unless the matter itself is gone."""
    gone = case.state in GONE
    for clock in running(case):
        if gone or (clock.duty and clock.code not in AFTER_THE_END):
            clock.stopped_on, clock.stopped_by_id = on, step.id


def end_windows(before: dt.date) -> int:
    """Rights that were not used in time are over (objection, review, evaluation): the clock ends with its last day
    and no step. One conditional update, so that two jobs at once end each window once; returns how many."""
    rights = db.session.scalars(sa.select(ClockRule.code).where(sa.not_(ClockRule.duty))).all()
    table = Clock.__table__
    over = (
        table.update()
        .where(
            table.c.code.in_(rights),
            sa.not_(table.c.duty),
            table.c.stopped_on.is_(None),
            table.c.due_legal < before,
        )
        .values(stopped_on=table.c.due_legal)
        .returning(table.c.id)
    )
    ended = db.session.execute(over).scalars().all()
    for clock_id in ended:
        audit.note(db.session(), "window over", "clock", clock_id, {})
    return len(ended)


def anew(clock: Clock) -> Due:
    """When a clock is due by its facts and the calendar of now."""
    return counted(clock.started_on, clock.length + clock.extended_by, clock.counted_in, spans(clock))


def recount(clock: Clock) -> bool:
    """Count a clock anew from its facts; whether its dates moved."""
    result = anew(clock)
    moved = (clock.due_stat, clock.due_legal) != (result.stat, result.legal)
    clock.due_stat, clock.due_legal, clock.certain = result.stat, result.legal, result.certain
    return moved


def extend(clock: Clock, days: int) -> None:
    """Art. 34: the extension is counted on from the start, so 60 and 30 days are one run of 90."""
    clock.extended_by = days
    recount(clock)


def suspend(clock: Clock, since: dt.date, why: str) -> None:
    """A hearing takes its days out of the re-examination clock, and out of no other (art. 36 para 2)."""
    if clock.code != SUSPENDABLE:
        raise Refusal(_l("A hearing suspends only the time for re-examination (art. 36)."))
    if any(s.until is None for s in clock.suspensions):
        raise Refusal(_l("This clock is suspended already."))
    clock.suspensions.append(Suspension(case_id=clock.case_id, since=since, why=why))
    db.session.flush()  # the database lets a date move that has its reason
    recount(clock)


def resume(clock: Clock, until: dt.date) -> None:
    """The last day of the hearing; counting goes on the day after."""
    for suspension in clock.suspensions:
        if suspension.until is None:
            suspension.until = max(until, suspension.since)
    recount(clock)


def settle(case: Case) -> None:
    """The case shows its soonest duty; derived, kept for the index of the lists."""
    duties = [clock.due_legal for clock in running(case) if clock.duty]
    case.due_on = min(duties, default=None)


def main_code(case: Case) -> str:
    """The handling clock of a case: 60 days on C6 only; any other path has a local reminder, not a legal term."""
    return "T5" if case.legal_path is LegalPath.C6 else "L4"


def accepted_from(case: Case, today: dt.date) -> dt.date:
    """受理之日 of a transferred case: the notice, or the unit's receipt (not defined in R22: a setting)."""
    if settings.text("acceptance_counts_from") == "receipt":
        receipt = [clock.started_on for clock in case.clocks if clock.code in ("T2", "T3")]
        return max(receipt, default=today)
    return today
