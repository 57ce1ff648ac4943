"""Views of supervision: the matters, the draft of a letter, its steps on the case page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, has_request_context, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import validators

from app.cases import clocks, guards
from app.cases.enums import KEPT
from app.cases.models import Case, Clock
from app.cases.step_view import Seen, StepView
from app.cases.step_views import CASE_FORMS, STEP_VIEWS
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView, RecordView
from app.organisation.models import Officer, Post
from app.supervision import letter, operations, shown
from app.supervision.conditions import FEEDBACK
from app.supervision.enums import OWED, UNDECIDED, SupervisionState
from app.supervision.models import Supervision
from app.supervision.steps import (
    SupervisionAcceptance,
    SupervisionAnswer,
    SupervisionLetter,
    SupervisionReturn,
)

S = SupervisionState


class SupervisionView(RecordView):
    """督办: every matter within reach, from the proposal to the accepted answer."""

    datamodel = DataModel(Supervision)
    route_base = "/supervision"
    list_title = _l("Supervision")
    show_title = _l("Supervision matter")
    list_hint = _l("Newest first")
    label_columns = {
        "number": _l("Supervision letter"), "matter": _l("Case"), "deadline": _l("Deadline"),
        "paper": _l("Number and PDF"),
        "todo": _l("To do"), "cause": _l("Proposed because"), "count": _l("Which letter on this case"),
    }  # fmt: skip
    list_columns = ["number", "matter", "unit", "reason", "state", "deadline", "supervisor"]
    show_fieldsets = [
        (_l("Matter"), {"fields": ["state", "deadline", "todo", "matter", "unit", "supervisor", "cause"]}),
        (_l("Supervision letter"), {"fields": ["paper", "count", "reason", "problem", "demand", "days"]}),
        (_l("Course"), {"fields": ["proposed_on", "drafted_at", "sent_at", "answered_at", "ended_at",
                                   "dismiss_reason"]}),
    ]  # fmt: skip
    search_columns = ["state", "reason", "proposed_on"]
    order_columns = ["proposed_on"]
    base_order = ("id", "desc")
    eager = ("case", "unit", "document", "supervisor", "clock.rule", "feedback.rule", "again")
    computed = {
        "number": shown.number,
        "matter": shown.case_cell,
        "deadline": shown.deadline,
        "paper": shown.paper,
        "todo": shown.todo,
        "cause": shown.cause,
        "count": lambda matter: matter.times or None,
        "row_tone": shown.row_tone,
    }

    def cards(self) -> list[tuple[Any, Any, str, str]]:
        late = sa.and_(Supervision.state.in_(OWED), Clock.due_legal < moment.today())
        query = (
            db.session.query(Supervision.state, sa.func.count(), sa.func.sum(sa.case((late, 1), else_=0)))
            .outerjoin(Clock, Clock.id == Supervision.feedback_id)
            .filter(Supervision.state.in_((*UNDECIDED, *OWED, S.ANSWERED)))
            .group_by(Supervision.state)
        )
        counts = {state: (count, int(over or 0)) for state, count, over in query}
        over = sum(counts.get(state, (0, 0))[1] for state in OWED)
        cards = [
            (sum(counts.get(state, (0, 0))[0] for state in states), label, "", states)
            for states, label in (
                ((S.PROPOSED,), _("Proposed, to be decided")),
                ((S.DRAFTED,), _("To be signed")),
                (OWED, _("To be answered")),
                ((S.ANSWERED,), _("To be checked")),
            )
        ]
        if not (counts.keys() & set(UNDECIDED)) and not _drafts_permitted():
            cards = cards[2:]  # who does not decide on letters sees none of the undecided
        found = [
            (count, label, tone, self._filtered(*states) if len(states) == 1 else "")
            for count, label, tone, states in cards
        ]
        return [*found, (over, _("Answer late"), "late" if over else "", "")]

    @staticmethod
    def _filtered(state: SupervisionState) -> str:
        return url_for("SupervisionView.list", _flt_0_state=state.name)


def _drafts_permitted() -> bool:
    permitted = shown.permitted
    return permitted("can_add", "SupervisionDraftView") or permitted("can_add", "SupervisionSigningView")


class _OfMatter(StepView):
    """A step on the case's one matter; afterwards its page is shown."""

    def back_to(self, case_id: int) -> Response:
        matter = operations.under_way(self.case) if self.case is not None else None
        if matter is not None and shown.permitted("can_show", "SupervisionView"):
            return redirect(url_for("SupervisionView.show", pk=matter.id))
        return super().back_to(case_id)


