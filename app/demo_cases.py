"""Cases of the demo office: most are simulated in bulk, some are stories told through the portal's own verbs.

All times are relative to today, so that the queues always hold something late, something due and something new.
The stories' papers are real ones where the fonts to print them are there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import yaml

import config
from app import demo_office_work
from app.cases import clocks, operations, routing
from app.cases.enums import LegalPath, MatterKind
from app.cases.models import Case, Category, RoutingRule
from app.cases.steps import Step
from app.core import moment
from app.core.db import db
from app.core.enums import LabelledEnum
from app.core.scope import seeing_all
from app.organisation.models import Officer, Unit
from app.simulation import run

SIMULATED, MONTHS, SEED = 260, 8, 2026
DAY_BEGINS = dt.time(9, 5)


@dataclass
class Event:
    """Something that happens in a story, at its time."""

    at: dt.datetime
    story: int
    kind: str
    by: str
    facts: dict[str, Any]


def build(told: Callable[[str], None] = lambda _line: None) -> str:
    """Cases for an office that has none yet; returns what was done. Commits."""
    if db.session.scalar(sa.select(sa.func.count(Case.id))):
        return "the office has cases already"
    run.simulate(SIMULATED, SEED, moment.today(), MONTHS)
    told(f"{SIMULATED} simulated cases")
    papers = papers_possible()
    stories = Stories(papers)
    for event in stories.events:
        stories.tell(event)
    done = demo_office_work.work(papers)
    told(done)
    return f"{SIMULATED} simulated cases, {len(stories.cases)} stories {'with' if papers else 'without'} papers, {done}"


def papers_possible() -> bool:
    """Whether the fonts of the papers are here (``python -m app.documents.fontpack`` makes them)."""
    from app.documents import fontpack

    return bool(fontpack.pack_dirs(fontpack.default_dir()))


class Stories:
    """``seeds/demo_cases.yaml`` in the order of time, so that numbers and audit entries are in that order too."""

    def __init__(self, papers: bool) -> None:
        document = yaml.safe_load((config.ROOT / "seeds" / "demo_cases.yaml").read_text(encoding="utf-8"))
        self.papers, self.takers, self.stories = papers, document["takers"], document["stories"]
        self.now = moment.now()
        self.officers = {officer.username: officer.id for officer in db.session.scalars(sa.select(Officer))}
        self.cases: dict[int, int] = {}
        events = [event for number in range(len(self.stories)) for event in self._events(number)]
        self.events = sorted(events, key=lambda event: event.at)

    def _events(self, number: int) -> list[Event]:
        story, found = self.stories[number], []
        anchor, before = self._anchor(story["anchor"]), dt.datetime.min
        for step in story["steps"]:
            facts = dict(step)
            day, kind = anchor + dt.timedelta(days=facts.pop("day")), facts.pop("kind")
            taker = facts.pop("by", None) or self.takers.get(kind, self.takers["other"])
            if "received_on" in facts:
                facts["received_on"] = anchor + dt.timedelta(days=facts["received_on"])
            at = dt.datetime.combine(day, DAY_BEGINS) + dt.timedelta(minutes=13 * number % 400)
            at = min(max(at, before + dt.timedelta(minutes=25)), self.now)
            found.append(Event(at, number, kind, taker.format(unit=story["unit"]), facts))
            before = at
        return found

    def _anchor(self, wanted: dict[str, Any]) -> dt.date:
        """So many days ago; or the first day whose deadline is not before the wanted one (which may be no work day)."""
        today = self.now.date()
        if "ago" in wanted:
            return today - dt.timedelta(days=wanted["ago"])
        law, due = clocks.rule(wanted["clock"]), today + dt.timedelta(days=wanted["due_in"])
        day = due - dt.timedelta(days=law.length * 2 + 30)
        while clocks.counted(day, law.length, law.unit).legal < due:
            day += dt.timedelta(days=1)
        return day

    def tell(self, event: Event) -> None:
        """One event, one transaction, by the verb an officer's click would call."""
        with seeing_all("a story of the demo office"):
            clocks.end_windows(event.at.date())  # as the daily duties would have done that morning
            officer = db.session.get_one(Officer, self.officers[event.by])
            if event.kind == "registration":
                self.cases[event.story] = self._register(event, officer)
            else:
                case = db.session.get_one(Case, self.cases[event.story])
                operations.take(self._step(event, case), case, officer, event.at, print_papers=self.papers)
            db.session.commit()

    def _register(self, event: Event, officer: Officer) -> int:
        content = dict(self.stories[event.story]["case"])
        names = content.pop("representatives", [])
        category = sa.select(Category).where(Category.full_name == content.pop("category"))
        case = Case(
            category=db.session.scalars(category).one(), **_enums(Case, {"people_count": 1} | content)
        )
        operations.register(case, names, officer, event.at, print_papers=self.papers)
        db.session.flush()
        return case.id

    def _step(self, event: Event, case: Case) -> Any:
        kind = Step.__mapper__.polymorphic_map[event.kind].class_
        facts = _enums(kind, event.facts)
        if event.kind == "routing":
            rules = db.session.scalars(sa.select(RoutingRule).where(RoutingRule.active)).all()
            rule = routing.matching(rules, case.category, case.place, case.purpose)
            if rule is not None:
                facts |= {"rule": rule, "target": rule.unit, "room": rule.room}
            facts["legal_path"] = LegalPath.C6 if case.kind is MatterKind.CLAIM else None
        if "proposed" in facts:
            facts["proposed"] = db.session.scalars(
                sa.select(Unit).where(Unit.name == facts["proposed"])
            ).one()
        return kind(**facts)


def _enums(model: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    """Codes of the file as the members that the columns hold."""
    columns = sa.inspect(model).columns
    made = {}
    for name, value in values.items():
        cls = getattr(columns[name].type, "enum_class", None) if name in columns else None
        made[name] = cls[value] if cls is not None and issubclass(cls, LabelledEnum) else value
    return made
