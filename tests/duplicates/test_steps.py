"""Repeats, cases of a kind, merging and voiding: what a person says, who may, and what the database keeps."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from app.cases import daily
from app.cases import operations as cases
from app.cases.models import Case, Clock
from app.core.db import db
from app.core.errors import Refusal
from app.duplicates import operations
from app.duplicates.models import CaseLink, LinkKind
from app.duplicates.steps import KindLinked, RepeatConfirmed
from app.evaluation import rules as evaluation
from app.incentives.enums import Over, Side, Window
from app.incentives.facts import Facts
from tests.duplicates.conftest import OTHER, PHONE
from tests.support import office


def case_of(app, case_id):
    with app.app_context():
        return db.session.get_one(Case, case_id)


def number(app, case_id):
    return case_of(app, case_id).number


def post(app, officer, view, case_id, **data):
    return office.signed_in(app, officer).post(f"/{view.lower()}/add/{case_id}", data=data)


def repeats(app, case_id, first_id):
    return post(app, "office", "repeatconfirmedview", case_id, earlier=number(app, first_id))


def test_a_confirmed_repeat_shows_which_time_it_is(app, register, links):
    first, second, third = register(), register(), register()
    assert repeats(app, second, first).status_code == 302
    assert repeats(app, third, second).status_code == 302  # named the second: it is the third of the first
    assert links() == [("REPEAT", second, first, 2), ("REPEAT", third, first, 3)]
    row = case_of(app, third)
    assert (
        row.first_time and row.state.name == "REGISTERED"
    )  # the finding is the step's; what was registered stays
    page = office.signed_in(app, "office").get(f"/cases/show/{third}").text
    assert "第3次" in page or "no. 3" in page
    assert "可能是同一事项" not in page and number(app, first) in page
    assert "· 重复信访 ·" in " ".join(page.split()) and "· 初次信访 ·" not in page


def test_a_found_repeat_counts_as_one_wherever_first_petitions_do(app, register):
    """Lists of the day and the year, evaluation, rates: by the finding, from its moment on (domain.md 2.3)."""
    first, second = register(), register()
    app.config["FIXED_NOW"] = morning = office.NOW + dt.timedelta(days=1)
    assert repeats(app, second, first).status_code == 302
    with office.as_officer(app, "office"):

        def listed(criterion):
            return set(db.session.scalars(sa.select(Case.id).where(criterion(morning.date()))))

        assert listed(daily.unclear_today) == listed(daily.open_of_month) == {first}
        assert listed(daily.open_repeats_of_year) == {second}
    office.drive(
        app, first, "routing", "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery"
    )
    office.drive(
        app, second, "routing", "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery"
    )
    with app.app_context():
        evaluable = {case: evaluation.evaluable(db.session.get_one(Case, case)) for case in (first, second)}
        assert evaluable == {first: True, second: False}
        month = (dt.date(2026, 3, 1), dt.date(2026, 3, 31), dt.date(2026, 3, 31))
        for until, repeated in ((None, {second}), (morning, set())):  # before it was found, it was none
            rows = Facts(*month, until).rows(Over.CASES, "", Window.REGISTERED, 0, Side.UNIT)
            assert {row["case_id"] for row in rows} == {first, second}
            assert {row["case_id"] for row in rows if row["repeat"]} == repeated


def test_a_tree_of_repeats_counts_all(app, register, links):
    first, second, third, fourth = (register() for _ in range(4))
    repeats(app, third, second)
    repeats(app, second, first)
    repeats(app, fourth, third)
    assert links()[-1] == ("REPEAT", fourth, first, 4)


@pytest.mark.parametrize("wrong", ["itself", "later", "unknown", "nothing", "voided", "accusation"])
def test_what_is_no_earlier_petition_is_refused(app, register, accuse, links, wrong):
    voided, secret, case, later = register(), accuse(), register(), register()
    office.drive(app, voided, "voiding")
    words = {
        "itself": number(app, case), "later": number(app, later), "unknown": "XF2099010001", "nothing": "",
        "voided": number(app, voided), "accusation": number(app, secret),
    }[wrong]  # fmt: skip
    for officer in ("office", "reception"):
        answer = post(app, officer, "repeatconfirmedview", case, earlier=words)
        assert answer.status_code == 200 and "field-error" in answer.text
    assert links() == []


def test_an_accusation_and_an_unknown_number_are_refused_alike(app, register, accuse):
    register()
    words = (number(app, accuse()), "XF2099010001")
    with office.as_officer(app, "reception"):
        said = []
        for word in words:
            with pytest.raises(Refusal) as refused:
                operations.named(word, "earlier")
            said.append(str(refused.value))
    assert said[0] == said[1]


def test_once_found_a_repeat_it_is_not_found_again(app, register):
    first, other, case = register(), register(), register()
    repeats(app, case, first)
    with app.app_context(), pytest.raises(Refusal, match="19"):
        step = RepeatConfirmed(first=db.session.get_one(Case, other))
        cases.take(step, db.session.get_one(Case, case), office.officer_named("office"), office.NOW)


def test_the_window_links_a_case_it_does_not_see(app, register, links):
    theirs, new = register(by="town_officer", phone=PHONE), register(phone=PHONE)
    assert post(app, "reception", "repeatconfirmedview", new, earlier=number(app, theirs)).status_code == 302
    assert links() == [("REPEAT", new, theirs, 2)]
    page = office.signed_in(app, "reception").get(f"/cases/show/{new}").text
    assert number(app, theirs) not in page  # the link is read by who sees both ends
    assert number(app, theirs) in office.signed_in(app, "office").get(f"/cases/show/{new}").text


def test_cases_of_a_kind_are_one_to_many(app, register, links):
    case, others = register(), [register(**OTHER), register()]
    words = "\n".join(number(app, other) for other in others)
    assert post(app, "office", "kindlinkedview", case, numbers=words, reason="同一开发商").status_code == 302
    assert links() == [("SAME_KIND", case, other, None) for other in others]
    again = post(app, "office", "kindlinkedview", others[0], numbers=number(app, case), reason="同一开发商")
    assert again.status_code == 200 and len(links()) == 2
    listed = office.signed_in(app, "office").get("/links/list/").text
    assert number(app, case) in listed and number(app, others[1]) in listed


def test_a_link_is_read_by_who_sees_both_ends(app, register):
    case, theirs = register(), register()
    office.drive(app, case, "routing")
    office.drive(app, theirs, ("routing", {"target": office.LABOUR}))
    with app.app_context():
        step = KindLinked(reason="同一项目")
        step.others = [db.session.get_one(Case, theirs)]
        cases.take(step, db.session.get_one(Case, case), office.officer_named("office"), office.NOW)
        db.session.commit()
    page = office.signed_in(app, "land_officer").get(f"/cases/show/{case}").text
    assert number(app, theirs) not in page and "同一项目" in page
    for officer in ("land_officer", "labour_officer"):
        with office.as_officer(app, officer):
            assert db.session.scalars(sa.select(CaseLink)).all() == []
    with office.as_officer(app, "office"):
        assert len(db.session.scalars(sa.select(CaseLink)).all()) == 1


# ---- merging and voiding --------------------------------------------------------------------------------------------


def test_a_merged_case_ends_and_stays_readable(app, register, links):
    stays, goes = register(), register()
    with app.app_context():
        into = db.session.get_one(Case, stays)
        office.drive(app, goes, ("merge_request", {"into": into, "reason": "同一事项"}))
    assert office.state_of(app, goes) == "REGISTERED"
    office.drive(app, goes, "merging")
    assert office.state_of(app, goes) == "MERGED" and office.state_of(app, stays) == "REGISTERED"
    assert links() == [("MERGED", goes, stays, None)]
    with app.app_context():
        running = sa.select(Clock.case_id).where(Clock.stopped_on.is_(None))
        assert set(db.session.scalars(running)) == {stays}
    client = office.signed_in(app, "office")
    assert number(app, stays) in client.get(f"/cases/show/{goes}").text
    assert number(app, goes) in client.get(f"/cases/show/{stays}").text
    with pytest.raises(Refusal):
        office.drive(app, goes, "withdrawal")


@pytest.mark.parametrize(
    ("request_kind", "kind"), [("merge_request", "merging"), ("void_request", "voiding")]
)
def test_two_persons_and_a_reason(app, register, request_kind, kind):
    stays, case = register(), register()
    with app.app_context():
        facts = {"into": db.session.get_one(Case, stays)} if kind == "merging" else {}

        def take(what, by, **more):
            row = db.session.get_one(Case, case)
            kinds = {"merge_request": facts}.get(what, {})
            step = office.step_of(what, row, office.NOW, **({"reason": "同一事项"} | kinds | more))
            cases.take(step, row, office.officer_named(by), office.NOW, print_papers=False)

        with pytest.raises(Refusal):
            take(kind, "office_head")  # nobody asked
        db.session.rollback()
        with pytest.raises(Refusal) as refused:
            take(request_kind, "office", reason=" ")
        assert refused.value.field == "reason"
        db.session.rollback()
        take(request_kind, "office_head")
        with pytest.raises(Refusal, match="43"):
            take(kind, "office_head")  # asked for it themself
        db.session.rollback()
        take(request_kind, "office")
        take(kind, "office_head")
        db.session.commit()
    assert office.state_of(app, case) in ("MERGED", "VOIDED")


@pytest.mark.parametrize(
    ("view", "may"),
    [
        ("RepeatConfirmedView", {"reception", "room_*", "office", "office_head", "discipline"}),
        ("RepeatRejectedView", {"reception", "room_*", "office", "office_head", "discipline"}),
        ("KindLinkedView", {"reception", "room_*", "office"}),
        ("SplitView", {"reception", "room_*", "office"}),
        ("ClaimSplitView", {"discipline"}),
        ("VoidRequestView", {"hall_director", "office"}),
        ("VoidingView", {"office_head"}),
        ("MergeRequestView", {"hall_director", "office"}),
        ("MergingView", {"office_head"}),
        ("RecusalRecordView", {"office"}),
        ("RecusalRulingView", {"office_head"}),
    ],
)
def test_who_may(sqlite_app, view, may):
    granted = set()
    for officer in office.CAST:
        with office.as_officer(sqlite_app, officer):
            if sqlite_app.extensions["appbuilder"].sm.has_access("can_add", view):
                granted.add("room_*" if officer.startswith("room_") else officer)
    assert granted == may


# ---- the database ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": LinkKind.SAME_KIND, "other": "itself"},
        {"kind": LinkKind.REPEAT, "other": "later", "sequence": 2},
        {"kind": LinkKind.REPEAT, "other": "earlier", "sequence": 1},
        {"kind": LinkKind.REPEAT, "other": "earlier", "sequence": None},
        {"kind": LinkKind.SAME_KIND, "other": "earlier", "sequence": 2},
        {"kind": LinkKind.SAME_KIND, "other": "accusation"},
        {"kind": LinkKind.REPEAT, "other": "accusation", "sequence": 2},
        {"kind": LinkKind.SPLIT, "other": "earlier"},
    ],
)
def test_the_database_refuses_a_link_that_cannot_be(app, register, accuse, wrong):
    earlier, secret, case, later = register(), accuse(), register(), register()
    ends = {"itself": case, "later": later, "earlier": earlier, "accusation": secret}
    with app.app_context(), pytest.raises(DatabaseError):
        step = db.session.scalar(sa.text(f"SELECT min(id) FROM case_step WHERE case_id = {case}"))
        values = {"kind": wrong["kind"], "from_case_id": case, "to_case_id": ends[wrong["other"]],
                  "sequence": wrong.get("sequence"), "step_id": step}  # fmt: skip
        db.session.execute(sa.insert(CaseLink.__table__).values(**values))


def test_a_link_stays(app, register, links):
    first, second = register(), register()
    repeats(app, second, first)
    for sql in ("DELETE FROM case_link", "UPDATE case_link SET sequence = 5"):
        with app.app_context(), pytest.raises(DatabaseError):
            db.session.execute(sa.text(sql))
    assert len(links()) == 1
