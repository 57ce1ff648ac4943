"""Who is asked to a session: officers, and experts without an account by a one-time link; invitations as papers; who is
recused is barred (R22 art. 28)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import operations as cases
from app.cases import recusal
from app.cases.effects import give_part
from app.cases.enums import PartRole, RecusalGround
from app.cases.steps_recusal import Recusal
from app.consultation import authority, fields
from app.consultation.enums import PREPARED, Attendance, Capacity, SessionState
from app.consultation.levels import RESPONSIBLE
from app.consultation.models import Consultation, ConsultationSession, Participant
from app.consultation.standing import stand
from app.consultation.talk import ExpertLink
from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.documents import operations as papers
from app.organisation.models import Officer, Unit, UnitKind
from app.organisation.reach import conference_office

NOTICE, LETTER = "D33N", "D33E"  # 会诊通知, 专家邀请函
jobs.ISSUED_BY_STEPS |= {"D33", "D33A", "D33B", NOTICE, LETTER}  # minutes by level, as the seeds have them
ENTERED = (*PREPARED, SessionState.HELD, SessionState.DECIDED)
ASKED = (SessionState.NOTIFIED, SessionState.HELD)  # who comes on the list now is asked at once
STANDS = _l("Nobody is asked any more: the session has begun or is over.")


def add(
    session: ConsultationSession, officer: Officer, at: dt.datetime, capacity: Capacity = Capacity.MEMBER
) -> Participant:
    """Put an officer on the list, once; who stands too near to the matter is refused (art. 28)."""
    known = next((p for p in session.participants if p.officer_id == officer.id), None)
    if known is not None:
        if recusal.recused(session.case, officer) or recusal.named(session.case, officer.unit):
            raise Refusal(_l("%(who)s is recused from this session (art. 28).", who=str(officer)), "officer")
        known.left_at = known.barred_at = None  # a recusal that was ended bars no longer
        db.session.flush()
        return known
    recusal.stay_clear(session.case, officer=officer, field="officer")
    person = Participant(
        case_id=session.case_id, session=session, capacity=capacity, officer=officer, unit=officer.unit
    )
    db.session.add(person)
    db.session.flush()
    return person


def invite(
    session: ConsultationSession, officer: Officer, capacity: Capacity, by: Officer, at: dt.datetime
) -> Participant:
    """Ask an officer to come; after the notice went out their invitation follows at once."""
    with seeing_all(f"somebody is asked to consultation session {session.id}"), db.session.no_autoflush:
        _open(session)
        if not officer.active:
            raise Refusal(_l("This account is closed."), "officer")
        if not authority.may_open(officer):
            raise Refusal(
                _l("%(who)s cannot open a consultation: their roles do not allow it.", who=str(officer)),
                "officer",
            )
        if capacity is Capacity.EXPERT:
            raise Refusal(_l("An officer takes part as a member or as an observer."), "capacity")
        person = add(session, officer, at, capacity)
        if session.state in ASKED:
            issue(session, by, at)
    return person


def invite_expert(
    session: ConsultationSession, name: str, of: str, by: Officer, at: dt.datetime
) -> Participant:
    """Put an expert on the list; their link is made by ``link`` and shown once."""
    name, of = (name or "").strip()[:30], (of or "").strip()[:60]
    with seeing_all(f"an expert is asked to consultation session {session.id}"), db.session.no_autoflush:
        _open(session)
        if not name:
            raise Refusal(_l("Name the expert."), "expert_name")
        person = Participant(
            case_id=session.case_id, session=session, capacity=Capacity.EXPERT, expert_name=name, expert_of=of
        )
        db.session.add(person)
        db.session.flush()
        if session.state in ASKED:
            issue(session, by, at)
    return person


def _open(session: ConsultationSession) -> None:
    stand(session, (*PREPARED, SessionState.HELD), STANDS)


def withdraw(person: Participant, at: dt.datetime) -> None:
    """Take somebody off the list again, before the session begins; the convener stays."""
    session = person.session
    with seeing_all(f"somebody is taken off consultation session {session.id}"), db.session.no_autoflush:
        stand(session, PREPARED, STANDS)
        if person.officer_id == session.convener_id:
            raise Refusal(_l("The convener stays on the list."))
        person.left_at = at
        revoke(person, at)
        lose_sight(person)
        db.session.flush()


def lose_sight(person: Participant, ended: Consultation | None = None) -> None:
    """End an officer's part as consulted, unless they are asked elsewhere in the case; ``ended``: not in that one."""
    elsewhere = (
        sa.select(Participant.id)
        .join(ConsultationSession, ConsultationSession.id == Participant.session_id)
        .where(
            Participant.case_id == person.case_id, Participant.officer_id == person.officer_id,
            Participant.id != person.id, Participant.left_at.is_(None), Participant.invited_at.is_not(None),
        )
    )  # fmt: skip
    if ended is not None:
        elsewhere = elsewhere.where(ConsultationSession.consultation_id != ended.id)
    if person.officer_id is None or db.session.scalars(elsewhere.limit(1)).first() is not None:
        return
    for part in person.session.case.parts:
        if part.role is PartRole.CONSULTED and part.officer_id == person.officer_id:
            part.active = False


def recuse(person: Participant, ground: RecusalGround, reason: str, by: Officer, at: dt.datetime) -> None:
    """Bar somebody from the room and from the matter: an officer by the case's own recusal, an expert by their link."""
    session = person.session
    with seeing_all(f"somebody is recused from consultation session {session.id}"), db.session.no_autoflush:
        stand(session, (*PREPARED, SessionState.HELD), fields.STANDS)
        if not (reason or "").strip():
            raise Refusal(_l("A recusal says what the relation is (art. 28)."), "reason")
        if person.barred_at is not None:
            raise Refusal(_l("Recused from this matter already (art. 28)."))
        if person.officer is None:
            person.barred_at = at
            revoke(person, at)
        else:
            cases.take(
                Recusal(who=person.officer, ground=ground, reason=reason.strip()), session.case, by, at
            )
        db.session.flush()


