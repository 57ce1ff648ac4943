"""What a step does to a synthetic case beyond the table: as ``effects.py`` of the rooms does with live rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.cases.enums import GuidanceResult, PartRole, State
from app.evaluation.steps import Rating
from app.review.models import Conclusion

if TYPE_CHECKING:
    from app.simulation.walk import Walk

Effect = Callable[["Walk", dict[str, Any], int | None, dt.date, int], None]
EFFECTS: dict[str, Effect] = {}


def effect(function: Effect) -> Effect:
    EFFECTS[function.__name__] = function
    return function


def _send(walk: Walk, target: int, day: dt.date) -> None:
    case = walk.case
    case["sent_on"] = case["sent_on"] or day
    if case["unit_id"] != target:
        walk.end_parts(PartRole.RESPONSIBLE, PartRole.HANDLER)
    case["unit_id"], case["handler_id"] = target, None
    walk.give_part(PartRole.RESPONSIBLE, unit_id=target)


@effect
def routing(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    walk.case["legal_path"] = facts["legal_path"]
    _send(walk, facts["target_id"], day)
    walk.case["room_id"] = facts["room_id"]
    if facts["room_id"] is not None:
        walk.give_part(PartRole.ROOM, unit_id=facts["room_id"])


@effect
def transfer(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    _send(walk, facts["target_id"], day)


@effect
def assignment(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    _send(walk, facts["target_id"], day)
    walk.case["assigned"] = True
    walk.give_part(PartRole.SUPERVISOR, officer_id=walk.supervisor)


@effect
def guidance_follow_up(
    walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int
) -> None:
    if facts["result"] is GuidanceResult.WAITING:
        walk.start("L9", day, step, walk.case["unit_id"])


@effect
def classification(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    walk.case["legal_path"] = facts["legal_path"]


@effect
def supervising_leader(
    walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int
) -> None:
    walk.case["supervising_leader"], walk.case["supervising_on"] = facts["leader"], day


@effect
def package_leader(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    walk.case["package_leader"], walk.case["package_on"] = facts["leader"], day


@effect
def signing(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    if officer is not None:
        walk.case["handler_id"] = officer
        walk.give_part(PartRole.HANDLER, officer_id=officer)


@effect
def objection_ruling(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    if not facts["agreed"]:
        return
    case = walk.case
    walk.stop([c for c in walk.running if c["code"] in ("T3", "T4", "T11")], day, step)
    walk.end_parts(PartRole.RESPONSIBLE, PartRole.ROOM, PartRole.HANDLER)
    case["unit_id"], case["room_id"], case["handler_id"] = case["registered_unit_id"], None, None
    case["assigned"] = False
    walk.start("T1", day, step, case["unit_id"])


@effect
def acceptance(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    if walk.case["sent_on"] is None:  # its own matter, never sent on
        walk.case["sent_on"] = day
        walk.give_part(PartRole.RESPONSIBLE, unit_id=walk.case["unit_id"])
        signing(walk, facts, officer, day, step)
    walk.case["accepted_on"] = walk.received_on if walk.world.office.accepted_from_receipt else day


@effect
def extension_ruling(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    clock = walk.clock("T5")
    if facts["approved"] and clock is not None:
        due = walk.world.into.counted(
            clock["started_on"], clock["length"] + facts["days"], clock["counted_in"]
        )
        clock["extended_by"] = facts["days"]
        clock["due_stat"], clock["due_legal"], clock["certain"] = due.stat, due.legal, due.certain


@effect
def report_review(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    if facts["passed"]:
        walk.stop([c for c in walk.running if c["code"] == "T11"], walk.reported_on or day, step)


@effect
def report(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    walk.reported_on = day


@effect
def evaluation(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    if facts["rating"] is Rating.UNSATISFIED and walk.clock("L7") is None:
        walk.start("L7", day, step, walk.world.office.conference)


@effect
def call_back(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    if facts["reopen"]:
        walk.stop([c for c in walk.running if c["code"] in ("L3", "L6")], day, step)
        walk.start("L4", day, step, walk.case["unit_id"])


@effect
def review_request(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    desk = None if facts["external"] else walk.world.office.conference
    walk.start("T8", facts["received_on"], step, desk)


@effect
def review_opinion(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    if facts["conclusion"] is Conclusion.REDO:
        walk.start("T5" if walk.world.office.redo_starts_anew else "L4", day, step, walk.case["unit_id"])


@effect
def recheck_request(walk: Walk, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
    desk = None if facts["external"] else walk.world.office.conference
    walk.start("T10", facts["received_on"], step, desk)


# where a step leads whose own facts decide, as LEADS of the rooms
def leads(kind: str, facts: dict[str, Any], state: State) -> State | None:
    if kind == "objection_ruling":
        return State.TO_FORWARD if facts["agreed"] else State.SIGNED
    if kind == "report_review":
        return State.CLOSED if facts["passed"] else State.HANDLING
    if kind == "review_opinion":
        return State.HANDLING if facts["conclusion"] is Conclusion.REDO else State.REVIEWED
    if kind == "guidance_follow_up":
        return State.TO_FORWARD if facts["result"] is GuidanceResult.REFUSED else State.GUIDED
    if kind == "call_back":
        return State.HANDLING if facts["reopen"] else state
    return None
