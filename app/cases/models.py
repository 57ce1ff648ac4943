"""Tables of the cases room: categories and routing rules, the case, who has a part in it, its clocks."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import Channel, LegalPath, MatterKind, PartRole, PetitionerType, Purpose, State
from app.core import immutable
from app.core.crypto import Encrypted
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.core.models import Row
from app.core.scope import Reach, Scoped
from app.documents.models import Document
from app.organisation.models import Officer, Unit


class Category(Row):
    """A content category; three levels by ``parent`` (domain.md §6.1)."""

    __tablename__ = "category"
    pick_by = ("name", "full_name", "code")

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Category")))
    full_name: Mapped[str] = mapped_column(sa.String(120), default="", index=True, info=said(_l("Full name")))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("category.id"), index=True)
    parent: Mapped[Category | None] = relationship(remote_side="Category.id", info=said(_l("Belongs to")))
    path: Mapped[str] = mapped_column(sa.String(60), default="", index=True)
    local: Mapped[bool] = mapped_column(default=False, info=said(_l("Local category")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.full_name or self.name


class RoutingRule(Row):
    """Which unit and room a matter goes to (属地管理、分级负责，谁主管、谁负责: R22 art. 5). First match wins."""

    __tablename__ = "routing_rule"
    __table_args__ = (sa.Index("ix_routing_rule_rank", "rank", "id"),)

    name: Mapped[str] = mapped_column(sa.String(80), info=said(_l("Rule")))
    rank: Mapped[int] = mapped_column(
        default=100, info=said(_l("Rank"), _l("Smaller numbers are tried first"))
    )
    category_id: Mapped[int | None] = mapped_column(sa.ForeignKey("category.id"), index=True)
    category: Mapped[Category | None] = relationship(
        info=said(_l("Category"), _l("Also matches everything below it; empty: any category"))
    )
    place: Mapped[str] = mapped_column(
        sa.String(60),
        default="",
        info=said(_l("Place"), _l("Matches when the place of the matter contains it")),
    )
    purpose: Mapped[Purpose | None] = mapped_column(
        enum_column(Purpose, "routing_purpose"), info=said(_l("Purpose"))
    )
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id], info=said(_l("Responsible unit")))
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    room: Mapped[Unit | None] = relationship(foreign_keys=[room_id], info=said(_l("Reception room")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


class Case(Row, Scoped):
    """A petition matter. Its content never changes; its state is where its steps have led."""

    __tablename__ = "petition_case"
    __table_args__ = (
        sa.CheckConstraint("people_count BETWEEN 1 AND 9999", name="ck_case_people"),
        sa.CheckConstraint(
            "kind <> 'ACCUSATION' OR legal_path IS NULL", name="ck_case_accusation_has_no_path"
        ),
        sa.CheckConstraint(
            "accused_unit_id IS NULL OR unit_id IS NULL OR accused_unit_id <> unit_id",
            name="ck_case_not_to_accused",
        ),
        sa.Index("ix_case_unit_due", "unit_id", "due_on", "id"),
        sa.Index("ix_case_due", "due_on", "id"),
        sa.Index("ix_case_state", "state", "id"),
        sa.Index("ix_case_registered", "registered_at", "id"),
    )
    pick_by = ("number", "title")

    number: Mapped[str] = mapped_column(sa.String(30), unique=True, info=said(_l("Case number")))
    query_code: Mapped[str] = mapped_column(sa.String(16), unique=True, info=said(_l("Query code")))
    # what was brought (never changes)
    petitioner_name: Mapped[str] = mapped_column(
        sa.String(60),
        index=True,
        info=said(_l("Petitioner"), _l("Name of the person or organisation (art. 19)")),
    )
    petitioner_type: Mapped[PetitionerType] = mapped_column(
        enum_column(PetitionerType, "case_petitioner_type"), default=PetitionerType.PERSON,
        info=said(_l("Kind of petitioner")),
    )  # fmt: skip
    id_number: Mapped[str | None] = mapped_column(
        Encrypted,
        info=said(
            _l("ID number"), _l("Resident identity card or unified social credit code; kept encrypted")
        ),
    )
    id_index: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    phone: Mapped[str | None] = mapped_column(Encrypted, info=said(_l("Telephone")))
    phone_index: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    address: Mapped[str] = mapped_column(
        sa.String(200), info=said(_l("Address"), _l("Home address (art. 19)"))
    )
    people_count: Mapped[int] = mapped_column(default=1, info=said(_l("People who came or signed")))
    involved_count: Mapped[int | None] = mapped_column(info=said(_l("People concerned")))
    companions: Mapped[str] = mapped_column(
        sa.String(200),
        default="",
        info=said(_l("Companions"), _l("Who came along without a request of their own")),
    )
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "case_channel"), info=said(_l("Channel")))
    national: Mapped[bool] = mapped_column(
        default=False,
        info=said(
            _l("Registered by the national bureau"),
            _l("Came down from level to level; the county has 4 of the 15 days to forward it"),
        ),
    )
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose, "case_purpose"), info=said(_l("Purpose")))
    kind: Mapped[MatterKind] = mapped_column(
        enum_column(MatterKind, "case_kind"), info=said(_l("Kind of matter"))
    )
    legal_path: Mapped[LegalPath | None] = mapped_column(
        enum_column(LegalPath, "case_legal_path"),
        info=said(_l("Legal path"), _l("Only C6 has the 60 days (art. 31, 34)")),
    )
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("category.id"), index=True)
    category: Mapped[Category] = relationship(info=said(_l("Category")))
    place: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Place of the matter")))
    title: Mapped[str] = mapped_column(
        sa.String(120),
        default="",
        info=said(_l("Matter in brief"), _l("Empty: the first words of the request")),
    )
    request: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Request"), _l("What the petitioner asks for (art. 19)"))
    )
    facts: Mapped[str] = mapped_column(
        sa.Text, info=said(_l("Facts and reasons"), _l("As the petitioner states them (art. 19)"))
    )
    window: Mapped[str] = mapped_column(sa.String(20), default="", info=said(_l("Window")))
    first_time: Mapped[bool] = mapped_column(default=True, info=said(_l("First petition in this matter")))
    accused: Mapped[str] = mapped_column(sa.String(120), default="", info=said(_l("Accused person or unit")))
    accused_unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    accused_unit: Mapped[Unit | None] = relationship(
        foreign_keys=[accused_unit_id], info=said(_l("Accused unit"))
    )
    registered_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Registered at")))
    registered_unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    registered_unit: Mapped[Unit] = relationship(
        foreign_keys=[registered_unit_id], info=said(_l("Registered by"))
    )
    imported: Mapped[bool] = mapped_column(default=False, info=said(_l("Taken over from a ledger")))
    # where its steps have led it
    state: Mapped[State] = mapped_column(enum_column(State, "case_state"), info=said(_l("State")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id], info=said(_l("Responsible unit")))
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    room: Mapped[Unit | None] = relationship(foreign_keys=[room_id], info=said(_l("Reception room")))
    handler_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    handler: Mapped[Officer | None] = relationship(
        foreign_keys=[handler_id], info=said(_l("Handling officer"))
    )
    accepted_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Accepted on")))
    due_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Next deadline")))
    # 日清日结 of a first petition: sent on, and who answers for it, each with its day (domain.md §2.4)
    sent_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Sent on")))
    supervising_leader: Mapped[str] = mapped_column(
        sa.String(60), default="", info=said(_l("Supervising leader"))
    )
    supervising_on: Mapped[dt.date | None]
    package_leader: Mapped[str] = mapped_column(
        sa.String(60), default="", info=said(_l("Unit's leader in charge"))
    )
    package_on: Mapped[dt.date | None]
    assigned: Mapped[bool] = mapped_column(
        default=False, info=said(_l("Assigned"), _l("With term, report and supervisor (art. 22 (3))"))
    )
    led_by: Mapped[
        int | None
    ]  # the step that led the facts above; the database wants a new one for each change
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    representatives: Mapped[list[Representative]] = relationship(
        back_populates="case", order_by="Representative.id"
    )
    parts: Mapped[list[Part]] = relationship(back_populates="case", order_by="Part.id")
    clocks: Mapped[list[Clock]] = relationship(back_populates="case", order_by="Clock.id")

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        return _reached(cls, reach)


def _reached(case: Any, reach: Reach) -> sa.ColumnElement[bool]:
    """What an officer's part or role opens, less what they stand too near to."""
    return sa.and_(_opened(case, reach), impartial(case, reach))


