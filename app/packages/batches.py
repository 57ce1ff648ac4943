"""Batches of cases with one term, and how far each is (S004: 120 closed with 28 agreements, 53 with 17)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases.enums import ENDED, GONE, MatterKind
from app.cases.models import Case
from app.cases.steps_outcome import Settling
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.packages.models import BatchItem, CaseBatch


@dataclass(frozen=True)
class Progress:
    """Of the cases within the reader's reach: how many, closed, settled, with an agreement signed; and how many went
    another way (withdrawn, merged, voided)."""

    cases: int = 0
    ended: int = 0
    settled: int = 0
    agreements: int = 0
    left: int = 0

    @property
    def open(self) -> int:
        return self.cases - self.ended - self.left

    @staticmethod
    def rate(part: int, whole: int) -> str:
        """Per cent with two decimals, half up; a dash where nothing is to be divided."""
        if not whole:
            return "—"
        value = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return f"{value}%"


def progress(batch: CaseBatch) -> Progress:
    return all_progress().get(batch.id, Progress())


def all_progress() -> dict[int, Progress]:
    """Every batch's, in one statement. A case is settled by the step that says so, wherever it went afterwards."""
    query = sa.select(BatchItem.batch_id, *_counts()).select_from(Case)
    rows = db.session.execute(
        query.join(BatchItem, BatchItem.case_id == Case.id).group_by(BatchItem.batch_id)
    )
    return {row[0]: Progress(*[int(value or 0) for value in row[1:]]) for row in rows}


def total() -> Progress:
    """Of all batches together; a case that stands in two counts once."""
    query = sa.select(*_counts()).select_from(Case).where(Case.id.in_(sa.select(BatchItem.case_id)))
    return Progress(*[int(value or 0) for value in db.session.execute(query).one()])


def _counts() -> list[Any]:
    def count(when: sa.ColumnElement[bool]) -> Any:
        return sa.func.sum(sa.case((when, 1), else_=0))

    settled = sa.select(Settling.id).where(Settling.case_id == Case.id)
    return [
        sa.func.count(Case.id), count(Case.state.in_(ENDED - GONE)), count(settled.exists()),
        count(settled.where(Settling.agreement).exists()), count(Case.state.in_(GONE)),
    ]  # fmt: skip


def late(on: dt.date) -> list[tuple[CaseBatch, int]]:
    """Batches whose common term is over while cases are open, with how many."""
    found = all_progress()
    batches = db.session.scalars(sa.select(CaseBatch).where(CaseBatch.due_on < on).order_by(CaseBatch.due_on))
    return [(batch, found[batch.id].open) for batch in batches if batch.id in found and found[batch.id].open]


def add_cases(batch: CaseBatch, numbers: str, today: dt.date) -> int:
    """Put cases into the batch by their numbers, one a line or separated by blanks; returns how many are new.

    Raises Refusal naming the numbers that no case within reach has.
    """
    wanted = list(
        dict.fromkeys(numbers.replace("，", " ").replace(",", " ").replace("、", " ").upper().split())
    )
    if not wanted:
        raise Refusal(_l("Give the numbers of the cases."), "numbers")
    found = {
        case.number: case
        for case in db.session.scalars(sa.select(Case).where(Case.number.in_(wanted)))
        if case.kind is not MatterKind.ACCUSATION
    }
    unknown = [number for number in wanted if number not in found]
    if unknown:
        raise Refusal(_l("No case has the number %(numbers)s.", numbers="、".join(unknown[:10])), "numbers")
    with seeing_all(f"cases are added to batch {batch.id}"), db.session.no_autoflush:
        known = set(db.session.scalars(sa.select(BatchItem.case_id).where(BatchItem.batch_id == batch.id)))
        fresh = [case for case in found.values() if case.id not in known]
        db.session.add_all(BatchItem(batch=batch, case=case, added_on=today) for case in fresh)
        db.session.flush()
    return len(fresh)
