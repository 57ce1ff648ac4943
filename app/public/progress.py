"""Where a petition stands, in words a villager understands: who has it, what comes next, by when, which rights.

Only units are named; no officer, no petitioner, nothing anybody wrote. Of an accusation only that it was received and
handed on (art. 30).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload, selectin_polymorphic

from app.cases import clocks, shown
from app.cases.enums import MatterKind, State
from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.db import db
from app.evaluation import rules as evaluation
from app.organisation.models import Unit, UnitKind
from app.public import rights, story
from app.public.letters import delivered
from app.public.rights import Right, day

S = State

# %(unit)s has it, %(body)s reviews it
NOW: dict[State, Any] = {
    S.REGISTERED: _l("Your petition is registered at %(unit)s."),
    S.TO_FORWARD: _l("Your petition is registered and is being sent to the unit responsible."),
    S.TO_SIGN: _l("Your petition was sent to %(unit)s, which is to take it over."),
    S.SIGNED: _l("%(unit)s has taken your petition over and is examining whether it accepts it."),
    S.OBJECTED: _l("%(unit)s says that the matter is not its own; this is being examined."),
    S.DISPUTED: _l("The units do not agree whose matter it is; their superiors are deciding."),
    S.HANDLING: _l("%(unit)s has accepted your petition and is handling it."),
    S.ANSWERED: _l("%(unit)s has answered; the answer will be delivered to you."),
    S.DELIVERED: _l("The answer of %(unit)s was delivered to you."),
    S.REPORTED: _l("The answer was delivered to you; the petition bureau is examining the unit's closing report."),
    S.CLOSED: _l("Your petition was answered and is closed."),
    S.SETTLED: _l("Your petition was answered and the dispute is settled."),
    S.ARCHIVED: _l("Your petition is finished and archived."),
    S.REVIEW: _l("%(body)s is reviewing the answer, as you asked."),
    S.REVIEWED: _l("%(body)s has reviewed the answer."),
    S.RECHECK: _l("%(recheck_body)s is re-examining the answer, as you asked."),
    S.FINAL: _l("%(recheck_body)s has re-examined the answer; this opinion is final (art. 36)."),
    S.REFUSED: _l("Your petition was not accepted. The letter says why, and where you can turn."),
    S.NO_LONGER: _l("Your petition is no longer accepted: the matter had its final opinion (art. 36)."),
    S.GUIDED: _l("Your matter has a procedure of its own in law. The letter says which, and where you can turn."),
    S.WITHDRAWN: _l("Your petition was withdrawn."),
    S.VOIDED: _l("This registration was voided; ask at the reception hall."),
    S.MERGED: _l("This petition is handled together with an earlier one in the same matter."),
}  # fmt: skip

# what comes next in a state, and the clock that says by when
NEXT: dict[State, tuple[Any, tuple[str, ...]]] = {
    S.REGISTERED: (_l("It is sent to the unit responsible"), ("T1", "T1a")),
    S.TO_FORWARD: (_l("It is sent to the unit responsible"), ("T1", "T1a")),
    S.TO_SIGN: (_l("The unit tells you in writing whether it accepts your petition"), ("T3",)),
    S.SIGNED: (_l("The unit tells you in writing whether it accepts your petition"), ("T3",)),
    S.OBJECTED: (_l("It is decided who handles it, and you are told in writing"), ("T3",)),
    S.DISPUTED: (_l("It is decided who handles it, and you are told in writing"), ("T3",)),
    S.HANDLING: (_l("You receive a written answer"), ("T5",)),
    S.ANSWERED: (_l("The answer is delivered to you; your rights begin on the day you receive it"), ()),
    S.REPORTED: (_l("The petition bureau closes the matter or has it handled again"), ()),
    S.REVIEW: (_l("You receive a written review opinion"), ("T8",)),
    S.REVIEWED: (_l("The review opinion is delivered to you; if you do not agree, ask for re-examination"), ()),
    S.RECHECK: (_l("You receive a written re-examination opinion"), ("T10",)),
}  # fmt: skip

# the clocks of the regulation that concern the petitioner; what offices owe each other is not shown
TOLD_CLOCKS = ("T1", "T1a", "T2", "T3", "T5", "T7", "T8", "T9", "T10", "T13")


@dataclass(frozen=True)
class Term:
    """A time limit: what it is for, its article, how it was counted and how it stands; ``tone`` is a badge's."""

    name: str
    law: str
    since: str
    until: str
    standing: str
    tone: str


