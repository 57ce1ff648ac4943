"""`flask doctor`: what is wrong with configuration and environment, each finding one line with its mend.

Every check looks and changes nothing. A finding is serious when the portal does not do its work, loses data or opens
what must be closed; anything else is advice.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app

import config
from app.cases import clocks
from app.core import immutable, moment
from app.core.db import db
from app.core.scope import Scoped
from app.documents import fontpack
from app.organisation.models import Level, Officer, Role
from app.organisation.reach import conference_office, roles_of

KEY_LENGTH = 32
DISK_NEEDED, DISK_WANTED = 200 * 2**20, 2 * 2**30
NOTICE_EXPECTED = 12  # the State Council's notice on next year's holidays is out by this month


@dataclass(frozen=True)
class Finding:
    what: str
    mend: str
    serious: bool = True

    def __str__(self) -> str:
        return f"{'SERIOUS' if self.serious else 'advice '}  {self.what}: {self.mend}"


def examine() -> list[Finding]:
    """All findings, serious ones first; those of the rows only where the database answers and is migrated."""
    found = [*_keys(), *_files(), *_fonts(), *_catalogues(), *_service()]
    database = list(_database())
    found += database
    if not any(finding.serious for finding in database):
        for check in (_triggers, _calendar, _officers, _roles):
            found += check()
    return sorted(found, key=lambda finding: not finding.serious)


# ---- configuration ----------------------------------------------------------------------------------------------


def _keys() -> Iterator[Finding]:
    for name in ("SECRET_KEY", "FIELD_KEY"):
        if len(str(current_app.config[name])) < KEY_LENGTH:
            yield Finding(f"{name} is short", f"set one of at least {KEY_LENGTH} random characters", False)
        kept = config.INSTANCE / name.lower()
        if not os.environ.get(name) and kept.exists() and stat.S_IMODE(kept.stat().st_mode) & 0o077:
            yield Finding(f"others on this machine can read {kept}", f"chmod 600 {kept}")
    if current_app.config["SECRET_KEY"] == current_app.config["FIELD_KEY"]:
        yield Finding(
            "SECRET_KEY and FIELD_KEY are the same", "give each its own; FIELD_KEY must stay what it is"
        )


def _service() -> Iterator[Finding]:
    if current_app.config["FIXED_NOW"] is not None:
        yield Finding("the time stands still (FIXED_NOW)", "take FIXED_NOW out of the configuration")
    if not current_app.config["SESSION_COOKIE_SECURE"]:
        yield Finding("sessions also travel without TLS", "behind HTTPS set HTTPS_ONLY=1", False)


# ---- environment ------------------------------------------------------------------------------------------------


def _files() -> Iterator[Finding]:
    folder = Path(current_app.config["FILES_DIR"])
    while not folder.exists():  # it is made with the first paper
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as refused:
        yield Finding(
            f"papers cannot be kept in {folder} ({refused.strerror})", "let the service write there"
        )
        return
    free = shutil.disk_usage(folder).free
    if free < DISK_WANTED:
        yield Finding(f"{free // 2**20} MB free for papers", "make room", serious=free < DISK_NEEDED)


def _fonts() -> Iterator[Finding]:
    folder = fontpack.default_dir()
    if not fontpack.pack_dirs(folder):
        yield Finding(f"no font pack in {folder}: no paper can be printed",
                      "python -m app.documents.fontpack --minimal")  # fmt: skip


def _catalogues() -> Iterator[Finding]:
    sources = list((config.ROOT / "translations").glob("*/LC_MESSAGES/*.po"))
    if not sources:
        yield Finding("there is no translation catalogue: pages are English", "restore translations/")
    for source in sources:
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            language = source.parent.parent.name
            yield Finding(
                f"the catalogue of language {language} is not compiled", "pybabel compile -d translations"
            )


# ---- database ---------------------------------------------------------------------------------------------------


def _database() -> Iterator[Finding]:
    url = db.engine.url
    if db.engine.dialect.name == "sqlite" and not Path(str(url.database)).exists():  # to ask would make it
        yield Finding(f"there is no database at {url.database}", "flask init")
        return
    try:
        with db.engine.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
            query = sa.text("SELECT version_num FROM alembic_version")
            revision = connection.execute(query).scalar() if "alembic_version" in tables else None
    except sa.exc.SQLAlchemyError as away:
        yield Finding(
            f"the database does not answer ({type(away).__name__})", "start it, or mend DATABASE_URL"
        )
        return
    wanted = newest_revision()
    if revision != wanted:
        yield Finding(f"the database is at revision {revision or 'none'}, the code at {wanted}", "flask init")


def newest_revision() -> str | None:
    """The schema revision this code wants."""
    return ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()


def _triggers() -> Iterator[Finding]:
    sqlite = db.engine.dialect.name == "sqlite"
    catalogue = "SELECT name FROM sqlite_master WHERE type = 'trigger'" if sqlite else (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )  # fmt: skip
    with db.engine.connect() as connection:
        there = set(connection.execute(sa.text(catalogue)).scalars())
    wanted = {
        f"keep_{table}_{event}" for table in immutable.protected_tables() for event in ("update", "delete")
    }
    wanted |= {f"check_{name}" for name in immutable.check_names()}
    missing = sorted(wanted - there)
    if missing:
        listed = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        yield Finding(f"records are not protected: triggers {listed} are missing", "flask init")


def _calendar() -> Iterator[Finding]:
    today = moment.today()
    for year in (today.year, today.year + 1):
        if not clocks.calendar().published(year):
            this = year == today.year
            if this or today.month >= NOTICE_EXPECTED:
                what = f"the holidays of {year} are not in the calendar: deadlines are not certain"
                yield Finding(
                    what, "flask seed after an update, or enter the notice's days by hand", serious=this
                )


def _officers() -> Iterator[Finding]:
    framework = current_app.config["AUTH_ROLE_ADMIN"]
    for officer in db.session.scalars(sa.select(Officer).where(Officer.active).order_by(Officer.username)):
        roles = roles_of(officer)
        if officer.unit_id is None:
            yield Finding(
                f"officer {officer.username} belongs to no unit", "set the unit, or close the account", False
            )
        if not roles:
            yield Finding(f"officer {officer.username} has no role", "give one, or close the account", False)
        if any(role.name == framework for role in roles):
            yield Finding(f"officer {officer.username} holds the framework's own role", "take it away")
        if len(roles) > 1 and any(role.level is Level.ADMIN for role in roles):
            yield Finding(f"officer {officer.username} is administrator and something else",
                          "one person, one role: the three administrators are separate")  # fmt: skip
    try:
        conference_office()
    except sa.exc.NoResultFound:
        yield Finding("no unit is the office of the joint conference", "enter it under Units", False)


def _roles() -> Iterator[Finding]:
    """No role may both administer the portal and open cases (GB/T 22239: administrators handle none)."""
    views = current_app.extensions["appbuilder"].baseviews
    of_cases = {
        type(view).__name__ for view in views
        if issubclass(getattr(getattr(view, "datamodel", None), "obj", object), Scoped)
    }  # fmt: skip
    for role in db.session.scalars(sa.select(Role).where(Role.level == Level.ADMIN).order_by(Role.name)):
        opened = sorted({granted.view_menu.name for granted in role.permissions} & of_cases)
        if opened:
            yield Finding(
                f"administrators' role {role.name} opens cases ({', '.join(opened)})", "take that right away"
            )
