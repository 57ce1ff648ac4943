"""The verbs of the cases room: register a petition, take a step. The only code that writes cases, steps and clocks.

Each verb is part of the caller's transaction and is written whole or not at all: the step, its clocks, its paper and
its audit entries commit together. The caller has fetched the case through the scope; from there on the verb works
with all rows, and says so.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from blinker import Signal
from flask_babel import lazy_gettext as _l

from app.cases import (
    clocks,
    effects,
    effects_followup,
    effects_paths,
    effects_recusal,
    guards,
    guards_followup,
    guards_paths,
    guards_recusal,
    paper_fields,
    paper_work,
    recusal,
    workflow,
)
from app.cases.enums import (
    ENDED,
    KIND_OF_PURPOSE,
    Channel,
    LegalPath,
    MatterKind,
    PartRole,
    PetitionerType,
    RecusalGround,
    State,
)
from app.cases.models import Case, Disclosure, Representative
from app.cases.steps import Registration, Step
from app.cases.steps_recusal import Recusal
from app.core import crypto, idcard, settings
from app.core.codes import new_code
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import current_reach, seeing_all
from app.documents import numbers
from app.documents import operations as papers
from app.organisation.models import Officer, Unit
from app.organisation.reach import accusation_keeper, conference_office

registered = Signal("Cases entered the register (``case_ids``), in the same transaction.")
step_taken = Signal("A step was taken, in the same transaction; rooms above follow their case by it.")

TITLE_LENGTH = 60
PRINTED = ("petitioner_name", "address", "request", "facts", "title", "companions")
FROM_ABOVE = (Channel.SUPERIOR, Channel.WEB)  # the national bureau hands down through its system
OWED_BY_OFFICE = ("L1", "L5", "L6", "L_OFF")  # objection, dispute, closing report, striking a package off
DISCLOSED_FOR = dt.timedelta(minutes=30)


# ---- registration -----------------------------------------------------------------------------------------------


def register(
    case: Case,
    representatives: list[str],
    officer: Officer,
    at: dt.datetime,
    unit: Unit | None = None,
    print_papers: bool = True,
    received_on: dt.date | None = None,
) -> Registration:
    """Register a petition (art. 19 to 22): checked, numbered, with its query code, its first clock and its papers.

    ``received_on`` is the day it came in where that was earlier: a part split off a letter, whose time runs already.
    Raises Refusal with the field for whatever the regulation refuses.
    """
    unit = unit or officer.unit
    if unit is None:
        raise Refusal(_l("Your account belongs to no unit; an administrator must set it."))
    check_content(case, at.date())
    check_people(case, representatives)
    with seeing_all("a new petition is registered"), db.session.no_autoflush:
        case.number = case.number or f"XF{at:%Y%m}{numbers.take('XF', int(f'{at:%Y%m}')):04d}"
        case.query_code = new_code()
        case.kind = KIND_OF_PURPOSE[case.purpose]
        case.legal_path = LegalPath.C6 if case.kind is MatterKind.CLAIM else None
        case.registered_at, case.registered_unit = at, unit
        accusation = case.kind is MatterKind.ACCUSATION
        case.unit = owner = accusation_keeper(case.accused_unit) if accusation else recusal.desk(case)
        case.state = State.REGISTERED
        case.representatives = [Representative(name=name) for name in representatives]
        db.session.add(case)
        db.session.flush()
        step = Registration(case=case, officer=officer, unit=unit, taken_at=at, to_state=State.REGISTERED)
        db.session.add(step)
        db.session.flush()
        if owner is not None and not accusation:
            effects.give_part(case, PartRole.REGISTRAR, unit=owner)
        clocks.start(case, _first_clock(case), received_on or at.date(), step, unit=owner)
        clocks.settle(case)
        db.session.flush()
        if print_papers:
            fields = paper_fields.of_case(case, at.date(), officer) | {"paper_code": case.number}
            step.document = papers.issue("D01", unit, fields, at, officer, case.id)
            papers.issue("D02", unit, fields | {"query_code": case.query_code, "paper_code": case.query_code}, at,
                         officer, case.id)  # fmt: skip
            db.session.flush()
        registered.send(case, case_ids=[case.id])
        for named in recusal.officers_named(case):
            _recuse_named(case, named, at)
    return step


def _recuse_named(case: Case, named: Officer, at: dt.datetime) -> None:
    """Who is complained of by name is kept out from the first moment (art. 28); the office head ends it for one who
    only bears the same name."""
    reason = str(_l("Bears the name of who is complained of; recorded at registration."))
    take(Recusal(who=named, ground=RecusalGround.NAMED, reason=reason), case, None, at, print_papers=False)


def _first_clock(case: Case) -> str:
    """T2 where the organ that registers may itself have to accept (art. 23); the petition office forwards (T1), in the
    county's part of the term what the national bureau registered (T1a)."""
    if case.national:
        return workflow.NATIONAL_CLOCK
    direct = guards_paths.is_organ(case.registered_unit) and case.unit is case.registered_unit
    return workflow.DIRECT_CLOCK if direct else workflow.FIRST_CLOCK


