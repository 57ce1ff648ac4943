"""Which cases count at all, as they were known at one moment, and what every row of a case says of it."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from app.cases.enums import Channel, LegalPath, MatterKind, State
from app.cases.first import FOUND
from app.cases.models import Case, Category
from app.cases.steps import Step
from app.cases.steps_dispatch import Classification
from app.core.db import db
from app.incentives import known

ONLINE = (Channel.WEB, Channel.MAILBOX)
ABOVE = (Channel.SUPERIOR,)
MOST_COUNTED = 9_999  # people of one petition
_ENDS = (State.VOIDED, State.MERGED)
CASE = (
    Case.id,
    Case.first_time,
    Case.channel,
    Case.kind,
    Case.legal_path,
    Case.people_count,
    Case.imported,
    Case.unit_id,
    Case.registered_unit_id,
    Case.registered_at,
    Category.full_name,
)
Fact = dict[str, Any]


class Counting:
    """A period, judged on ``as_of`` by what was recorded before ``until``."""

    def __init__(
        self,
        first: dt.date,
        last: dt.date,
        as_of: dt.date,
        until: dt.datetime | None = None,
        closing: dt.time | None = None,
    ) -> None:
        self.first, self.last, self.as_of = first, last, as_of
        self._next = until or dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time())
        self._closing = closing
        self._kept: dict[Any, list[Fact]] = {}

    @cached_property
    def _before(self) -> known.Before:
        return known.before(self._next)

    @cached_property
    def _repeats(self) -> set[int]:
        """Found by then to repeat an earlier petition, whatever was said at registration."""
        query = sa.select(Step.case_id).where(Step.kind == FOUND, Step.taken_at < self._next)
        return set(db.session.scalars(query))

    def _counting(self, query: Any) -> Any:
        """Recorded already; no accusation; voided or merged only if that came after the moment of judging."""
        gone = sa.orm.aliased(Step)
        later = sa.exists().where(
            gone.case_id == Case.id, gone.to_state.in_(_ENDS), gone.taken_at >= self._next
        )
        first = sa.orm.aliased(Step)
        recorded = sa.exists().where(first.case_id == Case.id, first.taken_at < self._next)
        walled = sa.exists().where(
            Classification.case_id == Case.id, Classification.taken_at >= self._next
        )  # what it was before, ``known`` says
        return query.where(
            sa.or_(Case.kind != MatterKind.ACCUSATION, walled.correlate(Case)),
            sa.or_(Case.state.not_in(_ENDS), later.correlate(Case)),
            recorded.correlate(Case),
        )

    def _span(self, column: Any, first: dt.date, last: dt.date) -> sa.ColumnElement[bool]:
        """Of a moment: from the first day's beginning to the last day's end, and no later than known."""
        end = min(dt.datetime.combine(last + dt.timedelta(days=1), dt.time()), self._next)
        return sa.and_(column >= dt.datetime.combine(first, dt.time()), column < end)

    def _of_case(self, row: Any) -> Fact:
        then = self._before.get(row.id, {})
        kind, path = then.get("kind", row.kind), then.get("path", row.legal_path)
        people = then.get("people", row.people_count)
        first_time = row.first_time and row.id not in self._repeats
        return {
            "case_id": row.id,
            "unit": then.get("unit", row.unit_id),
            "bureau": row.registered_unit_id,
            "clock_id": None,
            "stopped_on": None,
            "verdict": None,
            "off": None,
            "first_time": first_time,
            "repeat": not first_time,
            "channel": row.channel.name,
            "kind": kind.name,
            "path": path.name if path else None,
            "category": row.full_name.split("_")[0],
            "people": people,
            # domain.md §2.5: 1 to 9,999 people, and no matter of the courts (涉诉; the name of that mark is inferred)
            "countable": 1 <= people <= MOST_COUNTED and path is not LegalPath.C1,
            "imported": row.imported,
            "from_above": row.channel in ABOVE,
            "online": row.channel in ONLINE,
            "registered_on": row.registered_at.date(),
        }
