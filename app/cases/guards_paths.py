"""Guards of the other paths: classification, dispatch, guidance, accusations, replies, reports, endings."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import clocks, recusal
from app.cases.enums import Channel, Jurisdiction, LegalPath, MatterKind, State
from app.cases.guards import ABLE, after, asks_who, guard, last
from app.cases.models import Case
from app.cases.steps_dispatch import CORRECTABLE, Assignment, AssignmentDraft, Dispute
from app.cases.steps_outcome import VoidRequest
from app.cases.workflow import Move
from app.core.db import db
from app.core.errors import Refusal
from app.documents import operations as papers
from app.documents.models import Document, DocumentState
from app.organisation.models import Officer, Unit, UnitKind

GUIDED = (LegalPath.C1, LegalPath.C2, LegalPath.C3, LegalPath.C4)
LONGEST_TERM = 365
ORGANS = (UnitKind.DEPARTMENT, UnitKind.TOWN)


def below(unit: Unit | None, above: Unit | None) -> bool:
    """Whether a unit is the other one or stands under it."""
    return unit is not None and above is not None and unit.path.startswith(above.path)


@guard
def classifiable(case: Case, step: Any, today: dt.date) -> None:
    if step is None:
        return
    if step.matter_kind is MatterKind.CLAIM and step.legal_path is None:
        raise Refusal(_l("A claim needs its legal path (art. 31)."), "legal_path")
    if step.matter_kind is not MatterKind.CLAIM and step.legal_path is not None:
        raise Refusal(_l("Only a claim has a legal path (art. 31)."), "legal_path")


@guard
def on_the_spot(case: Case, step: Any, today: dt.date) -> None:
    _ordinary(case)
    if case.channel not in (Channel.VISIT, Channel.CALL, Channel.HOTLINE):
        raise Refusal(_l("On the spot means that the petitioner is there or on the line."))
    if case.registered_at.date() != today:
        raise Refusal(_l("On the spot means on the day of registration."))
    if case.legal_path is LegalPath.C6 and not is_organ(case.unit):
        raise Refusal(
            _l("A written opinion is the competent organ's (art. 32): route the matter to it first.")
        )


def _ordinary(case: Case) -> None:
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is handed to its keeper, never routed to a unit (art. 30)."))


@guard
def able_target(case: Case, step: Any, today: dt.date) -> None:
    target = getattr(step, "target", None)
    if step is None or target is None:
        return
    if not target.active or target.kind not in ABLE:
        raise Refusal(_l("A matter is not routed to this kind of unit (art. 22)."), "target")
    recusal.stay_clear(case, unit=target, field="target")


@guard
def sendable(case: Case, step: Any, today: dt.date) -> None:
    _ordinary(case)
    if case.kind is MatterKind.CLAIM and case.legal_path in GUIDED:
        raise Refusal(_l("This path is guided to its own procedure (art. 22, 31)."))
    able_target(case, step, today)


@guard
def assignable(case: Case, step: Any, today: dt.date) -> None:
    if step is None:
        return
    if step.supervisor is None:
        raise Refusal(
            _l("An assigned matter has a supervisor until it is closed (art. 22 (3))."), "supervisor"
        )
    recusal.stay_clear(case, officer=step.supervisor, field="supervisor")
    if not 1 <= (step.feedback_days or 0) <= LONGEST_TERM:
        raise Refusal(_l("The term of an assignment is 1 to 365 days (art. 22 (3))."), "feedback_days")


@guard
def assignment_drafted(case: Case, step: Any, today: dt.date) -> None:
    draft = last(case, AssignmentDraft)
    if not after(draft, last(case, Assignment)):  # one that came back is drafted anew
        raise Refusal(_l("No assignment was drafted (art. 22 (3))."))
    if step is not None:  # what was possible when it was drafted need not be so any more
        able_target(case, draft, today)
        assignable(case, draft, today)


@guard
def on_guided_path(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is not MatterKind.CLAIM or case.legal_path not in GUIDED:
        raise Refusal(_l("Only claims on the paths C1 to C4 are guided (art. 22, 31)."))


def is_organ(unit: Unit | None) -> bool:
    """An organ that may be competent itself: the petition office and its hall only forward (art. 22, 23)."""
    return unit is not None and unit.kind in ORGANS


@guard
def own_matter(case: Case, step: Any, today: dt.date) -> None:
    if case.state is State.SIGNED:
        return
    _ordinary(case)
    if not is_organ(case.registered_unit) or case.unit is not case.registered_unit:
        raise Refusal(_l("Only an organ that registered a matter of its own accepts it at once (art. 23)."))


@asks_who
def own_decision(case: Case, move: Move, officer: Officer) -> None:
    """What a unit has signed for, it accepts, refuses or guides itself, or its room in the hall does (art. 23)."""
    if case.state is not State.SIGNED or case.unit is None:
        return
    if not below(officer.unit, case.unit) and officer.unit is not case.room:
        raise Refusal(_l("The unit that signed for the matter decides this itself (art. 23)."))


@guard
def not_guided(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is MatterKind.CLAIM and case.legal_path in GUIDED:
        raise Refusal(_l("This path is guided to its own procedure (art. 22, 31)."))


@guard
def handover_lawful(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is not MatterKind.ACCUSATION:
        raise Refusal(_l("Only an accusation is handed over in confidence (art. 30)."))
    if step is None:
        return
    if below(step.organ_unit, case.accused_unit):
        raise Refusal(
            _l("Never to the accused unit or anything below it (art. 30): choose another organ."),
            "organ_unit",
        )
    organ = f"{step.organ or ''} {step.organ_unit.name if step.organ_unit is not None else ''}"
    if any(name in organ for name in _accused_names(case)):
        raise Refusal(_l("Never to the accused (art. 30): choose another organ."), "organ")


def _accused_names(case: Case) -> list[str]:
    """What the accused, and every unit below the accused one, is called."""
    names = [(case.accused or "").strip()]
    if case.accused_unit is not None and case.accused_unit.parent_id is not None:
        units = sa.select(Unit.name, Unit.short_name).where(
            Unit.path.startswith(case.accused_unit.path, autoescape=True)
        )
        names += [name for row in db.session.execute(units) for name in row]
    return [name for name in names if name]


@guard
def final_before(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is not MatterKind.CLAIM:
        raise Refusal(_l("Only a claim can have had its final opinion (art. 36)."))
    if step is not None and step.final_on is not None and step.final_on > case.registered_at.date():
        raise Refusal(_l("The final opinion came after this petition (art. 36)."), "final_on")


@guard
def on_suggestion(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is not MatterKind.SUGGESTION:
        raise Refusal(_l("Only a suggestion is adopted or not (art. 29)."))


@guard
def on_c5(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is not MatterKind.CLAIM or case.legal_path is not LegalPath.C5:
        raise Refusal(_l("Only a claim on path C5 has this step (art. 31 (5))."))
    if step is not None and "复查" in (step.remedy or ""):
        raise Refusal(_l("Review is no remedy on path C5; name that law's own (art. 31 (5))."), "remedy")


@guard
def by_consent(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is not MatterKind.CLAIM:
        raise Refusal(_l("Only claims are mediated (art. 33)."))
    if step is not None and not step.consent:
        raise Refusal(_l("There is no agreement without both parties' consent (art. 33)."), "consent")
    if step is not None:
        _no_waiver(step.terms, "terms")


WAIVER = re.compile(
    r"放弃.{0,12}(?:诉讼|起诉|上诉|复议|仲裁|复查|复核|申诉|信访|上访|法定权利)"
    r"|不(?:再|得|准|能|会).{0,6}(?:起诉|诉讼|上诉|复议|仲裁|复查|复核)"
)
KEPT_RIGHT = re.compile(r"不(?:以|要求|得要求|得以|影响|限制|意味)|并非")


def _no_waiver(text: str | None, field: str) -> None:
    """An agreement ends a dispute, never a right: words that give one up do not become part of it."""
    for sentence in re.split(r"[。；;！!\n]", text or ""):
        if WAIVER.search(sentence) and not KEPT_RIGHT.search(sentence):
            raise Refusal(
                _l("An agreement gives up no lawful right (art. 33): take out “%(words)s”.",
                   words=sentence.strip()[:40]), field,
            )  # fmt: skip


@guard
def is_assigned(case: Case, step: Any, today: dt.date) -> None:
    if not case.assigned:
        raise Refusal(
            _l("Only an assigned matter is reported; a transferred one is closed by its unit (art. 22).")
        )


@guard
def not_assigned(case: Case, step: Any, today: dt.date) -> None:
    if case.assigned:
        raise Refusal(_l("An assigned matter is closed by the review of its report (art. 22 (3))."))


@guard
def own_closing(case: Case, step: Any, today: dt.date) -> None:
    """Who has the matter closes it: its unit, or the desk that answered it on the spot."""
    if getattr(step, "follows", False):
        return
    officer = getattr(step, "officer", None)
    if officer is not None and case.unit is not None and not below(officer.unit, case.unit):
        raise Refusal(_l("The unit that has the matter closes it itself (art. 22)."))


OFFICERS_TURN = ("own_decision", "own_closing")
"""Guards that look at who takes the step and at nothing else of it: its button is for them alone."""


@guard
def review_delivered(case: Case, step: Any, today: dt.date) -> None:
    if case.state is State.REVIEWED and clocks.running(case, "L2"):
        raise Refusal(_l("The review opinion is delivered first (art. 35)."))


@guard
def agreement_voluntary(case: Case, step: Any, today: dt.date) -> None:
    if step is not None and step.agreement and not step.voluntary:
        raise Refusal(_l("Such an agreement is voluntary or it is none (art. 33)."), "voluntary")
    if step is not None and step.agreement:
        _no_waiver(step.evidence, "evidence")


@guard
def own_will(case: Case, step: Any, today: dt.date) -> None:
    if step is None:
        return
    if not step.written:
        raise Refusal(_l("A withdrawal is in writing."), "written")
    if not step.own_will:
        raise Refusal(_l("A withdrawal counts only when nobody pressed for it (art. 18)."), "own_will")


@guard
def papers_complete(case: Case, step: Any, today: dt.date) -> None:
    drafts = sa.select(Document.id).where(Document.case_id == case.id, Document.state == DocumentState.DRAFT)
    if db.session.scalars(drafts.limit(1)).first() is not None:
        raise Refusal(_l("A paper of this case is still a draft."))


@guard
def no_right_open(case: Case, step: Any, today: dt.date) -> None:
    """What lies in the archive is not reviewed any more: it goes there when the right is over."""
    still = [clock for clock in clocks.running(case, "T7", "T9", "T13") if today <= clock.due_legal]
    if still:
        raise Refusal(
            _l("Until %(day)s the petitioner may still ask for review or evaluate (art. 35, 36).",
               day=max(clock.due_legal for clock in still))
        )  # fmt: skip


@guard
def dispute_rises(case: Case, step: Any, today: dt.date) -> None:
    before = last(case, Dispute)
    order = list(Jurisdiction)
    if before is None or step is None or step.level is None or case.state is not State.DISPUTED:
        return  # a new objection begins a new dispute
    if order.index(step.level) <= order.index(before.level):
        raise Refusal(_l("A dispute goes on to the next higher place (art. 24)."), "level")


@guard
def has_unit(case: Case, step: Any, today: dt.date) -> None:
    if case.unit is None or case.sent_on is None:
        raise Refusal(_l("The matter has not reached a unit yet."))


@guard
def leader_clear(case: Case, step: Any, today: dt.date) -> None:
    """A leader is named in words, not by an account: who is recused, or complained of, leads nothing in it either."""
    words = "".join((getattr(step, "leader", None) or "").split())
    if not words:
        return
    kept_out = [recusal.full_name(row.officer) for row in recusal.in_force(case) if row.officer is not None]
    if any(name in words for name in kept_out) or words in "".join((case.accused or "").split()):
        raise Refusal(
            _l("Recused from this matter: no part in it until the office head rules (art. 28)."), "leader"
        )


@guard
def correctable(case: Case, step: Any, today: dt.date) -> None:
    if step is None:
        return
    if step.field not in CORRECTABLE:
        raise Refusal(_l("This fact is not corrected; what the petitioner said stays as it was."), "field")
    if not (step.new_value or "").strip():
        raise Refusal(_l("The new value is empty."), "new_value")
    value = step.new_value.strip()
    if step.field == "people_count":
        if not (value.isascii() and value.isdigit()):
            raise Refusal(_l("This is no number."), "new_value")
        if not 1 <= int(value) <= 9999:
            raise Refusal(_l("The number of people is 1 to 9999."), "new_value")
    elif len(value) > (longest := Case.__table__.c[step.field].type.length):
        raise Refusal(_l("At most %(most)s characters.", most=longest), "new_value")
    if unknown := papers.undrawable(value):
        raise Refusal(
            _l("No font of the papers has %(characters)s: write it in another way.",
               characters="、".join(f"“{code}”" for code in unknown[:5])), "new_value",
        )  # fmt: skip
    if value == str(getattr(case, step.field)):
        raise Refusal(_l("This is what stands there already."), "new_value")


@guard
def voiding_asked(case: Case, step: Any, today: dt.date) -> None:
    asked = last(case, VoidRequest)
    if asked is None:
        raise Refusal(_l("Nobody asked for the voiding: request and approval are two persons' (art. 43)."))
    not_the_asker(asked, step)


def not_the_asker(asked: Any, step: Any) -> None:
    """Four eyes: who asked for it does not approve it."""
    if step is not None and step.officer is not None and step.officer.id == asked.officer_id:
        raise Refusal(_l("Who asked for it does not approve it (art. 43)."))


@guard
def reasoned(case: Case, step: Any, today: dt.date) -> None:
    if step is not None and not (step.reason or "").strip():
        raise Refusal(_l("This needs a reason; it stays in the story of the case (art. 43)."), "reason")
