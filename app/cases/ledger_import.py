"""Judging a ledger with the office's own headings, words, units and categories. Reads only; ``takeover`` writes."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa
from flask_babel import gettext as _

from app.cases import ledger
from app.cases.ledger import LedgerRow, Problem, Reference, RowVerdict
from app.cases.ledger_models import LedgerAlias, LedgerWord
from app.cases.models import Case, Category
from app.core.db import db
from app.core.scope import seeing_all
from app.organisation.models import Unit

ACCEPTED = "accept"
SHOWN = 5


@dataclass
class Judgement:
    """What becomes of a file: the rows to load, every row's verdict, what was noticed."""

    file: str
    digest: str
    sheet: str
    heading_row: int
    unused: list[str]
    good: list[tuple[int, LedgerRow]] = field(default_factory=list)
    refused: list[RowVerdict] = field(default_factory=list)
    verdicts: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    """(row, number, subjects refused) of every row, in order."""
    remarks: dict[str, list[int]] = field(default_factory=dict)
    """Sentence to the rows it was said of."""

    def remark(self, row: int, problem: Problem) -> None:
        self.remarks.setdefault(problem.text(_), []).append(row)


def aliases() -> dict[str, str]:
    """Heading to field in the order of rank, as ``ledger.read_sheet`` wants them."""
    query = (
        sa.select(LedgerAlias.alias, LedgerAlias.field)
        .where(LedgerAlias.active)
        .order_by(LedgerAlias.rank, LedgerAlias.id)
    )
    return {alias: str(found.name).lower() for alias, found in db.session.execute(query)}


def reference() -> Reference:
    """Categories, the office's words, and units by all their names (the code is the unit's row number)."""
    categories = db.session.scalars(sa.select(Category).order_by(Category.code)).all()
    by_id = {category.id: category.code for category in categories}
    known = [ledger.Category(c.code, c.name, by_id.get(c.parent_id or 0)) for c in categories]
    words = [
        (word.field.name.lower(), word.word, word.code)
        for word in db.session.scalars(sa.select(LedgerWord).where(LedgerWord.active).order_by(LedgerWord.id))
    ]
    return Reference(known, [*words, *_unit_names()])


def _unit_names() -> Iterator[tuple[str, str, str]]:
    """The full names first: a short name never takes another unit's full one."""
    units = db.session.scalars(sa.select(Unit).where(Unit.active).order_by(Unit.id)).all()
    for unit in units:
        yield "unit", unit.name, str(unit.id)
    for unit in units:
        for name in (unit.short_name, *unit.aliases.replace("，", ",").split(",")):
            if name.strip():
                yield "unit", name.strip(), str(unit.id)


def judge(
    path: Path,
    today: dt.date,
    sheet_name: str | None = None,
    told: Callable[[int], None] = lambda _count: None,
) -> Judgement:
    """Every row's verdict. ``told`` is called with the count now and then. Raises LedgerRefused for the file."""
    headings, known = aliases(), reference()
    with seeing_all("numbers of a ledger are compared with all cases"):
        taken = frozenset(db.session.scalars(sa.select(Case.number)))
    db.session.rollback()  # judging a large file takes a while: no lock is held meanwhile
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with ledger.read_sheet(path, headings, sheet_name) as sheet:
        found = Judgement(path.name, digest, sheet.name, sheet.heading_row, sheet.unused_headings())
        for count, verdict in enumerate(ledger.check_rows(sheet, known, today, taken), 1):
            found.verdicts.append((verdict.row, verdict.number, tuple(p.subject for p in verdict.refusals)))
            if verdict.values is None:
                found.refused.append(verdict)
            else:
                found.good.append((verdict.row, verdict.values))
                for problem in verdict.remarks:
                    found.remark(verdict.row, problem)
            if count % 10_000 == 0:
                told(count)
    return found


def verdict_text(subjects: tuple[str, ...]) -> str:
    """``accept``, or what is wrong in the reader's words: 姓名/登记时间."""
    return "/".join(_(ledger.SUBJECTS[subject]) for subject in subjects) or ACCEPTED


def lines(found: Judgement) -> Iterator[str]:
    """The judgement for a person to read: refusals with row and reason, what was noticed, the sum."""
    yield _("Sheet “%(sheet)s”, headings in row %(row)s", sheet=found.sheet, row=found.heading_row)
    if found.unused:
        yield _("Columns not used: %(names)s", names="、".join(found.unused))
    for verdict in found.refused:
        reasons = "；".join(problem.text(_) for problem in verdict.refusals)
        yield _(
            "row %(row)s  %(number)s  %(reasons)s", row=verdict.row, number=verdict.number, reasons=reasons
        )
    for sentence, rows in found.remarks.items():
        shown = "、".join(str(row) for row in rows[:SHOWN]) + ("…" if len(rows) > SHOWN else "")
        yield _("noticed in %(count)s rows (%(rows)s): %(sentence)s",
                count=len(rows), rows=shown, sentence=sentence)  # fmt: skip
    yield _("%(all)s rows: %(good)s accepted, %(bad)s refused",
            all=len(found.verdicts), good=len(found.good), bad=len(found.refused))  # fmt: skip


def write_report(found: Judgement, stream: TextIO) -> None:
    """Every row of the sheet with its verdict, as CSV (row, number, verdict)."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["row", "number", "verdict"])
    for row, number, subjects in found.verdicts:
        writer.writerow([row, number, verdict_text(subjects)])
