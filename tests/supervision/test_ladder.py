"""Second and third letter, then the joint conference's measures: in order, by the right role, and counted."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases.models import Case, Clock, Part
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import Setting
from app.documents.models import Document
from app.review.models import Conclusion
from app.supervision import desk, ladder, reminders
from app.supervision.ladder_models import (
    LiabilityArticle,
    MeasureState,
    Method,
    Rung,
    SupervisionMeasure,
    SupervisionPlan,
    SupervisionReminder,
)
from app.supervision.ladder_steps import (
    MeasureAnswer,
    MeasureDecision,
    MeasureEnd,
    SupervisionContact,
    SupervisionReminderStep,
    SupervisorNamed,
    TalkRecord,
)
from app.supervision.letter import letters_sent
from tests.supervision.matters import (
    DAY,
    LATE,
    accept,
    answer,
    at_work,
    facts,
    give_back,
    letter,
    matters,
    tick,
)
from tests.support import office
from tests.support.office import drive

pytestmark = pytest.mark.usefixtures("quick_papers")
RUNGS = ["TALK", "CIRCULAR", "LISTED", "RECTIFY", "ACCOUNT"]


def setting(app, key, value):
    with app.app_context():
        db.session.execute(sa.update(Setting).where(Setting.key == key).values(value=str(value)))
        db.session.commit()


def reminder(app, case, at):
    with office.as_officer(app, "office") as officer:
        draft = SupervisionReminder(problem="仍未办结。", demand="立即办结。", days=5)
        reminders.draft(db.session.get_one(Case, case), draft, officer, at)
        db.session.commit()
    with office.as_officer(app, "office_head") as officer:
        reminders.sign(db.session.get_one(Case, case), SupervisionReminderStep(), officer, at)
        db.session.commit()


def letters(app, case, count, at=LATE):
    """So many letters, each after the one before was not answered in time; returns the last one's moment."""
    letter(app, case, at)
    for _ in range(count - 1):
        at += 20 * DAY
        reminder(app, case, at)
    return at


def propose(app, case, code, at, by="office", **kw):
    with office.as_officer(app, by) as officer:
        rung = db.session.scalars(sa.select(Rung).where(Rung.code == code)).one()
        said = {"facts": "三次督办仍未办结。", "demand": "立即办结。"}
        if rung.recorded:
            said |= {"persons": "钱国栋 局长\n赵文博 科长", "meet_at": "3月9日9时，区信联办"}
        if rung.blames:
            said["article"] = db.session.scalars(
                sa.select(LiabilityArticle).where(LiabilityArticle.code == "45-1")
            ).one()
        measure = SupervisionMeasure(rung=rung, **(said | kw))
        ladder.propose(db.session.get_one(Case, case), measure, officer, at)
        db.session.commit()


def decide(app, case, at, by="convener"):
    with office.as_officer(app, by) as officer:
        ladder.decide(db.session.get_one(Case, case), MeasureDecision(), officer, at)
        db.session.commit()


def talk(app, case, at, persons="钱国栋 局长\n赵文博 科长"):
    with office.as_officer(app, "office") as officer:
        step = TalkRecord(held_on=at.date(), place="区信联办", led_by="梁宏伟 召集人", persons=persons,
                          problems="拖延", demands="办结", commitments="一周内办结")  # fmt: skip
        ladder.record_talk(db.session.get_one(Case, case), step, officer, at)
        db.session.commit()


def climb(app, case, code, at):
    """One rung with all it needs; returns a moment after the unit's time for it."""
    propose(app, case, code, at)
    decide(app, case, at)
    if code == "TALK":
        talk(app, case, at)
    return at + 40 * DAY


def states(app):
    with app.app_context():
        rows = db.session.execute(
            sa.select(Rung.code, SupervisionMeasure.state)
            .join(Rung, Rung.id == SupervisionMeasure.rung_id)
            .order_by(SupervisionMeasure.id)
        )
        return [(code, state.name) for code, state in rows]


# ---- whose time runs ---------------------------------------------------------------------------------


def clocks_of(app, case, code):
    with app.app_context():
        query = sa.select(Clock).where(Clock.case_id == case, Clock.code == code).order_by(Clock.id)
        return list(db.session.scalars(query))


