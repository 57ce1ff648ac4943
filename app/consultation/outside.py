"""An expert's way in: who holds a link that is live, and the browser that keeps it.

The link is good once: the first browser that walks through the door gets a signed note, a cookie of that link's path
that lasts as long as the link, and the link opens for no other. It shows one session, and only until it expires, is
revoked, or the session is over. An officer's half hour of idleness does not end it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import current_app, request
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from app.consultation.enums import OPEN_FOR_WORDS
from app.consultation.invitations import digest_of
from app.consultation.talk import ExpertLink
from app.core import audit
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all

NOTE = "expert_link"
WHY = "an expert without an account takes part in one session"


@contextmanager
def looking() -> Iterator[None]:
    """While an expert's page is made of the one session their link opens."""
    with seeing_all(WHY):
        yield


def find(token: str) -> ExpertLink | None:
    """The link of that token, live or not; None for what never was one."""
    with seeing_all(WHY):
        return db.session.scalars(sa.select(ExpertLink).where(ExpertLink.digest == digest_of(token))).first()


def must_live(link: ExpertLink, now: dt.datetime) -> None:
    """Raises Refusal for a link that is over."""
    with seeing_all(WHY):
        person = link.participant
        if person.barred_at is not None:
            raise Refusal(_l("You are recused from this session and may not enter it (art. 28)."))
        if link.revoked_at is not None or person.left_at is not None:
            raise Refusal(_l("This link was revoked; ask the office for a new one."))
        if now > link.expires_at:
            raise Refusal(_l("This link has expired; ask the office for a new one."))
        if person.session.state not in OPEN_FOR_WORDS:
            raise Refusal(_l("This session is over; the link opens nothing any more."))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=NOTE)


def kept_here(link: ExpertLink) -> bool:
    """Whether this browser holds the link's note."""
    try:
        return bool(_signer().loads(request.cookies.get(NOTE, "")) == link.digest)
    except BadSignature:
        return False


def leave_note(answer: Response, link: ExpertLink, path: str, now: dt.datetime) -> None:
    """Give the browser the link's note: for its own address alone, for as long as the link is good."""
    config = current_app.config
    answer.set_cookie(
        NOTE, str(_signer().dumps(link.digest)), max_age=max(int((link.expires_at - now).total_seconds()), 0),
        path=path, httponly=True, secure=config["SESSION_COOKIE_SECURE"], samesite=config["SESSION_COOKIE_SAMESITE"],
    )  # fmt: skip


def enter(link: ExpertLink, now: dt.datetime) -> None:
    """Walk through the door, once; the same browser may come back. Raises Refusal."""
    with seeing_all(WHY):
        db.session.refresh(link, with_for_update=True)
        must_live(link, now)
        if link.used_at is not None and not kept_here(link):
            raise Refusal(
                _l("This link was opened already, and it opens once; ask the office for a new one.")
            )
        if link.used_at is None:
            link.used_at = now
            audit.note(db.session(), "expert entered", "consultation_link", link.id, {})
        db.session.flush()


def inside(token: str, now: dt.datetime) -> ExpertLink | None:
    """The link whose note this browser holds, still live; None where the token never was one."""
    link = find(token)
    if link is None:
        return None
    must_live(link, now)
    if not kept_here(link):
        raise Refusal(_l("This link was opened already, and it opens once; ask the office for a new one.")
                      if link.used_at is not None else _l("Open the link first."))  # fmt: skip
    return link
