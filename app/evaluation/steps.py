"""Step kinds of evaluation and call-back. Ratings are never stored twice: pending and overdue are computed."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said


class Subject(LabelledEnum):
    """Who is evaluated: each once (MYD art. 3 to 5)."""

    BUREAU = (_l("The petition bureau"), "info")
    UNIT = (_l("The responsible unit"), "info")


class Rating(LabelledEnum):
    SATISFIED = (_l("Satisfied"), "green")
    FAIRLY = (_l("Fairly satisfied"), "info")
    UNSATISFIED = (_l("Not satisfied"), "warn")


class Evaluation(Step):
    """评价: by the petitioner; on their behalf only with evidence, and marked so."""

    __tablename__ = "step_evaluation"
    __table_args__ = (
        sa.CheckConstraint("NOT on_behalf OR evidence <> ''", name="ck_evaluation_on_behalf_has_evidence"),
    )
    __mapper_args__: Any = {"polymorphic_identity": "evaluation"}
    title: ClassVar[Any] = _l("Evaluation")
    id: Mapped[int] = _own_id()
    subject: Mapped[Subject] = mapped_column(
        enum_column(Subject, "evaluation_subject"), info=said(_l("Who is evaluated"))
    )
    rating: Mapped[Rating] = mapped_column(enum_column(Rating, "evaluation_rating"), info=said(_l("Rating")))
    words: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("In the petitioner's words")))
    on_behalf: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[str] = mapped_column(
        sa.Text,
        default="",
        info=said(_l("Evidence"), _l("Signed paper, recording number: without it nothing is entered")),
    )

    def story(self) -> str:
        marked = (
            _("entered on the petitioner's behalf: %(evidence)s", evidence=self.evidence)
            if self.on_behalf
            else _("the petitioner's own")
        )
        return " ".join(part for part in (f"{self.subject}：{self.rating}", self.words, marked) if part)


class CallBack(Step):
    """回访: asked why, and what can still be done; may open the matter again."""

    __tablename__ = "step_call_back"
    __mapper_args__: Any = {"polymorphic_identity": "call_back"}
    title: ClassVar[Any] = _l("Call-back")
    id: Mapped[int] = _own_id()
    talk: Mapped[str] = mapped_column(sa.Text, info=said(_l("What the petitioner said")))
    reopen: Mapped[bool] = mapped_column(
        default=False,
        info=said(_l("Handled again"), _l("The matter goes back to the unit; only where the rule allows it")),
    )

    def story(self) -> str:
        again = _("handled again")
        return f"{self.talk}（{again}）" if self.reopen else self.talk


keep_for_ever(Evaluation, CallBack)
