"""What is refused, with its sentence: every transition by every state and by every officer of the cast; levels, quorum,
lead unit and deadline, votes; who is barred."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from app.cases.enums import Purpose, RecusalGround
from app.cases.models import Case
from app.consultation import counting, decisions, execution, fields, invitations, operations
from app.consultation.enums import FOLLOWS, Act, SessionState
from app.consultation.models import Consultation, ConsultationSession
from app.consultation.steps import ConsultationStep
from app.consultation.talk import booked_quarter
from app.core.db import db
from app.core.errors import Refusal
from tests.consultation import meeting
from tests.consultation.meeting import (
    CONVENER,
    HOUR,
    act,
    at_work,
    convened,
    decided,
    drafted,
    executing,
    invite,
    notify,
    propose,
    state,
    write,
)
from tests.support import office
from tests.support.matrix import permissions
from tests.support.office import CAST, LABOUR, LAND, NOW

pytestmark = pytest.mark.usefixtures("quick_papers")
S = SessionState
LATER = NOW + HOUR


def refused(app, who, verb, *arguments, at=LATER, case):
    """The sentence, after making sure that nothing was written."""
    before = state(app, case)
    with pytest.raises(Refusal) as caught:
        act(app, case, who, verb, *arguments, at=at)
    assert state(app, case) == before
    return str(caught.value)


def stands_in(app, where):
    """A consultation of level 2 in that state."""
    case = at_work(app)
    propose(app, case, 2)
    if where is S.NOTIFIED:
        for who in meeting.MEMBERS[2]:
            invite(app, case, who, "hall_deputy")
        notify(app, case)
    if where in (S.HELD, S.DECIDED, S.EXECUTING, S.VERIFIED, S.ADJOURNED, S.CALLED_OFF):
        convened(app, case)
    if where is S.ADJOURNED:
        act(app, case, "hall_deputy", decisions.adjourn, "查明面积", at=LATER)
    if where is S.CALLED_OFF:
        act(app, case, "hall_deputy", decisions.call_off, "双方和解", at=LATER)
    if where is S.DECIDED:
        decided(app, case, LATER)
    if where in (S.EXECUTING, S.VERIFIED):
        executing(app, case, LATER)
    if where is S.VERIFIED:
        for place, who in ((1, "land_head"), (2, "labour_head")):
            meeting.on_item(app, case, place, who, execution.report, "已办", LATER)
            meeting.on_item(app, case, place, "office", execution.verify, "", LATER)
        act(app, case, "office", execution.strike_off, "", at=LATER)
    return case


VERBS = {
    "notify": (lambda s, o, at: operations.notify(s, at + HOUR, at + 2 * HOUR, meeting.room(), o, at),
               {S.PROPOSED, S.NOTIFIED, S.ADJOURNED}),
    "hold": (operations.hold, {S.NOTIFIED}),
    "decide": (decisions.decide, {S.HELD}),
    "escalate": (lambda s, o, at: decisions.escalate(s, "未能解决", o, at), {S.HELD}),
    "adjourn": (lambda s, o, at: decisions.adjourn(s, "查明面积", o, at), {S.HELD}),
    "call_off": (lambda s, o, at: decisions.call_off(s, "双方和解", o, at),
                 {S.PROPOSED, S.NOTIFIED, S.ADJOURNED, S.HELD}),
    "sign": (execution.sign_minutes, {S.DECIDED}),
    "strike": (lambda s, o, at: execution.strike_off(s, "", o, at), set()),  # not before every item is verified
}  # fmt: skip
STATES = [s for s in S if s is not S.ESCALATED]


@pytest.mark.parametrize("where", STATES, ids=lambda one: one.name)
def test_every_verb_in_every_state_is_possible_or_refused(sqlite_app, where):
    app = sqlite_app
    case = stands_in(app, where)
    if where is S.PROPOSED:
        for who in meeting.MEMBERS[2]:
            invite(app, case, who, "hall_deputy")
    if where is S.HELD:
        drafted(app, case, "hall_deputy", LATER)
    with app.app_context():
        session_id = meeting.session_of(case).id
    for name, (verb, from_) in VERBS.items():
        with office.as_officer(app, "hall_deputy") as officer:
            session = db.session.get_one(ConsultationSession, session_id)
            if where in from_:
                verb(session, officer, LATER)
                assert session.state is not where or name == "notify"
            else:
                with pytest.raises(Refusal):
                    verb(session, officer, LATER)
            db.session.rollback()
    assert state(app, case)[1] == where.name


@pytest.mark.parametrize("who", CAST)
def test_the_role_must_permit_convening_as_well(sqlite_app, who):
    """The address answers 403 to whoever's role has not the right, before any verb is asked."""
    app = sqlite_app
    case = stands_in(app, S.NOTIFIED)
    with app.app_context():
        number = meeting.session_of(case).id
    client = office.signed_in(app, who)
    answer = client.post(f"/sessions/hold/{number}")
    permitted = ("can_convene", "ConsultationSessionView") in permissions()[who]
    if not permitted:
        assert answer.status_code == 403
    elif who == "hall_deputy":
        assert answer.status_code == 302 and state(app, case)[1] == "HELD"
    else:
        assert answer.status_code in (302, 404) and state(app, case)[1] == "NOTIFIED"


