"""Steps of recusal: declared or recorded, and ended by a ruling (R22 art. 28)."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import RecusalGround
from app.cases.recusal import CaseRecusal
from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.enums import enum_column
from app.core.labels import said
from app.organisation.models import Officer, Unit


class Recusal(Step):
    """回避: an officer for themself, or the office for an officer or a unit."""

    __tablename__ = "step_recusal"
    __table_args__ = (
        sa.CheckConstraint("(who_id IS NULL) <> (which_id IS NULL)", name="ck_step_recusal_one"),
    )
    __mapper_args__: Any = {"polymorphic_identity": "recusal"}
    title: ClassVar[Any] = _l("Recusal")
    id: Mapped[int] = _own_id()
    who_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    who: Mapped[Officer | None] = relationship(foreign_keys=[who_id], info=said(_l("Officer recused")))
    which_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    which: Mapped[Unit | None] = relationship(
        foreign_keys=[which_id], info=said(_l("Unit recused"), _l("With everything below it"))
    )
    ground: Mapped[RecusalGround] = mapped_column(
        enum_column(RecusalGround, "step_recusal_ground"), info=said(_l("Relation to the matter"))
    )
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return f"{self.who or self.which}（{self.ground}）：{self.reason}"


class RecusalRuling(Step):
    """解除回避: the relation does not stand, or stands no more; by the head of the office, with reasons."""

    __tablename__ = "step_recusal_ruling"
    __mapper_args__: Any = {"polymorphic_identity": "recusal_ruling"}
    title: ClassVar[Any] = _l("Recusal ended")
    id: Mapped[int] = _own_id()
    recusal_id: Mapped[int] = mapped_column(sa.ForeignKey("case_recusal.id"), index=True)
    recusal: Mapped[CaseRecusal] = relationship(info=said(_l("Recusal")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return f"{self.recusal}：{self.reason}"


keep_for_ever(Recusal, RecusalRuling)
