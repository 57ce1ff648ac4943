"""What the office sets: indicators with their formulas and the trial on a past month, score sheets and their items."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView
from app.incentives import operations, rules, tables
from app.incentives.enums import WINDOWS_OF, ItemKind, Over
from app.incentives.formula import Formula, FormulaError, condition
from app.incentives.lists import ExcelList
from app.incentives.models import Indicator
from app.incentives.models_scores import ScoreItem, ScoreSheet
from app.incentives.vocabulary import NAMES

# what changes the figure; a change of it must be tried before it counts
COUNTED = (
    "over",
    "clock_code",
    "window",
    "window_days",
    "expression",
    "population",
    "first_time_only",
    "once_a_case",
    "counts_not_due",
    "released_by",
    "side",
)


def formula_shown(words: str | None) -> Markup:
    """As written, in letters of one width."""
    return Markup("<code>{}</code>").format(words) if words else Markup()


class IndicatorView(ExcelList, BaseView):
    """What a notice counts. A formula that cannot be read is refused with the place of the fault; a new or changed
    one counts only after it was tried on a past month. Published notices keep theirs."""

    datamodel = DataModel(Indicator)
    excel_title = "考核指标"
    excel_columns = [
        ("指标代码", "code"), ("指标", "name"), ("次序", "rank"), ("考核对象", "side"), ("计量", "measure"),
        ("统计范围", "over"), ("限定种类", "clock_code"), ("计入月份", "window"), ("顺延天数", "window_days"),
        ("公式", "expression"), ("条件", "population"), ("只计初件", "first_time_only"),
        ("每件只计一次", "once_a_case"),
        ("分项", "split"), ("口径", "formula"), ("来源", "source"), ("本地规定", "local"), ("试算月份", "tried_on"),
        ("启用", "active"),
    ]  # fmt: skip
    list_title = _l("Indicators")
    show_title = add_title = edit_title = _l("Indicator")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_trial"]
    edit_template = "incentives/indicator_edit.html"
    add_template = "incentives/indicator_add.html"
    show_template = "incentives/indicator.html"
    list_columns = ["code", "name", "side", "over", "expression", "window", "source", "tried_on", "active"]
    show_columns = [
        "code",
        "name",
        "rank",
        "side",
        "measure",
        "over",
        "clock_code",
        "window",
        "window_days",
        "expression",
        "population",
        "first_time_only",
        "once_a_case",
        "counts_not_due",
        "released_by",
        "split",
        "formula",
        "source",
        "local",
        "tried_on",
        "active",
    ]
    add_columns = [name for name in show_columns if name not in ("tried_on", "active")]
    edit_columns = [name for name in show_columns if name not in ("tried_on", "code")]
    search_columns = ["code", "name", "active"]
    formatters_columns = {"expression": formula_shown, "population": formula_shown}
    order_columns = ["code", "rank"]
    base_order = ("rank", "asc")

    def pre_add(self, indicator: Indicator) -> None:
        self._checked(indicator)
        indicator.tried_on, indicator.active = "", False

    def pre_update(self, indicator: Indicator) -> None:
        self._checked(indicator)
        state: Any = sa.inspect(indicator)
        if any(_changed(state.attrs[name].history) for name in COUNTED):
            indicator.tried_on = ""
            if indicator.active and not state.attrs.active.history.has_changes():
                indicator.active = False
                flash(
                    _(
                        "The formula was changed: the indicator counts again when it was tried on a past month."
                    ),
                    "info",
                )
        if indicator.active and state.attrs.active.history.has_changes() and not indicator.tried_on:
            raise Refusal(_l("Try the formula on a past month before it counts."), "active")

    @staticmethod
    def _checked(indicator: Indicator) -> None:
        for name in ("released_by", "population", "clock_code", "source"):  # a form may leave them out
            setattr(indicator, name, getattr(indicator, name) or "")
        if indicator.window not in WINDOWS_OF[indicator.over]:
            days = "、".join(str(window.label) for window in WINDOWS_OF[indicator.over])
            raise Refusal(
                _l("%(rows)s count in the month of: %(days)s.", rows=indicator.over.label, days=days),
                "window",
            )
        names = NAMES[indicator.over]
        for field, read in (("expression", Formula), ("population", condition)):
            try:
                read(getattr(indicator, field) or "", names)
            except FormulaError as fault:
                raise Refusal(fault, field) from fault
        if indicator.window_days is None or not 0 <= indicator.window_days <= 400:
            raise Refusal(_l("Between 0 and 400 days."), "window_days")

    @staticmethod
    def words() -> list[tuple[str, list[tuple[str, str]]]]:
        """The vocabulary, by kind of rows, for the form."""
        return [
            (str(over.label), [(name, _meaning(word)) for name, word in NAMES[over].items()]) for over in Over
        ]

    @expose("/trial/<int:pk>", methods=["GET", "POST"])
    @has_access
    def trial(self, pk: int) -> Any:
        """What the indicator comes to in a past month; sent by POST it is kept that it was tried."""
        indicator = self.datamodel.get(pk)
        if indicator is None:
            abort(404)
        today = moment.today()
        month = request.values.get("month", "").strip() or rules.month_before(today)
        found: list[Any] = []
        try:
            _first, last = rules.month_span(month)
            if last >= today:
                raise Refusal(_l("A trial takes a month that is over."))
            found, names = operations.tried(indicator, month, today)
            if request.method == "POST" and not any(one.size for one in found):
                raise Refusal(_l("Nothing of %(month)s falls under it: try it on a month that shows something.",
                                 month=month))  # fmt: skip
            if request.method == "POST":
                indicator.tried_on = month
                db.session.commit()
                flash(_("Tried on %(month)s. It may be put in use now.", month=month), "success")
                return redirect(url_for("IndicatorView.trial", pk=pk, month=month))
        except ValueError:
            flash(_("Give the month as a year and a month, like 2026-11."), "danger")
        except (Refusal, FormulaError) as fault:
            db.session.rollback()
            flash(str(fault), "danger")
        words = {"split": indicator.split.name}
        lines = [
            (
                " · ".join(
                    filter(
                        None,
                        (names.get(one.unit_id or 0, _("All units")), tables.part_words(one.part, words)),
                    )
                ),
                one.result.part,
                one.result.whole,
                tables.value_words(one.value, indicator.measure.name),
            )
            for one in found
        ]
        return self.render_template(
            "incentives/trial.html",
            title=_("Trial of %(name)s", name=indicator.name),
            indicator=indicator,
            month=month,
            lines=lines,
            latest=rules.month_before(today),
        )


def _changed(history: Any) -> bool:
    """A text left out of the form is no other text than the empty one."""
    return bool(history.deleted) and (history.deleted[0] or "") != (history.added[0] or "")


def _meaning(word: Any) -> str:
    choices = f"（{'、'.join(sorted(word.words))}）" if word.words else ""
    return f"{word.label}{choices}"


class ScoreItemView(ExcelList, BaseView):
    datamodel = DataModel(ScoreItem)
    excel_title = "考核项目"
    excel_columns = [
        ("考核表", "sheet"), ("项目代码", "code"), ("项目", "name"), ("次序", "rank"), ("类型", "kind"),
        ("指标代码", lambda row: row.indicator.code if row.indicator else None), ("基本分", "base"),
        ("每次（点）分值", "step"), ("起算", "target"), ("方向", "better"), ("下限", "floor"), ("上限", "cap"),
        ("启用", "active"), ("说明", "note"),
    ]  # fmt: skip
    list_title = _l("Items of the score sheets")
    show_title = add_title = edit_title = _l("Item of a score sheet")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = [
        "code",
        "name",
        "kind",
        "indicator",
        "base",
        "step",
        "target",
        "floor",
        "cap",
        "active",
        "note",
    ]
    show_columns = add_columns = [
        "sheet",
        "code",
        "name",
        "rank",
        "kind",
        "indicator",
        "base",
        "step",
        "target",
        "better",
        "floor",
        "cap",
        "note",
        "active",
    ]
    edit_columns = [name for name in add_columns if name not in ("sheet", "code")]
    search_columns = ["code", "name", "kind", "active"]
    order_columns = ["rank"]
    base_order = ("rank", "asc")
    eager = ("sheet", "indicator")

    def pre_add(self, item: ScoreItem) -> None:
        if item.kind not in (ItemKind.MANUAL, ItemKind.VETO) and item.indicator is None:
            raise Refusal(_l("This kind of item is read from an indicator."), "indicator")
        if item.step is None or item.step < 0:
            raise Refusal(
                _l("Points each are not less than nothing; the kind says whether they are won or lost."),
                "step",
            )
        if item.kind is ItemKind.BONUS and item.cap is None:
            raise Refusal(_l("A bonus has a cap."), "cap")
        if item.floor is not None and item.cap is not None and item.floor > item.cap:
            raise Refusal(_l("The floor lies above the cap."), "floor")

    pre_update = pre_add


class ScoreSheetView(BaseView):
    datamodel = DataModel(ScoreSheet)
    list_title = _l("Score sheets")
    show_title = add_title = edit_title = _l("Score sheet")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = ["code", "name", "full", "source", "note"]
    show_columns = add_columns = ["code", "name", "full", "source", "note"]
    edit_columns = ["name", "full", "source", "note"]
    search_columns = ["code", "name"]
    base_order = ("id", "asc")
    related_views = [ScoreItemView]


__all__ = ["IndicatorView", "ScoreItemView", "ScoreSheetView"]
