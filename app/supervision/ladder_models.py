"""What follows when letters do not help: second and third letters, and the joint conference's measures in order.

The ladder is rows: rank, article and paper of each rung (R22 art. 39: talk, circular, listed supervision, rectification
by a date; art. 40: accountability). A measure is considered by the office, decided by the joint conference; the unit
reads it from then on.
"""

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
from app.documents.models import Document
from app.organisation.models import Officer, Unit
from app.supervision.models import LONGEST_FEEDBACK, Supervision


class Rung(Row):
    """A measure of the ladder as a row: its place in the order, its article, its paper."""

    __tablename__ = "supervision_rung"
    __table_args__ = (sa.CheckConstraint("days BETWEEN 0 AND 365", name="ck_rung_days"),)

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(40), info=said(_l("Measure")))
    rank: Mapped[int] = mapped_column(
        unique=True, info=said(_l("Order"), _l("A measure needs the one before it to have been decided"))
    )
    article: Mapped[str] = mapped_column(sa.String(40), default="", info=said(_l("Article")))
    paper: Mapped[str] = mapped_column(sa.String(8), info=said(_l("Document kind"), _l("Its code, as D28")))
    days: Mapped[int] = mapped_column(
        default=0, info=said(_l("Days for the unit's answer"), _l("0: nothing is to be answered"))
    )
    recorded: Mapped[bool] = mapped_column(
        default=False, info=said(_l("Needs a record"), _l("A talk counts once it was held and recorded"))
    )
    blames: Mapped[bool] = mapped_column(
        default=False, info=said(_l("Names an article of liability"), _l("Art. 42 to 46"))
    )
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class LiabilityArticle(Row):
    """问责事由: what art. 42 to 46 hold against whom; an accountability letter names one."""

    __tablename__ = "liability_article"

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    article: Mapped[str] = mapped_column(sa.String(40), info=said(_l("Article")))
    name: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Circumstance")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return f"{self.article} {self.name}"


class SupervisionReminder(OfCase, Row):
    """再次督办: the second or third letter of a matter, drafted by the office and signed by its head."""

    __tablename__ = "supervision_reminder"
    __table_args__ = (
        sa.CheckConstraint(f"days BETWEEN 1 AND {LONGEST_FEEDBACK}", name="ck_reminder_days"),
        sa.CheckConstraint("(sent_at IS NULL) = (times = 0)", name="ck_reminder_times"),
        sa.Index("uq_reminder_draft", "supervision_id", unique=True, sqlite_where=sa.text("sent_at IS NULL"),
                 postgresql_where=sa.text("sent_at IS NULL")),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    supervision_id: Mapped[int] = mapped_column(sa.ForeignKey("supervision.id"), index=True)
    supervision: Mapped[Supervision] = relationship(info=said(_l("Supervision matter")))
    times: Mapped[int] = mapped_column(default=0, info=said(_l("Which letter on this case")))
    problem: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Problem"), _l("What is still found, in sentences; printed on the letter"))
    )
    demand: Mapped[str] = mapped_column(sa.Text, info=said(_l("Demand"), _l("Printed on the letter")))
    days: Mapped[int] = mapped_column(
        info=said(_l("Days for the answer"), _l("Counted from the day of signing"))
    )
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    document: Mapped[Document] = relationship(info=said(_l("Supervision letter")))
    drafted_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Drafted")))
    sent_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Signed")))

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        seen = through_case(cls.case_id, reach)
        return seen if reach.everything else sa.and_(seen, cls.sent_at.is_not(None))

    def __str__(self) -> str:
        return self.document.number


immutable.protect(
    "supervision_reminder", frozen=("case_id", "supervision_id", "problem", "demand", "days", "document_id"),
    once=("sent_at",), when="OLD.sent_at IS NOT NULL", deletable=True,
)  # fmt: skip


class MeasureState(LabelledEnum):
    PROPOSED = (_l("Proposed to the joint conference"), "amber")
    DECIDED = (_l("Decided"), "warn")
    DONE = (_l("Carried out"), "green")
    REFUSED = (_l("Not decided"), "mute")


