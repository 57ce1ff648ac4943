"""What a formula may ask of a row, by the kind of rows it goes over. ``facts.py`` fills exactly these."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.cases.enums import Channel, LegalPath, MatterKind
from app.incentives.enums import Over
from app.incentives.formula import Kind, Name


def _words(*names: str) -> frozenset[str]:
    return frozenset(names)


_CASE: dict[str, Name] = {
    "first_time": Name(Kind.FLAG, label=_l("first petition")),
    "repeat": Name(Kind.FLAG, label=_l("repeated petition")),
    "channel": Name(Kind.WORD, frozenset(Channel.__members__), _l("channel")),
    "kind": Name(Kind.WORD, frozenset(MatterKind.__members__) - {"ACCUSATION"}, _l("kind of matter")),
    "path": Name(Kind.WORD, frozenset(LegalPath.__members__), _l("legal path")),
    "category": Name(Kind.WORD, label=_l("category of the first level")),
    "people": Name(Kind.NUMBER, label=_l("people who came or signed")),
    "countable": Name(Kind.FLAG, label=_l("counted in the national statistics")),
    "imported": Name(Kind.FLAG, label=_l("taken over from a ledger")),
    "from_above": Name(Kind.FLAG, label=_l("registered by a level above")),
    "online": Name(Kind.FLAG, label=_l("came by the web")),
}
NAMES: dict[Over, Mapping[str, Name]] = {
    Over.CLOCKS: _CASE | {
        "in_time": Name(Kind.FLAG, label=_l("ended in time")),
        "late": Name(Kind.FLAG, label=_l("ended late")),
        "open_late": Name(Kind.FLAG, label=_l("open and late")),
        "not_due": Name(Kind.FLAG, label=_l("not yet due")),
        "overdue": Name(Kind.FLAG, label=_l("late, ended or open")),
        "extended": Name(Kind.FLAG, label=_l("extended (art. 34)")),
        "days": Name(Kind.NUMBER, label=_l("days from start to end")),
        "days_late": Name(Kind.NUMBER, label=_l("days late")),
        "ended_by": Name(Kind.WORD, label=_l("step that ended it")),
        "deadline": Name(Kind.WORD, label=_l("code of the deadline")),
    },
    Over.CASES: _CASE | {
        "sent": Name(Kind.FLAG, label=_l("sent to a unit, or accepted by its own")),
        "accepted": Name(Kind.FLAG, label=_l("accepted")),
        "days_to_acceptance": Name(Kind.NUMBER, label=_l("days from registration to acceptance")),
        "answered": Name(Kind.FLAG, label=_l("answered")),
        "days_to_answer": Name(Kind.NUMBER, label=_l("days from registration to the answer")),
        "closed": Name(Kind.FLAG, label=_l("closed")),
        "settled": Name(Kind.FLAG, label=_l("settlement confirmed")),
        "agreement": Name(Kind.FLAG, label=_l("agreement signed of free will")),
        "contacted": Name(Kind.FLAG, label=_l("petitioner was spoken to")),
        "came_again": Name(Kind.FLAG, label=_l("raised again later")),
        "same_day": Name(Kind.FLAG, label=_l("sent on and in charge on the same day")),
        "electronic": Name(Kind.FLAG, label=_l("answered so that it is read online")),
    },
    Over.EVALUATIONS: _CASE | {
        "evaluated": Name(Kind.FLAG, label=_l("evaluated")),
        "overdue": Name(Kind.FLAG, label=_l("not evaluated in time")),
        "satisfied": Name(Kind.FLAG, label=_l("satisfied")),
        "fairly": Name(Kind.FLAG, label=_l("fairly satisfied")),
        "unsatisfied": Name(Kind.FLAG, label=_l("not satisfied")),
    },
    Over.STEPS: _CASE | {
        "step": Name(Kind.WORD, label=_l("kind of step")),
        "late": Name(Kind.FLAG, label=_l("came late")),
    },
    Over.PAPERS: _CASE | {
        "paper": Name(Kind.WORD, label=_l("code of the paper")),
        "void": Name(Kind.FLAG, label=_l("void")),
    },
    Over.GIVEN: {
        "name": Name(Kind.WORD, label=_l("name of the figure")),
        "value": Name(Kind.NUMBER, label=_l("value")),
    },
}  # fmt: skip
