"""The review chain, S61 to S76 (art. 35, 36): every row of the state table, the clocks, the bodies, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.enums import DeliveryWay, Disposal, LegalPath, State
from app.cases.models import Case, Clock
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import Setting
from app.review import rules
from app.review.models import Conclusion, Superior
from app.review.steps import ReviewRequest
from tests.support import office

D = dt.date
REGISTERED = dt.datetime(2026, 3, 2, 9)
DELIVERED = dt.datetime(2026, 4, 7, 10)  # T7 until 2026-05-07
ANSWER = ("routing", "signing", "acceptance", "opinion_draft", "opinion_signing")
OPINION = {"findings": "经复核测绘成果", "basis": "《土地管理法》第四十八条", "opinion": "原处理意见事实清楚"}
FINAL = {"conclusion": Conclusion.MAINTAINED, "number": "市政信复核〔2026〕3号", "opinion": "维持复查意见"}
RECEIPT = {"way": DeliveryWay.POST, "receiver": "王秀英"}


def delivered(app: Any, **kw: Any) -> int:
    case = office.register_case(app, at=REGISTERED, **kw)
    office.drive(app, case, *ANSWER, at=REGISTERED)
    office.drive(app, case, "delivery", at=DELIVERED)
    return case


def take(app: Any, case: int, kind: str, on: str, **facts: Any) -> None:
    """At ten on that day; a request or receipt is of the same day unless it says else."""
    at = dt.datetime.fromisoformat(f"{on} 10:00")
    if kind in ("review_request", "recheck_request"):
        facts = {"received_on": at.date(), "reason": "面积不实"} | facts
    if kind == "review_delivery":
        facts = RECEIPT | {"received_on": at.date()} | facts
    if kind == "review_opinion":
        facts = OPINION | {"conclusion": Conclusion.MAINTAINED} | facts
    if kind == "recheck_opinion":
        facts = FINAL | facts
    office.drive(app, case, (kind, facts), at=at, by="office_head" if "opinion" in kind else "office")


def clock(app: Any, case: int, code: str) -> Any:
    with app.app_context():
        query = sa.select(Clock).where(Clock.case_id == case, Clock.code == code).order_by(Clock.id.desc())
        found = db.session.scalars(query.options(sa.orm.selectinload(Clock.owner))).first()
        assert found is not None, code
        return found


def late(app: Any, case: int) -> bool:
    with app.app_context():
        query = sa.select(operations.Step).where(operations.Step.case_id == case)
        return db.session.scalars(query.order_by(operations.Step.id.desc())).first().late


def refused(app: Any, case: int, kind: str, on: str, **facts: Any) -> Refusal:
    before = office.state_of(app, case)
    with pytest.raises(Refusal) as refusal:
        take(app, case, kind, on, **facts)
    with app.app_context():
        db.session.rollback()
    assert office.state_of(app, case) == before
    return refusal.value


# ---- the rows of §7.3 ------------------------------------------------------------------------------------------------


def test_the_whole_chain(app):
    """S61 → S70 → S71 → S75 (hearing) → S76, with each clock from the day of receipt."""
    case = delivered(app)
    take(app, case, "review_request", "2026-05-07")
    assert office.state_of(app, case) == "REVIEW" and not late(app, case)
    t8 = clock(app, case, "T8")
    assert (t8.started_on, t8.due_stat, t8.owner.name) == (D(2026, 5, 7), D(2026, 6, 6), office.CONFERENCE)
    assert t8.due_legal == D(2026, 6, 8) and clock(app, case, "T7").stopped_on == D(2026, 5, 7)

    take(app, case, "review_opinion", "2026-06-08")
    assert office.state_of(app, case) == "REVIEWED" and not late(app, case)
    take(app, case, "review_delivery", "2026-06-12", received_on=D(2026, 6, 11))
    t9 = clock(app, case, "T9")
    assert (t9.started_on, t9.due_legal, t9.duty) == (D(2026, 6, 11), D(2026, 7, 13), False)

    take(app, case, "recheck_request", "2026-07-13")
    assert office.state_of(app, case) == "RECHECK"
    t10 = clock(app, case, "T10")
    assert (t10.started_on, t10.due_stat, t10.owner) == (D(2026, 7, 13), D(2026, 8, 12), None)

    take(app, case, "hearing_start", "2026-07-20", since=D(2026, 7, 20), place="市信访局二楼")
    take(app, case, "hearing_end", "2026-07-24", until=D(2026, 7, 24), record="双方陈述")
    assert clock(app, case, "T10").due_stat == D(2026, 8, 17)  # five days later
    take(app, case, "recheck_opinion", "2026-08-17")
    assert office.state_of(app, case) == "FINAL" and not late(app, case)
    with app.app_context():
        assert not [c for c in db.session.get_one(Case, case).clocks if c.duty and c.stopped_on is None]


@pytest.mark.parametrize("way", ["closing", "closing settling"])
def test_a_closed_matter_can_be_reviewed(app, way):
    """S80 and S81 → S70: closed or settled, the 30 days run on."""
    case = delivered(app)
    for kind in way.split():
        facts: dict[str, Any] = (
            {"disposal": Disposal.SOLVED, "evidence": "回访记录"} if kind == "settling" else {}
        )
        office.drive(app, case, (kind, facts), at=DELIVERED)
    take(app, case, "review_request", "2026-04-20")
    assert office.state_of(app, case) == "REVIEW"


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [(Conclusion.MAINTAINED, "REVIEWED"), (Conclusion.CHANGED, "REVIEWED"), (Conclusion.REDO, "HANDLING")],
)
def test_where_an_opinion_leads(app, conclusion, state):
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    take(app, case, "review_opinion", "2026-05-11", conclusion=conclusion)
    assert office.state_of(app, case) == state


def test_a_revoked_answer_is_given_anew_and_may_be_reviewed_again(app):
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    take(app, case, "review_opinion", "2026-05-11", conclusion=Conclusion.REDO)
    t5 = clock(app, case, "T5")
    assert (t5.started_on, t5.length, t5.stopped_on, t5.owner.name) == (D(2026, 5, 11), 60, None, office.LAND)
    again = dt.datetime(2026, 6, 1, 9)
    office.drive(app, case, "opinion_draft", "opinion_signing", "delivery", at=again)
    assert clock(app, case, "T7").started_on == again.date()
    take(app, case, "review_request", "2026-06-22")
    take(app, case, "review_opinion", "2026-06-30")
    take(app, case, "review_delivery", "2026-07-01")
    assert office.state_of(app, case) == "REVIEWED"


def test_redo_without_sixty_days_keeps_a_clock(app):
    with app.app_context():
        db.session.execute(sa.update(Setting).where(Setting.key == "redo_starts_anew").values(value="0"))
        db.session.commit()
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    take(app, case, "review_opinion", "2026-05-11", conclusion=Conclusion.REDO)
    assert clock(app, case, "L4").stopped_on is None and clock(app, case, "T5").stopped_on is not None


# ---- requests in time, from receipt ----------------------------------------------------------------------------------


def test_review_is_asked_for_within_thirty_days_of_receipt(app):
    case = delivered(app)  # received 2026-04-07: until 2026-05-07
    assert "30" in str(refused(app, case, "review_request", "2026-05-08"))
    assert (
        refused(app, case, "review_request", "2026-04-20", received_on=D(2026, 4, 6)).field == "received_on"
    )
    assert (
        refused(app, case, "review_request", "2026-04-20", received_on=D(2026, 4, 21)).field == "received_on"
    )
    # it came in on the last day and is entered later: in time, and not late
    take(app, case, "review_request", "2026-05-09", received_on=D(2026, 5, 7))
    assert not late(app, case) and clock(app, case, "T7").stopped_on == D(2026, 5, 7)


def test_the_last_day_rolls_to_a_working_day(app):
    case = office.register_case(app, at=REGISTERED)
    office.drive(app, case, *ANSWER, at=REGISTERED)
    office.drive(app, case, "delivery", at=dt.datetime(2026, 4, 1, 9))  # + 30 = 1 May, holidays to the 5th
    assert clock(app, case, "T7").due_legal == D(2026, 5, 6)
    refused(app, case, "review_request", "2026-05-07")
    take(app, case, "review_request", "2026-05-06")


@pytest.mark.parametrize("code", ["T8", "T10"])
def test_the_vectors_of_the_opinion_clocks(app, code):
    """Request received 2026-09-06, 30 days: 2026-10-06 plain, 2026-10-08 by law (domain.md §1.4)."""
    case = office.register_case(app, at=dt.datetime(2026, 7, 1, 9))
    office.drive(app, case, *ANSWER, at=dt.datetime(2026, 7, 1, 9))
    if code == "T8":
        office.drive(app, case, "delivery", at=dt.datetime(2026, 8, 10, 9))
        take(app, case, "review_request", "2026-09-07", received_on=D(2026, 9, 6))
    else:
        office.drive(app, case, "delivery", at=dt.datetime(2026, 7, 2, 9))
        take(app, case, "review_request", "2026-07-03")
        take(app, case, "review_opinion", "2026-08-03")
        take(app, case, "review_delivery", "2026-08-10")
        take(app, case, "recheck_request", "2026-09-07", received_on=D(2026, 9, 6))
    found = clock(app, case, code)
    assert (found.due_stat, found.due_legal) == (D(2026, 10, 6), D(2026, 10, 8))


def test_a_late_opinion_is_recorded_as_late(app):
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")  # until 2026-05-20
    take(app, case, "review_opinion", "2026-05-21")
    assert late(app, case) and office.state_of(app, case) == "REVIEWED"


def test_review_is_asked_for_once(app):
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    take(app, case, "review_opinion", "2026-05-11")
    take(app, case, "review_delivery", "2026-05-12")
    refused(app, case, "review_request", "2026-05-13")  # not its turn: re-examination is next
    refused(app, case, "review_delivery", "2026-05-13")  # delivered already


def test_re_examination_waits_for_delivery_and_ends_after_thirty_days(app):
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    take(app, case, "review_opinion", "2026-05-11")
    refused(app, case, "recheck_request", "2026-05-12")
    assert (
        refused(app, case, "review_delivery", "2026-05-12", received_on=D(2026, 5, 10)).field == "received_on"
    )
    take(app, case, "review_delivery", "2026-05-12")  # until 2026-06-11
    refused(app, case, "recheck_request", "2026-06-12")
    take(app, case, "recheck_request", "2026-06-11")


def test_an_outside_opinion_issues_no_paper_of_ours(app):
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    take(app, case, "review_opinion", "2026-05-11", external_number="市政信复查〔2026〕8号")
    take(app, case, "review_delivery", "2026-05-12", received_on=D(2026, 5, 6))  # known here later
    assert clock(app, case, "T9").started_on == D(2026, 5, 6)


def test_a_body_outside_decides_in_its_own_name(app):
    """Without the number of its opinion nothing is recorded: we issue no paper in another body's place."""
    with app.app_context():
        db.session.execute(sa.update(Superior).values(review_external=True, review_body="宝山市人民政府"))
        db.session.commit()
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    refusal = refused(app, case, "review_opinion", "2026-05-11", external_number=" ")
    assert refusal.field == "external_number" and "35" in str(refusal)
    take(app, case, "review_opinion", "2026-05-11", external_number="宝政信复查〔2026〕8号")
    assert office.state_of(app, case) == "REVIEWED"


