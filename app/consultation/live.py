"""What the consultation page shows beside the fields themselves, as it follows from them now; the page's script asks
for it while people write."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import escape

from app.consultation import counting, fields, minutes, rules
from app.consultation.enums import Attendance
from app.consultation.models import ConsultationSession, Participant
from app.documents import compose
from app.documents import operations as papers


def counts(session: ConsultationSession, found: dict[str, fields.Standing]) -> dict[str, int]:
    """应到、出席、请假、回避."""
    people = [p for p in session.participants if p.left_at is None]
    there = [fields.attendance(found, p) for p in people if p.barred_at is None]
    return {
        "expected": len(there),
        "present": there.count(Attendance.PRESENT),
        "excused": there.count(Attendance.EXCUSED),
        "barred": sum(p.barred_at is not None for p in people),
    }


def minutes_text(session: ConsultationSession) -> str:
    """The minutes as they would read now, or as they were signed: the body, then who was there (GB/T 9704 §10.3)."""
    if session.minutes is not None:
        body, said = session.minutes.body, session.minutes.fields
    else:
        said = {"organ": "", **minutes.fields_of(session)}
        body = compose.write(papers.kind_of(session.level.paper), said)["body"]
    there = [f"{label}：{names}" for label, names in said.get("attendance", ())]
    return "\n\n".join([body, *(["\n".join(there)] if there else [])])


def follows(session: ConsultationSession, found: dict[str, fields.Standing]) -> dict[str, Any]:
    """What the page shows beside the fields themselves, as it follows from them now; badges ready to be shown."""
    there, counted = counting.quorum(session, found), counting.tally(session, found)
    badges: dict[str, str] = {}
    for person in session.participants:
        if not person.expected:
            continue
        here = fields.attendance(found, person)
        marks = {
            "stance": fields.stance(found, person),
            "vote": fields.vote(found, person),
            "attendance": None if here is Attendance.EXPECTED else here,
        }
        badges |= {
            f"p{person.id}.{part}": str(escape(one)) if one is not None else "" for part, one in marks.items()
        }
        opinion = found.get(f"p{person.id}.opinion", fields.NOTHING)
        badges[f"p{person.id}.note"] = str(escape(note(opinion, person)))
    return {
        "minutes": minutes_text(session),
        "counts": counts(session, found),
        "quorum": {"present": there.present, "needed": there.needed, "reached": there.reached},
        "badges": badges,
        "tally": votes(counted),
        "dissent": [[str(person), words] for person, words in fields.dissenters(session, found)],
    }


def votes(counted: rules.Tally) -> str:
    """The count of votes in words."""
    return _("Votes: %(yes)s in favour, %(no)s against, %(none)s abstaining, %(missing)s missing", yes=counted.yes,
             no=counted.no, none=counted.abstained, missing=counted.missing)  # fmt: skip


def note(opinion: fields.Standing, person: Participant) -> str:
    """When the opinion was written, and by whom where it was not the person."""
    if opinion.at is None:
        return _("No written opinion yet")
    written, recorder = _("Written opinion"), fields.recorder(opinion, person)
    words = f"{written} {opinion.at:%m-%d %H:%M}"
    return " · ".join([words, _("recorded by %(who)s", who=recorder)]) if recorder else words


def stamp(session: ConsultationSession) -> str:
    """Changes when more than the fields did: the page then offers to load itself anew."""
    people = ",".join(
        f"{p.id}{'b' if p.barred_at else ''}{'l' if p.left_at else ''}" for p in session.participants
    )
    items = ",".join(item.state.name for item in session.items)
    return f"{session.state.name}:{session.round}:{session.starts_at}:{people}:{items}:{session.consultation.level}"
