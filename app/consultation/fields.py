"""The fields of a session that many write: which there are, who may write which, how a change is taken.

``conclusion``, ``findings``, ``plan``, ``reserved`` and ``item<n>.what|unit|due|lead|kind|leader`` are the decision in
the making;
``p<participant>.opinion|stance|dissent|vote|attendance`` belong to who takes part. A change names the version it was
made from; when somebody else was quicker it is not taken, and what stands now is given back.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app.consultation import standing
from app.consultation.enums import (
    OPEN_FOR_WORDS,
    Attendance,
    Capacity,
    Conclusion,
    ItemKind,
    SessionState,
    Stance,
    Vote,
)
from app.consultation.levels import RESPONSIBLE
from app.consultation.models import ConsultationSession, Participant
from app.consultation.rules import Draft
from app.consultation.talk import Entry
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer, Unit
from app.packages import operations as packages

LONGEST = 6000
ITEMS = 12
DECISION = ("conclusion", "findings", "plan", "reserved")
_ITEM = re.compile(r"item([1-9][0-9]?)\.(what|unit|due|lead|kind|leader)")
_PERSON = re.compile(r"p([1-9][0-9]{0,9})\.(opinion|stance|dissent|vote|attendance)")
NO_REPORT = _l("Only departments and towns report what was done: choose one of them.")
OF_THE_CONFERENCE = _l(
    "Only the joint conference names a package's leader, rules on jurisdiction or lists a matter (art. 24, 39)."
)
STANDS = _l("What this session wrote stands: it has decided or was left.")


@dataclass(frozen=True)
class Field:
    """A field by its name: of an item, of a participant, or of the decision itself."""

    name: str
    part: str
    item: int = 0
    participant: int = 0


def parse(name: str) -> Field:
    """Raises Refusal for a name no session has."""
    if name in DECISION:
        return Field(name, name)
    if (found := _ITEM.fullmatch(name)) and int(found[1]) <= ITEMS:
        return Field(name, found[2], item=int(found[1]))
    if found := _PERSON.fullmatch(name):
        return Field(name, found[2], participant=int(found[1]))
    raise Refusal(_l("A session has no such field."))


@dataclass(frozen=True)
class Standing:
    """What a field holds now."""

    value: str
    version: int
    by: str
    at: dt.datetime | None
    writer: int | None = None


NOTHING = Standing("", 0, "", None)


class Conflict(Exception):
    """Somebody else was quicker; ``standing`` is what the field holds."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing.by)
        self.standing = standing


def _standing(entry: Entry) -> Standing:
    by = entry.participant.name if entry.participant is not None else str(entry.officer or "")
    return Standing(entry.value, entry.version, by, entry.at, entry.officer_id)


def current(session: ConsultationSession) -> dict[str, Standing]:
    """Every field of the session as it stands, by name; one statement."""
    return _latest(sa.select(Entry).where(Entry.session_id == session.id))


def versions(session: ConsultationSession) -> int:
    """How many versions of fields the session has: it grows with each one, in whatever order they are committed."""
    return db.session.scalar(sa.select(sa.func.count(Entry.id)).where(Entry.session_id == session.id)) or 0


def count(found: dict[str, Standing]) -> int:
    """The same of what was read: a field's versions have no gap."""
    return sum(one.version for one in found.values())


def _latest(query: sa.Select[Any]) -> dict[str, Standing]:
    query = query.order_by(Entry.id).options(joinedload(Entry.officer), joinedload(Entry.participant))
    return {entry.name: _standing(entry) for entry in db.session.scalars(query)}


def _one_of(words: Any) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value and value not in words.__members__:
            raise Refusal(_l("This choice does not exist."))
        return value

    return check


def _unit(value: str) -> str:
    if value and not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Refusal(_l("This unit does not exist."))
    unit = db.session.scalars(sa.select(Unit).where(Unit.id == int(value or 0), Unit.active)).first()
    if value and unit is None:
        raise Refusal(_l("This unit does not exist."))
    if unit is not None and unit.kind not in RESPONSIBLE:
        raise Refusal(NO_REPORT)
    return value


def _leader(value: str) -> str:
    """Who leads packages: whether this one may lead this case's is asked when the session decides."""
    if value and not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Refusal(_l("Choose the officer from the list."))
    leader = db.session.scalars(sa.select(Officer).where(Officer.id == int(value or 0))).first()
    if value and (leader is None or str(leader.post or "") not in packages.leader_posts()):
        posts = "、".join(sorted(packages.leader_posts()))
        raise Refusal(_l("A leader holds one of the posts %(posts)s.", posts=posts))
    return value


def _day(value: str) -> str:
    try:
        return dt.date.fromisoformat(value).isoformat() if value else ""
    except ValueError as wrong:
        raise Refusal(_l("This is no date.")) from wrong


def _words(value: str) -> str:
    value = value.replace("\r\n", "\n").replace("\x00", "")
    if len(value) > LONGEST:
        raise Refusal(_l("At most %(most)s characters; a longer text is an attachment.", most=LONGEST))
    return value


