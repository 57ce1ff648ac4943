"""Counting prints: taking one counts, looking does not, the same pressing counts once; who and when is in the trail."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.core.models import AuditEntry
from app.documents import fields, operations
from app.documents.models import Document
from tests.support import office
from tests.support.office import LAND, NOW, officer_named, register_case, unit_named


def paper(app: Flask, sign: bool = True) -> int:
    case = register_case(app)
    with app.app_context():
        made = operations.draft(
            "D31", unit_named(LAND), fields.sample("D31"), NOW, officer_named("office"), case
        )
        db.session.flush()
        if sign:
            operations.sign(made, officer_named("office_head"), NOW)
        db.session.commit()
        return made.id


def count(app: Flask, number: int) -> int:
    with app.app_context():
        return operations.prints(number)


def test_looking_counts_nothing_and_writes_nothing(sqlite_app: Flask) -> None:
    number, client = paper(sqlite_app), office.signed_in(sqlite_app, "office")
    with sqlite_app.app_context():
        before = db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    for _turn in range(2):
        assert client.get(f"/documentview/pdf/{number}").status_code == 200
        assert client.head(f"/documentview/pdf/{number}").status_code == 200
        assert (
            client.get(f"/documentview/pdf/{number}?save=1")
            .headers["Content-Disposition"]
            .startswith("inline")
        )
        assert client.get(f"/documentview/show/{number}").status_code == 200
    assert client.get(f"/documentview/print/{number}").status_code == 405
    with sqlite_app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == before
    assert count(sqlite_app, number) == 0


def test_each_print_and_reprint_counts_with_who_took_it_and_is_the_same_bytes(sqlite_app: Flask) -> None:
    number = paper(sqlite_app)
    for turn, who in enumerate(("office", "office_head", "office"), 1):
        answer = office.signed_in(sqlite_app, who).post(
            f"/documentview/print/{number}", data={"act": f"a{turn}"}
        )
        assert answer.status_code == 200 and answer.mimetype == "application/pdf"
        assert count(sqlite_app, number) == turn
    saved = office.signed_in(sqlite_app, "office").post(f"/documentview/print/{number}", data={"save": "1"})
    assert saved.headers["Content-Disposition"].startswith("attachment")
    with sqlite_app.app_context():
        digest = db.session.get_one(Document, number).digest
        trail = db.session.scalars(sa.select(AuditEntry.officer).where(AuditEntry.event == "print")).all()
    assert hashlib.sha256(answer.data).hexdigest() == hashlib.sha256(saved.data).hexdigest() == digest
    assert list(trail) == ["office", "office_head", "office", "office"]
    page = office.signed_in(sqlite_app, "office").get(f"/documentview/show/{number}").text
    assert "已打印4次" in page


def test_one_pressing_sent_twice_counts_once(sqlite_app: Flask) -> None:
    number, client = paper(sqlite_app), office.signed_in(sqlite_app, "office")
    for _turn in range(3):
        assert client.post(f"/documentview/print/{number}", data={"act": "f00d"}).status_code == 200
    assert count(sqlite_app, number) == 1


def test_a_draft_is_looked_at_and_never_counted_and_a_stranger_gets_neither(sqlite_app: Flask) -> None:
    draft, signed = paper(sqlite_app, sign=False), paper(sqlite_app)
    client = office.signed_in(sqlite_app, "office")
    assert client.post(f"/documentview/print/{draft}", data={"act": "1"}).status_code == 200
    assert count(sqlite_app, draft) == 0
    stranger = office.signed_in(sqlite_app, "labour_officer")
    assert stranger.post(f"/documentview/print/{signed}").status_code == 404
    assert count(sqlite_app, signed) == 0