# ---- only C6, only after an answer -------------------------------------------------------------------------------


def test_c5_has_no_review(app):
    case = office.register_case(app, at=REGISTERED)
    office.drive(app, case, ("routing", {"legal_path": LegalPath.C5}), "signing", "acceptance", at=REGISTERED)
    reply = {
        "findings": "属实",
        "basis": "《土地管理法》",
        "decision": "责令改正",
        "remedy": "可以申请行政复议",
    }
    office.drive(app, case, ("statutory_reply", reply), "delivery", at=DELIVERED)
    assert "C6" in str(refused(app, case, "review_request", "2026-04-20"))
    with app.app_context():
        assert "T7" not in [c.code for c in db.session.get_one(Case, case).clocks]


@pytest.mark.parametrize("steps", [(), ("routing",), ANSWER[:3], ANSWER])
def test_before_delivery_there_is_nothing_to_review(app, steps):
    case = office.register_case(app, at=REGISTERED)
    office.drive(app, case, *steps, at=REGISTERED)
    refused(app, case, "review_request", "2026-04-20")


# ---- hearings -----------------------------------------------------------------------------------------------------


def rechecked(app: Any) -> int:
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    take(app, case, "review_opinion", "2026-05-11")
    take(app, case, "review_delivery", "2026-05-12")
    take(app, case, "recheck_request", "2026-06-01")
    return case


