"""Obligatory packages: rules, not memory. Which cases each rule speaks of, and which still owe their leader.

As criteria over the case's columns, so that one statement finds them all; ``owed`` says of one case what is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.cases import clocks, daily
from app.cases.enums import KEPT, OPEN, Channel, MatterKind
from app.cases.models import Case
from app.cases.steps import Step
from app.cases.steps_dispatch import Correction
from app.core.db import db
from app.core.workdays import Calendar, due
from app.core.workdays import Unit as DayUnit
from app.duplicates.models import CaseLink, LinkKind
from app.organisation.models import Officer, Post, Unit
from app.packages import operations
from app.packages.models import (
    RUNNING,
    BatchItem,
    CaseBatch,
    Obligation,
    Package,
    PackageOwner,
    PackageRule,
    PackageState,
    Tier,
)
from app.packages.steps import HardMatter

Criterion = sa.ColumnElement[bool]


def _repeats(least: int) -> Criterion:
    """Brought so many times in all: the newest petition's place in the chain."""
    return sa.exists().where(
        CaseLink.from_case_id == Case.id, CaseLink.kind == LinkKind.REPEAT, CaseLink.sequence >= max(least, 2)
    )


def _in_batch() -> Criterion:
    """In a batch that was handed down."""
    return sa.exists().where(
        BatchItem.case_id == Case.id, CaseBatch.id == BatchItem.batch_id, CaseBatch.from_above
    )


WHICH: dict[Obligation, Callable[[int], Criterion]] = {
    Obligation.FROM_ABOVE: lambda least: sa.or_(Case.channel == Channel.SUPERIOR, Case.national, _in_batch()),
    Obligation.HARD: lambda least: sa.select(HardMatter.id).where(HardMatter.case_id == Case.id).exists(),
    Obligation.FIRST_TIME: lambda least: Case.first_time.is_(True),
    Obligation.MANY_PEOPLE: lambda least: (
        sa.func.coalesce(Case.involved_count, Case.people_count) >= max(least, 1)
    ),
    Obligation.REPEATED: _repeats,
}


def enabled() -> list[PackageRule]:
    return list(
        db.session.scalars(sa.select(PackageRule).where(PackageRule.enabled).order_by(PackageRule.id))
    )


def applies(rule: PackageRule) -> Criterion:
    """Open ordinary cases the rule speaks of."""
    return sa.and_(
        Case.kind != MatterKind.ACCUSATION, Case.state.in_(OPEN), WHICH[rule.obligation](rule.least)
    )


def _has(rule: PackageRule) -> Criterion:
    """The leader the rule wants is there; a package that was struck off has done its work."""
    if rule.tier is Tier.UNIT:  # named by the unit that has the matter now, not by one that had it before
        of, now = aliased(Unit), aliased(Unit)
        return sa.exists().where(
            Step.case_id == Case.id, Step.kind == "package_leader", of.id == Step.unit_id, now.id == Case.unit_id,
            of.path.startswith(now.path),
        )  # fmt: skip
    struck = sa.exists().where(Package.case_id == Case.id, Package.state == PackageState.STRUCK)
    led = sa.exists().where(
        PackageOwner.case_id == Case.id, PackageOwner.tier == rule.tier, PackageOwner.until.is_(None),
        *([PackageOwner.principal] if rule.principal else []), _serves(rule.principal),
        Package.id == PackageOwner.package_id, Package.state.in_(RUNNING),
    )  # fmt: skip
    return sa.or_(struck, led)


def _serves(principal: bool = False) -> Criterion:
    """An owner who is in service and holds a leader's post; one without an account is taken at their name."""
    posts = operations.principal_posts() if principal else operations.leader_posts()
    serving = sa.exists().where(
        Officer.id == PackageOwner.officer_id,
        Officer.active,
        Post.id == Officer.post_id,
        Post.name.in_(posts),
    )
    return sa.or_(PackageOwner.officer_id.is_(None), serving)


def leader_left() -> Criterion:
    """In a package under way whose leader changed post or left: it is to be handed over."""
    return sa.exists().where(
        Package.case_id == Case.id, Package.state.in_(RUNNING), PackageOwner.package_id == Package.id,
        PackageOwner.until.is_(None), sa.not_(_serves()),
    )  # fmt: skip


def to_hand_over() -> list[str]:
    """The numbers of the cases whose package waits for its next leader."""
    return list(db.session.scalars(sa.select(Case.number).where(leader_left()).order_by(Case.id)))


def came_back() -> Criterion:
    """Struck off, and petitioned again since: the package is to be taken up again (动态销号)."""
    again = sa.select(Step.id).join(CaseLink, CaseLink.step_id == Step.id)
    return sa.exists().where(
        Case.state.in_(KEPT), Package.case_id == Case.id, Package.state == PackageState.STRUCK,
        again.where(
            CaseLink.to_case_id == Case.id, CaseLink.kind == LinkKind.REPEAT, Step.taken_at >= Package.struck_on
        ).exists(),
    )  # fmt: skip


