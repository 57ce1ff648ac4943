"""Guards of what keeps a matter in sight: letters of advice and their answers (art. 40)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases import clocks
from app.cases.enums import MatterKind
from app.cases.guards import asks_who, guard
from app.cases.guards_paths import below, is_organ
from app.cases.models import Case
from app.cases.workflow import Move
from app.core.errors import Refusal
from app.organisation.models import Officer


@guard
def advisable(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("Of an accusation no unit is written to (art. 30)."))
    if not is_organ(case.unit):
        raise Refusal(_l("Advice goes to the unit that handles the matter (art. 40); none does yet."))
    if clocks.running(case, "T12"):
        raise Refusal(_l("The unit has yet to answer the advice before (art. 40)."))


@guard
def advice_open(case: Case, step: Any, today: dt.date) -> None:
    asked = clocks.running(case, "T12")
    if not asked:
        raise Refusal(_l("No advice waits for an answer (art. 40)."))


@asks_who
def by_the_advised(case: Case, move: Move, officer: Officer) -> None:
    asked = clocks.running(case, "T12")
    if asked and not below(officer.unit, asked[0].owner):
        raise Refusal(_l("The unit that was advised answers (art. 40)."))


@guard
def nothing_owed(case: Case, step: Any, today: dt.date) -> None:
    """A file is put away when the office owes nothing in it any more."""
    for code, sentence in (
        ("L7", _l("The petitioner was not satisfied and is called back first.")),
        ("L9", _l("What became of the guidance is looked after first (art. 31).")),
        ("T12", _l("The unit has yet to answer the advice before (art. 40).")),
        ("L_INS", _l("A leader's instruction still waits for its answer.")),
        ("L_PKG", _l("The case is in a leader's package and is struck off first.")),
        ("L_OFF", _l("The case is in a leader's package and is struck off first.")),
        ("T_SUP", _l("A supervision letter is still open on this case.")),
        ("L_ACC", _l("A supervision letter is still open on this case.")),
        ("HZ", _l("A resolution item of the consultation is still open on this case.")),
    ):
        if clocks.running(case, code):
            raise Refusal(sentence)
