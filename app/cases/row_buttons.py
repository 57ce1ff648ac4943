"""Buttons in a list's row for what an officer's role may do about it now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app, g, url_for
from markupsafe import Markup

from app.cases import guards, workflow
from app.cases.models import Case
from app.cases.step_views import STEP_VIEWS

Form = tuple[str, dict[str, Any]]
"""A view by its name, and where its form stands: ``{"case_id": 7}`` to add, ``{"pk": 3}`` to edit."""


def row(case: Case, forms: Iterable[Form], labels: dict[str, Any] | None = None) -> Markup:
    """Each form the role may open, the first one first; a step that is another person's is greyed with the reason."""
    builder = current_app.extensions["appbuilder"]
    views = {type(view).__name__: view for view in builder.baseviews}
    kinds = {view.__name__: kind for kind, view in STEP_VIEWS.items()}
    links: list[Markup] = []
    greyed: list[Markup] = []
    for name, target in forms:
        verb = "edit" if "pk" in target else "add"
        if not builder.sm.has_access(f"can_{verb}", name):
            continue
        label = (labels or {}).get(name, views[name].menu_label)
        why = guards.not_for(workflow.MOVES[kinds[name]], case, g.user) if name in kinds else ""
        if why:
            greyed.append(_OFF.format(label, why))
            continue
        look = (
            "btn-default" if links or name in (labels or {}) else "btn-primary"
        )  # done again it is not what waits
        links.append(_ON.format(look, url_for(f"{name}.{verb}", **target), label))
    return Markup(" ").join(links + greyed)


_ON = Markup('<a class="btn btn-sm {}" href="{}">{}</a>')
_OFF = Markup(
    '<span class="step-off"><button class="btn btn-sm btn-default" type="button" disabled>{}</button>'
    " <small>{}</small></span>"
)
