"""Who is there to act: units, officers by what their role may do, and where the office's rules send a matter."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict

import sqlalchemy as sa

from app.cases import clocks, routing
from app.cases.enums import Purpose
from app.cases.models import Category, RoutingRule
from app.cases.step_views import STEP_VIEWS
from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.organisation.models import Officer, Unit, UnitKind
from app.organisation.reach import conference_office, discipline_body, roles_of
from app.review.models import Superior

REGISTERING, SUPERVISING = "RegistrationView", "SupervisionAcceptanceView"
OF_THE_UNIT = {
    "signing", "objection", "acceptance", "handling", "extension_request", "extension_ruling", "opinion_draft",
    "opinion_signing", "suggestion_reply", "statutory_reply", "mediation", "delivery", "closing", "report",
    "package_leader",
}  # fmt: skip
OF_THE_PETITIONER = {"evaluation"}


class Office:
    """Read once a run; everything as row numbers."""

    def __init__(self) -> None:
        self.units = {unit.id: unit for unit in db.session.scalars(sa.select(Unit).where(Unit.active))}
        self.categories = {c.full_name: c for c in db.session.scalars(sa.select(Category))}
        self.rules = list(db.session.scalars(sa.select(RoutingRule).where(RoutingRule.active)))
        self.conference = conference_office().id
        keeper = discipline_body()
        self.keeper = keeper.id if keeper is not None else None
        self.departments = [u.id for u in self.units.values() if u.kind is UnitKind.DEPARTMENT]
        self.accepted_from_receipt = settings.text("acceptance_counts_from") == "receipt"
        self.procedure = settings.text("procedure_c6")
        self.redo_starts_anew = settings.yes("redo_starts_anew")
        self.reopens = settings.yes("reopen_after_call_back")
        self.superiors = {row.unit_id: row for row in db.session.scalars(sa.select(Superior))}
        self._able = self._officers()
        self._any: dict[str, list[int]] = defaultdict(list)
        self._unit_of: dict[int, int] = {}
        for (unit_id, view), officers in self._able.items():
            self._any[view] += officers
            self._unit_of |= dict.fromkeys(officers, unit_id)
        self.registrars = [
            (unit, officer, self._share(unit))
            for (unit, view), officers in self._able.items()
            if view == REGISTERING
            for officer in officers
        ]
        if not self.registrars or not self.departments:
            raise Refusal("there is no office yet: run `flask demo`, or make units and officers first")
        self._calendar = clocks.calendar()
        self._workdays: dict[dt.date, dt.date] = {}
        self._matched: dict[tuple[int, str, Purpose], RoutingRule | None] = {}

    @staticmethod
    def _officers() -> dict[tuple[int, str], list[int]]:
        """(unit, view) to the officers who may add there: the authority for a step is this permission."""
        able: dict[tuple[int, str], list[int]] = defaultdict(list)
        query = sa.select(Officer).where(Officer.active, Officer.unit_id.is_not(None)).order_by(Officer.id)
        for officer in db.session.scalars(query):
            views = {
                grant.view_menu.name
                for role in roles_of(officer)
                for grant in role.permissions
                if grant.permission.name == "can_add"
            }
            for view in sorted(views):
                able[officer.unit_id, view].append(officer.id)
        return able

    def _share(self, unit_id: int) -> int:
        """Most people come to the hall."""
        return 8 if self.units[unit_id].kind in (UnitKind.HALL, UnitKind.ROOM) else 1

    def places(self) -> list[str]:
        """Villages with their town, and towns: where matters arise."""
        found = []
        for unit in self.units.values():
            if unit.kind is UnitKind.VILLAGE and unit.parent is not None:
                found.append(f"{unit.parent.name}{unit.name}")
            elif unit.kind is UnitKind.TOWN:
                found.append(unit.name)
        return sorted(found) or ["城区"]

    def registrar(self, rng: random.Random) -> tuple[int, int]:
        """Unit and officer who register."""
        unit, officer, _share = rng.choices(
            self.registrars, weights=[share for *_who, share in self.registrars]
        )[0]
        return unit, officer

    def who(self, kind: str, unit_id: int | None, rng: random.Random) -> tuple[int | None, int | None]:
        """Officer and unit that take a step: of the unit itself, else whoever may; a unit's own step stays its own."""
        if kind in OF_THE_PETITIONER:
            return None, unit_id
        view = STEP_VIEWS[kind].__name__
        officers = self._able.get((unit_id or 0, view))
        if officers:
            return rng.choice(officers), unit_id
        if kind not in OF_THE_UNIT and (
            others := self._able.get((self.conference, view)) or self._any.get(view)
        ):
            officer = rng.choice(others)
            return officer, self._unit_of[officer]
        return None, unit_id

    def supervisor(self, rng: random.Random) -> int | None:
        """Who supervises an assigned matter until it is closed."""
        found = self._any.get(SUPERVISING)
        return rng.choice(found) if found else None

    def superior(self, unit_id: int | None) -> Superior | None:
        """As ``review.rules.superior_of``; None where no row fits."""
        unit = self.units.get(unit_id or 0)
        above = [int(number) for number in (unit.path if unit else "").split("/") if number]
        return next((self.superiors[key] for key in (*reversed(above), None) if key in self.superiors), None)

    def workday(self, day: dt.date) -> dt.date:
        """The first working day from then on."""
        if day not in self._workdays:
            self._workdays[day] = self._calendar.roll_forward(day)
        return self._workdays[day]

    def rule(self, category: Category, place: str, purpose: Purpose) -> RoutingRule | None:
        key = (category.id, place, purpose)
        if key not in self._matched:
            self._matched[key] = routing.matching(self.rules, category, place, purpose)
        return self._matched[key]
