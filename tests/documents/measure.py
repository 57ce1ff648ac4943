"""Reads a paper's geometry back from its PDF: characters, rules and ink, in millimetres from the page's top left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy
import pymupdf

MM = 25.4 / 72
RED = (0xE6 / 255, 0x00, 0x12 / 255)


@dataclass(frozen=True)
class Char:
    """One character; `x` its origin, `top` and `bottom` of its em-box (.88 over and .12 under the baseline)."""

    char: str
    x: float
    right: float
    top: float
    bottom: float
    size: float
    font: str
    color: int


@dataclass(frozen=True)
class Rule:
    """One filled bar or line, `red` or not."""

    left: float
    right: float
    top: float
    bottom: float
    red: bool

    @property
    def thickness(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class Line:
    """Characters on one baseline, from left to right."""

    chars: tuple[Char, ...]

    @property
    def text(self) -> str:
        return "".join(c.char for c in self.chars)

    @property
    def left(self) -> float:
        return self.chars[0].x

    @property
    def right(self) -> float:
        return self.chars[-1].right

    @property
    def top(self) -> float:
        return max(self.chars, key=lambda c: c.size).top

    @property
    def bottom(self) -> float:
        return max(self.chars, key=lambda c: c.size).bottom

    @property
    def fonts(self) -> set[str]:
        return {c.font.split("+")[-1] for c in self.chars}

    @property
    def size(self) -> float:
        return max(c.size for c in self.chars)


class Page:
    def __init__(self, page: pymupdf.Page) -> None:
        self.page = page

    @cached_property
    def chars(self) -> list[Char]:
        return list(self._chars())

    def _chars(self) -> Iterator[Char]:
        for span in self.page.get_texttrace():
            for code, _gid, (x, y), box in span["chars"]:
                size = span["size"] * MM
                color = round(span["color"][0] * 255) if span["color"] else 0
                yield Char(
                    chr(code), x * MM, box[2] * MM, y * MM - 0.88 * size, y * MM + 0.12 * size, size / MM,
                    span["font"], color,
                )  # fmt: skip

    @cached_property
    def lines(self) -> list[Line]:
        rows: dict[int, list[Char]] = {}
        for char in self.chars:
            if char.char.strip():
                rows.setdefault(round((char.bottom - 0.12 * char.size * MM) * 20), []).append(char)
        merged: list[list[Char]] = []
        last = None
        for key in sorted(rows):
            if last is not None and key - last <= 2:
                merged[-1].extend(rows[key])
            else:
                merged.append(rows[key])
            last = key
        return [Line(tuple(sorted(row, key=lambda c: c.x))) for row in merged]

    def line(self, words: str) -> Line:
        """The one line that holds `words`."""
        found = [line for line in self.lines if words in line.text]
        assert len(found) == 1, (
            f"{words!r} stands in {len(found)} lines of {[line.text for line in self.lines]}"
        )
        return found[0]

    @cached_property
    def rules(self) -> list[Rule]:
        """Horizontal bars longer than 100 mm, from top to bottom."""
        rules = []
        for drawing in self.page.get_drawings():
            color = drawing.get("fill") or drawing.get("color") or (0, 0, 0)
            red = all(abs(a - b) < 0.01 for a, b in zip(color, RED, strict=True))
            for item in drawing["items"]:
                if item[0] == "re":
                    box = item[1]
                    left, right, top, bottom = box.x0, box.x1, box.y0, box.y1
                elif item[0] == "l" and abs(item[1].y - item[2].y) < 0.01:
                    half = (drawing.get("width") or 0) / 2
                    left, right = sorted((item[1].x, item[2].x))
                    top, bottom = item[1].y - half, item[1].y + half
                else:
                    continue
                if (right - left) * MM > 100 and (bottom - top) * MM < 3:
                    rules.append(Rule(left * MM, right * MM, top * MM, bottom * MM, red))
        return sorted(rules, key=lambda r: r.top)

    @cached_property
    def columns(self) -> list[float]:
        """Left and right edges of the boxes drawn, each millimetre once, from left to right."""
        boxes = [
            item[1] for drawing in self.page.get_drawings() for item in drawing["items"] if item[0] == "re"
        ]
        return sorted({round(edge * MM) for box in boxes for edge in (box.x0, box.x1)})

    def ink(
        self,
        top: float,
        bottom: float,
        left: float = 0,
        right: float = 300,
        *,
        red: bool = True,
        dpi: int = 600,
    ) -> tuple[float, float, float, float]:
        """Left, right, top and bottom of the ink within a region."""
        clip = pymupdf.Rect(left / MM, top / MM, right / MM, bottom / MM) & self.page.rect
        picture = self.page.get_pixmap(dpi=dpi, clip=clip)
        pixels = numpy.frombuffer(picture.samples, dtype=numpy.uint8).reshape(
            picture.height, picture.width, -1
        )
        dark = pixels[:, :, 1] < 128
        if red:
            dark &= pixels[:, :, 0] > 150
        rows, columns = numpy.flatnonzero(dark.any(axis=1)), numpy.flatnonzero(dark.any(axis=0))
        step = 25.4 / dpi
        left, above = picture.x * step, picture.y * step  # the clip, on whole pixels
        return (
            left + columns[0] * step, left + (columns[-1] + 1) * step,
            above + rows[0] * step, above + (rows[-1] + 1) * step,
        )  # fmt: skip


def pages(pdf: bytes) -> list[Page]:
    return [Page(page) for page in pymupdf.open(stream=pdf).pages()]
