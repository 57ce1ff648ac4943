"""The verbs of a session until it sits: propose, notify, open. How it decides or is left stands in ``decisions.py``.

Each is part of the caller's transaction and takes the case's row lock first, then looks at the session as it stands in
the database: of two officers one wins and the other is told. The caller has fetched the rows through the scope.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import guards, recusal
from app.cases import operations as cases
from app.cases.enums import OPEN
from app.cases.models import Case
from app.consultation import authority, booking, fields, invitations, rules
from app.consultation.counting import rule_of
from app.consultation.enums import FOLLOWS, PREPARED, Act, Attendance, Capacity, CourseState, SessionState
from app.consultation.levels import RESPONSIBLE, ConsultationLevel, MeetingRoom
from app.consultation.models import Consultation, ConsultationSession, ResolutionItem
from app.consultation.standing import stand
from app.consultation.steps import ConsultationStep
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer, Unit

S = SessionState
CHANGED = _l("This session was changed in the meantime. Look at it again, then decide.")


# ---- looking ------------------------------------------------------------------------------------------


def levels() -> list[ConsultationLevel]:
    return list(db.session.scalars(sa.select(ConsultationLevel).order_by(ConsultationLevel.number)))


def now_open(consultation: Consultation) -> ConsultationSession:
    """The session of the level the matter stands at."""
    return next(s for s in consultation.sessions if s.level_number == consultation.level)


def lead(session: ConsultationSession, to: SessionState) -> None:
    if to not in FOLLOWS.get(session.state, ()):
        raise Refusal(CHANGED)
    session.state = to


def record(
    session: ConsultationSession, act: Act, officer: Officer | None, at: dt.datetime, words: str = "",
    item: ResolutionItem | None = None,
) -> ConsultationStep:  # fmt: skip
    """The step on the case's timeline; its clocks and parts follow from it (steps.py)."""
    db.session.flush()
    step = ConsultationStep(session=session, act=act, item=item, words=words)
    cases.take(step, session.case, officer, at)
    return step


# ---- proposing ----------------------------------------------------------------------------------------


def propose(
    case: Case, level: ConsultationLevel, units: Sequence[Unit], convener: Officer | None, reason: str,
    officer: Officer, at: dt.datetime,
) -> Consultation:  # fmt: skip
    """Begin a consultation at the level its units concerned lead to; a level that decides at once is in session."""
    reason = (reason or "").strip()
    units = [unit for unit in units if unit.kind in RESPONSIBLE]
    with seeing_all(f"a consultation of case {case.id} is proposed"), db.session.no_autoflush:
        db.session.refresh(case, with_for_update=True)
        guards.GUARDS["consultable"](case, None, at.date())
        if not reason:
            raise Refusal(_l("Say what is in dispute and what was tried."), "reason")
        if not units:
            raise Refusal(_l("Name the units concerned."), "units")
        _may_begin(level, len(units))
        convener = convener_of(level, case, convener)
        if level.at_once:
            authority.must_convene(level, officer)
            convener = officer
        course = Consultation(
            case=case,
            level=level.number,
            state=CourseState.UNDER_WAY,
            reason=reason,
            opened_at=at,
            units=list(units),
        )
        db.session.add(course)
        db.session.flush()
        session = begin(course, level, convener, at)
        record(session, Act.PROPOSED, officer, at, reason)
        invitations.add(session, convener, at)
        if level.at_once:
            _open(session, officer, at)
    return course


def _may_begin(level: ConsultationLevel, units: int) -> None:
    try:
        first = rules.first_level([rule_of(one) for one in levels()], units)
    except ValueError as gap:
        raise Refusal(
            _l("No level admits a matter of %(count)s units concerned.", count=units), "units"
        ) from gap
    if level.number > first:
        raise Refusal(
            _l(
                "No level is skipped: a matter of %(count)s units begins at level %(first)s.",
                count=units,
                first=first,
            ),
            "level",
        )
    if level.number < first:
        raise Refusal(
            _l("A matter that touches %(count)s units begins at level %(first)s.", count=units, first=first),
            "level",
        )


def convener_of(level: ConsultationLevel, case: Case, wanted: Officer | None) -> Officer:
    found = authority.candidates(level, case)
    if wanted is None:
        wanted = found[0] if found else None
    if wanted is None:
        raise Refusal(_l("Nobody can convene this level: no officer holds one of its posts, or all are recused."),
                      "convener")  # fmt: skip
    if wanted not in found:
        authority.must_convene(level, wanted)
        recusal.stay_clear(case, officer=wanted, field="convener")
        raise Refusal(_l("This account is closed."), "convener")
    return wanted


