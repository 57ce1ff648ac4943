"""What the joint conference decides beyond tasks becomes the real thing with the minutes; nobody else decides it."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from app import setup
from app.cases.enums import RecusalGround, State
from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.cases.steps_dispatch import JurisdictionRuling
from app.cases.steps_recusal import Recusal
from app.consultation import decisions, execution, fields, outcomes
from app.consultation.enums import ItemKind
from app.consultation.models import ResolutionItem
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import Setting
from app.core.scope import seeing_all
from app.documents.models import Document
from app.organisation.models import Officer
from app.packages import operations as packages
from app.packages.models import Package, PackageOwner, PackageState, Tier
from app.supervision import ladder
from app.supervision.ladder_models import MeasureState
from tests.consultation import meeting
from tests.consultation.meeting import CONVENER, HOUR, act, at_work, convened, drafted, propose, state, write
from tests.consultation.test_climb import climb
from tests.support import office
from tests.support.office import LABOUR, LAND, NOW

pytestmark = pytest.mark.usefixtures("quick_papers")
DAY = dt.timedelta(days=1)


def number(app, username):
    with app.app_context():
        return str(office.officer_named(username).id)


def sitting(app, case=None, number=4):
    """A session of that level that sits, its decision drafted as two tasks."""
    case = case or at_work(app)
    if number == 4:
        climb(app, case)
    else:
        propose(app, case, number)
    convened(app, case)
    drafted(app, case, CONVENER[number])
    if number == 4:
        meeting.everybody(app, case, "office", "vote", "YES")
    return case


def disputed(app):
    case = office.register_case(app)
    with app.app_context():
        room = office.unit_named("涉农事务接访室")
    office.drive(app, case, ("routing", {"room": room}), "signing", "objection", "dispute")
    return case


def decide(app, case, **said):
    write(app, case, "office", **said)
    act(app, case, "convener", decisions.decide)


def sign(app, case, at=NOW):
    with app.app_context():
        level = meeting.session_of(case).level_number
    return act(app, case, CONVENER[level], execution.sign_minutes, at=at)


def refused(app, case, **said):
    with pytest.raises(Refusal) as caught:
        decide(app, case, **said)
    assert state(app, case)[1] == "HELD"
    return str(caught.value)


def running(case, code):
    query = sa.select(Clock).where(Clock.case_id == case, Clock.code == code, Clock.stopped_on.is_(None))
    return list(db.session.scalars(query))


def seen(app):
    return seeing_all("test")


def package_of(case: int) -> Package:
    package = packages.of(db.session.get_one(Case, case))
    assert package is not None, "there is no package"
    return package


def leading(case: int) -> PackageOwner:
    owner = packages.owner(package_of(case), Tier.DISTRICT)
    assert owner is not None, "nobody leads the package"
    return owner


def leader_of(case: int) -> Officer:
    officer = leading(case).officer
    assert officer is not None, "no officer leads the package"
    return officer


def started(item: ResolutionItem) -> Step:
    assert item.started_by is not None, "nothing was set in motion"
    return item.started_by


# ---- each sets its own thing in motion -----------------------------------------------------------------


def test_a_named_leader_leads_the_package_from_the_signature_on(app):
    case = sitting(app)
    leader = number(app, "leader")
    decide(app, case, item1__kind="PACKAGE", item1__leader=leader)
    with app.app_context(), seen(app):
        assert packages.of(db.session.get_one(Case, case)) is None, "what is decided waits for the minutes"
    assert sign(app, case) == []
    with office.as_officer(app, "leader"):
        assert db.session.get(Case, case) is not None, "the leader sees the matter"
    with app.app_context(), seen(app):
        package, step = package_of(case), started(meeting.item(case))
        assert (leader_of(case).username, package.state, leading(case).principal) == (
            "leader",
            PackageState.ACTIVE,
            False,
        )
        assert package.responsible == "负责人钱国栋" and "韩守业" in package.task_force
        assert package.plan.splitlines() == [
            "复核面积后补发差额，同步办理社保。", f"（1）复核面积并补发差额（{LAND}，2026-04-01前）",
            f"（2）办理失地农民社保（{LABOUR}，2026-04-15前）",
        ]  # fmt: skip
        assert [clock.due_legal for clock in running(case, "L_PKG")] == [dt.date(2026, 4, 1)]
        assert step.document is not None
        assert step.kind == "package_opened" and step.document.kind.code == "D39"
        assert [clock.due_legal for clock in running(case, "HZ")] == [
            dt.date(2026, 4, 1),
            dt.date(2026, 4, 15),
        ]


def test_a_package_under_another_leader_is_handed_over(app):
    case = at_work(app)
    office.drive(app, case, "package_opened")
    with app.app_context(), seen(app):
        owner = packages.owner(package_of(case), Tier.DISTRICT)
        before = owner.officer.username if owner is not None and owner.officer is not None else ""
    sitting(app, case)
    heir = "convener" if before != "convener" else "leader"
    decide(app, case, item1__kind="PACKAGE", item1__leader=number(app, heir))
    assert sign(app, case) == []
    with app.app_context(), seen(app):
        step = started(meeting.item(case))
        assert leader_of(case).username == heir
        assert step.kind == "package_handover"
        assert "云信联纪〔2026〕1号" in step.reason


def test_a_package_that_was_struck_off_is_taken_up_again(app):
    case = at_work(app)
    office.drive(app, case, "package_opened")
    for kind, by in (("request", "land_officer"), ("check", "supervisor"), ("ruling", "office_head")):
        office.drive(app, case, f"strike_off_{kind}", by=by)
    sitting(app, case)
    decide(app, case, item1__kind="PACKAGE", item1__leader=number(app, "convener"))
    assert sign(app, case) == []
    with app.app_context(), seen(app):
        package = package_of(case)
        assert (package.state, package.struck_on) == (PackageState.ACTIVE, None)
        assert (leader_of(case).username, leading(case).principal) == ("convener", True)
        assert [clock.due_legal for clock in running(case, "L_PKG")] == [dt.date(2026, 4, 1)]


def test_who_leads_already_is_not_named_again(sqlite_app):
    case = at_work(sqlite_app)
    office.drive(sqlite_app, case, "package_opened")
    with sqlite_app.app_context(), seen(sqlite_app):
        who = leader_of(case).id
    sitting(sqlite_app, case)
    assert "已" in refused(sqlite_app, case, item1__kind="PACKAGE", item1__leader=str(who))


def test_jurisdiction_is_ruled_and_the_matter_goes_to_the_unit(app):
    case = sitting(app, disputed(app))
    decide(app, case, item2__kind="JURISDICTION")
    with app.app_context(), seen(app):
        assert db.session.get_one(Case, case).state is State.DISPUTED
    assert sign(app, case) == []
    with app.app_context(), seen(app):
        found = db.session.get_one(Case, case)
        ruling = db.session.scalars(
            sa.select(JurisdictionRuling).where(JurisdictionRuling.case_id == case)
        ).one()
        assert (found.state, found.unit.name, ruling.target.name) == (State.TO_SIGN, LABOUR, LABOUR)
        assert ruling.officer.username == "convener" and "云信联纪〔2026〕1号" in ruling.reason
        assert [clock.owner.name for clock in running(case, "T3")] == [LABOUR]


def test_a_matter_is_listed_at_the_responsible_unit_with_the_sessions_term(app):
    case = sitting(app)
    write(app, case, "office", findings="复核意见下发后半年未执行。")
    decide(app, case, item1__kind="LISTING")
    assert sign(app, case) == []
    with app.app_context(), seen(app):
        found = db.session.get_one(Case, case)
        (measure,) = ladder.measures(found)
        assert (measure.state, measure.rung.code, measure.unit.name) == (MeasureState.DECIDED, "LISTED", LAND)
        assert (measure.facts, measure.demand) == ("复核意见下发后半年未执行。", "复核面积并补发差额")
        assert measure.proposed_by.username == "hall_director", (
            "who took the matter to this level asked for it"
        )
        assert [clock.due_legal for clock in running(case, "L_RECT")] == [dt.date(2026, 4, 1)]
        paper = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D24A"))).one()
        assert "挂牌督办" in paper.body and "0次" not in paper.body and "2026年4月1日" in paper.body


def test_all_three_at_once_are_about_the_unit_that_was_ruled(app):
    case = sitting(app, disputed(app))
    write(app, case, "office", item3__what="成立专班化解", item3__unit=LABOUR, item3__due="2026-05-01")
    decide(
        app, case, item1__kind="LISTING", item1__unit=LABOUR, item2__kind="JURISDICTION", item3__kind="PACKAGE",
        item3__leader=number(app, "leader"),
    )  # fmt: skip
    assert sign(app, case) == []
    with app.app_context(), seen(app):
        kinds = {item.kind: started(item).kind for item in meeting.session_of(case).items}
        assert kinds == {
            ItemKind.LISTING: "measure_decision", ItemKind.JURISDICTION: "jurisdiction_ruling",
            ItemKind.PACKAGE: "package_opened",
        }  # fmt: skip
        found = db.session.get_one(Case, case)
        assert package_of(case).unit.name == ladder.measures(found)[0].unit.name == LABOUR


# ---- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [2, 3])
@pytest.mark.parametrize("kind", [kind for kind in ItemKind if kind is not ItemKind.TASK])
def test_below_the_joint_conference_none_of_it_is_decided(sqlite_app, level, kind):
    case = at_work(sqlite_app)
    propose(sqlite_app, case, 2)
    if level == 3:
        convened(sqlite_app, case)
        act(sqlite_app, case, "hall_deputy", decisions.escalate, "未能解决", at=NOW + HOUR)
    convened(sqlite_app, case, at=NOW + DAY)
    with pytest.raises(Refusal, match="只有区信访联席会议"):
        write(sqlite_app, case, "office", at=NOW + DAY, item1__kind=kind.name)
    drafted(sqlite_app, case, CONVENER[level], NOW + DAY)
    with sqlite_app.app_context(), seen(sqlite_app):
        session = meeting.session_of(case)
        (draft,) = [d for d in fields.items(fields.current(session)) if d.place == 1]
        forced = [type(draft)(**{**draft.__dict__, "kind": kind})]
        with pytest.raises(Refusal):
            outcomes.check(session, forced, NOW.date())


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"item1__kind": "PACKAGE"}, "没有选定包案领导"),
        ({"item1__kind": "JURISDICTION"}, "没有待裁定的管辖争议"),
        ({"item2__kind": "LISTING"}, "须以该事项的责任单位"),
        ({"item1__kind": "LISTING", "item2__kind": "LISTING", "item2__unit": LAND}, "只能议定一项"),
        ({"item1__kind": "LISTING", "item1__due": "2027-06-01"}, "时限须在1至365日之内"),
        ({"item1__kind": "LISTING", "item1__due": "2026-03-02"}, "时限须在1至365日之内"),
        ({"item2__kind": "PACKAGE", "item2__leader": "leader"}, "须以该事项的责任单位"),
    ],
)
def test_a_decision_that_cannot_be_carried_out_is_not_taken(sqlite_app, said, says):
    case = sitting(sqlite_app)
    said = {key: number(sqlite_app, value) if value == "leader" else value for key, value in said.items()}
    assert says in refused(sqlite_app, case, **said)


def test_a_level_that_is_given_the_conferences_name_gives_no_role_its_right(sqlite_app):
    """Two keys (ADR 0013): who edits the levels' rows makes nobody the joint conference."""
    case = sitting(sqlite_app, number=2)
    with sqlite_app.app_context():
        meeting.level(2).by_office = True
        db.session.commit()
    write(sqlite_app, case, "office", item1__kind="LISTING")
    with pytest.raises(Refusal, match="以联席会议名义"):
        act(sqlite_app, case, "hall_deputy", decisions.decide)


