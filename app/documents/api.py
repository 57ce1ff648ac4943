"""The register of papers by interface: read only; the PDF itself is fetched from its page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.api import ReadApi
from app.core.datamodel import DataModel
from app.documents.models import Document


class DocumentApi(ReadApi):
    datamodel = DataModel(Document)
    resource_name = "document"
    list_title = _l("Interface: papers")
    list_columns = [
        "id", "kind", "case_id", "unit", "title", "recipient", "number", "state", "signed_at", "digest"
    ]  # fmt: skip
    show_columns = [*list_columns, "drafted_by", "drafted_at", "signed_by", "void_reason"]
    search_columns = ["number", "title", "recipient", "state", "case_id", "signed_at"]
    order_columns = ["id", "number", "signed_at"]
    eager = ("kind", "unit")
