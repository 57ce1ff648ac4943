"""Editable settings by key: figures an office may change without a programmer (rows of ``Setting``)."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.models import Setting
from app.core.remembered import remembered


@remembered
def text(key: str) -> str:
    """Raises KeyError when the seeds were never loaded or the row is gone."""
    row = Setting.__table__.c  # a plain column: no reach is asked for what is nobody's
    value = db.session.execute(sa.select(row.value).where(row.key == key)).scalar_one_or_none()
    if value is None:
        raise KeyError(f"setting {key!r} is missing; run `flask seed`")
    return value


def number(key: str) -> int:
    return int(text(key))


def yes(key: str) -> bool:
    return text(key) == "1"
