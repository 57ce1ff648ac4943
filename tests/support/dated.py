"""The portal with a clock that a test sets: `PORTAL_TIME` names a file that holds the time, as 2026-03-02T09:00:00.

with portal(url, {"PORTAL_TIME": str(path)}, app="tests.support.dated:create_app()") as running:
    path.write_text("2026-05-04T09:00:00")
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from flask import Flask

import app


def create_app() -> Flask:
    """Also for commands: `flask --app tests.support.dated tick`."""
    path = Path(os.environ["PORTAL_TIME"])
    return app.create_app({"FIXED_NOW": lambda: dt.datetime.fromisoformat(path.read_text().strip())})