def _opened(case: Any, reach: Reach) -> sa.ColumnElement[bool]:
    """Ordinary matters by unit or assignment; accusations only for their keepers, never for the accused (art. 30).

    ``case`` offers the columns: the class itself, or an alias of its table.
    """
    mine = _PART.c.officer_id == reach.officer_id
    if reach.units:
        mine = sa.or_(mine, _PART.c.unit_id.in_(reach.units))
    if reach.as_set:
        taken: Any = case.id.in_(sa.select(_PART.c.case_id).where(_PART.c.active, mine))
    else:
        taken = sa.exists().where(_PART.c.case_id == case.id, _PART.c.active, mine).correlate_except(_PART)
    ordinary = sa.and_(case.kind != MatterKind.ACCUSATION, sa.true() if reach.everything else taken)
    if not reach.accusations:
        return ordinary
    my_superiors = sa.select(_ABOVE.c.id).where(sa.literal(reach.unit_path).startswith(_ABOVE.c.path))
    accused = sa.and_(case.accused_unit_id.is_not(None), case.accused_unit_id.in_(my_superiors))
    return sa.or_(ordinary, sa.and_(case.kind == MatterKind.ACCUSATION, sa.not_(accused)))


_RECUSAL = sa.table(
    "case_recusal", *[sa.column(name) for name in ("case_id", "officer_id", "unit_id", "ended_by_id")]
)


