"""No sequence of steps, lawful or not, reaches a contradictory case: cases are walked at random through
`operations.take` while time goes on, and looked at after every step."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.cases import clocks, operations, workflow
from app.cases.enums import (
    OPEN,
    Adoption,
    AdviceKind,
    Channel,
    DeliveryWay,
    Disposal,
    GuidanceResult,
    Jurisdiction,
    LegalPath,
    MatterKind,
    Outcome,
    PartRole,
    Purpose,
    RecusalGround,
    RefusalGround,
    Settlement,
    State,
)
from app.cases.models import Case, Clock, Part
from app.cases.recusal import CaseRecusal, in_force, recused
from app.cases.steps import Step
from app.core import moment
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import Scoped
from app.evaluation.steps import Rating, Subject
from app.organisation.models import Officer, Unit, UnitKind
from app.review.models import Conclusion
from tests.support import office

OFFICERS = ("reception", "office", "office_head", "land_officer", "land_head", "labour_officer", "town_officer",
            "discipline", "supervisor", "convener")  # fmt: skip
# sampled, not st.integers: those also draw constants of whatever modules happen to be loaded, and each run differs
SEEDS, HOURS = st.sampled_from(range(100_003)), st.sampled_from(range(9, 21))
UNITS = (office.LAND, office.LABOUR, office.TOWN, "柳树村", office.CONFERENCE, "中共云岭区纪律检查委员会")
# need a letter that the room above drafts, or other cases: those rooms' own tests lead them
ELSEWHERE = {"supervision_letter", "supervision_answer", "supervision_acceptance", "supervision_return", "split",
             "repeat_confirmed", "repeat_rejected", "kind_linked", "merge_request", "merging",
             "consultation", "supervision_reminder", "supervision_contact", "supervisor_named", "measure_decision",
             "talk_record", "measure_answer", "measure_end", "instruction", "instruction_answer", "hard_matter",
             "package_opened", "package_note", "package_handover", "strike_off_request", "strike_off_check",
             "strike_off_ruling", "package_reopening", "reception_arranged", "reception_opinion", "reception_letters",
             "reception_called_off", "reception_held", "reception_notice", "reception_closing"}  # fmt: skip
# they end a case, or do little to it: seldom taken, so that most cases have a life
SELDOM = {"advice", "advice_feedback", "withdrawal", "voiding", "void_request", "recusal", "recusal_ruling",
          "correction", "non_acceptance",
          "no_longer", "supervising_leader", "package_leader", "archiving", "guidance", "spot_answer",
          "handling"}  # fmt: skip
KINDS = sorted(set(workflow.MOVES) - ELSEWHERE)
ONE_OF: dict[str, Any] = {
    "matter_kind": MatterKind, "adoption": Adoption, "level": Jurisdiction, "ground": RefusalGround,
    "outcome": Outcome, "disposal": Disposal, "conclusion": Conclusion, "subject": Subject, "rating": Rating,
}  # fmt: skip
# an answer is owed by somebody outside, and the clock says so by naming nobody here
OUTSIDE = {State.REVIEW: "T8", State.RECHECK: "T10"}


def counts() -> dict[str, int]:
    """Rows of every table that hangs on cases."""
    tables = [m.__table__ for m in Scoped.scoped_models]
    return {t.name: db.session.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables}


class Cases(RuleBasedStateMachine):
    """One case, many hands. Most tries keep to what the state allows, some to nothing."""

    app: Any = None
    seen: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.now = office.NOW
        self.case_id = 0
        self.taken: list[str] = []

    def teardown(self) -> None:
        db.session.rollback()
        db.session.remove()
        self.context.pop()

    # ---- what is done ------------------------------------------------------------------------------------------

    @initialize(
        by=st.sampled_from(("reception", "office", "town_officer")), purpose=st.sampled_from(list(Purpose)),
        channel=st.sampled_from(list(Channel)), accused=st.sampled_from((None, None, *UNITS[:4])),
    )  # fmt: skip
    def register(self, by: str, purpose: Purpose, channel: Channel, accused: str | None) -> None:
        self._today()
        unit = office.unit_named(accused) if accused else None
        self.case_id = office.register_case(
            self.app, by=by, at=self.now, purpose=purpose, channel=channel, accused_unit=unit
        )

    @rule(days=st.sampled_from((0, 0, 1, 1, 3, 8, 20, 45)), hour=HOURS)
    def time_goes_on(self, days: int, hour: int) -> None:
        self.now = (self.now + dt.timedelta(days=days)).replace(
            hour=max(hour, self.now.hour) if not days else hour
        )
        self._today()

    @rule(seed=SEEDS, by=st.sampled_from(OFFICERS))
    def somebody_takes_a_lawful_step(self, seed: int, by: str) -> None:
        chance = random.Random(seed)
        case = self.case
        possible = [m.kind for m, why in operations.possible_steps(case, self.now.date()) if not why]
        kinds = [kind for kind in possible if kind in KINDS]
        onward = [kind for kind in kinds if kind not in SELDOM]
        if kinds:
            self._take(chance.choice(onward if onward and chance.random() < 0.9 else kinds), chance, by)

    @rule(seed=SEEDS, kind=st.sampled_from(KINDS), by=st.sampled_from(OFFICERS))
    def somebody_tries_anything(self, seed: int, kind: str, by: str) -> None:
        self._take(kind, random.Random(seed), by)

    @rule()
    def windows_end(self) -> None:
        clocks.end_windows(self.now.date())
        db.session.commit()

    @property
    def case(self) -> Case:
        return db.session.get_one(Case, self.case_id)

    def _today(self) -> None:
        self.app.config["FIXED_NOW"] = self.now

    def _take(self, kind: str, chance: random.Random, by: str) -> None:
        db.session.expire_all()
        before, state, due = counts(), self.case.state, self._dates()
        officer = office.officer_named(by)
        step = self._step(kind, chance)
        try:
            operations.take(step, self.case, officer, self.now, print_papers=False)
            db.session.commit()
        except Refusal as refusal:
            db.session.rollback()
            db.session.expunge_all()
            assert str(refusal.message).strip()
            assert (counts(), self.case.state, self._dates()) == (before, state, due), (
                f"{kind} left something"
            )
            return
        self.seen[kind] += 1
        self.taken.append(f"{self.now:%m-%d} {kind} by {by} → {self.case.state.name}")
        move = workflow.MOVES[kind]
        assert state in move.from_, f"{kind} from {state}"
        assert move.to is None or self.case.state in move.targets or kind in ("recusal", "call_back"), kind
        assert counts()["case_step"] == before["case_step"] + 1

    def _dates(self) -> list[Any]:
        return [(c.id, c.due_stat, c.due_legal, c.extended_by, c.stopped_on) for c in self.case.clocks]

    def _step(self, kind: str, chance: random.Random) -> Any:
        """A step with every field filled, likely or not."""
        model = Step.__mapper__.polymorphic_map[kind].class_
        step = model(note="")
        for column in model.__table__.columns:
            if column.name in ("id", "body", "recheck_body", "external", "old_value", "rule_text"):
                continue
            setattr(step, *self._fact(kind, column, chance))
        return step

    def _fact(self, kind: str, column: sa.Column[Any], chance: random.Random) -> tuple[str, Any]:
        name, today = column.name, self.now.date()
        if name in ("target_id", "organ_unit_id", "proposed_id", "which_id", "room_id"):
            unit = office.unit_named(chance.choice(UNITS))
            nobody = column.nullable and chance.random() < 0.5
            return name.removesuffix("_id"), None if nobody or name == "room_id" else unit
        if name == "supervisor_id":
            return "supervisor", office.officer_named(chance.choice(("supervisor", "land_head")))
        if name == "who_id":
            return "who", office.officer_named(chance.choice(OFFICERS)) if chance.random() < 0.5 else None
        if name == "recusal_id":
            standing = in_force(self.case) or list(db.session.scalars(sa.select(CaseRecusal)))
            return "recusal", standing[0] if standing else None
        if name == "rule_id":
            return "note", "按职责分工"
        if name == "legal_path":
            likely = [LegalPath.C6] * 4 + [LegalPath.C5, LegalPath.C1, None]
            return name, chance.choice(likely)
        if name == "field":
            return name, chance.choice(("title", "people_count", "window", "facts"))
        if name == "new_value":
            return name, chance.choice(("7", "0", "三号窗", "x" * 70))
        if name == "way":
            ways: dict[str, Any] = {"mediation": Settlement, "advice": AdviceKind}
            return name, chance.choice(list(ways.get(kind, DeliveryWay)))
        if name == "result" and kind == "guidance_follow_up":
            return name, chance.choice(list(GuidanceResult))
        if name in ("days", "feedback_days"):
            return name, chance.choice((1, 15, 30, 30, 31, 0))
        if name == "ground" and kind == "recusal":
            return name, chance.choice(list(RecusalGround))
        if name in ONE_OF:
            return name, chance.choice(list(ONE_OF[name]))
        if isinstance(column.type, sa.Date):
            return name, today - dt.timedelta(days=chance.choice((0, 0, 0, 0, 1, 5, -1)))
        if isinstance(column.type, sa.Boolean):
            return name, chance.random() < 0.7
        if name == "external_number":
            return name, chance.choice(("", "市政复查〔2026〕3号"))
        return name, "据实填写"

    # ---- what must hold ----------------------------------------------------------------------------------------

    @invariant()
    def state_is_where_the_steps_led(self) -> None:
        steps = db.session.scalars(
            sa.select(Step).where(Step.case_id == self.case_id).order_by(Step.id)
        ).all()
        assert self.case.state is steps[-1].to_state, " | ".join(self.taken)
        assert all(a.to_state is b.from_state for a, b in pairwise(steps)), " | ".join(self.taken)

    @invariant()
    def an_open_case_is_owed_by_somebody(self) -> None:
        case, duties = self.case, self._duties()
        if case.state not in OPEN:
            assert {c.code for c in duties} <= set(clocks.AFTER_THE_END), (" | ".join(self.taken), duties)
            return
        assert duties, ("nobody owes anything", case.state, " | ".join(self.taken))
        for clock in duties:
            if clock.unit_id is None and case.kind is not MatterKind.ACCUSATION and case.unit_id is not None:
                assert OUTSIDE.get(case.state) == clock.code, (clock.code, case.state, " | ".join(self.taken))
        assert case.due_on == min(c.due_legal for c in duties)

    @invariant()
    def clocks_agree_with_each_other(self) -> None:
        running = [c for c in self.case.clocks if c.stopped_on is None]
        codes = [c.code for c in running]
        assert len([c for c in codes if c in ("T5", "L4")]) <= 1, (codes, " | ".join(self.taken))
        assert len([c for c in codes if c in ("T1", "T1a", "T2")]) <= 1, (codes, " | ".join(self.taken))
        doubles = {c for c in codes if codes.count(c) > 1}
        assert doubles <= {"T7", "T13", "T9"}, (doubles, " | ".join(self.taken))
        if self.case.kind is not MatterKind.CLAIM or self.case.legal_path is not LegalPath.C6:
            assert not {"T5", "T7", "T8", "T9", "T10"} & set(codes), (codes, " | ".join(self.taken))
        for clock in self.case.clocks:
            assert 0 <= clock.extended_by <= 30 and clock.due_legal >= clock.due_stat
            assert clock.extended_by == 0 or clock.code == "T5"
            assert clock.code == "T10" or not clock.suspensions
            assert (
                clock.stopped_on is None or clock.stopped_on <= self.now.date() or clock.stopped_by_id is None
            )
        for clock in running:
            assert clocks.anew(clock)[:2] == (clock.due_stat, clock.due_legal), (
                clock.code,
                " | ".join(self.taken),
            )

    @invariant()
    def parts_agree_with_the_case(self) -> None:
        case = self.case
        active = [p for p in case.parts if p.active]
        if case.kind is MatterKind.ACCUSATION:
            assert not [p for p in active if p.unit_id is not None], (
                "a unit sees an accusation",
                " | ".join(self.taken),
            )
            assert case.unit is None or case.unit.kind is UnitKind.DISCIPLINE, " | ".join(self.taken)
            return
        responsible = [p.unit for p in active if p.role is PartRole.RESPONSIBLE]
        assert len(responsible) <= 1, (responsible, " | ".join(self.taken))
        if responsible:
            assert responsible == [case.unit], (responsible, case.unit, " | ".join(self.taken))
        # who is recused after answering, or after the end, keeps the name and loses the sight (art. 28)
        if case.unit is not None and not recused(case, unit=case.unit):
            assert case.unit in [p.unit for p in active], (
                "who has it does not see it",
                case.unit.name,
                " | ".join(self.taken),
            )
        if case.handler is not None:
            assert case.handler in [p.officer for p in active], " | ".join(self.taken)

    def _duties(self) -> list[Clock]:
        return [c for c in self.case.clocks if c.duty and c.stopped_on is None]


def _run(app: Any, examples: int, steps: int) -> None:
    Cases.app = app
    phases = (
        Phase.explicit,
        Phase.generate,
    )  # the steps taken tell the story; making them fewer takes minutes
    rules = settings(max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True,
                     database=None, phases=phases, suppress_health_check=list(HealthCheck))  # fmt: skip
    run_state_machine_as_test(Cases, settings=rules)


def test_no_sequence_of_steps_contradicts_itself(app):
    _run(app, examples=12, steps=25)


@pytest.mark.slow
def test_no_long_life_of_a_case_contradicts_itself(app):
    Cases.seen.clear()
    _run(app, examples=150, steps=60)
    # which kinds chance comes to is chance's; most of them, or the machine does not live
    assert len(set(KINDS) & set(Cases.seen)) > 0.7 * len(KINDS), set(KINDS) - set(Cases.seen)


def test_every_kind_of_step_is_tried(app):
    """Steps the machine leaves out are led in the tests of their own rooms, by name."""
    with app.app_context():
        assert set(KINDS) | ELSEWHERE == set(workflow.MOVES)
        assert moment.now() == office.NOW
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Officer))
        assert (
            db.session.scalar(sa.select(sa.func.count()).select_from(Unit))
            and not db.session.scalars(sa.select(Part)).all()
        )
