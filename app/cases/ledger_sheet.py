"""Opening a ledger: which sheet of the workbook, which row has the headings, which column holds which field.

Every bureau's ledger differs, so headings are matched through a table of aliases (rows, edited by an administrator)
and nothing depends on their order or on what stands above them. Rows are read one by one, never all at once.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import IO, Self

from openpyxl import Workbook, load_workbook

from app.cases.ledger_cells import N_, Cell, fold, is_blank, shorten

HEADINGS_WITHIN = 30  # rows from the top
MOST_COLUMNS = 200
MOST_UNPACKED = 2**30  # bytes: a small file that unpacks to more is not a ledger
MOST_STRINGS = 2**28  # the part that must be held in memory

# Without these there is no case: R22 art. 19 (name, address, request and facts), and what every statistic needs.
REQUIRED = frozenset(
    {"number", "petitioner_name", "address", "people_count", "category", "content", "registered_on"}
)

LABELS: Mapping[str, str] = {
    "number": N_("Petition number"),
    "petitioner_name": N_("Petitioner's name"),
    "id_kind": N_("Kind of identity paper"),
    "id_number": N_("Identity number"),
    "phone": N_("Phone number"),
    "address": N_("Address of the petitioner"),
    "people_count": N_("Number of people"),
    "channel": N_("Channel of the petition"),
    "purpose": N_("Purpose of the petition"),
    "category": N_("Content category"),
    "category_2": N_("Content category, second level"),
    "category_3": N_("Content category, third level"),
    "place": N_("Place of the problem"),
    "content": N_("Request and facts"),
    "registered_on": N_("Time of registration"),
    "registrar_unit": N_("Registering unit"),
    "unit": N_("Responsible unit"),
    "is_first": N_("First petition"),
    "status": N_("Handling status"),
    "due_on": N_("Due date"),
    "rating": N_("Satisfaction rating"),
    "note": N_("Remarks on the petition"),
}
"""The fields a ledger may have, with the msgid of their name."""

DAMAGED = N_("The file is damaged or is not an Excel workbook (.xlsx).")
OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # old .xls, and any .xlsx with a password


class LedgerRefused(ValueError):
    """The whole file cannot be read. `message` is a msgid for `params`; `fields` are LABELS it is about."""

    def __init__(self, message: str, fields: Sequence[str] = (), **params: object) -> None:
        super().__init__(message % {**params, "fields": ", ".join(fields)})
        self.message = message
        self.fields = tuple(fields)
        self.params = params

    def text(self, gettext: Callable[[str], str] = str) -> str:
        """The whole sentence, translated."""
        fields = "、".join(gettext(LABELS[field]) for field in self.fields)
        return gettext(self.message) % {**self.params, "fields": fields}


@dataclass(frozen=True)
class Sheet:
    """One opened ledger sheet; close it, or use it in a `with`."""

    name: str
    heading_row: int
    """Row of the headings, counted from 1 as Excel does; data starts below it."""
    columns: Mapping[str, int]
    """Field to column, counted from 0."""
    headings: tuple[str, ...]
    """All headings by column; also those that no field uses."""
    epoch: datetime
    """The workbook's day 0 (1899-12-30, or 1904-01-01 in files from old Macs)."""
    _book: Workbook

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """(row number, cells) of every row under the headings; may be walked again. Raises LedgerRefused."""
        found = _read_rows(self._book, self.name, self.heading_row + 1, None, len(self.headings))
        yield from enumerate(found, self.heading_row + 1)

    def unused_headings(self) -> list[str]:
        """Headings whose column no field reads, for telling the user."""
        used = set(self.columns.values())
        return [text for column, text in enumerate(self.headings) if text and column not in used]

    def close(self) -> None:
        self._book.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_sheet(
    file: str | Path | IO[bytes],
    aliases: Mapping[str, str],
    sheet_name: str | None = None,
) -> Sheet:
    """Open the ledger in `file` (.xlsx or .xlsm) and find its headings.

    `aliases` gives heading -> field (see LABELS); where two columns mean the same field, the alias named first
    wins. Hidden sheets are left out. `sheet_name` is needed when several sheets are ledgers.

    Raises LedgerRefused when the file is no workbook, is protected, or has no sheet with the REQUIRED columns.
    """
    book = _open(file)
    try:
        return _find_sheet(book, aliases, sheet_name)
    except BaseException:
        book.close()
        raise


def _open(file: str | Path | IO[bytes]) -> Workbook:
    if isinstance(file, str | Path):
        with Path(file).open("rb") as stream:
            _refuse_foreign(stream)
    else:
        _refuse_foreign(file)
        file.seek(0)
    try:
        return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl lets anything through that a broken file provokes
        raise LedgerRefused(DAMAGED) from error


def _refuse_foreign(stream: IO[bytes]) -> None:
    start = stream.read(len(OLE))
    if not start:
        raise LedgerRefused(N_("The file is empty."))
    if start == OLE:
        if "EncryptedPackage".encode("utf-16-le") in stream.read(MOST_STRINGS):
            raise LedgerRefused(N_("The file is protected by a password: save it without one."))
        raise LedgerRefused(N_("The file is in the old .xls format: save it as .xlsx."))
    if not start.startswith(b"PK"):
        raise LedgerRefused(N_("The file is not an Excel workbook (.xlsx)."))
    try:
        with zipfile.ZipFile(stream) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise LedgerRefused(DAMAGED) from error
    if sum(sizes.values()) > MOST_UNPACKED or sizes.get("xl/sharedStrings.xml", 0) > MOST_STRINGS:
        raise LedgerRefused(N_("The file unpacks to too much data for a ledger."))


