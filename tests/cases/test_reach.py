"""The scope asks for the same rows in two ways, row by row and as a set; both must be the same rows everywhere."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from app.cases.enums import Purpose
from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.db import db
from app.core.errors import OutOfReach
from app.core.scope import SEARCHING, Scoped
from app.documents.models import Document
from tests.support import office


@pytest.fixture
def cases(app):
    """Three of the land bureau, two of the labour bureau, one still with the hall, one accusation."""
    with app.app_context():
        land = [office.register_case(app) for _ in range(3)]
        labour = [office.register_case(app) for _ in range(2)]
        office.register_case(app)
        office.register_case(app, purpose=Purpose.ACCUSATION, accused="某某")
        for case in land:
            office.drive(app, case, "routing", "signing", "acceptance")
        for case in labour:
            office.drive(app, case, ("routing", {"target": office.LABOUR}))
    return {"land_officer": set(land), "labour_officer": set(labour), "land_head": set(land)}


def test_both_ways_reach_the_same_rows(app, cases):
    seen = {}
    for username in office.CAST:
        with office.as_officer(app, username):
            for model in Scoped.scoped_models:
                query = sa.select(model.id)
                by_row = set(db.session.scalars(query))
                as_set = set(db.session.scalars(query.execution_options(**SEARCHING)))
                assert by_row == as_set, (username, model)
                if model is Case:
                    seen[username] = by_row
    assert {name: seen[name] for name in cases} == cases
    assert len(seen["office"]) == 6 and len(seen["discipline"]) == 1


def shapes(hidden):
    """Statements of every shape the house uses; `hidden` are cases that none of them may give."""
    other = aliased(Case)
    yield sa.select(other.id).where(other.id.in_(hidden))
    yield sa.select(Clock.id).join(Clock.case).where(Case.id.in_(hidden))
    yield sa.select(Case.id).join(Case.clocks).where(Case.id.in_(hidden))
    yield sa.select(Step.id).where(Step.case_id.in_(hidden))
    yield sa.select(Document.id).where(Document.case_id.in_(hidden))
    yield sa.select(sa.func.count(Clock.id)).where(Clock.case_id.in_(hidden))
    yield sa.select(Clock).options(joinedload(Clock.case)).where(Clock.case_id.in_(hidden))
    yield sa.select(sa.literal(1)).where(sa.exists().where(Case.id.in_(hidden)))
    yield sa.select(sa.func.count()).select_from(sa.select(Case.id).where(Case.id.in_(hidden)).subquery())


@pytest.mark.parametrize("way", [{}, SEARCHING], ids=["by row", "as a set"])
def test_no_shape_of_statement_goes_round_the_scope(app, cases, way):
    hidden = cases["labour_officer"]
    with office.as_officer(app, "land_officer"):
        for query in shapes(hidden):
            found = db.session.scalars(query.execution_options(**way)).unique().all()
            assert found in ([], [0]), str(query)
        with pytest.raises(OutOfReach):
            db.session.execute(sa.update(Case).values(version=99).execution_options(**way))
        db.session.rollback()
