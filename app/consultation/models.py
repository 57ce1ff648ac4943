"""A matter's consultation, its sessions, who takes part, and the resolution items that become work."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, Clock, OfCase
from app.cases.steps import Step
from app.consultation.enums import (
    FOLLOWS,
    Capacity,
    Conclusion,
    CourseState,
    ItemKind,
    ItemPart,
    ItemState,
    SessionState,
)
from app.consultation.levels import HIGHEST, ConsultationLevel, MeetingRoom
from app.core import immutable
from app.core.enums import enum_column
from app.core.labels import said
from app.core.models import Row
from app.documents.models import Document
from app.organisation.models import Officer, Unit

S = SessionState

consultation_unit = sa.Table(
    "consultation_unit",
    Model.metadata,
    sa.Column("consultation_id", sa.ForeignKey("consultation.id"), primary_key=True),
    sa.Column("unit_id", sa.ForeignKey("unit.id"), primary_key=True, index=True),
)


class Consultation(OfCase, Row):
    """A matter on its way up the levels, from the first proposal until it is struck off."""

    __tablename__ = "consultation"
    __table_args__ = (
        # one at a time: a second one waits until the first is struck off or called off
        sa.Index("uq_consultation_live", "case_id", unique=True,
                 sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
        sa.Index("ix_consultation_board", "state", "level", "opened_at"),
        sa.CheckConstraint(f"level BETWEEN 1 AND {HIGHEST}", name="ck_consultation_level"),
        sa.CheckConstraint("(state IN ('STRUCK_OFF', 'CALLED_OFF')) = (ended_at IS NOT NULL)",
                           name="ck_consultation_ended"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    level: Mapped[int] = mapped_column(info=said(_l("Level")))
    state: Mapped[CourseState] = mapped_column(
        enum_column(CourseState, "consultation_state"), info=said(_l("State"))
    )
    reason: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Why it is consulted"), _l("What is in dispute, and what was tried"))
    )
    opened_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Proposed on")))
    ended_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Ended")))
    units: Mapped[list[Unit]] = relationship(
        secondary=consultation_unit, order_by="Unit.id", info=said(_l("Units concerned"))
    )
    sessions: Mapped[list[ConsultationSession]] = relationship(
        back_populates="consultation", order_by="ConsultationSession.level_number"
    )


class ConsultationSession(OfCase, Row):
    """One level's session; adjourned it meets again, as its next round."""

    __tablename__ = "consultation_session"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "level_number", name="uq_session_level"),
        sa.Index("ix_session_state", "state", "level_number"),
        sa.Index("ix_session_starts", "starts_at"),
        sa.CheckConstraint(f"level_number BETWEEN 1 AND {HIGHEST}", name="ck_session_level"),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ck_session_times"),
        sa.CheckConstraint(f"state <> 'ESCALATED' OR level_number < {HIGHEST}", name="ck_session_no_higher"),
        sa.CheckConstraint("state <> 'NOTIFIED' OR (starts_at IS NOT NULL AND ends_at IS NOT NULL)",
                           name="ck_session_notified"),
        sa.CheckConstraint("state NOT IN ('HELD', 'DECIDED', 'EXECUTING', 'VERIFIED') OR held_at IS NOT NULL",
                           name="ck_session_held"),
        sa.CheckConstraint("state NOT IN ('DECIDED', 'EXECUTING', 'VERIFIED') OR"
                           " (conclusion IS NOT NULL AND lead_unit_id IS NOT NULL AND decided_at IS NOT NULL)",
                           name="ck_session_decided"),
        sa.CheckConstraint("state NOT IN ('EXECUTING', 'VERIFIED') OR minutes_id IS NOT NULL",
                           name="ck_session_minutes"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    consultation_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    consultation: Mapped[Consultation] = relationship(back_populates="sessions")
    level_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation_level.id"), index=True)
    level: Mapped[ConsultationLevel] = relationship(info=said(_l("Level")))
    level_number: Mapped[int] = mapped_column(info=said(_l("Level")))
    state: Mapped[SessionState] = mapped_column(
        enum_column(SessionState, "session_state"), info=said(_l("State"))
    )
    round: Mapped[int] = mapped_column(default=1, info=said(_l("Which meeting")))
    convener_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    convener: Mapped[Officer] = relationship(foreign_keys=[convener_id], info=said(_l("Convener")))
    opened_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Proposed on")))
    starts_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Begins")))
    ends_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Ends")))
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting_room.id"), index=True)
    room: Mapped[MeetingRoom | None] = relationship(info=said(_l("Meeting room")))
    held_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Held")))
    decided_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Decided on")))
    closed_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Level left on")))
    conclusion: Mapped[Conclusion | None] = mapped_column(
        enum_column(Conclusion, "session_conclusion"), info=said(_l("Conclusion"))
    )
    plan: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Plan")))
    why: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Reasons"), _l("Of the escalation, adjournment or calling off"))
    )
    lead_unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    lead_unit: Mapped[Unit | None] = relationship(foreign_keys=[lead_unit_id], info=said(_l("Lead unit")))
    minutes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    minutes: Mapped[Document | None] = relationship(foreign_keys=[minutes_id], info=said(_l("Minutes")))
    participants: Mapped[list[Participant]] = relationship(
        back_populates="session", order_by="Participant.id"
    )
    items: Mapped[list[ResolutionItem]] = relationship(
        back_populates="session", order_by="ResolutionItem.place"
    )

    def __str__(self) -> str:
        return f"{self.level} {self.case.number}"


