"""Sessions and tokens end when they should; guessing is slow on every entrance."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.core.db import db
from app.organisation.models import Officer
from tests.support import office
from tests.support.office import PASSWORD, SETTINGS, Office, officer_named, signed_in

NEW = "Another-pass-2026"


def inside(client: FlaskClient) -> bool:
    return client.get("/cases/list/").status_code == 200


def copy_of(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookie."""
    other, cookie = app.test_client(), client.get_cookie("session")
    assert cookie is not None
    other.set_cookie("session", cookie.value)
    return other


def test_signing_out_ends_every_copy_of_the_session(app: Flask) -> None:
    client, elsewhere = signed_in(app, "office"), signed_in(app, "office")
    stolen = copy_of(app, client)
    assert inside(stolen)
    client.get("/logout/")
    assert not inside(client) and not inside(stolen) and not inside(elsewhere)
    assert inside(signed_in(app, "office"))


def test_a_changed_password_ends_the_other_sessions(app: Flask) -> None:
    here, elsewhere = signed_in(app, "office"), signed_in(app, "office")
    answer = here.post("/resetmypassword/form", data={"password": NEW, "conf_password": NEW})
    assert answer.status_code == 302
    assert inside(here) and not inside(elsewhere)
    signed_in(app, "office", NEW)


@pytest.mark.parametrize(
    "weak", ["short-A1", "alllowercaseletters", "ALLCAPITALS1234", "password with space"]
)
def test_a_weak_password_is_refused(app: Flask, weak: str) -> None:
    client = signed_in(app, "office")
    answer = client.post("/resetmypassword/form", data={"password": weak, "conf_password": weak})
    assert answer.status_code == 200 or "/resetmypassword" in answer.location
    signed_in(app, "office")


def change(app: Flask, username: str, **values: Any) -> None:
    """As the system administrator does it in the form of accounts."""
    with app.app_context():
        who = officer_named(username)
        form = {"last_name": who.last_name, "first_name": who.first_name, "unit": str(who.unit_id),
                "post": str(who.post_id), "active": "y" if who.active else "false", **values}  # fmt: skip
        number = who.id
    assert signed_in(app, "sysadmin").post(f"/users/edit/{number}", data=form).status_code == 302


def test_a_password_set_by_the_administrator_ends_all_sessions(app: Flask) -> None:
    client = signed_in(app, "office")
    change(app, "office", typed_password=NEW)
    assert not inside(client)
    signed_in(app, "office", NEW)


def test_an_account_that_is_switched_off_is_out_at_once(app: Flask) -> None:
    client = signed_in(app, "office")
    change(app, "office", active="false")
    assert not inside(client)
    client_again = app.test_client()
    client_again.post("/login/", data={"username": "office", "password": PASSWORD})
    assert not inside(client_again)
    change(app, "office", active="y")
    assert not inside(client), "switched on again, the old session stays over"


def test_a_cookie_without_its_version_is_nobody(app: Flask) -> None:
    client = signed_in(app, "office")
    with client.session_transaction() as session:
        assert session.permanent
        del session["session_version"]
    assert not inside(client)


def test_a_forged_or_foreign_cookie_is_nobody(app: Flask) -> None:
    client = app.test_client()
    for value in ("", "x", "eyJfdXNlcl9pZCI6IjEifQ.Zz.zz", "." * 100):
        client.set_cookie("session", value)
        assert not inside(client)


# ---- the interface's own sign-in --------------------------------------------------------------------------------


def token(app: Flask, username: str = "office", password: str = PASSWORD) -> Any:
    payload = {"username": username, "password": password, "provider": "db", "refresh": True}
    return app.test_client().post("/api/v1/security/login", json=payload)


def reads(app: Flask, access: str, path: str = "/api/v1/case/") -> int:
    return app.test_client().get(path, headers={"Authorization": f"Bearer {access}"}).status_code


def test_a_token_reads_what_its_officer_may(app: Flask) -> None:
    case = office.register_case(app)
    given, strangers = token(app).json, token(app, office.STRANGER).json
    assert reads(app, given["access_token"], f"/api/v1/case/{case}") == 200
    assert reads(app, strangers["access_token"], f"/api/v1/case/{case}") == 404
    assert reads(app, token(app, "assessor").json["access_token"], f"/api/v1/case/{case}") == 403
    assert reads(app, given["refresh_token"]) in (401, 422)
    for wrong in ("", "x.y.z", given["access_token"] + "x"):
        assert reads(app, wrong) in (401, 422)


@pytest.mark.parametrize("end", ["sign-out", "password", "off"])
def test_a_token_ends_with_the_sessions(app: Flask, end: str) -> None:
    given = token(app).json
    assert reads(app, given["access_token"]) == 200
    if end == "sign-out":
        signed_in(app, "office").get("/logout/")
    else:
        change(app, "office", **({"typed_password": NEW} if end == "password" else {"active": "false"}))
    assert reads(app, given["access_token"]) == 401
    again = app.test_client().post(
        "/api/v1/security/refresh", headers={"Authorization": f"Bearer {given['refresh_token']}"}
    )
    assert again.status_code == 401


def test_both_entrances_share_the_lock(app: Flask) -> None:
    assert {token(app, password=f"guess {n}").status_code for n in range(5)} == {401}
    assert token(app).status_code == 401  # right, but locked
    client = app.test_client()
    client.post("/login/", data={"username": "office", "password": PASSWORD})
    assert not inside(client)


def test_the_wait_doubles_up_to_half_an_hour(app: Flask) -> None:
    at = office.NOW
    for failures, minutes in ((5, 1), (6, 2), (8, 8), (30, 30)):
        with app.app_context():
            db.session.execute(
                sa.update(Officer)
                .where(Officer.username == "office")
                .values(fail_login_count=failures, failed_at=at)
            )
            db.session.commit()
        for late, let_in in ((-1, False), (1, True)):
            app.config["FIXED_NOW"] = at + dt.timedelta(minutes=minutes, seconds=late)
            client = app.test_client()
            client.post("/login/", data={"username": "office", "password": PASSWORD})
            assert inside(client) is let_in, (failures, late)


def test_an_unknown_account_answers_like_a_wrong_password(app: Flask) -> None:
    pages = []
    for username in ("nobody", "reception"):
        client = app.test_client()
        answer = client.post("/login/", data={"username": username, "password": "wrong"})
        pages.append((answer.status_code, answer.location))
    assert pages[0] == pages[1]
    assert token(app, "nobody").json == token(app, "reception", "wrong").json


def test_too_many_tries_from_one_place_are_stopped(sqlite_office: Office) -> None:
    sqlite_office.fresh()
    limits = {"AUTH_RATE_LIMITED": True, "RATELIMIT_ENABLED": True, "AUTH_RATE_LIMIT": "5 per minute"}
    app = create_app(SETTINGS | sqlite_office._at(sqlite_office.place) | limits)
    try:
        for send in (
            lambda c: c.post("/login/", data={"username": "office", "password": "x"}),
            lambda c: c.post(
                "/api/v1/security/login", json={"username": "office", "password": "x", "provider": "db"}
            ),
        ):
            client = app.test_client()
            answers = [send(client).status_code for _ in range(7)]
            assert answers[:5] != [429] * 5 and answers[5:] == [429, 429]
    finally:
        with app.app_context():
            db.engine.dispose()
