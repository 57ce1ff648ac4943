"""The verbs of the second and third letter, and whose time runs while an answer is checked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import clocks, guards
from app.cases import operations as cases
from app.cases.effects import EFFECTS
from app.cases.models import Case, Clock
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import operations as papers
from app.organisation.models import Officer
from app.organisation.reach import conference_office
from app.supervision import desk, letter
from app.supervision import operations as supervision
from app.supervision.conditions import CHECKING, FEEDBACK
from app.supervision.enums import OWED, SupervisionState
from app.supervision.ladder_models import SupervisionReminder
from app.supervision.ladder_steps import SupervisionReminderStep
from app.supervision.models import LONGEST_FEEDBACK, Supervision
from app.supervision.steps import SupervisionAnswer

S = SupervisionState
LETTER = supervision.LETTER


# ---- looking -----------------------------------------------------------------------------------------


def drafted(case: Case) -> SupervisionReminder | None:
    query = sa.select(SupervisionReminder).where(
        SupervisionReminder.case_id == case.id, SupervisionReminder.sent_at.is_(None)
    )
    return db.session.scalars(query).first()


def due(case: Case, today: dt.date) -> Supervision:
    """The matter another letter may follow. Raises Refusal while the unit still has its time."""
    matter = supervision.under_way(case)
    if matter is None or matter.state not in OWED:
        raise Refusal(_l("No supervision letter waits for an answer on this case."))
    late = any(today > clock.due_legal for clock in clocks.running(case, FEEDBACK))
    if not late and matter.state is not S.RETURNED:
        raise Refusal(_l("Another letter follows when the answer is late or was returned."))
    return matter


@guards.guard
def reminder_drafted(case: Case, step: Any, today: dt.date) -> None:
    if drafted(case) is None:
        raise Refusal(_l("There is no draft of a supervision letter to sign."))


# ---- the letter --------------------------------------------------------------------------------------


def draft(case: Case, reminder: SupervisionReminder, officer: Officer, at: dt.datetime) -> None:
    """Draft the next letter of the matter, or write its draft anew."""
    with seeing_all(f"another supervision letter on case {case.id}"), db.session.no_autoflush:
        db.session.refresh(case, with_for_update=True)
        matter = due(case, at.date())
        for field in ("problem", "demand"):
            if not (getattr(reminder, field) or "").strip():
                raise Refusal(
                    _l("The letter says what is wrong and what shall be done: this cannot be empty."), field
                )
        if not 1 <= (reminder.days or 0) <= LONGEST_FEEDBACK:
            raise Refusal(_l("The answer is due within 1 to %(most)s days.", most=LONGEST_FEEDBACK), "days")
        reminder.drafted_at = at
        fields = _fields(matter, reminder, officer, at.date())
        if sa.inspect(reminder).transient:
            if drafted(case) is not None:
                raise Refusal(_l("Another letter is drafted already."))
            reminder.case, reminder.supervision, reminder.times = case, matter, 0
            reminder.document = papers.draft(LETTER, conference_office(), fields, at, officer, case.id)
            db.session.add(reminder)
        else:
            papers.redraft(reminder.document, fields)
        db.session.flush()


def _fields(
    matter: Supervision, reminder: SupervisionReminder, officer: Officer, today: dt.date
) -> dict[str, Any]:
    law = clocks.rule(FEEDBACK)
    return letter.fields(matter, officer, today) | {
        "problem": reminder.problem,
        "demand": reminder.demand,
        "days": reminder.days,
        "times": letter.letters_sent(matter.case, matter.unit) + 1,
        "supervisor": str(desk.checker(matter) or ""),
        "due_on": clocks.counted(today, reminder.days, law.unit).legal.isoformat(),
    }


def sign(case: Case, step: SupervisionReminderStep, officer: Officer, at: dt.datetime) -> SupervisionReminder:
    """Sign it: numbered like the first; the unit's time begins anew."""
    with seeing_all(f"another supervision letter on case {case.id}"), db.session.no_autoflush:
        db.session.refresh(case, with_for_update=True)
        matter, reminder = due(case, at.date()), drafted(case)
        if reminder is None:
            raise Refusal(_l("There is no draft of a supervision letter to sign."))
        step.reminder, step.times = reminder, letter.letters_sent(case, matter.unit) + 1
        step.feedback_days = reminder.days
        cases.take(step, case, officer, at)
        clock = clocks.running(case, FEEDBACK)[-1]
        writer = reminder.document.drafted_by or officer
        fields = _fields(matter, reminder, writer, at.date()) | {"due_on": clock.due_legal.isoformat()}
        papers.redraft(reminder.document, fields)
        step.document = papers.sign(reminder.document, officer, at)
        reminder.times, reminder.sent_at, matter.feedback = step.times, at, clock
        matter.again_id = matter.again_on = None
        db.session.flush()
    return reminder


def discard(case: Case) -> None:
    """The case, or its matter, ended: a draft nobody signed goes with it."""
    reminder = drafted(case)
    if reminder is not None:
        paper = reminder.document
        db.session.delete(reminder)
        db.session.flush()
        db.session.delete(paper)
        db.session.flush()


# ---- whose time runs ---------------------------------------------------------------------------------


def _renew(case: Case, step: Any, today: dt.date) -> None:
    clocks.stop(case, (FEEDBACK,), today, step)


def _to_the_supervisor(case: Case, step: Any, today: dt.date) -> None:
    """Answered: the matter leaves the unit's queue and stands in the supervisor's."""
    clocks.start(
        case, CHECKING, today, step, unit=conference_office(), officer=desk.checker(step.supervision)
    )


def _back_to_the_unit(case: Case, step: Any, today: dt.date) -> None:
    """Returned: the unit's time runs on from where it began, as if it had never stopped."""
    before = last_feedback(case)
    matter = step.supervision
    matter.feedback = clocks.start(
        case, FEEDBACK, before.started_on, step, unit=matter.unit, length=before.length
    )


def _settled(case: Case, step: Any, today: dt.date) -> None:
    """A matter answered under an older version still has the unit's clock: it ends with the accepted answer."""
    if clocks.running(case, FEEDBACK):
        clocks.stop(case, (FEEDBACK,), guards.last(case, SupervisionAnswer).taken_at.date(), step)


def last_feedback(case: Case) -> Clock:
    return [clock for clock in case.clocks if clock.code == FEEDBACK][-1]


EFFECTS["supervision_reminder"] = _renew
EFFECTS["supervision_answer"] = _to_the_supervisor
EFFECTS["supervision_return"] = _back_to_the_unit
EFFECTS["supervision_acceptance"] = _settled


def _follow(case: Case, step: Any, at: dt.datetime) -> None:
    if step.kind == "supervision_acceptance" or supervision.under_way(case) is None:
        discard(case)


cases.step_taken.connect(_follow)