def owing() -> Criterion:
    """Cases that owe a leader by any rule in use, or whose package must be taken up again or handed over."""
    wanted = [sa.and_(applies(rule), sa.not_(_has(rule))) for rule in enabled()]
    return sa.or_(came_back(), leader_left(), *wanted)


@dataclass(frozen=True)
class Owed:
    """What a case still owes: by which rule (None: it came back, or its leader left), and by which day."""

    rule: PackageRule | None
    due_on: dt.date | None
    handover: bool = False


def owed(case: Case) -> list[Owed]:
    """The rules a case does not meet yet, soonest first."""
    return all_owed([case])[case.id]


def all_owed(cases: Sequence[Case]) -> dict[int, list[Owed]]:
    """Of each case the rules it does not meet yet, soonest first; in a few statements a rule, however many cases."""
    ids, in_use = [case.id for case in cases], enabled()
    unmet = [sa.and_(applies(rule), sa.not_(_has(rule))) for rule in in_use]
    rows = {row[0]: row[1:] for row in db.session.execute(
        sa.select(Case.id, came_back(), leader_left(), *unmet).where(Case.id.in_(ids))
    )}  # fmt: skip
    found: dict[int, list[Owed]] = {
        case.id: [Owed(None, None, left) for left in (False, True) if case.id in rows and rows[case.id][left]]
        for case in cases
    }
    calendar, closing = clocks.calendar(), daily.closing_time()
    for place, rule in enumerate(in_use, 2):
        owing = [
            case
            for case in cases
            if case.id in rows and rows[case.id][place] and not _left(found[case.id], rule)
        ]
        began = _began(rule, owing) if owing else {}
        for case in owing:
            day = daily.day_of(began.get(case.id) or case.registered_at, closing, calendar)
            found[case.id].append(Owed(rule, _due(day, rule, calendar)))
    return {number: sorted(owed, key=lambda o: o.due_on or dt.date.min) for number, owed in found.items()}


def _left(found: list[Owed], rule: PackageRule) -> bool:
    """The rule is unmet because the leader left: the hand-over is what is owed."""
    return rule.tier is not Tier.UNIT and any(owed.handover for owed in found)


def _began(rule: PackageRule, cases: Sequence[Case]) -> dict[int, dt.datetime]:
    """When the rule came to speak of a case: the finding, the repeat, the batch, the correction; absent: since it was
    registered."""
    ids = [case.id for case in cases]
    if rule.obligation is Obligation.HARD:
        query = (
            sa.select(HardMatter.case_id, sa.func.min(HardMatter.taken_at))
            .select_from(HardMatter)
            .where(HardMatter.case_id.in_(ids))
        )
        return _pairs(query.group_by(HardMatter.case_id))
    if rule.obligation is Obligation.REPEATED:
        again = sa.select(CaseLink.from_case_id, sa.func.min(Step.taken_at)).join(
            Step, CaseLink.step_id == Step.id
        )
        query = again.where(
            CaseLink.from_case_id.in_(ids), CaseLink.kind == LinkKind.REPEAT,
            CaseLink.sequence >= max(rule.least, 2),
        )  # fmt: skip
        return _pairs(query.group_by(CaseLink.from_case_id))
    if rule.obligation is Obligation.FROM_ABOVE:
        at_once = {case.id for case in cases if case.channel is Channel.SUPERIOR or case.national}
        added = sa.select(BatchItem.case_id, sa.func.min(BatchItem.added_on)).join(CaseBatch)
        rows = db.session.execute(
            added.where(BatchItem.case_id.in_(set(ids) - at_once), CaseBatch.from_above).group_by(
                BatchItem.case_id
            )
        )
        return {number: dt.datetime.combine(day, dt.time()) for number, day in rows}
    if rule.obligation is Obligation.MANY_PEOPLE:
        counted = [case.id for case in cases if case.involved_count is None]
        query = (
            sa.select(Correction.case_id, sa.func.max(Correction.taken_at))
            .select_from(Correction)
            .where(Correction.case_id.in_(counted), Correction.field == "people_count")
        )
        return _pairs(query.group_by(Correction.case_id))
    return {}


def _pairs(query: sa.Select[int, dt.datetime]) -> dict[int, dt.datetime]:
    return dict(db.session.execute(query).all())


def _due(day: dt.date, rule: PackageRule, calendar: Calendar) -> dt.date:
    """Counted from the day the rule began to hold: after closing time and on rest days the next working day."""
    return due(day, rule.days, DayUnit.WORKDAYS, calendar).legal if rule.days else day
