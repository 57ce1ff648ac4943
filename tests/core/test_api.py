"""The interface of reading: what it answers, and what it does not understand."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.cases.models import Case
from app.core.api import ReadApi
from app.core.datamodel import DataModel
from tests.support import office
from tests.support.office import drive, register_case, signed_in
from tests.support.world import ID_NUMBERS, PHONES

LISTED = ("list_columns", "show_columns", "search_columns", "order_columns")
RESOURCES = ("case", "clock", "step", "document", "unit")


@pytest.fixture
def reader(app: Flask) -> Any:
    for letter in "LB":
        case = register_case(app, id_number=ID_NUMBERS[letter], phone=PHONES[letter])
        drive(app, case, "routing", "signing")
    return signed_in(app, "office")


def test_a_case_reads_as_words_and_codes(reader: Any) -> None:
    answer = reader.get("/api/v1/case/1").json
    result = answer["result"]
    assert result["state"] == {"code": "SIGNED", "label": "已签收"}
    assert result["unit"]["text"] == office.LAND and isinstance(result["unit"]["id"], int)
    assert result["registered_at"] == "2026-03-02T09:00:00" and result["due_on"] == "2026-03-17"
    assert result["handler"]["text"] == "赵文博" and result["accepted_on"] is None
    assert answer["label_columns"]["state"] == "状态"


def test_personal_data_are_not_answered_even_when_asked_for(reader: Any) -> None:
    for resource in RESOURCES:
        wish = "columns:!(id_number,phone,id_index,petitioner_name,address,query_code,fields,body,password)"
        for path in (f"/api/v1/{resource}/?q=({wish})", f"/api/v1/{resource}/1?q=({wish})"):
            text = reader.get(path).text
            assert "王秀英" not in text and "三组" not in text
            assert not any(number in text for number in (*ID_NUMBERS.values(), *PHONES.values()))


def test_an_encrypted_column_cannot_even_be_declared(app: Flask) -> None:
    for listed in LISTED:
        columns: dict[str, Any] = {name: ["id"] for name in LISTED}
        careless = type(
            "Careless", (ReadApi,), {"datamodel": DataModel(Case), **columns, listed: ["id", "phone"]}
        )
        with app.app_context(), pytest.raises(TypeError, match="encrypted"):
            careless()
        nothing = type("Nothing", (ReadApi,), {"datamodel": DataModel(Case), **columns, listed: []})
        with app.app_context(), pytest.raises(TypeError, match="empty"):
            nothing()


@pytest.mark.parametrize("resource", RESOURCES)
def test_nothing_can_be_written(reader: Any, resource: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in (f"/api/v1/{resource}/", f"/api/v1/{resource}/1"):
            assert reader.open(path, method=method, json={"title": "x"}).status_code == 405


def test_pages_are_clamped_and_counted(reader: Any) -> None:
    answer = reader.get("/api/v1/unit/?q=(page:1,page_size:5,order_column:id,order_direction:asc)").json
    assert answer["count"] == 32 and [row["id"] for row in answer["result"]] == [6, 7, 8, 9, 10]
    for page in ("page_size:100000", "page_size:-1", "page:-5", "page:99999999"):
        answer = reader.get(f"/api/v1/unit/?q=({page})")
        assert answer.status_code == 200 and len(answer.json["result"]) <= 100


def test_filters_and_order(reader: Any) -> None:
    def numbers(query: str) -> list[int]:
        return reader.get(f"/api/v1/case/?q=({query})").json["ids"]

    assert numbers("") == [2, 1]
    assert numbers("order_column:number,order_direction:asc") == [1, 2]
    assert numbers("filters:!((col:number,opr:ct,value:'0001'))") == [1]
    assert numbers("filters:!((col:state,opr:eq,value:SIGNED))") == [2, 1]
    assert numbers("filters:!((col:state,opr:eq,value:CLOSED))") == []
    assert numbers("filters:!((col:number,opr:ct,value:'%'))") == []


@pytest.mark.parametrize(
    "query",
    ["(((", "(", "!(", "(filters:1)", "(filters:!((col:phone,opr:eq,value:x)))",
     "(filters:!((col:id_index,opr:sw,value:a)))", "(filters:!((col:state,opr:eq,value:NONE)))",
     "(filters:!((col:due_on,opr:gt,value:x)))", "(filters:!((col:due_on,opr:gt,value:'2026-02-30')))",
     "(order_column:petitioner_name)", "(order_column:unit.name)", "(filters:!((col:number,opr:none,value:x)))",
     "(page:abc)", "{'page':1}", "(filters:!((col:category.name,opr:eq,value:x)))"],
)  # fmt: skip
def test_what_is_not_understood_is_400(reader: Any, query: str) -> None:
    assert reader.get("/api/v1/case/", query_string={"q": query}).status_code == 400


JUNK = ["x", "'", "99999999999999999999", "-1", "2026-02-30", "%", "!t", "!n", "!(1,2)", "(a:b)"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_no_filter_value_breaks_it(reader: Any, resource: str) -> None:
    filters = reader.get(f"/api/v1/{resource}/_info").json["filters"]
    for column, operators in filters.items():
        for operator in operators:
            for value in JUNK:
                query = f"(filters:!((col:{column},opr:{operator['operator']},value:{value})))"
                answer = reader.get(f"/api/v1/{resource}/", query_string={"q": query})
                assert answer.status_code in (200, 400), query


def test_the_description_names_what_there_is(reader: Any) -> None:
    answer = reader.get("/api/v1/_openapi")
    assert answer.status_code == 200
    for path, methods in answer.json["paths"].items():
        if "/security/" not in path:
            assert set(methods) <= ({"post"} if path == "/api/v1/intake/" else {"get"}), path
    assert "/api/v1/case/{pk}" in answer.json["paths"]
    # what is handed in names the fields it takes; what is read has none of them
    read = str({path: what for path, what in answer.json["paths"].items() if path != "/api/v1/intake/"})
    assert not any(word in read for word in ("id_number", "phone_index", "query_code", "password_hash"))
    page = reader.get("/swagger/v1")
    assert page.status_code == 200 and "/api/v1/_openapi" in page.text
    assert reader.get("/api/v9/_openapi").status_code == 404
    assert reader.get("/swagger/%3C/script%3E%3Cscript%3E").text.count("<script>") == 0
    info = reader.get("/api/v1/case/_info").json
    assert set(info) == {"title", "list_columns", "show_columns", "order_columns", "filters"}


def test_lists_ask_little_at_any_number_of_rows(sqlite_app: Flask) -> None:
    client, asked = signed_in(sqlite_app, "office"), []
    for rows in (1, 12, 12):
        for _ in range(rows):
            drive(sqlite_app, register_case(sqlite_app), "routing")
        for resource in ("case", "clock", "step"):
            with office.statements(sqlite_app) as made:
                client.get(f"/api/v1/{resource}/")
            asked.append(len(made))
    assert max(asked) <= 12 and asked[:3] == asked[3:6] == asked[6:]
