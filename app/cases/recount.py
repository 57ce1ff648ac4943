"""When the calendar changes, open clocks are counted anew, and each change is recorded with its reason.

It hangs on the session, so that a day added on the page, by import or by interface has the same effect, in the same
transaction.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from blinker import Signal
from sqlalchemy import event
from sqlalchemy.orm import Session, joinedload, selectinload

from app.cases import clocks
from app.cases.models import Clock, ClockChange
from app.core import moment
from app.core.models import CalendarDay
from app.core.scope import seeing_all

calendar_changed = Signal(
    "Working days changed, in the same transaction; rooms above let their dates follow."
)


def _notice(session: Session, _context: Any) -> None:
    changed = {
        row.source or row.name
        for row in (*session.new, *session.dirty, *session.deleted)
        if isinstance(row, CalendarDay)
    }
    if changed:
        session.info.setdefault("calendar_changed", set()).update(changed)


def _before_commit(session: Session) -> None:
    session.flush()
    sources = session.info.pop("calendar_changed", None)
    if sources:
        recount_open(session, "；".join(sorted(sources))[:120])


def recount_open(session: Session, why: str) -> int:
    """Count every open clock anew; returns how many moved. Cases keep their soonest duty in step."""
    clocks.forget_calendar()
    with seeing_all("the calendar changed: open clocks are counted anew"):
        running = (
            sa.select(Clock)
            .where(Clock.stopped_on.is_(None))
            .options(selectinload(Clock.suspensions), joinedload(Clock.case))
        )
        opened = session.scalars(running).unique().all()
        moved = [clock for clock in opened if clocks.anew(clock)[:2] != (clock.due_stat, clock.due_legal)]
        for clock in moved:
            due = clocks.anew(clock)
            session.add(
                ClockChange(
                    case_id=clock.case_id, clock=clock, at=moment.now(), old_stat=clock.due_stat,
                    old_legal=clock.due_legal, new_stat=due.stat, new_legal=due.legal, why=why,
                )
            )  # fmt: skip
        session.flush()  # the database lets a date move that has its record
        for clock in opened:
            clocks.recount(clock)
        for case in {clock.case for clock in moved}:
            clocks.settle(case)
        session.flush()
        calendar_changed.send(session)
        session.flush()
    return len(moved)


def watch(session_factory: Any) -> None:
    """Before the audit listener, so that the changes stand in the trail of the same transaction."""
    event.listen(
        session_factory, "before_flush", lambda session, context, _instances: _notice(session, context)
    )
    event.listen(session_factory, "before_commit", _before_commit)