CHECKS: dict[str, Callable[[str], str]] = {
    "conclusion": _one_of(Conclusion),
    "stance": _one_of(Stance),
    "vote": _one_of(Vote),
    "attendance": _one_of(Attendance),
    "unit": _unit,
    "kind": _one_of(ItemKind),
    "leader": _leader,
    "due": _day,
    "lead": lambda value: "1" if value in ("1", "true", "on") else "",
}


def write(
    session: ConsultationSession, name: str, value: str, version: int, at: dt.datetime, officer: Officer | None,
    participant: Participant | None = None,
) -> Standing:  # fmt: skip
    """Write the next version of a field. Raises Refusal, or Conflict where ``version`` is not what stands.

    The caller has asked whether this person may write this field, and commits.
    """
    field = parse(name)
    value = CHECKS.get(field.part, _words)(value)
    with seeing_all(f"a field of consultation session {session.id}"):
        state = standing.share(session)
        if state not in OPEN_FOR_WORDS:
            raise Refusal(STANDS)
        more = field.part in ("kind", "leader") and value not in ("", ItemKind.TASK.name)
        if more and not session.level.by_office:
            raise Refusal(OF_THE_CONFERENCE)
        if field.part == "vote" and value:
            _may_vote(session, state, field.participant)
        stands = _latest(sa.select(Entry).where(Entry.session_id == session.id, Entry.name == name)).get(
            name, NOTHING
        )
        if stands.value == value:
            return stands
        if stands.version != version:
            raise Conflict(stands)
        entry = Entry(
            case_id=session.case_id, session=session, name=name, version=version + 1, value=value, officer=officer,
            participant=participant, at=at,
        )  # fmt: skip
        try:
            with db.session.begin_nested():
                db.session.add(entry)
                db.session.flush()
        except IntegrityError as taken:
            newer = _latest(sa.select(Entry).where(Entry.session_id == session.id, Entry.name == name))
            raise Conflict(newer.get(name, NOTHING)) from taken
        return _standing(entry)


def _may_vote(session: ConsultationSession, state: SessionState, person_id: int) -> None:
    """Votes are cast in a session that sits, where its level votes, by members who are there."""
    if state is not SessionState.HELD or not session.level.votes:
        raise Refusal(_l("No vote is taken now."))
    person = next((one for one in session.participants if one.id == person_id), None)
    if (
        person is None
        or person.capacity is not Capacity.MEMBER
        or (attendance(current(session), person) is not Attendance.PRESENT)
    ):
        raise Refusal(_l("Only members who are present vote."))


def put(
    session: ConsultationSession, name: str, value: str, at: dt.datetime, officer: Officer | None
) -> None:
    """Write a field whatever stands: for what a verb itself records (who is there)."""
    stands = current(session).get(name, NOTHING)
    write(session, name, value, stands.version, at, officer)


# ---- reading what was written -------------------------------------------------------------------------


def value(found: dict[str, Standing], name: str) -> str:
    return found.get(name, NOTHING).value


def attendance(found: dict[str, Standing], person: Participant) -> Attendance:
    said = value(found, f"p{person.id}.attendance")
    return Attendance[said] if said else Attendance.EXPECTED


def stance(found: dict[str, Standing], person: Participant) -> Stance | None:
    said = value(found, f"p{person.id}.stance")
    return Stance[said] if said else None


def vote(found: dict[str, Standing], person: Participant) -> Vote | None:
    said = value(found, f"p{person.id}.vote")
    return Vote[said] if said else None


def recorder(stands: Standing, person: Participant) -> str:
    """Who wrote a participant's words, where it was not themselves; an expert writes without an account."""
    return stands.by if stands.version and stands.writer != person.officer_id else ""


def items(found: dict[str, Standing]) -> list[Draft]:
    """The resolution items as they are typed so far, those with nothing in them left out."""
    drafts = []
    for place in range(1, ITEMS + 1):
        unit, due = value(found, f"item{place}.unit"), value(found, f"item{place}.due")
        draft = Draft(
            place, value(found, f"item{place}.what"), int(unit) if unit else None,
            dt.date.fromisoformat(due) if due else None, bool(value(found, f"item{place}.lead")),
            ItemKind[value(found, f"item{place}.kind") or "TASK"],
            int(value(found, f"item{place}.leader") or 0) or None,
        )  # fmt: skip
        if not draft.empty:
            drafts.append(draft)
    return drafts


def dissenters(session: ConsultationSession, found: dict[str, Standing]) -> list[tuple[Participant, str]]:
    """Who does not go along, by name, with their words: kept in the minutes."""
    kept = []
    for person in session.participants:
        there = attendance(found, person) is Attendance.PRESENT
        against = stance(found, person) is Stance.DISAGREES or (there and vote(found, person) is Vote.NO)
        words = value(found, f"p{person.id}.dissent").strip()
        if person.expected and (words or against):
            kept.append((person, words or value(found, f"p{person.id}.opinion").strip()))
    return kept
