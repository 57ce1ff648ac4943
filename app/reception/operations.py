"""The verbs of a reception: put forward, Friday's list, arrange, prepare, invite, hold, notice, report back, close.

待呈报 → 已呈报 → 已安排 → 四书已发 → 已接访 → 督办通知书已发 → 已向领导汇报 → 销号 (domain.md §7.5).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import clocks, guards, paper_fields, recusal, shown
from app.cases import operations as cases
from app.cases.effects import EFFECTS, end_parts, give_part
from app.cases.enums import ENDED, OPEN, MatterKind, PartRole
from app.cases.models import Case
from app.cases.paper_fields import OF_STEP
from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.documents import operations as papers
from app.documents.compose import one_line
from app.documents.models import Document, DocumentKind, DocumentState
from app.organisation.models import Officer, Post, UnitKind
from app.organisation.reach import conference_office
from app.packages import instructions
from app.packages import operations as packages
from app.packages.steps import Instruction
from app.reception.models import (
    LED,
    RUNNING,
    FridayList,
    FridayReader,
    Reception,
    ReceptionState,
)
from app.reception.steps import (
    ReceptionArranged,
    ReceptionCalledOff,
    ReceptionClosing,
    ReceptionHeld,
    ReceptionLetters,
    ReceptionNotice,
    ReceptionOpinion,
)

R = ReceptionState
PREPARING = "L_OPN"
LIST, INVITATIONS = "D23A", ("D21", "D22", "D23")


# ---- looking -----------------------------------------------------------------------------------------


def running(case: Case) -> Reception | None:
    """The one reception of the case that is not over, as far as the reader sees it."""
    query = sa.select(Reception).where(Reception.case_id == case.id, Reception.state.in_(RUNNING))
    return db.session.scalars(query).first()


def _standing(case: Case, *states: ReceptionState) -> Reception:
    reception = running(case)
    if reception is None or reception.state not in states:
        raise Refusal(_l("This is not possible in the state of the reception."))
    return reception


def _guard(name: str, *states: ReceptionState) -> None:
    def guard(case: Case, step: Any, today: dt.date) -> None:
        _standing(case, *states)

    guards.GUARDS[name] = guard


for _name, _states in (
    ("reception_listed", (R.SUBMITTED, R.ARRANGED, R.INVITED)),
    ("reception_unprepared", (R.ARRANGED,)),
    ("reception_ahead", (R.ARRANGED, R.INVITED)),
    ("reception_invited", (R.INVITED,)),
    ("reception_reported", (R.REPORTED,)),
):
    _guard(_name, *_states)


@guards.guard
def reception_prepared(case: Case, step: Any, today: dt.date) -> None:
    reception = _standing(case, R.ARRANGED)
    if opinion_of(reception) is None:
        raise Refusal(_l("The unit's preliminary opinion comes before the invitation."))
    if reception.meets_on is None or reception.meets_on <= today:
        raise Refusal(_l("Letters go out before the day of the reception: arrange it anew."))


@guards.guard
def reception_done(case: Case, step: Any, today: dt.date) -> None:
    """The notice follows the reception, also where the unit was quick and has reported back already; once."""
    reception = _standing(case, R.HELD, R.REPORTED)
    query = sa.select(ReceptionNotice.id).where(ReceptionNotice.reception_id == reception.id)
    if db.session.scalars(query.limit(1)).first() is not None:
        raise Refusal(_l("The notice after this reception is out already."))


def opinion_of(reception: Reception) -> ReceptionOpinion | None:
    """The unit's opinion on the arrangement in force: another day or leader asks for it anew."""
    arranged = sa.select(sa.func.max(ReceptionArranged.id)).where(
        ReceptionArranged.reception_id == reception.id
    )
    query = sa.select(ReceptionOpinion).where(
        ReceptionOpinion.reception_id == reception.id, ReceptionOpinion.id > arranged.scalar_subquery()
    )
    given = db.session.scalars(query.order_by(ReceptionOpinion.id.desc()).limit(1)).first()
    return given


