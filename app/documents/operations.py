"""The verbs of papers: draft, review, sign, void, print, deliver. Each is part of the caller's transaction; the caller
commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from app.core import audit, files, settings
from app.core.codes import new_code
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import AuditEntry
from app.core.remembered import remembered, remembering
from app.core.scope import seeing_all
from app.documents import compose, genuine, numbers, seals, text, worker
from app.documents.models import DeliveryWay, Document, DocumentKind, DocumentState, Issuer, PaperFormat
from app.documents.paper import Paper
from app.organisation.models import Officer, Unit, UnitKind
from app.organisation.reach import conference_office

_previewed: ContextVar[list[Document] | None] = ContextVar("previewed", default=None)


@remembered
def kind_of(code: str) -> DocumentKind:
    """Raises NoResultFound when the seeds were never loaded."""
    return db.session.execute(sa.select(DocumentKind).where(DocumentKind.code == code)).scalar_one()


# ---- draft and review ---------------------------------------------------------------------------------------------


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
    if kind.issuer is Issuer.CONFERENCE:
        unit, organ = conference_office(), settings.text("conference_office_name")
    else:
        # a reception room is no organ: its papers go out in the hall's name
        organ = (unit.parent if unit.kind is UnitKind.ROOM and unit.parent is not None else unit).name
    fields = {"organ": organ, **fields, "issued_by": organ}
    document = Document(
        kind=kind,
        kind_version=kind.version,
        state=DocumentState.DRAFT,
        unit=unit,
        case_id=case_id,
        fields=fields,
        drafted_by=by,
        drafted_at=at,
        **_text(kind, fields),
    )
    db.session.add(document)
    return document


def keep_draft(
    code: str, unit: Unit, fields: dict[str, Any], at: dt.datetime, by: Officer, case_id: int
) -> Document:
    """A draft that an officer writes about a case; the caller has fetched the case through the scope."""
    with seeing_all(f"a draft is written for case {case_id}"):
        document = draft(code, unit, fields, at, by, case_id)
        db.session.flush()
    return document


def change(document: Document, verb: Callable[[Document], Any]) -> None:
    """Do something to a paper of the register as it stands now: locked, so that of two officers one is told."""
    with seeing_all(f"paper {document.id}"):
        db.session.refresh(document, with_for_update=True)
        verb(document)
        db.session.flush()


def by_code(code: str) -> Document | None:
    """The signed paper with this code, whoever asks: to say whether it is genuine, and nothing else."""
    with seeing_all("somebody asks whether a paper is genuine"):
        query = sa.select(Document).where(Document.code == code, Document.state != DocumentState.DRAFT)
        return db.session.scalars(query.options(joinedload(Document.unit), joinedload(Document.kind))).first()


def _text(kind: DocumentKind, fields: dict[str, Any]) -> dict[str, str]:
    said = compose.write(kind, fields)
    fields["copies_to"], fields["mark"] = said.pop("copies_to"), said.pop("mark")
    fields["issued_by"] = said.pop("organ") or fields.get("issued_by", "")
    return {**said, "title": said["title"][:200], "recipient": said["recipient"][:200]}


def redraft(document: Document, fields: dict[str, Any]) -> None:
    """Fill the draft anew with changed fields and the kind's text of today; a review before counts no more."""
    _only_draft(document)
    document.fields = {**document.fields, **fields}
    document.kind_version = document.kind.version
    document.submitted_at = document.reviewed_at = document.reviewed_by = None
    for part, value in _text(document.kind, document.fields).items():
        setattr(document, part, value)


def _only_draft(document: Document) -> None:
    if document.state is not DocumentState.DRAFT:
        raise Refusal(_l("A signed paper is never changed; it can only be voided with a reason."))


def submit(document: Document, at: dt.datetime) -> None:
    """Send a draft for review. Raises Refusal while it could not be signed."""
    _only_draft(document)
    check(document)
    document.submitted_at, document.reviewed_at, document.reviewed_by = at, None, None
    document.review_note = ""