def check_content(case: Case, today: dt.date) -> None:
    """Art. 19: name, address, request, facts and reasons; a number that can be right."""
    for field, sentence in (
        ("petitioner_name", _l("The name of the petitioner is missing (art. 19).")),
        ("address", _l("The address is missing (art. 19).")),
        ("request", _l("The request is missing (art. 19).")),
        ("facts", _l("The facts and reasons are missing (art. 19).")),
    ):
        value = (getattr(case, field) or "").strip()
        if not value:
            raise Refusal(sentence, field)
        setattr(case, field, value)
    case.title = (case.title or "").strip() or case.request.splitlines()[0][:TITLE_LENGTH]
    for field in PRINTED:
        if unknown := papers.undrawable(getattr(case, field) or ""):
            raise Refusal(
                _l("No font of the papers has %(characters)s: write it in another way.",
                   characters="、".join(f"“{code}”" for code in unknown[:5])), field,
            )  # fmt: skip
    case.id_number = _checked_id(case, today)
    case.id_index = crypto.blind_index(idcard.lasting(case.id_number) if case.id_number else None)
    if case.phone:
        try:
            case.phone = idcard.normalise_phone(case.phone)
        except idcard.Refused as wrong:
            raise Refusal(_l("This is no telephone number."), "phone") from wrong
    case.phone_index = crypto.blind_index(case.phone)


def _checked_id(case: Case, today: dt.date) -> str | None:
    if not (case.id_number or "").strip():
        return None
    try:
        if case.petitioner_type in (None, PetitionerType.PERSON):
            return idcard.parse_id(case.id_number or "", today).number
        return idcard.parse_credit_code(case.id_number or "")
    except idcard.Refused as wrong:
        raise Refusal(ID_FAULTS[wrong.code], "id_number") from wrong


ID_FAULTS: dict[idcard.Fault, Any] = {
    idcard.Fault.ID_CHECK_DIGIT: _l("The check digit of the ID card is wrong."),
    idcard.Fault.ID_LENGTH: _l("An ID card number has 18 characters (15 on old papers)."),
    idcard.Fault.ID_CHARACTERS: _l("An ID card number has digits, and at the end perhaps an X."),
    idcard.Fault.ID_REGION: _l("The region in the ID card number does not exist."),
    idcard.Fault.ID_BIRTH_DATE: _l("The birth date in the ID card number does not exist."),
    idcard.Fault.ID_BORN_LATER: _l("The birth date in the ID card number lies in the future."),
    idcard.Fault.CREDIT_LENGTH: _l("A unified social credit code has 18 characters."),
    idcard.Fault.CREDIT_CHARACTERS: _l(
        "A unified social credit code has digits and capitals without I, O, S, V, Z."
    ),
    idcard.Fault.CREDIT_CHECK: _l("The check character of the unified social credit code is wrong."),
}


def check_people(case: Case, representatives: list[str]) -> None:
    """Art. 20: a joint petition made in person names representatives, five at most."""
    most = settings.number("representatives_max")
    if len(representatives) > most:
        raise Refusal(_l("At most %(most)s representatives (art. 20).", most=most), "representatives_text")
    if not 1 <= (case.people_count or 0) <= 9999:
        raise Refusal(_l("The number of people is 1 to 9999."), "people_count")
    if len(representatives) > case.people_count:
        raise Refusal(_l("There are more representatives than people (art. 20)."), "representatives_text")
    if case.channel is Channel.VISIT and case.people_count > most and not representatives:
        raise Refusal(
            _l("A joint visit of more than %(most)s people names its representatives (art. 20).", most=most),
            "representatives_text",
        )
    if case.national and case.channel not in FROM_ABOVE:
        raise Refusal(
            _l("What the national bureau registered comes from above: choose that channel."), "channel"
        )
    if case.involved_count is not None and not 0 <= case.involved_count <= 999_999:
        raise Refusal(_l("This number of people cannot be right."), "involved_count")


def is_group_visit(case: Case) -> bool:
    """集体访: people who came together, from a number on that an office may set (domain.md §6.4)."""
    return case.channel is Channel.VISIT and case.people_count >= settings.number("group_visit_from")


# ---- steps --------------------------------------------------------------------------------------------------------


