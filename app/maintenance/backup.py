"""`flask backup` and `flask restore`: the database and the papers in one folder, with a manifest that proves them.

Consistent while the portal is in use: the database is copied as of one moment, and the papers after it. A paper's file
is written before the commit that names it and never changes, so every paper the copy names is among them.
The keys are not in it: whoever finds the folder reads no ID number, and whoever loses FIELD_KEY reads none either.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app

from app.core import crypto, moment
from app.core.db import db

FORMAT = 1
MANIFEST, FILES = "manifest.json", "files"
DATABASE = {"sqlite": "portal.db", "postgresql": "portal.dump"}
Manifest = dict[str, Any]


class BackupError(ValueError):
    """No backup, or no restoring; the message says why and what would help. Nothing was touched."""


def backup(folder: Path) -> Manifest:
    """Write the backup into `folder`, which is new or empty, and return its manifest. Raises BackupError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is not empty: a backup goes into a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # it holds every case
    name = db.engine.dialect.name
    copy = folder / DATABASE[name]
    counts, revision = _dump_sqlite(copy) if name == "sqlite" else _dump_postgresql(copy)
    _copy_files(Path(current_app.config["FILES_DIR"]), folder / FILES)
    manifest: Manifest = {
        "format": FORMAT, "made": moment.now().isoformat(timespec="seconds"), "database": name, "schema": revision,
        "field_key": _key_mark(), "counts": counts,
        "files": {str(path.relative_to(folder)): _digest(path) for path in sorted(_all_files(folder))},
    }  # fmt: skip
    # last, and sealed: a folder without a whole manifest is no backup
    text = json.dumps(manifest | {"seal": _seal(manifest)}, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def restore(folder: Path) -> Manifest:
    """Bring the backup into an empty database and an empty files folder. Raises BackupError before touching anything
    when the backup is damaged, made for another key, database or a later portal, or the place is not empty."""
    manifest = checked(folder)
    name = db.engine.dialect.name
    _fitting(manifest, name)
    _empty_place()
    _copy_files(folder / FILES, Path(current_app.config["FILES_DIR"]))
    (_load_sqlite if name == "sqlite" else _load_postgresql)(folder / DATABASE[name])
    with db.engine.connect() as connection:
        if _counts(connection) != manifest["counts"]:
            raise BackupError("the restored tables do not have the rows the manifest names: do not use them")
    return manifest


def checked(folder: Path) -> Manifest:
    """The manifest of a backup whose every file is there and unchanged. Raises BackupError naming the first fault."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        seal = manifest.pop("seal")
    except (OSError, ValueError, KeyError, AttributeError) as unreadable:
        raise BackupError(f"{folder} is no whole backup: {MANIFEST} is missing or damaged") from unreadable
    if seal != _seal(manifest):
        raise BackupError(f"the backup is damaged: {MANIFEST} was changed")
    if manifest["format"] != FORMAT:
        raise BackupError(f"this backup has format {manifest['format']}, this portal reads {FORMAT}")
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise BackupError(f"the backup is damaged: {name} is missing")
        if _digest(path) != digest:
            raise BackupError(f"the backup is damaged: {name} was changed")
    added = {str(path.relative_to(folder)) for path in _all_files(folder)} - set(manifest["files"])
    if added:
        raise BackupError(f"the backup is damaged: {min(added)} does not belong to it")
    return manifest


def _fitting(manifest: Manifest, name: str) -> None:
    if manifest["database"] != name:
        raise BackupError(f"the backup is of {manifest['database']}, DATABASE_URL is {name}")
    if manifest["field_key"] != _key_mark():
        raise BackupError(
            "the backup was made with another FIELD_KEY: set that one, or its numbers stay unreadable"
        )
    known = {script.revision for script in _scripts().walk_revisions()}
    if manifest["schema"] not in known:
        raise BackupError(
            f"the backup has schema {manifest['schema']}, which this portal does not know: update it"
        )


def _empty_place() -> None:
    files = Path(current_app.config["FILES_DIR"])
    if files.exists() and any(files.iterdir()):
        raise BackupError(f"{files} is not empty: restore only into an empty place")
    with db.engine.connect() as connection:
        if sa.inspect(connection).get_table_names():
            raise BackupError("the database has tables already: restore only into an empty one")


# ---- files and digests ------------------------------------------------------------------------------------------


def _all_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)


def _copy_files(source: Path, target: Path) -> None:
    for path in sorted(source.glob("??/*")) if source.is_dir() else []:
        if path.name.startswith(path.parent.name):  # not what another process is just writing (core/files.py)
            (target / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / path.parent.name / path.name)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _seal(manifest: Manifest) -> str:
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _key_mark() -> str:
    """Equal for equal keys, and tells nothing about the key."""
    return (crypto.blind_index("backup") or "")[:16]


# ---- databases --------------------------------------------------------------------------------------------------


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(current_app.extensions["migrate"].directory)


def _counts(connection: sa.Connection) -> dict[str, int]:
    quote = connection.dialect.identifier_preparer.quote
    tables = sorted(sa.inspect(connection).get_table_names())
    return {t: connection.execute(sa.text(f"SELECT count(*) FROM {quote(t)}")).scalar_one() for t in tables}


def _state(connection: sa.Connection) -> tuple[dict[str, int], str]:
    counts = _counts(connection)
    if not counts.get("alembic_version"):
        raise BackupError("the database was never made ready: there is nothing to back up (flask init)")
    return counts, str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())


def _dump_sqlite(copy: Path) -> tuple[dict[str, int], str]:
    source = Path(str(db.engine.url.database))
    if not source.is_file():
        raise BackupError("the database was never made ready: there is nothing to back up (flask init)")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(copy)) as kept:
        live.backup(kept)  # all pages in one go, of one moment; writers go on meanwhile
        kept.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        if kept.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise BackupError("the database itself is damaged: restore the last good backup")
    engine = sa.create_engine(f"sqlite:///{copy}")
    try:
        with engine.connect() as connection:
            return _state(connection)
    finally:
        engine.dispose()


def _load_sqlite(copy: Path) -> None:
    target = Path(str(db.engine.url.database))
    db.session.remove()
    db.engine.dispose()
    for end in ("-wal", "-shm"):
        Path(f"{target}{end}").unlink(missing_ok=True)
    partial = target.with_suffix(".restoring")
    shutil.copyfile(copy, partial)
    partial.chmod(0o600)
    os.replace(partial, target)


def _dump_postgresql(copy: Path) -> tuple[dict[str, int], str]:
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        state = _state(connection)
        snapshot = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        _postgres_tool("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={copy}")
        return state


def _load_postgresql(copy: Path) -> None:
    db.session.remove()
    _postgres_tool("pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", str(copy))


def _postgres_tool(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on our database; its password is not on the command line."""
    found = shutil.which(program)
    if found is None:
        raise BackupError(
            f"{program} is not installed: apt-get install postgresql-client, of the server's version"
        )
    url = db.engine.url
    given = {"host": url.host, "port": url.port, "username": url.username, "dbname": url.database}
    options = [f"--{name}={value}" for name, value in given.items() if value]
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(
        [found, *options, *arguments], env=os.environ | secret, capture_output=True, text=True
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise BackupError(f"{program} failed: {lines[0]}")
