"""The base of every REST resource: read only, the same rows and limits as the views, enums as code and label.

Rows are scoped below (``app/core/scope.py``). What this changes of FAB's ``ModelRestApi``: no route that writes
exists, only listed columns are ever answered, searched or sorted by, pages are clamped, counts capped, and option
lists (``_info`` would list every related row) are left out. Cookies suffice: the routes change nothing.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from typing import Any

import prison
from apispec import APISpec
from flask import request
from flask_appbuilder.api import BaseApi, ModelRestApi, expose, permission_name, protect, safe
from flask_appbuilder.hooks import before_request
from marshmallow import Schema, fields
from sqlalchemy.orm import Mapper
from werkzeug.wrappers import Response

from app.core.crypto import Encrypted
from app.core.datamodel import DataModel
from app.core.labels import labels_of
from app.core.views import MAX_PAGE, MAX_PAGE_SIZE, RequestFilters


class Shown(fields.Field):
    """A value as the outside reads it: an enum as ``{code, label}``, a related row as ``{id, text}``, dates as ISO."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if isinstance(value, enum.Enum):
            return {"code": value.name, "label": str(value)}
        if isinstance(value, dt.date | dt.datetime):
            return value.isoformat()
        if hasattr(value, "__table__"):
            return {"id": value.id, "text": str(value)}
        return value


class ShownColumns:
    """Takes the place of FAB's schema converter: the listed columns and nothing else, not even below a relation."""

    def __init__(self, datamodel: DataModel, validators_columns: Any) -> None:
        self.datamodel = datamodel

    def convert(self, columns: Sequence[str], parent_schema_name: str = "", **_other: Any) -> Schema:
        shown: dict[str, Any] = {name: Shown(dump_only=True) for name in columns}
        return Schema.from_dict(shown, name=parent_schema_name or "Columns")()


class ReadApi(RequestFilters, ModelRestApi):
    """Subclasses say ``datamodel``, ``resource_name``, ``list_title``, columns, and what may be searched and sorted."""

    datamodel: Any
    include_route_methods = {"get", "get_list", "info"}
    base_permissions = ["can_get", "can_info"]
    allow_browser_login = True
    model2schemaconverter = ShownColumns
    page_size = 25
    max_page_size = MAX_PAGE_SIZE
    base_order = ("id", "desc")
    eager: Sequence[str] = ()  # relations the answer names

    def __init__(self) -> None:
        self.datamodel = DataModel(self.datamodel.obj)
        self.datamodel.eager = tuple(self.eager)
        for listed in ("list_columns", "show_columns", "search_columns", "order_columns"):
            if not getattr(self, listed):  # FAB would take every column of the model
                raise TypeError(f"{type(self).__name__}.{listed} is empty")
        mapper: Mapper[Any] = self.datamodel.obj.__mapper__
        for name in {*self.list_columns, *self.show_columns, *self.search_columns, *self.order_columns}:
            if name in mapper.columns and isinstance(mapper.columns[name].type, Encrypted):
                raise TypeError(f"{type(self).__name__} would answer {name!r}, which is kept encrypted")
        self.label_columns, hints = labels_of(self.datamodel.obj)
        self.description_columns = {name: hints[name] for name in self.show_columns if name in hints}
        super().__init__()
        nothing: list[str] = []
        self.add_columns = self.edit_columns = nothing

    def add_apispec_components(self, api_spec: APISpec) -> None:
        BaseApi.add_apispec_components(self, api_spec)
        api_spec.components.schema(self.list_model_schema_name, schema=self.list_model_schema)
        api_spec.components.schema(self.show_model_schema_name, schema=self.show_model_schema)

    @before_request
    def readable(self) -> Response | None:
        """FAB's query language loops on ``(((`` and stumbles over ``2026-02-30`` (prison/decoder.py)."""
        try:
            prison.loads(request.args.get("q") or "()")
        except prison.decoder.ParserException:
            return None  # FAB tries it as JSON
        except Exception:
            return self.response_400(message="Not a valid rison/json argument")
        return None

    def _handle_columns_args(self, args: Any, selected: Any, shown: list[str]) -> Any:
        # no SELECT of FAB's making: it joins every relation, into the count too; ours pages by number first
        wanted = [*args.get("columns", ()), *args.get("select_columns", ())]
        return [], [name for name in wanted if name in shown]

    def _sanitize_page_args(self, page: int | None, page_size: int | None) -> Any:
        page, page_size = super()._sanitize_page_args(page, page_size)
        return min(max(page or 0, 0), MAX_PAGE), page_size

    @expose("/_info", methods=["GET"])
    @protect()
    @safe
    @permission_name("info")
    def info(self, **_kwargs: Any) -> Response:
        """What can be asked of this resource
        ---
        get:
          description: Columns with their labels, filters with their operators, and sortable columns
          responses:
            200:
              description: The description of the resource
              content:
                application/json:
                  schema:
                    type: object
            401:
              $ref: '#/components/responses/401'
        """
        filters: dict[str, Any] = {}
        self.merge_search_filters(filters)
        return self.response(
            200,
            title=str(self.list_title),
            list_columns={name: str(self.label_columns.get(name, name)) for name in self.list_columns},
            show_columns={name: str(self.label_columns.get(name, name)) for name in self.show_columns},
            order_columns=self.order_columns,
            **filters,
        )