def test_only_a_leader_who_may_is_named(sqlite_app):
    case = sitting(sqlite_app)
    with pytest.raises(Refusal, match="岗位"):
        write(sqlite_app, case, "office", item1__leader=number(sqlite_app, "land_head"))
    with office.as_officer(sqlite_app, "office_head") as head:
        with seen(sqlite_app):
            from app.cases import operations as cases

            step = Recusal(who=office.officer_named("leader"), ground=RecusalGround.OTHER, reason="近亲属")
            cases.take(step, db.session.get_one(Case, case), head, NOW)
        db.session.commit()
    words = refused(sqlite_app, case, item1__kind="PACKAGE", item1__leader=number(sqlite_app, "leader"))
    assert "回避" in words


def test_an_office_may_keep_the_order_of_the_ladder_for_sessions_too(sqlite_app):
    case = sitting(sqlite_app)
    with sqlite_app.app_context():
        db.session.execute(
            sa.update(Setting).where(Setting.key == "resolved_measures_in_order").values(value="1")
        )
        db.session.commit()
    assert "先发函督办" in refused(sqlite_app, case, item1__kind="LISTING")


# ---- what came between decision and signature ---------------------------------------------------------


def test_what_somebody_did_meanwhile_holds_no_signature_up_and_is_tried_again_by_the_convener_alone(app):
    case = sitting(app)
    decide(app, case, item1__kind="LISTING")
    with office.as_officer(app, "office") as clerk:  # before the conference by the other way
        with seen(app):
            db.session.execute(
                sa.update(Setting).where(Setting.key == "letters_before_ladder").values(value="0")
            )
            measure = ladder.SupervisionMeasure(
                rung=ladder.rungs()[0], facts="未办", demand="约谈", persons="钱国栋", meet_at="3月5日"
            )
            ladder.propose(db.session.get_one(Case, case), measure, clerk, NOW)
        db.session.commit()
    (sentence,) = sign(app, case)
    assert "第1项未能启动" in sentence
    assert state(app, case) == (4, "EXECUTING", "EXECUTING")
    with app.app_context(), seen(app):
        assert meeting.item(case).started_by is None and len(running(case, "HZ")) == 2
    with office.as_officer(app, "convener") as chair:
        (asked,) = ladder.measures(db.session.get_one(Case, case), MeasureState.PROPOSED)
        ladder.refuse(asked, "已由联席会议决定挂牌督办", chair, NOW)
        db.session.commit()
    for who in ("office", "hall_director", "land_head"):
        with pytest.raises(Refusal), office.as_officer(app, who) as other:
            outcomes.start(meeting.item(case), other, NOW)
    for says in ("", "已经启动"):
        with meeting.as_one(app, "convener") as chair:
            try:
                outcomes.start(meeting.item(case), chair, NOW)
                db.session.commit()
            except Refusal as refusal:
                db.session.rollback()
                assert says and says in str(refusal)
            else:
                assert not says
    with app.app_context(), seen(app):
        assert started(meeting.item(case)).kind == "measure_decision"


