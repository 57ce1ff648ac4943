"""`/metrics` for Prometheus: requests of this worker by view, and the state of the office from the database.

From this host only, unless METRICS_OPEN=1. Each worker counts for itself and says which it is.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, abort, current_app, g, request

from app.cases.models import Clock
from app.core import moment
from app.core.db import db
from app.documents.models import Document, DocumentState

LOCAL = ("127.0.0.1", "::1")
# of this process: (view, class of answer) -> [how many, seconds together]
_requests: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0.0])


def register(app: Flask) -> None:
    """Count every request of the application and answer at /metrics."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if "begun" in g:
            view = (request.endpoint or "none").split(".")[0]
            counted = _requests[view, f"{response.status_code // 100}xx"]
            counted[0] += 1
            counted[1] += time.perf_counter() - g.begun
        return response

    @app.route("/metrics")
    def metrics() -> Response:
        if not (_asked_here() or current_app.config["METRICS_OPEN"]):
            abort(404)
        return Response("\n".join([*_of_this_worker(), *_of_the_office(), ""]), mimetype="text/plain")


def _asked_here() -> bool:
    """A proxy on this host asks from here too, but says for whom."""
    return request.remote_addr in LOCAL and "X-Forwarded-For" not in request.headers


def _of_this_worker() -> list[str]:
    lines = ["# TYPE portal_requests_total counter", "# TYPE portal_request_seconds_total counter"]
    for (view, status), (count, seconds) in sorted(_requests.items()):
        labels = f'{{worker="{os.getpid()}",view="{view}",status="{status}"}}'
        lines += [
            f"portal_requests_total{labels} {count:.0f}",
            f"portal_request_seconds_total{labels} {seconds:.4f}",
        ]
    return lines


def _of_the_office() -> list[str]:
    # from the tables, not through the scope: nobody is signed in, and a total names nobody
    clocks, documents = Clock.__table__, Document.__table__
    late = sa.func.coalesce(sa.func.sum(sa.case((clocks.c.due_legal < moment.today(), 1), else_=0)), 0)
    duties = sa.select(sa.func.count(), late).where(clocks.c.stopped_on.is_(None), clocks.c.duty)
    signed = sa.select(sa.func.count()).select_from(documents).where(documents.c.state != DocumentState.DRAFT)
    try:
        open_clocks, late_clocks = db.session.execute(duties).one()
        figures: dict[str, Any] = {
            "portal_database_up": 1, "portal_clocks_open": open_clocks, "portal_clocks_late": late_clocks,
            "portal_documents_signed": db.session.execute(signed).scalar_one(),
        }  # fmt: skip
    except sa.exc.SQLAlchemyError:
        db.session.rollback()
        figures = {"portal_database_up": 0}
    return [line for name, value in figures.items() for line in (f"# TYPE {name} gauge", f"{name} {value}")]
