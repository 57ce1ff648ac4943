"""The audit trail: every insert, update and delete of the session becomes a chained entry of the same transaction.

Entries are written at commit time, after the last flush, so that the lock on the chain's head is always the last
lock a transaction takes (no deadlock with number registers). Never copied are encrypted values and the texts of cases:
who reads the trail handles no cases.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core import moment
from app.core.crypto import Encrypted
from app.core.models import AuditEntry, AuditHead
from app.core.scope import Scoped

GENESIS = "0" * 64
_SECRET = {"password", "query_code"}
# of a case: whether it accuses, and whom (art. 30)
_ACCUSES = {"kind", "purpose", "accused_unit_id"}
_UNAUDITED = {"audit_entry", "audit_head"}
SEEDING = "seeding"  # set in the session's info while reference data is loaded (core/seeding.py)
SEEDED = "seeded"
# FAB counts sign-ins on the user row; the sign-in itself is its own entry
_NOISE = {"login_count", "last_login", "changed_on", "changed_by_fk", "fail_login_count"}


def note(session: Session, what: str, subject: str, subject_id: int | None, detail: dict[str, Any]) -> None:
    """Add an entry that is no change of a row: a sign-in, a print, an unmasked view, an export."""
    session.info.setdefault("audit", []).append((what, subject, subject_id, detail))


def plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, str) and len(value) > 500:
        return value[:500] + "…"
    return value


def _tells(column: sa.Column[Any]) -> bool:
    """What a case says stays in the case, where it can be read by whom it concerns; it never changes there."""
    text = isinstance(column.type, sa.String | sa.JSON) and not isinstance(column.type, sa.Enum)
    return text or column.key in _ACCUSES


def _values(row: Any, changed_only: bool) -> dict[str, Any]:
    state = sa.inspect(row)
    detail: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        key, column = attribute.key, attribute.columns[0]
        if key in _NOISE:
            continue
        history = state.attrs[key].history
        if changed_only and not history.has_changes():
            continue
        if (
            isinstance(column.type, Encrypted)
            or key in _SECRET
            or (isinstance(row, Scoped) and _tells(column))
        ):
            detail[key] = "***"
        elif changed_only:
            before = history.deleted[0] if history.deleted else None
            detail[key] = [plain(before), plain(getattr(row, key))]
        elif (value := getattr(row, key)) is not None:
            detail[key] = plain(value)
    for relation in state.mapper.relationships:  # rights and memberships live in link tables
        if relation.secondary is None:
            continue
        history = state.attrs[relation.key].history
        if history.added or history.deleted:
            detail[relation.key] = {
                "+": [str(x) for x in history.added],
                "-": [str(x) for x in history.deleted],
            }
    return detail


def _collect(session: Session, _context: Any) -> None:
    for what, rows in (("insert", session.new), ("update", session.dirty), ("delete", session.deleted)):
        for row in rows:
            table = getattr(row, "__tablename__", "")
            if not table or table in _UNAUDITED:
                continue
            detail = _values(row, changed_only=what == "update")
            if what == "update" and not detail:
                continue
            word = SEEDED if what != "delete" and session.info.get(SEEDING) else what
            session.info.setdefault("audit", []).append((word, table, row, detail))


def digest_of(before: str, entry: dict[str, Any]) -> str:
    """SHA-256 over the previous digest and the entry's canonical JSON."""
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256((before + text).encode()).hexdigest()


def _write(session: Session) -> None:
    session.flush()
    pending = session.info.pop("audit", [])
    if not pending:
        return
    officer, address = "", ""
    if has_request_context():
        officer = getattr(g.get("user"), "username", "") or ""
        address = request.remote_addr or ""
    connection = session.connection()
    heads, at = AuditHead.__table__, moment.now()
    found = connection.execute(sa.select(heads.c.digest, heads.c.entries).with_for_update()).first()
    if found is None:
        connection.execute(heads.insert().values(id=1, digest=GENESIS, entries=0))
        found = connection.execute(sa.select(heads.c.digest, heads.c.entries).with_for_update()).one()
    digest, entries = found
    rows = []
    for what, subject, row, detail in pending:
        row_id = row if isinstance(row, int) or row is None else sa.inspect(row).identity and row.id
        entry = {
            "at": at,
            "officer": officer,
            "event": what,
            "subject": subject,
            "subject_id": row_id or None,
            "address": address,
            "detail": detail,
        }
        digest = digest_of(digest, entry)
        rows.append(entry | {"digest": digest})
    connection.execute(sa.insert(AuditEntry.__table__), rows)
    connection.execute(heads.update().values(digest=digest, entries=entries + len(rows)))


def _forget(session: Session, transaction: Any) -> None:
    if not transaction.nested:  # a savepoint that was given up takes nothing else with it
        session.info.pop("audit", None)


def broken_links(session: Session) -> list[str]:
    """Walk the chain; each sentence names an entry that was changed, removed or put in."""
    findings, before, count = [], GENESIS, 0
    for row in session.execute(sa.select(AuditEntry).order_by(AuditEntry.id)).yield_per(1000).scalars():
        entry = {
            "at": row.at,
            "officer": row.officer,
            "event": row.event,
            "subject": row.subject,
            "subject_id": row.subject_id,
            "address": row.address,
            "detail": row.detail,
        }
        if digest_of(before, entry) != row.digest:
            findings.append(f"audit entry {row.id} does not follow from the one before it")
        before, count = row.digest, count + 1
    head = session.execute(sa.select(AuditHead.digest, AuditHead.entries)).first()
    if head is not None and (head.digest != before or head.entries != count):
        findings.append(f"audit chain ends with {count} entries, its head says {head.entries}")
    return findings


def watch(session_factory: Any) -> None:
    event.listen(session_factory, "before_flush", lambda s, c, i: _collect(s, c))
    event.listen(session_factory, "before_commit", _write)
    event.listen(session_factory, "after_soft_rollback", _forget)