def prepared() -> set[int]:
    """Every reception whose arrangement in force has its opinion, in one statement."""
    later = sa.exists().where(
        ReceptionArranged.reception_id == ReceptionOpinion.reception_id,
        ReceptionArranged.id > ReceptionOpinion.id,
    )
    return set(db.session.scalars(sa.select(ReceptionOpinion.reception_id).where(sa.not_(later))))


def under_way() -> dict[int, Reception]:
    """The reception of every case that has one under way, in one statement."""
    found = db.session.scalars(sa.select(Reception).where(Reception.state.in_(RUNNING)))
    return {reception.case_id: reception for reception in found}


# ---- Friday's list -----------------------------------------------------------------------------------


def put_forward(case: Case, reception: Reception, officer: Officer, at: dt.datetime) -> None:
    """From the week's visits, or any open case: a leader should hear this."""
    with seeing_all(f"case {case.id} is put forward for a reception"), db.session.no_autoflush:
        db.session.refresh(case, with_for_update=True)
        why_not_forward(case)
        reception.why, reception.history = (reception.why or "").strip(), (reception.history or "").strip()
        if not reception.why:
            raise Refusal(_l("Say why a leader should receive it."), "why")
        reception.case, reception.state = case, R.LISTED
        reception.listed_at, reception.listed_by, reception.listed_unit = at, officer, officer.unit
        db.session.add(reception)
        db.session.flush()


def why_not_forward(case: Case) -> None:
    """Raises Refusal where a case cannot go to a reception. An accusation never does (art. 30)."""
    guards.turn(case, OPEN)
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is handed to its keeper, never routed to a unit (art. 30)."))
    with seeing_all("whether a reception is under way"):
        if running(case) is not None:
            raise Refusal(_l("A reception of this case is under way."))
    if case.unit is None or case.unit.kind is UnitKind.CONFERENCE or case.sent_on is None:
        raise Refusal(_l("The matter has not reached a unit yet."))


def drafted_list() -> Document | None:
    """Friday's list as the office drew it up, not yet signed."""
    query = sa.select(Document).where(
        Document.kind.has(DocumentKind.code == LIST), Document.state == DocumentState.DRAFT
    )
    return db.session.scalars(query.order_by(Document.id.desc()).limit(1)).first()


def draw_up_list(officer: Officer, at: dt.datetime) -> Document:
    """Everything put forward, on one paper for the head to sign; drawn up anew until then."""
    with seeing_all("Friday's list is drawn up"), db.session.no_autoflush:
        query = sa.select(Reception).where(Reception.state == R.LISTED).order_by(Reception.id)
        found = list(db.session.scalars(query.with_for_update()))
        if not found:
            raise Refusal(_l("Nothing is put forward for Friday's list."))
        fields = _list_fields(found, _readers(found), officer, at.date())
        document = drafted_list()
        if document is None:
            document = papers.draft(LIST, conference_office(), fields, at, officer)
        else:
            papers.redraft(document, fields)
            document.drafted_by, document.drafted_at = officer, at
        db.session.flush()
    return document


def friday_list(officer: Officer, at: dt.datetime) -> FridayList:
    """Signed as it was drawn up, and laid before the leaders who stand clear of all of it."""
    with seeing_all("Friday's list to the leaders"), db.session.no_autoflush:
        document = drafted_list()
        if document is None:
            raise Refusal(_l("Friday's list is not drawn up yet."))
        query = sa.select(Reception).where(Reception.id.in_(document.fields["receptions"]))
        found = list(db.session.scalars(query.order_by(Reception.id).with_for_update()))
        if any(row.state is not R.LISTED for row in found):
            raise Refusal(_l("A matter was taken off the list meanwhile: draw it up anew."))
        papers.sign(document, officer, at)
        made = FridayList(
            made_on=at.date(), made_by=document.drafted_by or officer, document=document, count=len(found)
        )
        made.readers = [FridayReader(officer=leader) for leader in _readers(found)]
        db.session.add(made)
        db.session.flush()
        for row in found:
            row.friday, row.state = made, R.SUBMITTED
        db.session.flush()
    return made


def _readers(found: list[Reception]) -> list[Officer]:
    return [leader for leader in leaders() if not any(_near(row.case, leader) for row in found)]


