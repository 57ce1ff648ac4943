"""The petitioner's pages: who gets in, what is told and what never is, letters, evaluation, applying for review."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import create_app
from app.cases.enums import Channel, DeliveryWay, LegalPath, PetitionerType, Purpose
from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.db import db
from app.core.models import AuditEntry
from app.documents import operations as papers
from app.documents.models import Document
from app.evaluation.steps import Evaluation, Rating, Subject
from app.organisation.models import Officer
from app.public import access
from app.public.models import LookupFailure
from app.review.models import Conclusion, Superior
from app.review.steps import RecheckRequest, ReviewRequest
from tests.support import office

ID, PHONE = "11010519491231002X", "13812345678"
ANSWER = ("routing", "signing", "acceptance", "handling", "opinion_draft", "opinion_signing")
NOT_FOUND, LOCKED = "没有查到与这两项相符的信访事项", "多次没有查到"
ABSENT = "ZZZZZZZZZZZZ"


def petition(app: Any, *steps: Any, papers: bool = False, **kw: Any) -> tuple[int, str]:
    case = office.register_case(app, **{"id_number": ID, "phone": PHONE} | kw)
    office.drive(app, case, *steps, papers=papers)
    return case, code_of(app, case)


def code_of(app: Any, case: int) -> str:
    with app.app_context():
        return db.session.get_one(Case, case).query_code


def try_in(client: FlaskClient, code: str, proof: str, address: str = "10.0.0.1") -> Any:
    return client.post(
        "/public/", data={"code": code, "proof": proof}, environ_overrides={"REMOTE_ADDR": address}
    )


def inside(app: Any, code: str, proof: str = "002X") -> FlaskClient:
    client = app.test_client()
    answer = try_in(client, code, proof)
    assert answer.status_code == 303 and answer.location == "/public/progress"
    return client


def told(client: FlaskClient) -> str:
    answer = client.get("/public/progress")
    assert answer.status_code == 200, answer.location
    return answer.text


def later(app: Any, **delta: int) -> None:
    app.config["FIXED_NOW"] += dt.timedelta(**delta)


# ---- who gets in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", ["002X", "002x", " 0 0 2 X ", "００２Ｘ"])
def test_code_and_the_end_of_the_document_open_it(app, proof):
    _case, code = petition(app)
    written = f"{code[:4].lower()}-{code[4:8]} {code[8:]}"
    assert try_in(app.test_client(), written, proof).status_code == 303


@pytest.mark.parametrize(
    ("kw", "right", "wrong"),
    [
        ({"id_number": ID}, "002X", "5678"),  # the telephone only where no document was recorded
        ({"id_number": None}, "5678", "1234"),
        ({"id_number": None, "phone": "0917-3201234-801"}, "1234", "0801"),
        ({"id_number": "91350100M000100Y43", "petitioner_type": PetitionerType.LEGAL}, "0Y43", "5678"),
    ],
)
def test_what_proves_it(app, kw, right, wrong):
    _case, code = petition(app, **kw)
    assert NOT_FOUND in try_in(app.test_client(), code, wrong).text
    assert try_in(app.test_client(), code, right).status_code == 303


def test_without_any_number_nobody_gets_in(app):
    _case, code = petition(app, id_number=None, phone=None)
    for proof in ("0000", "    ", "None", "x"):
        assert try_in(app.test_client(), code, proof).status_code == 200, proof


@pytest.mark.parametrize("proof", ["02X", "1002X", "11010519491231002X", "0 02"])
def test_four_characters_no_more_no_fewer(app, proof):
    _case, code = petition(app)
    assert NOT_FOUND in try_in(app.test_client(), code, proof).text


def test_wrong_and_absent_are_told_the_same(app):
    """The same page, the same headers and the same work in the database: nothing says that a code exists."""
    _case, code = petition(app)
    _other, numberless = petition(app, id_number=None, phone=None)
    seen: list[Any] = []
    for tried in (code, ABSENT, numberless, "AB", "无此码"):
        statements: list[str] = []

        def note(conn, cursor, statement, *rest, log=statements):
            log.append(statement)

        with app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            answer = try_in(app.test_client(), tried, "9999", f"10.0.1.{len(seen)}")
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        page = re.sub(r'name="csrf_token"[^>]*', "", answer.text.replace(f'value="{tried}"', 'value=""'))
        headers = {k: v for k, v in answer.headers if k not in ("Set-Cookie", "Content-Length")}
        seen.append((answer.status_code, page, headers, statements))
    assert NOT_FOUND in seen[0][1]
    assert all(one == seen[0] for one in seen)


def test_empty_entries_are_asked_for_and_not_counted(app):
    client = app.test_client()
    answer = client.post("/public/", data={"code": "", "proof": ""})
    assert answer.status_code == 200 and NOT_FOUND not in answer.text and 'aria-invalid="true"' in answer.text
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(LookupFailure.id))) == 0


# ---- guessing --------------------------------------------------------------------------------------------------------


def address(n: int) -> str:
    return f"10.1.0.{n}"


@pytest.mark.parametrize("exists", [True, False])
def test_a_code_is_locked_after_ten_failures(app, exists):
    _case, code = petition(app)
    tried = code if exists else ABSENT
    for n in range(10):
        assert NOT_FOUND in try_in(app.test_client(), tried, "9999", address(n)).text
    answer = try_in(app.test_client(), tried, "002X", address(99))
    assert answer.status_code == 429 and LOCKED in answer.text
    later(app, minutes=14)
    assert try_in(app.test_client(), tried, "002X", address(98)).status_code == 429
    later(app, minutes=1)  # tries while locked did not prolong it
    assert try_in(app.test_client(), tried, "002X", address(97)).status_code == (303 if exists else 200)


def test_an_address_is_locked_after_ten_failures(app):
    _case, code = petition(app)
    for n in range(10):
        assert NOT_FOUND in try_in(app.test_client(), f"{ABSENT[:-2]}{n:02d}", "9999").text
    assert try_in(app.test_client(), code, "002X").status_code == 429
    assert try_in(app.test_client(), code, "002X", "10.0.0.2").status_code == 303  # not locked for others


def test_ones_own_code_does_not_free_an_address_for_guessing_on(app):
    _case, code = petition(app)
    for n in range(10):
        assert try_in(app.test_client(), f"{ABSENT[:-2]}{n:02d}", "9999").status_code == 200
        if n < 9:
            assert try_in(app.test_client(), code, "002X").status_code == 303
    assert try_in(app.test_client(), code, "002X").status_code == 429


def test_a_success_clears_the_codes_count(app):
    _case, code = petition(app)
    for n in range(9):
        try_in(app.test_client(), code, "9999", address(n))
    assert try_in(app.test_client(), code, "002X", address(20)).status_code == 303
    for n in range(9):
        assert NOT_FOUND in try_in(app.test_client(), code, "9999", address(30 + n)).text


def test_old_failures_are_forgotten(app):
    _case, code = petition(app)
    for n in range(9):
        try_in(app.test_client(), code, "9999", address(n))
    later(app, minutes=16)
    for n in range(9):
        assert NOT_FOUND in try_in(app.test_client(), code, "9999", address(n)).text
    later(app, days=2)
    try_in(app.test_client(), ABSENT, "9999")
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(LookupFailure.id))) == 2


def test_guesses_at_once_are_counted_one_by_one(app):
    """Sixteen at the same moment: ten are looked at, no more, on both databases."""
    _case, code = petition(app)

    def guess(n: int) -> int:
        return int(try_in(app.test_client(), code, "9999", address(n)).status_code)

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(guess, range(16)))
    assert answers == [200] * 10 + [429] * 6


def test_what_is_counted_tells_nothing_and_the_trail_knows(app):
    _case, code = petition(app)
    try_in(app.test_client(), code, "9999", "203.0.113.7")
    try_in(app.test_client(), code, "002X", "203.0.113.8")
    with app.app_context():
        kept = db.session.execute(sa.select(LookupFailure.mark)).scalars().all()
        assert len(kept) == 3 and not any(code in mark or "203." in mark for mark in kept)
        events = list(db.session.scalars(sa.select(AuditEntry.event).order_by(AuditEntry.id)))
        assert events[-2:] == ["look-up refused", "looked up"]
        entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.event.like("look%"))).all()
        assert not any(code in str(entry.detail) for entry in entries)


@pytest.mark.slow
def test_a_flood_is_slowed_before_it_reaches_the_database(sqlite_app):
    hurried = create_app(dict(sqlite_app.config) | {"RATELIMIT_ENABLED": True})
    client = hurried.test_client()
    answers = [client.post("/public/", data={"code": "", "proof": ""}).status_code for _ in range(31)]
    with hurried.app_context():
        db.engine.dispose()  # the office's file is replaced for the next test
    assert answers == [200] * 30 + [429]


# ---- the quarter of an hour ------------------------------------------------------------------------------------------


def test_the_note_lasts_a_quarter_of_an_hour_after_the_last_page(app):
    _case, code = petition(app)
    client = inside(app, code)
    later(app, minutes=14)
    told(client)
    later(app, minutes=14)
    told(client)
    later(app, minutes=16)
    answer = client.get("/public/progress")
    assert (answer.status_code, answer.location) == (303, "/public/")
    assert "为保护您的信息" in client.get("/public/").text


def test_a_note_cannot_be_made_or_changed(app):
    case, code = petition(app)
    client = inside(app, code)
    with client.session_transaction() as session:
        note = session[access.NOTE]
        session[access.NOTE] = note[:-2] + ("AA" if note[-2:] != "AA" else "BB")
    assert client.get("/public/progress").status_code == 303
    for forged in ("", "x", f'{{"case": {case}}}', 7, None, {"case": case, "until": "2030-01-01"}):
        client = app.test_client()
        with client.session_transaction() as session:
            session[access.NOTE] = forged
        assert client.get("/public/progress").status_code == 303, forged


@pytest.mark.parametrize("path", ["progress", "evaluate", "review", "recheck", "letter/ABCDEFGHJKLM"])
def test_without_a_note_there_is_nothing(app, path):
    answer = app.test_client().get(f"/public/{path}")
    assert (answer.status_code, answer.location) == (303, "/public/")


def test_leaving_leaves_nothing(app):
    _case, code = petition(app)
    client = inside(app, code)
    assert client.post("/public/leave").status_code == 303
    with client.session_transaction() as session:
        assert access.NOTE not in session
    assert client.get("/public/progress").status_code == 303


def test_pages_are_kept_by_nobody_and_hold_no_script(app):
    case, code = petition(app, *ANSWER, "delivery", papers=True)
    client = inside(app, code)
    for path in ("", "progress", "evaluate", "review"):
        answer = client.get(f"/public/{path}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store" and "noindex" in answer.headers["X-Robots-Tag"]
        assert (
            answer.headers["Referrer-Policy"] == "same-origin" and answer.headers["X-Frame-Options"] == "DENY"
        )
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and "script-src" not in policy
        assert "<script" not in answer.text and not re.search(r'\son\w+="', answer.text)
        assert 'name="robots" content="noindex' in answer.text and 'lang="zh-CN"' in answer.text
        addresses = re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
        assert addresses and all(a.startswith(("/public/", "/static/", "#")) for a in addresses)
        assert not any(re.search(rf"(?<!\d){case}(?!\d)", a) for a in addresses if a.startswith("/public"))
        assert "/login" not in answer.text and "navbar" not in answer.text


def test_forms_are_protected_also_over_https(app):
    app.config["WTF_CSRF_ENABLED"] = True
    _case, code = petition(app)
    client = app.test_client()
    assert try_in(client, code, "002X").status_code == 400
    page = client.get("/public/", base_url="https://office.example").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    answer = client.post(
        "/public/", data={"code": code, "proof": "002X", "csrf_token": token[1]},
        base_url="https://office.example", headers={"Referer": "https://office.example/public/"},
    )  # fmt: skip
    assert answer.status_code == 303


# ---- what is told ----------------------------------------------------------------------------------------------------

STATES = [
    ((), "您的信访事项已由云岭区信访接待大厅登记", "最迟2026年3月17日", "第22条 15日"),
    (("routing",), "您的信访事项已转云岭区自然资源局，等待签收", "最迟2026年3月17日", "第23条 15日"),
    (("routing", "signing"), "已签收您的信访事项，正在审查是否受理", "书面告知您是否受理", "第23条"),
    (("routing", "objection"), "提出该事项不属于本单位职权", "确定由谁办理", "第23条"),
    (("routing", "signing", "acceptance"), "已受理您的信访事项，正在办理", "最迟2026年5月6日", "第34条 60日"),
    (("routing", "signing", "acceptance", "extension_request", "extension_ruling"), "不能再次延长",
     "最迟2026年6月1日", "第34条 90日"),
    (ANSWER, "已作出答复，将送达给您", "从收到之日起算", "已于2026年3月2日完成"),
    ((*ANSWER, "delivery"), "的答复已送达给您", "请求云岭区人民政府复查", "截止日期： <b>2026年4月1日"),
    ((*ANSWER, "delivery", "closing"), "已答复、已办结", "申请复查", "对信访部门和责任单位各评价一次"),
    (("routing", "signing", "non_acceptance"), "不予受理，告知书写明了理由", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "now", "follows", "law"), STATES, ids=lambda value: str(len(str(value))))
def test_where_it_stands(app, steps, now, follows, law):
    _case, code = petition(app, *steps)
    page = told(inside(app, code))
    for sentence in (now, follows, law):
        assert sentence in page
    assert "XF2026030001" in page and "2026年3月2日登记" in page


@pytest.mark.parametrize(
    ("kw", "follows", "last"),
    [
        ({"by": "town_officer"}, "书面告知您是否受理", "2026年3月17日"),  # T2: its own matter
        (
            {"channel": Channel.SUPERIOR, "national": True},
            "转",
            "2026年3月6日",
        ),  # T1a: four of the fifteen days
    ],
)
def test_by_when_the_first_word_comes(app, kw, follows, last):
    _case, code = petition(app, **kw)
    page = told(inside(app, code))
    assert f"最迟{last}" in page and follows in page


def test_a_term_that_is_over_says_so(app):
    _case, code = petition(app, "routing")
    later(app, days=20)
    page = told(inside(app, code))
    assert "最迟2026年3月17日 · 已超期" in page and "已超期" in page


def test_the_review_chain_is_told(app):
    case, code = petition(app, *ANSWER, "delivery")
    at = app.config["FIXED_NOW"]
    by: dict[str, Any] = {"by": "office"}
    today = at.date()
    opinion = {"conclusion": Conclusion.MAINTAINED, "findings": "属实", "basis": "条例", "opinion": "维持"}
    office.drive(app, case, ("review_request", {"received_on": today, "reason": "不服"}), **by)
    page = told(inside(app, code))
    assert "云岭区人民政府正在复查" in page and "第35条 30日" in page and "最迟2026年4月1日" in page
    office.drive(app, case, ("review_opinion", opinion), **by)
    assert "云岭区人民政府已作出复查意见" in told(inside(app, code))
    receipt = {"way": DeliveryWay.POST, "received_on": today, "receiver": "本人"}
    office.drive(app, case, ("review_delivery", receipt), **by)
    page = told(inside(app, code))
    assert "书面请求上一级人民政府复核" in page and "第36条" in page
    office.drive(app, case, ("recheck_request", {"received_on": today, "reason": "不服"}), **by)
    office.drive(app, case, ("hearing_start", {"since": today, "place": "市信访局"}), **by)
    page = told(inside(app, code))
    assert (
        "上一级人民政府正在复核" in page
        and "听证所需时间不计算在内（第36条）" in page
        and "市信访局" not in page
    )
    office.drive(app, case, ("hearing_end", {"until": today, "record": "笔录"}), **by)
    last = {"conclusion": Conclusion.MAINTAINED, "number": "市政信复核〔2026〕1号", "opinion": "维持"}
    office.drive(app, case, ("recheck_opinion", last), **by)
    assert "最终意见（第36条）" in told(inside(app, code))


def test_c5_has_that_laws_remedy_and_no_review(app):
    reply = {"findings": "属实", "basis": "土地管理法", "decision": "责令改正", "remedy": "可以申请行政复议"}
    steps = (
        ("routing", {"legal_path": LegalPath.C5}),
        "signing",
        "acceptance",
        ("statutory_reply", reply),
        "delivery",
    )
    _case, code = petition(app, *steps)
    client = inside(app, code)
    page = told(client)
    assert "行政复议" in page and "申请复查" not in page
    assert client.get("/public/review").status_code == 303


SECRETS: dict[str, Any] = {
    "petitioner_name": "欧阳秀英", "address": "龙泉镇柳树村三组17号", "title": "反映村主任孙某某侵占补偿款",
    "request": "请求孙某某退还补偿款", "facts": "孙某某于六月领走", "place": "柳树村晒谷场",
}  # fmt: skip


def test_nothing_personal_is_ever_shown(app):
    """No petitioner, no number, no address, no officer, nothing anybody wrote, at any step."""
    written = {
        "handling": {"what": "与孙某某谈话记录"},
        "extension_request": {"days": 30, "reason": "等待孙某某到场"},
    }
    draft = {**office.FACTS["opinion_draft"], "findings": "孙某某已退还", "opinion": "由孙某某退还"}
    case, code = petition(app, **SECRETS, representatives=["诸葛大明"])
    office.register_case(app, petitioner_name="别人", id_number="34052419800101001X", title="别的事项")
    with app.app_context():
        names = [officer.get_full_name() for officer in db.session.scalars(sa.select(Officer))]
        phones = [unit.phone for unit in db.session.scalars(sa.select(office.Unit)) if unit.phone]
    secrets = [
        *SECRETS.values(),
        ID,
        ID[:6],
        PHONE,
        PHONE[-4:],
        "孙某某",
        "诸葛大明",
        "别的事项",
        "XF2026030002",
    ]
    secrets += [*names, *phones]
    client = inside(app, code)
    steps: list[Any] = ["routing", "signing", "acceptance", *written.items(), "extension_ruling",
                        ("opinion_draft", draft), "opinion_signing",
                        ("delivery", {"receiver": "欧阳秀英", "note": "孙某某代收"}), "closing"]  # fmt: skip
    for step in [None, *steps]:
        if step is not None:
            office.drive(app, case, step)
        page = told(client)
        found = [secret for secret in secrets if secret in page]
        assert not found, (step, found)
    for path in ("evaluate", "review"):
        page = client.get(f"/public/{path}").text
        assert not [secret for secret in secrets if secret in page], path


def test_of_an_accusation_only_that_it_was_received_and_handed_on(app):
    kw: dict[str, Any] = {"purpose": Purpose.ACCUSATION, "accused": "孙某某", "category": "纪检监察"}
    case, code = petition(app, **kw)
    client = inside(app, code)
    page = told(client)
    assert "您的检举控告已收到，将转有权处理的机关" in page and "依法保密（第30条）" in page
    office.drive(app, case, ("handover", {"organ": "某市纪委监委"}), by="discipline")
    page = told(client)
    assert "并已转有权处理的机关" in page
    for word in (
        "孙某某",
        "纪委",
        "纪律检查",
        "自然资源局",
        "第22条",
        "最迟",
        "评价",
        "复查",
        "文书",
        "严肃",
    ):
        assert word not in page, word
    assert (
        client.get("/public/evaluate").status_code == 303 and client.get("/public/review").status_code == 303
    )


def test_there_is_no_step_without_words(app):
    """Every state a petition can be in has its sentence; every step that is told is one that exists."""
    from app.cases.enums import State
    from app.cases.steps import Step
    from app.public import progress, story

    assert set(State) - set(progress.NOW) == {State.HANDED_OVER}  # accusations alone: said elsewhere
    assert set(story.TOLD) <= set(Step.__mapper__.polymorphic_map)


# ---- letters ---------------------------------------------------------------------------------------------------------


def letters(page: str) -> list[str]:
    return re.findall(r'href="(/public/letter/\w+)"', page)


def test_letters_come_with_their_delivery(app):
    case, code = petition(app, *ANSWER, papers=True)
    client = inside(app, code)
    page = told(client)
    assert "受理告知书" in page and "信访处理意见书" not in page and len(letters(page)) == 1
    with app.app_context():
        query = sa.select(Document).where(Document.case_id == case, Document.kind.has(code="D11"))
        hidden = db.session.scalars(query).one().code
    assert client.get(f"/public/letter/{hidden}").status_code == 404
    office.drive(app, case, "delivery", papers=True)
    page = told(client)
    assert "信访处理意见书" in page and "云资访答〔2026〕1号" in page and "送达回证" not in page
    answer = client.get(f"/public/letter/{hidden}")
    assert (
        answer.status_code == 200 and answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF")
    )
    assert answer.headers["Cache-Control"] == "no-store"
    with app.app_context():
        assert db.session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "letter read")).one()


def test_letters_of_offices_and_of_others_are_not_there(app):
    """Transfer letter, receipt, register form: never. Another petition's letter: never."""
    _mine, code = petition(app, *ANSWER, "delivery", papers=True)
    other, _code = petition(app, *ANSWER, "delivery", papers=True, id_number="34052419800101001X")
    client = inside(app, code)
    mine = set(letters(told(client)))
    with app.app_context():
        every = {paper.code for paper in db.session.scalars(sa.select(Document))}
        theirs = {
            paper.code for paper in db.session.scalars(sa.select(Document).where(Document.case_id == other))
        }
    assert len(mine) == 2 and len(every) > 4
    for paper in theirs | (every - {link.rsplit("/", 1)[1] for link in mine}):
        assert client.get(f"/public/letter/{paper}").status_code == 404