def impartial(case: Any, reach: Reach) -> sa.ColumnElement[bool]:
    """Art. 28: who is recused, or named in the matter, or below the unit named, does not see it, whatever the role.

    The recusals in force are few: one uncorrelated list. The units above the officer stand in the path.
    """
    units = [int(number) for number in reach.unit_path.split("/") if number]
    near = [_RECUSAL.c.officer_id == reach.officer_id] if reach.officer_id is not None else []
    near += [_RECUSAL.c.unit_id.in_(units)] if units else []
    if not near:
        return sa.true()
    recused = sa.select(_RECUSAL.c.case_id).where(_RECUSAL.c.ended_by_id.is_(None), sa.or_(*near))
    clear = case.id.not_in(recused)
    named = units[1:] or units  # all stand below the district's leadership: it recuses itself alone
    return (
        sa.and_(clear, sa.or_(case.accused_unit_id.is_(None), case.accused_unit_id.not_in(named)))
        if named
        else clear
    )


def through_case(column: Any, reach: Reach) -> sa.ColumnElement[bool]:
    """What hangs on a case lies within reach where its case does."""
    reached = _reached(_CASE.c, reach)
    if reach.as_set:
        return column.in_(sa.select(_CASE.c.id).where(reached))
    return sa.exists().where(_CASE.c.id == column, reached).correlate_except(_CASE)


class OfCase(Scoped):
    """Mixin: a row that hangs on a case."""

    if TYPE_CHECKING:
        case_id: Any

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        return through_case(cls.case_id, reach)


Document.reached_through.append(lambda reach: through_case(Document.case_id, reach))


class Representative(OfCase, Row):
    """A representative of a joint petition; at most five (R22 art. 20)."""

    __tablename__ = "case_representative"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(back_populates="representatives")
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Representative")))


