"""Migrations: what the models say is what they make; down and up again, with rows in it, on both databases."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_appbuilder import Model
from flask_migrate import downgrade, upgrade

from app import setup
from app.core.db import db
from tests.support.office import register_case


def _differences(app: Flask) -> list[object]:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, Model.metadata))


def test_the_models_are_what_the_migrations_make(app: Flask) -> None:
    assert _differences(app) == []


def test_down_to_nothing_and_up_again(app: Flask) -> None:
    register_case(app)
    with app.app_context():
        db.session.remove()
        downgrade(revision="base")
        db.session.remove()
        left = set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}
        assert not left
        upgrade()
        db.session.remove()
    assert _differences(app) == []
    with app.app_context():
        assert any("tables protected" in line for line in setup.initialise())
        db.session.remove()


def test_the_conditions_of_enumerated_columns_are_those_of_the_models(app: Flask) -> None:
    """Autogeneration does not compare CHECK constraints: a state added in the model alone would be refused."""
    with app.app_context():
        found = {
            (table, check["name"]): set(re.findall(r"'([A-Z0-9_]+)'", check["sqltext"]))
            for table in Model.metadata.tables
            for check in sa.inspect(db.engine).get_check_constraints(table)
        }
    expected = {
        (table.name, column.type.name): set(column.type.enums)
        for table in Model.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    }
    assert {key: found.get(key) for key in expected} == expected


def test_an_office_of_the_first_version_is_brought_up_with_its_rows(app: Flask) -> None:
    case_id = register_case(app)
    with app.app_context():
        db.session.remove()
        downgrade(revision="0001")
        db.session.remove()
        upgrade()
        db.session.remove()
        row = db.session.execute(sa.text("SELECT id, assigned, package_leader FROM petition_case")).one()
        assert (row.id, bool(row.assigned), row.package_leader) == (case_id, False, "")
        assert db.session.execute(sa.text("SELECT count(*) FROM clock")).scalar_one() > 0
        db.session.remove()
        setup.initialise()
        db.session.remove()
    assert _differences(app) == []
