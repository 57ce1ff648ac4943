"""Mass petitions and urgent matters (R22 art. 25; domain.md §5.4): the event, who goes there, and the reports.

What is recorded is what the office does about the matter. There is no field for a person who came, for where anybody
is, or for turning anybody back (§9.1), and none may be added.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import immutable
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.core.models import Row
from app.core.scope import Reach
from app.documents.models import Document
from app.organisation.models import Officer, Unit


class Place(LabelledEnum):
    """To whose organs people came."""

    COUNTY = (_l("County"), "info")
    CITY = (_l("City"), "info")
    PROVINCE = (_l("Province"), "amber")
    CAPITAL = (_l("Capital"), "warn")


class EventThreshold(Row):
    """From how many people on the principal leaders of town and department go to the place at once (S001)."""

    __tablename__ = "event_threshold"
    __table_args__ = (sa.CheckConstraint("people >= 1", name="ck_event_threshold_people"),)

    level: Mapped[Place] = mapped_column(
        enum_column(Place, "threshold_level"), unique=True, info=said(_l("Level"))
    )
    people: Mapped[int] = mapped_column(info=said(_l("People from")))
    duty: Mapped[str] = mapped_column(sa.String(200), info=said(_l("What is to be done")))
    source: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Source")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return f"{self.level} {self.people}"


class MassEvent(Row):
    """A mass petition or urgent matter, from its first report to the final one."""

    __tablename__ = "mass_event"
    __table_args__ = (
        sa.CheckConstraint("people >= 1", name="ck_event_people"),
        sa.CheckConstraint("NOT reached OR leader <> ''", name="ck_event_leader_goes"),
    )

    level: Mapped[Place] = mapped_column(enum_column(Place, "event_level"), info=said(_l("Level")))
    happened_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Time")))
    place: Mapped[str] = mapped_column(
        sa.String(120), info=said(_l("Venue"), _l("The organ or office they came to"))
    )
    people: Mapped[int] = mapped_column(info=said(_l("Number of people"), _l("A number only, no names")))
    demands: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Demands"), _l("What they ask for; nothing about single persons"))
    )
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Responsible unit")))
    reached: Mapped[bool] = mapped_column(default=False, info=said(_l("Threshold reached")))
    duty: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("What is to be done")))
    leader: Mapped[str] = mapped_column(
        sa.String(60), default="", info=said(_l("Leader on the spot"), _l("Name and post"))
    )
    recorded_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Recorded")))
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    recorded_by: Mapped[Officer] = relationship(info=said(_l("Recorded by")))
    reports: Mapped[list[EventReport]] = relationship(back_populates="event", order_by="EventReport.id")

    def __str__(self) -> str:
        return f"{self.happened_at:%Y-%m-%d %H:%M} {self.place}"


immutable.protect("mass_event")


class ReportKind(LabelledEnum):
    FIRST = (_l("First report"), "warn")
    FOLLOW_UP = (_l("Follow-up report"), "amber")
    FINAL = (_l("Final report"), "green")


class EventReport(Row):
    """首报、续报、终报: each its own paper; never changed."""

    __tablename__ = "event_report"
    __table_args__ = (
        sa.Index("uq_event_first", "event_id", unique=True, sqlite_where=sa.text("kind = 'FIRST'"),
                 postgresql_where=sa.text("kind = 'FIRST'")),
        sa.Index("uq_event_final", "event_id", unique=True, sqlite_where=sa.text("kind = 'FINAL'"),
                 postgresql_where=sa.text("kind = 'FINAL'")),
    )  # fmt: skip

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("mass_event.id"), index=True)
    event: Mapped[MassEvent] = relationship(back_populates="reports", info=said(_l("Event")))
    kind: Mapped[ReportKind] = mapped_column(enum_column(ReportKind, "event_report"), info=said(_l("Report")))
    people: Mapped[int] = mapped_column(info=said(_l("Number of people now"), _l("A number only, no names")))
    situation: Mapped[str] = mapped_column(sa.Text, info=said(_l("How it stands")))
    measures: Mapped[str] = mapped_column(
        sa.Text,
        info=said(_l("What is done about the matter"), _l("Who talks with them, what was promised by when")),
    )
    leader: Mapped[str] = mapped_column(
        sa.String(60), default="", info=said(_l("Leader on the spot"), _l("Name and post"))
    )
    reported_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Reported")))
    reported_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    reported_by: Mapped[Officer] = relationship(info=said(_l("Reported by")))
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    document: Mapped[Document] = relationship(info=said(_l("Paper")))

    def __str__(self) -> str:
        return str(self.kind)


immutable.protect("event_report")


def _papers_reached(reach: Reach) -> sa.ColumnElement[bool]:
    """Reports go up: the office that writes them reads them."""
    return Document.id.in_(sa.select(EventReport.document_id)) if reach.everything else sa.false()


Document.reached_through.append(_papers_reached)
