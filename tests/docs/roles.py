"""docs/roles.md from `seeds/roles.yaml`, with the titles of the views."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Flask

from app import setup
from app.organisation import permission_names
from tests.docs.words import Words, page, table

Pair = tuple[str, str]  # view or menu entry, permission


def roles(app: Flask, words: Words) -> str:
    document: Mapping[str, Any] = setup.read_yaml("roles.yaml")
    granted: dict[Pair, set[str]] = defaultdict(set)
    for name, role in document.items():
        for view, permissions in role["permissions"].items():
            for permission in permissions:
                granted[view, permission].add(name)
    case_forms = {r.endpoint.split(".")[0] for r in app.url_map.iter_rules() if "case_id" in r.arguments}
    steps = [p for p in granted if p[0] in case_forms]
    menu = [p for p in granted if p[1] == "menu_access"]
    others = [p for p in granted if p not in steps and p not in menu]

    def matrix(first: str, pairs: list[Pair]) -> str:
        heads = [first, *(f"{i} {name}" for i, name in enumerate(document, 1))]
        rows = [
            [_words(pair, words), *("●" if name in granted[pair] else "" for name in document)]
            for pair in sorted(pairs)
        ]
        return table(heads, rows)

    return page(
        "# Roles",
        "As seeded from [`seeds/roles.yaml`](../seeds/roles.yaml). An office changes them on the pages 角色与层级 and "
        "角色授权, and carries them as a file with `flask roles export` and `flask roles import`.",
        table(
            ["role", "level", "sees", "accusations", "note"],
            (
                (
                    name,
                    role["level"],
                    role["data_scope"],
                    "only these" if role["accusations"] else "",
                    role["note"],
                )
                for name, role in document.items()
            ),
        ),
        "Sees: `all` units, `chosen` units, own unit and below (`subtree`), own `unit`, own assignments (`assigned`); "
        "assignments come on top of each.",
        "## Forms that begin on a case: steps and what is beside them",
        matrix("form (`can_add`)", steps),
        "## Pages, actions and interfaces",
        matrix("permission", others),
        "## Menu",
        matrix("entry", menu),
    )


def _words(pair: Pair, words: Words) -> str:
    view, permission = pair
    title, verb = permission_names.permission_title(permission, view).rsplit("：", 1)
    if permission == "menu_access" or (permission == "can_add" and verb == "add" and view.endswith("View")):
        return f"{words.chinese(title)}<br>`{view}`"
    return f"{words.chinese(title)}：{words.chinese(verb)}<br>`{view}.{permission}`"
