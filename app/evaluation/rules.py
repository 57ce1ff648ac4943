"""When an evaluation counts, and what a bad one sets in motion (MYD arts. 3 to 6; the window is a setting)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import clocks
from app.cases.effects import LEADS, effect
from app.cases.enums import LegalPath, MatterKind, State
from app.cases.first import first
from app.cases.guards import guard
from app.cases.models import Case, Clock
from app.core import settings
from app.core.db import db
from app.core.enums import LabelledEnum
from app.core.errors import Refusal
from app.evaluation.steps import Evaluation, Rating, Subject
from app.organisation.reach import conference_office

NOT_EVALUATED = (LegalPath.C1, LegalPath.C2, LegalPath.C3, LegalPath.C4)  # other procedures (MYD art. 5)

REOPENED = (State.DELIVERED, State.REPORTED, State.CLOSED, State.SETTLED)


class Standing(LabelledEnum):
    """Where an evaluation stands (GD codes 0 to 3); silence is never taken for satisfied."""

    OUTSIDE = (_l("Not evaluated"), "mute")
    PENDING = (_l("To be evaluated"), "info")
    DONE = (_l("Evaluated"), "green")
    OVERDUE = (_l("Not evaluated in time"), "mute")


def evaluable(case: Case) -> bool:
    """First petitions that are no accusation and not on another procedure's path."""
    ours = case.kind is not MatterKind.ACCUSATION and case.legal_path not in NOT_EVALUATED
    return ours and first(case)


def window(case: Case) -> Clock | None:
    """The latest evaluation window of the case, open or over."""
    return max((clock for clock in case.clocks if clock.code == "T13"), key=lambda c: c.id, default=None)


def given(case: Case) -> dict[Subject, Evaluation]:
    """The evaluations of the case since its latest answer, by subject."""
    since = window(case)
    query = sa.select(Evaluation).where(Evaluation.case_id == case.id).order_by(Evaluation.id)
    if since is not None and since.started_by_id is not None:
        query = query.where(Evaluation.id > since.started_by_id)
    return {row.subject: row for row in db.session.scalars(query)}


def standing(case: Case, subject: Subject, today: dt.date) -> Standing:
    opened = window(case)
    if opened is None or not evaluable(case):
        return Standing.OUTSIDE
    if subject in given(case):
        return Standing.DONE
    # a right lasts to the working day after a rest day, as the page says; the statistics count by due_stat
    return Standing.OVERDUE if today > opened.due_legal else Standing.PENDING


@guard
def evaluable_now(case: Case, step: Any, today: dt.date) -> None:
    if not evaluable(case):
        raise Refusal(_l("This matter is not evaluated (art. 21)."))
    if all(standing(case, subject, today) is not Standing.PENDING for subject in Subject):
        raise Refusal(_l("There is nothing to evaluate: both were evaluated, or the window is closed."))
    if step is None or step.subject is None:
        return
    found = standing(case, step.subject, today)
    if found is Standing.DONE:
        raise Refusal(_l("This was evaluated already; each is evaluated once (art. 21)."), "subject")
    if found is Standing.OVERDUE:
        raise Refusal(_l("The window for evaluation is closed (art. 21)."), "subject")
    if step.on_behalf and not (step.evidence or "").strip():
        raise Refusal(
            _l(
                "An evaluation is the petitioner's own: without evidence nothing is entered for them (art. 21)."
            ),
            "evidence",
        )


@guard
def call_back_due(case: Case, step: Any, today: dt.date) -> None:
    if not clocks.running(case, "L7"):
        raise Refusal(_l("No call-back is due on this case."))
    if step is not None and step.reopen and case.state not in REOPENED:
        raise Refusal(_l("The matter is under review: what becomes of it is decided there."), "reopen")
    if step is not None and step.reopen and not settings.yes("reopen_after_call_back"):
        raise Refusal(_l("The rule of this office does not open a matter again after a call-back."), "reopen")


@guard
def evaluation_over(case: Case, step: Any, today: dt.date) -> None:
    """Nothing is put away while the petitioner may still evaluate, or is still to be called back (art. 21)."""
    if clocks.running(case, "L7"):
        raise Refusal(_l("A call-back is still owed on this case."))
    if case.state is not State.WITHDRAWN and any(
        standing(case, subject, today) is Standing.PENDING for subject in Subject
    ):
        raise Refusal(_l("The petitioner's time for evaluation is still running (art. 21)."))


@effect
def evaluation(case: Case, step: Any, today: dt.date) -> None:
    if step.rating is Rating.UNSATISFIED and not clocks.running(case, "L7"):
        clocks.start(case, "L7", today, step, unit=conference_office())


@effect
def call_back(case: Case, step: Any, today: dt.date) -> None:
    if step.reopen:  # closing and its review wait for the new answer
        clocks.stop(case, ("L3", "L6"), today, step)
        clocks.start(case, "L4", today, step)


def _after_call_back(step: Any) -> State:
    return State.HANDLING if step.reopen else step.from_state


LEADS["call_back"] = _after_call_back
