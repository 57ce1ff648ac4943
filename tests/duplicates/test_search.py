"""Suggestions: what is found, for whom, by index only, and that the machine leaves the cases alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import ledger_import, takeover
from app.cases.models import Case
from app.cases.steps import Step
from app.core.db import db
from app.duplicates import operations, rules, search
from app.duplicates.models import case_gram
from app.duplicates.rules import Sign
from tests.duplicates.conftest import ID, OTHER, PHONE
from tests.support import office


def found(app, case_id, by="office"):
    with office.as_officer(app, by):
        case = db.session.get(Case, case_id)
        return {one.case_id: set(one.signs) for one in search.suggestions(case)} if case is not None else None


@pytest.mark.parametrize(
    ("earlier", "later", "signs"),
    [
        (OTHER | {"id_number": ID}, {"id_number": ID}, {Sign.ID_NUMBER}),
        (OTHER | {"id_number": ID.lower()}, {"id_number": ID}, {Sign.ID_NUMBER}),
        (OTHER | {"id_number": "610304800101001"}, {"id_number": ID}, {Sign.ID_NUMBER}),
        (OTHER | {"phone": PHONE}, {"phone": "138-0013-8000"}, {Sign.PHONE}),
        (OTHER | {"petitioner_name": "王秀英", "place": "龙泉镇柳树村"}, {}, {Sign.NAME_PLACE}),
        ({"petitioner_name": "赵一", "place": "别处"}, {}, {Sign.TEXT, Sign.CATEGORY}),
        (OTHER, {}, None),
    ],
    ids=[
        "ID number",
        "ID number typed otherwise",
        "ID number of an old paper",
        "telephone",
        "name and place",
        "text",
        "nothing",
    ],
)
def test_what_is_found(app, register, earlier, later, signs):
    old, new = register(**earlier), register(**later)
    assert found(app, new) == ({old: signs} if signs else {})
    assert found(app, old) == {}  # only earlier ones are suggested


def test_every_suggestion_says_why_and_changes_nothing(app, register):
    for n in range(4):
        register(id_number=ID, phone=PHONE, title=f"反映征地补偿款未足额发放之{n}")
    new = register(id_number=ID)
    before = rows(app)
    with office.as_officer(app, "office"):
        shown = search.suggestions(db.session.get(Case, new))
        assert len(shown) == 4 and all(one.why for one in shown)
        assert not db.session.dirty and not db.session.new
    page = office.signed_in(app, "office").get(f"/cases/show/{new}").text
    assert page.count("证件号码相同") == 4 or page.count("same ID number") == 4
    assert rows(app) == before


def rows(app):
    with app.app_context():
        cases = db.session.execute(sa.select(Case.id, Case.state, Case.version, Case.first_time)).all()
        return cases, db.session.scalar(sa.select(sa.func.count(Step.id)))


def test_decided_voided_and_merged_cases_are_not_suggested(app, register):
    old, voided, new = register(phone=PHONE), register(phone=PHONE), register(phone=PHONE)
    office.drive(app, voided, "voiding")
    assert set(found(app, new)) == {old}
    with app.app_context():
        other = db.session.get(Case, old)
        office.drive(app, new, ("repeat_rejected", {"other": other}), by="office")
    assert found(app, new) == {}


def test_only_so_many_are_shown(app, register):
    for _ in range(7):
        register(phone=PHONE)
    assert len(found(app, register(phone=PHONE))) == 5


# ---- for whom -------------------------------------------------------------------------------------------------------


def test_nothing_is_said_of_cases_out_of_reach(app, register):
    theirs = register(by="town_officer", phone=PHONE, id_number=ID)
    new = register(by="office", phone=PHONE, id_number=ID)
    office.drive(app, new, "routing", at=office.NOW)
    assert set(found(app, new, "office")) == {theirs}
    assert found(app, new, "land_officer") == {}
    number = number_of(app, theirs)
    for officer in ("land_officer", "land_head"):
        assert number not in office.signed_in(app, officer).get(f"/cases/show/{new}").text


def number_of(app, case_id):
    with app.app_context():
        return db.session.get_one(Case, case_id).number


def test_the_window_learns_four_facts_of_strong_matches(app, register):
    theirs = register(by="town_officer", phone=PHONE, title="石桥村低保待遇", request="请求恢复低保")
    alike = register(by="town_officer", petitioner_name="赵一", place="别处")  # only its text is alike
    new = register(phone=PHONE)
    with office.as_officer(app, "reception"):
        shown = search.suggestions(db.session.get(Case, new))
        assert [(one.number, one.case_id, one.title, set(one.signs)) for one in shown] == [
            (db.session.scalar(sa.select(Case.__table__.c.number).where(Case.__table__.c.id == theirs)), None, "",
             {Sign.PHONE})
        ]  # fmt: skip
    page = office.signed_in(app, "reception").get(f"/cases/show/{new}").text
    assert number_of(app, theirs) in page and "低保" not in page
    assert number_of(app, alike) not in page


def test_an_accusation_is_suggested_to_its_keeper_alone(app, register, accuse):
    secret = accuse(phone=PHONE, id_number=ID)
    new = register(phone=PHONE, id_number=ID)
    again = accuse(phone=PHONE, id_number=ID)
    number = number_of(app, secret)
    for officer in office.CAST:
        client = office.signed_in(app, officer)
        assert (found(app, new, officer) or {}).keys() <= set()
        assert number not in client.get(f"/cases/show/{new}").text
        if officer == "discipline":
            assert set(found(app, again, officer)) == {secret}
        else:
            assert found(app, again, officer) is None


def test_facts_by_number_are_the_windows_and_never_an_accusation(app, register, accuse):
    theirs, secret = register(by="town_officer", title="石桥村低保待遇"), accuse()
    with app.app_context():
        code = db.session.get_one(Case, theirs).query_code
        secret_code = db.session.get_one(Case, secret).query_code
    window = office.signed_in(app, "reception")
    for words in (number_of(app, theirs), code, number_of(app, theirs).lower()):
        page = window.get("/links/facts", query_string={"q": words}).text
        assert "龙泉镇" in page and "低保" not in page and "王秀英" not in page
    nothing = window.get("/links/facts", query_string={"q": "XF2099010001"}).text
    for words in (number_of(app, secret), secret_code):
        page = window.get("/links/facts", query_string={"q": words}).text
        assert page.replace(words, "") == nothing.replace("XF2099010001", "")
    for officer in ("office", "room_rural", "land_officer"):
        assert office.signed_in(app, officer).get("/links/facts").status_code in (302, 403)


# ---- before saving --------------------------------------------------------------------------------------------------


FORM = {
    "petitioner_name": "王秀英", "petitioner_type": "PERSON", "phone": PHONE, "address": "龙泉镇柳树村三组",
    "people_count": "1", "channel": "VISIT", "purpose": "CLAIM", "place": "龙泉镇柳树村", "title": "",
    "request": "请求足额发放征地补偿款", "facts": "至今只收到一半", "first_time": "y",
}  # fmt: skip


def count(app):
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count(Case.id)))


def form(app):
    with app.app_context():
        return FORM | {"category": str(office.case_of().category.id)}


def test_the_form_asks_once_to_compare(app, register, quick_papers):
    old = register(phone=PHONE)
    client, sent = office.signed_in(app, "reception"), form(app)
    assert 'name="compared"' not in client.get("/registration/add").text
    page = client.post("/registration/add", data=sent).text
    assert number_of(app, old) in page and 'name="compared"' in page and count(app) == 1
    assert client.post("/registration/add", data=sent | {"compared": "y"}).status_code == 302
    assert count(app) == 2


@pytest.mark.parametrize(
    ("earlier", "steps", "why"),
    [
        (
            OTHER | {"phone": PHONE},
            ("withdrawal",),
            "电话相同",
        ),  # ended, too: it may have had its final opinion
        (OTHER | {"petitioner_name": "王秀英", "place": "龙泉镇柳树村"}, (), "姓名和问题属地相同"),
        ({"petitioner_name": "赵一", "place": "别处"}, (), "诉求文字相似"),
    ],
    ids=["ended", "name and place", "text"],
)
def test_the_form_shows_whatever_may_be_the_same_and_why(app, register, quick_papers, earlier, steps, why):
    old = register(**earlier)
    office.drive(app, old, *steps)
    page = office.signed_in(app, "reception").post("/registration/add", data=form(app)).text
    assert number_of(app, old) in page and why in page and 'name="compared"' in page and count(app) == 1


def test_the_form_asks_nothing_where_nothing_is_alike(app, register, quick_papers):
    voided = register(phone=PHONE)
    office.drive(app, voided, "voiding")
    register(**OTHER)
    answer = office.signed_in(app, "reception").post("/registration/add", data=form(app))
    assert answer.status_code == 302 and count(app) == 3


def test_the_form_says_nothing_of_accusations(app, accuse, quick_papers):
    accuse(phone=PHONE)
    assert office.signed_in(app, "reception").post("/registration/add", data=form(app)).status_code == 302


# ---- the index ------------------------------------------------------------------------------------------------------


def test_the_index_is_led_with_the_case(app, register):
    case = register()
    with app.app_context():
        kept = set(db.session.scalars(sa.select(case_gram.c.gram)))
        row = db.session.get_one(Case, case)
        assert kept == set(rules.grams(f"{row.title} {row.request}"))
    office.drive(
        app,
        case,
        ("correction", {"field": "title", "new_value": "低保待遇", "reason": "概述有误"}),
        by="office",
    )
    with app.app_context():
        kept = set(db.session.scalars(sa.select(case_gram.c.gram)))
        assert set(rules.grams("低保待遇")) < kept
        assert operations.index([case]) == len(kept)


def test_a_ledger_taken_over_is_indexed(sqlite_app):
    with sqlite_app.app_context():
        judged = ledger_import.judge(Path("tests/data/ledger.xlsx"), office.NOW.date(), None, lambda n: None)
        taken = takeover.load(judged, office.NOW)
        indexed = db.session.scalar(sa.select(sa.func.count(sa.distinct(case_gram.c.case_id))))
        assert taken == indexed > 0


def plan(query):
    connection = db.session.connection()
    text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
    if connection.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    connection.exec_driver_sql(
        "SET LOCAL enable_seqscan = off"
    )  # so that a small table shows what an index could do
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {text.replace('%', '%%')}")]


def test_no_search_scans(app, register):
    register(phone=PHONE, id_number=ID)
    case_id = register(phone=PHONE, id_number=ID)
    with app.app_context():
        case = db.session.get_one(Case, case_id)
        same, alike = search.same_query(case), search.alike_query(case)
        assert same is not None and alike is not None
        for query, indexes in (
            (same, ("ix_petition_case_id_index", "ix_petition_case_phone_index", "petitioner_name")),
            (alike, ("case_gram",)),
        ):
            lines = plan(query)
            reads = [line for line in lines if "petition_case" in line or "case_gram" in line]
            assert reads and not [line for line in reads if "SCAN" in line or "Seq Scan" in line], lines
            assert all(any(name in line for line in lines) for name in indexes), lines


def test_the_work_is_bounded_however_long_the_text_is():
    query: Any = search.alike_query(
        Case(id=5, title="", request="".join(chr(0x4E00 + n) for n in range(2000)))
    )
    text = str(query.compile(compile_kwargs={"literal_binds": True}))
    assert text.count(f"LIMIT {search.PER_GRAM}") == rules.MOST_GRAMS
