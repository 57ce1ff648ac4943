"""The whole route map: a permission on every route or a place on a short list, no route gone unnoticed, no change by
GET, a CSRF token on every POST, headers on every page."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.core.models import AuditEntry
from app.core.views import BaseView, RecordView
from tests.support import office
from tests.support.matrix import FOUND, PUBLIC, permission_of, permissions, questions, send, view_of
from tests.support.world import World, plant


def test_every_route_has_a_permission_or_stands_on_the_short_list(sqlite_app: Flask) -> None:
    bare = set()
    for rule in sqlite_app.url_map.iter_rules():
        view, method = view_of(sqlite_app, rule.endpoint), rule.endpoint.partition(".")[2]
        checks_actions = isinstance(view, BaseView) and method in ("action", "action_post")
        if permission_of(sqlite_app, rule.endpoint) is None and not checks_actions:
            bare.add(rule.endpoint)
    assert bare == set(PUBLIC), "a route without a permission needs a reason in tests/support/matrix.py"


def test_the_handlers_check_what_they_name(sqlite_app: Flask) -> None:
    """FAB marks a handler with its permission and checks it in a wrapper: one without the other is open."""
    for rule in sqlite_app.url_map.iter_rules():
        view, method = view_of(sqlite_app, rule.endpoint), rule.endpoint.partition(".")[2]
        if view is None or rule.endpoint in PUBLIC or method in ("action", "action_post", "pick"):
            continue
        handler: Any = getattr(type(view), method)
        assert handler.__wrapped__.__name__ == method, (
            f"{rule.endpoint} is exposed without @has_access or @protect"
        )


def test_records_have_no_way_to_change(sqlite_app: Flask) -> None:
    """Views of records and interfaces only look; what their own buttons do stands in their names."""
    for rule in sqlite_app.url_map.iter_rules():
        view, methods = view_of(sqlite_app, rule.endpoint), set(rule.methods or ()) - {"HEAD", "OPTIONS"}
        if isinstance(view, RecordView):
            assert not rule.endpoint.endswith((".add", ".edit", ".delete")), rule.endpoint
        if rule.rule.startswith("/api/") and "SecurityApi" not in rule.endpoint:
            assert methods == ({"POST"} if rule.endpoint == "IntakeApi.post" else {"GET"}), rule.endpoint
        assert not methods - {"GET", "POST"}, f"{rule.endpoint} knows {methods}"


def test_no_route_comes_or_goes_unnoticed(sqlite_app: Flask) -> None:
    ours = {r.endpoint for r in sqlite_app.url_map.iter_rules()} - {"static", "appbuilder.static"}
    listed = set((Path(__file__).with_name("routes.txt")).read_text().split())
    gone, new = sorted(listed - ours), sorted(ours - listed)
    assert not gone and not new, f"routes.txt: take away {gone}, add {new}"


@pytest.fixture(scope="module")
def planted(sqlite_office: office.Office) -> tuple[Flask, World, str]:
    app = sqlite_office.fresh()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.documents.operations.rendered", lambda paper: b"%PDF")
        world = plant(app)
    return app, world, sqlite_office.keep()


def test_every_post_needs_its_token(sqlite_office: office.Office, planted: tuple[Flask, World, str]) -> None:
    app, world, kept = planted
    sqlite_office.back_to(kept)
    client = office.signed_in(app, "office")
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        asked = [ask for ask in questions(app, world) if ask.method == "POST" and "/api/" not in ask.url]
        asked = [
            ask for ask in asked if ask.row is not None or not ask.absent
        ]  # where there is something to change
        for ask in asked:
            answer = send(client, ask)
            assert answer.status_code == 400, f"{ask} answered {answer.status_code} without a token"
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert len(asked) > 50


def test_looking_changes_nothing(sqlite_office: office.Office, planted: tuple[Flask, World, str]) -> None:
    """Every GET of those who may most; only the trail of prints may grow."""
    app, world, kept = planted
    sqlite_office.back_to(kept)
    before = _contents(app)
    granted, asked = permissions(), [ask for ask in questions(app, world) if ask.method == "GET"]
    for who in ("office", "land_officer", "secadmin"):
        client = office.signed_in(app, who)
        for ask in asked:
            if ask.expected(who, granted[who]) == FOUND:
                send(client, ask)
    after = _contents(app)
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= {"audit_entry", "audit_head", "ab_user"}  # the sign-ins, and what was printed
    with app.app_context():
        query = sa.select(AuditEntry.event).where(AuditEntry.id > before["audit_entry"][-1][0])
        assert set(db.session.scalars(query)) <= {"sign-in", "print"}


def _contents(app: Flask) -> dict[str, list[Any]]:
    with app.app_context():
        tables = sa.inspect(db.engine).get_table_names()
        found = {t: [tuple(r) for r in db.session.execute(sa.text(f"SELECT * FROM {t}"))] for t in tables}
        db.session.rollback()
        return found


PAGES = (
    "/login/",
    "/queue/list/",
    "/cases/list/",
    "/cases/show/1",
    "/registration/add",
    "/nowhere",
    "/users/list/",
)


@pytest.mark.parametrize("page", PAGES)
def test_pages_carry_their_headers(sqlite_app: Flask, page: str) -> None:
    office.register_case(sqlite_app)
    headers = office.signed_in(sqlite_app, "reception").get(page).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]
    policy = headers["Content-Security-Policy"]
    assert re.search(r"script-src 'self' 'nonce-[\w-]{16,}'", policy) and "unsafe-eval" not in policy
    assert "http" not in policy, "no other host is asked for anything"


def test_the_session_cookie_stays_out_of_reach(sqlite_app: Flask) -> None:
    answer = sqlite_app.test_client().post(
        "/login/", data={"username": "office", "password": office.PASSWORD}
    )
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert sqlite_app.permanent_session_lifetime <= dt.timedelta(hours=1)


def test_a_picture_that_comes_late_brings_no_ended_session_back(sqlite_app: Flask) -> None:
    signed_in = office.signed_in(sqlite_app, "office")
    assert "Set-Cookie" in signed_in.get("/petitioncaseview/list/").headers
    with signed_in.get("/static/portal/icon.svg") as picture:
        assert "Set-Cookie" not in picture.headers
    assert "Set-Cookie" in signed_in.get("/healthz").headers, "whoever types asks this, and stays signed in"


def test_nobody_is_sent_to_another_site(sqlite_app: Flask) -> None:
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "@evil.example",
    ):
        client = sqlite_app.test_client()
        data = {"username": "office", "password": office.PASSWORD}
        answer = client.post("/login/", query_string={"next": elsewhere}, data=data)
        assert answer.status_code == 302
        assert urlsplit(urljoin("http://localhost/login/", answer.location)).netloc == "localhost", elsewhere
