"""The steps of a reception on the case's timeline; append-only like every step."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.enums import enum_column
from app.core.labels import said
from app.evaluation.steps import Rating
from app.organisation.models import Officer
from app.packages.steps import Instruction
from app.reception.models import Reception, VisitKind


def _reception_id() -> Mapped[int]:
    return mapped_column(sa.ForeignKey("reception.id"), index=True)


class ReceptionArranged(Step):
    """接访安排: which leader, when, where, whose head comes."""

    __tablename__ = "step_reception_arranged"
    __mapper_args__: Any = {"polymorphic_identity": "reception_arranged"}
    title: ClassVar[Any] = _l("Reception arranged")
    id: Mapped[int] = _own_id()
    reception_id: Mapped[int] = _reception_id()
    reception: Mapped[Reception] = relationship(info=said(_l("Reception")))
    leader_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    leader: Mapped[Officer] = relationship(
        foreign_keys=[leader_id], info=said(_l("Leader"), _l("Sees the case from now on"))
    )
    visit: Mapped[VisitKind] = mapped_column(
        enum_column(VisitKind, "arranged_visit"), info=said(_l("Kind of visit"))
    )
    meets_on: Mapped[dt.date] = mapped_column(info=said(_l("Reception on")))
    hours: Mapped[str] = mapped_column(sa.String(30), info=said(_l("Hours"), _l("As 9:00—11:30")))
    place: Mapped[str] = mapped_column(sa.String(80), info=said(_l("Venue")))
    heads: Mapped[str] = mapped_column(
        sa.String(120), info=said(_l("Who comes for the unit"), _l("Name and post of the head"))
    )
    materials: Mapped[str] = mapped_column(
        sa.String(200), default="", info=said(_l("What the petitioner brings"))
    )

    def story(self) -> str:
        return f"{self.leader}，{self.meets_on:%Y-%m-%d} {self.hours}，{self.place}"


class ReceptionOpinion(Step):
    """初步处理意见: required of the unit before anybody is invited (S002)."""

    __tablename__ = "step_reception_opinion"
    __mapper_args__: Any = {"polymorphic_identity": "reception_opinion"}
    title: ClassVar[Any] = _l("Preliminary opinion of the unit")
    id: Mapped[int] = _own_id()
    reception_id: Mapped[int] = _reception_id()
    reception: Mapped[Reception] = relationship(info=said(_l("Reception")))
    facts: Mapped[str] = mapped_column(sa.Text, info=said(_l("Facts and handling so far")))
    opinion: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Preliminary opinion"), _l("With its legal basis"))
    )

    def story(self) -> str:
        return f"{self.facts}\n{self.opinion}"


class ReceptionLetters(Step):
    """四书之一至三: petitioner, unit and leader are told together."""

    __tablename__ = "step_reception_letters"
    __mapper_args__: Any = {"polymorphic_identity": "reception_letters"}
    title: ClassVar[Any] = _l("Letters of reception issued")
    id: Mapped[int] = _own_id()
    reception_id: Mapped[int] = _reception_id()
    reception: Mapped[Reception] = relationship(info=said(_l("Reception")))

    def story(self) -> str:
        return self.note


class ReceptionCalledOff(Step):
    """取消接访: called off before its day, with the reason; letters that went out are voided."""

    __tablename__ = "step_reception_called_off"
    __mapper_args__: Any = {"polymorphic_identity": "reception_called_off"}
    title: ClassVar[Any] = _l("Reception called off")
    id: Mapped[int] = _own_id()
    reception_id: Mapped[int] = _reception_id()
    reception: Mapped[Reception] = relationship(info=said(_l("Reception")))
    reason: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Why it does not take place")))
    invited: Mapped[bool] = mapped_column(default=False, info=said(_l("Letters had gone out")))

    def story(self) -> str:
        return " ".join(
            part for part in (self.reason, _("The letters are voided.") if self.invited else "") if part
        )


class ReceptionHeld(Step):
    """接访记录: who was there (四方), what was said, what the leader instructs."""

    __tablename__ = "step_reception_held"
    __mapper_args__: Any = {"polymorphic_identity": "reception_held"}
    title: ClassVar[Any] = _l("Reception")
    id: Mapped[int] = _own_id()
    reception_id: Mapped[int] = _reception_id()
    reception: Mapped[Reception] = relationship(info=said(_l("Reception")))
    came: Mapped[bool] = mapped_column(default=True, info=said(_l("The petitioner came")))
    present: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Present"), _l("四方: petitioner, leader, units, petition officers"))
    )
    record: Mapped[str] = mapped_column(sa.Text, info=said(_l("What was said")))
    instruction: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("The leader's instruction"), _l("In the leader's words"))
    )
    days: Mapped[int] = mapped_column(default=15, info=said(_l("Days for the report to the leader")))

    def story(self) -> str:
        return (
            f"{self.present}\n{self.record}"
            if self.came
            else _("The petitioner did not come. ") + self.record
        )


class ReceptionNotice(Step):
    """督办通知书 (四书之四): the leader's instruction, sent to the unit after the reception."""

    __tablename__ = "step_reception_notice"
    __mapper_args__: Any = {"polymorphic_identity": "reception_notice"}
    title: ClassVar[Any] = _l("Supervision notice after the reception")
    id: Mapped[int] = _own_id()
    reception_id: Mapped[int] = _reception_id()
    reception: Mapped[Reception] = relationship(info=said(_l("Reception")))
    instruction_id: Mapped[int] = mapped_column(sa.ForeignKey("step_instruction.id"), index=True)
    instruction: Mapped[Instruction] = relationship(
        foreign_keys=[instruction_id], info=said(_l("The leader's instruction"))
    )

    def story(self) -> str:
        return self.instruction.text if self.instruction is not None else ""


class ReceptionClosing(Step):
    """三方满意: what petitioner, leader and unit say of it; the petitioner's word needs its evidence."""

    __tablename__ = "step_reception_closing"
    __mapper_args__: Any = {"polymorphic_identity": "reception_closing"}
    title: ClassVar[Any] = _l("Reception struck off")
    id: Mapped[int] = _own_id()
    reception_id: Mapped[int] = _reception_id()
    reception: Mapped[Reception] = relationship(info=said(_l("Reception")))
    petitioner: Mapped[Rating] = mapped_column(
        enum_column(Rating, "closing_petitioner"), info=said(_l("What the petitioner says"))
    )
    evidence: Mapped[str] = mapped_column(
        sa.String(200), info=said(_l("Evidence of that"), _l("Signed note, recording of the call …"))
    )
    leader: Mapped[Rating] = mapped_column(
        enum_column(Rating, "closing_leader"), info=said(_l("What the leader says"))
    )
    unit_says: Mapped[Rating] = mapped_column(
        enum_column(Rating, "closing_unit"), info=said(_l("What the unit says"))
    )

    def story(self) -> str:
        return _(
            "petitioner: %(p)s (%(evidence)s); leader: %(l)s; unit: %(u)s",
            p=self.petitioner, evidence=self.evidence, l=self.leader, u=self.unit_says,
        )  # fmt: skip


keep_for_ever(ReceptionArranged, ReceptionOpinion, ReceptionLetters, ReceptionCalledOff, ReceptionHeld, ReceptionNotice,
              ReceptionClosing)  # fmt: skip
