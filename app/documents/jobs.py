"""Printing in bulk: the notices of many cases, in order, as one PDF; each of them in the register.

A job is a row that is taken on a few papers at a time, each time in its own transaction, by whoever started it: its
page asks again until it is done. So it can be stopped and taken up again, also after a restart, and no request is long.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import files, immutable
from app.core.db import db
from app.core.enums import LabelledEnum, enum_column
from app.core.errors import Refusal
from app.core.labels import said
from app.core.models import Row
from app.core.remembered import remembering
from app.core.scope import seeing_all
from app.documents import fields, operations, worker
from app.documents.models import Document, DocumentKind, DocumentState
from app.documents.paper import Paper
from app.organisation.models import Officer, Unit

MOST = 300  # cases of one job
AT_ONCE = 25  # papers in one go: a quarter of a second to a second
# The room of cases says what cases offer to a text, and in whose name; nothing of one out of reach. Its steps issue
# some kinds: those are only printed here, never issued a second way.
CASE_FIELDS: list[Callable[[list[int], Officer], dict[int, tuple[Unit, dict[str, Any]]]]] = []
BY_NUMBER: list[Callable[[str, Officer], tuple[Unit, dict[str, Any]] | None]] = []
ISSUED_BY_STEPS: set[str] = set()


class JobState(LabelledEnum):
    RUNNING = (_l("Under way"), "info")
    STOPPED = (_l("Stopped"), "warn")
    DONE = (_l("Done"), "green")


class PrintJob(Row):
    """The cases that were chosen, and the papers that came of them so far, in the same order."""

    __tablename__ = "print_job"

    officer_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer] = relationship(info=said(_l("Started by")))
    kind_id: Mapped[int] = mapped_column(sa.ForeignKey("document_kind.id"))
    kind: Mapped[DocumentKind] = relationship(info=said(_l("Document kind")))
    started_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Started at")))
    cases: Mapped[list[int]] = mapped_column(sa.JSON)
    papers: Mapped[list[int]] = mapped_column(sa.JSON)
    faults: Mapped[list[list[str]]] = mapped_column(sa.JSON)
    seen: Mapped[int] = mapped_column(default=0)
    state: Mapped[JobState] = mapped_column(
        enum_column(JobState, "print_job_state"), default=JobState.RUNNING, info=said(_l("State"))
    )
    digest: Mapped[str | None] = mapped_column(sa.String(64))

    def __str__(self) -> str:
        return f"{self.kind} {self.seen}/{len(self.cases)}"


immutable.protect("print_job", frozen=("officer_id", "kind_id", "started_at", "cases"))


def is_free(kind: DocumentKind) -> bool:
    """Whether a kind can be issued for a case by itself: no step issues it, and the case has all that it asks for."""
    known = fields.known()
    asked = (kind.required or "").split()
    return kind.code not in ISSUED_BY_STEPS and all(name in known and known[name].of_case for name in asked)


def start(kind: DocumentKind, cases: list[int], officer: Officer, at: dt.datetime) -> PrintJob:
    """Raises Refusal for none or too many. The caller has fetched the cases through the scope."""
    chosen = list(dict.fromkeys(cases))
    if not 1 <= len(chosen) <= MOST:
        raise Refusal(_l("Choose 1 to %(most)s cases.", most=MOST), "numbers")
    job = PrintJob(officer=officer, kind=kind, started_at=at, cases=chosen, papers=[], faults=[], seen=0,
                   state=JobState.RUNNING)  # fmt: skip
    db.session.add(job)
    db.session.flush()
    return job


def mine(job_id: int, officer: Officer) -> PrintJob | None:
    """A job of that officer, locked until the commit; nobody takes on another's."""
    query = sa.select(PrintJob).where(PrintJob.id == job_id, PrintJob.officer_id == officer.id)
    return db.session.scalars(query.with_for_update()).first()


def offered(cases: list[int], officer: Officer) -> dict[int, tuple[Unit, dict[str, Any]]]:
    """What these cases say to a text, by case; without those out of reach."""
    return {case_id: said for ask in CASE_FIELDS for case_id, said in ask(cases, officer).items()}


