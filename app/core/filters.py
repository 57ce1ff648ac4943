"""List filters as they come from an address or an interface: those that exist, with values a column can hold.

FAB takes a filter's number as a list index and hands whatever value it gets to the database (models/filters.py,
models/sqla/filters.py); both end in an error page. Here an unknown filter is none, and a value that cannot be is 400.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from dateutil import parser
from flask import abort
from flask_appbuilder.exceptions import InvalidOperationFilterFABException
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.filters import FilterContains, SQLAFilterConverter, get_field_setup_query

LARGEST_ID = 2**31 - 1
_YES = {"y", "true", "1"}
_NO = {"n", "false", "0"}


class LikeContains(FilterContains):
    """FAB's contains lower-cases both sides and does not escape % and _ (filters.py:126)."""

    def apply(self, query: Any, value: str) -> Any:
        query, column = get_field_setup_query(query, self.model, self.column_name)
        return query.filter(column.contains(value, autoescape=True))


class Converter(SQLAFilterConverter):
    conversion_table = tuple(
        (test, [LikeContains if f is FilterContains else f for f in filters])
        for test, filters in SQLAFilterConverter.conversion_table
    )


class CheckedFilters(Filters):
    """The filters of one list in one request."""

    def add_filter_index(self, column_name: str, filter_instance_index: int, value: Any) -> None:
        if filter_instance_index < len(self._all_filters.get(column_name, ())):
            super().add_filter_index(column_name, filter_instance_index, value)

    def rest_add_filters(self, data: list[dict[str, Any]]) -> None:
        for wanted in data:
            column, operator = wanted.get("col"), wanted.get("opr")
            if not self._rest_check_valid_filter_operation(column, operator):
                raise InvalidOperationFilterFABException(f"No filter {operator} on {column}")
        super().rest_add_filters(data)

    def _add_filter(self, filter_instance: Any, values: Any) -> None:
        name, many = filter_instance.column_name, filter_instance.arg_name in ("in", "not_in")
        given = values if isinstance(values, list) else [values]
        read = [understood(self.datamodel, name, value) for value in given if value != ""]
        if read:
            super()._add_filter(filter_instance, read if many or isinstance(values, list) else read[0])


def understood(datamodel: Any, name: str, value: Any) -> Any:
    """The value as the column's type; 400 when it is none. What the code itself sets passes as it is."""
    if value is None or callable(value) or isinstance(value, dt.date):
        return value
    text = str(value)
    if "\x00" in text:
        abort(400)  # PostgreSQL knows no such text
    if datamodel.is_relation(name) or datamodel.is_integer(name):
        return _number(text)
    if datamodel.is_boolean(name):
        if text.lower() not in _YES | _NO:
            abort(400)
        return text.lower() in _YES
    if datamodel.is_enum(name):
        return text if text in datamodel.list_columns[name].type.enums else abort(400)
    if datamodel.is_date(name) or datamodel.is_datetime(name):
        return _moment(text, datamodel.is_datetime(name))
    return text


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or abs(int(text)) > LARGEST_ID:
        abort(400)
    return int(text)


def _moment(text: str, with_time: bool) -> dt.date:
    try:
        read = parser.parse(text)
    except (ValueError, OverflowError):
        abort(400)
    return read if with_time else read.date()
