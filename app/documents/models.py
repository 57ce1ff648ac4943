"""Document kinds, number series and the register of official papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import immutable
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.core.models import Row
from app.core.scope import Reach, Scoped
from app.organisation.models import Officer, Unit


class PaperFormat(LabelledEnum):
    """How a kind is laid out (domain.md §3.3, last column)."""

    LETTER = (_l("Letter (GB/T 9704 10.1)"), "info")
    DOCUMENT = (_l("Document with red head"), "info")
    MINUTES = (_l("Minutes (GB/T 9704 10.3)"), "info")
    NOTICE = (_l("Notice to the citizen"), "mute")
    FORM = (_l("Form"), "mute")
    SLIP = (_l("Slip"), "mute")


class Issuer(LabelledEnum):
    """In whose name a kind goes out."""

    UNIT = (_l("Unit that takes the step"), "mute")
    CONFERENCE = (_l("Office of the joint conference"), "info")


class DocumentKind(Row):
    """A kind of paper: its layout, its number series and its text. A new kind is a row, no code."""

    __tablename__ = "document_kind"
    pick_by = ("code", "name")

    code: Mapped[str] = mapped_column(sa.String(8), unique=True, info=said(_l("Code")))
    name: Mapped[str] = mapped_column(sa.String(40), info=said(_l("Document kind")))
    format: Mapped[PaperFormat] = mapped_column(
        enum_column(PaperFormat, "document_kind_format"), info=said(_l("Format"))
    )
    issuer: Mapped[Issuer] = mapped_column(
        enum_column(Issuer, "document_kind_issuer"), default=Issuer.UNIT, info=said(_l("Issued by"))
    )
    series: Mapped[str] = mapped_column(
        sa.String(20), default="",
        info=said(_l("Number series"), _l("As 云信督; {unit} is the sign of the issuing unit; empty: no number")),
    )  # fmt: skip
    title: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Title text")))
    recipient: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Recipient text")))
    body: Mapped[str] = mapped_column(
        sa.Text,
        info=said(
            _l("Body text"), _l("Fields in {{ double braces }}; a form has one line per row, cells by |")
        ),
    )
    fixed_clause: Mapped[str] = mapped_column(
        sa.Text,
        default="",
        info=said(_l("Fixed clause"), _l("Required by law or protection; printed last, not edited")),
    )
    copies_to: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Copies to")))
    sealed: Mapped[bool] = mapped_column(default=True, info=said(_l("Place for the seal")))
    basis: Mapped[str] = mapped_column(sa.String(120), default="", info=said(_l("Legal basis")))

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class NumberSeries(Row):
    """The last number of a series in a year. Its row lock makes numbers gap-free and never doubled."""

    __tablename__ = "number_series"
    __table_args__ = (sa.UniqueConstraint("sign", "year", name="uq_number_series"),)

    sign: Mapped[str] = mapped_column(sa.String(20), info=said(_l("Number series")))
    year: Mapped[int] = mapped_column(info=said(_l("Year")))
    last: Mapped[int] = mapped_column(default=0, info=said(_l("Last number")))


class DocumentState(LabelledEnum):
    DRAFT = (_l("Draft"), "amber")
    SIGNED = (_l("Signed"), "green")
    VOID = (_l("Void"), "mute")


class Document(Row, Scoped):
    """A paper: the fields it was made from, its number, and the digest of the PDF that was signed."""

    __tablename__ = "document"
    __table_args__ = (
        sa.UniqueConstraint("sign", "year", "serial", name="uq_document_number"),
        sa.CheckConstraint("state = 'DRAFT' OR digest IS NOT NULL", name="ck_document_signed_has_pdf"),
        sa.CheckConstraint("(serial IS NULL) = (number = '')", name="ck_document_number_has_serial"),
        sa.CheckConstraint("state <> 'VOID' OR void_reason <> ''", name="ck_document_void_has_reason"),
        sa.Index("ix_document_case", "case_id", "id"),
    )
    # upper rooms say through what a paper of theirs lies within reach (documents know no case)
    reached_through: ClassVar[list[Callable[[Reach], sa.ColumnElement[bool]]]] = []

    kind_id: Mapped[int] = mapped_column(sa.ForeignKey("document_kind.id"), index=True)
    kind: Mapped[DocumentKind] = relationship(info=said(_l("Document kind")))
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("petition_case.id", name="fk_document_case"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Issued by")))
    title: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Title")))
    recipient: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Recipient")))
    number: Mapped[str] = mapped_column(
        sa.String(40), default="", index=True, info=said(_l("Document number"))
    )
    sign: Mapped[str | None] = mapped_column(sa.String(20))
    year: Mapped[int | None]
    serial: Mapped[int | None]
    state: Mapped[DocumentState] = mapped_column(
        enum_column(DocumentState, "document_state"), default=DocumentState.DRAFT, info=said(_l("State"))
    )
    fields: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    body: Mapped[str] = mapped_column(sa.Text, info=said(_l("Text")))
    drafted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"))
    drafted_by: Mapped[Officer | None] = relationship(
        foreign_keys=[drafted_by_id], info=said(_l("Drafted by"))
    )
    drafted_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Drafted at")))
    signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"))
    signed_by: Mapped[Officer | None] = relationship(foreign_keys=[signed_by_id], info=said(_l("Signed by")))
    signed_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Signed at")))
    digest: Mapped[str | None] = mapped_column(sa.String(64), info=said(_l("Digest")))
    code: Mapped[str | None] = mapped_column(sa.String(16), unique=True)
    void_reason: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Reason for voiding")))
    voided_at: Mapped[dt.datetime | None]

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        reached = sa.or_(sa.false(), *[criterion(reach) for criterion in cls.reached_through])
        if reach.everything:
            return reached
        # a draft is its own house's affair: whom it will go to does not read it before it is signed
        ours = sa.or_(cls.unit_id.in_(reach.units), cls.drafted_by_id == reach.officer_id)
        return sa.and_(reached, sa.or_(cls.state != DocumentState.DRAFT, ours))

    def __str__(self) -> str:
        return f"{self.kind.name} {self.number}".strip()


# a signed paper stays what it is: only voiding may be added to it
immutable.protect(
    "document",
    frozen=("kind_id", "case_id", "unit_id", "title", "recipient", "number", "sign", "year", "serial", "fields",
            "body", "signed_by_id", "signed_at", "digest", "code", "drafted_by_id", "drafted_at"),
    when="OLD.state <> 'DRAFT'",
    deletable=True,
)  # fmt: skip
immutable.check(
    "document_stays_signed", "document", "UPDATE OF state", "OLD.state <> 'DRAFT' AND NEW.state = 'DRAFT'"
)
# voiding says when and why once, and is not taken back
immutable.check(
    "document_stays_void", "document", "UPDATE OF state, void_reason, voided_at",
    "OLD.state = 'VOID' AND (NEW.state <> 'VOID' OR NEW.void_reason <> OLD.void_reason"
    " OR NEW.voided_at IS NULL OR NEW.voided_at <> OLD.voided_at)",
)  # fmt: skip
immutable.check("number_never_returns", "number_series", "UPDATE OF last", "NEW.last < OLD.last")
immutable.protect("number_series", frozen=("sign", "year"))
