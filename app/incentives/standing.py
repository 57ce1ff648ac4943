"""Who is compared with whom, and who stands last: pools by kind and volume, ties, small pools, units without cases.

S002 leaves all of this open (domain.md §5.1); each choice is a setting, and the notice prints the one in force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Choices:
    """The office's choices. ``bounds``: from how many cases the next volume group begins."""

    bottom: int = 3
    bounds: tuple[int, ...] = (10, 50)
    by_kind: bool = True
    least_pool: int = 6
    ties_count: bool = True  # units tied at the last place but ``bottom`` all stand in the bottom group
    rank_without_cases: bool = False


@dataclass(frozen=True)
class Contender:
    unit_id: int
    kind: str
    cases: int
    total: Decimal
    vetoed: bool = False


@dataclass(frozen=True)
class Place:
    """``rank`` None: not ranked. ``bottom`` None: not ranked, or the pool is too small to speak of last places."""

    unit_id: int
    pool: str
    rank: int | None
    bottom: bool | None


@dataclass
class _Pool:
    name: str
    members: list[Contender] = field(default_factory=list)


def places(contenders: Iterable[Contender], choices: Choices) -> dict[int, Place]:
    """Every unit's place in its pool, by unit."""
    made: dict[int, Place] = {}
    ranked: list[Contender] = []
    for one in contenders:
        if one.cases or choices.rank_without_cases:
            ranked.append(one)
        else:
            made[one.unit_id] = Place(one.unit_id, "", None, None)
    for pool in _pools(ranked, choices):
        made |= {place.unit_id: place for place in _ranked(pool, choices)}
    return made


def _pools(contenders: Sequence[Contender], choices: Choices) -> list[_Pool]:
    """Volume groups within a kind; one below ``least_pool`` joins the next larger one, the largest the one below."""
    kinds: dict[str, list[Contender]] = defaultdict(list)
    for one in contenders:
        kinds[one.kind if choices.by_kind else ""].append(one)
    pools = []
    for kind, members in sorted(kinds.items()):
        groups: list[list[Contender]] = [[] for _ in range(len(choices.bounds) + 1)]
        for one in members:
            groups[sum(one.cases >= bound for bound in choices.bounds)].append(one)
        pools += _joined(kind, groups, choices.least_pool)
    return pools


def _joined(kind: str, groups: list[list[Contender]], least: int) -> list[_Pool]:
    made: list[tuple[list[int], list[Contender]]] = []
    waiting: list[Contender] = []
    numbers: list[int] = []
    for number, members in enumerate(groups):
        waiting, numbers = waiting + members, [*numbers, number]
        if len(waiting) >= least:
            made.append((numbers, waiting))
            waiting, numbers = [], []
    if waiting and made:
        made[-1] = (made[-1][0] + numbers, made[-1][1] + waiting)
    elif waiting:
        made.append((numbers, waiting))
    whole = len(made) == 1
    return [_Pool(kind if whole else f"{kind}:{'-'.join(map(str, at))}", members) for at, members in made]


def _ranked(pool: _Pool, choices: Choices) -> list[Place]:
    """Best first; equal scores share a place (1, 2, 2, 4). A vetoed unit stands behind all others.

    Top and bottom must not overlap: a pool of six has three of each, a smaller one half of it at the bottom.
    """
    in_order = sorted(pool.members, key=lambda one: (one.vetoed, -one.total, one.unit_id))
    ranks = {one.unit_id: 1 + sum(_better(other, one) for other in in_order) for one in in_order}
    lowest = min(choices.bottom, len(in_order) // 2)
    bottom = _bottom(in_order, lowest, choices.ties_count)
    return [Place(one.unit_id, pool.name, ranks[one.unit_id], one.unit_id in bottom) for one in in_order]


def _better(one: Contender, than: Contender) -> bool:
    return (one.vetoed, -one.total) < (than.vetoed, -than.total)


def _bottom(in_order: Sequence[Contender], lowest: int, ties_count: bool) -> set[int]:
    """The last ``lowest`` units. A tie across the edge takes all of them in, or none; where all are equal nobody
    stands last."""
    if not lowest or not _better(in_order[0], in_order[-1]):
        return set()
    edge = in_order[-lowest]
    worse = {one.unit_id for one in in_order if _better(edge, one)}
    equal = {one.unit_id for one in in_order if not _better(edge, one) and not _better(one, edge)}
    fits = len(worse) + len(equal) <= lowest
    return worse | equal if fits or (ties_count and _better(in_order[0], edge)) else worse
