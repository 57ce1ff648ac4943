"""The portal of a district petition bureau, on Flask-AppBuilder."""

from __future__ import annotations

import logging
import re
import secrets
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask, abort, g, jsonify, render_template, request
from flask_appbuilder import AppBuilder
from flask_babel import gettext as _
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

import config
from app.core import audit, idle, scope, words
from app.core.db import db, migrate, prepare_engine
from app.core.errors import OutOfReach, Refusal
from app.core.filters import LARGEST_ID

HERE = Path(__file__).parent
log = logging.getLogger("portal")


class RowNumber(IntegerConverter):
    """``<int:…>`` in an address: a number no column can hold is no page, instead of a database error."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"max": LARGEST_ID} | kwargs))


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """One application; ``overrides`` replace settings (tests). Raises ValueError when the settings are nonsense."""
    app = Flask("app", root_path=str(HERE), template_folder="templates", static_folder="static")
    app.config.update(config.settings())
    app.config.update(overrides or {})
    translations = HERE.parent / "translations"
    words.compile_catalogues(translations)
    words.speak()
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)  # after FAB's own: ours wins
    config.check(app.config)
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite:///"):
        Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")).parent.mkdir(
            parents=True, exist_ok=True
        )
    app.url_map.converters["int"] = RowNumber
    rooms = sorted(path for path in HERE.glob("*/templates") if path.is_dir())
    app.jinja_loader = jinja2.ChoiceLoader(
        [jinja2.FileSystemLoader(str(path)) for path in (HERE / "templates", *rooms)]
    )
    if app.config.get("BEHIND_PROXY"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.session_interface = idle.Sessions()
    db.init_app(app)
    migrate.init_app(app, db, directory=str(HERE / "migrations"), render_as_batch=True)
    csrf = CSRFProtect(app)  # before FAB, so that its interfaces are exempted (they carry their own token)
    with app.app_context():
        prepare_engine(db.engine)
        _watch()
        _build(app)
        app.extensions["portal_csrf"] = csrf
        _pages(app)
        from app import commands
        from app.maintenance import metrics

        metrics.register(app)
        commands.register(app)
        db.engine.dispose()  # gunicorn preloads: no connection may be inherited by its workers
    return app


def _watch() -> None:
    """Listeners on the session, once per process: the factory is shared by all applications."""
    from app.cases import recount
    from app.organisation import guards, reach

    factory = db.session.session_factory
    if getattr(factory, "portal_watched", False):
        return
    scope.watch(factory)
    guards.watch(factory)
    recount.watch(factory)
    audit.watch(factory)  # last: what the others change stands in the trail too
    scope.set_provider(reach.signed_in_reach)
    factory.portal_watched = True


def _build(app: Flask) -> None:
    """FAB, its security manager, and every room's views."""
    from app import rooms
    from app.organisation import permission_names, security

    app.config["FAB_PASSWORD_COMPLEXITY_VALIDATOR"] = security.password_rule
    appbuilder = AppBuilder()
    appbuilder.init_app(app, db.session)
    rooms.furnish(appbuilder)
    permission_names.speak()


def _pages(app: Flask) -> None:
    """Health, errors in words, headers, and what every template may use."""

    @app.route("/healthz")
    def healthz() -> Any:
        return jsonify(status="ok")

    @app.route("/readyz")
    def readyz() -> Any:
        try:
            db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        except Exception as broken:
            log.warning("not ready: %s", type(broken).__name__)
            return jsonify(status="database not ready"), 503
        return jsonify(status="ok")

    from app import rooms

    @app.before_request
    def readable() -> None:
        for name, value in request.args.items():
            # FAB calls int() on these (urltools.py:59, 75)
            if ("page_" in name or "psize_" in name) and not re.fullmatch(r"-?[0-9]{1,9}", value):
                abort(400)
        # an interface reads its own body, no further than it allows
        sent = () if request.is_json else request.form.values()
        if any("\x00" in value for value in (*request.args.values(), *sent)):
            abort(400)  # PostgreSQL knows no such text, and nobody types one

    @app.context_processor
    def words() -> dict[str, Any]:
        """What the page shell shows. An error page must stand even when the database is away."""
        shell = {"office_name": app.config["OFFICE_NAME"], "csp_nonce": nonce}
        officer = g.get("user")
        if g.get("failed") or not getattr(officer, "is_authenticated", False):
            return shell
        post = f" · {officer.post}" if officer.post else ""
        return shell | {
            "unit_name": officer.unit.name if officer.unit else "",
            "user_title": f"{officer.get_full_name()}{post}",
            "nav_counts": rooms.nav_counts(),
            "search_url": rooms.search_url(),
        }

    def nonce() -> str:
        if "nonce" not in g:
            g.nonce = secrets.token_urlsafe(16)
        return g.nonce

    app.jinja_env.globals["csp_nonce"] = nonce

    @app.after_request
    def headers(response: Any) -> Any:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "private, no-store")
            if not request.path.startswith("/swagger"):
                response.headers.setdefault(
                    "Content-Security-Policy",
                    f"default-src 'self'; script-src 'self' 'nonce-{nonce()}'; style-src 'self' 'unsafe-inline'; "
                    "img-src 'self' data:; frame-ancestors 'self'; form-action 'self'; base-uri 'self'",
                )
        return response

    def answer(code: int, title: str, message: str) -> Any:
        reference, g.failed = secrets.token_hex(4), True
        if code >= 500:
            log.error("error %s", reference, exc_info=True)
        if request.path.startswith("/api/"):
            return jsonify(message=message, reference=reference), code
        page = render_template("errors.html", code=code, title=title, message=message, reference=reference)
        return page, code

    @app.errorhandler(CSRFError)
    def stale_form(_error: CSRFError) -> Any:
        return answer(
            400,
            _("Form expired"),
            _("The page lay open too long. Go back, load it again and send it once more."),
        )

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        code = error.code or 500
        title, message = sentences().get(code, (str(code), _("This request cannot be answered.")))
        return answer(code, title, message)

    @app.errorhandler(OutOfReach)
    def out_of_reach(_error: OutOfReach) -> Any:
        db.session.rollback()
        return http_error_404()

    def http_error_404() -> Any:
        title, message = sentences()[404]
        return answer(404, title, message)

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Any:
        db.session.rollback()
        return answer(409, _("Not possible"), str(refusal))

    @app.errorhandler(OperationalError)
    def database_away(_error: OperationalError) -> Any:
        db.session.rollback()
        return answer(
            503,
            _("Busy"),
            _("The database does not answer just now. Nothing was lost; try again in a moment."),
        )

    @app.errorhandler(Exception)
    def unexpected(_error: Exception) -> Any:
        db.session.rollback()
        return answer(
            500,
            _("An error"),
            _("Something went wrong; nothing was written. Tell the administrator the number below."),
        )

    def sentences() -> dict[int, tuple[str, str]]:
        return {
            400: (_("Not understood"), _("This request is incomplete or wrong.")),
            401: (_("Not signed in"), _("Sign in first.")),
            403: (_("Not permitted"), _("Your role does not have this right.")),
            404: (_("Not found"), _("This page or record does not exist, or is not within your reach.")),
            405: (_("Not possible"), _("This address cannot be used in this way.")),
            413: (_("Too large"), _("This file or text is too large.")),
            429: (_("Too many tries"), _("Too many tries in a short time. Wait a minute.")),
        }
