"""The notices page, the cases behind a figure, a unit's score item by item, and the notice's way to publication."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

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
from app.core.views import MAX_PAGE, RecordView
from app.incentives import choices, consequences, course, entries, operations, page, rules, tables, workbook
from app.incentives.enums import NoticeState
from app.incentives.models import Notice, NoticeFigure
from app.incentives.models_scores import NoticeStanding


def may(permission: str, view: str = "NoticeView") -> bool:
    return bool(current_app.extensions["appbuilder"].sm.has_access(permission, view))


def paper_answer(row: Any) -> Response:
    """The PDF of a row's paper; the caller has fetched the row as the reader may see it."""
    document = operations.paper_of(row)
    if document is None:
        abort(404)
    content, name = operations.paper_pdf(document)
    return file_answer(content, name, "application/pdf", "inline")


def file_answer(content: bytes, name: str, kind: str, kept: str = "attachment") -> Response:
    headers = {
        "Content-Disposition": f"{kept}; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private, no-store",
    }
    return Response(content, mimetype=kind, headers=headers)


class PublishedOrMine(BaseFilter):
    """A draft is seen only by those who work on it; one that lies open to objections by everybody."""

    name = _l("Published, or I work on drafts")

    def apply(self, query: Any, value: Any) -> Any:
        if any(may(right) for right in ("compute_notice", "open_notice", "publish_notice")):
            return query
        return query.filter(Notice.state != NoticeState.DRAFT)


