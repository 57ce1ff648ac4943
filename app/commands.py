"""Every `flask` command. Exit codes: 0 done, 1 failed with one clear line, 2 bad arguments."""

from __future__ import annotations

import datetime as dt
import functools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask


def told(function: Callable[..., Any]) -> Callable[..., Any]:
    """A failure is one line on standard error and exit code 1; never a stack trace."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (click.ClickException, click.exceptions.Exit, SystemExit, BrokenPipeError):
            raise
        except Exception as failure:
            first = str(failure).strip().splitlines() or [type(failure).__name__]
            click.echo(f"failed: {first[0]}", err=True)
            sys.exit(1)

    return run


def register(app: Flask) -> None:
    """Attach the commands; their work lives in the rooms."""
    app.cli.add_command(init)
    app.cli.add_command(seed)
    app.cli.add_command(roles)
    app.cli.add_command(calendar)
    app.cli.add_command(demo)
    app.cli.add_command(take_over)
    app.cli.add_command(simulate)
    app.cli.add_command(verify)
    app.cli.add_command(notice)
    app.cli.add_command(notice_verify)
    app.cli.add_command(tick)
    app.cli.add_command(doctor)
    app.cli.add_command(backup)
    app.cli.add_command(restore)


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
            "the demo office was made before; `flask demo --password …` sets a new password of its accounts:"
        )
        _list_accounts(office.cast())
        return
    shown, cast = office.build(password)
    click.echo(f"password of every account: {shown}")
    _list_accounts(cast)
    if cases:
        from app import demo_cases

        click.echo(demo_cases.build(lambda line: click.echo(f"  … {line}", err=True)))


def _list_accounts(officers: list[Any]) -> None:
    for officer in officers:
        click.echo(f"  {officer.username:<16}{officer.get_full_name()}  {officer.post}  {officer.unit}")


@click.command()
@click.argument("month", metavar="YYYY-MM")
@told
def notice(month: str) -> None:
    """Compute the month's notice as a draft. A draft is replaced; a published notice stays as it is."""
    from app.core import moment
    from app.core.db import db
    from app.incentives import operations, rules

    try:
        rules.month_span(month)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="YYYY-MM") from wrong
    if (published := operations.published(month)) is not None:
        click.echo(f"{month}: published on {published.published_at:%Y-%m-%d}, it stays as it is")
        return
    made = operations.compute(month, moment.today())
    db.session.commit()
    for line in operations.summary(made):
        click.echo(line)


@click.command("notice-verify")
@click.argument("month", metavar="YYYY-MM", required=False)
@told
def notice_verify(month: str | None) -> None:
    """Reckon published notices again from the rows and prove that they come out the same; exit 1 where one does not."""
    from app.incentives import proof

    found = proof.published(month)
    if month is not None and not found:
        raise click.BadParameter(f"no published notice of {month}", param_hint="YYYY-MM")
    wrong = 0
    for notice in found:
        lines = proof.differences(notice)
        wrong += bool(lines)
        result = f"{len(lines)} differences" if lines else "the same"
        click.echo(f"{notice.month} edition {notice.edition}: {result}")
        for line in lines:
            click.echo(f"  {line}")
    click.echo(f"{len(found)} notices, {wrong} differ")
    if wrong:
        raise SystemExit(1)


