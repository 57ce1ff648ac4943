"""The two pictures of a paper, ready for its file: the QR code from its modules, the seal decoded once for all papers.

WeasyPrint would have each drawn as a PNG, and would decode and encode that again for every paper.
"""

from __future__ import annotations

import base64
import zlib
from functools import lru_cache
from hashlib import md5
from io import BytesIO
from typing import Any

import pydyf
import segno
from PIL import Image
from weasyprint.images import RasterImage

SEALS = 40  # kept decoded; an office has one or two
FINEST = 1000  # pixels of a seal's side: 42 mm at 600 dpi


class _Ready(RasterImage):
    """A picture whose file form is known: `deflated` rows of `bits` to a pixel, and what lies over it as its mask."""

    def __init__(
        self, name: str, width: int, height: int, space: str, bits: int, rows: bytes, mask: bytes = b""
    ) -> None:
        self.id = md5(name.encode(), usedforsecurity=False).hexdigest()
        self.width, self.height, self.ratio, self._dpi = width, height, width / height, None
        self.space, self.bits = space, bits
        self.deflated, self.mask = zlib.compress(rows, 6), zlib.compress(mask, 6) if mask else b""

    def get_x_object(self, interpolate: bool, _dpi_ratio: float) -> Any:
        made = self._stream(self.space, self.bits, self.deflated, interpolate)
        if self.mask:
            made.extra["SMask"] = self._stream("Gray", 8, self.mask, interpolate)
        return made

    def _stream(self, space: str, bits: int, content: bytes, interpolate: bool) -> Any:
        extra = pydyf.Dictionary({
            "Type": "/XObject", "Subtype": "/Image", "Width": self.width, "Height": self.height,
            "ColorSpace": f"/Device{space}", "BitsPerComponent": bits, "Filter": "/FlateDecode",
            "Interpolate": "true" if interpolate else "false",
        })  # fmt: skip
        return pydyf.Stream([content], extra)


def qr_address(words: str) -> str:
    """What an `img` names as its source for `qr_code(words)`."""
    return f"data:,qr-{md5(words.encode(), usedforsecurity=False).hexdigest()}"


def qr_code(words: str) -> RasterImage:
    """A QR code of medium error correction, a pixel of one bit to a module, without its quiet zone."""
    modules = segno.make(words, error="m", mask=3, micro=False).matrix
    size, wide = len(modules), -(-len(modules) // 8)
    lines = ("".join("10"[module] for module in row).ljust(8 * wide, "1") for row in modules)
    return _Ready(
        words, size, size, "Gray", 1, b"".join(int(line, 2).to_bytes(wide, "big") for line in lines)
    )


@lru_cache(maxsize=SEALS)
def seal(address: str) -> RasterImage:
    """A PNG from its data address. Raises OSError for what is no picture."""
    with Image.open(BytesIO(base64.b64decode(address.partition(",")[2]))) as picture:
        found = picture.convert("RGBA")
    found.thumbnail((FINEST, FINEST))
    return _Ready(
        address, *found.size, "RGB", 8, found.convert("RGB").tobytes(), found.getchannel("A").tobytes()
    )
