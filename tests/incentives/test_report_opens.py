"""Every number of the year's report opens to the rows that gave it, as many as it says, whoever asks and whenever."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from app.cases.enums import Adoption, AdviceKind, Channel
from app.core.db import db
from app.incentives import report
from app.incentives.models_year import GivenFigure, YearReport
from tests.support.office import LABOUR, LAND, drive, register_case

LAST_YEAR, THIS_YEAR = dt.datetime(2025, 3, 3, 10), dt.datetime(2026, 3, 3, 10)
REPORTED = dt.datetime(2026, 6, 30, 17)


def lived(app) -> list[int]:
    """Cases of both years, by different ways and for different units, one sent on twice; figures from elsewhere."""
    made: list[int] = []
    for at, unit, channel in (
        (LAST_YEAR, LAND, Channel.LETTER),
        (THIS_YEAR, LAND, Channel.LETTER),
        (THIS_YEAR, LAND, Channel.WEB),
        (THIS_YEAR, LABOUR, Channel.VISIT),
    ):
        case = register_case(app, at=at, petitioner_name=f"信访人{len(made)}", channel=channel)
        drive(app, case, ("routing", {"target": unit, "note": "按职责分工"}), at=at)
        made.append(case)
    with app.app_context():
        for month, name, value in (
            ("2025-12", "进京批次", 28),
            ("2025-02", "到省批次", 2),
            ("2026-02", "进京批次", 1),
        ):
            db.session.add(
                GivenFigure(
                    month=month,
                    topic="越级访",
                    name=name,
                    value=value,
                    source="市局通报",
                    entered_at=THIS_YEAR,
                )
            )
        db.session.add(
            GivenFigure(
                month="2025-02", topic="", name="初次信访", value=658, source="旧台账", entered_at=THIS_YEAR
            )
        )
        db.session.commit()
    return made


def reported(app) -> int:
    app.config["FIXED_NOW"] = REPORTED
    with app.app_context():
        made = report.compute(2026, REPORTED.date())
        db.session.commit()
        return made.id


def cells(made: YearReport) -> list[tuple[int, int, int, str]]:
    return [
        (table, line, at, words[1 + at])
        for table, kept in enumerate(made.tables)
        for line, words in enumerate(kept["lines"])
        for at in (0, 1)
    ]


def said(made: YearReport, table: int, line: int, at: int) -> str:
    facts, given = report.behind(made, table, line, at)
    return report.plain(sum(row.value for row in given) if given else len(facts))


def test_each_number_has_as_many_rows_behind_it_as_it_says(app):
    lived(app)
    pk = reported(app)
    with app.app_context():
        made = db.session.get_one(YearReport, pk)
        found = cells(made)
        assert len(found) > 30
        for table, line, at, words in found:
            assert said(made, table, line, at) == words.replace("—", "0"), (table, line, at)


def test_what_comes_later_does_not_change_what_was_counted(app):
    cases = lived(app)
    pk = reported(app)
    with app.app_context():
        before = [
            said(db.session.get_one(YearReport, pk), *where)
            for *where, _words in cells(db.session.get_one(YearReport, pk))
        ]
    later = dt.datetime(2026, 6, 30, 17, 30)  # of the same day
    app.config["FIXED_NOW"] = later
    register_case(app, at=later, petitioner_name="后来的人")
    drive(app, cases[2], ("voiding", {"note": "登记有误"}), at=later)
    with app.app_context():
        figure = db.session.scalars(sa.select(GivenFigure).where(GivenFigure.month == "2026-02")).one()
        figure.replaced, figure.replaced_at = True, later
        db.session.add(
            GivenFigure(
                month="2026-02", topic="越级访", name="进京批次", value=5, source="更正", entered_at=later
            )
        )
        db.session.commit()
        made = db.session.get_one(YearReport, pk)
        assert [said(made, *where) for *where, _words in cells(made)] == before


def test_the_page_leads_to_the_cases_within_reach(app, client):
    lived(app)
    pk = reported(app)
    page = client("office").get(f"/yearreportview/show/{pk}").text
    links = re.findall(rf'href="(/yearreportview/figure/{pk}[^"]+)">([^<]+)<', page.replace("&amp;", "&"))
    assert {words for _link, words in links} >= {"3", "1", "658"}
    for link, words in links:
        answer = client("office").get(link)
        assert answer.status_code == 200
        if words not in ("658", "28", "30", "2"):
            assert answer.text.count('href="/cases/show/') == int(words) or "市局通报" in answer.text, link
    whole = links[0][0]  # all petitions of this year
    own = client("land_officer").get(whole).text
    assert own.count('href="/cases/show/') == 2 and "另有1件" in own
    assert "旧台账" in client("office").get(next(link for link, words in links if words == "658")).text
    assessor = client("assessor").get(whole).text  # no cases at all
    assert 'href="/cases/show/' not in assessor and "3件" in assessor


@pytest.mark.parametrize("where", ["at=2", "line=99", "table=99", "at=7"])
def test_what_is_no_number_is_not_there(sqlite_app, where):
    from tests.support.office import signed_in

    pk = reported(sqlite_app)
    assert signed_in(sqlite_app, "office").get(f"/yearreportview/figure/{pk}?{where}").status_code == 404
    assert signed_in(sqlite_app, "reception").get(f"/yearreportview/figure/{pk}").status_code in (
        302,
        403,
    )


def test_the_three_suggestions_and_what_became_of_them(app):
    """Art. 41 (3): counted from the letters of advice and their answers, beside what was entered by hand."""
    first, second = lived(app)[1:3]
    at = THIS_YEAR + dt.timedelta(days=20)
    drive(app, first, "signing", "acceptance", "advice", at=at)
    drive(app, first, ("advice_feedback", {"adoption": Adoption.PARTLY}), at=at + dt.timedelta(days=3))
    drive(app, second, "signing", "acceptance", ("advice", {"way": AdviceKind.POLICY}), at=at)
    pk = reported(app)
    with app.app_context():
        made = db.session.get_one(YearReport, pk)
        number, table = next((n, t) for n, t in enumerate(made.tables) if t["title"] == "三项建议及采纳情况")
        counted = {line[0]: line[1] for line in table["lines"]}
        assert counted == {
            "改进工作": "1", "完善政策": "1", "追究责任的建议（问责函）": "0",
            "采纳": "0", "部分采纳": "1", "未采纳": "0",
        }  # fmt: skip
        facts, _entries = report.behind(made, number, 1, 0)
        assert [row["case_id"] for row in facts] == [second]
        assert "改进工作1" in report.fields(made)["suggestions"]
