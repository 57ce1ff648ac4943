"""The board by level and age, the week's list for Friday's report, and the calendar: all within the reader's reach."""

from __future__ import annotations

import calendar as months
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from sqlalchemy.orm import joinedload, selectinload

from app.cases.models import Clock
from app.consultation import rules
from app.consultation.enums import SessionState
from app.consultation.levels import HIGHEST, MeetingRoom
from app.consultation.models import Consultation, ConsultationSession, ResolutionItem, consultation_unit
from app.consultation.talk import booked_quarter
from app.core import settings
from app.core.db import db
from app.core.scope import SEARCHING
from app.organisation.models import Unit

MOST = 300  # cards of the board, the oldest; the page says how many more there are
S = SessionState


def unit_options() -> list[Unit]:
    """Units that any consultation within reach concerns."""
    concerned = sa.select(consultation_unit.c.unit_id).where(
        consultation_unit.c.consultation_id.in_(sa.select(Consultation.id))
    )
    return list(db.session.scalars(sa.select(Unit).where(Unit.id.in_(concerned)).order_by(Unit.id)))


def _of_unit(query: sa.Select[Any], unit_id: int | None) -> sa.Select[Any]:
    if unit_id is None:
        return query
    mine = sa.select(consultation_unit.c.consultation_id).where(consultation_unit.c.unit_id == unit_id)
    return query.where(Consultation.id.in_(mine))


@dataclass(frozen=True)
class Card:
    """A consultation on the board: its session of now, how many days it is at this level, whether that is too long."""

    course: Consultation
    session: ConsultationSession
    days: int
    late: bool


def cards(unit_id: int | None, now: dt.datetime) -> dict[int, list[Card]]:
    """Live consultations by level, the oldest at its level first."""
    query = _of_unit(
        sa.select(Consultation)
        .where(Consultation.ended_at.is_(None))
        .options(
            joinedload(Consultation.case), selectinload(Consultation.units),
            selectinload(Consultation.sessions).joinedload(ConsultationSession.convener),
            selectinload(Consultation.sessions).joinedload(ConsultationSession.level),
        )
        .order_by(Consultation.opened_at)
        .limit(MOST), unit_id,
    )  # fmt: skip
    columns: dict[int, list[Card]] = {number: [] for number in range(1, HIGHEST + 1)}
    courses = db.session.scalars(query, execution_options=SEARCHING).all()
    over = _over([course.case_id for course in courses], now.date())
    for course in courses:
        session = next(s for s in course.sessions if s.level_number == course.level)
        days = rules.age(session.opened_at, session.closed_at, now)
        late = (course.case_id, session.level.clock_code) in over
        columns[course.level].append(Card(course, session, days, late))
    for column in columns.values():
        column.sort(key=lambda card: card.session.opened_at)
    return columns


def _over(cases: list[int], today: dt.date) -> set[tuple[int, str]]:
    """Case and code of every deadline of theirs that has passed."""
    query = sa.select(Clock.case_id, Clock.code).where(
        Clock.case_id.in_(cases), Clock.stopped_on.is_(None), Clock.due_legal < today
    )
    return {(case, code) for case, code in db.session.execute(query)}


def unseen(unit_id: int | None, shown: int) -> int:
    """How many consultations under way are not among the cards."""
    if shown < MOST:
        return 0
    query = _of_unit(
        sa.select(sa.func.count(Consultation.id)).where(Consultation.ended_at.is_(None)), unit_id
    )
    return (db.session.scalar(query, execution_options=SEARCHING) or 0) - shown


# ---- Friday's list ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A session of the week's list."""

    session: ConsultationSession
    days: int
    late: int

    @property
    def result(self) -> str:
        session = self.session
        if session.conclusion is not None:
            return f"{session.conclusion}：{session.plan}"
        return session.why

    @property
    def lead(self) -> str:
        item = next(iter(self.session.items), None)
        return f"{item.unit.short_name or item.unit.name}（{item.due_on}）" if item is not None else ""


