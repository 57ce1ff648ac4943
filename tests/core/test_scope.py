"""The one way in for rows: what belongs to a case is scoped, read and written, whatever code asks for it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases.enums import PartRole, State
from app.cases.models import Case, Part, Representative
from app.cases.steps import HandlingRecord, Step
from app.core import scope
from app.core.db import db
from app.core.errors import OutOfReach
from app.core.scope import NOTHING, Reach, Scoped, acting, current_reach, seeing_all
from app.duplicates.models import CaseLink
from app.organisation.models import Unit
from tests.support import office
from tests.support.office import LABOUR, NOW, drive, register_case

APP = Path(__file__).parents[2] / "app"


# ---- that nothing stands outside -------------------------------------------------------------------------------------


# the notice of a month, a letter of inspection to a unit, the year's report, Friday's list, an event's report: papers
# that hang on no case
PAPERS_OF_NO_CASE = {"Notice", "Consequence", "YearReport", "FridayList", "EventReport", "YearRanking"}


def test_whatever_hangs_on_a_case_is_scoped(sqlite_app: Flask) -> None:
    """A new table with a foreign key to a case, or to something of a case, must say what lies within reach."""
    classes = {mapper.class_: mapper.local_table for mapper in Case.registry.mappers}
    of_cases = {table.name for cls, table in classes.items() if issubclass(cls, Scoped)}
    for cls, table in classes.items():
        points_to = {key.column.table.name for key in table.foreign_keys}
        points_to -= {"document"} if cls.__name__ in PAPERS_OF_NO_CASE else set()
        assert issubclass(cls, Scoped) or not points_to & of_cases, (
            f"{cls.__name__} belongs to a case and is not Scoped"
        )


def test_a_criterion_is_walked_through_once_and_still_told_from_others(sqlite_app: Flask) -> None:
    """The cache key that `_Criterion` keeps: one for all reaches of a shape, another for another shape."""
    with sqlite_app.app_context():
        asked = sa.select(Case.id)
        keys, values = {}, {}
        for name, reach in {
            "land": Reach(officer_id=1, units=frozenset({3})), "labour": Reach(officer_id=2, units=frozenset({4, 5})),
            "everything": Reach(officer_id=1, everything=True), "nobody": NOTHING,
        }.items():  # fmt: skip
            key = asked.options(*scope._criteria(reach))._generate_cache_key()
            assert key is not None
            keys[name], values[name] = key.key, [bind.value for bind in key.bindparams]
        assert keys["land"] == keys["labour"] and values["land"] != values["labour"]
        assert len({keys["land"], keys["everything"], keys["nobody"]}) == 3


def test_two_officers_one_after_the_other_never_share_rows(sqlite_app: Flask) -> None:
    """The same statement, compiled once, with each officer's own values in it."""
    case = register_case(sqlite_app)
    drive(sqlite_app, case, "routing")
    for _turn in range(2):
        for who, sees in (("land_officer", 1), ("labour_officer", 0), ("office", 1), ("sysadmin", 0)):
            with office.as_officer(sqlite_app, who):
                assert len(db.session.scalars(sa.select(Case).where(Case.id == case)).all()) == sees, who


# files that speak to the database past the mapped classes, where the scope does not reach, and why they may
PAST_THE_SCOPE = {
    "__init__.py": "is the database there",
    "setup.py": "locks and triggers",
    "consultation/models.py": "the condition of an index",
    "consultation/talk.py": "the condition of an index",
    "core/audit.py": "the chain's head, and its own entries",
    "core/db.py": "begins transactions",
    "core/immutable.py": "makes triggers",
    "core/api.py": "asks a value whether it is a row",
    "documents/numbers.py": "number series hold no case",
    "organisation/models.py": "paths of units",
    "cases/models.py": "is the scope",
    "cases/bulk.py": "rows decided elsewhere, in commands",
    "cases/clocks.py": "the daily job ends windows of all cases",
    "cases/takeover.py": "commands",
    "cases/first.py": "a condition on steps of a case that is in the query, or at hand",
    "core/settings.py": "settings are nobody's rows",
    "cases/guards_paths.py": "asks how long a text may be",
    "duplicates/models.py": "the condition of an index",
    "duplicates/operations.py": "leads the index of texts for every case",
    "duplicates/search.py": "likely repeats: facts without content, never an accusation; the rest through the scope",
    "public/access.py": "finds one petition by its code, before anybody is known",
    "public/attempts.py": "counts failed look-ups, which belong to no case",
    "events/models.py": "the condition of an index",
    "incentives/models_course.py": "the condition of an index",
    "packages/models.py": "the condition of an index",
    "reception/models.py": "the condition of an index",
    "supervision/ladder_models.py": "the condition of an index",
    "supervision/models.py": "the condition of an index",
    "supervision/operations.py": "the daily job proposes for all cases",
}
COMMANDS = ("verify/", "simulation/", "maintenance/", "migrations/")


