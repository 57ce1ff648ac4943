"""The verbs of supervision: propose, dismiss, draft, redraft, sign, answer, accept, give back.

Each is part of the caller's transaction. Each takes the case's row lock first and then looks at the matter as it
stands in the database, so that of two officers one wins and the other is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects import postgresql, sqlite

from app.cases import clocks, guards
from app.cases import operations as cases
from app.cases.effects import EFFECTS, give_part
from app.cases.enums import ENDED, KEPT, PartRole, State
from app.cases.models import Case
from app.cases.steps import Closing
from app.core import audit, settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import operations as papers
from app.organisation.models import Officer
from app.organisation.reach import conference_office
from app.supervision import letter
from app.supervision.conditions import AGAIN, CHECKING, FEEDBACK
from app.supervision.enums import OWED, UNDECIDED, UNDER_WAY, SupervisionState
from app.supervision.ladder_models import MeasureState, SupervisionMeasure, SupervisionReminder
from app.supervision.models import Supervision, SupervisionTrigger
from app.supervision.steps import (
    SupervisionAcceptance,
    SupervisionAnswer,
    SupervisionLetter,
    SupervisionReturn,
)

S = SupervisionState
LETTER = "D19"


# ---- looking ------------------------------------------------------------------------------------------------------


def under_way(case: Case) -> Supervision | None:
    """The one matter of the case that is not ended, as far as the reader sees it."""
    query = sa.select(Supervision).where(Supervision.case_id == case.id, Supervision.state.in_(UNDER_WAY))
    return db.session.scalars(query).first()


def _lock(case: Case) -> None:
    db.session.refresh(case, with_for_update=True)


def _must_stand(matter: Supervision | None, states: Iterable[SupervisionState], sentence: Any) -> Supervision:
    """Read the row anew, and lock it: another officer may have decided since it was read."""
    if matter is not None:
        db.session.refresh(matter, with_for_update=True)
    if matter is None or matter.state not in states:
        raise Refusal(sentence)
    return matter


DECIDED = _l("This proposal was decided in the meantime.")


# ---- proposing ----------------------------------------------------------------------------------------------------


def propose(trigger: SupervisionTrigger, found: Iterable[tuple[int, int, int]], on: dt.date) -> list[int]:
    """Propose matters for (clock, case, unit); returns the numbers of the new rows.

    What another process proposed first, or a case that has a matter already, is passed over by the database.
    """
    days = clocks.rule(FEEDBACK).length
    rows = [
        {
            "case_id": case_id, "trigger_id": trigger.id, "clock_id": clock_id, "proposed_on": on, "unit_id": unit_id,
            "ground_id": trigger.ground_id, "reason": trigger.ground.name, "problem": "", "demand": "", "days": days,
            "times": 0, "state": S.PROPOSED, "dismiss_reason": "",
        }
        for clock_id, case_id, unit_id in found
    ]  # fmt: skip
    if not rows:
        return []
    dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    table = Supervision.__table__
    fresh = dialect.insert(table).values(rows).on_conflict_do_nothing().returning(table.c.id, table.c.case_id)
    made = db.session.execute(fresh).all()
    for matter_id, case_id in made:
        detail = {"case_id": case_id, "trigger": trigger.code, "on": on.isoformat()}
        audit.note(db.session(), "insert", "supervision", matter_id, detail)
    return [matter_id for matter_id, _case_id in made]


def propose_again(trigger: SupervisionTrigger, on: dt.date) -> list[int]:
    """Propose another letter on the matters the trigger speaks of, once each until it is sent or answered; returns
    their numbers. What another process marked first is passed over by the database."""
    drafted = sa.exists().where(
        SupervisionReminder.supervision_id == Supervision.id, SupervisionReminder.sent_at.is_(None)
    )
    climbing = sa.exists().where(  # past the letters: the joint conference has it
        SupervisionMeasure.case_id == Supervision.case_id,
        SupervisionMeasure.state.in_((MeasureState.PROPOSED, MeasureState.DECIDED)),
    )
    asked = sa.update(Supervision).where(
        Supervision.again_on.is_(None),
        AGAIN[trigger.condition](trigger, on),
        sa.not_(drafted),
        sa.not_(climbing),
    )
    marked = asked.values(again_id=trigger.id, again_on=on).returning(Supervision.id)
    made = list(db.session.scalars(marked.execution_options(synchronize_session=False)))
    for matter_id in made:
        detail = {"trigger": trigger.code, "on": on.isoformat()}
        audit.note(db.session(), "update", "supervision", matter_id, detail)
    return made


def dismiss(matter: Supervision, reason: str, at: dt.datetime) -> None:
    """The office decides against a letter; the matter stays with the reason, its draft goes."""
    reason = (reason or "").strip()
    with seeing_all(f"supervision {matter.id} is dismissed"), db.session.no_autoflush:
        if not reason:
            raise Refusal(_l("Dismissing needs a reason."), "dismiss_reason")
        _lock(matter.case)
        _must_stand(matter, UNDECIDED, DECIDED)
        _drop(matter, reason, at)


def _drop(matter: Supervision, reason: str, at: dt.datetime) -> None:
    paper, matter.document = matter.document, None
    matter.state, matter.dismiss_reason, matter.ended_at = S.DISMISSED, reason, at
    db.session.flush()
    if paper is not None:
        db.session.delete(paper)
        db.session.flush()


# ---- the letter ---------------------------------------------------------------------------------------------------


def draft(
    matter: Supervision, case: Case, words: letter.Wording, officer: Officer, at: dt.datetime
) -> Supervision:
    """Draft the letter from a proposal, or, with a new ``Supervision()``, on the office's own decision."""
    with seeing_all(f"supervision letter on case {case.id}"), db.session.no_autoflush:
        _supervisable(case, at.date())
        if sa.inspect(matter).transient:
            if under_way(case) is not None:
                raise Refusal(_l("This case has a supervision matter already; draft the letter from it."))
            matter.case, matter.proposed_on, matter.times = case, at.date(), 0
        else:
            _must_stand(matter, (S.PROPOSED,), DECIDED)
        letter.fill(matter, words)
        office = conference_office()
        matter.document = papers.draft(
            LETTER, office, letter.fields(matter, officer, at.date()), at, officer, case.id
        )
        matter.state, matter.drafted_at = S.DRAFTED, at
        db.session.add(matter)
        db.session.flush()
    return matter


