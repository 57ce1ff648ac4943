"""The kinds of paper and their texts: edited with the paper beside it, every version kept; the gallery; seals."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from flask import Response, abort, flash, g, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from markupsafe import escape
from wtforms import BooleanField

from app.core import moment, settings
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView, RecordView
from app.documents import compose, fields, gallery, jobs, seals, texts, worker
from app.documents.models import TEXTS, DocumentKind, DocumentText, Issuer, PaperFormat, Seal

PARTS = (*TEXTS, "required")


def pdf(content: bytes, name: str = "") -> Response:
    """A PDF for the window it was asked in; kept by nobody."""
    headers = {"Cache-Control": "private, no-store"} | (
        {"Content-Disposition": f"inline; filename={name}"} if name else {}
    )
    return Response(content, mimetype="application/pdf", headers=headers)


def sentence(why: Any) -> Response:
    """Where a paper was asked for and there is none: the sentence instead of it."""
    head = f'<!DOCTYPE html><meta charset="utf-8"><title>{_("Paper")}</title>'
    page = f'{head}<p style="font:15px sans-serif;padding:2em">{escape(str(why))}</p>'
    return Response(page, mimetype="text/html")


class DocumentTextView(RecordView):
    datamodel = DataModel(DocumentText)
    list_title = _l("Versions of the text")
    show_title = _l("Version of the text")
    list_columns = ["version", "title", "changed_by", "changed_at"]
    show_columns = ["kind", "version", "title", "recipient", "body", "fixed_clause", "copies_to", "organ", "mark",
                    "changed_by", "changed_at"]  # fmt: skip
    search_columns: list[str] = ["version", "title"]
    order_columns = ["version"]
    base_order = ("version", "desc")
    eager = ("kind", "changed_by")


class DocumentKindView(BaseView):
    datamodel = DataModel(DocumentKind)
    list_title = _l("Document kinds and texts")
    show_title = add_title = edit_title = _l("Document kind")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_preview", "can_gallery"]
    list_columns = ["code", "name", "format", "issuer", "series", "signers", "trigger", "basis"]
    add_columns = edit_columns = [
        "code", "name", "format", "issuer", "series", "title", "recipient", "body", "fixed_clause", "copies_to",
        "sealed", "upward", "organ", "mark", "required", "signers", "signers_major", "trigger", "basis",
    ]  # fmt: skip
    show_columns = [*add_columns, "clause_locked", "version"]
    formatters_columns = {"required": lambda names: "、".join(map(fields.label, (names or "").split()))}
    search_columns = ["code", "name", "format"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    related_views = [DocumentTextView]
    add_template = edit_template = "documents/kind.html"
    list_template = "documents/kinds.html"

    # FAB would demand that what may be unchecked is checked (forms.py: NOT NULL without a server's answer)
    add_form_extra_fields = edit_form_extra_fields = {
        "sealed": BooleanField(_l("Place for the seal"), default=True),
        "upward": BooleanField(_l("Goes to a higher organ: names its signer")),
    }

    def pre_add(self, kind: DocumentKind) -> None:
        for part in (*PARTS, "signers", "signers_major", "trigger"):
            setattr(kind, part, (getattr(kind, part) or "").replace("\r\n", "\n"))  # as a browser sends it
        texts.check(kind)

    pre_update = pre_add

    def post_add(self, kind: DocumentKind) -> None:
        # after the write: a version has the number of its kind
        texts.keep(kind, moment.now(), g.user)
        db.session.commit()
        if unknown := fields.unknown(kind):
            flash(_("Nothing fills these fields by itself; whoever drafts the paper is asked for them: %(names)s",
                    names="、".join(unknown)), "warning")  # fmt: skip

    post_update = post_add

    def _get_edit_widget(self, **kwargs: Any) -> Any:
        form = kwargs["form"]
        g.offered_fields = fields.offered(self._kind(form))
        if self._stored(form.code.data).clause_locked:
            form.fixed_clause.render_kw = {"readonly": True}
            form.fixed_clause.description = _("Required by law or protection: read, not edited")
        return super()._get_edit_widget(**kwargs)

    def _get_add_widget(self, **kwargs: Any) -> Any:
        g.offered_fields = fields.offered(self._kind(kwargs["form"]))
        return super()._get_add_widget(**kwargs)

    @staticmethod
    def _kind(form: Any) -> DocumentKind:
        """The kind as the form says it, without a row."""
        said = {part: (getattr(form, part).data if part in form else "") or "" for part in PARTS}
        return cast(DocumentKind, SimpleNamespace(**said))

    @expose("/preview", methods=["POST"])
    @has_access
    def preview(self) -> Response:
        """The texts as they are typed, as a paper: of a case the editor may see, else of a made-up matter."""
        sent = request.form
        kind = SimpleNamespace(
            **{part: sent.get(part, "") for part in PARTS}, code=sent.get("code", ""), name=sent.get("name", ""),
            series=sent.get("series", ""), sealed="sealed" in sent, upward="upward" in sent,
            format=PaperFormat.__members__.get(sent.get("format", ""), PaperFormat.NOTICE),
            issuer=Issuer.__members__.get(sent.get("issuer", ""), Issuer.UNIT),
        )  # fmt: skip
        for part in TEXTS:
            if fault := compose.syntax_fault(getattr(kind, part)):
                return sentence(_("This text cannot be read: %(error)s", error=fault))
        stored = self._stored(kind.code)
        if stored.clause_locked:
            kind.fixed_clause = stored.fixed_clause
        try:
            said = self._real(sent.get("case_number", "").strip())
            office = settings.text("conference_office_name")
            return pdf(worker.printed(gallery.example(cast(DocumentKind, kind), office, said, signed=False)))
        except Refusal as refusal:
            return sentence(refusal)

    @staticmethod
    def _stored(code: str | None) -> DocumentKind:
        """The kind with this code as it is kept; one without anything where it is new."""
        found = db.session.scalars(sa.select(DocumentKind).where(DocumentKind.code == (code or ""))).first()
        return found or DocumentKind(clause_locked=False, fixed_clause="")

    @staticmethod
    def _real(number: str) -> dict[str, Any] | None:
        if not number:
            return None
        offered = next((said for ask in jobs.BY_NUMBER if (said := ask(number, g.user)) is not None), None)
        if offered is None:
            raise Refusal(_l("There is no case with this number within your reach."))
        return offered[1]

    @expose("/gallery")
    @has_access
    def gallery(self) -> Any:
        kinds = db.session.scalars(sa.select(DocumentKind).order_by(DocumentKind.code)).all()
        return self.render_template("documents/gallery.html", kinds=kinds, title=_("Gallery of papers"))

    @expose("/example/<int:pk>")
    @has_access
    @permission_name("gallery")
    def example(self, pk: int) -> Response:
        kind = self.datamodel.get(pk)
        if kind is None:
            abort(404)
        try:
            paper = gallery.example(kind, settings.text("conference_office_name"))
            return pdf(worker.printed(paper), f"{kind.code}.pdf")
        except Refusal as refusal:
            return sentence(refusal)


class SealView(BaseView):
    """Seals of units. The picture goes in and is never shown again but on a signed paper."""

    datamodel = DataModel(Seal)
    list_title = _l("Seals")
    show_title = add_title = edit_title = _l("Seal")
    base_permissions = ["can_list", "can_add", "can_edit"]
    list_columns = ["name", "unit", "diameter", "from_day", "until_day"]
    add_columns = ["name", "unit", "diameter", "picture", "from_day", "until_day"]
    edit_columns = ["name", "until_day"]
    show_columns = list_columns
    search_columns = ["name"]
    order_columns = ["name", "from_day"]
    base_order = ("id", "desc")
    eager = ("unit",)
    remote = ("unit",)
    label_columns = {"picture": _l("Picture")}
    add_form_extra_fields = {
        "picture": FileField(_l("Picture"), description=_l("PNG with a transparent ground, square, red"))
    }

    def pre_add(self, seal: Seal) -> None:
        sent = request.files.get("picture")
        if sent is None or not sent.filename:
            raise Refusal(_l("Choose the picture of the seal."), "picture")
        seal.image = seals.checked(sent.read(seals.LARGEST + 1))
        if not 30 <= (seal.diameter or 0) <= 60:
            raise Refusal(_l("30 to 60 mm."), "diameter")
