"""The datamodel under every view: what it overrides of FAB's ``SQLAInterface`` stands here, once.

Measured on a million rows: plain FAB counts over SELECT *, loads relations one by one, counts for every picker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask_appbuilder.models.sqla.interface import SQLAInterface

from app.core.filters import LARGEST_ID, CheckedFilters, Converter
from app.core.scope import SEARCHING, Scoped

COUNT_CAP = 10_000  # beyond it the page says "10000+": nobody pages that far, and counting costs a scan


class DataModel(SQLAInterface):
    """Capped counts, id-first paging, eager relations; ``eager`` names relations the list shows."""

    filter_converter_class = Converter

    def __init__(self, obj: type[Any], session: Any = None) -> None:
        super().__init__(obj, session)
        self.eager: tuple[str, ...] = ()
        self.computed: dict[str, Callable[[Any], Any]] = {}  # list columns made from the row, by name
        self.together: dict[
            str, Callable[[list[Any]], dict[int, Any]]
        ] = {}  # from all rows of a page at once

    def _get_attr_value(self, item: Any, col: str) -> Any:
        # FAB prints an enum's value (base.py:66); ours knows how to print itself
        if col in self.together:
            return self.together[col]([item]).get(item.id, "")
        if col in self.computed:
            return self.computed[col](item)
        value = getattr(item, col)
        return value() if callable(value) else value

    def get_values(self, lst: Any, list_columns: Any) -> Any:
        columns = [*list_columns, *(name for name in self.computed if name == "row_tone")]
        rows = list(lst)
        whole = {column: self.together[column](rows) for column in columns if column in self.together}
        for item in rows:
            yield {
                column: whole[column].get(item.id, "")
                if column in whole
                else self._get_attr_value(item, column)
                for column in columns
            }

    def get_related_interface(self, col_name: str) -> SQLAInterface:
        # FAB makes a new interface for each <option>
        cache = self.__dict__.setdefault("_related", {})
        if col_name not in cache:
            cache[col_name] = DataModel(self.get_related_model(col_name))
        return cache[col_name]

    def query_count(self, query: Any, filters: Any = None, select_columns: Any = None) -> int:
        # FAB: count over SELECT * with all joins (interface.py query_count)
        query = self.apply_filters(query, self.get_inner_filters(filters))
        inner = query.with_entities(self.get_pk()).order_by(None).limit(COUNT_CAP + 1).subquery()
        counted = self.session.query(sa.func.count()).select_from(inner)
        return int(counted.execution_options(**self._way(query)).scalar())

    @staticmethod
    def _way(query: Any) -> Any:
        """How the scope is asked for: a list searches, unless a filter of the view leaves few rows and says so."""
        return SEARCHING | query.get_execution_options()

    def query(
        self,
        filters: Any = None,
        order_column: str = "",
        order_direction: str = "",
        page: int | None = None,
        page_size: int | None = None,
        select_columns: list[str] | None = None,
        outer_default_load: bool = False,
    ) -> tuple[int, list[Any]]:
        if page_size is None and page is None and not select_columns:  # a picker: no count
            rows = self.apply_order_by(
                self.apply_filters(self.session.query(self.obj), filters), order_column, order_direction
            ).all()
            return len(rows), rows
        if select_columns or page_size is None:
            return super().query(
                filters, order_column, order_direction, page, page_size, select_columns, outer_default_load
            )
        base = self.session.query(self.obj)
        count = self.query_count(base, filters)
        inner = self._apply_inner_all(
            base, filters, order_column or self.get_pk_name(), order_direction or "desc", page, page_size
        )
        numbers = inner.with_entities(self.get_pk()).execution_options(**self._way(inner))
        ids = [row[0] for row in numbers.all()]
        if not ids:
            return count, []
        rows_query = base.filter(self.get_pk().in_(ids))
        rows_query = rows_query.options(*[self._loader(path) for path in self.eager])
        by_id = {self.get_pk_value(row): row for row in rows_query.all()}
        return count, [by_id[i] for i in ids if i in by_id]

    def _loader(self, path: str) -> Any:
        """An eager loader for ``unit`` or ``case.category``: to-one joined, to-many in one further statement.

        A join is not asked about the scope (SQLAlchemy leaves the criteria out of joined loads), a further statement
        is; so only the ``case`` by which a row is within reach itself is joined of the scoped rows.
        """
        model, option = self.obj, None
        for name in path.split("."):
            attribute = getattr(model, name)
            end = attribute.property.mapper.class_
            apart = attribute.property.uselist or (issubclass(end, Scoped) and name != "case")
            start: Any = sa.orm if option is None else option
            option = (start.selectinload if apart else start.joinedload)(attribute)
            model = end
        return option

    def is_nullable(self, col_name: str) -> bool:
        # FAB demands a tick in every box that cannot be NULL (forms.py); not ticked is an answer, too
        return self.is_boolean(col_name) or bool(super().is_nullable(col_name))

    def get_filters(self, search_columns: Any = None, search_filters: Any = None) -> CheckedFilters:
        return CheckedFilters(self.filter_converter_class, self, search_columns or [], search_filters)

    def get(self, id: Any, *args: Any, **kwargs: Any) -> Any:
        # a text, or a number no column can hold, is no row; FAB hands it to the database, which raises
        number = str(id)
        if not (number.isascii() and number.isdigit() and int(number) <= LARGEST_ID):
            return None
        return super().get(int(number), *args, **kwargs)

    def edit(self, item: Any, commit: bool = True) -> None:
        # FAB merges and swallows the cause; the item is already of this session
        self.session.add(item)
        if commit:
            self.session.commit()

    def add(self, item: Any, commit: bool = True) -> None:
        self.session.add(item)
        if commit:
            self.session.commit()

    def delete(self, item: Any, commit: bool = True) -> None:
        self.session.delete(item)
        if commit:
            self.session.commit()
