"""The wall around accusations (R22 art. 30): for their keeper alone, never for the accused or anybody below.

The leak matrix asks every route; here stand the ways that are no route: roles that add up, searches, counts, numbers
that follow each other, the notice, the trail, the verbs and the database.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases import operations
from app.cases.enums import MatterKind, PartRole, Purpose
from app.cases.models import Case, Clock, Part
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import AuditEntry
from app.documents.models import Document
from app.incentives import operations as notices
from app.incentives.models import NoticeItem
from app.organisation.models import Officer, Role
from tests.support import office
from tests.support.office import LABOUR, LAND, TOWN, register_case, step_of, unit_named

KEEPER = "检举控告专管员"
DISCIPLINE = "中共云岭区纪律检查委员会"


def accuse(app: Flask, unit: str | None = LAND, **kw: Any) -> int:
    with app.app_context():
        accused = {"accused_unit": unit_named(unit) if unit else None, "accused": "某科科长"}
        return register_case(app, purpose=Purpose.ACCUSATION, **(accused | kw))


def keeper_too(app: Flask, username: str) -> None:
    """Give the officer the keeper's role beside their own."""
    with app.app_context():
        role = db.session.scalars(sa.select(Role).where(Role.name == KEEPER)).one()
        officer = office.officer_named(username)
        officer.roles = list({*officer.roles, role})
        db.session.commit()


def seen(app: Flask, username: str, *cases: int) -> list[bool]:
    with office.as_officer(app, username):
        found = set(db.session.scalars(sa.select(Case.id)))
    return [case in found for case in cases]


def test_for_the_keeper_alone(app: Flask) -> None:
    case = accuse(app)
    assert {who for who in office.CAST if seen(app, who, case)[0]} == {"discipline"}


@pytest.mark.parametrize(
    ("who", "hidden", "shown"),
    [("land_officer", LAND, LABOUR), ("land_head", LAND, TOWN), ("village_officer", TOWN, LAND),
     ("village_officer", "柳树村", LAND), ("town_officer", TOWN, "柳树村"), ("discipline", DISCIPLINE, LAND)],
)  # fmt: skip
def test_never_for_the_accused_or_below_whatever_their_role(
    app: Flask, who: str, hidden: str, shown: str
) -> None:
    against_us, against_others = accuse(app, hidden), accuse(app, shown)
    keeper_too(app, who)
    assert seen(app, who, against_us, against_others) == [False, True]


def test_another_right_opens_no_accusation(app: Flask) -> None:
    """Seeing everything, or having a part in it, is not the right to accusations."""
    case = accuse(app, None)
    with app.app_context():
        db.session.add(
            Part(case_id=case, role=PartRole.HANDLER, officer=office.officer_named("labour_officer"))
        )
        db.session.commit()
    assert seen(app, "labour_officer", case) == seen(app, "office", case) == [False]


def test_the_keepers_role_opens_no_ordinary_case(app: Flask) -> None:
    assert seen(app, "discipline", register_case(app)) == [False]