def week(day: dt.date, unit_id: int | None, now: dt.datetime) -> tuple[dt.date, dt.date, list[Line]]:
    """What was under way or left its level in the seven days up to the report day; by level, the oldest first."""
    first, last = rules.week_of(day, settings.number("report_weekday") - 1)
    begin, end = dt.datetime.combine(first, dt.time()), dt.datetime.combine(last, dt.time.max)
    course = _of_unit(sa.select(Consultation.id), unit_id)
    query = (
        sa.select(ConsultationSession)
        .where(
            ConsultationSession.consultation_id.in_(course),
            ConsultationSession.opened_at <= end,
            sa.or_(
                ConsultationSession.closed_at.is_(None), ConsultationSession.closed_at >= begin,
                ConsultationSession.state.in_((S.DECIDED, S.EXECUTING)),
            ),
        )
        .options(
            joinedload(ConsultationSession.case), joinedload(ConsultationSession.level),
            joinedload(ConsultationSession.convener),
            joinedload(ConsultationSession.consultation).selectinload(Consultation.units),
            selectinload(ConsultationSession.items).joinedload(ResolutionItem.unit),
        )
        .order_by(ConsultationSession.level_number, ConsultationSession.opened_at)
    )  # fmt: skip
    lines = [
        Line(session, rules.age(session.opened_at, session.closed_at, now), _late(session, now.date()))
        for session in db.session.scalars(query, execution_options=SEARCHING)
    ]
    return first, last, lines


def _late(session: ConsultationSession, today: dt.date) -> int:
    return sum(item.late(today) for item in session.items)


def heads() -> list[str]:
    return [
        _("No."), _("Level"), _("Case number"), _("Matter in brief"), _("Units concerned"), _("State"), _("Days"),
        _("Convener"), _("Result"), _("Lead unit and deadline"), _("Items late"),
    ]  # fmt: skip


def cells(place: int, line: Line) -> list[Any]:
    session = line.session
    units = "、".join(unit.short_name or unit.name for unit in session.consultation.units)
    return [
        place, session.level_number, session.case.number, session.case.title, units, str(session.state), line.days,
        str(session.convener), line.result, line.lead, line.late,
    ]  # fmt: skip


WIDTHS = (6, 6, 18, 30, 24, 14, 6, 10, 44, 26, 10)


def workbook(title: str, lines: list[Line]) -> bytes:
    """The list as .xlsx; what looks like a formula is text."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _("Consultations of the week")
    sheet.append([title])
    sheet.append(heads())
    for place, line in enumerate(lines, 1):
        sheet.append(cells(place, line))
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A1"].alignment = Alignment(wrap_text=False)
    for cell in sheet[2]:
        cell.font = Font(bold=True)
    for column, width in enumerate(WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "landscape", 1
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    sheet.print_title_rows = "2:2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# ---- the calendar ----------------------------------------------------------------------------------


def month_of(text: str, today: dt.date) -> dt.date:
    """The first of the month in ``2026-11``; of today's where it says nothing readable."""
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)


def weeks(first: dt.date) -> list[list[dt.date]]:
    return months.Calendar(firstweekday=0).monthdatescalendar(first.year, first.month)


def meetings(first: dt.date, last: dt.date) -> dict[dt.date, list[ConsultationSession]]:
    """Sessions within reach by day, in the order they begin."""
    query = (
        sa.select(ConsultationSession)
        .where(
            ConsultationSession.starts_at.between(
                dt.datetime.combine(first, dt.time()), dt.datetime.combine(last, dt.time.max)
            ),
            ConsultationSession.state.not_in((S.CALLED_OFF, S.ADJOURNED)),
        )
        .options(joinedload(ConsultationSession.case), joinedload(ConsultationSession.level),
                 joinedload(ConsultationSession.room), joinedload(ConsultationSession.convener))
        .order_by(ConsultationSession.starts_at)
    )  # fmt: skip
    found: dict[dt.date, list[ConsultationSession]] = {}
    for session in db.session.scalars(query, execution_options=SEARCHING):
        assert session.starts_at is not None
        found.setdefault(session.starts_at.date(), []).append(session)
    return found


def busy(day: dt.date) -> list[tuple[MeetingRoom, str]]:
    """Each room with the times it is taken on that day: that it is, not by what."""
    begin = dt.datetime.combine(day, dt.time())
    rows = db.session.execute(
        sa.select(booked_quarter.c.resource, booked_quarter.c.session_id, sa.func.min(booked_quarter.c.quarter),
                  sa.func.max(booked_quarter.c.quarter))
        .where(booked_quarter.c.quarter.between(begin, begin + dt.timedelta(days=1)))
        .group_by(booked_quarter.c.resource, booked_quarter.c.session_id)
    )  # fmt: skip
    times: dict[str, list[tuple[dt.datetime, dt.datetime]]] = {}
    for resource, _session, since, until in rows:
        times.setdefault(resource, []).append((since, until + rules.QUARTER))
    rooms = db.session.scalars(sa.select(MeetingRoom).where(MeetingRoom.active).order_by(MeetingRoom.id))
    return [
        (room, "、".join(f"{a:%H:%M}–{b:%H:%M}" for a, b in sorted(times.get(f"room {room.id}", []))))
        for room in rooms
    ]
