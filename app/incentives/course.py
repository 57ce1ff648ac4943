"""Objections to a draft: raised by a unit, decided with reasons, and what was right in them put right in the draft."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases.models import Case
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.incentives import operations
from app.incentives.enums import NoticeState, ObjectionState
from app.incentives.models import Notice, NoticeFigure, NoticeItem
from app.incentives.models_course import NoticeExclusion, NoticeObjection
from app.organisation.models import Officer, Unit


def object_to(
    notice: Notice,
    unit: Unit,
    indicator: str,
    case: Case | None,
    reason: str,
    officer: Officer,
    at: dt.datetime,
) -> NoticeObjection:
    """A unit objects to one of its figures; ``case`` (fetched through the scope) names a case that should not count.

    After the deadline it is recorded as late, not refused, as long as the notice is not signed.
    """
    with seeing_all(f"objection to notice {notice.month}"), db.session.no_autoflush:
        db.session.refresh(notice, with_for_update=True)
        if notice.state is not NoticeState.OBJECTION or notice.objections_until is None:
            raise Refusal(_l("This notice is not open to objections."))
        if not (reason or "").strip():
            raise Refusal(_l("Say what is wrong, and why."), "reason")
        if indicator not in {words["code"] for words in notice.indicators}:
            raise Refusal(_l("The notice has no such indicator."), "indicator")
        if case is not None and not _counts(notice, unit, indicator, case):
            raise Refusal(_l("This case does not count in that figure of your unit."), "case_number")
        made = NoticeObjection(
            notice=notice, unit=unit, indicator=indicator, case=case, reason=reason.strip(), raised_by=officer,
            raised_at=at, late=at.date() > notice.objections_until, state=ObjectionState.RAISED,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
    return made


def _counts(notice: Notice, unit: Unit, indicator: str, case: Case) -> bool:
    query = (
        sa.select(NoticeItem.id)
        .join(NoticeFigure, NoticeFigure.id == NoticeItem.figure_id)
        .where(NoticeFigure.notice_id == notice.id, NoticeFigure.unit_id == unit.id,
               NoticeFigure.indicator == indicator, NoticeItem.case_id == case.id)
    )  # fmt: skip
    return db.session.scalars(query).first() is not None


def decide(objection: NoticeObjection, upheld: bool, ruling: str, officer: Officer, at: dt.datetime) -> None:
    """Decide an objection with reasons. Upheld, the named case no longer counts for that indicator, and the draft is
    reckoned anew by the same moment; without a case the notice goes back to a draft of today, which takes in what has
    been put right in the records, and to the units with a new term."""
    with seeing_all(f"ruling on objection {objection.id}"), db.session.no_autoflush:
        db.session.refresh(objection, with_for_update=True)
        notice = objection.notice
        if objection.state is not ObjectionState.RAISED or notice.state is not NoticeState.OBJECTION:
            raise Refusal(_l("This objection was decided in the meantime."))
        if not (ruling or "").strip():
            raise Refusal(_l("A decision gives its reasons."), "ruling")
        if officer.unit_id is not None and officer.unit_id == objection.unit_id:
            raise Refusal(_l("Nobody decides on their own unit's objection (art. 28)."))
        objection.state = ObjectionState.UPHELD if upheld else ObjectionState.REJECTED
        objection.ruling, objection.decided_by, objection.decided_at = ruling.strip(), officer, at
        if upheld and objection.case_id is not None:
            _exclude(objection, officer, at)
        db.session.flush()
        if upheld and objection.case_id is not None:
            operations.recompute(notice, officer)
        elif upheld:
            operations.take_back(notice, at.date(), officer)


def _exclude(objection: NoticeObjection, officer: Officer, at: dt.datetime) -> None:
    notice = objection.notice
    known = sa.select(NoticeExclusion.id).where(
        NoticeExclusion.month == notice.month, NoticeExclusion.indicator == objection.indicator,
        NoticeExclusion.case_id == objection.case_id,
    )  # fmt: skip
    if db.session.scalars(known).first() is None:
        db.session.add(
            NoticeExclusion(
                month=notice.month, indicator=objection.indicator, case_id=objection.case_id,
                objection_id=objection.id, reason=objection.ruling, decided_by_id=officer.id, decided_at=at,
            )
        )  # fmt: skip


def counts(notice: Notice) -> dict[ObjectionState, int]:
    """How many objections stand where; numbers only, for who may not read them."""
    with seeing_all("how many objections a notice had"):
        query = sa.select(NoticeObjection.state, sa.func.count()).where(
            NoticeObjection.notice_id == notice.id
        )
        return {row[0]: row[1] for row in db.session.execute(query.group_by(NoticeObjection.state))}
