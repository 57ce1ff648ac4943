"""Rates, months and verdicts: the sources' figures, and what holds for any figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.incentives import rules
from app.incentives.enums import Verdict, Window

DAYS = st.dates(dt.date(2004, 1, 1), dt.date(2099, 12, 31))
COUNTS = st.integers(0, 10**6)


@pytest.mark.parametrize(
    ("part", "whole", "rate"),
    [
        (586, 598, "97.99"),  # S002 prints 97: cut off, not rounded
        (28, 120, "23.33"),  # S004, agreements of the first batch, the second, and both
        (17, 53, "32.08"),
        (45, 173, "26.01"),
        (678, 732, "92.62"),
        (1, 800, "0.13"),  # 0.125: half goes up
        (1, 32, "3.13"),  # 3.125, where rounding half to even gives 3.12
        (0, 7, "0.00"),
        (7, 7, "100.00"),
    ],
)
def test_percent(part, whole, rate):
    assert rules.percent(part, whole) == Decimal(rate)


def test_divided_by_nothing_is_empty():
    assert rules.percent(0, 0) is None
    assert rules.participation_rate(0, 0) is None
    assert rules.satisfaction_rate(0, 0, 0) is None


def test_the_evaluations_of_s004():
    satisfied, fairly, dissatisfied, asked = 459, 219, 22, 732
    evaluated = satisfied + fairly + dissatisfied
    assert rules.participation_rate(evaluated, asked - evaluated) == Decimal("95.63")
    assert rules.satisfaction_rate(satisfied, fairly, dissatisfied) == Decimal("96.86")


def test_no_negative_cases():
    for part, whole in ((-1, 5), (1, -5)):
        with pytest.raises(ValueError, match="negative"):
            rules.percent(part, whole)


@given(COUNTS, COUNTS)
def test_a_share_lies_between_nothing_and_all(part, more):
    rate = rules.percent(part, part + more)
    if part + more == 0:
        assert rate is None
    else:
        assert rate is not None and 0 <= rate <= 100
        assert abs(rate * (part + more) - 100 * part) <= Decimal("0.005") * (part + more)


@given(COUNTS, st.integers(1, 10**6))
def test_one_more_good_case_never_lowers_a_rate(part, more):
    before, after = rules.percent(part, part + more), rules.percent(part + 1, part + more + 1)
    assert before is not None and after is not None and after >= before


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        ("2026-02", (2026, 2, 1), (2026, 2, 28)),
        ("2028-02", (2028, 2, 1), (2028, 2, 29)),
        ("2026-12", (2026, 12, 1), (2026, 12, 31)),
        ("2026-04", (2026, 4, 1), (2026, 4, 30)),
        ("9999-12", (9999, 12, 1), (9999, 12, 31)),
    ],
)
def test_month_span(month, first, last):
    assert rules.month_span(month) == (dt.date(*first), dt.date(*last))


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-13", "2026-00", "0000-01", "26-01", "2026-1", "2026-01-01", "２０２６-01"],
)
def test_what_is_no_month(text):
    with pytest.raises(ValueError):
        rules.month_span(text)


def test_the_month_before_january_is_december():
    assert rules.month_before(dt.date(2026, 1, 31)) == "2025-12"


@given(DAYS, DAYS, DAYS)
def test_a_clock_counts_in_exactly_one_month(started, due, stopped):
    for window, day in ((Window.DUE, due), (Window.STARTED, started), (Window.STOPPED, stopped)):
        month = rules.window_of(window, started, due, stopped)
        assert month is not None
        first, last = rules.month_span(month)
        assert first <= day <= last
    assert rules.window_of(Window.STOPPED, started, due, None) is None


D = dt.date


@pytest.mark.parametrize(
    ("due", "stopped", "today", "expected"),
    [
        (D(2026, 3, 17), D(2026, 3, 17), D(2026, 4, 1), (Verdict.IN_TIME, 0)),
        (D(2026, 3, 17), D(2026, 3, 10), D(2026, 4, 1), (Verdict.IN_TIME, 7)),
        (D(2026, 3, 17), D(2026, 3, 18), D(2026, 4, 1), (Verdict.LATE, 1)),
        # the plain date decides, though in law the Spring Festival moves the last day to the 24th
        (D(2026, 2, 15), D(2026, 2, 24), D(2026, 3, 1), (Verdict.LATE, 9)),
        (D(2026, 3, 17), None, D(2026, 3, 17), (Verdict.NOT_DUE, 0)),
        (D(2026, 3, 17), None, D(2026, 3, 18), (Verdict.OPEN_LATE, 1)),
        # what happens later is not known yet
        (D(2026, 3, 17), D(2026, 3, 16), D(2026, 3, 10), (Verdict.NOT_DUE, 7)),
        (D(2026, 3, 17), D(2026, 3, 25), D(2026, 3, 20), (Verdict.OPEN_LATE, 3)),
    ],
)
def test_verdict(due, stopped, today, expected):
    assert rules.verdict(due, stopped, today) == expected


@given(DAYS, st.none() | DAYS, DAYS, st.integers(0, 4000))
def test_a_verdict_once_given_stays(due, stopped, today, later):
    first, days = rules.verdict(due, stopped, today)
    again, _ = rules.verdict(due, stopped, today + dt.timedelta(days=later))
    assert days >= 0
    if first in (Verdict.IN_TIME, Verdict.LATE):
        assert again is first
    if first is Verdict.OPEN_LATE:
        assert again in (Verdict.OPEN_LATE, Verdict.LATE)
