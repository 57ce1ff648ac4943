"""What the petitioner may do or expect now, each with its article and last day (domain.md §1.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.cases import clocks, guards
from app.cases.enums import LegalPath, State
from app.cases.models import Case, Clock
from app.cases.workflow import MOVES
from app.core import settings
from app.core.errors import Refusal
from app.evaluation import rules as evaluation
from app.evaluation.rules import Standing
from app.evaluation.steps import Subject
from app.review import rules as review


@dataclass(frozen=True)
class Right:
    """``way`` is the page where it is used (evaluate, review, recheck), or empty."""

    title: str
    text: str
    article: str
    until: str = ""
    way: str = ""


def day(on: dt.date | None) -> str:
    """2026年3月2日: read aloud well, and no doubt which is the month."""
    return f"{on.year}年{on.month}月{on.day}日" if on is not None else ""


def bodies(case: Case, steps: Sequence[Any]) -> dict[str, str]:
    """Who reviews and who re-examines: as the steps kept it, else as the rows say now."""
    found = {"body": _("the organ one level up"), "recheck_body": _("the organ one level above the review")}
    try:
        row = review.superior_of(case.unit)
        found = {"body": row.review_body, "recheck_body": row.recheck_body}
    except Refusal:
        pass
    for step in steps:
        if step.kind in ("review_request", "review_opinion") and step.body:
            found["body"] = step.body
        if step.kind in ("recheck_request", "recheck_opinion") and step.body:
            found["recheck_body"] = step.body
    return found


def now(case: Case, steps: Sequence[Any], named: dict[str, str], today: dt.date) -> list[Right]:
    """The rights of this moment, the ones to act on first."""
    found = [_review(case, named, today), _recheck(case, named, today), _evaluation(case, today), _answer(case),
             _notice(case), _extension(case), _statutory(case)]  # fmt: skip
    return [right for right in found if right is not None]


def _outside(case: Case, step: str) -> str:
    """A body above the district: the bureau takes the request in today, as at its counter, and sends it on."""
    try:
        row = review.superior_of(case.unit)
    except Refusal:
        return ""
    external, body = (
        (row.review_external, row.review_body)
        if step == "review_request"
        else (row.recheck_external, row.recheck_body)
    )
    if not external:
        return ""
    said = _("The petition bureau records your request on the day you send it and passes it on to %(body)s; you may"
             " also turn to that body yourself.", body=body)  # fmt: skip
    return f" {said}"


def _why_not(case: Case, today: dt.date, *names: str) -> str:
    checks: list[Callable[..., None]] = [guards.GUARDS[name] for name in names]
    try:
        for check in checks:
            check(case, None, today)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _review(case: Case, named: dict[str, str], today: dt.date) -> Right | None:
    window = _open_window(case, "review_request", today)
    if window is None:
        return None
    said = _("If you do not agree with the answer, you may ask %(body)s to review it.", body=named["body"])
    return Right(_("Ask for review"), said + _outside(case, "review_request"), window.rule.article,
                 day(window.due_legal), "review")  # fmt: skip


# the clock of a right, and what the step that uses it asks for beside its turn
WINDOWS = {"review_request": ("T7", "review_in_time"), "recheck_request": ("T9", "recheck_in_time")}


def _open_window(case: Case, step: str, today: dt.date) -> Clock | None:
    """The latest clock of a right that can be used now."""
    code, in_time = WINDOWS[step]
    if case.state not in MOVES[step].from_ or _why_not(case, today, "on_c6", in_time):
        return None
    return max((clock for clock in case.clocks if clock.code == code), key=lambda clock: clock.id)


def _recheck(case: Case, named: dict[str, str], today: dt.date) -> Right | None:
    window = _open_window(case, "recheck_request", today)
    if window is None:
        return None
    said = _("If you do not agree with the review opinion, you may ask %(body)s in writing to re-examine it.",
             body=named["recheck_body"])  # fmt: skip
    return Right(_("Ask for re-examination"), said + _outside(case, "recheck_request"), window.rule.article,
                 day(window.due_legal), "recheck")  # fmt: skip


def pending(case: Case, today: dt.date) -> list[Subject]:
    """Whom the petitioner may still evaluate."""
    if case.state not in MOVES["evaluation"].from_ or _why_not(case, today, "evaluable_now"):
        return []
    return [subject for subject in Subject if evaluation.standing(case, subject, today) is Standing.PENDING]


def _evaluation(case: Case, today: dt.date) -> Right | None:
    if not pending(case, today):
        return None
    window = evaluation.window(case)
    return Right(
        _("Evaluate"),
        _("You may say how satisfied you are with the petition bureau and with the unit, once each."),
        "第21条", day(window.due_legal if window is not None else None), "evaluate",
    )  # fmt: skip


def _answer(case: Case) -> Right | None:
    running = clocks.running(case, "T5")
    if not running or running[-1].extended_by:  # said with the extension
        return None
    text = _("The matter is finished within %(n)s days of its acceptance; you receive a written opinion.",
             n=running[-1].length)  # fmt: skip
    return Right(_("A written answer"), text, running[-1].rule.article, day(running[-1].due_legal))


def _notice(case: Case) -> Right | None:
    running = clocks.running(case, "T3")
    if not running:
        return None
    text = _("Within %(n)s days of receiving your petition the unit tells you in writing whether it accepts it, "
             "how and by what procedure it is handled.", n=running[-1].length)  # fmt: skip
    return Right(_("To be told in writing"), text, running[-1].rule.article, day(running[-1].due_legal))


def _extension(case: Case) -> Right | None:
    extended = [clock for clock in clocks.running(case, "T5") if clock.extended_by]
    if not extended:
        return None
    text = _("The time was extended by %(n)s days. You were told why in a letter; a second extension is not possible.",
             n=extended[-1].extended_by)  # fmt: skip
    return Right(_("Extension"), text, extended[-1].rule.article, day(extended[-1].due_legal))


def _statutory(case: Case) -> Right | None:
    """C5: the remedy is that law's own, never review (art. 31 (5))."""
    answered = case.state in (State.DELIVERED, State.REPORTED, State.CLOSED, State.SETTLED)
    if case.legal_path is not LegalPath.C5 or not answered:
        return None
    return Right(_("Remedy"), settings.text("statutory_remedy"), "第31条第（五）项")
