"""What must hold in the database and the files, whatever happened in between: each finding is one sentence.

Asked in sets, not row by row, so that a million cases take seconds. Reads only, in one snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from app.cases import bulk, workflow
from app.cases.enums import ENDED
from app.cases.models import ClockUnit
from app.cases.steps import ExtensionRuling, Step
from app.core import audit, files
from app.core.db import db, only_reading
from app.core.scope import seeing_all
from app.documents.models import Document, DocumentState, NumberSeries
from app.documents.numbers import written

SHOWN = 20  # findings of one kind: the twenty-first says no more than the first

cases, steps, clocks = bulk.CASES.c, bulk.STEPS.c, bulk.CLOCKS.c
papers, series = Document.__table__.c, NumberSeries.__table__.c


def findings(told: Callable[[str], None] = lambda _line: None) -> list[str]:
    """Everything that does not hold. ``told`` hears what is being looked at."""
    found: list[str] = []
    with only_reading(), seeing_all("the portal is verified"):
        for title, check in CHECKS:
            told(title)
            sentences = list(check())
            found += sentences[:SHOWN]
            if len(sentences) > SHOWN:
                found.append(f"{title}: {len(sentences) - SHOWN} more of this kind")
    return found


def _rows(query: Any) -> Any:
    return db.session.execute(query)


# ---- papers --------------------------------------------------------------------------------------------------------


def _numbers() -> Iterator[str]:
    """Gap-free and never doubled, per series and year, up to the last number given (domain.md 3.1)."""
    given: dict[tuple[str, int], list[int]] = {}
    query = sa.select(papers.id, papers.sign, papers.year, papers.serial, papers.number).where(
        papers.number != ""
    )
    for paper, sign, year, serial, number in _rows(query.order_by(papers.sign, papers.year, papers.serial)):
        if sign is None or year is None or serial is None or number != written(sign, year, serial):
            yield f"document {paper}: number {number} is not the one of its series ({sign} {year} {serial})"
        else:
            given.setdefault((sign, year), []).append(serial)
    last = {
        (sign, year): number for sign, year, number in _rows(sa.select(series.sign, series.year, series.last))
    }
    for sign, year in sorted(given.keys() | {key for key in last if key[0] != bulk.CASE_SERIES}):
        serials, end = given.get((sign, year), []), last.get((sign, year))
        if end is None:
            yield f"series {sign} {year}: {len(serials)} documents, but no register of numbers"
            continue
        doubled = (
            sorted({n for n in serials if serials.count(n) > 1}) if len(set(serials)) < len(serials) else []
        )
        missing = sorted(set(range(1, end + 1)) - set(serials))
        beyond = sorted(n for n in set(serials) if n > end)
        for word, numbers in (("doubled", doubled), ("missing", missing), ("beyond the register", beyond)):
            if numbers:
                yield f"series {sign} {year}: {word}: {', '.join(map(str, numbers[:SHOWN]))}"


def _case_numbers() -> Iterator[str]:
    """No case has a number that its month's register has not given yet."""
    month = sa.func.substr(cases.number, len(bulk.CASE_SERIES) + 1, 6)
    query = (
        sa.select(
            month, sa.func.max(sa.cast(sa.func.substr(cases.number, len(bulk.CASE_SERIES) + 7), sa.Integer))
        )
        .where(sa.not_(cases.imported), cases.number.regexp_match(f"^{bulk.CASE_SERIES}[0-9]+$"))
        .group_by(month)
    )
    last = dict(_rows(sa.select(series.year, series.last).where(series.sign == bulk.CASE_SERIES)).all())
    for found, highest in _rows(query):
        if highest > last.get(int(found), 0):
            yield f"case number {bulk.CASE_SERIES}{found}{highest:04d} is beyond the register"


def _papers() -> Iterator[str]:
    """A signed paper is a file that is still the one that was signed."""
    query = sa.select(papers.id, papers.number, papers.state, papers.digest).order_by(papers.id)
    for paper, number, state, digest in _rows(query):
        name = f"document {paper} {number}".strip()
        if digest is None:
            if state != DocumentState.DRAFT:
                yield f"{name}: signed, but without a file"
            continue
        try:
            files.get(digest)
        except FileNotFoundError:
            yield f"{name}: its file is missing"
        except (ValueError, OSError):
            yield f"{name}: its file is not the one that was signed"


# ---- cases ---------------------------------------------------------------------------------------------------------


def _states() -> Iterator[str]:
    """State is led, not set: it is where the last step led."""
    inner = bulk.STEPS.alias("inner_step")
    last = sa.select(sa.func.max(inner.c.id)).where(inner.c.case_id == cases.id).scalar_subquery()
    query = (
        sa.select(cases.number, cases.state, steps.to_state)
        .select_from(bulk.CASES.outerjoin(bulk.STEPS, steps.id == last))
        .where(sa.or_(steps.id.is_(None), steps.to_state != cases.state))
        .order_by(cases.id)
    )
    for number, state, led in _rows(query):
        if led is None:
            yield f"case {number}: no step at all"
        else:
            yield f"case {number}: its state is {state.name}, its last step led to {led.name}"


def _chain() -> Iterator[str]:
    """Each step begins where the one before it led; the first begins nowhere."""

    def before(column: Any) -> Any:
        return sa.func.lag(column).over(partition_by=steps.case_id, order_by=steps.id)

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
    for number, step, start, led, earlier, at in _rows(query):
        if start is not led:
            words = [state.name if state is not None else "nothing" for state in (start, led)]
            yield f"case {number}: step {step} begins at {words[0]}, the one before it led to {words[1]}"
        else:
            yield f"case {number}: step {step} of {at} comes after one of {earlier}"


