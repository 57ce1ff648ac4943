"""Excel of the lists: the names of the columns stand, numbers are numbers, and only who sees the list gets it."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from app.core.db import db
from app.incentives.enums import Cadre
from app.incentives.models_scores import ManualEntry, ScoreItem
from app.incentives.models_year import GivenFigure, Service
from tests.support.office import LAND, officer_named, unit_named

AT = dt.datetime(2026, 3, 1, 9)
COLUMNS = {
    "noticeobjectionview": "通报,单位,指标代码,信访编号,理由,提出人,提出时间,逾期提出,状态,裁定,裁定人,裁定时间",
    "manualentryview": "月份,单位,项目代码,项目,分值,理由,凭证,录入人,录入时间,状态,确认人,确认时间",
    "givenfigureview": "月份,类别,名称,单位,数值,来源,录入人,录入时间,已替换",
    "serviceview": "干部,职级,岗位,起,止,任职文件",
    "indicatorview": "指标代码,指标,次序,考核对象,计量,统计范围,限定种类,计入月份,顺延天数,公式,条件,只计初件,"
    "每件只计一次,分项,口径,来源,本地规定,试算月份,启用",
    "scoreitemview": "考核表,项目代码,项目,次序,类型,指标代码,基本分,每次（点）分值,起算,方向,下限,上限,启用,说明",
}


@pytest.fixture
def filled(app):
    with app.app_context():
        office, item = officer_named("office"), db.session.scalars(sa.select(ScoreItem)).first()
        db.session.add_all([
            ManualEntry(month="2026-02", unit=unit_named(LAND), item=item, points=Decimal("-2.50"), reason="=1+1",
                        evidence="会议纪要", entered_by=office, entered_at=AT),
            GivenFigure(month="2026-02", topic="越级访", name="到市批次", value=10, source="通报", entered_at=AT),
            Service(officer=officer_named("land_officer"), cadre=Cadre.DEPUTY_SECTION, post="信访办副主任",
                    since=dt.date(2023, 3, 2), evidence="云组任〔2023〕1号"),
        ])  # fmt: skip
        db.session.commit()
    return app


def book(client, who: str, view: str):
    answer = client(who).get(f"/{view}/excel")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.data))


@pytest.mark.parametrize("view", COLUMNS)
def test_the_names_of_the_columns_stand(filled, client, view):
    sheet = book(client, "office", view).worksheets[0]
    assert ",".join(str(cell.value) for cell in sheet[1]) == COLUMNS[view]
    assert f'href="/{view}/excel"' in client("office").get(f"/{view}/list/").text


def test_numbers_are_numbers_and_words_are_words(filled, client):
    row = list(book(client, "office", "manualentryview").worksheets[0][2])
    assert row[4].value == -2.5 and row[4].data_type == "n"
    assert row[5].value == "=1+1" and row[5].data_type != "f"  # what a person wrote is no formula
    given = [cell.value for cell in book(client, "office", "givenfigureview").worksheets[0][2]]
    assert (given[4], given[8]) == (10, "否")
    items = book(client, "office", "scoreitemview").worksheets[0]
    assert all(isinstance(row[6], int | float) for row in items.iter_rows(min_row=2, values_only=True))


def test_who_qualifies_stands_in_the_same_workbook(filled, client):
    readers = [who for who in ("office", "office_head", "assessor", "convener")
               if client(who).get("/serviceview/treatment").status_code == 200]  # fmt: skip
    assert readers
    sheet = book(client, readers[0], "serviceview")["正科待遇"]
    assert [cell.value for cell in sheet[2]] == [
        str_of("land_officer", filled),
        "2023-03-02",
        "2026-03-02",
        "是",
    ]


def str_of(username: str, app) -> str:
    with app.app_context():
        return str(officer_named(username))


@pytest.mark.parametrize("view", ["manualentryview", "indicatorview", "scoreitemview", "serviceview"])
def test_a_stranger_gets_none(filled, client, view):
    assert client("village_officer").get(f"/{view}/excel").status_code in (302, 403)
