"""What a paper says, apart from how it looks: the plain values the renderer takes."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Format(enum.StrEnum):
    """How a paper looks. LETTER, DOCUMENT, MINUTES follow GB/T 9704-2012 10.1, 7 and 10.3."""

    LETTER = "letter"  # 函
    DOCUMENT = "document"  # 文
    MINUTES = "minutes"  # 纪
    NOTICE = "notice"  # 告: to the citizen
    FORM = "form"  # 表
    SLIP = "slip"  # A5 landscape receipt with the query code


class Kind(enum.StrEnum):
    """What a cell of a form is."""

    FIELD = "field"  # label and a value of a line or two
    SECTION = "section"  # a band across the table, `label` only
    TEXT = "text"  # upright label, wide content box at least `lines` high
    SIGN = "sign"  # content box with a place to sign: `value` above, `sign` and date below
    HEAD = "head"  # the head of a table's column, `label` only
    PLAIN = "plain"  # a cell of a table, `value` only


@dataclass(frozen=True)
class Cell:
    """One labelled value. `span` is its share of the row's width beside its neighbours; `lines` the least height
    of the box in lines; `sign` the words before the signature line."""

    label: str
    value: str = ""
    span: int = 1
    kind: Kind = Kind.FIELD
    lines: int = 0
    sign: str = "签名："


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Annex:
    """An 附件 printed with the paper, on its own page: text, pictures, a table with a `header` and `lines`."""

    title: str
    body: str = ""
    header: tuple[str, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    widths: tuple[int, ...] = ()  # shares of the width; even when empty
    note: str = ""
    pictures: tuple[str, ...] = ()  # SVG drawn by the house, never text from outside


@dataclass(frozen=True)
class Paper:
    """Everything one paper prints.

    `title`, `organ` and `recipient` are single lines; a newline in `title` is the clerk's own line break (梯形,
    菱形). `body` has one paragraph a line. `rows` are for forms and slips. `data` travels in the PDF as letter.json.
    """

    format: Format
    title: str
    organ: str  # 发文机关: the mark in the head and, unless `signature` says otherwise, the name at the end
    number: str = ""  # 云信督〔2026〕12号
    recipient: str = ""  # 主送机关, with or without its colon
    body: str = ""
    rows: tuple[Row, ...] = ()
    attachments: tuple[str, ...] = ()  # 附件说明
    annexes: tuple[Annex, ...] = ()
    signature: str = ""
    date: dt.date | None = None
    seal: bool = True  # leave room for the seal (加盖印章); False: 不加盖印章
    seal_image: str = ""  # the seal itself as a data address of a PNG, pressed over name and date
    seal_size: int = 42  # its diameter in mm
    signer: str = ""  # 签发人, in a DOCUMENT sent upwards
    annotation: str = ""  # 附注, printed in brackets under the date
    copies_to: str = ""  # 抄送
    issued_by: str = ""  # 印发机关 of a DOCUMENT; empty: the organ
    issued_on: dt.date | None = None
    contacts: tuple[str, ...] = ()  # 联系人, 电话, 地址: lines at the foot
    receipt: tuple[str, ...] = ()  # 签收: what the receiver fills in, at the foot of the last page
    attendance: tuple[tuple[str, str], ...] = ()  # (("出席", "…"), ("请假", "…"), ("列席", "…"))
    mark: str = ""  # 发文机关标志 where it is not the organ's name
    copy_no: str = ""  # 份号
    secrecy: str = ""  # 密级和保密期限
    urgency: str = ""  # 紧急程度
    code: str = ""  # the query code of a SLIP, or the 编号 of a FORM
    verify_code: str = ""
    verify_url: str = ""
    draft: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    created: dt.datetime = dt.datetime(2026, 1, 1)
