"""Grounds and triggers of supervision, and the matter that grows from a proposal to an accepted answer.

A matter belongs to its case and is beside the case's state. What the office only considers (proposed, drafted,
dismissed) is read in the office alone; the unit sees a matter once its letter is signed.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, Clock, OfCase, through_case
from app.core import immutable
from app.core.enums import enum_column
from app.core.labels import said
from app.core.models import Row
from app.core.scope import Reach
from app.documents.models import Document
from app.organisation.models import Officer, Unit
from app.supervision.enums import FOLLOWS, UNDER_WAY, Condition, SupervisionState

LONGEST_FEEDBACK = 90


class SupervisionGround(Row):
    """Why a unit is supervised, in the words of the letter (six of R05 art. 36; R22 art. 40 names no list)."""

    __tablename__ = "supervision_ground"

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Ground"), _l("As the letter says it")))
    source: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Source")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class SupervisionTrigger(Row):
    """When the daily duties propose a supervision matter, and how the letter's draft then begins."""

    __tablename__ = "supervision_trigger"
    __table_args__ = (sa.CheckConstraint("days BETWEEN 0 AND 365", name="ck_trigger_days"),)

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Trigger")))
    rank: Mapped[int] = mapped_column(
        default=100, info=said(_l("Rank"), _l("Smaller numbers come first; a case has one matter at a time"))
    )
    condition: Mapped[Condition] = mapped_column(
        enum_column(Condition, "trigger_condition"), info=said(_l("Condition"))
    )
    clock_code: Mapped[str] = mapped_column(
        sa.String(12),
        default="",
        info=said(_l("Only this deadline"), _l("Its code, as T5; empty: every deadline of the unit")),
    )
    days: Mapped[int] = mapped_column(
        default=0, info=said(_l("Days of patience"), _l("After the condition holds; 0: from the next day"))
    )
    ground_id: Mapped[int] = mapped_column(sa.ForeignKey("supervision_ground.id"), index=True)
    ground: Mapped[SupervisionGround] = relationship(info=said(_l("Ground")))
    problem: Mapped[str] = mapped_column(
        sa.Text,
        default="",
        info=said(
            _l("Draft of the problem"),
            _l("Fields in {{ double braces }}: deadline, article, started_on, due_on, unit, title_of_matter"),
        ),
    )
    demand: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Draft of the demand")))
    enabled: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class Supervision(OfCase, Row):
    """One matter of supervision: from the proposal over the letter and its answers to the end."""

    __tablename__ = "supervision"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "trigger_id", "clock_id", name="uq_supervision_proposal"),
        # one matter at a time: a second letter waits until the first is settled
        sa.Index("uq_supervision_under_way", "case_id", unique=True,
                 sqlite_where=sa.text(f"state IN ({', '.join(repr(s.name) for s in UNDER_WAY)})"),
                 postgresql_where=sa.text(f"state IN ({', '.join(repr(s.name) for s in UNDER_WAY)})")),
        sa.Index("ix_supervision_state", "state", "id"),
        sa.CheckConstraint("(trigger_id IS NULL) = (clock_id IS NULL)", name="ck_supervision_cause"),
        sa.CheckConstraint(f"days BETWEEN 1 AND {LONGEST_FEEDBACK}", name="ck_supervision_days"),
        sa.CheckConstraint("reason <> ''", name="ck_supervision_has_reason"),
        sa.CheckConstraint(
            "(state IN ('PROPOSED', 'DISMISSED')) = (document_id IS NULL)", name="ck_supervision_paper"
        ),
        sa.CheckConstraint(
            "(state IN ('PROPOSED', 'DRAFTED', 'DISMISSED')) = (sent_at IS NULL)", name="ck_supervision_sent"
        ),
        sa.CheckConstraint("(sent_at IS NULL) = (feedback_id IS NULL)", name="ck_supervision_clock"),
        sa.CheckConstraint("sent_at IS NULL OR supervisor_id IS NOT NULL", name="ck_supervision_supervisor"),
        sa.CheckConstraint(
            "state NOT IN ('ANSWERED', 'RETURNED') OR answered_at IS NOT NULL", name="ck_supervision_answered"
        ),
        sa.CheckConstraint(
            "(state IN ('CLOSED', 'DISMISSED')) = (ended_at IS NOT NULL)", name="ck_supervision_ended"
        ),
        sa.CheckConstraint(
            "state <> 'DISMISSED' OR dismiss_reason <> ''", name="ck_supervision_dismissed_why"
        ),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    # why it was proposed; both empty when the office began it by itself
    trigger_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supervision_trigger.id"), index=True)
    trigger: Mapped[SupervisionTrigger | None] = relationship(
        foreign_keys=[trigger_id], info=said(_l("Trigger"))
    )
    clock_id: Mapped[int | None] = mapped_column(sa.ForeignKey("clock.id"), index=True)
    clock: Mapped[Clock | None] = relationship(foreign_keys=[clock_id], info=said(_l("Deadline")))
    proposed_on: Mapped[dt.date] = mapped_column(info=said(_l("Proposed on")))
    # what the letter says
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Unit supervised")))
    ground_id: Mapped[int] = mapped_column(sa.ForeignKey("supervision_ground.id"), index=True)
    ground: Mapped[SupervisionGround] = relationship(info=said(_l("Ground")))
    reason: Mapped[str] = mapped_column(
        sa.String(200),
        default="",
        info=said(_l("Reason in words"), _l("Printed on the letter; empty: the words of the ground")),
    )
    problem: Mapped[str] = mapped_column(
        sa.Text,
        default="",
        info=said(_l("Problem"), _l("What is found, in sentences; printed on the letter")),
    )
    demand: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Demand"), _l("What the unit shall do; printed on the letter"))
    )
    days: Mapped[int] = mapped_column(
        info=said(_l("Days for the answer"), _l("Counted from the day of signing"))
    )
    supervisor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    supervisor: Mapped[Officer | None] = relationship(
        foreign_keys=[supervisor_id],
        info=said(_l("Supervisor"), _l("Sees the case from the signing on and accepts the answer")),
    )
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    document: Mapped[Document | None] = relationship(info=said(_l("Supervision letter")))
    times: Mapped[int] = mapped_column(default=0, info=said(_l("Which letter on this case")))
    # where it stands
    state: Mapped[SupervisionState] = mapped_column(
        enum_column(SupervisionState, "supervision_state"), info=said(_l("State"))
    )
    feedback_id: Mapped[int | None] = mapped_column(sa.ForeignKey("clock.id"), unique=True)
    feedback: Mapped[Clock | None] = relationship(foreign_keys=[feedback_id], info=said(_l("Answer due")))
    # what the daily duties propose on it: another letter, until one is signed or the unit answers
    again_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("supervision_trigger.id", name="fk_supervision_again"), index=True
    )
    again: Mapped[SupervisionTrigger | None] = relationship(
        foreign_keys=[again_id], info=said(_l("Another letter proposed because"))
    )
    again_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Another letter proposed on")))
    drafted_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Drafted")))
    sent_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Signed")))
    answered_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Last answer")))
    ended_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Ended")))
    dismiss_reason: Mapped[str] = mapped_column(
        sa.String(200), default="", info=said(_l("Reason for dismissing"))
    )

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        seen = through_case(cls.case_id, reach)
        return seen if reach.everything else sa.and_(seen, cls.sent_at.is_not(None))

    def __str__(self) -> str:
        return self.document.number if self.document is not None else ""


# what was proposed and when never changes; a letter's words stand from its signing; states only lead forward
immutable.protect(
    "supervision",
    frozen=("case_id", "trigger_id", "clock_id", "proposed_on"),
    once=("sent_at", "ended_at"),
)
_WORDS = (
    "unit_id",
    "ground_id",
    "reason",
    "problem",
    "demand",
    "days",
    "supervisor_id",
    "document_id",
    "times",
)
immutable.check(
    "supervision_letter_stays", "supervision", f"UPDATE OF {', '.join(_WORDS)}",
    f"OLD.sent_at IS NOT NULL AND ({' OR '.join(f'NEW.{name} <> OLD.{name}' for name in _WORDS)})",
)  # fmt: skip
_STEPS = " OR ".join(
    f"(OLD.state = '{before.name}' AND NEW.state IN ({', '.join(repr(s.name) for s in after)}))"
    for before, after in FOLLOWS.items()
)
immutable.check(
    "supervision_state_leads_on", "supervision", "UPDATE OF state",
    f"NEW.state <> OLD.state AND NOT ({_STEPS})",
)  # fmt: skip
