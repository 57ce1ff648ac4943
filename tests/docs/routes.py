"""docs/routes.md from the route map."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.docs.words import Words, page, table


def routes(app: Flask, words: Words) -> str:
    views = {view.endpoint: view for view in app.extensions["appbuilder"].baseviews}
    opened, public, closed = [], [], []
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint)):
        owner, _, name = rule.endpoint.rpartition(".")
        view = views.get(owner)
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        needed = _needed(view, name)
        if needed is None:
            public.append((f"`{rule.rule}`", methods, f"`{rule.endpoint}`"))
        elif needed:
            title = getattr(view, "menu_label", None) or getattr(view, "list_title", None) or ""
            permission = " or ".join(f"`{p}`" for p in needed)
            opened.append((f"`{rule.rule}`", methods, permission, f"`{owner}`", words(title)))
        else:
            closed.append((f"`{rule.rule}`", methods, f"`{rule.endpoint}`"))
    nobody = ["## Open to nobody", table(["address", "methods", "endpoint"], closed)] if closed else []
    return page(
        "# Routes",
        "Every address, what may be sent to it, and the permission a role needs. Rows are scoped below all of them; a "
        "verb may ask for more (a step asks whose turn it is).",
        table(["address", "methods", "permission", "on", "page"], opened),
        "## Without a permission",
        table(["address", "methods", "endpoint"], public),
        *nobody,
    )


def _needed(view: Any, name: str) -> list[str] | None:
    """The permissions of which one opens a route: an empty list opens it to nobody, None to everybody."""
    if view is None:
        return None
    if name in ("action", "action_post"):
        return sorted(view.actions)
    if name == "pick":
        return [p for p in ("can_add", "can_edit") if view.remote and p in view.base_permissions]
    permission = getattr(getattr(type(view), name), "_permission_name", None)
    if permission is None:
        return None
    return [f"can_{permission}"] if f"can_{permission}" in view.base_permissions else []
