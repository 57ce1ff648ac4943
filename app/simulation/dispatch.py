"""The way of a synthetic case from the register to the unit that handles it, or out of the petition procedure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.cases.enums import (
    Channel,
    DeliveryWay,
    GuidanceResult,
    LegalPath,
    MatterKind,
    Outcome,
    RefusalGround,
)
from app.cases.workflow import FIRST_CLOCKS
from app.simulation.pace import Pace

HERE = (Channel.VISIT, Channel.CALL, Channel.HOTLINE)  # who asks is there, or on the line
WAYS = list(DeliveryWay)


class Dispatch(Pace):
    """Each method is what may happen in one state; it says whether to go on."""

    proposed: int | None = None

    @property
    def guided(self) -> bool:
        return self.case["legal_path"] not in (None, LegalPath.C5, LegalPath.C6)

    def from_the_register(self) -> bool:
        if self.case["kind"] is MatterKind.ACCUSATION:
            return self._hand_over()
        if not self.on_c6 and self.matter.channel in HERE and self.chance("on_the_spot"):
            return self._answer_on_the_spot()
        if self.case["first_time"] and self.chance("leader_named"):
            self._name_leader("supervising_leader")
        at = self.by(self.due(*FIRST_CLOCKS), 1.5)
        if at is None:
            return False
        if self.chance("voided"):
            return self._void(at)
        if self.chance("withdrawn"):
            return self.withdraw(at)
        if self.chance("refused"):
            return self.refuse(at)
        if self.chance("no_longer"):
            return self._no_longer(at)
        # a path other than C6 is found when the matter is classified, or only by the unit
        if self.matter.path is not LegalPath.C6 or self.chance("classified"):
            self.take(
                "classification", at, {"matter_kind": self.case["kind"], "legal_path": self.matter.path}
            )
            at = self.by(self.due(*FIRST_CLOCKS), 0.4)
            if at is None:
                return False
        if self.guided:
            return self.guide(at)
        if self.clock("T2") is not None and self.chance("accepted_at_once"):
            return self._accept(at)
        return self._send(at)

    def sent_anew(self) -> bool:
        at = self.by(self.due(*FIRST_CLOCKS), 2)
        if at is None:
            return False
        return self.guide(at) if self.guided else self._send(at, self.proposed)

    # ---- out of the procedure ------------------------------------------------------------------------------------

    def refuse(self, at: dt.datetime) -> bool:
        refusal = self.word("refusals")
        self.take("non_acceptance", at, {**refusal, "ground": RefusalGround[refusal["ground"]]})
        return True

    def guide(self, at: dt.datetime) -> bool:
        self.take("guidance", at, dict(self.world.words["guidance"][self.case["legal_path"].name]))
        return True

    def guided_away(self) -> bool:
        """Looked after until that organ has it."""
        at = self.by(self.due("L9"), 12) if self.clock("L9") is not None else None
        if at is None:
            return self.archive()
        drawn = self.weighed("follow_ups")
        self.take(
            "guidance_follow_up", at, {"result": GuidanceResult[drawn["result"]], "what": drawn["what"]}
        )
        return True

    def withdraw(self, at: dt.datetime) -> bool:
        self.take("withdrawal", at, {"written": True, "own_will": True, "reason": self.word("withdrawals")})
        return True

    def _void(self, at: dt.datetime) -> bool:
        reason = self.word("voidings")
        self.take("void_request", at, {"reason": reason})
        at_head = self.soon(0.5)
        if at_head is not None:
            self.take("voiding", at_head, {"reason": reason})
        return False

    def _no_longer(self, at: dt.datetime) -> bool:
        final = at.date() - dt.timedelta(days=self.rng.randrange(60, 900))
        facts = {
            "final_number": self.world.words["final_number"].format(year=final.year, n=self.rng.randrange(3, 90)),
            "final_on": final, "reason": self.word("same_facts"),
        }  # fmt: skip
        self.take("no_longer", at, facts)
        return True

    def _hand_over(self) -> bool:
        at = self.by(self.due(*FIRST_CLOCKS), 6)
        if at is not None:
            self.take("handover", at, {"organ": self.word("organs"), "organ_unit_id": None})
        return at is not None

    def handed_over(self) -> bool:
        """The organ's receipt."""
        at = self.soon(6)
        if at is not None and self.chance("receipted"):
            feedback = self.word("feedback")
            self.take("handover_receipt", at, {"received_on": self.received(at), "feedback": feedback})
        return self.archive()

    def archive(self) -> bool:
        raise NotImplementedError

    def _answer_on_the_spot(self) -> bool:
        at = self.at_work(self.at.date())
        if at is None or at.date() != self.at.date():
            return False
        answer = self.word("spot_answers")
        self.take("spot_answer", at, {**answer, "outcome": Outcome[answer["outcome"]]})
        return True

    # ---- to the unit ---------------------------------------------------------------------------------------------

    def _name_leader(self, kind: str) -> None:
        at = self.at_work(self.at.date())
        if at is not None and at.date() == self.at.date():
            self.take(kind, at, {"leader": self.word("leaders")})

    def _send(self, at: dt.datetime, elsewhere: int | None = None) -> bool:
        office = self.world.office
        rule = None
        if elsewhere is None:
            rule = office.rule(self.category, self.matter.place, self.matter.purpose)
        target = rule.unit_id if rule else elsewhere or self.rng.choice(office.departments)
        drawn = self.rng.random() * 100
        odds = self.world.words["odds"]
        self.supervisor = office.supervisor(self.rng) if drawn < odds["assigned"] else None
        if self.supervisor is not None:
            if not self._assign(at, target):
                return False
        elif drawn < odds["assigned"] + odds["transferred"]:
            self.take("transfer", at, {"target_id": target, "basis": self.word("competence")})
        else:
            facts: dict[str, Any] = {
                "legal_path": self.case["legal_path"], "rule_id": rule.id if rule else None,
                "rule_text": rule.name if rule else "", "target_id": target,
                "room_id": rule.room_id if rule else None,
            }  # fmt: skip
            self.take("routing", at, facts)
        if self.case["first_time"] and self.chance("leader_named"):
            self._name_leader("package_leader")
        return True

    def _assign(self, at: dt.datetime, target: int) -> bool:
        term = {"target_id": target, "feedback_days": self.rng.choice([30, 45, 60, 60])}
        demand = self.word("demands")
        self.take("assignment_draft", at, {**term, "demand": demand, "supervisor_id": self.supervisor})
        signed = self.soon(0.4)  # by the head
        if signed is not None:
            self.take("assignment", signed, term)
        return signed is not None

    def to_sign(self) -> bool:
        today = self.matter.channel in HERE and self.at.date() == self.case["registered_at"].date()
        if today and self.on_c6 and self.chance("on_the_spot") and self._answer_on_the_spot():
            return True
        at = self.by(self.due("T3"), 1)
        if at is None:
            return False
        right = self.due("T4")
        if right is not None and at.date() <= right and self.chance("objected"):
            others = [unit for unit in self.world.office.departments if unit != self.case["unit_id"]]
            self.proposed = self.rng.choice(others) if others else None
            self.take("objection", at, {"reason": self.word("objections"), "proposed_id": self.proposed})
        else:
            self.take("signing", at)
        return True

    def objected(self) -> bool:
        at = self.by(self.due("L1"), 1.5)
        if at is None:
            return False
        agreed = self.chance("objection_agreed")
        reason = self.rng.choice(self.world.words["rulings"]["agreed" if agreed else "refused"])
        self.take("objection_ruling", at, {"agreed": agreed, "reason": reason})
        return True

    def signed(self) -> bool:
        at = self.by(self.due("T3"), 5)
        if at is None:
            return False
        if self.guided:
            return self.guide(at)
        if self.case["kind"] is MatterKind.CLAIM and self.chance("refused"):
            return self.refuse(at)
        return self._accept(at)

    def _accept(self, at: dt.datetime) -> bool:
        self.take("acceptance", at, {"procedure": self.world.office.procedure if self.on_c6 else ""})
        return True
