"""Row locks of a session, always the case's first: who decides and who writes in the same moment wait for each other
in one order, on PostgreSQL as on SQLite (where whoever may write holds the only lock there is)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases.models import Case
from app.consultation.enums import SessionState
from app.consultation.models import ConsultationSession
from app.core.db import db
from app.core.errors import Refusal


def stand(session: ConsultationSession, states: Iterable[SessionState], sentence: Any = None) -> None:
    """Lock the case, read the session anew, and see that it stands where the verb needs it. Raises Refusal."""
    db.session.refresh(session.case, with_for_update=True)
    db.session.refresh(session, with_for_update=True)
    if session.state not in tuple(states):
        raise Refusal(
            sentence or _l("In the state “%(state)s” this is not possible.", state=str(session.state))
        )


def share(session: ConsultationSession) -> SessionState:
    """The session's state, which no verb changes before this transaction is over; many may share it."""
    db.session.execute(
        sa.select(Case.id).where(Case.id == session.case_id).with_for_update(read=True, key_share=True)
    )
    query = sa.select(ConsultationSession.state).where(ConsultationSession.id == session.id)
    return db.session.scalars(query.with_for_update(read=True)).one()
