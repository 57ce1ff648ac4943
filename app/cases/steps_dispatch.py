"""Step kinds on the way to who handles a matter: what kind it is, on which path, to whom it goes (art. 22 to 30)."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import Jurisdiction, LegalPath, MatterKind
from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.enums import enum_column
from app.core.labels import said
from app.organisation.models import Officer, Unit


class Classification(Step):
    """分类: suggestion, accusation or claim, and a claim's path: it decides clock, paper and remedy (art. 29 to 31)."""

    __tablename__ = "step_classification"
    __mapper_args__: Any = {"polymorphic_identity": "classification"}
    title: ClassVar[Any] = _l("Classification")
    id: Mapped[int] = _own_id()
    matter_kind: Mapped[MatterKind] = mapped_column(
        enum_column(MatterKind, "classification_kind"), info=said(_l("Kind of matter"))
    )
    legal_path: Mapped[LegalPath | None] = mapped_column(
        enum_column(LegalPath, "classification_path"),
        info=said(_l("Legal path"), _l("Claims only (art. 31)")),
    )

    def story(self) -> str:
        return " ".join(str(part) for part in (self.matter_kind, self.legal_path, self.note) if part)


class Transfer(Step):
    """转送: by letter of the joint conference's office to the competent organ (art. 22 (1), (2))."""

    __tablename__ = "step_transfer"
    __mapper_args__: Any = {"polymorphic_identity": "transfer"}
    title: ClassVar[Any] = _l("Transfer")
    id: Mapped[int] = _own_id()
    target_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    target: Mapped[Unit] = relationship(foreign_keys=[target_id], info=said(_l("Competent unit")))
    basis: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Basis of competence"), _l("Place of the matter and duties (art. 5, 22)"))
    )

    def story(self) -> str:
        return f"→ {self.target}：{self.basis}"


class AssignmentDraft(Step):
    """拟交办: which unit, by when, who supervises until it is closed (art. 22 (3); S002: 专人督办直至结案)."""

    __tablename__ = "step_assignment_draft"
    __mapper_args__: Any = {"polymorphic_identity": "assignment_draft"}
    title: ClassVar[Any] = _l("Assignment drafted")
    id: Mapped[int] = _own_id()
    target_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    target: Mapped[Unit] = relationship(foreign_keys=[target_id], info=said(_l("Responsible unit")))
    feedback_days: Mapped[int] = mapped_column(
        default=60, info=said(_l("Days for the closing report"), _l("Set by the assignment (art. 22 (3))"))
    )
    demand: Mapped[str] = mapped_column(sa.Text, info=said(_l("What is asked of the unit")))
    supervisor_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    supervisor: Mapped[Officer] = relationship(foreign_keys=[supervisor_id], info=said(_l("Supervised by")))

    def story(self) -> str:
        return _(
            "→ %(unit)s, report within %(days)s days, supervised by %(who)s: %(demand)s",
            unit=self.target, days=self.feedback_days, who=self.supervisor, demand=self.demand,
        )  # fmt: skip


class Assignment(Step):
    """交办: signed in the name of the joint conference's office; a term, a report and a supervisor (art. 22 (3))."""

    __tablename__ = "step_assignment"
    __mapper_args__: Any = {"polymorphic_identity": "assignment"}
    title: ClassVar[Any] = _l("Assignment")
    id: Mapped[int] = _own_id()
    feedback_days: Mapped[int]
    target_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    target: Mapped[Unit] = relationship(foreign_keys=[target_id], info=said(_l("Responsible unit")))

    def story(self) -> str:
        return _("→ %(unit)s, report within %(days)s days", unit=self.target, days=self.feedback_days)


class Guidance(Step):
    """导入法定途径: C1 to C4 are guided to their procedure with address and time limits, and tracked (art. 22, 31)."""

    __tablename__ = "step_guidance"
    __mapper_args__: Any = {"polymorphic_identity": "guidance"}
    title: ClassVar[Any] = _l("Guided to its procedure")
    id: Mapped[int] = _own_id()
    procedure: Mapped[str] = mapped_column(
        sa.String(200), info=said(_l("Procedure"), _l("Litigation, arbitration, reconsideration …"))
    )
    organ: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Accepting organ and address")))
    limits: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Time limits to mind")))

    def story(self) -> str:
        return f"{self.procedure} → {self.organ} {self.limits}"