def bar(case_id: int, officer: Officer | None, unit: Unit | None, at: dt.datetime) -> None:
    """A recusal was recorded on the case: whoever it concerns is out of every session of it that is not over."""
    open_ones = sa.select(ConsultationSession).where(
        ConsultationSession.case_id == case_id, ConsultationSession.state.in_(ENTERED)
    )
    for session in db.session.scalars(open_ones):
        for person in session.participants:
            near = officer is not None and person.officer_id == officer.id
            below = unit is not None and person.unit is not None and person.unit.path.startswith(unit.path)
            if (near or below) and person.barred_at is None:
                person.barred_at = at


def carry_over(lower: ConsultationSession, upper: ConsultationSession, at: dt.datetime) -> None:
    """Who sat at the level below is on the list of the next one; the convener there adds and removes."""
    for person in lower.participants:
        if person.expected and person.officer is not None and person.officer.active:
            add(upper, person.officer, at, person.capacity)


def expect_anew(session: ConsultationSession, by: Officer, at: dt.datetime) -> None:
    """A new round: nobody is there yet, nobody has voted."""
    for person in session.participants:
        if person.expected:
            fields.put(session, f"p{person.id}.attendance", Attendance.EXPECTED.name, at, by)
            fields.put(session, f"p{person.id}.vote", "", at, by)


# ---- papers -------------------------------------------------------------------------------------------


def house_of(session: ConsultationSession) -> Unit:
    """In whose name the session's papers go out: the hall's, or the joint conference office's."""
    if session.level.by_office:
        return conference_office()
    unit = session.convener.unit
    while unit is not None and unit.kind is UnitKind.ROOM and unit.parent is not None:
        unit = unit.parent
    return unit or conference_office()


def issue(session: ConsultationSession, by: Officer, at: dt.datetime, anew: bool = False) -> None:
    """One notice to the units of all who have none yet, a letter to each expert; everybody sees the matter from now.

    ``anew``: time or place changed, so everybody is written to again.
    """
    expected = [p for p in session.participants if p.expected]
    asked = [p for p in expected if anew or p.invited_at is None]
    officers = [p for p in asked if p.officer is not None]
    for person in (p for p in expected if p.officer is not None):
        give_part(session.case, PartRole.CONSULTED, officer=person.officer)
        unit, concerned = person.unit, session.consultation.units
        if unit is not None and unit.kind in RESPONSIBLE and unit not in concerned:
            concerned.append(unit)  # who is asked is concerned: the board finds it under every department
    if session.starts_at is None:  # a level that sits at once calls people in: no paper says when
        for person in officers:
            person.invited_at = at
        return
    if officers:
        own = house_of(session).name  # nobody writes to themselves
        units = [name for name in dict.fromkeys(p.house for p in officers) if name != own] or [own]
        _paper(NOTICE, session, officers, "、".join(units), by, at)
    for person in asked:
        if person.officer is None:
            _paper(LETTER, session, [person], str(person), by, at)
    db.session.flush()


def _paper(
    kind: str,
    session: ConsultationSession,
    people: list[Participant],
    recipient: str,
    by: Officer,
    at: dt.datetime,
) -> None:
    house = house_of(session)
    assert session.starts_at is not None and session.ends_at is not None and session.room is not None
    said: dict[str, Any] = {
        "level": session.level.name,
        "recipients": recipient,
        "number": session.case.number,
        "title_of_matter": session.case.title,
        "day": session.starts_at.date().isoformat(),
        "begins": session.starts_at.strftime("%H:%M"),
        "ends": session.ends_at.strftime("%H:%M"),
        "room": session.room.name,
        "place": session.room.place,
        "convener": str(session.convener),
        "people": "、".join(str(p) for p in people),
        "reason": session.consultation.reason,
        "contacts": [f"联系人：{by}", f"电话：{house.phone}" if house.phone else ""],
    }
    paper = papers.issue(kind, house, said, at, by, session.case_id)
    for person in people:
        if person.invited_at is None:
            person.invited_at, person.invitation = at, paper


# ---- experts' links -----------------------------------------------------------------------------------


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link(person: Participant, by: Officer, at: dt.datetime) -> str:
    """A new one-time token for an expert; earlier ones of theirs end. Only its digest is kept: it is shown once."""
    with seeing_all("an expert's link is made"), db.session.no_autoflush:
        if person.capacity is not Capacity.EXPERT or not person.expected:
            raise Refusal(_l("Links are made for experts on the list."))
        if person.session.state not in (*PREPARED, SessionState.HELD):
            raise Refusal(STANDS)
        revoke(person, at)
        token = secrets.token_urlsafe(24)
        until = at + dt.timedelta(hours=settings.number("expert_link_hours"))
        if person.session.ends_at is not None:  # good until the meeting is over at least
            until = max(until, person.session.ends_at)
        db.session.add(
            ExpertLink(case_id=person.case_id, participant=person, digest=digest_of(token), made_at=at,
                       made_by_id=by.id, expires_at=until)
        )  # fmt: skip
        db.session.flush()
    return token


def revoke(person: Participant, at: dt.datetime) -> None:
    live = sa.select(ExpertLink).where(
        ExpertLink.participant_id == person.id, ExpertLink.revoked_at.is_(None)
    )
    for one in db.session.scalars(live):
        one.revoked_at = at
