"""Whom a letter is addressed to, who checks its answer, and what ends when the matter goes to another unit."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases import clocks
from app.cases.effects import give_part
from app.cases.enums import PartRole
from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.db import db
from app.core.errors import Refusal
from app.documents.models import Document
from app.supervision.ladder_models import SupervisionMeasure
from app.supervision.letter import letters_sent
from tests.supervision.matters import (
    DAY,
    LATE,
    accept,
    answer,
    at_work,
    draft,
    facts,
    give_back,
    letter,
    matters,
    sign,
    tick,
)
from tests.supervision.test_ladder import climb, letters, propose, reminder, setting, states
from tests.support import office
from tests.support.office import drive

pytestmark = pytest.mark.usefixtures("quick_papers")


@pytest.fixture
def app(sqlite_app):
    """These are rules of the verbs: one database is enough."""
    return sqlite_app


def running(app, case, code):
    with app.app_context():
        query = sa.select(Clock).where(Clock.case_id == case, Clock.code == code, Clock.stopped_on.is_(None))
        return [
            (clock.owner.name, clock.officer and clock.officer.username)
            for clock in db.session.scalars(query)
        ]


def another_supervisor(app):
    with app.app_context():
        other = office.officer_named("inspection")
        other.post = office.officer_named("supervisor").post
        db.session.commit()


# ---- an assigned case --------------------------------------------------------------------------------


def test_the_answer_on_an_assigned_case_that_is_delivered_can_be_accepted(app):
    """It is not closed with it: an assigned case is reported and reviewed (art. 22)."""
    case = office.register_case(app)
    drive(app, case, "assignment_draft", "assignment", "signing", "acceptance", "opinion_draft", "opinion_signing",
          "delivery")  # fmt: skip
    letter(app, case)
    answer(app, case, LATE)
    accept(app, case, LATE)
    assert matters(app) == [(case, "CLOSED")]
    assert office.state_of(app, case) == "DELIVERED"
    drive(app, case, "report", "report_review", at=LATE)
    assert office.state_of(app, case) == "CLOSED"


# ---- an item of a consultation -----------------------------------------------------------------------


def test_the_second_letter_and_the_return_go_to_the_unit_of_the_item(app):
    case = at_work(app, "handling")
    with app.app_context():
        found = db.session.get_one(Case, case)
        labour = office.unit_named(office.LABOUR)
        give_part(found, PartRole.CONSULTED, unit=labour)
        step = db.session.scalars(
            sa.select(Step).where(Step.case_id == case).order_by(Step.id.desc())
        ).first()
        clocks.start(found, "HZ", office.NOW.date(), step, unit=labour, length=10)
        db.session.commit()
    at = dt.datetime(2026, 3, 20, 9)
    assert tick(app, at.date()).proposals
    letter(app, case, at)
    assert facts(app, case, "unit").name == office.LABOUR
    assert running(app, case, "T_SUP") == [(office.LABOUR, None)]
    reminder(app, case, at + 10 * DAY)
    assert running(app, case, "T_SUP") == [(office.LABOUR, None)]
    answer(app, case, at + 11 * DAY, by="labour_officer")
    give_back(app, case, at + 12 * DAY)
    assert running(app, case, "T_SUP") == [(office.LABOUR, None)]
    with app.app_context():
        found = db.session.get_one(Case, case)
        sent = [letters_sent(found, office.unit_named(unit)) for unit in (office.LABOUR, office.LAND)]
        assert sent == [2, 0]


# ---- who checks --------------------------------------------------------------------------------------


def test_a_new_supervisor_checks_what_is_answered_after_the_change(app):
    another_supervisor(app)
    case = at_work(app)
    letter(app, case)
    drive(app, case, ("supervisor_named", {"supervisor": "inspection"}), by="office_head", at=LATE)
    answer(app, case, LATE + DAY)
    assert [who for _unit, who in running(app, case, "L_ACC")] == ["inspection"]


def test_a_reminder_names_the_supervisor_of_now(app):
    another_supervisor(app)
    case = at_work(app)
    letter(app, case)
    drive(app, case, ("supervisor_named", {"supervisor": "inspection"}), by="office_head", at=LATE)
    reminder(app, case, LATE + 20 * DAY)
    with app.app_context():
        query = sa.select(Document).where(Document.kind.has(code="D19")).order_by(Document.id.desc())
        body = db.session.scalars(query).first().body
        now, before = (str(office.officer_named(name)) for name in ("inspection", "supervisor"))
    assert now in body and before not in body


# ---- letters are counted for the unit, and while nothing was settled ---------------------------------


def test_what_was_accepted_does_not_lead_to_the_joint_conference(app):
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    letter(app, case)
    answer(app, case, LATE)
    accept(app, case, LATE)
    with pytest.raises(Refusal):
        propose(app, case, "TALK", LATE + DAY)
    letter(app, case, LATE + 2 * DAY)
    propose(app, case, "TALK", LATE + 3 * DAY)


def changed(app, case, at):
    """The matter goes from the land bureau to the labour bureau by a ruling."""
    drive(app, case, "dispute", ("jurisdiction_ruling", {"target": office.LABOUR}), at=at)


def objected(app):
    case = office.register_case(app)
    drive(app, case, "routing", "objection")
    return case


def test_letters_to_the_former_unit_are_not_held_against_the_next(app):
    setting(app, "letters_before_ladder", 1)
    case = objected(app)
    letter(app, case, office.NOW)
    changed(app, case, office.NOW)
    with pytest.raises(Refusal):
        propose(app, case, "TALK", LATE)


def test_a_ruling_on_jurisdiction_ends_what_was_addressed_to_the_former_unit(app):
    sent, drafted = objected(app), objected(app)
    letter(app, sent, office.NOW)
    draft(app, drafted, office.NOW)
    for case in (sent, drafted):
        changed(app, case, office.NOW)
    assert matters(app) == [(sent, "CLOSED"), (drafted, "DISMISSED")]
    assert running(app, sent, "T_SUP") == []
    letter(app, sent, office.NOW + DAY)
    assert running(app, sent, "T_SUP") == [(office.LABOUR, None)]
    with pytest.raises(Refusal):
        sign(app, drafted, office.NOW)


def test_a_unit_that_is_recused_answers_no_more(app):
    case = at_work(app)
    letter(app, case)
    drive(app, case, ("recusal", {"who": None, "which": office.LAND, "reason": "利害关系"}), at=LATE)
    assert matters(app) == [(case, "CLOSED")] and running(app, case, "T_SUP") == []


def test_a_measure_against_the_former_unit_ends_with_its_time(app):
    setting(app, "letters_before_ladder", 1)
    case = office.register_case(app)
    drive(app, case, "routing", "signing")
    at = letters(app, case, 1, office.NOW) + 10 * DAY
    for code in ("TALK", "CIRCULAR"):
        climb(app, case, code, at)
    climb(app, case, "LISTED", at)
    assert running(app, case, "L_RECT") == [(office.LAND, None)]
    drive(app, case, ("recusal", {"who": None, "which": office.LAND, "reason": "利害关系"}), at=at)
    assert running(app, case, "L_RECT") == []
    assert [state for _code, state in states(app)] == ["DONE", "DONE", "DONE"]
    with app.app_context():
        listed = db.session.scalars(
            sa.select(SupervisionMeasure).order_by(SupervisionMeasure.id.desc())
        ).first()
        assert "回避" in listed.decision or "Recusal" in listed.decision


def test_only_the_unit_written_to_answers(app):
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    letter(app, case)
    with pytest.raises(Refusal):
        drive(app, case, "supervision_answer", by="labour_officer")
    at = climb(app, case, "TALK", LATE + 20 * DAY)
    at = climb(app, case, "CIRCULAR", at)
    climb(app, case, "LISTED", at)
    with pytest.raises(Refusal):
        drive(app, case, "measure_answer", by="labour_officer", at=at)


# ---- what is owed beyond the end of the case ---------------------------------------------------------


def test_an_instruction_on_a_closed_case_is_chased(app):
    case = at_work(app, ("instruction", {"feedback_days": 3}), "opinion_draft", "opinion_signing", "delivery",
                   "closing")  # fmt: skip
    assert list(tick(app, office.NOW.date() + 4 * DAY).proposed) == ["领导批示逾期未反馈"]
    at = office.NOW + 4 * DAY
    letter(app, case, at)
    assert matters(app) == [(case, "SENT")]
    with pytest.raises(Refusal):
        drive(app, case, "instruction_answer", "archiving", at=at + 60 * DAY)
    reminder(app, case, at + 20 * DAY)
    answer(app, case, at + 21 * DAY)
    accept(app, case, at + 22 * DAY)
    assert matters(app) == [(case, "CLOSED")] and office.state_of(app, case) == "CLOSED"


def test_a_closed_case_that_owes_nothing_is_not_written_about(app):
    case = at_work(app, "opinion_draft", "opinion_signing", "delivery", "closing")
    with pytest.raises(Refusal):
        letter(app, case)