class SupervisionMeasure(OfCase, Row):
    """A rung of the ladder on a case: why, against which unit, and what the joint conference decided."""

    __tablename__ = "supervision_measure"
    __table_args__ = (
        sa.Index("uq_measure_proposed", "case_id", unique=True, sqlite_where=sa.text("state = 'PROPOSED'"),
                 postgresql_where=sa.text("state = 'PROPOSED'")),
        sa.CheckConstraint("(state = 'PROPOSED') = (decided_at IS NULL)", name="ck_measure_decided"),
        sa.CheckConstraint("state <> 'REFUSED' OR decision <> ''", name="ck_measure_refused_why"),
        sa.CheckConstraint("facts <> ''", name="ck_measure_facts"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    rung_id: Mapped[int] = mapped_column(sa.ForeignKey("supervision_rung.id"), index=True)
    rung: Mapped[Rung] = relationship(info=said(_l("Measure")))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id], info=said(_l("Unit supervised")))
    decider_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    decider: Mapped[Unit] = relationship(foreign_keys=[decider_id])
    facts: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Facts"), _l("What was found and what did not help; printed on the paper"))
    )
    demand: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Demand"), _l("Printed on the paper"))
    )
    article_id: Mapped[int | None] = mapped_column(sa.ForeignKey("liability_article.id"), index=True)
    article: Mapped[LiabilityArticle | None] = relationship(
        info=said(_l("Article of liability"), _l("An accountability letter names it (art. 42 to 46)"))
    )
    persons: Mapped[str] = mapped_column(
        sa.Text, default="", info=said(_l("Persons asked to the talk"), _l("Name and post, one a line"))
    )
    meet_at: Mapped[str] = mapped_column(
        sa.String(120), default="", info=said(_l("Time and place of the talk"))
    )
    days: Mapped[int] = mapped_column(default=0, info=said(_l("Days for the unit's answer")))
    state: Mapped[MeasureState] = mapped_column(
        enum_column(MeasureState, "measure_state"), info=said(_l("State"))
    )
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    proposed_by: Mapped[Officer] = relationship(foreign_keys=[proposed_by_id], info=said(_l("Proposed by")))
    proposed_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Day of the proposal")))
    decided_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Day of the decision")))
    decision: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Reason of the decision")))
    done_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Day it was carried out")))

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        """What is only considered is read by the office and by who decides it."""
        seen = through_case(cls.case_id, reach)
        if reach.everything:
            return seen
        told = cls.state.in_((MeasureState.DECIDED, MeasureState.DONE))
        return sa.and_(seen, sa.or_(told, cls.decider_id.in_(reach.units)))

    def __str__(self) -> str:
        return str(self.rung)


immutable.protect(
    "supervision_measure",
    frozen=("case_id", "rung_id", "unit_id", "decider_id", "facts", "demand", "article_id", "persons", "meet_at",
            "days", "proposed_by_id", "proposed_at"),
    once=("decided_at", "done_at"),
)  # fmt: skip
immutable.check(
    "measure_leads_on", "supervision_measure", "UPDATE OF state",
    "NEW.state <> OLD.state AND NOT ((OLD.state = 'PROPOSED' AND NEW.state IN ('DECIDED', 'REFUSED'))"
    " OR (OLD.state = 'DECIDED' AND NEW.state = 'DONE'))",
)  # fmt: skip


class Method(LabelledEnum):
    """七种督办方式 (S004)."""

    ONLINE = (_l("Online"), "mute")
    CALL = (_l("By telephone"), "mute")
    ON_SITE = (_l("On the spot"), "info")
    MEETING = (_l("By meeting"), "info")
    FILE = (_l("By calling in the file"), "info")
    LETTER = (_l("By letter"), "amber")
    TALK = (_l("By talk or circular"), "warn")


class SupervisionPlan(OfCase, Row):
    """周计划: what a supervisor means to do about a matter in a week; done when it is recorded in that week."""

    __tablename__ = "supervision_plan"
    __table_args__ = (
        sa.UniqueConstraint("officer_id", "week", "case_id", "method", name="uq_supervision_plan"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    officer_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer] = relationship(info=said(_l("Supervisor")))
    week: Mapped[dt.date] = mapped_column(info=said(_l("Week"), _l("Its Monday")))
    method: Mapped[Method] = mapped_column(enum_column(Method, "plan_method"), info=said(_l("Method")))
    purpose: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Purpose of the plan")))

    def __str__(self) -> str:
        return self.purpose


immutable.protect("supervision_plan")
