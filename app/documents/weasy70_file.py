"""Patches of WeasyPrint 70.0 and pydyf 0.13 that write the same file with less work.

1. The part of a font that a paper uses is cut out by `truetype.py`; WeasyPrint copies the whole font out of HarfBuzz
   for every paper and cuts it twice. A font that is not plain goes WeasyPrint's way.
2. Every object is put into bytes once, every stream deflated once; pydyf does both again for the file's /ID. A font
   is deflated beside the rest of the work, on the other core.
3. The file of PDF/A's colour profile is read once.
"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import md5
from io import BytesIO
from typing import Any, BinaryIO

import pydyf
import weasyprint.pdf
from weasyprint.css import ColorProfile
from weasyprint.pdf import fonts

from app.documents.truetype import Face, NotPlain

_stock_hb_data = fonts.get_hb_object_data
_stock_clean = fonts.Font.clean
_stock_write = pydyf.PDF.write


def apply() -> None:
    """Put the patches in place; calling it again changes nothing."""
    fonts.get_hb_object_data = _Deferred
    fonts.Font.file_content = _FileContent()
    fonts.Font.clean = _clean
    pydyf.Stream.data = property(_stream_data)
    pydyf.PDF.write = _write
    weasyprint.pdf.ColorProfile = _profile


# --- 1. Fonts -----------------------------------------------------------------------------------------------


class _Deferred:
    """Data of a HarfBuzz object, copied when asked for."""

    def __init__(self, hb_object: Any, ot_color: str | None = None, glyph: int | None = None) -> None:
        self.arguments = (hb_object, ot_color, glyph)  # holding the object keeps HarfBuzz from freeing it

    def read(self) -> bytes | None:
        return _stock_hb_data(*self.arguments)


class _FileContent:
    def __get__(self, font: Any, owner: type) -> Any:
        content = font.__dict__["file_content"]
        if isinstance(content, _Deferred):
            content = font.__dict__["file_content"] = content.read()
        return content

    def __set__(self, font: Any, content: Any) -> None:
        font.__dict__["file_content"] = content


_faces: dict[str, Face | None] = {}  # by family: the pack is small, and holds a face once


def _face(font: Any) -> Face | None:
    if font.family not in _faces:
        try:
            _faces[font.family] = Face(font.file_content)
        except NotPlain:
            _faces[font.family] = None
    return _faces[font.family]


def _clean(self: Any, to_unicode: dict[int, str], hinting: bool) -> None:
    if to_unicode and not self.missing and _face(self) is not None:
        try:
            part = _part(self.family, frozenset(to_unicode))
        except NotPlain:
            pass
        else:
            self.file_content = part.content
            _parts[id(part.content)] = part
            return
    _stock_clean(self, to_unicode, hinting)


class _Part:
    """What a paper uses of a font; deflated beside the rest of the work, on the other core, at level 1, which takes a
    third of the time of level 6 and 6 per cent more room."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.deflated = _beside.submit(zlib.compress, content, 1)


_beside = ThreadPoolExecutor(1, thread_name_prefix="deflate")
_parts: dict[int, _Part] = {}  # by the identity of their content, from the cutting to the writing


@lru_cache(maxsize=32)
def _part(family: str, glyphs: frozenset[int]) -> _Part:
    """Titles and names of organs, and figures, come again in the next paper of the kind."""
    face = _faces[family]
    assert face is not None
    return _Part(face.subset(glyphs))


# --- 2. Objects ---------------------------------------------------------------------------------------------


def _stream_data(self: Any) -> bytes:
    font = _parts.pop(id(self.stream[0]), None) if len(self.stream) == 1 else None
    raw = font.content if font else b"\n".join(map(pydyf._to_bytes, self.stream))
    extra = pydyf.Dictionary(self.extra.copy())
    if self.compress:
        extra["Filter"] = "/FlateDecode"
        raw = font.deflated.result() if font else zlib.compress(raw, 6)
    extra["Length"] = len(raw)
    return b"\n".join((extra.data, b"stream", raw, b"endstream"))


def _write(
    self: Any, output: BinaryIO, version: Any = b"1.7", identifier: Any = False, compress: bool = False
) -> None:
    """The file as pydyf writes it: streams, then all other objects in one stream, then where each stands."""
    if not compress or pydyf._to_bytes(version or b"1.7") < b"1.5":
        raise ValueError("papers are written with compressed objects")
    if self.info:
        self.add_object(self.info)
    self.write_line(b"%PDF-" + pydyf._to_bytes(version or b"1.7"), output)
    self.write_line(b"%\xf0\x9f\x96\xa4", output)
    inside: list[Any] = []
    packed: list[bytes] = []
    digest = md5(usedforsecurity=False)
    for one in self.objects:
        if one.free == "f":
            continue
        content = one.data
        digest.update(content)
        if one.compressible:
            inside.append(one)
            packed.append(content)
        else:
            _put(self, one, content, output)
    places, place = [], 0
    for one, content in zip(inside, packed, strict=True):
        places.append(f"{one.number} {place}")
        place += len(content) + 1
    index = " ".join(places)
    extra = {"Type": "/ObjStm", "N": len(inside), "First": len(index) + 1}
    container = pydyf.Stream([index, *packed], extra, compress)
    self.add_object(container)
    _put(self, container, container.data, output)
    ranks = {one.number: rank for rank, one in enumerate(inside)}
    rows = [
        (2, container.number, ranks[one.number]) if one.number in ranks
        else (int(one.free != "f"), one.offset, one.generation)
        for one in self.objects
    ] + [(1, self.current_position, 0)]  # fmt: skip
    table = b"".join(
        kind.to_bytes(1, "big") + where.to_bytes(4, "big") + rank.to_bytes(2, "big")
        for kind, where, rank in rows
    )
    size, named = len(self.objects) + 1, digest.hexdigest().encode()
    xref: dict[str, Any] = {
        "Type": "/XRef", "Index": pydyf.Array((0, size)), "W": pydyf.Array((1, 4, 2)), "Size": size,
        "Root": self.catalog.reference,
    }  # fmt: skip
    if self.info:
        xref["Info"] = self.info.reference
    if identifier:
        own = named if identifier is True else pydyf._to_bytes(identifier)
        xref["ID"] = pydyf.Array((pydyf.String(own).data, pydyf.String(named).data))
    last = pydyf.Stream([table], xref, compress)
    self.add_object(last)
    self.xref_position = self.current_position
    _put(self, last, last.data, output)
    self.write_line(b"startxref", output)
    self.write_line(f"{self.xref_position}".encode(), output)
    self.write_line(b"%%EOF", output)


def _put(pdf: Any, one: Any, content: bytes, output: BinaryIO) -> None:
    one.offset = pdf.current_position
    pdf.write_line(f"{one.number} {one.generation} obj\n".encode() + content + b"\nendobj", output)


# --- 3. Colour profile --------------------------------------------------------------------------------------

_profiles: dict[str, bytes] = {}


def _profile(file_object: Any, name: str, *arguments: Any) -> Any:
    with file_object:
        if name not in _profiles:
            _profiles[name] = file_object.read()
    return ColorProfile(BytesIO(_profiles[name]), name, *arguments)
