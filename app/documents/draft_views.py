"""Drafting any kind of paper about a case: its text asks for what the case does not say; review; signature."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast
from urllib.parse import quote

import sqlalchemy as sa
from flask import Response, abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import begin_writing, db
from app.core.errors import Refusal
from app.core.scope import current_reach
from app.documents import compose, docx, fields, gallery, jobs, operations, worker
from app.documents.kind_views import pdf, sentence
from app.documents.models import DeliveryWay, Document, DocumentKind, DocumentState, PaperFormat
from app.organisation.models import Unit

MARKS = ("urgency", "secrecy", "copy_no")  # 紧急程度, 密级, 份号 of a letter or document (GB/T 9704 7.2)
LONG = 60  # a field whose example is longer gets a box


def _kind(code: str) -> DocumentKind | None:
    return db.session.scalars(sa.select(DocumentKind).where(DocumentKind.code == code[:8])).first()


class DraftView(BaseView):
    """Hand-written, because its form is made of the fields that a text asks for."""

    route_base = "/drafts"
    list_title = _l("Drafts of papers")
    base_permissions = ["can_draft"]
    class_permission_name = "DraftView"

    @expose("/new/<int:case_id>")
    @has_access
    @permission_name("draft")
    def new(self, case_id: int) -> Any:
        self._offered(case_id)
        kinds = [kind for kind in db.session.scalars(sa.select(DocumentKind).order_by(DocumentKind.code))
                 if kind.code not in jobs.ISSUED_BY_STEPS]  # fmt: skip
        return self.render_template(
            "documents/new.html", kinds=kinds, case_id=case_id, title=_("Draft a paper")
        )

    @expose("/write/<int:case_id>", methods=["GET", "POST"])
    @has_access
    @permission_name("draft")
    def write(self, case_id: int) -> Any:
        unit, known = self._offered(case_id)
        kind = _kind(request.args.get("kind", ""))
        if kind is None or kind.code in jobs.ISSUED_BY_STEPS:
            return redirect(url_for("DraftView.new", case_id=case_id))
        asked = self._asked(kind, known)
        if request.method == "POST":
            typed = {
                name: fields.read(name, request.form.get(name, "").strip()[:20_000], kind.code)
                for name in asked
            }
            try:
                begin_writing()
                house = g.user.unit or unit
                made = operations.keep_draft(kind.code, house, known | typed, moment.now(), g.user, case_id)
                number = made.id
                db.session.commit()
                flash(_("The draft is kept. Send it for review when it is ready."), "success")
                return redirect(url_for("DocumentView.show", pk=number))
            except Refusal as refusal:
                db.session.rollback()
                flash(str(refusal), "danger")
        examples = fields.sample(kind.code)
        samples = {name: fields.shown(examples.get(name, "")) for name in asked}
        rows = [(name, fields.label(name), samples[name], name in (kind.required or "").split(),
                 len(samples[name]) > LONG) for name in asked]  # fmt: skip
        return self.render_template("documents/write.html", kind=kind, rows=rows, case_id=case_id, sent=request.form,
                                    title=kind.name)  # fmt: skip

    @expose("/preview/<int:case_id>", methods=["POST"])
    @has_access
    @permission_name("draft")
    def preview(self, case_id: int) -> Response:
        _unit, known = self._offered(case_id)
        kind = _kind(request.args.get("kind", ""))
        if kind is None:
            return sentence(_("Choose the kind of paper."))
        typed = {
            name: value for name, value in request.form.items() if value.strip() and name != "csrf_token"
        }
        asked = self._asked(kind, known)
        said = known | {
            name: fields.read(name, value[:20_000], kind.code)
            for name, value in typed.items()
            if name in asked
        }
        try:
            said["unit"] = said.get("unit") or str(g.user.unit)
            return pdf(worker.printed(gallery.example(kind, str(g.user.unit), said, signed=False)))
        except Refusal as refusal:
            return sentence(refusal)

    @staticmethod
    def _asked(kind: DocumentKind, known: dict[str, Any]) -> list[str]:
        """What the drafter is asked for: what the text names and the case does not say, and the marks of a head."""
        marks = MARKS if kind.format in (PaperFormat.LETTER, PaperFormat.DOCUMENT) else ()
        return [*[name for name in sorted(compose.asked_for(kind)) if known.get(name) in (None, "")], *marks]

    @staticmethod
    def _offered(case_id: int) -> tuple[Unit, dict[str, Any]]:
        offered = jobs.offered([case_id], g.user)
        if not offered:
            abort(404)
        return offered[case_id]


class PaperStepView(BaseView):
    """What is done to one paper of the register: each verb a permission of its own."""

    route_base = "/paper"
    list_title = _l("Review and signature of papers")
    class_permission_name = "PaperStepView"
    base_permissions = ["can_submit", "can_review", "can_sign", "can_void", "can_deliver", "can_docx"]

    @staticmethod
    def _paper(pk: int, own: bool = True) -> Document:
        """The paper through the scope; `own` where only the house that issues it may act."""
        found = DataModel(Document).get(pk)
        reach = current_reach()
        units = reach.units if reach is not None else frozenset()
        if found is None:
            abort(404)
        if own and found.unit_id not in units and found.unit_id != g.user.unit_id:
            raise Refusal(_l("Only the unit that issues a paper acts on it."))
        return found

    def _do(self, pk: int, verb: Any, done: Any) -> Any:
        begin_writing()
        try:
            paper = self._paper(pk)
            operations.change(paper, verb)
            db.session.commit()
            flash(str(done), "success")
        except Refusal as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        return redirect(url_for("DocumentView.show", pk=pk))

    @expose("/submit/<int:pk>", methods=["POST"])
    @has_access
    def submit(self, pk: int) -> Any:
        return self._do(pk, lambda paper: operations.submit(paper, moment.now()), _l("Sent for review."))

    @expose("/review/<int:pk>", methods=["POST"])
    @has_access
    def review(self, pk: int) -> Any:
        passed, note = "passed" in request.form, request.form.get("review_note", "")
        done = _l("Reviewed: it can be signed.") if passed else _l("Given back to its writer.")
        return self._do(pk, lambda paper: operations.review(paper, g.user, moment.now(), passed, note), done)

    @expose("/sign/<int:pk>", methods=["POST"])
    @has_access
    def sign(self, pk: int) -> Any:
        def verb(paper: Document) -> None:
            if paper.reviewed_at is None:
                raise Refusal(_l("This draft waits for its review."))
            operations.sign(paper, g.user, moment.now())

        return self._do(pk, verb, _l("Signed, numbered and kept."))

    @expose("/void/<int:pk>", methods=["POST"])
    @has_access
    def void(self, pk: int) -> Any:
        reason = request.form.get("void_reason", "")[:200]
        return self._do(pk, lambda paper: operations.void(paper, reason, moment.now()), _l("Declared void."))

    @expose("/deliver/<int:pk>", methods=["POST"])
    @has_access
    def deliver(self, pk: int) -> Any:
        way = DeliveryWay.__members__.get(request.form.get("delivery_way", ""))
        on: dt.date | None
        try:
            on = dt.date.fromisoformat(request.form.get("delivered_on", ""))
        except ValueError:
            on = None
        if way is None or on is None:
            self._paper(pk, own=False)
            flash(_("Say how and on which day it was delivered."), "danger")
            return redirect(url_for("DocumentView.show", pk=pk))
        receiver = request.form.get("received_by", "")
        return self._do(
            pk,
            lambda paper: operations.deliver(paper, way, on, receiver, moment.today()),
            _l("Delivery recorded."),
        )

    @expose("/docx/<int:pk>")
    @has_access
    def docx(self, pk: int) -> Response:
        """The editable twin of a draft. A signed paper has none: it exists once."""
        paper = self._paper(pk, own=False)
        if paper.state is not DocumentState.DRAFT:
            flash(_("A signed paper exists once: it has no editable twin."), "warning")
            return cast(Response, redirect(url_for("DocumentView.show", pk=pk)))
        content, name = docx.written(operations.laid_out(paper)), quote(f"{paper.title}.docx")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        }
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        return Response(content, mimetype=kind, headers=headers)


def progress(paper: Document) -> Markup | str:
    """Where a draft stands between its writer and its signature."""
    if paper.state is not DocumentState.DRAFT:
        return str(paper.state)
    if paper.reviewed_at is not None:
        return _("reviewed, waits for its signature")
    if paper.submitted_at is not None:
        return _("waits for its review")
    return _("given back: %(why)s", why=paper.review_note) if paper.review_note else _("being written")
