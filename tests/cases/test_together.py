"""Two at once: of two officers who take the same step one wins and the other is told; no number twice, none skipped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases.steps import Signing
from app.core.db import db
from app.documents.models import NumberSeries
from tests.support.office import drive, register_case, signed_in, state_of
from tests.support.server import SECRETS

ROOT = Path(__file__).parents[2]


def _at_once(*works: Callable[[], Any]) -> list[Any]:
    """Each in a thread of its own, started together; what they returned or raised."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        gate.wait(timeout=30)
        try:
            results[place] = work()
        except Exception as failure:
            results[place] = failure

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_one_of_two_officers_wins_and_the_other_is_told(app: Flask) -> None:
    case = register_case(app)
    drive(app, case, "routing")
    with app.app_context():
        db.session.remove()
    clients = [signed_in(app, "land_officer") for _ in range(2)]
    answers = _at_once(*[lambda c=c: c.post(f"/signingview/add/{case}", data={"note": ""}) for c in clients])
    assert state_of(app, case) == "SIGNED"
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Signing.id)).where(Signing.case_id == case)) == 1
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] in (200, 302) and codes[-1] < 500, answers
    told = [a for a in answers if a.status_code == 200]
    if told:  # the loser sees the form again, with a Chinese sentence
        assert "不能" in told[0].text or "刚刚" in told[0].text or "无法" in told[0].text
    else:  # or was sent back to the case with the sentence
        pages = [client.get(f"/cases/show/{case}").text for client in clients]
        assert any("不能" in page or "刚刚" in page or "无法" in page for page in pages)


WORKER = """
import sys
from app import create_app
from app.core.db import db
from app.documents import numbers
app = create_app()
with app.app_context():
    for turn in range(12):
        serial = numbers.take("并发督", 2026)
        if turn % 4 == 3:
            db.session.rollback()  # never given
        else:
            db.session.commit()
            print(serial)
"""


def test_two_processes_never_take_a_number_twice_and_skip_none(app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    environment = {**os.environ, **SECRETS, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    with app.app_context():
        db.session.remove()
    command = [sys.executable, "-W", "ignore", "-c", WORKER]
    workers = [
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip
    outputs = [worker.communicate(timeout=120) for worker in workers]
    for worker, (_out, err) in zip(workers, outputs, strict=True):
        assert worker.returncode == 0, err
    taken = sorted(int(line) for out, _err in outputs for line in out.split())
    assert taken == list(range(1, 19))
    with app.app_context():
        last = sa.select(NumberSeries.last).where(NumberSeries.sign == "并发督", NumberSeries.year == 2026)
        assert db.session.scalar(last) == 18


@pytest.mark.parametrize("kinds", [("acceptance", "acceptance")])
def test_two_threads_take_one_number_each_for_two_cases(app: Flask, kinds: tuple[str, str]) -> None:
    """Two notices of acceptance at the same moment get two following numbers of the unit's series."""
    cases = [register_case(app) for _ in kinds]
    for case in cases:
        drive(app, case, "routing", "signing")
    with app.app_context():
        db.session.remove()
    clients = [signed_in(app, "land_officer") for _ in kinds]
    form = {"procedure": "调查核实后书面答复", "note": ""}
    answers = _at_once(
        *[
            lambda c=client, n=case: c.post(f"/acceptanceview/add/{n}", data=form)
            for client, case in zip(clients, cases, strict=True)
        ]
    )
    assert all(answer.status_code in (200, 302) for answer in answers), answers
    assert [state_of(app, case) for case in cases] == ["HANDLING", "HANDLING"]
    with app.app_context():
        papers = db.session.execute(
            sa.text("SELECT serial FROM document WHERE sign = '云资访受' ORDER BY serial")
        ).scalars()
        assert list(papers) == [1, 2]