def redraft(matter: Supervision, words: letter.Wording, officer: Officer, at: dt.datetime) -> Supervision:
    """Write the draft anew, as long as nobody has signed it."""
    with seeing_all(f"supervision letter on case {matter.case_id}"), db.session.no_autoflush:
        _supervisable(matter.case, at.date())
        _must_stand(matter, (S.DRAFTED,), DECIDED)
        letter.fill(matter, words)
        assert matter.document is not None
        db.session.refresh(matter.document)
        papers.redraft(matter.document, letter.fields(matter, officer, at.date()))
        matter.drafted_at = at
        db.session.flush()
    return matter


def _supervisable(case: Case, today: dt.date) -> None:
    _lock(case)
    guards.turn(case, KEPT)
    guards.GUARDS["supervisable"](case, None, today)


def sign(
    step: SupervisionLetter, matter: Supervision | None, case: Case, officer: Officer, at: dt.datetime
) -> Supervision:
    """Sign the draft: it takes the next number, the unit's clock starts, the supervisor sees the case."""
    with seeing_all(f"supervision letter on case {case.id}"), db.session.no_autoflush:
        _lock(case)
        matter = _must_stand(
            matter, (S.DRAFTED,), _l("There is no draft to sign: it was signed or dismissed.")
        )
        assert matter.document is not None and matter.supervisor is not None
        db.session.refresh(matter.document)
        if matter.unit is not letter.addressee(matter):
            raise Refusal(_l("The responsible unit has changed since; the letter must be drafted anew."))
        step.supervision, step.supervisor = matter, matter.supervisor
        step.reason, step.feedback_days = matter.reason, matter.days
        cases.take(step, case, officer, at)
        clock = clocks.running(case, FEEDBACK)[-1]
        writer = matter.document.drafted_by or officer
        fields = letter.fields(matter, writer, at.date()) | {"due_on": clock.due_legal.isoformat()}
        papers.redraft(matter.document, fields)
        step.document = papers.sign(matter.document, officer, at)
        matter.feedback, matter.times = clock, fields["times"]
        matter.state, matter.sent_at = S.SENT, at
        db.session.flush()
    return matter


