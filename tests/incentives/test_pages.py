"""Who sees what of a notice: drafts, figures, and the cases behind a figure."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.incentives import operations
from app.incentives.models import Notice, NoticeFigure
from tests.support import office
from tests.support.office import LABOUR, LAND, drive, register_case

MARCH = dt.datetime(2026, 3, 2, 10, 0)
APRIL = dt.datetime(2026, 4, 2, 10, 0)


@pytest.fixture
def two_cases(app):
    """One case of the land bureau, told in time, and one of the labour bureau, late."""
    app.config["FIXED_NOW"] = APRIL
    land = register_case(app, at=MARCH)
    drive(app, land, ("routing", {"note": "按职责分工"}), "signing", "acceptance", at=MARCH)
    labour = register_case(app, at=MARCH, title="反映拖欠工资", category="劳动和社会保障")
    drive(app, labour, ("routing", {"target": LABOUR, "note": "按职责分工"}), "signing", at=MARCH)
    with app.app_context():
        notice = operations.compute("2026-03", APRIL.date())
        db.session.commit()
        return notice.id


def publish(app, notice_id):
    with app.app_context():
        notice = db.session.get_one(Notice, notice_id)
        operations.open_to_objections(notice, None, APRIL)
        later = APRIL + dt.timedelta(days=14)
        operations.publish(notice, office.officer_named("office_head"), later, paper=False)
        db.session.commit()


def figure_id(app, unit, code="F8"):
    with app.app_context():
        query = sa.select(NoticeFigure.id).where(NoticeFigure.indicator == code)
        query = query.where(NoticeFigure.unit_name == (unit or ""), NoticeFigure.part == "")
        return db.session.scalars(query).one()


def numbers(app):
    from app.cases.models import Case

    with app.app_context():
        return list(db.session.scalars(sa.select(Case.number).order_by(Case.id)))


def test_the_office_sees_every_case_of_a_figure(app, client, two_cases):
    page = client("office").get(f"/notices/show/{two_cases}").text
    assert LAND in page and LABOUR in page and "100.00%" in page and "50.00%" in page
    together = client("office").get(f"/notices/figure/{figure_id(app, None)}").text
    assert all(number in together for number in numbers(app))


def test_a_unit_sees_the_figures_of_all_and_its_own_cases_only(app, client, two_cases):
    publish(app, two_cases)
    own, foreign = numbers(app)
    browser = client("land_officer")
    page = browser.get(f"/notices/show/{two_cases}").text
    assert LABOUR in page and own not in page and foreign not in page
    assert re.search(r'<tr class="own-unit"[^>]*>\s*<td>' + LAND, page)
    assert own in browser.get(f"/notices/figure/{figure_id(app, LAND)}").text
    for unit in (LABOUR, None):
        cases = browser.get(f"/notices/figure/{figure_id(app, unit)}").text
        assert foreign not in cases and "拖欠工资" not in cases and "王" not in cases.split("</header>")[-1]
        assert (own in cases) == (unit is None)


def test_the_assessor_works_without_case_content(app, client, two_cases):
    cases = client("assessor").get(f"/notices/figure/{figure_id(app, None)}").text
    assert not any(number in cases for number in numbers(app)) and "/cases/show/" not in cases


def test_a_draft_is_for_those_who_prepare_it(app, client, two_cases):
    foreign = [f"/notices/show/{two_cases}", f"/notices/figure/{figure_id(app, LAND)}"]
    for username in ("land_officer", "hall_director", "inspection"):
        browser = client(username)
        assert [browser.get(url).status_code for url in foreign] == [404, 404]
        assert "2026-03" not in browser.get("/notices/list/").text
    publish(app, two_cases)
    assert [client("inspection").get(url).status_code for url in foreign] == [200, 200]


def test_roles_without_the_right_get_nothing(app, client, two_cases):
    publish(app, two_cases)
    for username in ("reception", "village_officer", "discipline", "sysadmin"):
        assert client(username).get(f"/notices/show/{two_cases}").status_code in (302, 403), username


def test_computing_needs_its_permission(app, client, two_cases):
    for username, status in (("land_officer", 403), ("office_head", 403), ("office", 302), ("assessor", 302)):
        assert client(username).post("/notices/compute", data={"month": "2026-02"}).status_code == status
    answer = client("office").post("/notices/compute", data={"month": "2026-02"})
    assert "/notices/show/" in answer.location
    assert client("office").get("/notices/compute").status_code == 405
    for month in ("", "2026-13", "2027-01", "x' OR 1=1"):
        refused = client("office").post("/notices/compute", data={"month": month})
        assert refused.location.endswith("/notices/list/"), month


def test_computing_again_by_the_button(app, client, two_cases):
    again = f"/notices/action/compute_notice/{two_cases}"
    assert client("office").post(again).status_code == 302
    assert client("land_officer").post(again).status_code in (403, 404)
    publish(app, two_cases)
    client("office").post(again)
    with app.app_context():
        assert db.session.get_one(Notice, two_cases).state.name == "PUBLISHED"


def test_what_is_not_there(app, client, two_cases):
    browser = client("office")
    for url in ("/notices/show/999999", "/notices/figure/999999"):
        assert browser.get(url).status_code == 404
    url = f"/notices/figure/{figure_id(app, LAND)}"
    for page in ("-1", "x", "99999999999999999999", "７"):
        assert browser.get(f"{url}?page={page}").status_code == 200


def test_indicators_are_shown_to_who_may(app, client):
    assert client("land_officer").get("/indicatorview/list/").status_code in (302, 403)
