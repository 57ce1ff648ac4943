"""Reference data: refreshed where nobody touched it, left alone where the office did, by the audit trail."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import setup
from app.cases import calendar_import
from app.cases.ledger_models import LedgerAlias, LedgerWord
from app.cases.models import Category, ClockRule
from app.consultation.levels import ConsultationLevel, MeetingRoom
from app.core.db import db
from app.core.models import AuditEntry, CalendarDay, Setting
from app.documents import texts
from app.documents.models import DocumentKind, DocumentText
from app.events.models import EventThreshold
from app.incentives.models import Indicator
from app.incentives.models_scores import ScoreItem, ScoreSheet
from app.organisation.models import Post, Role
from app.packages.models import PackageDuty, PackageRule, StrikeOffCriterion
from app.reception.models import ReceptionRule
from app.review.models import Superior
from app.supervision.ladder_models import LiabilityArticle, Rung
from app.supervision.models import SupervisionGround, SupervisionTrigger
from tests.support import office
from tests.support.office import NOW

# each table of reference data with a column that its seeds give
SEEDED: list[tuple[type[Any], str]] = [
    (Setting, "value"), (CalendarDay, "name"), (ClockRule, "article"), (DocumentKind, "body"),
    (Superior, "review_body"), (Category, "full_name"), (LedgerAlias, "rank"), (LedgerWord, "code"),
    (Indicator, "expression"), (ScoreSheet, "note"), (ScoreItem, "base"),
    (SupervisionGround, "name"), (SupervisionTrigger, "demand"),
    (Rung, "name"), (LiabilityArticle, "name"), (PackageDuty, "name"), (StrikeOffCriterion, "name"),
    (PackageRule, "days"), (EventThreshold, "people"), (ReceptionRule, "who"), (ConsultationLevel, "entry"),
    (MeetingRoom, "place"),
]  # fmt: skip


def entries() -> int:
    return db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) or 0


def row(model: type[Any], **words: Any) -> Any:
    return db.session.scalars(sa.select(model).filter_by(**words)).one()


def silently(model: type[Any], **values: Any) -> None:
    """As an older version of the seeds had it: nobody's change, so the trail knows of none."""
    db.session.execute(sa.update(model).values(**values), execution_options={"synchronize_session": False})
    db.session.commit()


def test_seeding_twice_changes_nothing(app: Flask) -> None:
    with app.app_context():
        before = entries()
        lines = setup.seed()
        assert entries() == before
        assert all("0 new" in line and not any(c in line for c in "123456789") for line in lines), lines


@pytest.mark.parametrize(("model", "column"), SEEDED, ids=lambda part: getattr(part, "__name__", part))
def test_what_nobody_touched_follows_the_seeds(sqlite_app: Flask, model: type[Any], column: str) -> None:
    with sqlite_app.app_context():
        kind = sa.inspect(model).columns[column].type
        kept = {one.id: getattr(one, column) for one in db.session.scalars(sa.select(model))}
        silently(model, **{column: 7 if isinstance(kind, sa.Integer | sa.Numeric) else "旧"})
        setup.seed()
        assert {one.id: getattr(one, column) for one in db.session.scalars(sa.select(model))} == kept
        told = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert told is not None and told.event == "seeded"


def test_every_seeded_table_is_asked_here() -> None:
    """A new table of reference data joins the list above, or this says so."""
    source = Path(setup.__file__).read_text(encoding="utf-8")
    named = {model.__name__ for model, _column in SEEDED} | {"Post"}
    assert {part.split(",")[0].strip() for part in source.split("seeding.load(")[1:]} <= named


def test_what_the_administrator_changed_stays_whole(app: Flask) -> None:
    with office.as_officer(app, "sysadmin"):
        row(Indicator, code="V2").active = True
        row(Setting, key="bottom_n").value = "5"
        db.session.commit()
    with app.app_context():
        silently(Indicator, formula="旧", local=False)
        setup.seed()
        own, other = row(Indicator, code="V2"), row(Indicator, code="F2")
        assert (own.active, own.formula) == (True, "旧")  # a row of two makers would be nobody's
        assert other.formula != "旧"
        assert row(Setting, key="bottom_n").value == "5"


def test_a_trial_is_no_change_of_what_the_seeds_say(app: Flask) -> None:
    with office.as_officer(app, "sysadmin"):
        row(Indicator, code="F2").tried_on = "2026-01"
        db.session.commit()
    with app.app_context():
        silently(Indicator, expression="count()")
        setup.seed()
        assert row(Indicator, code="F2").expression != "count()"


