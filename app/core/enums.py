"""Enums that carry their label and badge tone beside the value, and the column type that stores them."""

from __future__ import annotations

import enum
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup, escape

Tone = str  # one of: late, warn, ok, info, mute, amber, green


class LabelledEnum(enum.Enum):
    """Members are ``CODE = (label, tone)``; the code is stored, the translated label shown.

    Printed in a template a member becomes its badge (``__html__``); as text it is its label.
    """

    label: Any
    tone: Tone

    def __new__(cls, label: Any, tone: Tone = "mute") -> LabelledEnum:
        # the value is the member's place: a lazy label must not be hashed before an application exists
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        member.label, member.tone = label, tone
        return member

    def __str__(self) -> str:
        return str(self.label)

    def __html__(self) -> str:
        return str(badge(self.label, self.tone))


def badge(text: Any, tone: Tone) -> Markup:
    """A coloured word: colour never stands alone (also readable in black and white)."""
    return Markup('<span class="badge badge-{}">{}</span>').format(tone, escape(str(text)))


def enum_column(cls: type[LabelledEnum], name: str) -> sa.Enum:
    """Stored as the member's code in a VARCHAR with a named CheckConstraint, on both databases."""
    return sa.Enum(cls, native_enum=False, create_constraint=True, length=24, name=f"ck_{name}")