@click.command("import")
@click.argument("path", metavar="FILE.xlsx", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would become of every row.")
@click.option("--skip-bad", is_flag=True, help="Load the good rows although others are refused.")
@click.option("--sheet", help="Name of the sheet, where several are ledgers.")
@click.option(
    "--report", type=click.File("w", encoding="utf-8", lazy=True), help="Every row's verdict as CSV."
)
@told
def take_over(path: Path, dry_run: bool, skip_bad: bool, sheet: str | None, report: Any) -> None:
    """Take over an existing ledger (台账): every row accepted, or refused with its reason. All or nothing."""
    from flask_babel import gettext

    from app.cases import ledger_import, takeover
    from app.cases.ledger import LedgerRefused
    from app.core import moment

    try:
        found = ledger_import.judge(path, moment.today(), sheet, lambda n: click.echo(f"  … {n}", err=True))
    except LedgerRefused as refused:
        raise ValueError(refused.text(gettext)) from refused
    takeover.notice(found, moment.now())
    for line in ledger_import.lines(found):
        click.echo(line)
    if report is not None:
        ledger_import.write_report(found, report)
    if dry_run:
        click.echo(gettext("Only tried: nothing was written."))
    elif found.refused and not skip_bad:
        raise ValueError(
            gettext("Nothing was written. Mend the refused rows, or load the others with --skip-bad.")
        )
    else:
        click.echo(gettext("%(count)s cases taken over.", count=takeover.load(found, moment.now())))


@click.command()
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day, as 2026-05-20 (default: today)."
)
@told
def tick(day: Any) -> None:
    """Daily duties: end windows that are over, propose supervision of what is late. Sends nothing."""
    from app.core import moment
    from app.events import operations as events
    from app.packages import batches, rules
    from app.supervision import duties

    on = day.date() if day is not None else moment.today()
    lines = duties.run(on).lines()
    lines += [f"batch over its term: {batch}: {left} cases open" for batch, left in batches.late(on)]
    lines += [f"package whose leader left: {number}" for number in rules.to_hand_over()]
    lines += [f"event without its first report: {event}" for event in events.unreported()]
    for line in lines:
        click.echo(line)


@click.command()
@click.option("--cases", type=click.IntRange(1, 5_000_000), required=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same cases.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Histories end before this day (default: today)."
)
@click.option(
    "--months", type=click.IntRange(1, 120), default=18, show_default=True, help="How far they go back."
)
@told
def simulate(cases: int, seed: int, until: dt.datetime | None, months: int) -> None:
    """Synthetic cases with their whole history, for benchmarks and training. They cannot be taken out again."""
    from app.core import moment
    from app.simulation import run

    day = until.date() if until else moment.today()
    started = time.monotonic()
    rows = run.simulate(cases, seed, day, months, told=lambda count: click.echo(f"  … {count}", err=True))
    seconds = time.monotonic() - started
    click.echo(f"{cases} cases, {rows} rows in {seconds:.1f} s ({cases / seconds:.0f} cases/s)")


@click.command()
@told
def verify() -> None:
    """Audit chain, document numbers, files, cases against their steps: says what does not hold."""
    from app import verify as portal

    found = portal.findings(lambda title: click.echo(f"  … {title}", err=True))
    for sentence in found:
        click.echo(sentence)
    if found:
        raise ValueError(f"{len(found)} findings")
    click.echo("everything holds")


@click.group()
def calendar() -> None:
    """Holidays and make-up days; open clocks are counted anew when they change."""


@calendar.command("import")
@click.argument("source")
@told
def calendar_import(source: str) -> None:
    """SOURCE is a year (2027) or a CSV file with day,kind,name,source (kind: holiday or makeup)."""
    from pathlib import Path

    from app.cases import calendar_import as importer
    from app.core.db import db

    days = importer.of_year(int(source)) if source.isdigit() else importer.of_file(Path(source))
    added, changed = importer.load(days)
    db.session.commit()
    click.echo(f"{added} days added, {changed} changed; open clocks were counted anew")


@click.command()
@told
def doctor() -> None:
    """Look after configuration and environment: each finding one line with its mend; exit 1 if one is serious."""
    from app.maintenance import doctor as house_doctor

    findings = house_doctor.examine()
    for finding in findings:
        click.echo(str(finding))
    if any(finding.serious for finding in findings):
        sys.exit(1)
    click.echo("nothing serious" if findings else "all is well")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@told
def backup(folder: Path) -> None:
    """Copy database and papers into DIR (new or empty), consistent while the portal is in use."""
    from app.maintenance import backup as copies

    made = copies.backup(folder)
    click.echo(f"{made['counts']['petition_case']} cases and {len(made['files']) - 1} papers in {folder}")
    click.echo("FIELD_KEY is not in it: keep it elsewhere, without it the ID numbers stay unreadable")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@told
def restore(folder: Path) -> None:
    """Bring the backup in DIR into an empty database and an empty files folder; a damaged one is refused before."""
    from app.maintenance import backup as copies
    from app.maintenance.doctor import newest_revision

    made = copies.restore(folder)
    click.echo(
        f"{made['counts']['petition_case']} cases and {len(made['files']) - 1} papers as of {made['made']}"
    )
    if made["schema"] != newest_revision():
        click.echo("the backup is of an earlier version: run `flask init`")
