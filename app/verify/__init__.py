"""What must hold in the database and the files, whatever happened in between: each finding is one sentence.

Asked in sets, not row by row, so that a million cases take seconds. Reads only, in one snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.core import audit
from app.core.db import db, only_reading
from app.core.scope import seeing_all
from app.verify import deadlines, histories, registers
from app.verify.asking import SHOWN


def _trail() -> Iterator[str]:
    yield from audit.broken_links(db.session())


CHECKS: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
    ("audit trail", _trail),
    ("document numbers", registers.document_numbers),
    ("case numbers", registers.case_numbers),
    ("files of papers", registers.papers_on_file),
    ("states of cases", histories.states),
    ("order of steps", histories.chain),
    ("steps of the table", histories.moves),
    ("facts of steps", histories.kinds),
    ("starts of clocks", deadlines.starts),
    ("ends of clocks", deadlines.stops),
    ("days of clocks", deadlines.dues),
    ("extensions", deadlines.extensions),
    ("shown deadlines", deadlines.shown_dues),
)


def findings(told: Callable[[str], None] = lambda _line: None) -> list[str]:
    """Everything that does not hold. ``told`` hears what is being looked at."""
    found: list[str] = []
    with only_reading(), seeing_all("the portal is verified"):
        for title, check in CHECKS:
            told(title)
            sentences = list(check())
            found += sentences[:SHOWN]
            if len(sentences) > SHOWN:
                found.append(f"{title}: {len(sentences) - SHOWN} more of this kind")
    return found
