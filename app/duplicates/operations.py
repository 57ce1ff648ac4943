"""The verbs: keep the index of texts, confirm what a person found, split a letter, merge a case.

Guards and effects of this room's steps stand here too, registered with the cases room; they run in its one
transaction (``cases.operations.take``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import guards, workflow
from app.cases import operations as cases
from app.cases.effects import BEFORE, EFFECTS
from app.cases.enums import MatterKind, Purpose
from app.cases.guards import guard, last
from app.cases.guards_paths import not_the_asker
from app.cases.models import Case
from app.cases.steps import Registration
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.duplicates import rules, search
from app.duplicates.models import CaseLink, LinkKind, case_gram
from app.duplicates.steps import MergeRequest, RepeatConfirmed, Split
from app.organisation.models import Officer

BATCH = 500
COPIED = ("petitioner_name", "petitioner_type", "id_number", "phone", "address", "people_count", "involved_count",
          "channel", "place", "window", "first_time")  # fmt: skip


# ---- the index of texts -------------------------------------------------------------------------------------------


def index(case_ids: Iterable[int]) -> int:
    """Lead the index of these cases' texts; returns how many entries. Part of the caller's transaction."""
    numbers, count = list(case_ids), 0
    table = Case.__table__
    for start in range(0, len(numbers), BATCH):
        block = numbers[start : start + BATCH]
        texts = db.session.execute(
            sa.select(table.c.id, table.c.title, table.c.request).where(table.c.id.in_(block))
        ).all()
        rows = [
            {"gram": gram, "case_id": row.id}
            for row in texts
            for gram in rules.grams(f"{row.title} {row.request}")
        ]
        db.session.execute(case_gram.delete().where(case_gram.c.case_id.in_(block)))
        if rows:
            db.session.execute(case_gram.insert(), rows)
        count += len(rows)
    return count


def _registered(_sender: Any, case_ids: list[int]) -> None:
    index(case_ids)


def _corrected(case: Case, step: Any, at: dt.datetime) -> None:
    if step.kind == "correction" and step.field == "title":
        index([case.id])


cases.registered.connect(_registered)
cases.step_taken.connect(_corrected)


# ---- naming another case -------------------------------------------------------------------------------------------


def named(words: str | None, field: str) -> Case:
    """The case a person names by its number or query code: within reach, or one whose facts they may ask for.

    Raises Refusal; the same one whether it does not exist or may not be known.
    """
    wanted = (words or "").strip().upper()
    found = db.session.scalars(
        sa.select(Case).where(sa.or_(Case.number == wanted, Case.query_code == wanted)).limit(1)
    ).first() if wanted else None  # fmt: skip
    if found is None and search.may_ask_facts() and (number := search.id_by_number(wanted)) is not None:
        with seeing_all("an earlier petition is named by its number at the window"):
            found = db.session.get(Case, number)
    if found is None:
        raise Refusal(_l("There is no such case within your reach."), field)
    return found


_REPEATED = sa.select(CaseLink.to_case_id).where(CaseLink.kind == LinkKind.REPEAT)


def first_of(case: Case) -> Case:
    """The first petition in the matter: the case itself unless it was found to repeat another."""
    number = case.id
    while (
        before := db.session.scalars(_REPEATED.where(CaseLink.from_case_id == number)).first()
    ) is not None:
        number = before
    return db.session.get_one(Case, number)


def sequence_of(case: Case) -> int | None:
    """Which petition in its matter it is, where a person found it to be a repeat."""
    # from the step: the link says more, and is read only by who sees the first petition too
    query = sa.select(RepeatConfirmed.sequence).where(RepeatConfirmed.case_id == case.id)
    return db.session.scalars(query).first()


def _comparable(case: Case, other: Case | None, field: str) -> None:
    if other is None or other.id == case.id:
        raise Refusal(_l("Name another case."), field)
    if (case.kind is MatterKind.ACCUSATION) != (other.kind is MatterKind.ACCUSATION):
        raise Refusal(
            _l("There is no such case within your reach."), field
        )  # the wall says nothing (art. 30)
    if other.state in search.GONE:
        raise Refusal(_l("That case was voided or merged: name the one it goes on in."), field)


# ---- repeats and kinds ---------------------------------------------------------------------------------------------


@guard
def not_yet_a_repeat(case: Case, step: Any, today: dt.date) -> None:
    if sequence_of(case) is not None:
        raise Refusal(_l("It was found to be a repeat already (art. 19)."))
    if step is None:
        return
    _comparable(case, step.first, "earlier")
    if step.first.id > case.id:
        raise Refusal(
            _l("A petition repeats an earlier one: name one that was registered before."), "earlier"
        )


@guard
def another_case_named(case: Case, step: Any, today: dt.date) -> None:
    if step is None:
        raise Refusal(_l("Said of one of the suggestions."))
    _comparable(case, step.other, "earlier")


@guard
def others_named(case: Case, step: Any, today: dt.date) -> None:
    if step is None:
        return
    if not step.others:
        raise Refusal(_l("Name at least one other case."), "numbers")
    for other in step.others:
        _comparable(case, other, "numbers")
        if {(case.id, other.id), (other.id, case.id)} & _linked(case, LinkKind.SAME_KIND):
            raise Refusal(_l("%(number)s is linked already.", number=other.number), "numbers")
    if not (step.reason or "").strip():
        raise Refusal(_l("Say what the cases have in common."), "reason")


def _linked(case: Case, kind: LinkKind) -> set[tuple[int, int]]:
    query = sa.select(CaseLink.from_case_id, CaseLink.to_case_id).where(
        sa.or_(CaseLink.from_case_id == case.id, CaseLink.to_case_id == case.id), CaseLink.kind == kind
    )
    return {(row[0], row[1]) for row in db.session.execute(query)}


def _which_time(step: Any, case: Case) -> None:
    least = 101  # texts are compared where they are seen; what is written down is what is simply the same
    step.why = rules.in_words(rules.signs(search.facts_of(case), search.facts_of(step.first), least))
    step.first = first_of(step.first)
    db.session.refresh(step.first, with_for_update=True)  # two repeats at once take their turn
    step.sequence = len(_repeats_of(step.first)) + 2


def _repeats_of(first: Case) -> set[int]:
    """Every petition found to repeat this one, or to repeat one that does."""
    found: set[int] = set()
    newest = {first.id}
    while newest:
        repeats = sa.select(CaseLink.from_case_id).where(
            CaseLink.kind == LinkKind.REPEAT, CaseLink.to_case_id.in_(newest)
        )
        newest = set(db.session.scalars(repeats)) - found
        found |= newest
    return found


def _link(case: Case, step: Any, kind: LinkKind, other: Case, sequence: int | None = None) -> None:
    db.session.add(CaseLink(kind=kind, from_case=case, to_case=other, step=step, sequence=sequence))
    db.session.flush()


def _repeats(case: Case, step: Any, today: dt.date) -> None:
    _link(case, step, LinkKind.REPEAT, step.first, step.sequence)


def _of_a_kind(case: Case, step: Any, today: dt.date) -> None:
    for other in dict.fromkeys(step.others):
        _link(case, step, LinkKind.SAME_KIND, other)


# ---- splitting ------------------------------------------------------------------------------------------------------


@guard
def on_accusation(case: Case, step: Any, today: dt.date) -> None:
    if case.kind is not MatterKind.ACCUSATION:
        raise Refusal(_l("Recorded on the accusation alone (art. 30)."))


def _note_claim(step: Any, case: Case) -> None:
    step.claim_number = step.claim.number


def _split(case: Case, step: Any, today: dt.date) -> None:
    _link(case, step, LinkKind.SPLIT, step.claim)


def split_accusation(
    part: Case, claim: Case, officer: Officer, at: dt.datetime, print_papers: bool = True
) -> Split:
    """Register the accusation of a mixed letter as a case of its own behind its wall; nothing is left on the claim.

    ``part`` brings category, request, facts, title and the accused. Raises Refusal, also when the claim's own words
    name the accused: its unit will read them.
    """
    _splittable(claim)
    if claim.kind is MatterKind.ACCUSATION:
        raise Refusal(_l("This is an accusation: its keeper splits off the claim (art. 30)."))
    if not (part.accused or "").strip() and part.accused_unit is None:
        raise Refusal(_l("Say who is accused, so that it never reaches them (art. 30)."), "accused")
    _unnamed((claim.title, claim.request, claim.facts), part, _l(
        "This case's own words name the accused, and its unit will read them: classify it as an accusation; its"
        " keeper then splits off the claim (art. 30)."), "accused")  # fmt: skip
    part.purpose = Purpose.ACCUSATION
    return _register_part(part, claim, claim, officer, officer, at, print_papers)


def split_claim(
    part: Case, accusation: Case, officer: Officer, at: dt.datetime, print_papers: bool = True
) -> Split:
    """Register the claim of a mixed letter that lies behind the wall; it shows nothing of the accusation.

    On the claim stands who registered the letter; who split it stands on the accusation.
    """
    _splittable(accusation)
    if accusation.kind is not MatterKind.ACCUSATION:
        raise Refusal(_l("Only from an accusation is a claim split off (art. 30)."))
    _unnamed((part.title, part.request, part.facts), accusation, _l(
        "The words of the claim name the accused, and its unit will read them (art. 30)."), "facts")  # fmt: skip
    part.purpose = Purpose.CLAIM
    with seeing_all("who registered the letter"):
        came_by = last(accusation, Registration)
    clerk = came_by.officer if came_by is not None and came_by.officer is not None else officer
    return _register_part(part, accusation, part, clerk, officer, at, print_papers)


def _splittable(case: Case) -> None:
    guards.turn(case, workflow.MOVES["split"].from_)


def _unnamed(texts: Iterable[str | None], part: Case, sentence: Any, field: str) -> None:
    words = [word for word in (part.accused or "").replace("，", "、").split("、") if len(word.strip()) > 1]
    names = [rules.normal(word) for word in words]
    if part.accused_unit is not None and not names:
        names = [rules.normal(part.accused_unit.name)]
    read = rules.normal(" ".join(text or "" for text in texts))
    if any(name and name in read for name in names):
        raise Refusal(sentence, field)


def _register_part(
    part: Case,
    letter: Case,
    claim: Case,
    clerk: Officer,
    officer: Officer,
    at: dt.datetime,
    print_papers: bool,
) -> Split:
    with seeing_all("a mixed letter is split"), db.session.no_autoflush:
        for name in COPIED:
            setattr(part, name, getattr(letter, name))
        part.category = part.category or letter.category
        names = [person.name for person in letter.representatives]
        cases.register(
            part,
            names,
            clerk,
            at,
            letter.registered_unit,
            print_papers,
            received_on=letter.registered_at.date(),
        )
        accusation = part if claim is letter else letter
        step = Split(claim=claim)
        cases.take(step, accusation, officer, at, print_papers)
    return step


# ---- merging --------------------------------------------------------------------------------------------------------


@guard
def mergeable(case: Case, step: Any, today: dt.date) -> None:
    if step is not None:
        _comparable(case, step.into, "into_number")


def merge_asked(case: Case) -> MergeRequest | None:
    found: MergeRequest | None = last(case, MergeRequest)
    return found


@guard
def merging_asked(case: Case, step: Any, today: dt.date) -> None:
    asked = merge_asked(case)
    if asked is None:
        raise Refusal(_l("Nobody asked for the merging: request and approval are two persons' (art. 43)."))
    not_the_asker(asked, step)
    if step is not None:
        _comparable(case, asked.into, "reason")


def _into(step: Any, case: Case) -> None:
    asked = merge_asked(case)
    assert asked is not None
    step.into = asked.into


def _merged(case: Case, step: Any, today: dt.date) -> None:
    _link(case, step, LinkKind.MERGED, step.into)


BEFORE |= {"repeat_confirmed": _which_time, "split": _note_claim, "merging": _into}
EFFECTS |= {
    "repeat_confirmed": _repeats, "kind_linked": _of_a_kind, "split": _split, "merging": _merged
}  # fmt: skip

__all__ = ["first_of", "index", "merge_asked", "named", "sequence_of", "split_accusation", "split_claim"]
