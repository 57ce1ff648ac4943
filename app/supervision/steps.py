"""The steps of supervision on the case's timeline; append-only like every step."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.steps import Step, keep_for_ever
from app.core.labels import said
from app.organisation.models import Officer, Unit
from app.supervision.models import Supervision


def _own_id() -> Mapped[int]:
    return mapped_column(sa.ForeignKey("case_step.id"), primary_key=True)


def _matter_id() -> Mapped[int]:
    return mapped_column(sa.ForeignKey("supervision.id"), index=True)


class SupervisionLetter(Step):
    """督办函: signed in the name of the joint conference office (R22 art. 40)."""

    __tablename__ = "step_supervision_letter"
    __mapper_args__: Any = {"polymorphic_identity": "supervision_letter"}
    title: ClassVar[Any] = _l("Supervision letter")
    id: Mapped[int] = _own_id()
    supervision_id: Mapped[int] = _matter_id()
    supervision: Mapped[Supervision] = relationship(info=said(_l("Supervision matter")))
    reason: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Reason of the supervision")))
    feedback_days: Mapped[int] = mapped_column(info=said(_l("Days for the answer")))
    supervisor_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    supervisor: Mapped[Officer] = relationship(foreign_keys=[supervisor_id], info=said(_l("Supervisor")))

    @property
    def owed_by(self) -> Unit:
        """Who owes the answer."""
        return self.supervision.unit

    def story(self) -> str:
        how = _(
            "Answer within %(days)s days; supervisor %(who)s.", days=self.feedback_days, who=self.supervisor
        )
        return " ".join(part for part in (f"{self.reason}。", how, self.note) if part)


class SupervisionAnswer(Step):
    """督办反馈: what the unit did, and what came of it."""

    __tablename__ = "step_supervision_answer"
    __mapper_args__: Any = {"polymorphic_identity": "supervision_answer"}
    title: ClassVar[Any] = _l("Answer to the supervision letter")
    id: Mapped[int] = _own_id()
    supervision_id: Mapped[int] = _matter_id()
    supervision: Mapped[Supervision] = relationship(info=said(_l("Supervision matter")))
    done: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("What was done"), _l("Point by point as the letter demands it"))
    )
    result: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Result"), _l("Where the matter stands now, and what is still to come by when"))
    )

    def story(self) -> str:
        return f"{self.done}\n{_('Result')}：{self.result}"


class SupervisionAcceptance(Step):
    """督办验收: the supervisor accepts the answer; the letter is settled."""

    __tablename__ = "step_supervision_acceptance"
    __mapper_args__: Any = {"polymorphic_identity": "supervision_acceptance"}
    title: ClassVar[Any] = _l("Answer accepted")
    id: Mapped[int] = _own_id()
    supervision_id: Mapped[int] = _matter_id()
    supervision: Mapped[Supervision] = relationship(info=said(_l("Supervision matter")))


class SupervisionReturn(Step):
    """督办退回: the answer is not enough, with reasons; the time runs on."""

    __tablename__ = "step_supervision_return"
    __mapper_args__: Any = {"polymorphic_identity": "supervision_return"}
    title: ClassVar[Any] = _l("Answer returned")
    id: Mapped[int] = _own_id()
    supervision_id: Mapped[int] = _matter_id()
    supervision: Mapped[Supervision] = relationship(info=said(_l("Supervision matter")))
    reason: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Reasons"), _l("What is missing; the unit reads it"))
    )

    def story(self) -> str:
        return self.reason


keep_for_ever(SupervisionLetter, SupervisionAnswer, SupervisionAcceptance, SupervisionReturn)
