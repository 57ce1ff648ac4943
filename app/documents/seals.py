"""Seals: a unit's picture, kept encrypted, pressed on what it signs between its days."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import struct

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.core.db import db
from app.core.errors import Refusal
from app.core.remembered import remembered
from app.documents.models import Seal
from app.organisation.models import Unit

PNG = b"\x89PNG\r\n\x1a\n"
LARGEST, FEWEST, MOST = 512 * 1024, 200, 3000  # bytes; pixels of a side


@remembered
def pressed(unit: Unit, day: dt.date) -> tuple[str, int]:
    """The seal of the unit on that day as a data address and its diameter in mm; ("", 0) where it has none."""
    in_use = sa.or_(Seal.until_day.is_(None), Seal.until_day >= day)
    query = sa.select(Seal).where(Seal.unit_id == unit.id, Seal.from_day <= day, in_use)
    seal = db.session.scalars(query.order_by(Seal.from_day.desc(), Seal.id.desc())).first()
    return (f"data:image/png;base64,{seal.image}", seal.diameter) if seal is not None else ("", 0)


def checked(content: bytes) -> str:
    """A PNG as it is kept (base64). Raises Refusal for anything else: nothing else is put into a paper."""
    if len(content) > LARGEST or not content.startswith(PNG) or content[12:16] != b"IHDR":
        raise Refusal(_l("The seal is a PNG picture of at most 512 KB."), "picture")
    width, height = struct.unpack(">II", content[16:24])
    if width != height or not FEWEST <= width <= MOST:
        raise Refusal(_l("The picture of the seal is square, with %(least)s to %(most)s points a side.",
                         least=FEWEST, most=MOST), "picture")  # fmt: skip
    return base64.b64encode(content).decode()


def is_picture(stored: str) -> bool:
    """Whether what is kept can be read back."""
    try:
        return base64.b64decode(stored, validate=True).startswith(PNG)
    except (binascii.Error, ValueError):
        return False
