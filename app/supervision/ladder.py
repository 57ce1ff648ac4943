"""The verbs of the ladder: propose, decide or not, hold the talk, answer, end. In order, and by the joint conference.

R22 art. 39 gives talk, circular, listed supervision and rectification to the joint conference, art. 40 the suggestion
to call to account: the office proposes, the conference's convener decides, nobody both.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import clocks, guards
from app.cases import operations as cases
from app.cases.effects import EFFECTS, PAPERS, give_part
from app.cases.enums import ENDED, MatterKind, PartRole
from app.cases.models import Case
from app.cases.paper_fields import OF_STEP
from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.organisation.models import Officer, UnitKind
from app.organisation.reach import conference_office
from app.supervision.ladder_models import MeasureState, Rung, SupervisionMeasure, SupervisionReminder
from app.supervision.ladder_steps import MeasureAnswer, MeasureDecision, MeasureEnd, TalkRecord
from app.supervision.letter import letters_sent
from app.supervision.models import Supervision

RECTIFYING, LONGEST_TERM = "L_RECT", 365
LISTED = "LISTED"  # 挂牌督办 by the code of its row
M = MeasureState
IN_FORCE = (M.DECIDED, M.DONE)


# ---- looking -----------------------------------------------------------------------------------------


def rungs() -> list[Rung]:
    return list(db.session.scalars(sa.select(Rung).where(Rung.active).order_by(Rung.rank)))


def measures(case: Case, *states: MeasureState) -> list[SupervisionMeasure]:
    """Measures of the case in these states, oldest first, as far as the reader sees them."""
    query = sa.select(SupervisionMeasure).where(SupervisionMeasure.case_id == case.id)
    if states:
        query = query.where(SupervisionMeasure.state.in_(states))
    return list(db.session.scalars(query.order_by(SupervisionMeasure.id)))


def proposed(case: Case) -> SupervisionMeasure | None:
    return next(iter(measures(case, M.PROPOSED)), None)


def recorded(measure: SupervisionMeasure) -> bool:
    query = sa.select(TalkRecord.id).where(TalkRecord.measure_id == measure.id)
    return db.session.scalars(query.limit(1)).first() is not None


def _addressed(case: Case) -> None:
    if case.kind is MatterKind.ACCUSATION or case.unit is None or case.unit.kind is UnitKind.CONFERENCE:
        raise Refusal(_l("No unit but the office itself is responsible: there is nobody to write to."))


def in_order(case: Case, rung: Rung | None, today: dt.date) -> None:
    """Raises Refusal where the rung (None: the first) is not next: letters first, then rung by rung, each with its
    time to work."""
    _addressed(case)
    needed = settings.number("letters_before_ladder")
    sent = letters_sent(case, case.unit, unsettled=True)
    if sent < needed:
        raise Refusal(
            _l("First the letters: %(sent)s of %(needed)s are out, then the joint conference is asked.",
               sent=sent, needed=needed)
        )  # fmt: skip
    if rung is None:
        return
    if not rung.active:
        raise Refusal(_l("This measure is not in use."), "rung")
    below = [lower for lower in rungs() if lower.rank < rung.rank]
    if not below:
        return
    before = [m for m in measures(case, *IN_FORCE) if m.rung_id == below[-1].id and m.unit is case.unit]
    if not before:
        raise Refusal(_l("Rung by rung: “%(rung)s” comes first (art. 39).", rung=below[-1]), "rung")
    if below[-1].recorded and not recorded(before[-1]):
        raise Refusal(_l("The talk was not held and recorded yet."), "rung")
    still = [c for c in clocks.running(case, RECTIFYING) if today <= c.due_legal]
    if still:
        raise Refusal(
            _l("The unit has until %(day)s to put it right.", day=max(c.due_legal for c in still)), "rung"
        )


# ---- proposing and deciding --------------------------------------------------------------------------


def propose(case: Case, measure: SupervisionMeasure, officer: Officer, at: dt.datetime) -> None:
    """The office asks the joint conference for a measure; the unit hears of it when it is decided."""
    with seeing_all(f"a measure on case {case.id} is proposed"), db.session.no_autoflush:
        db.session.refresh(case, with_for_update=True)
        if measure.rung is None:
            raise Refusal(_l("Choose the measure."), "rung")
        in_order(case, measure.rung, at.date())
        if proposed(case) is not None:
            raise Refusal(_l("A measure on this case is before the joint conference already."))
        _complete(measure)
        measure.days = measure.rung.days
        _enter(case, measure, officer, at)


def _enter(case: Case, measure: SupervisionMeasure, officer: Officer, at: dt.datetime) -> None:
    """Before the joint conference: the row as it was asked for."""
    assert case.unit is not None  # asked by in_order or resolvable
    measure.case, measure.unit, measure.state = case, case.unit, M.PROPOSED
    measure.proposed_by, measure.proposed_at = officer, at
    decider = conference_office().parent
    assert decider is not None
    measure.decider = decider
    give_part(case, PartRole.ARBITER, unit=measure.decider)
    db.session.add(measure)
    db.session.flush()


def _complete(measure: SupervisionMeasure) -> None:
    for field in ("facts", "demand", "persons", "meet_at", "decision"):
        setattr(measure, field, (getattr(measure, field) or "").strip())
    if not measure.facts:
        raise Refusal(_l("The joint conference wants the facts."), "facts")
    if not measure.demand:
        raise Refusal(_l("Say what the unit shall do."), "demand")
    if measure.rung.blames and measure.article is None:
        raise Refusal(_l("An accountability letter names the article (art. 42 to 46)."), "article")
    if not measure.rung.blames and measure.article is not None:
        raise Refusal(_l("Only an accountability letter names an article of liability."), "article")
    if measure.rung.recorded and not measure.persons:
        raise Refusal(_l("Name who is asked to the talk."), "persons")
    if measure.rung.recorded and not measure.meet_at:
        raise Refusal(_l("Say when and where the talk is."), "meet_at")


def decide(case: Case, step: MeasureDecision, officer: Officer, at: dt.datetime) -> SupervisionMeasure:
    """The convener decides: the paper is issued and, where the rung says so, the unit's time begins."""
    with seeing_all(f"a measure on case {case.id} is decided"), db.session.no_autoflush:
        measure = _before_the_conference(case, officer, at)
        in_order(case, measure.rung, at.date())
        _decided(case, measure, step, officer, at)
    return measure


