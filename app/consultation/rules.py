"""Rules of consultation, pure: where a matter begins, when a session can decide, what a decision must say. No session
of the database, no request, no clock of its own (domain.md §7.4)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.consultation.enums import Attendance, ItemKind, Vote

QUARTER = dt.timedelta(minutes=15)
LONGEST = dt.timedelta(hours=8)
FRIDAY = 4


@dataclass(frozen=True)
class LevelRule:
    """The figures of a level's row."""

    number: int
    units_least: int = 1
    units_most: int = 0
    quorum_percent: int = 50
    quorum_least: int = 1
    votes: bool = False
    vote_percent: int = 50


def admits(level: LevelRule, units: int) -> bool:
    """Whether so many units concerned fit the level."""
    return units >= level.units_least and (level.units_most == 0 or units <= level.units_most)


def first_level(levels: Sequence[LevelRule], units: int) -> int:
    """The lowest level whose row admits so many units: a matter of one department begins at 1, of several at 2.

    Raises ValueError when no level does.
    """
    return min(level.number for level in levels if admits(level, units))


UNITS_MOST = 40  # units a matter may concern


def gap(levels: Sequence[LevelRule]) -> int:
    """The least number of units concerned that no level admits; 0 when there is none."""
    counts = range(1, UNITS_MOST + 1)
    return next((units for units in counts if not any(admits(level, units) for level in levels)), 0)


@dataclass(frozen=True)
class Quorum:
    """Members expected, present and needed."""

    members: int
    present: int
    needed: int

    @property
    def reached(self) -> bool:
        return self.present >= self.needed


def quorum(level: LevelRule, attendance: Sequence[Attendance]) -> Quorum:
    """Over the members who are not recused: an excused one counts as a member who is not there."""
    share = math.ceil(len(attendance) * level.quorum_percent / 100)
    return Quorum(
        len(attendance), sum(one is Attendance.PRESENT for one in attendance), max(share, level.quorum_least)
    )


@dataclass(frozen=True)
class Tally:
    """Votes of the members present; ``missing`` have not voted."""

    yes: int
    no: int
    abstained: int
    missing: int

    def carried(self, percent: int) -> bool:
        """More than so many percent of the members present are in favour."""
        return self.yes * 100 > (self.yes + self.no + self.abstained + self.missing) * percent


def tally(votes: Sequence[Vote | None]) -> Tally:
    return Tally(
        sum(v is Vote.YES for v in votes), sum(v is Vote.NO for v in votes), sum(v is Vote.ABSTAINS for v in votes),
        sum(v is None for v in votes),
    )  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """A resolution item as it was typed: empty parts are None or ''."""

    place: int
    what: str
    unit_id: int | None
    due_on: dt.date | None
    leads: bool
    kind: ItemKind = ItemKind.TASK
    leader_id: int | None = None

    @property
    def empty(self) -> bool:
        task = self.kind is ItemKind.TASK
        return task and not self.what.strip() and self.unit_id is None and self.due_on is None


def quarters(starts: dt.datetime, ends: dt.datetime) -> list[dt.datetime]:
    """The quarters of an hour a meeting touches: a meeting that ends at ten leaves the room to one that begins then."""
    first = starts.replace(minute=starts.minute - starts.minute % 15, second=0, microsecond=0)
    return [first + i * QUARTER for i in range(math.ceil((ends - first) / QUARTER))]


def week_of(day: dt.date, report_weekday: int = FRIDAY) -> tuple[dt.date, dt.date]:
    """The seven days up to and with the report day that is next on or after ``day``."""
    last = day + dt.timedelta(days=(report_weekday - day.weekday()) % 7)
    return last - dt.timedelta(days=6), last


def age(opened: dt.datetime, left: dt.datetime | None, now: dt.datetime) -> int:
    """Days at a level, the first one counted: what was proposed today is in its first day."""
    return ((left or now).date() - opened.date()).days + 1


def calendar_text(text: str) -> str:
    """A value of an iCalendar line (RFC 5545 §3.3.11): backslash, comma, semicolon and line ends escaped."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def folded(line: str) -> str:
    """A content line of at most 75 octets, continued by CRLF and a blank (RFC 5545 §3.1); no character is torn."""
    parts: list[str] = []
    part, size = "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > (75 if not parts else 74):
            parts.append(part)
            part, size = "", 0
        part, size = part + sign, size + width
    return "\r\n ".join([*parts, part])
