"""An officer's sessions as a calendar other programs subscribe to (RFC 5545), at a private address that can be revoked.

What leaves the portal is the least a calendar needs: level, case number, time, room. No name, no matter: telephones
and mail servers keep what they fetch.
"""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.cases.paper_fields import PAPER_LANGUAGE
from app.consultation.enums import Act, SessionState
from app.consultation.invitations import digest_of
from app.consultation.models import ConsultationSession, Participant
from app.consultation.rules import calendar_text, folded
from app.consultation.steps import ConsultationStep
from app.consultation.talk import CalendarFeed
from app.core.db import db
from app.core.scope import acting, seeing_all
from app.organisation.models import Officer
from app.organisation.reach import reach_of

BACK = dt.timedelta(days=90)
S = SessionState


def live(officer: Officer) -> CalendarFeed | None:
    query = sa.select(CalendarFeed).where(
        CalendarFeed.officer_id == officer.id, CalendarFeed.revoked_at.is_(None)
    )
    return db.session.scalars(query).first()


def make(officer: Officer, at: dt.datetime) -> str:
    """A new address's secret part; the one before ends. Only its digest is kept: it is shown once."""
    revoke(officer, at)
    token = secrets.token_urlsafe(24)
    db.session.add(CalendarFeed(officer=officer, digest=digest_of(token), made_at=at))
    db.session.flush()
    return token


def revoke(officer: Officer, at: dt.datetime) -> None:
    before = live(officer)
    if before is not None:
        before.revoked_at = at
        db.session.flush()


def of_token(token: str) -> Officer | None:
    """Whose address it is; None where it never was one, was revoked, or the account is closed."""
    query = sa.select(CalendarFeed).where(
        CalendarFeed.digest == digest_of(token), CalendarFeed.revoked_at.is_(None)
    )
    found = db.session.scalars(query).first()
    return found.officer if found is not None and found.officer.active else None


def sessions(officer: Officer, now: dt.datetime) -> list[ConsultationSession]:
    """What the officer is asked to and still sees: a recusal takes it off at once."""
    mine = sa.select(Participant.session_id).where(
        Participant.officer_id == officer.id, Participant.barred_at.is_(None), Participant.left_at.is_(None)
    )
    query = (
        sa.select(ConsultationSession)
        .where(
            ConsultationSession.id.in_(mine),
            ConsultationSession.starts_at > now - BACK,
            ConsultationSession.state.not_in((S.CALLED_OFF, S.ADJOURNED)),
        )
        .options(
            joinedload(ConsultationSession.case),
            joinedload(ConsultationSession.level),
            joinedload(ConsultationSession.room),
        )
        .order_by(ConsultationSession.starts_at)
    )
    with acting(reach_of(officer), f"the calendar of officer {officer.id}"):
        return list(db.session.scalars(query))


def _notices(numbers: list[int]) -> dict[int, int]:
    """How often each session was notified: every notice gives the calendar a newer version of it."""
    query = (
        sa.select(ConsultationStep.session_id, sa.func.count())
        .where(ConsultationStep.session_id.in_(numbers), ConsultationStep.act == Act.NOTIFIED)
        .group_by(ConsultationStep.session_id)
    )
    with seeing_all("how often the sessions of a calendar were notified"):
        return {row[0]: row[1] for row in db.session.execute(query)}


def text(officer: Officer, now: dt.datetime, zone: dt.tzinfo, host: str) -> str:
    """The calendar; times in UTC, so that no time zone table has to travel with it."""

    def utc(when: dt.datetime) -> str:
        return when.replace(tzinfo=zone).astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")

    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//petition portal//consultation//ZH", "CALSCALE:GREGORIAN",
             "METHOD:PUBLISH"]  # fmt: skip
    with force_locale(PAPER_LANGUAGE):
        lines.append(f"X-WR-CALNAME:{calendar_text(_('Consultations'))}")
        found = sessions(officer, now)
        times = _notices([session.id for session in found])
        for session in found:
            assert session.starts_at is not None and session.ends_at is not None
            room = session.room
            lines += [
                "BEGIN:VEVENT",
                f"UID:session-{session.id}@{host}",
                f"SEQUENCE:{max(times.get(session.id, 1) - 1, 0)}",
                f"DTSTAMP:{utc(now)}",
                f"DTSTART:{utc(session.starts_at)}",
                f"DTEND:{utc(session.ends_at)}",
                f"SUMMARY:{calendar_text(f'{session.level} {session.case.number}')}",
                f"LOCATION:{calendar_text(f'{room.place} {room.name}'.strip() if room is not None else '')}",
                "END:VEVENT",
            ]
    return "\r\n".join(folded(line) for line in [*lines, "END:VCALENDAR"]) + "\r\n"
