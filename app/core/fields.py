"""Form fields of the house: labelled enums, dates the browser draws, and remote pickers that check what comes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from wtforms import Field, SelectField
from wtforms.validators import ValidationError

from app.core.enums import LabelledEnum


class EnumSelect(SelectField):
    """FAB's EnumField shows Python values; this one shows labels and returns the member, or None."""

    def __init__(
        self, label: Any = None, validators: Any = None, enum: type[LabelledEnum] = LabelledEnum, **kw: Any
    ):
        self.enum = enum
        self.blank = kw.pop("blank", False)
        super().__init__(label, validators, coerce=self._member, choices=[], validate_choice=False, **kw)

    def _member(self, value: Any) -> LabelledEnum | None:
        if value is None or isinstance(value, self.enum) or value == "":
            return value or None
        if value not in self.enum.__members__:
            raise ValueError(self.gettext("Not a valid choice."))
        return self.enum[value]

    def iter_choices(self) -> Any:
        if self.blank:
            yield ("", "", self.data is None, {})
        for member in self.enum:
            yield (member.name, str(member), member is self.data, {})


class RemoteSelectWidget:
    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        chosen = field.data
        option = Markup("")
        if chosen is not None:
            option = Markup('<option value="{}" selected>{}</option>').format(chosen.id, escape(str(chosen)))
        return Markup(
            '<select id="{}" name="{}" class="form-control js-remote" data-url="{}" {}>{}</select>'
        ).format(
            field.id, field.name, field.url(), Markup("required") if field.flags.required else "", option
        )


class RemoteSelect(Field):
    """Picks one row by typing; the posted id is fetched through the same scoped session, so a foreign id is refused."""

    widget = RemoteSelectWidget()

    def __init__(
        self, label: Any = None, validators: Any = None, datamodel: Any = None, url: Any = None, **kw: Any
    ):
        super().__init__(label, validators or [], **kw)
        self.datamodel, self.url = datamodel, url

    def process_formdata(self, valuelist: list[str]) -> None:
        value = valuelist[0] if valuelist else ""
        self.data = None
        if value in ("", "__None"):
            return
        if not value.isdigit():
            raise ValidationError(str(_l("Not a valid choice")))
        self.data = self.datamodel.get(int(value))
        if self.data is None:
            raise ValidationError(str(_l("Not a valid choice")))


class DateInput:
    """The browser's own date field (ISO value): FAB's picker throws in 5.3."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        value = field.data.isoformat() if isinstance(field.data, dt.date) else (field._value() or "")
        return Markup('<input type="date" id="{}" name="{}" value="{}" class="form-control" {}>').format(
            field.id, field.name, value, Markup("required") if field.flags.required else ""
        )
