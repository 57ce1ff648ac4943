"""Step kinds that answer and end a matter on each path (art. 27, 29, 31 to 33)."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.enums import Adoption, Disposal, Outcome, Settlement
from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.enums import enum_column
from app.core.labels import said


class SpotAnswer(Step):
    """当场答复: a simple matter with a clear policy, answered while the petitioner is there (S002)."""

    __tablename__ = "step_spot_answer"
    __mapper_args__: Any = {"polymorphic_identity": "spot_answer"}
    title: ClassVar[Any] = _l("Answered on the spot")
    id: Mapped[int] = _own_id()
    findings: Mapped[str] = mapped_column(sa.Text, info=said(_l("Facts found")))
    basis: Mapped[str] = mapped_column(sa.Text, info=said(_l("Policy or legal basis")))
    answer: Mapped[str] = mapped_column(sa.Text, info=said(_l("Answer")))
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "spot_outcome"), info=said(_l("Result")))

    def story(self) -> str:
        return f"{self.outcome}：{self.answer}（{self.basis}）"


class SuggestionReply(Step):
    """建议回复: studied, then adopted, partly adopted or not, with reasons (art. 29)."""

    __tablename__ = "step_suggestion_reply"
    __mapper_args__: Any = {"polymorphic_identity": "suggestion_reply"}
    title: ClassVar[Any] = _l("Reply to the suggestion")
    id: Mapped[int] = _own_id()
    adoption: Mapped[Adoption] = mapped_column(
        enum_column(Adoption, "suggestion_adoption"), info=said(_l("Result"))
    )
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return f"{self.adoption}：{self.reason}"


class StatutoryReply(Step):
    """法定途径答复: the organ performs its statutory duty; the remedy is that law's, not review (art. 31 (5))."""

    __tablename__ = "step_statutory_reply"
    __mapper_args__: Any = {"polymorphic_identity": "statutory_reply"}
    title: ClassVar[Any] = _l("Reply by statutory procedure")
    id: Mapped[int] = _own_id()
    findings: Mapped[str] = mapped_column(sa.Text, info=said(_l("Facts found")))
    basis: Mapped[str] = mapped_column(sa.Text, info=said(_l("Legal basis")))
    decision: Mapped[str] = mapped_column(sa.Text, info=said(_l("Decision")))
    remedy: Mapped[str] = mapped_column(
        sa.Text,
        info=said(_l("Remedy"), _l("Reconsideration or litigation with its time limit; never review")),
    )

    def story(self) -> str:
        return self.decision


class Mediation(Step):
    """调解、和解: with both parties' consent; the agreement is the answer (art. 33)."""

    __tablename__ = "step_mediation"
    __mapper_args__: Any = {"polymorphic_identity": "mediation"}
    title: ClassVar[Any] = _l("Mediated or settled by agreement")
    id: Mapped[int] = _own_id()
    way: Mapped[Settlement] = mapped_column(
        enum_column(Settlement, "mediation_way"), info=said(_l("Agreement"))
    )
    consent: Mapped[bool] = mapped_column(
        default=False,
        info=said(
            _l("Both parties agree of their own will"), _l("Without it there is no agreement (art. 33)")
        ),
    )
    parties: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Parties")))
    terms: Mapped[str] = mapped_column(sa.Text, info=said(_l("Terms")))

    def story(self) -> str:
        return f"{self.way}（{self.parties}）：{self.terms}"


class Report(Step):
    """报结: the closing report of an assigned matter (art. 22 (3))."""

    __tablename__ = "step_report"
    __mapper_args__: Any = {"polymorphic_identity": "report"}
    title: ClassVar[Any] = _l("Closing report")
    id: Mapped[int] = _own_id()
    result: Mapped[str] = mapped_column(sa.Text, info=said(_l("Result and how it was reached")))
    petitioner_view: Mapped[str] = mapped_column(sa.Text, info=said(_l("What the petitioner says to it")))
    settled: Mapped[bool] = mapped_column(default=False, info=said(_l("The dispute is settled")))

    def story(self) -> str:
        return f"{self.result}（{self.petitioner_view}）"


class ReportReview(Step):
    """办结审核: passed it closes the matter, returned it goes back to the unit."""

    __tablename__ = "step_report_review"
    __mapper_args__: Any = {"polymorphic_identity": "report_review"}
    title: ClassVar[Any] = _l("Review of the closing report")
    id: Mapped[int] = _own_id()
    passed: Mapped[bool] = mapped_column(default=False, info=said(_l("Passed: the case is closed")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return (_("passed") if self.passed else _("returned")) + f"：{self.reason}"


class Withdrawal(Step):
    """撤回: in writing and of the petitioner's own will."""

    __tablename__ = "step_withdrawal"
    __mapper_args__: Any = {"polymorphic_identity": "withdrawal"}
    title: ClassVar[Any] = _l("Withdrawn by the petitioner")
    id: Mapped[int] = _own_id()
    written: Mapped[bool] = mapped_column(default=False, info=said(_l("A written request is at hand")))
    own_will: Mapped[bool] = mapped_column(
        default=False,
        info=said(_l("Of their own will"), _l("The petitioner was asked, alone, whether anybody pressed")),
    )
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons given by the petitioner")))

    def story(self) -> str:
        return self.reason


class Settling(Step):
    """确认化解: closed is not settled; how it was settled, and whether an agreement was signed (art. 27, 33)."""

    __tablename__ = "step_settling"
    __mapper_args__: Any = {"polymorphic_identity": "settling"}
    title: ClassVar[Any] = _l("Settlement confirmed")
    id: Mapped[int] = _own_id()
    disposal: Mapped[Disposal] = mapped_column(
        enum_column(Disposal, "settling_disposal"), info=said(_l("How (art. 27)"))
    )
    evidence: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Evidence"), _l("Call-back record or agreement"))
    )
    agreement: Mapped[bool] = mapped_column(
        default=False, info=said(_l("An agreement to end the petition was signed"))
    )
    voluntary: Mapped[bool] = mapped_column(
        default=False,
        info=said(
            _l("Signed voluntarily"), _l("It cannot waive litigation, reconsideration or other lawful rights")
        ),
    )

    def story(self) -> str:
        return f"{self.disposal}：{self.evidence}"


class Archiving(Step):
    """归档: all papers are present."""

    __tablename__ = "step_archiving"
    __mapper_args__: Any = {"polymorphic_identity": "archiving"}
    title: ClassVar[Any] = _l("Archived")
    id: Mapped[int] = _own_id()
    shelf: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("File number")))

    def story(self) -> str:
        return self.shelf


class VoidRequest(Step):
    """申请作废: with the reason; somebody else approves (art. 43)."""

    __tablename__ = "step_void_request"
    __mapper_args__: Any = {"polymorphic_identity": "void_request"}
    title: ClassVar[Any] = _l("Voiding asked for")
    id: Mapped[int] = _own_id()
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return self.reason


keep_for_ever(SpotAnswer, SuggestionReply, StatutoryReply, Mediation, Report, ReportReview, Withdrawal, Settling,
              Archiving, VoidRequest)  # fmt: skip