def leaders() -> list[Officer]:
    query = sa.select(Officer).join(Post, Post.id == Officer.post_id).where(
        Post.name.in_(packages.leader_posts()), Officer.active
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Officer.id)))


def _near(case: Case, leader: Officer) -> bool:
    return recusal.recused(case, officer=leader) or recusal.named(case, leader.unit)


def _list_fields(
    found: list[Reception], readers: list[Officer], officer: Officer, today: dt.date
) -> dict[str, Any]:
    """Petitioners by masked name: who they are stands in the case, for whom it is arranged."""
    with force_locale(paper_fields.PAPER_LANGUAGE):
        rows = "\n".join(
            f"@3 {place} | "
            + one_line(
                f"{row.case.number} {shown.who(row.case)}；{row.case.title}（{row.case.unit}）\n呈报理由：{row.why}\n"
                f"办理情况：{row.history or '见事项办理记录'}"
            )
            for place, row in enumerate(found, 1)
        )
    return {
        "list_on": today.isoformat(), "count": len(found), "rows": rows, "officer": str(officer),
        "readers": "、".join(str(leader) for leader in readers) or "—", "receptions": [row.id for row in found],
    }  # fmt: skip


def withdraw(reception: Reception, reason: str) -> None:
    """Not needed any more, or not arranged by the leaders. No step: nothing of the case has come of it, and its unit
    never heard of it."""
    reason = (reason or "").strip()
    with seeing_all(f"reception {reception.id} is not arranged"), db.session.no_autoflush:
        if not reason:
            raise Refusal(_l("Say why it does not take place."), "ended_why")
        db.session.refresh(reception.case, with_for_update=True)
        db.session.refresh(reception, with_for_update=True)
        if reception.state not in (R.LISTED, R.SUBMITTED):
            raise Refusal(_l("This is not possible in the state of the reception."))
        reception.state, reception.ended_why = R.ENDED, reason
        db.session.flush()


def call_off(case: Case, step: ReceptionCalledOff, officer: Officer, at: dt.datetime) -> None:
    """What was arranged does not take place: leader and unit read it on the case, letters that went out are voided."""
    with seeing_all(f"a reception of case {case.id} is called off"), db.session.no_autoflush:
        reception = step.reception = _standing(case, R.ARRANGED, R.INVITED)
        step.reason = (step.reason or "").strip()
        if not step.reason:
            raise Refusal(_l("Say why it does not take place."), "reason")
        step.invited = reception.state is R.INVITED
        cases.take(step, case, officer, at)
        _void_letters(reception, step.reason, at)
        reception.state, reception.ended_why = R.ENDED, step.reason
        db.session.flush()
        packages.let_go(case, reception.leader)
        db.session.flush()


def _void_letters(reception: Reception, why: str, at: dt.datetime) -> None:
    """What was told to petitioner, unit and leader does not hold any more; the numbers stay taken."""
    query = sa.select(Document).where(
        Document.case_id == reception.case_id, Document.state == DocumentState.SIGNED,
        Document.kind.has(DocumentKind.code.in_(INVITATIONS)), Document.signed_at >= reception.listed_at,
    )  # fmt: skip
    for paper in db.session.scalars(query):
        papers.void(paper, why, at)


# ---- arranging and inviting --------------------------------------------------------------------------


def arrange(case: Case, step: ReceptionArranged, officer: Officer, at: dt.datetime) -> None:
    """Arrange it, or anew: another day or leader asks the unit for its opinion and all for their letters again."""
    with seeing_all(f"a reception of case {case.id} is arranged"), db.session.no_autoflush:
        step.reception = _standing(case, R.SUBMITTED, R.ARRANGED, R.INVITED)
        packages._fit_leader(case, step.leader)
        if step.leader is None:
            raise Refusal(_l("Choose the leader."), "leader")
        if step.meets_on is None or step.meets_on <= at.date():
            raise Refusal(
                _l("A reception lies ahead: the unit and the petitioner need their time."), "meets_on"
            )
        for field in ("hours", "place", "heads"):
            if not (getattr(step, field) or "").strip():
                raise Refusal(_l("The letters need this."), field)
        if step.reception.state is R.INVITED:  # invited already: back to where letters are due
            _void_letters(step.reception, _("Arranged anew."), at)
            step.reception.state = R.SUBMITTED
            db.session.flush()
        cases.take(step, case, officer, at)


