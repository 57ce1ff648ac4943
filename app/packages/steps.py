"""The steps of a package and of a leader's instruction on the case's timeline; append-only like every step."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.organisation.models import Officer
from app.packages.models import PackageDuty, Tier


class NoteKind(LabelledEnum):
    """What is noted; the first three are contact with the petitioner."""

    VISIT = (_l("Visit to the petitioner"), "green")
    CALL = (_l("Call to the petitioner"), "green")
    TALK = (_l("Talk with the petitioner"), "green")
    MEETING = (_l("Meeting of the task force"), "info")
    PROGRESS = (_l("Progress"), "info")
    PLAN = (_l("Plan changed"), "amber")
    RESPONSIBLE = (_l("Responsible officer changed"), "amber")
    TASK_FORCE = (_l("Task force changed"), "amber")


CONTACT = (NoteKind.VISIT, NoteKind.CALL, NoteKind.TALK)


class HardMatter(Step):
    """认定重大疑难: with its reasons; the principal leader takes it (S000)."""

    __tablename__ = "step_hard_matter"
    __mapper_args__: Any = {"polymorphic_identity": "hard_matter"}
    title: ClassVar[Any] = _l("Found to be grave and difficult")
    id: Mapped[int] = _own_id()
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return self.reason


class PackageOpened(Step):
    """包案: leaders, responsible officer, term, task force, plan; issues 包案责任书 (D39)."""

    __tablename__ = "step_package_opened"
    __mapper_args__: Any = {"polymorphic_identity": "package_opened"}
    title: ClassVar[Any] = _l("Package opened")
    id: Mapped[int] = _own_id()
    leader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    leader: Mapped[Officer | None] = relationship(
        foreign_keys=[leader_id], info=said(_l("District leader"), _l("Sees the case from now on"))
    )
    principal: Mapped[bool] = mapped_column(
        default=False, info=said(_l("Principal leader"), _l("党政主要领导 (S000)"))
    )
    bureau_leader: Mapped[str] = mapped_column(
        sa.String(60), default="", info=said(_l("Leader of the department or town"), _l("Name and post"))
    )
    responsible: Mapped[str] = mapped_column(
        sa.String(60), info=said(_l("Responsible officer"), _l("Name and post in the responsible unit"))
    )
    due_on: Mapped[dt.date] = mapped_column(info=said(_l("To be settled by")))
    feedback_days: Mapped[int] = mapped_column(default=0)
    task_force: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Task force"), _l("一案一专班: names and units"))
    )
    plan: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Plan"), _l("一人一策: what is done for this matter, step by step"))
    )

    def story(self) -> str:
        who = "、".join(str(name) for name in (self.leader, self.bureau_leader) if name)
        return _("%(who)s; to be settled by %(day)s.", who=who, day=self.due_on) + f"\n{self.plan}"


class PackageNote(Step):
    """走访和进展: a visit, a call, progress; it may fulfil one of the duties."""

    __tablename__ = "step_package_note"
    __mapper_args__: Any = {"polymorphic_identity": "package_note"}
    title: ClassVar[Any] = _l("Package: visit or progress")
    id: Mapped[int] = _own_id()
    about: Mapped[NoteKind] = mapped_column(
        enum_column(NoteKind, "package_note"), info=said(_l("What it is"))
    )
    happened_on: Mapped[dt.date] = mapped_column(info=said(_l("On")))
    who: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("By whom"), _l("Name and post")))
    what: Mapped[str] = mapped_column(sa.Text, info=said(_l("What was done and found")))
    duty_id: Mapped[int | None] = mapped_column(sa.ForeignKey("package_duty.id"), index=True)
    duty: Mapped[PackageDuty | None] = relationship(
        info=said(_l("Fulfils the duty"), _l("One of the duties of a package, if it does"))
    )

    def story(self) -> str:
        duty = f"【{self.duty}】" if self.duty is not None else ""
        return f"{self.about} {self.happened_on:%Y-%m-%d} {self.who}{duty}：{self.what}"


class PackageHandover(Step):
    """包案领导变更: a leader changes post; the package goes on under the next."""

    __tablename__ = "step_package_handover"
    __mapper_args__: Any = {"polymorphic_identity": "package_handover"}
    title: ClassVar[Any] = _l("Package handed over")
    id: Mapped[int] = _own_id()
    tier: Mapped[Tier] = mapped_column(enum_column(Tier, "handover_tier"), info=said(_l("Tier")))
    before: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("Leader until now")))
    leader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    leader: Mapped[Officer | None] = relationship(
        foreign_keys=[leader_id],
        info=said(_l("Next leader"), _l("With an account; a district leader needs one")),
    )
    leader_name: Mapped[str] = mapped_column(
        sa.String(60),
        default="",
        info=said(_l("Next leader's name and post"), _l("Where there is no account")),
    )
    principal: Mapped[bool] = mapped_column(default=False, info=said(_l("Principal leader")))
    reason: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Reason and state of the matter"), _l("What the next leader must know"))
    )

    def story(self) -> str:
        return f"{self.tier}：{self.before} → {self.leader or self.leader_name}。{self.reason}"


class StrikeOffRequest(Step):
    """申请销号: every criterion confirmed, with the evidence."""

    __tablename__ = "step_strike_off_request"
    __mapper_args__: Any = {"polymorphic_identity": "strike_off_request"}
    title: ClassVar[Any] = _l("Striking off asked")
    id: Mapped[int] = _own_id()
    criteria: Mapped[str] = mapped_column(sa.Text, info=said(_l("Criteria met")))
    evidence: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Evidence"), _l("Opinion, receipt, call-back record, agreement …"))
    )

    def story(self) -> str:
        evidence = _("Evidence")
        return f"{self.criteria}\n{evidence}：{self.evidence}"


class StrikeOffCheck(Step):
    """抽查审核: by another person, with what was found."""

    __tablename__ = "step_strike_off_check"
    __mapper_args__: Any = {"polymorphic_identity": "strike_off_check"}
    title: ClassVar[Any] = _l("Spot check of striking off")
    id: Mapped[int] = _own_id()
    passed: Mapped[bool] = mapped_column(default=False, info=said(_l("Passed")))
    findings: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("How it was checked and found"), _l("Whom you asked, what you saw"))
    )

    def story(self) -> str:
        return (_("passed") if self.passed else _("not passed")) + f"：{self.findings}"


class StrikeOffRuling(Step):
    """销号: by a third person; from now on the package rests. Or not agreed, with the reason: it goes on."""

    __tablename__ = "step_strike_off_ruling"
    __mapper_args__: Any = {"polymorphic_identity": "strike_off_ruling"}
    title: ClassVar[Any] = _l("Ruling on striking off")
    id: Mapped[int] = _own_id()
    agreed: Mapped[bool] = mapped_column(
        default=True,
        server_default=sa.true(),
        info=said(_l("Agreed"), _l("Not agreed: say below what is missing")),
    )

    def story(self) -> str:
        return "：".join(
            part for part in (_("struck off") if self.agreed else _("not struck off"), self.note) if part
        )


class PackageReopening(Step):
    """恢复包案: the matter came back."""

    __tablename__ = "step_package_reopening"
    __mapper_args__: Any = {"polymorphic_identity": "package_reopening"}
    title: ClassVar[Any] = _l("Package taken up again")
    id: Mapped[int] = _own_id()
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))
    due_on: Mapped[dt.date] = mapped_column(info=said(_l("To be settled by")))
    feedback_days: Mapped[int] = mapped_column(default=0)

    def story(self) -> str:
        return f"{self.reason} " + _("To be settled by %(day)s.", day=self.due_on)


class Instruction(Step):
    """领导批示: what a leader wants done, and by when it is answered."""

    __tablename__ = "step_instruction"
    __mapper_args__: Any = {"polymorphic_identity": "instruction"}
    title: ClassVar[Any] = _l("Leader's instruction")
    id: Mapped[int] = _own_id()
    leader_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    leader: Mapped[Officer] = relationship(foreign_keys=[leader_id], info=said(_l("Leader")))
    text: Mapped[str] = mapped_column(sa.Text, info=said(_l("Instruction"), _l("In the leader's words")))
    feedback_days: Mapped[int] = mapped_column(default=10, info=said(_l("Days for the answer")))

    def story(self) -> str:
        return f"{self.leader}：{self.text}"


class InstructionAnswer(Step):
    """批示落实情况: reported to the leader who gave it."""

    __tablename__ = "step_instruction_answer"
    __mapper_args__: Any = {"polymorphic_identity": "instruction_answer"}
    title: ClassVar[Any] = _l("Reported back to the leader")
    id: Mapped[int] = _own_id()
    done: Mapped[str] = mapped_column(sa.Text, info=said(_l("What was done")))
    result: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Result"), _l("What came of it, and what is still to come by when"))
    )

    def story(self) -> str:
        result = _("Result")
        return f"{self.done}\n{result}：{self.result}"


keep_for_ever(HardMatter, PackageOpened, PackageNote, PackageHandover, StrikeOffRequest, StrikeOffCheck,
              StrikeOffRuling, PackageReopening, Instruction, InstructionAnswer)  # fmt: skip
