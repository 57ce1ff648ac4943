"""What comes after the answer: evaluation and call-back, review and re-examination, settling, archiving."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.cases.clocks import AFTER_THE_END
from app.cases.enums import Disposal, State
from app.evaluation.rules import NOT_EVALUATED
from app.evaluation.steps import Rating, Subject
from app.review.models import Conclusion, Superior
from app.simulation.dispatch import WAYS, Dispatch

REVIEWS = 2  # a revoked opinion's successor may be reviewed again; here it ends then


class Remedies(Dispatch):
    """Each method is what may happen in one state; it says whether to go on."""

    unrated: tuple[Subject, ...] = ()
    reviews = 0

    # ---- evaluation ----------------------------------------------------------------------------------------------

    def begin_evaluation(self) -> None:
        """Whom the petitioner will evaluate, if at all (MYD arts. 3 to 5)."""
        evaluable = self.case["first_time"] and self.case["legal_path"] not in NOT_EVALUATED
        self.unrated = tuple(Subject) if evaluable and self.chance("evaluated") else ()

    def evaluate(self, mean: float) -> None:
        for subject in self.unrated:
            at, window = self.soon(mean), self.clock("T13")
            if at is None or window is None or at.date() > window["due_stat"]:
                break
            drawn = self.weighed("ratings")
            facts = {
                "subject": subject, "rating": Rating[drawn["rating"]], "words": drawn["words"], "on_behalf": False,
                "evidence": "",
            }  # fmt: skip
            self.take("evaluation", at, facts)
        self.unrated = ()

    def call_back(self) -> bool:
        """Whether it opened the matter again."""
        if self.clock("L7") is None:
            return False
        at = self.by(self.due("L7"), 2)
        if at is None:
            return False
        reopen = self.world.office.reopens and self.chance("reopened")
        self.take("call_back", at, {"talk": self.word("talks"), "reopen": reopen})
        return reopen

    # ---- closed --------------------------------------------------------------------------------------------------

    def closed(self) -> bool:
        self.evaluate(4)
        if self.call_back():
            return True
        if self.clock("L7") is not None:
            return False
        superior = self.world.office.superior(self.case["unit_id"])
        if superior is not None and self.on_c6 and self.reviews < REVIEWS and self.chance("reviewed"):
            at = self.within("T7", 8)
            if at is not None:
                return self._ask_for_review(at, superior)
        if self.state is State.CLOSED and self.chance("settled"):
            at = self.soon(12)
            if at is not None:
                self._settle(at)
        return self.archive()

    def _settle(self, at: dt.datetime) -> None:
        drawn = self.word("settlings")
        agreement = bool(drawn.get("agreement"))
        facts = {
            "disposal": Disposal[drawn["disposal"]],
            "evidence": drawn["evidence"],
            "agreement": agreement,
        }
        self.take("settling", at, {**facts, "voluntary": agreement})

    def archive(self) -> bool:
        """When nothing of it runs any more."""
        if self.state in (State.VOIDED, State.ARCHIVED) or self.clock(*AFTER_THE_END) is not None:
            return False
        if not self.chance("archived"):
            return False
        last = max((clock["due_legal"] for clock in self.running), default=self.at.date())
        day = max(last + dt.timedelta(days=1), self.at.date()) + self.some_days(9)
        if (at := self.at_work(day)) is not None:
            self.take("archiving", at, {"shelf": f"{self.case['number']}-1"})
        return False

    # ---- review chain --------------------------------------------------------------------------------------------

    def _ask_for_review(self, at: dt.datetime, superior: Superior) -> bool:
        self.reviews += 1
        facts = {
            "received_on": at.date(), "reason": self.word("grievances"), "body": superior.review_body,
            "external": superior.review_external,
        }  # fmt: skip
        self.take("review_request", at, facts)
        return True

    def _decided(self, body: str, external: bool, at: dt.datetime) -> tuple[dict[str, Any], str]:
        drawn = self.weighed("reviews")
        number = self.world.words["outside_number"].format(year=at.year, n=self.rng.randrange(3, 90))
        facts = {"conclusion": Conclusion[drawn["conclusion"]], "opinion": drawn["opinion"], "body": body}
        return facts, number if external else ""

    def under_review(self) -> bool:
        at, superior = self.by(self.due("T8"), 14), self.world.office.superior(self.case["unit_id"])
        if at is None or superior is None:
            return False
        facts, number = self._decided(superior.review_body, superior.review_external, at)
        found = self.weighed("opinions")
        facts |= {"findings": found["findings"], "basis": found["basis"], "external_number": number}
        self.take("review_opinion", at, facts)
        return True

    def reviewed(self) -> bool:
        at = self.by(self.due("L2"), 2)
        if at is None:
            return False
        facts = {"way": self.rng.choice(WAYS), "received_on": self.received(at), "receiver": self.matter.name}
        self.take("review_delivery", at, facts)
        return self._ask_for_recheck() or self.close()

    def _ask_for_recheck(self) -> bool:
        superior = self.world.office.superior(self.case["unit_id"])
        if superior is None or not self.chance("rechecked") or (at := self.within("T9", 9)) is None:
            return False
        facts = {
            "received_on": at.date(), "reason": self.word("grievances"), "body": superior.recheck_body,
            "external": superior.recheck_external,
        }  # fmt: skip
        self.take("recheck_request", at, facts)
        return True

    def close(self) -> bool:
        """By the unit; an assigned matter by its report (art. 22 (3))."""
        at = self.by(self.due("L3"), 4)
        if at is None:
            return False
        if self.case["assigned"]:
            facts = {**self.word("reports"), "settled": self.chance("settled")}
            self.take("report", at, facts)
        else:
            self.take("closing", at, {"settled": self.chance("settled")})
        return True

    def under_recheck(self) -> bool:
        at, superior = self.by(self.due("T10"), 16), self.world.office.superior(self.case["unit_id"])
        if at is None or superior is None:
            return False
        facts, number = self._decided(superior.recheck_body, True, at)
        if facts["conclusion"] is Conclusion.REDO:  # the last word is given, not asked for again
            facts["conclusion"] = Conclusion.MAINTAINED
        self.take("recheck_opinion", at, {**facts, "number": number})
        return True
