"""What follows from months among the last (S002; art. 39): proposed after a publication, decided by persons.

Two months: the inspection office drafts and signs 限期整改督查通知书, the unit hands in its measures, the leader in
charge approves them or gives them back. Three months: written self-criticism and points off the year's score.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.documents import operations as papers
from app.documents.models import DocumentState
from app.incentives import choices, operations, streaks
from app.incentives.enums import ConsequenceKind, ConsequenceState
from app.incentives.models import Notice
from app.incentives.models_course import Consequence
from app.incentives.models_scores import NoticeStanding
from app.organisation.models import Officer

C = ConsequenceState
PAPER = "D24"
jobs.ISSUED_BY_STEPS.add(PAPER)
OWED = (C.ISSUED, C.RETURNED)  # the unit owes its measures
LOOKED_BACK = 24  # months; a run is never longer in any rule of the office


def courses(since: str) -> dict[int, list[tuple[str, bool | None]]]:
    """Each unit's months to this day, from two years before ``since``: among the last or not, from the latest
    published editions."""
    first = f"{int(since[:4]) - LOOKED_BACK // 12:04d}{since[4:]}"
    notices = operations.latest(first, "9999-12")
    found: dict[int, list[tuple[str, bool | None]]] = {}
    for notice in notices:
        query = sa.select(NoticeStanding.unit_id, NoticeStanding.bottom).where(
            NoticeStanding.notice_id == notice.id
        )
        for unit_id, bottom in db.session.execute(query):
            found.setdefault(unit_id, []).append((notice.month, bottom))
    return found


def propose(notice: Notice, today: dt.date) -> list[Consequence]:
    """Propose what follows from a published notice, in its own month and in later ones that were published before it;
    what was proposed already stays. Where it took a cause away, an undecided proposal is set aside in the name of who
    published it, and proposed again when a later edition restores the cause; of what is issued already the lifting
    is proposed, and decided by a person (``decide_lifting``)."""
    rules = choices.streaks()
    due = {
        (unit_id, event.month, event.kind): event
        for unit_id, course in courses(notice.month).items()
        for event in streaks.events(course, rules)
        if event.month >= notice.month
    }
    standing = sa.select(Consequence).where(
        Consequence.month >= notice.month, Consequence.lifted_by_id.is_(None)
    )
    known = {(row.unit_id, row.month, row.kind): row for row in db.session.scalars(standing)}
    for key, row in known.items():
        if key not in due and row.state is C.PROPOSED:
            _lift(row, notice)
        elif row.lift_decided_at is None:  # what a person decided stays decided
            gone = key not in due and row.state is not C.DISMISSED
            row.cause_gone = (row.cause_gone or notice) if gone else None
    made = []
    with force_locale("zh"):  # kept, and printed
        for key, event in sorted(due.items(), key=lambda pair: (pair[0][1], pair[0][0], pair[0][2].name)):
            if key not in known:
                made.append(_proposal(key[0], event, today))
    db.session.add_all(made)
    db.session.flush()
    return made


def _lift(row: Consequence, notice: Notice) -> None:
    row.state, row.lifted_by_id, row.deduction = C.DISMISSED, notice.id, 0
    row.decided_by, row.decided_at = notice.published_by, notice.published_at
    with force_locale("zh"):
        row.dismiss_reason = _("The corrected notice no longer names the unit.")


def _proposal(unit_id: int, event: streaks.Event, today: dt.date) -> Consequence:
    run = _run(unit_id, event.months)
    notice = operations.published(event.month)
    assert notice is not None
    criticism = event.kind is ConsequenceKind.CRITICISM
    return Consequence(
        unit_id=unit_id,
        kind=event.kind,
        month=event.month,
        run=run,
        notice_id=notice.id,
        proposed_on=today,
        state=C.PROPOSED,
        deduction=settings.number("check_deduction") if criticism else 0,
        problem=_(
            "The unit stood among the last in: %(months)s. The items that cost points are shown on the notices.",
            months=in_words(run),
        ),
        demand=_("The unit's leaders hand in a written self-criticism to the district.")
        if criticism
        else _("Find the causes item by item, name measures, who answers for them and until when."),
    )


def _run(unit_id: int, months: tuple[str, ...]) -> list[dict[str, Any]]:
    run = []
    for month in months:
        notice = operations.published(month)
        assert notice is not None
        place = db.session.scalars(
            sa.select(NoticeStanding).where(
                NoticeStanding.notice_id == notice.id, NoticeStanding.unit_id == unit_id
            )
        ).one()
        pool = choices.pool_name(place.pool, notice.basis["ranking"]["bounds"])
        run.append({
            "month": month, "rank": place.rank, "pool": pool, "total": str(place.total),
            "bottom": notice.basis["ranking"]["bottom"],
        })  # fmt: skip
    return run


def in_words(run: list[dict[str, Any]]) -> str:
    return "；".join(
        _(
            "%(month)s: place %(rank)s (%(pool)s, %(total)s points)",
            month=one["month"],
            rank=one["rank"],
            pool=one["pool"],
            total=one["total"],
        )
        for one in run
    )


def _stands(row: Consequence, *states: C) -> None:
    """Read anew and locked: another person may have decided since."""
    db.session.refresh(row, with_for_update=True)
    if row.state not in states:
        raise Refusal(_l("This was decided in the meantime."))


def _said(text: str, field: str, sentence: Any) -> str:
    if not (text or "").strip():
        raise Refusal(sentence, field)
    return text.strip()


def draft(
    row: Consequence, problem: str, demand: str, due_on: dt.date | None, officer: Officer, at: dt.datetime
) -> None:
    """The inspection office writes its letter; drawn up anew as long as it is not signed."""
    with seeing_all(f"draft of consequence {row.id}"), db.session.no_autoflush:
        _stands(row, C.PROPOSED)
        row.problem = _said(problem, "problem", _l("Say what is wrong."))
        row.demand = _said(demand, "demand", _l("Say what is asked of the unit."))
        row.due_on = due_on or at.date() + dt.timedelta(days=settings.number("rectification_days"))
        if row.due_on <= at.date():
            raise Refusal(_l("The term ends after today."), "due_on")
        if row.kind is ConsequenceKind.RECTIFICATION:
            _paper(row, officer, at)
        db.session.flush()


def _paper(row: Consequence, officer: Officer, at: dt.datetime) -> None:
    assert row.due_on is not None
    with force_locale("zh"):
        months = in_words(row.run)
    # as many as the notices of those months named, whatever is set today
    bottoms = dict.fromkeys(one.get("bottom", settings.number("bottom_n")) for one in row.run)
    fields = {
        "unit": row.unit.name,
        "bottom": "、".join(map(str, bottoms)),
        "months": months,
        "problem": row.problem,
        "demand": row.demand,
        "due_on": row.due_on.isoformat(),
        "conference_office": settings.text("conference_office_name"),
        "contacts": [
            f"联系人：{officer}",
            f"电话：{officer.unit.phone}" if officer.unit and officer.unit.phone else "",
        ],
    }
    if row.document is None:
        if officer.unit is None:
            raise Refusal(_l("Your account belongs to no unit: in whose name would the letter go out?"))
        row.document = papers.draft(PAPER, officer.unit, fields, at, officer)
    else:
        db.session.refresh(row.document)
        papers.redraft(row.document, fields)


def issue(row: Consequence, officer: Officer, at: dt.datetime) -> None:
    """Sign the drafted letter, or decide on the self-criticism; from here on the unit owes its answer."""
    with seeing_all(f"consequence {row.id} is issued"), db.session.no_autoflush:
        _stands(row, C.PROPOSED)
        if row.due_on is None:
            raise Refusal(_l("Draft it first."))
        if row.due_on <= at.date():
            raise Refusal(_l("The term ends after today."), "due_on")
        if row.document is not None and row.document.state is DocumentState.DRAFT:
            db.session.refresh(row.document)
            papers.sign(row.document, officer, at)
        row.state, row.decided_by, row.decided_at = C.ISSUED, officer, at
        db.session.flush()


def dismiss(row: Consequence, reason: str, officer: Officer, at: dt.datetime) -> None:
    """A person decides that nothing follows, and says why; a draft of the letter stays in the register as a draft."""
    with seeing_all(f"consequence {row.id} is set aside"), db.session.no_autoflush:
        _stands(row, C.PROPOSED)
        row.dismiss_reason = _said(reason, "dismiss_reason", _l("Setting aside needs a reason."))[:200]
        row.state, row.decided_by, row.decided_at, row.deduction = C.DISMISSED, officer, at, 0
        db.session.flush()


def answer(row: Consequence, cause: str, measures: str, officer: Officer, at: dt.datetime) -> None:
    """The unit hands in causes and measures (or its self-criticism)."""
    with seeing_all(f"answer to consequence {row.id}"), db.session.no_autoflush:
        _stands(row, *OWED)
        if officer.unit_id != row.unit_id:
            raise Refusal(_l("The unit itself answers."))
        row.cause = _said(cause, "cause", _l("Say what the causes were."))
        row.measures = _said(
            measures, "measures", _l("Name the measures, who answers for them and until when.")
        )
        row.state, row.answered_by, row.answered_at = C.ANSWERED, officer, at
        db.session.flush()


def rule(row: Consequence, approved: bool, opinion: str, officer: Officer, at: dt.datetime) -> None:
    """The leader in charge approves the measures, or gives them back with what is missing."""
    with seeing_all(f"consequence {row.id}: the leader decides"), db.session.no_autoflush:
        _stands(row, C.ANSWERED)
        row.opinion = _said(opinion, "opinion", _l("Give your opinion; it is kept with your name."))
        row.approved_by, row.approved_at = officer, at
        row.state = C.APPROVED if approved else C.RETURNED
        db.session.flush()


def decide_lifting(row: Consequence, lifted: bool, reason: str, officer: Officer, at: dt.datetime) -> None:
    """A person decides on what a correction left without its cause: lifted, with its letter void and its points given
    back, or standing all the same; either way with the reason."""
    with seeing_all(f"lifting of consequence {row.id}"), db.session.no_autoflush:
        db.session.refresh(row, with_for_update=True)
        if not row.lifting_waits:
            raise Refusal(_l("This was decided in the meantime."))
        row.lift_reason = _said(reason, "lift_reason", _l("Give your reason; it is kept with your name."))[
            :200
        ]
        row.lift_decided_by, row.lift_decided_at = officer, at
        if lifted:
            row.state, row.lifted_by_id, row.deduction = C.LIFTED, row.cause_gone_id, 0
            if row.document is not None and row.document.state is DocumentState.SIGNED:
                papers.void(row.document, row.lift_reason, at)
        db.session.flush()


def waiting_for_lifting(notice: Notice) -> int:
    """How many consequences that are in force lost their cause by this notice and wait for a decision."""
    query = sa.select(sa.func.count(Consequence.id)).where(
        Consequence.cause_gone_id == notice.id, Consequence.lift_decided_at.is_(None)
    )
    return db.session.scalar(query) or 0


def undecided(year: int) -> int:
    """Self-criticisms of the year that nobody has issued, set aside, or (their cause being gone) lifted or kept yet."""
    lifting = sa.and_(Consequence.cause_gone_id.is_not(None), Consequence.lift_decided_at.is_(None))
    query = sa.select(sa.func.count(Consequence.id)).where(
        Consequence.month.between(f"{year:04d}-01", f"{year:04d}-12"),
        Consequence.kind == ConsequenceKind.CRITICISM,
        sa.or_(Consequence.state == C.PROPOSED, lifting),
    )
    return db.session.scalar(query) or 0


def deductions(year: int) -> dict[int, int]:
    """Points off the year's score by unit: self-criticisms that a person decided on."""
    query = (
        sa.select(Consequence.unit_id, sa.func.sum(Consequence.deduction))
        .where(
            Consequence.month.between(f"{year:04d}-01", f"{year:04d}-12"),
            Consequence.kind == ConsequenceKind.CRITICISM,
            Consequence.state.not_in((C.PROPOSED, C.DISMISSED, C.LIFTED)),
        )
        .group_by(Consequence.unit_id)
    )
    return {unit_id: int(points) for unit_id, points in db.session.execute(query)}