def _decided(
    case: Case, measure: SupervisionMeasure, step: MeasureDecision, officer: Officer, at: dt.datetime
) -> None:
    measure.state, measure.decided_at = M.DECIDED, at
    measure.decision = (step.note or "").strip()
    step.measure, step.rung_name, step.feedback_days = measure, measure.rung.name, measure.days
    cases.take(step, case, officer, at)


def listing() -> Rung:
    """The rung of 挂牌督办. Raises Refusal where an office does not use it."""
    found = db.session.scalars(sa.select(Rung).where(Rung.code == LISTED, Rung.active)).first()
    if found is None:
        raise Refusal(_l("This measure is not in use."), "kind")
    return found


def resolvable(case: Case, rung: Rung, today: dt.date) -> None:
    """Raises Refusal where the joint conference, in session, cannot resolve the measure on this case.

    What it resolves itself waits for no letter and no lower rung, unless the setting says that the order holds.
    """
    _addressed(case)
    if proposed(case) is not None:
        raise Refusal(_l("A measure on this case is before the joint conference already."))
    if any(m.rung_id == rung.id and m.unit is case.unit for m in measures(case, M.DECIDED)):
        raise Refusal(_l("This measure is in force on the case already."))
    if settings.yes("resolved_measures_in_order"):
        in_order(case, rung, today)


def resolve(
    case: Case, measure: SupervisionMeasure, asked_by: Officer, officer: Officer, at: dt.datetime
) -> MeasureDecision:
    """A session of the joint conference resolved the measure: asked for by who put the matter before it, decided by
    its convener; ``days`` and words are the session's."""
    with seeing_all(f"a measure on case {case.id} is resolved in session"), db.session.no_autoflush:
        db.session.refresh(case, with_for_update=True)
        resolvable(case, measure.rung, at.date())
        _complete(measure)
        if asked_by.id == officer.id:
            raise Refusal(_l("Who asked for it does not approve it (art. 43)."))
        if not 1 <= measure.days <= LONGEST_TERM:
            raise Refusal(_l("The term of a measure is 1 to %(most)s days.", most=LONGEST_TERM), "due")
        step = MeasureDecision(note=measure.decision)
        _enter(case, measure, asked_by, at)
        _decided(case, measure, step, officer, at)
    return step


