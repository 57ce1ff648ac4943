"""Consultations for tests, led through the real verbs as the officers of the cast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.cases.models import Case
from app.consultation import decisions, execution, fields, invitations, operations
from app.consultation.enums import Capacity
from app.consultation.levels import ConsultationLevel, MeetingRoom
from app.consultation.models import Consultation, ConsultationSession, Participant, ResolutionItem
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from tests.support import office
from tests.support.office import LABOUR, LAND, NOW

HOUR = dt.timedelta(hours=1)
CONVENER = {1: "room_rural", 2: "hall_deputy", 3: "hall_director", 4: "convener"}
MEMBERS = {
    1: (),
    2: ("room_rural", "room_enterprise", "land_head", "labour_head"),
    3: ("land_head", "labour_head", "hall_deputy"),
    4: ("land_head", "labour_head", "hall_director"),
}
ROOM = "联席会议室"


@contextmanager
def as_one(app: Flask, username: str) -> Iterator[Any]:
    """As that officer; a refusal is put into words while their page's language is in force."""
    with office.as_officer(app, username) as officer:
        try:
            yield officer
        except Refusal as refusal:
            raise Refusal(str(refusal), refusal.field) from refusal


def at_work(app: Flask, **kw: Any) -> int:
    """A case the land bureau accepted at ``office.NOW``, heard in its room."""
    case = office.register_case(app, **kw)
    room = {"room": _unit(app, "涉农事务接访室")}
    office.drive(app, case, ("routing", room), "signing", "acceptance")
    return case


def _unit(app: Flask, name: str) -> Any:
    with app.app_context():
        return office.unit_named(name)


def course_of(case: int) -> Consultation:
    return db.session.scalars(
        sa.select(Consultation).where(Consultation.case_id == case).order_by(Consultation.id.desc())
    ).first()


def session_of(case: int) -> ConsultationSession:
    return operations.now_open(course_of(case))


def level(number: int) -> ConsultationLevel:
    return db.session.scalars(sa.select(ConsultationLevel).where(ConsultationLevel.number == number)).one()


def room(name: str = ROOM) -> MeetingRoom:
    return db.session.scalars(sa.select(MeetingRoom).where(MeetingRoom.name == name)).one()


def propose(
    app: Flask, case: int, number: int = 2, by: str = "room_rural", units: tuple[str, ...] = (LAND, LABOUR),
    at: dt.datetime = NOW, reason: str = "补偿面积认定与社保安置互为前提，两局意见不一。",
) -> int:  # fmt: skip
    with as_one(app, by) as officer:
        found = db.session.get_one(Case, case)
        made = operations.propose(
            found, level(number), [office.unit_named(u) for u in units], None, reason, officer, at
        )
        db.session.commit()
        return made.id


def invite(app: Flask, case: int, who: str, by: str, at: dt.datetime = NOW, observer: bool = False) -> None:
    with as_one(app, by) as officer:
        session = session_of(case)
        capacity = Capacity.OBSERVER if observer else Capacity.MEMBER
        with seeing_all("test"):
            invitations.invite(session, office.officer_named(who), capacity, officer, at)
        db.session.commit()


def expert(app: Flask, case: int, by: str, at: dt.datetime = NOW, name: str = "沈明远") -> tuple[int, str]:
    with as_one(app, by) as officer:
        person = invitations.invite_expert(session_of(case), name, "省农业大学", officer, at)
        token = invitations.link(person, officer, at)
        db.session.commit()
        return person.id, token


def notify(
    app: Flask, case: int, by: str | None = None, at: dt.datetime = NOW, starts: dt.datetime | None = None,
    where: str = ROOM,
) -> None:  # fmt: skip
    with app.app_context():
        number = session_of(case).level_number
    starts = starts or at + HOUR
    with as_one(app, by or CONVENER[number]) as officer:
        operations.notify(session_of(case), starts, starts + HOUR, room(where), officer, at)
        db.session.commit()


