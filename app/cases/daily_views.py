"""The three lists as generated views over the cases within reach."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import daily, shown
from app.cases import steps_daily as steps
from app.cases.models import Case
from app.cases.step_view import StepView
from app.cases.step_views import STEP_VIEWS
from app.core import moment
from app.core.datamodel import DataModel
from app.core.enums import badge
from app.core.views import RecordView


class _Listed(BaseFilter):
    """A list of ``daily.py`` as a filter; it needs no value."""

    name = _l("Not clear today")
    listed = staticmethod(daily.unclear_today)

    def apply(self, query: Any, value: Any) -> Any:
        return query.filter(self.listed(moment.today()))


class _Month(_Listed):
    listed = staticmethod(daily.open_of_month)


class _Year(_Listed):
    listed = staticmethod(daily.open_repeats_of_year)


def _clear(case: Case) -> Any:
    found = daily.facts(case)
    return (
        badge(_("clear"), "green")
        if found.clear
        else badge(_("missing: %(what)s", what=found.missing()), "warn")
    )


class _DailyList(RecordView):
    datamodel = DataModel(Case)
    base_permissions = ["can_list"]
    label_columns = {"matter": _l("Number and matter"), "who": _l("Petitioner"), "clear": _l("Same day")}
    list_columns = [
        "matter", "who", "unit", "registered_at", "supervising_leader", "package_leader", "clear", "state"
    ]  # fmt: skip
    search_columns = ["number", "title", "state"]
    order_columns = ["number", "registered_at"]
    base_order = ("id", "desc")
    eager = ("unit",)
    computed = {"matter": shown.matter, "who": shown.who, "clear": _clear}


class DayListView(_DailyList):
    route_base = "/daily"
    list_title = _l("Same-day list")
    list_hint = _l("First petitions that still lack forwarding, supervising leader or the unit's leader")
    base_filters = [["id", _Listed, None]]


class MonthListView(_DailyList):
    route_base = "/monthly"
    list_title = _l("Month-clear list")
    list_hint = _l("New petitions of this month that are not closed")
    base_filters = [["id", _Month, None]]


class YearListView(_DailyList):
    route_base = "/yearly"
    list_title = _l("Year-clear list")
    list_hint = _l("Repeated petitions that are not closed")
    base_filters = [["id", _Year, None]]


class SupervisingLeaderView(StepView):
    datamodel = DataModel(steps.SupervisingLeader)
    add_title = menu_label = _l("Name the supervising leader")
    add_columns = ["leader", "note"]


class PackageLeaderView(StepView):
    datamodel = DataModel(steps.PackageLeader)
    add_title = menu_label = _l("Name the unit's leader")
    add_columns = ["leader", "note"]


STEP_VIEWS |= {"supervising_leader": SupervisingLeaderView, "package_leader": PackageLeaderView}
