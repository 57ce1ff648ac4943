"""The peer of the pages: a stock Flask-AppBuilder application over the same tables of the same database.

What a newcomer writes after the tutorial: ModelView over SQLAInterface, the columns and relations our pages show, the
searches our pages offer, lists below the case. No row scope, none of our base classes, FAB's own templates. One thing
is better than the tutorial: without `search_columns` FAB would draw every case into a select of the search form, and
a page would take seconds.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.models.sqla.filters import FilterEqual, FilterEqualFunction
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.utils.legacy import get_sqla_class

from app.cases.models import Case, Clock
from app.cases.steps import Step

NAME, ROLE = "plain", "Admin"


def my_unit() -> int:
    return g.user.unit_id


class StepView(ModelView):
    datamodel = SQLAInterface(Step)
    base_permissions = ["can_list", "can_show"]
    list_columns = ["taken_at", "kind", "officer", "unit", "late", "note", "document"]
    search_columns = ["kind", "taken_at", "late"]
    base_order = ("id", "desc")


class ClockView(ModelView):
    datamodel = SQLAInterface(Clock)
    base_permissions = ["can_list", "can_show"]
    list_columns = ["rule", "started_on", "length", "due_stat", "due_legal", "stopped_on", "owner", "officer"]
    search_columns = ["code", "due_legal"]


class QueueView(ModelView):
    datamodel = SQLAInterface(Clock)
    base_permissions = ["can_list", "can_show"]
    base_filters = [["stopped_on", FilterEqual, None], ["duty", FilterEqual, True],
                    ["unit_id", FilterEqualFunction, my_unit]]  # fmt: skip
    base_order = ("due_legal", "asc")
    list_columns = ["case.number", "case.title", "case.petitioner_name", "case.category", "rule", "due_legal",
                    "case.state"]  # fmt: skip
    search_columns = ["code", "due_legal"]
    page_size = 25


class CaseView(ModelView):
    datamodel = SQLAInterface(Case)
    base_permissions = ["can_list", "can_show"]
    base_order = ("id", "desc")
    list_columns = ["number", "title", "petitioner_name", "category", "unit", "due_on", "state"]
    show_columns = [
        "number", "title", "petitioner_name", "people_count", "channel", "registered_at", "first_time", "unit", "state",
        "request", "facts", "category", "legal_path", "place", "address", "id_number", "phone", "representatives",
    ]  # fmt: skip
    search_columns = [
        "number", "title", "petitioner_name", "state", "channel", "purpose", "kind", "place", "first_time"
    ]  # fmt: skip
    related_views = [StepView, ClockView]
    show_template = "appbuilder/general/model/show_cascade.html"
    page_size = 25


def create_app(settings: dict[str, Any]) -> Flask:
    app = Flask("plain")
    app.config.update(settings)
    # whoever writes this app keeps FAB's own defaults for the rest
    app.config.update(BABEL_DEFAULT_LOCALE="zh", LANGUAGES={"zh": {"flag": "cn", "name": "中文"}})
    db = get_sqla_class()()
    db.init_app(app)
    with app.app_context():
        appbuilder = AppBuilder()
        appbuilder.init_app(app, db.session)
        for view in (StepView, ClockView):
            appbuilder.add_view_no_menu(view)
        appbuilder.add_view(QueueView, "Queue", category="Petitions")
        appbuilder.add_view(CaseView, "Cases", category="Petitions")
        db.engine.dispose()
    return app


def add_user(app: Flask, password: str, unit_id: int) -> None:
    """An account that may do everything here, and stands in the unit whose queue is compared."""
    with app.app_context():
        security = app.extensions["appbuilder"].sm
        user = security.add_user(
            NAME, "Plain", "User", "plain@office.invalid", security.find_role(ROLE), password
        )
        user.unit_id = unit_id
        security.session.commit()
