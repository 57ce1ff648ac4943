"""What the papers' room asks of cases: the fields of one within reach, the kinds that steps issue, numbers to rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases import paper_fields, workflow
from app.cases.models import Case
from app.core import moment
from app.core.datamodel import DataModel
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


def _offered(case: Case | None, officer: Officer) -> tuple[Unit, dict[str, Any]] | None:
    if case is None:
        return None
    return case.unit or case.registered_unit, paper_fields.of_case(case, moment.today(), officer)


def of_row(case_id: int, officer: Officer) -> tuple[Unit, dict[str, Any]] | None:
    """Through the scope: a case out of reach is none."""
    return _offered(DataModel(Case).get(case_id), officer)


def of_number(number: str, officer: Officer) -> tuple[Unit, dict[str, Any]] | None:
    return _offered(db.session.scalars(sa.select(Case).where(Case.number == number)).first(), officer)


def rows_of(numbers: list[str]) -> list[tuple[str, int]]:
    cases = db.session.scalars(sa.select(Case).where(Case.number.in_(numbers)))
    return [(case.number, case.id) for case in cases]


jobs.CASE_FIELDS.append(of_row)
jobs.BY_NUMBER.append(of_number)
jobs.FIND.append(rows_of)
jobs.ISSUED_BY_STEPS |= {move.paper for move in workflow.MOVES.values() if move.paper} | ISSUED_OTHERWISE
