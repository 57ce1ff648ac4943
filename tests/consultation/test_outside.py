"""Experts by their link, calendars by their address, what the office reads: similar consultations, the board, the week;
and what is chased when it is late."""

from __future__ import annotations

import datetime as dt
import io
import time

import openpyxl
import pytest
import sqlalchemy as sa

from app.cases.enums import RecusalGround
from app.cases.models import Clock
from app.consultation import board, decisions, execution, invitations
from app.consultation.similar import Held, similar
from app.consultation.talk import ExpertLink
from app.core.db import db
from app.supervision import operations as supervision
from app.supervision.models import Supervision
from tests.consultation import meeting
from tests.consultation.meeting import (
    act,
    at_work,
    convened,
    executing,
    expert,
    invite,
    notify,
    on_item,
    propose,
)
from tests.supervision import matters
from tests.support import office
from tests.support.facts import ANOTHER
from tests.support.office import LABOUR, LAND, NOW

pytestmark = pytest.mark.usefixtures("quick_papers")
DAY = dt.timedelta(days=1)


@pytest.fixture
def link(app):
    case = at_work(app)
    propose(app, case, 2)
    person, token = expert(app, case, "hall_deputy")
    return app, case, person, token


def enter(app, token):
    browser = app.test_client()
    assert browser.get(f"/expert/{token}").status_code == 200
    answer = browser.post(f"/expert/{token}")
    return browser, answer


def test_an_expert_writes_by_a_link_that_opens_once(link):
    app, case, person, token = link
    browser, answer = enter(app, token)
    assert answer.status_code == 302
    seat = browser.get(f"/expert/{token}/seat").get_data(as_text=True)
    assert "补偿面积认定" in seat and "王秀英" not in seat, "the matter, and not who brought it"
    sent = {
        "stance": "AGREES", "opinion": "建议以2025年航测图为准。", "opinion_version": "0", "stance_version": "0"
    }  # fmt: skip
    assert browser.post(f"/expert/{token}/seat", data=sent).status_code == 302
    with app.app_context():
        from app.consultation import fields

        found = fields.current(meeting.session_of(case))
        assert found[f"p{person}.opinion"].value == "建议以2025年航测图为准。"
        assert found[f"p{person}.opinion"].by == "沈明远"
    behind = browser.post(f"/expert/{token}/seat", data=sent | {"opinion": "另一句"}).get_data(as_text=True)
    assert "沈明远同时改为" in behind and "建议以2025年航测图为准。" in behind and "另一句" in behind
    stance = browser.post(f"/expert/{token}/seat", data=sent | {"opinion_version": "1", "stance": "PENDING"})
    assert "沈明远同时改为" in stance.get_data(as_text=True), "the stance has a version of its own"
    other = app.test_client()
    for answer in (
        other.get(f"/expert/{token}"),
        other.post(f"/expert/{token}"),
        other.get(f"/expert/{token}/seat"),
    ):
        assert answer.status_code == 410 and "已被打开过" in answer.get_data(as_text=True)


def test_an_experts_seat_outlives_half_an_hour_and_another_link(link, monkeypatch):
    app, _case, _person, token = link
    other = at_work(app, petitioner_name="李桂芳", title="另一件", request="拖欠工资")
    propose(app, other, 2)
    _other_person, other_token = expert(app, other, "hall_deputy", name="顾长安")
    app.config["WTF_CSRF_ENABLED"] = True
    browser, _answer = enter(app, token)
    assert browser.get(f"/expert/{other_token}").status_code == 200
    assert browser.post(f"/expert/{other_token}").status_code == 302
    assert all(browser.get(f"/expert/{one}/seat").status_code == 200 for one in (token, other_token))
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + 31 * 60)
    app.config["FIXED_NOW"] = NOW + dt.timedelta(minutes=31)
    assert browser.get(f"/expert/{token}").status_code == 302
    sent = {"stance": "AGREES", "opinion": "半小时后写成。", "opinion_version": "0", "stance_version": "0"}
    assert browser.post(f"/expert/{token}/seat", data=sent).status_code == 302
    assert "半小时后写成。" in browser.get(f"/expert/{token}/seat").get_data(as_text=True)
    app.config["FIXED_NOW"] = NOW + 4 * DAY
    late = browser.post(f"/expert/{token}/seat", data=sent | {"opinion": "写得太晚"})
    assert late.status_code == 410 and "写得太晚" in late.get_data(as_text=True), "what was typed is not lost"


