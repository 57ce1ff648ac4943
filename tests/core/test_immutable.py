"""Records cannot be changed past the portal: plain SQL on the application's own connection, each protected table and
column, update, delete, replace and truncate, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

import app.rooms  # noqa: F401  (every room, with what it protects)
from app.cases.models import Case
from app.core import immutable
from app.core.db import db
from app.core.immutable import Protection
from app.core.scope import Scoped
from app.documents.models import Document, DocumentState
from tests.conftest import DATABASES
from tests.support import office
from tests.support.office import Office
from tests.support.world import World, plant

METADATA = Case.metadata


@pytest.fixture(scope="module", params=DATABASES)
def planted(request: pytest.FixtureRequest) -> Iterator[tuple[Flask, World]]:
    made: Office = request.getfixturevalue(f"{request.param}_office")
    app = made.fresh()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.documents.operations.rendered", lambda paper: b"%PDF")
        world = plant(app)
    with app.app_context():
        db.session.execute(sa.text("UPDATE notice_item SET sealed = true WHERE NOT sealed"))
        db.session.commit()
    yield app, world
    made.close()


def test_every_table_of_a_case_is_protected(planted: tuple[Flask, World]) -> None:
    tables = {m.local_table.name for m in Case.registry.mappers if issubclass(m.class_, Scoped)}
    assert tables <= set(immutable.protected_tables())
    assert "audit_entry" in immutable.protected_tables()


def protected_row(protection: Protection) -> dict[str, Any]:
    """A row of the table to which the protection applies."""
    when = protection.when.replace("OLD.", "") or "1 = 1"
    row = (
        db.session.execute(sa.text(f"SELECT * FROM {protection.table} WHERE {when} ORDER BY id LIMIT 1"))
        .mappings()
        .first()
    )
    assert row is not None, f"no row of {protection.table} to try: plant one in tests/support/world.py"
    return dict(row)


def another(column: sa.Column[Any], value: Any) -> Any:
    """A value of the column's type that is not the one it has."""
    kind = column.type
    if isinstance(kind, sa.Enum):
        return next(name for name in kind.enums if name != value)
    if isinstance(kind, sa.Boolean):
        return not value
    if isinstance(kind, sa.DateTime):
        return dt.datetime(1999, 1, 1)
    if isinstance(kind, sa.Date):
        return dt.date(1999, 1, 1)
    if isinstance(kind, sa.JSON):
        return '{"changed": 1}'
    if isinstance(kind, sa.Integer | sa.Numeric):
        return (value or 0) + 10_000
    return "x" if value != "x" else "y"


@pytest.fixture
def untouched(planted: tuple[Flask, World]) -> Iterator[None]:
    """Inside, nothing is kept."""
    with planted[0].app_context():
        yield
        db.session.rollback()


def refused(statement: Any, values: dict[str, Any] | None = None, match: str = "append-only") -> None:
    with pytest.raises(sa.exc.DBAPIError, match=match), db.session.begin_nested():
        db.session.execute(statement, values or {})


PROTECTIONS = {p.table: p for p in immutable._protections}


@pytest.mark.parametrize("table", sorted(PROTECTIONS))
def test_no_kept_column_can_be_changed(untouched: None, table: str) -> None:
    protection, columns = PROTECTIONS[table], METADATA.tables[table].c
    row = protected_row(protection)
    names = [c.name for c in columns] if protection.frozen == "*" else ["id", *protection.frozen]
    names += [name for name in protection.once if row[name] is not None]
    for name in names:
        cast = (
            "CAST(:value AS json)" if isinstance(columns[name].type, sa.JSON) and not _sqlite() else ":value"
        )
        value = another(columns[name], row[name])
        refused(
            sa.text(f"UPDATE {table} SET {_quoted(name)} = {cast} WHERE id = :id"),
            {"value": value, "id": row["id"]},
        )
        if row[name] is not None and name != "id":
            refused(sa.text(f"UPDATE {table} SET {_quoted(name)} = NULL WHERE id = :id"), {"id": row["id"]})


def _quoted(name: str) -> str:
    return str(db.engine.dialect.identifier_preparer.quote(name))


