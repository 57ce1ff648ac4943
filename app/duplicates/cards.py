"""How a linked case is shown: as far as the reader sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import selectinload

from app.cases import shown
from app.cases.models import Case
from app.core.db import db
from app.duplicates.models import CaseLink, LinkKind

MOST = 20


@dataclass(frozen=True)
class Linked:
    """One line of the card: how, with which case."""

    how: str
    other: Any


def named(case: Case | None) -> Any:
    """The case linked to its page, or words where the reader does not see it (what was split off a claim)."""
    return shown.matter(case) if case is not None else _("out of your reach")


def links_of(case: Case) -> list[Linked]:
    """The newest links with cases within reach; the scope has left out the others."""
    query = (
        sa.select(CaseLink)
        .where(sa.or_(CaseLink.from_case_id == case.id, CaseLink.to_case_id == case.id))
        .options(selectinload(CaseLink.from_case), selectinload(CaseLink.to_case))
        .order_by(CaseLink.id.desc())
        .limit(MOST)
    )
    return [_line(link, case) for link in db.session.scalars(query)]


def _line(link: CaseLink, case: Case) -> Linked:
    if link.from_case_id == case.id:
        words = {
            LinkKind.REPEAT: _("petition no. %(n)s in the matter; the first is", n=link.sequence),
            LinkKind.SAME_KIND: _("of the same kind"),
            LinkKind.SPLIT: _("the claim of the same letter is a case of its own"),
            LinkKind.MERGED: _("goes on in"),
        }[link.kind]
        return Linked(words, _other(link.to_case))
    words = {
        LinkKind.REPEAT: _("repeated as petition no. %(n)s by", n=link.sequence),
        LinkKind.SAME_KIND: _("of the same kind"),
        LinkKind.SPLIT: _("the accusation of the same letter"),
        LinkKind.MERGED: _("merged into this one"),
    }[link.kind]
    return Linked(words, _other(link.from_case))


def _other(case: Case | None) -> Any:
    return named(case) if case is not None else Markup("")
