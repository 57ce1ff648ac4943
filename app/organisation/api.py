"""Units and rooms by interface, read only."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.api import ReadApi
from app.core.datamodel import DataModel
from app.organisation.models import Unit


class UnitApi(ReadApi):
    datamodel = DataModel(Unit)
    resource_name = "unit"
    list_title = _l("Interface: units")
    list_columns = ["id", "name", "short_name", "kind", "parent", "sign", "active"]
    show_columns = [*list_columns, "phone", "address"]
    search_columns = ["name", "kind", "active"]
    order_columns = ["id", "name"]
    eager = ("parent",)
