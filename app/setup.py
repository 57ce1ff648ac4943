"""Making a database ready, and loading reference data. Both idempotent; two processes at once take turns."""

from __future__ import annotations

import contextlib
import csv
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
from app.core import immutable, moment
from app.core.db import db
from app.core.models import CalendarDay, DayKind, Setting
from app.documents import texts
from app.documents.models import DocumentKind, Issuer, PaperFormat
from app.events.models import EventThreshold, Place
from app.incentives.seeding import indicators, score_sheets
from app.organisation import role_files
from app.organisation.models import Post, Unit, UnitKind
from app.packages.models import Obligation, PackageDuty, PackageRule, StrikeOffCriterion, Tier
from app.reception.models import Duty, Pattern, ReceptionRule, VisitKind
from app.review.models import Superior
from app.supervision.enums import Condition
from app.supervision.ladder_models import LiabilityArticle, Rung
from app.supervision.models import SupervisionGround, SupervisionTrigger

SEEDS = config.ROOT / "seeds"


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
    """Reference data: a row that is missing is added; a row that exists belongs to the administrator."""
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
    )
    lines = [load() for load in loaders]
    lines.append(_roles())
    db.session.commit()
    return lines


def _csv(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_yaml(name: str) -> Any:
    return yaml.safe_load((SEEDS / name).read_text(encoding="utf-8"))


def _missing(
    model: type[Any], key: str, rows: list[dict[str, Any]], make: Callable[[dict[str, Any]], Any]
) -> int:
    """Add the rows whose key is not there yet."""
    known = set(db.session.scalars(sa.select(getattr(model, key))))
    fresh = [make(row) for row in rows if row[key] not in known]
    db.session.add_all(fresh)
    db.session.flush()
    return len(fresh)


def _settings() -> str:
    count = _missing(
        Setting, "key", read_yaml("settings.yaml"), lambda row: Setting(**{k: str(v) for k, v in row.items()})
    )
    return f"settings: {count} new"


def _calendar() -> str:
    import datetime as dt

    rows: list[dict[str, Any]] = [
        {**row, "day": dt.date.fromisoformat(row["day"])} for row in _csv("calendar.csv")
    ]
    rows = [row for row in rows if row["kind"].upper() in DayKind.__members__]
    count = _missing(
        CalendarDay, "day", rows, lambda row: CalendarDay(**{**row, "kind": DayKind[row["kind"].upper()]})
    )
    return f"calendar: {count} new days"


def _clock_rules() -> str:
    def make(row: dict[str, Any]) -> ClockRule:
        return ClockRule(**{**row, "unit": ClockUnit[row["unit"].upper()]})

    return f"deadlines: {_missing(ClockRule, 'code', read_yaml('clock_rules.yaml'), make)} new"


def _document_kinds() -> str:
    def make(row: dict[str, Any]) -> DocumentKind:
        enums = {
            "format": PaperFormat[row["format"].upper()],
            "issuer": Issuer[row.get("issuer", "unit").upper()],
        }
        return DocumentKind(**{**row, **enums})

    rows = read_yaml("document_kinds.yaml")
    named = {post for row in rows for part in texts.SIGNERS for post in row.get(part, "").split("、") if post}
    _missing(Post, "name", [{"name": post} for post in sorted(named)], lambda row: Post(**row))
    count = _missing(DocumentKind, "code", rows, make)
    texts.keep_first_versions(moment.now())
    return f"document kinds: {count} new"


def _supervision() -> str:
    document = read_yaml("supervision_triggers.yaml")
    _missing(SupervisionGround, "code", document["grounds"], lambda row: SupervisionGround(**row))
    grounds = {ground.code: ground for ground in db.session.scalars(sa.select(SupervisionGround))}

    def make(row: dict[str, Any]) -> SupervisionTrigger:
        known = {"condition": Condition[row["condition"].upper()], "ground": grounds[row["ground"]]}
        return SupervisionTrigger(**{**row, **known})

    _missing(Rung, "code", document["rungs"], lambda row: Rung(**row))
    _missing(LiabilityArticle, "code", document["articles"], lambda row: LiabilityArticle(**row))
    return f"supervision triggers: {_missing(SupervisionTrigger, 'code', document['triggers'], make)} new"


def _members(row: dict[str, Any], **enums: type[Any]) -> dict[str, Any]:
    """The row with its codes as members of their enums."""
    return {**row, **{name: cls[row[name].upper()] for name, cls in enums.items() if name in row}}


def _packages() -> str:
    document = read_yaml("packages.yaml")
    _missing(PackageDuty, "code", document["duties"], lambda row: PackageDuty(**row))
    _missing(StrikeOffCriterion, "code", document["criteria"], lambda row: StrikeOffCriterion(**row))

    def make(row: dict[str, Any]) -> PackageRule:
        return PackageRule(**_members(row, obligation=Obligation, tier=Tier))

    return f"obligatory packages: {_missing(PackageRule, 'code', document['rules'], make)} new"


def _reception() -> str:
    document = read_yaml("reception.yaml")
    rows = [_members(row, level=Place) for row in document["thresholds"]]
    _missing(EventThreshold, "level", rows, lambda row: EventThreshold(**row))

    def make(row: dict[str, Any]) -> ReceptionRule:
        return ReceptionRule(**_members(row, pattern=Pattern, duty=Duty, visit=VisitKind))

    return f"reception rules: {_missing(ReceptionRule, 'code', document['rules'], make)} new"


def _consultation() -> str:
    """The four levels and the rooms; the posts they name are made where the office has none of that name yet."""
    document = read_yaml("consultation.yaml")
    named = {post for row in document["levels"] for post in (*row["conveners"], *row["attending"])}
    _missing(Post, "name", [{"name": post} for post in sorted(named)], lambda row: Post(**row))
    posts = {post.name: post for post in db.session.scalars(sa.select(Post))}

    def make(row: dict[str, Any]) -> ConsultationLevel:
        asked = {part: [posts[name] for name in row[part]] for part in ("conveners", "attending")}
        return ConsultationLevel(**{**row, **asked})

    levels = _missing(ConsultationLevel, "number", document["levels"], make)
    rooms = _missing(MeetingRoom, "name", document["rooms"], lambda row: MeetingRoom(**row))
    return f"levels of consultation: {levels} new, meeting rooms: {rooms} new"


def _superiors() -> str:
    """The general rule of a district: its government reviews, the city re-examines."""
    if db.session.scalars(sa.select(Superior.id).limit(1)).first() is not None:
        return "bodies of review: 0 new"
    db.session.add(Superior(**read_yaml("superiors.yaml")))
    return "bodies of review: 1 new"


def _categories() -> str:
    known = {c.code: c for c in db.session.scalars(sa.select(Category))}
    fresh = 0
    for row in _csv("categories.csv"):
        if row["code"] in known:
            continue
        parent = known.get(row["parent_code"])
        full = f"{parent.full_name}_{row['name']}" if parent else row["name"]
        made = Category(code=row["code"], name=row["name"], parent=parent, full_name=full,
                        local=row.get("set") == "local")  # fmt: skip
        db.session.add(made)
        known[row["code"]] = made
        fresh += 1
    db.session.flush()
    for category in known.values():
        if not category.path:
            category.path = (category.parent.path if category.parent else "/") + f"{category.id}/"
    return f"categories: {fresh} new"


def _ledger() -> str:
    """Headings and words of ledgers; the order of the file is the rank of a heading."""
    headings = [{**row, "rank": 10 * place} for place, row in enumerate(_csv("ledger_aliases.csv"), 1)]
    count = _missing(
        LedgerAlias, "alias", headings,
        lambda row: LedgerAlias(**{**row, "field": LedgerField[row["field"].upper()]}),
    )  # fmt: skip
    known = {(word.field, word.word) for word in db.session.scalars(sa.select(LedgerWord))}
    words = [
        LedgerWord(**{**row, "field": WordField[row["field"].upper()]}) for row in _csv("ledger_words.csv")
    ]
    fresh = [word for word in words if (word.field, word.word) not in known]
    db.session.add_all(fresh)
    return f"ledger headings: {count} new, words: {len(fresh)} new"


def _indicators() -> str:
    count = indicators(read_yaml("indicators.yaml"))
    return f"indicators: {count} new, score sheets: {score_sheets(read_yaml('score_sheets.yaml'))} new"


def _roles() -> str:
    path = SEEDS / "roles.yaml"
    changes = role_files.load(path.read_text(encoding="utf-8"), only_new=True)
    return f"roles: {len(changes)} new"


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
