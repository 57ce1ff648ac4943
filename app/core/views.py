"""The base every view inherits. What it changes of FAB stands here once, beside the FAB line it replaces.

Row scope lives below (``app/core/scope.py``); this closes what remains in FAB's views: filters shared between
requests, unchecked ordering and page sizes, actions and downloads that fetch rows unfiltered, SQL in messages,
mutations by GET, and hooks that run after the commit.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, has_request_context, jsonify, redirect, request, url_for
from flask_appbuilder import ModelView, expose, has_access
from flask_appbuilder.fieldwidgets import BS3TextAreaFieldWidget, BS3TextFieldWidget, Select2Widget
from flask_appbuilder.urltools import get_filter_args
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response
from wtforms import DateField, StringField, TextAreaField, validators

from app.core.crypto import Encrypted
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.enums import LabelledEnum
from app.core.errors import OutOfReach, Refusal
from app.core.fields import DateInput, EnumSelect, RemoteSelect
from app.core.labels import labels_of

log = logging.getLogger(__name__)
MAX_PAGE_SIZE = 100
MAX_PAGE = 400


class RequestFilters:
    """FAB keeps one filter object per view for all requests (baseviews.py:634); here each request has its own."""

    @property
    def _filters(self) -> Any:
        prototype = self.__dict__.get("_filters_prototype")
        if prototype is None or not has_request_context():
            return prototype
        box = g.setdefault("fab_filters", {})
        if id(self) not in box:
            box[id(self)] = copy.copy(prototype)
            box[id(self)].clear_filters()
        return box[id(self)]

    @_filters.setter
    def _filters(self, value: Any) -> None:
        self.__dict__["_filters_prototype"] = value


class BaseView(RequestFilters, ModelView):
    """A generated view of the house; subclasses are a few class attributes."""

    page_size = 25
    remote: Sequence[str] = ()  # relations picked by typing instead of loading all rows
    eager: Sequence[str] = ()  # relations the list shows
    computed: Mapping[str, Any] = {}  # list columns made from the row; ``row_tone`` is the stripe at its edge
    together: Mapping[str, Any] = {}  # list columns read for a whole page at once: rows to {id: value}
    cards: Any = ()
    list_hint: Any = ""

    # FAB leaves these None; typed here so that subclasses are plain lists
    datamodel: Any
    order_columns: list[str]
    search_columns: list[str]
    label_columns: dict[str, Any]
    description_columns: dict[str, Any]
    add_form_extra_fields: dict[str, Any]
    edit_form_extra_fields: dict[str, Any]
    search_form_extra_fields: dict[str, Any]
    exclude_route_methods: set[str]

    def __init__(self, **kwargs: Any) -> None:
        if not isinstance(self.datamodel, DataModel):
            self.datamodel = DataModel(self.datamodel.obj)
        else:  # class attributes are shared by FAB's instances of a view; each gets its own
            self.datamodel = copy.copy(self.datamodel)
        self.datamodel.eager, self.datamodel.computed = tuple(self.eager), dict(self.computed)
        self.datamodel.together = dict(self.together)
        self.order_columns = list(self.order_columns or [])
        if self.search_columns is None:
            self.search_columns = []
        labels, hints = labels_of(self.datamodel.obj)
        self.label_columns = labels | dict(self.label_columns or {})
        self.description_columns = hints | dict(self.description_columns or {})
        self.add_form_extra_fields = self._house_fields(self.add_columns, self.add_form_extra_fields)
        self.edit_form_extra_fields = self._house_fields(self.edit_columns, self.edit_form_extra_fields)
        self.search_form_extra_fields = self._house_fields(
            self.search_columns, self.search_form_extra_fields, required=False
        )
        super().__init__(**kwargs)
        for column, *_rest in self.base_filters or []:
            root = column.split(".")[0]
            if "." in column and not self.datamodel.is_relation_many_to_one(root):
                raise TypeError(f"base filter on {column!r} would be dropped silently (FAB interface.py:403)")
        self.exclude_route_methods = set(self.exclude_route_methods) | self._closed()

    def _closed(self) -> set[str]:
        """FAB gives every view every address; here what no permission can open has none."""
        # FAB serves any file of the upload folder to whoever may download anything (views.py:284)
        closed = {"download"}
        verbs = ("list", "show", "add", "edit", "delete")
        closed |= {verb for verb in verbs if f"can_{verb}" not in self.base_permissions}
        if not self.remote:
            closed.add("pick")
        if not self.actions:
            closed |= {"action", "action_post"}
        return closed

    # ---- forms -------------------------------------------------------------------------------------------------

    def _house_fields(self, columns: Any, extra: Any, required: bool = True) -> dict[str, Any]:
        """FAB's forms with our fields for enums, dates and remote relations."""
        fields = dict(extra or {})
        for name in columns or []:
            if name in fields:
                continue
            label = (self.label_columns or {}).get(name)
            rules: list[Any] = list((self.validators_columns or {}).get(name, []))
            needed = required and not self.datamodel.is_nullable(name)
            common = {"description": (self.description_columns or {}).get(name, "")}
            if self.datamodel.is_enum(name):
                cls = self.datamodel.list_columns[name].type.enum_class
                if cls is None or not issubclass(cls, LabelledEnum):
                    continue
                rules.append(validators.InputRequired() if needed else validators.Optional())
                default = self.datamodel.get_col_default(name) if required else None
                fields[name] = EnumSelect(
                    label,
                    rules,
                    enum=cls,
                    blank=not needed,
                    widget=Select2Widget(),
                    default=default,
                    **common,
                )
            elif self.datamodel.is_date(name):
                rules.append(validators.InputRequired() if needed else validators.Optional())
                fields[name] = DateField(label, rules, widget=DateInput(), **common)
            elif isinstance(getattr(self.datamodel.list_columns.get(name), "type", None), Encrypted):
                rules.append(validators.InputRequired() if needed else validators.Optional())
                fields[name] = StringField(
                    label, [*rules, validators.Length(max=60)], widget=BS3TextFieldWidget(), **common
                )
            elif required and self._may_stay_empty(name):
                length = self.datamodel.get_max_length(name)
                cls, widget = (
                    (StringField, BS3TextFieldWidget())
                    if length > 0
                    else (TextAreaField, BS3TextAreaFieldWidget())
                )
                limits = [validators.Length(max=length)] if length > 0 else []
                fields[name] = cls(label, [validators.Optional(), *rules, *limits], widget=widget, **common)
            elif name in self.remote:
                rules.append(validators.InputRequired() if needed else validators.Optional())
                related = DataModel(self.datamodel.get_related_model(name))
                fields[name] = RemoteSelect(
                    label, rules, datamodel=related, url=self._pick_url(name), **common
                )
        return fields

    def _may_stay_empty(self, name: str) -> bool:
        """A text that is not NULL but has the empty default: FAB would demand it (forms.py:217)."""
        column = self.datamodel.list_columns.get(name)
        default = getattr(column, "default", None)
        return self.datamodel.is_string(name) and default is not None and default.arg == ""

    def _pick_url(self, column: str) -> Any:
        return lambda: url_for(f"{type(self).__name__}.pick", column=column)

    @expose("/pick/<column>")
    def pick(self, column: str) -> Any:
        """Options of a remote picker, through the scope, for who may add or edit here."""
        permitted = self.appbuilder.sm.has_access
        may_use = any(permitted(p, self.class_permission_name) for p in ("can_add", "can_edit"))
        if not may_use:
            abort(403 if getattr(g.user, "is_authenticated", False) else 401)
        if column not in self.remote:
            abort(404)
        model = self.datamodel.get_related_model(column)
        term, page = request.args.get("q", "").strip(), _whole(request.args.get("page"), 1)
        query = sa.select(model)
        if term:
            query = query.where(
                sa.or_(*[getattr(model, c).contains(term, autoescape=True) for c in model.pick_by])
            )
        query = self.pick_filter(column, query)
        rows = db.session.scalars(query.order_by(model.id).limit(21).offset((page - 1) * 20)).all()
        return jsonify(
            results=[{"id": row.id, "text": str(row)} for row in rows[:20]],
            pagination={"more": len(rows) > 20},
        )

    def pick_filter(self, column: str, query: sa.Select[Any]) -> sa.Select[Any]:
        """Narrow a picker for convenience; safety is the scope's."""
        return query

    # ---- list --------------------------------------------------------------------------------------------------

    def _get_list_widget(self, filters: Any, **kwargs: Any) -> Any:
        # FAB passes any column to ORDER BY and any page size to LIMIT (baseviews.py:1079)
        if kwargs.get("order_column") and kwargs["order_column"] not in self.order_columns:
            kwargs["order_column"] = kwargs["order_direction"] = ""
        if kwargs.get("page") is not None:
            kwargs["page"] = min(max(kwargs["page"], 0), MAX_PAGE)
        if kwargs.get("page_size") is not None and not 1 <= kwargs["page_size"] <= MAX_PAGE_SIZE:
            kwargs["page_size"] = self.page_size
        return super()._get_list_widget(filters=filters, **kwargs)

    # ---- add and edit: one transaction, refusals at the field ---------------------------------------------------

    def _add(self) -> Any:
        # FAB flashes str(exception), SQL included, and loses the form (baseviews.py:1229)
        get_filter_args(self._filters, disallow_if_not_in_search=False)
        exclude = self._filters.get_relation_cols()
        form = self.add_form.refresh()
        if request.method == "POST":
            self._fill_form_exclude_cols(exclude, form)
            if form.validate():
                self.process_form(form, True)
                item = self.new_item()
                if self._commit(form, item, self.pre_add, self.datamodel.add):
                    self.post_add(item)
                    flash(self.add_row_message, "success")
                    return None
        else:
            self.prefill_add(form)
            self.update_redirect()
        return self._get_add_widget(form=form, exclude_cols=exclude)

    def new_item(self) -> Any:
        """What the sent form fills."""
        return self.datamodel.obj()

    def prefill_add(self, form: Any) -> None:
        """Values an empty add form starts with."""

    def _edit(self, pk: Any) -> Any:
        get_filter_args(self._filters, disallow_if_not_in_search=False)
        exclude = self._filters.get_relation_cols()
        item = self.datamodel.get(pk, self._base_filters)
        if not item:
            abort(404)
        if request.method == "POST":
            form = self.edit_form.refresh(request.form)
            self._fill_form_exclude_cols(exclude, form)
            form._id = self.datamodel.get_pk_value(item)
            if form.validate():
                self.process_form(form, False)
                if self._commit(form, item, self.pre_update, self.datamodel.edit):
                    self.post_update(item)
                    flash(self.edit_row_message, "success")
                    return None
                if sa.inspect(item).detached:
                    item = self.datamodel.get(pk, self._base_filters)
        else:
            form = self.edit_form.refresh(obj=item)
            self.prefill_form(form, pk)
            self.update_redirect()
        return self._get_edit_widget(form=form, exclude_cols=exclude)

    def _commit(self, form: Any, item: Any, before: Any, write: Any) -> bool:
        """Fill, check and write in one transaction; on refusal roll back and say why at the field."""
        try:
            with db.session.no_autoflush:
                form.populate_obj(item)
            before(item)
            write(item)
            return True
        except Refusal as refusal:
            db.session.rollback()
            self._say(form, refusal)
        except OutOfReach:
            db.session.rollback()
            abort(404)
        except (StaleDataError, OperationalError) as lost:
            db.session.rollback()
            log.warning("write lost: %s", type(lost).__name__)
            flash(str(_l("Somebody else has just changed this. Look at it again, then decide.")), "warning")
        except (IntegrityError, DataError) as broken:
            db.session.rollback()
            log.warning("refused by the database: %s", broken.orig)
            flash(str(_l("The database refused this entry because it contradicts other records.")), "danger")
        return False

    @staticmethod
    def _say(form: Any, refusal: Refusal) -> None:
        field = getattr(form, refusal.field, None) if refusal.field else None
        if field is None:
            flash(str(refusal), "danger")
        else:
            field.errors = [*field.errors, str(refusal)]

    def _delete(self, pk: Any) -> None:
        item = self.datamodel.get(pk, self._base_filters)
        if not item:
            abort(404)
        try:
            self.pre_delete(item)
            self.datamodel.delete(item)
            flash(self.delete_row_message, "success")
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        except OutOfReach:
            db.session.rollback()
            abort(404)
        except (IntegrityError, OperationalError):
            db.session.rollback()
            flash(str(_l("This entry is in use and cannot be deleted.")), "danger")

    @expose("/delete/<pk>", methods=["POST"])
    @has_access
    def delete(self, pk: str) -> Response:
        # FAB also answers GET (views.py:267)
        self._delete(pk)
        return self.post_delete_redirect()

    # ---- actions and downloads ----------------------------------------------------------------------------------

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name: str, pk: str) -> Any:
        # FAB fetches by id without any filter and answers GET (views.py:321)
        return self._act(name, [pk], single=True)

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        return self._act(request.form.get("action", ""), request.form.getlist("rowid"), single=False)

    def _act(self, name: str, pks: list[str], single: bool) -> Any:
        found = self.actions.get(name)
        if found is None:
            abort(404)
        if not self.appbuilder.sm.has_access(
            self.get_action_permission_name(name), self.class_permission_name
        ):
            abort(403 if getattr(g.user, "is_authenticated", False) else 401)
        alone = found.single and (single or not found.multiple)  # whether the action takes one row or a list
        if not pks or len(pks) > (1 if alone else MAX_PAGE_SIZE):
            abort(400)
        rows = [self.datamodel.get(pk, self._base_filters) for pk in pks]
        if any(row is None for row in rows):
            abort(404)
        try:
            return found.func(rows[0] if alone else rows)
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        except OutOfReach:
            db.session.rollback()
            abort(404)
        except (StaleDataError, OperationalError):
            db.session.rollback()
            flash(str(_l("Somebody else has just changed this. Look at it again, then decide.")), "warning")
        return redirect(self.get_redirect())


class RecordView(BaseView):
    """A view of records that are never changed by hand: look, nothing else."""

    base_permissions = ["can_list", "can_show"]


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and 0 < int(text) <= MAX_PAGE else default
