"""Who counts: members for the quorum, members present for the vote."""

from __future__ import annotations

from app.consultation import fields, rules
from app.consultation.enums import Attendance, Capacity
from app.consultation.levels import ConsultationLevel
from app.consultation.models import ConsultationSession, Participant


def rule_of(level: ConsultationLevel) -> rules.LevelRule:
    names = ("number", "units_least", "units_most", "quorum_percent", "quorum_least", "votes", "vote_percent")
    return rules.LevelRule(**{name: getattr(level, name) for name in names})


def quorum(session: ConsultationSession, found: dict[str, fields.Standing]) -> rules.Quorum:
    members = [p for p in session.participants if p.expected and p.capacity is Capacity.MEMBER]
    return rules.quorum(rule_of(session.level), [fields.attendance(found, p) for p in members])


def tally(session: ConsultationSession, found: dict[str, fields.Standing]) -> rules.Tally:
    return rules.tally([fields.vote(found, p) for p in present_members(session, found)])


def present_members(session: ConsultationSession, found: dict[str, fields.Standing]) -> list[Participant]:
    return [
        p for p in session.participants
        if p.expected and p.capacity is Capacity.MEMBER and fields.attendance(found, p) is Attendance.PRESENT
    ]  # fmt: skip
