"""Reference data from the seeds into its tables: what is missing is added, what the office never touched follows the
seeds, what the office changed, made, renamed or deleted is the office's.

The audit trail knows which is which: it has every change of a row since the row was made, also those of offices older
than this rule. What seeding itself writes stands there as an event of its own. Bookkeeping columns that no seed gives
(the month an indicator was tried on) touch nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import RelationshipProperty

from app.core import audit
from app.core.db import db
from app.core.models import AuditEntry

Values = dict[str, Any]


@dataclass
class Loaded:
    """How many rows were added and how many refreshed; ``rows``: the refreshed ones."""

    new: int = 0
    rows: list[Any] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.new} new, {len(self.rows)} refreshed" if self.rows else f"{self.new} new"

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(self.new + other.new, [*self.rows, *other.rows])


@contextmanager
def loading() -> Iterator[None]:
    """What is flushed in here goes into the trail as the work of seeding."""
    db.session.flush()
    db.session.info[audit.SEEDING] = True
    try:
        yield
        db.session.flush()
    finally:
        db.session.info.pop(audit.SEEDING, None)


class Trail:
    """What the office did to the rows of one table."""

    def __init__(self, table: str) -> None:
        self._made: set[int] = set()
        self._changed: dict[int, set[str]] = {}
        self._before: list[tuple[int | None, Values]] = []  # as a row was before it was deleted or changed
        entry = AuditEntry
        made = sa.and_(entry.event == "insert", entry.officer != "")
        query = (
            sa.select(entry.event, entry.subject_id, entry.detail)
            .where(entry.subject == table, sa.or_(entry.event.in_(("update", "delete")), made))
            .order_by(entry.id)
        )
        for event, row_id, detail in db.session.execute(query):
            if event == "insert":
                self._made.add(row_id)
            elif event == "delete":
                self._before.append((None, detail))
            else:
                self._changed.setdefault(row_id, set()).update(detail)
                pairs = {name: pair[0] for name, pair in detail.items() if isinstance(pair, list)}
                self._before.append((row_id, pairs))

    def touched(self, row_id: int, columns: set[str]) -> bool:
        """Whether the office made the row, or changed one of these columns of it."""
        return row_id in self._made or not self._changed.get(row_id, set()).isdisjoint(columns)

    def left(self, keys: Sequence[str], rows: Iterable[Any]) -> set[tuple[Any, ...]]:
        """The keys whose rows the office deleted, or gave another key; ``rows`` are those of now."""
        now = {row.id: row for row in rows}
        found = set()
        for row_id, words in self._before:
            row = now.get(row_id) if row_id is not None else None
            if row is None or not words.keys().isdisjoint(keys):
                found.add(
                    tuple(
                        words[name] if row is None or name in words else audit.plain(getattr(row, name))
                        for name in keys
                        if row is not None or name in words
                    )
                )
        return found


def load(model: type[Any], key: str | tuple[str, ...], rows: Sequence[Values]) -> Loaded:
    """Bring the rows of the seeds into their table. ``key``: by what a row is known again; ``rows``: attributes."""
    keys = (key,) if isinstance(key, str) else key
    known = {tuple(getattr(row, name) for name in keys): row for row in db.session.scalars(sa.select(model))}
    trail, done, fresh = Trail(model.__tablename__), Loaded(), []
    left = trail.left(keys, known.values())
    for values in rows:
        at = tuple(values[name] for name in keys)
        row = known.get(at)
        if row is not None:
            if not trail.touched(row.id, columns(model, values)) and _refresh(row, values):
                done.rows.append(row)
        elif tuple(map(audit.plain, at)) not in left:
            fresh.append(model(**values))
    db.session.add_all(fresh)
    db.session.flush()
    done.new = len(fresh)
    return done


def columns(model: type[Any], values: Values) -> set[str]:
    """The names under which a change of these attributes stands in the trail."""
    mapper, found = sa.inspect(model), set()
    for name in values:
        attribute = mapper.attrs[name]
        if isinstance(attribute, RelationshipProperty) and attribute.secondary is None:
            found |= {mapper.get_property_by_column(column).key for column in attribute.local_columns}
        else:
            found.add(name)
    return found


def _refresh(row: Any, values: Values) -> bool:
    changed = False
    for name, value in values.items():
        if not _same(getattr(row, name), value):
            setattr(row, name, value)
            changed = True
    return changed


def _same(kept: Any, given: Any) -> bool:
    if isinstance(kept, Decimal) and isinstance(given, int | float):
        return kept == Decimal(str(given))
    if isinstance(kept, list) and isinstance(given, list):
        return len(kept) == len(given) and all(one in given for one in kept)
    return bool(kept == given)