def test_an_agreement_is_read_by_who_made_it(app):
    """调解协议书 is the answer of its case: it comes with its delivery (art. 33)."""
    case, code = petition(app, "routing", "signing", "acceptance", "mediation", papers=True)
    client = inside(app, code)
    assert "调解（和解）协议书" not in told(client)
    office.drive(app, case, "delivery", papers=True)
    page = told(client)
    assert "调解（和解）协议书" in page and len(letters(page)) == 2
    assert all(client.get(link).status_code == 200 for link in letters(page))


def test_a_void_letter_disappears(app):
    case, code = petition(app, "routing", "signing", "acceptance", papers=True)
    with app.app_context():
        paper = db.session.scalars(sa.select(Document).where(Document.kind.has(code="D03"))).one()
        papers.void(paper, "文号有误", app.config["FIXED_NOW"])
        db.session.commit()
    assert not letters(told(inside(app, code)))
    assert case


# ---- evaluation ------------------------------------------------------------------------------------------------------


def test_both_are_evaluated_once(app):
    case, code = petition(app, *ANSWER, "delivery")
    client = inside(app, code)
    page = client.get("/public/evaluate").text
    assert page.count('type="radio"') == 6 and "信访部门" in page and "责任单位" in page
    data = {"BUREAU": "SATISFIED", "UNIT": "UNSATISFIED", "words": "太慢\x0b了\r\n请快些"}
    assert client.post("/public/evaluate", data=data).location == "/public/progress"
    assert "您的评价已记录" in (page := told(client)) and "您评价了责任单位：不满意" in page
    with app.app_context():
        steps = db.session.scalars(sa.select(Evaluation).order_by(Evaluation.id)).all()
        assert [(s.subject, s.rating) for s in steps] == [
            (Subject.BUREAU, Rating.SATISFIED), (Subject.UNIT, Rating.UNSATISFIED)
        ]  # fmt: skip
        assert all(s.officer is None and not s.on_behalf and "本人" in s.note for s in steps)
        assert "本人评价" in steps[0].story() and steps[0].words == "太慢了\n请快些"
        assert [c.code for c in db.session.get_one(Case, case).clocks if c.code == "L7"] == ["L7"]
    assert client.post("/public/evaluate", data=data).location == "/public/progress"
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Evaluation.id))) == 2


