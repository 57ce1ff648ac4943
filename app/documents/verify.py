"""Is this paper genuine? For anybody who holds one: number, issuer, date, digest, void or valid, and nothing else."""

from __future__ import annotations

import re

from flask import make_response, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.utils.limit import Limit
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from app.core.codes import LENGTH, LETTERS
from app.documents import operations
from app.documents.models import Document, DocumentState

CLOSED = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                               "frame-ancestors 'none'; base-uri 'none'",
}  # fmt: skip


def find(code: str) -> Document | None:
    """The signed paper with this code, whoever asks."""
    if not re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", code):
        return None
    return operations.by_code(code)


class VerifyView(BaseView):
    route_base = "/verify"
    default_view = "ask"
    limits = [Limit(limit_value="60 per minute", key_func=get_remote_address)]

    @expose("/")
    def ask(self) -> Response:
        typed = re.sub(r"[^0-9A-Za-z]", "", request.args.get("code", "")).upper()
        return self._page(typed) if typed else self._page("")

    @expose("/<code>")
    def paper(self, code: str) -> Response:
        return self._page(re.sub(r"[^0-9A-Za-z]", "", code).upper() or "?")  # what is no code is no paper

    @staticmethod
    def _page(code: str) -> Response:
        found = find(code) if code else None
        facts = None
        if found is not None:
            facts = {
                "number": found.number, "issuer": found.fields.get("issued_by") or found.unit.name,
                "signed_on": found.signed_at.date() if found.signed_at else None, "digest": found.digest,
                "void": found.state is DocumentState.VOID,
            }  # fmt: skip
        page = make_response(render_template("documents/verify.html", asked=code, facts=facts))
        page.status_code = 200 if facts or not code else 404
        page.headers.update(CLOSED)
        return page
