"""The supports hold: a red test says that tests elsewhere cannot be trusted either."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support import totals
from tests.support.browser import Visit, chromium, watched
from tests.support.postgres import postgres_server
from tests.support.server import ServerError, portal

REPORT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'


@pytest.mark.parametrize(
    ("counts", "line", "code"),
    [
        ((5, 0, 0, 1), "total: 4 passed, 0 failed, 1 skipped", 0),
        ((5, 1, 1, 0), "total: 3 passed, 2 failed, 0 skipped", 1),
        ((0, 0, 0, 0), "total: 0 passed, 0 failed, 0 skipped", 1),
    ],
)
def test_totals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], counts: tuple[int, ...], line: str, code: int
) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(*counts))
    assert totals.main([str(report)]) == code
    assert capsys.readouterr().out.strip() == line


def test_totals_miss_a_report(tmp_path: Path) -> None:
    assert totals.main([str(tmp_path / "absent.xml")]) == 1


@pytest.mark.postgres
def test_postgres_copies_a_template() -> None:
    with postgres_server() as server:
        template = server.fresh_database()
        name = template.rsplit("/", 1)[1]
        server.execute("CREATE TABLE note (text text)", name)
        server.execute("INSERT INTO note VALUES ('信访')", name)
        copy = server.fresh_database(template)
        with psycopg.connect(copy.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("信访",)]
        with postgres_server() as same:
            assert same == server
        assert server.answers()
        for database in (template, copy):
            server.drop_database(database)


@pytest.mark.slow
def test_a_server_that_cannot_start_tells_why() -> None:
    with pytest.raises(ServerError, match="no_such_module"), portal("sqlite://", app="no_such_module:app"):
        pass


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in ("/", "/favicon.ico") else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.browser
def test_a_watched_visit_sees_what_goes_wrong(site: str) -> None:
    def run(visit: Visit, script: str) -> None:
        visit.page.goto("/")
        visit.page.evaluate(script)
        visit.page.wait_for_timeout(100)

    with chromium() as browser:
        with watched(browser, site) as visit:
            run(visit, "fetch('/')")
        with (
            pytest.raises(AssertionError, match=r"other hosts.*example\.com"),
            watched(browser, site) as visit,
        ):
            run(visit, "fetch('http://example.com/x').catch(() => 0)")
        with pytest.raises(AssertionError, match="boom"), watched(browser, site) as visit:
            run(visit, "setTimeout(() => { throw new Error('boom') })")
        with pytest.raises(AssertionError, match="404"), watched(browser, site) as visit:
            run(visit, "fetch('/absent')")
        with watched(browser, site, expected_errors=["status of 404"]) as visit:
            run(visit, "fetch('/absent')")
