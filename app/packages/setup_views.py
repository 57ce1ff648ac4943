"""What an administrator sets about packages: which are obligatory, the duties, the criteria of striking off."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.datamodel import DataModel
from app.core.views import BaseView
from app.packages.models import (
    PackageDuty,
    PackageRule,
    StrikeOffCriterion,
)

# ---- set-up ------------------------------------------------------------------------------------------


class PackageRuleView(BaseView):
    datamodel = DataModel(PackageRule)
    list_title = _l("Obligatory packages")
    show_title = add_title = edit_title = _l("Obligatory package")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = ["code", "name", "obligation", "least", "tier", "principal", "days", "source", "enabled"]
    show_columns = add_columns = edit_columns = list_columns
    search_columns = ["code", "name", "obligation", "enabled"]
    order_columns = ["code"]
    base_order = ("code", "asc")


class PackageDutyView(BaseView):
    datamodel = DataModel(PackageDuty)
    list_title = _l("Duties of a package")
    show_title = add_title = edit_title = _l("Duty of a package")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = show_columns = add_columns = edit_columns = ["rank", "code", "name", "active"]
    search_columns = ["code", "name", "active"]
    order_columns = ["rank"]
    base_order = ("rank", "asc")


class StrikeOffCriterionView(PackageDutyView):
    datamodel = DataModel(StrikeOffCriterion)
    list_title = _l("Criteria of striking off")
    show_title = add_title = edit_title = _l("Criterion of striking off")
