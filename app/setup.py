"""Making a database ready, and loading reference data. Both idempotent; two processes at once take turns."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from flask import current_app
from flask_migrate import upgrade

import config
from app.cases.enums import Purpose
from app.cases.ledger_models import LedgerAlias, LedgerField, LedgerWord, WordField
from app.cases.models import Category, ClockRule, ClockUnit, RoutingRule
from app.consultation.levels import ConsultationLevel, MeetingRoom
from app.core import immutable, moment, seeding
from app.core.db import db
from app.core.models import CalendarDay, DayKind, Setting
from app.documents import texts
from app.documents.models import DocumentKind, Issuer, PaperFormat
from app.events.models import EventThreshold, Place
from app.incentives.seeding import indicators, score_sheets
from app.organisation import role_files
from app.organisation.models import Post, Role, Unit, UnitKind
from app.packages.models import Obligation, PackageDuty, PackageRule, StrikeOffCriterion, Tier
from app.reception.models import Duty, Pattern, ReceptionRule, VisitKind
from app.review.models import Superior
from app.supervision.enums import Condition
from app.supervision.ladder_models import LiabilityArticle, Rung
from app.supervision.models import SupervisionGround, SupervisionTrigger

SEEDS = config.ROOT / "seeds"
ROLE_WORDS = {"level", "data_scope", "accusations", "note", "units", "permissions"}


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two hosts or processes starting together must not migrate together."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_advisory_lock(20220501)"))
            try:
                yield
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock(20220501)"))
        return
    path = Path(str(db.engine.url.database)).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def initialise() -> list[str]:
    """Migrate, install triggers, make permissions, load reference data; returns what was done, a line each."""
    with _one_at_a_time():
        upgrade()
        with db.engine.begin() as connection:
            protected = immutable.install(connection)
        appbuilder = current_app.extensions["appbuilder"]
        for name in (appbuilder.sm.auth_role_admin, appbuilder.sm.auth_role_public):
            appbuilder.sm.add_role(name)
        appbuilder.add_permissions(update_perms=True)
        appbuilder.security_cleanup()
        db.session.commit()
        lines = [f"database ready, {protected} tables protected", *seed()]
    return lines


def seed() -> list[str]:
    """Reference data: what is missing is added, what nobody touched follows the seeds, the rest is the office's."""
    loaders = (
        _settings,
        _calendar,
        _clock_rules,
        _document_kinds,
        _superiors,
        _categories,
        _ledger,
        _indicators,
        _supervision,
        _packages,
        _reception,
        _consultation,
        _roles,
    )
    with seeding.loading():
        lines = [load() for load in loaders]
    db.session.commit()
    return lines


