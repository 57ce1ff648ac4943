"""The part of a TrueType font that a paper uses, glyph numbers kept. Faster than a general subsetter because the faces
of the font pack hold plain outlines only: no composites, no hints, nothing that one glyph asks of another."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable

SFNT = b"\x00\x01\x00\x00"
KEPT = ("cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep")  # what PDF 1.7, 9.9 asks for


class NotPlain(ValueError):
    """The font is no TrueType, or a glyph of it is made of others."""


class Face:
    """A font file, read once; `subset` may be asked any number of times."""

    def __init__(self, content: bytes) -> None:
        """Raises NotPlain."""
        if content[:4] != SFNT:
            raise NotPlain("not a TrueType font")
        (count,) = struct.unpack(">H", content[4:6])
        self.tables: dict[str, memoryview] = {}
        for number in range(count):
            tag, _sum, offset, length = struct.unpack_from(">4sLLL", content, 12 + 16 * number)
            self.tables[tag.decode("latin-1")] = memoryview(content)[offset : offset + length]
        if "glyf" not in self.tables or "fvar" in self.tables:
            raise NotPlain("no plain outlines")
        long = struct.unpack(">h", self.tables["head"][50:52])[0]
        self.loca, self.unit = _numbers("I" if long else "H", self.tables["loca"]), 1 if long else 2
        (self.advances,) = struct.unpack(">H", self.tables["hhea"][34:36])
        self.count = len(self.loca) - 1

    def outline(self, glyph: int) -> bytes:
        """The bytes of one glyph. Raises NotPlain for one that is made of others."""
        begin, end = self.unit * self.loca[glyph], self.unit * self.loca[glyph + 1]
        found = bytes(self.tables["glyf"][begin:end])
        if found and found[0] & 0x80:  # a negative number of contours
            raise NotPlain(f"glyph {glyph} is made of others")
        return found

    def metric(self, glyph: int) -> bytes:
        """Advance and left side bearing, four bytes."""
        table = self.tables["hmtx"]
        if glyph < self.advances:
            return bytes(table[4 * glyph : 4 * glyph + 4])
        beyond = 4 * self.advances + 2 * (glyph - self.advances)
        return bytes(table[4 * self.advances - 4 : 4 * self.advances - 2]) + bytes(table[beyond : beyond + 2])

    def subset(self, glyphs: Iterable[int]) -> bytes:
        """A font with these glyphs at their numbers, empty ones between, none behind. Raises NotPlain."""
        chosen = [glyph for glyph in {0, *glyphs} if glyph < self.count]
        return self.with_glyphs({glyph: (self.outline(glyph), self.metric(glyph)) for glyph in chosen})

    def with_glyphs(self, glyphs: dict[int, tuple[bytes, bytes]]) -> bytes:
        """The font with these outlines and metrics instead of its own."""
        chosen = sorted(glyphs)
        count = chosen[-1] + 1
        outlines = [
            outline + bytes(-len(outline) % 4) for outline, _metric in map(glyphs.__getitem__, chosen)
        ]
        glyf = b"".join(outlines)
        short = len(glyf) < 1 << 17
        metrics, places, end = bytearray(4 * count), array("H" if short else "I", [0]), 0
        for glyph, after, outline in zip(chosen, [*chosen[1:], count], outlines, strict=True):
            end += len(outline)
            places.extend([end // 2 if short else end] * (after - glyph))
            metrics[4 * glyph : 4 * glyph + 4] = glyphs[glyph][1]
        head, hhea, maxp = (bytearray(self.tables[tag]) for tag in ("head", "hhea", "maxp"))
        head[8:12], head[50:52] = bytes(4), struct.pack(">h", not short)
        hhea[34:36] = maxp[4:6] = struct.pack(">H", count)
        made = {
            "glyf": glyf, "head": bytes(head), "hhea": bytes(hhea), "hmtx": bytes(metrics),
            "loca": _bytes(places), "maxp": bytes(maxp),
        }  # fmt: skip
        kept = {tag: made.get(tag) or bytes(self.tables[tag]) for tag in KEPT if tag in self.tables}
        return _file(kept)


def _numbers(code: str, table: memoryview | bytes) -> array[int]:
    found = array(code)
    found.frombytes(table)
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _bytes(numbers: array[int]) -> bytes:
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def _file(tables: dict[str, bytes]) -> bytes:
    count, place = len(tables), 12 + 16 * len(tables)
    power = count.bit_length() - 1
    head = [struct.pack(">4sHHHH", SFNT, count, 16 << power, power, 16 * count - (16 << power))]
    parts = []
    for tag, content in sorted(tables.items()):
        parts.append(content + bytes(-len(content) % 4))
        checksum = sum(_numbers("I", parts[-1])) & 0xFFFFFFFF
        head.append(struct.pack(">4sLLL", tag.encode("latin-1"), checksum, place, len(content)))
        place += len(parts[-1])
    return b"".join(head + parts)
