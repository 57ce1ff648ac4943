"""Views of the year: figures from elsewhere, ranking and prizes, the ten best officers, service, the year's report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import action, expose, has_access, permission_name
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.core import moment, settings
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView, RecordView
from app.incentives import rules, workbook, years
from app.incentives.course_views import _Decision
from app.incentives.enums import NominationState, RankingState
from app.incentives.lists import ExcelList
from app.incentives.models_year import GivenFigure, Nomination, Service, YearRanking
from app.incentives.views import file_answer, may, paper_answer


class GivenFigureView(ExcelList, BaseView):
    """录入数据: what the portal cannot count itself, each with its source; a wrong one is replaced, not changed."""

    datamodel = DataModel(GivenFigure)
    excel_title = "录入数据"
    excel_columns = [
        ("月份", "month"), ("类别", "topic"), ("名称", "name"), ("单位", "unit"), ("数值", "value"), ("来源", "source"),
        ("录入人", "entered_by"), ("录入时间", "entered_at"), ("已替换", "replaced"),
    ]  # fmt: skip
    list_title = _l("Figures entered by hand")
    show_title = add_title = _l("Figure entered by hand")
    base_permissions = ["can_list", "can_show", "can_add"]
    list_columns = [
        "month",
        "topic",
        "name",
        "unit",
        "value",
        "source",
        "entered_by",
        "entered_at",
        "replaced",
    ]
    show_columns = list_columns
    add_columns = ["month", "topic", "name", "unit", "value", "source"]
    search_columns = ["month", "topic", "name"]
    order_columns = ["month"]
    base_order = ("id", "desc")
    remote = ("unit",)
    eager = ("unit", "entered_by")

    def pre_add(self, figure: GivenFigure) -> None:
        try:
            rules.month_span((figure.month or "").strip())
        except ValueError as fault:
            raise Refusal(_l("Give the month as a year and a month, like 2026-11."), "month") from fault
        figure.month = figure.month.strip()
        figure.entered_by, figure.entered_at = g.user, moment.now()

    @action(
        "replace_figure",
        _l("Replaced"),
        _l("It no longer counts; the entry stays. Go on?"),
        "fa-exchange",
        multiple=False,
    )
    def replace_figure(self, figure: GivenFigure) -> Response:
        figure.replaced, figure.replaced_at = True, moment.now()
        db.session.commit()
        flash(_("It no longer counts. Enter the right figure now."), "success")
        return redirect(url_for("GivenFigureView.list"))


class _OfYear(RecordView):
    """A list with a small form that computes a year, for who may."""

    list_template = "incentives/years.html"
    reckon: Callable[[int], Any]

    def year_form(self) -> dict[str, Any] | None:
        if not may("can_compute", self.class_permission_name):
            return None
        today = moment.today()
        return {
            "year": today.year if today.month == 12 else today.year - 1,
            "latest": today.year,
            "action": url_for(f"{self.endpoint}.compute"),
        }

    @expose("/compute", methods=["POST"])
    @has_access
    def compute(self) -> Response:
        try:
            made = type(self).reckon(int(request.form.get("year", "")))
            db.session.commit()
            return redirect(url_for(f"{self.endpoint}.show", pk=made.id))
        except ValueError:
            flash(_("Give the year in four digits."), "danger")
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        return redirect(url_for(f"{self.endpoint}.list"))

    def _row(self, pk: int) -> Any:
        row = self.datamodel.get(pk)
        if row is None:
            abort(404)
        return row


class YearRankingView(_OfYear):
    """年度考核: the mean of the published months less deductions, ranks and prizes; decided by a person."""

    datamodel = DataModel(YearRanking)
    list_title = _l("Ranking of the year")
    show_title = _l("Ranking of the year")
    show_template = "incentives/ranking.html"
    base_permissions = ["can_list", "can_show", "can_compute"]
    list_columns = ["year", "state", "months", "computed_at", "decided_by", "decided_at"]
    search_columns = ["year"]
    base_order = ("year", "desc")
    eager = ("decided_by",)

    @staticmethod
    def reckon(year: int) -> YearRanking:
        return years.propose_ranking(year, moment.now())

    @expose("/show/<int:pk>", methods=["GET"])
    @has_access
    def show(self, pk: int) -> Any:
        ranking = self._row(pk)
        proposed = ranking.state is RankingState.PROPOSED
        notices = years.published(ranking.year, ranking.computed_at)
        decide = proposed and may("can_edit", "YearRankingDecisionView")
        award = not proposed and ranking.document_id is None and may("issue_award", "YearRankingView")
        title = _("Ranking of %(year)s", year=ranking.year)
        return self.render_template(
            self.show_template, title=title, ranking=ranking, decide=decide, award=award, notices=notices
        )

    @expose("/pdf/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def pdf(self, pk: int) -> Response:
        return paper_answer(self._row(pk))

    @action(
        "issue_award",
        _l("Sign the award"),
        _l("It goes out with your name. Sign?"),
        "fa-trophy",
        multiple=False,
    )
    def issue_award(self, row: YearRanking) -> Response:
        years.award(row, g.user, moment.now())
        db.session.commit()
        flash(_("The award is signed."), "success")
        return redirect(url_for("YearRankingView.show", pk=row.id))

    @expose("/excel/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def excel(self, pk: int) -> Response:
        ranking = self._row(pk)
        return file_answer(workbook.of_ranking(ranking), f"年度考核{ranking.year}.xlsx", workbook.MIME)


class YearRankingDecisionView(_Decision):
    datamodel = DataModel(YearRanking)
    list_title = edit_title = _l("Decide on the ranking of the year")
    back = "YearRankingView.show"
    edit_columns = ["opinion"]
    save_label = _l("Make the decision")

    def why_not(self, row: YearRanking) -> Any:
        return "" if row.state is RankingState.PROPOSED else _("This was decided in the meantime.")

    def pre_update(self, row: YearRanking) -> None:
        years.decide_ranking(row, row.opinion, g.user, moment.now())


class PublicOrOurs(BaseFilter):
    """Before publicity a nomination is the affair of its unit and of those who lead the choice."""

    name = _l("In publicity, or of my unit")

    def apply(self, query: Any, value: Any) -> Any:
        if any(may(right, "NominationView") for right in ("publicise", "choose")):
            return query
        early = (NominationState.NOMINATED, NominationState.WITHDRAWN)
        return query.filter(sa.or_(Nomination.state.not_in(early), Nomination.unit_id == g.user.unit_id))


class NominationView(BaseView):
    """十佳信访干部: nominated, in publicity, voted on, chosen by a person within the vote."""

    datamodel = DataModel(Nomination)
    list_title = _l("Best officers of the year")
    show_title = _l("Nomination")
    add_title = _l("Nominate an officer")
    base_permissions = ["can_list", "can_show", "can_add"]
    base_filters = [["id", PublicOrOurs, None]]
    list_columns = ["year", "officer", "unit", "merits", "state", "public_until", "votes"]
    show_columns = [
        "year",
        "officer",
        "unit",
        "merits",
        "nominated_by",
        "nominated_at",
        "state",
        "public_since",
        "public_until",
        "voices",
        "votes",
        "decided_by",
        "decided_at",
    ]
    add_columns = ["year", "officer", "merits"]
    label_columns = {"votes": _l("Votes")}
    search_columns = ["year", "state"]
    order_columns = ["year"]
    base_order = ("id", "desc")
    remote = ("officer",)
    eager = ("officer", "unit")
    computed = {"votes": lambda row: _votes(row)}

    def list_hint(self) -> str:
        return _(
            "%(seats)s are chosen each year. Voting begins when the publicity period is over.",
            seats=settings.number("best_officers"),
        )

    def list_links(self) -> list[tuple[Any, str]]:
        return [("Excel", url_for("NominationView.excel"))]

    @expose("/excel", methods=["GET"])
    @has_access
    @permission_name("list")
    def excel(self) -> Response:
        """Whom the reader sees on the list."""
        query = PublicOrOurs("id", self.datamodel).apply(db.session.query(Nomination), None)
        rows = [(row, _votes(row)) for row in query.order_by(Nomination.year, Nomination.id)]
        return file_answer(workbook.of_nominations(rows), "十佳信访干部.xlsx", workbook.MIME)

    def prefill_add(self, form: Any) -> None:
        form.year.data = moment.today().year

    def pre_add(self, nomination: Nomination) -> None:
        years.nominate(nomination, g.user, moment.now())

    @action(
        "publicise",
        _l("Open publicity"),
        _l("Everybody sees the nominees chosen here. Open publicity?"),
        "fa-bullhorn",
        single=False,
    )
    def publicise(self, rows: list[Nomination]) -> Response:
        return self._done(lambda: years.publicise(rows, moment.now()), _("The publicity period has begun."))

    @action(
        "vote",
        _l("Vote"),
        _l("A vote is given once and not taken back. Vote?"),
        "fa-check-square-o",
        multiple=False,
    )
    def vote(self, row: Nomination) -> Response:
        return self._done(lambda: years.vote(row, g.user, moment.now()), _("Your vote is counted."))

    @action(
        "choose",
        _l("Make the decision"),
        _l("The officers marked here are chosen, the others are not. Decide?"),
        "fa-trophy",
        single=False,
    )
    def choose(self, rows: list[Nomination]) -> Response:
        return self._done(
            lambda: years.choose(rows, g.user, moment.now()), _("The best officers are chosen.")
        )

    @staticmethod
    def _done(work: Callable[[], None], words: str) -> Response:
        work()
        db.session.commit()
        flash(words, "success")
        return redirect(url_for("NominationView.list"))


def _votes(row: Nomination) -> Any:
    """How many; kept back while the vote is open, so that nobody follows the others."""
    if row.state in (NominationState.CHOSEN, NominationState.NOT_CHOSEN) or may("choose", "NominationView"):
        tallies = g.setdefault("vote_tallies", {})
        if row.year not in tallies:
            tallies[row.year] = years.tally(row.year)
        return tallies[row.year].get(row.id)
    return ""


class NominationWithdrawalView(_Decision):
    datamodel = DataModel(Nomination)
    list_title = edit_title = _l("Take a nomination back")
    back = "NominationView.show"
    edit_columns = ["voices"]
    save_label = _l("Take back")

    def why_not(self, row: Nomination) -> Any:
        open_ = row.state in (NominationState.NOMINATED, NominationState.PUBLIC)
        return "" if open_ else _("This was decided in the meantime.")

    def pre_update(self, row: Nomination) -> None:
        years.withdraw(row, row.voices, g.user, moment.now())


class ServiceView(ExcelList, BaseView):
    """信访岗位任职: the periods of service; the list of who qualifies for 正科 treatment stands on its own page."""

    datamodel = DataModel(Service)
    excel_title = "信访岗位任职"
    excel_columns = [
        ("干部", "officer"), ("职级", "cadre"), ("岗位", "post"), ("起", "since"), ("止", "until"),
        ("任职文件", "evidence"),
    ]  # fmt: skip
    list_title = _l("Service in petition posts")
    show_title = add_title = edit_title = _l("Period of service")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_treatment"]
    list_columns = show_columns = add_columns = edit_columns = [
        "officer",
        "cadre",
        "post",
        "since",
        "until",
        "evidence",
    ]
    search_columns = ["cadre", "post"]
    order_columns = ["since"]
    base_order = ("id", "desc")
    remote = ("officer",)
    eager = ("officer",)

    def list_links(self) -> list[tuple[Any, str]]:
        links = super().list_links()
        if may("can_treatment", "ServiceView"):
            links.append((_("Who qualifies for section chief's treatment"), url_for("ServiceView.treatment")))
        return links

    def excel_sheets(self) -> list[workbook.Sheet]:
        """With who qualifies, for who may read that."""
        sheets = super().excel_sheets()
        if may("can_treatment", "ServiceView"):
            rows = years.qualified(moment.today())
            lines = [
                [str(r.officer), r.since.isoformat(), r.day.isoformat(), workbook.cell(r.reached)]
                for r in rows
            ]
            sheets.append(("正科待遇", ["干部", "连续任职起", "满年限日", "已满"], lines))
        return sheets

    def pre_add(self, period: Service) -> None:
        if period.until is not None and period.until < period.since:
            raise Refusal(_l("The period ends before it begins."), "until")
        if not (period.evidence or "").strip():
            raise Refusal(_l("Name the appointment paper."), "evidence")

    pre_update = pre_add

    @expose("/treatment", methods=["GET"])
    @has_access
    def treatment(self) -> Any:
        return self.render_template(
            "incentives/treatment.html",
            title=_("Who qualifies for section chief's treatment"),
            rows=years.qualified(moment.today()),
            number=settings.number("treatment_years"),
        )