def _moves() -> Iterator[str]:
    """Every step is one the transition table has."""
    query = sa.select(steps.kind, steps.from_state, steps.to_state, sa.func.min(steps.id), sa.func.count())
    for kind, start, led, example, count in _rows(
        query.group_by(steps.kind, steps.from_state, steps.to_state)
    ):
        move, first = workflow.MOVES.get(kind), workflow.FIRST.get(kind)
        stays = move is not None and move.to is None
        lawful = (
            (first is not None and start is None and led in first)
            or (move is not None and start in move.from_ and led in move.targets and (not stays or led is start))
        )  # fmt: skip
        if not lawful:
            begins = start.name if start is not None else "nothing"
            yield f"{count} steps (as {example}): {kind} never leads from {begins} to {led.name}"


def _kinds() -> Iterator[str]:
    """Every step has the facts of its kind, and of no other."""
    for mapper in sa.inspect(Step).self_and_descendants:
        table, kind = mapper.local_table, mapper.polymorphic_identity
        if table is bulk.STEPS:
            continue
        own = sa.select(steps.id).where(
            steps.kind == kind, sa.not_(sa.exists().where(table.c.id == steps.id))
        )
        for (step,) in _rows(own.order_by(steps.id)):
            yield f"step {step}: the facts of {kind} are missing"
        alien = sa.select(steps.id, steps.kind).join(table, table.c.id == steps.id).where(steps.kind != kind)
        for step, other in _rows(alien.order_by(steps.id)):
            yield f"step {step}: is {other}, but has the facts of {kind}"
    known = [mapper.polymorphic_identity for mapper in sa.inspect(Step).self_and_descendants]
    for step, kind in _rows(sa.select(steps.id, steps.kind).where(steps.kind.not_in(known))):
        yield f"step {step}: there is no kind {kind}"


# ---- clocks --------------------------------------------------------------------------------------------------------


def _stops() -> Iterator[str]:
    """A duty ends by a step of its case; a right may also end with its last day."""
    by, started = bulk.STEPS.alias("by"), bulk.STEPS.alias("started")
    window = sa.and_(sa.not_(clocks.duty), clocks.stopped_on == clocks.due_legal)
    wrong = sa.or_(
        sa.and_(clocks.stopped_on.is_not(None), clocks.stopped_by_id.is_(None), sa.not_(window)),
        sa.and_(clocks.stopped_on.is_(None), clocks.stopped_by_id.is_not(None)),
        by.c.case_id != clocks.case_id,
        started.c.case_id != clocks.case_id,
        clocks.stopped_by_id < clocks.started_by_id,
        sa.and_(clocks.stopped_on.is_(None), cases.state.in_(ENDED)),
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
    for clock, code, number, stopped, step, by_case, started_case, case in _rows(query):
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


def _dues() -> Iterator[str]:
    """Plain days need no calendar: start and length give the day of assessment, extensions included."""
    seen = (clocks.started_on, clocks.length, clocks.extended_by, clocks.due_stat)
    query = (
        sa.select(*seen, sa.func.min(clocks.id)).where(clocks.counted_in == ClockUnit.DAYS).group_by(*seen)
    )
    for started, length, extended, due, example in _rows(query):
        right = started + dt.timedelta(days=length + extended)
        if due != right:
            yield f"clock {example}: due {due}, but {length + extended} days from {started} are {right}"


def _extensions() -> Iterator[str]:
    """No time was extended without the ruling that says so (art. 34)."""
    ruling: Any = ExtensionRuling.__table__
    ruled = (
        sa.select(sa.func.sum(ruling.c.days))
        .join(bulk.STEPS, steps.id == ruling.c.id)
        .where(steps.case_id == clocks.case_id, ruling.c.approved)
        .scalar_subquery()
    )
    query = (
        sa.select(clocks.id, cases.number, clocks.extended_by)
        .join(bulk.CASES, cases.id == clocks.case_id)
        .where(clocks.extended_by > 0, clocks.extended_by.is_distinct_from(ruled))
    )
    for clock, number, days in _rows(query):
        yield f"clock {clock} of case {number}: extended by {days} days without such a ruling"


def _shown_dues() -> Iterator[str]:
    """The deadline a case shows is that of its soonest duty."""
    soonest = (
        sa.select(sa.func.min(clocks.due_legal))
        .where(clocks.case_id == cases.id, clocks.stopped_on.is_(None), clocks.duty)
        .scalar_subquery()
    )
    query = sa.select(cases.number, cases.due_on, soonest).where(cases.due_on.is_distinct_from(soonest))
    for number, shown, due in _rows(query.order_by(cases.id)):
        yield f"case {number}: shows the deadline {shown}, its soonest duty ends {due}"


def _trail() -> Iterator[str]:
    yield from audit.broken_links(db.session())


CHECKS: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
    ("audit trail", _trail),
    ("document numbers", _numbers),
    ("case numbers", _case_numbers),
    ("files of papers", _papers),
    ("states of cases", _states),
    ("order of steps", _chain),
    ("steps of the table", _moves),
    ("facts of steps", _kinds),
    ("ends of clocks", _stops),
    ("deadlines", _dues),
    ("extensions", _extensions),
    ("shown deadlines", _shown_dues),
)