def refuse(measure: SupervisionMeasure, reason: str, officer: Officer, at: dt.datetime) -> None:
    """The convener decides against it; the unit never hears of it."""
    reason = (reason or "").strip()
    with seeing_all(f"measure {measure.id} is not decided"), db.session.no_autoflush:
        if not reason:
            raise Refusal(_l("Deciding against it needs a reason."), "decision")
        _before_the_conference(measure.case, officer, at)
        measure.state, measure.decided_at, measure.decision = M.REFUSED, at, reason
        db.session.flush()


def _before_the_conference(case: Case, officer: Officer, at: dt.datetime) -> SupervisionMeasure:
    db.session.refresh(case, with_for_update=True)
    measure = proposed(case)
    if measure is None:
        raise Refusal(_l("No measure on this case is before the joint conference."))
    if measure.proposed_by_id == officer.id:
        raise Refusal(_l("Who asked for it does not approve it (art. 43)."))
    if measure.unit is not case.unit:
        raise Refusal(_l("The responsible unit has changed since: the measure must be proposed anew."))
    return measure


# ---- carrying out ------------------------------------------------------------------------------------


def record_talk(case: Case, step: TalkRecord, officer: Officer, at: dt.datetime) -> None:
    with seeing_all(f"a talk on case {case.id} is recorded"), db.session.no_autoflush:
        step.measure = _standing(case, lambda m: m.rung.recorded and not recorded(m))
        names = [line.strip() for line in (step.persons or "").splitlines() if line.strip()]
        if not names:
            raise Refusal(_l("Name who was talked to, one a line."), "persons")
        if step.held_on is None or step.held_on > at.date():
            raise Refusal(_l("A talk is recorded when it was held."), "held_on")
        step.persons, step.count = "\n".join(names), len(names)
        cases.take(step, case, officer, at)
        step.measure.state, step.measure.done_at = M.DONE, at
        db.session.flush()


def answer(case: Case, step: MeasureAnswer, officer: Officer, at: dt.datetime) -> None:
    with seeing_all(f"a measure on case {case.id} is answered"), db.session.no_autoflush:
        step.measure = _standing(case, lambda m: m.days > 0)
        for field in ("causes", "done"):
            if not (getattr(step, field) or "").strip():
                raise Refusal(_l("The answer says the causes and what was put right."), field)
        cases.take(step, case, officer, at)


def end(case: Case, step: MeasureEnd, officer: Officer, at: dt.datetime) -> None:
    with seeing_all(f"a measure on case {case.id} ends"), db.session.no_autoflush:
        step.measure = _standing(case, lambda m: not m.rung.recorded)
        if not (step.reason or "").strip():
            raise Refusal(_l("Say why the measure has done its work."), "reason")
        cases.take(step, case, officer, at)
        step.measure.state, step.measure.done_at = M.DONE, at
        db.session.flush()


def _standing(case: Case, fits: Any) -> SupervisionMeasure:
    found = [measure for measure in measures(case, M.DECIDED) if fits(measure)]
    if not found:
        raise Refusal(_l("No such measure is in force on this case."))
    return found[-1]


# ---- guards: what the case page greys ----------------------------------------------------------------


@guards.guard
def measure_proposed(case: Case, step: Any, today: dt.date) -> None:
    if step is None and proposed(case) is None:
        raise Refusal(_l("No measure on this case is before the joint conference."))


def _needs(fits: Any) -> Any:
    def guard(case: Case, step: Any, today: dt.date) -> None:
        if not any(fits(measure) for measure in measures(case, M.DECIDED)):
            raise Refusal(_l("No such measure is in force on this case."))

    return guard


guards.GUARDS["talk_decided"] = _needs(lambda m: m.rung.recorded)
guards.GUARDS["measure_open"] = _needs(lambda m: m.days > 0)
guards.GUARDS["measure_lasting"] = _needs(lambda m: not m.rung.recorded)


# ---- papers and clocks -------------------------------------------------------------------------------


def _begin(case: Case, step: Any, today: dt.date) -> None:
    if step.feedback_days:
        clocks.stop(case, (RECTIFYING,), today, step)
        clocks.start(case, RECTIFYING, today, step, length=step.feedback_days)


