"""A step is late by the duty it fulfils, never by a right that was not used (art. 23)."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases.steps import Acceptance
from app.core.db import db
from tests.support.office import NOW, drive, register_case


@pytest.mark.parametrize(
    ("days", "late"),
    [
        (4, False),
        (10, False),
        (15, False),
        (16, True),
    ],  # objection ends after 5 working days, the notice after 15
)
def test_a_notice_is_late_after_fifteen_days_not_after_the_time_to_object(
    app: Flask, days: int, late: bool
) -> None:
    case = register_case(app)
    drive(app, case, "routing", "signing")
    drive(app, case, "acceptance", at=NOW + dt.timedelta(days=days))
    with app.app_context():
        assert db.session.scalars(sa.select(Acceptance.late)).one() is late
