"""Guards and effects of the review chain; the moves stand in the one table of cases/workflow.py."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import clocks, paper_fields
from app.cases.effects import BEFORE, ENDED_ON, LEADS, effect
from app.cases.enums import State
from app.cases.guards import guard, last, signed_papers
from app.cases.models import Case, Clock
from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.organisation.models import Unit
from app.organisation.reach import conference_office
from app.review.models import Conclusion, Superior
from app.review.steps import (
    HearingEnd,
    HearingStart,
    RecheckRequest,
    ReviewDelivery,
    ReviewOpinion,
    ReviewRequest,
)

LEADS["review_opinion"] = lambda step: (
    State.HANDLING if step.conclusion is Conclusion.REDO else State.REVIEWED
)


def superior_of(unit: Unit | None) -> Superior:
    """The row of the unit, else of the nearest unit above it, else the general one. Raises Refusal without any."""
    rows = {row.unit_id: row for row in db.session.scalars(sa.select(Superior))}
    above = [int(part) for part in (unit.path if unit else "").split("/") if part]
    for unit_id in (*reversed(above), None):
        if unit_id in rows:
            return rows[unit_id]
    raise Refusal(_l("No body of review is entered for this unit; an administrator adds it."))


def _window(case: Case, code: str) -> Clock | None:
    """The latest clock of a right, open or over."""
    return max((clock for clock in case.clocks if clock.code == code), key=lambda c: c.id, default=None)


def _in_window(case: Case, code: str, received_on: dt.date | None, today: dt.date, late: Any) -> None:
    clock = _window(case, code)
    day = received_on or today
    if clock is None:
        raise Refusal(_l("The opinion has not been delivered yet: the 30 days have not begun (art. 35, 36)."))
    if day > today:
        raise Refusal(_l("The day of receipt lies in the future."), "received_on")
    if day < clock.started_on:
        raise Refusal(_l("The request lies before the opinion was delivered (art. 35, 36)."), "received_on")
    if day > clock.due_legal:
        raise Refusal(late, "received_on")


@guard
def review_in_time(case: Case, step: Any, today: dt.date) -> None:
    if last(case, ReviewRequest) is not None and not _redone(case):
        raise Refusal(_l("This opinion was reviewed already (art. 35)."))
    late = _l("The 30 days for review are over (art. 35).")
    _in_window(case, "T7", getattr(step, "received_on", None), today, late)


def _redone(case: Case) -> bool:
    """A revoked opinion was replaced by a new one, which may be reviewed again."""
    asked, window = last(case, ReviewRequest), _window(case, "T7")
    return asked is not None and window is not None and (window.started_by_id or 0) > asked.id


@guard
def review_delivered_once(case: Case, step: Any, today: dt.date) -> None:
    delivered, asked = last(case, ReviewDelivery), last(case, ReviewRequest)
    if delivered is not None and (asked is None or delivered.id > asked.id):
        raise Refusal(_l("The review opinion was delivered already (art. 36)."))


@guard
def outside_is_named(case: Case, step: Any, today: dt.date) -> None:
    """What a body above decided is recorded here by its number; no paper of ours is issued in its place (art. 35)."""
    asked = last(case, ReviewRequest)
    if step is not None and asked is not None and asked.external and not (step.external_number or "").strip():
        raise Refusal(
            _l(
                "%(body)s is outside the district: enter the number of its opinion (art. 35).",
                body=asked.body,
            ),
            "external_number",
        )


@guard
def review_received_plausibly(case: Case, step: Any, today: dt.date) -> None:
    """An outside opinion is entered when it is known here: its receipt may lie before, but not before the request."""
    if step is None or step.received_on is None:
        return
    if step.received_on > today:
        raise Refusal(_l("The day of receipt lies in the future."), "received_on")
    asked, opinion = last(case, ReviewRequest), last(case, ReviewOpinion)
    first = asked.received_on if opinion.external_number else opinion.taken_at.date()
    if step.received_on < first:
        raise Refusal(_l("The day of receipt lies before the day of the review opinion."), "received_on")


@guard
def recheck_over(case: Case, step: Any, today: dt.date) -> None:
    """A reviewed matter is closed once nobody can ask for re-examination any more."""
    if case.state is not State.REVIEWED:
        return
    clock = _window(case, "T9")
    if clock is None:
        raise Refusal(_l("The review opinion has not been delivered yet (art. 35)."))
    if today <= clock.due_legal:
        raise Refusal(_l("The petitioner's 30 days for re-examination are still running (art. 36)."))


@guard
def review_over(case: Case, step: Any, today: dt.date) -> None:
    """Nothing is put away while the petitioner may still ask for review (art. 35)."""
    if any(today <= clock.due_legal for clock in clocks.running(case, "T7")):
        raise Refusal(_l("The petitioner's 30 days for review are still running (art. 35)."))


@guard
def recheck_in_time(case: Case, step: Any, today: dt.date) -> None:
    review, answer = _window(case, "T9"), _window(case, "T7")
    if review is not None and answer is not None and review.id < answer.id:
        raise Refusal(
            _l("A new opinion has taken the place of the reviewed one: review comes first (art. 36).")
        )
    late = _l("The 30 days for re-examination are over (art. 36).")
    _in_window(case, "T9", getattr(step, "received_on", None), today, late)


@guard
def forwarding_due(case: Case, step: Any, today: dt.date) -> None:
    if not clocks.running(case, "L8"):
        raise Refusal(_l("No request waits to be passed on."))
    if step is not None and not (step.sent_by or "").strip():
        raise Refusal(_l("Say how it was sent: the petitioner's 30 days hang on it."), "sent_by")


def _hearing_open(case: Case) -> bool:
    opened, closed = last(case, HearingStart), last(case, HearingEnd)
    return opened is not None and (closed is None or closed.id < opened.id)


@guard
def no_hearing(case: Case, step: Any, today: dt.date) -> None:
    if _hearing_open(case):
        raise Refusal(_l("A hearing is open; close it first (art. 36)."))
    if step is not None and getattr(step, "since", None) is not None:
        asked = last(case, RecheckRequest)
        if step.since > today or (asked is not None and step.since < asked.received_on):
            raise Refusal(_l("The hearing begins between the request and today (art. 36)."), "since")


@guard
def hearing_open(case: Case, step: Any, today: dt.date) -> None:
    if not _hearing_open(case):
        raise Refusal(_l("No hearing is open (art. 36)."))
    if step is not None and getattr(step, "until", None) is not None:
        opened = last(case, HearingStart)
        if step.until > today or step.until < opened.since:
            raise Refusal(_l("The hearing ends between its beginning and today (art. 36)."), "until")


def _review_words(case: Case, step: Any, today: dt.date) -> dict[str, Any]:
    """What the review opinion says of the opinion under review and of the request (domain: D15)."""
    own = ("conclusion", "findings", "basis", "opinion", "body", "recheck_body")
    asked = last(case, ReviewRequest)
    first = next((one for one in signed_papers(case) if one.kind.code == "D11"), None)
    return {name: paper_fields.plain(getattr(step, name)) for name in own} | {
        "reason": asked.reason if asked is not None else "",
        "opinion_number": first.number if first is not None else "",
        "first_opinion": first.fields.get("opinion", "") if first is not None else "",
    }


paper_fields.OF_STEP["review_opinion"] = _review_words
paper_fields.MORE.append(lambda case: {"superior": superior_of(case.unit).review_body})


# a request counts from the day it came in, also where it is entered later
ENDED_ON["review_request"] = ENDED_ON["recheck_request"] = lambda case, step: step.received_on


# ---- what the steps take over and set in motion --------------------------------------------------------------------


def _bodies(step: Any, case: Case) -> None:
    row = superior_of(case.unit)
    if step.kind.startswith("review"):
        step.body, step.recheck_body = row.review_body, row.recheck_body
        if step.kind == "review_request":
            step.external = row.review_external
    else:
        step.body = row.recheck_body
        if step.kind == "recheck_request":
            step.external = row.recheck_external


for _kind in ("review_request", "review_opinion", "recheck_request", "recheck_opinion"):
    BEFORE[_kind] = _bodies


# the office owes the district's own review; a body above owes it to nobody's queue here
def _asked(case: Case, code: str, step: Any) -> None:
    clocks.start(case, code, step.received_on, step, unit=conference_office(), outside=step.external)
    if step.external and step.officer is None:  # the public page: nobody at a counter saw it
        clocks.start(case, "L8", step.received_on, step, unit=conference_office())


@effect
def review_request(case: Case, step: Any, today: dt.date) -> None:
    _asked(case, "T8", step)


@effect
def review_opinion(case: Case, step: Any, today: dt.date) -> None:
    if step.conclusion is Conclusion.REDO:  # no law says how long: the 60 days again, or a reminder of ours
        clocks.start(case, "T5" if settings.yes("redo_starts_anew") else "L4", today, step)


@effect
def recheck_request(case: Case, step: Any, today: dt.date) -> None:
    _asked(case, "T10", step)


@effect
def hearing_start(case: Case, step: Any, today: dt.date) -> None:
    for clock in clocks.running(case, "T10"):
        clocks.suspend(clock, step.since, f"听证（第36条）{step.place}"[:120])


@effect
def hearing_end(case: Case, step: Any, today: dt.date) -> None:
    for clock in clocks.running(case, "T10"):
        clocks.resume(clock, step.until)
