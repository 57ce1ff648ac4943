"""Looking for earlier petitions that may be the same matter: by index only, within the reader's reach, and with the
reason of each suggestion. Nothing here changes anything.

Numbers are compared by their blind index. Texts are found by the pairs of characters they share: of each pair the
newest cases that have it (``PER_GRAM``), and of those the cases that share most; so the work is bounded however many
cases there are. What is common to more newer cases than that says little about sameness.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app, has_request_context

from app.cases.enums import MatterKind, State
from app.cases.models import Case, impartial
from app.cases.steps import Step
from app.core import settings
from app.core.db import db
from app.core.scope import NOTHING, current_reach
from app.duplicates import rules
from app.duplicates.models import CaseLink, case_gram
from app.duplicates.rules import Sign
from app.duplicates.steps import RepeatRejected
from app.organisation.models import Unit

PER_GRAM = 500
MOST_ALIKE = 200  # that share most pairs are looked at in reach,
COMPARED = 30  # and so many of them compared
SAME = 100  # with one number or one name and place
GONE = (State.VOIDED, State.MERGED)
CASES = Case.__table__


@dataclass(frozen=True)
class Suggestion:
    """An earlier case and why it is shown. Out of reach only the four facts, and only to who may ask for them."""

    number: str
    registered_on: dt.date
    unit: str
    state: State
    signs: dict[Sign, int]
    case_id: int | None = None
    title: str = ""

    @property
    def why(self) -> str:
        return rules.in_words(self.signs)


def may_ask_facts() -> bool:
    """Who registers at the window may learn number, date, unit and state of any ordinary case (domain.md 7.2)."""
    return has_request_context() and current_app.extensions["appbuilder"].sm.has_access(
        "can_facts", "CaseLinkView"
    )


def facts_of(case: Any) -> rules.Facts:
    """Of a case, or of a row with its columns."""
    return rules.Facts(
        case.id_index, case.phone_index, case.petitioner_name or "", case.place or "",
        f"{case.title or ''} {case.request or ''}", case.category_id or getattr(case.category, "id", None),
    )  # fmt: skip


def suggestions(case: Case) -> list[Suggestion]:
    """Earlier cases that may be the same matter as this one, registered or about to be, and are not decided yet,
    likeliest first."""
    decided = _decided(case)
    found = _compared(case, _same(case) | _alike(case), decided)
    return found[: settings.number("suggestions_shown")]


# ---- finding --------------------------------------------------------------------------------------------------------


def same_query(case: Case) -> sa.Select[Any] | None:
    """Numbers of earlier cases by the indexes of ID number, telephone, and name with place; None: nothing to ask."""
    wanted = []
    if case.id_index:
        wanted.append(CASES.c.id_index == case.id_index)
    if case.phone_index:
        wanted.append(CASES.c.phone_index == case.phone_index)
    if case.place:
        wanted.append(sa.and_(CASES.c.petitioner_name == case.petitioner_name, CASES.c.place == case.place))
    if not wanted:
        return None
    # no order: it would lead PostgreSQL to walk the primary key instead
    parts = [
        sa.select(CASES.c.id).where(_earlier(CASES.c.id, case), one).limit(SAME).subquery() for one in wanted
    ]
    return sa.select(sa.union_all(*[sa.select(part.c.id) for part in parts]).subquery().c.id)


def alike_query(case: Case) -> sa.Select[Any] | None:
    """Numbers of the earlier cases that share most pairs of characters; None for a text of one character."""
    grams = rules.grams(facts_of(case).text)
    if not grams:
        return None
    newest = [
        sa.select(case_gram.c.case_id)
        .where(case_gram.c.gram == gram, _earlier(case_gram.c.case_id, case))
        .order_by(case_gram.c.case_id.desc())
        .limit(PER_GRAM)
        .subquery()
        for gram in grams
    ]
    shared = sa.union_all(*[sa.select(part.c.case_id) for part in newest]).subquery()
    count = sa.func.count()
    return (
        sa.select(shared.c.case_id)
        .group_by(shared.c.case_id)
        .having(count >= max(2, len(grams) // 5))
        .order_by(count.desc(), shared.c.case_id.desc())
        .limit(MOST_ALIKE)
    )


def _earlier(column: Any, case: Case) -> sa.ColumnElement[bool]:
    return column < case.id if case.id is not None else sa.true()


def _same(case: Case) -> set[int]:
    query = same_query(case)
    return set(db.session.scalars(query)) if query is not None else set()


def _alike(case: Case) -> set[int]:
    """Those within reach, the likeliest first, no more than are worth comparing."""
    query = alike_query(case)
    if query is None:
        return set()
    ranked = list(db.session.scalars(query))
    reached = set(db.session.scalars(sa.select(Case.id).where(Case.id.in_(ranked)))) if ranked else set()
    return set([number for number in ranked if number in reached][:COMPARED])


def _decided(case: Case) -> set[int]:
    """What a person has said about this case already, whoever reads it: it is left out, not shown."""
    link = CaseLink.__table__.c
    links = sa.select(link.from_case_id, link.to_case_id).where(
        sa.or_(link.from_case_id == case.id, link.to_case_id == case.id)
    )
    said = {number for row in db.session.execute(links) for number in row}
    step, rejection = Step.__table__, RepeatRejected.__table__
    rejected = (
        sa.select(rejection.c.other_id)
        .join(step, step.c.id == rejection.c.id)
        .where(step.c.case_id == case.id)
    )
    return said | set(db.session.scalars(rejected))


# ---- comparing ------------------------------------------------------------------------------------------------------


_FACTS = ("id", "number", "registered_at", "state", "id_index", "phone_index")
_WORDS = ("petitioner_name", "place", "title", "request", "category_id")


def _compared(case: Case, numbers: set[int], decided: set[int]) -> list[Suggestion]:
    numbers = numbers - decided
    if not numbers:
        return []
    least = settings.number("similar_text_min")
    new = facts_of(case)
    # columns, not cases: nothing encrypted is opened for it
    reached = sa.select(*[getattr(Case, name) for name in (*_FACTS, *_WORDS)], Unit.name.label("unit"))
    found = []
    for old in db.session.execute(
        reached.outerjoin(Unit, Unit.id == Case.unit_id).where(Case.id.in_(numbers), Case.state.not_in(GONE))
    ):
        if signs := rules.signs(new, facts_of(old), least):
            found.append(_suggestion(old, signs, old.id, old.title))
    if may_ask_facts():
        found += _facts_only(new, numbers - {one.case_id for one in found})
    return sorted(found, key=lambda one: (rules.rank(one.signs), one.number))


def _suggestion(
    row: Any, signs: dict[Sign, int] | None = None, case_id: int | None = None, title: str = ""
) -> Suggestion:
    on, unit = row.registered_at.date(), row.unit or ""
    return Suggestion(row.number, on, unit, row.state, signs or {}, case_id, title)


def _facts_only(new: rules.Facts, numbers: set[int]) -> list[Suggestion]:
    """Cases out of reach with the same ID number or telephone: number, date, unit, state, and nothing of content."""
    found = []
    for old in _ordinary(CASES.c.id.in_(numbers)) if numbers else []:
        strong = rules.signs(new, rules.Facts(old.id_index, old.phone_index, "", "", ""), 101)
        if strong:
            found.append(_suggestion(old, strong))
    return found


def facts_by_number(words: str) -> Suggestion | None:
    """The four facts of the ordinary case with this number or query code; None where there is none."""
    row = _by_number(words)
    return _suggestion(row) if row is not None else None


def id_by_number(words: str) -> int | None:
    """The row number behind such facts, for who may ask for them."""
    row = _by_number(words)
    return row.id if row is not None else None


def _by_number(words: str) -> Any:
    found = _ordinary(sa.or_(CASES.c.number == words, CASES.c.query_code == words)) if words else []
    return found[0] if found else None


def _ordinary(wanted: sa.ColumnElement[bool]) -> list[Any]:
    """Rows beyond the reader's reach: never an accusation (art. 30), never what they are recused from (art. 28)."""
    units = Unit.__table__
    query = (
        sa.select(*[CASES.c[name] for name in _FACTS], units.c.name.label("unit"))
        .select_from(CASES.outerjoin(units, units.c.id == CASES.c.unit_id))
        .where(wanted, CASES.c.kind != MatterKind.ACCUSATION, CASES.c.state.not_in(GONE))
        .where(impartial(CASES.c, current_reach() or NOTHING))
    )
    return list(db.session.execute(query))
