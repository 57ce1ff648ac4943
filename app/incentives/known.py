"""What was known at a moment: later steps have changed unit, path, kind and number of people of a case since.

Only cases that were moved from then on are looked at, so that a month reckoned at once costs five empty answers.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from app.cases.enums import KIND_OF_PURPOSE, LegalPath, MatterKind
from app.cases.models import Case, Clock, ClockChange
from app.cases.steps import Routing, Step
from app.cases.steps_dispatch import Assignment, Classification, Correction, JurisdictionRuling, Transfer
from app.cases.workflow import FIRST_CLOCKS
from app.core.db import db

SENT_TO = (Routing, Transfer, Assignment, JurisdictionRuling)
CHANGING = (
    "routing", "transfer", "assignment", "jurisdiction_ruling", "classification", "correction",
    # these lay a matter on the desk again
    "objection_ruling", "recusal", "guidance_follow_up",
)  # fmt: skip
Before = dict[int, dict[str, Any]]


def before(cut: dt.datetime) -> Before:
    """By case, what stood before ``cut`` in those that were moved from then on."""
    moved = sa.select(Step.case_id).where(Step.taken_at >= cut, Step.kind.in_(CHANGING)).distinct()
    purposes = sa.select(Case.id, Case.purpose).where(Case.id.in_(moved), Case.registered_at < cut)
    found: Before = {row.id: {"purpose": row.purpose} for row in db.session.execute(purposes)}
    if not found:
        return found
    _units(found, moved, cut)
    _paths(found, moved, cut)
    people = (
        sa.select(Correction.case_id, Correction.old_value)
        .where(Correction.case_id.in_(moved), Correction.taken_at >= cut, Correction.field == "people_count")
        .order_by(Correction.id.desc())
    )
    for case_id, value in db.session.execute(people):
        if case_id in found:
            found[case_id]["people"] = int(value)
    return found


def _units(found: Before, moved: Any, cut: dt.datetime) -> None:
    """The last step that sent the case to a unit, or laid it on a desk: that starts its first clock anew."""
    lain = (
        sa.select(Clock.case_id, Step.id, Clock.unit_id.label("unit_id"))
        .join(Step, Step.id == Clock.started_by_id)
        .where(Clock.case_id.in_(moved), Clock.code.in_(FIRST_CLOCKS), Step.taken_at < cut)
    )
    sent = [
        sa.select(kind.case_id, kind.id, kind.target_id.label("unit_id"))
        .where(kind.case_id.in_(moved), kind.taken_at < cut)
        for kind in SENT_TO
    ]  # fmt: skip
    rows = [tuple(row) for query in (lain, *sent) for row in db.session.execute(query)]
    for case_id, _step, unit_id in sorted(rows, key=lambda row: row[1]):
        if case_id in found:
            found[case_id]["unit"] = unit_id


def _paths(found: Before, moved: Any, cut: dt.datetime) -> None:
    classified = sa.select(
        Classification.case_id, Classification.id, Classification.matter_kind, Classification.legal_path
    ).where(Classification.case_id.in_(moved), Classification.taken_at < cut)
    routed = sa.select(Routing.case_id, Routing.id, sa.null(), Routing.legal_path).where(
        Routing.case_id.in_(moved), Routing.taken_at < cut
    )
    for facts in found.values():  # as it was registered
        facts["kind"] = kind = KIND_OF_PURPOSE[facts.pop("purpose")]
        facts["path"] = LegalPath.C6 if kind is MatterKind.CLAIM else None
    rows = [tuple(row) for query in (classified, routed) for row in db.session.execute(query)]
    for case_id, _step, kind, path in sorted(rows, key=lambda row: row[1]):
        if case_id not in found:
            continue
        facts = found[case_id]
        facts["kind"] = kind or facts["kind"]
        facts["path"] = path if facts["kind"] is MatterKind.CLAIM else None


def due_before(cut: dt.datetime) -> dict[int, dt.date]:
    """By clock, the due day that a calendar read in from ``cut`` on has moved."""
    query = sa.select(ClockChange.clock_id, ClockChange.old_stat).where(ClockChange.at >= cut)
    return {row[0]: row[1] for row in db.session.execute(query.order_by(ClockChange.id.desc()))}
