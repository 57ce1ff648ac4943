"""Which rule a matter falls under: pure, so that the form, the import and the tests ask the same question."""

from __future__ import annotations

from collections.abc import Iterable

from app.cases.enums import Purpose
from app.cases.models import Category, RoutingRule


def matching(
    rules: Iterable[RoutingRule], category: Category, place: str, purpose: Purpose
) -> RoutingRule | None:
    """The first active rule, by rank, whose every filled condition holds; None when no rule matches."""
    for rule in sorted(rules, key=lambda r: (r.rank, r.id or 0)):
        if not rule.active or not rule.unit.active:
            continue
        if rule.category is not None and not category.path.startswith(rule.category.path):
            continue
        if rule.place and rule.place not in place:
            continue
        if rule.purpose is not None and rule.purpose is not purpose:
            continue
        return rule
    return None