class Participant(OfCase, Row):
    """Somebody who was asked to a session: an officer, or an expert who has no account."""

    __tablename__ = "consultation_participant"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "officer_id", name="uq_participant_officer"),
        sa.CheckConstraint("(officer_id IS NULL) = (capacity = 'EXPERT')", name="ck_participant_expert"),
        sa.CheckConstraint("capacity <> 'EXPERT' OR expert_name <> ''", name="ck_participant_name"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation_session.id"), index=True)
    session: Mapped[ConsultationSession] = relationship(back_populates="participants")
    capacity: Mapped[Capacity] = mapped_column(
        enum_column(Capacity, "participant_capacity"), info=said(_l("Capacity"))
    )
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer | None] = relationship(foreign_keys=[officer_id], info=said(_l("Officer")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id], info=said(_l("Unit")))
    expert_name: Mapped[str] = mapped_column(sa.String(30), default="", info=said(_l("Expert")))
    expert_of: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("Expert's institution")))
    invited_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Invited")))
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), index=True)
    invitation: Mapped[Document | None] = relationship(
        foreign_keys=[invitation_id], info=said(_l("Invitation"))
    )
    barred_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Recused on")))
    left_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Taken off the list")))

    @property
    def name(self) -> str:
        return self.expert_name or str(self.officer or "")

    @property
    def house(self) -> str:
        """The unit or institution somebody speaks for."""
        return self.expert_of if self.officer_id is None else str(self.unit or "")

    @property
    def expected(self) -> bool:
        return self.barred_at is None and self.left_at is None

    def __str__(self) -> str:
        return f"{self.house} {self.name}".strip()