@dataclass
class Progress:
    """Everything the page says."""

    number: str
    registered: str
    now: str
    since: str
    next: str = ""
    by: str = ""
    late: bool = False
    rights: list[Right] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    letters: Sequence[Any] = ()
    confidential: bool = False


def steps_of(case: Case) -> Sequence[Any]:
    """The steps the story tells, oldest first, each with its unit."""
    kinds = selectin_polymorphic(Step, story.WITH_FACTS)
    query = sa.select(Step).where(Step.case_id == case.id).order_by(Step.id)
    return db.session.scalars(query.options(kinds, joinedload(Step.unit))).all()


def house(unit: Unit | None) -> str:
    """A reception room answers in its hall's name; nobody yet: the petition bureau."""
    if unit is None:
        return _("the petition bureau")
    return (unit.parent if unit.kind is UnitKind.ROOM and unit.parent is not None else unit).name


def of(case: Case, today: dt.date) -> Progress:
    registered = day(case.registered_at.date())
    if case.kind is MatterKind.ACCUSATION:
        return _accusation(case, registered)
    steps = steps_of(case)
    bodies = rights.bodies(case, steps)
    arrived = next(
        (s for s in reversed(steps) if s.to_state is case.state and s.from_state is not s.to_state), None
    )
    names = {"unit": house(case.unit or case.registered_unit), **bodies}
    page = Progress(case.number, registered, str(NOW[case.state]) % names,
                    day(arrived.taken_at.date()) if arrived is not None else registered)  # fmt: skip
    if case.state in NEXT:
        sentence, codes = NEXT[case.state]
        if clocks.running(case, "T2"):  # an organ that registered it itself answers itself (art. 23)
            sentence, codes = NEXT[S.SIGNED][0], ("T2",)
        page.next = str(sentence)
        running = clocks.running(case, *codes) if codes else []
        if running:
            page.by, page.late = day(running[-1].due_legal), today > running[-1].due_legal
    page.rights = rights.now(case, steps, bodies, today)
    page.terms = [
        term(clock, today)
        for clock in case.clocks
        if clock.code in TOLD_CLOCKS and (clock.code != "T13" or evaluation.evaluable(case))
    ]
    page.events = story.told(steps)
    page.letters = delivered(case)
    return page


def _accusation(case: Case, registered: str) -> Progress:
    handed = case.state is State.HANDED_OVER
    said = (
        _("Your report was received and was handed to the organ competent for it.")
        if handed
        else _("Your report was received; it goes to the organ competent for it.")
    )
    return Progress(case.number, registered, said, registered, confidential=True)


def term(clock: Clock, today: dt.date) -> Term:
    standing, tone = _standing(clock, today)
    return Term(clock.rule.name, shown.law(clock, beside=False), day(clock.started_on), day(clock.due_legal),
                standing, tone)  # fmt: skip


def _standing(clock: Clock, today: dt.date) -> tuple[str, str]:
    ended, late = clock.stopped_on, (clock.stopped_on or today) > clock.due_legal
    if ended is None and not late:
        unsure = "" if clock.certain else _("; the calendar of that year is not published yet")
        return _("running") + unsure, "info"
    if not clock.duty:  # a right: it was used, or its time is over
        used = ended is not None and clock.stopped_by_id is not None
        return (_("used on %(day)s", day=day(ended)), "ok") if used else (_("over"), "mute")
    if ended is None:
        return _("late: the time is over"), "late"
    return (
        (_("done late, on %(day)s", day=day(ended)), "late")
        if late
        else (_("done on %(day)s", day=day(ended)), "ok")
    )
