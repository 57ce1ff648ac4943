"""How a case's facts are shown: masked names, deadlines in words and colour, the step that is due."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.cases import clocks
from app.cases.enums import State
from app.cases.models import Case, Clock, ClockRule, ClockUnit
from app.core import moment, settings
from app.core.enums import badge
from app.core.idcard import mask_name
from app.core.workdays import Unit, days_left


def near() -> int:
    """Days before a deadline from which it is amber; read once a request."""
    if "near_due_days" not in g:
        g.near_due_days = settings.number("near_due_days")
    return g.near_due_days


def who(case: Case) -> str:
    """王*英 等12人: enough to know whom, not enough to look the person up."""
    name = mask_name(case.petitioner_name)
    return (
        _("%(name)s and others, %(count)s in all", name=name, count=case.people_count)
        if case.people_count > 1
        else name
    )


def left(clock: Clock, today: dt.date) -> int:
    """Days (or working days) left to the legal due date; negative when late."""
    unit = Unit.WORKDAYS if clock.counted_in is ClockUnit.WORKDAYS else Unit.DAYS
    return days_left(clock.due_legal, today, unit, clocks.calendar())


def in_words(days: int, workdays: bool = False) -> str:
    if days < 0:
        return ngettext("%(num)d day late", "%(num)d days late", -days)
    if days == 0:
        return _("today")
    if workdays:
        return ngettext("%(num)d working day left", "%(num)d working days left", days)
    return ngettext("%(num)d day left", "%(num)d days left", days)


def row_tone(days: int | None) -> str:
    """The stripe at a list row's edge, for the days its badge speaks of."""
    return tone(days) if days is not None and days <= near() else ""


def days_to(due: dt.date | None) -> int | None:
    return (due - moment.today()).days if due is not None else None


def tone(days: int) -> str:
    return "late" if days < 0 else "warn" if days <= near() else "info"


def deadline(clock: Clock) -> Markup:
    """The badge of a running clock with its article and length beneath."""
    days = left(clock, moment.today())
    text = in_words(days, clock.counted_in is ClockUnit.WORKDAYS)
    return badge(text, tone(days)) + Markup('<small class="cell-sub">{}</small>').format(law(clock))


def law(clock: Clock, beside: bool = True) -> str:
    """第34条 60日, or 本地规定 5个工作日; ``beside`` with what a local rule refers to."""
    length = clock.length + clock.extended_by
    unit = (
        _("%(n)s working days", n=length)
        if clock.counted_in is ClockUnit.WORKDAYS
        else _("%(n)s days", n=length)
    )
    under = article(clock.rule) if beside or not clock.rule.local else _("local rule")
    return f"{under} {unit}"


LOCAL = "本地规定"


def article(rule: ClockRule) -> str:
    """Under which article a deadline stands; a rule of the office's own says so, whatever else it refers to."""
    if not rule.local:
        return rule.article
    local, beside = _("local rule"), rule.article.strip()
    return f"{local}（{beside}）" if beside not in ("", LOCAL) else local


def due_badge(case: Case) -> Any:
    """The soonest duty of a case from its kept date (lists of cases)."""
    if case.due_on is None:
        return ""
    days = days_to(case.due_on) or 0
    return badge(in_words(days), tone(days))


def task(clock: Clock, state: State) -> str:
    """The step that is due: what the state asks for, or what the clock is about."""
    if clock.code in ("T3", "T1", "T1a"):
        return {
            State.REGISTERED: _("route"),
            State.TO_FORWARD: _("route"),
            State.TO_SIGN: _("sign for"),
            State.SIGNED: _("notify acceptance"),
        }.get(state, clock.rule.task)
    return clock.rule.task


def matter(case: Case) -> Markup:
    """Number and matter in brief, linked to the case page."""
    from flask import url_for

    return Markup('<a href="{}" class="cell-main">{}</a><small class="cell-sub">{}</small>').format(
        url_for("CaseView.show", pk=case.id), case.number, case.title
    )
