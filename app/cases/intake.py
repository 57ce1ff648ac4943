"""Petitions handed in by another system: a hotline (12345) or a web form (art. 17, 21: one register for all channels).

The sender's own reference makes it safe to send twice: the same reference with the same content gives the same
number, with other content it is refused. What is wrong is said per field, all at once.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, ValidationError, fields
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases import operations
from app.cases.enums import Channel, PetitionerType, Purpose
from app.cases.models import Case, Category, OfCase
from app.core import crypto, immutable
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import Row
from app.core.scope import seeing_all
from app.organisation.models import Officer, Unit

# who hands in by interface was not visited, and its post was opened by somebody else
CHANNELS = (Channel.HOTLINE, Channel.WEB, Channel.CALL, Channel.MAILBOX, Channel.SUPERIOR)


class IntakeReceipt(OfCase, Row):
    """Which case a sender's reference became; never changed, so that sending again cannot make a second case."""

    __tablename__ = "intake_receipt"
    __table_args__ = (sa.UniqueConstraint("sender_id", "external_ref", name="uq_intake_receipt"),)

    sender_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"))
    sender: Mapped[Officer] = relationship()
    external_ref: Mapped[str] = mapped_column(sa.String(80))
    digest: Mapped[str] = mapped_column(sa.String(64))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship()
    received_at: Mapped[dt.datetime]


immutable.protect("intake_receipt")


class Conflict(Exception):
    """The reference was used before, for other content."""


class Wrong(Exception):
    """What cannot be registered: ``errors`` gives the reason per field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


# ---- what may be sent ----------------------------------------------------------------------------------------------

_MISSING, _KIND = _l("This field is missing."), _l("This is not a value of the right kind.")
_SAID: dict[str, Any] = {"required": _MISSING, "null": _MISSING, "invalid": _KIND, "type": _KIND,
                         "unknown": _l("This code is not known."), "too_large": _KIND}  # fmt: skip


def _wrong(sentence: Any) -> ValidationError:
    return ValidationError(str(sentence))  # a lazy sentence would be taken for a list of letters


def _sound(text: str) -> None:
    """Characters no database keeps and no paper shows: control characters, halves of surrogate pairs."""
    if any(
        (ord(c) < 32 and c not in "\n\r\t") or 0x7F <= ord(c) <= 0x9F or 0xD800 <= ord(c) <= 0xDFFF
        for c in text
    ):
        raise _wrong(_l("It holds control characters."))


def _at_most(most: int) -> Callable[[str], None]:
    def check(text: str) -> None:
        if len(text) > most:
            raise _wrong(_l("It is longer than %(most)s characters.", most=most))

    return check


def _filled(sentence: Any) -> Callable[[str], None]:
    def check(text: str) -> None:
        if not text.strip():
            raise _wrong(sentence)

    return check


def _text(most: int, missing: Any = None) -> fields.String:
    """A text of at most ``most`` characters; where it is required, ``missing`` says so."""
    checks: list[Any] = [_sound, _at_most(most)]
    said = _SAID
    if missing is not None:
        checks, said = [*checks, _filled(missing)], {**_SAID, "required": missing, "null": missing}
    return fields.String(required=missing is not None, validate=checks, error_messages=said,
                         metadata={"maxLength": most})  # fmt: skip


def _count(most: int) -> fields.Integer:
    def check(number: int) -> None:
        if not 1 <= number <= most:
            raise _wrong(_l("This number of people cannot be right."))

    said = {"minimum": 1, "maximum": most}
    return fields.Integer(strict=True, validate=check, error_messages=_SAID, metadata=said)


def _open_channel(channel: Channel) -> None:
    if channel not in CHANNELS:
        raise _wrong(_l("This channel is registered at the bureau itself, not handed in."))


class Code(fields.Enum[Any]):
    """The code of an enum's member; anything else is unknown, whatever its kind."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("unknown")
        return super()._deserialize(value, attr, data, **kwargs)


