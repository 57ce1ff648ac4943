"""Printing in bulk: choose the cases, watch the bar, stop and go on, take the one PDF; and the list of deliveries."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa
from flask import Response, abort, current_app, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import BaseView, expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from openpyxl import Workbook

from app.core import moment
from app.core.db import begin_writing, db
from app.core.errors import Refusal
from app.documents import jobs
from app.documents.jobs import JobState, PrintJob
from app.documents.kind_views import pdf
from app.documents.models import Document, DocumentKind, DocumentState, PaperFormat


def printing_page(numbers: list[str], kind_id: int = 0) -> Any:
    """Where a job is started: the kind is chosen, the cases are, too, or typed; nothing is lost when it is refused."""
    own = sa.select(PrintJob).where(PrintJob.officer_id == g.user.id).order_by(PrintJob.id.desc()).limit(30)
    kinds = sa.select(DocumentKind).where(DocumentKind.format.in_((PaperFormat.NOTICE, PaperFormat.LETTER)))
    view = next(
        one for one in current_app.extensions["appbuilder"].baseviews if isinstance(one, PrintJobView)
    )
    return view.render_template(
        "documents/printing.html", jobs=db.session.scalars(own).all(), title=_("Printing in bulk"), most=jobs.MOST,
        kinds=db.session.scalars(kinds.order_by(DocumentKind.code)).all(), numbers=numbers, kind_id=kind_id,
    )  # fmt: skip


class PrintJobView(BaseView):
    """Hand-written: a job is no form of columns, and its page moves."""

    route_base = "/printing"
    class_permission_name = "PrintJobView"
    base_permissions = ["can_print"]
    menu_label = list_title = _l("Printing in bulk")
    default_view = "jobs"

    @expose("/list")
    @has_access
    @permission_name("print")
    def jobs(self) -> Any:
        return printing_page([])

    @expose("/matching")
    @has_access
    @permission_name("print")
    def matching(self) -> Any:
        """All cases that the filter of their list leaves, as many as one job takes."""
        numbers = [number for ask in jobs.MATCHING for number in ask(jobs.MOST + 1)]
        if len(numbers) > jobs.MOST:
            flash(_("More than %(most)s cases match: the first %(most)s of the list are taken.", most=jobs.MOST),
                  "warning")  # fmt: skip
        return printing_page(numbers[: jobs.MOST])

    @expose("/start", methods=["POST"])
    @has_access
    @permission_name("print")
    def start(self) -> Any:
        numbers = list(dict.fromkeys(re.findall(r"[0-9A-Za-z]+", request.form.get("numbers", ""))))[
            : jobs.MOST + 1
        ]
        chosen = request.form.get("kind", "")
        query = sa.select(DocumentKind).where(
            DocumentKind.id == (int(chosen) if chosen.isdigit() and len(chosen) < 10 else 0)
        )
        kind = db.session.scalars(query).first()
        if kind is None:
            flash(_("Choose the kind of paper."), "danger")
            return printing_page(numbers)
        found, absent = jobs.cases_of(numbers)
        try:
            if absent:
                raise Refusal(_("Not within your reach: %(numbers)s", numbers="、".join(absent[:10])))
            begin_writing()
            job = jobs.start(kind, found, g.user, moment.now())
            number = job.id
            db.session.commit()
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
            return printing_page(numbers, kind.id)
        return redirect(url_for("PrintJobView.job", pk=number))

    @expose("/<int:pk>")
    @has_access
    @permission_name("print")
    def job(self, pk: int) -> Any:
        job = self._mine(pk)
        return self.render_template(
            "documents/job.html", job=job, state=JobState, title=_("Printing in bulk")
        )

    @expose("/advance/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("print")
    def advance(self, pk: int) -> Any:
        return self._act(pk, lambda job: jobs.advance(job, g.user, moment.now()))

    @expose("/stop/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("print")
    def stop(self, pk: int) -> Any:
        return self._act(pk, jobs.stop)

    @expose("/resume/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("print")
    def resume(self, pk: int) -> Any:
        return self._act(pk, jobs.resume)

    def _act(self, pk: int, verb: Callable[[PrintJob], None]) -> Any:
        begin_writing()
        job = self._mine(pk)
        verb(job)
        said = {"seen": job.seen, "all": len(job.cases), "state": job.state.name, "faults": len(job.faults)}
        db.session.commit()
        if request.accept_mimetypes.best == "application/json":
            return jsonify(said)
        return redirect(url_for("PrintJobView.job", pk=pk))

    @expose("/<int:pk>/pdf")
    @has_access
    @permission_name("print")
    def pdf(self, pk: int) -> Response:
        job = self._mine(pk)
        if job.state is not JobState.DONE or not job.digest:
            return cast(Response, redirect(url_for("PrintJobView.job", pk=pk)))
        return pdf(jobs.content(job), f"print-{pk}.pdf")

    @expose("/<int:pk>/receipts")
    @has_access
    @permission_name("print")
    def receipts(self, pk: int) -> Response:
        """The list of the job's papers to be delivered and signed for, as .xlsx for a mail merge."""
        job = self._mine(pk)
        return sheet([row for row in jobs.rows(job) if row.state is DocumentState.SIGNED], moment.today())

    @staticmethod
    def _mine(pk: int) -> PrintJob:
        job = jobs.mine(pk, g.user)
        if job is None:
            abort(404)
        return job


def sheet(papers: list[Document], today: dt.date) -> Response:
    """Papers as a list of delivery receipts: one line each, what is known filled in."""
    book = Workbook()
    page = book.active
    page.title = "送达回证"
    page.append(
        ["序号", "文书", "文号", "受送达人", "住址", "签发日期", "送达方式", "送达日期", "签收（见证）人"]
    )
    for number, paper in enumerate(papers, 1):
        page.append([_plain(value) for value in (
            number, paper.kind.name, paper.number, paper.recipient, paper.fields.get("address", ""),
            f"{paper.signed_at:%Y-%m-%d}" if paper.signed_at else "", str(paper.delivery_way or ""),
            f"{paper.delivered_on}" if paper.delivered_on else "", paper.received_by,
        )])  # fmt: skip
    for column, width in zip("ABCDEFGHI", (6, 20, 24, 18, 34, 12, 12, 12, 16), strict=True):
        page.column_dimensions[column].width = width
    held = io.BytesIO()
    book.save(held)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    headers = {
        "Content-Disposition": f"attachment; filename=receipts-{today}.xlsx",
        "Cache-Control": "private, no-store",
    }
    return Response(held.getvalue(), mimetype=kind, headers=headers)


def _plain(value: Any) -> Any:
    """What a person typed is no formula (=, +, -, @) in somebody's spreadsheet."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else value
