"""The card on the case page, the forms of this room's steps, the list of links, and what the window may look up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import current_app, flash, g, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import StringField, TextAreaField, validators

from app.cases import timeline, views, workflow
from app.cases.enums import OPEN, MatterKind
from app.cases.models import Case
from app.cases.step_view import StepView
from app.cases.step_views import CASE_FORMS, STEP_VIEWS
from app.core import moment
from app.core.datamodel import DataModel
from app.core.enums import badge
from app.core.views import RecordView
from app.duplicates import cards, operations, search, steps
from app.duplicates.models import CaseLink


def _another(label: Any, hint: Any = "") -> dict[str, Any]:
    field = StringField(label, [validators.InputRequired(), validators.Length(max=30)], description=hint)
    return {"earlier": field}


class RepeatConfirmedView(StepView):
    datamodel = DataModel(steps.RepeatConfirmed)
    add_title = menu_label = _l("Link as a repeat")
    add_columns = ["earlier", "note"]
    add_form_extra_fields = _another(_l("Earlier petition"), _l("Its case number or query code"))
    consequence = _l("The case counts as a repeat of the first petition in the matter; nothing is merged.")

    def pre_add(self, step: steps.RepeatConfirmed) -> None:
        step.first = operations.named(step.earlier, "earlier")
        super().pre_add(step)


class RepeatRejectedView(StepView):
    datamodel = DataModel(steps.RepeatRejected)
    add_title = menu_label = _l("Another matter")
    add_columns = ["earlier", "note"]
    add_form_extra_fields = _another(_l("Other case"), _l("Its case number or query code"))

    def pre_add(self, step: steps.RepeatRejected) -> None:
        step.other = operations.named(step.earlier, "earlier")
        super().pre_add(step)


class KindLinkedView(StepView):
    datamodel = DataModel(steps.KindLinked)
    add_title = menu_label = _l("Link cases of the same kind")
    add_columns = ["numbers", "reason"]
    add_form_extra_fields = {
        "numbers": TextAreaField(
            _l("Other cases"), [validators.InputRequired()],
            description=_l("One case number a line"), render_kw={"rows": 4},
        )
    }  # fmt: skip

    def pre_add(self, step: steps.KindLinked) -> None:
        words = [line.strip() for line in step.numbers.splitlines() if line.strip()]
        step.others = [operations.named(word, "numbers") for word in words]
        super().pre_add(step)


class MergeRequestView(StepView):
    datamodel = DataModel(steps.MergeRequest)
    add_title = menu_label = _l("Ask for merging")
    add_columns = ["into_number", "reason"]
    add_form_extra_fields = {
        "into_number": StringField(
            _l("Goes on in"), [validators.InputRequired(), validators.Length(max=30)],
            description=_l("Number of the case that stays open"),
        )
    }  # fmt: skip
    consequence = _l("The head of the office decides; until then nothing changes (art. 43).")

    def pre_add(self, step: steps.MergeRequest) -> None:
        step.into = operations.named(step.into_number, "into_number")
        super().pre_add(step)


class MergingView(StepView):
    datamodel = DataModel(steps.Merging)
    add_title = menu_label = _l("Approve the merging")
    add_columns = ["reason"]
    consequence = _l(
        "The case ends here and stays readable; the other one goes on. Nothing is deleted (art. 43)."
    )


class _PartView(StepView):
    """A form that registers a part of a mixed letter as a case of its own; the case page's case is the letter."""

    datamodel = DataModel(Case)
    label_columns = {"accused": _l("Accused person or unit"), "accused_unit": _l("Accused unit")}
    remote = ("category", "accused_unit")

    def why_not(self) -> str:
        return (
            ""
            if splittable(self.case, moment.today())
            else _("Only before it goes to a unit is a letter split.")
        )

    def prefill_add(self, form: Any) -> None:
        form.category.data = self.case.category


class SplitView(_PartView):
    add_title = menu_label = _l("Split off an accusation")
    add_columns = ["category", "title", "request", "facts", "accused", "accused_unit"]
    consequence = _l(
        "Registers the accusation as a case of its own at its keeper's; on this case nothing of it is left (art. 30)."
    )

    def pre_add(self, part: Case) -> None:
        operations.split_accusation(part, self.case, g.user, moment.now())

    def post_add(self, part: Case) -> None:
        flash(
            _("%(number)s has gone to the keeper of accusations and is not visible here. Query code: %(code)s",
              number=part.number, code=part.query_code), "info",
        )  # fmt: skip


