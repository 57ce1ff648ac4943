"""The rows a formula goes over, as they were known at one moment: clocks, cases, evaluations, steps, papers.

A fixed number of statements for each kind of rows and window, at any number of cases. What was recorded from ``until``
on is not known yet: cases taken over, ends, extensions, routings (``known.py``), voidings and evaluations that came
later are left out, so that a month reckoned again later comes out the same. Voided and merged cases do not count, and
accusations for nobody (art. 30): a figure with one case would name them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.cases import clocks, daily
from app.cases.enums import MatterKind, State
from app.cases.models import Case, Category, Clock
from app.cases.steps import Delivery, HandlingRecord, Step
from app.cases.steps_outcome import Settling
from app.core.db import db
from app.documents.models import Document, DocumentKind, DocumentState
from app.duplicates.models import CaseLink, LinkKind
from app.evaluation.rules import NOT_EVALUATED
from app.evaluation.steps import Evaluation, Rating, Subject
from app.incentives import known, rules
from app.incentives.counting import CASE, Counting, Fact
from app.incentives.enums import Over, Side, Verdict, Window
from app.incentives.models_year import GivenFigure

EXTENSION = dt.timedelta(days=30)
_SENT = ("routing", "transfer", "assignment", "acceptance")


class Facts(Counting):
    """The rows of one period, kept while a month is reckoned: several indicators go over the same.

    Judged on ``as_of``, by what was recorded before ``until`` (none: by the end of that day). ``closing``: when the
    office's day ends.
    """

    def a_year_before(self) -> Facts:
        first = self.first.replace(year=self.first.year - 1)
        _begin, last = rules.month_span(rules.month_of(self.last.replace(day=1, year=self.last.year - 1)))
        return Facts(first, last, self.as_of, self._next, self._closing)

    def rows(self, over: Over, codes: str, window: Window, days: int, side: Side) -> list[Fact]:
        """Each row with the names of ``vocabulary.py``, its case, unit and the day it counts on."""
        wanted = tuple(code.strip() for code in codes.split(",") if code.strip())
        key = (over, wanted, window, days, side if over is Over.EVALUATIONS else None)
        if key not in self._kept:
            found = {
                Over.CLOCKS: lambda: self._clocks(wanted, window),
                Over.CASES: lambda: self._cases(window, days),
                Over.EVALUATIONS: lambda: self._evaluations(side),
                Over.STEPS: lambda: self._steps(wanted),
                Over.PAPERS: lambda: self._papers(wanted),
                Over.GIVEN: self._given,
            }[over]()
            self._kept[key] = [row for row in found if row.get("kind") != MatterKind.ACCUSATION.name]
        return self._kept[key]

    # ---- clocks ------------------------------------------------------------------------------------------------

    def _clocks(self, codes: tuple[str, ...], window: Window) -> list[Fact]:
        earlier = sa.orm.aliased(Clock)
        again = sa.exists().where(
            earlier.case_id == Clock.case_id, earlier.code == Clock.code, earlier.id < Clock.id
        )
        ruling = sa.orm.aliased(Step)
        extended_at = sa.select(sa.func.max(ruling.taken_at)).where(
            ruling.case_id == Clock.case_id, ruling.kind == "extension_ruling"
        )
        day = {
            Window.DUE: Clock.due_stat,
            Window.STARTED: Clock.started_on,
            Window.STOPPED: Clock.stopped_on,
        }[window]
        moved = known.due_before(self._next)
        within: sa.ColumnElement[bool] = day.between(self.first, self._last_day(window))
        if window is Window.DUE and moved:
            within = sa.or_(within, Clock.id.in_(moved))
        begun = sa.orm.aliased(Step)
        query = self._counting(
            sa.select(
                Clock.id.label("clock_id"),
                Clock.code,
                Clock.unit_id.label("owed_by"),
                Clock.started_on,
                Clock.due_stat,
                Clock.stopped_on,
                Clock.extended_by,
                Step.kind.label("ended_by"),
                Step.taken_at,
                again.label("again"),
                extended_at.correlate(Clock).scalar_subquery().label("extended_at"),
                *CASE,
            )
            .join(Case, Case.id == Clock.case_id)
            .join(Category, Category.id == Case.category_id)
            .outerjoin(Step, Step.id == Clock.stopped_by_id)
            .outerjoin(begun, begun.id == Clock.started_by_id)
            .where(within, Clock.started_on <= self.as_of, Clock.unit_id.is_not(None))
            .where(sa.or_(begun.id.is_(None), begun.taken_at < self._next))
            .order_by(Clock.id)
        )
        if codes:
            query = query.where(Clock.code.in_(codes))
        found = [self._clock(row, moved) for row in db.session.execute(query)]
        return [
            fact
            for fact in found
            if (
                on := {
                    Window.DUE: fact["due_on"],
                    Window.STARTED: fact["started_on"],
                    Window.STOPPED: fact["stopped_on"],
                }[window]
            )
            is not None
            and self.first <= on <= self.last
            and fact.update(day=on) is None
        ]

    def _last_day(self, window: Window) -> dt.date:
        """An extension that came later moved the day out of the window it then lay in."""
        return self.last + EXTENSION if window is Window.DUE else min(self.last, self.as_of)

    def _clock(self, row: Any, moved: dict[int, dt.date]) -> Fact:
        due, extended = moved.get(row.clock_id, row.due_stat), bool(row.extended_by)
        if extended and row.extended_at is not None and row.extended_at >= self._next:
            due, extended = due - dt.timedelta(days=row.extended_by), False
        stopped, ended_by = row.stopped_on, row.ended_by
        if row.taken_at is not None and row.taken_at >= self._next:
            stopped = ended_by = None
        verdict, off = rules.verdict(due, stopped, self.as_of)
        if stopped is not None and stopped > self.as_of:
            stopped = ended_by = None
        late = verdict in (Verdict.LATE, Verdict.OPEN_LATE)
        return self._of_case(row) | {
            "clock_id": row.clock_id,
            "unit": row.owed_by,
            "bureau": row.owed_by,
            "again": row.again,
            "started_on": row.started_on,
            "due_on": due,
            "stopped_on": stopped,
            "verdict": verdict,
            "off": off,
            "in_time": verdict is Verdict.IN_TIME,
            "late": verdict is Verdict.LATE,
            "open_late": verdict is Verdict.OPEN_LATE,
            "not_due": verdict is Verdict.NOT_DUE,
            "overdue": late,
            "extended": extended,
            "days": (stopped - row.started_on).days if stopped else None,
            "days_late": off if late else 0,
            "ended_by": ended_by or "",
            "deadline": row.code,
        }

    # ---- cases -------------------------------------------------------------------------------------------------

    def _cases(self, window: Window, days: int) -> list[Fact]:
        answered, closed = (
            self._first_time_in(State.ANSWERED, State.DELIVERED),
            self._first_time_in(State.CLOSED),
        )
        shift = dt.timedelta(days=days)
        if window is Window.REGISTERED:
            within = self._span(Case.registered_at, self.first - shift, self.last - shift)
        else:
            reached = answered if window is Window.ANSWERED else closed
            within = self._span(reached, self.first - shift, self.last - shift)
        columns = (
            answered.label("answered_at"),
            closed.label("closed_at"),
            Case.sent_on,
            Case.supervising_on,
            Case.package_on,
        )
        query = self._counting(
            sa.select(*CASE, *columns).join(Category, Category.id == Case.category_id).where(within)
        )
        rows = db.session.execute(query.order_by(Case.id)).all()
        ids = self._counting(sa.select(Case.id).where(within))
        more = self._more(ids)
        return [self._case(row, more, window, shift) for row in rows]

    def _first_time_in(self, *states: State) -> Any:
        step = sa.orm.aliased(Step)
        known = sa.and_(step.case_id == Case.id, step.to_state.in_(states), step.taken_at < self._next)
        entered = sa.or_(step.from_state.is_(None), step.from_state.not_in(states))
        first = sa.select(sa.func.min(step.taken_at)).where(known, entered)
        return first.correlate(Case).scalar_subquery()

    def _more(self, ids: sa.Select[Any]) -> dict[str, dict[int, Any]]:
        """What further tables say of these cases, each in one statement."""

        def gathered(column: Any, step: Any, *conditions: Any) -> dict[int, Any]:
            query = (
                sa.select(step.case_id, sa.func.min(column))
                .where(step.case_id.in_(ids), step.taken_at < self._next, *conditions)
                .group_by(step.case_id)
            )
            return {row[0]: row[1] for row in db.session.execute(query)}

        raised = sa.orm.aliased(Step)
        again = (
            sa.select(CaseLink.to_case_id, sa.func.min(raised.taken_at))
            .join(raised, raised.id == CaseLink.step_id)
            .where(
                CaseLink.kind == LinkKind.REPEAT, CaseLink.to_case_id.in_(ids), raised.taken_at < self._next
            )
            .group_by(CaseLink.to_case_id)
        )
        return {
            "contacted": gathered(HandlingRecord.taken_at, HandlingRecord, HandlingRecord.contacted),
            "settled": gathered(Settling.taken_at, Settling),
            "agreement": gathered(Settling.taken_at, Settling, Settling.agreement, Settling.voluntary),
            "electronic": gathered(Delivery.taken_at, Delivery, Delivery.way == "ELECTRONIC"),
            "again": {row[0]: row[1] for row in db.session.execute(again)},
        } | self._taken(ids)

    def _taken(self, ids: sa.Select[Any]) -> dict[str, dict[int, dt.datetime]]:
        """When each of these cases was first sent on, put under its leaders, accepted."""
        of = {"sent": _SENT, "supervised": ("supervising_leader",), "packaged": ("package_leader",),
              "accepted": ("acceptance",)}  # fmt: skip
        wanted = {kind for kinds in of.values() for kind in kinds}
        query = (
            sa.select(Step.case_id, Step.kind, sa.func.min(Step.taken_at))
            .where(Step.case_id.in_(ids), Step.kind.in_(wanted), Step.taken_at < self._next)
            .group_by(Step.case_id, Step.kind)
        )
        found: dict[str, dict[int, dt.datetime]] = {name: {} for name in of}
        for case_id, kind, when in db.session.execute(query):
            for name, kinds in of.items():
                if kind in kinds:
                    found[name][case_id] = min(when, found[name].get(case_id, when))
        return found

    def _case(self, row: Any, more: dict[str, dict[int, Any]], window: Window, shift: dt.timedelta) -> Fact:
        begun = row.registered_at.date()
        accepted = more["accepted"].get(row.id)
        on = {
            Window.REGISTERED: row.registered_at,
            Window.ANSWERED: row.answered_at,
            Window.CLOSED: row.closed_at,
        }
        facts = self._of_case(row)
        own = facts["unit"] == facts["bureau"]  # on the desk, or the desk's own matter
        return facts | {
            "day": on[window].date() + shift,
            "sent": row.id in more["sent"] and not (own and accepted is None),
            "accepted": accepted is not None,
            "days_to_acceptance": (accepted.date() - begun).days if accepted else None,
            "answered": row.answered_at is not None,
            "days_to_answer": (row.answered_at.date() - begun).days if row.answered_at else None,
            "closed": row.closed_at is not None,
            "settled": row.id in more["settled"],
            "agreement": row.id in more["agreement"],
            "contacted": row.id in more["contacted"],
            "came_again": row.id in more["again"],
            "same_day": self._same_day(row, more),
            "electronic": row.id in more["electronic"],
        }

    def _same_day(self, row: Any, more: dict[str, dict[int, Any]]) -> bool:
        """日清: as the day's own list counts it (cases/daily.py), by what was known."""
        closing = self._closing or daily.closing_time()
        day = daily.day_of(row.registered_at, closing, clocks.calendar())
        done = ((row.sent_on, "sent"), (row.supervising_on, "supervised"), (row.package_on, "packaged"))
        return all(on is not None and on <= day and row.id in more[name] for on, name in done)

    # ---- evaluations -------------------------------------------------------------------------------------------

    def _evaluations(self, side: Side) -> list[Fact]:
        """Windows that ended in the period: by the petitioner's evaluation, or by silence (its plain last day)."""
        subject = Subject.UNIT if side is Side.UNIT else Subject.BUREAU
        mine = sa.and_(Evaluation.subject == subject, Evaluation.taken_at < self._next)
        given = self._evaluable(
            sa.select(Evaluation.taken_at, Evaluation.rating, *CASE)
            .join(Case, Case.id == Evaluation.case_id)
            .where(mine, self._span(Evaluation.taken_at, self.first, self.last))
            .order_by(Evaluation.id)
        )
        last, first = sa.orm.aliased(Step), sa.orm.aliased(Step)
        ended = sa.exists().where(last.id == Clock.stopped_by_id, last.taken_at >= self._next)
        begun = sa.exists().where(first.id == Clock.started_by_id, first.taken_at < self._next)
        silent = self._evaluable(
            sa.select(Clock.due_stat, *CASE)
            .join(Case, Case.id == Clock.case_id)
            .where(
                Clock.code == "T13",
                Clock.due_stat.between(self.first, self.last),
                Clock.due_legal < self.as_of,
                sa.or_(Clock.stopped_by_id.is_(None), ended.correlate(Clock)),
                sa.or_(Clock.started_by_id.is_(None), begun.correlate(Clock)),
                ~sa.exists().where(
                    Evaluation.case_id == Clock.case_id, mine, Evaluation.id > Clock.started_by_id
                ),
            )
            .order_by(Clock.id)
        )
        facts = [self._rated(row, row.rating, row.taken_at.date()) for row in db.session.execute(given)]
        facts += [self._rated(row, None, row.due_stat) for row in db.session.execute(silent)]
        return [fact for fact in facts if fact["first_time"]]

    def _evaluable(self, query: Any) -> Any:
        query = query.join(Category, Category.id == Case.category_id).where(
            Case.first_time, sa.or_(Case.legal_path.is_(None), Case.legal_path.not_in(NOT_EVALUATED))
        )
        return self._counting(query)

    def _rated(self, row: Any, rating: Rating | None, day: dt.date) -> Fact:
        return self._of_case(row) | {
            "day": day,
            "evaluated": rating is not None,
            "overdue": rating is None,
            "satisfied": rating is Rating.SATISFIED,
            "fairly": rating is Rating.FAIRLY,
            "unsatisfied": rating is Rating.UNSATISFIED,
        }

    # ---- steps, papers, figures from elsewhere -----------------------------------------------------------------

    def _steps(self, kinds: tuple[str, ...]) -> list[Fact]:
        query = self._counting(
            sa.select(
                Step.id.label("step_id"),
                Step.kind.label("step"),
                Step.taken_at,
                Step.late,
                Step.unit_id.label("by"),
                *CASE,
            )
            .join(Case, Case.id == Step.case_id)
            .join(Category, Category.id == Case.category_id)
            .where(self._span(Step.taken_at, self.first, self.last))
            .order_by(Step.id)
        )
        if kinds:
            query = query.where(Step.kind.in_(kinds))
        return [
            self._of_case(row)
            | {
                "day": row.taken_at.date(),
                "step_id": row.step_id,
                "step": row.step,
                "late": row.late,
                "unit": row.by,
                "bureau": row.by,
            }
            for row in db.session.execute(query)
        ]

    def _papers(self, codes: tuple[str, ...]) -> list[Fact]:
        query = self._counting(
            sa.select(
                DocumentKind.code,
                Document.signed_at,
                Document.state,
                Document.voided_at,
                Document.unit_id.label("by"),
                *CASE,
            )
            .join(DocumentKind, DocumentKind.id == Document.kind_id)
            .join(Case, Case.id == Document.case_id)
            .join(Category, Category.id == Case.category_id)
            .where(self._span(Document.signed_at, self.first, self.last))
            .order_by(Document.id)
        )
        if codes:
            query = query.where(DocumentKind.code.in_(codes))
        return [
            self._of_case(row)
            | {
                "day": row.signed_at.date(),
                "paper": row.code,
                "unit": row.by,
                "bureau": row.by,
                "void": row.state is DocumentState.VOID
                and (row.voided_at is None or row.voided_at < self._next),
            }
            for row in db.session.execute(query)
        ]

    def _given(self) -> list[Fact]:
        months = (rules.month_of(self.first), rules.month_of(self.last))
        query = sa.select(GivenFigure).where(
            GivenFigure.month.between(*months),
            sa.or_(sa.not_(GivenFigure.replaced), GivenFigure.replaced_at >= self._next),
            GivenFigure.entered_at < self._next,
        )
        return [
            {
                "case_id": None,
                "clock_id": None,
                "unit": row.unit_id,
                "bureau": row.unit_id,
                "name": row.name,
                "value": row.value,
                "day": rules.month_span(row.month)[1],
                "verdict": None,
                "off": None,
                "stopped_on": None,
            }
            for row in db.session.scalars(query.order_by(GivenFigure.id))
        ]


def by_unit(rows: Iterable[Fact], side: Side) -> dict[int, list[Fact]]:
    """The rows by the unit whose duty they show; those nobody has yet are left out."""
    groups: dict[int, list[Fact]] = defaultdict(list)
    for row in rows:
        unit = row["unit"] if side is Side.UNIT else row["bureau"]
        if unit is not None:
            groups[unit].append(row)
    return dict(sorted(groups.items()))
