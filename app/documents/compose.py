"""From a kind's editable text and the fields of a matter to a paper ready to be laid out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from app.documents.models import Document, DocumentKind, PaperFormat
from app.documents.paper import Annex, Cell, Format, Kind, Paper, Row

MISSING = "【缺：{}】"


class _Marked(Undefined):
    """A field the text asks for and the matter does not have is shown, not swallowed."""

    def __str__(self) -> str:
        return MISSING.format(self._undefined_name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _chinese_date(day: dt.date | str | None) -> str:
    if isinstance(day, str):
        day = dt.date.fromisoformat(day[:10]) if day else None
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=_Marked, autoescape=False)  # the paper engine escapes
    environment.filters["date"] = _chinese_date
    environment.globals.clear()
    return environment


_show = _environment()
_show.filters["cell"] = lambda text: one_line(text)


def fill(template: str, fields: dict[str, Any]) -> str:
    """The text with its fields; unknown ones are marked 【缺：name】."""
    return _show.from_string(template).render(**fields).strip()


def syntax_fault(template: str) -> str:
    """What is wrong with a text as an administrator wrote it, or an empty string."""
    try:
        _show.from_string(template)
    except TemplateError as error:
        return str(error)
    return ""


def write(kind: DocumentKind, fields: dict[str, Any]) -> dict[str, str]:
    """Title, recipient, body and copies of a paper, as they will stand on it."""
    text = {part: fill(getattr(kind, part), fields) for part in ("title", "recipient", "body", "copies_to")}
    if kind.fixed_clause:
        text["body"] = f"{text['body']}\n{kind.fixed_clause}"
    return text


def _rows(body: str) -> tuple[Row, ...]:
    """A form's text, one line a row: ``label | value | label | value``, ``# section``, ``@6 label | long text``
    (a box of six lines), ``! label | text | signature words`` (a box to sign)."""
    rows: list[Row] = []
    for line in body.splitlines():
        parts = [part.strip().replace("\\n", "\n") for part in line.split("|")]
        head = parts[0]
        if not line.strip():
            continue
        if head.startswith("#"):
            rows.append((Cell(head[1:].strip(), kind=Kind.SECTION),))
        elif head.startswith("@"):
            lines, _, label = head[1:].partition(" ")
            rows.append((Cell(label, "|".join(parts[1:]), kind=Kind.TEXT, lines=int(lines)),))
        elif head.startswith("!"):
            rows.append((Cell(head[1:].strip(), parts[1], kind=Kind.SIGN, lines=3, sign=parts[2]),))
        else:
            pairs = [*parts, ""] if len(parts) % 2 else parts
            rows.append(tuple(Cell(pairs[i], pairs[i + 1]) for i in range(0, len(pairs), 2)))
    return tuple(rows)


def one_line(text: Any) -> str:
    """A value for one cell of a form: its line breaks and cell signs cannot break the table."""
    return str(text or "").replace("|", "｜").replace("\r", "").replace("\n", "\\n")


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


def paper(document: Document, office: str, verify_url: str = "") -> Paper:
    """The paper of a document as it stands now; a draft carries its watermark and no number."""
    kind, fields, signed_at = document.kind, document.fields, document.signed_at
    form = is_form(kind)
    return Paper(
        format=Format[kind.format.name],
        title=document.title,
        organ=fields.get("organ") or office,
        number=document.number,
        recipient=document.recipient,
        body="" if form else document.body,
        rows=_rows(document.body) if form else (),
        date=(signed_at or document.drafted_at).date(),
        seal=kind.sealed,
        copies_to=fields.get("copies_to", ""),
        annexes=tuple(_annex(words) for words in fields.get("annexes", ())),
        contacts=tuple(line for line in fields.get("contacts", []) if line),
        receipt=tuple(fields.get("receipt", ())),
        attendance=tuple((label, names) for label, names in fields.get("attendance", ())),
        code=fields.get("paper_code", ""),
        verify_code=document.code or "",
        verify_url=verify_url,
        draft=signed_at is None,
        data={"number": document.number, "kind": kind.code, "fields": fields} if signed_at else {},
        created=signed_at or document.drafted_at,
    )
