"""Views of reception days: the calendar, the week's visits, receptions with Friday's list, and a leader's own page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response
from wtforms import validators

from app.cases import clocks, row_buttons, shown
from app.cases.enums import Channel, MatterKind
from app.cases.models import Case
from app.cases.step_view import Seen, StepView
from app.cases.step_views import CASE_FORMS, STEP_VIEWS
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.enums import badge
from app.core.errors import Refusal
from app.core.views import BaseView, RecordView
from app.documents.views import pdf_link
from app.packages import instructions
from app.packages.views import _LeaderStep
from app.reception import calendar, operations, steps
from app.reception.models import (
    FridayList,
    Reception,
    ReceptionState,
)

R = ReceptionState


def permitted(permission: str, view: str) -> bool:
    return bool(current_app.extensions["appbuilder"].sm.has_access(permission, view))


# ---- the week's visits and the list ------------------------------------------------------------------


class _ThisWeek(BaseFilter):
    name = _l("Came on this week's reception days")

    def apply(self, query: Any, value: Any) -> Any:
        first, last = calendar.reception_week(moment.today())
        came = Case.registered_at.between(
            dt.datetime.combine(first, dt.time()), dt.datetime.combine(last, dt.time.max)
        )
        return query.filter(came, Case.channel == Channel.VISIT, Case.kind != MatterKind.ACCUSATION)


def _forwarded(case: Case) -> Any:
    if "under_way" not in g:
        g.under_way = operations.under_way()
    reception = g.under_way.get(case.id)
    return reception.state if reception is not None else badge(_("not put forward"), "mute")


class WeekVisitView(RecordView):
    """本周来访: Tuesday to Thursday, to be sorted before Friday's list."""

    datamodel = DataModel(Case)
    route_base = "/weekvisits"
    list_title = _l("Visits of this week")
    list_hint = _l("Tuesday to Thursday; on Friday what leaders should hear is submitted")
    base_permissions = ["can_list"]
    base_filters = [["id", _ThisWeek, None]]
    label_columns = {
        "matter": _l("Number and matter"),
        "who": _l("Petitioner"),
        "forward": _l("Friday's list"),
    }
    list_columns = ["matter", "who", "category", "unit", "registered_at", "state", "forward"]
    search_columns = ["number", "title"]
    order_columns = ["number", "registered_at"]
    base_order = ("id", "asc")
    eager = ("category", "unit")
    computed = {"matter": shown.matter, "who": shown.who, "forward": _forwarded}


def _possible(case: Case) -> bool:
    try:
        operations.why_not_forward(case)
    except Refusal:
        return False
    return True


class ReceptionForwardView(StepView):
    """列入呈报: a case for Friday's list; no step of the case yet."""

    datamodel = DataModel(Reception)
    add_title = menu_label = _l("Put on Friday's list")
    add_columns = ["why", "history"]
    validators_columns = {"why": [validators.InputRequired()]}
    consequence = _l("On Friday the office submits the list to the leaders; then it is arranged.")

    def why_not(self) -> str:
        try:
            operations.why_not_forward(self.case)
        except Refusal as refusal:
            return str(refusal)
        return ""

    def pre_add(self, reception: Reception) -> None:
        operations.put_forward(self.case, reception, g.user, moment.now())


_FORMS: dict[ReceptionState, tuple[tuple[str, str], ...]] = {
    R.LISTED: (("ReceptionWithdrawalView", "edit"),),
    R.SUBMITTED: (("ReceptionArrangedView", "add"), ("ReceptionWithdrawalView", "edit")),
    R.ARRANGED: (
        ("ReceptionOpinionView", "add"),
        ("ReceptionLettersView", "add"),
        ("ReceptionArrangedView", "add"),
        ("ReceptionCalledOffView", "add"),
    ),
    R.INVITED: (
        ("ReceptionHeldView", "add"),
        ("ReceptionArrangedView", "add"),
        ("ReceptionCalledOffView", "add"),
    ),
    R.HELD: (("ReceptionNoticeView", "add"), ("InstructionAnswerView", "add")),
    R.NOTICED: (("InstructionAnswerView", "add"),),
    R.REPORTED: (("ReceptionClosingView", "add"), ("ReceptionNoticeView", "add")),
}


def todo(reception: Reception) -> Any:
    prepared = reception.state is not R.ARRANGED or _given(reception)
    return row_buttons.row(
        reception.case,
        [
            (name, {"pk": reception.id} if verb == "edit" else {"case_id": reception.case_id})
            for name, verb in _FORMS.get(reception.state, ())
            if prepared or name != "ReceptionLettersView"
        ],
        {} if reception.state is R.SUBMITTED else {"ReceptionArrangedView": _("Arrange it anew")},
    )


