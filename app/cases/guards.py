"""Guards: when a step is refused although it would be its turn. Each is one rule with its article.

A guard takes the case, the step about to be taken and today; it raises ``Refusal`` or returns nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import clocks, recusal, workflow
from app.cases.enums import ENDED, LegalPath, MatterKind, State
from app.cases.models import Case
from app.cases.steps import (
    Acceptance,
    ExtensionRequest,
    ExtensionRuling,
    OpinionDraft,
    OpinionSigning,
    Routing,
    Step,
)
from app.core.db import db
from app.core.errors import Refusal
from app.documents.models import Document, DocumentState
from app.organisation.models import Officer, UnitKind
from app.organisation.reach import conference_office

Guard = Callable[[Case, Any, dt.date], None]
GUARDS: dict[str, Guard] = {}
OWED_BEYOND = ("L_INS", "L_PKG", "HZ")  # what a unit still owes when the case has ended
# kinds of unit a matter may be routed to (R22 art. 2: any organ that has the power, but no leadership as such)
ABLE = (
    UnitKind.DEPARTMENT,
    UnitKind.TOWN,
    UnitKind.VILLAGE,
    UnitKind.CONFERENCE,
    UnitKind.HALL,
    UnitKind.ROOM,
)


def guard(function: Guard) -> Guard:
    GUARDS[function.__name__] = function
    return function


Who = Callable[[Case, workflow.Move, Officer], None]
WHO: dict[str, Who] = {}
"""Guards that ask only who takes the step. The case page asks them of the officer who looks, before there is a step."""


def asks_who(function: Who, name: str = "") -> Who:
    """A guard about the person: of a step that is taken its officer is asked, of one that is not yet, nobody."""

    @wraps(function)
    def of_step(case: Case, step: Any, today: dt.date) -> None:
        officer = getattr(step, "officer", None)
        if officer is not None:
            function(case, workflow.MOVES[step.kind], officer)

    WHO[name or function.__name__] = function
    GUARDS[name or function.__name__] = of_step
    return function


def not_for(move: workflow.Move, case: Case, officer: Officer) -> str:
    """Why this officer does not take a step that is the case's turn; empty where they may."""
    for name in move.guards:
        try:
            if name in WHO:
                WHO[name](case, move, officer)
        except Refusal as refusal:
            return str(refusal)
    return ""


def last(case: Case, kind: type[Step]) -> Any:
    """The latest step of a kind, or None."""
    query = sa.select(kind).where(kind.case_id == case.id).order_by(kind.id.desc()).limit(1)
    return db.session.scalars(query).first()


def after(step: Any, *others: Any) -> bool:
    """Whether a step was taken, and after each of the others that was."""
    return step is not None and all(other is None or other.id < step.id for other in others)


def open_request(case: Case) -> ExtensionRequest | None:
    """An extension that was asked for and not yet ruled on, by the unit that accepted the matter last."""
    asked = last(case, ExtensionRequest)
    return asked if after(asked, last(case, ExtensionRuling), last(case, Acceptance)) else None


@guard
def routable(case: Case, step: Routing | None, today: dt.date) -> None:
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is handed to its keeper, never routed to a unit (art. 30)."))
    if step is None:
        return
    if step.target is None:
        raise Refusal(
            _l("Choose the responsible unit: no routing rule matches this matter (art. 5, 22)."), "target"
        )
    if not step.target.active:
        raise Refusal(_l("This unit is no longer in use."), "target")
    if step.target.kind not in ABLE:
        raise Refusal(_l("A matter is not routed to this kind of unit (art. 22)."), "target")
    recusal.stay_clear(case, unit=step.target, field="target")
    recusal.stay_clear(case, unit=step.room, field="room")
    if step.rule is None and not (step.note or "").strip():
        raise Refusal(_l("No rule leads to this unit: say why you chose it."), "note")
    if case.kind is MatterKind.CLAIM and step.legal_path is None:
        raise Refusal(_l("A claim needs its legal path (art. 31)."), "legal_path")
    if step.room is not None and step.room.kind is not UnitKind.ROOM:
        raise Refusal(_l("This unit is no reception room."), "room")


@guard
def objection_in_time(case: Case, step: Any, today: dt.date) -> None:
    late = [c for c in clocks.running(case, "T4") if today > c.due_legal]
    if late or not clocks.running(case, "T4"):
        raise Refusal(_l("The five working days for an objection are over (art. 23)."))