def test_a_hearing_suspends_the_re_examination_clock_alone(app):
    case = rechecked(app)
    with app.app_context():
        others = {
            c.id: (c.due_stat, c.due_legal) for c in db.session.get_one(Case, case).clocks if c.code != "T10"
        }
    take(app, case, "hearing_start", "2026-06-08", since=D(2026, 6, 8), place="市信访局")
    with app.app_context():
        clocks = db.session.get_one(Case, case).clocks
        assert {c.id: (c.due_stat, c.due_legal) for c in clocks if c.code != "T10"} == others
        assert [c.code for c in clocks if c.suspensions] == ["T10"]
        assert next(c for c in clocks if c.code == "T10").due_legal > D(
            2027, 1, 1
        )  # nothing falls due meanwhile
    take(app, case, "hearing_end", "2026-06-10", until=D(2026, 6, 10), record="笔录")
    t10 = clock(app, case, "T10")  # 2026-07-01 and three days
    assert (t10.due_stat, t10.due_legal) == (D(2026, 7, 4), D(2026, 7, 6))


def test_hearings_are_opened_and_closed_in_order(app):
    case = rechecked(app)
    refused(app, case, "hearing_end", "2026-06-08", until=D(2026, 6, 8), record="笔录")
    for since in (D(2026, 5, 31), D(2026, 6, 9)):  # before the request; after today
        assert refused(app, case, "hearing_start", "2026-06-08", since=since, place="厅").field == "since"
    take(app, case, "hearing_start", "2026-06-08", since=D(2026, 6, 8), place="厅")
    refused(app, case, "hearing_start", "2026-06-08", since=D(2026, 6, 8), place="厅")
    refused(app, case, "recheck_opinion", "2026-06-08")
    assert (
        refused(app, case, "hearing_end", "2026-06-09", until=D(2026, 6, 7), record="笔录").field == "until"
    )


