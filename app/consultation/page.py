"""What the consultation page shows: the stair of levels, the matter and its history, the opinions, the decision."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.cases import clocks, recusal, shown, timeline
from app.cases.enums import RecusalGround, State
from app.cases.models import Case, Clock
from app.consultation import authority, chair, counting, fields, live, operations, rules, similar
from app.consultation.enums import (
    OPEN_FOR_WORDS,
    PREPARED,
    Attendance,
    Capacity,
    Conclusion,
    ItemKind,
    ItemState,
    SessionState,
    Stance,
    Vote,
)
from app.consultation.levels import RESPONSIBLE, ConsultationLevel, MeetingRoom
from app.consultation.models import Consultation, ConsultationSession, Participant, ResolutionItem
from app.consultation.steps import ITEM_CLOCK
from app.consultation.talk import ExpertLink, OpinionFile
from app.core import moment
from app.core.db import db
from app.documents import operations as papers
from app.organisation.models import Officer, Post, Unit
from app.packages import operations as packages
from app.supervision.ladder_steps import MeasureDecision

S = SessionState
STEPS_SHOWN = 12


@dataclass(frozen=True)
class Stair:
    """A level of the stair; ``look``: done, now, later, or passed over (the matter began above it)."""

    level: ConsultationLevel
    session: ConsultationSession | None
    look: str
    days: int
    line: str
    clock: Clock | None


def stairs(course: Consultation, now: dt.datetime) -> list[Stair]:
    by_number = {session.level_number: session for session in course.sessions}
    running = {clock.code: clock for clock in clocks.running(course.case)}
    made = []
    for level in operations.levels():
        session = by_number.get(level.number)
        if session is None:
            passed = level.number < min(by_number)
            line = _("The matter began above this level.") if passed else _("Not yet submitted")
            made.append(Stair(level, None, "passed" if passed else "later", 0, line, None))
            continue
        look = "now" if course.ended_at is None and level.number == course.level else "done"
        days = rules.age(session.opened_at, session.closed_at, now)
        made.append(Stair(level, session, look, days, _line(session), running.get(level.clock_code)))
    return made


def _line(session: ConsultationSession) -> str:
    if session.state is S.ESCALATED:
        return session.why
    if session.conclusion is not None:
        return str(session.conclusion)
    if session.starts_at is not None:
        room = f" {session.room.name}" if session.room is not None else ""
        return f"{session.starts_at:%m-%d %H:%M}{room}"
    return ""


@dataclass(frozen=True)
class Voice:
    """A participant with what they said, and which of it the reader may write."""

    person: Participant
    opinion: fields.Standing
    dissent: fields.Standing
    stance: Stance | None
    vote: Vote | None
    attendance: Attendance
    files: list[OpinionFile]
    link: ExpertLink | None
    mine: bool
    versions: dict[str, int]

    @property
    def edge(self) -> str:
        tones = {Stance.AGREES: "for", Stance.DISAGREES: "against", Stance.PENDING: "open"}
        return tones.get(self.stance, "") if self.stance is not None else ""

    @property
    def note(self) -> str:
        return live.note(self.opinion, self.person)


def voices(session: ConsultationSession, found: dict[str, fields.Standing]) -> list[Voice]:
    people = [p for p in session.participants if p.left_at is None]
    ids = [p.id for p in people]
    files: dict[int, list[OpinionFile]] = {}
    for file in db.session.scalars(sa.select(OpinionFile).where(OpinionFile.participant_id.in_(ids))):
        files.setdefault(file.participant_id, []).append(file)
    links = {
        link.participant_id: link
        for link in db.session.scalars(
            sa.select(ExpertLink).where(ExpertLink.participant_id.in_(ids), ExpertLink.revoked_at.is_(None))
        )
    }
    return [
        _voice(session, person, found, files.get(person.id, []), links.get(person.id)) for person in people
    ]


def _voice(
    session: ConsultationSession, person: Participant, found: dict[str, fields.Standing], files: list[OpinionFile],
    link: ExpertLink | None,
) -> Voice:  # fmt: skip
    parts = ("opinion", "stance", "dissent", "vote", "attendance")
    standing = {part: found.get(f"p{person.id}.{part}", fields.NOTHING) for part in parts}
    field = fields.Field("", "opinion", participant=person.id)
    mine = session.state in OPEN_FOR_WORDS and authority.may_write(session, field, g.user)
    return Voice(
        person, standing["opinion"], standing["dissent"], fields.stance(found, person), fields.vote(found, person),
        fields.attendance(found, person), files, link, mine, {part: one.version for part, one in standing.items()},
    )  # fmt: skip


@dataclass(frozen=True)
class Rights:
    """What this officer may do to this session now; the verbs ask again."""

    leads: bool
    may_convene: bool
    records: bool
    writes: bool
    prepares: bool
    verifies: bool
    reports: bool


def rights(session: ConsultationSession) -> Rights:
    officer = g.user
    leads, records = authority.leads(session, officer), authority.permitted("can_record")
    level = authority.permitted("can_convene") and authority.has_level(session.level, officer)
    words = session.state in OPEN_FOR_WORDS
    return Rights(
        leads=leads, may_convene=level, records=records, writes=words and (leads or records),
        prepares=(session.state in PREPARED or session.state is S.HELD) and (level or records),
        verifies=authority.permitted("can_verify", "ResolutionItemView"),
        reports=authority.permitted("can_report", "ResolutionItemView"),
    )  # fmt: skip


def page(course: Consultation, wanted: int | None) -> dict[str, Any]:
    """Everything the template needs, for the session of the wanted level or the one the matter stands at."""
    case: Case = course.case
    now = moment.now()
    session = next((s for s in course.sessions if s.level_number == wanted), None) or operations.now_open(
        course
    )
    found = fields.current(session)
    steps = timeline.steps_of(case)
    may = rights(session)
    units = db.session.scalars(
        sa.select(Unit).where(Unit.active, Unit.kind.in_(RESPONSIBLE)).order_by(Unit.kind, Unit.id)
    ).all()
    drafts = fields.items(found)
    running = [
        c for c in clocks.running(case) if c.duty and c.code not in (ITEM_CLOCK, session.level.clock_code)
    ]
    return {
        "course": course,
        "case": case,
        "session": session,
        "who": shown.who(case),
        "stairs": stairs(course, now),
        "steps": steps[:STEPS_SHOWN],
        "more_steps": max(len(steps) - STEPS_SHOWN, 0),
        "running": [(clock, shown.deadline(clock)) for clock in sorted(running, key=lambda c: c.due_legal)],
        "similar": similar.similar(case) if wanted is None or wanted == course.level else [],
        "voices": voices(session, found),
        "counts": live.counts(session, found),
        "quorum": counting.quorum(session, found),
        "votes": live.votes(counting.tally(session, found)),
        "heirs": authority.candidates(session.level, case) if _vacant(session, may) else [],
        "found": found,
        "last": fields.count(found),
        "stamp": live.stamp(session),
        "standing": lambda name: found.get(name, fields.NOTHING),
        "places": range(1, fields.ITEMS + 1),
        "filled": max([draft.place for draft in drafts], default=0),
        "dissenters": fields.dissenters(session, found),
        "may": may,
        "grounds": list(RecusalGround),
        "units": units,
        "rooms": db.session.scalars(
            sa.select(MeetingRoom).where(MeetingRoom.active).order_by(MeetingRoom.id)
        ).all(),
        "minutes": live.minutes_text(session),
        "paper": (
            session.minutes.kind if session.minutes is not None else papers.kind_of(session.level.paper)
        ).name,
        "own_unit_id": g.user.unit_id,
        "now": now,
        "today": now.date(),
        "leaders": leaders(session) if may.writes else [],
        "leads_to": leads_to,
        "disputed": case.state is State.DISPUTED,
        "S": S,
        "PREPARED": PREPARED,
        "ItemKind": ItemKind,
        "ItemState": ItemState,
        "Attendance": Attendance,
        "Capacity": Capacity,
        "Conclusion": Conclusion,
        "Stance": Stance,
        "Vote": Vote,
        "upper": _upper(session),
        "soonest": max(now, session.opened_at) + dt.timedelta(minutes=15),
    }


def leads_to(item: ResolutionItem) -> str:
    """Where what the item set in motion is read, for who may read it there."""
    case_id = item.case_id
    if item.started_by is None:
        return ""
    if item.kind is ItemKind.PACKAGE and authority.permitted("can_show", "PackageView"):
        package = packages.of(item.case)
        return url_for("PackageView.show", pk=package.id) if package is not None else ""
    if isinstance(item.started_by, MeasureDecision) and authority.permitted("can_show", "MeasureView"):
        return url_for("MeasureView.show", pk=item.started_by.measure_id)
    return url_for("CaseView.show", pk=case_id)


def leaders(session: ConsultationSession) -> list[Officer]:
    """Who can be named a package's leader: holders of the leaders' posts who do not stand too near (art. 28)."""
    if not session.level.by_office:
        return []
    posts = sa.select(Post.id).where(Post.name.in_(packages.leader_posts()))
    query = sa.select(Officer).where(Officer.active, Officer.post_id.in_(posts)).order_by(Officer.id)
    case = session.case
    return [
        officer
        for officer in db.session.scalars(query)
        if not recusal.named(case, officer.unit) and not recusal.recused(case, officer)
    ]


def _vacant(session: ConsultationSession, may: Rights) -> bool:
    return session.state in chair.TAKEN and (may.may_convene or may.records) and chair.vacant(session)


def load(pk: int) -> Consultation | None:
    """The consultation through the scope, with what its page reads."""
    query = (
        sa.select(Consultation)
        .where(Consultation.id == pk)
        .options(joinedload(Consultation.case).joinedload(Case.category))
    )
    return db.session.scalars(query).first()


def _upper(session: ConsultationSession) -> str:
    """The level above by its name without what stands in brackets; empty above the highest."""
    upper = next((one for one in operations.levels() if one.number == session.level_number + 1), None)
    return upper.name.split("（")[0] if upper is not None else ""
