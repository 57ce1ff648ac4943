"""How a view calls a verb: commit and say it, or say the refusal; and who may set a session up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import flash, g, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from app.consultation import authority, fields
from app.consultation.models import Consultation, ConsultationSession
from app.core.db import db
from app.core.errors import Refusal

BUSY = _l("Somebody else has just changed this. Look at it again, then decide.")


def back(session: ConsultationSession) -> Response:
    return redirect(url_for("ConsultationView.show", pk=session.consultation_id, level=session.level_number))


def do(session: ConsultationSession, verb: Callable[[], Any], said: Any) -> Response:
    """Call a verb, commit, say it; a refusal is said and nothing is written."""
    address, course = back(session), session.consultation_id
    try:
        verb()
        db.session.commit()
        flash(str(said), "success")
        if db.session.scalars(sa.select(Consultation.id).where(Consultation.id == course)).first() is None:
            return redirect(url_for("ConsultationView.list"))  # what was done ended one's own part
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal), "danger")
    except (fields.Conflict, StaleDataError, OperationalError):
        db.session.rollback()
        flash(str(BUSY), "warning")
    return address


def prepares(session: ConsultationSession) -> None:
    """Who sets a session up: who convenes its level, or who keeps the minutes."""
    if not authority.permitted("can_record"):
        if not authority.permitted("can_convene"):
            raise Refusal(_l("Only the convener and who keeps the minutes change this."))
        authority.must_convene(session.level, g.user)


def time_of(name: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
