"""The year: figures from elsewhere, ranking and prizes, the ten best officers, years of service, the year's report."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import immutable
from app.core.enums import enum_column
from app.core.labels import said
from app.core.models import Row
from app.documents.models import Document
from app.incentives.enums import Cadre, NominationState, RankingState
from app.organisation.models import Officer, Unit


class GivenFigure(Row):
    """A figure the portal cannot count itself (a higher level's bulletin, a year before the portal), with its source.

    Entered in a group and a name, as 越级访 / 进京（人次）; reports add up a group. Corrected by a new entry.
    """

    __tablename__ = "given_figure"
    __table_args__ = (
        sa.CheckConstraint("month LIKE '____-__'", name="ck_given_figure_month"),
        sa.CheckConstraint("source <> ''", name="ck_given_figure_source"),
        sa.Index("ix_given_figure_name", "name", "month"),
    )

    month: Mapped[str] = mapped_column(
        sa.String(7), info=said(_l("Month"), _l("As 2026-03; of a whole year its December"))
    )
    topic: Mapped[str] = mapped_column(sa.String(40), default="", info=said(_l("Group"), _l("As 越级访")))
    name: Mapped[str] = mapped_column(sa.String(40), info=said(_l("Name of the figure"), _l("As 进京批次")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit | None] = relationship(info=said(_l("Unit"), _l("Empty: the whole district")))
    value: Mapped[Decimal] = mapped_column(sa.Numeric(14, 2), info=said(_l("Value")))
    source: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Source")))
    entered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    entered_by: Mapped[Officer | None] = relationship(info=said(_l("Entered by")))
    entered_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Entered")))
    replaced: Mapped[bool] = mapped_column(default=False, info=said(_l("Replaced by a later entry")))
    replaced_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Replaced when")))


class YearRanking(Row):
    """The year's ranking and prizes: proposed from the published notices, decided by a person."""

    __tablename__ = "year_ranking"
    __table_args__ = (
        sa.CheckConstraint("(state = 'DECIDED') = (decided_at IS NOT NULL)", name="ck_year_ranking_decided"),
        sa.UniqueConstraint("document_id", name="uq_year_ranking_document"),
    )

    year: Mapped[int] = mapped_column(unique=True, info=said(_l("Year")))
    state: Mapped[RankingState] = mapped_column(
        enum_column(RankingState, "year_ranking_state"), default=RankingState.PROPOSED, info=said(_l("State"))
    )
    computed_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Computed")))
    months: Mapped[int] = mapped_column(default=0, info=said(_l("Published months")))
    # unit_id, unit, months, mean, deduction, score, rank, prize of each unit
    lines: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    opinion: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Decision")))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    decided_by: Mapped[Officer | None] = relationship(info=said(_l("Decided by")))
    decided_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Decided on")))
    document_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("document.id", name="fk_year_ranking_document")
    )
    document: Mapped[Document | None] = relationship(info=said(_l("Paper")))

    def __str__(self) -> str:
        return str(self.year)


class Nomination(Row):
    """An officer nominated as one of the ten best of the year (S002), in publicity, then voted on."""

    __tablename__ = "nomination"
    __table_args__ = (
        sa.UniqueConstraint("year", "officer_id", name="uq_nomination"),
        sa.CheckConstraint("merits <> ''", name="ck_nomination_merits"),
        sa.CheckConstraint(
            "state IN ('NOMINATED', 'WITHDRAWN') OR public_until IS NOT NULL", name="ck_nomination_public"
        ),
    )

    year: Mapped[int] = mapped_column(index=True, info=said(_l("Year")))
    officer_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer] = relationship(foreign_keys=[officer_id], info=said(_l("Officer")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit | None] = relationship(info=said(_l("Nominated by the unit")))
    merits: Mapped[str] = mapped_column(sa.Text, info=said(_l("Merits")))
    nominated_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    nominated_by: Mapped[Officer] = relationship(
        foreign_keys=[nominated_by_id], info=said(_l("Nominated by"))
    )
    nominated_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Nominated")))
    state: Mapped[NominationState] = mapped_column(
        enum_column(NominationState, "nomination_state"), default=NominationState.NOMINATED,
        info=said(_l("State")),
    )  # fmt: skip
    public_since: Mapped[dt.date | None] = mapped_column(info=said(_l("Publicity from")))
    public_until: Mapped[dt.date | None] = mapped_column(info=said(_l("Publicity until")))
    voices: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Voices heard during publicity"), _l("And what was found"))
    )
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    decided_by: Mapped[Officer | None] = relationship(
        foreign_keys=[decided_by_id], info=said(_l("Decided by"))
    )
    decided_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Decided on")))

    def __str__(self) -> str:
        return str(self.officer)