def act(app: Flask, case: int, by: str, verb: Any, *arguments: Any, at: dt.datetime = NOW) -> Any:
    """A verb of a session, as that officer, on the session the matter stands at."""
    with as_one(app, by) as officer:
        made = verb(session_of(case), *arguments, officer, at)
        db.session.commit()
        return made


def write(app: Flask, case: int, by: str, at: dt.datetime = NOW, **said: str) -> None:
    """Fields, whatever stands; ``item1__unit="云岭区…"`` names a unit, ``p__land_head__opinion`` a person."""
    with as_one(app, by) as officer:
        session = session_of(case)
        for key, value in said.items():
            parts = key.split("__")
            if parts[0] == "p":
                person = place_of(session, parts[1])
                name = f"p{person.id}.{parts[2]}"
            else:
                name = ".".join(parts)
            if name.endswith(".unit") and value and not value.isdigit():
                value = str(office.unit_named(value).id)
            with seeing_all("test"):
                fields.put(session, name, value, at, officer)
        db.session.commit()


def place_of(session: ConsultationSession, who: str) -> Participant:
    officer = office.officer_named(who)
    return next(p for p in session.participants if p.officer_id == officer.id)


def convened(app: Flask, case: int, at: dt.datetime = NOW, present: bool = True) -> None:
    """Ask the usual members of the level, notify, open; all of them are there."""
    with app.app_context():
        number = session_of(case).level_number
    by = CONVENER[number]
    for who in MEMBERS[number]:
        invite(app, case, who, by, at)
    if number == 3:
        expert(app, case, by, at)
    notify(app, case, at=at)
    act(app, case, by, operations.hold, at=at + HOUR)
    if present:
        everybody(app, case, by, "attendance", "PRESENT", at + HOUR)


def everybody(app: Flask, case: int, by: str, part: str, value: str, at: dt.datetime = NOW) -> None:
    """The same for every member who is expected."""
    with app.app_context():
        people = [p for p in session_of(case).participants if p.expected and p.capacity is Capacity.MEMBER]
        names = [p.officer.username for p in people if p.officer is not None]
    write(app, case, by, at, **{f"p__{who}__{part}": value for who in names})


def drafted(app: Flask, case: int, by: str, at: dt.datetime = NOW, **said: str) -> None:
    """A decision that lacks nothing."""
    words = {
        "conclusion": "PLAN", "plan": "复核面积后补发差额，同步办理社保。", "item1__what": "复核面积并补发差额",
        "item1__unit": LAND, "item1__due": "2026-04-01", "item1__lead": "1", "item2__what": "办理失地农民社保",
        "item2__unit": LABOUR, "item2__due": "2026-04-15",
    }  # fmt: skip
    write(app, case, by, at, **(words | said))


def decided(app: Flask, case: int, at: dt.datetime = NOW) -> None:
    with app.app_context():
        number = session_of(case).level_number
    drafted(app, case, CONVENER[number], at)
    if number == 4:
        everybody(app, case, "office", "vote", "YES", at)
    act(app, case, CONVENER[number], decisions.decide, at=at)


def executing(app: Flask, case: int, at: dt.datetime = NOW) -> None:
    decided(app, case, at)
    with app.app_context():
        number = session_of(case).level_number
    act(app, case, CONVENER[number], execution.sign_minutes, at=at)


def item(case: int, place: int = 1) -> ResolutionItem:
    return next(one for one in session_of(case).items if one.place == place)


def on_item(app: Flask, case: int, place: int, by: str, verb: Any, words: str, at: dt.datetime = NOW) -> None:
    with as_one(app, by) as officer:
        verb(item(case, place), words, officer, at)
        db.session.commit()


def state(app: Flask, case: int) -> tuple[int, str, str]:
    """Level, session's state, consultation's state."""
    with app.app_context():
        course = course_of(case)
        return course.level, operations.now_open(course).state.name, course.state.name
