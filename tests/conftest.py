"""What every test can ask for: the portal over a fresh demo office, on both databases, and its officers.

- ``app``: the application over an untouched copy of the demo office (its officers, no cases), once on SQLite and once,
  marked ``postgres``, on PostgreSQL; the time stands at ``office.NOW``. ``sqlite_app`` is its SQLite half alone.
- ``client("reception")``: a test client signed in as that officer of the cast.
- ``officer("office")``: a context manager; code inside runs as in that officer's request.

Cases come from ``office.register_case`` and ``office.drive``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support import office
from tests.support.office import Office
from tests.support.postgres import PostgresServer, postgres_server

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """The checkout's private PostgreSQL server."""
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_office(tmp_path_factory: pytest.TempPathFactory, server: PostgresServer) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"), server)
    yield made
    made.close()
    server.drop_database(made.place)
    server.drop_database(made.template)


@pytest.fixture(params=DATABASES)
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    made: Office = request.getfixturevalue(f"{request.param}_office")
    yield made.fresh()
    made.close()


@pytest.fixture
def sqlite_app(sqlite_office: Office) -> Iterator[Flask]:
    yield sqlite_office.fresh()
    sqlite_office.close()


@pytest.fixture
def client(app: Flask) -> Callable[[str], FlaskClient]:
    return lambda username: office.signed_in(app, username)


@pytest.fixture
def officer(app: Flask) -> Callable[[str], AbstractContextManager[Any]]:
    return lambda username: office.as_officer(app, username)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line on the leak matrix: what it asked, over all processes of the run."""
    found = terminalreporter.stats
    sizes: dict[str, list[int]] = {"passed": [], "failed": []}
    for outcome, checks in sizes.items():
        for report in found.get(outcome, []):
            checks += [value for name, value in report.user_properties if name == "leak_checks"]
    tests = sizes["passed"] + sizes["failed"]
    if tests:
        leaks = f"{len(sizes['failed'])} with faults" if sizes["failed"] else "0 leaks"
        terminalreporter.write_line(f"leak matrix: {sum(tests)} checks by {len(tests)} officers, {leaks}")
