"""Who is measured: a process of its own that answers the same question again and again and says how long it took.

Ours and its peer each live in their own interpreter, so that neither carries the other's patches, caches or garbage;
the asking process lets them take turns, so that the machine's other load meets both alike.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Any

import sqlalchemy as sa

Ask = Callable[[str], bytes]
NOT_COUNTED = ("BEGIN", "COMMIT", "PRAGMA", "SAVEPOINT", "RELEASE")


@dataclass(frozen=True)
class Answer:
    """One measured answer: how long, of that computing in the asked process, how many statements, how much."""

    ms: float
    cpu: float
    statements: int
    bytes: int


class Party:
    """The other end of a measuring process."""

    def __init__(self, name: str, pipe: Connection) -> None:
        self.name, self.pipe = name, pipe

    def ask(self, question: str, times: int) -> list[Answer]:
        """Raises RuntimeError with the party's own words when it cannot answer."""
        self.pipe.send((question, times))
        answer = self.pipe.recv()
        if isinstance(answer, str):
            raise RuntimeError(f"{self.name} cannot answer {question}: {answer}")
        return answer


@contextmanager
def party(name: str, settings: dict[str, Any]) -> Iterator[Party]:
    """Start `name` ("portal", "plain", "letter" or "plain letter") and stop it when the block ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(name, settings, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Party(name, ours)
    finally:
        ours.close()
        process.join(10)


def _serve(name: str, settings: dict[str, Any], pipe: Connection) -> None:
    logging.disable(logging.WARNING)
    statements = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal statements
        statements += not statement.startswith(NOT_COUNTED)

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        answer: Ask | None = PARTIES[name](settings)
    except Exception as failure:
        answer, broken = None, f"{type(failure).__name__}: {failure}"
    with contextlib.suppress(EOFError):  # nobody asks any more
        while True:
            question, times = pipe.recv()
            if answer is None:
                pipe.send(broken)
                continue
            answers = []
            try:
                for _time in range(times):
                    before, begun, cpu = statements, time.perf_counter(), time.process_time()
                    content = answer(question)
                    ms, cpu = (time.perf_counter() - begun) * 1000, (time.process_time() - cpu) * 1000
                    answers.append(Answer(ms, cpu, statements - before, len(content)))
                pipe.send(answers)
            except Exception as failure:
                pipe.send(f"{type(failure).__name__}: {failure}")


# ---- the parties ------------------------------------------------------------------------------------------------


def _portal(settings: dict[str, Any]) -> Ask:
    """Questions are "officer /path"."""
    from app import create_app
    from tests.support.office import signed_in

    app = create_app(settings)
    clients: dict[str, Any] = {}

    def ask(question: str) -> bytes:
        username, path = question.split(" ", 1)
        if username not in clients:
            clients[username] = signed_in(app, username)
        return _page(clients[username], path)

    return ask


def _plain(settings: dict[str, Any]) -> Ask:
    """Questions are paths."""
    from tests.bench.peers import plain_fab
    from tests.support.office import PASSWORD

    app = plain_fab.create_app(settings)
    plain_fab.add_user(app, PASSWORD, settings["BENCH_UNIT"])
    client = app.test_client()
    client.post("/login/", data={"username": plain_fab.NAME, "password": PASSWORD})
    return lambda path: _page(client, path)


def _page(client: Any, path: str) -> bytes:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return answer.data


def _letter(settings: dict[str, Any]) -> Ask:
    """Questions are names of papers in tests/documents/samples.py."""
    from app.documents.render import render
    from tests.documents import samples

    return lambda name: render(getattr(samples, name))


def _plain_letter(settings: dict[str, Any]) -> Ask:
    from tests.bench.peers import plain_letter

    plain_letter.use_stock()
    return _letter(settings)


def _papers(settings: dict[str, Any]) -> Ask:
    """Questions are "letter": one through the whole portal (permission, data, text, PDF/A, digest, kept); or
    "job 300": so many letters in one job, and their one PDF."""
    from app import create_app
    from app.core import moment
    from app.core.db import db
    from app.documents import jobs, operations
    from tests.bench import letters
    from tests.support.office import as_officer

    app = create_app(settings)
    with as_officer(app, "office"):
        turns = letters.turns(60)

    def letter() -> bytes:
        with as_officer(app, "office") as officer:
            assert app.extensions["appbuilder"].sm.has_access("can_draft", "DraftView")
            case = next(turns)
            unit, said = jobs.offered([case], officer)[case]
            made = operations.issue_alone(letters.CODE, unit, said, moment.now(), officer, case)
            printed = operations.rendered(made)
            db.session.commit()
            return printed

    def job(count: int) -> bytes:
        with as_officer(app, "office") as officer:
            kind = operations.kind_of(letters.CODE)
            made = jobs.start(kind, letters.cases(count), officer, moment.now())
            while made.state is jobs.JobState.RUNNING:
                jobs.advance(made, officer, moment.now())
                db.session.commit()
            assert len(made.papers) == count
            return jobs.content(made)

    return lambda asked: letter() if asked == "letter" else job(int(asked.split()[1]))


def _typst(settings: dict[str, Any]) -> Ask:
    from app import create_app
    from tests.bench import letters
    from tests.bench.peers import typst_letter
    from tests.support.office import as_officer

    with as_officer(create_app(settings), "office") as officer:
        papers = letters.drafted(officer, 300)
    render, turns = typst_letter.renderer(), cycle(papers[:60])

    def ask(asked: str) -> bytes:
        if asked == "letter":
            return render(next(turns))
        return b"".join(map(render, papers[: int(asked.split()[1])]))

    return ask


PARTIES: dict[str, Callable[[dict[str, Any]], Ask]] = {
    "portal": _portal,
    "plain": _plain,
    "letter": _letter,
    "plain letter": _plain_letter,
    "papers": _papers,
    "typst": _typst,
}