class ClaimSplitView(_PartView):
    add_title = menu_label = _l("Split off the claim")
    add_columns = ["category", "title", "request", "facts"]
    consequence = _l(
        "Registers the claim as an ordinary case; what you write here its unit will read: nothing of the accusation."
    )

    def why_not(self) -> str:
        behind = self.case.kind is MatterKind.ACCUSATION
        return super().why_not() if behind else _("Recorded on the accusation alone (art. 30).")

    def pre_add(self, part: Case) -> None:
        operations.split_claim(part, self.case, g.user, moment.now())

    def post_add(self, part: Case) -> None:
        flash(_("The claim is registered as %(number)s. Query code: %(code)s",
                number=part.number, code=part.query_code), "info")  # fmt: skip


def splittable(case: Case, today: dt.date) -> bool:
    return case.state in workflow.MOVES["split"].from_


def _mixed(case: Case, today: dt.date) -> bool:
    return splittable(case, today) and case.kind is not MatterKind.ACCUSATION


class CaseLinkView(RecordView):
    """重复与类案: the links between cases within reach; at the window also four facts by number."""

    datamodel = DataModel(CaseLink)
    route_base = "/links"
    list_title = _l("Repeats and cases of a kind")
    base_permissions = ["can_list", "can_facts"]
    label_columns = {"matter": _l("Case"), "other": _l("Other case")}
    list_columns = ["matter", "kind", "sequence", "other"]
    search_columns = ["kind"]
    order_columns: list[str] = []
    base_order = ("id", "desc")
    eager = ("from_case", "to_case")
    computed = {
        "matter": lambda link: cards.named(link.from_case),
        "other": lambda link: cards.named(link.to_case),
    }

    def list_hint(self) -> Any:
        if not search.may_ask_facts():
            return _("As far as both cases are within your reach")
        return Markup('<a href="{}">{}</a>').format(
            url_for("CaseLinkView.facts"), _("Look up by number or query code")
        )

    @expose("/facts")
    @has_access
    @permission_name("facts")
    def facts(self) -> Any:
        """Number, date, unit and state of an ordinary case by its number or query code: to tell a repeat at the
        window (domain.md 7.2). Accusations have no number here."""
        words = request.args.get("q", "").strip().upper()[:30]
        return self.render_template(
            "duplicates/facts.html",
            title=_("Look up by number or query code"),
            words=words,
            found=search.facts_by_number(words),
        )


def _decides(view: str) -> bool:
    return bool(current_app.extensions["appbuilder"].sm.has_access("can_add", view))


def same_matter(case: Case) -> timeline.Panel | None:
    """可能是同一事项: earlier cases, each with what matched; a person says which."""
    if (
        case.state not in OPEN
        or not _decides("RepeatConfirmedView")
        or operations.sequence_of(case) is not None
    ):
        return None
    found = search.suggestions(case)
    if not found:
        return None
    context = {"found": found, "case": case}
    return timeline.Panel(_("May be the same matter"), "duplicates/suggestions.html", context, len(found))


def links(case: Case) -> timeline.Panel | None:
    """What a person found about this case and others within reach; a repeat shows in the head which time it is."""
    rows, repeat = cards.links_of(case), operations.sequence_of(case)
    badges = (badge(_("Repeat, petition no. %(n)s", n=repeat), "amber"),) if repeat else ()
    title = _("Linked cases") if rows else ""
    return timeline.Panel(title, "duplicates/links.html", {"rows": rows}, len(rows), badges)


def look_first(case: Case) -> list[Any]:
    """What the registration form shows once: earlier cases that may be the same, open or ended, each with why."""
    return [
        Markup("{} {} · {} · {} · {} {}").format(
            Markup("<strong>{}</strong>").format(one.number),
            one.title,
            one.registered_on,
            one.unit,
            one.why,
            one.state,
        )
        for one in search.suggestions(case)
    ]


STEP_VIEWS |= {
    "repeat_confirmed": RepeatConfirmedView, "repeat_rejected": RepeatRejectedView, "kind_linked": KindLinkedView,
    "merge_request": MergeRequestView, "merging": MergingView, "split": ClaimSplitView,
}  # fmt: skip
CASE_FORMS.append((SplitView, _mixed))
timeline.PANELS += [links, same_matter]
views.BEFORE_REGISTERING.append(look_first)
