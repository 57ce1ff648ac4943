"""The steps of the ladder and of a supervisor's own work on the case's timeline; append-only like every step."""

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
from app.organisation.models import Officer, Unit
from app.supervision.ladder_models import Method, SupervisionMeasure, SupervisionReminder


def _measure_id() -> Mapped[int]:
    return mapped_column(sa.ForeignKey("supervision_measure.id"), index=True)


class SupervisionReminderStep(Step):
    """再次督办函: the second, the third letter (R22 art. 40)."""

    __tablename__ = "step_supervision_reminder"
    __mapper_args__: Any = {"polymorphic_identity": "supervision_reminder"}
    title: ClassVar[Any] = _l("Another supervision letter")
    id: Mapped[int] = _own_id()
    reminder_id: Mapped[int] = mapped_column(sa.ForeignKey("supervision_reminder.id"), index=True)
    reminder: Mapped[SupervisionReminder] = relationship(info=said(_l("Supervision letter")))
    times: Mapped[int] = mapped_column(info=said(_l("Which letter on this case")))
    feedback_days: Mapped[int] = mapped_column(info=said(_l("Days for the answer")))

    @property
    def owed_by(self) -> Unit:
        """Who owes the answer: whom the first letter of the matter went to."""
        return self.reminder.supervision.unit

    def story(self) -> str:
        return _(
            "Letter number %(times)s on this case; answer within %(days)s days.",
            times=self.times, days=self.feedback_days,
        )  # fmt: skip


class SupervisionContact(Step):
    """督办记录: one of the seven methods, and what came of it."""

    __tablename__ = "step_supervision_contact"
    __mapper_args__: Any = {"polymorphic_identity": "supervision_contact"}
    title: ClassVar[Any] = _l("Supervision record")
    id: Mapped[int] = _own_id()
    method: Mapped[Method] = mapped_column(enum_column(Method, "contact_method"), info=said(_l("Method")))
    what: Mapped[str] = mapped_column(sa.Text, info=said(_l("What was asked and found")))
    next: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("What comes next")))

    def story(self) -> str:
        after = _("What comes next")
        return f"{self.method}：{self.what}" + (f"\n{after}：{self.next}" if self.next else "")


class SupervisorNamed(Step):
    """指定督办人: an assigned matter has a supervisor until it is closed (S002)."""

    __tablename__ = "step_supervisor_named"
    __mapper_args__: Any = {"polymorphic_identity": "supervisor_named"}
    title: ClassVar[Any] = _l("Supervisor named")
    id: Mapped[int] = _own_id()
    supervisor_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    supervisor: Mapped[Officer] = relationship(foreign_keys=[supervisor_id], info=said(_l("Supervisor")))
    reason: Mapped[str] = mapped_column(
        sa.String(200), default="", info=said(_l("Reason for the change of supervisor"))
    )

    def story(self) -> str:
        return f"→ {self.supervisor}" + (f"：{self.reason}" if self.reason else "")


class MeasureDecision(Step):
    """联席会议决定: talk, circular, listed supervision, rectification, accountability (R22 art. 39, 40)."""

    __tablename__ = "step_measure_decision"
    __mapper_args__: Any = {"polymorphic_identity": "measure_decision"}
    title: ClassVar[Any] = _l("Decision of the joint conference")
    id: Mapped[int] = _own_id()
    measure_id: Mapped[int] = _measure_id()
    measure: Mapped[SupervisionMeasure] = relationship(info=said(_l("Measure")))
    rung_name: Mapped[str] = mapped_column(sa.String(40), info=said(_l("Measure")))
    feedback_days: Mapped[int] = mapped_column(default=0, info=said(_l("Days for the unit's answer")))

    def story(self) -> str:
        return self.rung_name + (f"：{self.note}" if self.note else "")


class TalkRecord(Step):
    """约谈记录: problems, demands and commitments, signed by those present."""

    __tablename__ = "step_talk_record"
    __mapper_args__: Any = {"polymorphic_identity": "talk_record"}
    title: ClassVar[Any] = _l("Record of the talk")
    id: Mapped[int] = _own_id()
    measure_id: Mapped[int] = _measure_id()
    measure: Mapped[SupervisionMeasure] = relationship(info=said(_l("Measure")))
    held_on: Mapped[dt.date] = mapped_column(info=said(_l("Held on")))
    place: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Venue")))
    led_by: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Talk led by"), _l("Name and post")))
    persons: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Persons talked to"), _l("Name and post, one a line"))
    )
    count: Mapped[int] = mapped_column(default=0, info=said(_l("Number of persons")))
    problems: Mapped[str] = mapped_column(sa.Text, info=said(_l("Problems held up")))
    demands: Mapped[str] = mapped_column(sa.Text, info=said(_l("Demands")))
    commitments: Mapped[str] = mapped_column(sa.Text, info=said(_l("Commitments of the unit")))

    def story(self) -> str:
        names = "、".join(line.strip() for line in self.persons.splitlines() if line.strip())
        return f"{self.held_on:%Y-%m-%d} {self.place}，{names}。\n{self.commitments}"


class MeasureAnswer(Step):
    """整改报告: what the unit put right, and what follows by when."""

    __tablename__ = "step_measure_answer"
    __mapper_args__: Any = {"polymorphic_identity": "measure_answer"}
    title: ClassVar[Any] = _l("Answer to the measure")
    id: Mapped[int] = _own_id()
    measure_id: Mapped[int] = _measure_id()
    measure: Mapped[SupervisionMeasure] = relationship(info=said(_l("Measure")))
    causes: Mapped[str] = mapped_column(sa.Text, info=said(_l("Causes")))
    done: Mapped[str] = mapped_column(sa.Text, info=said(_l("What was put right, by whom, by when")))

    def story(self) -> str:
        return f"{self.causes}\n{self.done}"


class MeasureEnd(Step):
    """销号: the joint conference takes a lasting measure off, with its reason."""

    __tablename__ = "step_measure_end"
    __mapper_args__: Any = {"polymorphic_identity": "measure_end"}
    title: ClassVar[Any] = _l("Measure carried out")
    id: Mapped[int] = _own_id()
    measure_id: Mapped[int] = _measure_id()
    measure: Mapped[SupervisionMeasure] = relationship(info=said(_l("Measure")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return f"{self.measure or ''}：{self.reason}"


keep_for_ever(SupervisionReminderStep, SupervisionContact, SupervisorNamed, MeasureDecision, TalkRecord, MeasureAnswer,
              MeasureEnd)  # fmt: skip
