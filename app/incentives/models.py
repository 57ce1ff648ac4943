"""Indicators, the month's notice, its figures, and the cases behind each figure.

Figures and items keep what they were made from (names, due and end dates, the indicators' texts), so that a published
notice stays explained when a unit is renamed or an indicator is reworded. Once published nothing of it changes: the
notice by its state, figures and items by their seal (a trigger's condition may not look into another table).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, OfCase
from app.core import immutable
from app.core.enums import enum_column
from app.core.labels import said
from app.core.models import Row
from app.documents.models import Document
from app.incentives.enums import Measure, NoticeState, Over, Side, Split, Verdict, Window
from app.organisation.models import Officer, Unit


class Indicator(Row):
    """What is counted: rows of one kind, in the month of one of their days, by a formula, from which source."""

    __tablename__ = "indicator"
    pick_by = ("code", "name")

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Indicator")))
    rank: Mapped[int] = mapped_column(default=100, info=said(_l("Order on the notice")))
    side: Mapped[Side] = mapped_column(enum_column(Side, "indicator_side"), info=said(_l("Whose duty")))
    measure: Mapped[Measure] = mapped_column(
        enum_column(Measure, "indicator_measure"), info=said(_l("Written as"))
    )
    over: Mapped[Over] = mapped_column(enum_column(Over, "indicator_over"), info=said(_l("Counted over")))
    clock_code: Mapped[str] = mapped_column(
        sa.String(60),
        default="",
        info=said(
            _l("Only these kinds"),
            _l("Codes of deadlines (T5), steps or papers (D19), separated by commas; empty: all"),
        ),
    )
    window: Mapped[Window] = mapped_column(
        enum_column(Window, "indicator_window"), info=said(_l("Counts in the month of"))
    )
    window_days: Mapped[int] = mapped_column(
        default=0, info=said(_l("Days after it"), _l("As 30: the month of the registration and 30 days"))
    )
    expression: Mapped[str] = mapped_column(
        sa.String(500),
        info=said(_l("Formula"), _l("As share(in_time); the words it may use stand below the form")),
    )
    population: Mapped[str] = mapped_column(
        sa.String(500),
        default="",
        info=said(_l("Which rows"), _l("A condition, as kind == 'CLAIM' and channel != 'CALL'; empty: all")),
    )
    first_time_only: Mapped[bool] = mapped_column(
        default=False,
        info=said(_l("First petitions only"), _l("Repeated petitions in the same matter do not count")),
    )
    once_a_case: Mapped[bool] = mapped_column(
        default=False,
        info=said(_l("Once a case"), _l("Only the first deadline of this kind in a case counts")),
    )
    counts_not_due: Mapped[bool] = mapped_column(
        default=True,
        info=said(
            _l("Counts what is not yet due"),
            _l("Open cases whose day is still to come stand below the line of the fraction"),
        ),
    )
    released_by: Mapped[str] = mapped_column(
        sa.String(80),
        default="",
        info=said(
            _l("Released by"), _l("Step kinds that end the duty without counting it, separated by commas")
        ),
    )
    split: Mapped[Split] = mapped_column(
        enum_column(Split, "indicator_split"), default=Split.NONE, info=said(_l("Also shown"))
    )
    formula: Mapped[str] = mapped_column(
        sa.String(200), info=said(_l("In words"), _l("Printed on the notice"))
    )
    source: Mapped[str] = mapped_column(sa.String(120), default="", info=said(_l("Source")))
    local: Mapped[bool] = mapped_column(default=False, info=said(_l("Local rule")))
    tried_on: Mapped[str] = mapped_column(
        sa.String(7),
        default="",
        info=said(_l("Tried on"), _l("The past month it was last tried on; before that it cannot count")),
    )
    active: Mapped[bool] = mapped_column(default=False, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class Notice(Row):
    """The notice of one month. A draft is computed as often as one likes; a published one stays, and what was wrong
    in it is put right by a further edition that says so."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.UniqueConstraint("month", "edition", name="uq_notice_edition"),
        sa.UniqueConstraint("document_id", name="uq_notice_document"),
        sa.CheckConstraint(
            "(state = 'PUBLISHED') = (published_at IS NOT NULL)", name="ck_notice_published_when"
        ),
        sa.CheckConstraint("month LIKE '____-__'", name="ck_notice_month"),
        sa.CheckConstraint("(edition = 1) = (corrects_id IS NULL)", name="ck_notice_corrects"),
        sa.CheckConstraint("edition = 1 OR correction <> ''", name="ck_notice_correction_why"),
        sa.CheckConstraint(
            "state <> 'OBJECTION' OR objections_until IS NOT NULL", name="ck_notice_objections_until"
        ),
    )

    month: Mapped[str] = mapped_column(sa.String(7), index=True, info=said(_l("Month")))
    edition: Mapped[int] = mapped_column(default=1, info=said(_l("Edition")))
    corrects_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("notice.id", name="fk_notice_corrects"), index=True
    )
    corrects: Mapped[Notice | None] = relationship(remote_side="Notice.id", info=said(_l("Corrects")))
    correction: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Why it is corrected")))
    state: Mapped[NoticeState] = mapped_column(
        enum_column(NoticeState, "notice_state"), default=NoticeState.DRAFT, info=said(_l("State"))
    )
    as_of: Mapped[dt.date] = mapped_column(info=said(_l("As of"), _l("The day the cases were judged on")))
    computed_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Computed")))
    # what was recorded from this moment on is not known to it; editions of the first version have none
    known_until: Mapped[dt.datetime | None]
    computed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    computed_by: Mapped[Officer | None] = relationship(
        foreign_keys=[computed_by_id], info=said(_l("Computed by"))
    )
    objections_until: Mapped[dt.date | None] = mapped_column(info=said(_l("Objections until")))
    published_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Published")))
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    published_by: Mapped[Officer | None] = relationship(
        foreign_keys=[published_by_id], info=said(_l("Signed by"))
    )
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id", name="fk_notice_document"))
    document: Mapped[Document | None] = relationship(info=said(_l("Paper")))
    # what it was reckoned by, as it read on the day: indicators, score sheet, choices of the ranking
    indicators: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    basis: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)

    def __str__(self) -> str:
        return self.month if self.edition == 1 else f"{self.month} ({self.edition})"


