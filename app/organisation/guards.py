"""What nobody may do with rights, whatever screen they use: checked at every flush of a request.

Nobody changes their own rights (FAB's user editor lets an editor make himself Admin). The three administrators
(系统管理员, 安全保密管理员, 安全审计员) are three persons, and none of them handles cases (GB/T 22239, domain.md §9.3).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app, g, has_request_context
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.errors import Refusal
from app.organisation.models import Level, Officer, Role
from app.organisation.reach import roles_of

_RIGHTS = ("permissions", "level", "data_scope", "accusations", "units")


def _changed(row: Any, *names: str) -> bool:
    attributes = sa.inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in names)


def _check_rights(session: Session, *_: Any) -> None:
    if not has_request_context():
        return
    me = g.get("user")
    my_id = getattr(me, "id", None)
    mine = roles_of(me) if my_id is not None else []
    for row in (*session.new, *session.dirty):
        if isinstance(row, Officer) and _changed(row, "roles", "groups"):
            if row.id is not None and row.id == my_id:
                raise Refusal(_l("Nobody may change their own roles."), "roles")
            _keep_apart(row)
        if (
            isinstance(row, Officer)
            and row.id == my_id
            and my_id is not None
            and _changed(row, "unit", "unit_id")
        ):
            raise Refusal(_l("Nobody may change their own unit."), "unit")
        if isinstance(row, Role) and row in mine and _changed(row, *_RIGHTS):
            raise Refusal(_l("Nobody may change a role they hold themselves."), "permissions")


def is_administrator(officer: Officer) -> bool:
    return any(role.level is Level.ADMIN for role in roles_of(officer))


def _keep_apart(officer: Officer) -> None:
    roles = roles_of(officer)
    if any(role.name == current_app.config["AUTH_ROLE_ADMIN"] for role in roles):
        raise Refusal(_l("The framework's own role is given to nobody."), "roles")
    if is_administrator(officer) and len(roles) > 1:
        raise Refusal(
            _l(
                "An administrator holds exactly one role: the three administrators are separate and handle no cases."
            ),
            "roles",
        )


def watch(session_factory: Any) -> None:
    sa.event.listen(session_factory, "before_flush", _check_rights)
