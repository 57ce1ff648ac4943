"""The faces of the font pack: which characters come from which package, and how one face is made.

`RECIPE` is the name of exactly this recipe; a pack built by another one is rebuilt, not mixed in.
"""

from __future__ import annotations

import bz2
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

VERSION = "3"
FANDOL = ("texlive-lang-chinese", "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/")
NOTO = ("fonts-noto-cjk", "usr/share/fonts/opentype/noto/")
WENKAI = ("fonts-lxgw-wenkai", "usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Light.ttf")
LIBERATION = ("fonts-liberation2", "usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
HANAZONO = ("fonts-hanazono", "usr/share/fonts/truetype/hanazono/HanaMinB.ttf")
BABELSTONE = ("fonts-babelstone-han", "usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf")


@dataclass(frozen=True)
class Face:
    """One family of the pack; `take` is a key of `_wanted`, `name` picks the face within a .ttc."""

    family: str
    package: str
    member: str
    take: str
    name: str = ""

    @property
    def file(self) -> str:
        return self.family.replace(" ", "")


# What a first start needs: no character of GB 18030-2022 level 2 (the names of the population register) is a box.
# The heavy ones first, so that two processes end together.
BASE = (
    Face("Paper Rest A", NOTO[0], NOTO[1] + "NotoSerifCJK-Regular.ttc", "extension a", "Noto Serif CJK SC"),
    Face("Paper Biaosong", NOTO[0], NOTO[1] + "NotoSerifCJK-Bold.ttc", "common", "Noto Serif CJK SC"),
    Face("Paper Song", NOTO[0], NOTO[1] + "NotoSerifCJK-Regular.ttc", "common", "Noto Serif CJK SC"),
    Face("Paper FangSong", FANDOL[0], FANDOL[1] + "FandolFang-Regular.otf", "common"),
    Face("Paper Kai", FANDOL[0], FANDOL[1] + "FandolKai-Regular.otf", "common"),
    Face("Paper Hei", FANDOL[0], FANDOL[1] + "FandolHei-Regular.otf", "common"),
    Face("Paper Names", *WENKAI, "names"),  # Kai/Fangsong hybrid: the best-looking filling of both
    Face("Paper HeiNames", NOTO[0], NOTO[1] + "NotoSansCJK-Regular.ttc", "hei names", "Noto Sans CJK SC"),
    Face("Paper Latin", *LIBERATION, "latin"),
)
REST = (
    Face("Paper Rest B", *HANAZONO, "extension b-f"),
    Face("Paper Rest G", *BABELSTONE, "extension g-h"),
)
OWN = {  # words in the family name of a dropped font -> the place it takes
    "Paper Own Biaosong": ("小标宋", "xiaobiaosong", "xbs", "biaosong"),
    "Paper Own FangSong": ("仿宋", "fangsong", "fang song", "fs"),
    "Paper Own Kai": ("楷", "kai"),
    "Paper Own Hei": ("黑", "hei"),
    "Paper Own Song": ("宋", "song", "simsun"),
}
RECIPE = hashlib.sha256(f"{VERSION}{BASE}{REST}".encode()).hexdigest()[:10]


METRICS = (
    0.88,
    -0.12,
)  # ascent, descent in em: with both alike in every face, a fallback glyph moves no line
LATIN = [(0x20, 0x7E), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0x1E00, 0x1EFF)]
SYMBOLS = [(0xA7, 0xB7), (0xD7, 0xD7), (0xF7, 0xF7), (0x370, 0x451), (0x2010, 0x27BF), (0x2E80, 0x33FF)]
SYMBOLS += [(0xFE30, 0xFE4F), (0xFF00, 0xFFEF)]


def _span(*ranges: tuple[int, int]) -> set[int]:
    return {code for first, last in ranges for code in range(first, last + 1)}


@lru_cache
def gb2312() -> frozenset[int]:
    """The code points of GB 2312 (6763 characters and 682 signs)."""
    return frozenset(c for c in range(0x80, 0x10000) if chr(c).encode("gb2312", "ignore"))


@lru_cache
def table_of_general_characters(unihan: Path) -> dict[int, int]:
    """通规 (国务院 2013): the 8105 code points with their place in the table, out of Unihan kTGH."""
    places = {}
    for line in bz2.decompress(unihan.read_bytes()).decode().splitlines():
        fields = line.split("\t")
        if len(fields) == 3 and fields[1] == "kTGH":
            places[int(fields[0][2:], 16)] = int(fields[2].split(":")[1])
    return places


def _wanted(take: str, have: set[int], general: dict[int, int]) -> set[int]:
    common = (gb2312() | set(general) | _span(*SYMBOLS, *LATIN)) & have
    chosen = {
        "latin": lambda: _span(*LATIN),
        "common": lambda: common,
        "names": lambda: have - gb2312(),
        "hei names": lambda: common - gb2312(),
        "extension a": lambda: _span((0x3400, 0x9FFF), (0xF900, 0xFAFF)) - common,
        "extension b-f": lambda: _span((0x20000, 0x2FA1F)) - common,
        "extension g-h": lambda: _span((0x4DB6, 0x4DBF), (0x9FEB, 0x9FFF), (0x30000, 0x3FFFF)),
        "everything": lambda: have,
    }
    return set(chosen[take]() & have)


