"""When a year's notice comes out, open deadlines are counted anew and each move is recorded."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cases import calendar_import, clocks, recount
from app.cases.models import Case, Clock, ClockChange, ClockUnit
from app.core.db import db
from app.core.models import CalendarDay, DayKind
from app.core.workdays import Calendar
from app.core.workdays import DayKind as Kind
from tests.cases import lives
from tests.cases.lives import HANDLING, SIGNED, live
from tests.support import office

DECEMBER = dt.datetime(2026, 12, 20, 9)
NEW_YEAR = [  # as such a notice might be: days off, and a Sunday worked for them
    (dt.date(2027, 1, 1), DayKind.HOLIDAY, "元旦", "国办发明电〔2026〕9号"),
    (dt.date(2027, 1, 2), DayKind.HOLIDAY, "元旦", "国办发明电〔2026〕9号"),
    (dt.date(2027, 1, 3), DayKind.HOLIDAY, "元旦", "国办发明电〔2026〕9号"),
    (dt.date(2027, 1, 4), DayKind.HOLIDAY, "元旦", "国办发明电〔2026〕9号"),
    (dt.date(2027, 1, 10), DayKind.MAKEUP, "元旦调休上班", "国办发明电〔2026〕9号"),
]


def load(app, days: list[Any]) -> tuple[int, int]:
    with app.app_context():
        done = calendar_import.load(days)
        db.session.commit()
        return done


def changes(app) -> list[tuple[str, str, str]]:
    with app.app_context():
        rows = db.session.scalars(sa.select(ClockChange).order_by(ClockChange.id)).all()
        return [(row.clock.code, row.old_legal.isoformat(), row.new_legal.isoformat()) for row in rows]


@pytest.mark.usefixtures("quick_papers")
def test_the_notice_moves_what_is_open_and_says_so(app):
    app.config["FIXED_NOW"] = DECEMBER
    case = live(app)  # T1 to 4 January
    stopped = live(app, "routing")
    other = live(app, *HANDLING, at=dt.datetime(2026, 11, 1, 9))  # due 31 December: not moved
    first = lives.clock(app, case, "T1")
    assert (first.due_stat, first.due_legal, first.certain) == (
        dt.date(2027, 1, 4),
        dt.date(2027, 1, 4),
        False,
    )
    was = lives.clock(app, stopped, "T1")
    client = office.signed_in(app, "reception")
    page = client.get(f"/cases/show/{case}").get_data(as_text=True)
    assert "尚未公布" in page or "not yet published" in page
    assert load(app, NEW_YEAR) == (5, 0)
    first = lives.clock(app, case, "T1")
    assert (first.due_stat, first.due_legal, first.certain) == (
        dt.date(2027, 1, 4),
        dt.date(2027, 1, 5),
        True,
    )
    assert ("T1", "2027-01-04", "2027-01-05") in changes(app)
    after = lives.clock(app, stopped, "T1")
    assert (after.due_legal, after.certain) == (was.due_legal, was.certain), (
        "what has ended stays as it was judged"
    )
    assert lives.clock(app, other, "T5").due_legal == dt.date(2026, 12, 31)
    with app.app_context():
        assert db.session.get_one(Case, case).due_on == dt.date(2027, 1, 5)
        assert {row.why for row in db.session.scalars(sa.select(ClockChange))} == {"国办发明电〔2026〕9号"}
    page = client.get(f"/cases/show/{case}").get_data(as_text=True)
    assert "2027-01-04 → 2027-01-05" in page and "国办发明电〔2026〕9号" in page
    assert "尚未公布" not in page and "not yet published" not in page


def test_a_day_of_ones_own_publishes_no_year(app):
    """A local holiday of next year moves what it must; the year's notice is still to come, and it says so."""
    app.config["FIXED_NOW"] = DECEMBER
    case = live(app)  # T1 to 4 January
    load(app, [(dt.date(2027, 1, 4), DayKind.HOLIDAY, "防汛停工", "区政府公告")])
    first = lives.clock(app, case, "T1")
    assert (first.due_legal, first.certain) == (dt.date(2027, 1, 5), False)
    load(app, NEW_YEAR)
    first = lives.clock(app, case, "T1")
    assert (first.due_legal, first.certain) == (dt.date(2027, 1, 5), True)


def test_the_same_notice_again_changes_nothing(app):
    app.config["FIXED_NOW"] = DECEMBER
    live(app)
    load(app, NEW_YEAR)
    before = changes(app)
    assert before and load(app, NEW_YEAR) == (0, 0) and changes(app) == before
    with app.app_context():
        assert recount.recount_open(db.session(), "again") == 0


