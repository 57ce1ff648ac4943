"""Views of the year's report: its tables, what stands behind each number, the words added to it, the paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import action, expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.views import MAX_PAGE
from app.incentives import page, workbook
from app.incentives import report as reports
from app.incentives.course_views import _Decision
from app.incentives.models_year import YearReport
from app.incentives.views import file_answer, may, paper_answer
from app.incentives.year_views import _OfYear


def _asked(name: str) -> int:
    words = request.args.get(name, "0")[:6]
    return min(int(words), MAX_PAGE) if words.isascii() and words.isdigit() else 0


class YearReportView(_OfYear):
    """年度报告 (art. 41): four contents, with the same period of the year before."""

    datamodel = DataModel(YearReport)
    list_title = _l("Reports of the year")
    show_title = _l("Report of the year")
    show_template = "incentives/report.html"
    base_permissions = ["can_list", "can_show", "can_compute"]
    list_columns = ["year", "as_of", "signed_at", "signed_by", "document"]
    search_columns = ["year"]
    base_order = ("year", "desc")
    eager = ("signed_by", "document")
    computed = {"document": lambda row: row.document.number if row.document else ""}

    @staticmethod
    def reckon(year: int) -> YearReport:
        return reports.compute(year, moment.today())

    @expose("/show/<int:pk>", methods=["GET"])
    @has_access
    def show(self, pk: int) -> Any:
        row = self._row(pk)
        return self.render_template(
            self.show_template,
            title=_("Report of %(year)s", year=row.year),
            report=row,
            opens=[self._opener(row, table) for table in range(len(row.tables))],
            may=may,
            pictures=[Markup(picture) for picture in reports.pictures_of(row)],
        )

    @staticmethod
    def _opener(row: YearReport, table: int) -> Callable[[int, int], str]:
        return lambda line, at: url_for("YearReportView.figure", pk=row.id, table=table, line=line, at=at)

    @expose("/figure/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def figure(self, pk: int) -> Any:
        """What stands behind one number (``at`` 0: this year, 1: the year before): cases through the scope."""
        row = self._row(pk)
        table, line, at, number = (_asked(name) for name in ("table", "line", "at", "page"))
        try:
            facts, given = reports.behind(row, table, line, at)
        except LookupError:
            abort(404)
        end = reports.Period(row.year, row.as_of, row.known_until).ends[at]
        kept = row.tables[table]
        return self.render_template(
            "incentives/report_figure.html",
            title=f"{kept['title']} · {kept['lines'][line][0]}",
            report=row,
            number=kept["lines"][line][1 + at],
            note=kept.get("note"),
            since=end.replace(month=1, day=1),
            until=end,
            given=given,
            plain=reports.plain,
            here=lambda page: url_for(
                "YearReportView.figure", pk=pk, table=table, line=line, at=at, page=page
            ),
            **page.cases_of(facts, number, may("can_show", "CaseView")),
        )

    @expose("/pdf/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def pdf(self, pk: int) -> Response:
        return paper_answer(self._row(pk))

    @expose("/excel/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def excel(self, pk: int) -> Response:
        row = self._row(pk)
        return file_answer(workbook.of_report(row), f"信访情况年度报告{row.year}.xlsx", workbook.MIME)

    @action(
        "sign_report",
        _l("Sign the report"),
        _l("A signed report never changes. Sign it?"),
        "fa-pencil",
        multiple=False,
    )
    def sign_report(self, row: YearReport) -> Response:
        reports.sign(row, g.user, moment.now())
        db.session.commit()
        flash(_("The report is signed."), "success")
        return redirect(url_for("YearReportView.show", pk=row.id))


class YearReportWordsView(_Decision):
    datamodel = DataModel(YearReport)
    list_title = edit_title = _l("Other matters of the report")
    back = "YearReportView.show"
    edit_columns = ["words"]

    def why_not(self, row: YearReport) -> Any:
        return "" if row.signed_at is None else _("The report of %(year)s is signed.", year=row.year)
