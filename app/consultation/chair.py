"""The chair: when the convener is recused, has left or holds another post, another holder of the level's post takes it,
so that a session in the middle, or a decision that is not signed, is no dead end."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _l

from app.cases import recusal
from app.cases.effects import give_part
from app.cases.enums import PartRole
from app.consultation import authority, booking, fields, invitations, operations
from app.consultation.enums import Act, Attendance, SessionState
from app.consultation.models import ConsultationSession
from app.consultation.standing import stand
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer

S = SessionState
TAKEN = (S.NOTIFIED, S.HELD, S.DECIDED)  # before that, whoever notifies leads


def vacant(session: ConsultationSession) -> bool:
    """Whether the convener can lead no longer."""
    convener, case = session.convener, session.case
    if not convener.active or not authority.has_level(session.level, convener):
        return True
    return recusal.named(case, convener.unit) or recusal.recused(case, convener)


def take(session: ConsultationSession, heir: Officer | None, by: Officer, at: dt.datetime) -> None:
    """Another holder of the level's post leads from now on. Raises Refusal while the convener still can."""
    with seeing_all(f"consultation session {session.id} gets another chair"), db.session.no_autoflush:
        stand(session, TAKEN)
        if not vacant(session):
            raise Refusal(_l("This session is led by its convener, %(who)s.", who=str(session.convener)))
        heir = operations.convener_of(session.level, session.case, heir)
        before, session.convener = session.convener, heir
        if (
            session.state is S.NOTIFIED and session.room is not None
        ):  # their time is booked, the other's free again
            assert session.starts_at is not None and session.ends_at is not None
            booking.book(session, session.room, heir, session.starts_at, session.ends_at)
        person = invitations.add(session, heir, at)
        give_part(session.case, PartRole.CONSULTED, officer=heir)
        if session.state is S.HELD:
            fields.put(session, f"p{person.id}.attendance", Attendance.PRESENT.name, at, by)
        operations.record(session, Act.CHAIRED, by, at, f"{before} → {heir}")
