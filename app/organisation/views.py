"""Views of units, posts, officers and roles."""

from __future__ import annotations

from typing import Any

from flask import current_app, g
from flask_appbuilder.actions import action
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_appbuilder.security.sqla.models import PermissionView
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.security import generate_password_hash
from werkzeug.wrappers import Response
from wtforms import PasswordField, validators

from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView
from app.organisation.guards import is_administrator
from app.organisation.models import Officer, Post, Role, Unit
from app.organisation.security import password_rule

_EMPTY_DOMAIN = "office.invalid"  # FAB wants an address of each user; the portal sends none


class UnitView(BaseView):
    datamodel = DataModel(Unit)
    list_title = _l("Units and rooms")
    show_title = add_title = edit_title = _l("Unit or room")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = ["name", "kind", "parent", "sign", "phone", "active"]
    show_columns = [
        "name", "short_name", "aliases", "kind", "parent", "sign", "phone", "address", "active"
    ]  # fmt: skip
    add_columns = edit_columns = show_columns
    order_columns = ["name", "kind"]
    search_columns = ["name", "kind", "active"]
    base_order = ("path", "asc")
    eager = ("parent",)
    remote = ("parent",)

    def pre_update(self, unit: Unit) -> None:
        above = unit.parent
        while above is not None:
            if above.id == unit.id:
                raise Refusal(_l("A unit cannot stand below itself."), "parent")
            above = above.parent


class PostView(BaseView):
    datamodel = DataModel(Post)
    list_title = _l("Posts")
    show_title = add_title = edit_title = _l("Post")
    list_columns = show_columns = add_columns = edit_columns = ["name"]
    search_columns = ["name"]
    base_order = ("name", "asc")


def _strong(_form: Any, field: Any) -> None:
    if field.data:
        try:
            password_rule(field.data)
        except Exception as weak:
            raise validators.ValidationError(str(weak)) from weak


class OfficerView(BaseView):
    """Accounts. Rights are not given here: the system administrator makes accounts, the security one grants."""

    datamodel = DataModel(Officer)
    route_base = "/users"
    list_title = _l("Officers")
    show_title = add_title = edit_title = _l("Officer")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    label_columns = {
        "get_full_name": _l("Name"), "last_name": _l("Family name"), "first_name": _l("Given name"),
        "username": _l("Account"), "active": _l("In use"), "roles": _l("Roles"), "password": _l("Password"),
        "last_login": _l("Last sign-in"), "fail_login_count": _l("Failed sign-ins"),
    }  # fmt: skip
    list_columns = [
        "username",
        "get_full_name",
        "unit",
        "post",
        "active",
        "roles",
        "last_login",
    ]
    show_columns = [
        "username", "get_full_name", "unit", "post", "roles", "active", "last_login", "fail_login_count"
    ]  # fmt: skip
    add_columns = [
        "last_name",
        "first_name",
        "username",
        "unit",
        "post",
        "active",
        "typed_password",
    ]
    edit_columns = [
        "last_name",
        "first_name",
        "unit",
        "post",
        "active",
        "typed_password",
    ]
    search_columns = ["username", "last_name", "first_name", "active"]
    order_columns = ["username", "last_login"]
    base_order = ("id", "asc")
    eager = ("unit", "post", "roles")
    remote = ("unit", "post")
    add_form_extra_fields = {
        "typed_password": PasswordField(_l("Password"), [validators.InputRequired(), _strong])
    }
    edit_form_extra_fields = {
        "typed_password": PasswordField(
            _l("New password"), [_strong], description=_l("Empty: it stays. Changing it ends all sessions.")
        )
    }

    def pre_add(self, officer: Officer) -> None:
        officer.email = f"{officer.username}@{_EMPTY_DOMAIN}"
        officer.password = generate_password_hash(officer.typed_password)

    def pre_update(self, officer: Officer) -> None:
        if officer.id == g.user.id and not officer.active:
            raise Refusal(_l("Nobody may switch off their own account."), "active")
        if officer.typed_password and officer.id != g.user.id and is_administrator(officer):
            raise Refusal(
                _l("The password of another administrator is set on the server."), "typed_password"
            )  # (flask fab reset-password) or whoever keeps the accounts could take the rights of the other two
        if officer.typed_password:
            officer.password = generate_password_hash(officer.typed_password)
        if officer.typed_password or not officer.active:
            officer.session_version += 1
            officer.fail_login_count = 0


class GrantView(BaseView):
    """Who holds which role; for the security administrator alone."""

    datamodel = DataModel(Officer)
    list_title = _l("Grants of roles")
    show_title = edit_title = _l("Roles of an officer")
    base_permissions = ["can_list", "can_show", "can_edit"]
    label_columns = OfficerView.label_columns
    list_columns = show_columns = ["username", "get_full_name", "unit", "post", "active", "roles"]
    edit_columns = ["roles"]
    search_columns = ["username", "last_name", "first_name"]
    base_order = ("id", "asc")
    eager = ("unit", "post", "roles")


def _by_view(permissions: list[PermissionView]) -> Markup:
    """What a role may do, a line a view."""
    found: dict[str, list[str]] = {}
    for title, _colon, verb in (str(pair).rpartition("：") for pair in permissions):
        found.setdefault(title, []).append(verb)
    lines = (f"{title}：{'、'.join(sorted(filter(None, verbs)))}" for title, verbs in sorted(found.items()))
    return Markup("<br>").join(lines)


class OfficeRoles(BaseFilter):
    """The framework's own two roles are nobody's to change."""

    name = _l("Roles of the office")

    def apply(self, query: Any, value: Any) -> Any:
        own = (
            current_app.config["AUTH_ROLE_ADMIN"],
            current_app.extensions["appbuilder"].sm.auth_role_public,
        )
        return query.filter(Role.name.not_in(own))


class RoleView(BaseView):
    """FAB's role page: what a role may do; with the level and the data scope of the house."""

    datamodel = DataModel(Role)
    route_base = "/roles"
    base_filters = [["id", OfficeRoles, None]]
    list_title = _l("Roles and levels")
    show_title = add_title = edit_title = _l("Role")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    label_columns = {
        "name": _l("Role"),
        "permissions": _l("May do"),
        "user": _l("Officers"),
    }
    list_columns = ["name", "level", "data_scope", "accusations", "units", "note"]
    show_columns = [
        "name", "level", "data_scope", "units", "accusations", "note", "user", "permissions"
    ]  # fmt: skip
    add_columns = edit_columns = [
        "name",
        "level",
        "data_scope",
        "units",
        "accusations",
        "note",
        "permissions",
    ]
    search_columns = ["name", "level", "data_scope"]
    order_columns = ["name", "level", "data_scope"]
    base_order = ("id", "asc")
    eager = ("units",)
    formatters_columns = {
        "permissions": lambda rows: _by_view(rows),
        "user": lambda rows: "、".join(sorted(str(row) for row in rows)),
        "units": lambda rows: "、".join(str(row) for row in rows),
    }

    @action("export_roles", _l("Export as file"), "", "fa-download", multiple=True, single=False)
    def export_roles(self, roles: list[Role]) -> Response:
        from app.organisation.role_files import as_yaml

        return Response(
            as_yaml(roles),
            mimetype="application/yaml",
            headers={"Content-Disposition": "attachment; filename=roles.yaml"},
        )


__all__ = ["GrantView", "OfficerView", "PermissionView", "PostView", "RoleView", "UnitView", "db"]
