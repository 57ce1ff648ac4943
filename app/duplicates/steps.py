"""Step kinds of telling matters apart and together: repeats, cases of a kind, splitting, merging."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import MatterKind
from app.cases.models import Case
from app.cases.steps import Step, keep_for_ever
from app.core.labels import said
from app.duplicates.models import CaseLink


def _own_id() -> Mapped[int]:
    return mapped_column(sa.ForeignKey("case_step.id"), primary_key=True)


def _case_id() -> Mapped[int]:
    return mapped_column(sa.ForeignKey("petition_case.id"), index=True)


def _number(case: Any) -> str:
    """A case out of the reader's reach is loaded as nothing, and then not named."""
    return str(case.number) if case is not None else _("a case out of your reach")


class RepeatConfirmed(Step):
    """重件: a person found that this petition repeats an earlier one in the same matter."""

    __tablename__ = "step_repeat_confirmed"
    __mapper_args__: Any = {"polymorphic_identity": "repeat_confirmed"}
    title: ClassVar[Any] = _l("Found to be a repeat")
    id: Mapped[int] = _own_id()
    first_id: Mapped[int] = _case_id()
    first: Mapped[Case] = relationship(foreign_keys=[first_id], info=said(_l("First petition")))
    sequence: Mapped[int]
    why: Mapped[str] = mapped_column(sa.String(200), default="")

    def story(self) -> str:
        said_of_it = _("petition no. %(n)s after %(first)s", n=self.sequence, first=_number(self.first))
        return " ".join(
            part for part in (said_of_it, f"（{self.why}）" if self.why else "", self.note) if part
        )


class RepeatRejected(Step):
    """非重件: a person looked, and it is another matter; it is not suggested again."""

    __tablename__ = "step_repeat_rejected"
    __mapper_args__: Any = {"polymorphic_identity": "repeat_rejected"}
    title: ClassVar[Any] = _l("Found to be another matter")
    id: Mapped[int] = _own_id()
    other_id: Mapped[int] = _case_id()
    other: Mapped[Case] = relationship(foreign_keys=[other_id], info=said(_l("Other case")))

    def story(self) -> str:
        return " ".join(part for part in (f"≠ {_number(self.other)}", self.note) if part)


class KindLinked(Step):
    """类案: other people's matters of the same kind, to be looked at together; one to many."""

    __tablename__ = "step_kind_linked"
    __mapper_args__: Any = {"polymorphic_identity": "kind_linked"}
    title: ClassVar[Any] = _l("Linked with cases of the same kind")
    id: Mapped[int] = _own_id()
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("What they have in common")))
    links: Mapped[list[CaseLink]] = relationship(
        primaryjoin=lambda: KindLinked.id == sa.orm.foreign(CaseLink.step_id), viewonly=True
    )

    def story(self) -> str:
        numbers = [link.to_case.number for link in self.links if link.to_case is not None]
        return f"{'、'.join(numbers)}：{self.reason}" if numbers else self.reason


class Split(Step):
    """拆分: a letter with claim and accusation becomes two cases; recorded on the accusation alone (art. 30)."""

    __tablename__ = "step_split"
    __mapper_args__: Any = {"polymorphic_identity": "split"}
    title: ClassVar[Any] = _l("Claim and accusation split")
    id: Mapped[int] = _own_id()
    claim_id: Mapped[int] = _case_id()
    claim: Mapped[Case] = relationship(foreign_keys=[claim_id], info=said(_l("The claim")))
    claim_number: Mapped[str] = mapped_column(sa.String(30))

    def story(self) -> str:
        # its keeper does not see the claim, but must know of it; once it is no accusation, only who sees both
        behind = self.case is not None and self.case.kind is MatterKind.ACCUSATION
        return _("claim: %(number)s", number=self.claim_number if behind else _number(self.claim))


class MergeRequest(Step):
    """申请合并: this case shall go on in another one; somebody else approves (art. 43)."""

    __tablename__ = "step_merge_request"
    __mapper_args__: Any = {"polymorphic_identity": "merge_request"}
    title: ClassVar[Any] = _l("Merging asked for")
    id: Mapped[int] = _own_id()
    into_id: Mapped[int] = _case_id()
    into: Mapped[Case] = relationship(foreign_keys=[into_id], info=said(_l("Goes on in")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return f"→ {_number(self.into)}：{self.reason}"


class Merging(Step):
    """合并: approved; the case ends here with all it holds, and the other one goes on (art. 43)."""

    __tablename__ = "step_merging"
    __mapper_args__: Any = {"polymorphic_identity": "merging"}
    title: ClassVar[Any] = _l("Merged")
    id: Mapped[int] = _own_id()
    into_id: Mapped[int] = _case_id()
    into: Mapped[Case] = relationship(foreign_keys=[into_id], info=said(_l("Goes on in")))
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Reasons")))

    def story(self) -> str:
        return f"→ {_number(self.into)}：{self.reason}"


keep_for_ever(RepeatConfirmed, RepeatRejected, KindLinked, Split, MergeRequest, Merging)
