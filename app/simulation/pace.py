"""When a synthetic case's next step is taken: in office hours, in time as a rule, some late, some not yet.

A step that would lie in the future is simply not taken, so a run ends with every kind of open case.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.simulation.walk import Walk

OPENS, MINUTES_OPEN = dt.time(8, 40), 500


class Pace(Walk):
    """A walk with a clock on the wall."""

    def chance(self, name: str) -> bool:
        return self.rng.random() * 100 < self.world.words["odds"][name]

    def word(self, name: str) -> Any:
        return self.rng.choice(self.world.words[name])

    def weighed(self, name: str) -> Any:
        """One of the words, by their weights."""
        words = self.world.words[name]
        return self.rng.choices(words, weights=[word["weight"] for word in words])[0]

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

    def by(self, due: dt.date | None, mean: float) -> dt.datetime | None:
        """When a duty is done: in time as a rule, sometimes late; of those just overdue some are not done yet."""
        if due is None:
            return self.soon(mean)
        overdue = (self.world.now.date() - due).days
        if 0 < overdue <= self.world.words["odds"]["stalled_for"] and self.chance("stalled"):
            return None
        if self.chance("late"):
            return self.at_work(due + dt.timedelta(days=self.rng.randrange(1, 21)))
        return self.at_work(min(self.at.date() + self.some_days(mean), max(due, self.at.date())))

    def due(self, *codes: str) -> dt.date | None:
        """The deadline of the running clock of these codes."""
        clock = self.clock(*codes)
        return clock["due_legal"] if clock is not None else None

    def within(self, code: str, mean: float) -> dt.datetime | None:
        """A moment before a right ends with this clock; None where it has ended."""
        due, at = self.due(code), self.soon(mean)
        return at if at is not None and due is not None and at.date() <= due else None

    def received(self, at: dt.datetime) -> dt.date:
        """The day a paper reached its reader, up to three days before it was entered."""
        waited = (at.date() - self.at.date()).days
        return at.date() - dt.timedelta(days=self.rng.randrange(min(waited, 3) + 1))
