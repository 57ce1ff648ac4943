"""docs/tables.md from the models: one diagram a module, relations inside it drawn, others named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask_appbuilder import Model

from app.core import immutable
from app.core.crypto import Encrypted
from app.core.labels import labels_of
from tests.docs.words import Words, mermaid, page, table

TYPES = (
    (Encrypted, "encrypted"), (sa.Enum, "enum"), (sa.Text, "text"), (sa.Boolean, "bool"), (sa.Integer, "int"),
    (sa.DateTime, "datetime"), (sa.Date, "date"), (sa.JSON, "json"), (sa.Numeric, "decimal"),
)  # fmt: skip
EXTENDED = ("ab_user", "ab_role")  # Flask-AppBuilder's, with columns of ours
THEIR_HOME = "app.organisation.models"


def tables(words: Words) -> str:
    modules: dict[str, list[Any]] = defaultdict(list)
    for mapper in sorted(Model.registry.mappers, key=lambda m: str(m.local_table)):
        if mapper.class_.__module__.startswith("app."):
            modules[mapper.class_.__module__].append(mapper)
        elif str(mapper.local_table) in EXTENDED:
            modules[THEIR_HOME].append(mapper)
    return page(
        "# Tables",
        "Every table by the module that declares it, with the words officers read. `ab_user` (officers) and `ab_role` "
        "are Flask-AppBuilder's, extended in place by `app/organisation/models.py`; link tables are left out. An "
        "arrow in a comment names a table of another module.",
        *(
            part
            for module, mappers in sorted(modules.items())
            for part in (f"## `{module}`", mermaid("erDiagram", _entities(mappers, words)))
        ),
        *_refusals(),
    )


def _entities(mappers: list[Any], words: Words) -> Iterator[str]:
    names = {str(m.local_table) for m in mappers}
    for mapper in mappers:
        labels = _column_labels(mapper)
        yield f"{mapper.local_table} {{"
        for column in mapper.local_table.columns:
            target = next((str(key.column.table) for key in column.foreign_keys), "")
            said = words(labels.get(column.name, "")).replace('"', "'")
            if target and target not in names:
                said = f"{said} → {target}".strip()
            key = " PK" if column.primary_key else " FK" if target else ""
            yield f"    {_type(column)} {column.name}{key}" + (f' "{said}"' if said else "")
        yield "}"
        for column in mapper.local_table.columns:
            for foreign in column.foreign_keys:
                if (target := str(foreign.column.table)) in names:
                    one, many = ("|o" if column.nullable else "||"), ("o|" if column.primary_key else "o{")
                    yield f"{target} {one}--{many} {mapper.local_table} : {column.name}"


def _column_labels(mapper: Any) -> dict[str, Any]:
    """Labels by column name; a foreign key bears the words of its relation."""
    labels, _hints = labels_of(mapper.class_)
    named = {c.name: labels[a.key] for a in mapper.column_attrs for c in a.columns if a.key in labels}
    for relation in mapper.relationships:
        if relation.key in labels and not relation.uselist:
            named.update({c.name: labels[relation.key] for c in relation.local_columns if c.foreign_keys})
    return named


def _type(column: sa.Column[Any]) -> str:
    found = next((name for kind, name in TYPES if isinstance(column.type, kind)), "")
    return found or f"str{getattr(column.type, 'length', None) or ''}"


def _refusals() -> list[str]:
    kept = [
        (f"`{p.table}`", "every column" if p.frozen == "*" else ", ".join(p.frozen), ", ".join(p.once),
         f"`{p.when}`" if p.when else "", "outside the condition" if p.deletable else "never")
        for p in sorted(immutable._protections, key=lambda p: p.table)
    ]  # fmt: skip
    checks = [
        (f"`{c.name}`", f"{c.event} on `{c.table}`", f"`{c.refuse_when}`")
        for c in sorted(immutable._checks, key=lambda c: (c.table, c.name))
    ]
    return [
        "## What the database refuses to change",
        "By triggers on both databases, installed by `flask init` (`app/core/immutable.py`).",
        table(["table", "never changes", "set once", "while", "deleted"], kept),
        table(["check", "at", "refuses when"], checks),
    ]
