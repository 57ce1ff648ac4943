"""Where a run measures: a database of its own with the demo office and its rows, gone afterwards."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.security import generate_password_hash

from app import create_app, demo, setup
from app.core.db import db
from app.organisation.models import Officer
from app.simulation import run
from tests.support.office import NOW, PASSWORD, SETTINGS
from tests.support.postgres import postgres_server

SEED = 20220501  # the same cases in every run


@contextmanager
def place(count: int, postgres: bool) -> Iterator[dict[str, Any]]:
    """The settings of an application over a database with `count` cases; made in a temporary place, then wiped."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        settings = SETTINGS | {"FILES_DIR": f"{folder}/files"}
        if postgres:
            with postgres_server() as server:
                url = server.fresh_database()
                try:
                    yield _filled(settings | {"SQLALCHEMY_DATABASE_URI": url}, count)
                finally:
                    server.drop_database(url)
        else:
            url = f"sqlite:///{Path(folder) / 'bench.db'}"
            yield _filled(settings | {"SQLALCHEMY_DATABASE_URI": url}, count)


def _filled(settings: dict[str, Any], count: int) -> dict[str, Any]:
    begun = time.perf_counter()
    app = create_app(settings)
    with app.app_context():
        setup.initialise()
        demo.build(PASSWORD)
        cheap = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # signing in is not measured
        db.session.execute(sa.update(Officer).values(password=cheap))
        db.session.commit()
        run.simulate(count, SEED, NOW.date(), told=_told)
        db.session.connection().exec_driver_sql("ANALYZE")
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    print(f"{count:,} cases written in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return settings


def _told(count: int) -> None:
    if count % 100_000 == 0:
        print(f"… {count:,} cases", file=sys.stderr)
