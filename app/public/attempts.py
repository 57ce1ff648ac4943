"""Guessing is slow: after some failures a query code, or a network address, is locked for a while.

A code counts whether it exists or not, so that the lock tells nothing. Plain statements, not the session's rows: a
counter is nothing for the audit trail (a refused look-up is an entry of its own there).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.core import crypto, settings
from app.core.db import db
from app.public.models import LookupFailure

TABLE: sa.Table = LookupFailure.__table__
KEPT_FOR = dt.timedelta(days=1)


def marks(code: str, address: str) -> tuple[str, str]:
    """What is counted, always in this order, so that two tries never wait for each other crosswise."""
    return crypto.blind_index(f"address:{address}") or "", crypto.blind_index(f"code:{code}") or ""


def blocked(counted: tuple[str, str], now: dt.datetime) -> bool:
    """Whether one of them is locked. Holds both rows until the end of the transaction: tries at once queue up."""
    held = [_held(mark, now) for mark in counted]
    return any(row.locked_until is not None and now < row.locked_until for row in held)


def _held(mark: str, now: dt.datetime) -> Any:
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(TABLE).values(mark=mark, failures=0, last_at=now)
    db.session.execute(fresh.on_conflict_do_nothing(index_elements=["mark"]))
    return db.session.execute(sa.select(TABLE).where(TABLE.c.mark == mark).with_for_update()).one()


def failed(counted: tuple[str, str], now: dt.datetime) -> None:
    """Count a failure; the last one allowed locks. Old rows go."""
    most, lock = settings.number("public_tries"), dt.timedelta(minutes=settings.number("public_lock_minutes"))
    for mark in counted:
        row = _held(mark, now)
        count = row.failures + 1 if now - row.last_at <= lock else 1
        full = count >= most
        db.session.execute(
            TABLE.update()
            .where(TABLE.c.mark == mark)
            .values(failures=0 if full else count, last_at=now, locked_until=now + lock if full else None)
        )
    old = sa.select(TABLE.c.id).where(TABLE.c.last_at < now - KEPT_FOR).with_for_update(skip_locked=True)
    db.session.execute(TABLE.delete().where(TABLE.c.id.in_(old)))


def succeeded(counted: tuple[str, str]) -> None:
    """The code's count begins anew; the address's does not, or one's own code would free it for guessing on."""
    db.session.execute(TABLE.update().where(TABLE.c.mark == counted[1]).values(failures=0))