@guard
def on_c6(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is not MatterKind.CLAIM or case.legal_path is not LegalPath.C6:
        raise Refusal(_l("Only a claim on path C6 has this step (art. 31(6), 34)."))


@guard
def extension_possible(case: Case, step: Any, today: dt.date) -> None:
    running = clocks.running(case, "T5")
    if any(c.extended_by for c in running):
        raise Refusal(_l("The time was extended once already; there is no second extension (art. 34)."))
    if open_request(case) is not None:
        raise Refusal(_l("An extension was asked for and waits for the head's ruling (art. 34)."))
    if not running or any(today > c.due_legal for c in running):
        raise Refusal(_l("An extension is asked for before the time ends (art. 34)."))
    if step is not None:
        if not 1 <= (step.days or 0) <= 30:
            raise Refusal(_l("An extension is 1 to 30 days (art. 34)."), "days")
        if not (step.reason or "").strip():
            raise Refusal(_l("The petitioner is told the reasons: they cannot be empty (art. 34)."), "reason")


@guard
def extension_asked(case: Case, step: Any, today: dt.date) -> None:
    if open_request(case) is None:
        raise Refusal(_l("No extension was asked for (art. 34)."))
    if step is not None and step.approved and any(today > c.due_legal for c in clocks.running(case, "T5")):
        raise Refusal(
            _l("The time has ended: an extension is approved before it does (art. 34)."), "approved"
        )


@guard
def no_extension_open(case: Case, step: Any, today: dt.date) -> None:
    if open_request(case) is not None:
        raise Refusal(_l("An extension was asked for and waits for the head's ruling (art. 34)."))


@guard
def opinion_drafted(case: Case, step: Any, today: dt.date) -> None:
    if not after(last(case, OpinionDraft), last(case, OpinionSigning), last(case, Acceptance)):
        raise Refusal(_l("There is no draft of the opinion to sign (art. 32)."))


def _made(case: Case) -> Step | None:
    """The step that made what is being delivered: it led to the state the case is in. An outside body's opinion is
    recorded here after it was made, and may have been received before."""
    led = (
        sa.select(Step)
        .where(Step.case_id == case.id, Step.to_state == case.state, Step.from_state != case.state)
        .order_by(Step.id.desc())
        .limit(1)
    )
    made: Any = db.session.scalars(led).first()
    return None if getattr(made, "external_number", "") else made


@guard
def received_plausibly(case: Case, step: Any, today: dt.date) -> None:
    if step is None or step.received_on is None:
        return
    if step.received_on > today:
        raise Refusal(_l("The day of receipt lies in the future."), "received_on")
    made = _made(case)
    if made is not None and step.received_on < made.taken_at.date():
        raise Refusal(_l("The day of receipt lies before the day of signing."), "received_on")


def _owed_to_us(office_too: bool) -> Who:
    """Who owes an answer gives it: the unit whose time runs, or one below it; nobody else who only sees the case."""

    def owed(case: Case, move: workflow.Move, officer: Officer) -> None:
        if office_too and officer.unit is conference_office():
            return
        asked = [clock.owner for clock in clocks.running(case, *move.stops)] or [case.unit]
        ours = officer.unit.path if officer.unit is not None else ""
        if not any(unit is not None and ours.startswith(unit.path) for unit in asked):
            raise Refusal(_l("This is owed by another unit, which answers itself."))

    return owed


asks_who(_owed_to_us(office_too=False), "owed_to_us")
asks_who(_owed_to_us(office_too=True), "owed_to_us_or_office")


@guard
def no_supervision_open(case: Case, step: Any, today: dt.date) -> None:
    if clocks.running(case, "T_SUP", "L_ACC"):
        raise Refusal(_l("A supervision letter is still open on this case."))


@guard
def supervisable(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is never supervised by letter to a unit (art. 30)."))
    if case.unit is None or case.unit.kind is UnitKind.CONFERENCE:
        raise Refusal(_l("No unit but the office itself is responsible: there is nobody to write to."))
    if case.state in ENDED and not clocks.running(case, *OWED_BEYOND):
        raise Refusal(_l("The case has ended, and the unit owes nothing more in it."))
    no_supervision_open(case, step, today)


@guard
def letter_drafted(case: Case, step: Any, today: dt.date) -> None:
    drafts = sa.select(Document.id).where(
        Document.case_id == case.id, Document.state == DocumentState.DRAFT, Document.kind.has(code="D19")
    )
    if db.session.scalars(drafts.limit(1)).first() is None:
        raise Refusal(_l("There is no draft of a supervision letter to sign."))


OF_THE_LETTER = (
    "supervision_letter", "supervision_reminder", "supervision_answer", "supervision_acceptance", "supervision_return"
)  # fmt: skip


def _last_of_supervision(case: Case) -> str:
    """The kind of the latest supervision step; by its name, since the steps belong to a room above."""
    query = (
        sa.select(Step.kind)
        .where(Step.case_id == case.id, Step.kind.in_(OF_THE_LETTER))
        .order_by(Step.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).first() or ""


@guard
def letter_open(case: Case, step: Any, today: dt.date) -> None:
    if not clocks.running(case, "T_SUP", "L_ACC"):
        raise Refusal(_l("No supervision letter is open on this case."))
    if _last_of_supervision(case) == "supervision_answer":
        raise Refusal(_l("The answer was given and waits for the supervisor."))


@guard
def answer_open(case: Case, step: Any, today: dt.date) -> None:
    if not clocks.running(case, "T_SUP", "L_ACC"):
        raise Refusal(_l("No supervision letter is open on this case."))
    if _last_of_supervision(case) != "supervision_answer":
        raise Refusal(_l("The unit has not answered the supervision letter yet."))


def turn(case: Case, from_: frozenset[State]) -> None:
    """Whose turn it is (third question of architecture §2)."""
    if case.state not in from_:
        raise Refusal(_l("In the state “%(state)s” this step is not possible.", state=str(case.state)))


def signed_papers(case: Case) -> list[Document]:
    """Signed papers of the case, newest first."""
    query = (
        sa.select(Document)
        .where(Document.case_id == case.id, Document.state == DocumentState.SIGNED)
        .order_by(Document.id.desc())
    )
    return list(db.session.scalars(query))