def test_one_now_the_other_later(app):
    _case, code = petition(app, *ANSWER, "delivery")
    client = inside(app, code)
    client.post("/public/evaluate", data={"UNIT": "FAIRLY"})
    page = client.get("/public/evaluate").text
    assert page.count('type="radio"') == 3 and 'name="UNIT"' not in page
    client.post("/public/evaluate", data={"UNIT": "UNSATISFIED", "BUREAU": "FAIRLY"})
    with app.app_context():
        assert [s.rating for s in db.session.scalars(sa.select(Evaluation))] == [Rating.FAIRLY, Rating.FAIRLY]


@pytest.mark.parametrize(
    "data", [{}, {"words": "好"}, {"UNIT": "EXCELLENT"}, {"UNIT": "FAIRLY", "words": "好" * 501}]
)
def test_an_evaluation_that_says_nothing_is_not_taken(app, data):
    _case, code = petition(app, *ANSWER, "delivery")
    client = inside(app, code)
    assert client.post("/public/evaluate", data=data).status_code == 200
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Evaluation.id))) == 0


def test_the_window_closes(app):
    _case, code = petition(app, *ANSWER, "delivery")
    later(app, days=31)
    client = inside(app, code)
    assert "/public/evaluate" not in told(client)
    assert client.post("/public/evaluate", data={"UNIT": "FAIRLY"}).status_code == 303
    assert "评价期限已过" in told(client)


