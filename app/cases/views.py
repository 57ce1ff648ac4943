"""Views of the cases room: the queue, all cases, the registration form, rules and clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder import action, expose, has_access, permission_name
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_appbuilder.urltools import get_filter_args, get_order_args
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, TextAreaField, validators

from app.cases import clocks, operations, shown, timeline
from app.cases.enums import MatterKind, State
from app.cases.models import Case, Category, Clock, ClockRule, RoutingRule
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import current_reach
from app.core.views import BaseView, RecordView
from app.documents import jobs
from app.documents.job_views import printing_page


def mine(query: Any) -> Any:
    """Clocks that I or my units owe: the queue. Convenience, not safety: the scope is below."""
    reach = current_reach()
    units = set(reach.units if reach else ()) | ({g.user.unit_id} if g.user.unit_id else set())
    running = Clock.stopped_on.is_(None)  # said in each branch, so that SQLite finds the index of each
    return query.execution_options(searching=False).filter(  # few rows are left: see scope.SEARCHING
        Clock.duty,
        sa.or_(
            sa.and_(running, Clock.officer_id == g.user.id),
            sa.and_(running, Clock.officer_id.is_(None), Clock.unit_id.in_(units)),
        ),
    )


def queue_count() -> tuple[int, str]:
    """What the menu shows beside the queue: how much is owed, red when anything is late."""
    late = sa.func.sum(sa.case((Clock.due_legal < moment.today(), 1), else_=0))
    count, overdue = mine(db.session.query(sa.func.count(Clock.id), late)).one()
    return int(count or 0), "late" if overdue else ""


class OwedByMe(BaseFilter):
    name = _l("Owed by my unit")

    def apply(self, query: Any, value: Any) -> Any:
        return mine(query)


class QueueView(RecordView):
    """本单位待办: what my unit owes, soonest first, each with its clock and the step that is due."""

    datamodel = DataModel(Clock)
    route_base = "/queue"
    list_title = _l("My unit's queue")
    list_hint = _l("Soonest deadline first")
    base_permissions = ["can_list"]
    base_filters = [["id", OwedByMe, None]]
    base_order = ("due_legal", "asc")
    label_columns = {
        "matter": _l("Number and matter"), "who": _l("Petitioner"), "category": _l("Category"),
        "task": _l("Next step"), "deadline": _l("Deadline"), "state": _l("State"), "code": _l("Kind of deadline"),
    }  # fmt: skip
    list_columns = ["matter", "who", "category", "task", "deadline", "state"]
    search_columns = ["code", "due_legal"]
    eager = ("case.category", "rule")
    computed = {
        "matter": lambda clock: shown.matter(clock.case),
        "who": lambda clock: shown.who(clock.case),
        "category": lambda clock: clock.case.category.name,
        "task": lambda clock: shown.task(clock, clock.case.state),
        "deadline": shown.deadline,
        "state": lambda clock: clock.case.state,
        "row_tone": lambda clock: shown.row_tone(shown.left(clock, moment.today())),
    }

    def cards(self) -> list[tuple[Any, Any, str, str]]:
        today = moment.today()
        late = sa.func.sum(sa.case((Clock.due_legal < today, 1), else_=0))
        near = sa.func.sum(
            sa.case(
                (Clock.due_legal.between(today, clocks.calendar().add_days(today, shown.near())), 1), else_=0
            )
        )
        to_sign = sa.func.sum(sa.case((Case.state == State.TO_SIGN, 1), else_=0))
        handled = sa.func.sum(sa.case((Case.state == State.HANDLING, 1), else_=0))
        query = mine(db.session.query(late, near, to_sign, handled).select_from(Clock).join(Clock.case))
        values = [int(value or 0) for value in query.one()]
        labels = (_("Late"), _("Due within three days"), _("To be signed for"), _("Being handled"))
        tones = ("late" if values[0] else "", "", "", "")
        return [(value, label, tone, "") for value, label, tone in zip(values, labels, tones, strict=True)]


class CaseView(RecordView):
    """全部事项: every case within reach; the case page tells the whole story."""

    datamodel = DataModel(Case)
    route_base = "/cases"
    list_title = _l("All cases")
    show_title = _l("Case")
    show_template = "cases/case.html"
    base_permissions = ["can_list", "can_show"]
    label_columns = {
        "matter": _l("Number and matter"), "who": _l("Petitioner"), "due": _l("Next deadline")
    }  # fmt: skip
    list_columns = ["matter", "who", "category", "unit", "due", "state"]
    list_template = "cases/cases.html"
    show_columns = ["number"]
    search_columns = [
        "number", "title", "petitioner_name", "state", "channel", "purpose", "kind", "place", "first_time"
    ]  # fmt: skip
    order_columns = ["number", "registered_at", "due_on"]
    base_order = ("id", "desc")
    eager = ("category", "unit")
    computed = {
        "matter": shown.matter,
        "who": shown.who,
        "due": shown.due_badge,
        "row_tone": lambda case: shown.row_tone(shown.days_to(case.due_on)),
    }

    @action("print_papers", _l("Print their papers"), "", "fa-print", single=False)
    def print_papers(self, cases: list[Case]) -> Any:
        """The ticked rows, as far as a page of the list goes; all that a filter leaves: PrintJobView.matching."""
        return printing_page([case.number for case in cases])

    def matching(self, most: int) -> list[str]:
        """The numbers of the cases that the address's filter leaves, in the list's order."""
        get_filter_args(self._filters)
        asked = get_order_args().get(type(self).__name__, ("", ""))
        column, direction = asked if asked[0] in self.order_columns else self.base_order
        filters = self._filters.get_joined_filters(self._base_filters)
        _count, cases = self.datamodel.query(filters, column, direction, page=0, page_size=most)
        return [case.number for case in cases]

    @expose("/search")
    @has_access
    @permission_name("list")
    def search(self) -> Response:
        """The box in the top bar: a number opens its case, a name or words filter the list."""
        words = request.args.get("q", "").strip()[:60]
        if not words:
            return redirect(url_for("CaseView.list"))
        found = db.session.scalars(sa.select(Case.id).where(Case.number == words.upper())).first()
        if found is not None:
            return redirect(url_for("CaseView.show", pk=found))
        named = db.session.scalars(sa.select(Case.id).where(Case.petitioner_name == words).limit(1)).first()
        filters: dict[str, Any] = {"_flt_3_petitioner_name": words} if named else {"_flt_2_title": words}
        return redirect(url_for("CaseView.list", **filters))

    @expose("/show/<int:pk>", methods=["GET"])
    @has_access
    def show(self, pk: int) -> Any:
        case = self.datamodel.get(pk)
        if case is None:
            abort(404)
        self.update_redirect()
        return self.render_template(
            self.show_template,
            title=f"{case.number}　{case.title}",
            case=case,
            **timeline.page(case, moment.today()),
        )


def _matching(most: int) -> list[str]:
    view = next(one for one in current_app.extensions["appbuilder"].baseviews if isinstance(one, CaseView))
    return view.matching(most)


jobs.MATCHING.append(_matching)
BEFORE_REGISTERING: list[Callable[[Case], list[Any]]] = []
"""Rooms above say what should be looked at before a petition is saved, a line each; nothing where all is clear."""


class RegistrationView(BaseView):
    """登记: the form refuses what the regulation refuses (art. 19, 20), beside the field."""

    datamodel = DataModel(Case)
    route_base = "/registration"
    add_title = menu_label = _l("Register a petition")
    base_permissions = ["can_add"]
    save_label = _l("Register the petition")
    default_view = "add"
    label_columns = {"representatives_text": _l("Representatives")}
    list_columns = show_columns = ["number"]
    edit_columns: list[str] = []
    add_fieldsets: list[Any] = [
        (_l("Petitioner"), {"fields": ["petitioner_name", "petitioner_type", "id_number", "phone", "address"]}),
        (_l("People"), {"fields": ["people_count", "involved_count", "representatives_text", "companions"]}),
        (_l("Matter"), {"fields": ["channel", "national", "purpose", "category", "place", "title", "request", "facts",
                                   "first_time", "window"]}),
        (_l("Who is complained of"), {"fields": ["accused", "accused_unit"], "expanded": False}),
        (_l("Compared"), {"fields": ["compared"]}),
    ]  # fmt: skip
    add_columns = [name for _title, part in add_fieldsets for name in part["fields"]]
    remote = ("category", "accused_unit")
    add_form_extra_fields = {
        "representatives_text": TextAreaField(
            _l("Representatives"), [validators.Optional()],
            description=_l("One name a line; at most five (art. 20)"), render_kw={"rows": 3},
        ),
        "compared": BooleanField(
            _l("Compared"), description=_l("I have compared them; this petition is registered as a case of its own")
        ),
    }  # fmt: skip
    add_template = "cases/registration.html"

    def prefill_add(self, form: Any) -> None:
        form.people_count.data = 1
        form.first_time.data = True

    def _get_add_widget(self, form: Any, exclude_cols: Any = None, widgets: Any = None) -> Any:
        asked = [] if g.get("look_first") else ["compared"]  # asked only where there is something to compare
        return super()._get_add_widget(form, [*(exclude_cols or []), *asked], widgets)

    def pre_add(self, case: Case) -> None:
        self._look_first(case)
        names = [line.strip() for line in (case.representatives_text or "").splitlines() if line.strip()]
        operations.register(case, names, g.user, moment.now())

    def _look_first(self, case: Case) -> None:
        operations.check_content(case, moment.today())
        with db.session.no_autoflush:
            g.look_first = [line for look in BEFORE_REGISTERING for line in look(case)]
        if g.look_first and not case.compared:
            raise Refusal(
                _l("Compare the earlier cases shown above, then tick here and save again."), "compared"
            )

    def post_add(self, case: Case) -> None:
        g.registered = (case.id, case.kind, case.number, case.query_code)

    def post_add_redirect(self) -> Response:
        case_id, kind, number, code = g.registered
        if kind is MatterKind.ACCUSATION:
            flash(
                _("%(number)s has gone to the keeper of accusations and is not visible here. Query code: %(code)s",
                  number=number, code=code), "info",
            )  # fmt: skip
            return redirect(url_for("RegistrationView.add"))
        if self.datamodel.get(case_id) is None:
            flash(
                _("%(number)s is about your own unit and waits at another desk (art. 28). Query code: %(code)s",
                  number=number, code=code), "info",
            )  # fmt: skip
            return redirect(url_for("RegistrationView.add"))
        return redirect(url_for("CaseView.show", pk=case_id))


class CategoryView(BaseView):
    datamodel = DataModel(Category)
    list_title = _l("Categories")
    show_title = add_title = edit_title = _l("Category")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = ["code", "full_name", "local", "active"]
    show_columns = add_columns = edit_columns = ["code", "name", "parent", "local", "active"]
    search_columns = ["code", "full_name", "local", "active"]
    order_columns = ["code"]
    base_order = ("code", "asc")
    remote = ("parent",)


class RoutingRuleView(BaseView):
    datamodel = DataModel(RoutingRule)
    list_title = _l("Routing rules")
    show_title = add_title = edit_title = _l("Routing rule")
    list_columns = [
        "rank",
        "name",
        "category",
        "place",
        "purpose",
        "unit",
        "room",
        "active",
    ]
    show_columns = add_columns = edit_columns = list_columns
    search_columns = ["name", "place", "active"]
    order_columns = ["rank", "name"]
    base_order = ("rank", "asc")
    eager = ("category", "unit", "room")
    remote = ("category", "unit", "room")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]


class ClockRuleView(BaseView):
    datamodel = DataModel(ClockRule)
    list_title = _l("Deadlines")
    show_title = edit_title = _l("Deadline")
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_columns = [
        "code",
        "name",
        "length",
        "unit",
        "article",
        "starts",
        "ends",
        "local",
    ]
    show_columns = [
        "code", "name", "length", "unit", "article", "starts", "ends", "task", "duty", "local"
    ]  # fmt: skip
    edit_columns = ["name", "length", "article", "starts", "ends", "task", "local"]
    search_columns = ["code", "name", "local"]
    base_order = ("code", "asc")
