"""The year's report (条例第41条): its four contents from the rows, with the same period of the year before.

Accusations count as a number of their channel only where the register counts them; nobody's name and no case appears.
What the portal cannot know (a year before it, a higher level's bulletin, suggestions) comes from ``GivenFigure``.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases.enums import Channel, MatterKind
from app.cases.models import Case
from app.cases.steps import Routing, Step
from app.cases.steps_dispatch import Assignment, Transfer
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.documents import operations as papers
from app.incentives import pictures, rules
from app.incentives.enums import Over, Side, Window
from app.incentives.facts import Fact, Facts
from app.incentives.models_year import GivenFigure, YearReport
from app.organisation.models import Officer, Unit
from app.organisation.reach import conference_office

PAPER = "D42"
jobs.ISSUED_BY_STEPS.add(PAPER)
MOST_NAMED = 5
SUGGESTIONS = "三项建议"  # topics of figures entered by hand
LEVELS = "越级访"
Table = dict[str, Any]


def compute(year: int, today: dt.date) -> YearReport:
    """The report as a draft, as of ``today``; an unsigned one is replaced."""
    if year > today.year:
        raise Refusal(_l("The year %(year)s has not begun.", year=year), "year")
    report = db.session.scalars(
        sa.select(YearReport).where(YearReport.year == year).with_for_update()
    ).first()
    if report is not None and report.signed_at is not None:
        raise Refusal(_l("The report of %(year)s is signed.", year=year), "year")
    report = report or YearReport(year=year, words="")
    with seeing_all(f"report of {year}"):
        with force_locale("zh"):  # kept as they are printed
            report.as_of, report.tables = today, tables(year, today)
        db.session.add(report)
        db.session.flush()
    return report


def tables(year: int, today: dt.date) -> list[Table]:
    """Title, header and lines of each table; numbers as text, shares with two decimals."""
    last = min(dt.date(year, 12, 31), today)
    now = _cases(Facts(dt.date(year, 1, 1), last, today))
    # the same period of the year before, not the whole of it
    before = _cases(Facts(dt.date(year - 1, 1, 1), rules.a_year_before(last), today))
    return [
        _comparison(last, now, before),
        _counted(_("By channel"), _("Channel"), now, before, lambda row: str(Channel[row["channel"]].label)),
        _counted(_("By field"), _("Category"), now, before, lambda row: row["category"]),
        _most_named(now, before),
        _handling(year, last, today),
        *_given(last),
    ]


def _cases(facts: Facts) -> list[Fact]:
    return facts.rows(Over.CASES, "", Window.REGISTERED, 0, Side.BUREAU)


def _line(name: str, now: Any, before: Any) -> list[str]:
    change = rules.change(Decimal(now), Decimal(before)) if before is not None else None
    return [
        name,
        _plain(now),
        "—" if before is None else _plain(before),
        "—" if change is None else f"{change:.2f}",
    ]


def _plain(number: Any) -> str:
    value = Decimal(number)
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"


def _header(first: str) -> list[str]:
    return [first, _("This year"), _("Year before"), _("Change in percent")]


def _comparison(last: dt.date, now: list[Fact], before: list[Fact]) -> Table:
    """A figure that was entered by hand, with its source, goes before what the portal counted itself."""
    kinds = [
        (_("All petitions"), "登记总量", lambda row: True),
        (_("First petitions"), "初次信访", lambda row: row["first_time"]),
        (_("Repeated petitions"), "重复信访", lambda row: row["repeat"]),
        (_("By the web"), "网上信访", lambda row: row["online"]),
    ]
    lines = []
    for name, key, holds in kinds:
        pair: list[Any] = []
        for rows, end in ((now, last), (before, rules.a_year_before(last))):
            given = _sums(end).get(("", key))
            pair.append(sum(map(holds, rows)) if given is None else given)
        lines.append(_line(name, *pair))
    return {
        "title": _("Same period compared"),
        "header": _header(_("Figure")),
        "lines": lines,
        "widths": [4, 2, 2, 2],
        "note": _(
            "Petitions registered from 1 January to %(day)s; accusations, voided and merged ones do not count."
            " A figure entered by hand goes before the portal's own.",
            day=last.isoformat(),
        ),
    }


def _counted(title: str, first: str, now: list[Fact], before: list[Fact], key: Any) -> Table:
    one, two = Counter(map(key, now)), Counter(map(key, before))
    names = sorted(one.keys() | two.keys(), key=lambda name: (-one[name], name))
    lines = [_line(name, one[name], two[name]) for name in names]
    return {"title": title, "header": _header(first), "lines": lines, "widths": [4, 2, 2, 2]}


def _most_named(now: list[Fact], before: list[Fact]) -> Table:
    """Units with the most petitions in their field of duty (art. 41 (1)): responsible for them, not guilty of them."""
    names = {row.id: row.name for row in db.session.execute(sa.select(Unit.id, Unit.name))}
    one = Counter(row["unit"] for row in now if row["unit"])
    two = Counter(row["unit"] for row in before if row["unit"])
    in_order = sorted(one, key=lambda unit: (-one[unit], unit))
    edge = one[in_order[:MOST_NAMED][-1]] if in_order else 0
    # who has as many as the last of them stands there as well
    lines = [_line(names[unit], one[unit], two[unit]) for unit in in_order if one[unit] >= edge]
    return {
        "title": _("Units with the most petitions"),
        "header": _header(_("Unit")),
        "lines": lines,
        "widths": [4, 2, 2, 2],
    }


def _handling(year: int, last: dt.date, today: dt.date) -> Table:
    kinds = [
        (_("Forwarded"), (Transfer, Routing)),
        (_("Assigned"), (Assignment,)),
        (_("Supervision letters"), ()),
    ]
    lines = []
    for name, classes in kinds:
        wanted = [c.__mapper_args__["polymorphic_identity"] for c in classes] or ["supervision_letter"]
        pair = [
            _steps(wanted, dt.date(at, 1, 1), end)
            for at, end in ((year, last), (year - 1, rules.a_year_before(last)))
        ]
        lines.append(_line(name, *pair))
    return {
        "title": _("Forwarding, assignment and supervision"),
        "header": _header(_("What was done")),
        "lines": lines,
        "widths": [4, 2, 2, 2],
        "note": _(
            "Counted by the steps taken from 1 January to %(day)s; accusations do not count.",
            day=last.isoformat(),
        ),
    }


def _steps(kinds: list[str], first: dt.date, last: dt.date) -> int:
    query = (
        sa.select(sa.func.count(Step.id))
        .join(Case, Case.id == Step.case_id)
        .where(
            Step.kind.in_(kinds),
            Case.kind != MatterKind.ACCUSATION,
            Step.taken_at >= dt.datetime.combine(first, dt.time()),
            Step.taken_at < dt.datetime.combine(last + dt.timedelta(days=1), dt.time()),
        )
    )
    return db.session.scalar(query) or 0


def _sums(last: dt.date) -> dict[tuple[str, str], Decimal]:
    """What was entered by hand from January to the month of ``last``. A month's figure of the whole district goes
    before those of its units, which it contains."""
    query = (
        sa.select(GivenFigure)
        .where(
            GivenFigure.month.between(f"{last.year:04d}-01", rules.month_of(last)),
            sa.not_(GivenFigure.replaced),
        )
        .order_by(GivenFigure.id)
    )
    rows = db.session.scalars(query).all()
    whole = {(row.topic, row.name, row.month) for row in rows if row.unit_id is None}
    found: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        if row.unit_id is None or (row.topic, row.name, row.month) not in whole:
            found[row.topic, row.name] = found.get((row.topic, row.name), Decimal(0)) + row.value
    return found


def _given(last: dt.date) -> list[Table]:
    """A table for each topic that was entered by hand, with its sums: 进京批次 and 到省批次 make 批次."""
    now, before = _sums(last), _sums(rules.a_year_before(last))
    made = []
    for topic in dict.fromkeys(topic for topic, _name in (*now, *before) if topic):
        names = dict.fromkeys(name for found, name in (*now, *before) if found == topic)
        lines = [_line(name, now.get((topic, name), 0), before.get((topic, name))) for name in names]
        if topic == LEVELS:
            for ending in ("批次", "人次"):
                pair = [
                    sum((v for (t, n), v in of.items() if t == topic and n.endswith(ending)), Decimal(0))
                    for of in (now, before)
                ]
                lines.append(_line(_("Together: %(what)s", what=ending), pair[0], pair[1] or None))
        made.append({"title": topic, "header": _header(_("Figure")), "lines": lines, "widths": [4, 2, 2, 2]})
    return made


# ---- the paper ------------------------------------------------------------------------------------------------------


def sign(report: YearReport, officer: Officer, at: dt.datetime) -> None:
    """Sign and number the report; it goes to the district and to the petition bureau above (art. 41)."""
    with seeing_all(f"report of {report.year} is signed"):
        db.session.refresh(report, with_for_update=True)
        if report.signed_at is not None:
            raise Refusal(_l("The report of %(year)s is signed.", year=report.year))
        with force_locale("zh"):
            words = fields(report)
        document = papers.draft(PAPER, conference_office(), words, at, officer)
        db.session.flush()
        report.document = papers.sign(document, officer, at)
        report.signed_at, report.signed_by = at, officer
        db.session.flush()


def fields(report: YearReport) -> dict[str, Any]:
    by_title = {table["title"]: table for table in report.tables}
    first = report.tables[0]
    named = report.tables[3]
    suggestions = by_title.get(SUGGESTIONS)
    return {
        "year": report.year,
        "as_of": report.as_of.isoformat(),
        "statistics": _sentence(first)
        + _(
            "Most petitions concerned: %(units)s. Tables are annexed.",
            units="、".join(f"{line[0]}（{line[1]}）" for line in named["lines"]) or "—",
        ),
        "handling": _sentence(report.tables[4]),
        "suggestions": _sentence(suggestions) if suggestions else _("No suggestion was entered this year."),
        "other": report.words.strip() or _("None."),
        "annexes": [*report.tables, {"title": _("Pictures"), "pictures": pictures_of(report)}],
    }


def _sentence(table: Table) -> str:
    told = []
    for name, now, before, change in table["lines"]:
        told.append(
            f"{name}{now}"
            + (
                ""
                if change == "—"
                else _(" (year before %(before)s, %(change)s%%)", before=before, change=change)
            )
        )
    return "；".join(told) + "。"


def pictures_of(report: YearReport) -> list[str]:
    """The channels and fields of the year as bars."""
    made = []
    for table in report.tables[1:3]:
        lines = table["lines"][:12]
        if lines:
            made.append(
                pictures.bars(
                    table["title"], [line[0] for line in lines], [Decimal(line[1]) for line in lines]
                )
            )
    return made
