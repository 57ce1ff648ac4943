"""Views of what follows from months among the last: the list, and a form for each turn a person may take."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, url_for
from flask_appbuilder import action, expose, has_access, permission_name
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import BooleanField

from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.views import RecordView
from app.documents.models import DocumentState
from app.incentives import consequences, operations, workbook
from app.incentives.course_views import _Decision, _row
from app.incentives.enums import ConsequenceState
from app.incentives.models_course import Consequence
from app.incentives.views import file_answer, may, paper_answer

C = ConsequenceState


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
    list_columns = [
        "month", "unit", "kind", "state", "cause_gone", "due_on", "decided_by", "approved_by", "deduction",
    ]  # fmt: skip
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
        "cause_gone",
        "lift_reason",
        "lift_decided_by",
        "lift_decided_at",
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
        "row_tone": lambda row: "warn" if row.state in (C.PROPOSED, C.ANSWERED) or row.lifting_waits else "",
    }
    search_columns = ["month", "kind", "state"]
    order_columns = ["month"]
    base_order = ("id", "desc")
    eager = ("unit", "decided_by", "approved_by", "document", "cause_gone")

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
        single=False,  # the page of the consequence offers it in its turn (``can_issue``)
    )
    def issue_consequence(self, rows: list[Consequence]) -> Response:
        if len(rows) != 1:
            abort(400)  # each letter is signed by itself
        row = rows[0]
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
    save_label = _l("Make the decision")

    def pre_update(self, row: Consequence) -> None:
        consequences.rule(row, bool(row.__dict__.pop("approved", False)), row.opinion, g.user, moment.now())


class ConsequenceLiftingView(_OfConsequence):
    """撤销: a correction took the cause of what was issued away; a person decides what becomes of it."""

    list_title = edit_title = _l("Decide on lifting")
    edit_columns = ["lifted", "lift_reason"]
    edit_form_extra_fields = {
        "lifted": BooleanField(
            _l("Lift it"),
            description=_l("Its letter becomes void and its points no longer count; otherwise it stands"),
        )
    }
    save_label = _l("Make the decision")

    def why_not(self, row: Consequence) -> Any:
        return "" if row.lifting_waits else _("This was decided in the meantime.")

    def pre_update(self, row: Consequence) -> None:
        lifted = bool(row.__dict__.pop("lifted", False))
        consequences.decide_lifting(row, lifted, row.lift_reason, g.user, moment.now())


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
    if row.lifting_waits and may("can_edit", "ConsequenceLiftingView"):
        found.append((url_for("ConsequenceLiftingView.edit", pk=row.id), _l("Decide on lifting")))
    return found


def cause_gone(pk: int) -> Consequence | None:
    """The consequence, where a correction took its cause away."""
    row = _row(Consequence, pk)
    return row if row.cause_gone_id is not None else None


def can_issue(pk: int) -> bool:
    row = _row(Consequence, pk)
    return row.state is C.PROPOSED and row.due_on is not None and may("issue_consequence", "ConsequenceView")


ConsequenceView.extra_args = {"turns": turns, "can_issue": can_issue, "cause_gone": cause_gone}
