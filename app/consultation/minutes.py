"""会诊纪要: the minutes write themselves from what was entered (domain.md D33; GB/T 9704 §10.3). Their text is a row of
文种与文本; here are the fields it may use."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale

from app.cases.paper_fields import PAPER_LANGUAGE
from app.consultation import counting, fields, invitations, outcomes, rules
from app.consultation.enums import Attendance, Capacity, Conclusion, ItemPart, SessionState, Stance
from app.consultation.levels import ConsultationLevel
from app.consultation.models import ConsultationSession, Participant
from app.core import moment, settings
from app.core.db import db
from app.documents import compose
from app.documents import operations as papers
from app.documents.models import Document, DocumentState
from app.organisation.models import Officer, Unit

S = SessionState


def issue(session: ConsultationSession, officer: Officer, at: dt.datetime) -> Document:
    """Sign and number the minutes; part of the caller's verb."""
    db.session.flush()
    session.minutes = papers.issue(
        session.level.paper, invitations.house_of(session), fields_of(session), at, officer, session.case_id
    )
    db.session.flush()
    return session.minutes


def preview(session: ConsultationSession) -> bytes:
    """The minutes as they would read now, with the watermark of a draft; nothing is kept."""
    kind, house, now = papers.kind_of(session.level.paper), invitations.house_of(session), moment.now()
    said = {"organ": house.name, **fields_of(session)}
    text = compose.write(kind, said)
    said["copies_to"], said["mark"] = text.pop("copies_to"), text.pop("mark")
    said["issued_by"] = text.pop("organ") or house.name
    paper = Document(kind=kind, unit=house, fields=said, number="", state=DocumentState.DRAFT, drafted_at=now,
                     code="", **text)  # fmt: skip
    return papers.rendered(paper)


def fields_of(session: ConsultationSession) -> dict[str, Any]:
    """Plain values only: they are stored with the paper. Of the petitioner only the matter's number and title."""
    with force_locale(PAPER_LANGUAGE):
        return _fields_of(session)


def _fields_of(session: ConsultationSession) -> dict[str, Any]:
    found = fields.current(session)
    decided = session.decided_at is not None  # what was decided stands in rows of its own
    people = [p for p in session.participants if p.left_at is None]
    when = session.starts_at or session.held_at or session.opened_at
    said: dict[str, Any] = {
        "level": session.level.name,
        "number": session.case.number,
        "title_of_matter": session.case.title,
        "reason": session.consultation.reason,
        "units": "、".join(unit.name for unit in session.consultation.units),
        "day": (session.held_at or when).date().isoformat(),
        "begins": (session.held_at or when).strftime("%H:%M"),
        "room": session.room.name if session.room is not None else session.convener.unit.name,
        "convener": f"{session.convener.post}{session.convener}",
        "findings": fields.value(found, "findings").strip(),
        "opinions": [line for p in people if p.barred_at is None and (line := _opinion(found, p))],
        "conclusion": _conclusion(session, found),
        "plan": session.plan if decided else fields.value(found, "plan").strip(),
        "items": [_item(draft) for draft in (_decided(session) if decided else fields.items(found))],
        "vote": _vote(session, found),
        "reserved": _reserved(session, found),
        "escalated_because": session.why if session.state is S.ESCALATED else "",
        "next_level": _next(session),
        "attendance": _attendance(session, found, people),
    }
    said |= _headings(said)
    if session.level.by_office:
        said["organ"] = settings.text("conference_name")
    return said


def _headings(said: dict[str, Any]) -> dict[str, str]:
    """一、二、三 … over the parts that are there, so that the text's rows need not count."""
    there = ["reason", *(part for part in ("findings", "opinions") if said[part]), "decision"]
    there += ["reserved"] if said["reserved"] else []
    return {f"no_{part}": "一二三四五六"[place] + "、" for place, part in enumerate(there)}


def _opinion(found: dict[str, fields.Standing], person: Participant) -> str:
    words = fields.value(found, f"p{person.id}.opinion").strip()
    stance = fields.stance(found, person)
    if not words and stance is None:
        return ""
    head = f"{person.house}（{person.name}）" if person.house else person.name
    tone = {
        Stance.AGREES: "同意方案。",
        Stance.DISAGREES: "不同意见。",
        Stance.PENDING: "待补充。",
        None: "",
    }[stance]
    recorder = fields.recorder(found.get(f"p{person.id}.opinion", fields.NOTHING), person)
    return f"{head}：{tone}{_one_line(words)}{f'（{recorder}代录）' if recorder else ''}"


def _one_line(words: str) -> str:
    return "".join(line.strip() for line in words.splitlines())


def _conclusion(session: ConsultationSession, found: dict[str, fields.Standing]) -> str:
    name = session.conclusion.name if session.conclusion else fields.value(found, "conclusion")
    return str(Conclusion[name]) if name else ""


def _decided(session: ConsultationSession) -> list[rules.Draft]:
    return [
        rules.Draft(
            item.place,
            item.what,
            item.unit_id,
            item.due_on,
            item.part is ItemPart.LEAD,
            item.kind,
            item.leader_id,
        )
        for item in session.items
    ]


def _item(draft: rules.Draft) -> dict[str, str]:
    unit = db.session.get(Unit, draft.unit_id) if draft.unit_id else None
    leader = db.session.get(Officer, draft.leader_id) if draft.leader_id else None
    decides = outcomes.in_words(draft.kind, leader, unit.name if unit is not None else "")
    return {
        "what": f"{decides}{_one_line(draft.what)}".rstrip("。；;："),
        "unit": unit.name if unit is not None else "",
        "part": "主办" if draft.leads else "协办",
        "due": draft.due_on.isoformat() if draft.due_on else "",
    }


def _vote(session: ConsultationSession, found: dict[str, fields.Standing]) -> str:
    if not session.level.votes:
        return ""
    counted = counting.tally(session, found)
    yes, no, none = counted.yes, counted.no, counted.abstained
    return f"同意{yes}票，反对{no}票，弃权{none}票" if yes or no or none else ""


def _reserved(session: ConsultationSession, found: dict[str, fields.Standing]) -> list[str]:
    own = fields.value(found, "reserved").strip()
    lines = [
        f"{p.house}（{p.name}）：{_one_line(words) or '不同意会诊方案。'}{_recorded(found, p)}"
        for p, words in fields.dissenters(session, found)
    ]
    return [*lines, *([_one_line(own)] if own else [])]


def _recorded(found: dict[str, fields.Standing], person: Participant) -> str:
    recorder = fields.recorder(found.get(f"p{person.id}.dissent", fields.NOTHING), person)
    return f"（{recorder}代录）" if recorder else ""


def _next(session: ConsultationSession) -> str:
    upper = sa.select(ConsultationLevel.name).where(ConsultationLevel.number == session.level_number + 1)
    return db.session.scalars(upper).first() or "上一级会诊"


def _attendance(
    session: ConsultationSession, found: dict[str, fields.Standing], people: list[Participant]
) -> list[list[str]]:
    """出席、请假、列席, each name with its unit; a recused one is named as such."""
    groups: dict[str, list[str]] = {"出席": [], "请假": [], "列席": [], "回避": []}
    for person in people:
        there = fields.attendance(found, person)
        if person.barred_at is not None:
            groups["回避"].append(str(person))
        elif there is Attendance.EXCUSED:
            groups["请假"].append(str(person))
        elif there is Attendance.PRESENT:
            groups["出席" if person.capacity is Capacity.MEMBER else "列席"].append(str(person))
    return [[label, "，".join(names)] for label, names in groups.items() if names]