@pytest.mark.usefixtures("quick_papers")
def test_one_day_on_the_page_does_it_too(app):
    case = live(app, *SIGNED)  # objection until Monday 9 March, notice until 17 March
    client = office.signed_in(app, "sysadmin")
    form = {"day": "2026-03-09", "kind": "HOLIDAY", "name": "防汛停工", "source": "区政府公告"}
    assert client.post("/calendardayview/add", data=form).status_code == 302
    assert lives.clock(app, case, "T4").due_legal == dt.date(2026, 3, 10)
    assert changes(app) == [("T4", "2026-03-09", "2026-03-10")]
    with app.app_context():
        day = db.session.scalars(sa.select(CalendarDay).where(CalendarDay.day == dt.date(2026, 3, 9))).one()
        number = day.id
    assert (
        client.post(f"/calendardayview/edit/{number}", data=form | {"day": "2026-03-17"}).status_code == 302
    )
    assert lives.clock(app, case, "T4").due_legal == dt.date(2026, 3, 9)
    assert lives.clock(app, case, "T3").due_legal == dt.date(2026, 3, 18)
    assert client.post(f"/calendardayview/delete/{number}").status_code == 302
    assert lives.clock(app, case, "T3").due_legal == dt.date(2026, 3, 17)
    assert len(changes(app)) == 4


def test_an_extended_and_a_suspended_clock_move_too(app):
    extended = live(app, *HANDLING, "extension_request", "extension_ruling", at=dt.datetime(2026, 10, 7, 9))
    heard = live(app, *lives.RECHECK, at=DECEMBER)
    app.config["FIXED_NOW"] = DECEMBER + dt.timedelta(days=3)
    lives.take(app, heard, "hearing_start")
    lives.take(app, heard, "hearing_end")
    before = lives.clock(app, extended, "T5"), lives.clock(app, heard, "T10")
    assert before[0].due_stat == dt.date(2027, 1, 5)
    load(app, [*NEW_YEAR, *[(dt.date(2027, 1, d), DayKind.HOLIDAY, "试", "试") for d in (5, 6, 20)]])
    assert lives.clock(app, extended, "T5").due_legal == dt.date(2027, 1, 7)
    assert lives.clock(app, extended, "T5").extended_by == 30
    assert before[1].due_stat == dt.date(2027, 1, 20)
    assert lives.clock(app, heard, "T10").due_legal == dt.date(2027, 1, 21)


def test_a_file_with_a_wrong_line_loads_nothing(sqlite_app, tmp_path):
    path = tmp_path / "2027.csv"
    path.write_text(
        "day,kind,name,source\n2027-01-01,holiday,元旦,x\n2027-13-01,holiday,?,x\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="line 3"):
        calendar_import.of_file(path)


def test_a_file_that_names_a_day_twice_loads_nothing(sqlite_app, tmp_path):
    path = tmp_path / "2027.csv"
    path.write_text(
        "day,kind,name,source\n2027-01-01,holiday,元旦,x\n2027-01-01,makeup,?,x\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"line 3.*2027-01-01"):
        calendar_import.of_file(path)


FIRST = dt.date(2026, 1, 1)
days_off = st.dictionaries(
    st.integers(0, 420).map(lambda n: FIRST + dt.timedelta(days=n)), st.sampled_from([Kind.HOLIDAY, Kind.MAKEUP]),
    max_size=120,
)  # fmt: skip


@pytest.fixture(scope="module")
def quiet(sqlite_office):
    yield sqlite_office.fresh()
    sqlite_office.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    old=days_off, new=days_off, start=st.dates(FIRST, dt.date(2026, 12, 31)), length=st.integers(1, 90),
    unit=st.sampled_from(list(ClockUnit)),
)  # fmt: skip
def test_counted_anew_is_counted_from_scratch(quiet, old, new, start, length, unit):
    """On any calendar: the legal day is worked and no earlier, and it is what one would have counted at first."""
    with quiet.app_context():
        clock = Clock(started_on=start, length=length, extended_by=0, counted_in=unit, suspensions=[])
        for days in (old, new, new):
            clocks.g.calendar = table = Calendar(
                {day: (kind, "") for day, kind in days.items()}, frozenset({2026, 2027})
            )
            before = (clock.due_stat, clock.due_legal)
            moved = clocks.recount(clock)
            assert moved is (before != (clock.due_stat, clock.due_legal))
            scratch = clocks.counted(start, length, unit)
            assert (clock.due_stat, clock.due_legal, clock.certain) == scratch
            assert clock.due_legal >= clock.due_stat > start and table.is_workday(clock.due_legal)
            if unit is ClockUnit.DAYS:
                assert clock.due_stat == start + dt.timedelta(days=length)
                between = (
                    clock.due_stat + dt.timedelta(days=n)
                    for n in range((clock.due_legal - clock.due_stat).days)
                )
                assert not any(table.is_workday(day) for day in between)
            else:
                assert table.workdays_between(start, clock.due_legal) == length
        assert not moved, "the same calendar again moves nothing"