def meets(reception: Reception) -> Any:
    if reception.meets_on is None:
        return ""
    return Markup('{}<small class="cell-sub">{} {}</small>').format(
        reception.meets_on, reception.hours, reception.place
    )


def prepared(reception: Reception) -> Any:
    """Whether the unit gave its preliminary opinion."""
    if reception.meets_on is None:
        return ""
    return badge(_("given"), "green") if _given(reception) else badge(_("missing"), "warn")


def _given(reception: Reception) -> bool:
    """Read for all receptions at once, once a page."""
    if "prepared" not in g:
        g.prepared = operations.prepared()
    return reception.id in g.prepared


class ReceptionView(RecordView):
    """领导接访: every reception within reach, from putting forward to striking off."""

    datamodel = DataModel(Reception)
    route_base = "/receptions"
    list_title = _l("Leaders' receptions")
    show_title = _l("Leader's reception")
    list_template = "reception/receptions.html"
    base_permissions = ["can_list", "can_show", "can_friday", "can_sign"]
    label_columns = {
        "matter": _l("Number and matter"), "meets": _l("Reception on"), "prepared": _l("Preliminary opinion"),
        "todo": _l("To do"), "list": _l("Friday's list"),
    }  # fmt: skip
    list_columns = ["matter", "why", "leader", "meets", "prepared", "state", "todo"]
    show_fieldsets = [
        (_l("Reception"), {"fields": ["state", "todo", "matter", "why", "history", "leader", "visit", "meets",
                                      "prepared"]}),
        (_l("Course of handling"), {"fields": ["listed_at", "listed_by", "list", "ended_why"]}),
    ]  # fmt: skip
    search_columns = ["state", "why", "meets_on", "visit"]
    order_columns = ["meets_on"]
    base_order = ("id", "desc")
    eager = ("case.unit", "case.clocks.owner", "leader", "friday.document", "listed_by")
    computed = {
        "matter": lambda reception: shown.matter(reception.case), "meets": meets, "todo": todo, "prepared": prepared,
        "list": lambda reception: list_link(reception.friday) if reception.friday is not None else "",
    }  # fmt: skip

    def friday_form(self) -> int | None:
        """How many are put forward, for who draws the list up or signs it; None for the others."""
        if not (self.may_draw_up() or self.may_sign()):
            return None
        return (
            db.session.scalar(sa.select(sa.func.count(Reception.id)).where(Reception.state == R.LISTED)) or 0
        )

    def lists(self) -> list[FridayList]:
        """The latest lists, for the office."""
        query = sa.select(FridayList).options(joinedload(FridayList.document)).order_by(FridayList.id.desc())
        return list(db.session.scalars(query.limit(5)))

    def drafted(self) -> Any:
        return operations.drafted_list()

    def may_draw_up(self) -> bool:
        return permitted("can_friday", "ReceptionView")

    def may_sign(self) -> bool:
        return permitted("can_sign", "ReceptionView")

    @expose("/friday", methods=["POST"])
    @has_access
    def friday(self) -> Response:
        """拟周五呈报表: one click; for the head to sign."""
        try:
            operations.draw_up_list(g.user, moment.now())
            db.session.commit()
            flash(_("The list is drawn up; the head of the office signs it."), "success")
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        return redirect(url_for("ReceptionView.list"))

    @expose("/sign", methods=["POST"])
    @has_access
    def sign(self) -> Response:
        """周五呈报: signed as it was read, and laid before the leaders."""
        try:
            draft = operations.drafted_list()
            if draft is not None and request.form.get("seen", "") != f"{draft.id} {draft.drafted_at}":
                raise Refusal(_l("What you read was changed meanwhile: open the form again and read it."))
            made = operations.friday_list(g.user, moment.now())
            db.session.commit()
            flash(_("%(number)s: %(count)s matters are submitted.", number=made.document.number, count=made.count),
                  "success")  # fmt: skip
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        return redirect(url_for("ReceptionView.list"))


def list_link(friday: FridayList) -> Any:
    if not permitted("can_pdf", "DocumentView"):
        return friday.document.number
    return Markup("{} {}").format(friday.document.number, pdf_link(friday.document_id, "PDF"))


class ReceptionWithdrawalView(BaseView):
    """不再安排: put forward, and not needed any more, or not arranged by the leaders."""

    datamodel = DataModel(Reception)
    base_permissions = ["can_edit"]
    edit_title = menu_label = _l("Arrange no reception")
    list_columns = show_columns = ["id"]
    add_columns: list[str] = []
    edit_columns = ["ended_why"]
    validators_columns = {"ended_why": [validators.InputRequired()]}

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        reception = self.datamodel.get(pk)
        if reception is None:
            abort(404)
        widgets = self._edit(pk)
        if not widgets:
            return redirect(url_for("ReceptionView.list"))
        return self.render_template(self.edit_template, title=self.edit_title, widgets=widgets)

    def pre_update(self, reception: Reception) -> None:
        operations.withdraw(reception, reception.ended_why)