# ---- levels --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "units", "by"),
    [(2, (LAND,), "hall_deputy"), (3, (LAND, LABOUR), "hall_director"), (4, (LAND, LABOUR), "hall_director"),
     (1, (LAND, LABOUR), "room_rural")],
)  # fmt: skip
def test_no_level_is_skipped_nor_begun_too_low(sqlite_app, number, units, by):
    case = at_work(sqlite_app)
    with pytest.raises(Refusal) as wrong:
        propose(sqlite_app, case, number, by=by, units=units)
    assert wrong.value.field == "level"


def test_the_database_skips_no_level_either(app):
    case = at_work(app)
    propose(app, case, 2)
    with app.app_context(), pytest.raises(DatabaseError, match="session_skips_no_level"):
        course = meeting.course_of(case)
        db.session.execute(
            sa.insert(ConsultationSession).values(
                case_id=case, consultation_id=course.id, level_id=meeting.level(4).id, level_number=4, state=S.PROPOSED,
                round=1, convener_id=office.officer_named("convener").id, opened_at=NOW, plan="", why="",
            )
        )  # fmt: skip


def test_there_is_nothing_above_the_fourth_level(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 1, units=(LAND,))
    for number in (1, 2, 3):
        if number > 1:
            convened(app, case)
        act(app, case, CONVENER[number], decisions.escalate, "未能解决", at=LATER)
    convened(app, case)
    assert "四级会诊之上" in refused(app, "convener", decisions.escalate, "未能解决", case=case)


def test_an_accusation_is_never_consulted(sqlite_app):
    app = sqlite_app
    case = office.register_case(app, purpose=Purpose.ACCUSATION)
    with pytest.raises(Refusal):
        propose(app, case, 2, by="discipline")


def test_one_consultation_at_a_time(sqlite_app):
    case = at_work(sqlite_app)
    propose(sqlite_app, case, 2)
    with pytest.raises(Refusal):
        propose(sqlite_app, case, 2)


# ---- who must be there ---------------------------------------------------------------------------------------------


