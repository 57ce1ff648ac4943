"""A run: so many cases spread over so many months, written in bulk; the same seed and day give the same cases."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import yaml

import config
from app.cases import bulk, clocks
from app.core import audit
from app.core.db import db
from app.core.scope import seeing_all
from app.documents import numbers
from app.documents.models import NumberSeries
from app.simulation.course import Course
from app.simulation.matters import Matters
from app.simulation.office import Office
from app.simulation.pace import OPENS
from app.simulation.walk import World

MONTHS = 18
CHUNK = 1000  # cases written together
COMMIT = 10_000  # cases a transaction: a large run must not hold the only writer, nor its memory, to the end
MINUTES_OPEN = 500


def simulate(
    cases: int,
    seed: int,
    until: dt.date,
    months: int = MONTHS,
    only: frozenset[str] | None = None,
    told: Callable[[int], None] = lambda _count: None,
) -> int:
    """Write that many cases registered in the ``months`` before ``until``; returns the rows written. Commits.

    ``only`` are full names of categories to draw from. Row numbers, case numbers, query codes and the noise of the
    encryption differ from run to run; everything else follows from the seed, the day and the office.
    """
    words = yaml.safe_load((config.ROOT / "seeds" / "simulation.yaml").read_text(encoding="utf-8"))
    rng = random.Random(seed)
    now = dt.datetime.combine(until, dt.time())
    first = until - dt.timedelta(days=round(months * 30.4))
    written = 0
    with seeing_all("synthetic cases are written"):
        try:
            for start in range(0, cases, COMMIT):
                count = min(COMMIT, cases - start)
                office = Office()
                matters = Matters(words, office.places(), only)
                world = World(bulk.Bulk(db.session.connection()), office, words, rng, now)
                register = _Register()
                for place in range(start, start + count):
                    at = _moment(first, until, place, cases, rng)
                    Course(world, matters.draw(rng, at.date()), register.number(at), at).go()
                    if (place + 1) % CHUNK == 0:
                        written += world.into.write()
                written += world.into.write()
                register.keep()
                detail: dict[str, Any] = {"cases": count, "seed": seed, "until": until.isoformat()}
                audit.note(db.session(), "simulate", "petition_case", None, detail)
                db.session.commit()
                told(start + count)
        except BaseException:
            db.session.rollback()
            raise
    return written


def _moment(first: dt.date, until: dt.date, place: int, cases: int, rng: random.Random) -> dt.datetime:
    """Evenly over the time, in order, in office hours of a working day before ``until``."""
    days = (until - first).days * (place + rng.random()) / cases
    day = clocks.calendar().roll_forward(first + dt.timedelta(days=int(days)))
    if day >= until:
        day = until - dt.timedelta(days=1)
    return dt.datetime.combine(day, OPENS) + dt.timedelta(minutes=int(days % 1 * MINUTES_OPEN))


class _Register:
    """Case numbers of a transaction: each month's series is taken once and kept at the end."""

    def __init__(self) -> None:
        self.last: dict[int, int] = {}

    def number(self, at: dt.datetime) -> str:
        month = int(f"{at:%Y%m}")
        if month in self.last:
            self.last[month] += 1
        else:
            self.last[month] = numbers.take(bulk.CASE_SERIES, month)
        return f"{bulk.CASE_SERIES}{month}{self.last[month]:04d}"

    def keep(self) -> None:
        series = NumberSeries.__table__
        for month, last in self.last.items():
            mine = sa.and_(series.c.sign == bulk.CASE_SERIES, series.c.year == month)
            db.session.execute(series.update().where(mine).values(last=last))
