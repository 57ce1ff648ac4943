"""Which step a synthetic case takes next: lawful ones, as often as they are likely.

The way to the unit stands in ``dispatch.py``, review and after in ``remedies.py``, when each step is taken in
``pace.py``. How often something happens is a row of ``odds`` in ``seeds/simulation.yaml``.
"""

from __future__ import annotations

import datetime as dt

from app.cases.enums import Adoption, MatterKind, Outcome, Settlement, State
from app.simulation.dispatch import WAYS
from app.simulation.remedies import Remedies

MAIN = ("T5", "L4", "T11")  # a matter returned with its report has only the term of its assignment


class Course(Remedies):
    """Walks until the case ends or the next step would lie in the future."""

    def go(self) -> None:
        ways = {
            State.REGISTERED: self.from_the_register,
            State.TO_FORWARD: self.sent_anew,
            State.HANDED_OVER: self.handed_over,
            State.GUIDED: self.guided_away,
            State.TO_SIGN: self.to_sign,
            State.OBJECTED: self.objected,
            State.SIGNED: self.signed,
            State.HANDLING: self.handling,
            State.ANSWERED: self.answered,
            State.DELIVERED: self.delivered,
            State.REPORTED: self.reported,
            State.CLOSED: self.closed,
            State.SETTLED: self.closed,
            State.REVIEW: self.under_review,
            State.REVIEWED: self.reviewed,
            State.RECHECK: self.under_recheck,
        }
        while ways.get(self.state, self.archive)():
            pass
        self.finish()

    # ---- at the unit ---------------------------------------------------------------------------------------------

    def handling(self) -> bool:
        for _ in range(self.rng.randrange(1, 4)):
            at = self.soon(9)
            if at is None:
                return False
            contacted = self.rng.random() < 0.7
            self.take("handling", at, {"what": self.word("handling"), "contacted": contacted})
        if self.case["kind"] is MatterKind.SUGGESTION:
            return self._reply("suggestion_reply", "suggestion_replies", "L4")
        if not self.on_c6:
            return self._reply("statutory_reply", "statutory_replies", "L4")
        if self.chance("withdrawn") and (at := self.soon(3)) is not None:
            return self.withdraw(at)
        if self.chance("mediated"):
            return self._mediate()
        due = self.due("T5")
        early = due is not None and self.at.date() < due - dt.timedelta(days=15)
        if due is not None and early and self.chance("extended") and not self._extend(due):
            return False
        return self._answer()

    def _reply(self, kind: str, words: str, clock: str) -> bool:
        at = self.by(self.due(clock), 18)
        if at is None:
            return False
        facts = dict(self.word(words))
        if "adoption" in facts:
            facts["adoption"] = Adoption[facts["adoption"]]
        self.take(kind, at, facts)
        return True

    def _mediate(self) -> bool:
        at = self.by(self.due("T5"), 12)
        if at is None:
            return False
        terms = self.word("agreements")
        parties = f"{self.matter.name}、{self.word('firms')}"
        way = self.rng.choice(list(Settlement))
        self.take("mediation", at, {"way": way, "consent": True, "parties": parties, "terms": terms})
        return True

    def _extend(self, due: dt.date) -> bool:
        """Asked for before the time ends, ruled on before it ends (art. 34)."""
        at = self.at_work(due - dt.timedelta(days=self.rng.randrange(9, 15)))
        if at is None:
            return False
        days = self.rng.choice([15, 20, 30])
        self.take("extension_request", at, {"days": days, "reason": self.word("extensions")})
        at = self.soon(1)
        if at is None:
            return False
        approved = not self.chance("extension_refused")
        self.take("extension_ruling", at, {"approved": approved, "days": days if approved else 0})
        return True

    def _answer(self) -> bool:
        at = self.by(self.due(*MAIN), 18)
        if at is None:
            return False
        drawn = self.weighed("opinions")
        facts = {part: drawn[part] for part in ("findings", "basis", "opinion")}
        self.take("opinion_draft", at, {**facts, "outcome": Outcome[drawn["outcome"]]})
        at = self.by(self.due(*MAIN), 0.7)  # the head signs
        if at is None:
            return False
        self.take("opinion_signing", at)
        return True

    # ---- answered ------------------------------------------------------------------------------------------------

    def answered(self) -> bool:
        at = self.by(self.due("L2"), 2)
        if at is None:
            return False
        received = self.received(at)
        facts = {"way": self.rng.choice(WAYS), "received_on": received, "receiver": self.matter.name}
        self.take("delivery", at, facts)
        self.begin_evaluation()
        return True

    def delivered(self) -> bool:
        if self.chance("evaluated_early"):
            self.evaluate(2)
        if self.call_back():
            return True
        return self.close()

    def reported(self) -> bool:
        at = self.by(self.due("L6"), 2)
        if at is None:
            return False
        passed = not self.chance("report_returned")
        reason = self.rng.choice(self.world.words["report_reviews"]["passed" if passed else "returned"])
        self.take("report_review", at, {"passed": passed, "reason": reason})
        return True