def advance(job: PrintJob, officer: Officer, at: dt.datetime) -> None:
    """Take on the next papers; with the last one, make the one PDF. The caller commits."""
    if job.state is not JobState.RUNNING:
        return
    chunk = job.cases[job.seen : job.seen + AT_ONCE]
    try:
        papers, faults = _made(job, chunk, officer, at)
    except Refusal:  # one of them cannot be laid out: each by itself, so that it alone is left out
        papers, faults = [], []
        for case_id in chunk:
            try:
                made, refused = _made(job, [case_id], officer, at)
            except Refusal as refusal:
                made, refused = [], [[str(case_id), str(refusal)]]
            papers, faults = papers + made, faults + refused
    job.papers, job.faults = job.papers + papers, job.faults + faults
    job.seen = min(job.seen + AT_ONCE, len(job.cases))
    if job.seen == len(job.cases):
        job.state = JobState.DONE
        if job.papers:
            signed = [files.get(paper.digest) for paper in _in_order(job.papers) if paper.digest]
            job.digest = files.put(worker.together(signed))
    db.session.flush()


def _made(
    job: PrintJob, chunk: list[int], officer: Officer, at: dt.datetime
) -> tuple[list[int], list[list[str]]]:
    """The papers of these cases in order, each in the register, and what was refused with its reason.

    While one is laid out, the next is written. Raises Refusal when one cannot be laid out; nothing of these is kept.
    """
    with remembering(), db.session.begin_nested():
        papers, faults = _standing(job, chunk), []
        lacking = [case_id for case_id in chunk if case_id not in papers]
        if not is_free(job.kind):
            faults = [
                [str(case_id), _("This case has no such paper yet; its step issues it.")]
                for case_id in lacking
            ]
            lacking = []
        said = offered(lacking, officer)
        waiting: list[tuple[Document, Future[str]]] = []
        with seeing_all(f"papers of job {job.id}"), db.session.no_autoflush, worker.press() as press:
            for case_id in lacking:
                try:
                    document, paper = _numbered(job.kind, said.get(case_id), case_id, officer, at)
                except Refusal as refusal:
                    faults.append([str(case_id), str(refusal)])
                else:
                    papers[case_id] = document
                    waiting.append((document, press(partial(operations.stored, paper))))
            for document, printing in waiting:
                operations.kept(document, printing.result())
            db.session.flush()
        for paper in papers.values():
            operations.printed(paper.id, paper.number)
    return [papers[case_id].id for case_id in chunk if case_id in papers], faults


def _standing(job: PrintJob, cases: list[int]) -> dict[int, Document]:
    """The newest signed paper of the kind by case, through the officer's scope."""
    query = sa.select(Document).where(
        Document.case_id.in_(cases), Document.kind_id == job.kind_id, Document.state == DocumentState.SIGNED
    )
    return {int(paper.case_id or 0): paper for paper in db.session.scalars(query.order_by(Document.id))}


def _numbered(
    kind: DocumentKind,
    said: tuple[Unit, dict[str, Any]] | None,
    case_id: int,
    officer: Officer,
    at: dt.datetime,
) -> tuple[Document, Paper]:
    """Raises Refusal before anything is numbered; then the draft is gone again."""
    if said is None:
        raise Refusal(_l("This case is not within your reach."))
    document = operations.draft(kind.code, said[0], said[1], at, officer, case_id)
    try:
        paper = operations.numbered(document, officer, at)
    except Refusal:
        db.session.expunge(document)
        raise
    assert paper is not None  # nothing is previewed here
    return document, paper


def _in_order(numbers: list[int]) -> list[Document]:
    rows = {one.id: one for one in db.session.scalars(sa.select(Document).where(Document.id.in_(numbers)))}
    return [rows[number] for number in numbers if number in rows]


def stop(job: PrintJob) -> None:
    """What was issued stays in the register."""
    if job.state is JobState.RUNNING:
        job.state = JobState.STOPPED


def resume(job: PrintJob) -> None:
    """Go on behind the last paper."""
    if job.state is JobState.STOPPED:
        job.state = JobState.RUNNING


def content(job: PrintJob) -> bytes:
    """The one PDF. Raises Refusal where a paper of it is no more within the officer's reach."""
    if not job.digest or len(_in_order(job.papers)) != len(job.papers):
        raise Refusal(_l("A paper of this job is no longer within your reach."))
    return files.get(job.digest)


def rows(job: PrintJob) -> list[Document]:
    """The papers of a job in order, through the officer's scope."""
    return _in_order(job.papers)


# the room of cases says which numbers the filter in the address leaves: (at most so many)
MATCHING: list[Callable[[int], list[str]]] = []
# the room of cases finds the rows of case numbers within reach: (number, id)
FIND: list[Callable[[list[str]], list[tuple[str, int]]]] = []


def cases_of(numbers: list[str]) -> tuple[list[int], list[str]]:
    """The cases with these numbers in the order given, and the numbers of which there is none within reach."""
    known = {number: row for find in FIND for number, row in find(numbers)}
    return [known[n] for n in numbers if n in known], [n for n in numbers if n not in known]
