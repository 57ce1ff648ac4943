"""The fields a case offers to the texts of its papers, by the names an office uses in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask_babel import force_locale

from app.cases import clocks, guards
from app.cases.enums import LegalPath
from app.cases.first import first
from app.cases.models import Case
from app.cases.steps import ExtensionRequest, OpinionDraft
from app.core import settings
from app.core.idcard import mask_id, mask_phone
from app.organisation.models import Officer

# facts of a step that its paper's text may name
_OWN_FIELDS: dict[str, tuple[str, ...]] = {
    "transfer": ("basis",),
    "assignment": ("feedback_days",),
    "guidance": ("procedure", "organ", "limits"),
    "no_longer": ("final_number", "final_on", "reason"),
    "suggestion_reply": ("adoption", "reason"),
    "statutory_reply": ("findings", "basis", "decision", "remedy"),
    "mediation": ("way", "parties", "terms"),
    "objection": ("reason", "proposed"),
    "advice": ("way", "problem", "advice", "basis"),
    "advice_feedback": ("adoption", "reason"),
    "report": ("result", "petitioner_view", "settled"),
    "settling": ("disposal", "evidence"),
}
# rooms above add what only they know of a case (the body of review)
MORE: list[Callable[[Case], dict[str, Any]]] = []
# and what a step of theirs offers to its paper
OF_STEP: dict[str, Callable[[Case, Any, dt.date], dict[str, Any]]] = {}
# what a petitioner is told their matter is (art. 31)
PATHS = {
    LegalPath.C1: "应当通过诉讼或者刑事、公安等程序处理的事项", LegalPath.C2: "应当通过仲裁解决的事项",
    LegalPath.C3: "党员申诉、控告等党内程序处理的事项", LegalPath.C4: "应当通过行政复议、行政裁决等行政程序解决的事项",
    LegalPath.C5: "申请查处违法行为、履行法定职责的事项", LegalPath.C6: "适用信访程序的申诉求决事项",
}  # fmt: skip
FORWARDED, RECEIPT = {"D07": "转送", "D08": "交办"}, "D38"
ANSWERING = (
    "acceptance",
    "non_acceptance",
    "opinion_signing",
    "statutory_reply",
)  # name who sent the matter on
ANSWERS = ("D11", "D12", "D13", "D18")  # what is delivered: the answer of the path
PAPER_LANGUAGE = "zh"  # a paper is Chinese whatever language its writer works in


def of_case(case: Case, today: dt.date, officer: Officer | None = None) -> dict[str, Any]:
    """Plain values only (they are stored with the paper); dates as ISO text, printed with the ``date`` filter."""
    with force_locale(PAPER_LANGUAGE):
        fields = _of_case(case, today, officer)
        for more in MORE:
            fields |= more(case)
    return fields


def _of_case(case: Case, today: dt.date, officer: Officer | None) -> dict[str, Any]:
    unit = case.unit or case.registered_unit
    return {
        "number": case.number,
        "petitioner": case.petitioner_name,
        "petitioner_type": str(case.petitioner_type),
        "address": case.address,
        "phone": mask_phone(case.phone) if case.phone else "",  # fields are kept in plain text
        "id_number": mask_id(case.id_number) if case.id_number else "",
        "people": case.people_count,
        "involved": case.involved_count or "",
        "representatives": "、".join(r.name for r in case.representatives),
        "companions": case.companions,
        "channel": str(case.channel),
        "purpose": str(case.purpose),
        "category": str(case.category),
        "place": case.place,
        "title_of_matter": case.title,
        "request": case.request,
        "facts": case.facts,
        "window": case.window,
        "first_time": "初次" if first(case) else "重复",
        "registered_on": case.registered_at.date().isoformat(),
        "registered_at": case.registered_at.strftime("%Y-%m-%d %H:%M"),
        "registered_unit": case.registered_unit.name,
        "unit": unit.name,
        "unit_phone": unit.phone,
        "unit_address": unit.address,
        "room": case.room.name if case.room else "",
        "query_where": settings.text("query_address"),
        "conference_office": settings.text("conference_office_name"),
        "path": str(case.legal_path or case.kind),
        "path_name": PATHS[case.legal_path] if case.legal_path else str(case.kind),
        "query_code_masked": case.query_code[:4]
        + "＊" * 8,  # in full on the slip alone: it opens the petitioner's page
        "package_leader": case.package_leader or "",
        "supervising_leader": case.supervising_leader or "",
        "major": max(case.people_count, case.involved_count or 0) >= settings.number("major_people"),
        "today": today.isoformat(),
        "officer": str(officer or case.handler or ""),
        "contacts": [f"联系人：{officer or case.handler or ''}", f"电话：{unit.phone}" if unit.phone else ""],
    }


def plain(value: Any) -> Any:
    """A value of a step as a paper may hold it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value) if value is not None else ""


