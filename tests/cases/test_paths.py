"""Every row of domain.md §7.3 through the pages: by the right person it leads on, by any other it does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import operations, workflow
from app.cases.enums import Channel, GuidanceResult, Jurisdiction, LegalPath, MatterKind, State
from app.cases.models import Case, Part
from app.cases.step_views import STEP_VIEWS
from app.core import moment
from app.core.db import db
from app.core.errors import Refusal
from app.review.models import Conclusion
from tests.cases import lives
from tests.cases.lives import (
    ACCUSATION,
    ANSWERED,
    ASSIGNED,
    CLOSED,
    DELIVERED,
    HANDLING,
    RECHECK,
    REVIEWED,
    SIGNED,
    SUGGESTION,
    live,
    on_path,
)
from tests.support import office


@dataclass(frozen=True)
class Row:
    """One row of §7.3: where from (`life`), which step, by whom, where to, what it starts, stops and issues."""

    kind: str
    life: tuple[Any, ...]
    by: str  # everybody of the cast who may, the first of them does
    to: State
    starts: str = ""
    stops: str = ""
    paper: str = ""
    says: dict[str, Any] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    refused: str = ""  # have the form for other states, and are told why not in this one

    def __str__(self) -> str:
        return self.name or self.kind


S = State
LAND, UNIT = "land_officer", "land_officer land_head"
ROWS = (
    Row("classification", (), "reception office office_head", S.TO_FORWARD),
    Row("routing", (), "reception office", S.TO_SIGN, "T3 T4", "T1"),
    Row("spot_answer", ("routing",), "room_rural", S.ANSWERED, "L2", "T3 T4", "D11"),
    Row("transfer", ("classification",), "office", S.TO_SIGN, "T3 T4", "T1", "D07"),
    Row("assignment_draft", (), "office hall_director", S.REGISTERED),
    Row("assignment", ("assignment_draft",), "office_head", S.TO_SIGN, "T3 T4 T11", "T1", "D08"),
    Row("guidance", (on_path(LegalPath.C2),), "office", S.GUIDED, "L9", "T1", "D06"),
    Row("guidance_follow_up", (on_path(LegalPath.C2), "guidance"), "office reception", S.GUIDED, "", "L9"),
    Row("guidance_follow_up", (on_path(LegalPath.C2), "guidance"), "office reception", S.GUIDED, "L9", "L9",
        says={"result": GuidanceResult.WAITING}, name="guidance still waits"),
    Row("guidance_follow_up", (on_path(LegalPath.C2), "guidance"), "office reception", S.TO_FORWARD, "T1", "L9",
        says={"result": GuidanceResult.REFUSED}, name="guidance refused comes back"),
    Row("advice", HANDLING, "office_head", S.HANDLING, "T12", paper="D29"),
    Row("advice_feedback", (*CLOSED, "advice"), UNIT, S.CLOSED, "", "T12", "D30"),
    Row("guidance", (("routing", {"legal_path": LegalPath.C4}), "signing"), "land_officer room_rural",
        S.GUIDED, "L9", "T3 T4", "D06", name="guidance by the unit", refused="office"),
    Row("handover", (), "discipline", S.HANDED_OVER, "", "T1", content=ACCUSATION),
    Row("handover_receipt", ("handover",), "discipline", S.HANDED_OVER, content=ACCUSATION),
    Row("archiving", ("handover",), "discipline", S.ARCHIVED, content=ACCUSATION, name="archiving in confidence"),
    Row("no_longer", (), "office_head", S.NO_LONGER, "", "T1", "D05"),
    Row("non_acceptance", (), "office_head", S.REFUSED, "", "T1", "D04"),
    Row("non_acceptance", SIGNED, UNIT, S.REFUSED, "", "T3 T4", "D04",
        name="non_acceptance by the unit", refused="office_head"),
    Row("signing", ("routing",), LAND, S.SIGNED),
    Row("objection", SIGNED, UNIT, S.OBJECTED, "L1", "T4", "D09"),
    Row("objection_ruling", (*SIGNED, "objection"), "office office_head", S.TO_FORWARD, "T1", "L1 T3"),
    Row("objection_ruling", (*SIGNED, "objection"), "office office_head", S.SIGNED, "", "L1", says={"agreed": False},
        name="objection refused"),
    Row("dispute", (*SIGNED, "objection"), "office", S.DISPUTED, "L5", "L1"),
    Row("jurisdiction_ruling", (*SIGNED, "objection", "dispute"), "convener", S.TO_SIGN, "T3 T4", "L5 T3"),
    Row("acceptance", SIGNED, UNIT, S.HANDLING, "T5", "T3 T4", "D03"),
    Row("handling", HANDLING, LAND, S.HANDLING),
    Row("extension_request", HANDLING, LAND, S.HANDLING),
    Row("extension_ruling", (*HANDLING, "extension_request"), "land_head", S.HANDLING, paper="D10"),
    Row("opinion_draft", HANDLING, LAND, S.HANDLING),
    Row("opinion_signing", (*HANDLING, "opinion_draft"), "land_head", S.ANSWERED, "L2", "T5", "D11"),
    Row("mediation", HANDLING, LAND, S.ANSWERED, "L2", "T5", "D18"),
    Row("suggestion_reply", (("routing", {"legal_path": None}), "signing", "acceptance"), "land_head", S.ANSWERED,
        "L2", "L4", "D13", content=SUGGESTION),
    Row("statutory_reply", (("routing", {"legal_path": LegalPath.C5}), "signing", "acceptance"), "land_head",
        S.ANSWERED, "L2", "L4", "D12"),
    Row("delivery", ANSWERED, "land_officer reception", S.DELIVERED, "T7 T13 L3", "L2", "D38"),
    Row("closing", DELIVERED, LAND, S.CLOSED, "", "L3", refused="reception"),
    Row("closing", ("spot_answer", "delivery"), "reception", S.CLOSED, "", "L3", content=SUGGESTION,
        name="closing of what the hall answered"),
    Row("report", ASSIGNED, LAND, S.REPORTED, "L6", "L3", "D37"),
    Row("report_review", (*ASSIGNED, "report"), "supervisor office office_head", S.CLOSED, "", "L6 T11"),
    Row("report_review", (*ASSIGNED, "report"), "supervisor office office_head", S.HANDLING, "", "L6",
        says={"passed": False}, name="report returned"),
    Row("settling", (*ASSIGNED, "report", "report_review"), "supervisor", S.SETTLED, paper="D32"),
    Row("archiving", ("withdrawal",), "office", S.ARCHIVED),
    Row("withdrawal", HANDLING, "reception", S.WITHDRAWN, "", "T5"),
    Row("correction", (), "office", S.REGISTERED),
    Row("supervising_leader", (), "office office_head", S.REGISTERED),
    Row("package_leader", ("routing",), "land_head land_officer", S.TO_SIGN),
    Row("review_request", CLOSED, "office", S.REVIEW, "T8", "T7"),
    Row("review_request", (*ASSIGNED, "report"), "office", S.REVIEW, "T8", "T7 L6", name="review while the report is "
        "examined"),
    Row("review_opinion", (*DELIVERED, "review_request"), "office_head", S.REVIEWED, "L2", "T8", "D15"),
    Row("review_opinion", (*DELIVERED, "review_request"), "office_head", S.HANDLING, "T5", "T8", "D15",
        says={"conclusion": Conclusion.REDO}, name="review revokes"),
    Row("review_delivery", REVIEWED, "office", S.REVIEWED, "T9 L3", "L2"),
    Row("closing", (*REVIEWED, "review_delivery"), LAND, S.CLOSED, "", "L3", name="closing after review",
        refused="reception"),
    Row("recheck_request", (*REVIEWED, "review_delivery"), "office", S.RECHECK, "T10", "T9 L3"),
    Row("hearing_start", RECHECK, "office", S.RECHECK),
    Row("hearing_end", (*RECHECK, "hearing_start"), "office", S.RECHECK),
    Row("recheck_opinion", RECHECK, "office", S.FINAL, "", "T10"),
    Row("evaluation", DELIVERED, "reception office_head land_officer", S.DELIVERED, "L7"),
    Row("call_back", (*DELIVERED, "evaluation"), "office", S.DELIVERED, "", "L7"),
    Row("call_back", (*CLOSED, "evaluation"), "office", S.HANDLING, "L4", "L7", says={"reopen": True},
        name="call_back reopens"),
    Row("void_request", (), "office hall_director", S.REGISTERED),
    Row("voiding", ("void_request",), "office_head", S.VOIDED, "", "T1"),
)  # fmt: skip
each = pytest.mark.parametrize("row", ROWS, ids=str)


def led(app, row: Row) -> int:
    return live(app, *row.life, **row.content)


def post(app, client, row: Row, case: int) -> Any:
    return client.post(lives.address(row.kind, case), data=lives.form_of(app, row.kind, **row.says))


@pytest.mark.usefixtures("quick_papers")
@each
def test_the_right_person_takes_it(app, row):
    case = led(app, row)
    before = lives.running(app, case)
    client = office.signed_in(app, row.by.split()[0])
    assert client.get(lives.address(row.kind, case)).status_code == 200
    answer = post(app, client, row, case)
    assert answer.status_code == 302, answer.get_data(as_text=True)[-3000:]
    assert lives.last_step(app, case, "kind", "to_state", "late") == (row.kind, row.to, False)
    assert office.state_of(app, case) == row.to.name
    after = lives.running(app, case)
    # a clock that was stopped and began anew stands in both
    assert after - before == set(row.starts.split()) - before
    assert before - after == set(row.stops.split()) - set(row.starts.split())
    assert lives.last_step(app, case, "document.kind.code") == (row.paper or None,) or row.paper
    if row.paper:
        with app.app_context():
            paper = db.session.scalars(
                sa.select(operations.Step)
                .where(operations.Step.case_id == case)
                .order_by(operations.Step.id.desc())
            ).first()
            assert paper.document.kind.code == row.paper
            assert "【缺" not in paper.document.body + paper.document.title + paper.document.recipient


_CLIENTS: dict[tuple[int, str], Any] = {}


def person(app, username: str) -> Any:
    """Signed in once; the session outlives the office of one test."""
    key = (id(app), username)
    if key not in _CLIENTS:
        _CLIENTS[key] = office.signed_in(app, username)
    return _CLIENTS[key]


@pytest.mark.usefixtures("quick_papers")
@each
def test_nobody_else_does(sqlite_app, row):
    case = led(sqlite_app, row)
    may = set(row.by.split())
    form, found = lives.form_of(sqlite_app, row.kind, **row.says), set()
    for username in office.CAST:
        if username in may:
            answer = person(sqlite_app, username).get(lives.address(row.kind, case))
            if answer.status_code == 200:
                found.add(username)
            continue
        answer = person(sqlite_app, username).post(lives.address(row.kind, case), data=form)
        # 200 is the form again, with the sentence why not (art. 23: what a unit signed for, it decides itself)
        expected = (403, 404, 200) if username in row.refused.split() else (403, 404)
        assert answer.status_code in expected, (username, answer.status_code)
    assert found == may
    assert lives.last_step(sqlite_app, case, "kind") == (kind_of(row.life),)


def kind_of(life: tuple[Any, ...]) -> str:
    if not life:
        return "registration"
    return life[-1] if isinstance(life[-1], str) else life[-1][0]


STATES: dict[State, tuple[tuple[Any, ...], dict[str, Any]]] = {
    S.REGISTERED: ((), {}), S.TO_FORWARD: (("classification",), {}), S.REFUSED: (("non_acceptance",), {}),
    S.NO_LONGER: (("no_longer",), {}), S.GUIDED: ((on_path(LegalPath.C1), "guidance"), {}),
    S.HANDED_OVER: (("handover",), ACCUSATION), S.TO_SIGN: (("routing",), {}), S.SIGNED: (SIGNED, {}),
    S.OBJECTED: ((*SIGNED, "objection"), {}), S.DISPUTED: ((*SIGNED, "objection", "dispute"), {}),
    S.HANDLING: (HANDLING, {}), S.ANSWERED: (ANSWERED, {}), S.DELIVERED: (DELIVERED, {}),
    S.REPORTED: ((*ASSIGNED, "report"), {}), S.REVIEW: ((*DELIVERED, "review_request"), {}), S.REVIEWED: (REVIEWED, {}),
    S.RECHECK: (RECHECK, {}), S.FINAL: ((*RECHECK, "recheck_opinion"), {}), S.CLOSED: (CLOSED, {}),
    S.SETTLED: ((*CLOSED, "settling"), {}), S.WITHDRAWN: (("withdrawal",), {}),
    S.ARCHIVED: (("withdrawal", "archiving"), {}), S.VOIDED: (("void_request", "voiding"), {}),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda s: s.name)
def test_in_any_other_state_it_is_refused(sqlite_app, state):
    life, content = STATES[state]
    case = live(sqlite_app, *life, **content)
    assert office.state_of(sqlite_app, case) == state.name
    with sqlite_app.app_context():
        found = db.session.get_one(Case, case)
        wrong = [kind for kind in lives.FACTS if state not in workflow.MOVES[kind].from_]
        assert wrong
        for kind in wrong:
            step = lives.step_of(kind, moment.today())
            with pytest.raises(Refusal) as refused:
                operations.take(step, found, office.officer_named("office"), moment.now(), print_papers=False)
            db.session.rollback()
            assert str(state) in str(refused.value) and refused.value.field is None
        assert db.session.get_one(Case, case).state is state
    # a link that was kept leads back with the reason
    kind = next(k for k in wrong if k in STEP_VIEWS)
    actor = lives.ACTORS.get(kind, "land_officer")
    assert person(sqlite_app, actor).get(lives.address(kind, case)).status_code in (302, 404)


C = LegalPath
WRONG: dict[str, Any] = {  # why: (life, content, kind, what is said, article, field)
    "a claim has a path": ((), {}, "classification", {"legal_path": None}, "31", "legal_path"),
    "a suggestion has none": ((), {}, "classification", {"matter_kind": MatterKind.SUGGESTION}, "31", "legal_path"),
    "the petitioner is not there": (("routing",), {"channel": Channel.LETTER}, "spot_answer", {}, "On the spot", None),
    "an accusation is not routed": ((), ACCUSATION, "routing", {}, "30", None),
    "nor transferred": ((), ACCUSATION, "transfer", {}, "30", None),
    "nor assigned": ((), ACCUSATION, "assignment_draft", {}, "30", None),
    "nor answered on the spot": ((), ACCUSATION, "spot_answer", {}, "30", None),
    "nor guided": ((), ACCUSATION, "guidance", {}, "31", None),
    "nor final": ((), ACCUSATION, "no_longer", {}, "36", None),
    "never to the accused": ((), {**ACCUSATION, "accused_unit": office.LAND}, "handover",
                             {"organ_unit": office.LAND}, "30", "organ_unit"),
    "nor by its name": ((), {**ACCUSATION, "accused_unit": office.LAND}, "handover",
                        {"organ": "云岭区自然资源局纪检组"}, "30", "organ"),
    "nor its short name": ((), {**ACCUSATION, "accused_unit": office.LAND}, "handover", {"organ": "自然资源局"}, "30",
                           "organ"),
    "nor below it": ((), {**ACCUSATION, "accused_unit": office.TOWN}, "handover", {"organ_unit": "柳树村"}, "30",
                     "organ_unit"),
    "nor the person": ((), ACCUSATION, "handover", {"organ": "张三所在单位"}, "30", "organ"),
    "a claim is not handed over": ((), {}, "handover", {}, "30", None),
    "an opinion on C6 is the organ's": ((), {}, "spot_answer", {}, "32", None),
    "no advice of an accusation": (("handover",), ACCUSATION, "advice", {}, "30", None),
    "nor before a unit has it": ((), {}, "advice", {}, "40", None),
    "nor twice": ((*HANDLING, "advice"), {}, "advice", {}, "40", None),
    "nobody asked for an answer": (HANDLING, {}, "advice_feedback", {}, "40", None),
    "only who was advised answers": ((*HANDLING, "advice"), {}, "advice_feedback", {"by": "labour_officer"}, "40",
                                     None),
    "what was guided is looked after first": ((on_path(C.C2), "guidance"), {}, "archiving", {}, "31", None),
    "C6 is not guided": ((), {}, "guidance", {}, "31", None),
    "C1 is not transferred": ((on_path(C.C1),), {}, "transfer", {}, "31", None),
    "C3 is not accepted": ((("routing", {"legal_path": C.C3}), "signing"), {}, "acceptance", {}, "31", None),
    "nobody drafted it": ((), {}, "assignment", {}, "No assignment", None),
    "one that came back is drafted anew": (
        ("assignment_draft", "assignment", "signing", "objection", "objection_ruling"), {}, "assignment", {},
        "No assignment", None),
    "a term": ((), {}, "assignment_draft", {"feedback_days": 0}, "365", "feedback_days"),
    "not to a leadership": ((), {}, "transfer", {"target": "云岭区委区政府"}, "not routed", "target"),
    "final before": ((), {}, "no_longer", {"final_on": office.NOW.date().replace(month=4)}, "36", "final_on"),
    "only an organ accepts at once": ((), {}, "acceptance", {}, "23", None),
    "a dispute rises": ((*SIGNED, "objection", "dispute"), {}, "dispute", {"level": Jurisdiction.NEGOTIATION}, "24",
                        "level"),
    "C5 has no review in its text": ((("routing", {"legal_path": C.C5}), "signing", "acceptance"), {},
                                     "statutory_reply", {"remedy": "可以申请复查。"}, "31 (5)", "remedy"),
    "C6 has no statutory reply": (HANDLING, {}, "statutory_reply", {}, "31 (5)", None),
    "C5 has no opinion": ((("routing", {"legal_path": C.C5}), "signing", "acceptance"), {}, "opinion_draft", {},
                          "31(6)", None),
    "a claim is not adopted": (HANDLING, {}, "suggestion_reply", {}, "29", None),
    "no agreement without consent": (HANDLING, {}, "mediation", {"consent": False}, "33", "consent"),
    "a second extension": ((*HANDLING, "extension_request", "extension_ruling"), {}, "extension_request", {}, "34",
                           None),
    "a longer one": (HANDLING, {}, "extension_request", {"days": 31}, "34", "days"),
    "without reasons": (HANDLING, {}, "extension_request", {"reason": " "}, "34", "reason"),
    "an extension waits": ((*HANDLING, "extension_request", "opinion_draft"), {}, "opinion_signing", {}, "waits",
                           None),
    "an assigned matter is reported": (ASSIGNED, {}, "closing", {}, "22 (3)", None),
    "a transferred one is not": (DELIVERED, {}, "report", {}, "22", None),
    "an agreement is voluntary": (CLOSED, {}, "settling", {"voluntary": False}, "voluntary", "voluntary"),
    "a withdrawal is written": ((), {}, "withdrawal", {"written": False}, "writing", "written"),
    "nobody pressed": ((), {}, "withdrawal", {"own_will": False}, "18", "own_will"),
    "what was said stays": ((), {}, "correction", {"field": "facts"}, "stays", "field"),
    "a number": ((), {}, "correction", {"field": "people_count", "new_value": "²"}, "no number", "new_value"),
    "of people": ((), {}, "correction", {"field": "people_count", "new_value": "0"}, "9999", "new_value"),
    "too long": ((), {}, "correction", {"field": "window", "new_value": "窗" * 21}, "20", "new_value"),
    "nothing new": ((), {}, "correction", {"field": "people_count", "new_value": "1"}, "already", "new_value"),
    "no right is given up": (CLOSED, {}, "settling", {"evidence": "已付3万元，信访人自愿放弃行政复议和诉讼。"}, "33",
                             "evidence"),
    "nor in other words": (HANDLING, {}, "mediation", {"terms": "一、十日内付清。\n二、甲方不得再提起诉讼。"}, "33",
                           "terms"),
    "closed by another": (DELIVERED, {}, "closing", {"by": "reception"}, "22", None),
    "a character no paper shows": ((), {}, "correction", {"field": "address", "new_value": "龙泉镇\U000F0000村"},
                                   "font", "new_value"),
    "no leader before a unit": ((), {}, "package_leader", {}, "not reached", None),
    "one review": ((*REVIEWED, "review_delivery", "closing"), {}, "review_request", {}, "already", None),
    "delivered once": ((*REVIEWED, "review_delivery"), {}, "review_delivery", {}, "already", None),
    "review delivered first": (REVIEWED, {}, "recheck_request", {}, "30 days", None),
    "nor closed before": (REVIEWED, {}, "closing", {}, "35", None),
    "C5 has no review": ((("routing", {"legal_path": C.C5}), "signing", "acceptance", "statutory_reply", "delivery"),
                         {}, "review_request", {}, "31(6)", None),
    "a hearing is open": ((*RECHECK, "hearing_start"), {}, "recheck_opinion", {}, "hearing", None),
    "no hearing": (RECHECK, {}, "hearing_end", {}, "hearing", None),
    "four eyes": (("void_request",), {}, "voiding", {"by": "office"}, "43", None),
    "evaluated once": ((*DELIVERED, "evaluation"), {}, "evaluation", {}, "once", "subject"),
    "called back first": ((*CLOSED, "evaluation"), {}, "archiving", {}, "called back", None),
    "no call-back": (DELIVERED, {}, "call_back", {}, "call-back", None),
}  # fmt: skip


@pytest.mark.parametrize("why", WRONG)
def test_wrong_facts_are_refused_with_their_article(sqlite_app, why):
    life, content, kind, said, sentence, where = WRONG[why]
    content, said = dict(content), dict(said)
    by = said.pop("by", lives.ACTORS.get(kind, "land_officer"))
    if isinstance(content.get("accused_unit"), str):
        with sqlite_app.app_context():
            content["accused_unit"] = office.unit_named(content["accused_unit"])
            content["accused_unit_id"] = content.pop("accused_unit").id
    case = live(sqlite_app, *life, **content)
    before = lives.last_step(sqlite_app, case, "id")
    with pytest.raises(Refusal) as refused:
        lives.take(sqlite_app, case, kind, by=by, **said)
    assert sentence in str(refused.value), str(refused.value)
    assert refused.value.field == where
    assert lives.last_step(sqlite_app, case, "id") == before


@pytest.mark.parametrize(
    "said", ["本协议不以放弃诉讼、行政复议等权利为条件", "不要求信访人放弃仲裁", "双方就本事项再无争议"]
)
def test_an_agreement_may_say_that_rights_stay(sqlite_app, said):
    case = live(sqlite_app, *CLOSED)
    lives.take(sqlite_app, case, "settling", evidence=said)
    assert office.state_of(sqlite_app, case) == "SETTLED"


# ---- each path offers its own steps ---------------------------------------------------------------------------------

C6_ONLY = {"opinion_draft", "opinion_signing", "extension_request", "extension_ruling", "review_request",
           "review_opinion", "recheck_request"}  # fmt: skip
ANSWERS = {"opinion_draft", "suggestion_reply", "statutory_reply", "guidance", "handover", "mediation"}


def offered(app, case: int) -> set[str]:
    with app.app_context():
        found = db.session.get_one(Case, case)
        return {m.kind for m, why in operations.possible_steps(found, moment.today()) if not why}


@pytest.mark.parametrize(
    ("content", "path", "answers"),
    [
        ({}, C.C6, {"opinion_draft", "mediation"}),
        ({}, C.C5, {"statutory_reply", "mediation"}),
        (SUGGESTION, None, {"suggestion_reply"}),
    ],
    ids=["C6", "C5", "suggestion"],
)
def test_each_path_answers_in_its_own_way(app, content, path, answers):
    case = live(app, ("routing", {"legal_path": path}), "signing", "acceptance", **content)
    assert offered(app, case) & ANSWERS == answers
    assert bool(offered(app, case) & C6_ONLY) is (path is C.C6)
    assert lives.running(app, case) == {"T5" if path is C.C6 else "L4"}
    reply = next(iter(sorted(answers - {"mediation"})))
    lives.go(app, case, *(("opinion_draft", "opinion_signing") if path is C.C6 else (reply,)), "delivery")
    assert ("T7" in lives.running(app, case)) is (path is C.C6)
    assert ("review_request" in offered(app, case)) is (path is C.C6)
    lives.go(app, case, "closing")
    assert ("review_request" in offered(app, case)) is (path is C.C6)


@pytest.mark.parametrize("path", [C.C1, C.C2, C.C3, C.C4], ids=lambda p: p.name)
def test_other_procedures_are_guided_and_stay_in_sight(app, path):
    case = live(app, on_path(path))
    assert offered(app, case) & (ANSWERS | C6_ONLY) == {"guidance"}
    assert not offered(app, case) & {"transfer", "assignment_draft", "acceptance"}
    lives.go(app, case, "guidance")
    assert office.state_of(app, case) == "GUIDED" and lives.running(app, case) == {"L9"}
    with office.as_officer(app, "reception"):
        assert db.session.get(Case, case) is not None
    lives.take(app, case, "guidance_follow_up", result=GuidanceResult.REFUSED, what="该院以不属受案范围退回")
    assert office.state_of(app, case) == "TO_FORWARD" and lives.running(app, case) == {"T1"}
    assert {"classification", "guidance"} <= offered(app, case), "nobody is left without a door"


def test_an_accusation_offers_its_keeper_alone(app):
    case = live(app, **ACCUSATION)
    assert offered(app, case) & (ANSWERS | C6_ONLY | {"routing", "transfer", "spot_answer"}) == {"handover"}


@pytest.mark.usefixtures("quick_papers")
def test_reclassified_as_an_accusation_every_part_and_sight_ends(app):
    case = live(app)
    client = office.signed_in(app, "reception")
    form = lives.form_of(app, "classification", matter_kind=MatterKind.ACCUSATION, legal_path=None)
    answer = client.post(lives.address("classification", case), data=form)
    assert answer.status_code == 302 and "/cases/list" in answer.location
    for username in office.CAST:
        with office.as_officer(app, username):
            assert (db.session.get(Case, case) is not None) is (username == "discipline"), username
    with app.app_context():
        assert not [p for p in db.session.scalars(sa.select(Part).where(Part.case_id == case)) if p.active]
        found: Any = db.session.get_one(Case, case)
        assert (found.unit.name, found.legal_path, found.handler) == (lives.DISCIPLINE, None, None)
    first = lives.clock(app, case, "T1")
    assert (first.owner.name, first.started_on) == (lives.DISCIPLINE, office.NOW.date())
    lives.take(app, case, "classification", by="discipline")  # it was none: the desk has it again
    with office.as_officer(app, "reception"):
        assert db.session.get(Case, case) is not None
    with office.as_officer(app, "discipline"):
        assert db.session.get(Case, case) is None
    assert lives.clock(app, case, "T1").owner.name == office.RECEPTION


def test_a_town_accepts_its_own_matter_at_once(app):
    case = live(app, by="town_officer")
    assert lives.running(app, case) == {"T2"} and "acceptance" in offered(app, case)
    lives.take(app, case, "acceptance", by="town_officer")
    assert office.state_of(app, case) == "HANDLING" and lives.running(app, case) == {"T5"}
    assert lives.clock(app, case, "T5").owner.name == office.TOWN
    other = live(app, by="town_officer")
    lives.take(app, other, "transfer")
    assert lives.running(app, other) == {"T3", "T4"}


def test_a_dispute_goes_up_and_ends_with_its_ruling(app):
    case = live(app, "assignment_draft", "assignment", "signing", "objection")
    lives.take(app, case, "dispute", level=Jurisdiction.NEGOTIATION)
    lives.take(app, case, "dispute", level=Jurisdiction.CONFERENCE)
    with office.as_officer(app, "convener"):
        assert db.session.get(Case, case) is not None
    lives.take(app, case, "jurisdiction_ruling", target=office.LABOUR)
    term = lives.clock(app, case, "T11")
    assert (term.owner.name, term.length) == (office.LABOUR, 45), "the term goes with the matter"
    with office.as_officer(app, "land_officer"):
        assert db.session.get(Case, case) is None
    with app.app_context():  # the new unit may object in its turn, and that dispute begins anew
        lives_on: list[tuple[str, str, dict[str, Any]]] = [
            ("objection", "labour_officer", {}),
            ("dispute", "office", {"level": Jurisdiction.NEGOTIATION}),
        ]
    for kind, by, said in lives_on:
        lives.take(app, case, kind, by=by, **said)
    assert office.state_of(app, case) == "DISPUTED"


def test_an_opinion_revoked_is_written_anew_and_may_be_reviewed_again(app):
    case = live(app, *DELIVERED, "review_request", ("review_opinion", {"conclusion": Conclusion.REDO}))
    assert office.state_of(app, case) == "HANDLING" and "T5" in lives.running(app, case)
    with pytest.raises(Refusal):
        lives.take(app, case, "opinion_signing")  # the old draft was signed
    lives.go(app, case, "opinion_draft", "opinion_signing", "delivery")
    assert "review_request" in offered(app, case)


def test_what_another_unit_asked_for_is_not_the_new_ones(app):
    """A draft and a request for extension end with the unit that made them (art. 28, 34)."""
    case = live(app, *HANDLING, "opinion_draft", "extension_request")
    with app.app_context():
        unit = office.unit_named(office.LAND)
        step = operations.Step.__mapper__.polymorphic_map["recusal"].class_
        from app.cases.enums import RecusalGround

        recusal = step(which=unit, ground=RecusalGround.INTEREST, reason="系该地块用地单位")
        found = db.session.get_one(Case, case)
        operations.take(recusal, found, office.officer_named("office"), moment.now(), print_papers=False)
        db.session.commit()
    assert office.state_of(app, case) == "TO_FORWARD"
    lives.take(app, case, "transfer", target=office.LABOUR)
    for kind in ("signing", "acceptance"):
        lives.take(app, case, kind, by="labour_officer")
    possible = offered(app, case)
    assert {"extension_request", "opinion_draft"} <= possible
    assert not {"extension_ruling", "opinion_signing"} & possible


# ---- the hall's own facts ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick_papers")
@pytest.mark.parametrize(
    ("channel", "people", "group"),
    [(Channel.VISIT, 4, False), (Channel.VISIT, 5, True), (Channel.LETTER, 50, False)],
)
def test_five_who_come_together_are_a_group_visit(app, channel, people, group):
    names = ["王秀英"] if channel is Channel.VISIT else []
    case = live(app, channel=channel, people_count=people, representatives=names, companions="李女士（陪同）")
    page = office.signed_in(app, "office").get(f"/cases/show/{case}").text
    assert ("集体访" in page) is group and "李女士（陪同）" in page
