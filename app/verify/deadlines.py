"""Clocks: started and ended by the steps that do, counted right, extended only by a ruling, shown on their case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.cases import bulk, workflow
from app.cases.clocks import AFTER_THE_END, anew
from app.cases.enums import ENDED, GONE, State
from app.cases.models import Clock, ClockUnit, Suspension
from app.cases.steps import ExtensionRuling
from app.core.db import db
from app.verify.asking import cases, clocks, rows, steps


def stops() -> Iterator[str]:
    """A duty ends by a step of its case, at the latest with the case; a right may also end with its last day."""
    by, started = bulk.STEPS.alias("by"), bulk.STEPS.alias("started")
    owed = sa.and_(clocks.duty, clocks.code.not_in(AFTER_THE_END))
    window = sa.and_(sa.not_(clocks.duty), clocks.stopped_on == clocks.due_legal)
    wrong = sa.or_(
        sa.and_(clocks.stopped_on.is_not(None), clocks.stopped_by_id.is_(None), sa.not_(window)),
        sa.and_(clocks.stopped_on.is_(None), clocks.stopped_by_id.is_not(None)),
        by.c.case_id != clocks.case_id,
        started.c.case_id != clocks.case_id,
        clocks.stopped_by_id < clocks.started_by_id,
        sa.and_(
            clocks.stopped_on.is_(None), sa.or_(cases.state.in_(GONE), sa.and_(cases.state.in_(ENDED), owed))
        ),
    )
    query = (
        sa.select(clocks.id, clocks.code, cases.number, clocks.stopped_on, clocks.stopped_by_id, by.c.case_id,
                  started.c.case_id, cases.id)
        .join(bulk.CASES, cases.id == clocks.case_id)
        .outerjoin(by, by.c.id == clocks.stopped_by_id)
        .outerjoin(started, started.c.id == clocks.started_by_id)
        .where(wrong)
        .order_by(clocks.id)
    )  # fmt: skip
    for clock, code, number, stopped, step, by_case, started_case, case in rows(query):
        name = f"clock {clock} ({code}) of case {number}"
        if by_case not in (None, case) or started_case not in (None, case):
            yield f"{name}: started or ended by a step of another case"
        elif stopped is None and step is None:
            yield f"{name}: runs although the case has ended"
        elif stopped is None:
            yield f"{name}: a step ended it, but it runs"
        elif step is None:
            yield f"{name}: ended on {stopped} by no step"
        else:
            yield f"{name}: ended by a step before the one that started it"


# T5 on path C6, a reminder on the others; T2 where the registering organ may itself accept
EITHER = {"T5": ("T5", "L4"), workflow.FIRST_CLOCK: workflow.FIRST_CLOCKS}


def starts() -> Iterator[str]:
    """Every step that sets a clock going has done so; a deleted clock leaves its step behind."""
    begins = {kind: move.starts for kind, move in workflow.MOVES.items()}
    for kind, codes in (begins | {"registration": (workflow.FIRST_CLOCK,)}).items():
        for code in codes:
            if code == "T7":
                continue  # the right of review: on path C6 only
            # by its case as well: that column has an index
            mine = (
                clocks.case_id == steps.case_id,
                clocks.started_by_id == steps.id,
                clocks.code.in_(EITHER.get(code, (code,))),
            )
            has = sa.exists().where(*mine)
            query = (
                sa.select(steps.id, cases.number)
                .join(bulk.CASES, cases.id == steps.case_id)
                .where(steps.kind == kind, sa.not_(has))
                .order_by(steps.id)
            )
            if (kind, code) == ("review_opinion", "L2"):  # a revoked opinion goes back to the unit at once
                query = query.where(steps.to_state == State.REVIEWED)
            for step, number in rows(query):
                yield f"case {number}: step {step} ({kind}) has no clock {code}"


def dues() -> Iterator[str]:
    """Plain days need no calendar: start and length give the day of assessment, extensions included. Hearings take
    days out (art. 36): those clocks are few and counted anew."""
    seen = (clocks.started_on, clocks.length, clocks.extended_by, clocks.due_stat)
    suspended = sa.exists().where(Suspension.clock_id == clocks.id)
    query = (
        sa.select(*seen, sa.func.min(clocks.id))
        .where(clocks.counted_in == ClockUnit.DAYS, sa.not_(suspended))
        .group_by(*seen)
    )
    for started, length, extended, due, example in rows(query):
        right = started + dt.timedelta(days=length + extended)
        if due != right:
            yield f"clock {example}: due {due}, but {length + extended} days from {started} are {right}"
    for clock in db.session.scalars(sa.select(Clock).where(Clock.suspensions.any()).order_by(Clock.id)):
        counted = anew(clock)
        if (clock.due_stat, clock.due_legal) != (counted.stat, counted.legal):
            yield f"clock {clock.id}: due {clock.due_stat}, but without the days of the hearing it is {counted.stat}"


def extensions() -> Iterator[str]:
    """No time was extended without the ruling that says so (art. 34)."""
    ruling: Any = ExtensionRuling.__table__
    ruled = (
        sa.select(sa.func.sum(ruling.c.days))
        .join(bulk.STEPS, steps.id == ruling.c.id)
        .where(
            steps.case_id == clocks.case_id,
            steps.id > clocks.started_by_id,  # a revoked opinion is given anew, with a time of its own
            sa.or_(clocks.stopped_by_id.is_(None), steps.id < clocks.stopped_by_id),
            ruling.c.approved,
        )
        .scalar_subquery()
    )
    query = (
        sa.select(clocks.id, cases.number, clocks.extended_by)
        .join(bulk.CASES, cases.id == clocks.case_id)
        .where(clocks.extended_by > 0, clocks.extended_by.is_distinct_from(ruled))
    )
    for clock, number, days in rows(query):
        yield f"clock {clock} of case {number}: extended by {days} days without such a ruling"


def shown_dues() -> Iterator[str]:
    """The deadline a case shows is that of its soonest duty."""
    soonest = (
        sa.select(sa.func.min(clocks.due_legal))
        .where(clocks.case_id == cases.id, clocks.stopped_on.is_(None), clocks.duty)
        .scalar_subquery()
    )
    query = sa.select(cases.number, cases.due_on, soonest).where(cases.due_on.is_distinct_from(soonest))
    for number, shown, due in rows(query.order_by(cases.id)):
        yield f"case {number}: shows the deadline {shown}, its soonest duty ends {due}"
