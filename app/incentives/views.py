"""The notices page, the cases behind a figure, and the indicators as editable rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder import action, expose, has_access, permission_name
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import MAX_PAGE, BaseView, RecordView
from app.incentives import operations, page, rules
from app.incentives.enums import NoticeState
from app.incentives.models import Indicator, Notice, NoticeFigure


def may(permission: str, view: str = "NoticeView") -> bool:
    return bool(current_app.extensions["appbuilder"].sm.has_access(permission, view))


class PublishedOrMine(BaseFilter):
    """A draft is seen only by those who compute or publish it."""

    name = _l("Published, or I work on drafts")

    def apply(self, query: Any, value: Any) -> Any:
        if may("compute_notice") or may("publish_notice"):
            return query
        return query.filter(Notice.state == NoticeState.PUBLISHED)


class NoticeView(RecordView):
    """月通报: the month's rates of every unit; each figure opens to the cases that gave it."""

    datamodel = DataModel(Notice)
    route_base = "/notices"
    list_title = _l("Monthly notices")
    show_title = _l("Monthly notice")
    list_template = "incentives/notices.html"
    show_template = "incentives/notice.html"
    figure_template = "incentives/figure.html"
    base_permissions = ["can_list", "can_show", "can_compute"]
    base_filters = [["id", PublishedOrMine, None]]
    base_order = ("month", "desc")
    list_columns = ["month", "state", "as_of", "computed_at", "computed_by", "published_at"]
    show_columns = ["month"]
    search_columns = ["month", "state"]
    order_columns = ["month"]
    eager = ("computed_by",)

    def compute_form(self) -> dict[str, str] | None:
        """What the list page's form starts with, for who may compute."""
        if not may("compute_notice"):
            return None
        today = moment.today()
        return {"month": rules.month_before(today), "latest": rules.month_of(today)}

    @expose("/show/<int:pk>", methods=["GET"])
    @has_access
    def show(self, pk: int) -> Any:
        notice = self._notice(pk)
        self.update_redirect()
        tables = page.tables(notice)
        return self.render_template(
            self.show_template,
            title=_("Monthly notice %(month)s", month=notice.month),
            notice=notice,
            tables=tables,
            cards=page.cards(notice, tables),
            own_unit_id=g.user.unit_id,
            page=page,
            may=may,
        )

    @expose("/figure/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def figure(self, pk: int) -> Any:
        """The cases behind a figure: through the scope, the rest as a number."""
        found = db.session.scalars(
            sa.select(NoticeFigure).where(NoticeFigure.id == pk).options(joinedload(NoticeFigure.notice))
        ).first()
        if found is None:
            abort(404)
        notice = self._notice(found.notice_id)
        at = request.args.get("page", "0")
        number = min(int(at), MAX_PAGE) if at.isascii() and at.isdigit() else 0
        indicator = page.indicator_of(notice, found.indicator)
        return self.render_template(
            self.figure_template,
            title=_("%(indicator)s · %(unit)s · %(month)s", indicator=indicator["name"],
                    unit=found.unit_name or _("All units"), month=notice.month),
            notice=notice,
            figure=found,
            indicator=indicator,
            page=page,
            **page.items_of(found, number, may("can_show", "CaseView")),
        )  # fmt: skip

    @expose("/compute", methods=["POST"])
    @has_access
    def compute(self) -> Response:
        try:
            return self._computed(request.form.get("month", "").strip())
        except ValueError:
            flash(_("Give the month as a year and a month, like 2026-11."), "danger")
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        return redirect(url_for("NoticeView.list"))

    @action("compute_notice", _l("Compute again"), "", "fa-calculator", multiple=False)
    def compute_notice(self, notice: Notice) -> Response:
        return self._computed(notice.month)

    @action(
        "publish_notice", _l("Publish"),
        _l("A published notice never changes, and every unit sees it. Publish it?"), "fa-bullhorn", multiple=False,
    )  # fmt: skip
    def publish_notice(self, notice: Notice) -> Response:
        operations.publish(notice, g.user, moment.now())
        db.session.commit()
        flash(_("The notice is published."), "success")
        return redirect(url_for("NoticeView.show", pk=notice.id))

    def _notice(self, pk: int) -> Notice:
        notice = self.datamodel.get(pk, self._base_filters)
        if notice is None:
            abort(404)
        return notice

    def _computed(self, month: str) -> Response:
        notice = operations.compute(month, moment.today(), g.user)
        db.session.commit()
        flash(_("The draft of %(month)s is computed.", month=notice.month), "success")
        return redirect(url_for("NoticeView.show", pk=notice.id))


class IndicatorView(BaseView):
    """What a notice counts. The words and the population may be changed; the figures of old notices keep theirs."""

    datamodel = DataModel(Indicator)
    list_title = _l("Indicators")
    show_title = edit_title = _l("Indicator")
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_columns = [
        "code",
        "name",
        "side",
        "clock_code",
        "window",
        "first_time_only",
        "source",
        "local",
        "active",
    ]
    show_columns = [
        "code", "name", "rank", "side", "measure", "clock_code", "window", "first_time_only", "once_a_case",
        "counts_not_due", "released_by", "formula", "source", "local", "active",
    ]  # fmt: skip
    edit_columns = [
        "name", "rank", "first_time_only", "once_a_case", "counts_not_due", "formula", "source", "local", "active"
    ]  # fmt: skip
    search_columns = ["code", "name", "active"]
    order_columns = ["code", "rank"]
    base_order = ("rank", "asc")
