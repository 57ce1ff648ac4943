"""What every list inherits: few statements at any number of rows, order and page size that cannot be abused, filters
of one's own, and no SQL in what a person reads."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from app.cases.views import CaseView, QueueView
from app.core.db import db
from app.organisation.models import Unit, UnitKind
from tests.support.office import NOW, drive, register_case, signed_in, statements

MOST = 12
LISTS = ("/queue/list/", "/cases/list/", "/documentview/list/", "/supervision/list/")


def test_a_list_makes_at_most_twelve_statements_at_any_number_of_rows(sqlite_app: Flask) -> None:
    client = signed_in(sqlite_app, "land_officer")
    made: dict[str, list[int]] = {path: [] for path in LISTS}
    for more in (1, 24, 75):
        for _ in range(more):
            drive(sqlite_app, register_case(sqlite_app), "routing")
        for path in LISTS:
            client.get(path)  # what a first visit loads once
            with statements(sqlite_app) as sent:
                answer = client.get(path, query_string={"psize_QueueView": 100, "psize_CaseView": 100})
            assert answer.status_code == 200, path
            assert len(sent) <= MOST, f"{path}: {len(sent)}\n" + "\n".join(s[:160] for s in sent)
            made[path].append(len(sent))
    for path in ("/queue/list/", "/cases/list/"):
        assert made[path][1] == made[path][2], f"{path} grows with its rows: {made[path]}"


def test_only_named_columns_order_a_list(sqlite_app: Flask) -> None:
    for _ in range(2):
        drive(sqlite_app, register_case(sqlite_app), "routing")
    client = signed_in(sqlite_app, "office")
    plain = client.get("/cases/list/").text
    for column in ("id_number", "phone_index", "query_code", "unit.sign", "password", "no_such"):
        with statements(sqlite_app) as sent:
            query = {"_oc_CaseView": column, "_od_CaseView": "asc"}
            answer = client.get("/cases/list/", query_string=query)
        assert answer.status_code == 200
        orders = [s.rsplit("ORDER BY", 1)[1] for s in sent if "ORDER BY" in s and "petition_case" in s]
        assert orders and not any(column.split(".")[-1] in order for order in orders), column
    assert plain.count("XF") == client.get("/cases/list/").text.count("XF")


@pytest.mark.parametrize("size", ["100000", "0", "-5", "x"])
def test_a_page_holds_no_more_than_a_hundred_rows(sqlite_app: Flask, size: str) -> None:
    client = signed_in(sqlite_app, "office")
    with statements(sqlite_app) as sent:
        assert client.get("/cases/list/", query_string={"psize_CaseView": size}).status_code in (200, 400)
    assert not any("LIMIT 100000" in statement for statement in sent)


@pytest.mark.parametrize("page", ["-3", "999999999", "x"])
def test_a_page_that_is_none_breaks_nothing(sqlite_app: Flask, page: str) -> None:
    client = signed_in(sqlite_app, "office")
    assert client.get("/cases/list/", query_string={"page_CaseView": page}).status_code in (200, 400)


def test_each_request_has_its_own_filters(sqlite_app: Flask) -> None:
    """FAB keeps one filter object a view for all requests: another officer's filter would narrow mine."""
    view = next(v for v in sqlite_app.extensions["appbuilder"].baseviews if isinstance(v, CaseView))
    with sqlite_app.test_request_context("/"):
        mine = view._filters
        mine.add_filter_index("number", 0, ["XF1"])
        assert view._filters is mine and mine.get_filters_values()
    with sqlite_app.test_request_context("/"):
        assert view._filters is not mine
        assert not view._filters.get_filters_values()


def test_the_queue_is_mine_and_soonest_first(sqlite_app: Flask) -> None:
    for days in (9, 3, 6):
        at = NOW - dt.timedelta(days=days)
        case = register_case(sqlite_app, at=at, title=f"第{days}日前登记")
        drive(sqlite_app, case, "routing", at=at)
    text = signed_in(sqlite_app, "land_officer").get("/queue/list/").text
    assert text.index("第9日前") < text.index("第6日前") < text.index("第3日前")
    assert "日前登记" not in signed_in(sqlite_app, "labour_officer").get("/queue/list/").text
    assert QueueView.base_order == ("due_legal", "asc")


def test_a_refusal_of_the_database_is_no_sql(app: Flask) -> None:
    """Two administrators enter the same unit: the second reads a sentence."""
    with app.app_context():
        db.session.add(Unit(name="云岭区水利局", kind=UnitKind.DEPARTMENT))
        db.session.commit()
    form = {"name": "云岭区水利局", "kind": "DEPARTMENT", "active": "y"}
    answer = signed_in(app, "sysadmin").post("/unitview/add", data=form)
    assert answer.status_code == 200
    for word in ("INSERT", "SELECT", "sqlite", "psycopg", "IntegrityError", "Traceback"):
        assert word not in answer.text
