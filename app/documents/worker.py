"""The worker that lays papers out: a warm process of its own beside each process of the portal.

A paper that is slow or greedy is killed with its worker and refused; its successor was started while it was slow, so
the next paper does not wait. The worker does one paper at a time: a font configuration belongs to one thread.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import pickle
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.documents.paper import Paper

log = logging.getLogger("portal.documents")
TIMEOUT = 20.0  # seconds for one paper; two hundred pages take about five
SLOW = 2.0  # seconds after which the successor is started
TOGETHER = 120.0  # seconds for a job's common PDF
RECYCLED = 2000  # papers, because every one leaves a few kilobytes behind
MEMORY = 1500  # MB of address space a worker may have
FEW = 20  # papers that are joined sooner by one worker than by several
LOADED = 1.5  # seconds in which a worker has surely loaded the engine
IDLE = 600  # seconds after which a worker that only jobs need goes away
BESIDE = 2  # workers of a job; the portal is planned for two cores
SCRIPT = Path(__file__).with_name("worker_process.py")


T = TypeVar("T")
_mine: ContextVar[Printer] = ContextVar("printer")  # of a thread of a press


class WorkerGone(RuntimeError):
    """The worker ended without an answer."""


class _Worker:
    """One process and its two pipes."""

    def __init__(self, idle: int) -> None:
        self.papers, self.started = 0, time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(MEMORY), str(idle)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def ask(self, message: Any, deadline: float, slow: Any) -> Any:
        """The answer; `slow()` is called once after SLOW seconds. Raises TimeoutError, WorkerGone."""
        self.papers += 1
        assert self.process.stdin is not None
        content = pickle.dumps(message, protocol=5)
        try:
            self.process.stdin.write(struct.pack(">Q", len(content)))
            view = memoryview(content)
            while view:
                view = view[self.process.stdin.write(view) :]
        except BrokenPipeError as gone:
            raise WorkerGone from gone
        started = time.monotonic()
        head = self._read(8, started, deadline, slow)
        return pickle.loads(self._read(struct.unpack(">Q", head)[0], started, deadline, slow))

    def _read(self, size: int, started: float, deadline: float, slow: Any) -> bytes:
        assert self.process.stdout is not None
        found = bytearray()
        while len(found) < size:
            waited = time.monotonic() - started
            if waited > SLOW:
                slow()
            if waited > deadline:
                raise TimeoutError
            ready, _, _ = select.select([self.process.stdout], [], [], 0.25 if waited > SLOW else SLOW)
            if ready:
                part = os.read(self.process.stdout.fileno(), min(size - len(found), 1 << 20))
                if not part:
                    raise WorkerGone
                found += part
        return bytes(found)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Printer:
    """Keeps one worker warm, and its successor where one is needed."""

    def __init__(self, timeout: float = TIMEOUT, idle: int = 0) -> None:
        """Its worker ends by itself after `idle` seconds without a paper; 0: never."""
        self.idle = idle
        self.timeout, self.lock, self.owner = timeout, threading.Lock(), os.getpid()
        self.worker: _Worker | None = None
        self.successor: _Worker | None = None

    def warm(self) -> None:
        """Start the worker now and do not wait for it."""
        with self.lock:
            self._bury()
            self.worker = self.worker or self._next()

    def ready(self) -> bool:
        """Whether its worker has had the time to load the engine: who asks it then does not wait."""
        worker = self.worker
        if worker is None or worker.process.poll() is not None:
            return False
        return worker.papers > 0 or time.monotonic() - worker.started > LOADED

    def _bury(self) -> None:
        if self.worker is not None and self.worker.process.poll() is not None:
            self.worker.end()  # it died between two papers: close its pipes
            self.worker = None

    def _next(self) -> _Worker:
        found, self.successor = self.successor or _Worker(self.idle), None
        return found

    def _prepare(self) -> None:
        self.successor = self.successor or _Worker(self.idle)

    def ask(self, what: str, papers: Any, deadline: float | None = None) -> Any:
        """`what` is "print" or "join". Raises Refusal when it is too slow, too large, or the fonts are missing."""
        with self.lock:
            for attempt in range(2):
                self._bury()
                if self.worker is None:
                    self.worker = self._next()
                worker = self.worker
                try:
                    fault, answer = worker.ask((what, papers), deadline or self.timeout, self._prepare)
                except TimeoutError as late:
                    self._replace(worker)
                    log.warning("a paper took more than %s s and was given up", self.timeout)
                    raise Refusal(_l("This paper takes too long to lay out: shorten it.")) from late
                except WorkerGone:
                    used = worker.papers
                    self._replace(worker)
                    if attempt or used == 1:  # not an accident of the worker, but of this paper
                        raise Refusal(_l("This paper takes too long to lay out: shorten it.")) from None
                    continue
                if worker.papers >= RECYCLED:
                    self._replace(worker)
                if fault:
                    raise Refusal(_FAULTS.get(fault, answer))
                return answer
        raise AssertionError("unreachable")

    def _replace(self, worker: _Worker) -> None:
        worker.end()
        self.worker = self._next()

    def close(self) -> None:
        for worker in (self.worker, self.successor):
            if worker is not None and self.owner == os.getpid():
                worker.end()
        self.worker = self.successor = None


_FAULTS: dict[str, Any] = {
    "fonts": _l("The fonts of the papers are not installed; an administrator runs `make run` once."),
    "pages": _l("The paper would have more than 200 pages: attach the rest as a file."),
    "memory": _l("This paper takes too long to lay out: shorten it."),
}
_printers: list[Printer] = []


def _all(count: int) -> list[Printer]:
    """This process's printers, at least so many of them; a fork gets its own."""
    if any(one.owner != os.getpid() for one in _printers):
        _printers.clear()
    while len(_printers) < count:
        _printers.append(Printer(idle=IDLE if _printers else 0))
        atexit.register(_printers[-1].close)
    return _printers


def printer() -> Printer:
    """The one that is kept warm."""
    return _all(1)[0]


def printed(paper: Paper) -> bytes:
    """The PDF of a paper. Raises Refusal."""
    return bytes((_mine.get(None) or printer()).ask("print", paper))


def together(papers: list[bytes]) -> bytes:
    """One PDF of the pages of many in order, their fonts in it once. Raises Refusal."""
    share = -(-len(papers) // BESIDE)
    if share < FEW:
        return _joined(papers)
    with press() as hand_in:
        parts = [hand_in(partial(_joined, papers[at : at + share])) for at in range(0, len(papers), share)]
    return _joined([part.result() for part in parts])


def _joined(papers: list[bytes]) -> bytes:
    return bytes((_mine.get(None) or printer()).ask("join", papers, TOGETHER))


@contextmanager
def press() -> Iterator[Callable[[Callable[[], T]], Future[T]]]:
    """Inside, what is handed in is printed beside what the caller does, by as many warm workers as there are, at most
    one a core (2)."""
    free: SimpleQueue[Printer] = SimpleQueue()
    first, *others = _all(BESIDE)[:BESIDE]
    chosen = [first, *[one for one in others if one.ready()]]
    for one in chosen:
        free.put(one)
    for one in others:
        if one not in chosen:
            one.warm()  # for what is handed in next time

    def run(task: Callable[[], T]) -> T:
        _mine.set(mine := free.get())
        try:
            return task()
        finally:
            free.put(mine)

    with ThreadPoolExecutor(len(chosen), thread_name_prefix="press") as threads:
        yield lambda task: threads.submit(copy_context().run, run, task)
