"""Views of a supervisor's own work, and the page of assigned cases without a supervisor (there must be none)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import g
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import row_buttons, shown
from app.cases.enums import OPEN, PartRole
from app.cases.models import Case, Part
from app.cases.step_view import StepView
from app.cases.step_views import CASE_FORMS, STEP_VIEWS
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.enums import badge
from app.core.views import RecordView
from app.organisation.models import Officer, Post
from app.supervision import desk
from app.supervision.ladder_models import SupervisionPlan
from app.supervision.ladder_steps import SupervisionContact, SupervisorNamed
from app.supervision.letter import supervisor_post


class SupervisionContactView(StepView):
    datamodel = DataModel(SupervisionContact)
    add_title = menu_label = _l("Record supervision")
    add_columns = ["method", "what", "next"]
    consequence = _l(
        "One of the seven methods; the unit reads the record. A planned visit counts as done by it."
    )


class SupervisorNamedView(StepView):
    datamodel = DataModel(SupervisorNamed)
    add_title = menu_label = _l("Name the supervisor")
    add_columns = ["supervisor", "reason"]
    remote = ("supervisor",)
    consequence = _l(
        "One supervisor until the case is closed; the new one takes over what waits to be checked."
    )

    def pick_filter(self, column: str, query: sa.Select[Any]) -> sa.Select[Any]:
        return query.join(Post, Post.id == Officer.post_id).where(
            Post.name == supervisor_post(), Officer.active
        )


class _Mine(BaseFilter):
    name = _l("Supervised by me")

    def apply(self, query: Any, value: Any) -> Any:
        return query.join(Case, Case.id == Part.case_id).filter(
            Part.role == PartRole.SUPERVISOR, Part.active, Part.officer_id == g.user.id, Case.state.in_(OPEN)
        )


def _waits(case: Case) -> Any:
    return desk.waits_for(case)[0]


def _by_when(case: Case) -> Any:
    clock = desk.waits_for(case)[1]
    return shown.deadline(clock) if clock is not None else ""


def _tone(case: Case) -> str:
    clock = desk.waits_for(case)[1]
    return shown.row_tone(shown.left(clock, moment.today())) if clock is not None else ""


_MINE = ("SupervisionContactView", "PlanEntryView")


def _last_records(parts: list[Part]) -> dict[int, Any]:
    days = desk.last_contacts([part.case for part in parts])
    return {part.id: days.get(part.case_id) or _("never") for part in parts}


class SupervisionDeskView(RecordView):
    """我的督办事项: what each of my matters waits for."""

    datamodel = DataModel(Part)
    route_base = "/mysupervision"
    list_title = _l("My supervised matters")
    list_hint = _l("What each one waits for, and since when nothing was recorded")
    page_size = 20
    base_permissions = ["can_list"]
    base_filters = [["id", _Mine, None]]
    label_columns = {
        "matter": _l("Number and matter"), "waits": _l("Waits for"),
        "deadline": _l("Deadline"), "seen": _l("Last record"), "todo": _l("To do"),
    }  # fmt: skip
    list_columns = ["matter", "waits", "deadline", "seen", "todo"]
    search_columns = ["active"]
    order_columns: list[str] = []
    base_order = ("case_id", "asc")
    eager = (
        "case.unit",
        "case.clocks.rule",
        "case.clocks.owner",
        "case.clocks.officer",
        "case.parts.officer.post",
    )
    together = {"seen": _last_records}
    computed = {
        "matter": lambda part: shown.matter(part.case),
        "waits": lambda part: _waits(part.case),
        "deadline": lambda part: _by_when(part.case),
        "todo": lambda part: row_buttons.row(
            part.case, [(view, {"case_id": part.case_id}) for view in _MINE]
        ),
        "row_tone": lambda part: _tone(part.case),
    }


class _Without(BaseFilter):
    name = _l("Without a supervisor")

    def apply(self, query: Any, value: Any) -> Any:
        return query.filter(desk.unsupervised())


class UnsupervisedView(RecordView):
    """无督办人的交办件: there must be none."""

    datamodel = DataModel(Case)
    route_base = "/unsupervised"
    list_title = _l("Assigned cases without a supervisor")
    list_hint = _l("There must be none: an assigned matter has a supervisor until it is closed (S002)")
    base_permissions = ["can_list"]
    base_filters = [["id", _Without, None]]
    label_columns = {"matter": _l("Number and matter"), "who": _l("Petitioner"), "due": _l("Next deadline")}
    list_columns = ["matter", "who", "unit", "due", "state"]
    search_columns = ["number", "title"]
    order_columns = ["number"]
    base_order = ("id", "asc")
    eager = ("unit",)
    computed = {
        "matter": shown.matter,
        "who": shown.who,
        "due": shown.due_badge,
        "row_tone": lambda case: "late",
    }


class PlanEntryView(StepView):
    """列入周计划: from the case page, by its supervisor."""

    datamodel = DataModel(SupervisionPlan)
    add_title = menu_label = _l("Put on the week's plan")
    add_columns = ["week", "method", "purpose"]
    consequence = _l("Any day of the week will do; it counts as done when the record is made in that week.")

    def prefill_add(self, form: Any) -> None:
        form.week.data = desk.monday(moment.today())

    def pre_add(self, item: SupervisionPlan) -> None:
        desk.plan(item, self.case, g.user, moment.today())


def _done(items: list[SupervisionPlan]) -> dict[int, Any]:
    days = desk.done_on(items)
    return {item.id: _done_badge(item, days.get(item.id)) for item in items}


def _done_badge(item: SupervisionPlan, day: dt.date | None) -> Any:
    if day is not None:
        return badge(_("done %(day)s", day=day), "green")
    over = moment.today() >= item.week + desk.WEEK
    return badge(_("not done") if over else _("planned"), "late" if over else "info")


class _MyPlan(BaseFilter):
    name = _l("My plan")

    def apply(self, query: Any, value: Any) -> Any:
        return query if desk_reads_all() else query.filter(SupervisionPlan.officer_id == g.user.id)


def desk_reads_all() -> bool:
    """The head of the office reads every supervisor's plan (S004: 周计划、周考核)."""
    from flask import current_app

    return bool(current_app.extensions["appbuilder"].sm.has_access("can_add", "SupervisorNamedView"))


