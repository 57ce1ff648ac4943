"""The step kinds: each a small append-only record, each with its own view that can only add.

``Step`` is the common part (who, for which unit, when, from which state to which); a kind adds its own facts and
says in ``story()`` what the timeline shows. What a kind sets in motion stands in ``workflow.py`` and ``effects.py``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import DeliveryWay, LegalPath, Outcome, RefusalGround, State
from app.cases.models import Case, OfCase, RoutingRule
from app.core import immutable
from app.core.enums import enum_column
from app.core.labels import said
from app.core.models import Row
from app.documents.models import Document
from app.organisation.models import Officer, Unit


class Step(OfCase, Row):
    """One thing that was done to a case; never changed, never deleted."""

    __tablename__ = "case_step"
    title: ClassVar[Any] = _l("Step")

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"))
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    kind: Mapped[str] = mapped_column(sa.String(24), info=said(_l("Step")))
    taken_at: Mapped[dt.datetime] = mapped_column(info=said(_l("When")))
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer | None] = relationship(foreign_keys=[officer_id], info=said(_l("Officer")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id], info=said(_l("Unit")))
    from_state: Mapped[State | None] = mapped_column(enum_column(State, "step_from"), info=said(_l("From")))
    to_state: Mapped[State] = mapped_column(enum_column(State, "step_to"), info=said(_l("To")))
    late: Mapped[bool] = mapped_column(default=False, info=said(_l("Late")))
    note: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Remark")))
    document_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("document.id", name="fk_step_document"), index=True
    )
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id], info=said(_l("Paper")))
    __mapper_args__: Any = {"polymorphic_on": "kind", "polymorphic_identity": "step"}

    def story(self) -> str:
        """What the timeline says of this step, after its title."""
        return self.note

    def __str__(self) -> str:
        return str(self.title)


# beside the class: its table arguments would be inherited by every kind's table
sa.Index("ix_step_case", Step.case_id, Step.id)
sa.Index("ix_step_kind", Step.kind, Step.taken_at)


def _own_id() -> Mapped[int]:
    return mapped_column(sa.ForeignKey("case_step.id"), primary_key=True)


class Registration(Step):
    """登记: the petition enters the register (art. 22, 23)."""

    __tablename__ = "step_registration"
    __mapper_args__: Any = {"polymorphic_identity": "registration"}
    title: ClassVar[Any] = _l("Registration")
    id: Mapped[int] = _own_id()


class Routing(Step):
    """分流: to the responsible unit and its reception room, by a rule or by hand with a reason (art. 22, S002)."""

    __tablename__ = "step_routing"
    __mapper_args__: Any = {"polymorphic_identity": "routing"}
    title: ClassVar[Any] = _l("Routing")
    id: Mapped[int] = _own_id()
    legal_path: Mapped[LegalPath | None] = mapped_column(
        enum_column(LegalPath, "routing_path"), default=LegalPath.C6, info=said(_l("Legal path"))
    )
    rule_id: Mapped[int | None] = mapped_column(sa.ForeignKey("routing_rule.id"), index=True)
    rule: Mapped[RoutingRule | None] = relationship(info=said(_l("Rule")))
    rule_text: Mapped[str] = mapped_column(sa.String(160), default="")
    target_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    target: Mapped[Unit] = relationship(foreign_keys=[target_id], info=said(_l("Responsible unit")))
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    room: Mapped[Unit | None] = relationship(foreign_keys=[room_id], info=said(_l("Reception room")))

    def story(self) -> str:
        why = _("by rule: %(rule)s", rule=self.rule_text) if self.rule_text else _("by hand")
        where = f"→ {self.target}" + (f" · {self.room}" if self.room else "")
        return " ".join(part for part in (where, f"（{why}）", self.note) if part)


class Signing(Step):
    """签收: the unit takes the matter over; who handles it."""

    __tablename__ = "step_signing"
    __mapper_args__: Any = {"polymorphic_identity": "signing"}
    title: ClassVar[Any] = _l("Signing for")
    id: Mapped[int] = _own_id()


class Objection(Step):
    """异议: the unit says within five working days that the matter is not its own, with reasons (art. 23 ¶3)."""

    __tablename__ = "step_objection"
    __mapper_args__: Any = {"polymorphic_identity": "objection"}
    title: ClassVar[Any] = _l("Objection")
    id: Mapped[int] = _own_id()
    reason: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Reasons in detail"), _l("With the basis of duties (art. 23)"))
    )
    proposed_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    proposed: Mapped[Unit | None] = relationship(foreign_keys=[proposed_id], info=said(_l("Competent unit")))

    def story(self) -> str:
        return self.reason + (f" → {self.proposed}" if self.proposed else "")


class ObjectionRuling(Step):
    """审核异议: returned only after the sender has checked and agreed (art. 23 ¶3)."""

    __tablename__ = "step_objection_ruling"
    __mapper_args__: Any = {"polymorphic_identity": "objection_ruling"}
    title: ClassVar[Any] = _l("Ruling on the objection")
    id: Mapped[int] = _own_id()
    agreed: Mapped[bool] = mapped_column(default=False, info=said(_l("Agreed: the matter comes back")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return (_("agreed") if self.agreed else _("not agreed")) + f"：{self.reason}"


class Acceptance(Step):
    """受理告知: written notice within 15 days, with the way, procedure and time limit (art. 23)."""

    __tablename__ = "step_acceptance"
    __mapper_args__: Any = {"polymorphic_identity": "acceptance"}
    title: ClassVar[Any] = _l("Notice of acceptance")
    id: Mapped[int] = _own_id()
    procedure: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Way and procedure"), _l("Printed on the notice (art. 23)"))
    )

    def story(self) -> str:
        return self.procedure or self.note


class NonAcceptance(Step):
    """不予受理告知: with ground, article and where to turn (art. 19, 20, 22, 23)."""

    __tablename__ = "step_non_acceptance"
    __mapper_args__: Any = {"polymorphic_identity": "non_acceptance"}
    title: ClassVar[Any] = _l("Notice of non-acceptance")
    id: Mapped[int] = _own_id()
    ground: Mapped[RefusalGround] = mapped_column(
        enum_column(RefusalGround, "non_acceptance_ground"), info=said(_l("Ground"))
    )
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))
    turn_to: Mapped[str] = mapped_column(
        sa.String(200), info=said(_l("Where to turn"), _l("Competent organ or procedure"))
    )

    def story(self) -> str:
        return f"{self.ground}：{self.reason} → {self.turn_to}"


class HandlingRecord(Step):
    """办理记录: what was done towards a solution: visits, talks, findings."""

    __tablename__ = "step_handling"
    __mapper_args__: Any = {"polymorphic_identity": "handling"}
    title: ClassVar[Any] = _l("Handling record")
    id: Mapped[int] = _own_id()
    what: Mapped[str] = mapped_column(sa.Text, info=said(_l("What was done")))
    contacted: Mapped[bool] = mapped_column(default=False, info=said(_l("The petitioner was spoken to")))

    def story(self) -> str:
        return self.what


class ExtensionRequest(Step):
    """申请延期: once, at most 30 days, before the 60 days end, complex matters only (art. 34)."""

    __tablename__ = "step_extension_request"
    __mapper_args__: Any = {"polymorphic_identity": "extension_request"}
    title: ClassVar[Any] = _l("Request for extension")
    id: Mapped[int] = _own_id()
    days: Mapped[int] = mapped_column(default=30, info=said(_l("Days"), _l("At most 30 (art. 34)")))
    reason: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Reasons"), _l("Printed on the notice to the petitioner"))
    )

    def story(self) -> str:
        return _("%(days)s days: %(reason)s", days=self.days, reason=self.reason)


class ExtensionRuling(Step):
    """批准延期: by the head of the unit; the petitioner is told the reasons (art. 34)."""

    __tablename__ = "step_extension_ruling"
    __mapper_args__: Any = {"polymorphic_identity": "extension_ruling"}
    title: ClassVar[Any] = _l("Ruling on the extension")
    id: Mapped[int] = _own_id()
    approved: Mapped[bool] = mapped_column(default=False, info=said(_l("Approved")))
    days: Mapped[int] = mapped_column(default=0)

    def story(self) -> str:
        return (
            _("approved, %(days)s days", days=self.days) if self.approved else _("not approved")
        ) + f" {self.note}"


class OpinionDraft(Step):
    """起草处理意见: facts, basis, opinion and outcome (art. 32)."""

    __tablename__ = "step_opinion_draft"
    __mapper_args__: Any = {"polymorphic_identity": "opinion_draft"}
    title: ClassVar[Any] = _l("Draft of the opinion")
    id: Mapped[int] = _own_id()
    findings: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Facts found"), _l("Time, place, facts (art. 32)"))
    )
    basis: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Legal basis"), _l("Laws, regulations, policies (art. 32)"))
    )
    opinion: Mapped[str] = mapped_column(sa.Text, info=said(_l("Opinion, item by item")))
    outcome: Mapped[Outcome] = mapped_column(
        enum_column(Outcome, "opinion_outcome"), info=said(_l("Outcome"))
    )

    def story(self) -> str:
        return f"{self.outcome}：{self.opinion}"


class OpinionSigning(Step):
    """签发处理意见书: by the head of the competent organ, never an inner office (art. 32)."""

    __tablename__ = "step_opinion_signing"
    __mapper_args__: Any = {"polymorphic_identity": "opinion_signing"}
    title: ClassVar[Any] = _l("Opinion signed")
    id: Mapped[int] = _own_id()


class Delivery(Step):
    """送达: by one of five ways, with the day of receipt from which the review period runs (art. 35)."""

    __tablename__ = "step_delivery"
    __mapper_args__: Any = {"polymorphic_identity": "delivery"}
    title: ClassVar[Any] = _l("Delivery")
    id: Mapped[int] = _own_id()
    way: Mapped[DeliveryWay] = mapped_column(
        enum_column(DeliveryWay, "delivery_way"), info=said(_l("Way of delivery"))
    )
    received_on: Mapped[dt.date] = mapped_column(info=said(_l("Received on")))
    receiver: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Received by"), _l("Or the witness")))

    def story(self) -> str:
        return f"{self.way}，{self.receiver}，{self.received_on:%Y-%m-%d} {self.note}"


class Closing(Step):
    """办结: everything delivered; settled or not is kept apart from closed (办结 ≠ 化解)."""

    __tablename__ = "step_closing"
    __mapper_args__: Any = {"polymorphic_identity": "closing"}
    title: ClassVar[Any] = _l("Closing")
    id: Mapped[int] = _own_id()
    settled: Mapped[bool] = mapped_column(default=False, info=said(_l("The dispute is settled")))
    follows = False  # from another step that was taken rightly, by whoever took that; no column

    def story(self) -> str:
        return (_("settled") if self.settled else _("not settled")) + f" {self.note}"


class Voiding(Step):
    """作废: nothing disappears; with a reason, by an approver (art. 43)."""

    __tablename__ = "step_voiding"
    __mapper_args__: Any = {"polymorphic_identity": "voiding"}
    title: ClassVar[Any] = _l("Voiding")
    id: Mapped[int] = _own_id()
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return self.reason


def keep_for_ever(*models: type[Step]) -> None:
    """Step tables are append-only in the database, whatever code asks."""
    for model in models:
        immutable.protect(str(model.__tablename__))


# the paper of a step is made after the step is known; it is set once
immutable.protect(
    "case_step",
    frozen=("case_id", "kind", "taken_at", "officer_id", "unit_id", "from_state", "to_state", "late", "note"),
    once=("document_id",),
)
keep_for_ever(Registration, Routing, Signing, Objection, ObjectionRuling, Acceptance, NonAcceptance, HandlingRecord,
              ExtensionRequest, ExtensionRuling, OpinionDraft, OpinionSigning, Delivery, Closing, Voiding)  # fmt: skip
