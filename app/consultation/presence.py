"""Who else has a session's page open, and where they are writing: a row each that is renewed while the page is open and
cleared away by whoever comes after."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from app.consultation.models import ConsultationSession
from app.consultation.talk import presence
from app.core.db import db
from app.organisation.models import Officer

HERE = dt.timedelta(seconds=25)  # the page says so every ten
GONE = dt.timedelta(minutes=1)


def note(session: ConsultationSession, officer: Officer, field: str, at: dt.datetime) -> None:
    """This officer has the page open now, writing in ``field``, or in none."""
    row = presence.c
    mine = sa.and_(row.session_id == session.id, row.officer_id == officer.id)
    db.session.execute(sa.delete(presence).where(sa.or_(mine, row.seen_at < at - GONE)))
    db.session.execute(
        presence.insert().values(session_id=session.id, officer_id=officer.id, field=field[:40], seen_at=at)
    )


def others(session: ConsultationSession, officer: Officer, at: dt.datetime) -> list[dict[str, str]]:
    """Name and field of everybody else who has the page open."""
    row = presence.c
    query = (
        sa.select(Officer, row.field)
        .join(presence, row.officer_id == Officer.id)
        .where(row.session_id == session.id, row.officer_id != officer.id, row.seen_at >= at - HERE)
        .order_by(Officer.id)
    )
    return [{"who": str(other), "field": field} for other, field in db.session.execute(query)]
