"""Objections of units to a draft, what was taken out because of them, and what follows from a place among the last."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, OfCase, through_case
from app.core import immutable
from app.core.enums import enum_column
from app.core.labels import said
from app.core.models import Row
from app.core.scope import Reach, Scoped
from app.documents.models import Document
from app.incentives.enums import ConsequenceKind, ConsequenceState, ObjectionState
from app.incentives.models import Notice
from app.organisation.models import Officer, Unit


class NoticeObjection(Row, Scoped):
    """A unit says what is wrong in a draft; the office decides with reasons. Read by the unit and the office."""

    __tablename__ = "notice_objection"
    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="ck_notice_objection_reason"),
        sa.CheckConstraint("(state = 'RAISED') = (decided_at IS NULL)", name="ck_notice_objection_decided"),
        sa.CheckConstraint("state = 'RAISED' OR ruling <> ''", name="ck_notice_objection_ruling"),
        sa.Index("ix_notice_objection_state", "notice_id", "state"),
    )

    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    notice: Mapped[Notice] = relationship(info=said(_l("Notice")))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Unit")))
    indicator: Mapped[str] = mapped_column(sa.String(12), info=said(_l("Indicator")))
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case | None] = relationship(info=said(_l("Case")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("What is wrong, and why")))
    raised_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    raised_by: Mapped[Officer] = relationship(foreign_keys=[raised_by_id], info=said(_l("Raised by")))
    raised_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Raised")))
    late: Mapped[bool] = mapped_column(default=False, info=said(_l("After the deadline")))
    state: Mapped[ObjectionState] = mapped_column(
        enum_column(ObjectionState, "notice_objection_state"), default=ObjectionState.RAISED,
        info=said(_l("State")),
    )  # fmt: skip
    ruling: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Decision and reasons")))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    decided_by: Mapped[Officer | None] = relationship(
        foreign_keys=[decided_by_id], info=said(_l("Decided by"))
    )
    decided_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Decided on")))

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        ours = sa.true() if reach.everything else cls.unit_id.in_(reach.units)
        return sa.and_(ours, sa.or_(cls.case_id.is_(None), through_case(cls.case_id, reach)))


class NoticeExclusion(OfCase, Row):
    """A case that does not count for one indicator of one month, by a decision with its reason."""

    __tablename__ = "notice_exclusion"
    __table_args__ = (
        sa.UniqueConstraint("month", "indicator", "case_id", name="uq_notice_exclusion"),
        sa.CheckConstraint("reason <> ''", name="ck_notice_exclusion_reason"),
    )

    month: Mapped[str] = mapped_column(sa.String(7), info=said(_l("Month")))
    indicator: Mapped[str] = mapped_column(sa.String(12), info=said(_l("Indicator")))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    objection_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_objection.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reason")))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    decided_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Decided on")))


class Consequence(Row):
    """What follows from months among the last (S002): proposed by the portal, decided by persons with their names."""

    __tablename__ = "consequence"
    __table_args__ = (
        # what a correction lifted may follow again from a later one
        sa.Index(
            "uq_consequence",
            "unit_id",
            "month",
            "kind",
            unique=True,
            sqlite_where=sa.text("lifted_by_id IS NULL"),
            postgresql_where=sa.text("lifted_by_id IS NULL"),
        ),
        sa.CheckConstraint("(state = 'PROPOSED') = (decided_at IS NULL)", name="ck_consequence_decided"),
        sa.CheckConstraint(
            "state <> 'DISMISSED' OR dismiss_reason <> ''", name="ck_consequence_dismissed_why"
        ),
        sa.CheckConstraint(
            "state NOT IN ('ANSWERED', 'RETURNED', 'APPROVED') OR measures <> ''",
            name="ck_consequence_measures",
        ),
        sa.CheckConstraint(
            "state <> 'APPROVED' OR approved_by_id IS NOT NULL", name="ck_consequence_approved"
        ),
        sa.CheckConstraint(
            "state <> 'LIFTED' OR (lift_decided_at IS NOT NULL AND lift_reason <> '')",
            name="ck_consequence_lifted",
        ),
    )

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Unit")))
    kind: Mapped[ConsequenceKind] = mapped_column(
        enum_column(ConsequenceKind, "consequence_kind"), info=said(_l("What follows"))
    )
    month: Mapped[str] = mapped_column(sa.String(7), index=True, info=said(_l("Month")))
    run: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)  # month, place, group of each month running
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    notice: Mapped[Notice] = relationship(foreign_keys=[notice_id], info=said(_l("Notice")))
    proposed_on: Mapped[dt.date] = mapped_column(info=said(_l("Proposed on")))
    state: Mapped[ConsequenceState] = mapped_column(
        enum_column(ConsequenceState, "consequence_state"), default=ConsequenceState.PROPOSED,
        info=said(_l("State")),
    )  # fmt: skip
    problem: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Problem")))
    demand: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Demand")))
    due_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Measures due")))
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    document: Mapped[Document | None] = relationship(info=said(_l("Paper")))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    decided_by: Mapped[Officer | None] = relationship(
        foreign_keys=[decided_by_id], info=said(_l("Decided by"))
    )
    decided_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Decided on")))
    dismiss_reason: Mapped[str] = mapped_column(
        sa.String(200), default="", info=said(_l("Why it was set aside"))
    )
    lifted_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("notice.id", name="fk_consequence_lifted_by"), index=True
    )
    lifted_by: Mapped[Notice | None] = relationship(
        foreign_keys=[lifted_by_id], info=said(_l("Lifted by the corrected notice"))
    )
    cause_gone_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("notice.id", name="fk_consequence_cause_gone"), index=True
    )
    cause_gone: Mapped[Notice | None] = relationship(
        foreign_keys=[cause_gone_id], info=said(_l("Its cause was taken away by"))
    )
    lift_reason: Mapped[str] = mapped_column(
        sa.String(200), default="", info=said(_l("Why it is lifted, or stands"))
    )
    lift_decided_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ab_user.id", name="fk_consequence_lift_decided_by"), index=True
    )
    lift_decided_by: Mapped[Officer | None] = relationship(
        foreign_keys=[lift_decided_by_id], info=said(_l("Decided on lifting"))
    )
    lift_decided_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Decision on lifting")))
    cause: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Causes found by the unit")))
    measures: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Measures, who answers for them, until when"))
    )
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    answered_by: Mapped[Officer | None] = relationship(
        foreign_keys=[answered_by_id], info=said(_l("Handed in by"))
    )
    answered_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Handed in")))
    opinion: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Leader's opinion")))
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    approved_by: Mapped[Officer | None] = relationship(
        foreign_keys=[approved_by_id], info=said(_l("Leader in charge of the unit's field"))
    )
    approved_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Leader's decision")))
    deduction: Mapped[int] = mapped_column(default=0, info=said(_l("Off the year's score")))

    @property
    def lifting_waits(self) -> bool:
        """A correction took the cause away, and nobody has decided yet what becomes of it."""
        return self.cause_gone_id is not None and self.lift_decided_at is None

    def __str__(self) -> str:
        return f"{self.unit} {self.month}"


immutable.protect(
    "notice_objection",
    frozen=("notice_id", "unit_id", "indicator", "case_id", "reason", "raised_by_id", "raised_at", "late"),
    once=("decided_by_id", "decided_at"),
)
immutable.check(
    "notice_objection_decided_once", "notice_objection", "UPDATE OF state, ruling",
    "OLD.state <> 'RAISED' AND (NEW.state <> OLD.state OR NEW.ruling <> OLD.ruling)",
)  # fmt: skip
immutable.protect("notice_exclusion")
immutable.protect(
    "consequence",
    frozen=("unit_id", "kind", "month", "run", "notice_id", "proposed_on"),
    once=(
        "decided_by_id",
        "decided_at",
        "document_id",
        "lifted_by_id",
        "lift_decided_by_id",
        "lift_decided_at",
    ),
)
# a letter of inspection is read by the unit it went to; a draft stays with its house (Document.within)
Document.reached_through.append(
    lambda reach: Document.id.in_(
        sa.select(Consequence.document_id).where(
            Consequence.document_id.is_not(None),
            sa.true() if reach.everything else Consequence.unit_id.in_(reach.units),
        )
    )
)
