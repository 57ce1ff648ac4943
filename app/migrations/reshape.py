"""Give a table that stands other columns and other CHECK constraints, on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op


def one_of(column: str, names: Iterable[str]) -> str:
    """The condition of an enumerated column, as SQLAlchemy writes it."""
    return f"{column} IN ({', '.join(repr(name) for name in names)})"


def reshape(
    table: str,
    add: Iterable[sa.Column[Any]] = (),
    drop: Iterable[str] = (),
    checks: Mapping[str, str] | None = None,
) -> None:
    """Add and drop columns and give standing CHECK constraints other words (``{name: condition}``); a NOT NULL column
    needs its ``server_default``, for the rows that stand."""
    with op.batch_alter_table(table) as batch:
        for column in add:
            batch.add_column(column)
        for name in drop:
            batch.drop_column(name)
        for name, words in (checks or {}).items():
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, sa.text(words))
