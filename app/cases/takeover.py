"""Taking matters over from a ledger: each good row becomes a case with one step and the clocks its state has.

What a ledger does not say is not invented: the channel comes from a setting, the purpose is "other", an unknown
state starts at the register, a unit nobody knows leaves the matter with the registering unit. All in the caller's
transaction; a failure in the middle leaves nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.cases import bulk, routing
from app.cases.enums import (
    ENDED,
    KIND_OF_PURPOSE,
    Channel,
    LegalPath,
    MatterKind,
    PartRole,
    PetitionerType,
    Purpose,
    State,
)
from app.cases.ledger import CREDIT_CODE, LedgerRow, Problem, Reference
from app.cases.ledger_cells import N_
from app.cases.ledger_import import Judgement, reference
from app.cases.models import Category, RoutingRule
from app.cases.operations import OWED_BY_OFFICE, TITLE_LENGTH, registered
from app.core import audit, crypto, idcard, settings
from app.core.db import db
from app.core.scope import seeing_all
from app.documents.models import NumberSeries
from app.documents.numbers import take
from app.organisation.models import Unit, UnitKind
from app.organisation.reach import conference_office, discipline_body

BATCH = 2000

# the clocks that run in a state, as the steps of workflow.py would have left them
RUNNING: dict[State, tuple[str, ...]] = {
    State.REGISTERED: ("T1",),
    State.TO_FORWARD: ("T1",),
    State.TO_SIGN: ("T3", "T4"),
    State.SIGNED: ("T3", "T4"),
    State.OBJECTED: ("T3", "L1"),
    State.DISPUTED: ("T3", "L5"),
    State.HANDLING: ("T5",),
    State.ANSWERED: ("L2",),
    State.DELIVERED: ("L3",),
    State.REPORTED: ("L6",),
    State.REVIEW: ("T8",),
    State.REVIEWED: ("L3",),
    State.RECHECK: ("T10",),
}
AT_THE_REGISTER = frozenset({State.REGISTERED, State.TO_FORWARD})
GENERATED = re.compile(rf"{bulk.CASE_SERIES}([0-9]{{4}}(?:0[1-9]|1[0-2]))([0-9]{{4,6}})")


@dataclass(frozen=True)
class Place:
    """Who has to do with a matter, and in which state it goes on."""

    state: State
    registrar: int
    unit: int | None
    room: int | None


class Taker:
    """Turns rows of a ledger into rows of the case file; holds what every row is looked up in."""

    def __init__(self, file: str, at: dt.datetime) -> None:
        self.file, self.at = file[:120], at
        self.known: Reference = reference()
        self.units = {unit.id: unit for unit in db.session.scalars(sa.select(Unit))}
        self.categories = {c.code: c for c in db.session.scalars(sa.select(Category))}
        self.rules = list(db.session.scalars(sa.select(RoutingRule).where(RoutingRule.active)))
        self.office = conference_office().id
        discipline = discipline_body()
        self.keeper = discipline.id if discipline is not None else None
        self.channel = Channel[settings.text("ledger_channel")]
        codes = settings.text("accusation_categories").replace("，", ",").split(",")
        self.accusing = tuple(self.categories[code.strip()].path for code in codes if code.strip())
        self._by_rule: dict[tuple[str, str, Purpose], RoutingRule | None] = {}

    # ---- what the row means ------------------------------------------------------------------------------------

    def purpose(self, row: LedgerRow) -> Purpose:
        """Blank or "other" in a matter of discipline is an accusation: it must never leave the wall (art. 30)."""
        purpose = Purpose[row.purpose or "OTHER"]
        path = self.categories[row.category.code].path
        return Purpose.ACCUSATION if purpose is Purpose.OTHER and path.startswith(self.accusing) else purpose

    def place(self, row: LedgerRow, purpose: Purpose) -> tuple[Place, list[Problem]]:
        remarks: list[Problem] = []
        code = self.known.code("status", row.status)
        state = State[code] if code else State.REGISTERED
        if code is None:
            remarks.append(
                Problem(
                    "status", N_("is not known, taken over as registered: %(value)s"), {"value": row.status}
                )
            )
        registrar = self.known.code("unit", row.registrar_unit)
        if registrar is None and row.registrar_unit:
            remarks.append(
                Problem("registrar_unit", N_("is not known: %(value)s"), {"value": row.registrar_unit})
            )
        home = int(registrar) if registrar else self.office
        if purpose is Purpose.ACCUSATION:
            return self._behind_the_wall(state, home), remarks
        if state in AT_THE_REGISTER:
            return Place(state, home, home, None), remarks
        unit, room = self._responsible(row, purpose)
        if unit is None:
            remarks.append(
                Problem("unit", N_("no unit and no routing rule: stays with the registering unit"), {})
            )
        return Place(state, home, unit or home, room), remarks

    def _behind_the_wall(self, state: State, home: int) -> Place:
        """The ledger's unit may be the accused one: its keeper has it. What was forwarded was handed over."""
        if state in AT_THE_REGISTER:
            return Place(State.REGISTERED, home, self.keeper, None)
        return Place(state if state in ENDED else State.HANDED_OVER, home, self.keeper, None)

    def _responsible(self, row: LedgerRow, purpose: Purpose) -> tuple[int | None, int | None]:
        """Unit and room. Ledgers name the reception room: then the rule that uses this room names the unit."""
        named = self.units.get(int(row.unit or 0))
        if named is not None and named.kind is not UnitKind.ROOM:
            return named.id, None
        rule = self._rule(row, purpose)
        if named is None:
            return (rule.unit_id, rule.room_id) if rule is not None else (None, None)
        return (rule.unit_id if rule is not None and rule.room_id == named.id else named.id), named.id

    def _rule(self, row: LedgerRow, purpose: Purpose) -> RoutingRule | None:
        key = (row.category.code, row.place, purpose)
        if key not in self._by_rule:
            category = self.categories[row.category.code]
            self._by_rule[key] = routing.matching(self.rules, category, row.place, purpose)
        return self._by_rule[key]

    def remarks(self, row: LedgerRow) -> list[Problem]:
        """What loading will assume because the row does not say it."""
        purpose = self.purpose(row)
        remarks = self.place(row, purpose)[1]
        if row.channel is None:
            remarks.append(
                Problem("channel", N_("is not given, taken as: %(value)s"), {"value": self.channel})
            )
        if row.purpose is None:
            remarks.append(Problem("purpose", N_("is not given, taken as: %(value)s"), {"value": purpose}))
        return remarks

    # ---- what is written ---------------------------------------------------------------------------------------

    def load(self, into: bulk.Bulk, number: int, row: LedgerRow) -> None:
        purpose = self.purpose(row)
        place, _remarks = self.place(row, purpose)
        kind = KIND_OF_PURPOSE[purpose]
        path = LegalPath.C6 if kind is MatterKind.CLAIM else None
        accepted = row.registered_on if place.state is State.HANDLING else None
        case = into.case(
            number=row.number, petitioner_name=row.petitioner_name,
            petitioner_type=PetitionerType.LEGAL if CREDIT_CODE.fullmatch(row.id_number) else PetitionerType.PERSON,
            id_number=row.id_number or None, id_index=crypto.blind_index(idcard.lasting(row.id_number)),
            phone=row.phone or None, phone_index=crypto.blind_index(row.phone.split("、")[0]),
            address=row.address, people_count=row.people_count,
            channel=Channel[row.channel] if row.channel else self.channel, purpose=purpose, kind=kind,
            legal_path=path, category_id=self.categories[row.category.code].id, place=row.place,
            title=row.content.splitlines()[0][:TITLE_LENGTH], request=row.content, facts="",
            first_time=row.is_first is not False, registered_at=dt.datetime.combine(row.registered_on, dt.time()),
            registered_unit_id=place.registrar, imported=True, state=place.state, unit_id=place.unit,
            room_id=place.room, accepted_on=accepted,
        )  # fmt: skip
        facts = {
            "file": self.file, "row": number, "status": row.status, "unit_text": row.unit_text,
            "detail": row.category.detail[:200], "due_on": row.due_on, "rating": row.rating,
        }  # fmt: skip
        step = into.step(
            case["id"], "takeover", facts, taken_at=self.at, unit_id=place.registrar, to_state=place.state,
            note=row.note,
        )  # fmt: skip
        if kind is not MatterKind.ACCUSATION:
            self._give_parts(into, case["id"], place)
        due = [
            clock["due_legal"]
            for code in RUNNING.get(place.state, ())
            if (clock := self._clock(into, case, code, row.registered_on, step, place))["duty"]
        ]
        case["due_on"] = min(due, default=None)

    def _give_parts(self, into: bulk.Bulk, case_id: int, place: Place) -> None:
        into.part(case_id, PartRole.REGISTRAR, unit_id=place.registrar)
        if place.state in AT_THE_REGISTER:
            return
        into.part(case_id, PartRole.RESPONSIBLE, unit_id=place.unit)
        if place.room is not None:
            into.part(case_id, PartRole.ROOM, unit_id=place.room)

    def _clock(
        self, into: bulk.Bulk, case: dict[str, Any], code: str, on: dt.date, step: int, place: Place
    ) -> dict[str, Any]:
        """Counted from the registration, the only day a ledger has; other paths have a reminder, not the 60 days."""
        if code == "T5" and case["legal_path"] is not LegalPath.C6:
            code = "L4"
        owner = dict.fromkeys((*OWED_BY_OFFICE, "T8"), self.office) | {"T10": None}
        return into.clock(case["id"], code, on, step, owner.get(code, place.unit))


