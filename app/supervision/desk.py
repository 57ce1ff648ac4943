"""A supervisor's work: what each matter waits for, the week's plan, who supervises, and assigned cases without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import clocks, guards, recusal
from app.cases.effects import EFFECTS, end_parts, give_part
from app.cases.enums import OPEN, MatterKind, PartRole
from app.cases.models import Case, Clock, Part
from app.cases.workflow import Move
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer, Post
from app.supervision.conditions import CHECKING
from app.supervision.ladder_models import SupervisionPlan
from app.supervision.ladder_steps import SupervisionContact
from app.supervision.letter import supervisor_post
from app.supervision.models import Supervision

WEEK = dt.timedelta(days=7)


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


# ---- who supervises ----------------------------------------------------------------------------------


def supervisors(case: Case) -> list[Officer]:
    """Officers in service who supervise the case now, and hold the post for it."""
    named = [part.officer for part in case.parts if part.role is PartRole.SUPERVISOR and part.active]
    post = supervisor_post() if named else ""
    return [officer for officer in named if officer and officer.active and str(officer.post or "") == post]


def checker(matter: Supervision) -> Officer | None:
    """Who checks the answer: the supervisor the letter named, or who has taken over since."""
    now = supervisors(matter.case)
    return matter.supervisor if matter.supervisor in now or not now else now[-1]


def unsupervised() -> sa.ColumnElement[bool]:
    """Open cases assigned by the hall that have no supervisor in service: there must be none (S002)."""
    has = (
        sa.select(Part.id)
        .join(Officer, Officer.id == Part.officer_id)
        .join(Post, Post.id == Officer.post_id)
        .where(
            Part.case_id == Case.id, Part.role == PartRole.SUPERVISOR, Part.active, Officer.active,
            Post.name == supervisor_post(),
        )
    )  # fmt: skip
    return sa.and_(
        Case.assigned, Case.state.in_(OPEN), Case.kind != MatterKind.ACCUSATION, sa.not_(has.exists())
    )


@guards.guard
def supervisor_able(case: Case, step: Any, today: dt.date) -> None:
    """R22 art. 16, 28: who holds the post, is in service, and stands apart from the unit and the matter."""
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is never supervised by letter to a unit (art. 30)."))
    if step is None:
        return
    officer = step.supervisor
    if officer is None or not officer.active or str(officer.post or "") != supervisor_post():
        raise Refusal(
            _l("The supervisor is an officer who holds the post “%(post)s”.", post=supervisor_post()),
            "supervisor",
        )
    if case.unit is not None and officer.unit is not None and officer.unit.path.startswith(case.unit.path):
        raise Refusal(_l("Nobody supervises their own unit (art. 28)."), "supervisor")
    recusal.stay_clear(case, officer=officer, field="supervisor")
    if supervisors(case) and not (step.reason or "").strip():
        raise Refusal(_l("A change of supervisor needs its reason."), "reason")


def _named(case: Case, step: Any, today: dt.date) -> None:
    end_parts(case, PartRole.SUPERVISOR)
    for part in case.parts:  # somebody who comes back has a part of old
        if part.role is PartRole.SUPERVISOR and part.officer is step.supervisor:
            part.active = True
    give_part(case, PartRole.SUPERVISOR, officer=step.supervisor)
    for clock in clocks.running(case, CHECKING):  # an answer waits: it is the new supervisor's to check
        clocks.stop(case, (CHECKING,), today, step)
        clocks.start(case, CHECKING, clock.started_on, step, unit=clock.owner, officer=step.supervisor,
                     length=clock.length)  # fmt: skip


EFFECTS["supervisor_named"] = _named


@guards.guard
def supervised(case: Case, step: Any, today: dt.date) -> None:
    if not supervisors(case):
        raise Refusal(_l("The case has no supervisor."))


@guards.asks_who
def by_its_supervisor(case: Case, move: Move, officer: Officer) -> None:
    if officer not in supervisors(case):
        raise Refusal(_l("The supervisor of the case records this."))


# ---- what a matter waits for -------------------------------------------------------------------------


def waits_for(case: Case) -> tuple[str, Clock | None]:
    """In words who has to do what next, and the clock that says by when."""
    duties = sorted(
        (clock for clock in case.clocks if clock.stopped_on is None and clock.duty),
        key=lambda clock: (clock.code != CHECKING, clock.due_legal, clock.id),
    )
    if not duties:
        return _("nothing is owed"), None
    clock = duties[0]
    who = str(clock.officer or clock.owner or "")
    return _("%(who)s: %(task)s", who=who, task=clock.rule.task or clock.rule.name), clock


def last_contacts(cases: Sequence[Case]) -> dict[int, dt.date]:
    """Of each case the last day a supervisor recorded something, in one statement."""
    latest = sa.select(SupervisionContact.case_id, sa.func.max(SupervisionContact.taken_at))
    query = latest.select_from(SupervisionContact).where(
        SupervisionContact.case_id.in_([case.id for case in cases])
    )
    rows = db.session.execute(query.group_by(SupervisionContact.case_id))
    return {case_id: taken_at.date() for case_id, taken_at in rows}


# ---- the week ----------------------------------------------------------------------------------------


def plan(item: SupervisionPlan, case: Case, officer: Officer, today: dt.date) -> None:
    """Put a matter of mine on a week's plan: this one or one to come."""
    with seeing_all(f"case {case.id} on a weekly plan"), db.session.no_autoflush:
        if officer not in supervisors(case):
            raise Refusal(_l("Only one's own matters stand on the plan."))
        if not (item.purpose or "").strip():
            raise Refusal(_l("Say what for."), "purpose")
        if item.week is None or monday(item.week) < monday(today):
            raise Refusal(_l("A week that is over is not planned any more."), "week")
        item.case, item.officer, item.week = case, officer, monday(item.week)
        twice = sa.select(SupervisionPlan.id).where(
            SupervisionPlan.officer_id == officer.id, SupervisionPlan.week == item.week,
            SupervisionPlan.case_id == case.id, SupervisionPlan.method == item.method,
        )  # fmt: skip
        if db.session.scalars(twice).first() is not None:
            raise Refusal(_l("This stands on the week's plan already."), "method")
        db.session.add(item)
        db.session.flush()


def done_on(items: Sequence[SupervisionPlan]) -> dict[int, dt.date]:
    """Of each item that was done the day it was first recorded: in its week, by its officer, by its method. In one
    statement."""
    if not items:
        return {}
    weeks = [item.week for item in items]
    made = SupervisionContact
    query = sa.select(made.case_id, made.officer_id, made.method, made.taken_at).select_from(made).where(
        made.case_id.in_([item.case_id for item in items]),
        made.taken_at >= dt.datetime.combine(min(weeks), dt.time()),
        made.taken_at < dt.datetime.combine(max(weeks) + WEEK, dt.time()),
    )  # fmt: skip
    first: dict[tuple[Any, ...], dt.date] = {}
    for case_id, officer_id, method, taken_at in db.session.execute(
        query.order_by(SupervisionContact.taken_at)
    ):
        first.setdefault((case_id, officer_id, method, monday(taken_at.date())), taken_at.date())
    keys = {item.id: (item.case_id, item.officer_id, item.method, item.week) for item in items}
    return {number: first[key] for number, key in keys.items() if key in first}
