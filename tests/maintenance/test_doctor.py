"""The doctor finds what is wrong, says how to mend it, and changes nothing."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest
import sqlalchemy as sa

import config
from app.core.db import db
from app.documents import fontpack
from app.maintenance import doctor
from app.organisation.models import Role
from tests.support import office


@pytest.fixture(autouse=True)
def in_order(monkeypatch, tmp_path):
    """What a test machine may lack: a font pack, keys of its own."""
    monkeypatch.setattr(fontpack, "pack_dirs", lambda folder: [folder])
    monkeypatch.setattr(config, "INSTANCE", tmp_path)


def findings(app, serious=True):
    """What the doctor says; the time always stands still in tests, which is left out here."""
    with app.app_context():
        return [str(f) for f in doctor.examine() if (f.serious or not serious) and "FIXED_NOW" not in f.what]


def test_the_demo_office_is_in_order(app):
    assert findings(app) == []


def test_a_missing_trigger(app):
    with app.app_context():
        on = "" if db.engine.dialect.name == "sqlite" else " ON audit_entry"
        db.session.execute(sa.text(f"DROP TRIGGER keep_audit_entry_update{on}"))
        db.session.commit()
    (found,) = findings(app)
    assert "keep_audit_entry_update" in found and found.endswith("flask init")


def test_a_year_without_holidays(app):
    app.config["FIXED_NOW"] = dt.datetime(2026, 12, 20, 9)
    assert findings(app) == []
    assert any("2027" in found for found in findings(app, serious=False))
    app.config["FIXED_NOW"] = dt.datetime(2027, 1, 4, 9)
    assert any("2027" in found for found in findings(app))


def test_an_officer_without_unit_or_role(app):
    with app.app_context():
        officer = office.officer_named("village_officer")
        officer.unit, officer.roles = None, []
        db.session.commit()
    told = findings(app, serious=False)
    assert any("village_officer belongs to no unit" in line for line in told)
    assert any("village_officer has no role" in line for line in told)


def test_an_administrator_who_handles_cases(app):
    with app.app_context():
        officer = office.officer_named("sysadmin")
        officer.roles = [*officer.roles, office.officer_named("reception").roles[0]]
        db.session.commit()
    assert any("sysadmin is administrator and something else" in line for line in findings(app))


def test_an_administrators_role_that_opens_cases(app):
    with app.app_context():
        role = office.officer_named("sysadmin").roles[0]
        clerk = office.officer_named("reception").roles[0]
        of_cases = [p for p in clerk.permissions if p.view_menu.name == "CaseView"]
        role.permissions = [*role.permissions, *of_cases]
        name = role.name
        db.session.commit()
    assert any(f"administrators' role {name} opens cases (CaseView)" in line for line in findings(app))


def test_the_frameworks_own_role(app):
    with app.app_context():
        framework = db.session.scalars(
            sa.select(Role).where(Role.name == app.config["AUTH_ROLE_ADMIN"])
        ).one()
        office.officer_named("auditor").roles = [framework]
        db.session.commit()
    assert any("auditor holds the framework's own role" in line for line in findings(app))


def test_keys(sqlite_app, monkeypatch, tmp_path):
    monkeypatch.delenv("FIELD_KEY", raising=False)
    (tmp_path / "field_key").write_text("x" * 64)
    (tmp_path / "field_key").chmod(0o644)
    sqlite_app.config["SECRET_KEY"] = sqlite_app.config["FIELD_KEY"] = "x" * 20
    told = "\n".join(findings(sqlite_app, serious=False))
    assert f"chmod 600 {tmp_path / 'field_key'}" in told
    assert "are the same" in told and "SECRET_KEY is short" in told


def test_fonts_files_and_catalogues(sqlite_app, monkeypatch, tmp_path):
    monkeypatch.setattr(fontpack, "pack_dirs", lambda folder: [])
    (tmp_path / "translations" / "zh" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "translations" / "zh" / "LC_MESSAGES" / "messages.po").touch()
    monkeypatch.setattr(config, "ROOT", tmp_path)
    sqlite_app.config["FILES_DIR"] = "/proc/none"
    told = "\n".join(findings(sqlite_app))
    assert "python -m app.documents.fontpack --minimal" in told
    assert "zh is not compiled" in told and "papers cannot be kept" in told


def test_a_database_that_is_not_there_is_not_made(sqlite_office, tmp_path):
    from app import create_app

    path = tmp_path / "none.db"
    app = create_app(office.SETTINGS | {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{path}"})
    assert any("flask init" in line for line in findings(app)) and not path.exists()
    sqlite3.connect(path).close()
    path.touch()
    assert any("at revision none" in line for line in findings(app))


def test_the_command(sqlite_app):
    with sqlite_app.app_context():
        done = sqlite_app.test_cli_runner().invoke(args=["doctor"])
        assert done.exit_code == 1 and "the time stands still" in done.output  # as it does in tests
        sqlite_app.config["FIXED_NOW"] = None
        done = sqlite_app.test_cli_runner().invoke(args=["doctor"])
        assert "the time stands still" not in done.output
