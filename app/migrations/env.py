"""Alembic's environment. FAB's tables are on ``flask_appbuilder.Model.metadata``: any other metadata finds nothing."""

from __future__ import annotations

import logging
from logging.config import fileConfig
from typing import Any, Literal

from alembic import context
from flask import current_app
from flask_appbuilder import Model

from app.core.crypto import Encrypted

config = context.config
if config.config_file_name and not current_app.config.get("TESTING"):
    fileConfig(config.config_file_name, disable_existing_loggers=False)
log = logging.getLogger("alembic.env")


def _as_text(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """An encrypted column is text to the database; migrations import nothing of the portal."""
    return "sa.Text()" if kind == "type" and isinstance(item, Encrypted) else False


def _lay_guards_aside(connection: Any) -> None:
    """A table that changes takes its triggers along, and they would refuse it; `flask init` puts them back after every
    migration. SQLite changes a table by making it anew, which its foreign keys would refuse as well."""
    if connection.dialect.name == "postgresql":
        triggers = (
            "SELECT tgname, tgrelid::regclass FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
        )
        for name, table in connection.exec_driver_sql(triggers).all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}" ON {table}')
        return
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f'DROP TRIGGER "{name}"')


def run_migrations_online() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        _lay_guards_aside(connection)
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=_as_text,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run_migrations_online()