def begin(
    course: Consultation, level: ConsultationLevel, convener: Officer, at: dt.datetime
) -> ConsultationSession:
    session = ConsultationSession(
        case=course.case, consultation=course, level=level, level_number=level.number, state=S.PROPOSED, round=1,
        convener=convener, opened_at=at,
    )  # fmt: skip
    db.session.add(session)
    db.session.flush()
    return session


# ---- notifying and opening ----------------------------------------------------------------------------


def notify(
    session: ConsultationSession, starts: dt.datetime | None, ends: dt.datetime | None, room: MeetingRoom | None,
    officer: Officer, at: dt.datetime,
) -> None:  # fmt: skip
    """Convene: time and room are booked, invitations go out, written opinions are asked for. Also sets a new time."""
    with seeing_all(f"consultation session {session.id} is notified"), db.session.no_autoflush:
        stand(session, PREPARED)
        authority.must_convene(session.level, officer)
        guards.turn(session.case, OPEN)
        recusal.stay_clear(session.case, officer=officer)
        _timely(starts, ends, at)
        if room is None or not room.active:
            raise Refusal(_l("Choose the meeting room."), "room")
        assert starts is not None and ends is not None
        session.convener = officer
        invitations.add(session, officer, at)
        _all_asked(session)
        booking.book(session, room, officer, starts, ends)
        before = (session.starts_at, session.ends_at, session.room_id)
        moved = session.state is S.NOTIFIED and before != (starts, ends, room.id)
        if session.state is S.ADJOURNED:
            session.round += 1
            invitations.expect_anew(session, officer, at)
        session.starts_at, session.ends_at, session.room = starts, ends, room
        if session.state is not S.NOTIFIED:
            lead(session, S.NOTIFIED)
        invitations.issue(session, officer, at, anew=moved or session.round > 1)
        words = _("%(when)s, %(room)s; %(count)s asked to come", when=starts.strftime("%Y-%m-%d %H:%M"),
                  room=room.name, count=len([p for p in session.participants if p.expected]))  # fmt: skip
        record(session, Act.NOTIFIED, officer, at, words)


def _timely(starts: dt.datetime | None, ends: dt.datetime | None, at: dt.datetime) -> None:
    if starts is None or ends is None or ends <= starts:
        raise Refusal(_l("The meeting ends after it begins."), "ends_at")
    if ends - starts > rules.LONGEST:
        raise Refusal(_l("A meeting lasts eight hours at most."), "ends_at")
    if starts < at:
        raise Refusal(_l("The meeting lies in the past."), "starts_at")


def _all_asked(session: ConsultationSession) -> None:
    """Who must attend by the level's row: posts, units concerned, experts. Asked again when the session opens."""
    level, asked = session.level, [p for p in session.participants if p.expected]
    posts = {p.officer.post_id for p in asked if p.officer is not None}
    for post in level.attending:
        if post.id not in posts:
            raise Refusal(
                _l(
                    "“%(level)s” needs a %(post)s among those asked to come.",
                    level=level.name,
                    post=post.name,
                )
            )
    members = [p.unit.path for p in asked if p.unit is not None and p.capacity is Capacity.MEMBER]
    for unit in session.consultation.units if level.units_represented else ():
        away = recusal.named(session.case, unit) or recusal.recused(session.case, unit=unit)
        if not away and not any(path.startswith(unit.path) for path in members):
            raise Refusal(
                _l("“%(level)s” needs a member of %(unit)s among those asked to come.",
                   level=level.name, unit=unit.name)
            )  # fmt: skip
    experts = sum(p.capacity is Capacity.EXPERT for p in asked)
    if experts < level.experts_least:
        raise Refusal(
            _l("“%(level)s” needs at least %(count)s experts.", level=level.name, count=level.experts_least)
        )


def hold(session: ConsultationSession, officer: Officer, at: dt.datetime) -> None:
    """The convener opens the session; who is there is recorded by the list of attendance."""
    with seeing_all(f"consultation session {session.id} is opened"), db.session.no_autoflush:
        stand(session, (S.NOTIFIED,))
        authority.must_lead(session, officer)
        _all_asked(session)
        _open(session, officer, at)


def _open(session: ConsultationSession, officer: Officer, at: dt.datetime) -> None:
    lead(session, S.HELD)
    session.held_at = at
    db.session.flush()
    me = authority.own(session, officer)
    if me is not None:
        fields.put(session, f"p{me.id}.attendance", Attendance.PRESENT.name, at, officer)
    record(session, Act.HELD, officer, at)
