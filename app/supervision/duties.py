"""The daily duties (``flask tick``): end the windows that are over, propose supervision. Safe to run twice or twice
at once: windows end by a conditional update, proposals are unique in the database. Nothing is sent by the machine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.cases import clocks
from app.cases.models import Case
from app.core import moment
from app.core.db import db
from app.organisation.models import Unit
from app.supervision import conditions, operations
from app.supervision.models import Supervision, SupervisionTrigger

BATCH = 500
NAMED = 20  # so many proposals are named one by one


@dataclass
class Done:
    """What a run did: windows ended, and new proposals (of another letter: ``again``) by the name of their trigger."""

    on: dt.date
    windows: int = 0
    proposed: dict[str, list[int]] = field(default_factory=dict)
    again: dict[str, list[int]] = field(default_factory=dict)

    @property
    def proposals(self) -> list[int]:
        return [matter for matters in self.proposed.values() for matter in matters]

    def lines(self) -> list[str]:
        """For the terminal: counts, then the first proposals by case and unit."""
        told = [f"{self.on}: windows ended: {self.windows}", f"supervision proposed: {len(self.proposals)}"]
        if self.again:
            told.append(f"another letter proposed: {sum(map(len, self.again.values()))}")
        for name, matters in (*self.proposed.items(), *self.again.items()):
            told.append(f"  {name}: {len(matters)}")
            query = (
                sa.select(Case.number, Unit.name)
                .select_from(Supervision)
                .join(Case, Case.id == Supervision.case_id)
                .join(Unit, Unit.id == Supervision.unit_id)
                .where(Supervision.id.in_(matters[:NAMED]))
                .order_by(Supervision.id)
            )
            told += [f"    {number}  {unit}" for number, unit in db.session.execute(query)]
            if len(matters) > NAMED:
                told.append(f"    … and {len(matters) - NAMED} more")
        return told


def run(on: dt.date) -> Done:
    """Do the duties of that day; commits batch by batch. A day to come proposes, but ends no window before its time."""
    done = Done(on)
    done.windows = clocks.end_windows(min(on, moment.today()))
    db.session.commit()
    enabled = sa.select(SupervisionTrigger).where(SupervisionTrigger.enabled)
    for trigger in db.session.scalars(enabled.order_by(SupervisionTrigger.rank, SupervisionTrigger.id)).all():
        name, new = trigger.name, []
        if trigger.condition in conditions.AGAIN:
            if again := operations.propose_again(trigger, on):
                done.again[name] = again
            db.session.commit()
            continue
        found = [tuple(row) for row in db.session.execute(conditions.found(trigger, on))]
        for start in range(0, len(found), BATCH):
            new += operations.propose(trigger, found[start : start + BATCH], on)
            db.session.commit()
        if new:
            done.proposed[name] = new
    return done
