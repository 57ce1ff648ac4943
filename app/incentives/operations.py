"""The verbs of a notice: compute a draft, open it to objections, sign and publish it, correct it by a new edition.

Each is part of the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.cases import clocks
from app.cases.models import ClockUnit
from app.core import audit, moment, settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.documents import operations as papers
from app.documents.models import Document
from app.incentives import figures, reckoning, rules
from app.incentives.enums import Measure, NoticeState, ObjectionState
from app.incentives.figures import Figure, part_of
from app.incentives.formula import FormulaError
from app.incentives.models import Indicator, Notice, NoticeFigure, NoticeItem
from app.incentives.models_course import Consequence, NoticeObjection
from app.incentives.models_scores import NoticeScore, NoticeStanding
from app.incentives.models_year import YearRanking, YearReport
from app.incentives.reckoning import Month
from app.organisation.models import Officer
from app.organisation.reach import conference_office

EVERYBODY = None  # the unit of a figure over all units
PAPER = "D34"
jobs.ISSUED_BY_STEPS.add(PAPER)
_KEEP: dict[str, Any] = {"synchronize_session": False}


def compute(month: str, today: dt.date, officer: Officer | None = None) -> Notice:
    """The notice of ``YYYY-MM`` as a draft, judged on ``today``; an older draft of the month is replaced.

    A fixed number of statements at any number of cases. Raises ValueError for what is no month, Refusal for a month
    that has not begun, for one whose notice is published, and for an indicator that cannot be read.
    """
    first, _last = rules.month_span(month)
    if first > today:
        raise Refusal(_l("The month %(month)s has not begun.", month=month), "month")
    with seeing_all(f"notice {month}"):
        notice = _draft(month)
        _compute(notice, today, officer)
    return notice


def _compute(notice: Notice, today: dt.date, officer: Officer | None) -> None:
    """By what is in force and known now."""
    notice.as_of, notice.known_until = today, cut(today)
    notice.indicators, notice.basis = reckoning.indicators_in_force(), reckoning.basis(notice.month)
    _reckon(notice, officer)


def cut(today: dt.date) -> dt.datetime:
    """What is recorded from this moment on is not known to a notice judged on ``today``."""
    now = moment.now()
    return now if now.date() == today else dt.datetime.combine(today + dt.timedelta(days=1), dt.time())


def _reckon(notice: Notice, officer: Officer | None) -> None:
    """By the day, the moment, the wording and the basis that the notice keeps."""
    try:
        made = reckoning.month(
            notice.month, notice.as_of, notice.known_until, notice.indicators, notice.basis
        )
    except FormulaError as fault:
        raise Refusal(_l("An indicator cannot be reckoned. %(fault)s", fault=fault)) from fault
    notice.computed_at, notice.computed_by = moment.now(), officer
    db.session.add(notice)
    try:
        db.session.flush()
    except IntegrityError as twice:
        raise Refusal(_l("Another officer is computing this month; look at the list.")) from twice
    items = _write(notice, made)
    audit.note(db.session(), "compute", "notice", notice.id, {"month": notice.month, "items": items})


def correct(published: Notice, reason: str, today: dt.date, officer: Officer) -> Notice:
    """A new edition of a published month: reckoned anew, it says what it corrects and why.

    Raises Refusal without a reason, and while another edition is under way.
    """
    reason = (reason or "").strip()
    if not reason:
        raise Refusal(_l("A correction says what it corrects, and why."), "correction")
    with seeing_all(f"correction of notice {published.month}"):
        db.session.refresh(published, with_for_update=True)
        if (
            published.state is not NoticeState.PUBLISHED
            or newest(published.month, lock=True) is not published
        ):
            raise Refusal(_l("Only the latest published edition of a month is corrected."))
        notice = Notice(
            month=published.month,
            edition=published.edition + 1,
            corrects=published,
            correction=reason[:200],
            state=NoticeState.DRAFT,
        )
        _compute(notice, today, officer)
    return notice


def recompute(notice: Notice, officer: Officer | None) -> None:
    """Reckon a draft that the units have seen anew, with what was excluded by decision since: by the same moment,
    wording and basis, so that nothing else moves."""
    with seeing_all(f"notice {notice.month}"):
        db.session.refresh(notice, with_for_update=True)
        _refuse_published(notice)
        _empty(notice)
        notice.basis = {**notice.basis, "excluded": reckoning.excluded(notice.month)}
        _reckon(notice, officer)


def take_back(notice: Notice, today: dt.date, officer: Officer | None) -> None:
    """What more than single cases changes goes back to a draft of today, and to the units with a new term."""
    with seeing_all(f"notice {notice.month} goes back to a draft"):
        db.session.refresh(notice, with_for_update=True)
        if notice.state is not NoticeState.OBJECTION:
            raise Refusal(_l("Only a notice that lies open to objections is taken back."))
        notice.state, notice.objections_until = NoticeState.DRAFT, None
        _empty(notice)
        _compute(notice, today, officer)
        audit.note(db.session(), "update", "notice", notice.id, {"state": "back to draft"})


def open_to_objections(notice: Notice, officer: Officer | None, at: dt.datetime) -> None:
    """公示申诉: every unit sees the draft and may object until the end of the term (setting, working days)."""
    _first, last = rules.month_span(notice.month)
    with seeing_all(f"notice {notice.month} is open to objections"):
        db.session.refresh(notice, with_for_update=True)
        if notice.state is not NoticeState.DRAFT:
            raise Refusal(_l("Only a draft is opened to objections."))
        _whole_month(notice, last)
        term = settings.number("notice_objection_days")
        notice.objections_until = clocks.counted(at.date(), term, ClockUnit.WORKDAYS).legal
        notice.state = NoticeState.OBJECTION
        db.session.flush()
        audit.note(
            db.session(), "update", "notice", notice.id, {"objections_until": str(notice.objections_until)}
        )


def publish(notice: Notice, officer: Officer | None, at: dt.datetime, paper: bool = True) -> None:
    """Sign and number the notice; from here on it, its figures and its items never change (the database sees to it).

    Raises Refusal when it is published already, was computed before the month was over, while units may still object
    or an objection is undecided. ``paper`` False leaves out the PDF (a demonstration without fonts).
    """
    from app.incentives import notice_paper

    _first, last = rules.month_span(notice.month)
    with seeing_all(f"publish notice {notice.month}"):
        db.session.refresh(notice, with_for_update=True)
        _refuse_published(notice)
        _whole_month(notice, last)
        _objections_settled(notice, at.date())
        office = conference_office()
        if paper:
            with force_locale("zh"):  # papers are Chinese whatever the signer reads
                fields = notice_paper.fields(notice)
            document = papers.draft(PAPER, office, fields, at, notice.computed_by or officer)
            db.session.flush()
            notice.document = papers.sign(document, officer, at)
        _seal(notice)
        notice.state, notice.published_at, notice.published_by = NoticeState.PUBLISHED, at, officer
        db.session.flush()


def _whole_month(notice: Notice, last: dt.date) -> None:
    if notice.as_of <= last:
        raise Refusal(_l("This draft was computed before the month was over; compute it again first."))


def _objections_settled(notice: Notice, today: dt.date) -> None:
    if notice.state is NoticeState.DRAFT:
        raise Refusal(_l("The units have not seen this draft: open it to objections first."))
    assert notice.objections_until is not None
    if today <= notice.objections_until:
        raise Refusal(_l("The units may object until %(day)s.", day=notice.objections_until))
    undecided = sa.select(sa.func.count(NoticeObjection.id)).where(
        NoticeObjection.notice_id == notice.id, NoticeObjection.state == ObjectionState.RAISED
    )
    if count := db.session.scalar(undecided):
        raise Refusal(_l("%(count)s objections are not decided yet.", count=count))


def _seal(notice: Notice) -> None:
    mine = sa.select(NoticeFigure.id).where(NoticeFigure.notice_id == notice.id)
    seals = [
        sa.update(NoticeItem).where(NoticeItem.figure_id.in_(mine)),
        *(
            sa.update(table).where(table.notice_id == notice.id)
            for table in (NoticeScore, NoticeStanding, NoticeFigure)
        ),
    ]
    for seal in seals:
        db.session.execute(seal.values(sealed=True), execution_options=_KEEP)


def paper_of(row: Notice | Consequence | YearReport | YearRanking) -> Document | None:
    """The paper of a row that the reader was shown through its own page; it concerns no case."""
    with seeing_all("paper of a notice, a letter of inspection or a report"):
        return row.document


def paper_pdf(document: Document) -> tuple[bytes, str]:
    """Its PDF and its name, to look at; prints are taken and counted in the register."""
    with seeing_all("paper of a notice, a letter of inspection or a report"):
        return papers.rendered(document), f"{document.kind.name}{document.number}.pdf"


def tried(indicator: Indicator, month: str, today: dt.date) -> tuple[list[Figure], dict[int, str]]:
    """What an indicator would come to in a past month, and the names of the units; nothing is written."""
    with seeing_all(f"trial of indicator {indicator.code}"):
        return figures.tried(indicator, month, today), reckoning.names({})


def published(month: str) -> Notice | None:
    """The latest published edition of a month."""
    query = sa.select(Notice).where(Notice.month == month, Notice.state == NoticeState.PUBLISHED)
    return db.session.scalars(query.order_by(Notice.edition.desc())).first()


def latest(first: str, last: str, by: dt.datetime | None = None) -> list[Notice]:
    """The latest published edition of each month from ``first`` to ``last``, in order; ``by``: as it was then."""
    query = sa.select(Notice).where(Notice.month.between(first, last), Notice.state == NoticeState.PUBLISHED)
    if by is not None:
        query = query.where(Notice.published_at <= by)
    found = {
        notice.month: notice for notice in db.session.scalars(query.order_by(Notice.month, Notice.edition))
    }
    return [found[month] for month in sorted(found)]


def summary(notice: Notice) -> list[str]:
    """What was computed, a line each, for the command."""
    query = (
        sa.select(NoticeFigure)
        .where(
            NoticeFigure.notice_id == notice.id, NoticeFigure.unit_id.is_(EVERYBODY), NoticeFigure.part == ""
        )
        .order_by(NoticeFigure.id)
    )
    words = {indicator["code"]: indicator for indicator in notice.indicators}
    lines = [f"{notice.month}: draft computed as of {notice.as_of}"]
    for figure in db.session.scalars(query):
        measure = Measure[words[figure.indicator]["measure"]]
        parts = [] if figure.value is None else [_figure(measure, figure.value)]
        if figure.denominator is not None:
            parts.insert(0, f"{figure.numerator}/{figure.denominator}")
        lines.append(f"  {words[figure.indicator]['name']}: {' = '.join(parts)}")
    return lines


def _figure(measure: Measure, value: Decimal) -> str:
    if measure is Measure.RATE:
        return f"{value:.2f}%"
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"


def newest(month: str, lock: bool = False) -> Notice | None:
    """The latest edition of a month, published or not."""
    query = sa.select(Notice).where(Notice.month == month).order_by(Notice.edition.desc())
    return db.session.scalars(query.with_for_update() if lock else query).first()


def _draft(month: str) -> Notice:
    """The month's draft without its old figures, or a new one."""
    notice = newest(month, lock=True)
    if notice is None:
        return Notice(month=month, state=NoticeState.DRAFT, edition=1)
    _refuse_published(notice)
    if notice.state is NoticeState.OBJECTION:
        raise Refusal(
            _l(
                "The notice of %(month)s lies open to objections: correct it by deciding on them.",
                month=month,
            ),
            "month",
        )
    _empty(notice)
    return notice


