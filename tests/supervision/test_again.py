"""Second and third letter are proposed by the daily duties from rows, never written or sent by them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.documents.models import Document
from app.supervision.ladder_models import SupervisionReminder
from app.supervision.models import Supervision, SupervisionTrigger
from tests.supervision.matters import DAY, LATE, accept, answer, at_work, facts, give_back, letter, tick
from tests.supervision.test_ladder import propose, reminder, setting
from tests.support import office

pytestmark = pytest.mark.usefixtures("quick_papers")
BACK, OVER = "督办反馈退回后未重新报送", "督办反馈逾期"


def marked(app, case):
    with app.app_context():
        matter = db.session.scalars(sa.select(Supervision).where(Supervision.case_id == case)).one()
        return (matter.again.code, matter.again_on) if matter.again is not None else None


def papers(app):
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count(Document.id))), db.session.scalar(
            sa.select(sa.func.count(SupervisionReminder.id))
        )


def test_another_letter_is_proposed_when_the_answer_is_late(app):
    """The seventh day is in time, the next one is not; once, however often the duties are done."""
    case = at_work(app)
    letter(app, case)
    due, before = facts(app, case, "feedback").due_legal, papers(app)
    assert tick(app, due).again == {} and marked(app, case) is None
    assert list(tick(app, due + DAY).again) == [OVER]
    assert marked(app, case) == ("SUP_LATE", due + DAY)
    assert tick(app, due + DAY).again == tick(app, due + 9 * DAY).again == {}
    assert papers(app) == before  # nothing is written, nothing is sent
    at = LATE + 20 * DAY
    app.config["FIXED_NOW"] = at
    seen = {
        who: "建议再次督办：督办反馈逾期"
        in office.signed_in(app, who).get("/supervision/list/").get_data(as_text=True)
        for who in ("office", "land_officer", "supervisor")
    }
    assert seen == {"office": True, "land_officer": False, "supervisor": False}
    form = office.signed_in(app, "office").get(f"/reminderdraftview/add/{case}").get_data(as_text=True)
    assert "我办已就该事项发函督办，要求于" in form
    reminder(app, case, at)
    assert marked(app, case) is None
    again = facts(app, case, "feedback").due_legal
    assert tick(app, again).again == {} and list(tick(app, again + DAY).again) == [OVER]  # the third letter


@pytest.mark.parametrize(("days", "proposed"), [(4, False), (5, False), (6, True)])
def test_another_letter_is_proposed_when_a_returned_answer_was_not_sent_anew(sqlite_app, days, proposed):
    """More than five days (domain.md §2.6, DB03); the unit's own time may still run."""
    app = sqlite_app
    case = at_work(app)
    letter(app, case)
    with app.app_context():
        db.session.execute(
            sa.update(SupervisionTrigger).where(SupervisionTrigger.code == "SUP_LATE").values(enabled=False)
        )
        db.session.commit()
    answer(app, case, LATE + DAY)
    give_back(app, case, LATE + 2 * DAY)
    found = tick(app, (LATE + 2 * DAY).date() + days * DAY).again
    assert list(found) == ([BACK] if proposed else [])
    answer(app, case, LATE + 9 * DAY)
    assert marked(app, case) is None
    assert tick(app, (LATE + 30 * DAY).date()).again == {}
    accept(app, case, LATE + 31 * DAY)


def test_what_is_before_the_joint_conference_gets_no_further_letter(sqlite_app):
    app = sqlite_app
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    letter(app, case)
    propose(app, case, "TALK", LATE + 20 * DAY)
    assert tick(app, (LATE + 20 * DAY).date()).again == {} and marked(app, case) is None


def test_a_trigger_that_is_switched_off_proposes_nothing(sqlite_app):
    app = sqlite_app
    case = at_work(app)
    letter(app, case)
    with app.app_context():
        db.session.execute(sa.update(SupervisionTrigger).values(enabled=False))
        db.session.commit()
    assert tick(app, (LATE + 60 * DAY).date()).again == {} and marked(app, case) is None