def test_an_answered_letter_waits_for_the_supervisor(app):
    case = at_work(app)
    letter(app, case)
    answer(app, case, LATE + DAY)
    assert [c.stopped_on for c in clocks_of(app, case, "T_SUP")] == [(LATE + DAY).date()]
    waiting = clocks_of(app, case, "L_ACC")[-1]
    with app.app_context():
        assert waiting.stopped_on is None and waiting.officer_id == office.officer_named("supervisor").id
    give_back(app, case, LATE + 2 * DAY)
    first, again = clocks_of(app, case, "T_SUP")
    assert (again.started_on, again.due_legal, again.stopped_on) == (first.started_on, first.due_legal, None)
    answer(app, case, LATE + 3 * DAY)
    accept(app, case, LATE + 4 * DAY)
    assert all(c.stopped_on for c in (*clocks_of(app, case, "T_SUP"), *clocks_of(app, case, "L_ACC")))


# ---- second and third letter -------------------------------------------------------------------------


def test_another_letter_follows_when_the_answer_is_late_or_came_back(app):
    late, returned = at_work(app), at_work(app)
    for case in (late, returned):
        letter(app, case)
        with pytest.raises(Refusal):
            reminder(app, case, LATE + DAY)  # the unit still has its time
    answer(app, returned, LATE + DAY)
    give_back(app, returned, LATE + 2 * DAY)
    reminder(app, returned, LATE + 3 * DAY)
    reminder(app, late, LATE + 20 * DAY)
    reminder(app, late, LATE + 40 * DAY)
    with app.app_context():
        found = db.session.get_one(Case, late)
        assert letters_sent(found, found.unit) == 3
        query = sa.select(Document).where(Document.case_id == late, Document.kind.has(code="D19"))
        third = db.session.scalars(query.order_by(Document.id.desc())).first()
        assert third.number and "此前我办已就该事项发函督办2次" in third.body
    assert [c.stopped_on is None for c in clocks_of(app, late, "T_SUP")] == [False, False, True]
    answer(app, late, LATE + 41 * DAY)
    accept(app, late, LATE + 42 * DAY)
    assert (late, "CLOSED") in matters(app)


# ---- the ladder --------------------------------------------------------------------------------------


def test_letters_come_before_the_joint_conference(sqlite_app):
    case = at_work(sqlite_app)
    for count, at in ((1, LATE), (2, LATE + 20 * DAY)):
        letter(sqlite_app, case, at) if count == 1 else reminder(sqlite_app, case, at)
        with pytest.raises(Refusal):
            propose(sqlite_app, case, "TALK", at + DAY)
    reminder(sqlite_app, case, LATE + 40 * DAY)
    propose(sqlite_app, case, "TALK", LATE + 41 * DAY)


@pytest.mark.parametrize("climbed", range(len(RUNGS)))
def test_the_ladder_is_climbed_rung_by_rung(sqlite_app, climbed):
    """Every pair: what was reached, and what may come next."""
    app = sqlite_app
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    for code in RUNGS[:climbed]:
        at = climb(app, case, code, at)
    for code in RUNGS[climbed + 1 :]:
        with pytest.raises(Refusal) as refused:
            propose(app, case, code, at)
        assert refused.value.field == "rung"
    propose(app, case, RUNGS[climbed], at)
    with pytest.raises(Refusal):
        propose(app, case, RUNGS[0], at)  # one before the conference at a time
    assert states(app)[-1] == (RUNGS[climbed], "PROPOSED")


def test_a_talk_counts_when_it_was_held_and_a_term_when_it_is_over(app):
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    propose(app, case, "TALK", at)
    decide(app, case, at)
    with pytest.raises(Refusal):
        propose(app, case, "CIRCULAR", at + DAY)  # no record of the talk yet
    talk(app, case, at + DAY)
    at = climb(app, case, "CIRCULAR", at + 2 * DAY)
    propose(app, case, "LISTED", at)
    decide(app, case, at)
    with pytest.raises(Refusal):
        propose(app, case, "RECTIFY", at + 3 * DAY)  # the unit has its fifteen days
    with office.as_officer(app, "land_officer") as officer:
        step = MeasureAnswer(causes="测绘未完成", done="已办结")
        ladder.answer(db.session.get_one(Case, case), step, officer, at + 4 * DAY)
        db.session.commit()
    with office.as_officer(app, "convener") as officer:
        step = MeasureEnd(reason="已解决")
        ladder.end(db.session.get_one(Case, case), step, officer, at + 5 * DAY)
        db.session.commit()
    assert states(app)[-1] == ("LISTED", "DONE")
    assert all(c.stopped_on for c in clocks_of(app, case, "L_RECT"))


