"""Mass petitions: from how many people on, in which order they are reported, and what is never recorded."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.core.errors import Refusal
from app.core.models import Setting
from app.documents.models import Document
from app.events import operations
from app.events.models import EventReport, EventThreshold, MassEvent, Place, ReportKind
from tests.support import office
from tests.support.office import NOW, as_officer

pytestmark = pytest.mark.usefixtures("quick_papers")


@pytest.mark.parametrize(
    ("level", "people", "goes"),
    [
        (Place.COUNTY, 49, False), (Place.COUNTY, 50, True), (Place.COUNTY, 51, True),
        (Place.CITY, 29, False), (Place.CITY, 30, True),
        (Place.PROVINCE, 9, False), (Place.PROVINCE, 10, True),
        (Place.CAPITAL, 2, False), (Place.CAPITAL, 3, True),
    ],
)  # fmt: skip
def test_the_thresholds(sqlite_app, level, people, goes):
    with sqlite_app.app_context():
        assert (operations.reached(level, people, operations.thresholds()) is not None) == goes


def test_a_threshold_is_a_row(sqlite_app):
    with sqlite_app.app_context():
        db.session.execute(
            sa.update(EventThreshold).where(EventThreshold.level == Place.COUNTY).values(people=20)
        )
        assert operations.reached(Place.COUNTY, 20, operations.thresholds()) is not None
        db.session.execute(sa.update(EventThreshold).values(active=False))
        db.session.expire_all()
        assert operations.reached(Place.COUNTY, 500, operations.thresholds()) is None


def event(**kw):
    said = {
        "level": Place.COUNTY, "happened_at": NOW - dt.timedelta(hours=1), "place": "区政务中心", "people": 49,
        "demands": "要求足额发放征地补偿款", "unit": office.unit_named(office.LAND),
    }  # fmt: skip
    return MassEvent(**(said | kw))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"people": 50}, "leader"),  # from the threshold on somebody goes there
        ({"people": 0}, "people"),
        ({"demands": " "}, "demands"),
        ({"happened_at": NOW + dt.timedelta(hours=1)}, "happened_at"),
    ],
)
def test_what_an_event_needs(sqlite_app, wrong, field):
    with as_officer(sqlite_app, "office") as officer:
        with pytest.raises(Refusal) as refused:
            operations.record(event(**wrong), officer, NOW)
        assert refused.value.field == field


def test_first_follow_up_final(app):
    said = {"people": 60, "situation": "正在接谈", "measures": "局长现场接谈，承诺三日内答复"}
    with as_officer(app, "office") as officer:
        made = operations.record(event(people=50, leader="钱国栋 局长"), officer, NOW)
        assert made.reached and "立即赶赴现场" in made.duty
        db.session.commit()
        order = [ReportKind.FIRST, ReportKind.FOLLOW_UP, ReportKind.FOLLOW_UP, ReportKind.FINAL]
        for nth, kind in enumerate(order):
            for wrong in set(ReportKind) - set(operations.next_kinds(made)):
                with pytest.raises(Refusal):
                    operations.report(made, EventReport(kind=wrong, **said), officer, NOW)
            report = operations.report(made, EventReport(kind=kind, **said), officer, NOW)
            if kind is not ReportKind.FIRST:  # drafted; an urgent first one is out at once
                assert operations.unsigned(report)
                with pytest.raises(Refusal):
                    operations.report(made, EventReport(kind=ReportKind.FINAL, **said), officer, NOW)
                operations.sign(report, office.officer_named("office_head"), NOW)
            db.session.commit()
            assert report.document.number == f"云信急〔2026〕{nth + 1}号"
        assert operations.next_kinds(made) == ()
    for who, count in (("office_head", 4), ("land_head", 0), ("reception", 0)):
        with as_officer(app, who):
            papers = sa.select(sa.func.count(Document.id)).where(Document.number.startswith("云信急"))
            assert db.session.scalar(papers) == count


def test_nothing_is_recorded_of_persons():
    """No list of persons, no whereabouts, no interception (domain.md §9.1): not even a column for it."""
    officers = {"recorded_by_id", "reported_by_id", "leader"}
    columns = {
        column.name for model in (MassEvent, EventReport) for column in model.__table__.columns
    } - officers
    assert columns == {
        "id", "level", "happened_at", "place", "people", "demands", "unit_id", "reached", "duty", "recorded_at",
        "event_id", "kind", "situation", "measures", "reported_at", "document_id",
    }  # fmt: skip
    tables = {mapper.local_table.name for mapper in MassEvent.registry.mappers}
    assert not {
        name for name in tables if any(word in name for word in ("watch", "person_", "location", "intercept"))
    }


def test_the_threshold_is_judged_again_with_every_report(sqlite_app):
    """49 people at first, 50 in the report: from then on a principal leader is named."""
    said = {"situation": "人数增加", "measures": "局长现场接谈"}
    with as_officer(sqlite_app, "office") as officer:
        made = operations.record(event(people=49), officer, NOW)
        db.session.commit()
        assert not made.reached and operations.unreported() == [made]
        with pytest.raises(Refusal) as refused:
            operations.report(made, EventReport(kind=ReportKind.FIRST, people=50, **said), officer, NOW)
        assert refused.value.field == "leader"
        operations.report(made, EventReport(kind=ReportKind.FIRST, people=49, **said), officer, NOW)
        later = EventReport(kind=ReportKind.FOLLOW_UP, people=50, leader="钱国栋 局长", **said)
        paper = operations.report(made, later, officer, NOW).document
        db.session.commit()
        assert "立即赶赴现场" in paper.body and operations.unreported() == []
    sqlite_app.config["FIXED_NOW"] = NOW
    page = office.signed_in(sqlite_app, "office").get("/events/list/").get_data(as_text=True)
    assert "已达到" in page or "达到" in page


def test_the_daily_duties_remind_of_an_event_without_its_first_report(sqlite_app):
    with as_officer(sqlite_app, "office") as officer:
        operations.record(event(), officer, NOW)
        db.session.commit()
    with sqlite_app.app_context():
        told = sqlite_app.test_cli_runner().invoke(args=["tick"]).output
    assert "event without its first report" in told


def test_a_follow_up_is_signed_by_the_head_alone(sqlite_app):
    app = sqlite_app
    said = {"people": 20, "situation": "正在接谈", "measures": "局长现场接谈"}
    with as_officer(app, "office") as officer:
        made = operations.record(event(), officer, NOW)
        operations.report(made, EventReport(kind=ReportKind.FIRST, **said), officer, NOW)
        drafted = operations.report(made, EventReport(kind=ReportKind.FOLLOW_UP, **said), officer, NOW)
        db.session.commit()
        where = f"/events/sign/{drafted.id}"
    for who in ("office", "leader", "land_head"):
        assert office.signed_in(app, who).post(where).status_code in (403, 404), who
    head = office.signed_in(app, "office_head")
    assert "/events/sign/" in head.get("/events/list/").get_data(as_text=True)
    assert head.post(where).status_code == 302
    with app.app_context():
        paper = db.session.scalars(sa.select(Document).order_by(Document.id.desc())).first()
        assert paper.number and paper.signed_by.username == "office_head"


def test_the_first_report_waits_for_the_head_where_the_office_says_so(sqlite_app):
    with sqlite_app.app_context():
        db.session.execute(sa.update(Setting).where(Setting.key == "first_report_by_clerk").values(value="0"))
        db.session.commit()
    with as_officer(sqlite_app, "office") as officer:
        made = operations.record(event(), officer, NOW)
        said = {"people": 20, "situation": "正在接谈", "measures": "局长现场接谈"}
        assert operations.unsigned(
            operations.report(made, EventReport(kind=ReportKind.FIRST, **said), officer, NOW)
        )