class Intake(Schema):
    """A petition as a sender hands it in; the names are those of the register."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": _l("There is no such field."), "type": _KIND}

    external_ref = _text(80, _l("The sender's own reference is missing."))
    channel = Code(Channel, required=True, validate=_open_channel, error_messages=_SAID)
    purpose = Code(Purpose, required=True, error_messages=_SAID)
    petitioner_name = _text(60, _l("The name of the petitioner is missing (art. 19)."))
    petitioner_type = Code(PetitionerType, error_messages=_SAID)
    id_number = _text(30)
    phone = _text(40)
    address = _text(200, _l("The address is missing (art. 19)."))
    people_count = _count(9999)
    involved_count = _count(999_999)
    representatives = fields.List(_text(60, _MISSING), error_messages=_SAID)
    category = _text(12, _l("The category is missing."))
    place = _text(80)
    title = _text(120)
    request = _text(5000, _l("The request is missing (art. 19)."))
    facts = _text(20_000, _l("The facts and reasons are missing (art. 19)."))
    accused = _text(120)
    accused_unit = _text(80)


def read(sent: Any) -> dict[str, Any]:
    """The sent object as values of the register. Raises Wrong."""
    try:
        values: dict[str, Any] = Intake().load(sent)
    except ValidationError as wrong:
        found = wrong.normalized_messages()
        raise Wrong({str(name)[:80]: _first(said) for name, said in found.items()}) from wrong
    errors = {}
    category = db.session.scalars(
        sa.select(Category).where(Category.code == values.pop("category").strip(), Category.active)
    ).first()
    if category is None:
        errors["category"] = str(_l("This code is not known."))
    name = values.pop("accused_unit", "").strip()
    unit = None
    if name:
        unit = db.session.scalars(
            sa.select(Unit).where(sa.or_(Unit.name == name, Unit.short_name == name))
        ).first()
        if unit is None:
            errors["accused_unit"] = str(_l("There is no such unit."))
    if errors:
        raise Wrong(errors)
    return values | {"category": category, "accused_unit": unit}


def _first(said: Any) -> str:
    """Of nested messages (a list's items) the first one."""
    while isinstance(said, dict | list):
        said = next(iter(said.values())) if isinstance(said, dict) else said[0]
    return str(said)


# ---- the verb ------------------------------------------------------------------------------------------------------


def hand_in(sent: Any, sender: Officer, at: dt.datetime) -> tuple[Case, bool]:
    """The case of what was sent, and whether it is new. Commits. Raises Wrong or Conflict."""
    reference = sent.get("external_ref") if isinstance(sent, dict) else None
    digest = crypto.blind_index(json.dumps(sent, sort_keys=True, ensure_ascii=True)) or ""
    sender_id = sender.id
    if isinstance(reference, str) and (known := _known(sender_id, reference, digest)) is not None:
        return known, False
    values = read(sent)
    reference, names = values.pop("external_ref"), values.pop("representatives", [])
    case = Case(**{"people_count": 1, "petitioner_type": PetitionerType.PERSON, "first_time": True} | values)
    with db.session.no_autoflush:
        _check(case, names, at)
    try:
        operations.register(case, names, sender, at)
        with seeing_all("the receipt of a petition handed in"):
            db.session.add(
                IntakeReceipt(sender=sender, external_ref=reference, digest=digest, case=case, received_at=at)
            )
            db.session.commit()
            return case, True
    except Refusal as refusal:
        db.session.rollback()
        raise Wrong(
            {_FIELDS.get(refusal.field or "", refusal.field or "petition"): str(refusal)}
        ) from refusal
    except IntegrityError:
        db.session.rollback()  # sent twice at once: the other one was quicker
        known = _known(sender_id, reference, digest)
        if known is None:
            raise
        return known, False


def _known(sender_id: int, reference: str, digest: str) -> Case | None:
    if any(
        c == "\0" or 0xD800 <= ord(c) <= 0xDFFF for c in reference
    ):  # no database keeps them: never registered
        return None
    with seeing_all("a petition that was handed in before"):
        receipt = db.session.scalars(
            sa.select(IntakeReceipt).where(
                IntakeReceipt.sender_id == sender_id, IntakeReceipt.external_ref == reference[:81]
            )
        ).first()
        if receipt is None:
            return None
        if receipt.digest != digest:
            raise Conflict
        return receipt.case


_FIELDS = {"representatives_text": "representatives"}


def _check(case: Case, names: list[str], at: dt.datetime) -> None:
    """What the register refuses, gathered from its checks: content and people."""
    errors = {}
    for check in (
        lambda: operations.check_content(case, at.date()),
        lambda: operations.check_people(case, names),
    ):
        try:
            check()
        except Refusal as refusal:
            errors[_FIELDS.get(refusal.field or "", refusal.field or "petition")] = str(refusal)
    if errors:
        raise Wrong(errors)
