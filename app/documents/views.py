"""The register of papers."""

from __future__ import annotations

import secrets
from typing import Any, cast
from urllib.parse import quote

from flask import abort, g, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import begin_writing, db
from app.core.scope import current_reach
from app.core.views import RecordView
from app.documents import compose, operations
from app.documents.draft_views import progress
from app.documents.models import DeliveryWay, Document, DocumentState


def pdf_link(document_id: int, text: Any) -> Markup:
    from flask import url_for

    return Markup('<a class="badge badge-info" href="{}" target="_blank" rel="noopener">{}</a>').format(
        url_for("DocumentView.pdf", pk=document_id), text
    )


class DocumentView(RecordView):
    """Every paper within reach. A signed PDF is the same bytes for ever."""

    datamodel = DataModel(Document)
    list_title = _l("Register of papers")
    show_title = _l("Paper")
    list_columns = ["number", "kind", "title", "recipient", "state", "signed_at", "id"]
    show_columns = [
        "number", "id", "kind", "title", "recipient", "unit", "state", "drafted_by", "drafted_at", "signed_by",
        "signed_at", "reviewed_by", "review_note", "delivery_way", "delivered_on", "received_by", "prints",
        "void_reason", "digest", "body",
    ]  # fmt: skip
    label_columns = {"id": _l("PDF"), "prints": _l("Prints")}
    computed = {
        "body": lambda paper: "" if compose.is_form(paper.kind) else paper.body,  # a form is read as PDF
        "prints": lambda paper: operations.prints(paper.id),
    }
    formatters_columns = {"id": lambda pk: pdf_link(pk, "PDF")}
    search_columns = ["number", "title", "recipient", "state", "kind", "delivered_on"]
    order_columns = ["number", "signed_at"]
    base_order = ("id", "desc")
    eager = ("kind", "unit", "drafted_by", "signed_by", "reviewed_by")
    base_permissions = ["can_list", "can_show", "can_pdf"]
    show_template = "documents/paper.html"

    def render_template(self, template: str, **said: Any) -> Any:
        """The page of one paper also says where it stands, and what may be done to it."""
        if template == self.show_template and (paper := self.datamodel.get(said["pk"])) is not None:
            reach = current_reach()
            said |= {
                "paper": paper, "progress": progress(paper), "ways": list(DeliveryWay), "today": moment.today(),
                "act_id": secrets.token_hex(8), "prints": operations.prints(paper.id),
                "own": paper.unit_id == g.user.unit_id or (reach is not None and paper.unit_id in reach.units),
            }  # fmt: skip
        return super().render_template(template, **said)

    @expose("/pdf/<int:pk>")
    @has_access
    def pdf(self, pk: int) -> Response:
        """Look at a paper. Looking changes nothing and counts as nothing."""
        return self._file(self._paper(pk))

    @expose("/print/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("pdf")
    def take_print(self, pk: int) -> Response:
        """Take a print or a copy of a signed paper: the same bytes, one more in the count."""
        begin_writing()
        document = self._paper(pk)
        answer = self._file(document, "attachment" if "save" in request.form else "inline")
        if document.state is not DocumentState.DRAFT:  # a draft is no paper yet
            operations.printed(pk, document.number, request.form.get("act", "")[:40])
        db.session.commit()
        return answer

    def _paper(self, pk: int) -> Document:
        document = self.datamodel.get(pk)
        if document is None:
            abort(404)
        return cast(Document, document)

    @staticmethod
    def _file(document: Document, kept: str = "inline") -> Response:
        content, name = operations.rendered(document), quote(f"{document.kind.name}{document.number}.pdf")
        headers = {
            "Content-Disposition": f"{kept}; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        }
        return Response(content, mimetype="application/pdf", headers=headers)