class Vote(Row):
    """One officer's vote for one nominee; given once, never changed, never shown by name."""

    __tablename__ = "nomination_vote"
    __table_args__ = (sa.UniqueConstraint("nomination_id", "voter_id", name="uq_nomination_vote"),)

    nomination_id: Mapped[int] = mapped_column(sa.ForeignKey("nomination.id"), index=True)
    voter_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(info=said(_l("When")))


class Service(Row):
    """A period of service in petition work, as the organisation department confirms it."""

    __tablename__ = "service_period"
    __table_args__ = (sa.CheckConstraint("until IS NULL OR until >= since", name="ck_service_period_order"),)

    officer_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer] = relationship(info=said(_l("Officer")))
    cadre: Mapped[Cadre] = mapped_column(enum_column(Cadre, "service_cadre"), info=said(_l("Cadre rank")))
    post: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Post in petition work")))
    since: Mapped[dt.date] = mapped_column(info=said(_l("Since when")))
    until: Mapped[dt.date | None] = mapped_column(info=said(_l("Until"), _l("Empty: still in the post")))
    evidence: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Appointment paper")))

    def __str__(self) -> str:
        return f"{self.officer} {self.since}"


class YearReport(Row):
    """The year's report (art. 41): what was counted and written, and the paper it became."""

    __tablename__ = "year_report"

    year: Mapped[int] = mapped_column(unique=True, info=said(_l("Year")))
    as_of: Mapped[dt.date] = mapped_column(info=said(_l("As of")))
    known_until: Mapped[dt.datetime | None]  # what was recorded from this moment on is not in it
    tables: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    words: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Other matters (art. 41 (4))")))
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    document: Mapped[Document | None] = relationship(info=said(_l("Paper")))
    signed_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Signed at")))
    signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    signed_by: Mapped[Officer | None] = relationship(info=said(_l("Signed by")))

    def __str__(self) -> str:
        return str(self.year)


immutable.protect(
    "given_figure",
    frozen=("month", "topic", "name", "unit_id", "value", "source", "entered_by_id", "entered_at"),
    once=("replaced_at",),
)
immutable.protect(
    "year_ranking", when="OLD.state = 'DECIDED'", deletable=True,
    frozen=("year", "state", "computed_at", "months", "lines", "opinion", "decided_by_id", "decided_at"),
    once=("document_id",),
)  # fmt: skip
immutable.protect(
    "nomination", frozen=("year", "officer_id", "unit_id", "merits", "nominated_by_id", "nominated_at"),
    once=("decided_by_id", "decided_at"),
)  # fmt: skip
immutable.protect("nomination_vote")
immutable.protect("year_report", when="OLD.signed_at IS NOT NULL", deletable=True)
Document.reached_through += [
    lambda reach: Document.id.in_(
        sa.select(YearReport.document_id).where(YearReport.document_id.is_not(None))
    ),
    lambda reach: Document.id.in_(
        sa.select(YearRanking.document_id).where(YearRanking.document_id.is_not(None))
    ),
]