def _arranged(case: Case, step: Any, today: dt.date) -> None:
    reception = step.reception
    before = reception.leader
    reception.leader, reception.visit, reception.meets_on = step.leader, step.visit, step.meets_on
    reception.hours, reception.place, reception.state = step.hours, step.place, R.ARRANGED
    if before is not step.leader:
        db.session.flush()
        packages.let_go(case, before)
    give_part(case, PartRole.LEADER, officer=step.leader)
    clocks.stop(case, (PREPARING,), today, step)
    clocks.start(case, PREPARING, today, step, length=_days_to_prepare(today, step.meets_on))


def _days_to_prepare(today: dt.date, meets_on: dt.date) -> int:
    """The rule's days, or as many working days as lie before the reception."""
    before = clocks.calendar().workdays_between(today, meets_on - dt.timedelta(days=1))
    return min(clocks.rule(PREPARING).length, before)


def prepare(case: Case, step: ReceptionOpinion, officer: Officer, at: dt.datetime) -> None:
    with seeing_all(f"a preliminary opinion on case {case.id}"), db.session.no_autoflush:
        step.reception = _standing(case, R.ARRANGED)
        for field in ("facts", "opinion"):
            if not (getattr(step, field) or "").strip():
                raise Refusal(_l("The leader wants the facts and an opinion."), field)
        cases.take(step, case, officer, at)


def invite(case: Case, step: ReceptionLetters, officer: Officer, at: dt.datetime) -> None:
    """Petitioner, unit and leader are told together: three letters, numbered and signed at once."""
    with seeing_all(f"letters of reception on case {case.id}"), db.session.no_autoflush:
        step.reception = _standing(case, R.ARRANGED)
        cases.take(step, case, officer, at)
        fields = paper_fields.of_step(case, step, at.date())
        for code in INVITATIONS[1:]:
            papers.issue(code, conference_office(), fields, at, officer, case.id)
        step.reception.state = R.INVITED
        db.session.flush()


def _letters(case: Case, step: Any, today: dt.date) -> dict[str, Any]:
    reception, opinion = step.reception, opinion_of(step.reception)
    arranged = _arrangement(reception)
    return _meeting(reception) | _contacts(step.officer) | {
        "heads": arranged.heads, "materials": arranged.materials, "history": reception.history or reception.why,
        "facts_found": opinion.facts if opinion is not None else "",
        "opinion": opinion.opinion if opinion is not None else "",
        "representatives_max": settings.number("representatives_max"),
    }  # fmt: skip


def _arrangement(reception: Reception) -> ReceptionArranged:
    query = sa.select(ReceptionArranged).where(ReceptionArranged.reception_id == reception.id)
    return db.session.scalars(query.order_by(ReceptionArranged.id.desc()).limit(1)).one()


def _meeting(reception: Reception) -> dict[str, Any]:
    assert reception.leader is not None and reception.meets_on is not None
    return {
        "leader": str(reception.leader), "leader_post": str(reception.leader.post or ""),
        "meets_on": reception.meets_on.isoformat(), "hours": reception.hours, "meet_place": reception.place,
        "visit": str(reception.visit or ""),
    }  # fmt: skip


def _contacts(officer: Officer | None) -> dict[str, Any]:
    phone = conference_office().phone
    return {"contacts": [f"联系人：{officer or ''}", f"电话：{phone}" if phone else ""]}


# ---- the day and after -------------------------------------------------------------------------------


