"""Texts of the code in both languages, and the two forms a generated page is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from babel.messages.pofile import read_po

from tests.support.server import PROJECT

CATALOGUE = PROJECT / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
HEAD = "<!-- made by `make docs`: change the code, not this page -->\n"


class Words:
    """`Routing 分流`, or only English while it is not translated.

    Read from the catalogue's source, not through the application: the pages are the same whatever is compiled.
    """

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        if CATALOGUE.exists():
            with CATALOGUE.open("rb") as stream:
                for message in read_po(stream):
                    if isinstance(message.id, str) and isinstance(message.string, str) and message.id:
                        self.known[message.id] = message.string

    def __call__(self, text: Any) -> str:
        return f"{text} {self.known.get(str(text), '')}".strip()

    def chinese(self, text: Any) -> str:
        return self.known.get(str(text)) or str(text)


def table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def mermaid(kind: str, lines: Iterable[str]) -> str:
    return "\n".join(["```mermaid", kind, *(f"    {line}" for line in lines), "```"])


def page(*parts: str) -> str:
    return HEAD + "\n\n".join(part for part in parts if part).rstrip() + "\n"
