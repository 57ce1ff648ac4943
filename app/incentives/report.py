"""The year's report (条例第41条): its four contents from the rows, with the same period of the year before.

Accusations count as a number of their channel only where the register counts them; nobody's name and no case appears.
What the portal cannot know (a year before it, a higher level's bulletin, suggestions) comes from ``GivenFigure``.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases.enums import Adoption, AdviceKind, Channel
from app.cases.steps import Routing, Step
from app.cases.steps_dispatch import Assignment, Transfer
from app.cases.steps_followup import Advice, AdviceFeedback
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.documents import operations as papers
from app.incentives import operations, pictures, rules
from app.incentives.enums import Over, Side, Window
from app.incentives.facts import Fact, Facts
from app.incentives.models_year import GivenFigure, YearReport
from app.organisation.models import Officer, Unit
from app.organisation.reach import conference_office

PAPER = "D42"
ACCOUNTABILITY = "D27"
jobs.ISSUED_BY_STEPS.add(PAPER)
MOST_NAMED = 5
SUGGESTIONS = "三项建议"  # topics of figures entered by hand
LEVELS = "越级访"
Table = dict[str, Any]
Opens = dict[str, Any]


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
    report.as_of, report.known_until = today, operations.cut(today)
    with seeing_all(f"report of {year}"):
        with force_locale("zh"):  # kept as they are printed
            report.tables = tables(Period(year, today, report.known_until))
        db.session.add(report)
        db.session.flush()
    return report


class Period:
    """The rows of the year and of the same period of the year before, as they were known."""

    def __init__(self, year: int, as_of: dt.date, until: dt.datetime | None) -> None:
        self.last = min(dt.date(year, 12, 31), as_of)
        self.ends = (self.last, rules.a_year_before(self.last))  # the same period, not the whole year before
        self._facts = [Facts(end.replace(month=1, day=1), end, as_of, until) for end in self.ends]
        self._until = until or dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time())

    def cases(self, at: int) -> list[Fact]:
        """``at``: 0 this year, 1 the year before."""
        return self._facts[at].rows(Over.CASES, "", Window.REGISTERED, 0, Side.BUREAU)

    def steps(self, at: int, kinds: str, value: str = "") -> list[Fact]:
        """``value``: only those of this kind of advice, or of this answer to one."""
        found = self._facts[at].rows(Over.STEPS, kinds, Window.OWN, 0, Side.BUREAU)
        if not value:
            return found
        ids = {step_id for step_id, said in self._said.items() if said == value}
        return [row for row in found if row["step_id"] in ids]

    @cached_property
    def _said(self) -> dict[int, str]:
        said = (sa.select(Advice.id, Advice.way), sa.select(AdviceFeedback.id, AdviceFeedback.adoption))
        return {row[0]: row[1].name for query in said for row in db.session.execute(query)}

    def papers(self, at: int, code: str) -> list[Fact]:
        rows = self._facts[at].rows(Over.PAPERS, code, Window.OWN, 0, Side.BUREAU)
        return [row for row in rows if not row["void"]]

    def given(self, at: int) -> list[GivenFigure]:
        """What was entered by hand from January to the month of the last day. A month's figure of the whole district
        goes before those of its units, which it contains."""
        end = self.ends[at]
        query = sa.select(GivenFigure).where(
            GivenFigure.month.between(f"{end.year:04d}-01", rules.month_of(end)),
            GivenFigure.entered_at < self._until,
            sa.or_(sa.not_(GivenFigure.replaced), GivenFigure.replaced_at >= self._until),
        )
        rows = db.session.scalars(query.order_by(GivenFigure.id)).all()
        whole = {(row.topic, row.name, row.month) for row in rows if row.unit_id is None}
        return [row for row in rows if row.unit_id is None or (row.topic, row.name, row.month) not in whole]

    def sums(self, at: int) -> dict[tuple[str, str], Decimal]:
        found: dict[tuple[str, str], Decimal] = {}
        for row in self.given(at):
            found[row.topic, row.name] = found.get((row.topic, row.name), Decimal(0)) + row.value
        return found


def tables(period: Period) -> list[Table]:
    """Title, header and lines of each table; numbers as text, shares with two decimals. ``opens``: what stands behind
    the two numbers of each line (``behind``)."""
    return [
        _comparison(period),
        _counted(_("By channel"), _("Channel"), "channel", period, lambda code: str(Channel[code].label)),
        _counted(_("By field"), _("Category"), "category", period, str),
        _most_named(period),
        _handling(period),
        _suggestions(period),
        *_given(period),
    ]


def _line(name: str, now: Any, before: Any) -> list[str]:
    change = rules.change(Decimal(now), Decimal(before)) if before is not None else None
    return [
        name,
        plain(now),
        "—" if before is None else plain(before),
        "—" if change is None else f"{change:.2f}",
    ]


def plain(number: Any) -> str:
    value = Decimal(number)
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"


def _header(first: str) -> list[str]:
    return [first, _("This year"), _("Year before"), _("Change in percent")]


def _table(title: str, first: str, rows: list[tuple[list[str], Opens, Opens]], note: str = "") -> Table:
    return {
        "title": title, "header": _header(first), "lines": [line for line, _now, _before in rows],
        "opens": [[now, before] for _line, now, before in rows], "widths": [4, 2, 2, 2], "note": note,
    }  # fmt: skip


def _comparison(period: Period) -> Table:
    """A figure that was entered by hand, with its source, goes before what the portal counted itself."""
    kinds = [
        (_("All petitions"), "登记总量", ""),
        (_("First petitions"), "初次信访", "first_time"),
        (_("Repeated petitions"), "重复信访", "repeat"),
        (_("By the web"), "网上信访", "online"),
    ]
    rows = []
    for name, key, flag in kinds:
        pair: list[tuple[Any, Opens]] = []
        for at in (0, 1):
            given = period.sums(at).get(("", key))
            counted = sum(not flag or row[flag] for row in period.cases(at))
            pair.append((counted, {"cases": flag}) if given is None else (given, {"given": "", "name": key}))
        rows.append((_line(name, pair[0][0], pair[1][0]), pair[0][1], pair[1][1]))
    note = _(
        "Petitions registered from 1 January to %(day)s; accusations, voided and merged ones do not count."
        " A figure entered by hand goes before the portal's own.",
        day=period.last.isoformat(),
    )
    return _table(_("Same period compared"), _("Indicator"), rows, note)


def _counted(title: str, first: str, field: str, period: Period, words: Callable[[Any], str]) -> Table:
    one, two = (Counter(row[field] for row in period.cases(at) if row[field]) for at in (0, 1))
    names = {key: words(key) for key in one.keys() | two.keys()}
    in_order = sorted(names, key=lambda key: (-one[key], names[key]))
    return _table(title, first, [_of(field, key, names[key], one, two) for key in in_order])


def _of(
    field: str, key: Any, name: str, one: Counter[Any], two: Counter[Any]
) -> tuple[list[str], Opens, Opens]:
    opens = {"cases": field, "value": key}
    return _line(name, one[key], two[key]), opens, opens


def _most_named(period: Period) -> Table:
    """Units with the most petitions in their field of duty (art. 41 (1)): responsible for them, not guilty of them."""
    names = {row.id: row.name for row in db.session.execute(sa.select(Unit.id, Unit.name))}
    one, two = (Counter(row["unit"] for row in period.cases(at) if row["unit"]) for at in (0, 1))
    in_order = sorted(one, key=lambda unit: (-one[unit], unit))
    edge = one[in_order[:MOST_NAMED][-1]] if in_order else 0
    # who has as many as the last of them stands there as well
    rows = [_of("unit", unit, names[unit], one, two) for unit in in_order if one[unit] >= edge]
    return _table(_("Units with the most petitions"), _("Unit"), rows)


def _handling(period: Period) -> Table:
    kinds = [
        (_("Forwarded"), f"{_kind(Transfer)},{_kind(Routing)}"),
        (_("Assigned"), _kind(Assignment)),
        (_("Supervision letters"), "supervision_letter"),
    ]
    rows = []
    for name, wanted in kinds:
        opens = {"steps": wanted}
        rows.append((_line(name, *(len(period.steps(at, wanted)) for at in (0, 1))), opens, opens))
    note = _(
        "Counted by the steps taken from 1 January to %(day)s; accusations, voided and merged petitions do not count.",
        day=period.last.isoformat(),
    )
    return _table(_("Forwarding, assignment and supervision"), _("What was done"), rows, note)


def _suggestions(period: Period) -> Table:
    """Art. 41 (3): what was advised (art. 40), and what became of it. The third kind is the accountability letter."""
    kinds: list[tuple[str, Opens]] = [
        *((str(way.label), {"steps": _kind(Advice), "value": way.name}) for way in AdviceKind),
        (_("To call to account"), {"papers": ACCOUNTABILITY}),
        *((str(one.label), {"steps": _kind(AdviceFeedback), "value": one.name}) for one in Adoption),
    ]
    rows = [
        (_line(name, *(len(_counted_by(period, opens, at)) for at in (0, 1))), opens, opens)
        for name, opens in kinds
    ]
    return _table(_("Suggestions and their adoption"), _("What was done"), rows)


def _counted_by(period: Period, opens: Opens, at: int) -> list[Fact]:
    if "papers" in opens:
        return period.papers(at, opens["papers"])
    return period.steps(at, opens["steps"], opens.get("value", ""))


def _kind(step: type[Step]) -> str:
    return str(step.__mapper_args__["polymorphic_identity"])


def _given(period: Period) -> list[Table]:
    """A table for each topic that was entered by hand, with its sums: 进京批次 and 到省批次 make 批次."""
    now, before = period.sums(0), period.sums(1)
    made = []
    for topic in dict.fromkeys(topic for topic, _name in (*now, *before) if topic):
        names = dict.fromkeys(name for found, name in (*now, *before) if found == topic)
        rows = []
        for name in names:
            opens: Opens = {"given": topic, "name": name}
            rows.append((_line(name, now.get((topic, name), 0), before.get((topic, name))), opens, opens))
        for ending in ("批次", "人次") if topic == LEVELS else ():
            pair = [
                sum((v for (t, n), v in of.items() if t == topic and n.endswith(ending)), Decimal(0))
                for of in (now, before)
            ]
            opens = {"given": topic, "ends": ending}
            rows.append((_line(_("Together: %(what)s", what=ending), pair[0], pair[1] or None), opens, opens))
        made.append(_table(topic, _("Indicator"), rows))
    return made


# ---- what stands behind a figure ------------------------------------------------------------------------------------


def behind(report: YearReport, table: int, line: int, at: int) -> tuple[list[Fact], list[GivenFigure]]:
    """The rows (of cases or steps) or the entries by hand that gave one number of a report: reckoned anew by the
    moment it was known until, so that they are those that were counted. Raises LookupError where there is none."""
    opens = report.tables[table]["opens"][line][at]
    period = Period(report.year, report.as_of, report.known_until)
    with seeing_all(f"what stands behind the report of {report.year}"):
        if "given" in opens:
            return [], [row for row in period.given(at) if _entered(row, opens)]
        if "cases" not in opens:
            return _counted_by(period, opens, at), []
        field, value = opens["cases"], opens.get("value", True)
        return [row for row in period.cases(at) if not field or row[field] == value], []


def _entered(row: GivenFigure, opens: Opens) -> bool:
    if row.topic != opens["given"]:
        return False
    return row.name == opens["name"] if "name" in opens else row.name.endswith(opens["ends"])


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
    counted, entered = report.tables[5], by_title.get(SUGGESTIONS)
    suggestions = [
        _sentence(table)
        for table, holds in ((counted, _anything(counted)), (entered, entered is not None))
        if table is not None and holds
    ]
    return {
        "year": report.year,
        "as_of": report.as_of.isoformat(),
        "statistics": _sentence(first)
        + _(
            "Most petitions concerned: %(units)s. Tables are annexed.",
            units="、".join(f"{line[0]}（{line[1]}）" for line in named["lines"]) or "—",
        ),
        "handling": _sentence(report.tables[4]),
        "suggestions": "".join(suggestions) or _("No suggestion was made this year."),
        "other": report.words.strip() or _("None."),
        "annexes": [*report.tables, {"title": _("Pictures"), "pictures": pictures_of(report)}],
    }


def _anything(table: Table) -> bool:
    return any(line[1] != "0" for line in table["lines"])


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
