"""The register of papers, their kinds and texts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import abort, request
from flask_appbuilder import expose, has_access
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.core.datamodel import DataModel
from app.core.db import begin_writing, db
from app.core.errors import Refusal
from app.core.views import BaseView, RecordView
from app.documents import compose, operations
from app.documents.models import Document, DocumentKind


def pdf_link(document_id: int, text: Any) -> Markup:
    from flask import url_for

    return Markup('<a class="badge badge-info" href="{}" target="_blank" rel="noopener">{}</a>').format(
        url_for("DocumentView.pdf", pk=document_id), text
    )


class DocumentKindView(BaseView):
    datamodel = DataModel(DocumentKind)
    list_title = _l("Document kinds and texts")
    show_title = add_title = edit_title = _l("Document kind")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = ["code", "name", "format", "issuer", "series", "basis"]
    add_columns = edit_columns = [
        "code", "name", "format", "issuer", "series", "title", "recipient", "body", "copies_to", "sealed", "basis"
    ]  # fmt: skip
    show_columns = [*add_columns, "fixed_clause"]
    search_columns = ["code", "name", "format"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")

    def pre_add(self, kind: DocumentKind) -> None:
        for part in ("title", "recipient", "body", "copies_to"):
            error = compose.syntax_fault(getattr(kind, part) or "")
            if error:
                raise Refusal(_l("This text cannot be read: %(error)s", error=error), part)

    pre_update = pre_add


class DocumentView(RecordView):
    """Every paper within reach. A signed PDF is the same bytes for ever."""

    datamodel = DataModel(Document)
    list_title = _l("Register of papers")
    show_title = _l("Paper")
    list_columns = ["number", "kind", "title", "recipient", "state", "signed_at", "id"]
    show_columns = [
        "number", "id", "kind", "title", "recipient", "unit", "state", "drafted_by", "drafted_at", "signed_by",
        "signed_at", "void_reason", "digest", "body",
    ]  # fmt: skip
    label_columns = {"id": _l("PDF")}
    computed = {
        "body": lambda paper: "" if compose.is_form(paper.kind) else paper.body
    }  # a form is read as PDF
    formatters_columns = {"id": lambda pk: pdf_link(pk, "PDF")}
    search_columns = ["number", "title", "recipient", "state"]
    order_columns = ["number", "signed_at"]
    base_order = ("id", "desc")
    eager = ("kind", "unit", "drafted_by", "signed_by")
    base_permissions = ["can_list", "can_show", "can_pdf"]

    @expose("/pdf/<int:pk>")
    @has_access
    def pdf(self, pk: int) -> Response:
        document = self.datamodel.get(pk)
        if document is None:
            abort(404)
        content = operations.rendered(document)
        name, number = quote(f"{document.kind.name}{document.number}.pdf"), document.number
        begin_writing()
        operations.printed(pk, number)
        db.session.commit()
        kept = "attachment" if request.args.get("save") else "inline"
        headers = {
            "Content-Disposition": f"{kept}; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        }
        return Response(content, mimetype="application/pdf", headers=headers)
