"""A served office for browser tests: the demo office's database behind gunicorn, papers drawn with the font pack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents import fontpack
from tests.support import office
from tests.support.office import Office
from tests.support.server import SECRETS, portal


class Served:
    """A running portal over an untouched demo office, with a clock the test sets."""

    def __init__(self, made: Office, time: Path) -> None:
        self.office, self.time, self.url = made, time, ""
        self.env = {
            **SECRETS,
            "DATABASE_URL": f"sqlite:///{made.place}",
            "FILES_DIR": str(made.folder / "files"),
            "PORTAL_TIME": str(time),
            "AUTH_RATE_LIMIT": "1000 per minute",
        }
        self.at(office.NOW.isoformat())

    def at(self, time: str) -> None:
        """Set the portal's clock: ``2026-03-02T09:00:00``."""
        self.time.write_text(time)

    @property
    def commands(self) -> dict[str, str]:
        """The environment of `flask` commands against this office."""
        return {**os.environ, **self.env, "FLASK_APP": "tests.support.dated"}


@pytest.fixture(scope="session")
def font_pack() -> None:
    fontpack.build(fontpack.default_dir(), minimal=True)


@pytest.fixture(scope="module")
def served(
    sqlite_office: Office, tmp_path_factory: pytest.TempPathFactory, font_pack: None
) -> Iterator[Served]:
    sqlite_office.fresh()
    made = Served(sqlite_office, tmp_path_factory.mktemp("time") / "now")
    with portal(made.env["DATABASE_URL"], made.env, app="tests.support.dated:create_app()") as running:
        made.url = running.url
        yield made
        assert "Traceback" not in running.log(), running.log()
    sqlite_office.close()
