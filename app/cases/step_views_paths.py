"""Views of the steps of the other paths; each can add and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, validators
from wtforms.fields.choices import SelectChoice

from app.cases import guards
from app.cases import steps_dispatch as dispatch
from app.cases import steps_followup as followup
from app.cases import steps_outcome as outcome
from app.cases.step_view import StepView
from app.cases.step_views import STEP_VIEWS
from app.core import moment, settings
from app.core.datamodel import DataModel
from app.organisation.models import Officer, Post, Unit


class ClassificationView(StepView):
    datamodel = DataModel(dispatch.Classification)
    add_title = menu_label = _l("Classify")
    add_columns = ["matter_kind", "legal_path", "note"]
    consequence = _l(
        "Decides the clock, the paper and the remedy; an accusation disappears behind its wall (art. 30)."
    )

    def prefill_add(self, form: Any) -> None:
        form.matter_kind.data, form.legal_path.data = self.case.kind, self.case.legal_path


class _ToUnit(StepView):
    """A step that sends the matter to a unit."""

    remote: Sequence[str] = ("target",)

    def pick_filter(self, column: str, query: sa.Select[Any]) -> sa.Select[Any]:
        if column == "supervisor":
            return query.join(Officer.post).where(
                Post.name == settings.text("supervisor_post"), Officer.active
            )
        return query.where(Unit.kind.in_(guards.ABLE), Unit.active)


class TransferView(_ToUnit):
    datamodel = DataModel(dispatch.Transfer)
    add_title = menu_label = _l("Transfer by letter")
    add_columns = ["target", "basis", "note"]
    consequence = _l(
        "Issues the letter of transfer; the unit has 15 days to notify, 5 working days to object (art. 23)."
    )


class AssignmentDraftView(_ToUnit):
    datamodel = DataModel(dispatch.AssignmentDraft)
    add_title = menu_label = _l("Draft an assignment")
    add_columns = ["target", "feedback_days", "demand", "supervisor", "note"]
    remote = ("target", "supervisor")
    consequence = _l(
        "The head of the office signs it; the matter then has a term, a report and a supervisor (art. 22)."
    )


class AssignmentView(StepView):
    datamodel = DataModel(dispatch.Assignment)
    add_title = menu_label = _l("Sign the assignment")
    add_columns = ["note"]
    consequence = _l("Issues the letter of assignment in the name of the joint conference's office.")


class GuidanceView(StepView):
    datamodel = DataModel(dispatch.Guidance)
    add_title = menu_label = _l("Guide to its procedure")
    add_columns = ["procedure", "organ", "limits", "note"]
    consequence = _l(
        "Issues the notice of guidance with organ and time limits; the matter stays in sight (art. 31)."
    )


class GuidanceFollowUpView(StepView):
    datamodel = DataModel(followup.GuidanceFollowUp)
    add_title = menu_label = _l("Follow up the guidance")
    add_columns = ["result", "what"]
    consequence = _l(
        "Refused by that organ, the matter comes back and is sent anew; nobody is left without a door."
    )


class AdviceView(StepView):
    datamodel = DataModel(followup.Advice)
    add_title = menu_label = _l("Send a letter of advice")
    add_columns = ["way", "problem", "advice", "basis"]
    consequence = _l(
        "Issues the letter of advice; the unit answers in writing whether it adopts it (art. 40)."
    )


class AdviceFeedbackView(StepView):
    datamodel = DataModel(followup.AdviceFeedback)
    add_title = menu_label = _l("Answer the advice")
    add_columns = ["adoption", "reason"]


class HandoverView(StepView):
    datamodel = DataModel(dispatch.Handover)
    add_title = menu_label = _l("Hand over in confidence")
    add_columns = ["organ", "organ_unit", "note"]
    remote = ("organ_unit",)
    consequence = _l("To the organ with the power; never to the accused or anything below (art. 30).")


class HandoverReceiptView(StepView):
    datamodel = DataModel(dispatch.HandoverReceipt)
    add_title = menu_label = _l("Record the receipt")
    add_columns = ["received_on", "feedback"]

    def prefill_add(self, form: Any) -> None:
        form.received_on.data = moment.today()


class NoLongerView(StepView):
    datamodel = DataModel(dispatch.NoLonger)
    add_title = menu_label = _l("No longer accept")
    add_columns = ["final_number", "final_on", "reason"]
    consequence = _l(
        "Only for the same facts and reasons after the final opinion (art. 36); issues the notice."
    )


class DisputeView(StepView):
    datamodel = DataModel(dispatch.Dispute)
    add_title = menu_label = _l("Put to a higher place")
    add_columns = ["level", "reason"]
    consequence = _l("By agreement, then the common superior, then the joint conference (art. 24).")


class JurisdictionRulingView(_ToUnit):
    datamodel = DataModel(dispatch.JurisdictionRuling)
    add_title = menu_label = _l("Rule on jurisdiction")
    add_columns = ["target", "reason"]


class CorrectionView(StepView):
    datamodel = DataModel(dispatch.Correction)
    add_title = menu_label = _l("Correct the registration")
    add_columns = ["field", "new_value", "reason"]
    add_form_extra_fields = {
        "field": SelectField(
            _l("What is corrected"),
            [validators.InputRequired()],
            choices=[SelectChoice(name, label) for name, label in dispatch.CORRECTABLE.items()],
        )
    }
    consequence = _l("The old value, the new one and the reason stay in the story of the case.")


class SpotAnswerView(StepView):
    datamodel = DataModel(outcome.SpotAnswer)
    add_title = menu_label = _l("Answer on the spot")
    add_columns = ["findings", "basis", "answer", "outcome", "note"]


class SuggestionReplyView(StepView):
    datamodel = DataModel(outcome.SuggestionReply)
    add_title = menu_label = _l("Reply to the suggestion")
    add_columns = ["adoption", "reason", "note"]
    consequence = _l("Issues the reply with its reasons (art. 29).")


class StatutoryReplyView(StepView):
    datamodel = DataModel(outcome.StatutoryReply)
    add_title = menu_label = _l("Reply by statutory procedure")
    add_columns = ["findings", "basis", "decision", "remedy"]
    consequence = _l("The remedy is that law's own, never review (art. 31 (5)).")

    def prefill_add(self, form: Any) -> None:
        form.remedy.data = settings.text("statutory_remedy")


class MediationView(StepView):
    datamodel = DataModel(outcome.Mediation)
    add_title = menu_label = _l("Record an agreement")
    add_columns = ["way", "consent", "parties", "terms"]
    consequence = _l("With both parties' consent; issues the agreement (art. 33).")


class ReportView(StepView):
    datamodel = DataModel(outcome.Report)
    add_title = menu_label = _l("Report the closing")
    add_columns = ["result", "petitioner_view", "settled", "note"]


class ReportReviewView(StepView):
    datamodel = DataModel(outcome.ReportReview)
    add_title = menu_label = _l("Review the report")
    add_columns = ["passed", "reason"]
    consequence = _l("Passed it closes the matter; returned it goes back to the unit.")


class WithdrawalView(StepView):
    datamodel = DataModel(outcome.Withdrawal)
    add_title = menu_label = _l("Record a withdrawal")
    add_columns = ["written", "own_will", "reason"]


class SettlingView(StepView):
    datamodel = DataModel(outcome.Settling)
    add_title = menu_label = _l("Confirm the settlement")
    add_columns = ["disposal", "evidence", "agreement", "voluntary"]
    consequence = _l("Closed is not settled. An agreement is voluntary and waives no lawful right.")


class ArchivingView(StepView):
    datamodel = DataModel(outcome.Archiving)
    add_title = menu_label = _l("Archive")
    add_columns = ["shelf", "note"]


class VoidRequestView(StepView):
    datamodel = DataModel(outcome.VoidRequest)
    add_title = menu_label = _l("Ask for voiding")
    add_columns = ["reason"]
    consequence = _l("The head of the office decides; until then nothing changes (art. 43).")


STEP_VIEWS.update(
    {
        view.datamodel.obj.__mapper_args__["polymorphic_identity"]: view
        for view in (
            ClassificationView, TransferView, AssignmentDraftView, AssignmentView, GuidanceView, HandoverView,
            HandoverReceiptView, NoLongerView, DisputeView, JurisdictionRulingView, CorrectionView, SpotAnswerView,
            SuggestionReplyView, StatutoryReplyView, MediationView, ReportView, ReportReviewView, WithdrawalView,
            SettlingView, ArchivingView, VoidRequestView, GuidanceFollowUpView, AdviceView, AdviceFeedbackView,
        )
    }
)  # fmt: skip