def build_face(face: Face, source: Path, target: Path, unihan: Path) -> list[list[int]]:
    """Write one TrueType face of the pack to `target`; returns what it draws as [first, last] code points."""
    with _open(source, face.name) as font:
        mapping = _write(face, font, target, table_of_general_characters(unihan))
    return _ranges(sorted(mapping))


def _write(face: Face, font: TTFont, target: Path, general: dict[int, int]) -> dict[int, str]:
    cmap = font.getBestCmap()
    codes = sorted(
        _wanted(face.take, set(cmap), general), key=lambda c: (c > 0x33FF, general.get(c, 1 << 20), c)
    )
    glyphs, widths, names = {".notdef": _box(font["head"].unitsPerEm)}, {}, [".notdef"]
    widths[".notdef"] = (font["head"].unitsPerEm, 0)
    glyph_set, drawn, mapping = font.getGlyphSet(), dict[str, str](), dict[int, str]()
    for code in codes:
        name = drawn.setdefault(cmap[code], f"g{len(names)}")
        mapping[code] = name
        if name not in glyphs:
            names.append(name)
            glyphs[name] = _outline(font, glyph_set, cmap[code])
            widths[name] = (font["hmtx"][cmap[code]][0], 0)
    if face.take == "common" and {"□", "√"} <= {chr(c) for c in codes}:
        _add_ticked_boxes(font, glyph_set, cmap, (names, mapping, glyphs, widths))
    _save(face.family, font["head"].unitsPerEm, names, mapping, glyphs, widths, target)
    return mapping


def _ranges(codes: list[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return ranges


def _open(source: Path, name: str) -> TTFont:
    if not name and source.suffix.lower() != ".ttc":
        return TTFont(source, lazy=True)
    fonts = TTCollection(source, lazy=True).fonts
    return next((f for f in fonts if f["name"].getDebugName(1) == name), fonts[0])


def _outline(font: TTFont, glyph_set, name: str) -> Glyph:  # type: ignore[no-untyped-def]
    pen = TTGlyphPen(None)
    if "glyf" in font:
        flat = DecomposingRecordingPen(glyph_set)
        glyph_set[name].draw(flat)
        flat.replay(pen)
    else:  # CFF has cubic curves and the other winding; one unit of 1000 is far below what paper shows
        glyph_set[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
    return pen.glyph()


def _add_ticked_boxes(font, glyph_set, cmap, target) -> None:  # type: ignore[no-untyped-def]
    """☐ and ☑, which none of the packages has and every form needs: □, and √ within it."""
    names, mapping, glyphs, widths = target
    for code, signs in ((0x2610, "□"), (0x2611, "□√")):
        pen = TTGlyphPen(None)
        for sign in signs:
            curves = Cu2QuPen(pen, max_err=1.0, reverse_direction=True)
            em = font["head"].unitsPerEm
            scaled = TransformPen(
                curves, (1, 0, 0, 1, 0, 0) if sign == "□" else (0.74, 0, 0, 0.74, 0.13 * em, 0.09 * em)
            )
            glyph_set[cmap[ord(sign)]].draw(scaled)
        name = mapping[code] = f"g{len(names)}"
        names.append(name)
        glyphs[name], widths[name] = pen.glyph(), (font["hmtx"][cmap[ord("□")]][0], 0)


def _box(em: int) -> Glyph:
    """.notdef: visible when a caller let an unknown character through."""
    pen = TTGlyphPen(None)
    for edge, turn in ((0.08, 1), (0.12, -1)):
        corners = [(edge, edge - 0.12), (edge, 0.88 - edge), (1 - edge, 0.88 - edge), (1 - edge, edge - 0.12)]
        points = [(round(x * em), round(y * em)) for x, y in corners[::turn]]
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def _save(
    family: str,
    em: int,
    names: list[str],
    mapping: dict[int, str],
    glyphs: dict[str, Glyph],
    widths: dict[str, tuple[int, int]],
    target: Path,
) -> None:
    ascent, descent = (round(part * em) for part in METRICS)
    builder = FontBuilder(em, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(mapping)
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    builder.setupHorizontalMetrics({n: (widths[n][0], getattr(table[n], "xMin", 0)) for n in names})
    builder.setupHorizontalHeader(ascent=ascent, descent=descent, lineGap=0)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family.replace(" ", "")})
    builder.setupOS2(
        sTypoAscender=ascent,
        sTypoDescender=descent,
        sTypoLineGap=0,
        usWinAscent=ascent,
        usWinDescent=-descent,
        usWeightClass=400,
        fsSelection=0x40 | 0x80,
        xAvgCharWidth=em,
        version=4,
    )
    builder.setupPost(keepGlyphNames=False)
    head = builder.font["head"]
    head.created = head.modified = (
        3_786_912_000  # a fixed day: the same recipe gives the same bytes everywhere
    )
    builder.font.recalcTimestamp = False
    builder.save(target)


def own_faces(files: list[Path]) -> tuple[Face, ...]:
    """The office's own fonts, each put in its place by its family name (方正小标宋, 仿宋_GB2312 ...)."""
    faces: dict[str, Face] = {}
    for file in files:
        with _open(file, "") as font:
            known = " ".join(str(n) for n in font["name"].names if n.nameID in (1, 4, 16)) + file.stem
        for family, words in OWN.items():
            if any(word in known.lower() for word in words) and family not in faces:
                faces[family] = Face(family, "", str(file), "everything")
                break
    return tuple(faces.values())
