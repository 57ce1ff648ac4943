"""What was decided in matters like this one, and whether it held: within the reader's reach, found by the same index of
character pairs that finds repeats (``app/duplicates``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from app.cases.enums import ENDED, State
from app.cases.models import Case
from app.cases.steps import Step
from app.consultation.enums import SETTLED, SessionState
from app.consultation.models import Consultation, ConsultationSession
from app.core import settings
from app.core.db import db
from app.core.enums import LabelledEnum
from app.duplicates import rules
from app.duplicates.models import CaseLink, LinkKind, case_gram

MOST_ALIKE = 60
SAME_CATEGORY = 10  # added to the likeness in percent


class Held(LabelledEnum):
    """Whether a decision held; the worst that happened counts."""

    REPEATED = (_l("Petitioned again"), "late")
    REOPENED = (_l("Reopened"), "warn")
    STRUCK_OFF = (_l("Struck off"), "green")
    RUNNING = (_l("In execution"), "info")


@dataclass(frozen=True)
class Similar:
    """A decided session of another case: what was decided, how alike the matters are, whether it held."""

    session: ConsultationSession
    case: Case
    percent: int
    held: Held


def similar(case: Case) -> list[Similar]:
    """The likeliest first; nothing of a case out of reach, not even that there is one."""
    text = f"{case.title} {case.request}"
    decided = (
        sa.select(ConsultationSession)
        .where(
            ConsultationSession.case_id.in_(_alike(case, text)), ConsultationSession.case_id != case.id,
            ConsultationSession.state.in_(SETTLED),
        )
        .options(joinedload(ConsultationSession.case), joinedload(ConsultationSession.level),
                 joinedload(ConsultationSession.lead_unit))
    )  # fmt: skip
    sessions = [s for s in db.session.scalars(decided) if s.case is not None]
    held = whether_held(sessions)
    least = settings.number("similar_least_percent")
    found = []
    for session in sessions:
        percent = rules.likeness(text, f"{session.case.title} {session.case.request}")
        percent += SAME_CATEGORY if session.case.category_id == case.category_id else 0
        if percent >= least:
            found.append(Similar(session, session.case, min(percent, 100), held[session.id]))
    found.sort(key=lambda one: (-one.percent, -one.session.id))
    return found[: settings.number("similar_consultations")]


def _alike(case: Case, text: str) -> list[int]:
    """Numbers of consulted cases that share most pairs of characters with this one."""
    consulted = sa.select(Consultation.case_id)
    shared: list[int] = []
    if grams := rules.grams(text):
        count = sa.func.count()
        query = (
            sa.select(case_gram.c.case_id)
            .where(case_gram.c.gram.in_(grams), case_gram.c.case_id.in_(consulted))
            .group_by(case_gram.c.case_id)
            .having(count >= 2)
            .order_by(count.desc(), case_gram.c.case_id.desc())
            .limit(MOST_ALIKE)
        )
        shared = list(db.session.scalars(query))
    return shared


def whether_held(sessions: Iterable[ConsultationSession]) -> dict[int, Held]:
    """By the session's number; three statements for all of them."""
    sessions = list(sessions)
    numbers = {session.case_id for session in sessions}
    repeated = _pairs(
        sa.select(CaseLink.to_case_id, CaseLink.from_case_id).where(
            CaseLink.kind == LinkKind.REPEAT, CaseLink.to_case_id.in_(numbers)
        )
    )
    back = (State.HANDLING, State.TO_FORWARD)
    reopened = (
        sa.select(Step.case_id, sa.func.max(Step.taken_at))
        .where(
            Step.case_id.in_(numbers), Step.from_state.in_((*ENDED, State.REVIEW)), Step.to_state.in_(back)
        )
        .group_by(Step.case_id)
    )
    again = (
        sa.select(Consultation.case_id, sa.func.max(Consultation.opened_at))
        .where(Consultation.case_id.in_(numbers))
        .group_by(Consultation.case_id)
    )
    opened, anew = _pairs(reopened), _pairs(again)
    return {session.id: _held(session, repeated, opened, anew) for session in sessions}


def _pairs(query: Any) -> dict[int, Any]:
    return {row[0]: row[1] for row in db.session.execute(query)}


def _held(session: ConsultationSession, repeated: Any, reopened: Any, anew: Any) -> Held:
    case_id, since = session.case_id, session.decided_at
    if case_id in repeated:
        return Held.REPEATED
    if since is not None and any(case_id in found and found[case_id] > since for found in (reopened, anew)):
        return Held.REOPENED
    return Held.STRUCK_OFF if session.state is SessionState.VERIFIED else Held.RUNNING
