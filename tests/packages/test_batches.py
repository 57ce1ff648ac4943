"""What a batch shows of cases that went on, what of those that went another way, and when it is over its term."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.cases.models import Case
from app.core.db import db
from app.core.errors import Refusal
from app.packages import batches
from app.packages.models import CaseBatch
from tests.packages.test_packages import opened, owed, sent
from tests.support import office
from tests.support.office import NOW, as_officer, drive, register_case

pytestmark = pytest.mark.usefixtures("quick_papers")
DAY = dt.timedelta(days=1)
CLOSED = ("routing", "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery", "closing")
SETTLED = ("settling", {"agreement": True, "voluntary": True, "evidence": "协议"})


@pytest.fixture
def app(sqlite_app):
    """These are rules of the verbs: one database is enough."""
    return sqlite_app


def batch_of(app, *cases, **kw):
    with as_officer(app, "office"):
        facts = {"name": "第一批", "received_on": NOW.date(), "due_on": NOW.date() + 30 * DAY} | kw
        batch = CaseBatch(**facts)
        db.session.add(batch)
        db.session.flush()
        numbers = [db.session.get_one(Case, case).number for case in cases]
        batches.add_cases(batch, "\n".join(numbers), (NOW + 7 * DAY).date())
        db.session.commit()
        return batch.id


def progress(app):
    with as_officer(app, "office"):
        return batches.progress(db.session.scalars(sa.select(CaseBatch)).one())


def test_what_was_settled_stays_settled_when_it_is_put_away(app):
    settled, withdrawn, still_open = (register_case(app) for _ in range(3))
    drive(app, settled, *CLOSED, SETTLED)
    drive(app, withdrawn, "routing", "withdrawal")
    batch_of(app, settled, withdrawn, still_open)
    before = progress(app)
    assert (before.cases, before.ended, before.settled, before.left, before.open) == (3, 1, 1, 1, 1)
    drive(app, settled, "archiving", at=NOW + 60 * DAY)
    assert progress(app) == before


def test_a_batch_over_its_term_is_told(app):
    case = register_case(app)
    batch_of(app, case)
    app.config["FIXED_NOW"] = NOW + 31 * DAY
    page = office.signed_in(app, "office").get("/batches/list/").get_data(as_text=True)
    assert "badge-late" in page
    with app.app_context():
        assert [(batch.name, left) for batch, left in batches.late((NOW + 31 * DAY).date())] == [
            ("第一批", 1)
        ]
        assert batches.late((NOW + 30 * DAY).date()) == []
        told = app.test_cli_runner().invoke(args=["tick"]).output
    assert "batch over its term: 第一批: 1" in told


def test_what_the_national_bureau_registered_and_what_a_batch_hands_down_comes_from_above(app):
    from app.cases.enums import Channel

    national = register_case(app, first_time=False, national=True, channel=Channel.WEB)
    plain, handed = (register_case(app, first_time=False) for _ in range(2))
    assert [code for code, _day in owed(app, national)] == ["ABOVE"]
    batch_of(app, plain)
    batch_of(app, handed, name="上级交办", from_above=True)
    assert owed(app, plain) == []
    assert owed(app, handed) == [
        ("ABOVE", (NOW + 14 * DAY).date())
    ]  # five working days from when it was handed down


def test_who_counts_as_a_principal_leader_is_a_setting(app):
    case = sent(app)
    with as_officer(app, "office"), pytest.raises(Refusal) as refused:
        opened(app, case, principal=True)
    assert refused.value.field == "principal"
    with app.app_context():
        from app.core.models import Setting

        row = db.session.scalars(sa.select(Setting).where(Setting.key == "principal_posts")).one()
        row.value = "联席会议召集人，包案领导"
        db.session.commit()
    opened(app, case, principal=True)
