"""From a kind's editable text and the fields of a matter to a paper ready to be laid out."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any

from jinja2 import Template, Undefined

from app.core.errors import Refusal
from app.documents import parts, sandbox
from app.documents.models import TEXTS, Document, DocumentKind, PaperFormat
from app.documents.paper import Annex, Format, Paper

MISSING = "【缺：{}】"
MARK = MISSING.split("{", maxsplit=1)[0]
_LACKING = re.compile("【缺：([^】]*)】")
CITIZEN = (PaperFormat.NOTICE,)
RECEIPT = ("受送达人（签名）：", "签收日期：　　　年　　月　　日")  # 送达回执 at the foot of a notice


class _Marked(Undefined):
    """A field the text asks for and the matter does not have is shown, not swallowed."""

    def __str__(self) -> str:
        from app.documents import fields  # what a field is called stands on the floor above

        return MISSING.format(fields.label(str(self._undefined_name)))

    def __len__(self) -> int:
        return 0

    def _no(self, _other: Any) -> bool:
        return False

    __lt__ = __gt__ = __le__ = __ge__ = _no  # type: ignore[assignment]  # a condition over the unknown does not hold

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _chinese_date(day: dt.date | str | Undefined | None) -> Any:
    if isinstance(day, Undefined):
        return day
    if isinstance(day, str) and day:
        try:
            day = dt.date.fromisoformat(day[:10])
        except ValueError:  # it is written out already
            return day
    return f"{day.year}年{day.month}月{day.day}日" if isinstance(day, dt.date) else ""


def _optional(value: Any, otherwise: Any = "") -> Any:
    """A field that may be missing: then `otherwise` stands there, or nothing."""
    return otherwise if isinstance(value, Undefined) or value in ("", None) else value


def _environment() -> sandbox.Texts:
    environment = sandbox.Texts(_Marked)
    environment.filters |= {"date": _chinese_date, "cell": one_line, "optional": _optional}
    return environment


def one_line(text: Any) -> Any:
    """A value for one cell of a form: its line breaks and cell signs cannot break the table."""
    if isinstance(text, Undefined):
        return text
    return str(text or "").replace("|", "｜").replace("\r", "").replace("\n", "\\n")


_show = _environment()


def fill(template: str, fields: dict[str, Any]) -> str:
    """The text with its fields; unknown ones are marked 【缺：name】."""
    return sandbox.filled(_compiled(template), fields).strip()


@lru_cache(maxsize=512)
def _compiled(template: str) -> Template:
    """Reading a text costs more than filling it; a preview types many that are never seen again."""
    return _show.from_string(template)


def syntax_fault(template: str) -> str:
    """What is wrong with a text as an administrator wrote it, or an empty string."""
    return sandbox.fault_of(_show, template)


def names(*templates: str) -> set[str]:
    """The fields that these texts ask for; none of a text that cannot be read."""
    return set().union(*(sandbox.names_in(_show, template) for template in templates))


def marked(text: str) -> list[str]:
    """What a text lacks, each once."""
    return list(dict.fromkeys(_LACKING.findall(text)))


def asked_for(kind: DocumentKind) -> set[str]:
    """The fields that all texts of a kind ask for."""
    return names(*[getattr(kind, part) or "" for part in TEXTS])


def write(kind: DocumentKind, fields: dict[str, Any]) -> dict[str, str]:
    """Title, recipient, body, copies, organ and mark of a paper, as they will stand on it.

    A required field that is empty is marked like one that is not there. Raises Refusal for a text that fails.
    """
    empty = {name for name in (kind.required or "").split() if fields.get(name) in ("", None, [], ())}
    known = {name: value for name, value in fields.items() if name not in empty}
    try:
        text = {part: fill(getattr(kind, part) or "", known) for part in TEXTS}
    except sandbox.FAULTS as fault:
        raise Refusal(f"{kind}：{fault}", "body") from fault
    clause = text.pop("fixed_clause")
    if clause:
        text["body"] = _with_clause(text["body"], clause, is_form(kind))
    return text


def _with_clause(body: str, clause: str, form: bool) -> str:
    """The fixed clause is the last of what is said: before the signatures of a form, before attachments and annexes."""
    lines = body.split("\n")
    ends = (parts.SIGNED,) if form else (parts.ATTACHED, parts.ANNEX)
    place = next((at for at, line in enumerate(lines) if line.strip().startswith(ends)), len(lines))
    return "\n".join([*lines[:place], clause, *lines[place:]])


def _annex(words: dict[str, Any]) -> Annex:
    """As a room keeps it among the fields: lists instead of tuples (JSON)."""
    return Annex(
        title=words["title"],
        body=words.get("body", ""),
        header=tuple(words.get("header", ())),
        lines=tuple(tuple(line) for line in words.get("lines", ())),
        widths=tuple(words.get("widths", ())),
        note=words.get("note", ""),
        pictures=tuple(words.get("pictures", ())),
    )


def is_form(kind: DocumentKind) -> bool:
    """Whether its text says the rows of a table, not sentences."""
    return kind.format in (PaperFormat.FORM, PaperFormat.SLIP)


def paper(document: Document, office: str, verify_url: str = "", seal: tuple[str, int] = ("", 0)) -> Paper:
    """The paper of a document as it stands now; a draft carries its watermark and no number.

    `verify_url` goes into the QR code; `seal` is a PNG as a data address and its diameter in mm.
    """
    kind, fields, signed_at = document.kind, document.fields, document.signed_at
    form = is_form(kind)
    said = parts.Parts() if form else parts.of_body(document.body, kind.format is PaperFormat.MINUTES)
    attached = tuple(str(name) for name in fields.get("attachments", ()))
    return Paper(
        format=Format[kind.format.name],
        title=document.title,
        organ=fields.get("issued_by") or fields.get("organ") or office,
        mark=fields.get("mark", ""),
        number=document.number,
        recipient=document.recipient,
        body=said.body,
        rows=parts.of_form(document.body) if form else (),
        attachments=said.attachments or attached,
        attendance=said.attendance or tuple((label, names) for label, names in fields.get("attendance", ())),
        annexes=(*said.annexes, *map(_annex, fields.get("annexes", ()))),
        date=(signed_at or document.drafted_at).date(),
        seal=kind.sealed,
        seal_image=seal[0] if kind.sealed else "",
        seal_size=seal[1],
        signer=str(document.signed_by or "")
        if kind.upward and signed_at
        else "　　　"
        if kind.upward
        else "",
        copies_to=fields.get("copies_to", ""),
        copy_no=str(fields.get("copy_no") or ""),
        secrecy=str(fields.get("secrecy") or ""),
        urgency=str(fields.get("urgency") or ""),
        contacts=() if kind.format is PaperFormat.FORM else tuple(filter(None, fields.get("contacts", ()))),
        receipt=tuple(fields.get("receipt", RECEIPT if kind.format in CITIZEN else ())),
        code=fields.get("paper_code", ""),
        verify_code=document.code or "",
        verify_url=verify_url,
        draft=signed_at is None,
        data={"number": document.number, "kind": kind.code, "fields": fields} if signed_at else {},
        created=signed_at or document.drafted_at,
    )
