"""A hotline or web form hands petitions in: known accounts, once a reference, refused with a reason per field."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases.enums import Channel, MatterKind, PetitionerType, Purpose, State
from app.cases.intake import IntakeReceipt
from app.cases.models import Case
from app.core.db import db
from app.documents.models import Document
from tests.support import office

ADDRESS = "/api/v1/intake/"
LETTER: dict[str, Any] = {
    "external_ref": "12345-2026-000017",
    "channel": "HOTLINE",
    "purpose": "CLAIM",
    "petitioner_name": "王秀英",
    "id_number": "11010519491231002X",
    "phone": "138 0000 0000",
    "address": "龙泉镇柳树村三组",
    "category": "",
    "place": "龙泉镇柳树村",
    "request": "请求足额发放征地补偿款",
    "facts": "2025年6月征地，至今只收到一半。",
}


@pytest.fixture
def letter(app):
    with app.app_context():
        return LETTER | {"category": office.case_of().category.code}


def bearer(app: Any, who: str = "hotline") -> dict[str, str]:
    sign_in = {"username": who, "password": office.PASSWORD, "provider": "db"}
    answer = app.test_client().post("/api/v1/security/login", json=sign_in)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def hand_in(app: Any, sent: Any, headers: dict[str, str] | None = None) -> Any:
    return app.test_client().post(ADDRESS, json=sent, headers=bearer(app) if headers is None else headers)


def count(app: Any, model: Any = Case) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def errors(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    assert all(isinstance(said, str) and said for said in answer.json["errors"].values())
    return answer.json["errors"]


# ---- handed in -------------------------------------------------------------------------------------------------------


def test_it_is_registered_like_any_petition(app, letter):
    answer = hand_in(app, letter)
    assert answer.status_code == 201 and set(answer.json) == {"number", "query_code"}
    with app.app_context():
        case = db.session.scalars(sa.select(Case)).one()
        assert (case.number, case.query_code) == (answer.json["number"], answer.json["query_code"])
        assert (case.channel, case.kind, case.state) == (Channel.HOTLINE, MatterKind.CLAIM, State.REGISTERED)
        assert (case.phone, case.first_time, case.people_count) == ("13800000000", True, 1)
        assert case.registered_at == office.NOW and case.registered_unit.name == office.CONFERENCE
        assert [c.code for c in case.clocks] == ["T1"]
        papers = db.session.scalars(sa.select(Document.title).order_by(Document.id)).all()
        assert len(papers) == 2


def test_the_query_code_opens_the_public_page(app, letter):
    code = hand_in(app, letter).json["query_code"]
    answer = app.test_client().post("/public/", data={"code": code, "proof": "002X"})
    assert answer.status_code == 303


def test_everything_that_may_be_said(app, letter):
    sent = letter | {
        "channel": "WEB", "purpose": "SUGGESTION", "petitioner_type": "LEGAL", "id_number": "91350100M000100Y43",
        "people_count": 12, "involved_count": 300, "representatives": ["王秀英", "张福来"], "title": "建议修路",
    }  # fmt: skip
    assert hand_in(app, sent).status_code == 201
    with app.app_context():
        case = db.session.scalars(sa.select(Case)).one()
        assert (case.purpose, case.petitioner_type) == (Purpose.SUGGESTION, PetitionerType.LEGAL)
        assert (case.people_count, case.involved_count, case.title) == (12, 300, "建议修路")
        assert [r.name for r in case.representatives] == ["王秀英", "张福来"]


def test_an_accusation_goes_to_its_keeper(app, letter, client):
    sent = letter | {"purpose": "ACCUSATION", "accused": "孙某", "accused_unit": "龙泉镇"}
    assert hand_in(app, sent).status_code == 201
    with app.app_context():
        case = db.session.scalars(sa.select(Case)).one()
        assert case.unit.name == "中共云岭区纪律检查委员会" and case.accused_unit.name == "龙泉镇"
        number = case.id
    assert client("office").get(f"/cases/show/{number}").status_code == 404
    assert client("town_officer").get(f"/cases/show/{number}").status_code == 404


# ---- once a reference ------------------------------------------------------------------------------------------------


def test_sent_twice_is_one_petition(app, letter):
    headers = bearer(app)
    first = hand_in(app, letter, headers)
    again = hand_in(app, dict(reversed(letter.items())), headers)
    assert (first.status_code, again.status_code) == (201, 200) and first.json == again.json
    assert count(app) == count(app, IntakeReceipt) == 1


def test_a_reference_stands_for_its_content(app, letter):
    headers = bearer(app)
    hand_in(app, letter, headers)
    answer = hand_in(app, letter | {"request": "另一请求"}, headers)
    assert answer.status_code == 409 and "内容不同" in answer.json["message"]
    assert hand_in(app, letter | {"external_ref": "12345-2026-000018"}, headers).status_code == 201
    assert count(app) == 2


def test_references_of_two_senders_do_not_meet(app, letter):
    with app.app_context():
        hotline, second = office.officer_named("hotline"), office.officer_named("labour_officer")
        second.roles = [*second.roles, *hotline.roles]
        db.session.commit()
    one = hand_in(app, letter)
    other = hand_in(app, letter, bearer(app, "labour_officer"))
    assert (one.status_code, other.status_code) == (201, 201) and one.json != other.json


def test_sent_at_once_is_one_petition(app, letter):
    headers = bearer(app)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: hand_in(app, letter, headers), range(4)))
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 201]
    assert len({a.json["number"] for a in answers}) == 1 and count(app) == 1


def test_a_receipt_is_never_changed(app, letter):
    hand_in(app, letter)
    for statement in (sa.update(IntakeReceipt).values(digest="x"), sa.delete(IntakeReceipt)):
        with app.app_context(), pytest.raises(Exception, match="append-only"):
            db.session.execute(statement.execution_options(synchronize_session=False))


def test_what_was_refused_may_be_sent_again_mended(app, letter):
    headers = bearer(app)
    assert hand_in(app, letter | {"address": ""}, headers).status_code == 422
    assert hand_in(app, letter, headers).status_code == 201
    with app.app_context():
        assert db.session.scalars(sa.select(Case.number)).one() == "XF2026030001"  # no number was lost


# ---- refused, each with its reason -----------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"petitioner_name": "  "}, {"petitioner_name": "第19条"}),
    ({"petitioner_name": None}, {"petitioner_name": "第19条"}),
    ({"petitioner_name": 7}, {"petitioner_name": "类型"}),
    ({"petitioner_name": "长" * 61}, {"petitioner_name": "60"}),
    ({"petitioner_name": "王\0英"}, {"petitioner_name": "控制字符"}),
    ({"petitioner_name": "王\ud800英"}, {"petitioner_name": "控制字符"}),
    ({"address": "", "request": "", "facts": ""}, {"address": "第19条", "request": "第19条", "facts": "第19条"}),
    ({"id_number": "110105194912310021"}, {"id_number": "校验"}),
    ({"id_number": "110105194912310021", "people_count": 6, "phone": "1"}, {"id_number": "校验"}),
    ({"phone": "12"}, {"phone": "电话"}),
    ({"people_count": 0}, {"people_count": "人数"}),
    ({"people_count": "12"}, {"people_count": "类型"}),
    ({"people_count": 1.5}, {"people_count": "类型"}),
    ({"people_count": 10**30}, {"people_count": "人数"}),
    ({"involved_count": -1}, {"involved_count": "人数"}),
    ({"representatives": ["甲", "乙", "丙", "丁", "戊", "己"]}, {"representatives": "第20条"}),
    ({"representatives": ["甲", ""]}, {"representatives": "填写"}),
    ({"representatives": "甲"}, {"representatives": "类型"}),
    ({"channel": "VISIT"}, {"channel": "自行登记"}),
    ({"channel": "PIGEON"}, {"channel": "代码"}),
    ({"channel": ["HOTLINE"]}, {"channel": "代码"}),
    ({"purpose": None}, {"purpose": "填写"}),
    ({"category": "0"}, {"category": "代码"}),
    ({"accused_unit": "没有的单位"}, {"accused_unit": "单位"}),
    ({"external_ref": ""}, {"external_ref": "编号"}),
    ({"external_ref": 17}, {"external_ref": "类型"}),
    ({"external_ref": "x" * 81}, {"external_ref": "80"}),
    ({"external_ref": "a\0b"}, {"external_ref": "控制字符"}),
    ({"number": "XF2020010001"}, {"number": "没有这个字段"}),
    ({"state": "CLOSED", "registered_at": "2020-01-01"}, {"state": "字段", "registered_at": "字段"}),
    ({"first_time": False}, {"first_time": "字段"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), REFUSED, ids=lambda value: ",".join(value))
def test_refused_with_a_reason_per_field(app, letter, change, said):
    found = errors(hand_in(app, letter | change))
    assert set(found) == set(said)
    for field, part in said.items():
        assert part in found[field], found
    assert count(app) == 0


@pytest.mark.parametrize("field", ["external_ref", "channel", "purpose", "petitioner_name", "address", "category",
                                   "request", "facts"])  # fmt: skip
def test_what_must_be_said(app, letter, field):
    del letter[field]
    assert set(errors(hand_in(app, letter))) == {field}


@pytest.mark.parametrize("sent", [[], "x", 7, None, [LETTER], {}])
def test_no_petition_at_all(app, sent):
    answer = app.test_client().post(
        ADDRESS, data=json.dumps(sent), headers=bearer(app), content_type="application/json"
    )
    assert answer.status_code == 422 and answer.json["errors"]


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe{}", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"request=x", "application/x-www-form-urlencoded", 415),
        (b'{"facts": "' + b"x" * 140_000 + b'"}', "application/json", 413),
    ],
    ids=lambda value: str(value)[:20],
)
def test_only_json_of_a_decent_size(app, data, kind, status):
    answer = app.test_client().post(ADDRESS, data=data, content_type=kind, headers=bearer(app))
    assert answer.status_code == status and answer.json["message"]
    assert count(app) == 0


# ---- who -------------------------------------------------------------------------------------------------------------


def test_nobody_unknown(app, letter):
    assert app.test_client().post(ADDRESS, json=letter).status_code == 401
    answer = app.test_client().post(ADDRESS, json=letter, headers={"Authorization": "Bearer x.y.z"})
    assert answer.status_code in (401, 422)
    assert count(app) == 0


@pytest.mark.parametrize("who", [name for name in office.CAST if name != "hotline"])
def test_no_officer_but_the_channels_account(sqlite_app, who):
    client = office.signed_in(sqlite_app, who)
    assert client.post(ADDRESS, json=LETTER).status_code == 403
    assert count(sqlite_app) == 0


def test_the_account_sees_no_case(app, letter, client):
    hand_in(app, letter)
    with app.app_context():
        number = db.session.scalars(sa.select(Case.id)).one()
    hotline = client("hotline")
    for path in (
        "/cases/list/",
        f"/cases/show/{number}",
        f"/api/v1/case/{number}",
        "/api/v1/case/",
        "/queue/list/",
    ):
        assert hotline.get(path).status_code in (302, 403, 404), path
    assert hotline.get(ADDRESS).status_code == 405


def test_a_session_shows_the_token_of_our_pages(app, letter, client):
    """A cookie is sent by itself, by any page: with it alone nothing is written."""
    hotline = client("hotline")
    app.config["WTF_CSRF_ENABLED"] = True
    assert hotline.post(ADDRESS, json=letter).status_code == 400
    assert count(app) == 0
    page = hotline.get("/public/").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    assert hotline.post(ADDRESS, json=letter, headers={"X-CSRFToken": token[1]}).status_code == 201


def test_it_is_described(sqlite_app):
    described: Any = office.signed_in(sqlite_app, "office").get("/api/v1/_openapi")
    assert described.status_code == 200
    assert "post" in described.json["paths"][ADDRESS]
    schema = described.json["components"]["schemas"]["Intake"]
    assert "external_ref" in schema["required"] and schema["properties"]["petitioner_name"]["maxLength"] == 60
    assert "HOTLINE" in schema["properties"]["channel"]["enum"]


@pytest.mark.parametrize("reference", ["\ud800", "A\udfffB", "A\0B"])
def test_a_reference_no_database_keeps_is_refused_by_its_field(app, letter, reference):
    assert set(errors(hand_in(app, letter | {"external_ref": reference}))) == {"external_ref"}
    assert count(app) == 0


@pytest.mark.parametrize(
    ("people", "names", "fits"),
    [(2, ["甲", "乙", "丙"], False), (3, ["甲", "乙", "丙"], True), (9, list("甲乙丙丁戊己"), False)],
)
def test_representatives_are_some_of_the_people(app, letter, people, names, fits):
    answer = hand_in(app, letter | {"people_count": people, "representatives": names})
    if fits:
        assert answer.status_code == 201
    else:
        assert set(errors(answer)) == {"representatives"} and "20" in errors(answer)["representatives"]
