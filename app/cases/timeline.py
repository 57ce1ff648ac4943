"""What the case page shows: the story in order, the clocks with how they were counted, the papers, the steps now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask import current_app, g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload, selectinload, with_polymorphic

from app.cases import clocks, guards, operations, shown
from app.cases.enums import ENDED
from app.cases.first import first
from app.cases.guards import GUARDS
from app.cases.guards_paths import OFFICERS_TURN
from app.cases.models import Case, Clock
from app.cases.step_views import CASE_FORMS, STEP_VIEWS
from app.cases.steps import Step
from app.cases.workflow import Move
from app.core import moment
from app.core.db import db
from app.core.errors import Refusal
from app.core.idcard import mask_id, mask_phone
from app.documents.models import Document

WHY_WORDS = {
    "workday": _l("working day"),
    "rest": _l("weekend"),
    "holiday": _l("holiday"),
    "makeup": _l("make-up working day"),
    "start": _l("first day, not counted"),
    "suspended": _l("suspended"),
    "rolled": _l("rolled forward"),
}


@dataclass(frozen=True)
class Button:
    """A step as a button: with its address, or greyed with the reason."""

    label: Any
    view: str
    why: str
    first: bool


@dataclass(frozen=True)
class Panel:
    """What a room above adds to the case page: a card at its side, and badges in its head."""

    title: Any
    template: str
    context: dict[str, Any]
    count: int = 0
    badges: tuple[Any, ...] = ()


PANELS: list[Callable[[Case], Panel | None]] = []
"""Rooms above add theirs; each is asked with the case as the officer sees it, and may have nothing to show."""


def page(case: Case, today: dt.date) -> dict[str, Any]:
    """Everything the template needs, in a fixed number of statements."""
    steps = steps_of(case)
    running = db.session.scalars(
        sa.select(Clock)
        .where(Clock.case_id == case.id)
        .options(
            joinedload(Clock.rule),
            joinedload(Clock.owner),
            selectinload(Clock.officer),
            selectinload(Clock.changes),
            selectinload(Clock.suspensions),
        )
        .order_by(Clock.stopped_on.is_not(None), Clock.due_legal, Clock.id)
    ).all()
    papers = db.session.scalars(
        sa.select(Document)
        .where(Document.case_id == case.id)
        .options(joinedload(Document.kind))
        .order_by(Document.id)
    ).all()
    plain = operations.disclosed(case, g.user, moment.now())
    permitted = current_app.extensions["appbuilder"].sm.has_access
    main = next((c for c in running if c.stopped_on is None and c.duty), None)
    return {
        "steps": steps,
        "clocks": [(clock, _clock(clock, today)) for clock in running],
        "papers": papers,
        "buttons": buttons(case, today),
        "main_clock": main,
        "main_deadline": shown.deadline(main) if main else "",
        "ended": case.state in ENDED,
        "who": shown.who(case),
        "why_words": WHY_WORDS,
        "id_shown": (case.id_number if plain else mask_id(case.id_number)) if case.id_number else "",
        "phone_shown": (case.phone if plain else mask_phone(case.phone)) if case.phone else "",
        "may_disclose": not plain and permitted("can_add", "DisclosureView"),
        "today": today,
        "first_time": first(case),
        "group_visit": operations.is_group_visit(case),
        "panels": [panel for made in PANELS if (panel := made(case)) is not None],
    }


@lru_cache(maxsize=256)
def _of_kinds(kinds: tuple[str, ...]) -> Any:
    known = sa.inspect(Step).polymorphic_map
    return with_polymorphic(Step, [known[kind].class_ for kind in kinds])


JOINED = 40
"""So many kinds of steps are joined in one statement: SQLite joins 64 tables at most, with papers and officers."""


def steps_of(case: Case) -> list[Any]:
    """The case's steps with their own facts, newest first, in two statements: only the tables of the kinds it has
    are joined. A case that saw more kinds than can be joined takes one statement more."""
    present = sorted(db.session.scalars(sa.select(Step.kind).where(Step.case_id == case.id).distinct()))
    found: list[Any] = []
    for start in range(0, len(present), JOINED):
        part = present[start : start + JOINED]
        kinds = _of_kinds(frozenset(part))
        query = sa.select(kinds).where(kinds.case_id == case.id)
        if len(present) > JOINED:
            query = query.where(kinds.kind.in_(part))
        query = query.order_by(kinds.id.desc()).options(
            joinedload(kinds.officer),
            joinedload(kinds.unit),
            joinedload(kinds.document).joinedload(Document.kind),
        )
        found += db.session.scalars(query)
    return sorted(found, key=lambda step: -step.id)


def buttons(case: Case, today: dt.date) -> list[Button]:
    """The steps this officer's role may take and this case's state knows; impossible ones say why."""
    permitted = current_app.extensions["appbuilder"].sm.has_access
    found = [
        Button(view.menu_label, view.__name__, why or guards.not_for(move, case, g.user), False)
        for move, why in operations.possible_steps(case, today)
        if (view := STEP_VIEWS.get(move.kind))
        and permitted("can_add", view.__name__)
        and not (why and move.quiet)
        and _theirs(case, move, today)
    ]
    for view, possible in CASE_FORMS:
        if permitted("can_add", view.__name__) and possible(case, today):
            found.append(Button(view.menu_label, view.__name__, "", False))
    likeliest = next((b for b in found if not b.why), None)
    found.sort(key=lambda b: bool(b.why))
    return [Button(b.label, b.view, b.why, b is likeliest) for b in found]


@dataclass(frozen=True)
class _By:
    """A step of which only the kind and the officer are known."""

    kind: str
    officer: Any


def _theirs(case: Case, move: Move, today: dt.date) -> bool:
    """Whether it is this officer who takes the step on this case: others of the role have it on cases of their own."""
    try:
        for name in set(move.guards) & set(OFFICERS_TURN):
            GUARDS[name](case, _By(move.kind, g.user), today)
    except Refusal:
        return False
    return True


def _clock(clock: Clock, today: dt.date) -> dict[str, Any]:
    """A clock explained to the day."""
    lines = clocks.explained(clock)
    sum_text = _(
        "%(start)s + %(law)s = %(stat)s", start=clock.started_on, law=shown.law(clock), stat=clock.due_stat
    )
    return {
        "law": shown.law(clock),
        "badge": shown.deadline(clock) if clock.stopped_on is None else "",
        "sum": sum_text,
        "rolled": clock.due_legal != clock.due_stat,
        "lines": lines,
        "late": (clock.stopped_on or today) > clock.due_legal,
    }
