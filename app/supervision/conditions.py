"""What a trigger looks for: one query a condition, over running duties of ordinary open cases.

Each reads the index of running clocks by kind and day (``ix_clock_running``); what stands proposed already, or was
decided once, is left out. An accusation is never supervised by this road (R22 art. 30).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.cases import guards
from app.cases.enums import KEPT, OPEN, MatterKind, State
from app.cases.models import Case, Clock, ClockRule
from app.cases.steps import Step
from app.cases.steps_outcome import ReportReview
from app.core.db import db
from app.duplicates.models import CaseLink, LinkKind
from app.organisation.models import Unit, UnitKind
from app.supervision.enums import OWED, UNDER_WAY, Condition
from app.supervision.enums import SupervisionState as S
from app.supervision.models import Supervision, SupervisionTrigger
from app.supervision.steps import SupervisionReturn

FEEDBACK = "T_SUP"  # chased within its own matter, not by another letter
CHECKING = "L_ACC"  # the supervisor's own time, no unit's
OF_ANY_UNIT = (
    "HZ",
)  # owed by whichever unit a consultation named; every other duty counts for the responsible one


# duties that were answered in time and wait to be checked; rooms above add to it
ANSWERED: list[Callable[[], sa.ColumnElement[bool]]] = [
    lambda: sa.and_(Clock.code == "T11", Case.state == State.REPORTED)  # the closing report is being examined
]


def _overdue(trigger: SupervisionTrigger, on: dt.date) -> sa.ColumnElement[bool]:
    return Clock.due_legal < on - dt.timedelta(days=trigger.days)


def _half_time(trigger: SupervisionTrigger, on: dt.date) -> sa.ColumnElement[bool]:
    since = sa.literal(on - dt.timedelta(days=trigger.days), sa.Date)
    handled = sa.exists().where(
        Step.case_id == Clock.case_id, Step.kind == "handling", Step.id > Clock.started_by_id
    )
    half = _days(since, Clock.started_on) * 2 >= _days(Clock.due_stat, Clock.started_on)
    return sa.and_(half, sa.not_(handled))


def _came_back(trigger: SupervisionTrigger, on: dt.date) -> sa.ColumnElement[bool]:
    """The petitioner brought the same matter again: the unit that has it now is asked."""
    return sa.exists().where(
        CaseLink.from_case_id == Clock.case_id, CaseLink.kind == LinkKind.REPEAT, Step.id == CaseLink.step_id,
        Step.taken_at < _before(on - dt.timedelta(days=trigger.days)),
    )  # fmt: skip


def _not_resubmitted(trigger: SupervisionTrigger, on: dt.date) -> sa.ColumnElement[bool]:
    """The closing report came back so many days ago, and no new one was sent (domain.md §2.6, DB03)."""
    newer = sa.select(Step.id).where(
        Step.case_id == Clock.case_id, Step.kind == "report", Step.id > ReportReview.id
    )
    return (
        sa.select(ReportReview.id)
        .where(
            ReportReview.case_id == Clock.case_id, sa.not_(ReportReview.passed),
            ReportReview.taken_at < _before(on - dt.timedelta(days=trigger.days)), sa.not_(newer.exists()),
        )
        .exists()
    )  # fmt: skip


def _before(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


CONDITIONS: dict[Condition, Callable[[SupervisionTrigger, dt.date], sa.ColumnElement[bool]]] = {
    Condition.OVERDUE: _overdue,
    Condition.HALF_TIME: _half_time,
    Condition.CAME_BACK: _came_back,
    Condition.NOT_RESUBMITTED: _not_resubmitted,
}


def _answer_late(trigger: SupervisionTrigger, on: dt.date) -> sa.ColumnElement[bool]:
    late = sa.exists().where(
        Clock.id == Supervision.feedback_id, Clock.stopped_on.is_(None),
        Clock.due_legal < on - dt.timedelta(days=trigger.days),
    )  # fmt: skip
    return sa.and_(Supervision.state.in_(OWED), late)


def _answer_returned(trigger: SupervisionTrigger, on: dt.date) -> sa.ColumnElement[bool]:
    """Returned so many days ago (domain.md §2.6, DB03); what was sent since would have changed the state."""
    returned = sa.select(sa.func.max(Step.taken_at)).where(
        Step.id == SupervisionReturn.id, SupervisionReturn.supervision_id == Supervision.id
    )
    last = returned.correlate(Supervision).scalar_subquery()
    return sa.and_(Supervision.state == S.RETURNED, last < _before(on - dt.timedelta(days=trigger.days)))


# these speak of a matter under way, and propose another letter on it
AGAIN: dict[Condition, Callable[[SupervisionTrigger, dt.date], sa.ColumnElement[bool]]] = {
    Condition.ANSWER_LATE: _answer_late,
    Condition.ANSWER_RETURNED: _answer_returned,
}
# these speak of the case, not of one deadline: decided once, they are not proposed again by its next deadline
OF_THE_CASE = (Condition.CAME_BACK,)


def _days(later: Any, earlier: Any) -> Any:
    """Whole days between two dates: SQLite has no date type, PostgreSQL no Julian days."""
    if db.engine.dialect.name == "sqlite":
        return sa.func.julianday(later, type_=sa.Float) - sa.func.julianday(earlier, type_=sa.Float)
    return sa.cast(later, sa.Date).op("-", return_type=sa.Integer())(sa.cast(earlier, sa.Date))


def found(trigger: SupervisionTrigger, on: dt.date) -> sa.Select[int, int, int | None]:
    """Clock, case and unit of every duty the trigger speaks of on that day, in the order they began."""
    codes = sa.select(ClockRule.code).where(ClockRule.duty, ClockRule.code.not_in((FEEDBACK, CHECKING)))
    if trigger.clock_code:
        codes = codes.where(ClockRule.code == trigger.clock_code)
    office = sa.select(Unit.id).where(Unit.kind == UnitKind.CONFERENCE)
    alike = sa.select(SupervisionTrigger.id).where(SupervisionTrigger.condition == trigger.condition)
    same: Any = Supervision.clock_id == Clock.id
    if trigger.condition in OF_THE_CASE:
        same = Supervision.case_id == Clock.case_id
    decided = sa.exists().where(same, Supervision.trigger_id.in_(alike))
    under_way = sa.exists().where(Supervision.case_id == Clock.case_id, Supervision.state.in_(UNDER_WAY))
    return (
        sa.select(Clock.id, Clock.case_id, Clock.unit_id)
        .join(Case, Case.id == Clock.case_id)
        .where(
            Clock.code.in_(db.session.scalars(codes).all()),  # as values: PostgreSQL then seeks by them
            Clock.duty,
            Clock.stopped_on.is_(None),
            CONDITIONS[trigger.condition](trigger, on),
            sa.or_(Clock.unit_id == Case.unit_id, Clock.code.in_(OF_ANY_UNIT)),
            Clock.unit_id.not_in(office),
            Case.kind != MatterKind.ACCUSATION,
            sa.or_(Case.state.in_(OPEN), sa.and_(Case.state.in_(KEPT), Clock.code.in_(guards.OWED_BEYOND))),
            *(sa.not_(answered()) for answered in ANSWERED),
            sa.not_(decided),
            sa.not_(under_way),
        )
        .order_by(Clock.id)
    )
