"""How a supervision matter is shown: its number, what is late, what can be done now."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.cases import row_buttons
from app.cases import shown as cases
from app.cases.models import Clock
from app.core import moment
from app.core.enums import badge
from app.core.errors import Refusal
from app.supervision import reminders
from app.supervision.enums import OWED, SupervisionState
from app.supervision.models import Supervision

S = SupervisionState


def permitted(permission: str, view: str) -> bool:
    return bool(current_app.extensions["appbuilder"].sm.has_access(permission, view))


def number(matter: Supervision) -> str:
    """The letter's number, or where the matter stands before it has one."""
    if matter.document is not None and matter.document.number:
        return matter.document.number
    return _("draft") if matter.state is S.DRAFTED else _("proposal")


def case_cell(matter: Supervision) -> Markup:
    return cases.matter(matter.case)


def _clock(matter: Supervision) -> Clock | None:
    """The unit's time for the answer; before the letter, the deadline that gave cause."""
    return matter.feedback or matter.clock


def deadline(matter: Supervision) -> Any:
    clock = _clock(matter)
    if clock is None or matter.state in (S.DISMISSED, S.CLOSED):
        return _ended(matter) if matter.state is S.CLOSED else ""
    if clock.stopped_on is not None and matter.feedback is None:
        return badge(_("done meanwhile"), "green") + _law(clock)
    if matter.state is S.ANSWERED:
        assert matter.answered_at is not None
        late = matter.answered_at.date() > clock.due_legal
        return badge(_("answered late") if late else _("answered in time"), "late" if late else "green")
    return cases.deadline(clock) + _again(matter)


def _again(matter: Supervision) -> Markup:
    """What is only considered is for who drafts letters."""
    if matter.again is None or not permitted("can_add", "ReminderDraftView"):
        return Markup("")
    words = _("another letter proposed: %(why)s", why=matter.again)
    return Markup('<small class="cell-sub">{}</small>').format(badge(words, "amber"))


def _ended(matter: Supervision) -> Markup:
    clock = matter.feedback
    if clock is None or clock.stopped_on is None:
        return Markup("")
    late = clock.stopped_on > clock.due_legal
    return badge(_("ended late") if late else _("ended in time"), "late" if late else "green")


def _law(clock: Clock) -> Markup:
    return Markup('<small class="cell-sub">{}</small>').format(f"{clock.rule.name} {cases.law(clock)}")


def row_tone(matter: Supervision) -> str:
    if matter.state not in OWED or matter.feedback is None:
        return ""
    return cases.row_tone(cases.left(matter.feedback, moment.today()))


def paper(matter: Supervision) -> Any:
    """The letter as PDF, the draft with its watermark."""
    if matter.document is None:
        return ""
    label = number(matter)
    if not permitted("can_pdf", "DocumentView"):
        return label
    link = Markup('{} <a class="badge badge-info" href="{}" target="_blank" rel="noopener">PDF</a>')
    return link.format(label if matter.sent_at else "", url_for("DocumentView.pdf", pk=matter.document.id))


def cause(matter: Supervision) -> Any:
    """Which trigger, and the deadline it spoke of."""
    if matter.trigger is None or matter.clock is None:
        return _("the office's own decision")
    clock = matter.clock
    words = _("%(deadline)s, due on %(day)s", deadline=clock.rule.name, day=clock.due_legal)
    return Markup('{}<small class="cell-sub">{}（{}）</small>').format(
        matter.trigger, words, cases.law(clock)
    )


_FORMS: dict[SupervisionState, tuple[tuple[str, str], ...]] = {
    S.PROPOSED: (("SupervisionDraftView", "add"), ("SupervisionDismissalView", "edit")),
    S.DRAFTED: (
        ("SupervisionSigningView", "add"),
        ("SupervisionDraftView", "add"),
        ("SupervisionDismissalView", "edit"),
    ),
    S.SENT: (("SupervisionAnswerView", "add"), ("ReminderSigningView", "add"), ("ReminderDraftView", "add")),
    S.RETURNED: (
        ("SupervisionAnswerView", "add"),
        ("ReminderSigningView", "add"),
        ("ReminderDraftView", "add"),
    ),
    S.ANSWERED: (("SupervisionAcceptanceView", "add"), ("SupervisionReturnView", "add")),
}


def todo(matter: Supervision) -> Any:
    """Buttons for what this officer's role may do to the matter now."""
    forms: list[row_buttons.Form] = []
    for name, verb in _FORMS.get(matter.state, ()):
        if not _now(name, matter):
            continue
        from_it = {"from": matter.id} if name == "SupervisionDraftView" else {}
        forms.append((name, {"pk": matter.id} if verb == "edit" else {"case_id": matter.case_id} | from_it))
    again = {"SupervisionDraftView": _("Change the draft")} if matter.state is S.DRAFTED else {}
    return row_buttons.row(matter.case, forms, again)


def _now(name: str, matter: Supervision) -> bool:
    """Another letter is a button only where it may follow, its signature only where it is drafted."""
    if name == "ReminderSigningView":
        return reminders.drafted(matter.case) is not None
    if name == "ReminderDraftView":
        try:
            reminders.due(matter.case, moment.today())
        except Refusal:
            return False
    return True


def draft_note(matter: Supervision) -> Markup:
    """Above the signature: what is signed, for whom, and the draft to read."""
    says = _(
        "The letter takes the next number and goes to %(unit)s; the answer is due within %(days)s days, and %(who)s"
        " sees the case as supervisor.",
        unit=matter.unit, days=matter.days, who=matter.supervisor or "",
    )  # fmt: skip
    if matter.document is None:
        return Markup("{}").format(says)
    return Markup('{} <a href="{}" target="_blank" rel="noopener">{}</a>').format(
        says, url_for("DocumentView.pdf", pk=matter.document.id), _("Read the draft")
    )


def demand_note(matter: Supervision) -> Markup:
    """Above the answer: what the letter demands, and by when."""
    due = matter.feedback.due_legal if matter.feedback is not None else ""
    late = matter.feedback is not None and moment.today() > matter.feedback.due_legal
    words = _("%(number)s asks for an answer by %(due)s:", number=number(matter), due=due)
    after = _(" The day is over: the answer is recorded as late.") if late else ""
    return Markup("{}{}<br>{}").format(words, after, Markup("<br>").join(matter.demand.splitlines()))
