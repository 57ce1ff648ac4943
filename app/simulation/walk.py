"""One case's way along the transition table, in bulk rows: what a step does to its case, clocks and parts.

States and clocks are those of ``cases/workflow.py``. What ``operations.take`` does with live rows this does with rows
to be written, and ``flask verify`` holds both to the same account. Which step is taken when stands in ``course.py``.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from app.cases import bulk, workflow
from app.cases.enums import ENDED, KIND_OF_PURPOSE, LegalPath, MatterKind, PartRole, PetitionerType, State
from app.core import crypto
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
        self.running: list[dict[str, Any]] = []
        self.parts: list[dict[str, Any]] = []
        self.received_on = at.date()
        self.category = world.office.categories[matter.category]
        self._register(number)

    @property
    def state(self) -> State:
        state: State = self.case["state"]
        return state

    @property
    def on_c6(self) -> bool:
        return self.case["legal_path"] is LegalPath.C6

    def clock(self, code: str) -> dict[str, Any]:
        return next(clock for clock in self.running if clock["code"] == code)

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
            self._give_part(PartRole.REGISTRAR, unit_id=unit)
        self._start(workflow.FIRST_CLOCK, self.at.date(), step, owner)

    def take(
        self, kind: str, at: dt.datetime, facts: dict[str, Any] | None = None, to: State | None = None
    ) -> None:
        """A step with its own facts; ``to`` where the table leaves it to the facts. Raises ValueError out of turn."""
        move, case, day, facts = workflow.MOVES[kind], self.case, at.date(), facts or {}
        if self.state not in move.from_ or (to is not None and to not in move.targets):
            raise ValueError(f"{kind} is no step of state {self.state.name}")
        self.end_windows(day)
        stopping = [c for c in self.running if c["code"] in move.stops or "*" in move.stops]
        officer, unit = self.world.office.who(kind, case["unit_id"], self.rng)
        target = to or (move.to if isinstance(move.to, State) else self.state)
        step = self.world.into.step(
            case["id"], kind, facts, taken_at=at, officer_id=officer, unit_id=unit, from_state=self.state,
            to_state=target, late=any(day > clock["due_legal"] for clock in stopping),
        )  # fmt: skip
        self._stop(stopping, day, step)
        self._effect(kind, facts, officer, day, step)
        for code in move.starts:
            self._started(code, facts, day, step)
        case["state"], self.at = target, at
        if target in ENDED:
            self._stop(list(self.running), day, step)

    def _effect(self, kind: str, facts: dict[str, Any], officer: int | None, day: dt.date, step: int) -> None:
        """As ``cases/effects.py``."""
        case = self.case
        if kind == "routing":
            case["unit_id"], case["room_id"] = facts["target_id"], facts["room_id"]
            self._give_part(PartRole.RESPONSIBLE, unit_id=facts["target_id"])
            if facts["room_id"] is not None:
                self._give_part(PartRole.ROOM, unit_id=facts["room_id"])
        elif kind == "signing" and officer is not None:
            case["handler_id"] = officer
            self._give_part(PartRole.HANDLER, officer_id=officer)
        elif kind == "objection_ruling" and facts["agreed"]:
            self._stop([c for c in self.running if c["code"] in ("T3", "T4")], day, step)
            for part in self.parts:
                part["active"] = part["active"] and part["role"] is PartRole.REGISTRAR
            case["unit_id"], case["room_id"], case["handler_id"] = case["registered_unit_id"], None, None
            self._start("T1", day, step, case["registered_unit_id"])
        elif kind == "acceptance":
            case["accepted_on"] = self.received_on if self.world.office.accepted_from_receipt else day
        elif kind == "extension_ruling" and facts["approved"]:
            clock = self.clock("T5")
            due = self.world.into.counted(
                clock["started_on"], clock["length"] + facts["days"], clock["counted_in"]
            )
            clock["extended_by"] = facts["days"]
            clock["due_stat"], clock["due_legal"], clock["certain"] = due.stat, due.legal, due.certain

    def _started(self, code: str, facts: dict[str, Any], day: dt.date, step: int) -> None:
        unit = self.case["unit_id"]
        if code == "T5":
            self._start("T5" if self.on_c6 else "L4", self.case["accepted_on"], step, unit)
        elif code == "T7":
            if self.on_c6:
                self._start(code, facts["received_on"], step, unit)
        elif code == "L1":
            self._start(code, day, step, self.world.office.conference)
        else:
            self.received_on = day if code == "T3" else self.received_on
            self._start(code, day, step, unit)

    def _start(self, code: str, on: dt.date, step: int, unit: int | None) -> None:
        self.running.append(self.world.into.clock(self.case["id"], code, on, step, unit))

    def _stop(self, stopping: list[dict[str, Any]], day: dt.date, step: int | None) -> None:
        for clock in stopping:
            clock["stopped_on"], clock["stopped_by_id"] = day, step
            self.running.remove(clock)

    def end_windows(self, before: dt.date) -> None:
        """A right not used in time ends with its last day and no step, as the daily duties have it."""
        for clock in [c for c in self.running if not c["duty"] and c["due_legal"] < before]:
            self._stop([clock], clock["due_legal"], None)

    def _give_part(self, role: PartRole, unit_id: int | None = None, officer_id: int | None = None) -> None:
        who = (role, unit_id, officer_id, True)
        if all((p["role"], p["unit_id"], p["officer_id"], p["active"]) != who for p in self.parts):
            self.parts.append(
                self.world.into.part(self.case["id"], role, unit_id=unit_id, officer_id=officer_id)
            )

    def finish(self) -> None:
        """Where the case stands when nothing more happens."""
        self.end_windows(self.world.now.date())
        self.case["due_on"] = min((c["due_legal"] for c in self.running if c["duty"]), default=None)
