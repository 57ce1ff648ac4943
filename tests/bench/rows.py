"""A district's register in bulk: the demo office and N cases with their whole histories, the same for the same N.

Rows are written straight into the tables (with their triggers in force), as the verbs of the cases room would leave
them; the papers are rows without a PDF behind them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.cases import clocks, steps
from app.cases.enums import Channel, DeliveryWay, LegalPath, MatterKind, Outcome, PartRole, Purpose, State
from app.cases.models import Case, Category, Clock, ClockRule, Part, RoutingRule
from app.core.db import db
from app.core.workdays import Due
from app.documents.models import Document, DocumentKind, DocumentState
from app.organisation.models import Officer, Unit, UnitKind

YEARS = 2  # the register reaches back so far from `today`
OPEN_SHARE = 0.06  # of all cases: what an office that keeps its deadlines has on its desks
CHUNK = 2000
MATTERS = "征地补偿款未足额发放 拖欠农民工工资 小区物业收费 道路噪声扰民 养老金发放 宅基地确权 学区划分 拆迁安置".split()
NAMES = "王李张刘陈杨赵黄周吴"

# a claim's way: step, the state it leads to, days after the step before, clocks it starts and stops, its paper
WAY: list[tuple[type[steps.Step], State, int, tuple[str, ...], tuple[str, ...], str]] = [
    (steps.Registration, State.REGISTERED, 0, ("T1",), (), "D01"),
    (steps.Routing, State.TO_SIGN, 2, ("T3", "T4"), ("T1",), ""),
    (steps.Signing, State.SIGNED, 1, (), (), ""),
    (steps.Acceptance, State.HANDLING, 6, ("T5",), ("T3", "T4"), "D03"),
    (steps.HandlingRecord, State.HANDLING, 9, (), (), ""),
    (steps.HandlingRecord, State.HANDLING, 12, (), (), ""),
    (steps.OpinionDraft, State.HANDLING, 14, (), (), ""),
    (steps.OpinionSigning, State.ANSWERED, 3, ("L2",), ("T5",), "D11"),
    (steps.Delivery, State.DELIVERED, 3, ("T7", "L3"), ("L2",), "D38"),
    (steps.Closing, State.CLOSED, 5, (), ("L3",), ""),
]


class Register:
    """Collects rows by table and writes them in chunks."""

    def __init__(self, today: dt.date) -> None:
        self.today = today
        self.rows: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self.chance = random.Random(1966)  # so that the same number of cases is the same register
        self.next_id: dict[Any, int] = {}
        self.rules = {rule.code: rule for rule in db.session.scalars(sa.select(ClockRule))}
        self.kinds = {kind.code: kind for kind in db.session.scalars(sa.select(DocumentKind))}
        self.officers = list(db.session.scalars(sa.select(Officer).order_by(Officer.id)))
        self.routes = list(
            db.session.scalars(sa.select(RoutingRule).where(RoutingRule.category_id.is_not(None)))
        )
        self.categories = list(db.session.scalars(sa.select(Category)))
        rooms = sa.select(Unit).where(Unit.kind == UnitKind.ROOM).order_by(Unit.id)
        self.hall = next(iter(db.session.scalars(rooms)))
        self.due = lru_cache(maxsize=None)(self._due)

    def _due(self, code: str, on: dt.date) -> Due:
        return clocks.counted(on, self.rules[code].length, self.rules[code].unit)

    def add(self, model: Any, **values: Any) -> int:
        table = model.__table__
        number = values.setdefault("id", self.next_id.get(table, 0) + 1)
        self.next_id[table] = max(number, self.next_id.get(table, 0))
        self.rows[table].append(values)
        return number

    def write(self) -> None:
        connection = db.session.connection()
        for table in sorted(self.rows, key=list(Case.metadata.sorted_tables).index):
            connection.execute(sa.insert(table), self.rows[table])
        self.rows.clear()

    def case(self, serial: int) -> None:
        """One case and all that hangs on it."""
        chance = self.chance
        done = len(WAY) if chance.random() > OPEN_SHARE else chance.randrange(1, len(WAY))
        length = sum(stage[2] for stage in WAY[:done])
        ago = length + (
            chance.randrange(0, 40) if done < len(WAY) else chance.randrange(0, YEARS * 365 - length)
        )
        day = self.today - dt.timedelta(days=ago)
        route, category = chance.choice(self.routes), chance.choice(self.categories)
        routed = done > 1
        unit = route.unit_id if routed else self.hall.id
        staff = [o.id for o in self.officers if o.unit_id == unit] or [self.officers[0].id]
        handler = chance.choice(staff) if done > 2 else None
        matter = chance.choice(MATTERS)
        case = self.add(
            Case, number=f"XF{serial:012d}", query_code=f"Q{serial:011d}", version=done,
            first_time=chance.random() > 0.2, petitioner_name=chance.choice(NAMES) + chance.choice("伟芳秀英娜敏静丽强磊军洋勇艳杰"),
            petitioner_type="PERSON", address="龙泉镇柳树村三组", people_count=chance.choice([1, 1, 1, 2, 4]),
            channel=chance.choice(list(Channel)), purpose=Purpose.CLAIM, kind=MatterKind.CLAIM,
            legal_path=LegalPath.C6, category_id=category.id, place="龙泉镇", title=f"反映{matter}问题",
            request=f"请求依法处理{matter}问题。", facts=f"多次反映{matter}，至今没有解决。" * 3, window="", accused="",
            registered_at=dt.datetime.combine(day, dt.time(9, serial % 60)), registered_unit_id=self.hall.id,
            imported=False, state=WAY[done - 1][1], unit_id=unit, room_id=route.room_id if routed else None,
            handler_id=handler, accepted_on=None, due_on=None,
        )  # fmt: skip
        content = self.rows[Case.__table__][-1]
        parts = {(PartRole.REGISTRAR, self.hall.id)}
        if routed:
            parts |= {(PartRole.RESPONSIBLE, unit), (PartRole.ROOM, route.room_id)}
        for role, part_unit in sorted(parts, key=str):
            self.add(Part, case_id=case, role=role, unit_id=part_unit, officer_id=None, active=True)
        if handler is not None:
            self.add(Part, case_id=case, role=PartRole.HANDLER, unit_id=None, officer_id=handler, active=True)
        running: dict[str, dict[str, Any]] = {}
        state = None
        for model, leads_to, days, starts, stops, paper in WAY[:done]:
            day += dt.timedelta(days=days)
            owner = self.hall.id if model in (steps.Registration, steps.Routing) else unit
            taker = handler if handler is not None and owner == unit else self.officers[3].id
            document = self.paper(paper, case, serial, owner, taker, day) if paper else None
            late = any(day > running[code]["due_legal"] for code in stops if code in running)
            step = self.add(
                steps.Step, case_id=case, kind=model.__mapper_args__["polymorphic_identity"], officer_id=taker,
                taken_at=dt.datetime.combine(day, dt.time(10)), unit_id=owner, from_state=state, to_state=leads_to,
                late=late, note="", document_id=document,
            )  # fmt: skip
            self.add(model, id=step, **self.facts(model, route, day))
            state = leads_to
            for code in stops:
                if code in running:
                    running.pop(code).update(stopped_on=day, stopped_by_id=step)
            for code in starts:
                running[code] = self.clock(code, case, owner if code == "T1" else unit, day, step)
            if model is steps.Acceptance:
                content["accepted_on"] = day
        if done == len(WAY) or (self.today - day).days > 45:
            running.pop("T7", {}).update(stopped_on=min(self.today, day + dt.timedelta(days=30)))
        duties = [clock["due_legal"] for clock in running.values() if clock["duty"]]
        content["due_on"] = min(duties, default=None)

    def clock(self, code: str, case: int, unit: int, day: dt.date, step: int) -> dict[str, Any]:
        rule, due = self.rules[code], self.due(code, day)
        self.add(
            Clock, case_id=case, rule_id=rule.id, code=code, duty=rule.duty, unit_id=unit, officer_id=None,
            started_on=day, length=rule.length, counted_in=rule.unit, extended_by=0, due_stat=due.stat,
            due_legal=due.legal, certain=due.certain, stopped_on=None, started_by_id=step, stopped_by_id=None,
        )  # fmt: skip
        return self.rows[Clock.__table__][-1]

    def paper(self, code: str, case: int, serial: int, unit: int, officer: int, day: dt.date) -> int:
        at, kind = dt.datetime.combine(day, dt.time(10)), self.kinds[code]
        return self.add(
            Document, kind_id=kind.id, case_id=case, unit_id=unit, title=kind.name, recipient="王秀英",
            number=f"{code}〔{day.year}〕{serial}号", sign=code, year=day.year, serial=serial, fields={},
            state=DocumentState.SIGNED, body="你反映的问题收悉。", drafted_by_id=officer, drafted_at=at,
            signed_by_id=officer, signed_at=at, digest="0" * 64, code=None, void_reason="", voided_at=None,
        )  # fmt: skip

    @staticmethod
    def facts(model: Any, route: RoutingRule, day: dt.date) -> dict[str, Any]:
        return {
            "Routing": {"legal_path": LegalPath.C6, "rule_id": route.id, "rule_text": route.name,
                        "target_id": route.unit_id, "room_id": route.room_id},
            "Acceptance": {"procedure": "听取陈述，调查核实，出具处理意见书。"},
            "HandlingRecord": {"what": "入户走访，核对材料，听取意见。", "contacted": True},
            "OpinionDraft": {"findings": "情况属实", "basis": "《信访工作条例》", "opinion": "补发差额",
                             "outcome": Outcome.SUPPORTED},
            "Delivery": {"way": DeliveryWay.DIRECT, "received_on": day, "receiver": "王秀英"},
            "Closing": {"settled": True},
        }.get(model.__name__, {})  # fmt: skip


def fill(count: int, today: dt.date) -> None:
    """Write `count` cases into an office that has none, commit, and let the database know its tables."""
    register = Register(today)
    for serial in range(1, count + 1):
        register.case(serial)
        if serial % CHUNK == 0:
            register.write()
    register.write()
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        for table in register.next_id:
            if not table.name.startswith("step_"):
                last = (
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), MAX(id)) FROM {table.name}"
                )
                connection.exec_driver_sql(last)
    connection.exec_driver_sql("ANALYZE")
    db.session.commit()
