"""Supervision matters for tests, led through the real verbs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.cases.models import Case
from app.core.db import db
from app.supervision import duties, operations
from app.supervision.letter import Wording
from app.supervision.models import Supervision, SupervisionGround
from app.supervision.steps import (
    SupervisionAcceptance,
    SupervisionAnswer,
    SupervisionLetter,
    SupervisionReturn,
)
from tests.support import office

DAY = dt.timedelta(days=1)
DUE = dt.date(2026, 5, 6)
"""When a case accepted at ``office.NOW`` is due after the holiday: its sixtieth day, 1 May, is a public holiday."""
LATE = dt.datetime(2026, 5, 12, 9, 0)


def at_work(app: Flask, *steps: Any, **kw: Any) -> int:
    """A case the land bureau accepted at ``office.NOW`` (its sixty days begin there), and further steps."""
    case = office.register_case(app, **kw)
    office.drive(app, case, "routing", "signing", "acceptance", *steps)
    return case


def tick(app: Flask, day: dt.date) -> duties.Done:
    with app.app_context():
        return duties.run(day)


def matters(app: Flask) -> list[tuple[int, str]]:
    """(case, state) of every matter, in the order they began."""
    with app.app_context():
        rows = db.session.execute(sa.select(Supervision.case_id, Supervision.state).order_by(Supervision.id))
        return [(case, state.name) for case, state in rows]


def facts(app: Flask, case: int, *names: str) -> Any:
    """Attributes of the case's newest matter."""
    with app.app_context():
        query = sa.select(Supervision).where(Supervision.case_id == case).order_by(Supervision.id.desc())
        matter = db.session.scalars(query.limit(1)).one()
        found = tuple(getattr(matter, name) for name in names)
        return found if len(names) > 1 else found[0]


def words(**kw: Any) -> Wording:
    ground = db.session.scalars(sa.select(SupervisionGround).where(SupervisionGround.code == "G1")).one()
    said: dict[str, Any] = {
        "ground": ground, "reason": "", "problem": "至今未办结。", "demand": "一、立即办理。\n二、报告。", "days": 7,
        "supervisor": office.officer_named("supervisor"),
    }  # fmt: skip
    return Wording(**(said | kw))


def draft(app: Flask, case: int, at: dt.datetime = LATE, **kw: Any) -> None:
    """From the case's proposal, or on the office's own decision; drafted again when it is a draft already."""
    with office.as_officer(app, "office") as officer:
        found = db.session.get_one(Case, case)
        matter = operations.under_way(found)
        if matter is not None and matter.document_id is not None:
            operations.redraft(matter, words(**kw), officer, at)
        else:
            operations.draft(matter or Supervision(), found, words(**kw), officer, at)
        db.session.commit()


def sign(app: Flask, case: int, at: dt.datetime = LATE) -> None:
    with office.as_officer(app, "office_head") as officer:
        found = db.session.get_one(Case, case)
        operations.sign(SupervisionLetter(), operations.under_way(found), found, officer, at)
        db.session.commit()


def letter(app: Flask, case: int, at: dt.datetime = LATE, **kw: Any) -> None:
    draft(app, case, at, **kw)
    sign(app, case, at)


def answer(app: Flask, case: int, at: dt.datetime, by: str = "land_officer") -> None:
    _take(app, case, at, by, operations.answer, SupervisionAnswer(done="已入户核实", result="补发差额"))


def accept(app: Flask, case: int, at: dt.datetime) -> None:
    _take(app, case, at, "supervisor", operations.accept, SupervisionAcceptance(note="符合要求"))


def give_back(app: Flask, case: int, at: dt.datetime) -> None:
    _take(app, case, at, "supervisor", operations.give_back, SupervisionReturn(reason="未附材料"))


def _take(app: Flask, case: int, at: dt.datetime, by: str, verb: Any, step: Any) -> None:
    with office.as_officer(app, by) as officer:
        verb(step, db.session.get_one(Case, case), officer, at)
        db.session.commit()
