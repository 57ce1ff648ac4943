"""Many papers in one file to print: their pages as they were signed, in order, the fonts of all in it once.

The pages are not made again: their drawing is copied byte for byte. That works because a paper's part of a font keeps
the glyph numbers of the whole font, so that the parts of many papers can lie over each other. Such a file is a print,
not an original: it carries no data, no tags and no signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pikepdf

from app.documents.truetype import Face

_WORD = re.compile(rb"[\[\]]|[0-9.]+")
_PAIR = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]+)>")
_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
{pairs}endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


@dataclass
class _Font:
    """What the papers so far draw with one font; `kept` is where all their pages refer to."""

    kept: Any
    face: Face
    glyphs: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    words: dict[int, bytes] = field(default_factory=dict)
    widths: dict[int, bytes] = field(default_factory=dict)

    def take(self, face: Face, words: dict[int, bytes], widths: dict[int, bytes]) -> bool:
        """Whether these glyphs are of the same font: one number never means two outlines."""
        drawn = [glyph for glyph in {0, *words} if glyph < face.count]
        found = {glyph: (face.outline(glyph), face.metric(glyph)) for glyph in drawn}
        if any(self.glyphs.get(glyph, shape) != shape for glyph, shape in found.items()):
            return False
        self.glyphs |= found
        self.words |= words
        self.widths |= widths
        return True


def joined(papers: Iterable[bytes]) -> bytes:
    """One PDF of the pages of these, in order; the same bytes for the same papers."""
    made = pikepdf.new()
    fonts: dict[str, list[_Font]] = {}
    common: dict[str, Any] = {}
    for content in papers:
        with pikepdf.open(BytesIO(content)) as paper:
            drawn: dict[Any, Any] = {}  # by their place in this paper, because its pages share them
            for page in paper.pages:
                made.pages.append(_page(made, paper, page, fonts, common, drawn))
    for versions in fonts.values():
        for one in versions:
            _finish(made, one)
    out = BytesIO()
    made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def _page(
    made: pikepdf.Pdf, paper: pikepdf.Pdf, page: Any, fonts: dict[str, list[_Font]], common: dict[str, Any],
    drawn: dict[Any, Any],
) -> pikepdf.Page:  # fmt: skip
    resources = pikepdf.Dictionary()
    for kind, things in page.obj.Resources.items():
        taken = pikepdf.Dictionary()
        for name, thing in things.items():
            if kind == "/Font":
                if thing.objgen not in drawn:
                    drawn[thing.objgen] = _shared(made, thing, fonts.setdefault(name, []))
                taken[name] = drawn[thing.objgen]
            elif kind == "/ColorSpace" or thing.get("/Subtype") == "/Image":  # its name says what it shows
                if name not in common:
                    common[name] = _copied(made, paper, thing)
                taken[name] = common[name]
            else:
                taken[name] = _copied(made, paper, thing)
        resources[kind] = taken
    stream = pikepdf.Stream(made, page.obj.Contents.read_raw_bytes(), Filter=pikepdf.Name.FlateDecode)
    return pikepdf.Page(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Page, MediaBox=list(page.mediabox), Contents=made.make_indirect(stream),
            Resources=resources,
        )
    )  # fmt: skip


def _copied(made: pikepdf.Pdf, paper: pikepdf.Pdf, thing: Any) -> Any:
    return made.copy_foreign(thing if thing.is_indirect else paper.make_indirect(thing))


def _shared(made: pikepdf.Pdf, font: Any, versions: list[_Font]) -> Any:
    """Where the font stands in the new file; one of the same name but other outlines stands beside it."""
    inner = font.DescendantFonts[0]
    face = Face(inner.FontDescriptor.FontFile2.read_bytes())
    words = {int(glyph, 16): text for glyph, text in _PAIR.findall(font.ToUnicode.read_bytes())}
    widths = _widths(inner.W.unparse())
    for one in versions:
        if one.take(face, words, widths):
            return one.kept
    versions.append(_Font(made.copy_foreign(font), face))
    versions[-1].take(face, words, widths)
    return versions[-1].kept


def _widths(array: bytes) -> dict[int, bytes]:
    """`[3 [500 500] 40 [1000]]` as glyph to width."""
    found: dict[int, bytes] = {}
    glyph, inside = 0, False
    for word in _WORD.findall(array[1:-1]):
        if word in b"[]":
            inside = word == b"["
        elif inside:
            found[glyph] = word
            glyph += 1
        else:
            glyph = int(word)
    return found


def _finish(made: pikepdf.Pdf, font: _Font) -> None:
    """Write what all papers use of the font into the place that their pages refer to."""
    inner = font.kept.DescendantFonts[0]
    content = font.face.with_glyphs(font.glyphs)
    inner.FontDescriptor.FontFile2 = pikepdf.Stream(made, content, Length1=len(content))
    inner.W = pikepdf.Array([part for glyph in sorted(font.widths) for part in
                             (glyph, pikepdf.Array([pikepdf.Object.parse(font.widths[glyph])]))])  # fmt: skip
    pairs = [f"<{glyph:04x}> <{font.words[glyph].decode()}>\n" for glyph in sorted(font.words)]
    blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    text = "".join(f"{len(block)} beginbfchar\n{''.join(block)}endbfchar\n" for block in blocks)
    font.kept.ToUnicode = pikepdf.Stream(made, _CMAP.format(pairs=text).encode())
