"""The parts of a paper that its text names: attachments, who was present, annexes with tables, the rows of a form.

In a text, line by line:

- ``附件：a；b``: what is attached, named after the body (7.3.4)
- ``出席：…``, ``请假：…``, ``列席：…``: in minutes only (10.3)
- ``=== title``: an annex on its own page; in it ``| a | b |`` is a table, its first line the head, ``name*3`` the
  share of a column's width

In a form each line is a row: ``label | value | label | value``; ``# section``; ``@6 label | long text`` a box of six
lines; ``! label | text | words before the signature`` a box to sign; ``|* 1 3 2`` the shares of the columns of the
table that follows, ``|| a | b | c`` its head, ``| a | b | c`` a line of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.documents.paper import Annex, Cell, Kind, Row

ATTACHED = "附件："
ATTENDANCE = ("出席", "请假", "列席")
ANNEX = "==="
SIGNED = "!"  # a box to sign


@dataclass
class Parts:
    """What a body says, taken apart."""

    body: str = ""
    attachments: tuple[str, ...] = ()
    attendance: tuple[tuple[str, str], ...] = ()
    annexes: tuple[Annex, ...] = ()


@dataclass
class _Open:
    """An annex while its lines are read."""

    title: str
    text: list[str] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)

    def closed(self) -> Annex:
        head = [cell.rpartition("*") for cell in self.table[0]] if self.table else []
        shares = tuple(int(share) for name, _star, share in head if name and share.isdigit())
        names = tuple(name if name and share.isdigit() else share for name, _star, share in head)
        lines = tuple(tuple((line + [""] * len(names))[: len(names)]) for line in self.table[1:])
        return Annex(
            self.title, "\n".join(self.text), names, lines, shares if len(shares) == len(names) else ()
        )


def of_body(body: str, minutes: bool = False) -> Parts:
    """Take a body apart; what is no part stays text."""
    parts, text, annexes = Parts(), list[str](), list[_Open]()
    for line in body.splitlines():
        words = line.strip()
        label, colon, names = words.partition("：")
        if words.startswith(ANNEX):
            annexes.append(_Open(words[len(ANNEX) :].strip()))
        elif annexes and words.startswith("|"):
            annexes[-1].table.append([_unescaped(cell) for cell in words.strip("|").split("|")])
        elif annexes:
            annexes[-1].text.append(line)
        elif words.startswith(ATTACHED):
            named = words[len(ATTACHED) :].split("；")
            parts.attachments += tuple(name.strip() for name in named if name.strip())
        elif minutes and colon and label in ATTENDANCE:
            parts.attendance += ((label, names.strip()),)
        else:
            text.append(line)
    parts.body = "\n".join(text)
    parts.annexes = tuple(annex.closed() for annex in annexes)
    return parts


def of_form(body: str) -> tuple[Row, ...]:
    """The rows of a form's text."""
    rows: list[Row] = []
    shares: list[int] = []
    for line in body.splitlines():
        cells = [_unescaped(cell) for cell in line.split("|")]
        head = cells[0]
        if not line.strip():
            continue
        if line.startswith("|*"):
            shares = [int(share) for share in line[2:].split() if share.isdigit()]
        elif line.startswith("|"):
            kind = Kind.HEAD if line.startswith("||") else Kind.PLAIN
            rows.append(_line(cells[2:] if kind is Kind.HEAD else cells[1:], kind, shares))
        elif head.startswith("#"):
            rows.append((Cell(head[1:].strip(), kind=Kind.SECTION),))
        elif head.startswith("@"):
            lines, _, label = head[1:].partition(" ")
            tall = int(lines) if lines.isdigit() else 1
            rows.append((Cell(label, "|".join(cells[1:]), kind=Kind.TEXT, lines=tall),))
        elif head.startswith(SIGNED):
            text, sign = [*cells[1:], "", "签名："][:2] if len(cells) < 3 else cells[1:3]
            rows.append((Cell(head[1:].strip(), text, kind=Kind.SIGN, lines=2, sign=sign),))
        else:
            pairs = [*cells, ""] if len(cells) % 2 else cells
            rows.append(tuple(Cell(pairs[i], pairs[i + 1]) for i in range(0, len(pairs), 2)))
    return tuple(rows)


def _line(cells: list[str], kind: Kind, shares: list[int]) -> Row:
    if len(cells) > 1 and not cells[-1]:  # a bar may close the line
        cells = cells[:-1]
    weights = shares if len(shares) == len(cells) else [1] * len(cells)
    return tuple(
        Cell(cell if kind is Kind.HEAD else "", "" if kind is Kind.HEAD else cell, span=weight, kind=kind)
        for cell, weight in zip(cells, weights, strict=True)
    )


def _unescaped(cell: str) -> str:
    """A value's own line breaks came through the table as two signs."""
    return cell.strip().replace("\\n", "\n")
