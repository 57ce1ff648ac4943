"""Scores, places, streaks and the year's rewards: the sources' rules as tables, and what holds for any figures."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.incentives import merit, rules, scoring, standing, streaks
from app.incentives.enums import Better, ConsequenceKind, ItemKind
from app.incentives.scoring import Item
from app.incentives.standing import Choices, Contender
from app.incentives.streaks import Rules

D = Decimal
POINTS = st.decimals(0, 100, places=2)
VALUES = st.none() | st.decimals(0, 100, places=2)
KINDS = st.sampled_from(
    [ItemKind.EVENT, ItemKind.PERCENT, ItemKind.THRESHOLD, ItemKind.BONUS, ItemKind.MANUAL]
)


@st.composite
def items(draw) -> Item:
    kind = draw(KINDS)
    cap = draw(POINTS) if kind is ItemKind.BONUS else draw(st.none() | POINTS)
    floor = draw(st.none() | st.decimals(-50, 0, places=2))
    return Item(
        f"I{draw(st.integers(0, 10**6))}", kind, draw(POINTS), draw(st.decimals(0, 5, places=2)), draw(POINTS),
        Better.HIGHER, floor, cap, draw(st.sampled_from("ABC")),
    )  # fmt: skip


SHEETS = st.lists(items(), max_size=8, unique_by=lambda item: item.code)
FIGURES = st.fixed_dictionaries({"A": VALUES, "B": VALUES, "C": VALUES})


@pytest.mark.parametrize(
    ("item", "value", "points"),
    [
        # K2: 100 % gets 9, each percentage point below costs 1
        (Item("a", ItemKind.PERCENT, D(9), D(1), D(100), floor=D(0), cap=D(9)), D("97.50"), "6.50"),
        (Item("a", ItemKind.PERCENT, D(9), D(1), D(100), floor=D(0), cap=D(9)), D("80"), "0.00"),
        # K4: each overdue case costs 30, nothing less than nothing
        (Item("a", ItemKind.EVENT, D(70), D(30), floor=D(0)), D(1), "40.00"),
        (Item("a", ItemKind.EVENT, D(70), D(30), floor=D(0)), D(4), "0.00"),
        # K4: 90 % or nothing
        (Item("a", ItemKind.THRESHOLD, D(7), target=D(90)), D("90.00"), "7.00"),
        (Item("a", ItemKind.THRESHOLD, D(7), target=D(90)), D("89.99"), "0.00"),
        # K2: two points for each old case settled, at most ten
        (Item("a", ItemKind.BONUS, step=D(2), cap=D(10)), D(3), "6.00"),
        (Item("a", ItemKind.BONUS, step=D(2), cap=D(10)), D(30), "10.00"),
        # the lower the better: repeated petitions above 12 % cost a point each
        (Item("a", ItemKind.PERCENT, D(8), D(1), D(12), better=Better.LOWER), D("14.5"), "5.50"),
        # an empty figure costs nothing
        (Item("a", ItemKind.PERCENT, D(9), D(1), D(100)), None, "9.00"),
        (Item("a", ItemKind.BONUS, step=D(2), cap=D(10)), None, "0.00"),
    ],
)
def test_kinds_of_items(item, value, points):
    assert scoring.line(item, value).points == D(points)


def test_a_veto_costs_no_points_but_the_place():
    score = scoring.score([Item("v", ItemKind.VETO, metric="A")], {"A": D(1)})
    assert score.vetoed and score.total == 0
    assert not scoring.score([Item("v", ItemKind.VETO, metric="A")], {"A": D(0)}).vetoed


def test_a_confirmed_entry_on_a_veto_item_is_a_veto():
    """K2: 重大群体性、恶性事件 一票否决, which no indicator counts."""
    score = scoring.score([Item("v", ItemKind.VETO, D(5))], {}, {"v": [D(-1)]})
    assert score.vetoed and score.total == 5
    assert not scoring.score([Item("v", ItemKind.VETO, D(5))], {}, {}).vetoed


@given(SHEETS, FIGURES)
def test_a_score_is_the_sum_of_its_rows(sheet, figures):
    score = scoring.score(sheet, figures)
    assert score.total == sum((line.points for line in score.lines), D(0))
    assert len(score.lines) == len(sheet)


@given(SHEETS, FIGURES, st.lists(st.decimals(-9, 9, places=2), max_size=6), st.randoms())
def test_the_order_of_events_does_not_matter(sheet, figures, given_points, random):
    assume(sheet)
    shuffled = list(given_points)
    random.shuffle(shuffled)
    code = sheet[0].code
    one, two = (scoring.score(sheet, figures, {code: points}) for points in (given_points, shuffled))
    assert one == two
    turned = scoring.score(sheet[::-1], figures, {code: given_points})
    assert turned.total == one.total


@given(SHEETS, FIGURES, st.integers(0, 50), st.integers(0, 50))
def test_a_good_event_never_lowers_a_score(sheet, figures, part, more):
    """One more case in time, one more settled: rates rise or stay, counts of good things rise, scores do not fall.
    Also the first one of a month, where there was no figure. Events count what is bad: no good one touches them."""
    sheet = [dataclasses.replace(item, metric="E") if item.kind is ItemKind.EVENT else item for item in sheet]
    before = dict(figures, A=rules.percent(part, part + more))
    after = dict(figures, A=rules.percent(part + 1, part + more + 1))
    assert scoring.score(sheet, after).total >= scoring.score(sheet, before).total
    bad = [
        dataclasses.replace(item, better=Better.LOWER) for item in sheet if item.kind is not ItemKind.BONUS
    ]
    before = dict(figures, A=rules.percent(part, part + more))
    after = dict(
        figures, A=rules.percent(part, part + more + 1)
    )  # one more case that is none of the bad ones
    assert scoring.score(bad, after).total >= scoring.score(bad, before).total
    bonus = Item("b", ItemKind.BONUS, step=D(1), cap=D(10), metric="N")
    one = scoring.score([bonus], {"N": D(part)}).total
    assert scoring.score([bonus], {"N": D(part + 1)}).total >= one


@given(SHEETS, FIGURES, st.decimals(0, 9, places=2))
def test_points_given_for_something_good_never_lower_a_score(sheet, figures, points):
    assume(sheet)
    code = sheet[0].code
    assert scoring.score(sheet, figures, {code: [points]}).total >= scoring.score(sheet, figures).total


@pytest.mark.parametrize(
    ("total", "weight", "raised", "part"),
    [
        ("100", "10", "40", "14.00"),
        ("90", "10", "40", "12.60"),
        ("100", "10", "0", "10.00"),
        ("0", "10", "40", "0.00"),
    ],
)
def test_the_weight_of_s002(total, weight, raised, part):
    assert scoring.weighted(D(total), D(100), D(weight), D(raised)) == D(part)
    assert scoring.weighted(D(total), D(0), D(weight), D(raised)) is None


# ---- places ---------------------------------------------------------------------------------------------------------


def contenders(*totals: float, cases: int = 20, kind: str = "TOWN") -> list[Contender]:
    return [Contender(number, kind, cases, D(str(total))) for number, total in enumerate(totals, 1)]


def bottom(found: dict) -> set[int]:
    return {unit for unit, place in found.items() if place.bottom}


def test_the_last_three_of_seven():
    found = standing.places(contenders(90, 80, 70, 60, 50, 40, 30), Choices())
    assert bottom(found) == {5, 6, 7} and [found[n].rank for n in range(1, 8)] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(("size", "last"), [(6, 3), (5, 2), (4, 2), (3, 1), (2, 1), (1, 0)])
def test_in_a_small_group_top_and_bottom_do_not_overlap(size, last):
    found = standing.places(contenders(*range(100, 100 - size, -1)), Choices(least_pool=1))
    assert len(bottom(found)) == last


def test_ties_at_the_edge_are_a_choice():
    tied = contenders(90, 85, 80, 75, 60, 60, 60, 50)
    assert bottom(standing.places(tied, Choices())) == {5, 6, 7, 8}
    assert bottom(standing.places(tied, Choices(ties_count=False))) == {8}
    assert [standing.places(tied, Choices())[n].rank for n in (5, 6, 7, 8)] == [5, 5, 5, 8]


def test_where_all_are_equal_nobody_is_last():
    assert bottom(standing.places(contenders(*[80] * 7), Choices())) == set()


def test_units_without_cases_are_shown_not_ranked():
    units = [*contenders(90, 80, 70), Contender(9, "TOWN", 0, D(100))]
    assert standing.places(units, Choices())[9].rank is None
    assert standing.places(units, Choices(rank_without_cases=True))[9].rank == 1


def test_groups_by_kind_and_volume():
    many = [Contender(n, "TOWN", 60, D(n)) for n in range(1, 8)]
    few = [Contender(n, "TOWN", 3, D(n)) for n in range(11, 18)]
    offices = [Contender(n, "DEPARTMENT", 3, D(n)) for n in range(21, 25)]
    found = standing.places([*many, *few, *offices], Choices())
    assert {found[n].pool for n in range(1, 8)} == {"TOWN:1-2"}
    assert {found[n].pool for n in range(11, 18)} == {"TOWN:0"}
    assert {found[n].pool for n in range(21, 25)} == {"DEPARTMENT"}
    together = standing.places([*many, *offices], Choices(by_kind=False, bounds=()))
    assert {place.pool for place in together.values()} == {""}


def test_a_vetoed_unit_stands_last():
    units = [*contenders(90, 80, 70), Contender(4, "TOWN", 20, D(100), vetoed=True)]
    found = standing.places(units, Choices())
    assert found[4].rank == 4 and found[4].bottom


@given(st.lists(st.tuples(st.integers(0, 80), st.decimals(0, 100, places=1)), max_size=25), st.integers(1, 5))
def test_places_hold_together(units, number):
    given_units: list[Contender] = [
        Contender(n, "TOWN", cases, total) for n, (cases, total) in enumerate(units)
    ]
    found = standing.places(given_units, Choices(bottom=number))
    assert found.keys() == {unit.unit_id for unit in given_units}
    for one in given_units:
        for other in given_units:
            mine, theirs = found[one.unit_id], found[other.unit_id]
            if mine.rank is None or theirs.rank is None or mine.pool != theirs.pool:
                continue
            if one.total > other.total:
                assert mine.rank < theirs.rank
                assert not (mine.bottom and not theirs.bottom)


# ---- months running -------------------------------------------------------------------------------------------------

P2, P3 = ConsequenceKind.RECTIFICATION, ConsequenceKind.CRITICISM


def course(pattern: str, first: str = "2026-01") -> list[tuple[str, bool | None]]:
    """1: among the last, 0: not, -: without a place."""
    month, made = first, []
    for sign in pattern:
        made.append((month, {"1": True, "0": False, "-": None}[sign]))
        month = streaks.following(month)
    return made


def said(pattern: str, first: str = "2026-01", **choice) -> list[tuple[int, ConsequenceKind]]:
    months = [month for month, _last in course(pattern, first)]
    return [
        (months.index(e.month) + 1, e.kind) for e in streaks.events(course(pattern, first), Rules(**choice))
    ]


@pytest.mark.parametrize("first", ["2026-01", "2025-11", "2025-10", "2025-08", "2025-07", "2025-06"])
def test_the_vectors_of_the_source_also_across_the_turn_of_the_year(first):
    assert said("1101111", first, criticise_again=True) == [(2, P2), (5, P2), (6, P3), (7, P3)]
    assert said("1101111", first, criticise_again=False) == [(2, P2), (5, P2), (6, P3)]
    assert said("10101", first) == []


def test_december_and_january_are_a_choice():
    assert said("11", "2025-12") == [(2, P2)]
    assert said("11", "2025-12", across_the_year=False) == []
    assert said("111", "2025-11", across_the_year=False) == [(2, P2)]


def test_the_open_points_are_choices():
    assert said("111", rectify_with_criticism=True) == [(2, P2), (3, P3), (3, P2)]
    assert said("11111", reset_after_criticism=True) == [(2, P2), (3, P3), (5, P2)]
    assert said("1-1") == [] and said("1-1", gap_breaks=False) == [(3, P2)]


def test_a_month_that_was_never_published_breaks_the_run():
    months = [("2026-01", True), ("2026-03", True)]
    assert streaks.events(months, Rules()) == []
    assert [e.kind for e in streaks.events(months, Rules(gap_breaks=False))] == [P2]


def test_the_run_says_its_months():
    last = streaks.events(course("111", "2025-11"), Rules())[-1]
    assert last.months == ("2025-11", "2025-12", "2026-01") and last.month == "2026-01"


@given(st.text("01-", max_size=30))
def test_nothing_follows_a_month_that_was_not_among_the_last(pattern):
    months = dict(course(pattern))
    for event in streaks.events(course(pattern), Rules()):
        assert months[event.month] is True and all(months[month] for month in event.months)
        assert len(event.months) == 2 if event.kind is P2 else len(event.months) >= 3


# ---- the year -------------------------------------------------------------------------------------------------------


def test_prizes_are_sixty_thousand_a_year():
    assert merit.prizes({1: 1, 2: 2, 3: 3, 4: 4}, (30000, 20000, 10000)) == {1: 30000, 2: 20000, 3: 10000}
    shared = merit.prizes(merit.ranks({1: D(90), 2: D(90), 3: D(80), 4: D(70)}), (30000, 20000, 10000))
    assert shared == {1: 25000, 2: 25000, 3: 10000}


@given(st.dictionaries(st.integers(1, 40), st.decimals(0, 100, places=1), min_size=3, max_size=20))
def test_the_sum_of_the_prizes_stays(scores):
    found = merit.prizes(merit.ranks(scores), (30000, 20000, 10000))
    assert abs(sum(found.values(), D(0)) - 60000) < D("0.5")


def test_the_annual_score():
    assert merit.annual([D(90), D(80), D(85)], [D(5)]) == D("80.00")
    assert merit.annual([]) is None


@pytest.mark.parametrize(
    ("votes", "sure", "tied"),
    [
        ({1: 5, 2: 4, 3: 3}, [1, 2], []),
        ({1: 5, 2: 4, 3: 4}, [1], [2, 3]),
        ({1: 5, 2: 0}, [1], []),
        ({}, [], []),
        ({1: 2, 2: 2, 3: 2}, [], [1, 2, 3]),
    ],
)
def test_who_is_in_by_votes(votes, sure, tied):
    assert merit.elected(votes, 2) == (sure, tied)


Y = dt.date


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([(Y(2023, 3, 1), None)], (Y(2023, 3, 1), Y(2026, 3, 1))),
        ([(Y(2023, 3, 1), Y(2026, 2, 28))], (Y(2023, 3, 1), Y(2026, 3, 1))),  # three years to the day
        ([(Y(2023, 3, 1), Y(2026, 2, 27))], None),  # a day short
        ([(Y(2022, 1, 1), Y(2023, 6, 30)), (Y(2023, 7, 1), None)], (Y(2022, 1, 1), Y(2025, 1, 1))),
        (
            [(Y(2022, 1, 1), Y(2023, 6, 30)), (Y(2023, 7, 2), None)],
            (Y(2023, 7, 2), Y(2026, 7, 2)),
        ),  # a gap of a day
        ([(Y(2024, 2, 29), None)], (Y(2024, 2, 29), Y(2027, 3, 1))),
        ([], None),
    ],
)
def test_three_years_of_continuous_service(periods, expected):
    assert merit.qualifying(periods, 3) == expected


@pytest.mark.parametrize(
    ("now", "before", "two", "one"),
    [
        (528, 658, "-19.76", "-19.8"),  # S004, first petitions
        (1248, 1556, "-19.79", "-19.8"),  # or all of them
        (1, 28, "-96.43", "-96.4"),  # batches to Beijing
        (1, 42, "-97.62", "-97.6"),  # persons
    ],
)
def test_the_same_period_of_s004(now, before, two, one):
    change = rules.change(D(now), D(before))
    assert change == D(two) and change is not None and change.quantize(D("0.1")) == D(one)
    assert rules.change(D(now), D(0)) is None