def _decision_fields(case: Case, step: MeasureDecision, today: dt.date) -> dict[str, Any]:
    measure, office = step.measure, conference_office()
    due = clocks.running(case, RECTIFYING)
    return {
        "measure": measure.rung.name, "rung_article": measure.rung.article, "facts_found": measure.facts,
        "demand": measure.demand, "persons": measure.persons.replace("\n", "、"), "meet_at": measure.meet_at,
        "liability_article": measure.article.article.removeprefix("条例") if measure.article else "",
        "liability_name": measure.article.name if measure.article else "",
        "letters": letters_sent(case, measure.unit, unsettled=True), "earlier": _earlier(measure),
        "due_on": due[-1].due_legal.isoformat() if due and measure.days else "",
        "contacts": [f"联系人：{measure.proposed_by}", f"电话：{office.phone}" if office.phone else ""],
    }  # fmt: skip


def _earlier(measure: SupervisionMeasure) -> str:
    """The rungs that were tried before, in the words of their rows."""
    before = [
        m.rung for m in measures(measure.case, *IN_FORCE) if m.unit is measure.unit and m.id < measure.id
    ]
    return "、".join(dict.fromkeys(rung.name for rung in before if rung.rank < measure.rung.rank))


def _talk_fields(case: Case, step: TalkRecord, today: dt.date) -> dict[str, Any]:
    return {
        "held_on": step.held_on.isoformat(), "meet_place": step.place, "led_by": step.led_by,
        "persons": step.persons.replace("\n", "、"), "problems": step.problems, "demands": step.demands,
        "commitments": step.commitments, "reason": step.measure.facts,
    }  # fmt: skip


def _follow(case: Case, step: Any, at: dt.datetime) -> None:
    """What was only considered ends with the case; when the matter leaves the unit, what was decided ends, too."""
    why = _("Ended with the step “%(step)s”.", step=step.title)
    for measure in measures(case, M.PROPOSED, M.DECIDED):
        moved = measure.unit is not case.unit
        if measure.state is M.PROPOSED and (moved or case.state in ENDED):
            measure.state, measure.decided_at, measure.decision = M.REFUSED, at, why
        elif measure.state is M.DECIDED and moved:
            measure.state, measure.done_at = M.DONE, at
            measure.decision = f"{measure.decision}\n{why}".strip()
    for clock in clocks.running(case, RECTIFYING):
        if clock.owner is not case.unit:
            clocks.stop_one(clock, at.date(), step)
    db.session.flush()


cases.step_taken.connect(_follow)
EFFECTS["measure_decision"] = _begin
PAPERS["measure_decision"] = lambda step: step.measure.rung.paper
PAPERS["talk_record"] = lambda step: "D28A"
jobs.ISSUED_BY_STEPS |= {
    "D27",
    "D28",
    "D34A",
    "D24A",
    "D24B",
    "D28A",
}  # the rungs of the seeds, and the record
OF_STEP["measure_decision"] = _decision_fields
OF_STEP["talk_record"] = _talk_fields


# ---- the year's counts -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """What supervision did in a span of days, as a year report counts it (S004: 10 letters, 7 accountability letters,
    5 units and 10 persons talked to)."""

    letters: int
    accountability: int
    units_talked_to: int
    persons_talked_to: int
    measures: int


def tally(since: dt.date, until: dt.date) -> Tally:
    """Counts from the first to the last day, both included, within the reader's reach."""

    def within(column: Any) -> Any:
        return column.between(dt.datetime.combine(since, dt.time()), dt.datetime.combine(until, dt.time.max))

    def count(query: Any) -> int:
        return int(db.session.scalar(query) or 0)

    decided = (
        sa.select(sa.func.count(SupervisionMeasure.id))
        .join(Rung, Rung.id == SupervisionMeasure.rung_id)
        .where(SupervisionMeasure.state.in_(IN_FORCE), within(SupervisionMeasure.decided_at))
    )
    talks = sa.select(TalkRecord.measure_id).where(TalkRecord.held_on.between(since, until))
    return Tally(
        letters=count(sa.select(sa.func.count(Supervision.id)).where(within(Supervision.sent_at)))
        + count(sa.select(sa.func.count(SupervisionReminder.id)).where(within(SupervisionReminder.sent_at))),
        accountability=count(decided.where(Rung.blames)),
        units_talked_to=count(
            sa.select(sa.func.count(sa.distinct(SupervisionMeasure.unit_id))).where(
                SupervisionMeasure.id.in_(talks)
            )
        ),
        persons_talked_to=count(
            sa.select(sa.func.sum(TalkRecord.count))
            .select_from(TalkRecord)
            .where(TalkRecord.held_on.between(since, until))
        ),
        measures=count(decided),
    )
