"""What an administrator sets about supervision: its grounds, and when it is proposed."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases.models import ClockRule
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView
from app.documents import compose
from app.supervision.conditions import FEEDBACK
from app.supervision.models import SupervisionGround, SupervisionTrigger


class SupervisionTriggerView(BaseView):
    datamodel = DataModel(SupervisionTrigger)
    list_title = _l("Supervision triggers")
    show_title = add_title = edit_title = _l("Supervision trigger")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = ["rank", "code", "name", "condition", "clock_code", "days", "ground", "enabled"]
    show_columns = add_columns = edit_columns = [
        "code", "name", "rank", "condition", "clock_code", "days", "ground", "problem", "demand", "enabled"
    ]  # fmt: skip
    search_columns = ["code", "name", "condition", "enabled"]
    order_columns = ["rank", "code"]
    base_order = ("rank", "asc")
    eager = ("ground",)

    def pre_add(self, trigger: SupervisionTrigger) -> None:
        trigger.clock_code = (trigger.clock_code or "").strip()
        if trigger.clock_code and not _is_duty(trigger.clock_code):
            raise Refusal(_l("No deadline of a unit has this code."), "clock_code")
        if not 0 <= (trigger.days if trigger.days is not None else -1) <= 365:
            raise Refusal(_l("0 to 365 days."), "days")
        for part in ("problem", "demand"):
            if error := compose.syntax_fault(getattr(trigger, part) or ""):
                raise Refusal(_l("This text cannot be read: %(error)s", error=error), part)

    pre_update = pre_add


def _is_duty(code: str) -> bool:
    query = sa.select(ClockRule.id).where(ClockRule.code == code, ClockRule.duty, ClockRule.code != FEEDBACK)
    with db.session.no_autoflush:
        return db.session.scalars(query).first() is not None


class SupervisionGroundView(BaseView):
    datamodel = DataModel(SupervisionGround)
    list_title = _l("Grounds of supervision")
    show_title = add_title = edit_title = _l("Ground of supervision")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = show_columns = add_columns = edit_columns = ["code", "name", "source", "active"]
    search_columns = ["code", "name", "active"]
    order_columns = ["code"]
    base_order = ("code", "asc")
