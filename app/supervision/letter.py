"""What stands in a supervision letter: how its draft begins, what is checked, which fields its text may use."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context
from flask_babel import lazy_gettext as _l

from app.cases import clocks, recusal
from app.cases.models import Case, Clock
from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import compose
from app.organisation.models import Officer, Unit
from app.organisation.reach import conference_office
from app.supervision.conditions import FEEDBACK, OF_ANY_UNIT
from app.supervision.ladder_models import SupervisionReminder
from app.supervision.models import LONGEST_FEEDBACK, Supervision, SupervisionGround, SupervisionTrigger
from app.supervision.steps import SupervisionAcceptance


@dataclass(frozen=True)
class Wording:
    """What the office writes into a letter. ``reason`` may be empty: then the ground's words stand."""

    ground: SupervisionGround | None
    reason: str
    problem: str
    demand: str
    days: int | None
    supervisor: Officer | None


def suggested(case: Case, matter: Supervision | None) -> dict[str, str]:
    """How the draft of a proposal begins: the trigger's texts with the facts of the clock that is late."""
    if matter is None or matter.trigger is None or matter.clock is None:
        return {"problem": "", "demand": ""}
    return _filled(matter.trigger, matter.clock, matter)


def suggested_again(matter: Supervision) -> dict[str, str]:
    """How the draft of another letter begins: the trigger's texts where one proposed it, else the first letter's."""
    first = {"problem": matter.problem, "demand": matter.demand}
    if matter.again is None or matter.feedback is None:
        return first
    texts = _filled(matter.again, matter.feedback, matter)
    return {part: texts[part] or first[part] for part in first}


def _filled(trigger: SupervisionTrigger, clock: Clock, matter: Supervision) -> dict[str, str]:
    facts = {
        "deadline": clock.rule.name,
        "article": clock.rule.article,
        "started_on": clock.started_on.isoformat(),
        "due_on": clock.due_legal.isoformat(),
        "unit": matter.unit.name,
        "title_of_matter": matter.case.title,
    }
    return {part: compose.fill(getattr(trigger, part), facts) for part in ("problem", "demand")}


def fill(matter: Supervision, words: Wording) -> None:
    """Check the words of the letter field by field and take them over."""
    if words.ground is None:
        raise Refusal(_l("Choose the ground of the supervision."), "ground")
    for field, text in (("problem", words.problem), ("demand", words.demand)):
        if not (text or "").strip():
            raise Refusal(
                _l("The letter says what is wrong and what shall be done: this cannot be empty."), field
            )
    if not 1 <= (words.days or 0) <= LONGEST_FEEDBACK:
        raise Refusal(_l("The answer is due within 1 to %(most)s days.", most=LONGEST_FEEDBACK), "days")
    _fill_supervisor(matter, words.supervisor)
    unit = addressee(matter)
    assert words.days is not None and unit is not None  # guard: supervisable
    matter.unit, matter.ground, matter.days = unit, words.ground, words.days
    matter.reason = (words.reason or "").strip().rstrip("。；;.") or words.ground.name
    matter.problem, matter.demand = words.problem.strip(), words.demand.strip()


def addressee(matter: Supervision) -> Unit | None:
    """Who is written to: the responsible unit, or the one that a consultation named for the item that is late."""
    clock = matter.clock
    if clock is not None and clock.code in OF_ANY_UNIT and clock.owner is not None:
        return clock.owner
    return matter.case.unit


def supervisor_post() -> str:
    """The name of the post whose holders supervise; read once a request."""
    if not has_request_context():
        return settings.text("supervisor_post")
    if "supervisor_post" not in g:
        g.supervisor_post = settings.text("supervisor_post")
    post: str = g.supervisor_post
    return post


def _fill_supervisor(matter: Supervision, supervisor: Officer | None) -> None:
    post = supervisor_post()
    if supervisor is None or not supervisor.active or str(supervisor.post or "") != post:
        raise Refusal(
            _l("The supervisor is an officer who holds the post “%(post)s”.", post=post), "supervisor"
        )
    unit = addressee(matter)
    if unit is not None and supervisor.unit is not None and supervisor.unit.path.startswith(unit.path):
        raise Refusal(_l("Nobody supervises their own unit (art. 28)."), "supervisor")
    recusal.stay_clear(matter.case, officer=supervisor, field="supervisor")
    matter.supervisor = supervisor


def letters_sent(case: Case, unit: Unit | None, unsettled: bool = False) -> int:
    """How many supervision letters went out to the unit on this case, first ones and those that followed.

    ``unsettled``: only those of matters whose answer was not accepted.
    """
    accepted = sa.exists().where(SupervisionAcceptance.supervision_id == Supervision.id)
    to_unit = [Supervision.case_id == case.id, Supervision.unit_id == (unit.id if unit is not None else None)]
    if unsettled:
        to_unit.append(sa.not_(accepted))
    first = sa.select(sa.func.count(Supervision.id)).where(*to_unit, Supervision.sent_at.is_not(None))
    more = (
        sa.select(sa.func.count(SupervisionReminder.id))
        .join(Supervision, Supervision.id == SupervisionReminder.supervision_id)
        .where(*to_unit, SupervisionReminder.sent_at.is_not(None))
    )
    with seeing_all("letters on a case are counted"):
        return int(db.session.scalar(first) or 0) + int(db.session.scalar(more) or 0)


def fields(matter: Supervision, officer: Officer, today: dt.date) -> dict[str, Any]:
    """What the letter's text may use. Neither telephone nor identity number: the unit has the case itself."""
    case, office = matter.case, conference_office()
    rule = clocks.rule(FEEDBACK)
    return {
        "number": case.number,
        "petitioner": case.petitioner_name,
        "title_of_matter": case.title,
        "unit": matter.unit.name,
        "reason": matter.reason,
        "problem": matter.problem,
        "demand": matter.demand,
        "days": matter.days,
        "due_on": clocks.counted(today, matter.days, rule.unit).legal.isoformat(),
        "supervisor": str(matter.supervisor),
        "times": letters_sent(case, matter.unit) + 1,
        "contacts": [f"联系人：{officer}", f"电话：{office.phone}" if office.phone else ""],
    }
