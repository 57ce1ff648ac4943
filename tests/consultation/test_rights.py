"""Who may do what to a session: every officer of the cast, every verb in the states where it is possible, every
address; whoever may not is told why, or does not find it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.consultation import decisions, execution, operations
from app.consultation.enums import SessionState
from app.consultation.models import ConsultationSession, Participant
from app.consultation.talk import ExpertLink
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from tests.consultation import meeting
from tests.consultation.meeting import (
    CONVENER,
    HOUR,
    act,
    at_work,
    convened,
    drafted,
    invite,
    notify,
    propose,
    state,
)
from tests.support import office
from tests.support.matrix import permissions
from tests.support.office import CAST, LAND, NOW

pytestmark = pytest.mark.usefixtures("quick_papers")
S = SessionState
LATER = NOW + HOUR
PREPARE = ("can_prepare", "ParticipantView")
SESSION = "ConsultationSessionView"


def climbed(app, number):
    """A matter that stands, proposed, at that level."""
    case = at_work(app)
    propose(app, case, 1, units=(LAND,))
    for below in range(1, number):
        if below > 1:
            convened(app, case)
        act(app, case, CONVENER[below], decisions.escalate, "未能解决", at=LATER)
    return case


def prepared(app, case, number):
    for who in meeting.MEMBERS[number]:
        invite(app, case, who, CONVENER[number])
    if number == 3:
        meeting.expert(app, case, CONVENER[number])


CALL_OFF = lambda s, o, at: decisions.call_off(s, "双方和解", o, at)  # noqa: E731
NOTIFY = lambda s, o, at: operations.notify(s, at + HOUR, at + 2 * HOUR, meeting.room(), o, at)  # noqa: E731
ESCALATE = lambda s, o, at: decisions.escalate(s, "未能解决", o, at)  # noqa: E731
POSSIBLE = {
    S.PROPOSED: (NOTIFY, CALL_OFF),
    S.NOTIFIED: (NOTIFY, operations.hold, CALL_OFF),
    S.HELD: (
        decisions.decide, ESCALATE,
        lambda s, o, at: decisions.adjourn(s, "查明面积", o, at), CALL_OFF,
    ),
    S.DECIDED: (execution.sign_minutes,),
}  # fmt: skip


@pytest.mark.parametrize("number", [2, 3, 4])
def test_nobody_but_the_levels_post_leads_it_in_any_state(sqlite_app, number):
    """Every verb is asked where its state allows it, so that the post alone is what refuses it."""
    app = sqlite_app
    case = climbed(app, number)
    with app.app_context():
        conveners = {post.name for post in meeting.level(number).conveners}
        others = [who for who in CAST if str(office.officer_named(who).post) not in conveners]
    for where in POSSIBLE:
        if where is S.PROPOSED:
            prepared(app, case, number)
        elif where is S.NOTIFIED:
            notify(app, case)
        elif where is S.HELD:
            act(app, case, CONVENER[number], operations.hold, at=LATER)
            meeting.everybody(app, case, CONVENER[number], "attendance", "PRESENT", LATER)
            drafted(app, case, CONVENER[number], LATER)
            if number == 4:
                meeting.everybody(app, case, "office", "vote", "YES", LATER)
        else:
            act(app, case, CONVENER[number], decisions.decide, at=LATER)
        assert state(app, case)[:2] == (number, where.name)
        for who in others:
            for verb in POSSIBLE[where]:
                with meeting.as_one(app, who) as officer, seeing_all("test"):
                    session = meeting.session_of(case)
                    db.session.refresh(session)
                    with pytest.raises(Refusal) as caught:
                        verb(session, officer, LATER)
                    highest = number == 4 and verb is ESCALATE
                    sentence = "再无更高一级" if highest else "您的岗位不能召集"
                    assert sentence in str(caught.value), (where, who, verb)
                    db.session.rollback()
        assert state(app, case)[:2] == (number, where.name)


@pytest.mark.parametrize("who", CAST)
def test_every_address_that_prepares_a_session_asks_who_it_is(sqlite_app, who):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    prepared(app, case, 2)
    expert, _token = meeting.expert(app, case, "hall_deputy")
    with app.app_context():
        session = meeting.session_of(case)
        number, person = session.id, meeting.place_of(session, "labour_head").id
        supervisor = office.officer_named("town_officer").id
    granted = permissions()[who]
    may = ("can_record", SESSION) in granted or who == "hall_deputy"
    client = office.signed_in(app, who)
    for address, right, data in (
        (f"/sessions/invite/{number}", ("can_show", SESSION), {"officer": str(supervisor)}),
        (f"/participants/withdraw/{person}", PREPARE, {}),
        (
            f"/participants/recuse/{expert}",
            ("can_prepare", "ParticipantView"),
            {"ground": "RELATIVE", "reason": "亲属"},
        ),
        (f"/participants/link/{expert}", PREPARE, {}),
        (f"/sessions/call_off/{number}", ("can_convene", SESSION), {"why": "和解"}),
        (f"/sessions/sign/{number}", ("can_convene", SESSION), {}),
        (f"/sessions/strike/{number}", ("can_strike", SESSION), {}),
    ):
        before = _facts(app, number)
        answer = client.post(address, data=data)
        assert answer.status_code in ((302, 404) if right in granted else (403,)), (
            address,
            answer.status_code,
        )
        changed = _facts(app, number) != before
        last = address.split("/")[2]
        if last in ("sign", "strike"):
            assert not changed, (who, address)
        elif last == "call_off":
            assert changed == (who == "hall_deputy"), (who, address)
        elif not may:
            assert not changed, (who, address)
            assert (
                answer.status_code != 302
                or "只有召集人和纪要记录人" in _said(client)
                or "您的岗位" in _said(client)
            )
        elif answer.status_code == 302 and last != "link":
            assert changed, (who, address)


def _said(client):
    with client.session_transaction() as kept:
        return " ".join(str(words) for _tone, words in kept.get("_flashes", []))


def _facts(app, number):
    with app.app_context():
        session = db.session.get_one(ConsultationSession, number)
        people = db.session.execute(
            sa.select(Participant.id, Participant.left_at, Participant.barred_at).where(
                Participant.session_id == number
            )
        ).all()
        links = db.session.scalar(sa.select(sa.func.count(ExpertLink.id)))
        return session.state, sorted(tuple(row) for row in people), links
