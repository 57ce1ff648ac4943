"""Batches of cases with one term, and how far each is (S004: 120 closed with 28 agreements, 53 with 17)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases.enums import ENDED, MatterKind, State
from app.cases.models import Case
from app.cases.steps_outcome import Settling
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.packages.models import BatchItem, CaseBatch


@dataclass(frozen=True)
class Progress:
    """Of the cases within the reader's reach: how many, ended, settled, with an agreement signed."""

    cases: int
    ended: int
    settled: int
    agreements: int

    @staticmethod
    def rate(part: int, whole: int) -> str:
        """Per cent with two decimals, half up; a dash where nothing is to be divided."""
        if not whole:
            return "—"
        value = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return f"{value}%"


def progress(batch: CaseBatch) -> Progress:
    """Voided and merged cases count as ended, and no longer as open; an agreement once a case."""
    agreed = sa.select(Settling.id).where(Settling.case_id == Case.id, Settling.agreement).exists()
    one = sa.case((Case.state.in_(ENDED), 1), else_=0)
    settled = sa.case((Case.state == State.SETTLED, 1), (agreed, 1), else_=0)
    row = db.session.execute(
        sa.select(
            sa.func.count(Case.id), sa.func.sum(one), sa.func.sum(settled),
            sa.func.sum(sa.case((agreed, 1), else_=0)),
        )
        .select_from(Case)
        .join(BatchItem, BatchItem.case_id == Case.id)
        .where(BatchItem.batch_id == batch.id)
    ).one()  # fmt: skip
    return Progress(*[int(value or 0) for value in row])


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
