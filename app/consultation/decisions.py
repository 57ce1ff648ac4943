"""How a session ends: it decides, is taken to the next level, is adjourned for further facts, or is called off.

The draft that was written during the meeting (``fields.py``) becomes the decision here, once, and stands.
"""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _l

from app.cases import guards, recusal
from app.cases.enums import OPEN
from app.consultation import (
    authority,
    booking,
    counting,
    fields,
    invitations,
    minutes,
    operations,
    outcomes,
    rules,
)
from app.consultation.enums import (
    PREPARED,
    Act,
    Conclusion,
    CourseState,
    ItemKind,
    ItemPart,
    ItemState,
    SessionState,
)
from app.consultation.levels import HIGHEST, RESPONSIBLE
from app.consultation.models import ConsultationSession, ResolutionItem
from app.consultation.standing import stand
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer, Unit

S = SessionState


def decide(session: ConsultationSession, officer: Officer, at: dt.datetime) -> None:
    """The draft becomes the decision: with quorum, by vote where the level votes, with lead unit and every deadline."""
    with seeing_all(f"consultation session {session.id} decides"), db.session.no_autoflush:
        stand(session, (S.HELD,))
        authority.must_lead(session, officer)
        found = fields.current(session)
        _quorate(session, found)
        conclusion = fields.value(found, "conclusion")
        if not conclusion:
            raise Refusal(_l("Choose the conclusion."), "conclusion")
        plan = fields.value(found, "plan").strip()
        if not plan:
            raise Refusal(_l("Write down what is decided."), "plan")
        drafts = _complete(session, fields.items(found), at.date())
        outcomes.check(session, drafts, at.date())
        _carried(session, found)
        session.conclusion, session.plan = Conclusion[conclusion], plan
        for place, draft in enumerate(sorted(drafts, key=lambda one: not one.leads), 1):
            unit = db.session.get_one(Unit, draft.unit_id)
            part = ItemPart.LEAD if draft.leads else ItemPart.COOPERATES
            session.lead_unit = unit if draft.leads else session.lead_unit
            item = ResolutionItem(
                case=session.case, session=session, place=place, part=part, kind=draft.kind, what=draft.what.strip(),
                unit=unit, due_on=draft.due_on, state=ItemState.OWED,
                leader_id=draft.leader_id if draft.kind is ItemKind.PACKAGE else None,
            )  # fmt: skip
            db.session.add(item)
        session.decided_at = session.closed_at = at
        operations.lead(session, S.DECIDED)
        operations.record(session, Act.DECIDED, officer, at, plan)


def _quorate(session: ConsultationSession, found: dict[str, fields.Standing]) -> None:
    there = counting.quorum(session, found)
    if not there.reached:
        raise Refusal(
            _l("No quorum: %(present)s of %(members)s members are present, %(needed)s are needed.",
               present=there.present, members=there.members, needed=there.needed), "attendance",
        )  # fmt: skip


def _complete(session: ConsultationSession, drafts: list[rules.Draft], today: dt.date) -> list[rules.Draft]:
    if sum(draft.leads for draft in drafts) != 1 or not all(d.unit_id for d in drafts if d.leads):
        raise Refusal(
            _l("A decision names one lead unit and its deadline: mark the item of the lead unit."), "lead"
        )
    for draft in drafts:
        if draft.unit_id is None or not draft.what.strip():
            raise Refusal(
                _l("Item %(place)s says which unit does what.", place=draft.place), f"item{draft.place}.unit"
            )
        if draft.due_on is None:
            raise Refusal(_l("Item %(place)s has no deadline.", place=draft.place), f"item{draft.place}.due")
        if draft.due_on < today:
            raise Refusal(
                _l("The deadline of item %(place)s lies in the past.", place=draft.place),
                f"item{draft.place}.due",
            )
        unit = db.session.get_one(Unit, draft.unit_id)
        if unit.kind not in RESPONSIBLE:
            raise Refusal(fields.NO_REPORT, f"item{draft.place}.unit")
        recusal.stay_clear(session.case, unit=unit, field=f"item{draft.place}.unit")
    return drafts


