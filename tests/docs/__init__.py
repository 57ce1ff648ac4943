"""Pages of documentation made from the code."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_babel import force_locale

from tests.docs.roles import roles
from tests.docs.routes import routes
from tests.docs.tables import tables
from tests.docs.words import Words
from tests.docs.workflow import workflow
from tests.support.server import PROJECT

DOCS = PROJECT / "docs"


def pages(app: Flask) -> dict[Path, str]:
    """Every generated page by its path."""
    words = Words()
    with app.test_request_context(), force_locale("en"):
        return {
            DOCS / "workflow.md": workflow(words),
            DOCS / "tables.md": tables(words),
            DOCS / "roles.md": roles(app, words),
            DOCS / "routes.md": routes(app, words),
        }