class ResolutionItem(OfCase, Row):
    """议定事项: one unit's task by one day. Its clock is the obligation; its state is where its steps have led."""

    __tablename__ = "resolution_item"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "place", name="uq_item_place"),
        sa.Index("uq_item_lead", "session_id", unique=True, sqlite_where=sa.text("part = 'LEAD'"),
                 postgresql_where=sa.text("part = 'LEAD'")),
        sa.Index("ix_item_state", "state", "due_on"),
        sa.CheckConstraint("what <> ''", name="ck_item_what"),
        sa.CheckConstraint("(kind = 'PACKAGE') = (leader_id IS NOT NULL)", name="ck_item_leader"),
        sa.CheckConstraint("kind <> 'TASK' OR started_by_id IS NULL", name="ck_item_started"),
        sa.CheckConstraint("state <> 'VERIFIED' OR verified_at IS NOT NULL", name="ck_item_verified"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation_session.id"), index=True)
    session: Mapped[ConsultationSession] = relationship(back_populates="items")
    place: Mapped[int] = mapped_column(info=said(_l("No.")))
    part: Mapped[ItemPart] = mapped_column(
        enum_column(ItemPart, "item_part"), info=said(_l("Part in the plan"))
    )
    kind: Mapped[ItemKind] = mapped_column(
        enum_column(ItemKind, "item_kind"), default=ItemKind.TASK, info=said(_l("What it decides"))
    )
    what: Mapped[str] = mapped_column(sa.Text, info=said(_l("Resolution item")))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Unit in charge")))
    due_on: Mapped[dt.date] = mapped_column(info=said(_l("To be done by")))
    state: Mapped[ItemState] = mapped_column(enum_column(ItemState, "item_state"), info=said(_l("State")))
    leader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    leader: Mapped[Officer | None] = relationship(
        foreign_keys=[leader_id], info=said(_l("Leader of the package"))
    )
    started_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case_step.id"), index=True)
    started_by: Mapped[Step | None] = relationship(info=said(_l("Set in motion by the step")))
    clock_id: Mapped[int | None] = mapped_column(sa.ForeignKey("clock.id"), unique=True)
    clock: Mapped[Clock | None] = relationship(info=said(_l("Deadline")))
    report: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("What was done")))
    reported_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Reported")))
    remark: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Finding of the check")))
    verified_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Verified on")))
    verified_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    verified_by: Mapped[Officer | None] = relationship(
        foreign_keys=[verified_by_id], info=said(_l("Verified by"))
    )

    def late(self, today: dt.date) -> bool:
        """Not done by its day; how long the check of what was reported in time takes is not the unit's delay."""
        in_time = (
            self.state is ItemState.REPORTED
            and self.reported_at is not None
            and self.reported_at.date() <= self.due_on
        )
        return self.state is not ItemState.VERIFIED and self.due_on < today and not in_time

    def __str__(self) -> str:
        return self.what


# what was decided stands; states only lead forward
immutable.protect("consultation", frozen=("case_id", "reason", "opened_at"), once=("ended_at",))
immutable.protect(
    "consultation_session",
    frozen=("case_id", "consultation_id", "level_id", "level_number", "opened_at"),
    once=("decided_at", "closed_at", "minutes_id"),
)
immutable.protect(
    "consultation_participant",
    frozen=("case_id", "session_id", "capacity", "officer_id", "unit_id", "expert_name", "expert_of"),
    once=("invited_at", "invitation_id"),  # a recusal may end; its steps stay on the case
)
immutable.protect(
    "resolution_item",
    frozen=("case_id", "session_id", "place", "part", "kind", "what", "unit_id", "due_on", "leader_id"),
    once=("started_by_id", "clock_id", "verified_at", "verified_by_id"),
)  # fmt: skip
immutable.check("consultation_only_climbs", "consultation", "UPDATE OF level", "NEW.level < OLD.level")
_STEPS = " OR ".join(
    f"(OLD.state = '{before.name}' AND NEW.state IN ({', '.join(repr(s.name) for s in after)}))"
    for before, after in FOLLOWS.items()
)
immutable.check(
    "session_state_leads_on", "consultation_session", "UPDATE OF state",
    f"NEW.state <> OLD.state AND NOT ({_STEPS})",
)  # fmt: skip
_WORDS = ("conclusion", "plan", "lead_unit_id")
immutable.check(
    "session_decision_stays", "consultation_session", f"UPDATE OF {', '.join(_WORDS)}",
    f"OLD.decided_at IS NOT NULL AND ({' OR '.join(f'NEW.{name} <> OLD.{name}' for name in _WORDS)})",
)  # fmt: skip
# no level is skipped: the session of the level below was taken up from there, unless the matter began here
immutable.check(
    "session_skips_no_level", "consultation_session", "INSERT",
    "EXISTS (SELECT 1 FROM consultation_session s WHERE s.consultation_id = NEW.consultation_id) AND NOT EXISTS"
    " (SELECT 1 FROM consultation_session s WHERE s.consultation_id = NEW.consultation_id"
    " AND s.level_number = NEW.level_number - 1 AND s.state = 'ESCALATED')",
)  # fmt: skip
