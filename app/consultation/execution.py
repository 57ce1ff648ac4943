"""After the decision: minutes are signed and the items become work; units report, somebody else verifies, and when
all is done the consultation is struck off (销号). What happens to the case happens to its consultation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import operations as cases
from app.cases.effects import end_parts
from app.cases.enums import ENDED, GONE, PartRole
from app.cases.models import Case, Clock
from app.consultation import authority, booking, invitations, minutes, outcomes
from app.consultation.enums import UNDECIDED, Act, CourseState, ItemState, SessionState
from app.consultation.models import ConsultationSession, ResolutionItem
from app.consultation.operations import lead, now_open, record
from app.consultation.standing import stand
from app.consultation.steps import live
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer
from app.supervision import conditions

S = SessionState


def sign_minutes(session: ConsultationSession, officer: Officer, at: dt.datetime) -> list[str]:
    """The convener signs what was entered; every item starts its clock at its unit, the unit sees the matter, and what
    the joint conference decided beyond tasks is set in motion. A sentence for each item that could not be."""
    with seeing_all(f"minutes of consultation session {session.id}"), db.session.no_autoflush:
        stand(session, (S.DECIDED,))
        authority.must_lead(session, officer)
        paper = minutes.issue(session, officer, at)
        lead(session, S.EXECUTING)
        session.consultation.state = CourseState.EXECUTING
        step = record(session, Act.MINUTES, officer, at, paper.number)
        step.document = paper
        booking.release(session)
        db.session.flush()
        return outcomes.carry_out(session, officer, at)


def report(item: ResolutionItem, words: str, officer: Officer, at: dt.datetime) -> None:
    """The unit says what it did; late is recorded late."""
    words = (words or "").strip()
    with seeing_all(f"resolution item {item.id} is reported"), db.session.no_autoflush:
        stand(item.session, (S.EXECUTING,))
        db.session.refresh(item, with_for_update=True)
        if item.unit_id != officer.unit_id:
            raise Refusal(_l("This item is owed by %(unit)s.", unit=item.unit.name))
        if item.state not in (ItemState.OWED, ItemState.RETURNED):
            raise Refusal(_l("This item is reported and waits to be verified."))
        if not words:
            raise Refusal(_l("Say what was done and what came of it."), "report")
        item.report, item.reported_at, item.state = words, at, ItemState.REPORTED
        record(item.session, Act.REPORTED, officer, at, f"{item.place}. {item.what}：{words}", item)


def _checking(item: ResolutionItem, officer: Officer) -> None:
    stand(item.session, (S.EXECUTING,))
    db.session.refresh(item, with_for_update=True)
    if item.state is not ItemState.REPORTED:
        raise Refusal(_l("The unit has not reported this item yet."))
    if item.unit_id == officer.unit_id:
        raise Refusal(_l("Nobody verifies their own unit's work."))


def verify(item: ResolutionItem, remark: str, officer: Officer, at: dt.datetime) -> None:
    """Done as resolved: the item's clock ends on the day it was reported."""
    with seeing_all(f"resolution item {item.id} is verified"), db.session.no_autoflush:
        _checking(item, officer)
        item.remark, item.verified_at, item.verified_by = (remark or "").strip(), at, officer
        item.state = ItemState.VERIFIED
        record(item.session, Act.VERIFIED, officer, at, f"{item.place}. {item.what}", item)


def give_back(item: ResolutionItem, remark: str, officer: Officer, at: dt.datetime) -> None:
    """Not done as resolved: its time runs on."""
    remark = (remark or "").strip()
    with seeing_all(f"resolution item {item.id} is returned"), db.session.no_autoflush:
        _checking(item, officer)
        if not remark:
            raise Refusal(_l("Say what is missing."), "remark")
        item.remark, item.state = remark, ItemState.RETURNED
        record(item.session, Act.RETURNED, officer, at, f"{item.place}. {item.what}：{remark}", item)


def strike_off(session: ConsultationSession, remark: str, officer: Officer, at: dt.datetime) -> None:
    """销号: every item is verified, the consultation is over; who took part keeps sight of what was decided."""
    with seeing_all(f"consultation session {session.id} is struck off"), db.session.no_autoflush:
        stand(session, (S.EXECUTING,))
        waiting = [str(item.place) for item in session.items if item.state is not ItemState.VERIFIED]
        if waiting:
            raise Refusal(_l("Not yet verified: item %(places)s.", places="、".join(waiting)))
        lead(session, S.VERIFIED)
        session.consultation.state, session.consultation.ended_at = CourseState.STRUCK_OFF, at
        record(session, Act.STRUCK_OFF, officer, at, (remark or "").strip())


def _follow(case: Case, step: Any, at: dt.datetime) -> None:
    """A case that ended takes its undecided consultation along; who is recused on it leaves the room."""
    if step.kind == "recusal":
        invitations.bar(case.id, step.who, step.which, at)
        db.session.flush()
    if step.kind == "consultation" or case.state not in ENDED:
        return
    course = live(case)
    if course is None:
        return
    session = now_open(course)
    if session.state in UNDECIDED or (case.state in GONE and session.state is not S.VERIFIED):
        _end_with(session, step, at)


def _end_with(session: ConsultationSession, step: Any, at: dt.datetime) -> None:
    """Written without a step of its own: the step that ended the case says it, and no step follows a void."""
    session.why = _("Ended with the step “%(step)s”.", step=step.title)
    session.closed_at = session.closed_at or at
    session.state = S.CALLED_OFF
    booking.release(session)
    session.consultation.state, session.consultation.ended_at = CourseState.CALLED_OFF, at
    end_parts(session.case, PartRole.CONSULTED)
    db.session.flush()


def _reported_in_time() -> sa.ColumnElement[bool]:
    """Of a running clock: its item was reported by its day and waits to be verified."""
    return sa.exists().where(
        ResolutionItem.clock_id == Clock.id, ResolutionItem.state == ItemState.REPORTED,
        sa.func.date(ResolutionItem.reported_at, type_=sa.Date) <= Clock.due_legal,
    )  # fmt: skip


cases.step_taken.connect(_follow)
conditions.ANSWERED.append(_reported_in_time)
