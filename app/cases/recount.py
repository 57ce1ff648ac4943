"""When the calendar changes, open clocks are counted anew, and each change is recorded with its reason.

It hangs on the session, so that a day added on the page, by import or by interface has the same effect, in the same
transaction.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, joinedload, selectinload

from app.cases import clocks
from app.cases.models import Clock, ClockChange
from app.core import moment
from app.core.models import CalendarDay
from app.core.scope import seeing_all


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
    moved = 0
    with seeing_all("the calendar changed: open clocks are counted anew"):
        running = (
            sa.select(Clock)
            .where(Clock.stopped_on.is_(None))
            .options(selectinload(Clock.suspensions), joinedload(Clock.case))
        )
        for clock in session.scalars(running).unique().all():
            old = clock.due_stat, clock.due_legal
            if not clocks.recount(clock):
                continue
            moved += 1
            session.add(
                ClockChange(
                    case_id=clock.case_id, clock=clock, at=moment.now(), old_stat=old[0], old_legal=old[1],
                    new_stat=clock.due_stat, new_legal=clock.due_legal, why=why,
                )
            )  # fmt: skip
            clocks.settle(clock.case)
        session.flush()
    return moved


def watch(session_factory: Any) -> None:
    """Before the audit listener, so that the changes stand in the trail of the same transaction."""
    event.listen(
        session_factory, "before_flush", lambda session, context, _instances: _notice(session, context)
    )
    event.listen(session_factory, "before_commit", _before_commit)
