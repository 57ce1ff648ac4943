"""Roles travel as files: exported, reviewed, imported. One YAML document, sorted, made to be compared by eye."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
import yaml
from flask_appbuilder.security.sqla.models import Permission, PermissionView, ViewMenu

from app.core.db import db
from app.organisation.models import DataScope, Level, Role, Unit

_KEYS = ("level", "data_scope", "units", "accusations", "note", "permissions")


def as_yaml(roles: Iterable[Role]) -> str:
    """Every role with level, data scope, chosen units and permissions by view."""
    document = {role.name: _plain(role) for role in sorted(roles, key=lambda r: r.name)}
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)


def _plain(role: Role) -> dict[str, Any]:
    views: dict[str, list[str]] = {}
    for granted in role.permissions:
        views.setdefault(granted.view_menu.name, []).append(granted.permission.name)
    return {
        "level": role.level.name.lower(),
        "data_scope": role.data_scope.name.lower(),
        "units": sorted(unit.name for unit in role.units),
        "accusations": role.accusations,
        "note": role.note,
        "permissions": {view: sorted(views[view]) for view in sorted(views)},
    }


def load(text: str, leave: Collection[str] = (), dry_run: bool = False) -> list[str]:
    """Make the roles of the file true, adding and taking away; returns what changed, a line each.

    ``leave``: names of roles that stay as they are (seeding). ``dry_run`` changes nothing. Raises ValueError for a
    level, scope, unit or permission that does not exist.
    """
    document = yaml.safe_load(text) or {}
    if not isinstance(document, dict):
        raise ValueError("a file of roles names each role and below it what it may do")
    pairs = {
        (view, permission): pv
        for pv, permission, view in db.session.execute(
            sa.select(PermissionView, Permission.name, ViewMenu.name)
            .join(Permission, Permission.id == PermissionView.permission_id)
            .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        )
    }
    units = {unit.name: unit for unit in db.session.scalars(sa.select(Unit))}
    existing = {role.name: role for role in db.session.scalars(sa.select(Role))}
    changes: list[str] = []
    for name, wanted in document.items():
        role = existing.get(name)
        if name in leave:
            continue
        before = _plain(role) if role is not None and role.level is not None else None
        target = _checked(name, wanted, pairs, units)
        if before == target:
            continue
        changes.append(_difference(name, before, target))
        if dry_run:
            continue
        if role is None:
            role = Role(name=name)
            db.session.add(role)
        role.level = Level[target["level"].upper()]
        role.data_scope = DataScope[target["data_scope"].upper()]
        role.accusations = target["accusations"]
        role.note = target["note"]
        role.units = [units[unit] for unit in target["units"]]
        role.permissions = [pairs[view, p] for view, ps in target["permissions"].items() for p in ps]
    return changes


def _checked(
    name: str, wanted: dict[str, Any], pairs: dict[Any, Any], units: dict[str, Unit]
) -> dict[str, Any]:
    _well_formed(name, wanted)
    target: dict[str, Any] = {
        "level": str(wanted.get("level", "town")),
        "data_scope": str(wanted.get("data_scope", "assigned")),
        "units": sorted(wanted.get("units") or []),
        "accusations": bool(wanted.get("accusations", False)),
        "note": str(wanted.get("note") or ""),
        "permissions": {view: sorted(ps) for view, ps in sorted((wanted.get("permissions") or {}).items())},
    }
    if target["level"].upper() not in Level.__members__:
        raise ValueError(f"{name}: unknown level {target['level']!r}")
    if target["data_scope"].upper() not in DataScope.__members__:
        raise ValueError(f"{name}: unknown data scope {target['data_scope']!r}")
    for unit in target["units"]:
        if unit not in units:
            raise ValueError(f"{name}: unknown unit {unit!r}")
    for view, permissions in target["permissions"].items():
        for permission in permissions:
            if (view, permission) not in pairs:
                raise ValueError(f"{name}: unknown permission {permission!r} on {view!r}")
    return target


def _well_formed(name: str, wanted: Any) -> None:
    if not isinstance(wanted, dict):
        raise ValueError(f"{name}: below a role stand {', '.join(_KEYS)}")
    for key in wanted:
        if key not in _KEYS:
            raise ValueError(f"{name}: unknown word {key!r}")
    permissions, units = wanted.get("permissions") or {}, wanted.get("units") or []
    if not isinstance(permissions, dict) or not all(isinstance(ps, list) for ps in permissions.values()):
        raise ValueError(f"{name}: permissions are lists by view")
    if not isinstance(units, list):
        raise ValueError(f"{name}: units are a list of names")


def _difference(name: str, before: dict[str, Any] | None, after: dict[str, Any]) -> str:
    if before is None:
        return f"+ {name}"
    parts = [f"{key} {before[key]} -> {after[key]}" for key in ("level", "data_scope", "units", "accusations", "note")
             if before[key] != after[key]]  # fmt: skip
    old = {(v, p) for v, ps in before["permissions"].items() for p in ps}
    new = {(v, p) for v, ps in after["permissions"].items() for p in ps}
    parts += [f"+{v}.{p}" for v, p in sorted(new - old)] + [f"-{v}.{p}" for v, p in sorted(old - new)]
    return f"~ {name}: " + ", ".join(parts)
