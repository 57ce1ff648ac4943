"""The office of the tests is what they think it is."""

from __future__ import annotations

import sqlalchemy as sa

from app.cases.models import Case
from app.core.db import db
from app.organisation.models import Officer
from tests.support import office


def test_everybody_of_the_cast_gets_in(app, client):
    with app.app_context():
        assert sorted(office.CAST) == sorted(db.session.scalars(sa.select(Officer.username)))
    for username in office.CAST:
        assert client(username).get("/", follow_redirects=True).status_code == 200, username


def test_a_case_goes_its_whole_way(app):
    case = office.register_case(app)
    office.drive(app, case, "routing", "signing", "acceptance", "handling", "extension_request", "extension_ruling",
                 "opinion_draft", "opinion_signing", "delivery", "closing")  # fmt: skip
    assert office.state_of(app, case) == "CLOSED"


def test_each_test_finds_an_office_without_cases(app, client, officer):
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0
    case = office.register_case(app)
    with officer("reception"):
        assert db.session.get(Case, case) is not None
    with officer(office.STRANGER):
        assert db.session.get(Case, case) is None
    assert client("reception").get(f"/cases/show/{case}").status_code == 200
    assert client(office.STRANGER).get(f"/cases/show/{case}").status_code == 404
