"""The verbs of papers: draft, sign, void, print. Each is part of the caller's transaction; the caller commits."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.core import audit, files, settings
from app.core.codes import new_code
from app.core.db import db
from app.core.errors import Refusal
from app.documents import compose, numbers
from app.documents.models import Document, DocumentKind, DocumentState, Issuer
from app.documents.paper import Paper
from app.organisation.models import Officer, Unit, UnitKind


def kind_of(code: str) -> DocumentKind:
    """Raises NoResultFound when the seeds were never loaded."""
    return db.session.execute(sa.select(DocumentKind).where(DocumentKind.code == code)).scalar_one()


def draft(
    code: str,
    unit: Unit,
    fields: dict[str, Any],
    at: dt.datetime,
    by: Officer | None = None,
    case_id: int | None = None,
) -> Document:
    """A draft of that kind in the name of the unit (or of the joint conference, where the kind says so)."""
    kind = kind_of(code)
    office = settings.text("conference_office_name")
    # a reception room is no organ: its papers go out in the hall's name
    house = unit.parent if unit.kind is UnitKind.ROOM and unit.parent is not None else unit
    organ = office if kind.issuer is Issuer.CONFERENCE else house.name
    fields = {"organ": organ, **fields}
    document = Document(
        kind=kind,
        unit=unit,
        case_id=case_id,
        fields=fields,
        drafted_by=by,
        drafted_at=at,
        **_text(kind, fields),
    )
    db.session.add(document)
    return document


def _text(kind: DocumentKind, fields: dict[str, Any]) -> dict[str, str]:
    text = compose.write(kind, fields)
    fields["copies_to"] = text.pop("copies_to")
    return {**text, "title": text["title"][:200], "recipient": text["recipient"][:200]}


def redraft(document: Document, fields: dict[str, Any]) -> None:
    """Fill the draft anew with changed fields."""
    _only_draft(document)
    document.fields = {**document.fields, **fields}
    for part, value in _text(document.kind, document.fields).items():
        setattr(document, part, value)


def _only_draft(document: Document) -> None:
    if document.state is not DocumentState.DRAFT:
        raise Refusal(_l("A signed paper is never changed; it can only be voided with a reason."))


def sign(document: Document, by: Officer | None, at: dt.datetime) -> Document:
    """Number, lay out and keep the paper for good. Numbers are taken at signing and in the signer's year."""
    _only_draft(document)
    if compose.MISSING.split("{")[0] in document.body + document.title + document.recipient:
        raise Refusal(_l("The paper still has fields without a value: %(text)s", text=document.title))
    series = document.kind.series.replace("{unit}", document.unit.sign)
    if series:
        document.sign, document.year = series, at.year
        document.serial = numbers.take(series, at.year)
        document.number = numbers.written(series, at.year, document.serial)
    document.code = new_code()
    document.signed_by, document.signed_at = by, at
    content = rendered(document)
    document.digest = files.put(content)
    document.state = DocumentState.SIGNED
    return document


def issue(
    code: str, unit: Unit, fields: dict[str, Any], at: dt.datetime, by: Officer | None, case_id: int
) -> Document:
    """Draft and sign at once: papers whose step is the signature."""
    document = draft(code, unit, fields, at, by, case_id)
    db.session.flush()
    return sign(document, by, at)


def rendered(document: Document) -> bytes:
    """The PDF of a paper as it stands (a draft with its watermark); a signed one is read back, never made again."""
    if document.state is not DocumentState.DRAFT and document.digest:
        return files.get(document.digest)
    return laid_out(compose.paper(document, settings.text("conference_office_name")))


def laid_out(paper: Paper) -> bytes:
    """A paper as PDF. Raises Refusal where the fonts are missing."""
    from app.documents.render import FontsMissing, render  # loads WeasyPrint: only where a paper is made

    try:
        return render(paper)
    except FontsMissing as absent:
        raise Refusal(
            _l("The fonts of the papers are not installed; an administrator runs `make run` once.")
        ) from absent


def undrawable(text: str) -> list[str]:
    """Characters of `text` that no paper can show, as U+XXXX; none where the fonts are not installed."""
    from app.documents.render import FontsMissing, missing

    try:
        return missing(text)
    except FontsMissing:
        return []


def printed(document_id: int, number: str) -> None:
    """Count a print: an audit entry, so that who printed what, when, is known."""
    audit.note(db.session(), "print", "document", document_id, {"number": number})


def void(document: Document, reason: str, at: dt.datetime) -> None:
    """The number stays taken; the paper stays readable and says that it is void."""
    if not reason.strip():
        raise Refusal(_l("Voiding needs a reason."), "void_reason")
    if document.state is not DocumentState.SIGNED:
        raise Refusal(_l("Only a signed paper can be voided."))
    document.void_reason, document.voided_at, document.state = reason, at, DocumentState.VOID


__all__ = [
    "draft",
    "issue",
    "kind_of",
    "laid_out",
    "printed",
    "redraft",
    "rendered",
    "sign",
    "undrawable",
    "void",
]