def test_nobody_proposes_and_decides(sqlite_app):
    app = sqlite_app
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    propose(app, case, "TALK", at, by="office_head")
    with pytest.raises(Refusal):
        decide(app, case, at, by="office_head")
    decide(app, case, at)
    with pytest.raises(Refusal):
        decide(app, case, at)  # decided once


WRONG = ["office", "office_head", "supervisor", "leader", "land_head", "land_officer", "labour_head", "inspection",
         "hall_director", "sysadmin"]  # fmt: skip


@pytest.mark.parametrize("who", [*WRONG, "convener"])
def test_only_the_joint_conference_decides(sqlite_app, who):
    """By the pages themselves: the wrong role has no form to post, whatever it sees."""
    app = sqlite_app
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    propose(app, case, "TALK", at)
    app.config["FIXED_NOW"] = at + DAY
    with app.app_context():
        measure = db.session.scalars(sa.select(SupervisionMeasure.id)).one()
    client = office.signed_in(app, who)
    decision = client.post(f"/measuredecisionview/add/{case}", data={"note": ""})
    if who == "convener":
        assert decision.status_code == 302 and states(app) == [("TALK", "DECIDED")]
        return
    assert decision.status_code in (302, 403, 404)
    assert client.post(f"/measurerefusalview/edit/{measure}", data={"decision": "否"}).status_code in (
        302,
        403,
        404,
    )
    assert states(app) == [("TALK", "PROPOSED")]


@pytest.mark.parametrize(
    "who", ["supervisor", "leader", "convener", "land_head", "land_officer", "hall_director"]
)
def test_only_the_office_asks_the_joint_conference(sqlite_app, who):
    app = sqlite_app
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    app.config["FIXED_NOW"] = letters(app, case, 1) + 20 * DAY
    with app.app_context():
        rung = db.session.scalar(sa.select(Rung.id).where(Rung.code == "TALK"))
    said = {"rung": rung, "facts": "未办结", "demand": "办结", "persons": "钱国栋", "meet_at": "3月9日"}
    asked = office.signed_in(app, who).post(f"/measureproposalview/add/{case}", data=said)
    assert asked.status_code in (403, 404) and states(app) == []
    assert (
        office.signed_in(app, "office").post(f"/measureproposalview/add/{case}", data=said).status_code == 302
    )
    assert states(app) == [("TALK", "PROPOSED")]


def test_what_is_considered_is_not_the_units_to_read(app):
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    propose(app, case, "TALK", at)
    seen = {}
    for who in ("office", "convener", "land_head", "land_officer", "supervisor", "labour_head"):
        with office.as_officer(app, who):
            seen[who] = db.session.scalar(sa.select(sa.func.count(SupervisionMeasure.id)))
    assert seen == {
        "office": 1,
        "convener": 1,
        "land_head": 0,
        "land_officer": 0,
        "supervisor": 0,
        "labour_head": 0,
    }
    decide(app, case, at)
    for who, count in (("land_head", 1), ("labour_head", 0)):
        with office.as_officer(app, who):
            assert db.session.scalar(sa.select(sa.func.count(SupervisionMeasure.id))) == count


def test_a_measure_not_decided_keeps_its_reason(sqlite_app):
    app = sqlite_app
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    propose(app, case, "TALK", at)
    with office.as_officer(app, "convener") as officer:
        measure = ladder.proposed(db.session.get_one(Case, case))
        assert measure is not None
        with pytest.raises(Refusal):
            ladder.refuse(measure, " ", officer, at)
        ladder.refuse(measure, "先由分管领导过问", officer, at)
        db.session.commit()
    assert states(app) == [("TALK", "REFUSED")]
    with pytest.raises(Refusal):
        propose(app, case, "CIRCULAR", at)  # not decided is not climbed
    propose(app, case, "TALK", at)