def of_step(case: Case, step: Any, today: dt.date) -> dict[str, Any]:
    """The case's fields and those of the step that issues the paper."""
    with force_locale(PAPER_LANGUAGE):
        return _of_step(case, step, today)


def _forwarded(case: Case) -> str:
    """Who sent the matter on, when and under what number, as an answer says it; empty where nobody did."""
    letter = next((one for one in guards.signed_papers(case) if one.kind.code in FORWARDED), None)
    if letter is None or letter.signed_at is None:
        return ""
    day, verb = letter.signed_at, FORWARDED[letter.kind.code]
    sender = letter.fields.get("issued_by") or letter.unit
    return f"由{sender}于{day.year}年{day.month}月{day.day}日{verb}（{letter.number}），"


def _answered(case: Case) -> dict[str, Any]:
    """What a closing report takes over from the answer, and what it encloses."""
    papers = guards.signed_papers(case)
    answer = next((one for one in papers if one.kind.code in ANSWERS), None)
    enclosed = [f"{one.kind.name}{f'（{one.number}）' if one.number else ''}" for one in papers
                if one is answer or one.kind.code == RECEIPT]  # fmt: skip
    said = answer.fields if answer is not None else {}
    found = {name: said.get(name, "") for name in ("findings", "basis")}
    return found | {"attached": "；".join(reversed(enclosed))}


def _of_step(case: Case, step: Any, today: dt.date) -> dict[str, Any]:
    fields = of_case(case, today, step.officer)
    if step.kind in ANSWERING:
        fields["forwarded"] = _forwarded(case)
    if step.kind in OF_STEP:
        return fields | OF_STEP[step.kind](case, step, today)
    if step.kind == "acceptance":
        due = [c for c in case.clocks if c.code in ("T5", "L4") and c.stopped_on is None]
        fields |= {
            "received_on": max(
                (c.started_on for c in case.clocks if c.code in ("T2", "T3")), default=today
            ).isoformat(),
            "accepted_on": (case.accepted_on or today).isoformat(),
            "procedure": step.procedure or settings.text("procedure_c6"),
            "due_on": due[0].due_legal.isoformat() if due else "",
            "days": due[0].length if due and due[0].code == "T5" else "",
        }
    elif step.kind == "non_acceptance":
        fields |= {"ground": str(step.ground), "reason": step.reason, "turn_to": step.turn_to}
    elif step.kind == "extension_ruling":
        asked = guards.last(case, ExtensionRequest)
        clock = next(c for c in clocks.running(case, "T5"))
        fields |= {
            "days": step.days,
            "reason": asked.reason,
            "old_due": clocks.counted(clock.started_on, clock.length, clock.counted_in).legal.isoformat(),
            "new_due": clock.due_legal.isoformat(),
            "approver": str(step.officer or ""),
            "accepted_on": clock.started_on.isoformat(),
        }
    elif step.kind == "opinion_signing":
        draft = guards.last(case, OpinionDraft)
        fields |= {
            "accepted_on": (case.accepted_on or today).isoformat(),
            "findings": draft.findings,
            "basis": draft.basis,
            "opinion": draft.opinion,
            "outcome": str(draft.outcome),
        }
    elif step.kind == "spot_answer":
        fields |= {
            "accepted_on": today.isoformat(),
            "findings": step.findings,
            "basis": step.basis,
            "opinion": step.answer,
            "outcome": str(step.outcome),
        }
    elif step.kind in _OWN_FIELDS:
        fields |= {name: plain(getattr(step, name)) for name in _OWN_FIELDS[step.kind]}
        if step.kind == "report":
            fields |= _answered(case)
        if step.kind == "assignment":
            fields |= {"demand": step.drafted.demand, "supervisor": str(step.drafted.supervisor)}
            fields["due_on"] = max(c.due_legal for c in clocks.running(case, "T11")).isoformat()
    elif step.kind == "delivery":
        answered = next((d for d in guards.signed_papers(case) if d.kind.code in ANSWERS), None)
        fields |= {
            "paper": f"{answered.kind.name} {answered.number}" if answered else "",
            "way": str(step.way),
            "received_on": step.received_on.isoformat(),
            "receiver": step.receiver,
            "note": step.note,
        }
    return fields