@pytest.mark.parametrize("table", sorted(PROTECTIONS))
def test_no_row_can_be_taken_away(untouched: None, table: str) -> None:
    row = protected_row(PROTECTIONS[table])
    refused(sa.text(f"DELETE FROM {table} WHERE id = :id"), {"id": row["id"]})
    if _sqlite():
        refused(
            sa.text(f"REPLACE INTO {table} SELECT * FROM {table} WHERE id = :id"), row, "append-only|refused"
        )
        refused(sa.text(f"UPDATE OR REPLACE {table} SET id = id + 100000 WHERE id = :id"), {"id": row["id"]})
    else:
        refused(sa.text(f"TRUNCATE {table} CASCADE"))


def _sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def test_a_row_is_not_taken_away_through_what_it_points_to(untouched: None) -> None:
    for table in ("unit", "ab_user", "category", "clock_rule", "document_kind"):
        words = "append-only|FOREIGN KEY|violates foreign key"
        refused(sa.text(f"DELETE FROM {table}"), match=words)
        if not _sqlite():
            refused(sa.text(f"TRUNCATE {table} CASCADE"))


def test_a_replace_of_another_row_with_the_same_number_is_refused(untouched: None) -> None:
    """SQLite's REPLACE takes away whatever is in the way, also by another unique column."""
    if not _sqlite():
        return
    names = [c.name for c in METADATA.tables["petition_case"].c if c.name != "id"]
    listed = ", ".join(names)
    refused(
        sa.text(
            f"REPLACE INTO petition_case (id, {listed}) SELECT 99999, {listed} FROM petition_case LIMIT 1"
        )
    )


def test_a_state_is_led_by_a_step(untouched: None) -> None:
    case = db.session.scalars(sa.select(Case).order_by(Case.id)).first()
    assert case is not None
    for state in {"CLOSED", "VOIDED", "REGISTERED"} - {case.state.name}:
        refused(
            sa.text("UPDATE petition_case SET state = :state WHERE id = :id"),
            {"state": state, "id": case.id}, match="case_state_is_led",
        )  # fmt: skip


def test_a_deadline_is_moved_by_an_approved_extension_alone(untouched: None) -> None:
    for change in (
        "due_stat = '2027-01-01', due_legal = '2027-01-01'",
        "due_legal = '2027-01-01'",
        "extended_by = 29",
    ):
        refused(sa.text(f"UPDATE clock SET {change} WHERE code = 'T3'"), match="clock_is_extended_once")
    refused(sa.text("UPDATE clock SET stopped_on = NULL WHERE stopped_on IS NOT NULL"))


def test_a_paper_goes_from_draft_to_signed_to_void_and_never_back(untouched: None) -> None:
    signed = db.session.scalars(sa.select(Document.id).where(Document.state == DocumentState.SIGNED)).first()
    here: dict[str, Any] = {"id": signed}
    refused(
        sa.text("UPDATE document SET state = 'DRAFT' WHERE id = :id"), here, match="document_stays_signed"
    )
    refused(
        sa.text("UPDATE document SET state = 'VOID' WHERE id = :id"),
        here,
        match="ck_document_void_has_reason",
    )
    void = "UPDATE document SET state = 'VOID', void_reason = '误发', voided_at = '2026-03-02 09:00:00' WHERE id = :id"
    db.session.execute(sa.text(void), here)
    for back in (
        "state = 'SIGNED'",
        "void_reason = '无'",
        "voided_at = NULL",
        "voided_at = '2026-03-05 09:00:00'",
    ):
        refused(sa.text(f"UPDATE document SET {back} WHERE id = :id"), here, match="document_stays_void")


def test_a_number_series_only_counts_on(untouched: None) -> None:
    for change in ("last = last - 1", "last = 0"):
        refused(sa.text(f"UPDATE number_series SET {change} WHERE last > 0"), match="number_never_returns")


def test_what_may_change_can_change(planted: tuple[Flask, World], untouched: None) -> None:
    """The triggers are no wall around everything: a draft is redrafted and dropped, a case is led."""
    db.session.execute(sa.text("UPDATE document SET body = 'x' WHERE state = 'DRAFT'"))
    db.session.execute(sa.text("UPDATE petition_case SET due_on = '2026-05-05', version = version + 1"))
    db.session.execute(sa.text("UPDATE case_part SET active = false"))


def test_installing_again_changes_nothing(app: Flask) -> None:
    case = office.register_case(app)
    with app.app_context():
        with db.engine.begin() as connection:
            assert immutable.install(connection) == len(PROTECTIONS)
        refused(sa.text("UPDATE petition_case SET facts = 'x' WHERE id = :id"), {"id": case})
