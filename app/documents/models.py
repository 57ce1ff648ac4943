"""Document kinds, number series and the register of official papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import immutable
from app.core.crypto import Encrypted
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
        info=said(_l("Fixed clause"), _l("Printed last, before signatures and attachments")),
    )
    clause_locked: Mapped[bool] = mapped_column(
        default=False, server_default=sa.false(),
        info=said(_l("Fixed clause is locked"), _l("Required by law or protection: read, not edited")),
    )  # fmt: skip
    copies_to: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Copies to")))
    sealed: Mapped[bool] = mapped_column(default=True, info=said(_l("Place for the seal")))
    basis: Mapped[str] = mapped_column(sa.String(120), default="", info=said(_l("Legal basis")))
    trigger: Mapped[str] = mapped_column(
        sa.String(200), default="", server_default="", info=said(_l("Issued when"))
    )
    required: Mapped[str] = mapped_column(
        sa.String(300), default="", server_default="",
        info=said(_l("Required fields"), _l("Names between blanks; nothing is signed while one is empty")),
    )  # fmt: skip
    signers: Mapped[str] = mapped_column(
        sa.String(120), default="", server_default="",
        info=said(_l("Signed by"), _l("Posts between 、; empty: whoever takes the step")),
    )  # fmt: skip
    signers_major: Mapped[str] = mapped_column(
        sa.String(120), default="", server_default="",
        info=said(_l("Signed in major matters by"), _l("Posts between 、; empty: as in other matters")),
    )  # fmt: skip
    organ: Mapped[str] = mapped_column(
        sa.String(120), default="", server_default="",
        info=said(_l("Issuing organ"), _l("Text; empty: the unit or the joint conference, as chosen above")),
    )  # fmt: skip
    mark: Mapped[str] = mapped_column(
        sa.String(60), default="", server_default="",
        info=said(_l("Mark in the head"), _l("Text; empty: the name of the issuing organ")),
    )  # fmt: skip
    upward: Mapped[bool] = mapped_column(
        default=False, server_default=sa.false(), info=said(_l("Goes to a higher organ: names its signer"))
    )
    version: Mapped[int] = mapped_column(default=1, server_default="1", info=said(_l("Version of the text")))

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


TEXTS = ("title", "recipient", "body", "fixed_clause", "copies_to", "organ", "mark")
"""The parts of a kind that are text with fields; a change of one is a new version."""


class DocumentText(Row):
    """A version of a kind's texts as they stood; the newest is the kind's own."""

    __tablename__ = "document_text"
    __table_args__ = (sa.UniqueConstraint("kind_id", "version", name="uq_document_text"),)

    kind_id: Mapped[int] = mapped_column(sa.ForeignKey("document_kind.id"), index=True)
    kind: Mapped[DocumentKind] = relationship(info=said(_l("Document kind")))
    version: Mapped[int] = mapped_column(info=said(_l("Version of the text")))
    title: Mapped[str] = mapped_column(sa.String(200), info=said(_l("Title text")))
    recipient: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Recipient text")))
    body: Mapped[str] = mapped_column(sa.Text, info=said(_l("Body text")))
    fixed_clause: Mapped[str] = mapped_column(sa.Text, default="", info=said(_l("Fixed clause")))
    copies_to: Mapped[str] = mapped_column(sa.String(200), default="", info=said(_l("Copies to")))
    organ: Mapped[str] = mapped_column(sa.String(120), default="", info=said(_l("Issuing organ")))
    mark: Mapped[str] = mapped_column(sa.String(60), default="", info=said(_l("Mark in the head")))
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"))
    changed_by: Mapped[Officer | None] = relationship(info=said(_l("Changed by")))
    changed_at: Mapped[dt.datetime] = mapped_column(info=said(_l("Changed at")))

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


immutable.protect("document_text")


class Seal(Row):
    """A unit's seal as a picture, kept encrypted; pressed on what the unit signs from its day on."""

    __tablename__ = "seal"

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship(info=said(_l("Unit")))
    name: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Seal")))
    diameter: Mapped[int] = mapped_column(
        default=42, info=said(_l("Diameter in mm"), _l("42 for organs of a district or county"))
    )
    image: Mapped[str] = mapped_column(Encrypted, info=said(_l("Picture"), _l("PNG, kept encrypted")))
    from_day: Mapped[dt.date] = mapped_column(info=said(_l("In use from")))
    until_day: Mapped[dt.date | None] = mapped_column(info=said(_l("In use until")))

    def __str__(self) -> str:
        return self.name


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


class DeliveryWay(LabelledEnum):
    """How a paper reached whom it is for (送达)."""

    DIRECT = (_l("Handed over in person"), "mute")
    POST = (_l("Registered post"), "mute")
    LEFT = (_l("Left with a witness"), "mute")
    ENTRUSTED = (_l("Entrusted delivery"), "mute")
    ELECTRONIC = (_l("Electronic delivery"), "mute")


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
    kind_version: Mapped[int] = mapped_column(
        default=1, server_default="1", info=said(_l("Version of the text"))
    )
    submitted_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Sent for review at")))
    reviewed_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ab_user.id", name="fk_document_reviewed_by")
    )
    reviewed_by: Mapped[Officer | None] = relationship(
        foreign_keys=[reviewed_by_id], info=said(_l("Reviewed by"))
    )
    reviewed_at: Mapped[dt.datetime | None] = mapped_column(info=said(_l("Reviewed at")))
    review_note: Mapped[str] = mapped_column(
        sa.String(200), default="", server_default="", info=said(_l("Note of the review"))
    )
    delivery_way: Mapped[DeliveryWay | None] = mapped_column(
        enum_column(DeliveryWay, "document_delivery_way"), info=said(_l("Delivered how"))
    )
    delivered_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Delivered on")))
    received_by: Mapped[str] = mapped_column(
        sa.String(60), default="", server_default="", info=said(_l("Received by (witness)"))
    )

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        reached = sa.or_(sa.false(), *[criterion(reach) for criterion in cls.reached_through])
        if reach.everything:
            return reached
        # a draft is its own house's affair: whom it will go to does not read it before it is signed
        ours = sa.or_(cls.unit_id.in_(reach.units), cls.drafted_by_id == reach.officer_id)
        # a slip bears the query code, which speaks for the petitioner (their evaluation): the unit complained of never
        # holds it
        slips = sa.select(DocumentKind.id).where(DocumentKind.format == PaperFormat.SLIP)
        open_to_all = sa.and_(cls.state != DocumentState.DRAFT, cls.kind_id.not_in(slips))
        return sa.and_(reached, sa.or_(open_to_all, ours))

    def __str__(self) -> str:
        return f"{self.kind.name} {self.number}".strip()


# a signed paper stays what it is: only voiding may be added to it
immutable.protect(
    "document",
    frozen=("kind_id", "case_id", "unit_id", "title", "recipient", "number", "sign", "year", "serial", "fields",
            "body", "signed_by_id", "signed_at", "digest", "code", "drafted_by_id", "drafted_at", "kind_version",
            "submitted_at", "reviewed_by_id", "reviewed_at", "review_note"),
    once=("delivery_way", "delivered_on"),
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
