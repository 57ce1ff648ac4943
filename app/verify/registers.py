"""Numbers and papers: series without gaps or doubles, files that are still the ones that were signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import sqlalchemy as sa

from app.cases import bulk
from app.core import files
from app.documents.models import Document, DocumentState, NumberSeries
from app.documents.numbers import written
from app.verify.asking import SHOWN, cases, rows

papers, series = Document.__table__.c, NumberSeries.__table__.c


def document_numbers() -> Iterator[str]:
    """Gap-free and never doubled, per series and year, up to the last number given (domain.md 3.1)."""
    given: dict[tuple[str, int], list[int]] = {}
    query = sa.select(papers.id, papers.sign, papers.year, papers.serial, papers.number).where(
        papers.number != ""
    )
    for paper, sign, year, serial, number in rows(query.order_by(papers.sign, papers.year, papers.serial)):
        if sign is None or year is None or serial is None or number != written(sign, year, serial):
            yield f"document {paper}: number {number} is not the one of its series ({sign} {year} {serial})"
        else:
            given.setdefault((sign, year), []).append(serial)
    last = {
        (sign, year): number for sign, year, number in rows(sa.select(series.sign, series.year, series.last))
    }
    for sign, year in sorted(given.keys() | {key for key in last if key[0] != bulk.CASE_SERIES}):
        serials, end = given.get((sign, year), []), last.get((sign, year))
        if end is None:
            yield f"series {sign} {year}: {len(serials)} documents, but no register of numbers"
            continue
        doubled = sorted(n for n, times in Counter(serials).items() if times > 1)
        missing = sorted(set(range(1, end + 1)) - set(serials))
        beyond = sorted(n for n in set(serials) if n > end)
        for word, numbers in (("doubled", doubled), ("missing", missing), ("beyond the register", beyond)):
            if numbers:
                yield f"series {sign} {year}: {word}: {', '.join(map(str, numbers[:SHOWN]))}"


def case_numbers() -> Iterator[str]:
    """No case has a number that its month's register has not given yet."""
    month = sa.func.substr(cases.number, len(bulk.CASE_SERIES) + 1, 6)
    query = (
        sa.select(
            month, sa.func.max(sa.cast(sa.func.substr(cases.number, len(bulk.CASE_SERIES) + 7), sa.Integer))
        )
        .where(sa.not_(cases.imported), cases.number.regexp_match(f"^{bulk.CASE_SERIES}[0-9]+$"))
        .group_by(month)
    )
    last = dict(rows(sa.select(series.year, series.last).where(series.sign == bulk.CASE_SERIES)).all())
    for found, highest in rows(query):
        if highest > last.get(int(found), 0):
            yield f"case number {bulk.CASE_SERIES}{found}{highest:04d} is beyond the register"


def papers_on_file() -> Iterator[str]:
    """A signed paper is a file that is still the one that was signed."""
    query = sa.select(papers.id, papers.number, papers.state, papers.digest).order_by(papers.id)
    for paper, number, state, digest in rows(query):
        name = f"document {paper} {number}".strip()
        if digest is None:
            if state != DocumentState.DRAFT:
                yield f"{name}: signed, but without a file"
            continue
        try:
            files.get(digest)
        except FileNotFoundError:
            yield f"{name}: its file is missing"
        except (ValueError, OSError):
            yield f"{name}: its file is not the one that was signed"
