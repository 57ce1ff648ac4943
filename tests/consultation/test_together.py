"""What happens in the same moment, and what the page hears of it: a late field, the poll, who else is here."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa

from app.consultation import decisions, fields, minutes
from app.consultation.talk import Entry
from app.core.db import db
from tests.consultation import meeting
from tests.consultation.meeting import HOUR, as_one, at_work, convened, drafted, propose, write
from tests.support import office
from tests.support.office import NOW

pytestmark = pytest.mark.usefixtures("quick_papers")
LATER = NOW + HOUR


@pytest.fixture
def sitting(app):
    """A session of the second level that sits, its decision drafted: (app, case, session)."""
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case)
    drafted(app, case, "hall_deputy", LATER)
    with app.app_context():
        return app, case, meeting.session_of(case).id


def save(client, session, name, value, version):
    answer = client.post(
        f"/sessions/save/{session}", data={"name": name, "value": value, "version": str(version)}
    )
    return answer.status_code, answer.get_json()


def test_what_is_written_while_the_session_decides_is_refused_and_changes_nothing(sitting):
    """Two connections: the field waits for the decision that is not committed yet, then it comes too late."""
    app, case, session = sitting
    clerk, told = office.signed_in(app, "office"), []
    late = threading.Thread(target=lambda: told.append(save(clerk, session, "plan", "事后改写的方案", 1)))
    with as_one(app, "hall_deputy") as officer:
        decisions.decide(meeting.session_of(case), officer, LATER)
        late.start()
        time.sleep(1.5)
        assert not told, "it waits"
        db.session.commit()
    late.join(timeout=30)
    assert told[0][0] == 409 and "不再修改" in told[0][1]["refused"]
    with app.app_context():
        assert not db.session.scalars(sa.select(Entry).where(Entry.value == "事后改写的方案")).all()
        stands = meeting.session_of(case)
        assert minutes.fields_of(stands)["plan"] == stands.plan == "复核面积后补发差额，同步办理社保。"


def test_the_page_hears_all_that_follows_from_a_change_and_the_poll_keeps_nobody_signed_in(sitting):
    app, case, session = sitting
    deputy = office.signed_in(app, "hall_deputy")
    first = deputy.get(f"/sessions/changes/{session}?since=0")
    assert "Set-Cookie" not in first.headers, "what a page asks by itself is no sign of life"
    assert "Set-Cookie" in deputy.get("/consultations/list/").headers
    last = first.get_json()["last"]
    assert "badges" not in deputy.get(f"/sessions/changes/{session}?since={last}").get_json()
    write(
        app, case, "office", LATER, p__land_head__stance="DISAGREES", p__land_head__opinion="不同意同批兑付。"
    )
    told = deputy.get(f"/sessions/changes/{session}?since={last}").get_json()
    with app.app_context():
        place = meeting.place_of(meeting.session_of(case), "land_head").id
    assert "不同意" in told["badges"][f"p{place}.stance"] and "林晓梅代录" in told["badges"][f"p{place}.note"]
    assert any("钱国栋" in who and words == "不同意同批兑付。" for who, words in told["dissent"])
    assert "（林晓梅代录）" in told["minutes"] and told["quorum"]["reached"]


def test_what_follows_from_a_change_comes_with_its_own_answer(sitting):
    """Who takes the attendance reads it in the minutes at once, not when the page asks the next time."""
    app, case, session = sitting
    deputy = office.signed_in(app, "hall_deputy")
    with app.app_context():
        place = meeting.place_of(meeting.session_of(case), "labour_head").id
        stands = fields.current(meeting.session_of(case))[f"p{place}.attendance"]
    before = deputy.get(f"/sessions/changes/{session}?since=0").get_json()
    assert "韩守业" in before["minutes"].split("出席：")[1] and "请假：" not in before["minutes"]
    status, told = save(deputy, session, f"p{place}.attendance", "EXCUSED", stands.version)
    assert status == 200 and told["counts"] == {**before["counts"], "present": 4, "excused": 1}
    assert "韩守业" in told["minutes"].split("请假：")[1] and "请假" in told["badges"][f"p{place}.attendance"]
    assert told["quorum"]["present"] == before["quorum"]["present"] - 1
    assert told["last"] == before["last"] + 1, "an answer that was overtaken can be told from a newer one"


def test_who_else_has_the_page_open_is_shown_and_where_they_write(sitting):
    app, _case, session = sitting
    deputy, clerk = office.signed_in(app, "hall_deputy"), office.signed_in(app, "office")
    assert clerk.post(f"/sessions/here/{session}", data={"field": "plan"}).status_code == 200
    assert clerk.post(f"/sessions/here/{session}", data={"field": "findings"}).status_code == 200
    see = lambda who: who.get(f"/sessions/changes/{session}?since=0").get_json()["here"]  # noqa: E731
    assert see(deputy) == [{"who": "林晓梅", "field": "findings"}] and see(clerk) == []
    app.config["FIXED_NOW"] = NOW + meeting.HOUR
    assert see(deputy) == []
    assert office.signed_in(app, "labour_officer").post(f"/sessions/here/{session}").status_code == 404


def test_votes_are_cast_by_who_is_there_where_the_level_votes(sitting):
    app, case, session = sitting
    with app.app_context():
        place = meeting.place_of(meeting.session_of(case), "land_head").id
        meeting.level(2).votes = True
        db.session.commit()
    clerk = office.signed_in(app, "office")
    assert save(clerk, session, f"p{place}.vote", "YES", 0)[0] == 200
    write(app, case, "office", LATER, p__land_head__attendance="EXCUSED")
    status, told = save(clerk, session, f"p{place}.vote", "NO", 1)
    assert status == 409 and "到会成员" in told["refused"]
    with app.app_context():
        found = fields.current(meeting.session_of(case))
        assert minutes.fields_of(meeting.session_of(case))["vote"] == "", (
            "the vote of who left does not count"
        )
        assert fields.value(found, f"p{place}.vote") == "YES"
        meeting.level(2).votes = False
        db.session.commit()
    write(app, case, "office", LATER, p__land_head__attendance="PRESENT")
    status, told = save(clerk, session, f"p{place}.vote", "NO", 1)
    assert status == 409 and "表决" in told["refused"]


def test_votes_do_not_outlive_an_adjournment(sitting):
    app, case, _session = sitting
    with app.app_context():
        meeting.level(2).votes = True
        db.session.commit()
    meeting.everybody(app, case, "office", "vote", "YES", LATER)
    meeting.act(app, case, "hall_deputy", decisions.adjourn, "查明面积", at=LATER)
    meeting.notify(app, case, at=LATER)
    with app.app_context():
        found = fields.current(meeting.session_of(case))
        assert not [name for name, one in found.items() if name.endswith(".vote") and one.value]