def test_the_minutes_say_what_each_item_decides(sqlite_app):
    case = sitting(sqlite_app)
    decide(
        sqlite_app,
        case,
        item1__kind="PACKAGE",
        item1__leader=number(sqlite_app, "leader"),
        item2__kind="TASK",
    )
    sign(sqlite_app, case)
    with sqlite_app.app_context(), seen(sqlite_app):
        leader = office.officer_named("leader")
        minutes = meeting.session_of(case).minutes
        assert minutes is not None
        body = minutes.body
        assert f"由{leader.post}{leader}包案：复核面积并补发差额" in body and "办理失地农民社保" in body


# ---- the page ---------------------------------------------------------------------------------------------


def test_the_page_offers_it_at_the_fourth_level_and_leads_to_what_came_of_it(sqlite_app):
    case = sitting(sqlite_app)
    with sqlite_app.app_context():
        course = meeting.course_of(case).id
    page = (
        office.signed_in(sqlite_app, "convener").get(f"/consultations/show/{course}").get_data(as_text=True)
    )
    for words in ("确定包案领导", "裁定管辖", "挂牌督办", 'data-field="item1.leader"'):
        assert words in page
    decide(sqlite_app, case, item1__kind="LISTING")
    sign(sqlite_app, case)
    page = (
        office.signed_in(sqlite_app, "convener").get(f"/consultations/show/{course}").get_data(as_text=True)
    )
    assert "/measures/show/" in page and "云信挂〔2026〕1号" in page and "尚未启动" not in page
    other = sitting(sqlite_app, number=2)
    with sqlite_app.app_context():
        course = meeting.course_of(other).id
    page = (
        office.signed_in(sqlite_app, "hall_deputy")
        .get(f"/consultations/show/{course}")
        .get_data(as_text=True)
    )
    assert "item1.kind" not in page


