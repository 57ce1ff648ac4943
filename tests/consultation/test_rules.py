"""The pure rules: tables of vectors, and what holds for whatever is asked."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.consultation import rules
from app.consultation.enums import Attendance, Vote
from app.consultation.rules import LevelRule

LEVELS = [LevelRule(1, 1, 1), LevelRule(2, 2), LevelRule(3, 2), LevelRule(4, 2)]
P, E, X = Attendance.PRESENT, Attendance.EXPECTED, Attendance.EXCUSED


@pytest.mark.parametrize(("units", "first"), [(1, 1), (2, 2), (3, 2), (12, 2)])
def test_where_a_matter_begins(units, first):
    assert rules.first_level(LEVELS, units) == first


@pytest.mark.parametrize(
    ("levels", "gap"),
    [
        (LEVELS, 0),
        ([LevelRule(1, 1, 1), LevelRule(2, 3)], 2),
        ([LevelRule(2, 2)], 1),
        ([LevelRule(1, 1, 39)], 40),
    ],
)
def test_levels_leave_no_gap(levels, gap):
    assert rules.gap(levels) == gap


@pytest.mark.parametrize(
    ("percent", "least", "there", "reached"),
    [
        (100, 1, [P], True),
        (100, 1, [E], False),
        (50, 2, [P, P, X], True),
        (50, 2, [P, X, X], False),
        (50, 3, [P, P, X, X], False),  # half is there, and yet fewer than three
        (60, 3, [P, P, P, X, X], True),
        (60, 3, [P, P, P, X, X, X], False),  # 60 % of six are four
        (50, 1, [], False),
    ],
)
def test_quorum(percent, least, there, reached):
    level = LevelRule(2, quorum_percent=percent, quorum_least=least)
    assert rules.quorum(level, there).reached is reached


@given(st.lists(st.sampled_from(Attendance), max_size=40), st.integers(1, 100), st.integers(1, 50))
def test_a_quorum_never_asks_for_less_and_never_falls_by_somebody_coming(there, percent, least):
    level = LevelRule(2, quorum_percent=percent, quorum_least=least)
    found = rules.quorum(level, there)
    assert found.needed >= least and found.needed * 100 >= len(there) * percent
    if not found.reached:
        return
    for place, one in enumerate(there):
        if one is not P:
            assert rules.quorum(level, [*there[:place], P, *there[place + 1 :]]).reached


@given(st.lists(st.sampled_from([*Vote, None]), max_size=40), st.integers(0, 99))
def test_what_is_carried_is_carried_by_more_than_its_share_and_one_yes_more_keeps_it(votes, percent):
    counted = rules.tally(votes)
    assert counted.yes + counted.no + counted.abstained + counted.missing == len(votes)
    carried = counted.carried(percent)
    assert carried is (counted.yes * 100 > len(votes) * percent)
    if carried:
        assert rules.tally([*votes, Vote.YES]).carried(percent)


moments = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1))


@given(moments, st.integers(1, 480), moments, st.integers(1, 480))
def test_meetings_that_overlap_share_a_quarter_and_neighbours_do_not(a, long_a, b, long_b):
    end_a, end_b = a + dt.timedelta(minutes=long_a), b + dt.timedelta(minutes=long_b)
    mine, theirs = set(rules.quarters(a, end_a)), set(rules.quarters(b, end_b))
    if a < end_b and b < end_a:
        assert mine & theirs
    full = a.replace(minute=0, second=0, microsecond=0)
    before, after = (
        rules.quarters(full - dt.timedelta(hours=1), full),
        rules.quarters(full, full + dt.timedelta(hours=1)),
    )
    assert not set(before) & set(after) and len(before) == len(after) == 4


@given(st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)))
def test_a_day_lies_in_the_week_that_ends_on_the_next_friday(day):
    first, last = rules.week_of(day)
    assert first <= day <= last and last.weekday() == 4 and (last - first).days == 6


@given(st.text(max_size=300))
def test_calendar_lines_are_short_whole_and_hold_no_foreign_line(text):
    line = "SUMMARY:" + rules.calendar_text(text)
    folded = rules.folded(line)
    assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line
    assert "\n" not in line and "\r" not in line


def test_the_first_day_at_a_level_counts():
    at = dt.datetime(2026, 3, 2, 17)
    assert rules.age(at, None, at) == 1
    assert rules.age(at, None, at + dt.timedelta(hours=8)) == 2
    assert rules.age(at, at + dt.timedelta(days=2), at + dt.timedelta(days=9)) == 3
