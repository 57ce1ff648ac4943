"""The tables of a run: medians, statements, weight and the ratio of ours to the peer's."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from dataclasses import dataclass
from pathlib import Path

from tests.bench.party import Answer

HEADS = ("what", "ms", "p95", "cpu", "SQL", "KB", "peer ms", "p95", "cpu", "SQL", "KB", "ratio", "of cpu")


@dataclass(frozen=True)
class Line:
    """A row of a table: all answers of both sides, in rounds of `round`."""

    what: str
    ours: list[Answer]
    peer: list[Answer]
    round: int
    each: int = 1

    def ratio(self, measure: str = "ms") -> float:
        """Ours to the peer's: the median of the rounds' ratios, so that a burst of other load falls out."""
        rounds = [slice(start, start + self.round) for start in range(0, len(self.ours), self.round)]
        return statistics.median(
            _median(self.ours[part], measure) / _median(self.peer[part], measure) for part in rounds
        )

    def cells(self) -> list[str]:
        ratios = [f"{self.ratio():.2f}", f"{self.ratio('cpu'):.2f}"]
        return [self.what, *_side(self.ours, self.each), *_side(self.peer, self.each), *ratios]


def _median(answers: list[Answer], measure: str = "ms") -> float:
    return statistics.median(getattr(answer, measure) for answer in answers)


def _side(answers: list[Answer], each: int) -> list[str]:
    times = [answer.ms / each for answer in answers]
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    statements = max(answer.statements for answer in answers)
    cells = [f"{_median(answers) / each:.1f}", f"{p95:.1f}", f"{_median(answers, 'cpu') / each:.1f}"]
    return [*cells, str(statements), f"{answers[-1].bytes / 1024:.0f}"]


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    lines: list[Line]

    def __str__(self) -> str:
        rows = [list(HEADS), *[line.cells() for line in self.lines]]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
        rows.insert(1, ["-" * width for width in widths])
        texts = [
            "  ".join(cell.rjust(width) if place else cell.ljust(width)
                      for place, (cell, width) in enumerate(zip(row, widths, strict=True)))
            for row in rows
        ]  # fmt: skip
        return "\n".join([f"{self.name}: {self.title}", *texts])

    def markdown(self) -> str:
        rows = [list(HEADS), ["---", *["--:"] * (len(HEADS) - 1)], *[line.cells() for line in self.lines]]
        table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
        return f"## {self.name}\n\n{self.title}.\n\n{table}\n"


def machine(count: int, postgres: bool, seconds: float) -> str:
    """One line for people and programs: on what all this was measured."""
    database = "postgresql" if postgres else f"sqlite-{sqlite3.sqlite_version}"
    facts = {
        "cases": count, "database": database, "python": platform.python_version(), "cores": os.cpu_count(),
        "load": f"{os.getloadavg()[0]:.1f}", "seconds": f"{seconds:.0f}",
    }  # fmt: skip
    return "machine: " + " ".join(f"{name}={value}" for name, value in facts.items())


INTRODUCTION = """# Performance

Written by `python -m tests.bench --write`; do not edit. Each row asks the portal and a plain peer the same, in turn, in
one run, warm, without a network. The peer of the pages is a stock Flask-AppBuilder application over the same tables
(`tests/bench/peers/`), without row scope; that of the letters is stock WeasyPrint with the system's fonts. `ms` and
`p95` are milliseconds on the wall, `cpu` those computing in the answering process (SQLite's work among them), `SQL`
statements, `KB` the size of the answer; a ratio below 1 means that the portal is faster.
"""


def write(path: Path, tables: list[Table], machine_line: str) -> None:
    path.parent.mkdir(exist_ok=True)
    parts = [INTRODUCTION, *[table.markdown() for table in tables], f"`{machine_line}`\n"]
    path.write_text("\n".join(parts), encoding="utf-8")
