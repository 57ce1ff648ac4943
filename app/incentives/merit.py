"""The year's rewards, pure: annual score and prizes, the vote on the best officers, who qualifies for 正科."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from app.incentives.scoring import ZERO, rounded


def annual(monthly: Sequence[Decimal], deductions: Iterable[Decimal] = ()) -> Decimal | None:
    """The mean of the months in which the unit was ranked, less the year's deductions; None without a month."""
    if not monthly:
        return None
    return rounded(sum(monthly, ZERO) / len(monthly) - sum(deductions, ZERO))


def ranks(scores: Mapping[int, Decimal]) -> dict[int, int]:
    """Equal scores share a rank: 1, 2, 2, 4."""
    return {key: 1 + sum(other > score for other in scores.values()) for key, score in scores.items()}


def prizes(ranking: Mapping[int, int], amounts: Sequence[int]) -> dict[int, Decimal]:
    """The prize of each rank. Units tied share what their ranks together would have had, so the sum stays (S002
    says nothing of ties: our choice, and a person decides)."""
    made: dict[int, Decimal] = {}
    for rank in sorted(set(ranking.values())):
        tied = [key for key, place in ranking.items() if place == rank]
        pot = sum(amounts[place - 1] for place in range(rank, rank + len(tied)) if place <= len(amounts))
        made |= {key: rounded(Decimal(pot) / len(tied)) for key in tied if pot}
    return made


def elected(votes: Mapping[int, int], seats: int) -> tuple[list[int], list[int]]:
    """Who is in by votes, and who is tied for the last seats (then a person decides). Nobody gets in without a vote."""
    in_order = sorted((key for key in votes if votes[key] > 0), key=lambda key: (-votes[key], key))
    if len(in_order) <= seats:
        return in_order, []
    edge = votes[in_order[seats - 1]]
    tied = [key for key in in_order if votes[key] == edge]
    sure = [key for key in in_order if votes[key] > edge]
    return (sure + tied, []) if len(sure) + len(tied) <= seats else (sure, tied)


def anniversary(day: dt.date, years: int) -> dt.date:
    """The same day ``years`` later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def qualifying(
    periods: Iterable[tuple[dt.date, dt.date | None]], years: int
) -> tuple[dt.date, dt.date] | None:
    """First day of the continuous service and the day on which ``years`` of it are full; None where no period
    reaches them.

    Periods that touch (the next begins no later than the day after) are one; a gap of a day begins anew. An open
    period runs on.
    """
    joined: list[tuple[dt.date, dt.date | None]] = []
    for since, until in sorted(periods, key=lambda span: span[0]):
        if joined:
            first, last = joined[-1]
            if last is None or since <= last + dt.timedelta(days=1):
                joined[-1] = (first, None if last is None or until is None else max(last, until))
                continue
        joined.append((since, until))
    for since, until in joined:
        full = anniversary(since, years)
        if until is None or full <= until + dt.timedelta(days=1):
            return since, full
    return None
