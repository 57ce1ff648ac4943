"""Views of the later letters and of the joint conference's measures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, has_request_context, redirect, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import validators

from app.cases import clocks, row_buttons
from app.cases import shown as case_shown
from app.cases.models import Case
from app.cases.step_view import Seen, StepView
from app.cases.step_views import CASE_FORMS, STEP_VIEWS
from app.core import moment
from app.core.datamodel import DataModel
from app.core.errors import Refusal
from app.core.views import BaseView, RecordView
from app.supervision import ladder, letter, reminders
from app.supervision.conditions import FEEDBACK
from app.supervision.ladder_models import (
    LiabilityArticle,
    MeasureState,
    Rung,
    SupervisionMeasure,
    SupervisionReminder,
)
from app.supervision.ladder_steps import (
    MeasureAnswer,
    MeasureDecision,
    MeasureEnd,
    SupervisionReminderStep,
    TalkRecord,
)
from app.supervision.views import _OfMatter

M = MeasureState


# ---- second and third letter -------------------------------------------------------------------------


def _why_no_reminder(case: Case, today: dt.date) -> str:
    try:
        reminders.due(case, today)
    except Refusal as refusal:
        return str(refusal)
    return ""


class ReminderDraftView(_OfMatter):
    """再次督办拟稿: where the answer is late or came back; drawn up again until it is signed."""

    datamodel = DataModel(SupervisionReminder)
    add_title = menu_label = _l("Draft another supervision letter")
    add_columns = ["problem", "demand", "days"]
    validators_columns = {name: [validators.InputRequired()] for name in ("problem", "demand")}
    save_label = _l("Save the draft")
    consequence = _l(
        "The draft can be read as PDF and drawn up anew; it goes to the unit only when the head of the office signs it."
    )

    def why_not(self) -> str:
        return _why_no_reminder(self.case, moment.today())

    def prefill_add(self, form: Any) -> None:
        draft, matter = reminders.drafted(self.case), reminders.due(self.case, moment.today())
        texts = letter.suggested_again(matter)
        form.problem.data = draft.problem if draft is not None else texts["problem"]
        form.demand.data = draft.demand if draft is not None else texts["demand"]
        form.days.data = draft.days if draft is not None else clocks.rule(FEEDBACK).length

    def new_item(self) -> SupervisionReminder:
        return reminders.drafted(self.case) or SupervisionReminder()

    def pre_add(self, reminder: SupervisionReminder) -> None:
        reminders.draft(self.case, reminder, g.user, moment.now())


class ReminderSigningView(Seen, _OfMatter):
    datamodel = DataModel(SupervisionReminderStep)
    add_title = menu_label = _l("Sign another supervision letter")
    add_columns = ["note", "seen"]
    save_label = _l("Sign")

    @property
    def consequence(self) -> Any:
        reminder = reminders.drafted(self.case) if has_request_context() and self.case is not None else None
        if reminder is None:
            return ""
        says = _(
            "Letter number %(times)s on this case; the unit has %(days)s days to answer.",
            times=letter.letters_sent(self.case, reminder.supervision.unit) + 1, days=reminder.days,
        )  # fmt: skip
        return Markup('{} <a href="{}" target="_blank" rel="noopener">{}</a>').format(
            says, url_for("DocumentView.pdf", pk=reminder.document_id), _("Read the draft")
        )

    def shown(self) -> str:
        reminder = reminders.drafted(self.case)
        return f"{reminder.id} {reminder.drafted_at}" if reminder is not None else ""

    def decide(self, step: SupervisionReminderStep) -> None:
        reminders.sign(self.case, step, g.user, moment.now())


# ---- the ladder --------------------------------------------------------------------------------------


def _why_no_measure(case: Case, today: dt.date) -> str:
    try:
        ladder.in_order(case, None, today)
    except Refusal as refusal:
        return str(refusal)
    return (
        str(_l("A measure on this case is before the joint conference already."))
        if ladder.proposed(case)
        else ""
    )


class MeasureProposalView(StepView):
    """提请联席会议: what the letters did not do; the unit hears of it when it is decided."""

    datamodel = DataModel(SupervisionMeasure)
    add_title = menu_label = _l("Ask the joint conference for a measure")
    add_columns = ["rung", "facts", "demand", "article", "persons", "meet_at"]
    validators_columns = {name: [validators.InputRequired()] for name in ("facts", "demand")}
    save_label = _l("Propose")
    consequence = _l(
        "Talk, circular, listed supervision, rectification and accountability are decided by the joint conference,"
        " in this order (art. 39, 40)."
    )

    def why_not(self) -> str:
        return _why_no_measure(self.case, moment.today())

    def pre_add(self, measure: SupervisionMeasure) -> None:
        ladder.propose(self.case, measure, g.user, moment.now())


class _OfConference(StepView):
    """A step on a measure of the case."""

    def measure(self) -> SupervisionMeasure | None:
        return ladder.proposed(self.case) if has_request_context() and self.case is not None else None


class MeasureDecisionView(Seen, _OfConference):
    datamodel = DataModel(MeasureDecision)
    add_title = menu_label = _l("Decide on the measure")
    add_columns = ["note", "seen"]
    save_label = _l("Decide")

    @property
    def consequence(self) -> Any:
        measure = self.measure()
        return "" if measure is None else _decision_note(measure)

    def shown(self) -> str:
        measure = self.measure()
        return str(measure.id) if measure is not None else ""

    def decide(self, step: MeasureDecision) -> None:
        ladder.decide(self.case, step, g.user, moment.now())


def _decision_note(measure: SupervisionMeasure) -> Markup:
    says = _(
        "“%(measure)s” against %(unit)s, proposed by %(who)s. The paper is issued in the name of the joint conference's"
        " office at once.",
        measure=measure.rung, unit=measure.unit, who=measure.proposed_by,
    )  # fmt: skip
    lines = [
        says,
        measure.facts,
        measure.demand,
        str(measure.article or ""),
        measure.persons.replace("\n", "、"),
    ]
    return Markup("<br>").join(line for line in lines if line)


class MeasureRefusalView(BaseView):
    """不予采取: the convener decides against it, with the reason."""

    datamodel = DataModel(SupervisionMeasure)
    base_permissions = ["can_edit"]
    edit_title = menu_label = _l("Decide against the measure")
    list_columns = show_columns = ["id"]
    add_columns: list[str] = []
    edit_columns = ["decision"]
    validators_columns = {"decision": [validators.InputRequired()]}
    save_label = _l("Decide against it")

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        measure = self.datamodel.get(pk)
        if measure is None:
            abort(404)
        if measure.state is not M.PROPOSED:
            flash(str(_l("This was decided in the meantime.")), "warning")
            return self._to(measure.id)
        widgets = self._edit(pk)
        if not widgets:
            return self._to(int(pk))
        return self.render_template(self.edit_template, title=self.edit_title, widgets=widgets)

    def pre_update(self, measure: SupervisionMeasure) -> None:
        ladder.refuse(measure, measure.decision, g.user, moment.now())

    @staticmethod
    def _to(pk: int) -> Response:
        return redirect(url_for("MeasureView.show", pk=pk))


class TalkRecordView(_OfConference):
    datamodel = DataModel(TalkRecord)
    add_title = menu_label = _l("Record the talk")
    add_columns = ["held_on", "place", "led_by", "persons", "problems", "demands", "commitments"]
    consequence = _l("The record is printed for the signatures of those present.")

    def prefill_add(self, form: Any) -> None:
        form.held_on.data = moment.today()
        standing = ladder.measures(self.case, M.DECIDED)
        if standing:
            form.persons.data, form.problems.data = standing[-1].persons, standing[-1].facts
            form.demands.data = standing[-1].demand

    def pre_add(self, step: TalkRecord) -> None:
        ladder.record_talk(self.case, step, g.user, moment.now())


class MeasureAnswerView(_OfConference):
    datamodel = DataModel(MeasureAnswer)
    add_title = menu_label = _l("Answer the measure")
    add_columns = ["causes", "done"]
    save_label = _l("Send the answer")

    def pre_add(self, step: MeasureAnswer) -> None:
        ladder.answer(self.case, step, g.user, moment.now())


class MeasureEndView(_OfConference):
    datamodel = DataModel(MeasureEnd)
    add_title = menu_label = _l("End the measure")
    add_columns = ["reason"]
    consequence = _l("The measure has done its work and is taken off; everything stays readable.")

    def pre_add(self, step: MeasureEnd) -> None:
        ladder.end(self.case, step, g.user, moment.now())


_FORMS: dict[MeasureState, tuple[tuple[str, str], ...]] = {
    M.PROPOSED: (("MeasureDecisionView", "add"), ("MeasureRefusalView", "edit")),
    M.DECIDED: (("TalkRecordView", "add"), ("MeasureAnswerView", "add"), ("MeasureEndView", "add")),
}


def _todo(measure: SupervisionMeasure) -> Any:
    names = [name for name, _verb in _FORMS.get(measure.state, ())]
    if measure.state is M.DECIDED:
        names = ["TalkRecordView"] if measure.rung.recorded else names[1:]
        if not measure.days:
            names = [name for name in names if name != "MeasureAnswerView"]
    verbs = dict(_FORMS.get(measure.state, ()))
    return row_buttons.row(
        measure.case,
        [
            (name, {"pk": measure.id} if verbs[name] == "edit" else {"case_id": measure.case_id})
            for name in names
        ],
    )


class MeasureView(RecordView):
    """联席会议督办措施: each rung that was asked for and what was decided; the year's counts above."""

    datamodel = DataModel(SupervisionMeasure)
    route_base = "/measures"
    list_title = _l("Measures of the joint conference")
    show_title = _l("Measure of the joint conference")
    list_hint = _l("Newest first; the cards count this year")
    label_columns = {"matter": _l("Case"), "todo": _l("To do")}
    list_columns = ["rung", "matter", "unit", "state", "proposed_at", "decided_at", "todo"]
    show_fieldsets = [
        (_l("Measure"), {"fields": ["rung", "state", "todo", "matter", "unit", "facts", "demand", "article", "persons",
                                    "meet_at", "days"]}),
        (_l("Course"), {"fields": ["proposed_by", "proposed_at", "decided_at", "decision", "done_at"]}),
    ]  # fmt: skip
    search_columns = ["state", "proposed_at"]
    order_columns = ["proposed_at"]
    base_order = ("id", "desc")
    eager = ("case.unit", "case.clocks.owner", "unit", "rung", "article", "proposed_by")
    computed = {"matter": lambda measure: case_shown.matter(measure.case), "todo": _todo}

    def cards(self) -> list[tuple[Any, Any, str, str]]:
        today = moment.today()
        count = ladder.tally(today.replace(month=1, day=1), today)
        return [
            (count.letters, _("Supervision letters"), "", ""),
            (count.units_talked_to, _("Units talked to"), "", ""),
            (count.persons_talked_to, _("Persons talked to"), "", ""),
            (count.accountability, _("Accountability letters"), "", ""),
            (count.measures, _("Measures decided"), "", ""),
        ]