# ---- the steps ---------------------------------------------------------------------------------------


class ReceptionArrangedView(_LeaderStep):
    datamodel = DataModel(steps.ReceptionArranged)
    add_title = menu_label = _l("Arrange the reception")
    add_columns = ["leader", "visit", "meets_on", "hours", "place", "heads", "materials"]
    remote = ("leader",)
    consequence = _l(
        "The leader sees the case; the unit owes its preliminary opinion before anybody is invited."
    )

    def prefill_add(self, form: Any) -> None:
        day = calendar.next_reception(moment.today())
        if day is not None:
            form.meets_on.data, form.hours.data, form.place.data = day.day, day.hours, day.place
            form.visit.data, form.leader.data = day.visit, day.leader

    def pre_add(self, step: steps.ReceptionArranged) -> None:
        operations.arrange(self.case, step, g.user, moment.now())


class ReceptionOpinionView(StepView):
    datamodel = DataModel(steps.ReceptionOpinion)
    add_title = menu_label = _l("Give the preliminary opinion")
    add_columns = ["facts", "opinion"]
    consequence = _l("The leader reads it before the reception; without it nobody is invited.")

    def pre_add(self, step: steps.ReceptionOpinion) -> None:
        operations.prepare(self.case, step, g.user, moment.now())


class ReceptionLettersView(Seen, StepView):
    datamodel = DataModel(steps.ReceptionLetters)
    add_title = menu_label = _l("Issue the letters of reception")
    add_columns = ["note", "seen"]
    save_label = _l("Sign")
    consequence = _l(
        "Petitioner, unit and leader are told together: three letters, numbered and signed at once."
    )

    def shown(self) -> str:
        reception = operations.running(self.case)
        given = operations.opinion_of(reception) if reception is not None else None
        return str(given.id) if given is not None else ""

    def decide(self, step: steps.ReceptionLetters) -> None:
        operations.invite(self.case, step, g.user, moment.now())


class ReceptionCalledOffView(StepView):
    datamodel = DataModel(steps.ReceptionCalledOff)
    add_title = menu_label = _l("Call the reception off")
    add_columns = ["reason"]
    consequence = _l(
        "Leader and unit read it on the case; letters that went out are voided. Tell the petitioner."
    )

    def pre_add(self, step: steps.ReceptionCalledOff) -> None:
        operations.call_off(self.case, step, g.user, moment.now())


class ReceptionHeldView(StepView):
    datamodel = DataModel(steps.ReceptionHeld)
    add_title = menu_label = _l("Record the reception")
    add_columns = ["came", "present", "record", "instruction", "days"]
    consequence = _l("With the leader's instruction the unit's time to report back begins.")

    def prefill_add(self, form: Any) -> None:
        form.came.data, form.days.data = True, clocks.rule(instructions.TERM).length
        reception = operations.running(self.case)
        if reception is not None:
            form.present.data = f"{shown.who(self.case)}；{reception.leader}；{self.case.unit}；{g.user}"

    def pre_add(self, step: steps.ReceptionHeld) -> None:
        operations.hold(self.case, step, g.user, moment.now())


class ReceptionNoticeView(StepView):
    datamodel = DataModel(steps.ReceptionNotice)
    add_title = menu_label = _l("Issue the supervision notice")
    add_columns = ["note"]
    save_label = _l("Sign")
    consequence = _l("The fourth letter carries the leader's instruction to the unit, with its day.")

    def pre_add(self, step: steps.ReceptionNotice) -> None:
        operations.notice(self.case, step, g.user, moment.now())


class ReceptionClosingView(StepView):
    datamodel = DataModel(steps.ReceptionClosing)
    add_title = menu_label = _l("Strike the reception off")
    add_columns = ["petitioner", "evidence", "leader", "unit_says", "note"]
    consequence = _l("Three sides are asked; the petitioner's word is their own and needs its evidence.")

    def pre_add(self, step: steps.ReceptionClosing) -> None:
        operations.close(self.case, step, g.user, moment.now())


STEP_VIEWS |= {
    "reception_arranged": ReceptionArrangedView, "reception_opinion": ReceptionOpinionView,
    "reception_letters": ReceptionLettersView, "reception_called_off": ReceptionCalledOffView,
    "reception_held": ReceptionHeldView, "reception_notice": ReceptionNoticeView,
    "reception_closing": ReceptionClosingView,
}  # fmt: skip
CASE_FORMS.append((ReceptionForwardView, lambda case, today: _possible(case)))
