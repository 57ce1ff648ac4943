"""The benchmarks: ours beside its peer, in one run. `make bench`, or `make bench ONLY=queue`.

    python -m tests.bench [queue] [list] [case] [letter] [papers] [--postgres] [--write]

`ROWS=1000000` in the environment says how many cases there are (20,000). `--write` keeps the result in
docs/performance.md. Ratios count: the machine's other load meets both sides of a row alike, not two runs.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from app import create_app
from app.core.db import db
from tests.bench import letters, report
from tests.bench.party import Answer, Party, party
from tests.bench.place import place
from tests.bench.subjects import Subject, subjects
from tests.support.office import LAND, unit_named

NAMES = ("queue", "list", "case", "letter", "papers")
WARM, ROUND = 3, 4
REPORT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def measure(subject: Subject, ours: Party, peer: Party) -> list[report.Line]:
    """Both sides of every row in turn, a few answers at a time, after a warm-up."""
    lines = []
    for row in subject.rows:
        sides: tuple[list[Answer], list[Answer]] = ([], [])
        warm, round_ = (0, 1) if row.ours.startswith("job ") else (WARM, ROUND)  # a job is its own warm-up
        ours.ask(row.ours, warm)
        peer.ask(row.peer, warm)
        for _round in range(1 if not warm else subject.times // ROUND):
            sides[0].extend(ours.ask(row.ours, round_))
            sides[1].extend(peer.ask(row.peer, round_))
        lines.append(report.Line(row.what, *sides, ROUND, row.each))
    return lines


def run(names: list[str], count: int, postgres: bool) -> list[report.Table]:
    tables = []
    with place(count, postgres) as settings:
        app = create_app(settings)
        with app.app_context():
            unit = unit_named(LAND).id
            letters.prepare()
            wanted = {name: subject for name, subject in subjects(unit).items() if name in names}
            db.session.remove()
            db.engine.dispose()
        for pair in dict.fromkeys((subject.ours, subject.peer) for subject in wanted.values()):
            given = settings | {"BENCH_UNIT": unit}
            with party(pair[0], given) as ours, party(pair[1], given) as peer:
                for name, subject in wanted.items():
                    if (subject.ours, subject.peer) == pair:
                        tables.append(report.Table(name, subject.title, measure(subject, ours, peer)))
                        print(f"\n{tables[-1]}", flush=True)
    return tables


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Benchmarks beside a plain peer."
    )
    parser.add_argument("subject", nargs="*", help=f"{', '.join(NAMES)} (default: all)")
    parser.add_argument(
        "--postgres", action="store_true", help="on the private PostgreSQL server of the tests"
    )
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.parent.name}/{REPORT.name}")
    wanted = parser.parse_args()
    if unknown := set(wanted.subject) - set(NAMES):
        parser.error(f"there is no subject {min(unknown)}: choose from {', '.join(NAMES)}")
    count, begun = int(os.environ.get("ROWS") or 20_000), time.perf_counter()
    tables = run(wanted.subject or list(NAMES), count, wanted.postgres)
    machine = report.machine(count, wanted.postgres, time.perf_counter() - begun)
    print(f"\n{machine}")
    if wanted.write:
        report.write(REPORT, tables, machine)
    return 0


if __name__ == "__main__":
    sys.exit(main())