def test_an_accountability_letter_names_its_article(sqlite_app):
    app = sqlite_app
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    for code in RUNGS[:-1]:
        at = climb(app, case, code, at)
    with pytest.raises(Refusal) as refused:
        propose(app, case, "ACCOUNT", at, article=None)
    assert refused.value.field == "article"
    propose(app, case, "ACCOUNT", at)
    decide(app, case, at)
    with app.app_context():
        paper = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D27"))).one()
        assert paper.number == "云信问〔2026〕1号" and "《信访工作条例》第四十五条第（一）项" in paper.body


def test_the_counts_of_s004(sqlite_app):
    """10 letters, 7 accountability letters, 5 units and 10 persons talked to, from records of a simulated year."""
    app = sqlite_app
    setting(app, "letters_before_ladder", 2)  # that county's own rule
    places = [office.LAND, office.LABOUR, "云岭区住房和城乡建设局", "云岭区农业农村局", "云岭区民政局"]
    begun = dt.datetime(2026, 4, 1, 9)
    for number, place in enumerate(places):
        case = office.register_case(app, at=dt.datetime(2026, 1, 5, 9))
        with app.app_context():
            route = {"target": place, "note": "按职责分工"}
        drive(app, case, ("routing", route), at=dt.datetime(2026, 1, 6, 9))
        at = letters(app, case, 2, begun) + 20 * DAY
        propose(app, case, "TALK", at)
        decide(app, case, at)
        talk(app, case, at)
        at += 2 * DAY
        for code in ("CIRCULAR", "LISTED", "RECTIFY", "ACCOUNT"):
            at = climb(app, case, code, at)
        if number < 2:  # a second letter, to the body that may discipline
            climb(app, case, "ACCOUNT", at)
    with office.as_officer(app, "office"):
        found = ladder.tally(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert (found.letters, found.accountability) == (10, 7)
    assert (found.units_talked_to, found.persons_talked_to) == (5, 10)
    with office.as_officer(app, "office"):
        assert ladder.tally(dt.date(2025, 1, 1), dt.date(2025, 12, 31)) == ladder.Tally(0, 0, 0, 0, 0)


# ---- a supervisor's work -----------------------------------------------------------------------------


def assigned(app):
    case = office.register_case(app)
    drive(app, case, "assignment_draft", "assignment")
    return case


def test_an_assigned_case_keeps_its_supervisor_on_every_way(sqlite_app):
    """It goes to another unit, it is closed and comes back by review: the page of those without one stays empty."""
    app = sqlite_app
    moved, closed = assigned(app), assigned(app)
    drive(app, moved, "objection", ("objection_ruling", {"agreed": True, "reason": "属人社局职责"}))
    assert without(app) == []
    drive(app, moved, ("routing", {"target": office.LABOUR, "note": "按职责分工"}))
    drive(app, closed, "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery", "report")
    drive(app, closed, "report_review")
    assert office.state_of(app, closed) == "CLOSED" and without(app) == []
    drive(app, closed, "review_request", ("review_opinion", {"conclusion": Conclusion.REDO}))
    assert office.state_of(app, closed) == "HANDLING" and without(app) == []


def without(app):
    with office.as_officer(app, "office"):
        return list(db.session.scalars(sa.select(Case.id).where(desk.unsupervised())))


def test_an_assigned_case_has_a_supervisor_until_it_closes(app):
    case = assigned(app)
    assert without(app) == []
    with app.app_context():
        office.officer_named("supervisor").active = False
        db.session.commit()
    assert without(app) == [case]
    with app.app_context():
        office.officer_named("supervisor").active = True
        db.session.commit()
    with app.app_context():
        post = office.officer_named("supervisor").post
        office.officer_named("supervisor").post = office.officer_named("assessor").post
        db.session.commit()
    assert without(app) == [case]  # in service, but no supervisor any more
    with app.app_context():
        office.officer_named("supervisor").post = db.session.merge(post)
        db.session.commit()
    drive(app, case, ("recusal", {"who": "supervisor", "reason": "系当事人近亲属"}))
    assert without(app) == [case]
    with office.as_officer(app, "office_head") as officer:
        found = db.session.get_one(Case, case)
        with pytest.raises(Refusal):  # recused from it
            step = SupervisorNamed(supervisor=office.officer_named("supervisor"), reason="换人")
            office.operations.take(step, found, officer, office.NOW)
    with app.app_context():
        other = office.officer_named("inspection")
        other.post = office.officer_named("supervisor").post
        db.session.commit()
    drive(app, case, ("supervisor_named", {"supervisor": "inspection"}), by="office_head")
    assert without(app) == []
    drive(app, case, ("withdrawal", {}))
    with app.app_context():
        db.session.query(Part).filter(Part.case_id == case).update({"active": False})
        db.session.commit()
    assert without(app) == []  # closed: nobody need supervise it any more


def test_a_week_is_planned_and_done_by_the_record(app):
    case = assigned(app)
    with office.as_officer(app, "supervisor") as officer:
        found = db.session.get_one(Case, case)
        item = SupervisionPlan(week=dt.date(2026, 3, 4), method=Method.ON_SITE, purpose="到现场查看")
        desk.plan(item, found, officer, office.NOW.date())
        db.session.commit()
        assert item.week == dt.date(2026, 3, 2) and desk.done_on([item]) == {}
        for wrong, field in (
            ({"week": dt.date(2026, 2, 27)}, "week"),
            ({"purpose": " "}, "purpose"),
            ({}, "method"),
        ):
            again = {"week": dt.date(2026, 3, 2), "method": Method.ON_SITE, "purpose": "再去"} | wrong
            with pytest.raises(Refusal) as refused:
                desk.plan(SupervisionPlan(**again), found, officer, office.NOW.date())
            assert refused.value.field == field
        for method, at in ((Method.CALL, office.NOW), (Method.ON_SITE, office.NOW + 7 * DAY)):
            office.operations.take(SupervisionContact(method=method, what="已核实"), found, officer, at)
            db.session.commit()
            assert desk.done_on([item]) == {}  # by another method, in another week
        office.operations.take(SupervisionContact(method=Method.ON_SITE, what="已核实"), found, officer,
                               office.NOW + 2 * DAY)  # fmt: skip
        db.session.commit()
        assert desk.done_on([item]) == {item.id: dt.date(2026, 3, 4)}
        assert "云岭区自然资源局" in desk.waits_for(found)[0]
    with office.as_officer(app, "office") as officer, pytest.raises(Refusal):
        office.operations.take(
            SupervisionContact(method=Method.CALL, what="问过"),
            db.session.get_one(Case, case),
            officer,
            office.NOW,
        )


# ---- triggers ----------------------------------------------------------------------------------------


def proposed(app, day):
    return {name for name, found in tick(app, day).proposed.items() if found}


def test_the_petitioner_who_came_back_is_a_cause(sqlite_app):
    app = sqlite_app
    first = at_work(app)
    second = office.register_case(app)
    with app.app_context():
        earlier = db.session.get_one(Case, first)
        drive(app, second, ("repeat_confirmed", {"first": earlier}), "routing")
    assert proposed(app, office.NOW.date() + 3 * DAY) == set()
    assert proposed(app, office.NOW.date() + 4 * DAY) == {"信访人就同一事项再次反映"}
    assert facts(app, second, "case_id") == second
    assert proposed(app, office.NOW.date() + 5 * DAY) == set()


def test_a_returned_report_that_was_not_sent_again_is_a_cause(sqlite_app):
    app = sqlite_app
    case = assigned(app)
    drive(app, case, "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery", "report")
    drive(app, case, ("report_review", {"passed": False, "reason": "未附送达回证"}))
    assert proposed(app, office.NOW.date() + 5 * DAY) == set()
    assert proposed(app, office.NOW.date() + 6 * DAY) == {"办结报告退回后未重新报送"}


def test_an_instruction_not_answered_is_a_cause(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    drive(app, case, ("instruction", {"feedback_days": 3}))
    assert "领导批示逾期未反馈" not in proposed(app, office.NOW.date() + 3 * DAY)
    assert proposed(app, office.NOW.date() + 4 * DAY) == {"领导批示逾期未反馈"}


def test_states_only_lead_on(app):
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    propose(app, case, "TALK", at)
    decide(app, case, at)
    with app.app_context(), pytest.raises(sa.exc.DatabaseError):
        db.session.execute(sa.update(SupervisionMeasure).values(state=MeasureState.PROPOSED, decided_at=None))