def test_a_level_needs_its_posts_and_its_experts(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    assert "接访室主任" in refused(app, "hall_deputy", VERBS["notify"][0], at=NOW, case=case)
    convened(app, case)
    act(app, case, "hall_deputy", decisions.escalate, "未能解决", at=LATER)
    with meeting.as_one(app, "hall_director"):
        for who in ("land_head", "labour_head"):
            invitations.withdraw(meeting.place_of(meeting.session_of(case), who), NOW)
        db.session.commit()
    assert "负责人" in refused(app, "hall_director", VERBS["notify"][0], at=NOW, case=case)
    invite(app, case, "land_head", "hall_director")
    assert LABOUR in refused(app, "hall_director", VERBS["notify"][0], at=NOW, case=case)
    invite(app, case, "labour_officer", "hall_director")
    assert "专家" in refused(app, "hall_director", VERBS["notify"][0], at=NOW, case=case)
    meeting.expert(app, case, "hall_director")
    notify(app, case)


def test_no_decision_without_quorum(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case, present=False)
    drafted(app, case, "hall_deputy", LATER)
    sentence = refused(app, "hall_deputy", decisions.decide, case=case)
    assert "法定人数" in sentence and "应到5人" in sentence and "出席1人" in sentence
    write(app, case, "hall_deputy", LATER, p__room_rural__attendance="EXCUSED")
    refused(app, "hall_deputy", decisions.decide, case=case)
    for who in ("room_enterprise", "land_head"):
        write(app, case, "hall_deputy", LATER, **{f"p__{who}__attendance": "PRESENT"})
    act(app, case, "hall_deputy", decisions.decide, at=LATER)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ({"item1__lead": ""}, "主办单位"),
        ({"item2__lead": "1"}, "主办单位"),
        ({"item1__due": ""}, "没有时限"),
        ({"item2__due": ""}, "没有时限"),
        ({"item1__unit": ""}, "主办单位"),
        ({"item2__unit": ""}, "责任单位"),
        ({"item2__what": ""}, "责任单位"),
        ({"item1__due": "2026-03-01"}, "早于今天"),
        ({"conclusion": ""}, "结论"),
        ({"plan": " "}, "会诊方案"),
    ],
)
def test_no_decision_without_lead_unit_and_every_deadline(sqlite_app, missing, says):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    convened(app, case)
    drafted(app, case, "hall_deputy", LATER, **missing)
    assert says in refused(app, "hall_deputy", decisions.decide, case=case)


def test_the_fourth_level_votes(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 1, units=(LAND,))
    for number in (1, 2, 3):
        if number > 1:
            convened(app, case)
        act(app, case, CONVENER[number], decisions.escalate, "未能解决", at=LATER)
    convened(app, case)
    drafted(app, case, "convener", LATER)
    assert "表决未完成" in refused(app, "convener", decisions.decide, case=case)
    meeting.everybody(app, case, "office", "vote", "NO", LATER)
    assert "表决未通过" in refused(app, "convener", decisions.decide, case=case)
    meeting.everybody(app, case, "office", "vote", "YES", LATER)
    write(app, case, "office", LATER, p__land_head__vote="NO", p__land_head__dissent="资金渠道未落实")
    act(app, case, "convener", decisions.decide, at=LATER)
    with app.app_context():
        session = meeting.session_of(case)
        kept = [(p.name, words) for p, words in fields.dissenters(session, fields.current(session))]
    assert kept == [("钱国栋", "资金渠道未落实")]


# ---- who is barred -------------------------------------------------------------------------------------------------


