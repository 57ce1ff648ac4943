"""A hard case's package: its leaders of up to three tiers, its term, its duties; rules say which cases need one.

The unit's leader is named by the step ``package_leader`` of 日清日结 and nowhere else; a package reads it from there.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, Clock, OfCase
from app.core import immutable
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.core.models import Row
from app.organisation.models import Officer, Unit

LONGEST_TERM = 365


class Tier(LabelledEnum):
    """Who leads: at most one each at a time (S000: up to three tiers)."""

    DISTRICT = (_l("District leader"), "amber")
    BUREAU = (_l("Leader of a department or town"), "info")
    UNIT = (_l("Unit's leader"), "mute")


class PackageState(LabelledEnum):
    ACTIVE = (_l("Under way"), "info")
    ASKED = (_l("Striking off asked"), "amber")
    CHECKED = (_l("Spot check passed"), "amber")
    STRUCK = (_l("Struck off"), "green")
    ENDED = (_l("Ended with the case"), "mute")


P = PackageState
RUNNING = (P.ACTIVE, P.ASKED, P.CHECKED)


class Package(OfCase, Row):
    """包案: one for a case; struck off it may be taken up again."""

    __tablename__ = "package"
    __table_args__ = (sa.Index("ix_package_state", "state", "id"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), unique=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Responsible unit")))
    responsible: Mapped[str] = mapped_column(
        sa.String(60), info=said(_l("Responsible officer"), _l("Name and post in the responsible unit"))
    )
    task_force: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Task force"), _l("一案一专班: names and units"))
    )
    plan: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Plan"), _l("一人一策: what is done for this matter, step by step"))
    )
    clock_id: Mapped[int | None] = mapped_column(sa.ForeignKey("clock.id"), index=True)
    clock: Mapped[Clock | None] = relationship(info=said(_l("To be settled by")))
    state: Mapped[PackageState] = mapped_column(
        enum_column(PackageState, "package_state"), info=said(_l("State"))
    )
    opened_on: Mapped[dt.date] = mapped_column(info=said(_l("Opened on")))
    contact_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Last contact")))
    struck_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Struck off on")))
    owners: Mapped[list[PackageOwner]] = relationship(back_populates="package", order_by="PackageOwner.id")

    def __str__(self) -> str:
        return self.case.number


immutable.protect("package", frozen=("case_id", "opened_on"))


class PackageOwner(OfCase, Row):
    """A leader of a package from a day to a day; the hand-over ends one row and begins another."""

    __tablename__ = "package_owner"
    __table_args__ = (
        sa.Index("uq_package_owner_tier", "package_id", "tier", unique=True,
                 sqlite_where=sa.text("until IS NULL"), postgresql_where=sa.text("until IS NULL")),
        sa.CheckConstraint("name <> ''", name="ck_package_owner_named"),
        sa.CheckConstraint("until IS NULL OR until >= since", name="ck_package_owner_order"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    package_id: Mapped[int] = mapped_column(sa.ForeignKey("package.id"))
    package: Mapped[Package] = relationship(back_populates="owners", info=said(_l("Package")))
    tier: Mapped[Tier] = mapped_column(enum_column(Tier, "owner_tier"), info=said(_l("Tier")))
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer | None] = relationship(info=said(_l("Leader")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Leader"), _l("Name and post")))
    principal: Mapped[bool] = mapped_column(
        default=False, info=said(_l("Principal leader"), _l("党政主要领导 (S000)"))
    )
    since: Mapped[dt.date] = mapped_column(info=said(_l("Since")))
    until: Mapped[dt.date | None] = mapped_column(info=said(_l("Until")))

    def __str__(self) -> str:
        return self.name


immutable.protect(
    "package_owner", frozen=("case_id", "package_id", "tier", "officer_id", "name", "principal", "since"),
    once=("until",),
)  # fmt: skip


class PackageDuty(Row):
    """五落实 as rows: what a leader of a package sees to."""

    __tablename__ = "package_duty"

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Duty")))
    rank: Mapped[int] = mapped_column(default=100, info=said(_l("Order")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class StrikeOffCriterion(Row):
    """销号标准 as rows: each is confirmed when striking off is asked."""

    __tablename__ = "strike_off_criterion"

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Criterion")))
    rank: Mapped[int] = mapped_column(default=100, info=said(_l("Order")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class Obligation(LabelledEnum):
    """Why a case needs a package; each has its criterion in ``rules.py``."""

    FROM_ABOVE = (_l("Assigned from above"), "amber")
    HARD = (_l("Found to be grave and difficult"), "warn")
    FIRST_TIME = (_l("First-time petition"), "info")
    MANY_PEOPLE = (_l("Many people concerned"), "info")
    REPEATED = (_l("Brought again and again"), "info")


class PackageRule(Row):
    """必包: which cases need which leader, by when."""

    __tablename__ = "package_rule"
    __table_args__ = (
        sa.CheckConstraint("days BETWEEN 0 AND 60", name="ck_package_rule_days"),
        sa.CheckConstraint("least >= 0", name="ck_package_rule_least"),
    )

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(80), info=said(_l("Rule")))
    obligation: Mapped[Obligation] = mapped_column(
        enum_column(Obligation, "package_obligation"), info=said(_l("Which cases"))
    )
    least: Mapped[int] = mapped_column(
        default=0,
        info=said(_l("At least"), _l("People, or times it was brought; 0 where it does not matter")),
    )
    tier: Mapped[Tier] = mapped_column(enum_column(Tier, "package_rule_tier"), info=said(_l("Tier")))
    principal: Mapped[bool] = mapped_column(default=False, info=said(_l("Principal leader")))
    days: Mapped[int] = mapped_column(
        default=0, info=said(_l("Working days"), _l("0: the day it is registered, or the next working day"))
    )
    source: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Source")))
    enabled: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class CaseBatch(Row):
    """交办批次、积案: many cases with one term (S004: 120 in the first batch, 53 in the second)."""

    __tablename__ = "case_batch"

    name: Mapped[str] = mapped_column(sa.String(80), unique=True, info=said(_l("Batch")))
    source: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Handed down by")))
    from_above: Mapped[bool] = mapped_column(
        default=False, info=said(_l("Assigned from above"), _l("Its cases then need a leader's package"))
    )
    received_on: Mapped[dt.date] = mapped_column(info=said(_l("Received on")))
    due_on: Mapped[dt.date] = mapped_column(info=said(_l("Common term")))
    note: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Remark")))

    def __str__(self) -> str:
        return self.name


class BatchItem(OfCase, Row):
    """A case of a batch."""

    __tablename__ = "case_batch_item"
    __table_args__ = (sa.UniqueConstraint("batch_id", "case_id", name="uq_batch_case"),)

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("case_batch.id"))
    batch: Mapped[CaseBatch] = relationship(info=said(_l("Batch")))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    added_on: Mapped[dt.date] = mapped_column(info=said(_l("Added on")))

    def __str__(self) -> str:
        return self.case.number


immutable.protect("case_batch_item")