# ---- bodies -------------------------------------------------------------------------------------------------------


def test_the_body_of_review_is_a_row(app):
    """The unit's own row, else that of the nearest unit above it, else the general one."""
    with app.app_context():
        land, town, village = (office.unit_named(name) for name in (office.LAND, office.TOWN, "柳树村"))
        general = db.session.scalars(sa.select(Superior)).one()
        assert rules.superior_of(land) is general and rules.superior_of(None) is general
        row = Superior(unit=town, review_body="云岭区人民政府办公室", recheck_body="宝山市人民政府")
        city = Superior(
            unit=land, review_body="宝山市自然资源局", review_external=True, recheck_body="省自然资源厅"
        )
        db.session.add_all([row, city])
        db.session.commit()
        assert rules.superior_of(village) is row and rules.superior_of(land) is city


def test_the_request_keeps_its_body(app):
    with app.app_context():
        land = office.unit_named(office.LAND)
        bodies = {"review_body": "市自然资源局", "recheck_body": "省自然资源厅"}
        db.session.add(Superior(unit=land, review_external=True, **bodies))
        db.session.commit()
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    with app.app_context():
        db.session.execute(sa.update(Superior).values(review_body="别的机关"))
        db.session.commit()
        step = db.session.scalars(sa.select(ReviewRequest)).one()
        assert (step.body, step.external) == ("市自然资源局", True)
    assert clock(app, case, "T8").owner is None  # owed outside: it stands in nobody's queue here


