"""Migrations: what the models say is what they make; down and up again, with rows in it, on both databases."""

from __future__ import annotations

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