def test_nobody_goes_past_the_mapped_classes_unnoticed() -> None:
    found = set()
    for path in APP.rglob("*.py"):
        name = str(path.relative_to(APP))
        if not name.startswith(COMMANDS) and _goes_past(ast.parse(path.read_text(encoding="utf-8"))):
            found.add(name)
    assert found == set(PAST_THE_SCOPE)


def _goes_past(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("__table__", "exec_driver_sql"):
            return True
        if isinstance(node, ast.Constant) and node.value == "__table__":
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in ("sa.text", "sqlalchemy.text") or called.endswith(
                ("session.connection", "engine.connect")
            ):
                return True
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "sqlalchemy"
            and "text" in {n.name for n in node.names}
        ):
            return True
    return False


WIDE = {
    "documents/jobs.py": "papers of cases that were fetched through the scope take their numbers in the register",
    "consultation/outcomes.py": "the items of signed minutes are set in motion, each in the name of who signed",
    "cases/step_preview.py": "a paper before its step is taken, in a transaction that is rolled back",
    "cases/takeover.py": "a command",
    "cases/ledger_import.py": "a command",
    "demo_cases.py": "a command",
    "demo_ladder.py": "a command",
    "demo_consultations.py": "a command",
    "cases/intake.py": "what a sender handed in before, found by its own reference",
    "cases/intake_api.py": "the answer to what was just handed in",
    "cases/recount.py": "a calendar's change moves clocks of every case",
    "consultation/authority.py": "whether an officer is barred: yes or no, to themselves",
    "consultation/chair.py": "the verb that hands the chair on",
    "consultation/decisions.py": "verbs of a session",
    "consultation/execution.py": "verbs of its items",
    "consultation/invitations.py": "verbs of who takes part",
    "consultation/fields.py": "the verb that writes a field",
    "consultation/files.py": "the verb that keeps an attachment",
    "consultation/feed.py": "acts with the reach of the officer whose address it is",
    "consultation/outside.py": "an expert's one session, proved by the link",
    "incentives/course.py": "verbs: objections and rulings",
    "incentives/consequences.py": "verbs: letters and measures",
    "incentives/report.py": "verbs: the year in numbers",
    "incentives/proof.py": "a command: the month reckoned again",
    "incentives/years.py": "the verb that signs the year's award",
    "incentives/tables.py": "how long answers took: numbers of cases",
    "packages/batches.py": "verbs of a batch",
    "packages/instructions.py": "verbs of a leader's instruction",
    "supervision/desk.py": "the verb that writes a week's plan",
    "supervision/letter.py": "how many letters went out before",
    "supervision/ladder.py": "verbs of the ladder",
    "supervision/reminders.py": "verbs of a further letter",
    "public/access.py": "the petitioner's own petition, proved by code and number",
    "public/views.py": "the same, page by page",
}


def test_who_looks_beyond_their_reach_does_it_in_a_verb() -> None:
    """`seeing_all` stands in operations and commands, never in a view."""
    for path in APP.rglob("*.py"):
        name = str(path.relative_to(APP))
        calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        wide = [
            c
            for c in calls
            if ast.unparse(c.func) in ("seeing_all", "acting", "scope.seeing_all", "scope.acting")
        ]
        # a figure says how many of its cases the reader may not open: a number, no row
        allowed = name.endswith(("operations.py", "core/scope.py", "incentives/page.py")) or name.startswith(
            COMMANDS
        )
        assert not wide or allowed or name in WIDE, name


def test_the_identity_map_is_no_way_round() -> None:
    """`session.get` hands out what somebody loaded before, without asking the scope: views do not use it."""
    for path in APP.rglob("*.py"):
        if path.name.endswith(
            ("views.py", "view.py", "page.py", "timeline.py", "shown.py", "api.py", "fields.py")
        ):
            source = path.read_text(encoding="utf-8")
            assert "session.get(" not in source and "get_one(" not in source, path


