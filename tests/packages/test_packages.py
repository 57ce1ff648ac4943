"""Packages: who must have one, who leads it, how it is struck off by three persons, and what a batch shows."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases.enums import Channel, Purpose
from app.cases.models import Case, Clock
from app.core.db import db
from app.core.errors import Refusal
from app.documents.models import Document
from app.packages import batches, instructions, operations, rules
from app.packages.models import CaseBatch, Package, PackageRule, Tier
from app.packages.steps import (
    Instruction,
    InstructionAnswer,
    NoteKind,
    PackageHandover,
    PackageNote,
    PackageOpened,
    PackageReopening,
    StrikeOffRequest,
)
from tests.support import office
from tests.support.office import NOW, as_officer, drive, register_case

pytestmark = pytest.mark.usefixtures("quick_papers")
DAY = dt.timedelta(days=1)


def sent(app, **kw):
    case = register_case(app, **kw)
    drive(app, case, "routing")
    return case


def step(app, case, verb, made, *more, by="office", at=NOW):
    with as_officer(app, by) as officer:
        found = db.session.get_one(Case, case)
        filled = made(**more[0]) if more and isinstance(more[0], dict) else made()
        verb(found, filled, *more[1:], officer, at)
        db.session.commit()


def opened(app, case, by="office", **kw):
    with as_officer(app, by) as officer:
        facts = {
            "leader": office.officer_named("leader"), "responsible": "钱国栋 局长", "due_on": NOW.date() + 30 * DAY,
            "task_force": "自然资源局、龙泉镇", "plan": "一、核实面积。二、补发差额。",
        } | kw  # fmt: skip
        operations.open_package(db.session.get_one(Case, case), PackageOpened(**facts), officer, NOW)
        db.session.commit()


def owed(app, case):
    with as_officer(app, "office"):
        listed = set(db.session.scalars(sa.select(Case.id).where(rules.owing())))
        found = [
            (o.rule.code if o.rule else "BACK", o.due_on) for o in rules.owed(db.session.get_one(Case, case))
        ]
        assert (case in listed) == bool(found)  # the list and the words agree
        return found


def package(app, case):
    with app.app_context():
        return db.session.scalars(sa.select(Package).where(Package.case_id == case)).one()


# ---- obligatory packages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "steps", "codes"),
    [
        ({"first_time": True}, (), ["FIRST"]),
        ({"first_time": False}, (), []),
        ({"first_time": False, "channel": Channel.SUPERIOR}, (), ["ABOVE"]),
        ({"first_time": True, "channel": Channel.SUPERIOR}, (), ["FIRST", "ABOVE"]),
        ({"first_time": False}, ("hard_matter",), ["HARD"]),
        ({"first_time": True}, ("routing", "package_leader"), []),
        ({"first_time": False, "channel": Channel.SUPERIOR}, ("withdrawal",), []),
        ({"first_time": True, "purpose": Purpose.ACCUSATION}, (), []),
    ],
)
def test_which_cases_owe_a_package(sqlite_app, facts, steps, codes):
    case = register_case(sqlite_app, **facts)
    drive(sqlite_app, case, *steps)
    if facts.get("purpose") is Purpose.ACCUSATION:
        with as_officer(sqlite_app, "office"):
            assert case not in set(db.session.scalars(sa.select(Case.id).where(rules.owing())))
        return
    assert [code for code, _day in owed(sqlite_app, case)] == codes


def test_by_when_a_package_is_owed(sqlite_app):
    """The day of registration; after closing time and on rest days the next working day; from above in five."""
    for at, same_day, in_five in (
        (dt.datetime(2026, 3, 2, 17, 59), dt.date(2026, 3, 2), dt.date(2026, 3, 9)),
        (dt.datetime(2026, 3, 2, 18, 0), dt.date(2026, 3, 3), dt.date(2026, 3, 10)),
        (dt.datetime(2026, 2, 14, 10), dt.date(2026, 2, 14), dt.date(2026, 2, 28)),  # a make-up working day
        (dt.datetime(2026, 2, 15, 10), dt.date(2026, 2, 24), dt.date(2026, 3, 2)),  # Spring Festival
    ):
        case = register_case(sqlite_app, at=at, channel=Channel.SUPERIOR)
        assert sorted(owed(sqlite_app, case)) == sorted([("FIRST", same_day), ("ABOVE", in_five)])


def test_the_optional_rules_count_people_and_petitions(sqlite_app):
    app = sqlite_app
    with app.app_context():
        db.session.execute(sa.update(PackageRule).values(enabled=PackageRule.code.in_(("MANY", "REPEAT"))))
        db.session.commit()
    vectors = [(register_case(app, people_count=1, involved_count=n), n) for n in (29, 30)]
    assert [[code for code, _ in owed(app, case)] for case, _n in vectors] == [[], ["MANY"]]
    first = register_case(app)
    for nth, codes in ((2, []), (3, ["REPEAT"])):
        again = register_case(app)
        with app.app_context():
            drive(app, again, ("repeat_confirmed", {"first": db.session.get_one(Case, first)}))
        assert [code for code, _ in owed(app, again)] == codes, nth


def test_the_principal_leader_takes_the_hard_matter(app):
    case = sent(app, first_time=False)
    drive(app, case, "hard_matter")
    opened(app, case)
    assert [code for code, _ in owed(app, case)] == ["HARD"]  # led, but not by the principal leader
    handover = {
        "tier": Tier.DISTRICT, "leader": None, "principal": True, "reason": "重大疑难",
    }  # fmt: skip
    with as_officer(app, "office"):
        handover["leader"] = office.officer_named("convener")
        step(app, case, operations.hand_over, PackageHandover, handover)
    assert owed(app, case) == []


# ---- the course of a package -------------------------------------------------------------------------


def test_a_package_is_opened_with_everything_it_needs(sqlite_app):
    app = sqlite_app
    case = register_case(app)
    with pytest.raises(Refusal):
        opened(app, case)  # at no unit yet
    drive(app, case, "routing", "package_leader")
    for wrong, field in (
        ({"leader": None}, "leader"),
        ({"responsible": " "}, "responsible"),
        ({"plan": ""}, "plan"),
        ({"task_force": ""}, "task_force"),
        ({"due_on": NOW.date()}, "due_on"),
        ({"due_on": NOW.date() + 366 * DAY}, "due_on"),
    ):
        with pytest.raises(Refusal) as refused:
            opened(app, case, **wrong)
        assert refused.value.field == field
    with as_officer(app, "office"), pytest.raises(Refusal):
        opened(app, case, leader=office.officer_named("reception"))  # holds no leader's post
    opened(app, case, bureau_leader="钱国栋 自然资源局局长")
    with app.app_context():
        made = package(app, case)
        db.session.add(made)
        assert [(o.tier.name, o.name) for o in made.owners] == [
            ("DISTRICT", "宋成"), ("BUREAU", "钱国栋 自然资源局局长"), ("UNIT", "钱局长")
        ]  # fmt: skip
        paper = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D39"))).one()
        assert "宋成" in paper.body and paper.case_id == case
        clock = db.session.scalars(sa.select(Clock).where(Clock.code == "L_PKG")).one()
        assert clock.due_stat == NOW.date() + 30 * DAY
    with pytest.raises(Refusal):
        opened(app, case)  # one for a case


def test_the_leader_sees_the_case_until_it_is_handed_over(app):
    case = sent(app)
    seen = {}

    def look(when):
        for who in ("leader", "convener"):
            with as_officer(app, who):
                seen[when, who] = db.session.get(Case, case) is not None

    look("before")
    opened(app, case)
    look("opened")
    with as_officer(app, "office"):
        facts = {"tier": Tier.DISTRICT, "leader": office.officer_named("convener"), "reason": "宋成同志调任"}
        step(app, case, operations.hand_over, PackageHandover, facts)
    look("handed over")
    assert seen == {
        ("before", "leader"): False, ("before", "convener"): False,
        ("opened", "leader"): True, ("opened", "convener"): False,
        ("handed over", "leader"): False, ("handed over", "convener"): True,
    }  # fmt: skip
    with app.app_context():
        made = db.session.scalars(sa.select(Package)).one()
        assert [(o.name, o.until) for o in made.owners] == [("宋成", NOW.date()), ("梁宏伟", None)]
        where = f"/packages/show/{made.id}"
    page = office.signed_in(app, "office").get(where).get_data(as_text=True)
    assert "2026-03-02 — 2026-03-02 宋成" in page and "2026-03-02 —  梁宏伟" in page


def test_a_leader_too_near_to_the_matter_leads_none(sqlite_app):
    app = sqlite_app
    case = sent(app)
    drive(app, case, ("recusal", {"who": "leader", "reason": "系当事人近亲属"}))
    with pytest.raises(Refusal):
        opened(app, case)
    other = sent(app, channel=Channel.SUPERIOR, first_time=False)
    opened(app, other)
    assert owed(app, other) == []
    drive(app, other, ("recusal", {"who": "leader", "reason": "系当事人近亲属"}))
    assert [code for code, _ in owed(app, other)] == ["ABOVE"]  # owed anew


def test_contact_is_counted_from_the_last_talk_with_the_petitioner(sqlite_app):
    app = sqlite_app
    case = sent(app)
    opened(app, case)
    with app.app_context():
        duty = operations.duties(db.session.scalars(sa.select(Package)).one())[0][0]
    for about, day, days in (
        (NoteKind.PROGRESS, 5, 20), (NoteKind.VISIT, 4, 16), (NoteKind.CALL, 9, 11), (NoteKind.TALK, 6, 11)
    ):  # fmt: skip
        facts = {"about": about, "happened_on": NOW.date() + day * DAY, "what": "入户走访", "duty": duty}
        step(app, case, operations.note, PackageNote, facts, at=NOW + 10 * DAY)
        with app.app_context():
            made = db.session.scalars(sa.select(Package)).one()
            assert operations.silent_for(made, NOW.date() + 20 * DAY) == days, about
    with app.app_context():
        made = db.session.scalars(sa.select(Package)).one()
        assert [day for _duty, day in operations.duties(made)] == [
            NOW.date() + 9 * DAY,
            None,
            None,
            None,
            None,
        ]
    with pytest.raises(Refusal):
        facts = {"about": NoteKind.VISIT, "happened_on": NOW.date() + DAY, "what": "预先记录"}
        step(app, case, operations.note, PackageNote, facts)


def criteria(app):
    with app.app_context():
        return [criterion.code for criterion in operations.criteria()]


def test_striking_off_takes_three_persons_and_every_criterion(app):
    case = sent(app)
    opened(app, case)
    every = criteria(app)
    for met, evidence, field in ((every[:-1], "回访记录", "met"), (every, " ", "evidence")):
        with pytest.raises(Refusal) as refused:
            step(app, case, operations.ask_strike_off, StrikeOffRequest, {"evidence": evidence}, met)
        assert refused.value.field == field
    step(
        app,
        case,
        operations.ask_strike_off,
        StrikeOffRequest,
        {"evidence": "回访记录"},
        every,
        by="land_officer",
    )
    for who in ("land_officer", "land_head"):  # who asked; a colleague of the unit
        with pytest.raises(Refusal):
            drive(app, case, "strike_off_check", by=who)
    with pytest.raises(Refusal):
        drive(app, case, "strike_off_ruling", by="office_head")  # not checked yet
    drive(app, case, ("strike_off_check", {"passed": False, "findings": "信访人称未收到"}), by="supervisor")
    assert package(app, case).state.name == "ACTIVE"
    step(
        app, case, operations.ask_strike_off, StrikeOffRequest, {"evidence": "收条"}, every, by="land_officer"
    )
    drive(app, case, "strike_off_check", by="supervisor")
    for who in ("supervisor", "land_officer"):
        with pytest.raises(Refusal):
            drive(app, case, "strike_off_ruling", by=who)
    drive(app, case, "strike_off_ruling", by="office_head")
    made = package(app, case)
    assert (made.state.name, made.struck_on) == ("STRUCK", NOW.date())
    with app.app_context():
        assert all(c.stopped_on for c in db.session.scalars(sa.select(Clock).where(Clock.code == "L_PKG")))


def test_what_comes_back_is_taken_up_again(app):
    case = sent(app, first_time=False, channel=Channel.SUPERIOR)
    opened(app, case)
    step(
        app,
        case,
        operations.ask_strike_off,
        StrikeOffRequest,
        {"evidence": "收条"},
        criteria(app),
        by="land_officer",
    )
    drive(app, case, "strike_off_check", by="supervisor")
    drive(app, case, "strike_off_ruling", by="office_head")
    assert owed(app, case) == []  # struck off: it has done its work
    again = register_case(app, at=NOW + DAY)
    with app.app_context():
        drive(app, again, ("repeat_confirmed", {"first": db.session.get_one(Case, case)}), at=NOW + DAY)
    assert [code for code, _ in owed(app, case)] == ["BACK"]
    facts = {"reason": "信访人再次反映", "due_on": NOW.date() + 40 * DAY}
    step(app, case, operations.reopen, PackageReopening, facts, at=NOW + 2 * DAY)
    assert owed(app, case) == []
    made = package(app, case)
    assert (made.state.name, made.struck_on) == ("ACTIVE", None)


# ---- instructions ------------------------------------------------------------------------------------


def test_an_instruction_is_answered_by_its_day_to_its_leader(app):
    case = sent(app)
    opened(app, case)
    with pytest.raises(Refusal):
        drive(app, case, "instruction_answer")  # nothing to answer
    step(app, case, instructions.give, Instruction, {"text": "请尽快解决", "feedback_days": 5}, by="leader")
    with pytest.raises(Refusal):
        with as_officer(app, "leader"):
            other = office.officer_named("convener")
        step(app, case, instructions.give, Instruction,
             {"text": "代批", "feedback_days": 5, "leader": other}, by="leader")  # fmt: skip
    step(app, case, instructions.answer, InstructionAnswer, {"done": "已核实", "result": "已补发"}, by="land_officer",
         at=NOW + 8 * DAY)  # fmt: skip
    with as_officer(app, "leader") as leader:
        ((clock, answer),) = [instructions.outcome(said) for said in instructions.given_by(leader)]
        assert clock is not None and answer is not None
        assert clock.due_legal == NOW.date() + 7 * DAY  # the fifth day is a Saturday
        assert answer.result == "已补发" and answer.late
    with as_officer(app, "convener") as convener:
        assert instructions.given_by(convener) == []


def test_what_is_owed_to_a_leader_goes_with_the_matter(app):
    case = register_case(app)
    drive(app, case, "assignment_draft", "assignment")
    opened(app, case)
    drive(app, case, "instruction", "objection")
    drive(app, case, ("objection_ruling", {"agreed": True, "reason": "属人社局职责"}))
    drive(app, case, ("routing", {"target": office.LABOUR, "note": "按职责分工"}))
    with app.app_context():
        running = db.session.scalars(
            sa.select(Clock)
            .where(Clock.code.in_(("L_INS", "L_PKG")), Clock.stopped_on.is_(None))
            .order_by(Clock.id)
        ).all()
        assert {(c.code, c.owner.name, c.started_on) for c in running} == {
            ("L_INS", office.LABOUR, NOW.date()), ("L_PKG", office.LABOUR, NOW.date())
        }  # fmt: skip
        made = db.session.scalars(sa.select(Package)).one()
        assert (made.unit.name, made.clock.stopped_on) == (office.LABOUR, None)
    drive(app, case, "instruction_answer")
    with as_officer(app, "leader") as leader:
        ((_clock, answer),) = [instructions.outcome(said) for said in instructions.given_by(leader)]
        assert answer is not None and answer.unit is not None and answer.unit.name == office.LABOUR


def test_an_instruction_is_owed_beyond_the_closing(sqlite_app):
    case = sent(sqlite_app)
    drive(sqlite_app, case, "instruction", "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery",
          "closing")  # fmt: skip
    with pytest.raises(Refusal):
        drive(sqlite_app, case, "archiving", at=NOW + 60 * DAY)
    drive(sqlite_app, case, "instruction_answer")
    drive(sqlite_app, case, "archiving", at=NOW + 60 * DAY)


# ---- batches -----------------------------------------------------------------------------------------


def test_batches_show_s004(sqlite_app):
    """120 closed with 28 agreements; 53 closed with 17: 23.33 %, 32.08 %, and 45 of 173 together 26.01 %."""
    app = sqlite_app
    closed = ("routing", "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery", "closing")
    signed = ("settling", {"agreement": True, "voluntary": True, "evidence": "协议"})
    totals = []
    for name, count, agreements in (("第一批", 120, 28), ("第二批", 53, 17)):
        numbers = []
        with app.app_context():
            for nth in range(count):
                case = register_case(app)
                drive(app, case, *closed, *([signed] if nth < agreements else []))
                numbers.append(db.session.get_one(Case, case).number)
        with as_officer(app, "office"):
            batch = CaseBatch(name=name, received_on=NOW.date(), due_on=NOW.date() + 90 * DAY)
            db.session.add(batch)
            db.session.flush()
            assert batches.add_cases(batch, "\n".join(numbers), NOW.date()) == count
            assert batches.add_cases(batch, numbers[0], NOW.date()) == 0  # twice is once
            with pytest.raises(Refusal):
                batches.add_cases(batch, "XF2099999999", NOW.date())
            totals.append(batches.progress(batch))
            db.session.commit()
    assert [(p.cases, p.ended, p.agreements) for p in totals] == [(120, 120, 28), (53, 53, 17)]
    assert [p.rate(p.agreements, p.cases) for p in totals] == ["23.33%", "32.08%"]
    with as_officer(app, "office"):
        both = batches.total()
        assert (both.cases, both.ended, both.agreements) == (173, 173, 45)
        assert both.rate(both.agreements, both.cases) == "26.01%"
    page = office.signed_in(app, "office").get("/batches/list/").get_data(as_text=True)
    assert all(rate in page for rate in ("23.33%", "32.08%", "26.01%", "100.00%"))
    assert batches.Progress.rate(0, 0) == "—"
