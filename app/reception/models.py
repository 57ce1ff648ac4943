"""Days of reception from rules, a case's way through a reception, and Friday's list to the leaders (domain.md §7.5)."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, OfCase, through_case
from app.core import immutable
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.core.models import Row
from app.core.scope import Reach
from app.documents.models import Document, DocumentKind
from app.organisation.models import Officer, Unit


class Duty(LabelledEnum):
    """What a day of the calendar is for."""

    RECEPTION = (_l("Leader's reception"), "amber")
    MEETING = (_l("Screening meeting"), "info")
    HOTLINE = (_l("Telephone duty"), "green")


class VisitKind(LabelledEnum):
    """五访 (S003)."""

    REGULAR = (_l("Regular reception"), "mute")
    DOWN = (_l("Going down to the towns"), "info")
    WITH_CASE = (_l("Visiting with a case"), "info")
    INVITED = (_l("By appointment"), "amber")
    FOLLOW_UP = (_l("Spot call-back"), "green")


class Pattern(LabelledEnum):
    MONTH_DAY = (_l("A day of every month"), "info")
    WEEKDAY = (_l("A day of every week"), "info")


class ReceptionRule(Row):
    """When a day recurs: the 10th for the principal leader, a weekday for leaders, the 15th for the meeting."""

    __tablename__ = "reception_rule"
    __table_args__ = (
        sa.CheckConstraint(
            "(pattern = 'WEEKDAY' AND number BETWEEN 1 AND 7) OR (pattern = 'MONTH_DAY' AND number BETWEEN 1 AND 28)",
            name="ck_reception_rule_number",
        ),
    )

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Rule")))
    pattern: Mapped[Pattern] = mapped_column(enum_column(Pattern, "rule_pattern"), info=said(_l("Recurs on")))
    number: Mapped[int] = mapped_column(
        info=said(_l("Number"), _l("Day of the month (1 to 28), or of the week (1 Monday to 7 Sunday)"))
    )
    rolled: Mapped[bool] = mapped_column(
        default=True, info=said(_l("Rolled forward"), _l("From a rest day to the next working day"))
    )
    duty: Mapped[Duty] = mapped_column(enum_column(Duty, "rule_duty"), info=said(_l("For")))
    visit: Mapped[VisitKind | None] = mapped_column(
        enum_column(VisitKind, "rule_visit"), info=said(_l("Kind of visit"))
    )
    who: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("Who")))
    hours: Mapped[str] = mapped_column(sa.String(30), default="", info=said(_l("Hours")))
    place: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Venue")))
    source: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Source")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class ReceptionDay(Row):
    """A day of the year's calendar; made by a rule or by hand, and changed by hand where needed."""

    __tablename__ = "reception_day"
    __table_args__ = (sa.UniqueConstraint("rule_id", "planned_for", name="uq_reception_day"),)

    rule_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reception_rule.id"))
    rule: Mapped[ReceptionRule | None] = relationship(info=said(_l("By rule")))
    planned_for: Mapped[dt.date | None] = mapped_column(info=said(_l("By the rule on")))
    day: Mapped[dt.date] = mapped_column(index=True, info=said(_l("Date")))
    duty: Mapped[Duty] = mapped_column(enum_column(Duty, "day_duty"), info=said(_l("For")))
    visit: Mapped[VisitKind | None] = mapped_column(
        enum_column(VisitKind, "day_visit"), info=said(_l("Kind of visit"))
    )
    leader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    leader: Mapped[Officer | None] = relationship(info=said(_l("Leader")))
    who: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("Who")))
    hours: Mapped[str] = mapped_column(sa.String(30), default="", info=said(_l("Hours")))
    place: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Venue")))
    cancelled: Mapped[bool] = mapped_column(default=False, info=said(_l("Cancelled")))
    note: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Remark")))
    edited: Mapped[bool] = mapped_column(default=False, info=said(_l("Changed by hand")))

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.duty}"


class ReceptionState(LabelledEnum):
    LISTED = (_l("For Friday's list"), "mute")
    SUBMITTED = (_l("Submitted to the leaders"), "info")
    ARRANGED = (_l("Arranged, to be prepared"), "amber")
    INVITED = (_l("Letters issued"), "info")
    HELD = (_l("Held, notice to be issued"), "amber")
    NOTICED = (_l("Unit at work"), "info")
    REPORTED = (_l("Reported back to the leader"), "amber")
    CLOSED = (_l("Struck off"), "green")
    ENDED = (_l("Did not take place"), "mute")


R = ReceptionState
RUNNING = (R.LISTED, R.SUBMITTED, R.ARRANGED, R.INVITED, R.HELD, R.NOTICED, R.REPORTED)
LED = (R.ARRANGED, R.INVITED, R.HELD, R.NOTICED, R.REPORTED)
FOLLOWS = {
    R.LISTED: (R.SUBMITTED, R.ENDED),
    R.SUBMITTED: (R.ARRANGED, R.ENDED),
    R.ARRANGED: (R.INVITED, R.ENDED, R.SUBMITTED),
    R.INVITED: (R.HELD, R.ENDED, R.SUBMITTED),
    R.HELD: (R.NOTICED, R.REPORTED, R.ENDED),
    R.NOTICED: (R.REPORTED, R.ENDED),
    R.REPORTED: (R.CLOSED, R.ENDED),
}