@pytest.mark.parametrize("who", ["office", "hall_director", "land_head", "labour_officer"])
def test_nobody_but_the_convener_starts_it_by_its_address(sqlite_app, who):
    case = sitting(sqlite_app)
    decide(sqlite_app, case, item1__kind="LISTING")
    sign(sqlite_app, case)
    with sqlite_app.app_context(), seen(sqlite_app):
        item = meeting.item(case).id
        count = len(ladder.measures(db.session.get_one(Case, case)))
    office.signed_in(sqlite_app, who).post(f"/resolutions/start/{item}")
    with sqlite_app.app_context(), seen(sqlite_app):
        assert len(ladder.measures(db.session.get_one(Case, case))) == count


def test_items_of_an_earlier_version_are_tasks(app):
    case = sitting(app, number=2)
    act(app, case, "hall_deputy", decisions.decide)
    sign(app, case)
    with app.app_context():
        db.session.remove()
        downgrade(revision="0080")
        db.session.remove()
        upgrade()
        db.session.remove()
        setup.initialise()
        db.session.remove()
        rows = db.session.execute(
            sa.text("SELECT what, kind, leader_id FROM resolution_item ORDER BY place")
        ).all()
        assert [tuple(row) for row in rows] == [
            ("复核面积并补发差额", "TASK", None), ("办理失地农民社保", "TASK", None)
        ]  # fmt: skip
        db.session.remove()