# ---- set-up ------------------------------------------------------------------------------------------


class RungView(BaseView):
    datamodel = DataModel(Rung)
    list_title = _l("Ladder of measures")
    show_title = add_title = edit_title = _l("Measure of the ladder")
    list_hint = _l("In order; a measure needs the one before it (art. 39, 40)")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = show_columns = add_columns = edit_columns = [
        "rank", "code", "name", "article", "paper", "days", "recorded", "blames", "active"
    ]  # fmt: skip
    search_columns = ["code", "name", "active"]
    order_columns = ["rank"]
    base_order = ("rank", "asc")

    def pre_add(self, rung: Rung) -> None:
        from app.documents.operations import kind_of

        try:
            kind_of(rung.paper or "")
        except sa.exc.NoResultFound as absent:
            raise Refusal(_l("No kind of paper has this code."), "paper") from absent
        if not 0 <= (rung.days if rung.days is not None else -1) <= 365:
            raise Refusal(_l("0 to 365 days."), "days")

    pre_update = pre_add


class LiabilityArticleView(BaseView):
    datamodel = DataModel(LiabilityArticle)
    list_title = _l("Articles of liability")
    show_title = add_title = edit_title = _l("Article of liability")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = show_columns = add_columns = edit_columns = ["code", "article", "name", "active"]
    search_columns = ["code", "article", "name", "active"]
    order_columns = ["code"]
    base_order = ("code", "asc")


STEP_VIEWS |= {
    "supervision_reminder": ReminderSigningView,
    "measure_decision": MeasureDecisionView,
    "talk_record": TalkRecordView,
    "measure_answer": MeasureAnswerView,
    "measure_end": MeasureEndView,
}
CASE_FORMS.append((ReminderDraftView, lambda case, today: not _why_no_reminder(case, today)))
CASE_FORMS.append((MeasureProposalView, lambda case, today: not _why_no_measure(case, today)))
