"""The one step kind of consultation: what was done to which session; append-only, on the case's timeline.

It leaves the case's state alone and starts and stops no clock by the table: which clock a level has, and by when an
item is owed, are rows (``EFFECTS`` below).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases import clocks
from app.cases.effects import EFFECTS, give_part
from app.cases.enums import OPEN, MatterKind, PartRole
from app.cases.guards import GUARDS, turn
from app.cases.models import Case
from app.cases.steps import Step, keep_for_ever
from app.consultation.enums import Act, ItemState, SessionState
from app.consultation.models import Consultation, ConsultationSession, ResolutionItem
from app.core.db import db
from app.core.enums import enum_column
from app.core.errors import Refusal
from app.core.labels import said

ITEM_CLOCK = "HZ"  # 会诊议定事项, seeds/clock_rules.yaml


class ConsultationStep(Step):
    """四级会诊: proposed, notified, held, decided or taken up, followed up, struck off."""

    __tablename__ = "step_consultation"
    __mapper_args__: Any = {"polymorphic_identity": "consultation"}
    title: ClassVar[Any] = _l("Consultation")
    id: Mapped[int] = mapped_column(sa.ForeignKey("case_step.id"), primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("consultation_session.id"), index=True)
    session: Mapped[ConsultationSession] = relationship(info=said(_l("Session")))
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resolution_item.id"), index=True)
    item: Mapped[ResolutionItem | None] = relationship(info=said(_l("Resolution item")))
    act: Mapped[Act] = mapped_column(enum_column(Act, "consultation_act"), info=said(_l("What was done")))
    words: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("In words")))

    def story(self) -> str:
        head = f"{self.session.level} · {self.act}"
        return f"{head}：{self.words}" if self.words else head


keep_for_ever(ConsultationStep)


def live(case: Case) -> Consultation | None:
    """The consultation of the case that has not ended, as far as the reader sees it."""
    query = sa.select(Consultation).where(Consultation.case_id == case.id, Consultation.ended_at.is_(None))
    return db.session.scalars(query).first()


def consultable(case: Case, step: ConsultationStep | None, today: dt.date) -> None:
    """A session is proposed on an open ordinary matter that is not being consulted already."""
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is never consulted: it stays with its keeper (art. 30)."))
    if step is None:
        turn(case, OPEN)
        if live(case) is not None:
            raise Refusal(_l("This matter is being consulted already."))
    elif step.act is Act.PROPOSED:
        turn(case, OPEN)


def _effect(case: Case, step: ConsultationStep, today: dt.date) -> None:
    session, level = step.session, step.session.level
    if step.act is Act.PROPOSED:
        give_part(case, PartRole.CONSULTED, officer=session.convener)
        clocks.start(
            case, level.clock_code, today, step, unit=session.convener.unit, officer=session.convener
        )
    elif step.act in (Act.DECIDED, Act.ESCALATED):
        clocks.stop(case, (level.clock_code,), today, step)
    elif step.act is Act.MINUTES:
        for item in session.items:
            give_part(case, PartRole.CONSULTED, unit=item.unit)
            days = max((item.due_on - today).days, 0)
            item.clock = clocks.start(case, ITEM_CLOCK, today, step, unit=item.unit, length=days)
            item.state = ItemState.OWED
    elif step.act is Act.VERIFIED and step.item is not None and step.item.clock is not None:
        clock, done = step.item.clock, step.item.reported_at
        if clock.stopped_on is None:  # how long the checking took is not the unit's delay
            clock.stopped_on, clock.stopped_by_id = done.date() if done else today, step.id
    elif step.act is Act.CALLED_OFF:
        clocks.stop(case, (level.clock_code,), today, step)
        for item in session.items:
            if item.clock is not None and item.clock.stopped_on is None:
                item.clock.stopped_on, item.clock.stopped_by_id = today, step.id


def minutes_signed(case: Case, step: Any, today: dt.date) -> None:
    """A file is not put away while a decision of its consultation waits for its minutes."""
    course = live(case)
    if course is not None and any(one.state is SessionState.DECIDED for one in course.sessions):
        raise Refusal(_l("The minutes of the consultation are signed first."))


GUARDS["consultable"] = consultable
GUARDS["minutes_signed"] = minutes_signed
EFFECTS["consultation"] = _effect
