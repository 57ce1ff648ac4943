"""Petitions that belong together, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.cases.enums import Purpose
from app.core.db import db
from app.duplicates.models import CaseLink
from tests.support import office

ID = "610304198001010019"
PHONE = "13800138000"
OTHER = {
    "petitioner_name": "李建国", "place": "青山镇", "title": "要求查处夜间施工噪声", "request": "请求责令夜间停工",
    "category": "城乡建设",
}  # fmt: skip


@pytest.fixture
def register(app) -> Callable[..., int]:
    """Register a petition that resembles no other unless told so."""

    def made(**kw):
        return office.register_case(app, **kw)

    return made


@pytest.fixture
def accuse(app) -> Callable[..., int]:
    def made(unit=office.LAND, **kw):
        with app.app_context():
            accused_unit = office.unit_named(unit) if unit else None
            return office.register_case(
                app, purpose=Purpose.ACCUSATION, accused="钱某某", accused_unit=accused_unit, **kw
            )

    return made


@pytest.fixture
def links(app) -> Callable[[], list[tuple]]:
    def found():
        with app.app_context():
            rows = db.session.scalars(sa.select(CaseLink).order_by(CaseLink.id))
            return [(row.kind.name, row.from_case_id, row.to_case_id, row.sequence) for row in rows]

    return found


@pytest.fixture
def quick_papers(monkeypatch):
    monkeypatch.setattr(
        "app.documents.operations.rendered", lambda document: f"%PDF {document.number} {document.id}".encode()
    )
