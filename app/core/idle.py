"""Half an hour without a person ends a session; what a page asks by itself is no person and renews nothing."""

from __future__ import annotations

from flask import Flask, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions; a view that a page asks by itself says so in ``g.asked_by_itself``. A page's pictures and
    scripts renew nothing either: one that arrives late would bring the cookie of a session back that has just ended."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        if g.get("asked_by_itself") or (request.endpoint or "").rpartition(".")[2] == "static":
            return False
        return super().should_set_cookie(app, session)