def test_who_is_recused_is_told_so_and_stays_outside(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    course = propose(app, case, 2)
    for who in (*meeting.MEMBERS[2], "labour_head"):
        invite(app, case, who, "hall_deputy")
    notify(app, case)
    client = office.signed_in(app, "labour_head")
    assert client.get(f"/consultations/show/{course}").status_code == 200
    with office.as_officer(app, "hall_deputy") as officer:
        person = meeting.place_of(meeting.session_of(case), "labour_head")
        invitations.recuse(person, RecusalGround.RELATIVE, "系当事人近亲属", officer, NOW)
        session_id, person_id = person.session_id, person.id
        db.session.commit()
    answer = client.get(f"/consultations/show/{course}")
    assert answer.status_code == 409 and "您已回避" in answer.get_data(as_text=True)
    assert "近亲属" not in answer.get_data(as_text=True)
    for address in (
        f"/sessions/changes/{session_id}",
        f"/sessions/minutes/{session_id}",
        f"/cases/show/{case}",
    ):
        assert client.get(address).status_code == 404
    assert client.post(f"/participants/attach/{person_id}").status_code == 404
    stranger = office.signed_in(app, "labour_officer")
    assert stranger.get(f"/consultations/show/{course}").status_code == 404
    with app.app_context():
        session = meeting.session_of(case)
        assert counting.quorum(session, fields.current(session)).members == 4, "who is recused does not count"
    with pytest.raises(Refusal):
        invite(app, case, "labour_head", "hall_deputy")


def test_who_is_recused_already_is_not_asked(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    office.drive(app, case, ("recusal", {"who": "labour_head"}), by="office")
    propose(app, case, 2)
    with pytest.raises(Refusal):
        invite(app, case, "labour_head", "hall_deputy")


# ---- rooms and conveners -------------------------------------------------------------------------------------------


def two_to_notify(app):
    cases = [at_work(app), at_work(app, petitioner_name="李桂芳")]
    for case in cases:
        propose(app, case, 2)
        for who in meeting.MEMBERS[2]:
            invite(app, case, who, "hall_deputy")
    return cases


def test_a_room_and_a_convener_are_in_one_place_at_a_time(sqlite_app):
    app = sqlite_app
    one, two = two_to_notify(app)
    notify(app, one)
    half = NOW + HOUR + dt.timedelta(minutes=30)
    with pytest.raises(Refusal, match="占用"):
        notify(app, two, starts=half)
    with pytest.raises(Refusal, match="已主持另一场"):
        notify(app, two, starts=half, where="听证室")
    notify(app, two, starts=NOW + 2 * HOUR)
    notify(app, one, starts=NOW + 5 * HOUR)  # moved: its old time is free
    notify(app, two, starts=NOW + HOUR)
    act(app, two, "hall_deputy", decisions.call_off, "和解", at=NOW)
    with app.app_context():
        assert set(db.session.scalars(sa.select(booked_quarter.c.session_id))) == {meeting.session_of(one).id}


def test_two_who_book_the_same_room_at_once_do_not_both_get_it(app):
    cases = two_to_notify(app)
    start, results = threading.Barrier(2), []

    def book(case):
        start.wait()
        try:
            notify(app, case, starts=NOW + HOUR)
            results.append("booked")
        except Refusal as refusal:
            results.append(str(refusal))

    threads = [threading.Thread(target=book, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(word) > 8 for word in results) == [False, True] and "booked" in results


# ---- after the decision --------------------------------------------------------------------------------------------


def test_only_the_unit_reports_and_only_another_verifies(sqlite_app):
    app = sqlite_app
    case = stands_in(app, S.EXECUTING)
    on = meeting.on_item
    for who, verb in (("labour_head", execution.report), ("office", execution.verify)):
        with pytest.raises(Refusal):
            on(app, case, 1, who, verb, "已办", LATER)
    with pytest.raises(Refusal):
        on(app, case, 1, "land_head", execution.report, " ", LATER)
    on(app, case, 1, "land_head", execution.report, "已办", LATER)
    with pytest.raises(Refusal):
        on(app, case, 1, "land_head", execution.verify, "属实", LATER)
    with pytest.raises(Refusal):
        on(app, case, 1, "office", execution.give_back, "", LATER)
    on(app, case, 1, "office", execution.give_back, "未附凭证", LATER)
    on(app, case, 1, "land_head", execution.report, "附凭证", LATER)
    on(app, case, 1, "office", execution.verify, "", LATER)
    assert "第2项" in refused(app, "office", execution.strike_off, "", case=case)


def test_what_was_decided_stands(app):
    case = stands_in(app, S.DECIDED)
    with app.app_context():
        number = meeting.session_of(case).id
    for words, change in (
        ("session_decision_stays", "UPDATE consultation_session SET plan = 'x' WHERE id = :id"),
        ("session_state_leads_on", "UPDATE consultation_session SET state = 'PROPOSED' WHERE id = :id"),
        ("append-only", "UPDATE resolution_item SET what = 'x' WHERE session_id = :id"),
        ("append-only", "UPDATE consultation_entry SET value = 'x' WHERE session_id = :id"),
        ("append-only", "DELETE FROM consultation_entry WHERE session_id = :id"),
    ):
        with app.app_context(), pytest.raises(DatabaseError, match=words):
            db.session.execute(sa.text(change), {"id": number})
    with pytest.raises(Refusal, match="记录不再修改"):
        write(app, case, "hall_deputy", LATER, plan="另一个方案")


def test_a_case_that_ends_takes_its_undecided_consultation_along(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    propose(app, case, 2)
    office.drive(app, case, "withdrawal")
    assert state(app, case) == (2, "CALLED_OFF", "CALLED_OFF")
    with app.app_context():
        assert not [c for c in db.session.get_one(Case, case).clocks if c.stopped_on is None]


def test_the_states_and_acts_have_their_words_and_ways(sqlite_app):
    with sqlite_app.app_context():
        assert set(FOLLOWS) | {S.ESCALATED, S.VERIFIED, S.CALLED_OFF} == set(S)
        assert all(str(one) for one in (*S, *Act)) and ConsultationStep.title
        assert db.session.scalars(sa.select(Consultation)).first() is None
