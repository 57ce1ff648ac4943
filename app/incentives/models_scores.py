"""Score sheets as rows, points entered by hand, and what a month's notice made of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import immutable
from app.core.enums import enum_column
from app.core.labels import said
from app.core.models import Row
from app.incentives.enums import Better, EntryState, ItemKind
from app.incentives.models import Indicator, Notice, NoticeFigure
from app.organisation.models import Officer, Unit

POINTS = sa.Numeric(8, 2)


class ScoreSheet(Row):
    """A sheet by which units are scored. One is in force (setting ``score_sheet``)."""

    __tablename__ = "score_sheet"
    pick_by = ("code", "name")

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Score sheet")))
    full: Mapped[Decimal] = mapped_column(POINTS, default=100, info=said(_l("Full points")))
    note: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Note")))
    source: Mapped[str] = mapped_column(sa.String(120), default="", info=said(_l("Source")))
    items: Mapped[list[ScoreItem]] = relationship(back_populates="sheet", order_by="ScoreItem.rank")

    def __str__(self) -> str:
        return self.name


class ScoreItem(Row):
    """One item of a sheet: how many points, how they are lost or won, read from which indicator."""

    __tablename__ = "score_item"
    __table_args__ = (
        sa.UniqueConstraint("sheet_id", "code", name="uq_score_item"),
        sa.CheckConstraint("floor IS NULL OR cap IS NULL OR floor <= cap", name="ck_score_item_bounds"),
        sa.CheckConstraint("step >= 0", name="ck_score_item_step"),
        sa.CheckConstraint(
            "kind = 'MANUAL' OR indicator_id IS NOT NULL OR kind = 'VETO'", name="ck_score_item_metric"
        ),
        sa.CheckConstraint("kind <> 'BONUS' OR cap IS NOT NULL", name="ck_score_item_bonus_has_cap"),
    )
    pick_by = ("code", "name")

    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("score_sheet.id"), index=True)
    sheet: Mapped[ScoreSheet] = relationship(back_populates="items", info=said(_l("Score sheet")))
    code: Mapped[str] = mapped_column(sa.String(12), info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(80), info=said(_l("Item")))
    rank: Mapped[int] = mapped_column(default=100, info=said(_l("Order")))
    kind: Mapped[ItemKind] = mapped_column(enum_column(ItemKind, "score_item_kind"), info=said(_l("Kind")))
    indicator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("indicator.id"), index=True)
    indicator: Mapped[Indicator | None] = relationship(info=said(_l("Read from")))
    base: Mapped[Decimal] = mapped_column(POINTS, default=0, info=said(_l("Base points")))
    step: Mapped[Decimal] = mapped_column(
        POINTS, default=0, info=said(_l("Points each"), _l("For each event, or each percentage point"))
    )
    target: Mapped[Decimal] = mapped_column(
        POINTS, default=0, info=said(_l("Counted from"), _l("As 100: each point below 100 per cent counts"))
    )
    better: Mapped[Better] = mapped_column(
        enum_column(Better, "score_item_better"), default=Better.HIGHER, info=said(_l("Direction"))
    )
    floor: Mapped[Decimal | None] = mapped_column(POINTS, info=said(_l("Not below")))
    cap: Mapped[Decimal | None] = mapped_column(POINTS, info=said(_l("Not above")))
    note: Mapped[str] = mapped_column(sa.String(300), default="", info=said(_l("Note")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class ManualEntry(Row):
    """Points given by hand, with reason and evidence; they count when a second person has confirmed them."""

    __tablename__ = "score_entry"
    __table_args__ = (
        sa.CheckConstraint("month LIKE '____-__'", name="ck_score_entry_month"),
        sa.CheckConstraint("reason <> '' AND evidence <> ''", name="ck_score_entry_says_why"),
        sa.CheckConstraint("(state = 'ENTERED') = (decided_by_id IS NULL)", name="ck_score_entry_decided"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> entered_by_id", name="ck_score_entry_second_person"
        ),
        sa.Index("ix_score_entry_month", "month", "unit_id"),
    )

    month: Mapped[str] = mapped_column(sa.String(7), info=said(_l("Month"), _l("As 2026-03")))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Unit")))
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("score_item.id"), index=True)
    item: Mapped[ScoreItem] = relationship(info=said(_l("Item")))
    points: Mapped[Decimal] = mapped_column(
        POINTS, info=said(_l("Points"), _l("Less than nothing for a deduction"))
    )
    reason: Mapped[str] = mapped_column(sa.String(300), info=said(_l("Reason")))
    evidence: Mapped[str] = mapped_column(
        sa.String(300), info=said(_l("Evidence"), _l("Number of the paper, minutes or record that shows it"))
    )
    entered_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    entered_by: Mapped[Officer] = relationship(foreign_keys=[entered_by_id], info=said(_l("Entered by")))
    entered_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Entered")))
    state: Mapped[EntryState] = mapped_column(
        enum_column(EntryState, "score_entry_state"), default=EntryState.ENTERED, info=said(_l("State"))
    )
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    decided_by: Mapped[Officer | None] = relationship(
        foreign_keys=[decided_by_id], info=said(_l("Second person"))
    )
    decided_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Decided on")))


class NoticeScore(Row):
    """What one item came to for one unit on one notice; it leads to its figure, and so to the cases."""

    __tablename__ = "notice_score"
    __table_args__ = (sa.UniqueConstraint("notice_id", "unit_id", "item", name="uq_notice_score"),)

    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    notice: Mapped[Notice] = relationship(info=said(_l("Month")))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Unit")))
    item: Mapped[str] = mapped_column(sa.String(12), info=said(_l("Code")))
    value: Mapped[Decimal | None] = mapped_column(sa.Numeric(14, 2), info=said(_l("Figure")))
    by_hand: Mapped[Decimal] = mapped_column(POINTS, default=0, info=said(_l("By hand")))
    points: Mapped[Decimal] = mapped_column(POINTS, info=said(_l("Points")))
    veto: Mapped[bool] = mapped_column(default=False, info=said(_l("Veto")))
    figure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice_figure.id"), index=True)
    figure: Mapped[NoticeFigure | None] = relationship()
    sealed: Mapped[bool] = mapped_column(default=False)


class NoticeStanding(Row):
    """A unit's score and place on one notice."""

    __tablename__ = "notice_standing"
    __table_args__ = (sa.UniqueConstraint("notice_id", "unit_id", name="uq_notice_standing"),)

    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    notice: Mapped[Notice] = relationship(info=said(_l("Month")))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Unit")))
    unit_name: Mapped[str] = mapped_column(sa.String(80), info=said(_l("Unit")))
    cases: Mapped[int] = mapped_column(info=said(_l("Cases")))
    total: Mapped[Decimal] = mapped_column(POINTS, info=said(_l("Score")))
    weighted: Mapped[Decimal | None] = mapped_column(POINTS, info=said(_l("Part in the duty assessment")))
    pool: Mapped[str] = mapped_column(sa.String(40), default="", info=said(_l("Group")))
    rank: Mapped[int | None] = mapped_column(info=said(_l("Standing")))
    bottom: Mapped[bool | None] = mapped_column(info=said(_l("Among the last")))
    vetoed: Mapped[bool] = mapped_column(default=False, info=said(_l("Veto")))
    sealed: Mapped[bool] = mapped_column(default=False)


for _table in ("notice_score", "notice_standing"):
    immutable.protect(_table, when="OLD.sealed", deletable=True)
    for _name, _event in (
        (f"{_table}_of_a_draft", "INSERT"),
        (f"{_table}_stays_of_a_draft", "UPDATE OF notice_id"),
    ):
        immutable.check(
            _name, _table, _event,
            "EXISTS (SELECT 1 FROM notice n WHERE n.id = NEW.notice_id AND n.state = 'PUBLISHED')",
        )  # fmt: skip
immutable.protect(
    "score_entry",
    frozen=("month", "unit_id", "item_id", "points", "reason", "evidence", "entered_by_id", "entered_at"),
    once=("decided_by_id", "decided_at"),
)
immutable.check(
    "score_entry_decided_once",
    "score_entry",
    "UPDATE OF state",
    "OLD.state <> 'ENTERED' AND NEW.state <> OLD.state",
)
