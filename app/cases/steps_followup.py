"""Step kinds that keep a matter in sight: what became of the guidance (art. 31), what the office advised (art. 40)."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.enums import Adoption, AdviceKind, GuidanceResult
from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.enums import enum_column
from app.core.labels import said


class GuidanceFollowUp(Step):
    """引导跟踪: guided is not forgotten; refused by that organ the matter comes back to be sent (art. 22, 31)."""

    __tablename__ = "step_guidance_follow_up"
    __mapper_args__: Any = {"polymorphic_identity": "guidance_follow_up"}
    title: ClassVar[Any] = _l("Followed up after guidance")
    id: Mapped[int] = _own_id()
    result: Mapped[GuidanceResult] = mapped_column(
        enum_column(GuidanceResult, "guidance_result"),
        info=said(_l("What became of it"), _l("Refused by that organ, the matter comes back to be sent on")),
    )
    what: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("How it is known"), _l("Whom you asked, file number, date"))
    )

    def story(self) -> str:
        return f"{self.result}：{self.what}"


class Advice(Step):
    """建议书: the petition office advises the unit to mend its work or a policy; it answers in writing (art. 40)."""

    __tablename__ = "step_advice"
    __mapper_args__: Any = {"polymorphic_identity": "advice"}
    title: ClassVar[Any] = _l("Letter of advice")
    id: Mapped[int] = _own_id()
    way: Mapped[AdviceKind] = mapped_column(enum_column(AdviceKind, "advice_kind"), info=said(_l("Kind")))
    problem: Mapped[str] = mapped_column(sa.Text, info=said(_l("Problem seen")))
    advice: Mapped[str] = mapped_column(sa.Text, info=said(_l("Advice")))
    basis: Mapped[str] = mapped_column(sa.Text, info=said(_l("Policy or legal basis")))

    def story(self) -> str:
        return f"{self.way}：{self.advice}"


class AdviceFeedback(Step):
    """采纳情况反馈: adopted, partly or not, with reasons, in writing (art. 40 para 4)."""

    __tablename__ = "step_advice_feedback"
    __mapper_args__: Any = {"polymorphic_identity": "advice_feedback"}
    title: ClassVar[Any] = _l("Answer to the advice")
    id: Mapped[int] = _own_id()
    adoption: Mapped[Adoption] = mapped_column(
        enum_column(Adoption, "advice_adoption"), info=said(_l("Result"))
    )
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return f"{self.adoption}：{self.reason}"


keep_for_ever(GuidanceFollowUp, Advice, AdviceFeedback)