def _csv(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_yaml(name: str) -> Any:
    return yaml.safe_load((SEEDS / name).read_text(encoding="utf-8"))


def _members(row: dict[str, Any], **enums: type[Any]) -> dict[str, Any]:
    """The row with its codes as members of their enums."""
    return {**row, **{name: cls[row[name].upper()] for name, cls in enums.items() if name in row}}


def _settings() -> str:
    rows = [{name: str(value) for name, value in row.items()} for row in read_yaml("settings.yaml")]
    return f"settings: {seeding.load(Setting, 'key', rows)}"


def _calendar() -> str:
    """Open clocks are counted anew where a day changes (cases/recount.py)."""
    rows = [
        _members({**row, "day": dt.date.fromisoformat(row["day"])}, kind=DayKind)
        for row in _csv("calendar.csv")
        if row["kind"].upper() in DayKind.__members__
    ]
    return f"calendar: {seeding.load(CalendarDay, 'day', rows)}"


def _clock_rules() -> str:
    rows = [_members(row, unit=ClockUnit) for row in read_yaml("clock_rules.yaml")]
    return f"deadlines: {seeding.load(ClockRule, 'code', rows)}"


def _document_kinds() -> str:
    """A refreshed text is a new version of it; signed papers keep theirs. The posts that sign are made where the office
    has none of that name yet."""
    rows = [
        _members({"issuer": "unit", **row}, format=PaperFormat, issuer=Issuer)
        for row in read_yaml("document_kinds.yaml")
    ]
    named = {post for row in rows for part in texts.SIGNERS for post in row.get(part, "").split("、") if post}
    seeding.load(Post, "name", [{"name": post} for post in sorted(named)])
    done = seeding.load(DocumentKind, "code", rows)
    texts.keep_first_versions(moment.now())
    for kind in done.rows:
        texts.keep(kind, moment.now())
    return f"document kinds: {done}"


def _supervision() -> str:
    document = read_yaml("supervision_triggers.yaml")
    done = seeding.load(SupervisionGround, "code", document["grounds"])
    grounds = {ground.code: ground for ground in db.session.scalars(sa.select(SupervisionGround))}
    rows = [
        {**_members(row, condition=Condition), "ground": grounds[row["ground"]]}
        for row in document["triggers"]
        if row["ground"] in grounds
    ]
    done += seeding.load(Rung, "code", document["rungs"])
    done += seeding.load(LiabilityArticle, "code", document["articles"])
    return f"grounds, triggers and measures of supervision: {done + seeding.load(SupervisionTrigger, 'code', rows)}"


def _packages() -> str:
    document = read_yaml("packages.yaml")
    rules = [_members(row, obligation=Obligation, tier=Tier) for row in document["rules"]]
    done = seeding.load(PackageDuty, "code", document["duties"])
    done += seeding.load(StrikeOffCriterion, "code", document["criteria"])
    return f"obligatory packages: {done + seeding.load(PackageRule, 'code', rules)}"


def _reception() -> str:
    document = read_yaml("reception.yaml")
    done = seeding.load(
        EventThreshold, "level", [_members(row, level=Place) for row in document["thresholds"]]
    )
    rules = [_members(row, pattern=Pattern, duty=Duty, visit=VisitKind) for row in document["rules"]]
    return f"reception rules: {done + seeding.load(ReceptionRule, 'code', rules)}"


def _consultation() -> str:
    """The four levels and the rooms; the posts they name are made where the office has none of that name yet."""
    document = read_yaml("consultation.yaml")
    named = {post for row in document["levels"] for post in (*row["conveners"], *row["attending"])}
    seeding.load(Post, "name", [{"name": post} for post in sorted(named)])
    posts = {post.name: post for post in db.session.scalars(sa.select(Post))}
    rows = [
        {
            **row,
            **{
                part: [posts[name] for name in row[part] if name in posts]
                for part in ("conveners", "attending")
            },
        }
        for row in document["levels"]
    ]
    levels = seeding.load(ConsultationLevel, "number", rows)
    rooms = seeding.load(MeetingRoom, "name", document["rooms"])
    return f"levels of consultation: {levels}, meeting rooms: {rooms}"


def _superiors() -> str:
    """The general rule of a district: its government reviews, the city re-examines."""
    general = {"unit_id": None, **read_yaml("superiors.yaml")}
    there = db.session.scalars(sa.select(Superior.id).limit(1)).first() is not None
    whole = db.session.scalars(sa.select(Superior.id).where(Superior.unit_id.is_(None))).first() is not None
    # an office that has only rows of its own has taken the general one away
    return f"bodies of review: {seeding.load(Superior, 'unit_id', [general] if whole or not there else [])}"


def _categories() -> str:
    """Level by level: a category needs its parent. Its path is made of numbers, so it comes after the rows."""
    done, waiting = seeding.Loaded(), {row["code"]: row for row in _csv("categories.csv")}
    while level := [row for row in waiting.values() if row["parent_code"] not in waiting]:
        known = {category.code: category for category in db.session.scalars(sa.select(Category))}
        done += seeding.load(
            Category,
            "code",
            # not below one that the office took away
            [_category(row, known) for row in level if not row["parent_code"] or row["parent_code"] in known],
        )
        waiting = {code: row for code, row in waiting.items() if row not in level}
    for category in db.session.scalars(sa.select(Category).where(Category.path == "").order_by(Category.id)):
        category.path = (category.parent.path if category.parent else "/") + f"{category.id}/"
    return f"categories: {done}"


def _category(row: dict[str, str], known: dict[str, Category]) -> dict[str, Any]:
    parent = known.get(row["parent_code"])
    full = f"{parent.full_name}_{row['name']}" if parent else row["name"]
    return {"code": row["code"], "name": row["name"], "parent": parent, "full_name": full,
            "local": row.get("set") == "local"}  # fmt: skip


def _ledger() -> str:
    """Headings and words of ledgers; the order of the file is the rank of a heading."""
    headings = [
        _members({**row, "rank": 10 * place}, field=LedgerField)
        for place, row in enumerate(_csv("ledger_aliases.csv"), 1)
    ]
    words = [_members(row, field=WordField) for row in _csv("ledger_words.csv")]
    done = seeding.load(LedgerAlias, "alias", headings)
    return f"ledger headings: {done}, words: {seeding.load(LedgerWord, ('field', 'word'), words)}"


def _indicators() -> str:
    done = indicators(read_yaml("indicators.yaml"))
    return f"indicators: {done}, score sheets: {score_sheets(read_yaml('score_sheets.yaml'))}"


def _roles() -> str:
    """A role that somebody has changed, by hand or by a file, stays as it is."""
    trail = seeding.Trail(Role.__tablename__)
    changed = {
        role.name for role in db.session.scalars(sa.select(Role)) if trail.touched(role.id, ROLE_WORDS)
    }
    text = (SEEDS / "roles.yaml").read_text(encoding="utf-8")
    changes = role_files.load(text, leave=changed)
    new = sum(line.startswith("+") for line in changes)
    return f"roles: {new} new, {len(changes) - new} refreshed"


def _missing(
    model: type[Any], key: str, rows: list[dict[str, Any]], make: Callable[[dict[str, Any]], Any]
) -> None:
    """Add the rows of an office whose key is not there yet."""
    known = set(db.session.scalars(sa.select(getattr(model, key))))
    db.session.add_all(make(row) for row in rows if row[key] not in known)
    db.session.flush()


def load_office(name: str) -> str:
    """Units, posts and routing rules of an office (the demo office, or a district's own file)."""
    document = read_yaml(name)
    known = {unit.name: unit for unit in db.session.scalars(sa.select(Unit))}
    for row in document["units"]:
        if row["name"] in known:
            continue
        parent = known[row.pop("parent")] if row.get("parent") else None
        unit = Unit(**{**row, "kind": UnitKind[row["kind"].upper()], "parent": parent})
        db.session.add(unit)
        db.session.flush()
        known[unit.name] = unit
    _missing(Post, "name", [{"name": post} for post in document["posts"]], lambda row: Post(**row))
    categories = {c.full_name: c for c in db.session.scalars(sa.select(Category))}

    def make(row: dict[str, Any]) -> RoutingRule:
        return RoutingRule(
            name=row["name"], rank=row.get("rank", 100),
            category=categories[row["category"]] if row.get("category") else None,
            place=row.get("place", ""), purpose=Purpose[row["purpose"].upper()] if row.get("purpose") else None,
            unit=known[row["unit"]], room=known[row["room"]] if row.get("room") else None,
        )  # fmt: skip

    _missing(RoutingRule, "name", document["routing"], make)
    return f"office: {len(known)} units"
