"""/metrics tells this host's monitor how the office stands, and nobody else."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from app.core.db import db
from tests.support import office


def figures(client, **given):
    answer = client.get("/metrics", **given)
    assert answer.status_code == 200 and answer.mimetype == "text/plain"
    for line in answer.text.splitlines():
        assert re.fullmatch(r'# TYPE \w+ (counter|gauge)|\w+(\{(\w+="[^"]*",?)+\})? [\d.]+', line), line
    return dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))


def test_it_counts_clocks_papers_and_requests(app):
    office.register_case(app)
    monitor = app.test_client()
    now = figures(monitor)
    assert now["portal_database_up"] == "1"
    assert (now["portal_clocks_open"], now["portal_clocks_late"]) == ("1", "0")
    assert now["portal_documents_signed"] == "0"
    app.config["FIXED_NOW"] = office.NOW + dt.timedelta(days=60)
    assert figures(monitor)["portal_clocks_late"] == "1"
    clerk, before = office.signed_in(app, "reception"), queue_pages(figures(monitor))
    clerk.get("/queue/list/")
    assert queue_pages(figures(monitor)) == before + 1


def queue_pages(now):
    counted = re.compile(r'portal_requests_total\{worker="\d+",view="QueueView",status="2xx"\}')
    return sum(float(value) for name, value in now.items() if counted.fullmatch(name))


@pytest.mark.parametrize(
    "given",
    [
        {"environ_overrides": {"REMOTE_ADDR": "10.1.2.3"}},
        {"headers": {"X-Forwarded-For": "10.1.2.3"}},  # a proxy on this host asks for somebody
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
    ],
)
def test_only_this_host_may_ask(sqlite_app, given):
    client = sqlite_app.test_client()
    assert client.get("/metrics", **given).status_code == 404
    sqlite_app.config["METRICS_OPEN"] = True
    assert client.get("/metrics", **given).status_code == 200


def test_a_database_that_is_away(sqlite_app, monkeypatch):
    def away(*_args, **_kwargs):
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(db.session, "execute", away)
    now = figures(sqlite_app.test_client())
    assert now["portal_database_up"] == "0" and "portal_clocks_open" not in now