@pytest.mark.parametrize(
    ("what", "says"),
    [("expire", "过期"), ("revoke", "停用"), ("recuse", "回避"), ("over", "已经结束"), ("left", "停用")],
)
def test_a_link_that_is_over_opens_nothing(link, what, says):
    app, case, person, token = link
    browser, _answer = enter(app, token)
    if what == "expire":
        app.config["FIXED_NOW"] = NOW + 4 * DAY
    elif what == "over":
        act(app, case, "hall_deputy", decisions.call_off, "和解")
    else:
        with meeting.as_one(app, "hall_deputy") as officer:
            place = next(p for p in meeting.session_of(case).participants if p.id == person)
            if what == "revoke":
                invitations.link(place, officer, NOW)
            elif what == "recuse":
                invitations.recuse(place, RecusalGround.RELATIVE, "系当事人近亲属", officer, NOW)
            else:
                invitations.withdraw(place, NOW)
            db.session.commit()
    for answer in (browser.get(f"/expert/{token}/seat"), browser.get(f"/expert/{token}")):
        assert answer.status_code == 410 and says in answer.get_data(as_text=True)


def test_a_link_opens_one_session_and_is_kept_as_a_digest(link):
    app, _case, _person, token = link
    other = at_work(app, petitioner_name="李桂芳", title="另一件", request="拖欠工资")
    propose(app, other, 2)
    _other_person, other_token = expert(app, other, "hall_deputy", name="顾长安")
    browser, _answer = enter(app, token)
    assert browser.get(f"/expert/{other_token}/seat").status_code == 410
    assert browser.get("/consultations/list/").status_code == 302
    assert (
        browser.get("/expert/nonsense").status_code == 404 == browser.get("/expert/nonsense/seat").status_code
    )
    with app.app_context():
        assert all(
            token not in (one.digest, other_token) for one in db.session.scalars(sa.select(ExpertLink))
        )


# ---- the calendar ---------------------------------------------------------------------------------------------------


def test_a_calendar_is_private_and_can_be_revoked(app):
    case = at_work(app)
    propose(app, case, 2)
    for who in (*meeting.MEMBERS[2], "land_head"):
        invite(app, case, who, "hall_deputy")
    notify(app, case)
    head = office.signed_in(app, "land_head")

    def address():
        page = head.post("/consultations/feed_new", follow_redirects=True).get_data(as_text=True)
        return "/calendars/" + page.split("/calendars/")[1].split("<")[0]

    first = address()
    stranger = app.test_client()
    answer = stranger.get(first)
    text = answer.get_data(as_text=True)
    assert answer.content_type.startswith("text/calendar") and text.startswith("BEGIN:VCALENDAR\r\n")
    assert "DTSTART:20260302T020000Z" in text, "ten o'clock in Shanghai"
    assert "联席会议室" in text and "王秀英" not in text and "征地" not in text
    second = address()
    assert stranger.get(first).status_code == 404 and stranger.get(second).status_code == 200
    office.drive(app, case, ("recusal", {"who": "land_head"}), by="office")
    assert "VEVENT" not in stranger.get(second).get_data(as_text=True)
    head.post("/consultations/feed_end")
    assert stranger.get(second).status_code == 404


# ---- what was decided before ----------------------------------------------------------------------------------------


def test_similar_consultations_say_whether_they_held_and_stay_within_reach(sqlite_app):
    app = sqlite_app
    old, wage = (
        at_work(app),
        at_work(app, petitioner_name="周工", title="拖欠工资三个月", request="请求支付工资"),
    )
    for case in (old, wage):
        propose(app, case, 2)
        convened(app, case, at=NOW if case == old else NOW + 3 * meeting.HOUR)
        executing(app, case)
    new = at_work(app, petitioner_name="李桂芳", title="征地补偿款没有发足")
    with office.as_officer(app, "hall_director"):
        from app.cases.models import Case

        found = similar(db.session.get_one(Case, new))
        assert [(one.case.id, one.held) for one in found][:1] == [(old, Held.RUNNING)]
        assert wage not in [one.case.id for one in found], "another kind of matter"
    with office.as_officer(app, "town_officer"):
        assert similar(office.case_of(title="征地补偿款没有发足")) == []
    office.drive(app, new, ("repeat_confirmed", {"first": ANOTHER}), by="office")
    with office.as_officer(app, "hall_director"):
        found = similar(db.session.get_one(Case, at_work_again(app)))
        assert (old, Held.REPEATED) in [(one.case.id, one.held) for one in found]


