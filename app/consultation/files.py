"""Attachments of opinions: a few harmless kinds, known by their first bytes, kept by their digest."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.consultation import fields, standing
from app.consultation.enums import OPEN_FOR_WORDS
from app.consultation.models import Participant
from app.consultation.talk import OpinionFile
from app.core import files
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer

LARGEST = 10 * 2**20
MOST = 10  # of one participant
# by the end of the name: the kind it is served as, and how such a file begins
KINDS: dict[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", b"%PDF-"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
}


def attach(person: Participant, sent: Any, officer: Officer | None, at: dt.datetime) -> OpinionFile:
    """Keep an attachment of a written opinion. Raises Refusal for what is too large or of another kind."""
    if sent is None or not sent.filename:
        raise Refusal(_l("Choose a file."), "file")
    name = sent.filename.replace("\\", "/").rsplit("/", 1)[-1].replace("\x00", "").strip()[-100:]
    end = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    content = sent.read(LARGEST + 1)
    if end not in KINDS or not content.startswith(KINDS[end][1]):
        raise Refusal(_l("Attachments are PDF, pictures, text documents or Excel sheets."), "file")
    if len(content) > LARGEST:
        raise Refusal(_l("An attachment has at most 10 MB."), "file")
    with seeing_all("an attachment of an opinion is kept"):
        if standing.share(person.session) not in OPEN_FOR_WORDS:
            raise Refusal(fields.STANDS)
        if db.session.query(OpinionFile).filter(OpinionFile.participant_id == person.id).count() >= MOST:
            raise Refusal(_l("At most ten attachments for one opinion."), "file")
        kept = OpinionFile(
            case_id=person.case_id, participant=person, name=name, kind=KINDS[end][0], size=len(content),
            digest=files.put(content), officer_id=officer.id if officer is not None else None, at=at,
        )  # fmt: skip
        db.session.add(kept)
        db.session.flush()
    return kept


def answer(file: OpinionFile) -> Response:
    """As a download: what others sent is never run or shown within the portal's pages."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(files.get(file.digest), mimetype=file.kind, headers=headers)
