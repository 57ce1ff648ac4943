"""The verbs of packages: open, note, hand over, strike off by three persons, take up again.

Striking off is asked by one, checked on the spot by another, ruled by a third (S000: 严格化解标准, 抽查审核, 动态销号).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import clocks, guards, recusal
from app.cases import operations as cases
from app.cases.effects import EFFECTS, PAPERS, end_parts, give_part
from app.cases.enums import GONE, MatterKind, PartRole
from app.cases.models import Case
from app.cases.paper_fields import OF_STEP
from app.cases.steps import Step
from app.cases.workflow import Move
from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.organisation.models import Officer
from app.organisation.reach import conference_office
from app.packages.models import (
    LONGEST_TERM,
    RUNNING,
    Package,
    PackageDuty,
    PackageOwner,
    PackageState,
    StrikeOffCriterion,
    Tier,
)
from app.packages.steps import (
    CONTACT,
    NoteKind,
    PackageHandover,
    PackageNote,
    PackageOpened,
    StrikeOffCheck,
    StrikeOffRequest,
    StrikeOffRuling,
)

P = PackageState
TERM, DECIDING = "L_PKG", "L_OFF"
LONGEST_NAME = 60


# ---- looking -----------------------------------------------------------------------------------------


def of(case: Case) -> Package | None:
    return db.session.scalars(sa.select(Package).where(Package.case_id == case.id)).first()


def owner(package: Package, tier: Tier) -> PackageOwner | None:
    return next((o for o in package.owners if o.tier is tier and o.until is None), None)


def criteria() -> list[StrikeOffCriterion]:
    query = sa.select(StrikeOffCriterion).where(StrikeOffCriterion.active)
    return list(db.session.scalars(query.order_by(StrikeOffCriterion.rank, StrikeOffCriterion.id)))


Duties = list[tuple[PackageDuty, dt.date | None]]


def all_duties(packages: Sequence[Package]) -> dict[int, Duties]:
    """Of each package every duty in use, with the day it was last fulfilled; in two statements."""
    rows = db.session.execute(
        sa.select(PackageNote.case_id, PackageNote.duty_id, sa.func.max(PackageNote.happened_on))
        .select_from(PackageNote)
        .where(
            PackageNote.case_id.in_([package.case_id for package in packages]),
            PackageNote.duty_id.is_not(None),
        )
        .group_by(PackageNote.case_id, PackageNote.duty_id)
    )
    days = {(case_id, duty_id): day for case_id, duty_id, day in rows}
    query = sa.select(PackageDuty).where(PackageDuty.active).order_by(PackageDuty.rank, PackageDuty.id)
    wanted = list(db.session.scalars(query))
    return {p.id: [(duty, days.get((p.case_id, duty.id))) for duty in wanted] for p in packages}


def duties(package: Package) -> Duties:
    return all_duties([package])[package.id]


def notes(package: Package, limit: int = 20) -> Sequence[PackageNote]:
    """Visits and progress, the latest first."""
    query = sa.select(PackageNote).where(PackageNote.case_id == package.case_id)
    return db.session.scalars(query.order_by(PackageNote.id.desc()).limit(limit)).all()


def silent_for(package: Package, today: dt.date) -> int:
    """Days since somebody last spoke with the petitioner; since it was opened, where nobody did."""
    return (today - (package.contact_on or package.opened_on)).days


STILL_LEADS: list[Callable[[Case, Officer], bool]] = []
"""Rooms above say for what other reason a leader still sees a case."""


def leads(case: Case, officer: Officer) -> bool:
    """Whether a package of the case is this leader's."""
    package = of(case)
    return package is not None and any(o.officer is officer and o.until is None for o in package.owners)


def let_go(case: Case, officer: Officer | None) -> None:
    """A leader with nothing left to lead in the case sees it no more."""
    if officer is None or leads(case, officer) or any(still(case, officer) for still in STILL_LEADS):
        return
    for part in case.parts:
        if part.role is PartRole.LEADER and part.officer is officer:
            part.active = False


# ---- guards ------------------------------------------------------------------------------------------


def _running(case: Case, *states: PackageState) -> Package:
    package = of(case)
    if package is None or package.state not in states:
        raise Refusal(_l("This is not possible in the state of the package."))
    return package


