"""Cases and their steps: state is led, steps follow from one another along the table, each with its kind's facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.cases import bulk, workflow
from app.cases.effects import LEADS
from app.cases.steps import Step
from app.verify.asking import cases, rows, steps


def states() -> Iterator[str]:
    """State is led, not set: it is where the last step led."""
    inner = bulk.STEPS.alias("inner_step")
    last = sa.select(sa.func.max(inner.c.id)).where(inner.c.case_id == cases.id).scalar_subquery()
    query = (
        sa.select(cases.number, cases.state, steps.to_state)
        .select_from(bulk.CASES.outerjoin(bulk.STEPS, steps.id == last))
        .where(sa.or_(steps.id.is_(None), steps.to_state != cases.state))
        .order_by(cases.id)
    )
    for number, state, led in rows(query):
        if led is None:
            yield f"case {number}: no step at all"
        else:
            yield f"case {number}: its state is {state.name}, its last step led to {led.name}"


def chain() -> Iterator[str]:
    """Each step begins where the one before it led; the first begins nowhere."""

    def before(column: Any) -> Any:
        return sa.func.lag(column, type_=column.type).over(partition_by=steps.case_id, order_by=steps.id)

    linked = sa.select(
        steps.id, steps.case_id, steps.from_state, before(steps.to_state).label("led"),
        before(steps.taken_at).label("before"), steps.taken_at,
    ).subquery()  # fmt: skip
    query = (
        sa.select(
            cases.number, linked.c.id, linked.c.from_state, linked.c.led, linked.c.before, linked.c.taken_at
        )
        .join(bulk.CASES, cases.id == linked.c.case_id)
        .where(
            sa.or_(linked.c.from_state.is_distinct_from(linked.c.led), linked.c.taken_at < linked.c.before)
        )
        .order_by(linked.c.id)
    )
    for number, step, start, led, earlier, at in rows(query):
        if start is not led:
            words = [state.name if state is not None else "nothing" for state in (start, led)]
            yield f"case {number}: step {step} begins at {words[0]}, the one before it led to {words[1]}"
        else:
            yield f"case {number}: step {step} of {at} comes after one of {earlier}"


def moves() -> Iterator[str]:
    """Every step is one the transition table has."""
    query = sa.select(steps.kind, steps.from_state, steps.to_state, sa.func.min(steps.id), sa.func.count())
    for kind, start, led, example, count in rows(
        query.group_by(steps.kind, steps.from_state, steps.to_state)
    ):
        move, first = workflow.MOVES.get(kind), workflow.FIRST.get(kind)
        stays = move is not None and move.to is None and kind not in LEADS
        lawful = (
            (first is not None and start is None and led in first)
            or (move is not None and start in move.from_ and led in move.targets and (not stays or led is start))
        )  # fmt: skip
        if not lawful:
            begins = start.name if start is not None else "nothing"
            yield f"{count} steps (as {example}): {kind} never leads from {begins} to {led.name}"


def kinds() -> Iterator[str]:
    """Every step has the facts of its kind, and of no other."""
    for mapper in sa.inspect(Step).self_and_descendants:
        table, kind = mapper.local_table, mapper.polymorphic_identity
        if table is bulk.STEPS:
            continue
        own = sa.select(steps.id).where(
            steps.kind == kind, sa.not_(sa.exists().where(table.c.id == steps.id))
        )
        for (step,) in rows(own.order_by(steps.id)):
            yield f"step {step}: the facts of {kind} are missing"
        alien = sa.select(steps.id, steps.kind).join(table, table.c.id == steps.id).where(steps.kind != kind)
        for step, other in rows(alien.order_by(steps.id)):
            yield f"step {step}: is {other}, but has the facts of {kind}"
    known = [mapper.polymorphic_identity for mapper in sa.inspect(Step).self_and_descendants]
    for step, kind in rows(sa.select(steps.id, steps.kind).where(steps.kind.not_in(known))):
        yield f"step {step}: there is no kind {kind}"
