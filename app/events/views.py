"""Views of events: the list, recording one, its reports, and the thresholds."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, g, has_request_context, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import DateTimeLocalField, validators

from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.enums import badge
from app.core.errors import Refusal
from app.core.views import BaseView
from app.documents.views import pdf_link
from app.events import operations
from app.events.models import EventReport, EventThreshold, MassEvent


def _permitted(permission: str, view: str) -> bool:
    return bool(current_app.extensions["appbuilder"].sm.has_access(permission, view))


def _stand(event: MassEvent) -> Any:
    return event.reports[-1].kind if event.reports else badge(_("not reported yet"), "late")


def _threshold(event: MassEvent) -> Any:
    """Reached at first, or by one of its reports."""
    if "thresholds" not in g:
        g.thresholds = operations.thresholds()
    most = max((event.people, *(report.people for report in event.reports)))
    over = event.reached or operations.reached(event.level, most, g.thresholds) is not None
    return badge(_("reached"), "warn") if over else badge(_("below"), "mute")


def _reports(event: MassEvent) -> Markup:
    lines = [
        Markup("{} {:%Y-%m-%d %H:%M} {} {}").format(
            report.kind,
            report.reported_at,
            report.reported_by or "",
            pdf_link(report.document_id, "PDF") if report.document is not None else "",
        )
        + Markup('<p class="prewrap">{}\n{}</p>').format(report.situation, report.measures)
        for report in event.reports
    ]
    return Markup("").join(lines)


def _csrf() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _todo(event: MassEvent) -> Any:
    waiting = next((report for report in event.reports if operations.unsigned(report)), None)
    if waiting is not None:
        if not _permitted("can_sign", "MassEventView"):
            return badge(_("to be signed"), "amber")
        return Markup(
            '<form method="post" action="{}">{}<button class="btn btn-sm btn-primary" type="submit">{}</button></form>'
        ).format(url_for("MassEventView.sign", pk=waiting.id), _csrf(), _("Sign and report"))
    if not operations.next_kinds(event) or not _permitted("can_add", "EventReportView"):
        return ""
    return Markup('<a class="btn btn-sm btn-primary" href="{}">{}</a>').format(
        url_for("EventReportView.add", pk=event.id), _("Report")
    )


class MassEventView(BaseView):
    """重大紧急信访: recorded by the office, never changed; the reports say how it goes on."""

    datamodel = DataModel(MassEvent)
    route_base = "/events"
    list_title = _l("Mass petitions and urgent matters")
    show_title = _l("Mass petition or urgent matter")
    add_title = _l("Record a mass petition or urgent matter")
    list_hint = _l("What the office does about the matter; no names, no whereabouts")
    base_permissions = ["can_list", "can_show", "can_add", "can_sign"]
    label_columns = {
        "stand": _l("Reports"), "threshold": _l("Threshold"), "told": _l("Reports"), "todo": _l("To do"),
    }  # fmt: skip
    list_columns = ["happened_at", "level", "place", "people", "threshold", "unit", "leader", "stand", "todo"]
    show_columns = ["happened_at", "level", "place", "people", "threshold", "duty", "unit", "leader", "demands",
                    "recorded_by", "recorded_at", "told", "todo"]  # fmt: skip
    add_columns = ["level", "happened_at", "place", "people", "demands", "unit", "leader"]
    add_form_extra_fields = {
        "happened_at": DateTimeLocalField(_l("Time"), [validators.InputRequired()],
                                          format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"])
    }  # fmt: skip
    edit_columns: list[str] = []
    remote = ("unit",)
    search_columns = ["level", "happened_at", "place", "reached"]
    order_columns = ["happened_at", "people"]
    base_order = ("happened_at", "desc")
    eager = ("unit", "reports.document", "recorded_by")
    computed = {"stand": _stand, "threshold": _threshold, "told": _reports, "todo": _todo}

    def pre_add(self, event: MassEvent) -> None:
        operations.record(event, g.user, moment.now())

    def post_add_redirect(self) -> Response:
        return redirect(url_for("MassEventView.list"))

    @expose("/sign/<int:pk>", methods=["POST"])
    @has_access
    def sign(self, pk: int) -> Response:
        """签发: a report is one row, and never drawn up anew: what is signed is what was read."""
        report = DataModel(EventReport).get(pk)
        if report is None:
            abort(404)
        event_id = report.event_id
        try:
            operations.sign(report, g.user, moment.now())
            db.session.commit()
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        return redirect(url_for("MassEventView.show", pk=event_id))


class EventReportView(BaseView):
    """首报、续报、终报 on an event."""

    datamodel = DataModel(EventReport)
    route_base = "/eventreports"
    base_permissions = ["can_add"]
    add_title = menu_label = _l("Report on the event")
    list_columns = show_columns = ["id"]
    add_columns = ["kind", "people", "situation", "measures", "leader"]
    edit_columns: list[str] = []
    save_label = _l("Report")

    @property
    def event(self) -> Any:
        return g.get("event") if has_request_context() else None

    @expose("/add/<int:pk>", methods=["GET", "POST"])
    @has_access
    def add(self, pk: int) -> Any:
        event = DataModel(MassEvent).get(pk)
        if event is None:
            abort(404)
        g.event = event
        if request.method == "GET" and not operations.next_kinds(event):
            flash(_("The final report is made."), "warning")
            return self._back(pk)
        widgets = self._add()
        if not widgets:
            return self._back(pk)
        return self.render_template(self.add_template, title=f"{self.add_title}：{event}", widgets=widgets)

    @staticmethod
    def _back(pk: int) -> Response:
        return redirect(url_for("MassEventView.show", pk=pk))

    def prefill_add(self, form: Any) -> None:
        kinds = operations.next_kinds(self.event)
        form.kind.data, form.people.data, form.leader.data = kinds[0], self.event.people, self.event.leader

    def pre_add(self, made: EventReport) -> None:
        signs = _permitted("can_sign", "MassEventView")
        operations.report(self.event, made, g.user, moment.now(), signs)


class EventThresholdView(BaseView):
    datamodel = DataModel(EventThreshold)
    list_title = _l("Thresholds of mass petitions")
    show_title = edit_title = _l("Threshold of mass petitions")
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_columns = show_columns = ["level", "people", "duty", "source", "active"]
    edit_columns = ["people", "duty", "source", "active"]
    search_columns = ["level", "active"]
    order_columns = ["people"]
    base_order = ("id", "asc")

    def pre_update(self, threshold: EventThreshold) -> None:
        if (threshold.people or 0) < 1:
            raise Refusal(_l("At least one."), "people")
