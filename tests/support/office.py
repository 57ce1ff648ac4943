"""The demo office for tests: its cast, its databases, signing in, and cases led through the real verbs.

`tests/conftest.py` makes fixtures of it. Every function that writes works in the application context that is open,
or in one of its own; never make requests while one is open (Flask would share ``g`` between the two).
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from flask_login import login_user
from werkzeug.security import generate_password_hash

from app import create_app, demo, setup
from app.cases import operations
from app.cases.enums import Channel, Purpose, RecusalGround
from app.cases.models import Case, Category
from app.cases.recusal import CaseRecusal, in_force
from app.cases.steps import Step
from app.core import moment
from app.core.db import db
from app.organisation.models import Officer, Unit
from tests.support.facts import ANOTHER, ASKED_BY, FACTS, HEADS, OFFICE, TODAY
from tests.support.facts import LABOUR as LABOUR
from tests.support.facts import LAND as LAND
from tests.support.postgres import PostgresServer, database_name
from tests.support.server import SECRETS

PASSWORD = "Office-pass-2026"
NOW = dt.datetime(2026, 3, 2, 9, 0)
"""The Monday on which every test begins; `app.config["FIXED_NOW"]` moves it."""

CAST = (
    "sysadmin secadmin auditor reception room_urban room_rural room_social room_enterprise room_legal hall_deputy "
    "hall_director office office_head convener supervisor leader land_officer land_head labour_officer labour_head "
    "town_officer village_officer discipline assessor inspection hotline"
).split()
STRANGER = "labour_officer"  # to every case of the land bureau
TOWN = "龙泉镇"
UNITS = ("target", "room", "proposed", "organ_unit", "which")
OFFICERS = ("supervisor", "who", "leader")
NAMED_IN_WORDS = ("supervising_leader", "package_leader", "package_note")  # by name and post, not by account
CONFERENCE, RECEPTION = "云岭区信访工作联席会议办公室", "综合接待室"

SETTINGS: dict[str, Any] = {
    **SECRETS,
    "TESTING": True,
    "WTF_CSRF_ENABLED": False,
    "RATELIMIT_ENABLED": False,
    "AUTH_RATE_LIMITED": False,
    "PROPAGATE_EXCEPTIONS": False,  # pages answer as they do in service
    "FIXED_NOW": NOW,
}


class Office:
    """One application over one kind of database; `fresh()` gives it the demo office as it was built, quickly."""

    def __init__(self, folder: Path, server: PostgresServer | None = None) -> None:
        self.folder, self.server = folder, server
        self.template = self._empty("template")
        builder = create_app(SETTINGS | self._at(self.template))
        with builder.app_context():
            setup.initialise()
            demo.build(PASSWORD)
            cheap = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # a quick sign-in
            db.session.execute(sa.update(Officer).values(password=cheap))
            db.session.commit()
            db.session.remove()
            db.engine.dispose()  # the last connection of a SQLite file takes its log in
        self.place = server.fresh_database(self.template) if server is not None else str(folder / "office.db")
        self.app = create_app(SETTINGS | self._at(self.place))
        self.kept = dict(self.app.config)

    def _at(self, place: str) -> dict[str, Any]:
        url = place if self.server is not None else f"sqlite:///{place}"
        return {"SQLALCHEMY_DATABASE_URI": url, "FILES_DIR": str(self.folder / "files")}

    def _empty(self, name: str) -> str:
        return self.server.fresh_database() if self.server is not None else str(self.folder / f"{name}.db")

    def fresh(self) -> Flask:
        """The application over an untouched copy of the office, with its first settings."""
        self.back_to(self.template)
        self.app.config.clear()
        self.app.config.update(self.kept)
        shutil.rmtree(self.folder / "files", ignore_errors=True)
        return self.app

    def keep(self) -> str:
        """A copy of the database as it is now, for `back_to`."""
        self.close()
        if self.server is not None:
            return self.server.fresh_database(self.place)
        with closing(sqlite3.connect(self.place)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return shutil.copyfile(self.place, f"{self.place}.kept")

    def back_to(self, kept: str) -> None:
        """The database as it was when it was kept; files stay."""
        self.close()
        if self.server is not None:
            self.server.drop_database(self.place)  # the same name again: the application keeps its address
            self.server.fresh_database(kept, name=database_name(self.place))
        else:
            for end in ("-wal", "-shm"):
                Path(self.place + end).unlink(missing_ok=True)
            shutil.copyfile(kept, self.place)

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def signed_in(app: Flask, username: str, password: str = PASSWORD) -> FlaskClient:
    """A test client that has signed in through the sign-in page. Fails when it is refused."""
    client = app.test_client()
    answer = client.post("/login/", data={"username": username, "password": password})
    assert answer.status_code == 302 and "/login" not in answer.location, f"{username} was not let in"
    return client


@contextmanager
def as_officer(app: Flask, username: str, method: str = "POST") -> Iterator[Officer]:
    """Inside, code runs as in a request of that officer: scope, guards and audit are in force."""
    with app.test_request_context("/", method=method):
        officer = officer_named(username)
        login_user(officer)
        for leftover in ("reach", "reach_options", "granted"):
            g.pop(leftover, None)
        g.user = officer
        yield officer


def _inside(app: Flask) -> AbstractContextManager[Any]:
    return nullcontext() if has_app_context() else app.app_context()


def officer_named(username: str) -> Officer:
    return db.session.scalars(sa.select(Officer).where(Officer.username == username)).one()


def unit_named(name: str) -> Unit:
    return db.session.scalars(sa.select(Unit).where(Unit.name == name)).one()


def case_of(**kw: Any) -> Case:
    """A claim as it is typed in, not yet registered; `kw` replaces its content, `category` may be a name."""
    wanted = kw.pop("category", "自然资源")
    query = sa.select(Category).where(Category.full_name == wanted)
    category = wanted if isinstance(wanted, Category) else db.session.scalars(query).one()
    content: dict[str, Any] = {
        "petitioner_name": "王秀英",
        "address": "龙泉镇柳树村三组",
        "title": "反映征地补偿款未足额发放",
        "request": "请求足额发放征地补偿款",
        "facts": "2025年6月征地，至今只收到一半。",
        "channel": Channel.VISIT,
        "purpose": Purpose.CLAIM,
        "people_count": 1,
        "first_time": True,
        "place": "龙泉镇柳树村",
    }
    return Case(**(content | {"category": category} | kw))


def register_case(
    app: Flask, by: str = "reception", at: dt.datetime | None = None, papers: bool = False, **kw: Any
) -> int:
    """Register a petition and commit; its number in the database. `representatives` is a list of names."""
    with _inside(app):
        names = kw.pop("representatives", [])
        officer = officer_named(by)
        case = case_of(**kw)
        operations.register(case, names, officer, at or moment.now(), print_papers=papers)
        db.session.commit()
        return case.id


def step_of(kind: str, case: Case, at: dt.datetime, **facts: Any) -> Any:
    """A step as its form would fill it, not yet taken; what `facts` leaves out stands in `support/facts.py`."""
    filled = {**FACTS.get(kind, {}), **facts}
    for name, value in filled.items():
        if name in UNITS and isinstance(value, str):
            filled[name] = unit_named(value)
        elif name in OFFICERS and isinstance(value, str) and kind not in NAMED_IN_WORDS:
            filled[name] = officer_named(value)
        elif value is TODAY:
            filled[name] = at.date()
        elif value is ANOTHER:
            filled[name] = _another(case, at)
    if kind == "recusal_ruling" and "recusal" not in filled:
        filled["recusal"] = _recusal_of(case)
    return Step.__mapper__.polymorphic_map[kind].class_(**filled)


def _another(case: Case, at: dt.datetime) -> Case:
    """Some other case; registered now when there is none."""
    found = db.session.scalars(sa.select(Case).where(Case.id != case.id).order_by(Case.id)).first()
    if found is None:
        found = case_of(petitioner_name="李桂芳")
        operations.register(found, [], officer_named("reception"), at, print_papers=False)
    return found


def _recusal_of(case: Case) -> CaseRecusal:
    """The recusal in force, or one that is made here."""
    standing = in_force(case)
    if not standing:
        last = db.session.scalar(sa.select(sa.func.max(Step.id)).where(Step.case_id == case.id))
        made = CaseRecusal(
            case=case, officer=officer_named("labour_head"), ground=RecusalGround.OTHER, step_id=last
        )
        db.session.add(made)
        db.session.flush()
        standing = [made]
    return standing[0]


def _taker(kind: str, case: Case) -> Officer:
    """Who would take it: the office, or an officer or the head of the responsible unit."""
    if kind in OFFICE:
        return officer_named(OFFICE[kind])
    query = sa.select(Officer).where(Officer.unit_id == case.unit_id).order_by(Officer.id)
    staff = list(db.session.scalars(query))
    ends = "_head" if kind in HEADS else "_officer"
    return next(
        (o for o in staff if o.username.endswith(ends)), staff[0] if staff else officer_named("office")
    )


def drive(
    app: Flask,
    case_id: int,
    *steps: str | tuple[str, dict[str, Any]],
    at: dt.datetime | None = None,
    by: str | None = None,
    papers: bool = False,
) -> None:
    """Take steps one after another through `operations.take`, committing each: ``"signing"``, or with facts of its
    own ``("handling", {"what": "…"})``. All at the time `at` (default: now), each by whoever's task it is."""
    with _inside(app):
        when = at or moment.now()
        for item in steps:
            kind, facts = (item, {}) if isinstance(item, str) else item
            case = db.session.get_one(Case, case_id)
            if kind in ASKED_BY:
                drive(app, case_id, ASKED_BY[kind], at=when)
            officer = officer_named(by) if by else _taker(kind, case)
            operations.take(step_of(kind, case, when, **facts), case, officer, when, print_papers=papers)
            db.session.commit()


def state_of(app: Flask, case_id: int) -> str:
    """The name of the state a case is in."""
    with _inside(app):
        db.session.expire_all()
        return str(db.session.get_one(Case, case_id).state.name)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that is sent while the block runs, transactions' own words left out."""
    sent: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", listen)
