"""One view a step kind. A new kind is a model in steps.py, a line in workflow.py and a view here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import g
from flask_babel import lazy_gettext as _l

from app.cases import guards, operations, routing, steps
from app.cases.enums import LegalPath, MatterKind
from app.cases.models import Case, Disclosure, RoutingRule
from app.cases.step_view import StepView
from app.core import moment, settings
from app.core.datamodel import DataModel
from app.core.db import db
from app.organisation.models import Unit, UnitKind


class RoutingView(StepView):
    datamodel = DataModel(steps.Routing)
    add_title = menu_label = _l("Route")
    add_columns = ["target", "room", "legal_path", "note"]
    remote = ("target", "room")
    consequence = _l(
        "The unit has 15 days to notify the petitioner and five working days to object (art. 23)."
    )

    def _rule(self) -> RoutingRule | None:
        rules = db.session.scalars(sa.select(RoutingRule).where(RoutingRule.active)).all()
        return routing.matching(rules, self.case.category, self.case.place, self.case.purpose)

    def prefill_add(self, form: Any) -> None:
        rule = self._rule()
        if rule is not None:
            form.target.data, form.room.data = rule.unit, rule.room
            form.target.description = _l("Proposed by rule: %(rule)s", rule=rule.name)
        else:
            form.target.description = _l("No rule matches; choose the unit and say why below.")
        form.legal_path.data = LegalPath.C6 if self.case.kind is MatterKind.CLAIM else None

    def pre_add(self, step: steps.Routing) -> None:
        rule = self._rule()
        if rule is not None and rule.unit is step.target:
            step.rule = rule
        super().pre_add(step)

    def pick_filter(self, column: str, query: sa.Select[Any]) -> sa.Select[Any]:
        if column == "room":
            return query.where(Unit.kind == UnitKind.ROOM, Unit.active)
        return query.where(Unit.kind.in_(guards.ABLE), Unit.active)


class SigningView(StepView):
    datamodel = DataModel(steps.Signing)
    add_title = menu_label = _l("Sign for")
    add_columns = ["note"]
    consequence = _l("You take the matter over for your unit.")


class ObjectionView(StepView):
    datamodel = DataModel(steps.Objection)
    add_title = menu_label = _l("Object")
    add_columns = ["reason", "proposed"]
    remote = ("proposed",)
    consequence = _l(
        "Within five working days, with reasons; the matter stays until the sender agrees (art. 23)."
    )


class ObjectionRulingView(StepView):
    datamodel = DataModel(steps.ObjectionRuling)
    add_title = menu_label = _l("Rule on the objection")
    add_columns = ["agreed", "reason"]


class AcceptanceView(StepView):
    datamodel = DataModel(steps.Acceptance)
    add_title = menu_label = _l("Notify acceptance")
    add_columns = ["procedure", "note"]
    consequence = _l("Issues the notice of acceptance; on path C6 the 60 days begin (art. 23, 34).")

    def prefill_add(self, form: Any) -> None:
        if self.case.legal_path is LegalPath.C6:
            form.procedure.data = settings.text("procedure_c6")


class NonAcceptanceView(StepView):
    datamodel = DataModel(steps.NonAcceptance)
    add_title = menu_label = _l("Notify non-acceptance")
    add_columns = ["ground", "reason", "turn_to"]
    consequence = _l("Issues the notice of non-acceptance and ends the case here.")


class HandlingView(StepView):
    datamodel = DataModel(steps.HandlingRecord)
    add_title = menu_label = _l("Record handling")
    add_columns = ["what", "contacted"]


class ExtensionRequestView(StepView):
    datamodel = DataModel(steps.ExtensionRequest)
    add_title = menu_label = _l("Ask for extension")
    add_columns = ["days", "reason"]
    consequence = _l("Once, at most 30 days; the head of the unit decides (art. 34).")


class ExtensionRulingView(StepView):
    datamodel = DataModel(steps.ExtensionRuling)
    add_title = menu_label = _l("Rule on the extension")
    add_columns = ["approved", "note"]
    consequence = _l("Approved, it moves the deadline and issues the notice with the reasons (art. 34).")


class OpinionDraftView(StepView):
    datamodel = DataModel(steps.OpinionDraft)
    add_title = menu_label = _l("Draft the opinion")
    add_columns = ["findings", "basis", "opinion", "outcome"]
    consequence = _l("The head of the unit signs it; until then it can be drafted anew.")


class OpinionSigningView(StepView):
    datamodel = DataModel(steps.OpinionSigning)
    add_title = menu_label = _l("Sign the opinion")
    add_columns = ["note"]
    consequence = _l("Issues the written opinion with its number and ends the 60 days (art. 32, 34).")


class DeliveryView(StepView):
    datamodel = DataModel(steps.Delivery)
    add_title = menu_label = _l("Record delivery")
    add_columns = ["way", "received_on", "receiver", "note"]
    consequence = _l("From the day of receipt the petitioner has 30 days to ask for review (art. 35).")

    def prefill_add(self, form: Any) -> None:
        form.received_on.data = moment.today()
        form.receiver.data = self.case.petitioner_name


class ClosingView(StepView):
    datamodel = DataModel(steps.Closing)
    add_title = menu_label = _l("Close")
    add_columns = ["settled", "note"]


class VoidingView(StepView):
    datamodel = DataModel(steps.Voiding)
    add_title = menu_label = _l("Void the case")
    add_columns = ["reason"]
    consequence = _l("The case stays readable and counts no more; nothing is deleted.")


class DisclosureView(StepView):
    """查看证件、电话: for a reason, recorded; no step of the case."""

    datamodel = DataModel(Disclosure)
    add_title = menu_label = _l("Show ID and telephone number")
    add_columns = ["reason"]
    consequence = _l("Look only at what your task needs; who looked, when and why is kept for good.")

    def pre_add(self, disclosure: Disclosure) -> None:
        operations.disclose(disclosure, self.case, g.user, moment.now())


STEP_VIEWS: dict[str, type[StepView]] = {
    view.datamodel.obj.__mapper_args__["polymorphic_identity"]: view
    for view in (
        RoutingView, SigningView, ObjectionView, ObjectionRulingView, AcceptanceView, NonAcceptanceView, HandlingView,
        ExtensionRequestView, ExtensionRulingView, OpinionDraftView, OpinionSigningView, DeliveryView, ClosingView,
        VoidingView,
    )
}  # fmt: skip
"""Which view takes which step; rooms above add theirs."""

CASE_FORMS: list[tuple[type[StepView], Callable[[Case, dt.date], bool]]] = []
"""Forms of rooms above that begin on the case page and are no step, each with when it is offered."""