def review(document: Document, by: Officer, at: dt.datetime, passed: bool, note: str = "") -> None:
    """Whoever did not write it says whether it may be signed; given back, it says why."""
    _only_draft(document)
    if document.submitted_at is None:
        raise Refusal(_l("This draft was not sent for review."))
    if document.drafted_by_id == by.id:
        raise Refusal(_l("Nobody reviews what they have written themselves."))
    if not passed and not note.strip():
        raise Refusal(_l("Giving a draft back needs a reason."), "review_note")
    document.review_note = note.strip()[:200]
    document.reviewed_by = by if passed else None
    document.reviewed_at = at if passed else None
    document.submitted_at = document.submitted_at if passed else None


def check(document: Document) -> None:
    """Raises Refusal for a paper that cannot be printed as it stands: a field without a value, a character no font
    has, more than two hundred pages."""
    said = (document.title, document.recipient, document.body, document.fields.get("copies_to", ""))
    if absent := compose.marked("\n".join(said)):
        raise Refusal(_l("The paper “%(paper)s” still lacks: %(names)s.",
                         paper=document.kind.name, names="、".join(absent)))  # fmt: skip
    if text.too_long(document.body):
        raise Refusal(_l("The paper would have more than %(most)s pages: attach the rest as a file.",
                         most=text.MAX_PAGES))  # fmt: skip
    if unknown := undrawable("\n".join(said)):
        raise Refusal(_l("No font of the papers has %(characters)s: write it in another way.",
                         characters="、".join(f"“{one}”" for one in unknown[:5])))  # fmt: skip


# ---- sign ---------------------------------------------------------------------------------------------------------


def sign(document: Document, by: Officer | None, at: dt.datetime) -> Document:
    """Number, lay out and keep the paper for good. Numbers are taken at signing and in the signer's year."""
    if (paper := numbered(document, by, at)) is not None:
        kept(document, stored(paper))
    return document


def numbered(document: Document, by: Officer | None, at: dt.datetime) -> Paper | None:
    """The first half of signing: the paper as it will be printed; None while only previewing. Raises Refusal before
    anything is numbered."""
    _only_draft(document)
    if (
        shown := _previewed.get()
    ) is not None:  # nothing is numbered or kept: the page shows what would be signed
        shown.append(document)
        return None
    check(document)
    _may_sign(document, by)
    series = document.kind.series.replace("{unit}", document.unit.sign)
    with db.session.no_autoflush:  # one row is written once, when all of it is known
        if series:
            document.sign, document.year = series, at.year
            document.serial = numbers.take(series, at.year)
            document.number = numbers.written(series, at.year, document.serial)
        document.code = new_code()
        document.signed_by, document.signed_at = by, at
        return laid_out(document)


def stored(paper: Paper) -> str:
    """Print, sign electronically where the bureau has a certificate, put among the files; the digest."""
    return files.put(genuine.sealed(worker.printed(paper)))


def kept(document: Document, digest: str) -> None:
    """The second half: what was printed is the paper from now on."""
    document.digest, document.state = digest, DocumentState.SIGNED


def _may_sign(document: Document, by: Officer | None) -> None:
    """By level (art. 34 and practice): the kind says which posts sign, and which in major matters."""
    if document.submitted_at is not None and document.reviewed_at is None:
        raise Refusal(_l("This draft waits for its review."))
    kind = document.kind
    major = bool(document.fields.get("major")) and kind.signers_major
    posts = [post for post in (kind.signers_major if major else kind.signers).split("、") if post]
    if by is not None and posts and str(by.post or "") not in posts:
        raise Refusal(_l("This paper is signed by: %(posts)s.", posts="、".join(posts)))


@remembering()
def issue(
    code: str, unit: Unit, fields: dict[str, Any], at: dt.datetime, by: Officer | None, case_id: int
) -> Document:
    """Draft and sign at once: papers whose step is the signature."""
    return sign(draft(code, unit, fields, at, by, case_id), by, at)


def issue_alone(
    code: str, unit: Unit, fields: dict[str, Any], at: dt.datetime, by: Officer, case_id: int
) -> Document:
    """Issue a paper that no step issues; the caller has fetched the case through the scope."""
    with seeing_all(f"a notice is issued for case {case_id}"):
        document = issue(code, unit, fields, at, by, case_id)
        db.session.flush()
    return document


