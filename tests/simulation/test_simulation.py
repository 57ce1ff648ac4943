"""Synthetic histories are lawful, reproducible and reach every state of the transition table."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import demo_cases, verify
from app.cases import bulk, workflow
from app.cases.enums import MatterKind, State
from app.cases.models import Case, Clock
from app.cases.steps import Step
from app.core.db import db
from app.core.idcard import parse_id
from app.documents.models import Document
from app.organisation.models import Officer
from app.simulation import LEFT_OUT, run
from tests.support import office
from tests.support.office import Office

DAY = office.NOW.date()
# seldom come to: a few hundred cases need not hold one of each on any given day
RARE = {
    State.RECHECK,
    State.FINAL,
    State.REVIEW,
    State.REVIEWED,
    State.NO_LONGER,
    State.OBJECTED,
    State.REPORTED,
    State.WITHDRAWN,
}


def reachable() -> set[State]:
    """By the steps that synthetic cases take."""
    found, before = {State.REGISTERED}, set[State]()
    while found != before:
        before = set(found)
        for move in workflow.MOVES.values():
            if move.from_ & found and move.kind not in LEFT_OUT:
                found |= set(move.targets) if move.to is not None else set()
    return found


def test_what_is_left_out_are_steps() -> None:
    assert set(LEFT_OUT) <= set(workflow.MOVES)


def test_every_state_and_step_kind_is_reached_lawfully(app: Flask) -> None:
    with app.app_context():
        run.simulate(800, 1, DAY)
        assert verify.findings() == []
        assert set(db.session.scalars(sa.select(Step.to_state).distinct())) == reachable()
        kinds = set(db.session.scalars(sa.select(Step.kind).distinct()))
        assert kinds == (set(workflow.MOVES) | {"registration"}) - set(LEFT_OUT)
        late = db.session.scalar(sa.select(sa.func.count(Step.id)).where(Step.late))
        overdue = db.session.scalar(sa.select(sa.func.count(Case.id)).where(Case.due_on < DAY))
        assert late and overdue
        assert db.session.scalar(sa.select(sa.func.count(Document.id))) == 0
        assert db.session.scalar(sa.select(sa.func.max(Step.taken_at))) < office.NOW
        first = db.session.scalar(sa.select(sa.func.min(Case.registered_at)))
        assert first.date() >= DAY - dt.timedelta(days=550)
        units = set(db.session.scalars(sa.select(Case.unit_id).distinct()))
        categories = set(db.session.scalars(sa.select(Case.category_id).distinct()))
        assert len(units) > 12 and len(categories) > 20
        case = db.session.scalars(sa.select(Case).limit(1)).one()
        assert case.id_number and parse_id(case.id_number, DAY).region[4:] == "99"


IDS = {
    "id",
    "case_id",
    "number",
    "query_code",
    "id_number",
    "phone",
    "started_by_id",
    "stopped_by_id",
    "rule_id",
}


def rows_without_ids() -> list[list[dict[str, Any]]]:
    made = []
    for table in (bulk.CASES, bulk.STEPS, bulk.CLOCKS, bulk.PARTS):
        rows = db.session.execute(sa.select(table).order_by(table.c.id)).mappings()
        made.append([{name: value for name, value in row.items() if name not in IDS} for row in rows])
    return made


def test_the_same_seed_gives_the_same_cases(sqlite_office: Office) -> None:
    made = []
    for seed in (5, 5, 6):
        app = sqlite_office.fresh()
        with app.app_context():
            run.simulate(60, seed, DAY)
            made.append(rows_without_ids())
    sqlite_office.close()
    assert made[0] == made[1] != made[2]


def test_a_second_run_goes_on_after_the_first(app: Flask) -> None:
    with app.app_context():
        run.simulate(40, 5, DAY)
        run.simulate(40, 5, DAY)
        assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 80
        assert verify.findings() == []


def test_accusations_have_no_part_for_anybody(app: Flask) -> None:
    with app.app_context():
        run.simulate(300, 2, DAY)
        accusing = sa.select(Case.id).where(Case.kind == MatterKind.ACCUSATION)
        assert db.session.scalars(accusing).all()
        parts = sa.select(sa.func.count()).select_from(bulk.PARTS).where(bulk.PARTS.c.case_id.in_(accusing))
        assert db.session.scalar(parts) == 0


def test_a_failure_in_the_middle_leaves_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CHUNK", 10)
    sent: list[int] = []
    really = bulk.Bulk.write

    def write(self: bulk.Bulk) -> int:
        if sent:
            raise RuntimeError("the lights went out")
        sent.append(really(self))
        return sent[-1]

    monkeypatch.setattr(bulk.Bulk, "write", write)
    with app.app_context():
        with pytest.raises(RuntimeError):
            run.simulate(40, 5, DAY)
        assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 0
        assert verify.findings() == []


@pytest.mark.parametrize("now", [dt.datetime(2026, 3, 2, 8, 0), dt.datetime(2026, 10, 4, 18, 0)])
def test_the_demo_office_is_always_alive(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    """On a working morning and in the middle of a holiday: queues with late, soon due and fresh matters."""
    sqlite_app.config["FIXED_NOW"] = now
    monkeypatch.setattr(demo_cases, "papers_possible", lambda: False)
    with sqlite_app.app_context():
        demo_cases.build()
        assert verify.findings() == []
        today = now.date()
        for username in ("land_officer", "labour_officer"):
            unit = db.session.scalars(sa.select(Officer.unit_id).where(Officer.username == username)).one()
            mine = sa.select(Clock).where(Clock.unit_id == unit, Clock.duty, Clock.stopped_on.is_(None))
            left = [(clock.due_legal - today).days for clock in db.session.scalars(mine)]
            assert min(left) < 0, username
            assert [days for days in left if 0 <= days <= 8], username
            assert max(left) > 8, username
        states = set(db.session.scalars(sa.select(Case.state).distinct()))
        assert states >= reachable() - RARE
        again = demo_cases.build()
        assert "already" in again
