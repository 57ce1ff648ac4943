"""A backup brings back the same office, and a damaged or strange one is refused before anything is touched."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import create_app
from app.cases.models import Case
from app.core import audit, files, immutable
from app.core.db import db
from app.maintenance import backup
from app.maintenance.backup import BackupError
from tests.support import office


@pytest.fixture
def kept(app, tmp_path):
    """A backup of an office with two cases and one paper file."""
    with app.app_context():
        for _ in range(2):
            office.register_case(app)
        files.put(b"a signed paper")
        _needs_tools(app)
        return backup.backup(tmp_path / "kept"), tmp_path / "kept"


def _needs_tools(app):
    if db.engine.dialect.name == "postgresql" and shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")


@pytest.fixture
def elsewhere(app, tmp_path, request):
    """An application like `app` over an empty place."""
    uri = f"sqlite:///{tmp_path / 'new' / 'portal.db'}"
    if "postgresql" in app.config["SQLALCHEMY_DATABASE_URI"]:
        uri = request.getfixturevalue("server").fresh_database()
    settings = {"SQLALCHEMY_DATABASE_URI": uri, "FILES_DIR": str(tmp_path / "new" / "files")}
    other = create_app(office.SETTINGS | settings)
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_same_office_comes_back(app, kept, elsewhere):
    manifest, folder = kept
    assert manifest["counts"]["petition_case"] == 2 and manifest["schema"]
    with elsewhere.app_context():
        assert backup.restore(folder) == manifest
        assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 2
        assert audit.broken_links(db.session()) == []
        paper = next(name for name in manifest["files"] if name.startswith("files/"))
        assert files.get(Path(paper).name) == b"a signed paper"
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):  # the triggers came along
            db.session.execute(sa.text(f"DELETE FROM {immutable.protected_tables()[0]}"))
        db.session.rollback()
    client = office.signed_in(elsewhere, "reception")
    assert client.get("/cases/list/").status_code == 200


def test_a_case_registered_meanwhile_does_not_disturb(sqlite_app, tmp_path):
    with sqlite_app.app_context():
        office.register_case(sqlite_app)
        db.session.remove()
        with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM ab_user_role")
            made = backup.backup(tmp_path / "kept")  # in the midst of somebody's writing
            writer.rollback()
        assert made["counts"]["ab_user_role"] >= 25
        assert made["counts"]["petition_case"] == 1


def damage(folder, manifest, how):
    paper = next(folder / name for name in manifest["files"] if name.startswith("files/"))
    if how == "paper changed":
        paper.write_bytes(b"another paper!")
    elif how == "paper missing":
        paper.unlink()
    elif how == "something added":
        paper.with_name(paper.name[:-1] + "x").write_bytes(b"")
    elif how == "database changed":
        path = folder / backup.DATABASE[manifest["database"]]
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif how == "manifest changed":
        path = folder / backup.MANIFEST
        path.write_text(path.read_text().replace('"petition_case": 2', '"petition_case": 3'))
    elif how == "manifest cut":
        path = folder / backup.MANIFEST
        path.write_text(path.read_text()[:-20])
    elif how == "manifest missing":
        (folder / backup.MANIFEST).unlink()


@pytest.mark.parametrize(
    "how",
    [
        "paper changed",
        "paper missing",
        "something added",
        "database changed",
        "manifest changed",
        "manifest cut",
        "manifest missing",
    ],
)
def test_a_damaged_backup_is_refused_untouched(kept, elsewhere, how):
    manifest, folder = kept
    damage(folder, manifest, how)
    with elsewhere.app_context():
        with pytest.raises(BackupError, match=r"damaged|no whole backup"):
            backup.restore(folder)
        assert sa.inspect(db.engine).get_table_names() == []
        assert not Path(elsewhere.config["FILES_DIR"]).exists()


def test_only_into_an_empty_place(app, kept, elsewhere):
    _manifest, folder = kept
    with app.app_context(), pytest.raises(BackupError, match="empty"):
        backup.restore(folder)
    with app.app_context(), pytest.raises(BackupError, match="not empty"):
        backup.backup(folder)
    elsewhere_files = Path(elsewhere.config["FILES_DIR"])
    elsewhere_files.mkdir(parents=True)
    (elsewhere_files / "there").touch()
    with elsewhere.app_context(), pytest.raises(BackupError, match="is not empty"):
        backup.restore(folder)


def test_another_key_or_a_later_schema_is_refused(kept, elsewhere):
    manifest, folder = kept
    elsewhere.config["FIELD_KEY"] = "another-key-" * 4
    with elsewhere.app_context(), pytest.raises(BackupError, match="FIELD_KEY"):
        backup.restore(folder)
    elsewhere.config["FIELD_KEY"] = office.SETTINGS["FIELD_KEY"]
    later = manifest | {"schema": "9999"}
    (folder / backup.MANIFEST).write_text(json.dumps(later | {"seal": backup._seal(later)}))
    with elsewhere.app_context(), pytest.raises(BackupError, match="9999"):
        backup.restore(folder)


def test_without_the_tools_of_postgresql_the_line_says_which(app, tmp_path, monkeypatch):
    monkeypatch.setattr(backup.shutil, "which", lambda program: None)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            assert backup.backup(tmp_path / "kept")["database"] == "sqlite"
        else:
            with pytest.raises(BackupError, match=r"pg_dump is not installed: apt-get install"):
                backup.backup(tmp_path / "kept")


def test_the_commands(sqlite_app, elsewhere_sqlite, tmp_path):
    with sqlite_app.app_context():
        office.register_case(sqlite_app)
    done = run(sqlite_app, "backup", tmp_path / "kept")
    assert done.exit_code == 0 and "1 cases and 0 papers" in done.output
    done = run(elsewhere_sqlite, "restore", tmp_path / "kept")
    assert done.exit_code == 0 and "1 cases and 0 papers" in done.output
    done = run(elsewhere_sqlite, "restore", tmp_path / "kept")
    assert done.exit_code == 1 and done.output.startswith("failed: ") and "Traceback" not in done.output


def run(app, command, folder):
    with app.app_context():
        return app.test_cli_runner().invoke(args=[command, str(folder)])


@pytest.fixture
def elsewhere_sqlite(sqlite_app, tmp_path):
    settings = {
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'new.db'}",
        "FILES_DIR": str(tmp_path / "new-files"),
    }
    other = create_app(office.SETTINGS | settings)
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()