def test_officers_do_it_for_nobody_here(app):
    """评价 must be the petitioner's own: a browser that is signed in as an officer sends nothing in."""
    case, code = petition(app, *ANSWER, "delivery")
    client = office.signed_in(app, "reception")
    assert try_in(client, code, "002X").status_code == 303
    assert "工作人员身份登录" in client.post("/public/evaluate", data={"UNIT": "SATISFIED"}).text
    assert "工作人员身份登录" in client.post("/public/review", data={"reason": "对面积不服"}).text
    assert office.state_of(app, case) == "DELIVERED"
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Evaluation.id))) == 0


# ---- applying for review ---------------------------------------------------------------------------------------------


def test_review_is_asked_for(app):
    case, code = petition(app, *ANSWER, "delivery")
    later(app, days=30)
    client = inside(app, code)
    page = client.get("/public/review").text
    assert "云岭区人民政府" in page and "2026年4月1日" in page and "第35条" in page
    assert (
        client.post("/public/review", data={"reason": "面积不实，请\x0b重新测量"}).location
        == "/public/progress"
    )
    assert "您的复查申请今天已收到" in told(client)
    assert office.state_of(app, case) == "REVIEW"
    with app.app_context():
        step = db.session.scalars(sa.select(ReviewRequest)).one()
        assert (step.officer, step.received_on, step.late) == (None, dt.date(2026, 4, 1), False)
        assert step.reason == "面积不实，请重新测量" and step.body == "云岭区人民政府"
        t8 = db.session.scalars(sa.select(Clock).where(Clock.code == "T8")).one()
        assert (t8.started_on, t8.owner.name) == (dt.date(2026, 4, 1), office.CONFERENCE)
    assert client.get("/public/review").status_code == 303  # once


