"""Base of every table, the working calendar, editable settings and the audit trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.core import immutable
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said


class Row(Model):
    """A table with a number for each row. Foreign keys get their index by hand: neither FAB nor SQLAlchemy does."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)


class DayKind(LabelledEnum):
    HOLIDAY = (_l("Public holiday"), "warn")
    MAKEUP = (_l("Make-up working day"), "info")


class CalendarDay(Row):
    """A day that differs from the week's rule (work Monday to Friday), with the notice it comes from."""

    __tablename__ = "calendar_day"

    day: Mapped[dt.date] = mapped_column(unique=True, info=said(_l("Date")))
    kind: Mapped[DayKind] = mapped_column(
        enum_column(DayKind, "calendar_day_kind"), info=said(_l("Kind of day"))
    )
    name: Mapped[str] = mapped_column(sa.String(40), info=said(_l("Holiday")))
    source: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Source notice")))

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"


class Setting(Row):
    """A figure or choice of the office, with what it means and where it comes from; edited, never coded."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(sa.String(60), unique=True, info=said(_l("Key")))
    value: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Value")))
    title: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Meaning")))
    source: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Source")))

    def __str__(self) -> str:
        return self.title


class AuditEntry(Row):
    """Who changed what, when; written in the same transaction, chained, never changed (GB/T 22239 8.1.4.3)."""

    __tablename__ = "audit_entry"
    __table_args__ = (sa.Index("ix_audit_row", "subject", "subject_id"),)

    at: Mapped[dt.datetime] = mapped_column(index=True, info=said(_l("When")))
    officer: Mapped[str] = mapped_column(sa.String(128), default="", index=True, info=said(_l("Account")))
    event: Mapped[str] = mapped_column(sa.String(20), info=said(_l("Event")))
    subject: Mapped[str] = mapped_column(sa.String(60), index=True, info=said(_l("Subject")))
    subject_id: Mapped[int | None] = mapped_column(info=said(_l("Row number")))
    address: Mapped[str] = mapped_column(sa.String(64), default="", info=said(_l("Network address")))
    detail: Mapped[dict[str, Any]] = mapped_column(sa.JSON, info=said(_l("Detail")))
    digest: Mapped[str] = mapped_column(sa.String(64), info=said(_l("Digest")))


class AuditHead(Row):
    """The last digest of the audit chain; its row lock puts writers in order."""

    __tablename__ = "audit_head"

    digest: Mapped[str] = mapped_column(sa.String(64))
    entries: Mapped[int] = mapped_column(default=0)


immutable.protect("audit_entry")
