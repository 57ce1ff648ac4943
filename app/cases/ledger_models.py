"""What an existing ledger is read with (its headings and words, both edited by the office), and the step it leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.ledger_sheet import LABELS
from app.cases.steps import Step, keep_for_ever
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.core.models import Row

_members = {code.upper(): (_l(label),) for code, label in LABELS.items()}
LedgerField: type[LabelledEnum] = LabelledEnum("LedgerField", _members)  # type: ignore[arg-type, assignment]
"""The fields of a ledger, named as in ``ledger_sheet.LABELS``."""


class WordField(LabelledEnum):
    """The fields whose words must be known; ``ledger_reference`` calls them by the same names in small letters."""

    CHANNEL = (_l("Channel"), "mute")
    PURPOSE = (_l("Purpose"), "mute")
    CATEGORY = (_l("Category"), "mute")
    IS_FIRST = (_l("First petition"), "mute")
    STATUS = (_l("State"), "mute")


class LedgerAlias(Row):
    """A heading under which ledgers keep a field; every bureau's differ."""

    __tablename__ = "ledger_alias"
    __table_args__ = (sa.Index("ix_ledger_alias_rank", "rank", "id"),)

    alias: Mapped[str] = mapped_column(sa.String(60), unique=True, info=said(_l("Heading in the ledger")))
    field: Mapped[LabelledEnum] = mapped_column(
        enum_column(LedgerField, "ledger_alias_field"), info=said(_l("Field"))
    )
    rank: Mapped[int] = mapped_column(
        default=5,
        info=said(_l("Rank"), _l("Where two columns mean the same field, the smaller number wins")),
    )
    active: Mapped[bool] = mapped_column(
        default=True,
        info=said(_l("In use")),
    )

    def __str__(self) -> str:
        return self.alias


class LedgerWord(Row):
    """A word of a ledger and the code it stands for: 走访 is a visit, 已存档 an archived case."""

    __tablename__ = "ledger_word"
    __table_args__ = (sa.UniqueConstraint("field", "word", name="uq_ledger_word"),)

    field: Mapped[WordField] = mapped_column(
        enum_column(WordField, "ledger_word_field"), info=said(_l("Field"))
    )
    word: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Word in the ledger")))
    code: Mapped[str] = mapped_column(
        sa.String(24),
        info=said(
            _l("Code"), _l("Of the channel, purpose, category or state; yes or no for a first petition")
        ),
    )
    active: Mapped[bool] = mapped_column(
        default=True,
        info=said(_l("In use")),
    )

    def __str__(self) -> str:
        return f"{self.word} → {self.code}"


class Takeover(Step):
    """台账导入: a matter that ran elsewhere goes on here, from the state its ledger gave it."""

    __tablename__ = "step_takeover"
    __mapper_args__: Any = {"polymorphic_identity": "takeover"}
    title: ClassVar[Any] = _l("Taken over from a ledger")
    id: Mapped[int] = mapped_column(sa.ForeignKey("case_step.id"), primary_key=True)
    file: Mapped[str] = mapped_column(sa.String(120), info=said(_l("File")))
    row: Mapped[int] = mapped_column(info=said(_l("Row")))
    status: Mapped[str] = mapped_column(sa.String(100), default="", info=said(_l("State in the ledger")))
    unit_text: Mapped[str] = mapped_column(sa.String(100), default="", info=said(_l("Unit in the ledger")))
    detail: Mapped[str] = mapped_column(
        sa.String(200), default="", info=said(_l("Third level of the category in the ledger"))
    )
    due_on: Mapped[dt.date | None] = mapped_column(info=said(_l("Deadline in the ledger")))
    rating: Mapped[str] = mapped_column(sa.String(100), default="", info=said(_l("Rating in the ledger")))

    def story(self) -> str:
        parts = [
            _("%(file)s, row %(row)s", file=self.file, row=self.row),
            _("state: %(value)s", value=self.status) if self.status else "",
            _("responsible: %(value)s", value=self.unit_text) if self.unit_text else "",
            _("deadline: %(value)s", value=self.due_on) if self.due_on else "",
            _("rating: %(value)s", value=self.rating) if self.rating else "",
            self.note,
        ]
        return "；".join(part for part in parts if part)


keep_for_ever(Takeover)
