"""The lists of leaders and supervisors are read in a fixed number of statements, however many rows a page has."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases.enums import Channel
from app.cases.models import Case
from app.core.db import db
from app.packages import batches
from app.packages.models import CaseBatch
from app.packages.steps import NoteKind, PackageNote
from app.supervision import desk
from app.supervision.ladder_models import Method, SupervisionPlan
from tests.events.test_events import event
from tests.packages.test_packages import opened, step
from tests.packages.test_packages import operations as packages
from tests.reception.test_reception import arrange, forward, friday, prepare
from tests.supervision.matters import DAY, at_work, letter
from tests.supervision.test_ladder import propose, reminder, setting
from tests.support import office
from tests.support.office import as_officer, drive

pytestmark = pytest.mark.usefixtures("quick_papers")
LOOKED_AT = dt.datetime(2026, 4, 8, 10)
PAGES = {
    "leader": ["/leader/list/", "/packages/list/"],
    "supervisor": ["/supervisionplan/list/", "/mysupervision/list/", "/supervision/list/"],
    "office": ["/packages/list/", "/packagesowed/list/", "/receptions/list/", "/supervision/list/", "/measures/list/",
               "/batches/list/", "/batchcases/list/", "/events/list/", "/unsupervised/list/"],
    "office_head": ["/supervisionplan/list/"],
    "land_officer": ["/receptions/list/", "/packages/list/", "/supervision/list/"],
    "convener": ["/measures/list/"],
}  # fmt: skip


@pytest.fixture
def app(sqlite_app):
    """One database is enough: both are sent the same statements."""
    return sqlite_app


def one_more(app):
    """A case with everything: assigned, led, instructed, received, written to twice, planned."""
    case = at_work(app, channel=Channel.SUPERIOR)
    opened(app, case)
    with app.app_context():
        package = packages.of(db.session.get_one(Case, case))
        assert package is not None
        duty = packages.duties(package)[0][0]
    facts = {"about": NoteKind.VISIT, "happened_on": office.NOW.date(), "what": "入户走访", "duty": duty}
    step(app, case, packages.note, PackageNote, facts)
    drive(app, case, "hard_matter", "instruction", "instruction_answer", "instruction")
    forward(app, case)
    friday(app)
    arrange(app, case, meets_on=dt.date(2026, 4, 20))
    prepare(app, case)
    letter(app, case, office.NOW + DAY)
    reminder(app, case, office.NOW + 20 * DAY)
    drive(
        app, case, ("supervision_contact", {"method": Method.CALL}), by="supervisor", at=office.NOW + 21 * DAY
    )
    with as_officer(app, "supervisor") as officer:
        found = db.session.get_one(Case, case)
        for method in (Method.CALL, Method.ON_SITE):
            plan = SupervisionPlan(week=LOOKED_AT.date(), method=method, purpose="实地核查")
            desk.plan(plan, found, officer, LOOKED_AT.date())
        db.session.commit()
    propose(app, case, "TALK", LOOKED_AT)
    # what lacks a leader and a supervisor
    lacking = office.register_case(app, channel=Channel.SUPERIOR)
    drive(app, lacking, "assignment_draft", "assignment", "hard_matter")
    with as_officer(app, "office") as officer:
        number = db.session.scalar(sa.select(sa.func.count(CaseBatch.id)))
        batch = CaseBatch(
            name=f"第{number}批", from_above=True, received_on=office.NOW.date(), due_on=office.NOW.date()
        )
        db.session.add(batch)
        db.session.flush()
        batches.add_cases(batch, db.session.get_one(Case, lacking).number, office.NOW.date())
        from app.events import operations as events

        events.record(event(), officer, office.NOW)
        db.session.commit()


def counts(app):
    found = {}
    for who, pages in PAGES.items():
        client = office.signed_in(app, who)
        for page in pages:
            client.get(page)  # what is read once stays read
            with office.statements(app) as sent:
                answer = client.get(page)
            assert answer.status_code == 200, (who, page)
            found[who, page] = len(sent), answer.get_data(as_text=True).count("<tr")
    return found


def test_a_longer_list_costs_no_more_statements(app):
    setting(app, "letters_before_ladder", 1)
    one_more(app)
    app.config["FIXED_NOW"] = LOOKED_AT
    few = counts(app)
    app.config["FIXED_NOW"] = office.NOW
    for _ in range(3):
        one_more(app)
    app.config["FIXED_NOW"] = LOOKED_AT
    many = counts(app)
    dearer = {key: (few[key], many[key]) for key in few if many[key][0] > few[key][0]}
    assert not dearer, dearer
    longer = [key for key in few if many[key][1] > few[key][1]]
    assert len(longer) >= len(few) - 1, set(few) - set(
        longer
    )  # every list did grow but the one that stays empty
