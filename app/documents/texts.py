"""Versions of the texts of a kind: each change keeps how they stood; a signed paper is never touched by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.core.db import db
from app.core.errors import Refusal
from app.documents import compose, fields, sandbox
from app.documents.models import TEXTS, DocumentKind, DocumentText
from app.organisation.models import Officer, Post

SIGNERS = ("signers", "signers_major")


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


def _keep_protection(kind: DocumentKind) -> None:
    """A clause that law or protection requires (remedies, what a settlement may not take away) is not edited away."""
    before: Any = sa.inspect(kind).attrs
    unlocked, changed = before.clause_locked.history.deleted, before.fixed_clause.history.deleted
    if changed and _plain(changed[0]) == _plain(kind.fixed_clause):
        kind.fixed_clause = changed[0]  # a browser only wrote its line ends another way
    elif (unlocked and unlocked[0]) or (kind.clause_locked and changed):
        why = _l("This clause is required by law or protects the petitioner: it is not changed.")
        raise Refusal(why, "fixed_clause")


def _plain(clause: str | None) -> str:
    return "\n".join((clause or "").split("\r\n")).strip()


def check(kind: DocumentKind) -> None:
    """Raises Refusal at the field whose text cannot be read, or where the protection would go."""
    _keep_protection(kind)
    for part in TEXTS:
        if fault := compose.syntax_fault(getattr(kind, part) or ""):
            raise Refusal(_l("This text cannot be read: %(error)s", error=fault), part)
        try:
            compose.fill(getattr(kind, part) or "", fields.sample(kind.code or ""))
        except sandbox.TextFault as refused:  # what shows only when it is filled
            raise Refusal(_l("This text cannot be read: %(error)s", error=refused), part) from refused
    for part in SIGNERS:
        named = [post.strip() for post in (getattr(kind, part) or "").split("、") if post.strip()]
        setattr(kind, part, "、".join(named))
        known = set(db.session.scalars(sa.select(Post.name).where(Post.name.in_(named)))) if named else set()
        if absent := [post for post in named if post not in known]:  # nobody could sign
            raise Refusal(_l("There is no such post: %(names)s", names="、".join(absent)), part)
    unknown = set((kind.required or "").split()) - compose.asked_for(kind)
    if unknown:
        raise Refusal(_l("Required, but in no text: %(names)s", names="、".join(sorted(unknown))), "required")
