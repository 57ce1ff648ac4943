"""Reading an existing ledger (台账): every row accepted with its values, or refused with every reason.

Pure: no session and no clock. `read_sheet` opens the file, `check_rows` judges its rows one by one, and the importer
writes what is accepted. Messages are msgids; `Problem.text` translates them.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import TypeVar

from app.cases.ledger_cells import (
    N_,
    Cell,
    Unreadable,
    fold,
    is_blank,
    read_code,
    read_date,
    read_name,
    read_people,
    read_text,
    shorten,
)
from app.cases.ledger_reference import Category, CategoryPath, Reference
from app.cases.ledger_sheet import LABELS, REQUIRED, LedgerRefused, Sheet, read_sheet
from app.cases.ledger_verdict import SUBJECTS, LedgerRow, Problem, RowVerdict
from app.core import idcard

__all__ = [
    "LABELS",
    "REQUIRED",
    "SUBJECTS",
    "Category",
    "CategoryPath",
    "LedgerRefused",
    "LedgerRow",
    "Problem",
    "Reference",
    "RowVerdict",
    "Sheet",
    "check_rows",
    "read_sheet",
]

T = TypeVar("T")

MOST_CHARACTERS = {
    "number": 30,
    "petitioner_name": 60,
    "phone": 60,
    "place": 80,
    "address": 200,
    "content": 10_000,
    "note": 2000,
}
MOST_CHARACTERS_ELSEWHERE = 100

ID_MESSAGES: Mapping[idcard.Fault, str] = {
    idcard.Fault.ID_LENGTH: N_("has neither 15 nor 18 characters"),
    idcard.Fault.ID_CHARACTERS: N_("has characters that do not belong there"),
    idcard.Fault.ID_CHECK_DIGIT: N_("is wrong"),
    idcard.Fault.ID_REGION: N_("begins with no known region"),
    idcard.Fault.ID_BIRTH_DATE: N_("holds no real birth date"),
    idcard.Fault.ID_BORN_LATER: N_("holds a birth date in the future"),
}
CREDIT_CODE = re.compile(
    r"(?=.*[A-Z].)[0-9A-Z]{18}"
)  # a letter before the last place: no citizen number has one
ANONYMOUS = frozenset({"匿名", "佚名", "无名", "不愿透露", "未署名"})  # R22 art. 19 asks for the name

# Lines between or under the data that are none.
TOTALS = re.compile(r"(?:本页)?(?:合计|总计|小计|共计|总数|累计|total)(?:[:0-9(].*)?")
FOOTERS = re.compile(r"(?:注|备注|说明):.*|(?:填表|制表|填报|审核|负责人|统计人|统计时间|联系人).*")


def check_rows(
    sheet: Sheet, reference: Reference, today: date, taken: Collection[str] = ()
) -> Iterator[RowVerdict]:
    """Judge every row of data in turn; empty rows, repeated headings, totals and footers are passed over.

    `taken` are petition numbers that exist already. A number that comes twice is refused the second time, whatever
    became of the first: nobody here can know which of the two is right. Holds one row at a time, and the numbers
    seen. Raises LedgerRefused when the sheet turns out to be damaged.
    """
    seen: dict[str, int] = {}
    for row, cells in sheet.rows():
        if _is_data(sheet, cells):
            yield _Checker(sheet, reference, today, row, cells).verdict(seen, taken)


def _is_data(sheet: Sheet, cells: tuple[Cell, ...]) -> bool:
    if not any(_is_written(_at(cells, column)) for column in sheet.columns.values()):
        return False
    words = [fold(cell) if isinstance(cell, str) and len(cell) <= 60 else "" for cell in cells]
    repeated = sum(words[at] == fold(sheet.headings[at]) for at in sheet.columns.values() if at < len(words))
    if repeated > 3:
        return False  # the headings again, as on every printed page
    if _is_written(_at(cells, sheet.columns["content"])):
        return True
    first = next((word for word in words if word), "")
    return not (FOOTERS.fullmatch(first) or any(TOTALS.fullmatch(word) for word in words))


def _at(cells: tuple[Cell, ...], column: int) -> Cell:
    return cells[column] if column < len(cells) else None


def _is_written(cell: Cell) -> bool:
    return cell is not None and not (isinstance(cell, str) and is_blank(cell.strip()))


class _Checker:
    """Reads the fields of one row and gathers what is wrong with them."""

    def __init__(
        self, sheet: Sheet, reference: Reference, today: date, row: int, cells: tuple[Cell, ...]
    ) -> None:
        self.sheet, self.reference, self.today, self.row, self.cells = sheet, reference, today, row, cells
        self.refusals: list[Problem] = []
        self.remarks: list[Problem] = []

    def verdict(self, seen: dict[str, int], taken: Collection[str]) -> RowVerdict:
        number = self.number(seen, taken)
        values = self.values(number)
        return RowVerdict(self.row, number, tuple(self.refusals), values, tuple(self.remarks))

    def values(self, number: str) -> LedgerRow | None:
        name = self.name()
        id_kind = self.text("id_kind")
        id_number = self.id_number(id_kind)
        phone = self.phone()
        address = self.text("address")
        people = self.read("people_count", read_people)
        channel, purpose = self.code("channel"), self.code("purpose")
        category = self.category()
        place, content = self.text("place"), self.text("content")
        registered_on = self.registered_on()
        due_on = self.due_on(registered_on)
        registrar_unit, unit_text = self.text("registrar_unit"), self.text("unit")
        unit = self.known("unit", unit_text)
        is_first = {"yes": True, "no": False}.get(self.known("is_first", self.text("is_first")) or "")
        status, rating, note = self.text("status"), self.text("rating"), self.text("note")
        if self.refusals or not (people and category and registered_on):
            return None
        return LedgerRow(
            number=number,
            petitioner_name=name,
            id_kind=id_kind,
            id_number=id_number,
            phone=phone,
            address=address,
            people_count=people,
            channel=channel,
            purpose=purpose,
            category=category,
            place=place,
            content=content,
            registered_on=registered_on,
            registrar_unit=registrar_unit,
            unit=unit,
            unit_text=unit_text,
            is_first=is_first,
            status=status,
            due_on=due_on,
            rating=rating,
            note=note,
        )

    def refuse(self, subject: str, message: str, **params: object) -> None:
        self.refusals.append(Problem(subject, message, params))

    def remark(self, subject: str, message: str, **params: object) -> None:
        self.remarks.append(Problem(subject, message, params))

    def read(self, field: str, reader: Callable[[Cell], T]) -> T | None:
        """The field's value, or None: when blank (refused if the field is required) or unreadable (refused)."""
        column = self.sheet.columns.get(field)
        cell = None if column is None else _at(self.cells, column)
        try:
            value = reader(cell) if _is_written(cell) else None
        except Unreadable as wrong:
            self.refuse(field, wrong.message, **wrong.params)
            return None
        if value is None or value == "":
            if field in REQUIRED:
                self.refuse(field, N_("is missing"))
            return None
        return value

    def text(self, field: str) -> str:
        limit = MOST_CHARACTERS.get(field, MOST_CHARACTERS_ELSEWHERE)
        return self.read(field, lambda cell: read_text(cell, limit)) or ""

    def number(self, seen: dict[str, int], taken: Collection[str]) -> str:
        number = self.read("number", lambda cell: read_code(cell, MOST_CHARACTERS["number"])) or ""
        if number in seen:
            self.refuse(
                "number_repeated",
                N_("%(number)s stands in row %(row)s already"),
                number=number,
                row=seen[number],
            )
        elif number and number in taken:
            self.refuse("number_repeated", N_("%(number)s is registered already"), number=number)
        if number:
            seen.setdefault(number, self.row)
        return number

    def name(self) -> str:
        name = (
            self.read("petitioner_name", lambda cell: read_name(cell, MOST_CHARACTERS["petitioner_name"]))
            or ""
        )
        if name in ANONYMOUS:
            self.refuse("petitioner_name", N_("is not given: %(value)s"), value=name)
        return name

    def id_number(self, kind: str) -> str:
        number = self.read("id_number", lambda cell: read_code(cell, MOST_CHARACTERS_ELSEWHERE)) or ""
        if not number or (kind and fold(kind) != "111" and "身份证" not in kind):
            return number
        try:
            if CREDIT_CODE.fullmatch(number):  # an organisation petitions too
                return idcard.parse_credit_code(number)
            return idcard.parse_id(number, self.today).number
        except idcard.Refused as wrong:
            subject = "id_check" if wrong.code is idcard.Fault.ID_CHECK_DIGIT else "id_number"
            self.refuse(
                subject, ID_MESSAGES.get(wrong.code, N_("is neither an identity number nor a credit code"))
            )
        return number

    def phone(self) -> str:
        """One phone or several. An odd one does not refuse the row: no law asks for a phone."""
        text = self.text("phone")
        try:
            return "、".join(
                idcard.normalise_phone(part) for part in re.split(r"[,，、;；/\n]+", text) if part.strip()
            )
        except idcard.Refused:
            self.remark(
                "phone", N_("is not a phone number, kept as it is: %(value)s"), value=idcard.mask_phone(text)
            )
            return text

    def code(self, field: str) -> str | None:
        """A word that must be known where it is given."""
        text = self.text(field)
        code = self.reference.code(field, text)
        if text and code is None:
            self.refuse(field, N_("is not known: %(value)s"), value=shorten(text))
        return code

    def known(self, field: str, text: str) -> str | None:
        """A word that may stay unknown."""
        code = self.reference.code(field, text)
        if text and code is None:
            self.remark(field, N_("is not known: %(value)s"), value=shorten(text))
        return code

    def category(self) -> CategoryPath | None:
        """From one column with the whole path, or one column for each level."""
        levels = [self.text(field) for field in ("category", "category_2", "category_3")]
        written = "_".join(level for level in levels if level)
        if not levels[0]:
            return None
        category = self.reference.category(written)
        if category is None:
            self.refuse("category", N_("is not known: %(value)s"), value=shorten(written))
        return category

    def registered_on(self) -> date | None:
        day = self.read("registered_on", lambda cell: read_date(cell, self.sheet.epoch))
        if day and day > self.today:
            self.refuse("registered_on", N_("is in the future: %(value)s"), value=day.isoformat())
        return day

    def due_on(self, registered_on: date | None) -> date | None:
        day = self.read("due_on", lambda cell: read_date(cell, self.sheet.epoch))
        if day and registered_on and day < registered_on:
            self.refuse("due_on", N_("is before the registration: %(value)s"), value=day.isoformat())
        return day
