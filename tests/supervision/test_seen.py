"""What is signed or decided is what was read: a form of a draft that was drawn up anew meanwhile is refused."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.supervision.ladder_models import Rung, SupervisionMeasure
from tests.supervision.matters import DAY, LATE, answer, at_work, draft, facts, give_back, letter, matters
from tests.supervision.test_ladder import letters, propose, setting, states, talk
from tests.support import office

pytestmark = pytest.mark.usefixtures("quick_papers")
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def app(sqlite_app):
    """These are rules of the pages: one database is enough."""
    return sqlite_app


def opened(client, where):
    """The hidden field of a form as it is shown."""
    page = client.get(where).get_data(as_text=True)
    found = re.findall(r'<input[^>]*name="seen"[^>]*value="([^"]*)"', page)
    assert len(found) == 1 and found[0], "the form carries what it shows, once"
    return found[0]


def test_a_draft_that_was_drawn_up_anew_is_read_again_before_it_is_signed(app):
    case = at_work(app)
    draft(app, case, LATE)
    app.config["FIXED_NOW"] = LATE + DAY
    head, where = office.signed_in(app, "office_head"), f"/supervisionsigningview/add/{case}"
    seen = opened(head, where)
    draft(app, case, LATE + MINUTE, demand="另一个要求。")
    assert head.post(where, data={"note": "", "seen": seen}).status_code == 200
    assert matters(app) == [(case, "DRAFTED")]
    assert head.post(where, data={"note": "", "seen": opened(head, where)}).status_code == 302
    assert matters(app) == [(case, "SENT")] and facts(app, case, "demand") == "另一个要求。"


def test_another_answer_than_the_one_read_is_not_accepted(app):
    case = at_work(app)
    letter(app, case)
    answer(app, case, LATE + MINUTE)
    app.config["FIXED_NOW"] = LATE + DAY
    supervisor, where = office.signed_in(app, "supervisor"), f"/supervisionacceptanceview/add/{case}"
    seen = opened(supervisor, where)
    give_back(app, case, LATE + 2 * MINUTE)
    answer(app, case, LATE + 3 * MINUTE)
    assert supervisor.post(where, data={"note": "", "seen": seen}).status_code == 200
    assert matters(app) == [(case, "ANSWERED")]
    assert supervisor.post(where, data={"note": "", "seen": opened(supervisor, where)}).status_code == 302


def test_another_measure_than_the_one_read_is_not_decided(app):
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    propose(app, case, "TALK", at)
    app.config["FIXED_NOW"] = at + DAY
    convener, where = office.signed_in(app, "convener"), f"/measuredecisionview/add/{case}"
    seen = opened(convener, where)
    with app.app_context():
        measure = db.session.scalars(sa.select(SupervisionMeasure.id)).one()
    refused = convener.post(f"/measurerefusalview/edit/{measure}", data={"decision": "先发函"})
    assert refused.status_code == 302
    propose(app, case, "TALK", at + DAY, demand="另一个要求。")
    assert convener.post(where, data={"note": "", "seen": seen}).status_code == 200
    assert states(app) == [("TALK", "REFUSED"), ("TALK", "PROPOSED")]
    assert convener.post(where, data={"note": "", "seen": opened(convener, where)}).status_code == 302


# ---- the wrong role, on every rung -------------------------------------------------------------------

OTHERS = ["office", "office_head", "supervisor", "leader", "land_head", "labour_head", "hall_director"]


@pytest.mark.parametrize("rank", range(5))
def test_every_rung_is_decided_by_the_joint_conference_alone(app, rank):
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    with app.app_context():
        rungs = list(db.session.scalars(sa.select(Rung.code).order_by(Rung.rank)))
    decided = []
    for code in rungs[: rank + 1]:
        propose(app, case, code, at)
        app.config["FIXED_NOW"] = at
        if code == rungs[rank]:
            for who in OTHERS:
                wrong = office.signed_in(app, who).post(f"/measuredecisionview/add/{case}", data={"note": ""})
                assert wrong.status_code in (403, 404), who
            assert states(app)[-1] == (code, "PROPOSED")
        right = office.signed_in(app, "convener").post(f"/measuredecisionview/add/{case}", data={"note": ""})
        assert right.status_code == 302
        if code == "TALK":
            talk(app, case, at)
        decided.append(code)
        at += 40 * DAY
    assert [code for code, _state in states(app)] == decided


def test_who_records_a_talk_and_who_ends_a_measure(app):
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    propose(app, case, "TALK", at)
    app.config["FIXED_NOW"] = at
    office.signed_in(app, "convener").post(f"/measuredecisionview/add/{case}", data={"note": ""})
    held = {"held_on": at.date().isoformat(), "place": "区信联办", "led_by": "梁宏伟", "persons": "钱国栋 局长",
            "problems": "拖延", "demands": "办结", "commitments": "一周内办结"}  # fmt: skip
    for who in ("office_head", "supervisor", "leader", "land_head", "labour_head"):
        assert office.signed_in(app, who).post(f"/talkrecordview/add/{case}", data=held).status_code in (
            403,
            404,
        )
    assert states(app) == [("TALK", "DECIDED")]
    assert office.signed_in(app, "office").post(f"/talkrecordview/add/{case}", data=held).status_code == 302
    assert states(app) == [("TALK", "DONE")]
    propose(app, case, "CIRCULAR", at + DAY)
    app.config["FIXED_NOW"] = at + DAY
    office.signed_in(app, "convener").post(f"/measuredecisionview/add/{case}", data={"note": ""})
    for who in ("office", "office_head", "supervisor", "leader", "land_head", "labour_head"):
        wrong = office.signed_in(app, who).post(f"/measureendview/add/{case}", data={"reason": "已解决"})
        assert wrong.status_code in (403, 404), who
    right = office.signed_in(app, "convener").post(f"/measureendview/add/{case}", data={"reason": "已解决"})
    assert right.status_code == 302 and states(app)[-1] == ("CIRCULAR", "DONE")


# ---- assigned cases without a supervisor -------------------------------------------------------------


def test_the_page_of_cases_without_a_supervisor(app):
    case = office.register_case(app)
    office.drive(app, case, "assignment_draft", "assignment")
    head = office.signed_in(app, "office_head")
    assert "XF2026030001" not in head.get("/unsupervised/list/").get_data(as_text=True)
    office.drive(app, case, ("recusal", {"who": "supervisor", "reason": "系当事人近亲属"}))
    assert "XF2026030001" in head.get("/unsupervised/list/").get_data(as_text=True)
    for who in ("land_head", "leader", "reception"):
        assert office.signed_in(app, who).get("/unsupervised/list/").status_code in (302, 403), who
