"""The story of a petition for its petitioner: what was done on which day by which unit. No words of officers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _

from app.cases.steps import Delivery, ExtensionRuling, ObjectionRuling, Routing
from app.cases.steps_dispatch import Assignment, JurisdictionRuling, Transfer
from app.cases.steps_outcome import ReportReview
from app.evaluation.steps import Evaluation
from app.public.rights import day
from app.reception.steps import ReceptionCalledOff
from app.review.models import Conclusion
from app.review.steps import (
    HearingEnd,
    HearingStart,
    RecheckOpinion,
    RecheckRequest,
    ReviewDelivery,
    ReviewOpinion,
    ReviewRequest,
)

Said = Callable[[Any], str]

WITH_FACTS = [
    Routing, Transfer, Assignment, JurisdictionRuling, ObjectionRuling, ExtensionRuling, Delivery, ReportReview,
    Evaluation, ReceptionCalledOff, ReviewRequest, ReviewOpinion, ReviewDelivery, RecheckRequest, RecheckOpinion,
    HearingStart, HearingEnd,
]  # fmt: skip


def _unit(step: Any) -> str:
    return step.unit.name if step.unit is not None else _("the petition bureau")


def _sent(step: Any) -> str:
    return _("Sent to %(unit)s", unit=step.target.name)


def _answered(step: Any) -> str:
    return _("%(unit)s answered in writing", unit=_unit(step))


def _extended(step: Any) -> str:
    if not step.approved:
        return ""
    return _("The time was extended by %(n)s days (art. 34)", n=step.days)


def _evaluated(step: Any) -> str:
    said = _("You evaluated: %(subject)s – %(rating)s", subject=step.subject, rating=step.rating)
    return said + _(" (entered for you by an officer, with evidence)") if step.on_behalf else said


def _reviewed(step: Any) -> str:
    said = {
        Conclusion.MAINTAINED: _("%(body)s maintained the answer", body=step.body),
        Conclusion.REDO: _("%(body)s revoked the answer; the unit handles the matter anew", body=step.body),
        Conclusion.CHANGED: _("%(body)s changed the answer", body=step.body),
    }
    return said[step.conclusion]


# step kinds that are told; what is between offices alone is not
TOLD: dict[str, Said] = {
    "registration": lambda step: _("Registered"),
    "takeover": lambda step: _("Taken over from the ledger"),
    "routing": _sent,
    "transfer": _sent,
    "assignment": _sent,
    "jurisdiction_ruling": _sent,
    "signing": lambda step: _("%(unit)s took it over", unit=_unit(step)),
    "objection": lambda step: _("%(unit)s says that the matter is not its own", unit=_unit(step)),
    "objection_ruling": lambda step: (
        _("It goes to another unit") if step.agreed else _("It stays with the unit: the objection was not agreed to")
    ),
    "dispute": lambda step: _("The superiors were asked who handles it (art. 24)"),
    "acceptance": lambda step: _("%(unit)s accepted it and told you in writing", unit=_unit(step)),
    "non_acceptance": lambda step: _("%(unit)s did not accept it and told you why in writing", unit=_unit(step)),
    "no_longer": lambda step: _("You were told in writing that it is no longer accepted"),
    "guidance": lambda step: _("You were told in writing which procedure the law has for it"),
    "handling": lambda step: _("%(unit)s worked on it", unit=_unit(step)),
    "extension_ruling": _extended,
    "opinion_signing": _answered,
    "suggestion_reply": _answered,
    "statutory_reply": _answered,
    "spot_answer": lambda step: _("Answered while you were there"),
    "mediation": lambda step: _("An agreement was reached (art. 33)"),
    "delivery": lambda step: _("The answer was delivered; received on %(day)s", day=day(step.received_on)),
    "report_review": lambda step: _("Closed") if step.passed else _("The unit handles it again"),
    "closing": lambda step: _("Closed"),
    "settling": lambda step: _("The dispute is settled"),
    "withdrawal": lambda step: _("Withdrawn by you in writing"),
    "voiding": lambda step: _("The registration was voided"),
    "reception_letters": lambda step: _("You were invited in writing to a leader's reception"),
    "reception_called_off": lambda step: (
        _("The leader's reception you were invited to does not take place") if step.invited else ""
    ),
    "evaluation": _evaluated,
    "call_back": lambda step: _("You were called back about your evaluation"),
    "review_request": lambda step: _("You asked %(body)s for review", body=step.body),
    "review_opinion": _reviewed,
    "review_delivery": lambda step: _(
        "The review opinion was delivered; received on %(day)s", day=day(step.received_on)
    ),
    "request_forwarded": lambda step: _("The petition bureau passed your request on"),
    "recheck_request": lambda step: _("You asked %(body)s for re-examination", body=step.body),
    "hearing_start": lambda step: _("A hearing began; its days do not count (art. 36)"),
    "hearing_end": lambda step: _("The hearing ended"),
    "recheck_opinion": lambda step: _("%(body)s gave its opinion, which is final (art. 36)", body=step.body),
}  # fmt: skip


def told(steps: Sequence[Any]) -> list[tuple[str, str]]:
    """Day and sentence, newest first; the same sentence of the same day once."""
    found: list[tuple[str, str]] = []
    for step in steps:
        said = TOLD[step.kind](step) if step.kind in TOLD else ""
        if said and (line := (day(step.taken_at.date()), said)) not in found[-1:]:
            found.append(line)
    return found[::-1]
