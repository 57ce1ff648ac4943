"""Who may convene which level, who may write which field: asked before every verb, and by the pages for their buttons.

Two keys turn for a level: the role permits convening at all (given by the keepers of roles, ADR 0007), and the level's
row names the officer's post. An administrator who edits the rows gives nobody a right they do not hold by role.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import current_app
from flask_babel import lazy_gettext as _l

from app.cases import recusal
from app.cases.models import Case
from app.consultation.enums import Capacity
from app.consultation.fields import Field
from app.consultation.levels import ConsultationLevel
from app.consultation.models import ConsultationSession, Participant
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer

VIEW = "ConsultationSessionView"


def permitted(permission: str, view: str = VIEW) -> bool:
    return bool(current_app.extensions["appbuilder"].sm.has_access(permission, view))


def may_open(officer: Officer) -> bool:
    """Whether one of the officer's roles opens the consultation page."""
    named = ("can_show", "ConsultationView")
    return any(
        (one.permission.name, one.view_menu.name) == named
        for role in officer.roles
        for one in role.permissions
    )


def posts_of(level: ConsultationLevel) -> str:
    return "、".join(str(post) for post in level.conveners)


def has_level(level: ConsultationLevel, officer: Officer) -> bool:
    return officer.post_id is not None and officer.post_id in {post.id for post in level.conveners}


def must_convene(level: ConsultationLevel, officer: Officer) -> None:
    """Raises Refusal when this officer's post does not convene the level."""
    if not has_level(level, officer):
        raise Refusal(
            _l("You do not convene this level: “%(level)s” is convened by %(posts)s.", level=level.name,
               posts=posts_of(level)), "convener",
        )  # fmt: skip


def must_lead(session: ConsultationSession, officer: Officer) -> None:
    """Only who convenes the level, and this very session, leads it."""
    must_convene(session.level, officer)
    if session.convener_id != officer.id:
        raise Refusal(_l("This session is led by its convener, %(who)s.", who=str(session.convener)))


def leads(session: ConsultationSession, officer: Officer) -> bool:
    return (
        session.convener_id == officer.id and has_level(session.level, officer) and permitted("can_convene")
    )


def candidates(level: ConsultationLevel, case: Case) -> Sequence[Officer]:
    """Active officers whose post convenes the level and who do not stand too near to the case (art. 28)."""
    posts = [post.id for post in level.conveners]
    query = sa.select(Officer).where(Officer.active, Officer.post_id.in_(posts)).order_by(Officer.id)
    return [
        officer
        for officer in db.session.scalars(query)
        if not recusal.named(case, officer.unit) and not recusal.recused(case, officer)
    ]


def own(session: ConsultationSession, officer: Officer) -> Participant | None:
    """The officer's own place in the session."""
    return next((p for p in session.participants if p.officer_id == officer.id and p.expected), None)


def may_write(session: ConsultationSession, field: Field, officer: Officer) -> bool:
    """The decision: who leads or keeps the minutes. Attendance: the same. Opinion, dissent, vote: the person alone, or
    the keeper of the minutes for them (the page says who wrote)."""
    keeps = permitted("can_record")
    if not field.participant:
        return keeps or leads(session, officer)
    person = next((p for p in session.participants if p.id == field.participant), None)
    if person is None or not person.expected:
        return False
    if field.part == "attendance":
        return keeps or leads(session, officer)
    if field.part == "vote" and person.capacity is not Capacity.MEMBER:
        return False
    return keeps or (person.officer_id == officer.id and permitted("can_opine"))


def barred(course_id: int, officer: Officer) -> bool:
    """Whether this officer was on the list of that consultation and is recused: told so, instead of "not found"."""
    with seeing_all("whether an officer is barred from a consultation"):
        query = (
            sa.select(Participant.id)
            .join(ConsultationSession, ConsultationSession.id == Participant.session_id)
            .where(
                ConsultationSession.consultation_id == course_id,
                Participant.officer_id == officer.id,
                Participant.barred_at.is_not(None),
            )
        )
        return db.session.scalars(query.limit(1)).first() is not None
