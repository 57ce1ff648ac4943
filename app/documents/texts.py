"""Versions of the texts of a kind: each change keeps how they stood; a signed paper is never touched by one."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.core.db import db
from app.core.errors import Refusal
from app.documents import compose
from app.documents.models import TEXTS, DocumentKind, DocumentText
from app.organisation.models import Officer


def keep(kind: DocumentKind, at: dt.datetime, by: Officer | None = None) -> None:
    """Keep the texts as a version, where they differ from the newest. The caller commits."""
    newest = db.session.scalars(
        sa.select(DocumentText).where(DocumentText.kind_id == kind.id).order_by(DocumentText.version.desc())
    ).first()
    now = {part: getattr(kind, part) or "" for part in TEXTS}
    if newest is not None and all(getattr(newest, part) == text for part, text in now.items()):
        return
    kind.version = newest.version + 1 if newest is not None else 1
    db.session.add(DocumentText(kind=kind, version=kind.version, changed_at=at, changed_by=by, **now))
    db.session.flush()


def keep_first_versions(at: dt.datetime) -> None:
    """The versions that kinds start with; nothing for a kind that has one."""
    kept = sa.select(DocumentText.kind_id)
    for kind in db.session.scalars(sa.select(DocumentKind).where(DocumentKind.id.not_in(kept))):
        keep(kind, at)


def check(kind: DocumentKind) -> None:
    """Raises Refusal at the field whose text cannot be read, or where the protection would go."""
    for part in TEXTS:
        if fault := compose.syntax_fault(getattr(kind, part) or ""):
            raise Refusal(_l("This text cannot be read: %(error)s", error=fault), part)
    unknown = set((kind.required or "").split()) - compose.asked_for(kind)
    if unknown:
        raise Refusal(_l("Required, but in no text: %(names)s", names="、".join(sorted(unknown))), "required")
