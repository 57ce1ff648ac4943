"""Which step a synthetic case takes next, and when: lawful ones at likely times, some late, some not yet taken.

A step that would lie in the future is simply not taken, so a run ends with every kind of open case.
"""

from __future__ import annotations

import datetime as dt

from app.cases.enums import DeliveryWay, MatterKind, Outcome, RefusalGround, State
from app.simulation.walk import Walk

OPENS, MINUTES_OPEN = dt.time(8, 40), 500
PASSED_ON_AFTER = 40  # days: the table has no reply to a suggestion yet, older ones are passed on


class Course(Walk):
    """Walks until the case ends or the next step would lie in the future."""

    def go(self) -> None:
        ways = {
            State.REGISTERED: self._from_the_register,
            State.TO_FORWARD: self._routed_anew,
            State.TO_SIGN: self._to_sign,
            State.OBJECTED: self._objected,
            State.SIGNED: self._signed,
            State.HANDLING: self._handling,
            State.ANSWERED: self._answered,
            State.DELIVERED: self._delivered,
        }
        while (way := ways.get(self.state)) is not None and way():
            pass
        self.finish()

    # ---- when --------------------------------------------------------------------------------------------------

    def chance(self, name: str) -> bool:
        return bool(self.rng.randrange(100) < self.world.words["odds"][name])

    def some_days(self, mean: float) -> dt.timedelta:
        return dt.timedelta(days=int(self.rng.expovariate(1 / mean)))

    def at_work(self, day: dt.date) -> dt.datetime | None:
        """A moment in office hours from that day on, after the last step; None where it lies in the future."""
        minutes = dt.timedelta(minutes=self.rng.randrange(MINUTES_OPEN))
        at = dt.datetime.combine(self.world.office.workday(day), OPENS) + minutes
        at = max(at, self.at + dt.timedelta(minutes=10))
        return at if at < self.world.now else None

    def soon(self, mean: float) -> dt.datetime | None:
        return self.at_work(self.at.date() + self.some_days(mean))

    def by(self, due: dt.date, mean: float) -> dt.datetime | None:
        """When a duty is done: in time as a rule, sometimes late; of those just overdue some are not done yet."""
        overdue = (self.world.now.date() - due).days
        if 0 < overdue <= self.world.words["odds"]["stalled_for"] and self.chance("stalled"):
            return None
        if self.chance("late"):
            return self.at_work(due + dt.timedelta(days=self.rng.randrange(1, 21)))
        return self.at_work(min(self.at.date() + self.some_days(mean), max(due, self.at.date())))

    # ---- what --------------------------------------------------------------------------------------------------

    def _from_the_register(self) -> bool:
        if self.case["kind"] is MatterKind.ACCUSATION:
            return self._refuse(self.by(self.clock("T1")["due_legal"], 6), "accusation_refusal")
        at = self.by(self.clock("T1")["due_legal"], 1.5)
        if at is None:
            return False
        if self.chance("voided"):
            self.take("voiding", at, {"reason": self.rng.choice(self.world.words["voidings"])})
            return False
        if self.chance("refused"):
            return self._refuse(at, "refusals")
        self._route(at)
        return True

    def _refuse(self, at: dt.datetime | None, why: str) -> bool:
        if at is not None:
            found = self.world.words[why]
            refusal = self.rng.choice(found) if isinstance(found, list) else found
            self.take("non_acceptance", at, {**refusal, "ground": RefusalGround[refusal["ground"]]})
        return False

    def _route(self, at: dt.datetime, elsewhere: int | None = None) -> None:
        rule = None
        if elsewhere is None:
            rule = self.world.office.rule(self.category, self.matter.place, self.matter.purpose)
        target = rule.unit_id if rule else elsewhere or self.rng.choice(self.world.office.departments)
        facts = {
            "legal_path": self.case["legal_path"], "rule_id": rule.id if rule else None,
            "rule_text": rule.name if rule else "", "target_id": target, "room_id": rule.room_id if rule else None,
        }  # fmt: skip
        self.take("routing", at, facts)

    def _routed_anew(self) -> bool:
        at = self.by(self.clock("T1")["due_legal"], 2)
        if at is None:
            return False
        self._route(at, self.proposed)
        return True

    def _to_sign(self) -> bool:
        at = self.by(self.clock("T3")["due_legal"], 1)
        if at is None:
            return False
        right = next((c for c in self.running if c["code"] == "T4"), None)
        if right is not None and at.date() <= right["due_legal"] and self.chance("objected"):
            others = [unit for unit in self.world.office.departments if unit != self.case["unit_id"]]
            self.proposed = self.rng.choice(others) if others else None
            reason = self.rng.choice(self.world.words["objections"])
            self.take("objection", at, {"reason": reason, "proposed_id": self.proposed})
            return True
        self.take("signing", at)
        return True

    def _objected(self) -> bool:
        at = self.by(self.clock("L1")["due_legal"], 1.5)
        if at is None:
            return False
        agreed = self.chance("objection_agreed")
        reason = self.rng.choice(self.world.words["rulings"]["agreed" if agreed else "refused"])
        to = State.TO_FORWARD if agreed else State.SIGNED
        self.take("objection_ruling", at, {"agreed": agreed, "reason": reason}, to)
        return True

    def _signed(self) -> bool:
        at = self.by(self.clock("T3")["due_legal"], 5)
        if self.case["kind"] is MatterKind.SUGGESTION:
            if (self.world.now - self.at).days > PASSED_ON_AFTER:
                return self._refuse(at, "suggestion_refusal")
        elif at is not None and self.chance("refused"):
            return self._refuse(at, "refusals")
        if at is None:
            return False
        self.take("acceptance", at, {"procedure": self.world.office.procedure if self.on_c6 else ""})
        return True

    def _handling(self) -> bool:
        for _ in range(self.rng.randrange(1, 4)):
            at = self.soon(9)
            if at is None:
                return False
            facts = {
                "what": self.rng.choice(self.world.words["handling"]),
                "contacted": self.rng.random() < 0.7,
            }
            self.take("handling", at, facts)
        if not self.on_c6:
            return False
        due = self.clock("T5")["due_legal"]
        if self.at.date() < due - dt.timedelta(days=15) and self.chance("extended"):
            if not self._extend(due):
                return False
            due = self.clock("T5")["due_legal"]
        return self._answer(due)

    def _extend(self, due: dt.date) -> bool:
        """Asked for before the time ends, ruled on before it ends (art. 34)."""
        at = self.at_work(due - dt.timedelta(days=self.rng.randrange(9, 15)))
        if at is None:
            return False
        days = self.rng.choice([15, 20, 30])
        self.take(
            "extension_request", at, {"days": days, "reason": self.rng.choice(self.world.words["extensions"])}
        )
        at = self.soon(1)
        if at is None:
            return False
        approved = not self.chance("extension_refused")
        self.take("extension_ruling", at, {"approved": approved, "days": days if approved else 0})
        return True

    def _answer(self, due: dt.date) -> bool:
        at = self.by(due, 18)
        if at is None:
            return False
        opinions = self.world.words["opinions"]
        drawn = self.rng.choices(opinions, weights=[o["weight"] for o in opinions])[0]
        facts = {part: drawn[part] for part in ("findings", "basis", "opinion")}
        self.take("opinion_draft", at, {**facts, "outcome": Outcome[drawn["outcome"]]})
        at = self.by(due, 0.7)  # the head signs
        if at is None:
            return False
        self.take("opinion_signing", at)
        return True

    def _answered(self) -> bool:
        at = self.by(self.clock("L2")["due_legal"], 2)
        if at is None:
            return False
        waited = (at.date() - self.at.date()).days
        received = at.date() - dt.timedelta(days=self.rng.randrange(min(waited, 3) + 1))
        way = self.rng.choice(list(DeliveryWay))
        self.take("delivery", at, {"way": way, "received_on": received, "receiver": self.matter.name})
        return True

    def _delivered(self) -> bool:
        at = self.by(self.clock("L3")["due_legal"], 4)
        if at is not None:
            self.take("closing", at, {"settled": self.chance("settled")})
        return False

    proposed: int | None = None