def notice(judgement: Judgement, at: dt.datetime) -> None:
    """Add to the judgement what loading will assume."""
    taker = Taker(judgement.file, at)
    for number, row in judgement.good:
        for problem in taker.remarks(row):
            judgement.remark(number, problem)
    db.session.rollback()


def load(judgement: Judgement, at: dt.datetime) -> int:
    """Write the good rows: one transaction with one audit entry for the whole file. Returns how many; commits."""
    with seeing_all("a ledger is taken over"):
        try:
            connection = db.session.connection()
            into, taker = bulk.Bulk(connection), Taker(judgement.file, at)
            for count, (number, row) in enumerate(judgement.good, 1):
                taker.load(into, number, row)
                if count % BATCH == 0:
                    _write(into)
            _write(into)
            _keep_numbers(row.number for _number, row in judgement.good)
            audit.note(db.session(), "import", "petition_case", None, {
                "file": judgement.file, "sha256": judgement.digest, "sheet": judgement.sheet,
                "rows": len(judgement.verdicts), "taken": len(judgement.good), "refused": len(judgement.refused),
            })  # fmt: skip
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
    return len(judgement.good)


def _write(into: bulk.Bulk) -> None:
    arrived = [row["id"] for row in into.rows[bulk.CASES]]
    into.write()
    registered.send(None, case_ids=arrived)


def _keep_numbers(numbers: Any) -> None:
    """A ledger may carry numbers of our own form; the register goes on after them and never gives one again."""
    highest: Counter[int] = Counter()
    for number in numbers:
        if own := GENERATED.fullmatch(number):
            month, serial = int(own[1]), int(own[2])
            highest[month] = max(highest[month], serial)
    series: sa.Table = NumberSeries.__table__
    for month, serial in highest.items():
        mine = sa.and_(series.c.sign == bulk.CASE_SERIES, series.c.year == month)
        given = db.session.scalar(sa.select(series.c.last).where(mine))
        if given is None:
            take(bulk.CASE_SERIES, month)  # opens the series
        if (given or 0) < serial:
            db.session.execute(series.update().where(mine).values(last=serial))
