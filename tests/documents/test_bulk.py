"""Printing in bulk from the list of cases: ticked rows, all that a filter leaves, the bar, stop and go on, the PDF."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pymupdf
import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases.models import Case
from app.core.db import db
from app.documents import jobs, operations
from app.documents.models import Document
from tests.support import office
from tests.support.office import register_case

JSON = {"Accept": "application/json"}


def cases(app: Flask, count: int, **said: Any) -> list[int]:
    return [
        register_case(app, petitioner_name=f"张{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{n}", **said)
        for n in range(count)
    ]


def chosen(page: str) -> list[str]:
    found = re.search(r'<textarea[^>]*name="numbers"[^>]*>(.*?)</textarea>', page, re.S)
    assert found is not None
    return found.group(1).split()


def numbers(app: Flask, ids: list[int]) -> list[str]:
    with app.app_context():
        return [db.session.get_one(Case, one).number for one in ids]


def test_the_ticked_rows_of_the_list_are_chosen(sqlite_app: Flask) -> None:
    ids, client = cases(sqlite_app, 3), office.signed_in(sqlite_app, "office")
    page = client.get("/cases/list/").text
    assert 'value="print_papers"' in page and "打印全部符合条件事项的文书" in page
    sent = {"action": "print_papers", "rowid": [str(ids[2]), str(ids[0])]}
    answer = client.post("/cases/action_post", data=sent)
    assert answer.status_code == 200 and chosen(answer.text) == numbers(sqlite_app, [ids[2], ids[0]])
    assert "已选2件" in answer.text


def test_all_that_match_the_filter_are_chosen_in_the_lists_order_and_nothing_out_of_reach(
    sqlite_app: Flask,
) -> None:
    here, there = cases(sqlite_app, 3, place="青山镇"), cases(sqlite_app, 2, place="龙泉镇")
    client = office.signed_in(sqlite_app, "office")
    filtered = client.get("/cases/list/?_flt_2_place=青山").text
    link = re.search(r'href="(/printing/matching\?[^"]*)"', filtered)
    assert link is not None
    assert chosen(client.get(link.group(1)).text) == numbers(sqlite_app, here[::-1])
    assert chosen(client.get("/printing/matching").text) == numbers(sqlite_app, [*here, *there][::-1])
    order = "/printing/matching?_flt_2_place=青山&_oc_CaseView=number&_od_CaseView=asc"
    assert chosen(client.get(order).text) == numbers(sqlite_app, here)


def test_more_than_a_job_takes_is_cut_and_said(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    cases(sqlite_app, 4)
    monkeypatch.setattr(jobs, "MOST", 3)
    page = office.signed_in(sqlite_app, "office").get("/printing/matching").text
    assert len(chosen(page)) == 3 and "超过3件" in page


def test_three_hundred_are_taken_and_one_more_is_refused_without_losing_them(sqlite_app: Flask) -> None:
    client = office.signed_in(sqlite_app, "office")
    kind = _kind(sqlite_app, "D31")
    typed = [f"XF202603{n:04d}LF" for n in range(301)]
    (mine,) = numbers(sqlite_app, cases(sqlite_app, 1))
    answer = client.post("/printing/start", data={"kind": kind, "numbers": "\n".join([mine, *typed])})
    assert (
        answer.status_code == 200
        and chosen(answer.text)[0] == mine
        and f'value="{kind}" selected' in answer.text
    )
    no_kind = client.post("/printing/start", data={"numbers": mine})
    assert no_kind.status_code == 200 and chosen(no_kind.text) == [mine]


def _kind(app: Flask, code: str) -> int:
    with app.app_context():
        return operations.kind_of(code).id


def test_a_job_runs_is_stopped_goes_on_and_ends_in_one_pdf_and_a_list_of_receipts(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 6)
    ids = cases(sqlite_app, 15)
    client, other = office.signed_in(sqlite_app, "office"), office.signed_in(sqlite_app, "office_head")
    listed = numbers(sqlite_app, ids)
    sent = {"kind": _kind(sqlite_app, "D31"), "numbers": "\n".join(listed)}
    started = client.post("/printing/start", data=sent)
    assert started.status_code == 302
    job = started.location.rsplit("/", 1)[-1]
    first = client.post(f"/printing/advance/{job}", headers=JSON).get_json()
    assert 0 < first["seen"] < first["all"] == 15 and first["state"] == "RUNNING"
    assert "<progress" in client.get(f"/printing/{job}").text
    assert client.post(f"/printing/stop/{job}", headers=JSON).get_json()["state"] == "STOPPED"
    still = client.post(f"/printing/advance/{job}", headers=JSON).get_json()
    assert still["seen"] == first["seen"]
    assert client.get(f"/printing/{job}/pdf").status_code == 302  # not yet
    for path in ("", "/pdf", "/receipts"):
        assert other.get(f"/printing/{job}{path}").status_code == 404  # whose job it is
    assert other.post(f"/printing/advance/{job}", headers=JSON).status_code == 404
    client.post(f"/printing/resume/{job}", headers=JSON)
    for _turn in range(20):
        said = client.post(f"/printing/advance/{job}", headers=JSON).get_json()
        if said["state"] == "DONE":
            break
    assert said == {"seen": 15, "all": 15, "state": "DONE", "faults": 0}
    content = client.get(f"/printing/{job}/pdf").data
    text = "".join(page.get_text() for page in pymupdf.open(stream=content).pages())
    places = [text.index(f"张{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{n}：") for n in range(15)]
    assert places == sorted(places)  # in the order chosen
    with sqlite_app.app_context():
        query = sa.select(Document).where(Document.kind.has(code="D31")).order_by(Document.id)
        papers = db.session.scalars(query).all()
        assert [paper.serial for paper in papers] == list(range(1, 16))
        assert [operations.prints(paper.id) for paper in papers] == [1] * 15
        names = [paper.recipient for paper in papers]
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"/printing/{job}/receipts").data)).active
    rows = list(sheet.values)
    assert rows[0][:4] == ("序号", "文书", "文号", "受送达人") and len(rows) == 16
    assert [row[3] for row in rows[1:]] == names and rows[1][2] == "云信告〔2026〕1号"


def test_who_may_not_print_in_bulk_has_neither_button_nor_address(sqlite_app: Flask) -> None:
    ids = cases(sqlite_app, 1)
    for who in ("reception", "land_officer", "auditor"):
        client = office.signed_in(sqlite_app, who)
        page = client.get("/cases/list/").text
        assert "print_papers" not in page and "/printing/matching" not in page
        assert client.get("/printing/matching").status_code in (302, 403, 404)
        sent = {"action": "print_papers", "rowid": [str(ids[0])]}
        assert client.post("/cases/action_post", data=sent).status_code in (302, 403, 404)
