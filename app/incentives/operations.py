"""The verbs of the room: compute a month's notice, publish it. Each is part of the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases.enums import MatterKind, State
from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core import audit, moment
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.incentives import rules
from app.incentives.enums import Measure, NoticeState, Verdict, Window
from app.incentives.models import Indicator, Notice, NoticeFigure, NoticeItem
from app.organisation.models import Officer, Unit

_DAY = {Window.DUE: Clock.due_stat, Window.STARTED: Clock.started_on, Window.STOPPED: Clock.stopped_on}
Group = dict[int, list[dict[str, Any]]]  # unit id -> its items
EVERYBODY = None  # the unit of a figure over all units


def compute(month: str, today: dt.date, officer: Officer | None = None) -> Notice:
    """The notice of ``YYYY-MM`` as a draft, judged on ``today``; an older draft of the month is replaced.

    A fixed number of statements at any number of cases. Raises ValueError for what is no month, Refusal for a month
    that has not begun and for one whose notice is published.
    """
    first, last = rules.month_span(month)
    if first > today:
        raise Refusal(_l("The month %(month)s has not begun.", month=month), "month")
    with seeing_all(f"notice {month}"):
        # locked: two officers computing at once take turns, and nobody rewords an indicator meanwhile
        indicators = db.session.scalars(
            sa.select(Indicator)
            .where(Indicator.active)
            .order_by(Indicator.rank, Indicator.id)
            .with_for_update()
        ).all()
        notice = _draft(month)
        notice.as_of, notice.computed_at, notice.computed_by = today, moment.now(), officer
        notice.indicators = [_wording(indicator) for indicator in indicators]
        db.session.add(notice)
        db.session.flush()
        groups = {i.code: _judged(i, first, last, today) for i in indicators}
        figures = _figures(notice, indicators, groups)
        _write(figures, groups)
        counted = sum(len(items) for group in groups.values() for items in group.values())
        audit.note(db.session(), "compute", "notice", notice.id, {"month": month, "items": counted})
    return notice


def publish(notice: Notice, officer: Officer | None, at: dt.datetime) -> None:
    """From here on the notice, its figures and its items never change (the database sees to it).

    Raises Refusal when it is published already, or was computed before the month was over.
    """
    _first, last = rules.month_span(notice.month)
    with seeing_all(f"publish notice {notice.month}"):
        db.session.refresh(notice, with_for_update=True)
        _refuse_published(notice)
        if notice.as_of <= last:
            raise Refusal(_l("This draft was computed before the month was over; compute it again first."))
        mine = sa.select(NoticeFigure.id).where(NoticeFigure.notice_id == notice.id)
        keep: dict[str, Any] = {"synchronize_session": False}
        seal = sa.update(NoticeItem).where(NoticeItem.figure_id.in_(mine)).values(sealed=True)
        db.session.execute(seal, execution_options=keep)
        seal = sa.update(NoticeFigure).where(NoticeFigure.notice_id == notice.id).values(sealed=True)
        db.session.execute(seal, execution_options=keep)
        notice.state, notice.published_at, notice.published_by = NoticeState.PUBLISHED, at, officer
        db.session.flush()


def published(month: str) -> Notice | None:
    query = sa.select(Notice).where(Notice.month == month, Notice.state == NoticeState.PUBLISHED)
    return db.session.scalars(query).first()


def summary(notice: Notice) -> list[str]:
    """What was computed, a line each, for the command."""
    query = (
        sa.select(NoticeFigure)
        .where(NoticeFigure.notice_id == notice.id, NoticeFigure.unit_id.is_(EVERYBODY))
        .order_by(NoticeFigure.id)
    )
    names = {indicator["code"]: indicator["name"] for indicator in notice.indicators}
    lines = [f"{notice.month}: draft computed as of {notice.as_of}"]
    for figure in db.session.scalars(query):
        rate = "" if figure.rate is None else f" = {figure.rate:.2f}%"
        lines.append(f"  {names[figure.indicator]}: {figure.numerator}/{figure.denominator}{rate}")
    return lines


def _draft(month: str) -> Notice:
    """The month's draft without its old figures, or a new one."""
    notice = db.session.scalars(sa.select(Notice).where(Notice.month == month).with_for_update()).first()
    if notice is None:
        return Notice(month=month, state=NoticeState.DRAFT)
    _refuse_published(notice)
    old = sa.select(NoticeFigure.id).where(NoticeFigure.notice_id == notice.id)
    keep: dict[str, Any] = {"synchronize_session": False}
    db.session.execute(sa.delete(NoticeItem).where(NoticeItem.figure_id.in_(old)), execution_options=keep)
    db.session.execute(
        sa.delete(NoticeFigure).where(NoticeFigure.notice_id == notice.id), execution_options=keep
    )
    return notice


