"""Excel of every table: one sheet a table, one row a figure, column names that never change, numbers as numbers."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from app.cases.models import Case
from app.core.db import db
from app.core.enums import LabelledEnum
from app.incentives import choices, tables
from app.incentives.models import Notice, NoticeFigure, NoticeItem
from app.incentives.models_course import Consequence
from app.incentives.models_scores import NoticeScore, NoticeStanding
from app.incentives.models_year import Nomination, YearRanking, YearReport

# the names others build their own sheets on: add at the end, never rename
FIGURES = ("月份", "版次", "指标代码", "指标", "计量", "单位", "分项", "分子", "分母", "数值")
SCORES = (
    "月份",
    "版次",
    "单位",
    "项目代码",
    "项目",
    "指标代码",
    "指标数值",
    "基本分",
    "手工加减",
    "得分",
    "一票否决",
)
PLACES = ("月份", "版次", "组别", "名次", "单位", "件数", "总分", "岗位考核折分", "后几名", "一票否决")
RULES = ("指标代码", "指标", "公式", "口径", "来源", "本地规定")
RANKING = ("年度", "名次", "单位", "参加月数", "月均分", "扣分", "年度得分", "奖金（元）")
CASES = ("月份", "版次", "指标代码", "指标", "单位", "信访编号", "计入日期", "办结日期", "计入分子", "天数")
CONSEQUENCES = (
    "月份",
    "单位",
    "后果",
    "状态",
    "连续月份",
    "送达决定人",
    "整改期限",
    "审定人",
    "年终扣分",
    "更正通报",
    "撤销决定人",
)
NOMINATIONS = ("年度", "干部", "推荐单位", "事迹", "状态", "公示至", "得票")
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | Decimal | None
Sheet = tuple[str, Sequence[str], Sequence[Sequence[Cell]]]


def of_notice(notice: Notice) -> bytes:
    book = Workbook()
    book.remove(book.active)
    _sheet(book, "指标", FIGURES, _figures(notice))
    _sheet(book, "考核得分", SCORES, _scores(notice))
    _sheet(book, "名次", PLACES, _places(notice))
    _sheet(
        book,
        "口径",
        RULES,
        (
            (
                one["code"],
                one["name"],
                one.get("expression", ""),
                one["formula"],
                one["source"],
                "是" if one["local"] else "否",
            )
            for one in notice.indicators
        ),
    )
    _sheet(book, "案件", CASES, _cases(notice))
    return _bytes(book)


def _cases(notice: Notice) -> Iterable[Sequence[Cell]]:
    """The cases behind the units' figures, those within the reader's reach."""
    names = {one["code"]: one["name"] for one in notice.indicators}
    query = (
        sa.select(NoticeItem, NoticeFigure, Case.number)
        .join(NoticeFigure, NoticeFigure.id == NoticeItem.figure_id)
        .join(Case, Case.id == NoticeItem.case_id)
        .where(NoticeFigure.notice_id == notice.id)
        .order_by(NoticeItem.id)
    )
    for item, figure, number in db.session.execute(query):
        yield (
            notice.month,
            notice.edition,
            figure.indicator,
            names[figure.indicator],
            figure.unit_name,
            number,
            item.day.isoformat(),
            item.stopped_on.isoformat() if item.stopped_on else None,
            "是" if item.counted else "否",
            item.days,
        )


def of_consequences(rows: Iterable[Consequence]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    lines = (
        (
            row.month,
            row.unit.name,
            str(row.kind.label),
            str(row.state.label),
            "、".join(one["month"] for one in row.run),
            str(row.decided_by or "") or None,
            row.due_on.isoformat() if row.due_on else None,
            str(row.approved_by or "") or None,
            row.deduction,
            str(row.cause_gone or "") or None,
            str(row.lift_decided_by or "") or None,
        )
        for row in rows
    )
    _sheet(book, "限期整改和书面检查", CONSEQUENCES, lines)
    return _bytes(book)


def of_nominations(rows: Iterable[tuple[Nomination, Any]]) -> bytes:
    """``rows``: each with its votes, empty where the reader is not told."""
    book = Workbook()
    book.remove(book.active)
    lines = (
        (
            row.year,
            str(row.officer),
            row.unit.name if row.unit else None,
            row.merits,
            str(row.state.label),
            row.public_until.isoformat() if row.public_until else None,
            None if votes == "" else votes,
        )
        for row, votes in rows
    )
    _sheet(book, "十佳信访干部", NOMINATIONS, lines)
    return _bytes(book)


def of_ranking(ranking: YearRanking) -> bytes:
    book = Workbook()
    book.remove(book.active)
    _sheet(
        book,
        "年度排名",
        RANKING,
        (
            (
                ranking.year,
                line["rank"],
                line["unit"],
                line["months"],
                Decimal(line["mean"]),
                Decimal(line["deduction"]),
                Decimal(line["score"]),
                Decimal(line["prize"]) if line["prize"] else None,
            )
            for line in ranking.lines
        ),
    )
    return _bytes(book)


def of_report(report: YearReport) -> bytes:
    """Each table of the year's report under its own title."""
    book = Workbook()
    book.remove(book.active)
    for number, table in enumerate(report.tables, 1):
        rows = [[_number(cell) for cell in line] for line in table["lines"]]
        _sheet(book, f"{number}-{table['title']}"[:31], table["header"], rows)
    return _bytes(book)


