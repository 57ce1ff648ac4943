"""The database session and what every connection needs.

Why this looks odd: SQLite keeps foreign keys off and waits for nobody unless told so on each connection, and a
transaction that begins with a read cannot be upgraded to a write when somebody else wrote meanwhile. So a request
that may write takes the write lock at once (BEGIN IMMEDIATE); a reading request stays deferred and never waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import g, has_app_context, has_request_context, request
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_migrate import Migrate

db = get_sqla_class()()
migrate = Migrate()

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=15000",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # so that INSERT OR REPLACE meets the append-only triggers too
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: sa.Connection) -> None:
    reading = has_app_context() and g.get("only_reading")
    if has_request_context():
        reading = request.method in READING and not g.get("writes")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def prepare_engine(engine: sa.Engine) -> None:
    """Attach the SQLite connection rules; PostgreSQL needs none."""
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _on_connect)
        sa.event.listen(engine, "begin", _on_begin)


def begin_writing() -> None:
    """For the rare reading request that leaves a trace (a print): start anew with the write lock."""
    db.session.rollback()
    g.writes = True


@contextmanager
def only_reading() -> Iterator[None]:
    """For a long look by a command: one snapshot, and nobody waits for it."""
    db.session.rollback()
    g.only_reading = True
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        db.session.rollback()
        g.pop("only_reading")
