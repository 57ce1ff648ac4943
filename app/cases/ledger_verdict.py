"""What checking a ledger gives: a verdict for each row, with the values read or the reasons against them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.cases.ledger_cells import N_
from app.cases.ledger_reference import CategoryPath
from app.cases.ledger_sheet import LABELS

SUBJECTS: Mapping[str, str] = {
    **LABELS,
    "number_repeated": N_("Petition number repeated"),
    "id_check": N_("Check digit of the identity number"),
}
"""What a problem may be about, with its msgid: the fields, and two that are refused under a name of their own."""


@dataclass(frozen=True)
class Problem:
    """Why a row is refused, or what was noticed in it."""

    subject: str
    """A key of SUBJECTS."""
    message: str
    """A msgid with %(name)s places for `params`."""
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, gettext: Callable[[str], str] = str) -> str:
        """The whole sentence, such as "Time of registration: is not a date: 2026-13-40"."""
        reason = gettext(self.message) % self.params
        subject = gettext(SUBJECTS[self.subject])
        return gettext(N_("%(subject)s: %(reason)s")) % {"subject": subject, "reason": reason}


@dataclass(frozen=True)
class LedgerRow:
    """One accepted petition. Text not given is empty; a code not given, or not known, is None."""

    number: str
    petitioner_name: str
    id_kind: str
    id_number: str
    phone: str
    address: str
    people_count: int
    channel: str | None
    purpose: str | None
    category: CategoryPath
    place: str
    content: str
    registered_on: date
    registrar_unit: str
    unit: str | None
    """The responsible unit's code, where the reference knows the text."""
    unit_text: str
    is_first: bool | None
    status: str
    due_on: date | None
    rating: str
    note: str


@dataclass(frozen=True)
class RowVerdict:
    """What becomes of one row of the sheet."""

    row: int
    """As Excel counts, from 1."""
    number: str
    """The petition number as far as it could be read."""
    refusals: tuple[Problem, ...]
    values: LedgerRow | None
    """None when the row is refused."""
    remarks: tuple[Problem, ...] = ()
    """What was noticed, but does not refuse the row."""

    @property
    def accepted(self) -> bool:
        return not self.refusals
