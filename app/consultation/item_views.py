"""Resolution items: a list by deadline, reported by their unit, verified by somebody else."""

from __future__ import annotations

from typing import Any

from flask import abort, g, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.cases import shown
from app.consultation import authority, execution, fields, outcomes
from app.consultation.doing import do
from app.consultation.enums import ItemState
from app.consultation.models import ResolutionItem
from app.core import moment
from app.core.datamodel import DataModel
from app.core.errors import Refusal
from app.core.views import RecordView


class ResolutionItemView(RecordView):
    """议定事项: what consultations resolved, by deadline; reported by its unit, verified by somebody else."""

    datamodel = DataModel(ResolutionItem)
    route_base = "/resolutions"
    list_title = _l("Resolution items")
    show_title = _l("Resolution item")
    list_hint = _l("Soonest deadline first")
    base_permissions = ["can_list", "can_show", "can_report", "can_verify"]
    label_columns = {"matter": _l("Case"), "deadline": _l("Deadline"), "level": _l("Level")}
    list_columns = ["matter", "what", "kind", "unit", "part", "deadline", "state"]
    show_columns = [
        "matter", "level", "place", "part", "kind", "what", "leader", "unit", "due_on", "deadline", "state", "report",
        "reported_at", "remark", "verified_at", "verified_by",
    ]  # fmt: skip
    search_columns = ["what", "kind", "state", "part", "due_on"]
    order_columns = ["due_on"]
    base_order = ("due_on", "asc")
    eager = ("case", "unit", "clock.rule", "session.level")
    computed = {
        "matter": lambda item: _matter(item),
        "level": lambda item: item.session.level.name,
        "deadline": lambda item: _deadline(item),
        "row_tone": lambda item: _tone(item),
    }

    def _item(self, pk: int) -> ResolutionItem:
        item = self.datamodel.get(pk)
        if item is None:
            abort(404)
        return item

    @expose("/report/<int:pk>", methods=["POST"])
    @has_access
    def report(self, pk: int) -> Response:
        item, words = self._item(pk), request.form.get("report", "")
        return do(
            item.session,
            lambda: execution.report(item, words, g.user, moment.now()),
            _l("Reported; it is checked now."),
        )

    @expose("/verify/<int:pk>", methods=["POST"])
    @has_access
    def verify(self, pk: int) -> Response:
        item, words = self._item(pk), request.form.get("remark", "")
        return do(item.session, lambda: execution.verify(item, words, g.user, moment.now()), _l("Verified."))

    @expose("/give_back/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("verify")
    def give_back(self, pk: int) -> Response:
        item, words = self._item(pk), request.form.get("remark", "")
        return do(
            item.session, lambda: execution.give_back(item, words, g.user, moment.now()),
            _l("Returned; its time runs on."),
        )  # fmt: skip

    @expose("/start/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("verify")
    def start(self, pk: int) -> Response:
        """What the item decides beyond a task is set in motion now: it could not be when the minutes were signed."""
        item = self._item(pk)

        def verb() -> None:
            if not authority.permitted("can_convene"):
                raise Refusal(fields.OF_THE_CONFERENCE)
            outcomes.start(item, g.user, moment.now())

        return do(item.session, verb, _l("Set in motion."))


def _matter(item: ResolutionItem) -> Any:
    address = url_for(
        "ConsultationView.show", pk=item.session.consultation_id, level=item.session.level_number
    )
    return Markup('<a href="{}" class="cell-main">{}</a><small class="cell-sub">{}</small>').format(
        address, item.case.number, item.case.title
    )


def _deadline(item: ResolutionItem) -> Any:
    if item.clock is None or item.clock.stopped_on is not None:
        return item.due_on
    return shown.deadline(item.clock)


def _tone(item: ResolutionItem) -> str:
    if item.clock is None or item.clock.stopped_on is not None or item.state is ItemState.REPORTED:
        return ""
    return shown.row_tone(shown.left(item.clock, moment.today()))