@contextmanager
def previewing() -> Iterator[list[Document]]:
    """Inside, `sign` signs nothing; the list holds the papers that would have been signed. The caller rolls back."""
    found: list[Document] = []
    token = _previewed.set(found)
    try:
        yield found
    finally:
        _previewed.reset(token)


# ---- print --------------------------------------------------------------------------------------------------------


def laid_out(document: Document) -> Paper:
    """The paper as it would be printed now; with code, QR and seal once it is signed."""
    office = settings.text("conference_office_name")
    if document.signed_at is None:
        return compose.paper(document, office)
    slip = document.kind.format is PaperFormat.SLIP  # its QR code leads to the petition, not to a proof
    address = genuine.look_up() if slip else genuine.address(document.code or "")
    return compose.paper(document, office, address, seals.pressed(document.unit, document.signed_at.date()))


def rendered(document: Document) -> bytes:
    """The PDF of a paper as it stands (a draft with its watermark); a signed one is read back, never made again."""
    if document.state is not DocumentState.DRAFT and document.digest:
        return files.get(document.digest)
    return worker.printed(laid_out(document))


def undrawable(words: str) -> list[str]:
    """Characters of `words` that no paper can show, as U+XXXX; none where the fonts are not installed."""
    from app.documents.drawn import missing
    from app.documents.fontpack import PackError

    try:
        return missing(words)
    except PackError:
        return []


def printed(document_id: int, number: str, act: str = "") -> None:
    """Count a print: an audit entry, so that who printed what, when, is known. The paper itself is not touched.

    `act` names one pressing of the button: sent twice (a double click, a page loaded again) it counts once.
    """
    if act and any(
        detail.get("act") == act for detail in db.session.scalars(_prints(AuditEntry.detail, document_id))
    ):
        return
    audit.note(
        db.session(), "print", "document", document_id, {"number": number} | ({"act": act} if act else {})
    )


def prints(document_id: int) -> int:
    """How often a paper was printed so far, as the trail has it; looking at it is no print."""
    return int(db.session.scalar(_prints(sa.func.count(), document_id)) or 0)


def _prints(what: Any, document_id: int) -> sa.Select[Any]:
    return sa.select(what).select_from(AuditEntry).where(
        AuditEntry.subject == "document", AuditEntry.subject_id == document_id, AuditEntry.event == "print"
    )  # fmt: skip


# ---- afterwards ---------------------------------------------------------------------------------------------------


def void(document: Document, reason: str, at: dt.datetime) -> None:
    """The number stays taken; the paper stays readable and says that it is void."""
    if not reason.strip():
        raise Refusal(_l("Voiding needs a reason."), "void_reason")
    if document.state is not DocumentState.SIGNED:
        raise Refusal(_l("Only a signed paper can be voided."))
    document.void_reason, document.voided_at, document.state = reason, at, DocumentState.VOID


def deliver(document: Document, way: DeliveryWay, on: dt.date, receiver: str, today: dt.date) -> None:
    """Record how and when a signed paper reached its recipient, and who received it. Once."""
    if document.state is not DocumentState.SIGNED or document.signed_at is None:
        raise Refusal(_l("Only a signed paper is delivered."))
    if document.delivered_on is not None:
        raise Refusal(_l("The delivery of this paper is recorded already."))
    if not document.signed_at.date() <= on <= today:
        raise Refusal(_l("Delivered between the day of signing and today."), "delivered_on")
    if not receiver.strip():
        raise Refusal(_l("Say who received it, or who witnessed it."), "received_by")
    document.delivery_way, document.delivered_on, document.received_by = way, on, receiver.strip()[:60]


__all__ = [
    "by_code",
    "change",
    "check", "deliver", "draft", "issue",
    "issue_alone", "keep_draft",
    "kind_of", "laid_out", "previewing", "printed", "prints", "redraft",
    "rendered", "review", "sign", "submit", "undrawable", "void",
]  # fmt: skip
