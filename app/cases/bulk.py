"""Writing many cases at once: rows are gathered by table and written with one statement a table.

Only for what was decided elsewhere (a ledger taken over, a simulated history): nothing here checks a rule. The rows
are the same that ``operations`` writes; the database's own constraints and triggers hold for them too. Core inserts
go past the session's audit listener, so whoever uses this notes the whole batch once (``audit.note``).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.cases import clocks
from app.cases.models import Case, Clock, ClockRule, ClockUnit, Part, Representative
from app.cases.steps import Step
from app.core.codes import new_code
from app.core.db import db
from app.core.workdays import Due

BLOCK = 2000
CACHE = 256 * 1024  # KiB, taken only as far as needed
CASE_SERIES = "XF"

CASES: sa.Table = Case.__table__
STEPS: sa.Table = Step.__table__
CLOCKS: sa.Table = Clock.__table__
PARTS: sa.Table = Part.__table__
REPRESENTATIVES: sa.Table = Representative.__table__
STEP_TABLES: dict[str, sa.Table] = {}


# every row of a statement has the same columns: what a row does not say stands here
def _blank(table: sa.Table) -> dict[str, Any]:
    """What a row has where nothing is said: the column's own default, or nothing."""
    return {
        column.name: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
        for column in table.columns
        if not column.primary_key and (column.nullable or column.default is not None)
    }


BLANK: dict[str, dict[str, Any]] = {table.name: _blank(table) for table in (CASES, STEPS, PARTS, CLOCKS)}


def table_of(kind: str) -> sa.Table:
    """The table that holds a step kind's own facts."""
    if not STEP_TABLES:
        for mapper in sa.inspect(Step).self_and_descendants:
            STEP_TABLES[str(mapper.polymorphic_identity)] = mapper.local_table
    return STEP_TABLES[kind]


def _numbers(connection: sa.Connection, table: sa.Table) -> Iterator[int]:
    """Row numbers nobody else gets. SQLite: this transaction is the only writer; PostgreSQL: from the sequence."""
    if connection.dialect.name == "sqlite":
        last = connection.scalar(sa.select(sa.func.max(table.c.id))) or 0
        yield from itertools.count(last + 1)
    draw = sa.text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    while True:
        yield from connection.scalars(draw, {"name": table.name, "count": BLOCK}).all()


class Bulk:
    """Gathers rows of new cases; ``write`` sends them. One object a transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                f"PRAGMA cache_size=-{CACHE}"
            )  # the indexes of a large table stay in memory
        self.rows: dict[sa.Table, list[dict[str, Any]]] = defaultdict(list)
        rules = sa.select(ClockRule.code, ClockRule.id, ClockRule.duty, ClockRule.length, ClockRule.unit)
        self.laws = {law.code: law for law in db.session.execute(rules)}
        self._case_ids, self._step_ids = _numbers(connection, CASES), _numbers(connection, STEPS)
        self._counted: dict[tuple[dt.date, int, ClockUnit], Due] = {}

    def case(self, **values: Any) -> dict[str, Any]:
        """A case's row, numbered; it may still be changed until ``write``."""
        row = BLANK["petition_case"] | {"id": next(self._case_ids), "query_code": new_code()} | values
        self.rows[CASES].append(row)
        return row

    def step(self, case_id: int, kind: str, facts: dict[str, Any], **values: Any) -> int:
        """A step with its kind's own facts; returns its number."""
        number = next(self._step_ids)
        self.rows[STEPS].append(
            BLANK["case_step"] | {"id": number, "case_id": case_id, "kind": kind} | values
        )
        self.rows[table_of(kind)].append({"id": number} | facts)
        return number

    def part(self, case_id: int, role: Any, **values: Any) -> dict[str, Any]:
        row = BLANK["case_part"] | {"case_id": case_id, "role": role} | values
        self.rows[PARTS].append(row)
        return row

    def representative(self, case_id: int, name: str) -> None:
        self.rows[REPRESENTATIVES].append({"case_id": case_id, "name": name})

    def clock(
        self,
        case_id: int,
        code: str,
        on: dt.date,
        step_id: int,
        unit_id: int | None,
        length: int | None = None,
    ) -> dict[str, Any]:
        """A clock of that rule, counted like ``clocks.start`` does."""
        law = self.laws[code]
        length = law.length if length is None else length
        due = self.counted(on, length, law.unit)
        row = BLANK["clock"] | {
            "case_id": case_id, "rule_id": law.id, "code": code, "duty": law.duty, "unit_id": unit_id,
            "started_on": on, "length": length, "counted_in": law.unit, "due_stat": due.stat,
            "due_legal": due.legal, "certain": due.certain, "started_by_id": step_id,
        }  # fmt: skip
        self.rows[CLOCKS].append(row)
        return row

    def counted(self, on: dt.date, length: int, unit: ClockUnit) -> Due:
        key = (on, length, unit)
        if key not in self._counted:
            self._counted[key] = clocks.counted(on, length, unit)
        return self._counted[key]

    def write(self) -> int:
        """Send what was gathered; returns how many rows. The caller commits."""
        kinds = [table for table in self.rows if table.name.startswith("step_")]
        count = 0
        for table in (CASES, REPRESENTATIVES, STEPS, *kinds, PARTS, CLOCKS):
            rows = self.rows.pop(table, [])
            if rows:
                _send(self.connection, table, rows)
                count += len(rows)
        return count


def _send(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Rows that have the same columns, sent the quickest way the database has; its triggers and checks hold for both.

    SQLAlchemy looks each value up by name for each row; here every column is converted at once.
    """
    dialect, names = connection.dialect, list(rows[0])
    convert = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    columns = [
        [row[name] for row in rows] if to is None else [to(row[name]) for row in rows]
        for name, to in zip(names, convert, strict=True)
    ]
    quoted = ", ".join(f'"{name}"' for name in names)
    if dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as stream:
            for values in zip(*columns, strict=True):
                stream.write_row(values)
    else:
        marks = ", ".join("?" * len(names))
        statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'
        connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))
