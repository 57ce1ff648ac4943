"""Views of the review chain."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.step_view import StepView
from app.cases.step_views import STEP_VIEWS
from app.core import moment
from app.core.datamodel import DataModel
from app.core.views import BaseView
from app.review import rules, steps
from app.review.models import Superior


class SuperiorView(BaseView):
    datamodel = DataModel(Superior)
    list_title = _l("Bodies of review")
    show_title = add_title = edit_title = _l("Body of review")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = show_columns = add_columns = edit_columns = [
        "unit", "review_body", "review_external", "recheck_body", "recheck_external"
    ]  # fmt: skip
    search_columns = ["review_body", "recheck_body"]
    base_order = ("id", "asc")
    eager = ("unit",)
    remote = ("unit",)


class ReviewRequestView(StepView):
    datamodel = DataModel(steps.ReviewRequest)
    add_title = menu_label = _l("Record a request for review")
    add_columns = ["received_on", "reason", "note"]
    consequence = _l("Within 30 days of receiving the opinion; the review takes 30 days (art. 35).")

    def prefill_add(self, form: Any) -> None:
        form.received_on.data = moment.today()


class ReviewOpinionView(StepView):
    datamodel = DataModel(steps.ReviewOpinion)
    add_title = menu_label = _l("Sign the review opinion")
    add_columns = ["conclusion", "findings", "basis", "opinion", "external_number"]
    consequence = _l(
        "Issues the review opinion, or records an outside one; revoked, the unit handles it anew (art. 35)."
    )


class ReviewDeliveryView(StepView):
    datamodel = DataModel(steps.ReviewDelivery)
    add_title = menu_label = _l("Record delivery of the review")
    add_columns = ["way", "received_on", "receiver"]
    consequence = _l("From the day of receipt the petitioner has 30 days for re-examination (art. 36).")

    def prefill_add(self, form: Any) -> None:
        form.received_on.data, form.receiver.data = moment.today(), self.case.petitioner_name


class RecheckRequestView(ReviewRequestView):
    datamodel = DataModel(steps.RecheckRequest)
    add_title = menu_label = _l("Record a request for re-examination")
    consequence = _l("Within 30 days of receiving the review opinion (art. 36).")


class RequestForwardedView(StepView):
    datamodel = DataModel(steps.RequestForwarded)
    add_title = menu_label = _l("Pass the request on")
    add_columns = ["sent_by", "note"]
    consequence = _l(
        "It came in on the public page for a body outside the district: send it there, then say here how."
    )


class HearingStartView(StepView):
    datamodel = DataModel(steps.HearingStart)
    add_title = menu_label = _l("Open a hearing")
    add_columns = ["since", "place", "note"]
    consequence = _l("The days of the hearing do not count for the re-examination (art. 36).")

    def prefill_add(self, form: Any) -> None:
        form.since.data = moment.today()


class HearingEndView(StepView):
    datamodel = DataModel(steps.HearingEnd)
    add_title = menu_label = _l("Close the hearing")
    add_columns = ["until", "record"]

    def prefill_add(self, form: Any) -> None:
        form.until.data = moment.today()


class RecheckOpinionView(StepView):
    datamodel = DataModel(steps.RecheckOpinion)
    add_title = menu_label = _l("Record the re-examination opinion")
    add_columns = ["conclusion", "number", "opinion"]
    consequence = _l("Final: the same facts and reasons are no longer accepted (art. 36).")


STEP_VIEWS |= {
    view.datamodel.obj.__mapper_args__["polymorphic_identity"]: view
    for view in (
        ReviewRequestView, ReviewOpinionView, ReviewDeliveryView, RecheckRequestView, RequestForwardedView,
        HearingStartView, HearingEndView, RecheckOpinionView,
    )
}  # fmt: skip

__all__ = ["SuperiorView", "rules"]
