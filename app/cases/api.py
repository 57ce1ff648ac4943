"""Cases, their clocks and their steps by interface: read only, names masked, within the officer's reach."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.api import ReadApi
from app.core.datamodel import DataModel


class CaseApi(ReadApi):
    datamodel = DataModel(Case)
    resource_name = "case"
    list_title = _l("Interface: cases")
    list_columns = [
        "id", "number", "title", "kind", "channel", "purpose", "legal_path", "category", "state", "unit", "room",
        "registered_at", "due_on",
    ]  # fmt: skip
    show_columns = [
        *list_columns, "place", "people_count", "involved_count", "first_time", "request", "facts",
        "registered_unit", "handler", "accepted_on", "imported",
    ]  # fmt: skip
    search_columns = [
        "number",
        "title",
        "state",
        "channel",
        "purpose",
        "kind",
        "legal_path",
        "place",
        "due_on",
    ]
    order_columns = ["id", "number", "registered_at", "due_on"]
    eager = ("category", "unit", "room")


class ClockApi(ReadApi):
    datamodel = DataModel(Clock)
    resource_name = "clock"
    list_title = _l("Interface: clocks")
    list_columns = [
        "id", "case_id", "code", "rule", "duty", "owner", "officer", "started_on", "length", "counted_in",
        "extended_by", "due_stat", "due_legal", "certain", "stopped_on",
    ]  # fmt: skip
    show_columns = list_columns
    search_columns = ["case_id", "code", "duty", "due_legal", "due_stat", "stopped_on"]
    order_columns = ["id", "due_legal", "due_stat"]
    eager = ("rule", "owner", "officer")


class StepApi(ReadApi):
    """The common part of every step kind; its own facts stand on the case page."""

    datamodel = DataModel(Step)
    resource_name = "step"
    list_title = _l("Interface: steps")
    list_columns = [
        "id", "case_id", "kind", "taken_at", "officer", "unit", "from_state", "to_state", "late", "document_id"
    ]  # fmt: skip
    show_columns = [*list_columns, "note"]
    search_columns = ["case_id", "kind", "taken_at", "late"]
    order_columns = ["id", "taken_at"]
    eager = ("officer", "unit")