@guards.guard
def packageable(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is handed to its keeper, never routed to a unit (art. 30)."))
    guards.GUARDS["has_unit"](case, step, today)
    if of(case) is not None:
        raise Refusal(_l("The case has its package already."))


@guards.guard
def package_open(case: Case, step: Any, today: dt.date) -> None:
    _running(case, *RUNNING)


@guards.guard
def no_strike_off_asked(case: Case, step: Any, today: dt.date) -> None:
    _running(case, P.ACTIVE)


@guards.guard
def strike_off_asked(case: Case, step: Any, today: dt.date) -> None:
    _running(case, P.ASKED)


@guards.asks_who
def another_checks(case: Case, move: Move, officer: Officer) -> None:
    asked = guards.last(case, StrikeOffRequest)
    if asked is not None and officer.id == asked.officer_id:
        raise Refusal(_l("Who asked for it does not check it: the spot check is another person's."))
    if case.unit is not None and officer.unit is not None and officer.unit.path.startswith(case.unit.path):
        raise Refusal(_l("The responsible unit does not check its own work (art. 28)."))


@guards.guard
def strike_off_checked(case: Case, step: Any, today: dt.date) -> None:
    _running(case, P.CHECKED)


@guards.asks_who
def a_third_rules(case: Case, move: Move, officer: Officer) -> None:
    if officer.id in {
        getattr(guards.last(case, kind), "officer_id", 0) for kind in (StrikeOffRequest, StrikeOffCheck)
    }:
        raise Refusal(_l("Who asked for it or checked it does not strike it off."))


@guards.guard
def struck_off(case: Case, step: Any, today: dt.date) -> None:
    _running(case, P.STRUCK)


@guards.guard
def not_hard_yet(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("An accusation is handed to its keeper, never routed to a unit (art. 30)."))
    from app.packages.steps import HardMatter

    if guards.last(case, HardMatter) is not None:
        raise Refusal(_l("This was found already."))


# ---- opening -----------------------------------------------------------------------------------------


def open_package(case: Case, step: PackageOpened, officer: Officer, at: dt.datetime) -> Package:
    """Open the package: its leader sees the case, its term runs for the unit, 包案责任书 is issued."""
    with seeing_all(f"a package on case {case.id}"), db.session.no_autoflush:
        _fit_leader(case, step.leader, principal=bool(step.principal))
        if step.leader is None and not (step.bureau_leader or "").strip():
            raise Refusal(
                _l("A package has a leader: of the district, or of the department or town."), "leader"
            )
        if step.principal and step.leader is None:
            raise Refusal(_l("The principal leader is a leader of the district."), "principal")
        for field in ("responsible", "task_force", "plan"):
            if not (getattr(step, field) or "").strip():
                raise Refusal(
                    _l("A package has its responsible officer, its task force and its plan."), field
                )
        step.bureau_leader = (step.bureau_leader or "").strip()
        step.feedback_days = _days(step.due_on, at.date())
        cases.take(step, case, officer, at)
        package = of(case)
        assert package is not None
    return package


def _days(due_on: dt.date | None, today: dt.date) -> int:
    days = (due_on - today).days if due_on is not None else 0
    if not 1 <= days <= LONGEST_TERM:
        raise Refusal(
            _l("The term of a package ends 1 to %(most)s days from now.", most=LONGEST_TERM), "due_on"
        )
    return days


def leader_posts() -> set[str]:
    """Posts whose holders lead packages and receive petitioners."""
    return _posts("leader_posts")


def principal_posts() -> set[str]:
    """Posts whose holders count as principal leaders."""
    return _posts("principal_posts")


def _posts(key: str) -> set[str]:
    return {post.strip() for post in re.split("[,，、]", settings.text(key)) if post.strip()}


def _fit_leader(case: Case, leader: Officer | None, field: str = "leader", principal: bool = False) -> None:
    if leader is None:
        return
    if principal and str(leader.post or "") not in principal_posts():
        posts = "、".join(sorted(principal_posts()))
        raise Refusal(_l("Principal leaders hold one of the posts %(posts)s.", posts=posts), "principal")
    if not leader.active or str(leader.post or "") not in leader_posts():
        raise Refusal(
            _l("A leader holds one of the posts %(posts)s.", posts="、".join(sorted(leader_posts()))), field
        )
    recusal.stay_clear(case, officer=leader, field=field)


def _begin(case: Case, step: Any, today: dt.date) -> None:
    assert case.unit is not None
    package = Package(
        case=case, unit=case.unit, responsible=step.responsible, task_force=step.task_force, plan=step.plan,
        state=P.ACTIVE, opened_on=today,
    )  # fmt: skip
    db.session.add(package)
    if step.leader is not None:
        _lead(package, Tier.DISTRICT, str(step.leader), step.leader, step.principal, today)
    if step.bureau_leader:
        _lead(package, Tier.BUREAU, step.bureau_leader, None, False, today)
    if case.package_leader:  # named the day the petition came (日清日结)
        _lead(package, Tier.UNIT, case.package_leader, None, False, today)


def _lead(
    package: Package, tier: Tier, name: str, officer: Officer | None, principal: bool, today: dt.date
) -> None:
    package.owners.append(
        PackageOwner(
            case_id=package.case.id, tier=tier, name=name, officer=officer, principal=principal, since=today
        )
    )
    if officer is not None:
        give_part(package.case, PartRole.LEADER, officer=officer)


# ---- notes and hand-over -----------------------------------------------------------------------------


def note(case: Case, step: PackageNote, officer: Officer, at: dt.datetime) -> None:
    with seeing_all(f"a note on the package of case {case.id}"), db.session.no_autoflush:
        if not (step.what or "").strip():
            raise Refusal(_l("Say what was done and found."), "what")
        if step.happened_on is None or step.happened_on > at.date():
            raise Refusal(_l("What is noted has happened already."), "happened_on")
        if step.about is NoteKind.RESPONSIBLE and len(step.what.strip()) > LONGEST_NAME:
            raise Refusal(_l("Name and post of the officer, nothing else."), "what")
        step.who = (step.who or "").strip() or str(officer)
        cases.take(step, case, officer, at)


def _noted(case: Case, step: Any, today: dt.date) -> None:
    package = of(case)
    assert package is not None
    if step.about in CONTACT:
        package.contact_on = max(package.contact_on or step.happened_on, step.happened_on)
    changes = {NoteKind.PLAN: "plan", NoteKind.RESPONSIBLE: "responsible", NoteKind.TASK_FORCE: "task_force"}
    if step.about in changes:
        setattr(package, changes[step.about], step.what)


def hand_over(case: Case, step: PackageHandover, officer: Officer, at: dt.datetime) -> None:
    """The leader of a tier changes; the one before sees the case no more, unless for another reason."""
    with seeing_all(f"the package of case {case.id} is handed over"), db.session.no_autoflush:
        package = of(case)
        if step.tier is Tier.UNIT:
            raise Refusal(_l("The unit names its leader itself, by the step for it."), "tier")
        if step.tier is Tier.DISTRICT and step.leader is None:
            raise Refusal(_l("A district leader has an account."), "leader")
        _fit_leader(case, step.leader, principal=bool(step.principal))
        name = str(step.leader) if step.leader is not None else (step.leader_name or "").strip()
        if not name:
            raise Refusal(_l("Say who leads from now on."), "leader_name")
        if not (step.reason or "").strip():
            raise Refusal(_l("Say what the next leader must know."), "reason")
        now = owner(package, step.tier) if package is not None else None
        if now is not None and now.name == name:
            raise Refusal(_l("This leader leads it already."), "leader")
        step.leader_name, step.before = name, now.name if now is not None else ""
        cases.take(step, case, officer, at)


def _handed_over(case: Case, step: Any, today: dt.date) -> None:
    package = of(case)
    assert package is not None
    _replace(package, step.tier, step.leader_name, step.leader, bool(step.principal), today)


def _replace(
    package: Package, tier: Tier, name: str, officer: Officer | None, principal: bool, today: dt.date
) -> None:
    before = owner(package, tier)
    if before is not None:
        before.until = today
        db.session.flush()
        let_go(package.case, before.officer)
    _lead(package, tier, name, officer, principal, today)


# ---- striking off ------------------------------------------------------------------------------------


def ask_strike_off(
    case: Case, step: StrikeOffRequest, met: list[str], officer: Officer, at: dt.datetime
) -> None:
    """``met`` are the codes of the criteria that were confirmed; all in use must be."""
    with seeing_all(f"striking off of case {case.id} is asked"), db.session.no_autoflush:
        missing = [criterion.name for criterion in criteria() if criterion.code not in met]
        if missing:
            raise Refusal(_l("Not met or not confirmed: %(what)s", what="；".join(missing)), "met")
        if not (step.evidence or "").strip():
            raise Refusal(_l("Striking off needs its evidence."), "evidence")
        step.criteria = "；".join(criterion.name for criterion in criteria()) or "—"
        cases.take(step, case, officer, at)


def _state(state: PackageState) -> Any:
    def lead(case: Case, step: Any, today: dt.date) -> None:
        package = of(case)
        assert package is not None
        package.state = state

    return lead


def _checked(case: Case, step: Any, today: dt.date) -> None:
    """Passed, the ruling is due; not passed, the unit's term runs on from where it began."""
    if not step.passed:
        _run_on(case, step, today)
        return
    _state(P.CHECKED)(case, step, today)
    clocks.start(case, DECIDING, today, step, unit=conference_office())


def _run_on(case: Case, step: Any, today: dt.date) -> None:
    """Not struck off: the unit's term runs on from where it began, as if it had never stood still."""
    _state(P.ACTIVE)(case, step, today)
    if not clocks.running(case, TERM):
        before = [clock for clock in case.clocks if clock.code == TERM][-1]
        clocks.start(case, TERM, before.started_on, step, length=before.length)


def strike_off(case: Case, step: StrikeOffRuling, officer: Officer, at: dt.datetime) -> None:
    """Struck off, or not: then the reason says what is missing."""
    with seeing_all(f"striking off of case {case.id} is ruled on"), db.session.no_autoflush:
        if not step.agreed and not (step.note or "").strip():
            raise Refusal(_l("Say why it is not struck off."), "note")
        cases.take(step, case, officer, at)


def _struck(case: Case, step: Any, today: dt.date) -> None:
    if not step.agreed:
        _run_on(case, step, today)
        return
    _state(P.STRUCK)(case, step, today)
    package = of(case)
    assert package is not None
    package.struck_on = today


def reopen(case: Case, step: Any, officer: Officer, at: dt.datetime) -> None:
    with seeing_all(f"the package of case {case.id} is taken up again"), db.session.no_autoflush:
        step.feedback_days = _days(step.due_on, at.date())
        cases.take(step, case, officer, at)


def _reopened(case: Case, step: Any, today: dt.date) -> None:
    _state(P.ACTIVE)(case, step, today)
    package = of(case)
    assert package is not None
    package.struck_on = None


# ---- what the case does to it ------------------------------------------------------------------------


GO_ALONG = (TERM, "L_INS", "L_OPN")
"""What a unit owes a leader goes with the matter to the unit that has it now."""


def _go_along(case: Case, step: Any, today: dt.date) -> None:
    for clock in clocks.running(case, *GO_ALONG):
        if case.unit is None or clock.owner is case.unit or case.kind is MatterKind.ACCUSATION:
            continue
        cause = db.session.get_one(Step, clock.started_by_id)
        clocks.stop_one(clock, today, step)
        clocks.start(case, clock.code, clock.started_on, cause, length=clock.length)
        db.session.flush()


def _follow(case: Case, step: Any, at: dt.datetime) -> None:
    _go_along(case, step, at.date())
    package = of(case)
    if package is None:
        return
    if step.kind == "package_leader":
        _replace(package, Tier.UNIT, step.leader, None, False, at.date())
    if step.kind == "recusal":  # a leader who stands too near leads no more (art. 28)
        for lead in package.owners:
            if (
                lead.until is None
                and lead.officer is not None
                and recusal.recused(case, officer=lead.officer)
            ):
                lead.until = at.date()
    if terms := clocks.running(case, TERM):
        package.clock = terms[-1]
    if package.state in RUNNING and (case.state in GONE or case.kind is MatterKind.ACCUSATION):
        package.state = P.ENDED
        end_parts(case, PartRole.LEADER)
    if case.unit is not None and package.state in RUNNING and package.unit is not case.unit:
        package.unit = case.unit
        for lead in package.owners:  # the next unit and its department name their own
            if lead.until is None and lead.tier is not Tier.DISTRICT:
                lead.until = at.date()
                let_go(case, lead.officer)
    db.session.flush()


def _fields(case: Case, step: PackageOpened, today: dt.date) -> dict[str, Any]:
    package = of(case)
    owners = package.owners if package is not None else []
    leaders = "；".join(f"{o.tier}：{o.name}" for o in owners if o.until is None)
    due = clocks.running(case, TERM)[-1].due_legal
    return {
        "leaders": leaders, "responsible": step.responsible, "task_force": step.task_force, "plan": step.plan,
        "due_on": due.isoformat(), "opened_on": today.isoformat(),
        "duties": "、".join(str(duty) for duty, _day in duties(package)) if package is not None else "",
    }  # fmt: skip


EFFECTS |= {
    "package_opened": _begin, "package_note": _noted, "package_handover": _handed_over,
    "strike_off_request": _state(P.ASKED), "strike_off_check": _checked, "strike_off_ruling": _struck,
    "package_reopening": _reopened,
}  # fmt: skip
PAPERS["package_opened"] = lambda step: "D39"
jobs.ISSUED_BY_STEPS.add("D39")
OF_STEP["package_opened"] = _fields
cases.step_taken.connect(_follow)
