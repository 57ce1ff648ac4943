"""Views of objections and of points entered by hand; the form of a decision on one row."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import action, expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, TextAreaField, validators

from app.cases.models import Case
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView
from app.incentives import course, entries
from app.incentives.enums import ConsequenceState, NoticeState, ObjectionState
from app.incentives.lists import ExcelList
from app.incentives.models import Notice
from app.incentives.models_course import NoticeObjection
from app.incentives.models_scores import ManualEntry
from app.incentives.views import may

C = ConsequenceState


def _row(model: type[Any], pk: int | str) -> Any:
    """Through the scope; None where it is not there. FAB hands its templates the key as it stood in the address."""
    return db.session.scalars(sa.select(model).where(model.id == int(pk))).first()


class NoticeObjectionView(ExcelList, BaseView):
    """申诉: what units say against a draft, and what was decided on it."""

    datamodel = DataModel(NoticeObjection)
    excel_title = "通报申诉"
    excel_columns = [
        ("通报", "notice"), ("单位", "unit"), ("指标代码", "indicator"),
        ("信访编号", lambda row: row.case.number if row.case else None), ("理由", "reason"), ("提出人", "raised_by"),
        ("提出时间", "raised_at"), ("逾期提出", "late"), ("状态", "state"), ("裁定", "ruling"),
        ("裁定人", "decided_by"), ("裁定时间", "decided_at"),
    ]  # fmt: skip
    list_title = _l("Objections to notices")
    show_title = _l("Objection to a notice")
    add_title = _l("Object to a figure")
    base_permissions = ["can_list", "can_show", "can_add"]
    show_template = "incentives/objection.html"
    list_columns = ["notice", "unit", "indicator", "reason", "raised_at", "late", "state"]
    show_columns = [
        "notice",
        "unit",
        "indicator",
        "case",
        "reason",
        "raised_by",
        "raised_at",
        "late",
        "state",
        "ruling",
        "decided_by",
        "decided_at",
    ]
    add_columns = ["indicator", "case_number", "reason"]
    add_form_extra_fields = {
        "indicator": SelectField(
            _l("Figure"), [validators.InputRequired()], choices=[], validate_choice=False
        ),
        "case_number": StringField(
            _l("Case that should not count"),
            [validators.Optional(), validators.Length(max=30)],
            description=_l("Its number; empty: the records were wrong and have been put right"),
        ),
        "reason": TextAreaField(
            _l("What is wrong, and why"), [validators.InputRequired()], render_kw={"rows": 5}
        ),
    }
    search_columns = ["state", "indicator"]
    base_order = ("id", "desc")
    eager = ("notice", "unit")
    computed = {"row_tone": lambda row: "warn" if row.state is ObjectionState.RAISED else ""}

    @expose("/add/<int:pk>", methods=["GET", "POST"])
    @has_access
    def add(self, pk: int) -> Any:
        """The notice stands in the address; a unit objects to its own figures only."""
        self.notice = _row(Notice, pk)
        if self.notice is None or self.notice.state is NoticeState.DRAFT:
            abort(404)
        if g.user.unit is None:
            abort(403)
        widgets = self._add()
        if not widgets:
            return redirect(url_for("NoticeView.show", pk=pk))
        return self.render_template(self.add_template, title=self.add_title, widgets=widgets)

    @property
    def notice(self) -> Notice | None:
        return g.get("objected_notice")

    @notice.setter
    def notice(self, notice: Notice | None) -> None:
        g.objected_notice = notice

    def _get_add_widget(self, form: Any, exclude_cols: Any = None, widgets: Any = None) -> Any:
        assert self.notice is not None
        form.indicator.choices = [
            (one["code"], one["name"]) for one in self.notice.indicators if one["side"] == "UNIT"
        ]
        if request.method == "GET" and request.args.get("indicator"):
            form.indicator.data = request.args["indicator"]
        return super()._get_add_widget(form, exclude_cols, widgets)

    def _commit(self, form: Any, item: Any, before: Any, write: Any) -> bool:
        """The verb makes the row: nothing is filled by the form itself."""
        try:
            assert self.notice is not None
            case = self._case(form.case_number.data)
            course.object_to(
                self.notice, g.user.unit, form.indicator.data, case, form.reason.data, g.user, moment.now()
            )
            db.session.commit()
            return True
        except Refusal as refusal:
            db.session.rollback()
            self._say(form, refusal)
            return False

    @staticmethod
    def _case(number: str | None) -> Case | None:
        """The case by its number, through the scope: whoever does not see it cannot name it."""
        if not (number or "").strip():
            return None
        case = db.session.scalars(sa.select(Case).where(Case.number == str(number).strip())).first()
        if case is None:
            raise Refusal(_l("There is no such case within your reach."), "case_number")
        return case


class _Decision(BaseView):
    """A form that decides on one row by a verb; the row was fetched through the scope. Subclasses say which."""

    base_permissions = ["can_edit"]
    list_columns = show_columns = ["id"]
    add_columns: list[str] = []
    back = ""

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        row = self.datamodel.get(pk)
        if row is None:
            abort(404)
        if why := self.why_not(row):
            flash(str(why), "warning")
            return redirect(url_for(self.back, pk=row.id))
        widgets = self._edit(pk)
        if not widgets:
            return redirect(url_for(self.back, pk=pk))
        return self.render_template(self.edit_template, title=self.edit_title, widgets=widgets)

    def why_not(self, row: Any) -> Any:
        """Why there is nothing to decide; empty when there is."""
        return ""


class NoticeRulingView(_Decision):
    """裁定申诉: upheld or not, with reasons; what is upheld is put right in the draft."""

    datamodel = DataModel(NoticeObjection)
    list_title = edit_title = _l("Decide on an objection")
    back = "NoticeObjectionView.show"
    edit_columns = ["upheld", "ruling"]
    edit_form_extra_fields = {
        "upheld": BooleanField(
            _l("Upheld"), description=_l("The named case no longer counts, and the draft is computed again")
        ),
        "ruling": TextAreaField(
            _l("Decision and reasons"), [validators.InputRequired()], render_kw={"rows": 4}
        ),
    }
    save_label = _l("Make the decision")

    def why_not(self, row: NoticeObjection) -> Any:
        return "" if row.state is ObjectionState.RAISED else _("This objection was decided in the meantime.")

    def pre_update(self, row: NoticeObjection) -> None:
        course.decide(row, bool(row.__dict__.pop("upheld", False)), row.ruling, g.user, moment.now())


class ManualEntryView(ExcelList, BaseView):
    """Points by hand; they count when a second person has confirmed them."""

    datamodel = DataModel(ManualEntry)
    excel_title = "手工加减分"
    excel_columns = [
        ("月份", "month"), ("单位", "unit"), ("项目代码", lambda row: row.item.code), ("项目", "item"),
        ("分值", "points"), ("理由", "reason"), ("凭证", "evidence"), ("录入人", "entered_by"),
        ("录入时间", "entered_at"), ("状态", "state"), ("确认人", "decided_by"), ("确认时间", "decided_at"),
    ]  # fmt: skip
    list_title = _l("Points entered by hand")
    show_title = _l("Points entered by hand")
    add_title = _l("Enter points")
    base_permissions = ["can_list", "can_show", "can_add"]
    list_columns = [
        "month",
        "unit",
        "item",
        "points",
        "reason",
        "evidence",
        "entered_by",
        "state",
        "decided_by",
    ]
    show_columns = [*list_columns, "entered_at", "decided_at"]
    add_columns = ["month", "unit", "item", "points", "reason", "evidence"]
    search_columns = ["month", "state"]
    order_columns = ["month"]
    base_order = ("id", "desc")
    remote = ("unit",)
    eager = ("unit", "item", "entered_by", "decided_by")

    def pre_add(self, entry: ManualEntry) -> None:
        entries.enter(entry, g.user, moment.now())

    @action("confirm_entry", _l("Confirm"), _l("You have seen the evidence?"), "fa-check", multiple=False)
    def confirm_entry(self, entry: ManualEntry) -> Response:
        return self._decide(entry, True)

    @action("refuse_entry", _l("Refuse"), _l("Refuse these points?"), "fa-times", multiple=False)
    def refuse_entry(self, entry: ManualEntry) -> Response:
        return self._decide(entry, False)

    def _decide(self, entry: ManualEntry, confirmed: bool) -> Response:
        entries.decide(entry, confirmed, g.user, moment.now())
        db.session.commit()
        flash(_("Confirmed.") if confirmed else _("Refused."), "success")
        return redirect(url_for("ManualEntryView.show", pk=entry.id))


def open_objection(pk: int) -> bool:
    """Whether the reader may decide on this objection now."""
    row = _row(NoticeObjection, pk)
    return row.state is ObjectionState.RAISED and may("can_edit", "NoticeRulingView")


NoticeObjectionView.extra_args = {"open_objection": open_objection}
