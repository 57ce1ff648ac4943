"""The figures of GB/T 9704-2012 in millimetres, and the size of a mark (发文机关标志) in the type area.

A4, 天头 37, 订口 28, 版心 156 x 225 (5.2.1); 22 lines of 28 characters (5.2.3). One 字 = 156/28; one 行 = character
height + 7/8 of it (3.1, 3.2), which fills 225 mm with 22 lines to 0.02 mm. 16 pt type would not fit 28 to a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont

WIDTH = 156.0
CELL = WIDTH / 28
LINE = (225 - CELL) / 21
LEADING = (LINE - CELL) / 2  # half above, half below the characters
SEVEN_EIGHTHS = CELL * 7 / 8
NARROWEST = 0.66  # a mark is condensed to fit, as printing houses do, but not beyond this

MARK_TOP = {
    "letter": 30.0,
    "document": 72.0,
    "minutes": 72.0,
}  # 10.1; 7.2.4: 35 below the type area's top; 10.3
MARK_SIZE = {"letter": 15.5, "document": 19.0, "minutes": 19.0}  # the standard leaves it to the organ
RULE_GAP = 4.0  # 10.1: first double rule under the mark; 7.2.7: red line under the number
SEAL_LIFT = 2.6  # 7.3.5.1: name and date lie slightly below the seal's centre
DOUBLE_RULE = 1.7  # .9 thick + .5 white + .3 thin


@dataclass(frozen=True)
class Mark:
    """A mark set to `size` mm, condensed by `squeeze`; `above` is the blank in its box over the ink, `ink` the
    height of the ink itself, `left` where its uncondensed box begins beside the type area's left edge."""

    text: str
    size: float
    squeeze: float
    above: float
    ink: float
    left: float
    natural: float


def mark(text: str, kind: str, folders: tuple[Path, ...]) -> Mark:
    """Set `text` as the mark of a paper of `kind`, never wider than the type area."""
    top, bottom, advance = _extent(text, folders)
    size = min(MARK_SIZE[kind], WIDTH / (advance * NARROWEST))
    natural = advance * size
    squeeze = min(1.0, WIDTH / natural)
    above, ink = (0.88 - top) * size, (top - bottom) * size
    return Mark(text, size, squeeze, above, ink, (WIDTH - natural) / 2, natural)


@lru_cache
def _extent(text: str, folders: tuple[Path, ...]) -> tuple[float, float, float]:
    """Highest and lowest ink and the advance of `text` in em, as the chain 小标宋 draws it."""
    top, bottom, advance = 0.8, 0.0, 0.0
    inks = [ink for ink in (_ink(c, folders) for c in text) if ink]
    if inks:
        top, bottom = max(i[0] for i in inks), min(i[1] for i in inks)
    advance = sum(i[2] for i in inks) or float(len(text)) or 1.0
    return top, bottom, advance


def _ink(char: str, folders: tuple[Path, ...]) -> tuple[float, float, float] | None:
    for file in (
        f / name for f in folders for name in ("PaperOwnBiaosong.ttf", "PaperBiaosong.ttf", "PaperNames.ttf")
    ):
        if file.is_file():
            font = _font(file)
            name = font.getBestCmap().get(ord(char))
            if name:
                em, glyph = font["head"].unitsPerEm, font["glyf"][name]
                if not glyph.numberOfContours:  # a blank between two organs takes room too
                    return 0.0, 1.0, font["hmtx"][name][0] / em
                return glyph.yMax / em, glyph.yMin / em, font["hmtx"][name][0] / em
    return None


@lru_cache
def _font(file: Path) -> TTFont:
    return TTFont(BytesIO(file.read_bytes()), lazy=True)