def test_without_a_row_an_administrator_is_named(app):
    with app.app_context():
        db.session.execute(sa.delete(Superior))
        db.session.commit()
        with pytest.raises(Refusal):
            rules.superior_of(office.unit_named(office.LAND))


# ---- what stays open, what may be closed ---------------------------------------------------------------------------


def test_a_reviewed_matter_is_closed_once_the_opinion_is_delivered_and_the_right_runs_on(app):
    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    take(app, case, "review_opinion", "2026-05-11")
    with pytest.raises(Refusal, match="35"):
        office.drive(app, case, "closing", at=dt.datetime(2026, 5, 12, 9))
    take(app, case, "review_delivery", "2026-05-12")
    office.drive(app, case, "closing", at=dt.datetime(2026, 5, 13, 9))
    assert office.state_of(app, case) == "CLOSED" and clock(app, case, "T9").stopped_on is None
    take(app, case, "recheck_request", "2026-06-11")
    assert office.state_of(app, case) == "RECHECK" and not late(app, case)


def test_a_file_is_not_put_away_while_review_may_be_asked_for(app):
    case = delivered(app)
    office.drive(app, case, "closing", at=DELIVERED)
    with pytest.raises(Refusal, match="35"):
        office.drive(app, case, "archiving", at=dt.datetime(2026, 5, 7, 9), by="office")
    office.drive(app, case, "archiving", at=dt.datetime(2026, 5, 8, 9), by="office")
    assert office.state_of(app, case) == "ARCHIVED"


def test_what_is_final_can_be_put_away(app):
    case = rechecked(app)
    take(app, case, "recheck_opinion", "2026-06-30")
    office.drive(app, case, "archiving", at=dt.datetime(2026, 7, 1, 9), by="office")
    with app.app_context():
        assert db.session.get_one(Case, case).state is State.ARCHIVED


# ---- who ----------------------------------------------------------------------------------------------------------

WHO = {
    "ReviewRequestView": {"office"},
    "RequestForwardedView": {"office"},
    "ReviewOpinionView": {"office_head"},
    "ReviewDeliveryView": {"office"},
    "RecheckRequestView": {"office"},
    "HearingStartView": {"office"},
    "HearingEndView": {"office"},
    "RecheckOpinionView": {"office"},
}


def test_who_may_take_which_step(sqlite_app):
    """domain.md §7.2b: received and drafted by the office, signed by its head."""
    from flask import g

    with sqlite_app.app_context():
        granted = {
            (p.permission.name, p.view_menu.name, u)
            for u in office.CAST
            for role in office.officer_named(u).roles
            for p in role.permissions
        }
        g.pop("user", None)
    for view, who in WHO.items():
        assert {u for u in office.CAST if ("can_add", view, u) in granted} == who, view


def test_the_paper_of_a_review(app, client):
    """D15 in the name of the office, to the petitioner, with the last word on re-examination (art. 35)."""
    from app.documents.models import Document

    case = delivered(app)
    take(app, case, "review_request", "2026-04-20")
    office.drive(app, case, ("review_opinion", OPINION | {"conclusion": Conclusion.MAINTAINED}), by="office_head",
                 at=dt.datetime(2026, 5, 11, 9), papers=True)  # fmt: skip
    with app.app_context():
        paper = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D15"))).one()
        assert paper.number.startswith("云政信复查") and paper.recipient == "王秀英"
        assert "30日内" in paper.body and "上一级人民政府" in paper.body
