"""Figures by channel, kind and category: of all units and of each, opening to their cases, adding up to the whole."""

from __future__ import annotations

import datetime as dt
import io
from collections import defaultdict
from decimal import Decimal

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from app.cases.enums import Channel
from app.core.db import db
from app.incentives import notice_paper, operations, page, proof, workbook
from app.incentives.enums import Side, Split
from app.incentives.models import Indicator, Notice, NoticeFigure, NoticeItem
from tests.support.office import LABOUR, LAND, drive, officer_named, register_case

BEGUN, END = dt.datetime(2026, 3, 2, 10), dt.datetime(2026, 6, 1, 9)
MONTH = "2026-05"  # the sixty days of what was accepted in March end in May


def lived(app) -> None:
    """Three for the land bureau by letter and by the web, one of them late; one for labour by the web."""
    for number, (unit, channel, late) in enumerate(
        (
            (LAND, Channel.LETTER, False),
            (LAND, Channel.WEB, False),
            (LAND, Channel.WEB, True),
            (LABOUR, Channel.WEB, False),
        )
    ):
        case = register_case(app, at=BEGUN, petitioner_name=f"信访人{number}", channel=channel)
        drive(
            app, case, ("routing", {"target": unit, "note": "按职责分工"}), "signing", "acceptance", at=BEGUN
        )
        if not late:
            drive(app, case, "opinion_draft", "opinion_signing", at=BEGUN + dt.timedelta(days=10))


def computed(app, split: Split = Split.CHANNEL, code: str = "F3") -> int:
    app.config["FIXED_NOW"] = END
    with app.app_context():
        indicator = db.session.scalars(sa.select(Indicator).where(Indicator.code == code)).one()
        indicator.split = split
        db.session.flush()
        notice = operations.compute(MONTH, END.date(), officer_named("office"))
        db.session.commit()
        return notice.id


def figures(pk: int, code: str = "F3") -> dict[tuple[str, str], NoticeFigure]:
    query = sa.select(NoticeFigure).where(NoticeFigure.notice_id == pk, NoticeFigure.indicator == code)
    return {(row.unit_name, row.part): row for row in db.session.scalars(query)}


def test_each_unit_has_its_figure_by_channel(app):
    lived(app)
    pk = computed(app)
    with app.app_context():
        found = {key: (row.numerator, row.denominator, row.value) for key, row in figures(pk).items()}
        rate = Decimal("100.00")
        assert found == {
            (LAND, ""): (2, 3, Decimal("66.67")),
            (LAND, "LETTER"): (1, 1, rate),
            (LAND, "WEB"): (1, 2, Decimal("50.00")),
            (LABOUR, ""): (1, 1, rate),
            (LABOUR, "WEB"): (1, 1, rate),
            ("", ""): (3, 4, Decimal("75.00")),
            ("", "LETTER"): (1, 1, rate),
            ("", "WEB"): (2, 3, Decimal("66.67")),
        }
        assert not proof.differences(db.session.get_one(Notice, pk))


@pytest.mark.parametrize("split", [Split.CHANNEL, Split.KIND, Split.CATEGORY])
@pytest.mark.parametrize("code", ["F3", "V1"])  # of the units, of the petition department
def test_the_parts_add_up_to_the_whole_on_both_sides(sqlite_app, split, code):
    lived(sqlite_app)
    if code == "V1":
        sqlite_app.config["FIXED_NOW"] = END
    with sqlite_app.app_context():
        indicator = db.session.scalars(sa.select(Indicator).where(Indicator.code == code)).one()
        assert indicator.side is (Side.UNIT if code == "F3" else Side.BUREAU)
        indicator.split = split
        db.session.flush()
        month = MONTH if code == "F3" else "2026-03"
        notice = operations.compute(month, END.date(), officer_named("office"))
        db.session.flush()
        whole: dict[str, int | Decimal] = {}
        parts: defaultdict[str, int | Decimal] = defaultdict(int)
        for (unit, part), row in figures(notice.id, code).items():
            size = row.denominator if code == "F3" else row.value
            assert size is not None, (unit, part)
            if part:
                parts[unit] += size
            else:
                whole[unit] = size
        assert whole and dict(parts) == whole
        assert not proof.differences(notice)