# ---- reading -------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(app: Flask) -> tuple[int, int]:
    """A case of the land bureau, and one of the labour bureau."""
    ours, theirs = register_case(app), register_case(app, category="劳动和社会保障")
    drive(app, ours, "routing", "signing")
    drive(app, theirs, ("routing", {"target": LABOUR}), "signing")
    return ours, theirs


def scoped_classes() -> list[type[Any]]:
    return [m.class_ for m in Case.registry.mappers if issubclass(m.class_, Scoped)]


def test_nobody_signed_in_sees_nothing(app: Flask, two: Any) -> None:
    with app.test_request_context("/"):
        assert current_reach() == NOTHING
        for model in scoped_classes():
            assert db.session.scalars(sa.select(model)).all() == [], model


def test_a_command_sees_all_and_may_act_for_somebody(app: Flask, two: tuple[int, int]) -> None:
    with app.app_context():
        assert set(db.session.scalars(sa.select(Case.id))) == set(two)
        with acting(NOTHING, "a test"):
            assert not db.session.scalars(sa.select(Case.id)).all()
        assert set(db.session.scalars(sa.select(Case.id))) == set(two)


def test_the_stranger_reaches_no_class_of_rows(app: Flask, two: tuple[int, int]) -> None:
    ours, theirs = two
    for who, mine, other in (("land_officer", ours, theirs), (office.STRANGER, theirs, ours)):
        with office.as_officer(app, who):
            for model in scoped_classes():
                column = getattr(model, {Case: "id", CaseLink: "from_case_id"}.get(model, "case_id"))
                found = set(db.session.scalars(sa.select(column)))
                assert other not in found and found <= {mine}, model
                assert db.session.query(model).filter(column == other).count() == 0
                assert (
                    db.session.scalar(sa.select(sa.func.count()).select_from(model).where(column == other))
                    == 0
                )


def test_a_wider_look_ends_with_its_block(app: Flask, two: tuple[int, int]) -> None:
    with office.as_officer(app, office.STRANGER):
        with seeing_all("a test"):
            assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 2
        assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 1
        with pytest.raises(ZeroDivisionError), seeing_all("a test"):
            raise ZeroDivisionError
        assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 1


def test_reach_follows_the_roles_at_once(app: Flask, two: tuple[int, int]) -> None:
    """A right that is taken away holds for the next request; nothing is kept between two."""
    client = office.signed_in(app, "land_officer")
    assert client.get(f"/cases/show/{two[0]}").status_code == 200
    with app.app_context():
        office.officer_named("land_officer").unit = db.session.scalars(
            sa.select(Unit).where(Unit.name == LABOUR)
        ).one()
        db.session.execute(sa.update(Part).where(Part.officer_id.is_not(None)).values(active=False))
        db.session.commit()
    assert client.get(f"/cases/show/{two[0]}").status_code == 404
    assert client.get(f"/cases/show/{two[1]}").status_code == 200


# ---- writing -------------------------------------------------------------------------------------------------------


def test_rows_of_a_case_are_written_by_verbs_alone(app: Flask, two: tuple[int, int]) -> None:
    """A generated form, an interface or an action that writes a scoped row by itself is refused, own case or not."""
    for who in ("land_officer", "office", "sysadmin"):
        for case in two:
            with office.as_officer(app, who):
                for row in (
                    HandlingRecord(case_id=case, what="x", taken_at=NOW, to_state=State.SIGNED),
                    Part(case_id=case, role=PartRole.ROOM, officer=office.officer_named(who)),
                    Representative(case_id=case, name="x"),
                ):
                    db.session.add(row)
                    with pytest.raises(OutOfReach):
                        db.session.flush()
                    db.session.rollback()


def test_an_own_case_is_not_changed_by_assignment(app: Flask, two: tuple[int, int]) -> None:
    with office.as_officer(app, "land_officer") as me:
        case = db.session.scalars(sa.select(Case)).one()
        case.handler, case.due_on = None, None
        with pytest.raises(OutOfReach):
            db.session.commit()
        db.session.rollback()
        db.session.delete(db.session.scalars(sa.select(Case)).one())
        with pytest.raises(OutOfReach):
            db.session.commit()
        db.session.rollback()
        assert db.session.scalars(sa.select(Case)).one().handler_id == me.id


def test_a_bulk_change_does_not_pass_the_scope(app: Flask, two: tuple[int, int]) -> None:
    with office.as_officer(app, office.STRANGER):
        for change in (
            sa.update(Case).values(due_on=None),
            sa.delete(Part),
            sa.update(Step).values(late=True),
        ):
            with pytest.raises(OutOfReach):
                db.session.execute(change)
            db.session.rollback()
