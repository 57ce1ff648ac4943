"""Half an hour without a person ends a session; what a page asks by itself is no person and renews nothing."""

from __future__ import annotations

from flask import Flask, g
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions; a view that a page asks by itself says so in ``g.asked_by_itself``."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        if g.get("asked_by_itself"):
            return False
        return super().should_set_cookie(app, session)