@pytest.mark.parametrize("reason", ["", "   ", "不服", "长" * 3001])
def test_a_request_says_why(app, reason):
    case, code = petition(app, *ANSWER, "delivery")
    answer = inside(app, code).post("/public/review", data={"reason": reason})
    assert answer.status_code == 200 and 'aria-invalid="true"' in answer.text
    assert office.state_of(app, case) == "DELIVERED"


def test_the_thirty_days_of_review_end(app):
    case, code = petition(app, *ANSWER, "delivery")
    later(app, days=31)
    client = inside(app, code)
    assert "/public/review" not in told(client)
    assert client.post("/public/review", data={"reason": "面积不实"}).status_code == 303
    assert office.state_of(app, case) == "DELIVERED"


def outside(app: Any, **said: Any) -> None:
    with app.app_context():
        db.session.execute(sa.update(Superior).values(**said))
        db.session.commit()


def test_a_request_for_a_body_outside_is_taken_in_and_passed_on(app, client):
    """As at the counter: recorded today, owed by the body; that it gets there is the office's duty."""
    outside(app, review_external=True, review_body="宝山市人民政府")
    case, code = petition(app, *ANSWER, "delivery")
    visitor = inside(app, code)
    page = told(visitor)
    assert "请求宝山市人民政府复查" in page and "登记您的申请并转交宝山市人民政府" in page
    assert visitor.post("/public/review", data={"reason": "面积不实，请重测"}).location == "/public/progress"
    assert office.state_of(app, case) == "REVIEW"
    with app.app_context():
        clocks = {c.code: c for c in db.session.get_one(Case, case).clocks if c.stopped_on is None}
        assert clocks["T8"].owner is None and clocks["T8"].started_on == dt.date(2026, 3, 2)
        l8 = clocks["L8"]
        assert (l8.owner.name, l8.due_legal, l8.rule.local) == (office.CONFERENCE, dt.date(2026, 3, 4), True)
    desk = client("office")
    assert "转交复查、复核申请" in desk.get("/queue/list/").text
    address = f"/requestforwardedview/add/{case}"
    assert "转交方式" in desk.post(address, data={"sent_by": " "}).text
    assert desk.post(address, data={"sent_by": "EMS 1043，市政府收发室"}).status_code == 302
    with app.app_context():
        assert "L8" not in [c.code for c in db.session.get_one(Case, case).clocks if c.stopped_on is None]
    assert "信访局已转交您的申请" in told(visitor) and "EMS" not in told(visitor)
    assert "没有待转交的申请" in desk.get(address, follow_redirects=True).text


