"""Every `flask` command. Exit codes: 0 done, 1 failed with one clear line, 2 bad arguments."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import click
from flask import Flask


def told(function: Callable[..., Any]) -> Callable[..., Any]:
    """A failure is one line on standard error and exit code 1; never a stack trace."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (click.ClickException, click.exceptions.Exit, SystemExit):
            raise
        except Exception as failure:
            first = str(failure).strip().splitlines() or [type(failure).__name__]
            click.echo(f"failed: {first[0]}", err=True)
            sys.exit(1)

    return run


def register(app: Flask) -> None:
    """Attach the commands; their work lives in the rooms and in ``app/jobs``."""
    app.cli.add_command(init)
    app.cli.add_command(seed)
    app.cli.add_command(roles)
    app.cli.add_command(demo)


@click.command()
@told
def init() -> None:
    """Make the database ready: migrations, triggers, permissions, reference data. Safe to run again."""
    from app import setup

    for line in setup.initialise():
        click.echo(line)


@click.command()
@told
def seed() -> None:
    """Load or refresh reference data from seeds/; never overwrites what an administrator changed."""
    from app import setup

    for line in setup.seed():
        click.echo(line)


@click.group()
def roles() -> None:
    """Roles by level as files: export, review, import."""


@roles.command("export")
@click.argument("path", type=click.Path(dir_okay=False, writable=True), default="-")
@told
def roles_export(path: str) -> None:
    """Write every role to PATH (default: standard output) as YAML."""
    import sqlalchemy as sa

    from app.core.db import db
    from app.organisation import role_files
    from app.organisation.models import Role

    text = role_files.as_yaml(role for role in db.session.scalars(sa.select(Role)) if role.level is not None)
    with click.open_file(path, "w", encoding="utf-8") as stream:
        stream.write(text)


@roles.command("import")
@click.argument("path", type=click.File("r", encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@told
def roles_import(path: Any, dry_run: bool) -> None:
    """Make the roles of PATH true: adds and takes away. All or nothing."""
    from app.core.db import db
    from app.organisation import role_files

    changes = role_files.load(path.read(), dry_run=dry_run)
    db.session.rollback() if dry_run else db.session.commit()
    for line in changes or ["nothing changes"]:
        click.echo(line)


@click.command()
@click.option("--password", help="Password of all demo accounts (default: DEMO_PASSWORD, else random).")
@click.option("--if-empty", is_flag=True, help="Do nothing where officers exist already.")
@click.option("--cases/--no-cases", default=True, help="Also a few hundred cases in every state.")
@told
def demo(password: str | None, if_empty: bool, cases: bool) -> None:
    """The demo office: one invented district, one officer per post, cases in every state."""
    from app import demo as office

    if if_empty and not office.is_empty():
        click.echo(
            "the office has officers; the demo office was made before (flask demo --password sets a new password)"
        )
        return
    shown, cast = office.build(password)
    click.echo(f"password of every account: {shown}")
    for officer in cast:
        click.echo(f"  {officer.username:<16}{officer.get_full_name()}  {officer.post}  {officer.unit}")