class Part(OfCase, Row):
    """A unit's or officer's part in a case: the reason why they see it, and since which step."""

    __tablename__ = "case_part"
    __table_args__ = (
        sa.Index("ix_part_unit", "unit_id", "active", "case_id"),
        sa.Index("ix_part_officer", "officer_id", "active", "case_id"),
        sa.CheckConstraint("unit_id IS NOT NULL OR officer_id IS NOT NULL", name="ck_part_somebody"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(back_populates="parts")
    role: Mapped[PartRole] = mapped_column(enum_column(PartRole, "part_role"), info=said(_l("Part")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    unit: Mapped[Unit | None] = relationship(info=said(_l("Unit")))
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"))
    officer: Mapped[Officer | None] = relationship(info=said(_l("Officer")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In force")))


# what the criteria of the scope read; an alias copies every column, so each is made once
_CASE = Case.__table__.alias("reach_case")
_PART = Part.__table__.alias("reach_part")
_ABOVE = Unit.__table__.alias("reach_unit")


class ClockUnit(LabelledEnum):
    DAYS = (_l("days"), "mute")
    WORKDAYS = (_l("working days"), "mute")


class ClockRule(Row):
    """A deadline: how long, from what, under which article. Local rules say so (本地规定)."""

    __tablename__ = "clock_rule"

    code: Mapped[str] = mapped_column(sa.String(12), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Deadline")))
    length: Mapped[int] = mapped_column(info=said(_l("Length")))
    unit: Mapped[ClockUnit] = mapped_column(
        enum_column(ClockUnit, "clock_rule_unit"), info=said(_l("Counted in"))
    )
    article: Mapped[str] = mapped_column(
        sa.String(40), info=said(_l("Article"), _l("As 第34条; local rules: 本地规定"))
    )
    starts: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Runs from")))
    ends: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Ended by")))
    task: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("Next step")))
    duty: Mapped[bool] = mapped_column(
        default=True,
        info=said(_l("Is a duty"), _l("A duty stands in the queue; a right (objection, review) does not")),
    )
    local: Mapped[bool] = mapped_column(default=False, info=said(_l("Local rule")))

    def __str__(self) -> str:
        return self.name


class Clock(OfCase, Row):
    """One open obligation: who owes what by when, under which article. Late is computed, never stored."""

    __tablename__ = "clock"
    __table_args__ = (
        sa.Index("ix_clock_unit_due", "unit_id", "due_legal", "id", sqlite_where=sa.text("stopped_on IS NULL"),
                 postgresql_where=sa.text("stopped_on IS NULL")),
        # few clocks name an officer; the index of all of them would lead SQLite to believe otherwise
        sa.Index("ix_clock_officer", "officer_id", "due_legal", "id",
                 sqlite_where=sa.text("stopped_on IS NULL AND officer_id IS NOT NULL"),
                 postgresql_where=sa.text("stopped_on IS NULL AND officer_id IS NOT NULL")),
        # the daily duties: what is over, of which kind
        sa.Index("ix_clock_running", "code", "due_legal", "id", sqlite_where=sa.text("stopped_on IS NULL"),
                 postgresql_where=sa.text("stopped_on IS NULL")),
        sa.Index("ix_clock_stat", "code", "due_stat"),
        sa.CheckConstraint("extended_by BETWEEN 0 AND 30", name="ck_clock_extension"),
        sa.CheckConstraint("due_legal >= due_stat", name="ck_clock_rolls_forward"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(back_populates="clocks", info=said(_l("Case")))
    rule_id: Mapped[int] = mapped_column(sa.ForeignKey("clock_rule.id"), index=True)
    rule: Mapped[ClockRule] = relationship(info=said(_l("Deadline")))
    code: Mapped[str] = mapped_column(sa.String(12), info=said(_l("Code")))
    duty: Mapped[bool] = mapped_column(info=said(_l("Is a duty")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    owner: Mapped[Unit | None] = relationship(info=said(_l("Owed by")))
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"))
    officer: Mapped[Officer | None] = relationship(info=said(_l("Officer")))
    started_on: Mapped[dt.date] = mapped_column(info=said(_l("Started")))
    length: Mapped[int] = mapped_column(info=said(_l("Length")))
    counted_in: Mapped[ClockUnit] = mapped_column(
        enum_column(ClockUnit, "clock_unit"), info=said(_l("Counted in"))
    )
    extended_by: Mapped[int] = mapped_column(default=0, info=said(_l("Extended by")))
    due_stat: Mapped[dt.date] = mapped_column(info=said(_l("Due (assessment)"), _l("Plain count")))
    due_legal: Mapped[dt.date] = mapped_column(
        info=said(_l("Due (legal)"), _l("Rolled forward to a working day"))
    )
    certain: Mapped[bool] = mapped_column(default=True, info=said(_l("Calendar published")))
    stopped_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Ended")))
    suspensions: Mapped[list[Suspension]] = relationship(back_populates="clock", order_by="Suspension.id")
    changes: Mapped[list[ClockChange]] = relationship(back_populates="clock", order_by="ClockChange.id")
    started_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("case_step.id", name="fk_clock_started_by")
    )
    stopped_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("case_step.id", name="fk_clock_stopped_by")
    )


class Disclosure(OfCase, Row):
    """An officer looked at ID and telephone number in plain text, for a reason; never changed (PIPL art. 51)."""

    __tablename__ = "case_disclosure"
    __table_args__ = (sa.Index("ix_disclosure_case", "case_id", "officer_id", "at"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"))
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    officer_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    officer: Mapped[Officer] = relationship(info=said(_l("Officer")))
    at: Mapped[dt.datetime] = mapped_column(info=said(_l("When")))
    reason: Mapped[str] = mapped_column(
        sa.String(200), info=said(_l("What for"), _l("Kept with your name; shown for half an hour"))
    )


immutable.protect("case_disclosure")


class Suspension(OfCase, Row):
    """Days that do not count for a clock: a hearing in re-examination, and nothing else (art. 36 para 2)."""

    __tablename__ = "clock_suspension"
    __table_args__ = (sa.CheckConstraint("until IS NULL OR until >= since", name="ck_suspension_order"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    clock_id: Mapped[int] = mapped_column(sa.ForeignKey("clock.id"), index=True)
    clock: Mapped[Clock] = relationship(back_populates="suspensions")
    since: Mapped[dt.date] = mapped_column(info=said(_l("Suspended from")))
    until: Mapped[dt.date | None] = mapped_column(info=said(_l("Suspended until")))
    why: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Reason")))


class ClockChange(OfCase, Row):
    """A due date moved because the calendar changed: what it was, what it is, why; never changed."""

    __tablename__ = "clock_change"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    clock_id: Mapped[int] = mapped_column(sa.ForeignKey("clock.id"), index=True)
    clock: Mapped[Clock] = relationship(back_populates="changes")
    at: Mapped[dt.datetime] = mapped_column(info=said(_l("When")))
    old_stat: Mapped[dt.date] = mapped_column(info=said(_l("Due (assessment) before")))
    old_legal: Mapped[dt.date] = mapped_column(info=said(_l("Due (legal) before")))
    new_stat: Mapped[dt.date] = mapped_column(info=said(_l("Due (assessment) after")))
    new_legal: Mapped[dt.date] = mapped_column(info=said(_l("Due (legal) after")))
    why: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Reason")))


immutable.protect("clock_suspension", frozen=("case_id", "clock_id", "since", "why"), once=("until",))
immutable.protect("clock_change")
# the case file: content is fixed, state is led, nothing is deleted
immutable.protect(
    "petition_case",
    frozen=("number", "query_code", "petitioner_type", "id_number", "id_index", "phone", "phone_index",
            "involved_count", "companions", "channel", "national", "purpose", "category_id", "request", "facts",
            "first_time", "accused", "accused_unit_id", "registered_at", "registered_unit_id", "imported"),
)  # fmt: skip
# a few facts of the registration may be corrected, and the kind classified: each only by its own step, which keeps why
_LAST_KIND = "(SELECT s.kind FROM case_step s WHERE s.case_id = NEW.id ORDER BY s.id DESC LIMIT 1)"
for _column, _kind in (
    ("kind", "classification"), ("petitioner_name", "correction"), ("address", "correction"), ("place", "correction"),
    ("title", "correction"), ("people_count", "correction"), ("window", "correction"),
):  # fmt: skip
    immutable.check(
        f"case_{_column}_by_step", "petition_case", f'UPDATE OF "{_column}"',
        f'NEW."{_column}" <> OLD."{_column}" AND COALESCE({_LAST_KIND}, \'\') <> \'{_kind}\'',
    )  # fmt: skip
immutable.protect("case_representative")
immutable.protect("case_part", frozen=("case_id", "role", "unit_id", "officer_id"))
immutable.protect(
    "clock",
    frozen=("case_id", "rule_id", "code", "unit_id", "officer_id", "duty", "started_on", "length", "counted_in",
            "started_by_id"),
    once=("stopped_on", "stopped_by_id"),
)  # fmt: skip
# a deadline moves by its one extension (art. 34), by the days of a hearing (art. 36), or with the calendar, which
# leaves a record of the move; whether the calendar is certain says nothing of the date
immutable.check(
    "clock_is_extended_once", "clock", "UPDATE OF due_stat, due_legal, extended_by",
    "(NEW.due_stat <> OLD.due_stat OR NEW.due_legal <> OLD.due_legal OR NEW.extended_by <> OLD.extended_by) AND"
    " (OLD.stopped_on IS NOT NULL OR NOT ("
    "(OLD.extended_by = 0 AND NEW.extended_by BETWEEN 1 AND 30"
    " AND EXISTS (SELECT 1 FROM case_step s WHERE s.case_id = NEW.case_id AND s.kind = 'extension_ruling'))"
    " OR (NEW.extended_by = OLD.extended_by AND NEW.code = 'T10'"
    " AND EXISTS (SELECT 1 FROM clock_suspension h WHERE h.clock_id = NEW.id))"
    " OR (NEW.extended_by = OLD.extended_by AND EXISTS (SELECT 1 FROM clock_change c WHERE c.clock_id = NEW.id"
    " AND c.new_stat = NEW.due_stat AND c.new_legal = NEW.due_legal))))",
)  # fmt: skip
# state is led, not set: a new state needs the step that led there
immutable.check(
    "case_state_is_led", "petition_case", "UPDATE OF state",
    "NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM case_step s WHERE s.case_id = NEW.id"
    " AND s.id = (SELECT MAX(t.id) FROM case_step t WHERE t.case_id = NEW.id) AND s.to_state = NEW.state)",
)  # fmt: skip
# nor do the facts a case is led by change without a new step
LED = ("unit_id", "room_id", "handler_id", "accepted_on", "legal_path")
immutable.check(
    "case_facts_are_led", "petition_case", f"UPDATE OF {', '.join(LED)}",
    "(" + " OR ".join(f"COALESCE(CAST(NEW.{c} AS VARCHAR(40)), '') <> COALESCE(CAST(OLD.{c} AS VARCHAR(40)), '')"
                      for c in LED) + ")"
    " AND (COALESCE(NEW.led_by, 0) = COALESCE(OLD.led_by, 0) OR NEW.led_by <>"
    " (SELECT MAX(t.id) FROM case_step t WHERE t.case_id = NEW.id))",
)  # fmt: skip
# an accusation never gets a part for the accused unit or anything below it (art. 30)
immutable.check(
    "accusation_wall", "case_part", "INSERT",
    "EXISTS (SELECT 1 FROM petition_case c JOIN unit a ON a.id = c.accused_unit_id"
    " JOIN unit u ON u.id = COALESCE(NEW.unit_id, (SELECT o.unit_id FROM ab_user o WHERE o.id = NEW.officer_id))"
    " WHERE c.id = NEW.case_id AND c.kind = 'ACCUSATION' AND u.path LIKE a.path || '%')",
)  # fmt: skip
