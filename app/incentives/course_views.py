"""Views of objections, points entered by hand, and what follows from months among the last."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import action, expose, has_access, permission_name
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, TextAreaField, validators

from app.cases.models import Case
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView, RecordView
from app.documents.models import DocumentState
from app.incentives import consequences, course, entries, operations, workbook
from app.incentives.enums import ConsequenceState, NoticeState, ObjectionState
from app.incentives.models import Notice
from app.incentives.models_course import Consequence, NoticeObjection
from app.incentives.models_scores import ManualEntry
from app.incentives.views import file_answer, may, paper_answer

C = ConsequenceState


def _row(model: type[Any], pk: int | str) -> Any:
    """Through the scope; None where it is not there. FAB hands its templates the key as it stood in the address."""
    return db.session.scalars(sa.select(model).where(model.id == int(pk))).first()


class NoticeObjectionView(BaseView):
    """申诉: what units say against a draft, and what was decided on it."""

    datamodel = DataModel(NoticeObjection)
    list_title = _l("Objections to notices")
    show_title = _l("Objection to a notice")
    add_title = _l("Object to a figure")
    base_permissions = ["can_list", "can_show", "can_add"]
    show_template = "incentives/objection.html"
    list_columns = ["notice", "unit", "indicator", "reason", "raised_at", "late", "state"]
    show_columns = [
        "notice",
        "unit",
        "indicator",
        "case",
        "reason",
        "raised_by",
        "raised_at",
        "late",
        "state",
        "ruling",
        "decided_by",
        "decided_at",
    ]
    add_columns = ["indicator", "case_number", "reason"]
    add_form_extra_fields = {
        "indicator": SelectField(
            _l("Figure"), [validators.InputRequired()], choices=[], validate_choice=False
        ),
        "case_number": StringField(
            _l("Case that should not count"),
            [validators.Optional(), validators.Length(max=30)],
            description=_l("Its number; empty: the records were wrong and have been put right"),
        ),
        "reason": TextAreaField(
            _l("What is wrong, and why"), [validators.InputRequired()], render_kw={"rows": 5}
        ),
    }
    search_columns = ["state", "indicator"]
    base_order = ("id", "desc")
    eager = ("notice", "unit")
    computed = {"row_tone": lambda row: "warn" if row.state is ObjectionState.RAISED else ""}

    @expose("/add/<int:pk>", methods=["GET", "POST"])
    @has_access
    def add(self, pk: int) -> Any:
        """The notice stands in the address; a unit objects to its own figures only."""
        self.notice = _row(Notice, pk)
        if self.notice is None or self.notice.state is NoticeState.DRAFT:
            abort(404)
        if g.user.unit is None:
            abort(403)
        widgets = self._add()
        if not widgets:
            return redirect(url_for("NoticeView.show", pk=pk))
        return self.render_template(self.add_template, title=self.add_title, widgets=widgets)

    @property
    def notice(self) -> Notice | None:
        return g.get("objected_notice")

    @notice.setter
    def notice(self, notice: Notice | None) -> None:
        g.objected_notice = notice

    def _get_add_widget(self, form: Any, exclude_cols: Any = None, widgets: Any = None) -> Any:
        assert self.notice is not None
        form.indicator.choices = [
            (one["code"], one["name"]) for one in self.notice.indicators if one["side"] == "UNIT"
        ]
        if request.method == "GET" and request.args.get("indicator"):
            form.indicator.data = request.args["indicator"]
        return super()._get_add_widget(form, exclude_cols, widgets)

    def _commit(self, form: Any, item: Any, before: Any, write: Any) -> bool:
        """The verb makes the row: nothing is filled by the form itself."""
        try:
            assert self.notice is not None
            case = self._case(form.case_number.data)
            course.object_to(
                self.notice, g.user.unit, form.indicator.data, case, form.reason.data, g.user, moment.now()
            )
            db.session.commit()
            return True
        except Refusal as refusal:
            db.session.rollback()
            self._say(form, refusal)
            return False

    @staticmethod
    def _case(number: str | None) -> Case | None:
        """The case by its number, through the scope: whoever does not see it cannot name it."""
        if not (number or "").strip():
            return None
        case = db.session.scalars(sa.select(Case).where(Case.number == str(number).strip())).first()
        if case is None:
            raise Refusal(_l("There is no such case within your reach."), "case_number")
        return case


class _Decision(BaseView):
    """A form that decides on one row by a verb; the row was fetched through the scope. Subclasses say which."""

    base_permissions = ["can_edit"]
    list_columns = show_columns = ["id"]
    add_columns: list[str] = []
    back = ""

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        row = self.datamodel.get(pk)
        if row is None:
            abort(404)
        if why := self.why_not(row):
            flash(str(why), "warning")
            return redirect(url_for(self.back, pk=row.id))
        widgets = self._edit(pk)
        if not widgets:
            return redirect(url_for(self.back, pk=pk))
        return self.render_template(self.edit_template, title=self.edit_title, widgets=widgets)

    def why_not(self, row: Any) -> Any:
        """Why there is nothing to decide; empty when there is."""
        return ""


class NoticeRulingView(_Decision):
    """裁定申诉: upheld or not, with reasons; what is upheld is put right in the draft."""

    datamodel = DataModel(NoticeObjection)
    list_title = edit_title = _l("Decide on an objection")
    back = "NoticeObjectionView.show"
    edit_columns = ["upheld", "ruling"]
    edit_form_extra_fields = {
        "upheld": BooleanField(
            _l("Upheld"), description=_l("The named case no longer counts, and the draft is computed again")
        ),
        "ruling": TextAreaField(
            _l("Decision and reasons"), [validators.InputRequired()], render_kw={"rows": 4}
        ),
    }
    save_label = _l("Decide")

    def why_not(self, row: NoticeObjection) -> Any:
        return "" if row.state is ObjectionState.RAISED else _("This objection was decided in the meantime.")

    def pre_update(self, row: NoticeObjection) -> None:
        course.decide(row, bool(row.__dict__.pop("upheld", False)), row.ruling, g.user, moment.now())


class ManualEntryView(BaseView):
    """Points by hand; they count when a second person has confirmed them."""

    datamodel = DataModel(ManualEntry)
    list_title = _l("Points entered by hand")
    show_title = _l("Points entered by hand")
    add_title = _l("Enter points")
    base_permissions = ["can_list", "can_show", "can_add"]
    list_columns = [
        "month",
        "unit",
        "item",
        "points",
        "reason",
        "evidence",
        "entered_by",
        "state",
        "decided_by",
    ]
    show_columns = [*list_columns, "entered_at", "decided_at"]
    add_columns = ["month", "unit", "item", "points", "reason", "evidence"]
    search_columns = ["month", "state"]
    order_columns = ["month"]
    base_order = ("id", "desc")
    remote = ("unit",)
    eager = ("unit", "item", "entered_by", "decided_by")

    def pre_add(self, entry: ManualEntry) -> None:
        entries.enter(entry, g.user, moment.now())

    @action("confirm_entry", _l("Confirm"), _l("You have seen the evidence?"), "fa-check", multiple=False)
    def confirm_entry(self, entry: ManualEntry) -> Response:
        return self._decide(entry, True)

    @action("refuse_entry", _l("Refuse"), _l("Refuse these points?"), "fa-times", multiple=False)
    def refuse_entry(self, entry: ManualEntry) -> Response:
        return self._decide(entry, False)

    def _decide(self, entry: ManualEntry, confirmed: bool) -> Response:
        entries.decide(entry, confirmed, g.user, moment.now())
        db.session.commit()
        flash(_("Confirmed.") if confirmed else _("Refused."), "success")
        return redirect(url_for("ManualEntryView.show", pk=entry.id))


class IssuedOrMine(BaseFilter):
    """A proposal is seen by those who decide on it; what was issued by all who read notices, as the notice is."""

    name = _l("Issued, or I decide on it")

    def apply(self, query: Any, value: Any) -> Any:
        rights = (
            ("can_edit", "ConsequenceDraftView"),
            ("can_edit", "ConsequenceRulingView"),
            ("open_notice", "NoticeView"),
            ("publish_notice", "NoticeView"),
        )
        if any(may(*right) for right in rights):
            return query
        return query.filter(
            Consequence.state.not_in((C.PROPOSED, C.DISMISSED)), Consequence.unit_id == g.user.unit_id
        )


class ConsequenceView(RecordView):
    """What follows from months among the last: proposed, decided, answered, approved."""

    datamodel = DataModel(Consequence)
    list_title = _l("Rectification and self-criticism")
    show_title = _l("Consequence of the notices")
    show_template = "incentives/consequence.html"
    base_filters = [["id", IssuedOrMine, None]]
    list_columns = ["month", "unit", "kind", "state", "due_on", "decided_by", "approved_by", "deduction"]
    show_columns = [
        "unit",
        "kind",
        "month",
        "course",
        "state",
        "problem",
        "demand",
        "due_on",
        "paper",
        "decided_by",
        "decided_at",
        "dismiss_reason",
        "lifted_by",
        "cause",
        "measures",
        "answered_by",
        "answered_at",
        "opinion",
        "approved_by",
        "approved_at",
        "deduction",
    ]
    label_columns = {"course": _l("Months running"), "paper": _l("Number and PDF")}
    computed = {
        "course": lambda row: consequences.in_words(row.run),
        "paper": lambda row: _paper_link(row),
        "row_tone": lambda row: "warn" if row.state in (C.PROPOSED, C.ANSWERED) else "",
    }
    search_columns = ["month", "kind", "state"]
    order_columns = ["month"]
    base_order = ("id", "desc")
    eager = ("unit", "decided_by", "approved_by", "document")

    def list_links(self) -> list[tuple[Any, str]]:
        return [("Excel", url_for("ConsequenceView.excel"))]

    @expose("/excel", methods=["GET"])
    @has_access
    @permission_name("list")
    def excel(self) -> Response:
        """What the reader sees on the list."""
        query = IssuedOrMine("id", self.datamodel).apply(db.session.query(Consequence), None)
        rows = query.order_by(Consequence.month, Consequence.id).all()
        return file_answer(workbook.of_consequences(rows), "限期整改和书面检查.xlsx", workbook.MIME)

    @expose("/pdf/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def pdf(self, pk: int) -> Response:
        row = self.datamodel.get(pk, self._base_filters)
        if row is None:
            abort(404)
        return paper_answer(row)

    @action(
        "issue_consequence",
        _l("Sign and issue"),
        _l("It goes out with your name. Sign?"),
        "fa-gavel",
        multiple=False,
    )
    def issue_consequence(self, row: Consequence) -> Response:
        consequences.issue(row, g.user, moment.now())
        db.session.commit()
        flash(_("Issued; the unit owes its answer."), "success")
        return redirect(url_for("ConsequenceView.show", pk=row.id))


def _paper_link(row: Consequence) -> Any:
    document = operations.paper_of(row)
    if document is None:
        return ""
    words = document.number if document.state is not DocumentState.DRAFT else _("draft")
    return Markup('<a class="badge badge-info" href="{}" target="_blank" rel="noopener">{}</a>').format(
        url_for("ConsequenceView.pdf", pk=row.id), words
    )


class _OfConsequence(_Decision):
    datamodel = DataModel(Consequence)
    back = "ConsequenceView.show"
    states: tuple[C, ...] = ()

    def why_not(self, row: Consequence) -> Any:
        return "" if row.state in self.states else _("This was decided in the meantime.")


class ConsequenceDraftView(_OfConsequence):
    list_title = edit_title = _l("Draft the letter")
    edit_columns = ["problem", "demand", "due_on"]
    states = (C.PROPOSED,)
    save_label = _l("Save the draft")

    def pre_update(self, row: Consequence) -> None:
        consequences.draft(row, row.problem, row.demand, row.due_on, g.user, moment.now())


class ConsequenceDismissalView(_OfConsequence):
    list_title = edit_title = _l("Set aside")
    edit_columns = ["dismiss_reason"]
    states = (C.PROPOSED,)
    save_label = _l("Set aside")

    def pre_update(self, row: Consequence) -> None:
        consequences.dismiss(row, row.dismiss_reason, g.user, moment.now())


class ConsequenceAnswerView(_OfConsequence):
    list_title = edit_title = _l("Hand in measures")
    edit_columns = ["cause", "measures"]
    states = consequences.OWED
    save_label = _l("Hand in")

    def why_not(self, row: Consequence) -> Any:
        if row.unit_id != g.user.unit_id:
            abort(404)
        return super().why_not(row)

    def pre_update(self, row: Consequence) -> None:
        consequences.answer(row, row.cause, row.measures, g.user, moment.now())


class ConsequenceRulingView(_OfConsequence):
    list_title = edit_title = _l("Decide on the measures")
    edit_columns = ["approved", "opinion"]
    edit_form_extra_fields = {
        "approved": BooleanField(
            _l("Approved"), description=_l("Otherwise the unit works its measures out anew")
        )
    }
    states = (C.ANSWERED,)
    save_label = _l("Decide")

    def pre_update(self, row: Consequence) -> None:
        consequences.rule(row, bool(row.__dict__.pop("approved", False)), row.opinion, g.user, moment.now())


# which form a person may open on a consequence in its state: (states, right, view, label)
TURNS: list[tuple[tuple[C, ...], str, Any]] = [
    ((C.PROPOSED,), "ConsequenceDraftView", _l("Draft the letter")),
    ((C.PROPOSED,), "ConsequenceDismissalView", _l("Set aside")),
    (consequences.OWED, "ConsequenceAnswerView", _l("Hand in measures")),
    ((C.ANSWERED,), "ConsequenceRulingView", _l("Decide on the measures")),
]


def turns(pk: int) -> list[tuple[str, Any]]:
    """Address and label of what the reader may do now on a consequence."""
    row, found = _row(Consequence, pk), []
    for states, view, label in TURNS:
        own = view != "ConsequenceAnswerView" or row.unit_id == g.user.unit_id
        if row.state in states and own and may("can_edit", view):
            found.append((url_for(f"{view}.edit", pk=row.id), label))
    return found


def can_issue(pk: int) -> bool:
    row = _row(Consequence, pk)
    return row.state is C.PROPOSED and row.due_on is not None and may("issue_consequence", "ConsequenceView")


def open_objection(pk: int) -> bool:
    """Whether the reader may decide on this objection now."""
    row = _row(NoticeObjection, pk)
    return row.state is ObjectionState.RAISED and may("can_edit", "NoticeRulingView")


ConsequenceView.extra_args = {"turns": turns, "can_issue": can_issue}
NoticeObjectionView.extra_args = {"open_objection": open_objection}