def of_sheets(sheets: Iterable[Sheet]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, header, lines in sheets:
        _sheet(book, title, header, lines)
    return _bytes(book)


def cell(value: Any) -> Cell:
    """Numbers as numbers, yes and no in words, everything else as it reads."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | Decimal):
        return value
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, LabelledEnum):
        return str(value.label)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _number(text: Any) -> Cell:
    """A number where the text is one; a share keeps its value without the sign."""
    try:
        return Decimal(str(text))
    except ArithmeticError:
        return str(text)


def _figures(notice: Notice) -> Iterable[Sequence[Cell]]:
    words = {one["code"]: one for one in notice.indicators}
    query = sa.select(NoticeFigure).where(NoticeFigure.notice_id == notice.id).order_by(NoticeFigure.id)
    for row in db.session.scalars(query):
        one = words[row.indicator]
        yield (
            notice.month,
            notice.edition,
            row.indicator,
            one["name"],
            one["measure"],
            row.unit_name or "全区",
            tables.part_words(row.part, one) or None,
            row.numerator,
            row.denominator,
            row.value,
        )


def _scores(notice: Notice) -> Iterable[Sequence[Cell]]:
    items = {one["code"]: one for one in notice.basis.get("sheet", {}).get("items", [])}
    names = {unit_id: name for unit_id, name, _kind in notice.basis.get("units", [])}
    query = sa.select(NoticeScore).where(NoticeScore.notice_id == notice.id).order_by(NoticeScore.id)
    for row in db.session.scalars(query):
        item = items[row.item]
        yield (
            notice.month,
            notice.edition,
            names[row.unit_id],
            row.item,
            item["name"],
            item["metric"] or None,
            row.value,
            Decimal(item["base"]),
            row.by_hand,
            row.points,
            "是" if row.veto else "否",
        )


def _places(notice: Notice) -> Iterable[Sequence[Cell]]:
    query = sa.select(NoticeStanding).where(NoticeStanding.notice_id == notice.id)
    bounds = notice.basis.get("ranking", {}).get("bounds", [])
    for row in db.session.scalars(
        query.order_by(NoticeStanding.pool, NoticeStanding.rank, NoticeStanding.id)
    ):
        last = {True: "是", False: "否", None: None}[row.bottom]
        yield (
            notice.month,
            notice.edition,
            choices.pool_name(row.pool, bounds) if row.rank else "不排名",
            row.rank,
            row.unit_name,
            row.cases,
            row.total,
            row.weighted,
            last,
            "是" if row.vetoed else "否",
        )


def _sheet(book: Workbook, title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    sheet = book.create_sheet("".join(c for c in title if c not in "[]:*?/\\"))
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a name that begins with = is a name
            elif isinstance(cell.value, Decimal):
                cell.number_format = "0.00"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column in range(1, len(header) + 1):
        longest = max(
            sum(2 if ord(c) > 255 else 1 for c in str(cell.value or ""))
            for cell in sheet[get_column_letter(column)]
        )
        sheet.column_dimensions[get_column_letter(column)].width = min(60, longest + 2)


def _bytes(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