class SupervisionDraftView(_OfMatter):
    """拟稿: from the proposal of the case (``?from=`` its number), or on the office's own decision; drawn up again
    until it is signed."""

    datamodel = DataModel(Supervision)
    add_title = menu_label = _l("Draft a supervision letter")
    add_columns = ["ground", "reason", "problem", "demand", "days", "supervisor"]
    remote = ("supervisor",)
    validators_columns = {
        name: [validators.InputRequired()] for name in ("problem", "demand", "supervisor")
    }  # a proposal has none of them yet
    save_label = _l("Save the draft")
    consequence = _l(
        "The draft can be read as PDF and drawn up anew; it goes to the unit only when the head of the office signs it."
    )

    def _matter(self) -> Supervision | None:
        return operations.under_way(self.case)

    def why_not(self) -> str:
        matter, wanted = self._matter(), request.args.get("from", "")
        if wanted and (matter is None or str(matter.id) != wanted):
            return str(operations.DECIDED)
        return _no_letter_because(self.case, moment.today())

    def prefill_add(self, form: Any) -> None:
        matter = self._matter()
        form.days.data = clocks.rule(FEEDBACK).length
        if matter is None:
            return
        for name in ("ground", "reason", "days", "supervisor"):
            getattr(form, name).data = getattr(matter, name)
        texts = letter.suggested(self.case, matter)
        form.problem.data = matter.problem or texts["problem"]
        form.demand.data = matter.demand or texts["demand"]

    def new_item(self) -> Supervision:
        return self._matter() or Supervision()

    def pre_add(self, matter: Supervision) -> None:
        words = letter.Wording(
            matter.ground, matter.reason, matter.problem, matter.demand, matter.days, matter.supervisor
        )
        if matter.state is S.DRAFTED:
            operations.redraft(matter, words, g.user, moment.now())
        else:
            operations.draft(matter, self.case, words, g.user, moment.now())

    def pick_filter(self, column: str, query: sa.Select[Any]) -> sa.Select[Any]:
        return query.join(Post, Post.id == Officer.post_id).where(
            Post.name == letter.supervisor_post(), Officer.active
        )


def _no_letter_because(case: Case, today: dt.date) -> str:
    try:
        guards.turn(case, KEPT)
        guards.GUARDS["supervisable"](case, None, today)
    except Refusal as refusal:
        return str(refusal)
    return ""


class SupervisionDismissalView(BaseView):
    """不予督办: a proposal or draft is set aside, with the reason."""

    datamodel = DataModel(Supervision)
    base_permissions = ["can_edit"]
    edit_title = menu_label = _l("Dismiss a supervision proposal")
    list_columns = show_columns = ["id"]
    add_columns: list[str] = []
    edit_columns = ["dismiss_reason"]
    validators_columns = {"dismiss_reason": [validators.InputRequired()]}
    save_label = _l("Dismiss")

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        matter = self.datamodel.get(int(pk)) if pk.isdigit() else None
        if matter is None:
            abort(404)
        if matter.state not in UNDECIDED:
            flash(str(operations.DECIDED), "warning")
            return self._to(matter.id)
        widgets = self._edit(pk)
        return (
            self.render_template(self.edit_template, title=self.edit_title, widgets=widgets)
            if widgets
            else self._to(int(pk))
        )

    def pre_update(self, matter: Supervision) -> None:
        operations.dismiss(matter, matter.dismiss_reason, moment.now())

    @staticmethod
    def _to(pk: int) -> Response:
        return redirect(url_for("SupervisionView.show", pk=pk))


class SupervisionSigningView(Seen, _OfMatter):
    datamodel = DataModel(SupervisionLetter)
    add_title = menu_label = _l("Sign the supervision letter")
    add_columns = ["note", "seen"]
    save_label = _l("Sign")

    @property
    def consequence(self) -> Any:
        matter = operations.under_way(self.case) if has_request_context() and self.case else None
        return shown.draft_note(matter) if matter is not None else ""

    def shown(self) -> str:
        matter = operations.under_way(self.case)
        return f"{matter.id} {matter.drafted_at}" if matter is not None else ""

    def decide(self, step: SupervisionLetter) -> None:
        operations.sign(step, operations.under_way(self.case), self.case, g.user, moment.now())


class SupervisionAnswerView(_OfMatter):
    datamodel = DataModel(SupervisionAnswer)
    add_title = menu_label = _l("Answer the supervision letter")
    add_columns = ["done", "result"]
    save_label = _l("Send the answer")

    @property
    def consequence(self) -> Any:
        matter = operations.under_way(self.case) if has_request_context() and self.case else None
        return shown.demand_note(matter) if matter is not None else ""

    def pre_add(self, step: SupervisionAnswer) -> None:
        operations.answer(step, self.case, g.user, moment.now())


class _OnAnswer(Seen, _OfMatter):
    """On the unit's latest answer."""

    def shown(self) -> str:
        matter = operations.under_way(self.case)
        return f"{matter.id} {matter.answered_at}" if matter is not None else ""


class SupervisionAcceptanceView(_OnAnswer):
    datamodel = DataModel(SupervisionAcceptance)
    add_title = menu_label = _l("Accept the answer")
    add_columns = ["note", "seen"]
    save_label = _l("Accept")

    @property
    def consequence(self) -> Any:
        if not has_request_context() or self.case is None:
            return ""
        if operations.closes_case(self.case):
            return _l(
                "The unit's time ends with its answer, the matter is settled and the case closes with it."
            )
        return _l(
            "The unit's time ends with its answer and the matter is settled; the unit closes the case itself."
        )

    def decide(self, step: SupervisionAcceptance) -> None:
        operations.accept(step, self.case, g.user, moment.now())


class SupervisionReturnView(_OnAnswer):
    datamodel = DataModel(SupervisionReturn)
    add_title = menu_label = _l("Return the answer")
    add_columns = ["reason", "seen"]
    save_label = _l("Return")
    consequence = _l("The unit answers anew; its time runs on.")

    def decide(self, step: SupervisionReturn) -> None:
        operations.give_back(step, self.case, g.user, moment.now())


STEP_VIEWS |= {
    "supervision_letter": SupervisionSigningView,
    "supervision_answer": SupervisionAnswerView,
    "supervision_acceptance": SupervisionAcceptanceView,
    "supervision_return": SupervisionReturnView,
}
CASE_FORMS.append((SupervisionDraftView, lambda case, today: not _no_letter_because(case, today)))