class FridayList(Row):
    """周五呈报: the matters of the week laid before the leaders, as one signed paper."""

    __tablename__ = "friday_list"

    made_on: Mapped[dt.date] = mapped_column(info=said(_l("Made on")))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    made_by: Mapped[Officer] = relationship(foreign_keys=[made_by_id], info=said(_l("Made by")))
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    document: Mapped[Document] = relationship(info=said(_l("Paper")))
    count: Mapped[int] = mapped_column(info=said(_l("Matters")))
    readers: Mapped[list[FridayReader]] = relationship(back_populates="list", order_by="FridayReader.id")

    def __str__(self) -> str:
        return f"{self.made_on:%Y-%m-%d}"


class FridayReader(Row):
    """A leader the list was laid before; whoever stands too near to one of its matters is none (art. 28)."""

    __tablename__ = "friday_reader"
    __table_args__ = (sa.UniqueConstraint("list_id", "officer_id", name="uq_friday_reader"),)

    list_id: Mapped[int] = mapped_column(sa.ForeignKey("friday_list.id"))
    list: Mapped[FridayList] = relationship(back_populates="readers")
    officer_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer] = relationship(info=said(_l("Leader")))

    def __str__(self) -> str:
        return str(self.officer)


immutable.protect("friday_list")
immutable.protect("friday_reader")


def _papers_reached(reach: Reach) -> sa.ColumnElement[bool]:
    """The list names no petitioner in full, and is for the office and the leaders it was laid before."""
    lists = sa.select(FridayList.document_id)
    if not reach.everything:
        lists = lists.join(FridayReader, FridayReader.list_id == FridayList.id).where(
            FridayReader.officer_id == reach.officer_id
        )
        return Document.id.in_(lists)
    drafted = Document.kind.has(DocumentKind.code == "D23A")
    return sa.or_(Document.id.in_(lists), drafted)


Document.reached_through.append(_papers_reached)


class Reception(OfCase, Row):
    """A case's way to a leader's reception and back; one at a time."""

    __tablename__ = "reception"
    __table_args__ = (
        sa.Index("uq_reception_running", "case_id", unique=True,
                 sqlite_where=sa.text(f"state IN ({', '.join(repr(s.name) for s in RUNNING)})"),
                 postgresql_where=sa.text(f"state IN ({', '.join(repr(s.name) for s in RUNNING)})")),
        sa.Index("ix_reception_state", "state", "id"),
        sa.CheckConstraint("why <> ''", name="ck_reception_why"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    why: Mapped[str] = mapped_column(
        sa.String(200), info=said(_l("Why a leader should receive it"), _l("Printed on Friday's list"))
    )
    history: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("How it was handled so far"), _l("Printed on Friday's list"))
    )
    listed_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Put forward")))
    listed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    listed_by: Mapped[Officer] = relationship(foreign_keys=[listed_by_id], info=said(_l("Put forward by")))
    listed_unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    listed_unit: Mapped[Unit | None] = relationship(foreign_keys=[listed_unit_id])
    friday_id: Mapped[int | None] = mapped_column(sa.ForeignKey("friday_list.id"), index=True)
    friday: Mapped[FridayList | None] = relationship(info=said(_l("Friday's list")))
    # as arranged last
    leader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    leader: Mapped[Officer | None] = relationship(foreign_keys=[leader_id], info=said(_l("Leader")))
    visit: Mapped[VisitKind | None] = mapped_column(
        enum_column(VisitKind, "reception_visit"), info=said(_l("Kind of visit"))
    )
    meets_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Reception on")))
    hours: Mapped[str] = mapped_column(sa.String(30), default="", info=said(_l("Hours")))
    place: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Venue")))
    state: Mapped[ReceptionState] = mapped_column(
        enum_column(ReceptionState, "reception_state"), info=said(_l("State"))
    )
    ended_why: Mapped[str] = mapped_column(
        sa.String(200), default="", info=said(_l("Why it did not take place"))
    )

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        """Until it is arranged it is the affair of the office and of whose hall put it forward."""
        seen = through_case(cls.case_id, reach)
        if reach.everything:
            return seen
        return sa.and_(seen, sa.or_(cls.leader_id.is_not(None), cls.listed_unit_id.in_(reach.units)))

    def __str__(self) -> str:
        return self.case.number


immutable.protect(
    "reception", frozen=("case_id", "why", "history", "listed_at", "listed_by_id", "listed_unit_id"),
    once=("friday_id",),
)  # fmt: skip
_STEPS = " OR ".join(
    f"(OLD.state = '{before.name}' AND NEW.state IN ({', '.join(repr(s.name) for s in after)}))"
    for before, after in FOLLOWS.items()
)
immutable.check(
    "reception_leads_on", "reception", "UPDATE OF state", f"NEW.state <> OLD.state AND NOT ({_STEPS})"
)