def at_work_again(app):
    return office.register_case(app, petitioner_name="赵四", title="征地补偿款没有发足额")


def test_the_board_and_the_week_show_what_is_within_reach(sqlite_app):
    app = sqlite_app
    case = at_work(app, title="=1+1征地补偿款未足额发放")
    propose(app, case, 2)
    convened(app, case)
    executing(app, case)
    other = at_work(app, petitioner_name="李桂芳", title="宅基地纠纷")
    propose(app, other, 1, units=(LAND,), at=NOW + 2 * DAY)
    director = office.signed_in(app, "hall_director")
    page = director.get("/consultations/list/").get_data(as_text=True)
    assert "宅基地纠纷" in page and "=1+1征地" in page
    with app.app_context():
        labour = office.unit_named(LABOUR).id
    assert "宅基地纠纷" not in director.get(f"/consultations/list/?unit={labour}").get_data(as_text=True)
    assert "宅基地纠纷" not in office.signed_in(app, "labour_head").get("/consultations/list/").get_data(
        as_text=True
    )
    sheet = openpyxl.load_workbook(
        io.BytesIO(director.get("/consultations/friday_xlsx?day=2026-03-04").data)
    ).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert [row[1] for row in rows] == [1, 2] and rows[1][3] == "=1+1征地补偿款未足额发放"
    assert sheet.cell(4, 4).data_type == "s", "what looks like a formula is text"
    with app.app_context():
        _first, last, lines = board.week(dt.date(2026, 3, 25), None, NOW + 23 * DAY)
        assert last == dt.date(2026, 3, 27) and len(lines) == 2, "in execution it stays on the list"


# ---- late -------------------------------------------------------------------------------------------------------


def test_a_late_item_is_in_the_units_queue_and_proposed_for_supervision(app):
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case)
    executing(app, case)
    queue = office.signed_in(app, "labour_head").get("/queue/list/").get_data(as_text=True)
    assert "落实会诊议定事项" in queue
    office.drive(app, case, "handling")  # or half the time without a record is proposed
    assert not matters.tick(app, dt.date(2026, 4, 1)).proposals
    done = matters.tick(app, dt.date(2026, 4, 2))
    assert done.proposals, "the item of the bureau that leads is late"
    with app.app_context():
        matter = db.session.scalars(sa.select(Supervision)).one()
        assert matter.clock.code == "HZ" and matter.unit.name == LAND
        assert matter.trigger.code == "HZ_OVER"
    on_item(app, case, 1, "land_head", execution.report, "已补发", NOW + 45 * DAY)
    on_item(app, case, 1, "office", execution.verify, "", NOW + 45 * DAY)
    with office.as_officer(app, "office"):
        matter = db.session.scalars(sa.select(Supervision)).one()
        supervision.dismiss(matter, "已落实", NOW + 46 * DAY)
        db.session.commit()
    matters.tick(app, dt.date(2026, 4, 20))
    with app.app_context():
        units = [m.unit.name for m in db.session.scalars(sa.select(Supervision).order_by(Supervision.id))]
        assert units == [LAND, LABOUR], "a cooperating unit is written to as well"
        clock = db.session.scalars(
            sa.select(Clock).where(Clock.code == "HZ", Clock.stopped_on.is_not(None))
        ).one()
        assert clock.stopped_on == (NOW + 45 * DAY).date()
    matters.draft(app, case, NOW + 49 * DAY)
    matters.sign(app, case, NOW + 49 * DAY)
    with app.app_context():
        owed = db.session.scalars(sa.select(Clock).where(Clock.code == "T_SUP")).one()
        assert owed.owner.name == LABOUR
