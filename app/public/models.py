"""Failed look-ups, counted in the database so that the count holds over all processes."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Row


class LookupFailure(Row):
    """How often a query code, or a network address, was tried in vain; both only as keyed digests."""

    __tablename__ = "lookup_failure"

    mark: Mapped[str] = mapped_column(sa.String(64), unique=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[dt.datetime] = mapped_column(index=True)
    locked_until: Mapped[dt.datetime | None]
