"""Words of a column stand at the column: ``info=said(_l("Name"), hint=_l("…"))``; every view and paper reads them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def said(label: Any, hint: Any = "") -> dict[str, Any]:
    return {"label": label, "hint": hint}


def labels_of(model: type[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Labels and hints of a mapped class by attribute name, relations included."""
    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    for attribute in sa.inspect(model).attrs:
        info = dict(attribute.info)
        for column in getattr(attribute, "columns", ()):
            info = {**getattr(column, "info", {}), **info}
        if "label" in info:
            labels[attribute.key] = info["label"]
            if info.get("hint"):
                hints[attribute.key] = info["hint"]
    return labels, hints
