"""What the papers' room asks of cases: the fields of one within reach, the kinds that steps issue, numbers to rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.cases import paper_fields, workflow
from app.cases.models import Case
from app.core import moment
from app.core.db import db
from app.documents import jobs
from app.organisation.models import Officer, Unit

ISSUED_OTHERWISE = {
    "D01",
    "D02",
    "D10",
    "D19",
    "D32",
}  # at registration, by supervision, or only by some steps


def of_rows(cases: list[int], officer: Officer) -> dict[int, tuple[Unit, dict[str, Any]]]:
    """Through the scope: a case out of reach is none."""
    query = sa.select(Case).where(Case.id.in_(cases)).options(
        joinedload(Case.unit), joinedload(Case.registered_unit), joinedload(Case.category),
        selectinload(Case.representatives),
    )  # fmt: skip
    return {case.id: _offered(case, officer) for case in db.session.scalars(query)}


def _offered(case: Case, officer: Officer) -> tuple[Unit, dict[str, Any]]:
    return case.unit or case.registered_unit, paper_fields.of_case(case, moment.today(), officer)


def of_number(number: str, officer: Officer) -> tuple[Unit, dict[str, Any]] | None:
    case = db.session.scalars(sa.select(Case).where(Case.number == number)).first()
    return _offered(case, officer) if case is not None else None


def rows_of(numbers: list[str]) -> list[tuple[str, int]]:
    cases = db.session.scalars(sa.select(Case).where(Case.number.in_(numbers)))
    return [(case.number, case.id) for case in cases]


jobs.CASE_FIELDS.append(of_rows)
jobs.BY_NUMBER.append(of_number)
jobs.FIND.append(rows_of)
jobs.ISSUED_BY_STEPS |= {move.paper for move in workflow.MOVES.values() if move.paper} | ISSUED_OTHERWISE
