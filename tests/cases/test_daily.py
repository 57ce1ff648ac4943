"""日清日结: the three facts of the day, which day that is, and the lists of what is still open (S003, S004)."""

from __future__ import annotations

import datetime as dt

import pytest

from app.cases import clocks, daily
from app.cases.enums import Purpose
from app.cases.models import Case
from app.core.db import db
from tests.cases import lives
from tests.cases.lives import live
from tests.support import office

THREE = ("routing", "supervising_leader", "package_leader")


def at(day: str, hour: int = 9, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour, minute))


@pytest.mark.parametrize(("registered", "day"), [
    (at("2026-03-02"), "2026-03-02"), (at("2026-03-02", 17, 59), "2026-03-02"), (at("2026-03-02", 18), "2026-03-03"),
    (at("2026-03-06", 19), "2026-03-09"),  # a Friday evening
    (at("2026-03-07"), "2026-03-09"), (at("2026-03-08", 20), "2026-03-09"),
    (at("2026-02-14"), "2026-02-14"), (at("2026-02-14", 18), "2026-02-24"),  # a worked Saturday before the festival
    (at("2026-02-16"), "2026-02-24"), (at("2026-09-30", 18), "2026-10-08"),
])  # fmt: skip
def test_which_day_a_petition_belongs_to(sqlite_app, registered, day):
    with sqlite_app.app_context():
        assert daily.day_of(registered, dt.time(18), clocks.calendar()) == dt.date.fromisoformat(day)


def facts(app, case: int) -> tuple[bool, bool, bool]:
    with app.app_context():
        found = daily.facts(db.session.get_one(Case, case))
        assert found.clear is (found.sent and found.supervised and found.packaged)
        return found.sent, found.supervised, found.packaged


def test_three_facts_by_the_day(app):
    case = live(app)
    assert facts(app, case) == (False, False, False)
    lives.take(app, case, "routing", at=at("2026-03-02", 16))
    lives.take(app, case, "supervising_leader", at=at("2026-03-02", 17))
    assert facts(app, case) == (True, True, False)
    lives.take(app, case, "package_leader", at=at("2026-03-03"), by="land_head")
    assert facts(app, case) == (True, True, False), "a day late is not that day"
    with app.app_context():
        found = db.session.get_one(Case, case)
        assert (found.supervising_leader, found.package_leader) == ("李副局长", "钱局长")
    evening = live(app, at=at("2026-03-06", 18, 30))
    for kind in THREE:
        lives.take(app, evening, kind, at=at("2026-03-09", 10))
    assert facts(app, evening) == (True, True, True), "Friday evening belongs to Monday"


def test_naming_another_leader_later_keeps_the_first_day(app):
    case = live(app, *THREE)
    lives.take(app, case, "supervising_leader", at=at("2026-03-20"), leader="王副局长")
    assert facts(app, case) == (True, True, True)
    with app.app_context():
        assert db.session.get_one(Case, case).supervising_leader == "王副局长"


def listed(app, username: str, path: str) -> set[str]:
    page = office.signed_in(app, username).get(f"/{path}/list/").get_data(as_text=True)
    with app.app_context():
        return {case.title for case in db.session.query(Case) if f">{case.number}<" in page}


def test_the_day_list_is_what_is_still_missing(app):
    live(app, *THREE, title="清了")
    live(app, "routing", title="缺两项")
    live(app, title="未转")
    live(app, title="重件", first_time=False)
    live(app, title="举报", purpose=Purpose.ACCUSATION, accused="张三")
    live(app, "withdrawal", title="撤回")
    app.config["FIXED_NOW"] = at("2026-03-02", 18)
    assert listed(app, "office", "daily") == {"缺两项", "未转"}
    page = office.signed_in(app, "office").get("/daily/list/").get_data(as_text=True)
    assert page.count("badge-warn") >= 2


def test_month_and_year_lists(app):
    live(app, at=at("2026-02-27"), title="上月")
    live(app, title="本月")
    live(app, *lives.CLOSED, title="已办结")
    live(app, title="重复", first_time=False)
    live(app, *lives.CLOSED, title="重复已结", first_time=False)
    assert listed(app, "office", "monthly") == {"本月"}
    assert listed(app, "office", "yearly") == {"重复"}


@pytest.mark.parametrize("path", ["daily", "monthly", "yearly"])
def test_the_lists_obey_the_scope(app, path):
    repeated = {"first_time": path != "yearly"}
    live(app, "routing", title="国土", **repeated)
    live(app, ("routing", {"target": office.LABOUR, "room": None}), title="人社", **repeated)
    live(app, title="举报", purpose=Purpose.ACCUSATION, accused="张三", **repeated)
    assert listed(app, "office", path) == {"国土", "人社"}
    assert listed(app, "land_officer", path) == {"国土"}
    assert listed(app, "labour_head", path) == {"人社"}
    assert listed(app, "town_officer", path) == set()
    assert listed(app, "discipline", path) <= {"举报"}