def _refuse_published(notice: Notice) -> None:
    if notice.state is NoticeState.PUBLISHED:
        raise Refusal(
            _l("The notice of %(month)s is published and never changes.", month=notice.month), "month"
        )


def _wording(indicator: Indicator) -> dict[str, Any]:
    """The indicator as it reads now, kept with the notice."""
    return {
        "code": indicator.code,
        "name": indicator.name,
        "side": indicator.side.name,
        "measure": indicator.measure.name,
        "clock": indicator.clock_code,
        "window": indicator.window.name,
        "first_time_only": indicator.first_time_only,
        "counts_not_due": indicator.counts_not_due,
        "formula": indicator.formula,
        "source": indicator.source,
        "local": indicator.local,
    }


def _judged(indicator: Indicator, first: dt.date, last: dt.date, today: dt.date) -> Group:
    """The indicator's clocks of the month by the unit that owes them, each with its verdict. One statement.

    Voided cases do not count, and accusations for nobody (art. 30): a figure with one case would name them.
    """
    day = _DAY[indicator.window]
    end = (
        last if indicator.window is Window.DUE else min(last, today)
    )  # the only day known beforehand is the due one
    query = (
        sa.select(Clock.id, Clock.case_id, Clock.unit_id, Clock.due_stat, Clock.stopped_on)
        .join(Case, Case.id == Clock.case_id)
        .where(
            Clock.code == indicator.clock_code,
            day.between(first, end),
            Clock.started_on <= today,
            Clock.unit_id.is_not(None),
            Case.state.not_in((State.VOIDED, State.MERGED)),
            Case.kind != MatterKind.ACCUSATION,
        )
        .order_by(Clock.id)
    )
    if indicator.first_time_only:
        query = query.where(Case.first_time)
    if indicator.once_a_case:
        earlier = sa.orm.aliased(Clock)
        same = sa.and_(earlier.case_id == Clock.case_id, earlier.code == Clock.code, earlier.id < Clock.id)
        query = query.where(~sa.exists().where(same))
    if released := [kind.strip() for kind in indicator.released_by.split(",") if kind.strip()]:
        ended_by = sa.and_(Step.id == Clock.stopped_by_id, Step.kind.in_(released))
        query = query.where(~sa.exists().where(ended_by))
    group: Group = defaultdict(list)
    for clock_id, case_id, unit_id, due, stopped_on in db.session.execute(query):
        verdict, days = rules.verdict(due, stopped_on, today)
        counted = indicator.measure is Measure.COUNT or verdict is Verdict.IN_TIME
        if verdict is Verdict.NOT_DUE and not indicator.counts_not_due:
            continue
        group[unit_id].append(
            {"case_id": case_id, "clock_id": clock_id, "counted": counted, "verdict": verdict, "days": days,
             "due_on": due, "stopped_on": stopped_on}
        )  # fmt: skip
    return group


def _figures(notice: Notice, indicators: Any, groups: dict[str, Group]) -> list[dict[str, Any]]:
    """A figure for each unit with cases, and one over all units even where there is nothing."""
    names = {row.id: row.name for row in db.session.execute(sa.select(Unit.id, Unit.name))}
    rows = []
    for indicator in indicators:
        by_unit: dict[int | None, list[dict[str, Any]]] = dict(sorted(groups[indicator.code].items()))
        by_unit[EVERYBODY] = [item for items in groups[indicator.code].values() for item in items]
        for unit_id, items in by_unit.items():
            part, whole = sum(item["counted"] for item in items), len(items)
            rate = rules.percent(part, whole) if indicator.measure is Measure.RATE else None
            rows.append(
                {"notice_id": notice.id, "indicator": indicator.code, "unit_id": unit_id, "sealed": False,
                 "unit_name": names[unit_id] if unit_id else "", "numerator": part, "denominator": whole, "rate": rate}
            )  # fmt: skip
    return rows


def _write(figures: list[dict[str, Any]], groups: dict[str, Group]) -> None:
    """Figures, then the items of the units' figures, each in one statement (and one audit entry for all)."""
    if not figures:
        return
    # without render_nulls rows are sent in groups by which of their columns are empty
    whole = {"render_nulls": True}
    db.session.execute(sa.insert(NoticeFigure), figures, execution_options=whole)
    written = sa.select(NoticeFigure.id, NoticeFigure.indicator, NoticeFigure.unit_id).where(
        NoticeFigure.notice_id == figures[0]["notice_id"], NoticeFigure.unit_id.is_not(EVERYBODY)
    )
    items = [
        {"figure_id": figure_id, "sealed": False, **item}
        for figure_id, indicator, unit_id in db.session.execute(written.order_by(NoticeFigure.id))
        for item in groups[indicator][unit_id]
    ]
    if items:
        db.session.execute(sa.insert(NoticeItem), items, execution_options=whole)