def take(step: Any, case: Case, officer: Officer | None, at: dt.datetime, print_papers: bool = True) -> Any:
    """Take a step: check the turn and the guards, write it, move the case, its clocks and its paper.

    Raises Refusal; somebody else's step in the same moment shows as a Refusal of the turn or as StaleDataError.
    """
    move = workflow.MOVES[step.kind]
    today = at.date()
    with seeing_all(f"step {step.kind} on case {case.id}"), db.session.no_autoflush:
        db.session.refresh(case, with_for_update=True)
        step.case = case
        step.officer, step.taken_at = officer, at  # guards may ask who
        if step.kind not in recusal.TAKES_IN:
            recusal.stay_clear(case, officer=officer)
        guards.turn(case, move.from_)
        for name in move.guards:
            guards.GUARDS[name](case, step, today)
        effects.before(step, case)
        ended_on = effects.ENDED_ON[step.kind](case, step) if step.kind in effects.ENDED_ON else today
        judging = (*move.stops, *move.answers)
        # a right that was not used in time (objection, review) makes no step late
        judged = [clock for clock in clocks.running(case, *judging) if clock.duty] if judging else []
        step.unit = (officer.unit if officer is not None else None) or case.unit
        step.from_state = case.state
        step.to_state = effects.LEADS[step.kind](step) if step.kind in effects.LEADS else _target(move, case)
        step.late = any(ended_on > clock.due_legal for clock in judged)
        step.note = step.note or ""
        db.session.add(step)
        db.session.flush()  # the step stands before the state it leads to (the database checks)
        clocks.stop(case, (*move.stops, *move.drops), ended_on, step)
        apply = effects.EFFECTS.get(step.kind)
        if apply is not None:
            apply(case, step, today)
        for code in move.starts:
            _start(case, code, today, step)
        case.state, case.led_by = step.to_state, step.id  # in one write with the facts it leads
        if case.state in ENDED and step.from_state not in ENDED:
            clocks.end(case, today, step)
        clocks.settle(case)
        db.session.flush()
        code = effects.paper_of(step, move.paper)
        if code and print_papers:
            fields = paper_fields.of_step(case, step, today)
            step.document = papers.issue(
                code, case.unit or case.registered_unit, fields, at, officer, case.id
            )
            db.session.flush()
        step_taken.send(case, step=step, at=at)
        clocks.settle(case)  # rooms above may have ended a duty
        db.session.flush()
    return step


def _target(move: workflow.Move, case: Case) -> State:
    return move.to if isinstance(move.to, State) else case.state


def _start(case: Case, code: str, today: dt.date, step: Any) -> None:
    if code == "T5":
        code = clocks.main_code(case)
        clocks.start(case, code, case.accepted_on or today, step)
    elif code in ("T7", "T9", "T13"):  # the petitioner's rights, from receipt
        if code != "T7" or case.legal_path is LegalPath.C6:
            clocks.start(case, code, step.received_on, step)
    elif step.kind == "review_opinion" and code == "L2":
        if step.to_state is State.REVIEWED:  # revoked, it goes back to the unit at once
            clocks.start(case, code, today, step, unit=conference_office())
    elif code in OWED_BY_OFFICE:  # transfers go out in the conference office's name (S002): it rules on them
        clocks.start(case, code, today, step, unit=conference_office())
    elif code in ("T11", "T_SUP", "L_INS", "L_PKG"):
        owed_by = getattr(step, "owed_by", None)  # a letter may go to another unit than the responsible one
        clocks.start(case, code, today, step, unit=owed_by, length=step.feedback_days)
    else:
        clocks.start(case, code, today, step)


def disclose(disclosure: Disclosure, case: Case, officer: Officer, at: dt.datetime) -> None:
    """Record why an officer looks at the plain numbers. Raises Refusal without a reason."""
    if len((disclosure.reason or "").strip()) < 2:
        raise Refusal(_l("Say what you need the numbers for."), "reason")
    if _only_registered(case, officer) and case.registered_at.date() != at.date():
        raise Refusal(_l("Who only registered a petition sees its numbers on the day of registration."))
    with seeing_all("a disclosure is recorded"):
        disclosure.case, disclosure.officer, disclosure.at = case, officer, at
        db.session.add(disclosure)
        db.session.flush()


def _only_registered(case: Case, officer: Officer) -> bool:
    """Whether nothing but its registration brings this officer to the case (domain.md §7.2b: 当日)."""
    reach = current_reach()
    if reach is None or reach.everything:
        return False
    mine = [part for part in case.parts if part.active and
            (part.officer_id == officer.id or part.unit_id in reach.units)]  # fmt: skip
    return bool(mine) and all(part.role is PartRole.REGISTRAR for part in mine)


def disclosed(case: Case, officer: Officer, at: dt.datetime) -> bool:
    """Whether this officer said within the last half hour why they need this case's numbers."""
    query = sa.select(Disclosure.id).where(
        Disclosure.case_id == case.id, Disclosure.officer_id == officer.id, Disclosure.at > at - DISCLOSED_FOR
    )
    return db.session.scalars(query.limit(1)).first() is not None


def possible_steps(case: Case, today: dt.date) -> list[tuple[workflow.Move, str]]:
    """Every move of the state with why it is not possible now (empty: it is), likeliest first."""
    result = []
    for move in workflow.next_steps(case.state):
        why = ""
        for name in move.guards:
            try:
                guards.GUARDS[name](case, None, today)
            except Refusal as refusal:
                why = str(refusal)
                break
        result.append((move, why))
    return result


__all__ = [
    "Step",
    "check_content",
    "check_people",
    "effects_followup",
    "effects_paths",
    "effects_recusal",
    "guards_followup",
    "guards_paths",
    "guards_recusal",
    "is_group_visit",
    "paper_work",
    "possible_steps",
    "register",
    "take",
]