class NoticeView(RecordView):
    """月通报: the month's figures of every unit, its scores and places; each figure opens to the cases that gave it."""

    datamodel = DataModel(Notice)
    route_base = "/notices"
    list_title = _l("Monthly notices")
    show_title = _l("Monthly notice")
    list_template = "incentives/notices.html"
    show_template = "incentives/notice.html"
    figure_template = "incentives/figure.html"
    score_template = "incentives/score.html"
    base_permissions = ["can_list", "can_show", "can_compute", "can_correct"]
    base_filters = [["id", PublishedOrMine, None]]
    base_order = ("month", "desc")
    list_columns = ["month", "edition", "state", "as_of", "objections_until", "published_at", "document"]
    show_columns = ["month"]
    search_columns = ["month", "state"]
    order_columns = ["month"]
    eager = ("computed_by", "document")
    computed = {"document": lambda notice: notice.document.number if notice.document else ""}

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
        made = page.figure_tables(notice)
        groups, unranked = tables.pools(notice)
        later = operations.published(notice.month)
        return self.render_template(
            self.show_template,
            title=_("Monthly notice %(month)s", month=notice.month),
            notice=notice,
            tables=made,
            cards=page.cards(notice, made),
            groups=groups,
            unranked=unranked,
            scores=tables.scores(notice),
            items=tables.item_words(notice),
            rules=choices.in_words(notice.basis["ranking"]) if notice.basis.get("ranking") else [],
            pictures=page.pictures_of(notice),
            later=later if later is not None and later.edition > notice.edition else None,
            objections=course.counts(notice),
            unconfirmed=entries.waiting(notice.month) if notice.state is not NoticeState.PUBLISHED else 0,
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
        at = request.args.get("page", "0")[:6]
        number = min(int(at), MAX_PAGE) if at.isascii() and at.isdigit() else 0
        indicator = page.indicator_of(notice, found.indicator)
        return self.render_template(
            self.figure_template,
            title=_("%(indicator)s · %(unit)s · %(month)s", indicator=indicator["name"], month=notice.month,
                    unit=" · ".join(filter(None, (found.unit_name or _("All units"),
                                                  page.part_words(found.part, indicator))))),
            notice=notice,
            figure=found,
            indicator=indicator,
            may_object=self._may_object(notice, found),
            page=page,
            **page.items_of(found, number, may("can_show", "CaseView")),
        )  # fmt: skip

    @staticmethod
    def _may_object(notice: Notice, figure: NoticeFigure) -> bool:
        own = figure.unit_id is not None and figure.unit_id == g.user.unit_id
        return own and notice.state is NoticeState.OBJECTION and may("can_add", "NoticeObjectionView")

    @expose("/score/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def score(self, pk: int) -> Any:
        """A unit's score, item by item: what it was read from, what it came to."""
        query = sa.select(NoticeStanding).where(NoticeStanding.id == pk)
        place = db.session.scalars(query.options(joinedload(NoticeStanding.notice))).first()
        if place is None:
            abort(404)
        notice = self._notice(place.notice_id)
        rows = tables.scores(notice).get(place.unit_id, {})
        return self.render_template(
            self.score_template,
            title=_("Score · %(unit)s · %(month)s", unit=place.unit_name, month=notice.month),
            notice=notice,
            rows=rows,
            items=tables.item_words(notice),
            measures={one["code"]: one["measure"] for one in notice.indicators},
            value_words=tables.value_words,
            total=sum(row.points for row in rows.values()),
        )

    @expose("/pdf/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def pdf(self, pk: int) -> Response:
        return paper_answer(self._notice(pk))

    @expose("/excel/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def excel(self, pk: int) -> Response:
        notice = self._notice(pk)
        name = f"信访工作通报数据{notice.month}-{notice.edition}.xlsx"
        return file_answer(workbook.of_notice(notice), name, workbook.MIME)

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

    @expose("/correct/<int:pk>", methods=["POST"])
    @has_access
    def correct(self, pk: int) -> Response:
        """A new edition of a published month, with the reason."""
        notice = self._notice(pk)
        try:
            made = operations.correct(notice, request.form.get("correction", ""), moment.today(), g.user)
            db.session.commit()
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            return self._to(pk)
        flash(_("The correction is a new draft; the published notice stays as it is."), "success")
        return self._to(made.id)

    @action("compute_notice", _l("Compute again"), "", "fa-calculator", multiple=False)
    def compute_notice(self, notice: Notice) -> Response:
        if notice.state is NoticeState.OBJECTION:
            operations.take_back(notice, moment.today(), g.user)
            db.session.commit()
            flash(
                _("Computed anew: it is a draft again, to be opened to objections with a new term."), "info"
            )
            return self._to(notice.id)
        return self._computed(notice.month)

    @action(
        "open_notice", _l("Open to objections"),
        _l("Every unit sees the draft and may object until the deadline. Open it?"), "fa-comments", multiple=False,
    )  # fmt: skip
    def open_notice(self, notice: Notice) -> Response:
        operations.open_to_objections(notice, g.user, moment.now())
        db.session.commit()
        flash(_("The units may object until %(day)s.", day=notice.objections_until), "success")
        return self._to(notice.id)

    @action(
        "publish_notice", _l("Sign and publish"),
        _l("A published notice never changes, and every unit sees it. Publish it?"), "fa-bullhorn", multiple=False,
    )  # fmt: skip
    def publish_notice(self, notice: Notice) -> Response:
        operations.publish(notice, g.user, moment.now())
        proposals = consequences.propose(notice, moment.today())
        db.session.commit()
        flash(_("The notice is published."), "success")
        if proposals:
            flash(_("%(number)s consequences are proposed.", number=len(proposals)), "info")
        if count := consequences.waiting_for_lifting(notice):
            flash(
                _("%(number)s consequences in force lost their cause: decide on lifting them.", number=count),
                "warning",
            )
        return self._to(notice.id)

    def _notice(self, pk: int) -> Notice:
        notice = self.datamodel.get(pk, self._base_filters)
        if notice is None:
            abort(404)
        return notice

    @staticmethod
    def _to(pk: int) -> Response:
        return redirect(url_for("NoticeView.show", pk=pk))

    def _computed(self, month: str) -> Response:
        notice = operations.compute(month, moment.today(), g.user)
        db.session.commit()
        flash(_("The draft of %(month)s is computed.", month=notice.month), "success")
        return self._to(notice.id)
