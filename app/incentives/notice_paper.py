"""What the printed notice (D34) says: sentences from the kept figures, tables and pictures as annexes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core.db import db
from app.incentives import choices, course, tables
from app.incentives.enums import ObjectionState, Side, Split
from app.incentives.models import Notice, NoticeFigure
from app.incentives.models_scores import NoticeStanding

PER_TABLE = 7  # indicators beside each other on an upright page
_NUMBERS = "一二三四五六七八九十"


def _shares(whole: Sequence[Any]) -> list[Sequence[Any]]:
    """As few tables as the page's width allows, of about equal width."""
    number = -(-len(whole) // PER_TABLE)
    edges = [round(at * len(whole) / number) for at in range(number + 1)] if number else [0]
    return [whole[start:end] for start, end in pairwise(edges)]


def _titled(title: str, at: int, of: int) -> str:
    """Several tables of one title are told apart: （一）, （二）."""
    return f"{title}（{_NUMBERS[at]}）" if 1 < of <= len(_NUMBERS) else title


def fields(notice: Notice) -> dict[str, Any]:
    """The fields of the paper's text, and its annexes."""
    return {
        "period": period(notice.month), "as_of": notice.as_of.isoformat(), "overall": _overall(notice),
        "ranking": _ranking(notice), "objections": _objections(notice), "rules": _rules(notice),
        "correction": notice.correction.rstrip("。"), "corrected": _corrected(notice), "annexes": annexes(notice),
    }  # fmt: skip


def period(month: str) -> str:
    return _("%(month)s/%(year)s", year=int(month[:4]), month=int(month[5:]))


def _corrected(notice: Notice) -> str:
    before = notice.corrects
    if before is None:
        return ""
    return f"《{before.document.title}》（{before.document.number}）" if before.document else str(before)


def _overall(notice: Notice) -> str:
    whole = {
        row.indicator: row
        for row in db.session.scalars(
            sa.select(NoticeFigure).where(
                NoticeFigure.notice_id == notice.id, NoticeFigure.unit_id.is_(None), NoticeFigure.part == ""
            )
        )
    }
    told = []
    for side in Side:
        figures = [
            _told(whole[words["code"]], words)
            for words in notice.indicators
            if words["side"] == side.name and words["code"] in whole
        ]
        if figures:
            told.append(f"{side.label}：{'；'.join(figures)}。")
    return "\n".join(told)


def _told(row: NoticeFigure, words: dict[str, Any]) -> str:
    value = tables.value_words(row.value, words["measure"])
    if row.denominator is None or row.value is None:
        return f"{words['name']}{value}"
    return f"{words['name']}{value}（{row.numerator}/{row.denominator}）"


def _ranking(notice: Notice) -> str:
    groups, unranked = tables.pools(notice)
    if not groups:
        return _("No unit was ranked this month.")
    told = []
    for pool in groups:
        best = [place for place in pool.places if place.rank is not None and place.rank <= 3]
        best = best[: max(1, len(pool.places) - sum(bool(place.bottom) for place in pool.places))]
        last = [place for place in pool.places if place.bottom]
        sentence = _("%(group)s (%(number)s units): in front %(best)s.", group=pool.name, number=len(pool.places),
                     best="、".join(f"{p.unit_name}（{p.total}）" for p in best))  # fmt: skip
        if last:
            sentence += _(
                "Among the last: %(last)s.", last="、".join(f"{p.unit_name}（{p.total}）" for p in last)
            )
        told.append(sentence)
    if unranked:
        told.append(
            _("Without a case, not ranked: %(units)s.", units="、".join(p.unit_name for p in unranked))
        )
    return "\n".join(told)


def _objections(notice: Notice) -> str:
    counts = course.counts(notice)
    whole = sum(counts.values())
    excluded = len(notice.basis.get("excluded", []))
    if not whole:
        return _("The draft lay open to objections; none was raised.")
    sentence = _(
        "The draft lay open to objections; %(whole)s were raised, %(upheld)s of them upheld.",
        whole=whole, upheld=counts.get(ObjectionState.UPHELD, 0),
    )  # fmt: skip
    return sentence + (_(" %(number)s cases do not count by decision.", number=excluded) if excluded else "")


def _rules(notice: Notice) -> str:
    lines = choices.in_words(notice.basis["ranking"]) if notice.basis.get("ranking") else []
    weight = notice.basis.get("weight")
    if weight:
        lines.append(
            _("Part in the duty assessment: %(base)s points, raised by %(raised)s %% of that base.", base=weight[0],
              raised=weight[1])
        )  # fmt: skip
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def annexes(notice: Notice) -> list[dict[str, Any]]:
    """Scores and places, figures of the units in tables of six, then the pictures."""
    made = [_standing_table(notice), *_score_tables(notice), *_figure_tables(notice), *_part_tables(notice)]
    drawn = [picture for _title, picture in tables.drawn(notice)]
    return [*made, {"title": _("Pictures"), "pictures": drawn}] if drawn else made


def _standing_table(notice: Notice) -> dict[str, Any]:
    groups, unranked = tables.pools(notice)
    lines = [
        [pool.name, str(place.rank), place.unit_name, str(place.cases), f"{place.total:.2f}",
         "—" if place.weighted is None else f"{place.weighted:.2f}", _remark(place)]
        for pool in groups for place in pool.places
    ]  # fmt: skip
    lines += [[_("not ranked"), "—", place.unit_name, "0", "—", "—", ""] for place in unranked]
    header = [
        _("Group"), _("Standing"), _("Unit"), _("Cases"), _("Score"), _("Part in the duty assessment"), _("Remark"),
    ]  # fmt: skip
    sheet = notice.basis.get("sheet", {})
    return {
        "title": _("Scores and places"), "header": header, "lines": lines, "widths": [6, 4, 15, 4, 6, 6, 5],
        "note": _("Score sheet: %(name)s.", name=sheet.get("name", "")),
    }  # fmt: skip


def _remark(place: NoticeStanding) -> str:
    return "、".join(
        str(words)
        for words, holds in ((_("among the last"), place.bottom), (_("Veto"), place.vetoed))
        if holds
    )


def _score_tables(notice: Notice) -> list[dict[str, Any]]:
    """The points of each ranked unit item by item, in tables of six."""
    groups, _unranked = tables.pools(notice)
    places, rows = [place for pool in groups for place in pool.places], tables.scores(notice)
    shares, made = _shares(tables.item_words(notice)) if places else [], []
    brief = tables.briefly([place.unit_name for place in places])
    for at, part in enumerate(shares):
        lines = []
        for place in places:
            of_unit = rows.get(place.unit_id, {})
            points = [of_unit.get(item["code"]) for item in part]
            lines.append(
                [brief(place.unit_name), *("—" if row is None else f"{row.points:.2f}" for row in points)]
            )
        made.append({
            "title": _titled(_("Points by item"), at, len(shares)),
            "header": [_("Unit"), *(item["name"] for item in part)], "lines": lines,
            "widths": [5, *([3] * len(part))],
            "note": "；".join(f"{item['name']}：{item['note']}" for item in part if item["note"]),
        })  # fmt: skip
    return made


def _figure_tables(notice: Notice) -> list[dict[str, Any]]:
    rows = db.session.scalars(
        sa.select(NoticeFigure)
        .where(NoticeFigure.notice_id == notice.id, NoticeFigure.part == "")
        .order_by(NoticeFigure.id)
    ).all()
    values = {(row.unit_id, row.indicator): row.value for row in rows}
    made = []
    for side in Side:
        words = [one for one in notice.indicators if one["side"] == side.name]
        codes = {one["code"] for one in words}
        units = {
            row.unit_id: row.unit_name for row in rows if row.indicator in codes and row.unit_id is not None
        }
        shares, brief = _shares(words), tables.briefly(list(units.values()))
        for at, part in enumerate(shares):
            lines = [
                [
                    brief(name),
                    *(tables.value_words(values.get((unit_id, one["code"])), one["measure"]) for one in part),
                ]
                for unit_id, name in [*sorted(units.items()), (None, _("All units"))]
            ]
            made.append({
                "title": _titled(_("Figures: %(side)s", side=side.label), at, len(shares)),
                "header": [_("Unit"), *(one["name"] for one in part)],
                "lines": lines, "widths": [5, *([3] * len(part))],
                "note": "；".join(f"{one['name']}：{one['formula']}（{one['source']}）" for one in part),
            })  # fmt: skip
    return made


def _part_tables(notice: Notice) -> list[dict[str, Any]]:
    """The figures of all units by channel, kind or category; each unit's stand on the page and in the workbook."""
    rows = db.session.scalars(
        sa.select(NoticeFigure)
        .where(NoticeFigure.notice_id == notice.id, NoticeFigure.unit_id.is_(None), NoticeFigure.part != "")
        .order_by(NoticeFigure.id)
    ).all()
    made = []
    for split in Split:
        words = {one["code"]: one for one in notice.indicators if one.get("split") == split.name}
        values = {(row.indicator, row.part): row for row in rows if row.indicator in words}
        parts = list(dict.fromkeys(part for _code, part in sorted(values)))
        shares = _shares(parts)
        for at, shown in enumerate(shares):
            lines = [
                [one["name"], *(_part_cell(values.get((code, part)), one["measure"]) for part in shown)]
                for code, one in words.items()
            ]
            names = (tables.part_words(part, {"split": split.name}) for part in shown)
            made.append({
                "title": _titled(_("Figures: %(side)s", side=split.label), at, len(shares)),
                "header": [_("Indicator"), *names],
                "lines": lines, "widths": [5, *([3] * len(shown))],
                "note": _("All units together; each unit's stand on the notice's page and in its workbook."),
            })  # fmt: skip
    return made


def _part_cell(row: NoticeFigure | None, measure: str) -> str:
    if row is None:
        return "0" if measure == "COUNT" else "—"
    return tables.value_words(row.value, measure)