def test_taken_in_at_the_counter_nothing_waits_to_be_passed_on(app):
    outside(app, review_external=True)
    case, _code = petition(app, *ANSWER, "delivery")
    office.drive(app, case, "review_request", by="office")
    with app.app_context():
        assert "L8" not in [c.code for c in db.session.get_one(Case, case).clocks]


REVIEWED = (*ANSWER, "delivery", "review_request", "review_opinion", "review_delivery")


@pytest.mark.parametrize("more", [(), ("closing",), ("closing", "settling")], ids=str)
def test_re_examination_is_asked_for(app, more):
    """The body above the review, mostly outside the district (art. 36); until the last day, closed or not."""
    outside(app, recheck_body="宝山市人民政府")
    case, code = petition(app, *REVIEWED, *more)
    later(app, days=30)  # 1 April
    client = inside(app, code)
    page = told(client)
    assert "申请复核" in page and 'href="/public/recheck"' in page and 'href="/public/review"' not in page
    page = client.get("/public/recheck").text
    for said in (
        "宝山市人民政府",
        "2026年4月1日",
        "第36条",
        "听证所需时间不计算在内",
        'action="/public/recheck"',
    ):
        assert said in page, said
    answer = client.post("/public/recheck", data={"reason": "复查认定的\x0b面积仍不实"})
    assert answer.location == "/public/progress"
    page = told(client)
    assert "您的复核申请今天已收到" in page and "宝山市人民政府正在复核" in page and "仍不实" not in page
    assert office.state_of(app, case) == "RECHECK"
    with app.app_context():
        step = db.session.scalars(sa.select(RecheckRequest)).one()
        assert (step.officer, step.received_on, step.late) == (None, dt.date(2026, 4, 1), False)
        assert (step.reason, step.body, step.external) == ("复查认定的面积仍不实", "宝山市人民政府", True)
        clocks = {c.code: c for c in db.session.get_one(Case, case).clocks if c.stopped_on is None}
        assert clocks["T10"].owner is None and clocks["L8"].owner.name == office.CONFERENCE
    assert client.get("/public/recheck").status_code == 303  # once