def _read_rows(
    book: Workbook, name: str, first: int, last: int | None, columns: int
) -> Iterator[tuple[Cell, ...]]:
    try:
        worksheet = book[name]
        worksheet.reset_dimensions()  # some programs write a size that hides rows
        for row in worksheet.iter_rows(min_row=first, max_row=last, max_col=columns, values_only=True):
            yield tuple(row)
    except Exception as error:  # as above; damage may show only in the middle
        raise LedgerRefused(N_("The sheet %(sheet)s is damaged."), sheet=name) from error


def _find_sheet(book: Workbook, aliases: Mapping[str, str], sheet_name: str | None) -> Sheet:
    fields = _ranked(aliases)
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if sheet_name is not None and sheet_name not in visible:
        raise LedgerRefused(N_("There is no visible sheet %(sheet)s."), sheet=shorten(sheet_name))
    found: list[Sheet] = []
    nearest: tuple[int, list[str], str] = (0, [], "")
    empty = True
    for name in visible if sheet_name is None else [sheet_name]:
        top = list(_read_rows(book, name, 1, HEADINGS_WITHIN, MOST_COLUMNS))
        empty = empty and not any(_heading(cell) for row in top for cell in row)
        for row, headings in _candidates(top, fields):
            columns = _match(headings, fields, name)
            missing = [field for field in LABELS if field in REQUIRED and field not in columns]
            if not missing:
                found.append(Sheet(name, row, columns, headings, book.epoch, book))
                break
            if len(columns) > nearest[0]:
                nearest = len(columns), missing, name
    if len(found) > 1:
        names = ", ".join(sheet.name for sheet in found)
        raise LedgerRefused(N_("Several sheets are ledgers, name one: %(sheets)s"), sheets=names)
    if found:
        return found[0]
    if empty:
        raise LedgerRefused(N_("The sheet is empty."))
    if nearest[0] < 2:
        raise LedgerRefused(
            N_("No row with headings was found in the first %(rows)s rows."), rows=HEADINGS_WITHIN
        )
    raise LedgerRefused(N_("Sheet %(sheet)s lacks columns: %(fields)s"), nearest[1], sheet=nearest[2])


def _ranked(aliases: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Folded heading -> (rank, field); the first of two equal aliases counts."""
    ranked: dict[str, tuple[int, str]] = {}
    for rank, (alias, field) in enumerate(aliases.items()):
        if field not in LABELS:
            raise ValueError(f"alias {alias!r} names no field of a ledger: {field!r}")
        ranked.setdefault(_key(alias), (rank, field))
    return ranked


def _key(heading: str) -> str:
    return fold(heading).strip("*:：.。")


def _without_brackets(heading: str) -> str:
    """登记时间（年月日）is 登记时间."""
    return re.sub(r"\(.*?\)|\[.*?\]|【.*?】|\(.*$", "", fold(heading)).strip("*:：.。")


def _heading(cell: Cell) -> str:
    """A cell as a heading; what is too long for one is none."""
    return " ".join(cell.split()) if isinstance(cell, str) and len(cell) <= 60 else ""


def _candidates(
    top: Sequence[tuple[Cell, ...]], fields: Mapping[str, tuple[int, str]]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows that may be the headings: each together with the rows of headings right under it, then each alone."""
    texts = [_trimmed([_heading(cell) for cell in row]) for row in top]
    for row, upper in enumerate(texts):
        last, merged = row, upper
        while last + 1 < len(texts) and _has_headings(texts[last + 1], fields):
            last += 1
            merged = tuple(below or above for above, below in zip_longest(merged, texts[last], fillvalue=""))
        if last > row:
            yield last + 1, merged
        yield row + 1, upper


def _has_headings(texts: tuple[str, ...], fields: Mapping[str, tuple[int, str]]) -> bool:
    written = [text for text in texts if text]
    return bool(written) and sum(_key(text) in fields for text in written) * 2 >= len(written)


def _trimmed(texts: list[str]) -> tuple[str, ...]:
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _match(headings: Sequence[str], fields: Mapping[str, tuple[int, str]], sheet: str) -> dict[str, int]:
    """Field -> column. Raises LedgerRefused when two columns of a true heading row carry the same heading."""
    best: dict[str, tuple[int, int]] = {}
    alike: list[str] = []
    for column, text in enumerate(headings):
        exact, loose = fields.get(_key(text)), fields.get(_without_brackets(text))
        if is_blank(text) or not (exact or loose):
            continue
        rank, field = exact or loose or (0, "")
        rank = rank * 2 + (exact is None)
        if field in best and best[field][0] == rank:
            alike.append(field)
        if field not in best or rank < best[field][0]:
            best[field] = rank, column
    alike = [field for field in LABELS if field in alike]
    if alike and best.keys() >= REQUIRED:
        raise LedgerRefused(N_("Sheet %(sheet)s has two columns alike: %(fields)s"), alike, sheet=sheet)
    return {field: column for field, (_, column) in best.items()}
