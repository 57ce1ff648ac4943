"""Participation and satisfaction (F4, F5 of domain.md §2.5; MYD): pure figures, silence never counted as satisfied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.evaluation.rules import Standing
from app.evaluation.steps import Rating

PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Rates:
    """``participation`` of the ended windows, ``satisfaction`` of the given evaluations; None over nothing."""

    evaluated: int
    overdue: int
    by_rating: Mapping[Rating, int]

    @property
    def participation(self) -> Decimal | None:
        return _share(self.evaluated, self.evaluated + self.overdue)

    @property
    def satisfaction(self) -> Decimal | None:
        content = self.by_rating[Rating.SATISFIED] + self.by_rating[Rating.FAIRLY]
        return _share(content, sum(self.by_rating.values()))


def _share(part: int, whole: int) -> Decimal | None:
    """Four decimals, half up; nothing over nothing is no figure."""
    return (Decimal(part) / whole).quantize(PLACES, ROUND_HALF_UP) if whole else None


def rates(standings: Iterable[tuple[Standing, Rating | None]]) -> Rates:
    """From each case's standing and rating of one subject; what is outside or still pending counts nowhere."""
    found = list(standings)
    by_rating = {rating: sum(given is rating for _standing, given in found) for rating in Rating}
    return Rates(
        evaluated=sum(standing is Standing.DONE for standing, _given in found),
        overdue=sum(standing is Standing.OVERDUE for standing, _given in found),
        by_rating=by_rating,
    )