def test_a_part_opens_to_its_cases_only(app, client):
    lived(app)
    pk = computed(app)
    with app.app_context():
        found = {key: row.id for key, row in figures(pk).items()}
    for key, number in (((LAND, "WEB"), 2), ((LAND, "LETTER"), 1), (("", "WEB"), 3), ((LAND, ""), 3)):
        answer = client("office").get(f"/notices/figure/{found[key]}")
        assert answer.text.count('href="/cases/show/') == number, key
    title = client("office").get(f"/notices/figure/{found[LAND, 'WEB']}").text
    assert f"{LAND} · 网上" in title or f"{LAND} · 网信" in title
    shown = client("office").get(f"/notices/show/{pk}").text
    assert f'href="/notices/figure/{found[LABOUR, "WEB"]}"' in shown
    # still a draft: the unit does not see it
    assert client("land_officer").get(f"/notices/figure/{found[LAND, 'WEB']}").status_code == 404


def test_paper_and_workbook_have_the_parts_in_words(sqlite_app):
    lived(sqlite_app)
    pk = computed(sqlite_app)
    with sqlite_app.app_context():
        notice = db.session.get_one(Notice, pk)
        book = load_workbook(io.BytesIO(workbook.of_notice(notice)))["指标"]
        rows = [
            row for row in book.iter_rows(values_only=True) if row[2] == "F3" and row[5] == LAND and row[6]
        ]
        assert {(row[6], row[9]) for row in rows} == {("来信", 100), (str(Channel.WEB.label), 50)}
        (table,) = [one for one in notice_paper.annexes(notice) if "按信访形式" in one.get("title", "")]
        assert "来信" in table["header"]
        (line,) = [line for line in table["lines"] if line[0] == "按期答复率"]
        assert line[table["header"].index("来信")] == "100.00%"


def test_a_notice_of_before_the_rule_still_comes_out_the_same(sqlite_app):
    """It kept the parts of all units alone."""
    lived(sqlite_app)
    pk = computed(sqlite_app)
    with sqlite_app.app_context():
        notice = db.session.get_one(Notice, pk)
        notice.indicators = [
            {k: v for k, v in one.items() if k != "split_units"} for one in notice.indicators
        ]
        db.session.execute(
            sa.delete(NoticeFigure).where(NoticeFigure.part != "", NoticeFigure.unit_id.is_not(None))
        )
        db.session.commit()
        assert not proof.differences(notice)
        (table,) = [one for one in page.figure_tables(notice) if one.side is Side.UNIT]
        (split,) = [one for one in table.splits if one.indicator["code"] == "F3"]
        assert [line.unit_id for line in split.lines] == [None]


def test_the_year_before_is_taken_by_part_too(sqlite_app):
    for year, channels in ((2025, "LLLL"), (2026, "LLW")):
        for number, sign in enumerate(channels):
            channel = Channel.LETTER if sign == "L" else Channel.WEB
            register_case(
                sqlite_app, at=BEGUN.replace(year=year), channel=channel, petitioner_name=f"某{year}{number}"
            )
    sqlite_app.config["FIXED_NOW"] = END
    with sqlite_app.app_context():
        indicator = db.session.scalars(sa.select(Indicator).where(Indicator.code == "F15")).one()
        indicator.split = Split.CHANNEL
        db.session.flush()
        notice = operations.compute("2026-03", END.date(), officer_named("office"))
        found = figures(notice.id, "F15")
        assert found["", "LETTER"].value == Decimal("-50.00")
        assert found["", "WEB"].value is None  # nothing was there before
        assert found["", ""].value == Decimal("-25.00")


def test_an_item_hangs_on_one_figure(sqlite_app):
    """Parts keep no cases of their own: each case stands once in a figure of its unit."""
    lived(sqlite_app)
    pk = computed(sqlite_app)
    with sqlite_app.app_context():
        own = [row.id for (_unit, part), row in figures(pk).items() if not part]
        query = sa.select(NoticeItem.figure_id).join(NoticeFigure).where(NoticeFigure.indicator == "F3")
        assert set(db.session.scalars(query)) <= set(own)