# ---- the answer ---------------------------------------------------------------------------------------------------


def answer(step: SupervisionAnswer, case: Case, officer: Officer, at: dt.datetime) -> Supervision:
    """The unit says what it did; recorded as late after the day the letter named. Its time ends with the answer."""
    with seeing_all(f"answer to supervision on case {case.id}"), db.session.no_autoflush:
        _lock(case)
        sentence = _l("No supervision letter waits for an answer on this case.")
        matter = step.supervision = _must_stand(under_way(case), OWED, sentence)
        for field in ("done", "result"):
            if not (getattr(step, field) or "").strip():
                raise Refusal(_l("The answer says what was done and what came of it."), field)
        cases.take(step, case, officer, at)
        matter.state, matter.answered_at, matter.again_id, matter.again_on = S.ANSWERED, at, None, None
        db.session.flush()
    return matter


def accept(step: SupervisionAcceptance, case: Case, officer: Officer, at: dt.datetime) -> Supervision:
    """The answer is enough, the matter settled; a case already delivered closes with it where a setting says so."""
    with seeing_all(f"supervision on case {case.id} is accepted"), db.session.no_autoflush:
        matter = step.supervision = _answered(case)
        cases.take(step, case, officer, at)
        matter.state, matter.ended_at = S.CLOSED, at
        db.session.flush()
        if closes_case(case):
            number = matter.document.number if matter.document is not None else ""
            note = _("Closed with the acceptance of the answer to %(number)s.", number=number)
            closing = Closing(settled=False, note=note)
            closing.follows = True
            cases.take(closing, case, officer, at)
    return matter


def closes_case(case: Case) -> bool:
    """Whether accepting the answer also closes the case; an assigned one is reported and reviewed first (art. 22)."""
    return case.state is State.DELIVERED and not case.assigned and settings.yes("close_on_acceptance")


def give_back(step: SupervisionReturn, case: Case, officer: Officer, at: dt.datetime) -> Supervision:
    """The answer is not enough; the unit answers anew while its time runs on."""
    with seeing_all(f"supervision on case {case.id} is returned"), db.session.no_autoflush:
        matter = step.supervision = _answered(case)
        if not (step.reason or "").strip():
            raise Refusal(_l("Returning an answer needs reasons."), "reason")
        cases.take(step, case, officer, at)
        matter.state = S.RETURNED
        db.session.flush()
    return matter


def _answered(case: Case) -> Supervision:
    _lock(case)
    return _must_stand(under_way(case), (S.ANSWERED,), _l("No answer waits for acceptance on this case."))


# ---- what the case does to it, and what it does to the case ---------------------------------------------------------


def _give_supervisor_sight(case: Case, step: Any, today: dt.date) -> None:
    give_part(case, PartRole.SUPERVISOR, officer=step.supervisor)


def _follow(case: Case, step: Any, at: dt.datetime) -> None:
    """A case that ended, or left the unit written to, takes its matter along; nobody could answer it any more."""
    matter = under_way(case)
    ended = case.state in ENDED and step.from_state not in ENDED
    if matter is None or (not ended and letter.addressee(matter) is matter.unit):
        return
    if matter.state in UNDECIDED:
        _drop(matter, _("Ended with the step “%(step)s”.", step=step.title), at)
    else:
        clocks.stop(case, (FEEDBACK, CHECKING), at.date(), step)
        matter.state, matter.ended_at = S.CLOSED, at
        db.session.flush()


EFFECTS["supervision_letter"] = _give_supervisor_sight
cases.step_taken.connect(_follow)