def hold(case: Case, step: ReceptionHeld, officer: Officer, at: dt.datetime) -> None:
    """Record the reception; the leader's instruction begins the unit's time to report back."""
    with seeing_all(f"a reception of case {case.id}"), db.session.no_autoflush:
        reception = step.reception = _standing(case, R.INVITED)
        assert reception.leader is not None and reception.meets_on is not None
        if at.date() < reception.meets_on:
            raise Refusal(
                _l("The reception is on %(day)s; it is recorded when it was held.", day=reception.meets_on)
            )
        for field in ("present", "record"):
            if not (getattr(step, field) or "").strip():
                raise Refusal(_l("The record says who was there and what was said."), field)
        step.instruction = (step.instruction or "").strip()
        if step.came and not step.instruction:
            raise Refusal(_l("What does the leader instruct?"), "instruction")
        if step.came and not 1 <= (step.days or 0) <= instructions.LONGEST:
            raise Refusal(
                _l("The answer is due within 1 to %(most)s days.", most=instructions.LONGEST), "days"
            )
        cases.take(step, case, officer, at)
        if not step.came:
            reception.state, reception.ended_why = R.ENDED, _("The petitioner did not come.")
            db.session.flush()
            return
        reception.state = R.HELD
        db.session.flush()
        said = Instruction(leader=reception.leader, text=step.instruction, feedback_days=step.days)
        cases.take(said, case, officer, at)


def notice(case: Case, step: ReceptionNotice, officer: Officer, at: dt.datetime) -> None:
    """The fourth letter: the leader's instruction goes to the unit, with its day."""
    with seeing_all(f"supervision notice on case {case.id}"), db.session.no_autoflush:
        step.reception = _standing(case, R.HELD, R.REPORTED)
        step.instruction = _said_there(step.reception)
        cases.take(step, case, officer, at)
        if step.reception.state is R.HELD:
            step.reception.state = R.NOTICED
        db.session.flush()


def _said_there(reception: Reception) -> Instruction:
    """The leader's instruction of this reception: the one its record gave rise to, whoever instructed since."""
    held = sa.select(sa.func.max(ReceptionHeld.id)).where(ReceptionHeld.reception_id == reception.id)
    query = sa.select(Instruction).where(
        Instruction.case_id == reception.case_id, Instruction.id > held.scalar_subquery()
    )
    return db.session.scalars(query.order_by(Instruction.id).limit(1)).one()


def _notice(case: Case, step: Any, today: dt.date) -> dict[str, Any]:
    clock = instructions.outcome(step.instruction)[0]
    return _meeting(step.reception) | _contacts(step.officer) | {
        "instruction": step.instruction.text, "responsible_unit": str(case.unit or ""),
        "due_on": clock.due_legal.isoformat() if clock is not None else "",
    }  # fmt: skip


def close(case: Case, step: ReceptionClosing, officer: Officer, at: dt.datetime) -> None:
    """三方满意: the three sides' words; the petitioner's own, with its evidence (never a condition of service)."""
    with seeing_all(f"a reception of case {case.id} is closed"), db.session.no_autoflush:
        step.reception = _standing(case, R.REPORTED)
        if not (step.evidence or "").strip():
            raise Refusal(_l("What the petitioner says is their own word: name the evidence."), "evidence")
        cases.take(step, case, officer, at)
        step.reception.state = R.CLOSED
        db.session.flush()


# ---- what the case does to it ------------------------------------------------------------------------


def _follow(case: Case, step: Any, at: dt.datetime) -> None:
    reception = running(case)
    if reception is None:
        return
    if step.kind == "instruction_answer" and reception.state in (R.HELD, R.NOTICED):
        reception.state = R.REPORTED
    held = reception.state in (R.HELD, R.NOTICED, R.REPORTED)
    too_near = reception.leader is not None and _near(case, reception.leader)
    gone = case.kind is MatterKind.ACCUSATION or (case.state in ENDED and not held)
    if step.kind in ("recusal", "classification") or gone:
        if gone or too_near:
            reception.state = R.ENDED
            reception.ended_why = _("Ended with the step “%(step)s”.", step=step.title)
            clocks.stop(case, (PREPARING,), at.date(), step)
        if case.kind is MatterKind.ACCUSATION:
            end_parts(case, PartRole.LEADER)
    db.session.flush()


def _receives(case: Case, officer: Officer) -> bool:
    reception = running(case)
    return reception is not None and reception.leader is officer and reception.state in LED


EFFECTS["reception_arranged"] = _arranged
OF_STEP["reception_letters"] = _letters
OF_STEP["reception_notice"] = _notice
packages.STILL_LEADS.append(_receives)
cases.step_taken.connect(_follow)
jobs.ISSUED_BY_STEPS |= {"D22", "D23", "D23A"}
