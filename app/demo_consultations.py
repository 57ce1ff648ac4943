"""Consultations of the demo office, led through the room's own verbs: one struck off, one being carried out, one in
session, one that went up a level and is called for next week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.enums import MatterKind, State
from app.cases.models import Case
from app.cases.steps import Step
from app.consultation import decisions, execution, fields, invitations, operations
from app.consultation.enums import Capacity
from app.consultation.levels import ConsultationLevel, MeetingRoom
from app.consultation.models import ConsultationSession
from app.core.db import db
from app.core.scope import seeing_all
from app.organisation.models import Officer

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LAND, LABOUR = "land_head", "labour_head"
CHAIR = "hall_deputy"
MEMBERS = ("room_rural", "room_social", LAND, LABOUR)
REASON = (
    "两个部门的意见互为前提：登记不更正，待遇不能核定；待遇不明确，信访人不同意先行结算。单位协调两次未果。"
)
OPINIONS = {
    LAND: "经实地复核，原登记与实际情况不符，同意按复核结果更正并补发差额。待遇须由人社部门核定，建议同步办理。",
    LABOUR: "待遇核定以更正后的登记为准。更正后可以补办，所需资金已列入本月计划；更正之前不能办理。",
    "room_rural": "信访人同意先按复核结果结算，担心两件事脱节，希望在同一份文书里写明期限。",
    "room_social": "建议两局同步办理，由接访室每周向信访人通报一次进度。",
}
STANCES = {LAND: "AGREES", LABOUR: "PENDING", "room_rural": "AGREES", "room_social": "AGREES"}
PLAN = "由自然资源局更正登记并补发差额；人社局根据更正结果同步核定待遇；接访室每周向信访人通报一次进度。"
ITEMS = {
    "item1": ("复核情况，更正登记并补发差额", LAND, 10),
    "item2": ("根据更正结果核定并补发待遇", LABOUR, 20),
}


@dataclass
class Host:
    """Leads one matter through its consultation."""

    officers: dict[str, Officer]
    now: dt.datetime
    case: Case

    @property
    def session(self) -> ConsultationSession:
        return operations.now_open(self.course)

    def propose(self, at: dt.datetime) -> None:
        units = [self.officers[LAND].unit, self.officers[LABOUR].unit]
        self.course = operations.propose(
            self.case, _level(2), units, None, REASON, self.officers["room_rural"], at
        )

    def call(self, at: dt.datetime, starts: dt.datetime, by: str = CHAIR, place: int = 0) -> None:
        for name in MEMBERS:
            invitations.invite(self.session, self.officers[name], Capacity.MEMBER, self.officers[by], at)
        room = db.session.scalars(sa.select(MeetingRoom).order_by(MeetingRoom.id)).all()[place]
        operations.notify(self.session, starts, starts + 2 * HOUR, room, self.officers[by], at)

    def write(self, at: dt.datetime, name: str, value: str, by: str) -> None:
        fields.put(self.session, name, value, at, self.officers[by])

    def say(self, at: dt.datetime) -> None:
        """Everybody's written opinion before the meeting (初步处理意见)."""
        for person in self.session.participants:
            who = person.officer.username if person.officer is not None else ""
            if who in OPINIONS:
                self.write(at, f"p{person.id}.opinion", OPINIONS[who], who)
                self.write(at, f"p{person.id}.stance", STANCES[who], who)

    def sit(self, at: dt.datetime) -> None:
        operations.hold(self.session, self.officers[CHAIR], at)
        for person in self.session.participants:
            self.write(at, f"p{person.id}.attendance", "PRESENT", CHAIR)

    def draft(self, at: dt.datetime, items: int) -> None:
        self.write(at, "conclusion", "PLAN", CHAIR)
        self.write(at, "plan", PLAN, CHAIR)
        for name, (what, who, days) in list(ITEMS.items())[:items]:
            self.write(at, f"{name}.what", what, CHAIR)
            self.write(at, f"{name}.unit", str(self.officers[who].unit_id), CHAIR)
            self.write(at, f"{name}.due", (at.date() + days * DAY).isoformat(), CHAIR)
        self.write(at, "item1.lead", "1", CHAIR)

    def decide(self, at: dt.datetime) -> None:
        decisions.decide(self.session, self.officers[CHAIR], at)
        execution.sign_minutes(self.session, self.officers[CHAIR], at + HOUR)


