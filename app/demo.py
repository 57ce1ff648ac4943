"""The demo office: an invented district with one officer per post, so that everything can be tried at once."""

from __future__ import annotations

import os
import secrets
from typing import Any

import sqlalchemy as sa
from werkzeug.security import generate_password_hash

from app import setup
from app.core.db import db
from app.organisation.models import Officer, Post, Role, Unit

OFFICE = "demo_office.yaml"


def build(password: str | None = None) -> tuple[str, list[Officer]]:
    """Units, rules and the cast, each with the same password (random unless given). Idempotent; commits."""
    password = password or os.environ.get("DEMO_PASSWORD") or f"{secrets.token_urlsafe(9)}-Aa1"
    setup.load_office(OFFICE)
    hashed = generate_password_hash(password)
    units = {unit.name: unit for unit in db.session.scalars(sa.select(Unit))}
    posts = {post.name: post for post in db.session.scalars(sa.select(Post))}
    roles = {role.name: role for role in db.session.scalars(sa.select(Role))}
    known = {officer.username: officer for officer in db.session.scalars(sa.select(Officer))}
    cast = []
    for row in setup.read_yaml(OFFICE)["officers"]:
        officer = known.get(row["username"]) or Officer(username=row["username"], active=True)
        _describe(officer, row, units, posts, roles)
        officer.password = hashed
        db.session.add(officer)
        cast.append(officer)
    db.session.commit()
    return password, cast


def _describe(officer: Officer, row: dict[str, Any], units: Any, posts: Any, roles: Any) -> None:
    officer.last_name, officer.first_name = row["name"][0], row["name"][1:]
    officer.email = f"{row['username']}@office.invalid"
    officer.unit, officer.post = units[row["unit"]], posts[row["post"]]
    officer.roles = [roles[name] for name in row["roles"]]


def cast() -> list[Officer]:
    """The demo accounts that are there, in the order of the seed; an office of its own has none."""
    names = [row["username"] for row in setup.read_yaml(OFFICE)["officers"]]
    found = {o.username: o for o in db.session.scalars(sa.select(Officer).where(Officer.username.in_(names)))}
    return [found[name] for name in names if name in found]


def is_empty() -> bool:
    return db.session.scalar(sa.select(sa.func.count(Officer.id))) == 0