def test_re_examination_within_the_district_waits_for_nobody_to_pass_it_on(app):
    outside(app, recheck_body="云岭区人民政府", recheck_external=False)
    case, code = petition(app, *REVIEWED)
    client = inside(app, code)
    assert "转交" not in told(client)
    client.post("/public/recheck", data={"reason": "复查认定的面积仍不实"})
    with app.app_context():
        clocks = {c.code: c for c in db.session.get_one(Case, case).clocks if c.stopped_on is None}
        assert clocks["T10"].owner.name == office.CONFERENCE and "L8" not in clocks


@pytest.mark.parametrize(
    "steps",
    [ANSWER, (*ANSWER, "delivery"), (*ANSWER, "delivery", "review_request"), REVIEWED[:-1],
     (*REVIEWED, "recheck_request"), (*REVIEWED, "recheck_request", "recheck_opinion")],
    ids=lambda steps: steps[-1],
)  # fmt: skip
def test_re_examination_follows_the_review(app, steps):
    """Not before the review opinion was delivered, not twice, not after the final opinion."""
    case, code = petition(app, *steps)
    before = office.state_of(app, case)
    client = inside(app, code)
    assert "/public/recheck" not in told(client)
    answer = client.post("/public/recheck", data={"reason": "复查认定的面积仍不实"})
    assert answer.location == "/public/progress" and "现在不能在这里申请复核" in told(client)
    assert office.state_of(app, case) == before


