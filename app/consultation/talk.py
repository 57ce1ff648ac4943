"""What is said and written in a session: every field as a line of versions, attachments, the experts' links; and what
belongs to nobody's case: booked quarters of an hour and the addresses of calendars.

A field is never overwritten: a change is a new row with the next version, and the database takes each version once.
So two who write at the same time cannot silently undo each other, and who wrote what stays readable (ADR 0004 holds:
verbs write, the scope reads).
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import OfCase
from app.consultation.models import ConsultationSession, Participant
from app.core import immutable
from app.core.labels import said
from app.core.models import Row
from app.organisation.models import Officer


class Entry(OfCase, Row):
    """One version of one field of a session: who wrote it, when."""

    __tablename__ = "consultation_entry"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "name", "version", name="uq_entry_version"),
        sa.CheckConstraint("version >= 1", name="ck_entry_version"),
        sa.Index("ix_entry_session", "session_id", "id"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation_session.id"))
    session: Mapped[ConsultationSession] = relationship()
    name: Mapped[str] = mapped_column(sa.String(40), info=said(_l("Field")))
    version: Mapped[int] = mapped_column(info=said(_l("Version")))
    value: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Text")))
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer | None] = relationship(info=said(_l("Officer")))
    participant_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("consultation_participant.id"), index=True
    )
    participant: Mapped[Participant | None] = relationship(info=said(_l("Expert")))
    at: Mapped[dt.datetime] = mapped_column(info=said(_l("When")))


class OpinionFile(OfCase, Row):
    """An attachment of a written opinion; kept by its digest."""

    __tablename__ = "consultation_file"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation_participant.id"), index=True)
    participant: Mapped[Participant] = relationship(info=said(_l("Participant")))
    name: Mapped[str] = mapped_column(sa.String(120), info=said(_l("File")))
    kind: Mapped[str] = mapped_column(sa.String(80), info=said(_l("Kind of file")))
    size: Mapped[int] = mapped_column(info=said(_l("Size")))
    digest: Mapped[str] = mapped_column(sa.String(64), info=said(_l("Digest")))
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(info=said(_l("When")))


class ExpertLink(OfCase, Row):
    """A one-time address for an expert: only its digest is kept; the first browser that opens it keeps it."""

    __tablename__ = "consultation_link"
    __table_args__ = (sa.CheckConstraint("expires_at > made_at", name="ck_link_expires"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation_participant.id"), index=True)
    participant: Mapped[Participant] = relationship(info=said(_l("Expert")))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Made")))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    expires_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Good until")))
    used_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Opened")))
    revoked_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Revoked")))


class CalendarFeed(Row):
    """An officer's private calendar address: only its digest is kept, and it can be revoked."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        sa.Index("uq_calendar_feed_live", "officer_id", unique=True,
                 sqlite_where=sa.text("revoked_at IS NULL"), postgresql_where=sa.text("revoked_at IS NULL")),
    )  # fmt: skip

    officer_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer] = relationship(info=said(_l("Officer")))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Made")))
    revoked_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Revoked")))


# A room or a convener and a quarter of an hour: the primary key is what keeps two sessions apart, also when two are
# notified in the same moment. No row of a case: it says that a room is taken, and not by what.
booked_quarter = sa.Table(
    "booked_quarter",
    Model.metadata,
    sa.Column("resource", sa.String(16), primary_key=True),
    sa.Column("quarter", sa.DateTime, primary_key=True),
    sa.Column("session_id", sa.ForeignKey("consultation_session.id"), nullable=False, index=True),
)

# Who has the page of a session open, and in which field they are writing: gone a minute after they are.
presence = sa.Table(
    "consultation_presence",
    Model.metadata,
    sa.Column("session_id", sa.ForeignKey("consultation_session.id"), primary_key=True),
    sa.Column("officer_id", sa.ForeignKey("ab_user.id"), primary_key=True, index=True),
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False),
)

immutable.protect("consultation_entry")
immutable.protect("consultation_file")
immutable.protect(
    "consultation_link", frozen=("case_id", "participant_id", "digest", "made_at", "made_by_id", "expires_at"),
    once=("used_at", "revoked_at"),
)  # fmt: skip
immutable.protect("calendar_feed", frozen=("officer_id", "digest", "made_at"), once=("revoked_at",))
# once a session has decided or was left, its words stand
immutable.check(
    "entry_while_open", "consultation_entry", "INSERT",
    "(SELECT state FROM consultation_session WHERE id = NEW.session_id)"
    " NOT IN ('PROPOSED', 'NOTIFIED', 'HELD', 'ADJOURNED')",
)  # fmt: skip
