"""From an officer's roles to what they may see (the three questions of architecture §2: this answers the second)."""

from __future__ import annotations

import sqlalchemy as sa
from flask import g

from app.core.db import db
from app.core.remembered import remembered
from app.core.scope import Reach
from app.organisation.models import DataScope, Officer, Role, Unit, UnitKind


def roles_of(officer: Officer) -> list[Role]:
    return [*officer.roles, *(role for group in officer.groups for role in group.roles)]


def reach_of(officer: Officer) -> Reach:
    """Union over the officer's roles. A role that keeps accusations opens accusations and no ordinary case."""
    units: set[int] = set()
    everything = accusations = False
    path = officer.unit.path if officer.unit is not None else ""
    for role in roles_of(officer):
        if role.accusations:
            accusations = True
        elif role.data_scope is DataScope.ALL:
            everything = True
        elif role.data_scope is DataScope.CHOSEN:
            units.update(unit.id for unit in role.units)
        elif role.data_scope is DataScope.SUBTREE and path:
            below = sa.select(Unit.id).where(Unit.path.startswith(path, autoescape=True))
            units.update(db.session.scalars(below))
        elif role.data_scope is DataScope.UNIT and officer.unit_id is not None:
            units.add(officer.unit_id)
    return Reach(
        officer_id=officer.id,
        everything=everything,
        units=frozenset(units),
        accusations=accusations,
        unit_path=path,
    )


def signed_in_reach() -> Reach | None:
    """For the scope listener: None while no officer is known in this request."""
    officer = g.get("user")
    if officer is None or not getattr(officer, "is_authenticated", False):
        return None
    return reach_of(officer)


def discipline_body() -> Unit | None:
    """The discipline inspection that keeps accusations (R22 art. 22, 30), or None where the office has none."""
    query = sa.select(Unit).where(Unit.kind == UnitKind.DISCIPLINE, Unit.active).order_by(Unit.id).limit(1)
    return db.session.scalars(query).first()


def accusation_keeper(accused: Unit | None) -> Unit | None:
    """Who handles an accusation: the discipline inspection, unless it is the accused (then nobody here: it goes up)."""
    keeper = discipline_body()
    return keeper if keeper is not accused else None


@remembered
def conference_office() -> Unit:
    """区信联办, in whose name letters go out. Raises NoResultFound where the seeds have no such unit."""
    query = sa.select(Unit).where(Unit.kind == UnitKind.CONFERENCE, Unit.active).order_by(Unit.id).limit(1)
    return db.session.scalars(query).one()