class SupervisionPlanView(RecordView):
    """督查周计划: the week's plan and what became of it."""

    datamodel = DataModel(SupervisionPlan)
    route_base = "/supervisionplan"
    list_title = _l("Weekly plan of supervision")
    list_hint = _l("Put on it from the case page or from one's own matters; done by the record of that week")
    base_permissions = ["can_list"]
    base_filters = [["id", _MyPlan, None]]
    label_columns = {"matter": _l("Number and matter"), "done": _l("What became of the plan")}
    list_columns = ["week", "matter", "method", "purpose", "officer", "done"]
    search_columns = ["week", "method"]
    order_columns = ["week"]
    base_order = ("week", "desc")
    eager = ("case", "officer")
    computed = {"matter": lambda item: shown.matter(item.case)}
    together = {"done": _done}

    def cards(self) -> list[tuple[Any, Any, str, str]]:
        """This week's plan, and what was left undone the week before."""
        week = desk.monday(moment.today())
        counts = {when: self._counted(when) for when in (week, week - desk.WEEK)}
        planned, done = counts[week]
        left = counts[week - desk.WEEK][0] - counts[week - desk.WEEK][1]
        return [
            (planned, _("Planned this week"), "", ""),
            (done, _("Done of it"), "", ""),
            (left, _("Left undone last week"), "late" if left else "", ""),
        ]

    @staticmethod
    def _counted(week: dt.date) -> tuple[int, int]:
        query = sa.select(SupervisionPlan).where(SupervisionPlan.week == week)
        if not desk_reads_all():
            query = query.where(SupervisionPlan.officer_id == g.user.id)
        items = db.session.scalars(query).all()
        return len(items), len(desk.done_on(items))


STEP_VIEWS |= {"supervision_contact": SupervisionContactView, "supervisor_named": SupervisorNamedView}
CASE_FORMS.append((PlanEntryView, lambda case, today: g.user in desk.supervisors(case)))
