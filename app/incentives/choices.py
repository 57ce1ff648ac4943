"""The office's choices about ranking and its consequences, from the settings (the open points of domain.md §5.1)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import settings
from app.core.errors import Refusal
from app.incentives.standing import Choices
from app.incentives.streaks import Rules
from app.organisation.models import UnitKind


def numbers(key: str) -> tuple[int, ...]:
    """A setting of whole numbers separated by commas; what is no number is passed over."""
    return tuple(
        int(part) for part in settings.text(key).replace("，", ",").split(",") if part.strip().isdigit()
    )


def points(key: str) -> Decimal:
    """A setting of points or percent. Raises Refusal for what is no number."""
    try:
        found = Decimal(settings.text(key).strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Refusal(_l("The setting %(key)s is no number: “%(value)s”.", key=key, value=settings.text(key)))
    return found


def ranking() -> Choices:
    return Choices(
        bottom=settings.number("bottom_n"),
        bounds=tuple(sorted(numbers("volume_bounds"))),
        by_kind=settings.yes("pools_by_kind"),
        least_pool=settings.number("pool_least"),
        ties_count=settings.yes("ties_at_bottom_count"),
        rank_without_cases=settings.yes("rank_without_cases"),
    )


def streaks() -> Rules:
    return Rules(
        rectify_at=settings.number("warn_streak"),
        criticise_at=settings.number("check_streak"),
        criticise_again=settings.yes("check_repeats"),
        rectify_with_criticism=settings.yes("check_with_rectification"),
        reset_after_criticism=settings.yes("check_resets"),
        across_the_year=settings.yes("streak_across_year"),
        gap_breaks=settings.yes("streak_gap_breaks"),
    )


def ranked_kinds() -> list[UnitKind]:
    wanted = settings.text("ranked_kinds").replace("，", ",").split(",")
    return [UnitKind[name.strip()] for name in wanted if name.strip() in UnitKind.__members__]


def kept(choices: Choices) -> dict[str, Any]:
    """As a notice keeps them."""
    return {**choices.__dict__, "bounds": list(choices.bounds)}


def from_kept(words: dict[str, Any]) -> Choices:
    return Choices(**{**words, "bounds": tuple(words["bounds"])})


def pool_name(pool: str, bounds: list[int]) -> str:
    """``TOWN:0-1`` in words: the kind of unit, and how many cases it had."""
    kind, _colon, groups = pool.partition(":")
    name = str(UnitKind[kind].label) if kind in UnitKind.__members__ else _("All units")
    if not groups:
        return name
    marks = [int(mark) for mark in groups.split("-")]
    low = bounds[marks[0] - 1] if marks[0] else 1
    if marks[-1] >= len(bounds):
        return _("%(kind)s, %(low)s cases and more", kind=name, low=low)
    return _("%(kind)s, %(low)s to %(high)s cases", kind=name, low=low, high=bounds[marks[-1]] - 1)


def in_words(words: dict[str, Any]) -> list[str]:
    """The rules of the ranking, a sentence each, as the notice prints them."""
    lines = [
        _("The last %(number)s units of each group are named; in a group of fewer than %(twice)s units, half of it.",
          number=words["bottom"], twice=2 * words["bottom"]),
        _("Towns and departments are ranked apart.") if words["by_kind"] else _("All units are ranked together."),
        _("Groups by the number of cases begin at %(bounds)s; a group of fewer than %(least)s units joins its"
          " neighbour.", bounds="、".join(map(str, words["bounds"])) or "—", least=words["least_pool"]),
        _("Units with equal scores share a place; at the edge of the last places all of them are named.")
        if words["ties_count"]
        else _("Units with equal scores share a place; at the edge of the last places none of them is named."),
        _("Units without a case are ranked.") if words["rank_without_cases"]
        else _("Units without a case are shown, not ranked."),
        _("An empty figure costs no points. Where all scores of a group are equal nobody is named."),
    ]  # fmt: skip
    return lines
