"""The view of a step kind: it can add and nothing else. So "can add on this view" is the authority for the step."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort, flash, g, has_request_context, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import HiddenField

from app.cases import effects, guards, operations, step_preview, workflow
from app.cases.models import Case
from app.cases.steps import Step
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView
from app.documents import operations as papers
from app.documents.kind_views import sentence

MAY_ISSUE = (
    "extension_ruling",
    "settling",
    "supervision_letter",
)  # as the step turns out: see effects.paper_of


class Seen:
    """Beside a StepView whose form decides on something written before: what is decided is what was read.

    The form carries what was shown; refused, when that was drawn up anew or another stands in its place.
    """

    add_form_extra_fields: ClassVar[dict[str, Any]] = {"seen": HiddenField()}

    def shown(self) -> str:
        """What is being decided on, by its number and the moment it was written."""
        raise NotImplementedError

    def prefill_add(self, form: Any) -> None:
        form.seen.data = self.shown()

    def pre_add(self, step: Any) -> None:
        seen = getattr(step, "seen", "")
        if seen and seen != self.shown():
            raise Refusal(_l("What you read was changed meanwhile: open the form again and read it."))
        self.decide(step)

    def decide(self, step: Any) -> None:
        """Take the step."""
        super().pre_add(step)  # type: ignore[misc]


class StepView(BaseView):
    """Subclasses say the step's model, its form columns and, where needed, what the form starts with."""

    base_permissions = ["can_add"]
    add_template = "cases/step.html"
    search_columns: list[str] = []
    list_columns = ["id"]
    show_columns = ["id"]
    edit_columns: list[str] = []
    consequence: Any = ""  # what taking the step sets in motion, said above the form

    @property
    def case(self) -> Any:
        return g.get("step_case") if has_request_context() else None  # FAB reads every attribute at start

    @expose("/add/<int:case_id>", methods=["GET", "POST"])
    @has_access
    def add(self, case_id: int) -> Any:
        # FAB's /add knows no case; the case comes through the scope, so a foreign one does not exist
        case = DataModel(Case).get(case_id)
        if case is None:
            abort(404)
        g.step_case = case
        if request.method == "GET" and (why := self.why_not()):
            flash(why, "warning")
            return self.back_to(case_id)
        widgets = self._add()
        if not widgets:
            return self.back_to(case_id)
        return self.render_template(
            self.add_template,
            title=self.add_title,
            widgets=widgets,
            case=case,
            consequence=self.consequence,
            preview_url=self.preview_url,
        )

    @property
    def preview_url(self) -> str:
        """Where the paper of this step can be looked at before it is signed; empty for a step without one."""
        if not has_request_context() or self.case is None or not issubclass(self.datamodel.obj, Step):
            return ""
        kind = self.datamodel.obj.__mapper_args__["polymorphic_identity"]
        if not workflow.MOVES[kind].paper and kind not in MAY_ISSUE and kind not in effects.PAPERS:
            return ""
        return url_for(f"{type(self).__name__}.preview", case_id=self.case.id)

    @expose("/preview/<int:case_id>", methods=["POST"])
    @has_access
    @permission_name("add")
    def preview(self, case_id: int) -> Response:
        """The paper as it would be signed now, from what is typed so far. Nothing of it is kept."""
        case = DataModel(Case).get(case_id)
        if case is None:
            abort(404)
        g.step_case = case
        if not self.preview_url:
            return sentence(_l("This step issues no paper."))
        form = self.add_form.refresh()
        step = self.new_item()
        try:
            with db.session.no_autoflush, papers.previewing() as shown:
                form.populate_obj(step)
                why = step_preview.attempt(self, step)
                found = shown[-1] if shown else step_preview.unfinished(case, step)
                return step_preview.answer(found, why)
        finally:
            db.session.rollback()

    def why_not(self) -> str:
        """Why the step is not possible now, or an empty string."""
        if not issubclass(self.datamodel.obj, Step):
            return ""
        kind = self.datamodel.obj.__mapper_args__["polymorphic_identity"]
        for move, why in operations.possible_steps(self.case, moment.today()):
            if move.kind == kind:
                return why or guards.not_for(move, self.case, g.user)
        try:
            guards.turn(self.case, workflow.MOVES[kind].from_)
        except Refusal as refusal:
            return str(refusal)
        return ""

    def pre_add(self, step: Any) -> None:
        operations.take(step, self.case, g.user, moment.now())

    def back_to(self, case_id: int) -> Response:
        if DataModel(Case).get(case_id) is None:  # the step took it out of sight: handed on, or recused
            return redirect(url_for("CaseView.list"))
        return redirect(url_for("CaseView.show", pk=case_id))
