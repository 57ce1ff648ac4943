"""Obligatory packages: rules, not memory. Which cases each rule speaks of, and which still owe their leader.

As criteria over the case's columns, so that one statement finds them all; ``owed`` says of one case what is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.cases import clocks, daily
from app.cases.enums import KEPT, OPEN, Channel, MatterKind
from app.cases.models import Case
from app.cases.steps import Step
from app.cases.steps_dispatch import Correction
from app.core.db import db
from app.core.workdays import Unit as DayUnit
from app.core.workdays import due
from app.duplicates.models import CaseLink, LinkKind
from app.organisation.models import Unit
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
        *([PackageOwner.principal] if rule.principal else []),
        Package.id == PackageOwner.package_id, Package.state.in_(RUNNING),
    )  # fmt: skip
    return sa.or_(struck, led)


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
    """Cases that owe a leader by any rule in use, or whose package must be taken up again."""
    wanted = [sa.and_(applies(rule), sa.not_(_has(rule))) for rule in enabled()]
    return sa.or_(came_back(), *wanted)


@dataclass(frozen=True)
class Owed:
    """What a case still owes: by which rule (None: it came back), and by which day."""

    rule: PackageRule | None
    due_on: dt.date | None


def owed(case: Case) -> list[Owed]:
    """The rules a case does not meet yet, soonest first."""
    this, rules = Case.id == case.id, enabled()
    unmet = [sa.exists().where(this, applies(rule), sa.not_(_has(rule))) for rule in rules]
    back, *answers = db.session.execute(sa.select(sa.exists().where(this, came_back()), *unmet)).one()
    found = [Owed(rule, _due(case, rule)) for rule, owes in zip(rules, answers, strict=True) if owes]
    if back:
        found.append(Owed(None, None))
    return sorted(found, key=lambda owed: owed.due_on or dt.date.min)


def _began(case: Case, rule: PackageRule) -> dt.datetime:
    """When the rule came to speak of the case: the finding, the repeat, the correction; else its registration."""
    step: sa.Select[dt.datetime] | None = None
    if rule.obligation is Obligation.HARD:
        step = sa.select(HardMatter.taken_at).where(HardMatter.case_id == case.id)
    elif rule.obligation is Obligation.REPEATED:
        step = sa.select(Step.taken_at).join(CaseLink, CaseLink.step_id == Step.id).where(
            CaseLink.from_case_id == case.id, CaseLink.kind == LinkKind.REPEAT,
            CaseLink.sequence >= max(rule.least, 2),
        )  # fmt: skip
    elif (
        rule.obligation is Obligation.FROM_ABOVE
        and case.channel is not Channel.SUPERIOR
        and not case.national
    ):
        added = sa.select(BatchItem.added_on).join(CaseBatch).where(
            BatchItem.case_id == case.id, CaseBatch.from_above
        )  # fmt: skip
        return dt.datetime.combine(
            db.session.scalars(added.order_by(BatchItem.id)).first() or dt.date.min, dt.time()
        )
    elif rule.obligation is Obligation.MANY_PEOPLE and case.involved_count is None:
        step = (
            sa.select(Correction.taken_at)
            .where(Correction.case_id == case.id, Correction.field == "people_count")
            .order_by(Correction.id.desc())
        )
    began = db.session.scalars(step.limit(1)).first() if step is not None else None
    return began or case.registered_at


def _due(case: Case, rule: PackageRule) -> dt.date:
    """Counted from the day the rule began to hold: after closing time and on rest days the next working day."""
    calendar = clocks.calendar()
    day = daily.day_of(_began(case, rule), daily.closing_time(), calendar)
    return due(day, rule.days, DayUnit.WORKDAYS, calendar).legal if rule.days else day
