"""The worker that lays papers out: warm, killed when slow or greedy, replaced at once; no page loads the engine."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from app.core.errors import Refusal
from app.documents import worker
from app.documents.render import render
from tests.documents import samples

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch):
    made = worker.Printer()
    yield made
    made.close()


def test_the_worker_prints_the_same_bytes_as_the_engine(printer: worker.Printer):
    assert printer.ask("print", samples.EXTENSION) == render(samples.EXTENSION)
    assert printer.worker is not None and printer.worker.papers == 1


def test_a_slow_paper_is_given_up_and_the_next_finds_a_warm_worker(printer: worker.Printer, monkeypatch):
    monkeypatch.setattr(worker, "SLOW", 0.2)
    printer.ask("print", samples.EXTENSION)
    slow = printer.worker
    long = replace(samples.SUPERVISION, body="\n".join([samples.SUPERVISION.body] * 60))
    with pytest.raises(Refusal):
        printer.ask("print", long, deadline=1.0)
    assert slow is not None and slow.process.poll() is not None  # killed
    assert printer.worker is not slow
    assert printer.ask("print", samples.EXTENSION).startswith(b"%PDF")


def test_a_killed_worker_is_replaced_unseen(printer: worker.Printer):
    for _time in range(2):
        printer.ask("print", samples.EXTENSION)
    assert printer.worker is not None
    printer.worker.process.kill()
    printer.worker.process.wait()
    assert printer.ask("print", samples.EXTENSION).startswith(b"%PDF")


def test_a_greedy_worker_hits_its_limit_and_the_portal_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "MEMORY", 130)  # MB: too little for the engine and its fonts
    printer = worker.Printer()
    try:
        with pytest.raises(Refusal):
            printer.ask("print", replace(samples.SUPERVISION, body="\n".join(["字" * 300] * 150)))
    finally:
        printer.close()


def test_too_many_pages_are_a_refusal(printer: worker.Printer):
    with pytest.raises(Refusal):
        printer.ask("print", replace(samples.SUPERVISION, body="字" * 130_000))


def test_starting_the_worker_keeps_nobody_waiting(printer: worker.Printer):
    begun = time.monotonic()
    printer.warm()
    assert time.monotonic() - begun < 0.5


def test_the_portal_itself_never_loads_the_engine():
    code = "import sys; import app.rooms, app.documents.operations; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=False).returncode == 0


def test_many_papers_in_one_file_hold_their_fonts_once(printer: worker.Printer):
    one = printer.ask("print", samples.EXTENSION)
    many = printer.ask("join", [one] * 30, deadline=120)
    assert len(many) < 6 * len(one)


def test_a_press_prints_beside_its_caller_and_in_the_order_handed_in():
    papers = [replace(samples.EXTENSION, recipient=name) for name in ("张一", "李二", "王三", "赵四")]
    with worker.press() as hand_in:
        printing = [hand_in(partial(worker.printed, paper)) for paper in papers]
        made = [one.result() for one in printing]
    assert made == [render(paper) for paper in papers]
    assert len(worker._printers) == worker.BESIDE


def test_what_cannot_be_laid_out_is_refused_to_whoever_handed_it_in():
    with worker.press() as hand_in:
        good = hand_in(partial(worker.printed, samples.EXTENSION))
        bad = hand_in(partial(worker.printed, replace(samples.SUPERVISION, body="字" * 130_000)))
    assert good.result().startswith(b"%PDF")
    with pytest.raises(Refusal):
        bad.result()


def test_a_worker_that_only_jobs_need_goes_away_and_comes_again():
    printer = worker.Printer(idle=1)
    try:
        printer.ask("print", samples.EXTENSION)
        assert printer.worker is not None
        printer.worker.process.wait(timeout=20)
        assert printer.ask("print", samples.EXTENSION).startswith(b"%PDF")
    finally:
        printer.close()
