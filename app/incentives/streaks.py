"""Two months among the last, three months among the last (S002): what follows, and what the source leaves open.

``Rules`` holds the open points of domain.md §5.1 as choices; the vectors there are the tests. Months are ``YYYY-MM``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.incentives.enums import ConsequenceKind


@dataclass(frozen=True)
class Rules:
    rectify_at: int = 2  # months running until the 限期整改督查通知书
    criticise_at: int = 3  # months running until 书面检查 and the year's deduction
    criticise_again: bool = True  # a fourth month: once more, or once a run
    rectify_with_criticism: bool = False  # whether month 3 asks for rectification as well
    reset_after_criticism: bool = False  # whether the count begins anew
    across_the_year: bool = True  # December and January are months running
    gap_breaks: bool = True  # a month without a place ends the run; otherwise it is passed over


@dataclass(frozen=True)
class Event:
    month: str
    kind: ConsequenceKind
    months: tuple[str, ...]  # the run that led to it


def following(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def events(course: Sequence[tuple[str, bool | None]], rules: Rules) -> list[Event]:
    """What follows from a unit's months in order: True among the last, False not, None without a place.

    A month that is missing from the course counts like None.
    """
    found: list[Event] = []
    run: list[str] = []
    said = False  # criticised in this run already
    before = ""
    for month, last in course:
        missed = bool(before) and month != following(before)
        turned = bool(before) and not rules.across_the_year and month[:4] != before[:4]
        if (missed and rules.gap_breaks) or turned:
            run, said = [], False
        before = month
        if last is None and not rules.gap_breaks:
            continue
        if not last:
            run, said = [], False
            continue
        run.append(month)
        if len(run) >= rules.criticise_at:
            if not said or rules.criticise_again:
                found.append(Event(month, ConsequenceKind.CRITICISM, tuple(run)))
                if rules.rectify_with_criticism:
                    found.append(Event(month, ConsequenceKind.RECTIFICATION, tuple(run)))
            said = True
            if rules.reset_after_criticism:
                run, said = [], False
        elif len(run) == rules.rectify_at:
            found.append(Event(month, ConsequenceKind.RECTIFICATION, tuple(run)))
    return found
