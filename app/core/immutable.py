"""Records that cannot be changed: triggers in the database, so that no code, API or SQL of ours can go round them.

A model lists itself with ``protect(table, frozen=…, once=…)``: rows are never deleted; ``frozen`` columns never
change; ``once`` columns change only from NULL. ``frozen="*"`` refuses every update. The statements are made from
the same table for SQLite and PostgreSQL and run by the ``flask init`` step after each migration (idempotent).
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True)
class Protection:
    table: str
    frozen: tuple[str, ...] | str
    once: tuple[str, ...] = ()
    when: str = ""  # extra SQL condition over OLD: protected only while it holds (for example: once signed)
    deletable: bool = False  # with ``when``: rows outside the condition may be deleted (an unsigned draft)


@dataclass(frozen=True)
class Check:
    """A row condition the database checks by trigger: ``refuse_when`` is SQL over NEW (and OLD on update)."""

    name: str
    table: str
    event: str  # "INSERT" or "UPDATE OF column"
    refuse_when: str


_protections: list[Protection] = []
_checks: list[Check] = []


def protect(
    table: str,
    frozen: tuple[str, ...] | str = "*",
    once: tuple[str, ...] = (),
    when: str = "",
    deletable: bool = False,
) -> None:
    _protections.append(Protection(table, frozen, once, when, deletable))


def check(name: str, table: str, event: str, refuse_when: str) -> None:
    _checks.append(Check(name, table, event, refuse_when))


def _changed(protection: Protection, differs: str) -> str:
    """SQL that holds when an update touches what is kept; ``differs`` compares column ``{c}`` of NEW and OLD."""
    if protection.frozen == "*":
        return "1=1"
    parts = [differs.format(c=c) for c in ("id", *protection.frozen)]
    parts += [f"(OLD.{c} IS NOT NULL AND {differs.format(c=c)})" for c in protection.once]
    return "(" + " OR ".join(parts) + ")"


def _sqlite(protection: Protection) -> list[str]:
    t, message = protection.table, f"SELECT RAISE(ABORT, 'append-only: {protection.table}')"
    changed = _changed(protection, "NEW.{c} IS NOT OLD.{c}")
    when = f"({protection.when}) AND " if protection.when else ""
    kept = f"WHEN {protection.when}" if protection.when and protection.deletable else ""
    return [
        f"DROP TRIGGER IF EXISTS keep_{t}_update",
        f"CREATE TRIGGER keep_{t}_update BEFORE UPDATE ON {t} WHEN {when}{changed} BEGIN {message}; END",
        f"DROP TRIGGER IF EXISTS keep_{t}_delete",
        f"CREATE TRIGGER keep_{t}_delete BEFORE DELETE ON {t} {kept} BEGIN {message}; END",
        f"DROP TRIGGER IF EXISTS keep_{t}_replace",
        f"CREATE TRIGGER keep_{t}_replace BEFORE INSERT ON {t} WHEN EXISTS"
        f" (SELECT 1 FROM {t} WHERE id = NEW.id) BEGIN {message}; END",
    ]


def _postgresql(protection: Protection) -> list[str]:
    t = protection.table
    # as text: a JSON column has no equality of its own
    changed = _changed(protection, "CAST(NEW.{c} AS TEXT) IS DISTINCT FROM CAST(OLD.{c} AS TEXT)")
    when = f"({protection.when}) AND " if protection.when else ""
    kept = f"WHEN ({protection.when})" if protection.when and protection.deletable else ""
    return [
        "CREATE OR REPLACE FUNCTION portal_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME; END $$",
        f"DROP TRIGGER IF EXISTS keep_{t}_update ON {t}",
        f"CREATE TRIGGER keep_{t}_update BEFORE UPDATE ON {t} FOR EACH ROW WHEN ({when}{changed})"
        " EXECUTE FUNCTION portal_refuse()",
        f"DROP TRIGGER IF EXISTS keep_{t}_delete ON {t}",
        f"CREATE TRIGGER keep_{t}_delete BEFORE DELETE ON {t} FOR EACH ROW {kept} EXECUTE FUNCTION portal_refuse()",
        f"DROP TRIGGER IF EXISTS keep_{t}_truncate ON {t}",
        f"CREATE TRIGGER keep_{t}_truncate BEFORE TRUNCATE ON {t} EXECUTE FUNCTION portal_refuse()",
    ]


def _check_sqlite(item: Check) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS check_{item.name}",
        f"CREATE TRIGGER check_{item.name} BEFORE {item.event} ON {item.table} WHEN {item.refuse_when}"
        f" BEGIN SELECT RAISE(ABORT, 'refused: {item.name}'); END",
    ]


def _check_postgresql(item: Check) -> list[str]:
    # a trigger's WHEN may hold no sub-select on PostgreSQL, so the condition lives in the function
    return [
        f"CREATE OR REPLACE FUNCTION portal_{item.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {item.refuse_when} THEN RAISE EXCEPTION 'refused: {item.name}'; END IF; RETURN NEW; END $$",
        f"DROP TRIGGER IF EXISTS check_{item.name} ON {item.table}",
        f"CREATE TRIGGER check_{item.name} BEFORE {item.event} ON {item.table} FOR EACH ROW"
        f" EXECUTE FUNCTION portal_{item.name}()",
    ]


def install(connection: sa.Connection) -> int:
    """(Re)create every trigger on this database; returns how many tables are protected."""
    sqlite = connection.dialect.name == "sqlite"
    statements = [s for p in _protections for s in (_sqlite if sqlite else _postgresql)(p)]
    statements += [s for c in _checks for s in (_check_sqlite if sqlite else _check_postgresql)(c)]
    for statement in statements:  # psycopg reads % as a placeholder
        connection.exec_driver_sql(statement if sqlite else statement.replace("%", "%%"))
    return len(_protections)


def protected_tables() -> list[str]:
    return [p.table for p in _protections]


def check_names() -> list[str]:
    return [c.name for c in _checks]