class Handover(Step):
    """密件转办: an accusation goes to the organ with the power, never to the accused or below (art. 22, 30)."""

    __tablename__ = "step_handover"
    __mapper_args__: Any = {"polymorphic_identity": "handover"}
    title: ClassVar[Any] = _l("Handed over in confidence")
    id: Mapped[int] = _own_id()
    organ: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Organ with the power to handle it")))
    organ_unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    organ_unit: Mapped[Unit | None] = relationship(
        foreign_keys=[organ_unit_id], info=said(_l("Unit of this office, if it is one"))
    )

    def story(self) -> str:
        return f"→ {self.organ_unit or self.organ}"


class HandoverReceipt(Step):
    """转办回执: the organ confirmed receipt or gave feedback."""

    __tablename__ = "step_handover_receipt"
    __mapper_args__: Any = {"polymorphic_identity": "handover_receipt"}
    title: ClassVar[Any] = _l("Receipt of the handover")
    id: Mapped[int] = _own_id()
    received_on: Mapped[dt.date] = mapped_column(info=said(_l("Received on")))
    feedback: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Feedback")))

    def story(self) -> str:
        return f"{self.received_on:%Y-%m-%d} {self.feedback}"


class NoLonger(Step):
    """不再受理: the same facts and reasons after the re-examination opinion (art. 36 para 3)."""

    __tablename__ = "step_no_longer"
    __mapper_args__: Any = {"polymorphic_identity": "no_longer"}
    title: ClassVar[Any] = _l("No longer accepted")
    id: Mapped[int] = _own_id()
    final_number: Mapped[str] = mapped_column(
        sa.String(60),
        info=said(_l("Number of the re-examination opinion"), _l("Or of the lawful final decision")),
    )
    final_on: Mapped[dt.date] = mapped_column(info=said(_l("Date of that opinion")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Why these are the same facts and reasons")))

    def story(self) -> str:
        return f"{self.final_number}（{self.final_on:%Y-%m-%d}）：{self.reason}"


class Dispute(Step):
    """管辖争议: two organs deny competence; it goes to the common superior, then the joint conference (art. 24)."""

    __tablename__ = "step_dispute"
    __mapper_args__: Any = {"polymorphic_identity": "dispute"}
    title: ClassVar[Any] = _l("Dispute over jurisdiction")
    id: Mapped[int] = _own_id()
    level: Mapped[Jurisdiction] = mapped_column(
        enum_column(Jurisdiction, "dispute_level"), info=said(_l("Who decides"))
    )
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("What the units say")))

    def story(self) -> str:
        return f"{self.level}：{self.reason}"


class JurisdictionRuling(Step):
    """裁定管辖: which unit handles it (art. 24)."""

    __tablename__ = "step_jurisdiction_ruling"
    __mapper_args__: Any = {"polymorphic_identity": "jurisdiction_ruling"}
    title: ClassVar[Any] = _l("Ruling on jurisdiction")
    id: Mapped[int] = _own_id()
    target_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    target: Mapped[Unit] = relationship(foreign_keys=[target_id], info=said(_l("Responsible unit")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return f"→ {self.target}：{self.reason}"


class Correction(Step):
    """更正登记: one fact of the registration, with the old and the new value and the reason; nothing else may."""

    __tablename__ = "step_correction"
    __mapper_args__: Any = {"polymorphic_identity": "correction"}
    title: ClassVar[Any] = _l("Registration corrected")
    id: Mapped[int] = _own_id()
    field: Mapped[str] = mapped_column(sa.String(30), info=said(_l("What is corrected")))
    old_value: Mapped[str] = mapped_column(sa.Text, default="")
    new_value: Mapped[str] = mapped_column(sa.Text, info=said(_l("New value")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return (
            f"{CORRECTABLE.get(self.field, self.field)}：{self.old_value} → {self.new_value}（{self.reason}）"
        )


CORRECTABLE: dict[str, Any] = {
    "petitioner_name": _l("Petitioner"),
    "address": _l("Address"),
    "place": _l("Place of the matter"),
    "title": _l("Matter in brief"),
    "people_count": _l("People who came or signed"),
    "window": _l("Window"),
}

keep_for_ever(Classification, Transfer, AssignmentDraft, Assignment, Guidance, Handover, HandoverReceipt, NoLonger,
              Dispute, JurisdictionRuling, Correction)  # fmt: skip