def test_the_thirty_days_of_re_examination_end(app):
    case, code = petition(app, *REVIEWED)
    later(app, days=31)
    client = inside(app, code)
    assert "/public/recheck" not in told(client)
    assert client.post("/public/recheck", data={"reason": "复查认定的面积仍不实"}).status_code == 303
    assert office.state_of(app, case) == "REVIEWED"


def test_what_an_outside_body_answers_first_needs_no_passing_on(app):
    case, code = petition(app, *REVIEWED)
    inside(app, code).post("/public/recheck", data={"reason": "复查认定的面积仍不实"})
    later(app, days=10)  # longer than the two working days
    office.drive(app, case, "recheck_opinion")
    with app.app_context():
        clocks = db.session.get_one(Case, case).clocks
        assert not [c for c in clocks if c.duty and c.stopped_on is None]
        last = db.session.scalars(
            sa.select(Step).where(Step.case_id == case).order_by(Step.id.desc())
        ).first()
        assert last is not None and (last.kind, last.late) == ("recheck_opinion", False)


def test_what_was_written_too_long_is_given_back(app):
    case, code = petition(app, *ANSWER, "delivery")
    client = inside(app, code)
    later(app, minutes=16)
    answer = client.post("/public/review", data={"reason": "<b>面积</b>不实"})
    assert (
        answer.status_code == 200
        and "&lt;b&gt;面积&lt;/b&gt;不实" in answer.text
        and "内容没有提交" in answer.text
    )
    assert office.state_of(app, case) == "DELIVERED"


def test_the_office_sees_what_came_in(app, client):
    case, code = petition(app, *ANSWER, "delivery")
    inside(app, code).post("/public/review", data={"reason": "面积不实，请重新测量"})
    page = client("office").get(f"/cases/show/{case}").text
    assert "面积不实，请重新测量" in page and "信访人本人在群众查询页提交" in page
