"""Excel of the room's generated lists: what the reader sees there, with column names that never change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_appbuilder import expose, has_access, permission_name
from werkzeug.wrappers import Response

from app.core.db import db
from app.incentives import workbook
from app.incentives.views import file_answer

Column = tuple[str, str | Callable[[Any], Any]]


class ExcelList:
    """Beside a list: its rows as a workbook. ``excel_columns``: the name others build on, and where the value is read
    (an attribute, or a function of the row); add at the end, never rename."""

    excel_title = ""
    excel_columns: Sequence[Column] = ()
    datamodel: Any
    endpoint: str

    def list_links(self) -> list[tuple[Any, str]]:
        return [("Excel", url_for(f"{self.endpoint}.excel"))]

    def excel_sheets(self) -> list[workbook.Sheet]:
        model = self.datamodel.obj
        rows = db.session.scalars(sa.select(model).order_by(model.id))
        lines = [[_value(row, read) for _name, read in self.excel_columns] for row in rows]
        return [(self.excel_title, [name for name, _read in self.excel_columns], lines)]

    @expose("/excel", methods=["GET"])
    @has_access
    @permission_name("list")
    def excel(self) -> Response:
        content = workbook.of_sheets(self.excel_sheets())
        return file_answer(content, f"{self.excel_title}.xlsx", workbook.MIME)


def _value(row: Any, read: str | Callable[[Any], Any]) -> workbook.Cell:
    return workbook.cell(getattr(row, read) if isinstance(read, str) else read(row))
