"""The verbs of an event: record it, report it, report again, report finally."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.documents import operations as papers
from app.documents.models import DocumentState
from app.events.models import EventReport, EventThreshold, MassEvent, Place, ReportKind
from app.organisation.models import Officer
from app.organisation.reach import conference_office

PAPER = "D41"
jobs.ISSUED_BY_STEPS.add(PAPER)


def reached(level: Place, people: int, thresholds: Iterable[EventThreshold]) -> EventThreshold | None:
    """The threshold that so many people at that level reach, or None (S001: 50, 30, 10, 3)."""
    return next((t for t in thresholds if t.active and t.level is level and people >= t.people), None)


def thresholds() -> list[EventThreshold]:
    return list(db.session.scalars(sa.select(EventThreshold).order_by(EventThreshold.id)))


def record(event: MassEvent, officer: Officer, at: dt.datetime) -> MassEvent:
    """Record what is going on; from the threshold on a principal leader goes there and is named."""
    with db.session.no_autoflush:
        if not 1 <= (event.people or 0) <= 99_999:
            raise Refusal(_l("How many people are there?"), "people")
        if event.happened_at is None or event.happened_at > at:
            raise Refusal(_l("An event is recorded when it has begun."), "happened_at")
        for field in ("place", "demands"):
            value = (getattr(event, field) or "").strip()
            if not value:
                raise Refusal(_l("Say where, and what they ask for."), field)
            setattr(event, field, value)
        event.leader = (event.leader or "").strip()
        found = reached(event.level, event.people, thresholds())
        event.reached, event.duty = found is not None, found.duty if found is not None else ""
        _goes(found, event.leader)
        event.recorded_at, event.recorded_by = at, officer
        db.session.add(event)
        db.session.flush()
    return event


def _goes(found: EventThreshold | None, leader: str) -> None:
    """From the threshold on, whenever it is reached, a principal leader is on the spot."""
    if found is not None and not leader:
        raise Refusal(
            _l("From %(people)s people on a principal leader goes there: name who.", people=found.people),
            "leader",
        )


def unreported() -> list[MassEvent]:
    """Events whose first report is missing: it is made at once (art. 25)."""
    query = sa.select(MassEvent).where(sa.not_(MassEvent.reports.any())).order_by(MassEvent.happened_at)
    return list(db.session.scalars(query))


def next_kinds(event: MassEvent) -> tuple[ReportKind, ...]:
    """First, then follow-ups, then one final; nothing after it."""
    made = {report.kind for report in event.reports}
    if ReportKind.FINAL in made:
        return ()
    return (ReportKind.FOLLOW_UP, ReportKind.FINAL) if ReportKind.FIRST in made else (ReportKind.FIRST,)


def unsigned(report: EventReport) -> bool:
    return report.document is not None and report.document.state is DocumentState.DRAFT


def sign(report: EventReport, officer: Officer, at: dt.datetime) -> EventReport:
    """The head of the office signs the report as it was drafted; from then on it is out."""
    with seeing_all(f"report on event {report.event_id} is signed"), db.session.no_autoflush:
        db.session.refresh(report.document, with_for_update=True)
        papers.sign(report.document, officer, at)
        db.session.flush()
    return report


def report(
    event: MassEvent, made: EventReport, officer: Officer, at: dt.datetime, signs: bool = False
) -> EventReport:
    """Report to the Party committee and government and to the office above (art. 25): drafted for the head of the
    office; an urgent first report is signed at once where a setting says so."""
    with seeing_all(f"report on event {event.id}"), db.session.no_autoflush:
        db.session.refresh(event, with_for_update=True)
        if made.kind not in next_kinds(event):
            raise Refusal(_l("First, follow-up, final: this report is not next."), "kind")
        if any(unsigned(before) for before in event.reports):
            raise Refusal(_l("The report before waits for its signature."), "kind")
        if not 0 <= (made.people if made.people is not None else -1) <= 99_999:
            raise Refusal(_l("How many people are there?"), "people")
        for field in ("situation", "measures"):
            if not (getattr(made, field) or "").strip():
                raise Refusal(_l("A report says how it stands and what is done."), field)
        made.leader = (made.leader or "").strip() or event.leader
        found = reached(event.level, made.people, thresholds())
        _goes(found, made.leader)
        with force_locale("zh"):
            fields = {
                "report_kind": str(made.kind), "happened_at": f"{event.happened_at:%Y-%m-%d %H:%M}",
                "place": event.place, "people": made.people, "demands": event.demands, "unit": event.unit.name,
                "situation": made.situation, "measures": made.measures, "leader": made.leader or "—",
                "duty": event.duty or (found.duty if found is not None else ""), "nth": len(event.reports) + 1,
                "urgency": "特急",
            }  # fmt: skip
        document = papers.draft(PAPER, conference_office(), fields, at, officer)
        db.session.flush()
        made.document = document
        if signs or (made.kind is ReportKind.FIRST and settings.yes("first_report_by_clerk")):
            papers.sign(document, officer, at)
        made.event, made.reported_at, made.reported_by = event, at, officer
        db.session.add(made)
        db.session.flush()
    return made
