"""The demo office shows the ladder: letters, a talk with its record, a circular, and listed supervision that runs."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app import demo_cases, demo_ladder, verify
from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.db import db
from app.documents.models import Document
from app.organisation.models import Officer
from app.supervision.ladder_models import Rung, SupervisionMeasure
from app.supervision.ladder_steps import MeasureDecision, TalkRecord
from tests.support import office

pytestmark = pytest.mark.usefixtures("quick_papers")
NOWS = [
    dt.datetime(2026, 3, 2, 9),
    dt.datetime(2026, 10, 4, 18),
    dt.datetime(2026, 11, 30, 22),
    dt.datetime(2027, 2, 9, 8),
]


@pytest.mark.parametrize("now", NOWS)
def test_the_demo_office_has_measures_of_the_ladder(sqlite_app, now):
    """On a working day, in the middle of a holiday, at night, and in a year without published holidays."""
    app = sqlite_app
    app.config["FIXED_NOW"] = now
    with app.app_context():
        stories = demo_cases.Stories(papers=False)
        number = next(
            n for n, told in enumerate(stories.stories) if told["case"]["title"] == demo_ladder.TITLE
        )
        for event in stories.events:
            if event.story == number:
                stories.tell(event)
        officers = {officer.username: officer for officer in db.session.scalars(sa.select(Officer))}
        assert demo_ladder.build(officers, now) == 3
        case = stories.cases[number]
        rows = db.session.execute(
            sa.select(Rung.code, SupervisionMeasure.state).join(Rung).order_by(SupervisionMeasure.id)
        ).all()
        assert [(code, state.name) for code, state in rows] == [
            ("TALK", "DONE"), ("CIRCULAR", "DECIDED"), ("LISTED", "DECIDED")
        ]  # fmt: skip
        decided = db.session.scalars(sa.select(MeasureDecision)).all()
        assert {step.officer.username for step in decided} == {"convener"}
        assert db.session.scalars(sa.select(TalkRecord)).one().count == 2
        steps = db.session.scalars(sa.select(Step).where(Step.case_id == case).order_by(Step.id)).all()
        assert [s.taken_at for s in steps] == sorted(s.taken_at for s in steps) and steps[-1].taken_at <= now
        codes = [paper.kind.code for paper in db.session.scalars(sa.select(Document).order_by(Document.id))]
        assert codes == ["D19", "D19", "D19", "D28", "D28A", "D34A", "D24A"]
        rectifying = db.session.scalars(sa.select(Clock).where(Clock.code == "L_RECT")).one()
        assert rectifying.stopped_on is None and rectifying.due_legal >= now.date()
        assert verify.findings() == []
    page = office.signed_in(app, "land_head").get("/measures/list/").get_data(as_text=True)
    assert "挂牌督办" in page and "约谈" in page
    with app.app_context():
        assert db.session.get_one(Case, case).unit.name == office.LAND