def _carried(session: ConsultationSession, found: dict[str, fields.Standing]) -> None:
    level = session.level
    if not level.votes:
        return
    there = counting.present_members(session, found)
    silent = [p.name for p in there if fields.vote(found, p) is None]
    if silent:
        raise Refusal(_l("The vote is not complete: %(who)s.", who="、".join(silent)), "vote")
    counted = counting.tally(session, found)
    if not counted.carried(level.vote_percent):
        raise Refusal(
            _l("Not carried: %(yes)s of %(all)s members present are in favour, more than %(percent)s%% are needed.",
               yes=counted.yes, all=len(there), percent=level.vote_percent), "vote",
        )  # fmt: skip


# ---- leaving it ---------------------------------------------------------------------------------------


def escalate(
    session: ConsultationSession, why: str, officer: Officer, at: dt.datetime
) -> ConsultationSession:
    """Not solved here: the next level takes it up, its session proposed to who convenes there."""
    why = (why or "").strip()
    with seeing_all(f"consultation session {session.id} is taken to the next level"), db.session.no_autoflush:
        if session.level_number >= HIGHEST:
            raise Refusal(
                _l("There is no level above the joint conference in the district: decide, adjourn, or report to the "
                   "district's leadership.")
            )  # fmt: skip
        stand(session, (S.HELD,))
        authority.must_lead(session, officer)
        guards.turn(session.case, OPEN)
        if not why:
            raise Refusal(_l("Say why it could not be solved at this level."), "why")
        level = next(one for one in operations.levels() if one.number == session.level_number + 1)
        convener = operations.convener_of(level, session.case, None)
        session.why, session.closed_at = why, at
        operations.lead(session, S.ESCALATED)
        booking.release(session)
        minutes.issue(session, officer, at)
        step = operations.record(session, Act.ESCALATED, officer, at, why)
        step.document = session.minutes
        session.consultation.level = level.number
        upper = operations.begin(session.consultation, level, convener, at)
        operations.record(upper, Act.PROPOSED, officer, at, why)
        invitations.add(upper, convener, at)
        invitations.carry_over(session, upper, at)
    return upper


def adjourn(session: ConsultationSession, why: str, officer: Officer, at: dt.datetime) -> None:
    """Further facts are needed; the level's time runs on, and it meets again."""
    why = (why or "").strip()
    with seeing_all(f"consultation session {session.id} is adjourned"), db.session.no_autoflush:
        stand(session, (S.HELD,))
        authority.must_lead(session, officer)
        if not why:
            raise Refusal(_l("Say which facts are to be found out, and by whom."), "why")
        session.why = why
        operations.lead(session, S.ADJOURNED)
        booking.release(session)
        operations.record(session, Act.ADJOURNED, officer, at, why)


def call_off(session: ConsultationSession, why: str, officer: Officer, at: dt.datetime) -> None:
    """The matter needs no consultation any more; before a decision only."""
    why = (why or "").strip()
    with seeing_all(f"consultation session {session.id} is called off"), db.session.no_autoflush:
        stand(session, (*PREPARED, S.HELD))
        authority.must_convene(session.level, officer)
        if not why:
            raise Refusal(_l("Say why it is called off."), "why")
        end(session, why, officer, at)


def end(session: ConsultationSession, why: str, officer: Officer | None, at: dt.datetime) -> None:
    session.why, session.closed_at = why, session.closed_at or at
    operations.lead(session, S.CALLED_OFF)
    booking.release(session)
    session.consultation.state, session.consultation.ended_at = CourseState.CALLED_OFF, at
    operations.record(session, Act.CALLED_OFF, officer, at, why)
    for one in session.consultation.sessions:
        for person in one.participants:
            invitations.lose_sight(person, session.consultation)
    db.session.flush()
