"""A supervision matter from the draft to its end: what is refused, what becomes late, what the database keeps."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from app.cases.models import Case, Clock, Part
from app.cases.steps import Step
from app.core import audit
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import Setting
from app.documents.models import Document
from app.supervision.models import Supervision, SupervisionGround
from tests.supervision.matters import (
    DAY,
    DUE,
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
from tests.support import office

pytestmark = pytest.mark.usefixtures("quick_papers")
ANSWER_DUE = dt.date(2026, 5, 19)  # seven days from 12 May


def delivered(app):
    return at_work(app, "opinion_draft", "opinion_signing", "delivery")


def clock_of(app, case, code="T_SUP"):
    with app.app_context():
        query = sa.select(Clock).where(Clock.case_id == case, Clock.code == code).order_by(Clock.id.desc())
        return db.session.scalars(query.limit(1)).one()


def steps_of(app, case):
    with app.app_context():
        rows = db.session.execute(
            sa.select(Step.kind, Step.late).where(Step.case_id == case).order_by(Step.id)
        )
        return [tuple(row) for row in rows if row[0].startswith(("supervision", "closing"))]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ground": None}, "ground"),
        ({"problem": " "}, "problem"),
        ({"demand": ""}, "demand"),
        ({"days": 0}, "days"),
        ({"days": 91}, "days"),
        ({"days": None}, "days"),
        ({"supervisor": None}, "supervisor"),
    ],
)
def test_a_letter_says_why_what_and_by_when(sqlite_app, wrong, field):
    case = at_work(sqlite_app)
    with pytest.raises(Refusal) as refused:
        draft(sqlite_app, case, **wrong)
    assert refused.value.field == field
    assert matters(sqlite_app) == []


def test_who_supervises(sqlite_app):
    case = at_work(sqlite_app)
    with sqlite_app.app_context():
        clerk, supervisor = office.officer_named("office"), office.officer_named("supervisor")
        with pytest.raises(Refusal) as refused:  # holds another post
            draft(sqlite_app, case, supervisor=clerk)
        assert refused.value.field == "supervisor"
        own = office.officer_named("supervisor")
        own.unit = office.unit_named(office.LAND)
        db.session.commit()
        with pytest.raises(Refusal) as refused:  # is of the unit itself
            draft(sqlite_app, case, supervisor=supervisor)
        assert refused.value.field == "supervisor"


def test_the_letter_starts_the_clock_and_opens_the_case_to_the_supervisor(app):
    case = at_work(app)
    with office.as_officer(app, "supervisor"):
        assert db.session.get(Case, case) is None
    draft(app, case)
    draft(app, case, days=10, reason="超期未办。")  # drafted anew
    assert facts(app, case, "state", "days", "reason")[1:] == (10, "超期未办")
    with app.app_context():
        assert (
            db.session.scalar(sa.select(sa.func.count()).select_from(Document).where(Document.number == ""))
            == 1
        )
    sign(app, case)
    clock = clock_of(app, case)
    assert (clock.started_on, clock.due_legal) == (LATE.date(), LATE.date() + 10 * DAY)
    with office.as_officer(app, "supervisor"):
        assert db.session.get(Case, case) is not None
    with app.app_context():
        part = db.session.scalars(
            sa.select(Part).where(Part.officer_id.is_not(None)).order_by(Part.id.desc())
        ).first()
        assert (part.role.name, part.officer.username) == ("SUPERVISOR", "supervisor")
        paper = db.session.scalars(sa.select(Document).where(Document.number == "云信督〔2026〕1号")).one()
        assert (
            "2026年5月22日" in paper.body
            and "超期未办。" in paper.body
            and "13" not in str(paper.fields.get("phone"))
        )
        assert audit.broken_links(db.session()) == []


def test_numbers_follow_each_other_and_a_second_letter_says_so(app):
    first, second = at_work(app), at_work(app)
    letter(app, first)
    letter(app, second)
    answer(app, first, LATE)
    accept(app, first, LATE)
    letter(app, first)
    with app.app_context():
        rows = db.session.execute(sa.select(Supervision.times, Document.number).join(Supervision.document)
                                  .order_by(Supervision.id)).all()  # fmt: skip
        assert [tuple(row) for row in rows] == [
            (1, "云信督〔2026〕1号"), (1, "云信督〔2026〕2号"), (2, "云信督〔2026〕3号")
        ]  # fmt: skip
        assert "督办1次" in db.session.scalars(sa.select(Document.body).order_by(Document.id.desc())).first()


def test_one_letter_at_a_time(app):
    case = at_work(app)
    letter(app, case)
    for verb in (draft, sign):
        with pytest.raises(Refusal):
            verb(app, case)
    assert matters(app) == [(case, "SENT")]


def test_an_answer_is_late_after_its_day_and_the_checking_is_not_the_units_delay(app):
    punctual, slow = at_work(app), at_work(app)
    for case in (punctual, slow):
        letter(app, case)
    answer(app, punctual, dt.datetime.combine(ANSWER_DUE, dt.time(17)))
    answer(app, slow, dt.datetime.combine(ANSWER_DUE + DAY, dt.time(9)))
    for case in (punctual, slow):
        accept(app, case, dt.datetime(2026, 6, 1, 9))
    for case, late in ((punctual, False), (slow, True)):
        assert steps_of(app, case) == [  # the supervisor's three working days were over, too
            ("supervision_letter", False), ("supervision_answer", late), ("supervision_acceptance", True)
        ]  # fmt: skip
    assert clock_of(app, punctual).stopped_on == ANSWER_DUE
    assert clock_of(app, slow).stopped_on == ANSWER_DUE + DAY


def test_a_returned_answer_is_given_again_while_the_time_runs(app):
    case = at_work(app)
    letter(app, case)
    for verb in (accept, give_back):
        with pytest.raises(Refusal):
            verb(app, case, LATE)  # nothing to check yet
    answer(app, case, LATE + DAY)
    with pytest.raises(Refusal):
        answer(app, case, LATE + DAY)  # it waits for the supervisor
    give_back(app, case, LATE + 2 * DAY)
    assert clock_of(app, case).stopped_on is None
    assert facts(app, case, "state").name == "RETURNED"
    answer(app, case, LATE + 3 * DAY)
    accept(app, case, LATE + 4 * DAY)
    assert matters(app) == [(case, "CLOSED")]
    assert clock_of(app, case).stopped_on == (LATE + 3 * DAY).date()


@pytest.mark.parametrize("setting", ["1", "0"])
def test_acceptance_closes_a_delivered_case_where_the_setting_says_so(app, setting):
    with app.app_context():
        db.session.execute(
            sa.update(Setting).where(Setting.key == "close_on_acceptance").values(value=setting)
        )
        db.session.commit()
    ready, unready = delivered(app), at_work(app)
    for case in (ready, unready):
        letter(app, case)
        with pytest.raises(Refusal):
            office.drive(app, case, "voiding")
        answer(app, case, LATE)
    with pytest.raises(Refusal):
        office.drive(app, ready, "closing")
    for case in (ready, unready):
        accept(app, case, LATE)
    assert office.state_of(app, unready) == "HANDLING"
    assert office.state_of(app, ready) == ("CLOSED" if setting == "1" else "DELIVERED")
    if setting == "0":
        office.drive(app, ready, "closing")
        assert office.state_of(app, ready) == "CLOSED"


def test_a_case_that_ends_takes_its_matter_along(app):
    proposed, drafted, sent = (office.register_case(app) for _ in range(3))
    for case in (proposed, drafted, sent):
        office.drive(app, case, "routing", "signing")
    at = dt.datetime(2026, 3, 18, 9, 0)
    assert len(tick(app, at.date()).proposals) == 3
    draft(app, drafted, at)
    letter(app, sent, at)
    for case in (proposed, drafted, sent):
        office.drive(app, case, "non_acceptance", at=at + DAY)
    assert matters(app) == [(proposed, "DISMISSED"), (drafted, "DISMISSED"), (sent, "CLOSED")]
    assert facts(app, drafted, "dismiss_reason") and facts(app, drafted, "document_id") is None
    assert clock_of(app, sent).stopped_on == (at + DAY).date()


def test_a_unit_that_is_released_answers_no_more(app):
    case = office.register_case(app)
    office.drive(app, case, "routing", "objection")
    letter(app, case, office.NOW)
    office.drive(app, case, ("objection_ruling", {"agreed": True}))
    assert matters(app) == [(case, "CLOSED")]
    assert clock_of(app, case).stopped_on == office.NOW.date()
    office.drive(app, case, ("routing", {"target": office.LABOUR}))
    letter(app, case, office.NOW)
    assert facts(app, case, "state").name == "SENT"


def test_the_database_keeps_what_was_signed(app):
    case = at_work(app)
    tick(app, DUE + DAY)
    letter(app, case)
    for statement in (
        "UPDATE supervision SET problem = 'x'",
        "UPDATE supervision SET days = 90",
        "UPDATE supervision SET state = 'PROPOSED'",
        "UPDATE supervision SET state = 'DISMISSED'",
        "UPDATE supervision SET proposed_on = '2026-01-01'",
        "UPDATE supervision SET sent_at = '2026-01-01 00:00:00'",
        "DELETE FROM supervision",
        "UPDATE step_supervision_letter SET reason = 'x'",
        "DELETE FROM step_supervision_letter",
    ):
        with app.app_context():
            with pytest.raises(DatabaseError):
                db.session.execute(sa.text(statement))
            db.session.rollback()
    assert matters(app) == [(case, "SENT")]


def test_two_who_sign_at_once(app, client):
    case = at_work(app)
    draft(app, case)
    heads = [client("office_head"), client("office_head")]
    gate, answers = threading.Barrier(2), []

    def press(head):
        gate.wait()
        answers.append(head.post(f"/supervisionsigningview/add/{case}", data={"note": ""}).status_code)

    threads = [threading.Thread(target=press, args=(head,)) for head in heads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 302], "one wins, the other sees the form again with the reason"
    assert [kind for kind, _late in steps_of(app, case)] == ["supervision_letter"]
    with app.app_context():
        numbers = db.session.scalars(sa.select(Document.number).where(Document.number != "")).all()
        assert numbers == ["云信督〔2026〕1号"]
        assert audit.broken_links(db.session()) == []


def test_the_wording_of_a_ground_may_change_later(sqlite_app):
    case = at_work(sqlite_app)
    draft(sqlite_app, case)
    with sqlite_app.app_context():
        db.session.execute(sa.update(SupervisionGround).values(name="改了说法"))
        db.session.commit()
    assert facts(sqlite_app, case, "reason") == "无正当理由未按规定的办理期限办结信访事项"