def test_who_registered_it_is_told_its_number_and_then_sees_it_no_more(sqlite_app: Flask) -> None:
    client = office.signed_in(sqlite_app, "reception")
    with sqlite_app.app_context():
        category = str(office.case_of().category.id)
    form = {
        "petitioner_name": "王秀英", "petitioner_type": "PERSON", "address": "龙泉镇", "people_count": "1",
        "channel": "VISIT", "purpose": "ACCUSATION", "category": category, "request": "举报贪污", "facts": "见材料",
        "accused": "某科长", "first_time": "y",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.documents.operations.rendered", lambda paper: b"%PDF")
        answer = client.post("/registration/add", data=form)
    assert answer.status_code == 302 and "/registration/add" in answer.location, re.findall(
        r"alert[^>]*>.*?<|help-block[^>]*>.*?<|error[^>]*>.*?<", answer.text
    )
    page = client.get(answer.location).text
    with sqlite_app.app_context():
        case = db.session.scalars(sa.select(Case)).one()
        assert case.number in page and case.query_code in page
        papers = list(db.session.scalars(sa.select(Document.id)))
    assert client.get(f"/cases/show/{case.id}").status_code == 404
    assert papers and all(client.get(f"/documentview/pdf/{p}").status_code == 404 for p in papers)


@pytest.mark.parametrize("who", ["office", "land_officer"])
def test_a_search_for_it_answers_like_one_for_nothing(sqlite_app: Flask, who: str) -> None:
    accuse(sqlite_app, number="XF2026039999", title="检举某科长", petitioner_name="赵检举")
    client = office.signed_in(sqlite_app, who)
    for real, other in (("XF2026039999", "XF2026038888"), ("赵检举", "赵没有"), ("检举某科长", "检举某局长")):
        found, nothing = (client.get("/cases/search", query_string={"q": words}) for words in (real, other))
        assert found.status_code == nothing.status_code
        if found.status_code == 302:
            same = found.location.replace(_quoted(real), _quoted(other))
            assert same == nothing.location
            assert _shape(client, found.location, real) == _shape(client, nothing.location, other)
    for column in ("number", "petitioner_name"):
        for filter_number in range(10):
            rows = [
                _shape(client, f"/cases/list/?_flt_{filter_number}_{column}={word}", word)
                for word in ("XF2026039999", "QQ")
            ]
            assert rows[0] == rows[1] or "XF2026039999" not in rows[0]


def _quoted(text: str) -> str:
    return quote(text)


def _shape(client: Any, url: str, word: str) -> str:
    """A page without what was asked for and without what changes from page to page."""
    text = client.get(url).text
    for written in (word, _quoted(word), json.dumps(word)[1:-1]):
        text = text.replace(written, "")
    return re.sub(r'nonce="[^"]*"|value="[^"]*\.[^"]*\.[^"]*"|\w{20,}', "", text)


def test_it_is_never_routed_nor_supervised(app: Flask) -> None:
    case_id = accuse(app)
    for kind, refused in (("routing", "routed"), ("supervision_letter", "supervised")):
        with app.app_context():
            case = db.session.get_one(Case, case_id)
            facts = {"reason": "x", "feedback_days": 10} if kind == "supervision_letter" else {}
            step = step_of(kind, case, office.NOW, **facts)
            with pytest.raises(Refusal) as why:
                operations.take(step, case, office.officer_named("office"), office.NOW, print_papers=False)
            assert refused in str(why.value.message) or "控告" in str(why.value)


def test_the_database_gives_the_accused_no_part(app: Flask) -> None:
    """Whatever code asks: the unit itself, a unit below it, an officer of either."""
    against_town, against_land = accuse(app, TOWN), accuse(app, LAND)
    with app.app_context():
        for case, unit, officer in (
            (against_land, LAND, None), (against_town, TOWN, None), (against_town, "柳树村", None),
            (against_land, None, "land_officer"), (against_town, None, "village_officer"),
        ):  # fmt: skip
            whom = (
                {"unit_id": unit_named(unit).id}
                if unit
                else {"officer_id": office.officer_named(officer or "").id}
            )
            with pytest.raises(sa.exc.DBAPIError, match="accusation_wall"):
                db.session.execute(
                    sa.insert(Part).values(case_id=case, role=PartRole.ROOM, active=True, **whom)
                )
            db.session.rollback()
        db.session.execute(
            sa.insert(Part).values(
                case_id=against_land, role=PartRole.KEEPER, active=True, unit_id=unit_named(DISCIPLINE).id
            )
        )
        with pytest.raises(sa.exc.DBAPIError):  # and it belongs to no accused unit
            db.session.execute(
                sa.update(Case).where(Case.id == against_land).values(unit_id=unit_named(LAND).id)
            )


def test_the_months_notice_counts_it_for_nobody(app: Flask) -> None:
    accuse(app, LAND)
    app.config["FIXED_NOW"] = office.NOW.replace(month=5)  # its first deadline is long over
    with app.app_context():
        for month in ("2026-03", "2026-04"):
            notices.compute(month, office.NOW.replace(month=5).date(), office.officer_named("office"))
        assert db.session.scalars(sa.select(NoticeItem)).all() == []


def test_queues_count_it_for_its_keeper_alone(app: Flask) -> None:
    accuse(app, LAND)
    accuse(app, DISCIPLINE)
    with app.app_context():
        owners = {c.owner.name if c.owner else None for c in db.session.scalars(sa.select(Clock))}
    assert owners == {DISCIPLINE, None}
    for who in ("reception", "hall_director", "office", "land_officer"):
        assert "XF2026" not in office.signed_in(app, who).get("/queue/list/").text
    assert office.signed_in(app, "discipline").get("/queue/list/").text.count("XF20260300") == 1


def test_the_trail_says_neither_whom_nor_that(app: Flask) -> None:
    case = accuse(app, LAND, title="检举某科长", request="查处受贿", facts="收受五千元")
    with app.app_context():
        about = [
            AuditEntry.subject.startswith(t) for t in ("petition", "case_", "step_", "clock", "document")
        ]
        reference = AuditEntry.subject.in_(["clock_rule", "document_kind", "document_text"])
        entries = db.session.scalars(sa.select(AuditEntry).where(sa.or_(*about), sa.not_(reference)))
        told = " ".join(str(entry.detail) for entry in entries)
        accused_unit = db.session.get_one(Case, case).accused_unit_id
        ordinary = register_case(app)
        kept = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.subject == "petition_case", AuditEntry.event == "insert")
        ).all()
    for word in ("检举", "受贿", "五千", "科长", "ACCUSATION", f"'accused_unit_id': {accused_unit}"):
        assert word not in told
    assert ordinary and set(kept[0].detail) - set(kept[1].detail) <= {"accused", "accused_unit_id"}


def test_a_case_becomes_no_accusation_and_no_accusation_an_ordinary_case(app: Flask) -> None:
    ordinary, accusation = register_case(app), accuse(app)
    with app.app_context():
        for case, kind in ((ordinary, MatterKind.ACCUSATION), (accusation, MatterKind.CLAIM)):
            with pytest.raises(sa.exc.DBAPIError, match="case_kind_by_step"):
                db.session.execute(sa.update(Case).where(Case.id == case).values(kind=kind))
            db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Officer)) == len(office.CAST)
