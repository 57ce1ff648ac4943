"""Views of what stands under every room: calendar, settings, audit trail."""

from __future__ import annotations

import json

from flask_babel import lazy_gettext as _l

from app.core.datamodel import DataModel
from app.core.errors import Refusal
from app.core.models import AuditEntry, CalendarDay, Setting
from app.core.views import BaseView, RecordView


class CalendarDayView(BaseView):
    datamodel = DataModel(CalendarDay)
    list_title = _l("Holidays and make-up days")
    show_title = add_title = edit_title = _l("Day")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
    list_columns = show_columns = add_columns = edit_columns = ["day", "kind", "name", "source"]
    search_columns = ["name", "kind"]
    order_columns = ["day"]
    base_order = ("day", "desc")


class SettingView(BaseView):
    datamodel = DataModel(Setting)
    list_title = _l("Figures and choices")
    show_title = edit_title = _l("Figure or choice")
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_columns = ["title", "value", "source"]
    show_columns = ["title", "value", "source", "key"]
    edit_columns = ["value", "source"]
    search_columns = ["title", "key"]
    base_order = ("key", "asc")

    def pre_update(self, setting: Setting) -> None:
        from sqlalchemy import inspect

        before: str = (inspect(setting).attrs.value.history.deleted or [setting.value])[0]
        if before.isdigit() and not setting.value.isdigit():
            raise Refusal(_l("This is a number."), "value")


# what an entry's event is called; the code of one that is not listed is shown
EVENTS = {
    "insert": _l("added"), "update": _l("changed"), "delete": _l("deleted"), "print": _l("printed"),
    "sign-in": _l("signed in"), "sign-in refused": _l("sign-in refused"), "sign-out": _l("signed out"),
    "locked": _l("sign-in locked"), "compute": _l("notice computed"), "import": _l("ledger taken over"),
    "seeded": _l("loaded from the seeds"), "simulate": _l("synthetic cases made"), "window over": _l("window over"),
}  # fmt: skip


class AuditView(RecordView):
    datamodel = DataModel(AuditEntry)
    list_title = _l("Audit trail")
    show_title = _l("Audit entry")
    list_columns = ["at", "officer", "event", "subject", "subject_id", "address"]
    show_columns = [
        "at", "officer", "event", "subject", "subject_id", "address", "detail", "digest"
    ]  # fmt: skip
    search_columns = ["officer", "event", "subject", "subject_id", "at"]
    order_columns = ["at"]
    base_order = ("id", "desc")
    formatters_columns = {
        "event": lambda event: EVENTS.get(event, event),
        "detail": lambda value: json.dumps(value, ensure_ascii=False, indent=1, default=str),
    }
