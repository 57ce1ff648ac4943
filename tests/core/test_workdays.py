"""Day counting: the vectors of the domain paper, and what must hold on any calendar."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.holidays import NotPublished, published_days
from app.core.workdays import Calendar, DayKind, Due, Span, Unit, Why, days_left, due, explain

SEED = Path(__file__).parents[2] / "seeds" / "calendar.csv"


def seeded_calendar() -> Calendar:
    with SEED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    days = {date.fromisoformat(row["day"]): (DayKind(row["kind"]), row["name"]) for row in rows}
    return Calendar(days, frozenset(day.year for day in days))


REAL = seeded_calendar()


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "length", "unit", "stat", "legal"),
    [
        ("2026-01-31", 15, Unit.DAYS, "2026-02-15", "2026-02-24"),
        ("2026-03-02", 15, Unit.DAYS, "2026-03-17", "2026-03-17"),
        ("2026-02-10", 60, Unit.DAYS, "2026-04-11", "2026-04-13"),
        ("2026-02-10", 90, Unit.DAYS, "2026-05-11", "2026-05-11"),
        ("2026-08-07", 60, Unit.DAYS, "2026-10-06", "2026-10-08"),
        ("2026-09-06", 30, Unit.DAYS, "2026-10-06", "2026-10-08"),
        ("2026-02-12", 5, Unit.WORKDAYS, "2026-02-26", "2026-02-26"),
        ("2026-04-30", 5, Unit.WORKDAYS, "2026-05-11", "2026-05-11"),
        ("2026-09-28", 5, Unit.WORKDAYS, "2026-10-10", "2026-10-10"),
    ],
)
def test_due_dates_of_the_regulation(start: str, length: int, unit: Unit, stat: str, legal: str) -> None:
    assert due(d(start), length, unit, REAL) == Due(d(stat), d(legal), True)


MEETINGS_MOVED = {
    2025: {2: "2025-02-17", 3: "2025-03-17", 6: "2025-06-16", 11: "2025-11-17"},
    2026: {2: "2026-02-24", 3: "2026-03-16", 8: "2026-08-17", 11: "2026-11-16"},
}


@pytest.mark.parametrize("year", MEETINGS_MOVED)
@pytest.mark.parametrize("month", range(1, 13))
def test_the_meeting_of_the_15th_moves_past_rest_days(year: int, month: int) -> None:
    fifteenth = date(year, month, 15)
    moved = MEETINGS_MOVED[year].get(month)
    assert REAL.roll_forward(fifteenth) == (d(moved) if moved else fifteenth)


def test_leaders_reception_on_the_10th_when_moved() -> None:
    moved = [REAL.roll_forward(date(2026, month, 10)) for month in range(1, 13)]
    assert [day for day in moved if day.day != 10] == [d("2026-01-12"), d("2026-05-11")]


def test_seed_is_what_the_package_publishes() -> None:
    published = [line for year in (2024, 2025, 2026) for line in published_days(year)]
    assert published == sorted((day, kind, name) for day, (kind, name) in REAL.days.items())


def test_2026_as_the_notice_has_it() -> None:
    by_kind = {
        kind: [f"{day:%m%d}" for day, k, _ in published_days(2026) if k is kind]
        for kind in (DayKind.HOLIDAY, DayKind.MAKEUP)
    }
    assert by_kind[DayKind.MAKEUP] == ["0104", "0214", "0228", "0509", "0920", "1010"]
    assert len(by_kind[DayKind.HOLIDAY]) == 3 + 9 + 3 + 5 + 3 + 3 + 7


@pytest.mark.parametrize("year", [2003, 2027])
def test_a_year_without_notice_is_refused_by_the_source(year: int) -> None:
    with pytest.raises(NotPublished, match=str(year)):
        published_days(year)


def test_not_yet_published_is_a_normal_state() -> None:
    assert not REAL.published(2027)
    assert due(d("2026-12-20"), 15, Unit.DAYS, REAL) == Due(d("2027-01-04"), d("2027-01-04"), False)
    assert due(d("2026-12-25"), 15, Unit.DAYS, REAL) == Due(d("2027-01-09"), d("2027-01-11"), False)
    assert not due(d("2026-12-28"), 5, Unit.WORKDAYS, REAL).certain
    assert REAL.kind(d("2027-01-09")) is DayKind.REST


@pytest.mark.parametrize(("day", "certain"), [("2026-12-28", True), ("2026-12-29", False)])
def test_the_last_days_of_december_hang_on_next_years_notice(day: str, certain: bool) -> None:
    assert due(d(day), 0, Unit.DAYS, REAL).certain is certain


def test_a_hearing_stops_the_second_review() -> None:
    hearing = [(d("2026-03-10"), d("2026-03-14"))]
    assert due(d("2026-03-02"), 30, Unit.DAYS, REAL).stat == d("2026-04-01")
    assert due(d("2026-03-02"), 30, Unit.DAYS, REAL, hearing).legal == d("2026-04-07")  # 04-06 is Qingming
    suspended = [
        line for line in explain(d("2026-03-02"), 30, Unit.DAYS, REAL, hearing) if line.why is Why.SUSPENDED
    ]
    assert [line.day for line in suspended] == [date(2026, 3, day) for day in range(10, 15)]


def test_overlapping_suspensions_count_once() -> None:
    twice = [(d("2026-03-10"), d("2026-03-12")), (d("2026-03-11"), d("2026-03-12"))]
    assert due(d("2026-03-02"), 15, Unit.DAYS, REAL, twice).stat == d("2026-03-20")


def test_the_ledger_says_why() -> None:
    lines = explain(d("2026-01-31"), 15, Unit.DAYS, REAL)
    assert (lines[0].why, lines[0].counted) == (Why.START, False)
    assert [line.name for line in lines if line.why is Why.MAKEUP] == ["春节调休上班"]
    assert lines[15] == (d("2026-02-15"), True, Why.HOLIDAY, "春节")
    assert [line.why for line in lines[16:]] == [Why.ROLLED] * 9


@pytest.mark.parametrize(
    ("today", "unit", "left"),
    [
        ("2026-10-06", Unit.DAYS, 2),
        ("2026-10-08", Unit.DAYS, 0),
        ("2026-10-09", Unit.DAYS, -1),
        ("2026-09-30", Unit.WORKDAYS, 1),
        ("2026-10-08", Unit.WORKDAYS, 0),
        ("2026-10-10", Unit.WORKDAYS, -2),  # a Saturday that is worked
    ],
)
def test_days_left(today: str, unit: Unit, left: int) -> None:
    assert days_left(d("2026-10-08"), d(today), unit, REAL) == left


def test_days_left_judges_a_due_by_its_legal_date() -> None:
    assert days_left(due(d("2026-08-07"), 60, Unit.DAYS, REAL), d("2026-10-07"), Unit.DAYS, REAL) == 1


def test_the_weekend_after_a_working_day_limit_is_late() -> None:
    assert days_left(d("2026-03-06"), d("2026-03-07"), Unit.WORKDAYS, REAL) == -1


def test_a_limit_on_the_spot_and_a_nonsense_limit() -> None:
    assert due(d("2026-03-07"), 0, Unit.WORKDAYS, REAL).legal == d("2026-03-09")
    assert [line.counted for line in explain(d("2026-03-07"), 0, Unit.WORKDAYS, REAL)] == [False] * 3
    with pytest.raises(ValueError, match="negative"):
        due(d("2026-03-07"), -1, Unit.DAYS, REAL)


# What must hold on any calendar

EPOCH = date(2026, 1, 1)
some_day = st.integers(0, 400).map(lambda n: EPOCH + timedelta(days=n))
lengths = st.integers(0, 120)
units = st.sampled_from(Unit)
calendars = st.dictionaries(
    some_day, st.tuples(st.sampled_from(DayKind), st.sampled_from(["", "春节"])), max_size=60
).map(lambda days: Calendar(days, frozenset({2026, 2027})))
spans = st.lists(
    st.tuples(some_day, st.integers(0, 9)).map(lambda s: (s[0], s[0] + timedelta(days=s[1]))), max_size=3
)


@given(calendars, some_day, some_day, lengths, units, spans)
def test_later_start_is_never_due_earlier(
    calendar: Calendar, one: date, other: date, length: int, unit: Unit, pauses: list[Span]
) -> None:
    earlier, later = (due(start, length, unit, calendar, pauses) for start in sorted((one, other)))
    assert earlier.stat <= later.stat and earlier.legal <= later.legal


@given(calendars, some_day, lengths, lengths, units, spans)
def test_longer_is_never_due_earlier(
    calendar: Calendar, start: date, one: int, other: int, unit: Unit, pauses: list[Span]
) -> None:
    shorter, longer = (due(start, length, unit, calendar, pauses) for length in sorted((one, other)))
    assert shorter.stat <= longer.stat and shorter.legal <= longer.legal


@given(calendars, some_day, lengths, units, spans)
def test_legal_date_is_the_first_working_day_from_the_plain_one(
    calendar: Calendar, start: date, length: int, unit: Unit, pauses: list[Span]
) -> None:
    when = due(start, length, unit, calendar, pauses)
    assert when.legal >= when.stat >= start
    assert calendar.is_workday(when.legal)
    assert not any(first <= when.legal <= last for first, last in pauses)
    if unit is Unit.WORKDAYS:
        assert when.legal == when.stat


@given(calendars, some_day, lengths, units, spans)
def test_the_ledger_sums_to_the_length(
    calendar: Calendar, start: date, length: int, unit: Unit, pauses: list[Span]
) -> None:
    lines = explain(start, length, unit, calendar, pauses)
    assert sum(line.counted for line in lines) == length
    assert [line.day for line in lines] == [start + timedelta(days=i) for i in range(len(lines))]
    assert lines[-1].day == due(start, length, unit, calendar, pauses).legal


@given(calendars, some_day, st.integers(1, 60))
def test_working_days_there_and_back(calendar: Calendar, start: date, length: int) -> None:
    end = calendar.add_workdays(start, length)
    assert calendar.workdays_between(start, end) == length
    assert days_left(end, start, Unit.WORKDAYS, calendar) == length
    assert calendar.add_workdays(calendar.add_workdays(start, length - 1), 1) == end


@given(calendars, some_day, some_day, units)
def test_days_left_has_the_sign_of_late(calendar: Calendar, last: date, today: date, unit: Unit) -> None:
    assert (days_left(last, today, unit, calendar) < 0) == (today > last)


@given(some_day)
def test_a_calendar_does_not_follow_its_source(day: date) -> None:
    source: dict[date, tuple[DayKind, str]] = {}
    calendar = Calendar(source)
    source[day] = (DayKind.HOLIDAY, "")
    assert calendar.kind(day) in (DayKind.WORKDAY, DayKind.REST)
