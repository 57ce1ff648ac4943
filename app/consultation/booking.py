"""Rooms and conveners are in one place at a time: a meeting books its quarters of an hour, and the database gives each
quarter of a room or a convener once, whoever asks in the same moment."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.consultation import rules
from app.consultation.levels import MeetingRoom
from app.consultation.models import ConsultationSession
from app.consultation.talk import booked_quarter
from app.core.db import db
from app.core.errors import Refusal
from app.organisation.models import Officer


def room_key(room: MeetingRoom) -> str:
    return f"room {room.id}"


def convener_key(officer: Officer) -> str:
    return f"who {officer.id}"


def taken(resource: str, starts: dt.datetime, ends: dt.datetime, but: int | None = None) -> bool:
    """Whether another session has one of these quarters."""
    mine = booked_quarter.c
    query = sa.select(mine.session_id).where(
        mine.resource == resource, mine.quarter.in_(rules.quarters(starts, ends))
    )
    if but is not None:
        query = query.where(mine.session_id != but)
    return db.session.execute(query.limit(1)).first() is not None


def book(
    session: ConsultationSession, room: MeetingRoom, convener: Officer, starts: dt.datetime, ends: dt.datetime
) -> None:
    """Give the session its room and its convener's time; what it had before is free again. Raises Refusal."""
    release(session)
    for resource, sentence, field in (
        (room_key(room), _l("The room “%(room)s” is taken at that time.", room=room.name), "room"),
        (
            convener_key(convener),
            _l("%(who)s holds another session at that time.", who=str(convener)),
            "starts_at",
        ),
    ):
        if taken(resource, starts, ends):
            raise Refusal(sentence, field)
        rows = [
            {"resource": resource, "quarter": quarter, "session_id": session.id}
            for quarter in rules.quarters(starts, ends)
        ]
        try:
            with db.session.begin_nested():
                db.session.execute(booked_quarter.insert(), rows)
        except IntegrityError as clash:  # somebody booked it in this very moment
            raise Refusal(sentence, field) from clash


def release(session: ConsultationSession) -> None:
    db.session.execute(booked_quarter.delete().where(booked_quarter.c.session_id == session.id))