def _level(number: int) -> ConsultationLevel:
    return db.session.scalars(sa.select(ConsultationLevel).where(ConsultationLevel.number == number)).one()


def _over(host: Host, at: dt.datetime) -> None:
    """Proposed, asked, said, sat, decided and signed within three days."""
    host.propose(at)
    host.call(at + HOUR, at + 2 * DAY)
    host.say(at + DAY)
    host.sit(at + 2 * DAY)
    host.draft(at + 2 * DAY, items=2)
    host.decide(at + 2 * DAY + HOUR)


def struck_off(host: Host) -> None:
    at = _morning(host.now, 24)
    _over(host, at)
    for place, item in enumerate(list(host.session.items), 1):
        who = LAND if item.unit_id == host.officers[LAND].unit_id else LABOUR
        done = at + (7 + 2 * place) * DAY
        execution.report(item, "已按决议办结，手续已交信访人签收。", host.officers[who], done)
        execution.verify(item, "查验签收单，属实。", host.officers["hall_director"], done + DAY)
    execution.strike_off(host.session, "决议事项全部落实。", host.officers[CHAIR], at + 14 * DAY)


def carried_out(host: Host) -> None:
    at = _morning(host.now, 12)
    _over(host, at)
    item = host.session.items[0]
    execution.report(item, "登记已更正，差额已转入信访人账户。", host.officers[LAND], at + 7 * DAY)


def in_session(host: Host) -> None:
    at = _morning(host.now, 3)
    host.propose(at)
    host.call(at + HOUR, host.now - HOUR)
    host.say(at + DAY)
    host.sit(host.now - HOUR)
    host.draft(host.now - HOUR / 2, items=1)


def gone_up(host: Host) -> None:
    at, chief = _morning(host.now, 9), "hall_director"
    host.propose(at)
    host.call(at + HOUR, at + 2 * DAY, place=1)
    host.say(at + DAY)
    host.sit(at + 2 * DAY)
    officer, later = host.officers[chief], at + 3 * DAY
    decisions.escalate(
        host.session, "两局对资金来源意见不一，需要专家论证。", host.officers[CHAIR], at + 2 * DAY + HOUR
    )
    invitations.invite_expert(host.session, "沈明远", "省农业大学", officer, later)
    host.call(later + HOUR, _morning(host.now, -3), by=chief, place=1)


def _morning(now: dt.datetime, ago: int) -> dt.datetime:
    return now.replace(hour=9, minute=0, second=0, microsecond=0) - ago * DAY


# each with the days it takes; the session of today chooses its matter first
STORIES: tuple[tuple[Callable[[Host], None], int], ...] = (
    (in_session, 3),
    (gone_up, 9),
    (carried_out, 12),
    (struck_off, 24),
)


def build(officers: dict[str, Officer], now: dt.datetime) -> int:
    """Commits; returns how many consultations there are. A matter that is too young for its story is left out."""
    session: Session = db.session()
    chosen: dict[int, Callable[[Host], None]] = {}
    land = officers[LAND].unit_id
    for story, days in STORIES:
        later = sa.exists().where(Step.case_id == Case.id, Step.taken_at >= _morning(now, days))
        query = sa.select(Case.id).where(
            Case.unit_id.in_([land, officers[LABOUR].unit_id]), Case.state == State.HANDLING,
            Case.kind == MatterKind.CLAIM, Case.id.not_in(chosen), ~later,
        )  # fmt: skip
        found = session.scalars(query.order_by(Case.unit_id != land, Case.id.desc()).limit(1)).first()
        if found is not None:
            chosen[found] = story
    for case_id, story in reversed(chosen.items()):  # the oldest first, so that papers are numbered in time
        with seeing_all("a consultation of the demo office"):
            story(Host(officers, now, session.get_one(Case, case_id)))
            session.commit()
    return len(chosen)
