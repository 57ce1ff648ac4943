"""The week's list as PDF for Friday's report (周五呈报): no numbered paper, so it is kept nowhere."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from flask_babel import force_locale

from app.cases.paper_fields import PAPER_LANGUAGE
from app.consultation import board
from app.core import moment, settings
from app.documents import worker
from app.documents.paper import Annex, Format, Paper
from app.organisation.reach import conference_office

WIDTHS = (3, 3, 9, 12, 8, 6, 3, 5, 14, 10, 4)


def title(first: dt.date, last: dt.date) -> str:
    return f"四级会诊情况周报（{first.month}月{first.day}日至{last.month}月{last.day}日）"


def pdf(first: dt.date, last: dt.date, lines: list[Any]) -> bytes:
    """Raises Refusal where the fonts of the papers are missing."""
    with force_locale(PAPER_LANGUAGE):
        levels = Counter(line.session.level_number for line in lines)
        by_level = "，".join(f"{number}级{count}件" for number, count in sorted(levels.items())) or "无"
        late = sum(line.late for line in lines)
        rows = tuple(
            tuple(str(cell) for cell in board.cells(place, line)) for place, line in enumerate(lines, 1)
        )
        paper = Paper(
            format=Format.NOTICE,
            title=title(first, last),
            organ=settings.text("conference_office_name"),
            body=f"本周会诊{len(lines)}件次：{by_level}。逾期未落实的议定事项{late}项。现呈报如下，详见附件。",
            annexes=(Annex("四级会诊情况一览表", header=tuple(board.heads()), lines=rows, widths=WIDTHS),),
            signature=conference_office().name,
            date=moment.today(),
            seal=False,
            created=moment.now(),
        )
    return worker.printed(paper)