class NoticeFigure(Row):
    """One figure: a unit's (or, without a unit, everybody's) for one indicator; ``part``: of one channel, kind …"""

    __tablename__ = "notice_figure"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "indicator", "unit_id", "part", name="uq_notice_figure_part"),
        sa.CheckConstraint("numerator BETWEEN 0 AND denominator", name="ck_figure_part_of_whole"),
    )

    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    notice: Mapped[Notice] = relationship(info=said(_l("Month")))
    indicator: Mapped[str] = mapped_column(sa.String(12), info=said(_l("Indicator")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit | None] = relationship(info=said(_l("Unit")))
    unit_name: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Unit")))
    part: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("Part")))
    numerator: Mapped[int | None] = mapped_column(
        info=said(_l("Above the line"), _l("Empty where the formula is no plain share"))
    )
    denominator: Mapped[int | None] = mapped_column(info=said(_l("Counted")))
    value: Mapped[Decimal | None] = mapped_column(
        sa.Numeric(14, 2), info=said(_l("Figure"), _l("Empty where nothing is to be divided"))
    )
    sealed: Mapped[bool] = mapped_column(default=False)


class NoticeItem(OfCase, Row):
    """One case behind a unit's figure. It lies within reach where its case does; the figure is for everybody."""

    __tablename__ = "notice_item"
    __table_args__ = (sa.Index("ix_notice_item_figure", "figure_id", "counted", "day", "id"),)

    figure_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_figure.id"))
    figure: Mapped[NoticeFigure] = relationship()
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    clock_id: Mapped[int | None] = mapped_column(sa.ForeignKey("clock.id"), index=True)
    counted: Mapped[bool] = mapped_column(info=said(_l("Above the line")))
    part: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("Part")))
    day: Mapped[dt.date] = mapped_column(info=said(_l("Counts on"), _l("The day that decides the month")))
    verdict: Mapped[Verdict | None] = mapped_column(
        enum_column(Verdict, "notice_item_verdict"), info=said(_l("Verdict"))
    )
    days: Mapped[int | None] = mapped_column(info=said(_l("Days"), _l("Days late, or days to spare")))
    stopped_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Ended")))
    sealed: Mapped[bool] = mapped_column(default=False)


immutable.protect("notice", when="OLD.state = 'PUBLISHED'", deletable=True)
immutable.protect("notice_figure", when="OLD.sealed", deletable=True)
immutable.protect("notice_item", when="OLD.sealed", deletable=True)
for _name, _event in (("figure_of_a_draft", "INSERT"), ("figure_stays_of_a_draft", "UPDATE OF notice_id")):
    immutable.check(
        _name, "notice_figure", _event,
        "EXISTS (SELECT 1 FROM notice n WHERE n.id = NEW.notice_id AND n.state = 'PUBLISHED')",
    )  # fmt: skip
for _name, _event in (("item_of_a_draft", "INSERT"), ("item_stays_of_a_draft", "UPDATE OF figure_id")):
    immutable.check(
        _name, "notice_item", _event,
        "EXISTS (SELECT 1 FROM notice_figure f WHERE f.id = NEW.figure_id AND f.sealed)",
    )  # fmt: skip

# everybody who reads papers reads a published notice; a draft stays with its house (Document.within)
Document.reached_through.append(
    lambda reach: Document.id.in_(sa.select(Notice.document_id).where(Notice.document_id.is_not(None)))
)