def test_what_the_office_took_away_or_renamed_does_not_come_back(app: Flask) -> None:
    with office.as_officer(app, "sysadmin"):
        db.session.delete(row(CalendarDay, day=dt.date(2026, 1, 1)))
        db.session.delete(row(LedgerAlias, alias="信访编号"))
        word = db.session.scalars(sa.select(LedgerWord).where(LedgerWord.word == "走访")).first()
        assert word is not None
        word.word = "走访件"
        room = db.session.scalars(sa.select(MeetingRoom).order_by(MeetingRoom.id)).first()
        assert room is not None
        before, room.name = room.name, "三楼会议室（新）"
        rooms = db.session.scalar(sa.select(sa.func.count(MeetingRoom.id)))
        db.session.commit()
    with app.app_context():
        setup.seed()
        assert db.session.scalars(sa.select(CalendarDay).filter_by(day=dt.date(2026, 1, 1))).first() is None
        assert db.session.scalars(sa.select(LedgerAlias).filter_by(alias="信访编号")).first() is None
        assert db.session.scalars(sa.select(LedgerWord).filter_by(word="走访")).first() is None
        assert db.session.scalars(sa.select(MeetingRoom).filter_by(name=before)).first() is None
        assert db.session.scalar(sa.select(sa.func.count(MeetingRoom.id))) == rooms


def test_a_row_the_office_made_itself_is_its_own(app: Flask) -> None:
    with app.app_context():  # of an office older than this seed row
        db.session.execute(sa.delete(ScoreItem))
        db.session.execute(sa.delete(Indicator).where(Indicator.code == "F18"))
        db.session.commit()
    with office.as_officer(app, "sysadmin"):
        like = row(Indicator, code="F3")
        words = {c.key: getattr(like, c.key) for c in sa.inspect(Indicator).column_attrs if c.key != "id"}
        db.session.add(Indicator(**{**words, "code": "F18", "name": "本区自定指标"}))
        db.session.commit()
    with app.app_context():
        setup.seed()
        assert row(Indicator, code="F18").name == "本区自定指标"
        assert db.session.scalars(sa.select(ScoreItem)).first() is not None  # nobody took those away: added


def test_a_calendar_read_in_by_the_command_stays(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        file = tmp_path / "days.csv"
        file.write_text("day,kind,name,source\n2026-01-01,makeup,本区调休,区政府通知\n", encoding="utf-8")
        assert calendar_import.load(calendar_import.of_file(file)) == (0, 1)
        db.session.commit()
        setup.seed()
        assert row(CalendarDay, day=dt.date(2026, 1, 1)).name == "本区调休"


def test_a_refreshed_text_is_a_new_version(app: Flask) -> None:
    with app.app_context():
        kind = row(DocumentKind, code="D03")
        kept = kind.body
        silently(DocumentKind, body="旧文本")
        texts.keep(kind, NOW)
        db.session.commit()
        setup.seed()
        versions = db.session.scalars(
            sa.select(DocumentText.body).where(DocumentText.kind_id == kind.id).order_by(DocumentText.version)
        ).all()
        assert (kind.body, kind.version, versions) == (kept, 3, [kept, "旧文本", kept])


def test_roles_follow_the_file_until_somebody_changes_them(app: Flask) -> None:
    with office.as_officer(app, "secadmin"):
        row(Role, name="责任单位承办人").note = "本区说明"
        db.session.commit()
    with app.app_context():
        silently(Role, note="旧")
        link = Role.__table__.metadata.tables["ab_permission_view_role"]
        role = row(Role, name="考核员")
        db.session.execute(sa.delete(link).where(link.c.role_id == role.id))
        db.session.commit()
        lines = setup.seed()
        assert row(Role, name="考核员").permissions
        assert row(Role, name="考核员").note != "旧"
        assert row(Role, name="责任单位承办人").note == "旧"
        assert lines[-1].startswith("roles: 0 new, ") and not lines[-1].endswith(" 0 refreshed")
        assert all(
            "0 new" in line and "refreshed" not in line.replace("0 refreshed", "") for line in setup.seed()
        )


def test_a_post_taken_away_leaves_the_levels_without_it(app: Flask) -> None:
    """The seeds of the levels name posts; one that the office deleted is not made again."""
    with office.as_officer(app, "sysadmin"):
        row(Post, name="信联办主任").name = "联席办主任"
        db.session.commit()
    with app.app_context():
        setup.seed()
        assert db.session.scalars(sa.select(Post).filter_by(name="信联办主任")).first() is None
