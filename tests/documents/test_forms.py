"""Forms of one to five pages and slips: the frame within its area, page numbers, nothing outside, all read back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import pytest

from app.documents.paper import Cell, Format, Kind, Paper, Row
from app.documents.render import render
from tests.documents import samples
from tests.documents.measure import Page, pages

LEFT, RIGHT, TOP, BOTTOM = 25, 190, 16, 280  # the area of a form


def _listed(count: int) -> tuple[Row, ...]:
    head: Row = tuple(
        Cell(name, kind=Kind.HEAD, span=share) for name, share in (("序号", 1), ("纠纷内容", 5), ("措施", 4))
    )
    lines: list[Row] = [
        tuple(Cell("", value, span=share, kind=Kind.PLAIN)
              for value, share in ((f"{n}", 1), (f"第{n}件邻里用水纠纷", 5), (f"调解{n}次，核定用水时段", 4)))
        for n in range(1, count + 1)
    ]  # fmt: skip
    sign: Row = (Cell("审核", "同意。", kind=Kind.SIGN, lines=2, sign="负责人签名："),)
    return (head, *lines, sign)


def _told(count: int) -> tuple[Row, ...]:
    text = "\n".join(
        f"第{n}段：信访人陈述征地补偿登记和发放情况，办理机关逐项说明。" for n in range(1, count + 1)
    )
    return ((Cell("信访人", "张喆"), Cell("电话", "138****5678")), (Cell("听证记录", text, kind=Kind.TEXT, lines=8),),
            (Cell("主持人", "", kind=Kind.SIGN, lines=2, sign="签名："),))  # fmt: skip


def form(rows: tuple[Row, ...]) -> Paper:
    return Paper(Format.FORM, "矛盾纠纷排查台账", "云岭区信访接待大厅", rows=rows, date=dt.date(2026, 11, 23),
                 code="XF2026110042LF", verify_code="7F3K9ZQXM4DA",
                 verify_url="http://127.0.0.1:8000/verify/7F3K9ZQXM4DA")  # fmt: skip


@cache
def made(kind: str, count: int) -> tuple[Paper, list[Page]]:
    """The form with the fewest rows that fills that many pages."""
    rows = {"listed": _listed, "told": _told}[kind]
    least, most = 1, 78 if kind == "listed" else 190
    while least < most:
        middle = (least + most) // 2
        if len(pages(render(form(rows(middle))))) < count:
            least = middle + 1
        else:
            most = middle
    found = form(rows(least))
    return found, pages(render(found))


CASES = [("listed", 1), ("listed", 2), ("told", 1), ("told", 2), ("told", 3), ("told", 4), ("told", 5)]


@pytest.mark.parametrize(("kind", "count"), CASES)
def test_a_form_keeps_its_frame_numbers_its_pages_and_loses_nothing(kind: str, count: int) -> None:
    found, sheets = made(kind, count)
    assert len(sheets) == count
    text = "".join(line.text for page in sheets for line in page.lines)
    for number, page in enumerate(sheets, 1):
        assert page.columns[0] >= LEFT and page.columns[-1] <= RIGHT
        inside = [line for line in page.lines if line.size > 9.5]
        assert inside and min(line.left for line in inside) >= LEFT - 0.1
        assert max(line.right for line in inside) <= RIGHT + 0.1
        assert inside[0].top >= TOP - 1 and inside[-1].bottom <= BOTTOM + 1
        page.line(f"第{number}页共{count}页")
        assert "7F3K9ZQXM4DA" in "".join(line.text for line in page.lines)
    for row in found.rows:
        for cell in row:
            for part in cell.value.split("\n"):
                assert "".join(part.split()) in text or len(part) > 30, part
    assert "签名" in "".join(line.text for line in sheets[-1].lines)


@pytest.mark.parametrize("name", ["张喆", "阿卜杜拉·" + "买买提" * 12])
def test_a_slip_is_one_landscape_a5_whatever_it_says(name: str) -> None:
    paper = replace(samples.ALL["slip"], rows=((Cell("信访人", name), Cell("登记日期", "2026年11月16日")),))
    (page,) = pages(render(paper))
    assert all(line.left > 16 and line.right < 194 and line.bottom < 136 for line in page.lines)
    text = "".join(line.text for line in page.lines)
    assert all(text.count(sign) >= name.count(sign) for sign in set(name)) and "7KQ49M2X3HTB" in text
