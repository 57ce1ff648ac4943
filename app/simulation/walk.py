"""One case's way along the transition table, in bulk rows: what a step does to its case, clocks and parts.

States and clocks are those of ``cases/workflow.py``. What ``operations.take`` does with live rows this does with rows
to be written, and ``flask verify`` holds both to the same account. Which step is taken when stands in ``course.py``.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from app.cases import bulk, clocks, workflow
from app.cases.enums import (
    ENDED,
    GONE,
    KIND_OF_PURPOSE,
    LegalPath,
    MatterKind,
    PartRole,
    PetitionerType,
    State,
)
from app.cases.guards_paths import ORGANS
from app.cases.operations import OWED_BY_OFFICE
from app.core import crypto
from app.simulation.effects import EFFECTS, leads
from app.simulation.matters import Matter
from app.simulation.office import Office


@dataclass(frozen=True)
class World:
    """What is the same for every case of a run."""

    into: bulk.Bulk
    office: Office
    words: dict[str, Any]
    rng: random.Random
    now: dt.datetime


class Walk:
    """A case being written; ``case`` is its row, changed until the bulk is sent."""

    def __init__(self, world: World, matter: Matter, number: str, at: dt.datetime) -> None:
        self.world, self.rng, self.at, self.matter = world, world.rng, at, matter
        self.supervisor: int | None = None  # of the assignment
        self.running: list[dict[str, Any]] = []
        self.parts: list[dict[str, Any]] = []
        self.received_on = at.date()
        self.reported_on: dt.date | None = None
        self.category = world.office.categories[matter.category]
        self._register(number)

    @property
    def state(self) -> State:
        state: State = self.case["state"]
        return state

    @property
    def on_c6(self) -> bool:
        return self.case["legal_path"] is LegalPath.C6

    def clock(self, *codes: str) -> dict[str, Any] | None:
        """The running clock of these codes, the latest."""
        return next((clock for clock in reversed(self.running) if clock["code"] in codes), None)

    def _register(self, number: str) -> None:
        matter, office, into = self.matter, self.world.office, self.world.into
        kind = KIND_OF_PURPOSE[matter.purpose]
        accusation = kind is MatterKind.ACCUSATION
        unit, officer = office.registrar(self.rng)
        owner = office.keeper if accusation else unit
        self.case = into.case(
            number=number, petitioner_name=matter.name, petitioner_type=PetitionerType.PERSON,
            id_number=matter.id_number, id_index=crypto.blind_index(matter.id_number), phone=matter.phone,
            phone_index=crypto.blind_index(matter.phone), address=matter.address, people_count=matter.people,
            channel=matter.channel, purpose=matter.purpose, kind=kind,
            legal_path=LegalPath.C6 if kind is MatterKind.CLAIM else None, category_id=self.category.id,
            place=matter.place, title=matter.title, request=matter.request, facts=matter.facts,
            first_time=self.rng.random() < 0.8, registered_at=self.at, registered_unit_id=unit,
            state=State.REGISTERED, unit_id=owner,
        )  # fmt: skip
        for name in matter.representatives:
            into.representative(self.case["id"], name)
        step = into.step(self.case["id"], "registration", {}, taken_at=self.at, officer_id=officer, unit_id=unit,
                         to_state=State.REGISTERED)  # fmt: skip
        if not accusation:
            self.give_part(PartRole.REGISTRAR, unit_id=unit)
        direct = not accusation and office.units[unit].kind in ORGANS
        self.start(workflow.DIRECT_CLOCK if direct else workflow.FIRST_CLOCK, self.at.date(), step, owner)

    def take(self, kind: str, at: dt.datetime, facts: dict[str, Any] | None = None) -> None:
        """A step with its own facts. Raises ValueError out of turn."""
        move, case, day, facts = workflow.MOVES[kind], self.case, at.date(), facts or {}
        before = self.state
        if before not in move.from_:
            raise ValueError(f"{kind} is no step of state {before.name}")
        self.end_windows(day)
        stopping = [c for c in self.running if "*" in move.drops or c["code"] in move.stops + move.drops]
        judged = [c for c in self.running if c["code"] in move.stops + move.answers]
        officer, unit = self.world.office.who(kind, case["unit_id"], self.rng)
        target = leads(kind, facts, before) or (move.to if isinstance(move.to, State) else before)
        step = self.world.into.step(
            case["id"], kind, facts, taken_at=at, officer_id=officer, unit_id=unit, from_state=before,
            to_state=target, late=any(c["duty"] and day > c["due_legal"] for c in judged),
        )  # fmt: skip
        self.stop(stopping, day, step)
        case["state"], self.at = target, at
        effect = EFFECTS.get(kind)
        if effect is not None:
            effect(self, facts, officer, day, step)
        for code in move.starts:
            self._started(kind, code, facts, day, step)
        if target in ENDED and before not in ENDED:
            self.stop([c for c in self.running if target in GONE or not _outlives(c)], day, step)

    def _started(self, kind: str, code: str, facts: dict[str, Any], day: dt.date, step: int) -> None:
        """As ``operations.take`` starts the clocks of the table."""
        unit = self.case["unit_id"]
        if code == "T5":
            self.start("T5" if self.on_c6 else "L4", self.case["accepted_on"], step, unit)
        elif code in ("T7", "T9", "T13"):
            if code != "T7" or self.on_c6:
                self.start(code, facts["received_on"], step, unit)
        elif kind == "review_opinion":
            if self.case["state"] is not State.HANDLING:  # revoked, it goes back to the unit at once
                self.start(code, day, step, self.world.office.conference)
        elif code in OWED_BY_OFFICE:
            self.start(code, day, step, self.world.office.conference)
        elif code == "T11":
            self.start(code, day, step, unit, facts["feedback_days"])
        else:
            self.received_on = day if code == "T3" else self.received_on
            self.start(code, day, step, unit)

    def start(self, code: str, on: dt.date, step: int, unit: int | None, length: int | None = None) -> None:
        self.running.append(self.world.into.clock(self.case["id"], code, on, step, unit, length))

    def stop(self, stopping: list[dict[str, Any]], day: dt.date, step: int | None) -> None:
        for clock in stopping:
            clock["stopped_on"], clock["stopped_by_id"] = day, step
            self.running.remove(clock)

    def end_windows(self, before: dt.date) -> None:
        """A right not used in time ends with its last day and no step, as the daily duties have it."""
        for clock in [c for c in self.running if not c["duty"] and c["due_legal"] < before]:
            self.stop([clock], clock["due_legal"], None)

    def give_part(self, role: PartRole, unit_id: int | None = None, officer_id: int | None = None) -> None:
        who = (role, unit_id, officer_id, True)
        if all((p["role"], p["unit_id"], p["officer_id"], p["active"]) != who for p in self.parts):
            self.parts.append(
                self.world.into.part(self.case["id"], role, unit_id=unit_id, officer_id=officer_id)
            )

    def end_parts(self, *roles: PartRole) -> None:
        for part in self.parts:
            part["active"] = part["active"] and part["role"] not in roles

    def finish(self) -> None:
        """Where the case stands when nothing more happens."""
        self.end_windows(self.world.now.date())
        self.case["due_on"] = min((c["due_legal"] for c in self.running if c["duty"]), default=None)


def _outlives(clock: dict[str, Any]) -> bool:
    return not clock["duty"] or clock["code"] in clocks.AFTER_THE_END
