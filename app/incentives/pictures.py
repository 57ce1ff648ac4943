"""Pictures of figures as SVG, drawn here: the same picture on the page and in the PDF, readable without colour.

Lines differ by dash and mark, steps of a heat map by hatching and by the number written in the cell. Only attributes,
no style: the portal's content policy and the papers' renderer both take them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

WIDTH = 620
FONT = 'font-family="Paper Song, Songti SC, SimSun, Noto Serif CJK SC, serif"'
INK, FAINT = "#222", "#bbb"
DASHES = ("", "7 4", "2 3", "9 3 2 3", "12 4", "4 2")
SHADES = ("#ffffff", "#e8e8e8", "#cdcdcd", "#adadad", "#555555")
Value = Decimal | float | int | None


@dataclass(frozen=True)
class Line:
    name: str
    values: Sequence[Value]  # None: no figure; the line breaks


def _text(x: float, y: float, words: str, size: float = 12, anchor: str = "start", fill: str = INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}" {FONT}>'
        f"{escape(str(words))}</text>"
    )


def _line(
    x1: float, y1: float, x2: float, y2: float, stroke: str = INK, width: float = 1, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" stroke-width="{width}"'
        f"{dashed}/>"
    )


def _rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = INK) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" stroke="{stroke}"'
        ' stroke-width="0.8"/>'
    )


def _mark(kind: int, x: float, y: float) -> str:
    """A dot, square, triangle, diamond, ring or cross: lines are told apart by them in print."""
    shape = kind % 6
    if shape in (0, 4):
        fill = INK if shape == 0 else "#fff"
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{fill}" stroke="{INK}"/>'
    if shape == 1:
        return _rect(x - 3, y - 3, 6, 6, "#fff")
    if shape == 5:
        return _line(x - 3.5, y - 3.5, x + 3.5, y + 3.5) + _line(x - 3.5, y + 3.5, x + 3.5, y - 3.5)
    points = {
        2: f"{x:.1f},{y - 4:.1f} {x + 4:.1f},{y + 3:.1f} {x - 4:.1f},{y + 3:.1f}",
        3: f"{x:.1f},{y - 4.5:.1f} {x + 4.5:.1f},{y:.1f} {x:.1f},{y + 4.5:.1f} {x - 4.5:.1f},{y:.1f}",
    }[shape]
    return f'<polygon points="{points}" fill="#fff" stroke="{INK}"/>'


def _picture(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f"{_rect(0.5, 0.5, width - 1, height - 1, '#fff', '#fff')}{''.join(parts)}</svg>"
    )


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _scale(values: Sequence[Value], unit: str = "") -> list[float]:
    """The marks of the axis: round numbers, four to seven of them, around what is shown; a percentage ends at 100."""
    known = [float(value) for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in (1, 2, 5, 10) if nice * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    marks = [at * step for at in range(first, last + 1)]
    if min(known, default=0.0) >= 0:
        marks = [mark for mark in marks if mark >= 0]
    if unit == "%" and max(known, default=0.0) <= 100:
        marks = [mark for mark in marks if mark < 100] + [100.0] * (marks[-1] >= 100)
    return marks


def _grade(mark: float) -> str:
    return f"{mark:.2f}".rstrip("0").rstrip(".")


def _polyline(points: Sequence[tuple[float, float] | None], kind: int) -> list[str]:
    parts: list[str] = []
    before = None
    for point in points:
        if point is not None and before is not None:
            parts.append(_line(*before, *point, width=1.6, dash=DASHES[kind % len(DASHES)]))
        before = point
    return parts + [_mark(kind, *point) for point in points if point is not None]


def trend(title: str, months: Sequence[str], lines: Sequence[Line], unit: str = "") -> str:
    """Lines over months; the last value stands beside each line's name."""
    left, right, top, bottom = 52, 196, 30, 34
    height = 250 + max(0, len(lines) - 8) * 18
    inner, tall = WIDTH - left - right, height - top - bottom
    marks = _scale([value for line in lines for value in line.values], unit)
    low, high = marks[0], marks[-1]
    step = inner / max(1, len(months) - 1)

    def place(at: int, value: Value) -> tuple[float, float]:
        return left + at * step, top + tall * (1 - (float(value or 0) - low) / (high - low))

    parts = [_text(left, 18, title, 13)]
    for mark in marks:
        y = top + tall * (1 - (mark - low) / (high - low))
        parts += [
            _line(left, y, left + inner, y, FAINT, 0.6),
            _text(left - 6, y + 4, f"{_grade(mark)}{unit}", 10.5, "end"),
        ]
    every = max(1, len(months) // 12)
    parts += [
        _text(left + at * step, height - 14, month[2:], 10.5, "middle")
        for at, month in enumerate(months) if at % every == 0
    ]  # fmt: skip
    for kind, line in enumerate(lines):
        points = [None if value is None else place(at, value) for at, value in enumerate(line.values)]
        parts += _polyline(points, kind)
        last = next((value for value in reversed(line.values) if value is not None), None)
        y = top + 8 + kind * 18
        x = left + inner + 22
        parts += [
            _line(x - 8, y - 4, x + 12, y - 4, width=1.6, dash=DASHES[kind % len(DASHES)]),
            _mark(kind, x + 2, y - 4),
        ]
        told = "" if last is None else f" {last}{unit}"
        parts.append(_text(x + 18, y, _short(line.name, 9) + told, 10.5))
    return _picture(WIDTH, height, title, parts)


def movement(title: str, months: Sequence[str], lines: Sequence[Line], marked: Collection[int] = ()) -> str:
    """Places over months, first place on top; a unit without a place leaves a gap. Each unit goes by its letter from
    month to month, so that it can be followed without colour; those ``marked`` (by their index) have a thick line."""
    left, right, top = 44, 170, 52
    lowest = int(max((float(v) for line in lines for v in line.values if v is not None), default=1))
    height = top + 24 * lowest + 12
    step = (WIDTH - left - right) / max(1, len(months) - 1)
    parts = [_text(8, 18, title, 13)]
    parts += [_text(left + at * step, 40, month[2:], 10.5, "middle") for at, month in enumerate(months)]
    for place in range(1, lowest + 1):
        y = top + 24 * (place - 0.5)
        parts += [
            _line(left - 8, y, WIDTH - right + 8, y, "#e4e4e4", 0.6),
            _text(16, y + 4, str(place), 10.5, "end"),
        ]
    met: dict[tuple[int, float], int] = {}
    nodes: list[str] = []
    last: dict[int, tuple[float, float]] = {}
    for kind, line in enumerate(lines):
        before: tuple[int, float, float] | None = None
        for at, value in enumerate(line.values):
            if value is None:
                continue
            shared = met.get((at, float(value)), 0)  # equal places stand beside each other
            met[at, float(value)] = shared + 1
            x, y = left + at * step + 14 * shared, top + 24 * (float(value) - 0.5)
            if before is not None and before[0] == at - 1:
                thick = kind in marked
                parts.append(
                    _line(before[1], before[2], x, y, INK if thick else "#888", 2.2 if thick else 0.9)
                )
            before = (at, x, y)
            last[kind] = (x, y)
            nodes.append(_node(letter(kind), x, y, kind in marked))
    shifts: dict[float, int] = {}
    for kind, (_x, y) in sorted(last.items(), key=lambda pair: (lines[pair[0]].values[-1] is None, pair[0])):
        if lines[kind].values[-1] is None:
            continue  # no place any more: its letter ends where it was last seen
        shift = shifts.get(y, 0)
        shifts[y] = shift + 1
        words = f"{letter(kind)} {_short(lines[kind].name, 11)}"
        parts.append(_text(WIDTH - right + 30, y + 4 + 11 * shift, words, 10.5))
    return _picture(WIDTH, height, title, [*parts, *nodes])


def letter(kind: int) -> str:
    """A, B, … Z, A1, B1 …"""
    return chr(65 + kind % 26) + (str(kind // 26) if kind >= 26 else "")


def _node(words: str, x: float, y: float, marked: bool) -> str:
    fill, ink = (INK, "#fff") if marked else ("#fff", INK)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{fill}" stroke="{INK}" stroke-width="0.8"/>'
        + _text(x, y + 3.6, words, 9.5 if len(words) == 1 else 7.5, "middle", ink)
    )


def heat(title: str, months: Sequence[str], lines: Sequence[Line], unit: str = "") -> str:
    """Units by month; the lower the value, the darker. Each cell says its number; a hatched cell has none."""
    left, top, row = 132, 44, 22
    wide = (WIDTH - left - 8) / max(1, len(months))
    height = top + row * len(lines) + 12
    known = sorted(float(value) for line in lines for value in line.values if value is not None)
    hatch = (
        '<defs><pattern id="none" width="5" height="5" patternUnits="userSpaceOnUse"><path d="M0 5L5 0"'
        f' stroke="{FAINT}" stroke-width="0.8"/></pattern></defs>'
    )
    parts = [hatch, _text(8, 18, title, 13)]
    parts += [_text(left + wide * (at + 0.5), 36, month[2:], 10, "middle") for at, month in enumerate(months)]
    for at, line in enumerate(lines):
        y = top + row * at
        parts.append(_text(left - 6, y + 15, _short(line.name, 10), 11, "end"))
        for column, value in enumerate(line.values):
            x = left + wide * column
            if value is None:
                parts.append(_rect(x, y, wide, row, "url(#none)"))
                continue
            shade = _shade(float(value), known)
            parts.append(_rect(x, y, wide, row, SHADES[shade]))
            words = f"{value:.0f}{unit}" if wide < 44 else f"{value}{unit}"
            parts.append(_text(x + wide / 2, y + 15, words, 9.5, "middle", "#fff" if shade > 3 else INK))
    return _picture(WIDTH, height, title, parts)


def _shade(value: float, known: Sequence[float]) -> int:
    """Into which fifth of all values it falls, the best lightest."""
    below = sum(other < value for other in known) / len(known)
    return min(4, int((1 - below) * 5)) if value != known[-1] else 0


def distribution(title: str, days: Sequence[int], bounds: Sequence[int], day_words: str) -> str:
    """How many took how long: bars with their number, each bar's ends below it."""
    edges = sorted(bounds)
    counts = [0] * (len(edges) + 1)
    for value in days:
        counts[sum(value > edge for edge in edges)] += 1
    left, top, tall = 40, 36, 150
    wide = (WIDTH - left - 20) / len(counts)
    most = max([*counts, 1])
    parts = [_text(left, 18, title, 13), _line(left, top + tall, WIDTH - 12, top + tall)]
    for at, count in enumerate(counts):
        high = tall * count / most
        x = left + wide * at
        parts.append(_rect(x + 6, top + tall - high, wide - 12, high, SHADES[2]))
        parts.append(_text(x + wide / 2, top + tall - high - 4, str(count), 11, "middle"))
        low = edges[at - 1] + 1 if at else 0
        words = f"{low}–{edges[at]}" if at < len(edges) else f"≥{low}"
        parts.append(_text(x + wide / 2, top + tall + 16, words, 10.5, "middle"))
    parts.append(_text(WIDTH - 12, top + tall + 32, day_words, 10.5, "end"))
    return _picture(WIDTH, top + tall + 40, title, parts)


def bars(title: str, names: Sequence[str], values: Sequence[Value], unit: str = "") -> str:
    """Horizontal bars in the order given, the value at each end."""
    left, top, row = 150, 30, 22
    height = top + row * len(names) + 10
    known = [float(value) for value in values if value is not None]
    most = max([*known, 0.01])
    parts = [_text(8, 18, title, 13)]
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        y = top + row * at
        parts.append(_text(left - 6, y + 15, _short(name, 12), 11, "end"))
        length = (WIDTH - left - 70) * max(float(value or 0), 0) / most
        parts.append(_rect(left, y + 3, max(length, 0.5), row - 8, SHADES[2]))
        parts.append(_text(left + length + 6, y + 15, "—" if value is None else f"{value}{unit}", 10.5))
    return _picture(WIDTH, height, title, parts)
