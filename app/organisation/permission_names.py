"""Permissions in words: FAB prints "can list on CaseView"; an administrator reads 「信访事项：查看列表」."""

from __future__ import annotations

from typing import Any

from flask import current_app, has_app_context
from flask_appbuilder.security.sqla.models import PermissionView
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

VERBS: dict[str, Any] = {
    "can_list": _l("see the list"),
    "can_show": _l("open"),
    "can_add": _l("add"),
    "can_edit": _l("change"),
    "can_delete": _l("delete"),
    "can_get": _l("read by interface"),
    "can_post": _l("hand in by interface"),
    "can_info": _l("read field descriptions by interface"),
    "can_download": _l("download"),
    "can_pdf": _l("read the paper"),
    "can_preview": _l("look at the paper"),
    "can_gallery": _l("see the examples"),
    "can_draft": _l("write"),
    "can_print": _l("print"),
    "print_papers": _l("print the papers of chosen cases"),
    "can_submit": _l("send for review"),
    "can_review": _l("review"),
    "can_sign": _l("sign"),
    "can_void": _l("declare void"),
    "can_deliver": _l("record the delivery"),
    "can_docx": _l("take as an editable file"),
    "can_compute": _l("compute"),
    "can_friday": _l("submit Friday's list"),
    "can_generate": _l("make the days of a year"),
    "can_facts": _l("look up number, date, unit and state"),
    "can_calendar": _l("see the calendar of sessions"),
    "can_feed": _l("have a private calendar address"),
    "can_convene": _l("convene (the level's row names the posts)"),
    "can_record": _l("keep the minutes"),
    "can_opine": _l("write an opinion of their own"),
    "can_prepare": _l("set up who takes part"),
    "can_attach": _l("attach files"),
    "can_report": _l("report what was done"),
    "can_verify": _l("verify what was done"),
    "can_strike": _l("strike off"),
    "can_trial": _l("try a formula on a past month"),
    "can_correct": _l("begin a correction"),
    "can_treatment": _l("see who qualifies"),
    "menu_access": _l("in the menu"),
    "can_this_form_get": _l("open the form"),
    "can_this_form_post": _l("send the form"),
}
FRAMEWORK: dict[str, Any] = {
    "OpenApi": _l("Interface: description"),
    "SwaggerView": _l("Interface: pages to try it"),
}


def view_title(view_name: str) -> str:
    """The title of a view, or the label of a menu entry."""
    if view_name in FRAMEWORK:
        return str(FRAMEWORK[view_name])
    if has_app_context():
        for view in current_app.extensions["appbuilder"].baseviews:
            if type(view).__name__ == view_name:
                title = getattr(view, "menu_label", None) or getattr(view, "list_title", None)
                title = title or getattr(view, "title", None) or getattr(view, "form_title", None)
                if title:
                    return str(title)
        entry = current_app.extensions["appbuilder"].menu.find(view_name)
        if entry is not None:
            return gettext(str(entry.label))
    return gettext(view_name)


def permission_title(permission: str, view_name: str) -> str:
    verb = VERBS.get(permission)
    if verb is None and has_app_context():
        for view in current_app.extensions["appbuilder"].baseviews:
            action = (
                getattr(view, "actions", {}).get(permission) if type(view).__name__ == view_name else None
            )
            if action is not None:
                verb = action.text
        names = getattr(current_app, "permission_words", {})
        verb = verb or names.get(permission)
    return f"{view_title(view_name)}：{verb if verb is not None else gettext(permission)}"


def speak() -> None:
    """FAB prints permission pairs by their ``__repr__`` (models.py:155)."""

    def words(self: Any) -> str:
        return permission_title(self.permission.name, self.view_menu.name)

    PermissionView.__repr__ = words
    PermissionView.__str__ = words
