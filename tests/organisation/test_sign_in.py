"""Signing in: what is written down, and who is kept out."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.core.models import AuditEntry
from tests.support import office


def entries(app: Flask, username: str) -> list[str]:
    with app.app_context():
        subject = office.officer_named(username).id
        query = sa.select(AuditEntry.event).where(
            AuditEntry.subject == "ab_user", AuditEntry.subject_id == subject, AuditEntry.event != "insert"
        )
        return [event for event in db.session.scalars(query.order_by(AuditEntry.id)) if event != "update"]


def test_signing_in_is_written_down_in_the_office_s_time(app: Flask) -> None:
    office.signed_in(app, "reception")
    assert entries(app, "reception") == ["sign-in"]
    with app.app_context():
        assert office.officer_named("reception").last_login == office.NOW


def test_who_guesses_waits(app: Flask) -> None:
    client = app.test_client()

    def let_in(password: str) -> bool:
        client.post("/login/", data={"username": "office", "password": password})
        return client.get("/cases/list/").status_code == 200

    assert not any(let_in(f"guess {n}") for n in range(5))
    assert not let_in(office.PASSWORD)  # right, but locked
    assert entries(app, "office") == ["sign-in refused"] * 5 + ["locked"]
    app.config["FIXED_NOW"] = office.NOW + dt.timedelta(minutes=2)
    assert let_in(office.PASSWORD)
