"""Recusal (R22 art. 28): who is too near to a matter does not receive, see, sign, evaluate or supervise it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from app.cases import operations, recusal
from app.cases.enums import PartRole, Purpose, RecusalGround
from app.cases.models import Case, Clock, Part
from app.cases.recusal import CaseRecusal
from app.cases.steps_dispatch import AssignmentDraft, Transfer
from app.cases.steps_recusal import Recusal, RecusalRuling
from app.cases.workflow import MOVES
from app.core.db import db
from app.core.errors import Refusal
from tests.support import office

HALL = "云岭区信访接待大厅"


def registered(app, accused_unit=None, **kw):
    with app.app_context():
        unit = office.unit_named(accused_unit) if accused_unit else None
        return office.register_case(app, accused_unit=unit, **kw)


def recuse(app, case_id, who=None, which=None, by="office", **kw):
    with app.app_context():
        case = db.session.get_one(Case, case_id)
        step = Recusal(
            who=office.officer_named(who) if who else None, which=office.unit_named(which) if which else None,
            ground=RecusalGround.RELATIVE, reason=kw.get("reason", "系信访人近亲属"),
        )  # fmt: skip
        operations.take(step, case, office.officer_named(by), office.NOW)
        db.session.commit()


def sees(app, officer, case_id):
    with office.as_officer(app, officer):
        seen = db.session.get(Case, case_id) is not None
        assert seen is (case_id in db.session.scalars(sa.select(Case.id)).all())
        clocks = db.session.scalars(sa.select(Clock.id).where(Clock.case_id == case_id)).all()
        assert seen is bool(clocks)
        return seen


def take(app, kind, case_id, by, **facts):
    with app.app_context():
        case = db.session.get_one(Case, case_id)
        step = office.step_of(kind, case, office.NOW, **facts)
        try:
            operations.take(step, case, office.officer_named(by), office.NOW, print_papers=False)
            db.session.commit()
        finally:
            db.session.rollback()


# ---- named in the matter ----------------------------------------------------------------------------------------


def test_an_officer_complained_of_by_name_has_no_part_from_the_first_moment(app):
    """As a person types it, whatever office that officer holds; until the office head says it is a namesake."""
    case = registered(app, accused="自然资源局 钱国栋局长、张某")
    other = registered(app, accused="钱国")  # is not his name
    office.drive(app, case, "routing", "signing", "acceptance", "opinion_draft")
    office.drive(app, other, "routing")
    assert not sees(app, "land_head", case) and sees(app, "land_officer", case)
    assert sees(app, "land_head", other)
    with pytest.raises(Refusal, match="28"):
        take(app, "opinion_signing", case, "land_head")
    for leader in ("钱国栋 局长", "钱 国栋"):
        with pytest.raises(Refusal, match="28") as refusal:
            take(app, "package_leader", case, "land_officer", leader=leader)
        assert refusal.value.field == "leader"
    take(app, "package_leader", case, "land_officer", leader="赵副局长")
    with app.app_context():
        found = db.session.get_one(Case, case)
        row = recusal.in_force(found)[0]
        assert row.officer is not None
        assert (row.officer.username, row.ground) == ("land_head", RecusalGround.NAMED)
        assert found.state.name == "HANDLING"
        ruling = RecusalRuling(recusal=row, reason="同名，经核实不是同一人")
        operations.take(ruling, found, office.officer_named("office_head"), office.NOW)
        db.session.commit()
    assert sees(app, "land_head", case)
    take(app, "opinion_signing", case, "land_head")


def test_who_registers_a_complaint_of_themselves_takes_it_in_and_sees_it_no_more(app):
    case = registered(app, accused="接待员李秀兰")
    assert not sees(app, "reception", case) and sees(app, "office", case)


def test_an_accusation_of_its_keeper_is_not_seen_by_its_keeper(app):
    case = registered(app, accused="严肃", purpose=Purpose.ACCUSATION)
    assert not any(sees(app, officer, case) for officer in office.CAST)


# ---- declared and recorded -----------------------------------------------------------------------------------------


def test_an_officer_declares_for_themself_and_is_out(app):
    case = registered(app)
    office.drive(app, case, "routing", "signing")
    client = office.signed_in(app, "land_officer")
    answer = client.post(f"/recusalview/add/{case}", data={"ground": "RELATIVE", "reason": "信访人是我表弟"})
    assert answer.status_code == 302 and "/cases/list" in answer.location
    assert client.get(f"/cases/show/{case}").status_code == 404
    assert not sees(app, "land_officer", case) and sees(app, "land_head", case) and sees(app, "office", case)
    with app.app_context():
        row = db.session.get_one(Case, case)
        assert row.handler is None and row.state.name == "SIGNED" and row.unit.name == office.LAND
    assert "信访人是我表弟" in office.signed_in(app, "office").get(f"/cases/show/{case}").text


@pytest.mark.parametrize("kind", sorted(MOVES))
def test_a_recused_officer_takes_no_step_of_any_kind(sqlite_app, kind):
    if kind in recusal.TAKES_IN:
        pytest.skip("belongs to registering")
    case = registered(sqlite_app)
    recuse(sqlite_app, case, who="office_head")
    with sqlite_app.app_context(), pytest.raises(Refusal, match="28"):
        cls = sa.inspect(operations.Step).polymorphic_map[kind].class_
        row = db.session.get_one(Case, case)
        operations.take(cls(), row, office.officer_named("office_head"), office.NOW)


def test_the_refusal_names_the_article(app):
    case = registered(app)
    recuse(app, case, who="reception")
    with pytest.raises(Refusal, match="28"):
        take(app, "routing", case, "reception")
    take(app, "routing", case, "office")


def test_a_recused_unit_gives_the_matter_back(app):
    case = registered(app)
    office.drive(app, case, "routing", "signing", "acceptance")
    recuse(app, case, which=office.LAND)
    for officer in ("land_officer", "land_head"):
        assert not sees(app, officer, case)
    with app.app_context():
        row = db.session.get_one(Case, case)
        assert (row.state.name, row.unit.name, row.handler) == ("TO_FORWARD", office.RECEPTION, None)
        running = [clock.code for clock in row.clocks if clock.stopped_on is None]
        assert running == ["T1"]
    with pytest.raises(Refusal, match="28"):
        take(app, "routing", case, "reception", target=office.LAND)
    take(app, "routing", case, "reception", target=office.LABOUR)


def test_an_answer_given_stands_when_the_unit_is_recused_later(app):
    case = registered(app)
    office.drive(app, case, "routing", "signing", "acceptance", "opinion_draft", "opinion_signing")
    recuse(app, case, which=office.LAND)
    assert office.state_of(app, case) == "ANSWERED"


def test_what_lies_below_a_recused_unit_is_recused(app):
    case = registered(app)
    recuse(app, case, which=office.TOWN)
    with pytest.raises(Refusal, match="28") as refused:
        take(app, "routing", case, "reception", target="柳树村")
    assert refused.value.field == "target"
    with pytest.raises(Refusal, match="28"):
        take(app, "handling", case, "village_officer")


@pytest.mark.parametrize(
    ("who", "which", "reason", "field"),
    [
        (None, None, "x", "who"),
        ("land_officer", office.LAND, "x", "who"),
        ("land_officer", None, " ", "reason"),
        ("land_officer", None, "again", "who"),
        (None, "云岭区委区政府", "x", "which"),
    ],
)
def test_what_is_no_recusal(app, who, which, reason, field):
    case = registered(app)
    if reason == "again":
        recuse(app, case, who=who)
    with pytest.raises(Refusal, match=r"28") as refused:
        recuse(app, case, who=who, which=which, reason=reason)
    assert refused.value.field == field


def test_it_ends_by_the_heads_ruling_alone(app):
    case = registered(app)
    recuse(app, case, who="reception")
    assert not sees(app, "reception", case)
    with app.app_context():
        row, standing = db.session.get_one(Case, case), db.session.scalars(sa.select(CaseRecusal)).one()
        data = {"recusal_id": str(standing.id), "reason": "经核实并非近亲属"}
        with pytest.raises(Refusal):
            step = RecusalRuling(recusal=standing, reason=" ")
            operations.take(step, row, office.officer_named("office_head"), office.NOW)
    for officer in ("office", "reception", "hall_director"):
        answer = office.signed_in(app, officer).post(f"/recusalrulingview/add/{case}", data=data)
        assert answer.status_code in (302, 403, 404) and not sees(app, "reception", case)
    answer = office.signed_in(app, "office_head").post(f"/recusalrulingview/add/{case}", data=data)
    assert answer.status_code == 302
    assert sees(app, "reception", case)
    recuse(app, case, who="reception")  # a new reason may come up
    assert not sees(app, "reception", case)


def test_a_unit_that_answered_sees_its_matter_again_when_the_recusal_ends(app):
    case = registered(app)
    office.drive(app, case, "routing", "signing", "acceptance", "opinion_draft", "opinion_signing")
    recuse(app, case, which=office.LAND)
    assert not sees(app, "land_head", case)
    with app.app_context():
        step = RecusalRuling(recusal=db.session.scalars(sa.select(CaseRecusal)).one(), reason="关系已经消失")
        operations.take(step, db.session.get_one(Case, case), office.officer_named("office_head"), office.NOW)
        db.session.commit()
        parts = [p for p in db.session.get_one(Case, case).parts if p.unit and p.unit.name == office.LAND]
        assert [(p.role, p.active) for p in parts] == [
            (PartRole.RESPONSIBLE, False),
            (PartRole.RESPONSIBLE, True),
        ]
    assert sees(app, "land_head", case)


def test_who_is_recused_does_not_rule_on_it(app):
    case = registered(app)
    recuse(app, case, who="office_head")
    with app.app_context(), pytest.raises(Refusal, match="28"):
        step = RecusalRuling(recusal=db.session.scalars(sa.select(CaseRecusal)).one(), reason="无妨")
        operations.take(step, db.session.get_one(Case, case), office.officer_named("office_head"), office.NOW)


# ---- named in the matter --------------------------------------------------------------------------------------------


def test_the_unit_complained_of_and_below_does_not_handle_the_complaint(app):
    case = registered(app, accused_unit=office.TOWN)
    for target in (office.TOWN, "柳树村"):
        with pytest.raises(Refusal, match="28"):
            take(app, "routing", case, "reception", target=target)
        with app.app_context():
            row = db.session.get_one(Case, case)
            for step in (
                Transfer(target=office.unit_named(target), basis="属地"),
                AssignmentDraft(target=office.unit_named(target), feedback_days=30, demand="查清",
                                supervisor=office.officer_named("supervisor")),
            ):  # fmt: skip
                with pytest.raises(Refusal, match="28"):
                    operations.take(step, row, office.officer_named("office"), office.NOW, print_papers=False)
                db.session.rollback()
    for officer in ("town_officer", "village_officer"):
        assert not sees(app, officer, case)
    take(app, "routing", case, "reception")
    assert sees(app, "land_officer", case)


def test_a_complaint_of_the_registering_unit_waits_at_another_desk(app):
    case = registered(app, accused_unit=HALL)
    assert (
        not sees(app, "reception", case)
        and not sees(app, "hall_director", case)
        and sees(app, "office", case)
    )
    with app.app_context():
        row = db.session.get_one(Case, case)
        assert row.unit.name == office.CONFERENCE and row.clocks[0].owner.name == office.CONFERENCE
        assert row.registered_unit.name == office.RECEPTION


def test_a_complaint_of_the_office_goes_to_the_leadership(app):
    case = registered(app, accused_unit=office.CONFERENCE)
    assert [o for o in ("office", "office_head", "reception", "supervisor") if sees(app, o, case)] == []
    assert sees(app, "convener", case)


def test_a_complaint_of_the_leadership_recuses_itself_alone(app):
    case = registered(app, accused_unit="云岭区委区政府")
    assert sees(app, "reception", case) and sees(app, "office", case)
    assert not sees(app, "convener", case)
    take(app, "routing", case, "reception")
    with pytest.raises(Refusal, match="28"):
        take(app, "handling", case, "leader")


def test_the_form_says_where_it_waits(app, monkeypatch):
    monkeypatch.setattr("app.documents.operations.rendered", lambda document: b"%PDF")
    with app.app_context():
        data = {
            "petitioner_name": "王秀英", "petitioner_type": "PERSON", "address": "柳树村", "people_count": "1",
            "first_time": "y", "channel": "VISIT", "purpose": "CLAIM", "request": "要求改进服务", "facts": "排队太久",
            "category": str(office.case_of().category.id), "accused_unit": str(office.unit_named(HALL).id),
        }  # fmt: skip
    answer = office.signed_in(app, "reception").post("/registration/add", data=data)
    assert answer.status_code == 302 and "/registration/add" in answer.location


def test_a_recused_officer_is_no_supervisor(app):
    case = registered(app)
    recuse(app, case, who="supervisor")
    with app.app_context(), pytest.raises(Refusal, match="28") as refused:
        step = AssignmentDraft(target=office.unit_named(office.LAND), feedback_days=30, demand="查清",
                               supervisor=office.officer_named("supervisor"))  # fmt: skip
        operations.take(step, db.session.get_one(Case, case), office.officer_named("office"), office.NOW)
    assert refused.value.field == "supervisor"


# ---- the database, and what it costs --------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "unit"), [("land_officer", None), (None, office.LAND), ("land_head", None)])
def test_the_database_gives_a_recused_no_part(app, who, unit):
    case = registered(app)
    recuse(app, case, who="land_officer")
    recuse(app, case, which=office.LAND)
    with app.app_context(), pytest.raises(DatabaseError):
        officer = office.officer_named(who) if who else None
        db.session.add(
            Part(
                case_id=case,
                role=PartRole.HANDLER,
                officer=officer,
                unit=office.unit_named(unit) if unit else None,
            )
        )
        db.session.flush()


def test_a_recusal_stays_on_record(app):
    case = registered(app)
    recuse(app, case, who="reception")
    for sql in ("DELETE FROM case_recusal", "UPDATE case_recusal SET ground = 'OTHER'"):
        with app.app_context(), pytest.raises(DatabaseError):
            db.session.execute(sa.text(sql))


def test_the_scope_asks_nothing_more(app):
    """Art. 28 costs no statement of its own: it is part of each that is asked anyway, and reads its own index."""
    case = registered(app)
    recuse(app, case, who="land_officer")
    with office.as_officer(app, "land_officer"):
        seen = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        db.session.scalars(sa.select(Case)).all()
    asked = [sql for sql in seen if "petition_case" in sql]
    assert len(asked) == 1 and "case_recusal" in asked[0]


@pytest.mark.parametrize("officer", ["office", "land_officer"])
def test_accusations_too_are_kept_from_a_recused_keeper(app, officer):
    case = registered(app, purpose=Purpose.ACCUSATION, accused="某某")
    assert sees(app, "discipline", case) and not sees(app, officer, case)
    recuse(app, case, who="discipline", by="discipline")
    assert not sees(app, "discipline", case)