def _empty(notice: Notice) -> None:
    old = sa.select(NoticeFigure.id).where(NoticeFigure.notice_id == notice.id)
    for table in (NoticeScore, NoticeStanding):
        db.session.execute(sa.delete(table).where(table.notice_id == notice.id), execution_options=_KEEP)
    db.session.execute(sa.delete(NoticeItem).where(NoticeItem.figure_id.in_(old)), execution_options=_KEEP)
    db.session.execute(
        sa.delete(NoticeFigure).where(NoticeFigure.notice_id == notice.id), execution_options=_KEEP
    )


def _refuse_published(notice: Notice) -> None:
    if notice.state is NoticeState.PUBLISHED:
        raise Refusal(
            _l("The notice of %(month)s is published and never changes.", month=notice.month), "month"
        )


def _write(notice: Notice, made: Month) -> int:
    """Figures, their items, scores and places, each in one statement; returns the number of items."""
    names = reckoning.names(notice.basis)
    rows = [
        {
            "notice_id": notice.id,
            "indicator": figure.indicator,
            "unit_id": figure.unit_id,
            "part": figure.part,
            "unit_name": names.get(figure.unit_id or 0, ""),
            "numerator": figure.result.part,
            "denominator": figure.result.whole,
            "value": figure.value,
            "sealed": False,
        }
        for figure in made.figures
    ]
    _insert(NoticeFigure, rows)
    written = db.session.execute(
        sa.select(NoticeFigure.id, NoticeFigure.indicator, NoticeFigure.unit_id)
        .where(
            NoticeFigure.notice_id == notice.id,
            NoticeFigure.unit_id.is_not(EVERYBODY),
            NoticeFigure.part == "",
        )
        .order_by(NoticeFigure.id)
    )
    ids = {(code, unit_id): figure_id for figure_id, code, unit_id in written}
    words = {indicator["code"]: indicator for indicator in notice.indicators}
    items = [item for figure in made.figures for item in _items(figure, words[figure.indicator], ids)]
    _insert(NoticeItem, items)
    metric = {item["code"]: item["metric"] for item in notice.basis["sheet"]["items"]}
    _insert(
        NoticeScore,
        [
            {
                "notice_id": notice.id,
                "unit_id": unit_id,
                "item": line.item,
                "value": line.value,
                "points": line.points,
                "by_hand": made.by_hand.get((unit_id, line.item), 0),
                "veto": line.veto,
                "figure_id": ids.get((metric[line.item], unit_id)),
                "sealed": False,
            }
            for unit_id, score in made.scores.items()
            for line in score.lines
        ],
    )
    _insert(
        NoticeStanding,
        [
            {
                "notice_id": notice.id,
                "unit_id": unit_id,
                "unit_name": names[unit_id],
                "cases": made.cases[unit_id],
                "total": made.scores[unit_id].total,
                "weighted": made.weighted[unit_id],
                "pool": place.pool,
                "rank": place.rank,
                "bottom": place.bottom,
                "vetoed": made.scores[unit_id].vetoed,
                "sealed": False,
            }
            for unit_id, place in sorted(made.places.items())
        ],
    )
    return len(items)


def _items(figure: Figure, words: dict[str, Any], ids: dict[tuple[str, int], int]) -> list[dict[str, Any]]:
    return [
        {
            "figure_id": ids[figure.indicator, figure.unit_id or 0],
            "case_id": row["case_id"],
            "clock_id": row["clock_id"],
            "counted": place in figure.result.counted,
            "part": part_of(words, row),
            "day": row["day"],
            "verdict": row["verdict"],
            "days": row["off"],
            "stopped_on": row["stopped_on"],
            "sealed": False,
        }
        for place, row in enumerate(figure.rows)
        if row["case_id"] is not None
    ]


def _insert(table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    # without render_nulls rows are sent in groups by which of their columns are empty
    if rows:
        db.session.execute(sa.insert(table), list(rows), execution_options={"render_nulls": True})
