"""A mixed letter: only the claim goes to the unit, and by no way does the unit learn of the accusation (art. 30)."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import sqlalchemy as sa

from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.db import db
from app.core.errors import Refusal
from app.documents.models import Document
from app.duplicates import operations
from app.duplicates.models import CaseLink
from tests.support import office

SECRET = "收受开发商好处"
ACCUSATION = {
    "title": "",
    "request": f"请求查处{SECRET}",
    "facts": f"有人看见其{SECRET}",
    "accused": "钱某某",
}
pytestmark = pytest.mark.usefixtures("quick_papers")


def split_at_the_window(app, claim):
    with app.app_context():
        data = ACCUSATION | {
            "category": str(db.session.get_one(Case, claim).category_id),
            "accused_unit": str(office.unit_named(office.LAND).id),
        }
    answer = office.signed_in(app, "reception").post(f"/splitview/add/{claim}", data=data)
    assert answer.status_code == 302, answer.text
    with app.app_context():
        return db.session.scalars(sa.select(Case).order_by(Case.id.desc())).first().id


def split_by_the_keeper(app, secret, **words):
    data = {"title": "", "request": "请求足额发放征地补偿款", "facts": "至今只收到一半"} | words
    with app.app_context():
        data["category"] = str(db.session.get_one(Case, secret).category_id)
    return office.signed_in(app, "discipline").post(f"/claimsplitview/add/{secret}", data=data)


def test_the_accusation_goes_to_its_keeper_with_the_letters_own_day(app, register):
    claim = register(id_number="610304198001010019")
    app.config["FIXED_NOW"] = office.NOW + dt.timedelta(days=2)
    secret = split_at_the_window(app, claim)
    with app.app_context():
        row, letter = db.session.get_one(Case, secret), db.session.get_one(Case, claim)
        assert (row.kind.name, row.unit.kind.name, row.petitioner_name) == (
            "ACCUSATION",
            "DISCIPLINE",
            "王秀英",
        )
        assert row.id_index == letter.id_index and row.query_code != letter.query_code
        clock = db.session.scalars(sa.select(Clock).where(Clock.case_id == secret)).one()
        assert (
            clock.started_on == office.NOW.date()
        )  # its fifteen days run from the letter's arrival (art. 22)
        assert row.registered_at.date() == office.NOW.date() + dt.timedelta(days=2)  # never back-dated
        kinds = sa.select(Step.kind).where(Step.case_id == claim)
        assert db.session.scalars(kinds).all() == ["registration"]
    page = office.signed_in(app, "discipline").get(f"/cases/show/{secret}").text
    assert letter.number in page and SECRET in page


@pytest.mark.parametrize("way", ["at the window", "by the keeper"])
def test_the_unit_learns_nothing(app, register, accuse, way):
    plain = register()
    office.drive(app, plain, "routing", "signing")
    if way == "at the window":
        claim = register()
        secret = split_at_the_window(app, claim)
    else:
        secret = accuse(facts=f"有人看见其{SECRET}")
        assert split_by_the_keeper(app, secret).status_code == 302
        with app.app_context():
            claim = db.session.scalars(sa.select(Case).order_by(Case.id.desc())).first().id
    office.drive(app, claim, "routing", "signing", papers=True)
    with app.app_context():
        row = db.session.get_one(Case, secret)
        telltale = [
            row.number,
            row.query_code,
            SECRET,
            "钱某某",
            "严肃",
            "拆分",
            "Split",
            "检举",
            "ccusation",
        ]
        number = db.session.get_one(Case, claim).number
    for officer in ("land_officer", "land_head", "reception", "office", "leader", "village_officer"):
        said = everything(app, officer, claim, secret, row.number)
        for word in telltale:
            assert word not in said, (officer, word)
        with office.as_officer(app, officer):
            assert db.session.scalars(sa.select(CaseLink)).all() == []
            assert db.session.get(Case, secret) is None
    # the same steps, parts and papers as a claim that was never split
    assert shape(app, claim) == shape(app, plain, papers_of=claim)
    with office.as_officer(app, "discipline"):
        assert db.session.scalars(sa.select(CaseLink)).one().from_case_id == secret
    assert number in office.signed_in(app, "discipline").get(f"/cases/show/{secret}").text


def shape(app, case_id, papers_of=None):
    with app.app_context():
        kinds = db.session.scalars(
            sa.select(Step.kind).where(Step.case_id == case_id).order_by(Step.id)
        ).all()
        row = db.session.get_one(Case, case_id)
        return list(kinds), sorted(part.role.name for part in row.parts), [clock.code for clock in row.clocks]


def everything(app, officer, claim, secret, number):
    """What an officer can read by page, timeline, list, search, interface and paper."""
    client = office.signed_in(app, officer)
    texts = []
    for address in (
        f"/cases/show/{claim}", f"/cases/show/{secret}", "/cases/list/", "/queue/list/", "/links/list/",
        "/documentview/list/",
    ):  # fmt: skip
        texts.append(main(client.get(address).text))
    for words in (number, SECRET[:4]):
        found = client.get("/cases/search", query_string={"q": words}, follow_redirects=True)
        texts.append(main(found.text).replace(words, ""))
    for resource in ("case", "step", "clock", "document"):
        answer = client.get(f"/api/v1/{resource}/")
        if answer.status_code == 200 and answer.is_json:
            told = answer.get_json()
            texts.append(json.dumps(told["result"], ensure_ascii=False))
            assert secret not in [row.get("case_id") for row in told["result"]]
    with office.as_officer(app, officer):
        for paper in db.session.scalars(sa.select(Document)):
            texts.append(f"{paper.body} {json.dumps(paper.fields, ensure_ascii=False)}")
            assert paper.case_id != secret
    return "\n".join(texts)


def main(page):
    """The page without its frame and forms, whose labels name every kind there is."""
    body = page.split("<main", 1)[-1]
    for tag in ("select", "option", "nav", "script", "button"):
        while f"<{tag}" in body:
            start = body.index(f"<{tag}")
            end = body.find(f"</{tag}>", start)
            body = body[:start] + (body[end + len(tag) + 3 :] if end > 0 else "")
    return body


# ---- refusals -------------------------------------------------------------------------------------------------------


def part(**kw):
    return Case(**({"title": "", "request": "请求查处", "facts": "收受好处", "accused": "钱某某"} | kw))


def test_a_claim_that_names_the_accused_is_no_claim_for_the_unit(app, register):
    case = register(facts="只收到一半，听说是钱某某扣下的")
    with office.as_officer(app, "reception"):
        claim = db.session.get(Case, case)
        with pytest.raises(Refusal, match="30") as refused:
            operations.split_accusation(part(), claim, office.officer_named("reception"), office.NOW)
        assert refused.value.field == "accused"


def test_the_accused_is_named(app, register):
    case = register()
    with office.as_officer(app, "reception"):
        with pytest.raises(Refusal) as refused:
            operations.split_accusation(
                part(accused=" "), db.session.get(Case, case), office.officer_named("reception"), office.NOW
            )
        assert refused.value.field == "accused"


def test_the_keepers_claim_does_not_name_the_accused(app, accuse):
    secret = accuse()
    assert split_by_the_keeper(app, secret, facts="钱某某扣下了一半").status_code == 200
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 1
    assert split_by_the_keeper(app, secret).status_code == 302


def test_only_before_it_goes_to_a_unit(app, register):
    case = register()
    office.drive(app, case, "routing")
    with app.app_context(), pytest.raises(Refusal):
        operations.split_accusation(
            part(), db.session.get_one(Case, case), office.officer_named("office"), office.NOW
        )
    client = office.signed_in(app, "office")
    assert client.get(f"/splitview/add/{case}").status_code == 302


def test_from_which_side(app, register, accuse):
    case, secret = register(), accuse()
    with app.app_context():
        keeper = office.officer_named("discipline")
        with pytest.raises(Refusal):
            operations.split_claim(part(), db.session.get_one(Case, case), keeper, office.NOW)
        with pytest.raises(Refusal):
            operations.split_accusation(part(), db.session.get_one(Case, secret), keeper, office.NOW)
    assert office.signed_in(app, "discipline").get(f"/claimsplitview/add/{case}").status_code == 404


def test_an_accusation_of_the_registering_unit_itself_is_taken_in(app, register):
    claim = register()
    with office.as_officer(app, "reception"):
        reception = office.officer_named("reception")
        step = operations.split_accusation(
            part(accused_unit=reception.unit),
            db.session.get(Case, claim),
            reception,
            office.NOW,
            print_papers=False,
        )
        db.session.commit()
        assert step.kind == "split"
