"""Patches of WeasyPrint's inside, for WeasyPrint 70.0 with pydyf 0.13. Nothing else in the portal reaches in there.

1. Chinese justification: WeasyPrint stretches only spaces, so Chinese lines stay ragged. Here the gaps beside
   Chinese characters stretch, in whole thousandths of an em because the content stream keeps no more.
2. What WeasyPrint does anew for every paper or line is done once: `weasy70_style.py`, `weasy70_text.py`,
   `weasy70_file.py`.

`tests/documents/test_weasy70.py` fails when one of the functions replaced changes, or needs no replacing any more.
"""

from __future__ import annotations

import itertools
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text import line_break
from weasyprint.text.ffi import TO_UNITS, ffi

from app.documents import weasy70_file, weasy70_style, weasy70_text

WEASYPRINT, PYDYF = "70.0", "0.13.0"
MAX_GAP = 0.35  # em; a line needing more stays ragged (an endless word follows it)

_stock_justify = inline.justify_line
_stock_first_line = line_break.Layout.get_first_line


def apply() -> None:
    """Put the patches in place; calling it again changes nothing."""
    inline.justify_line = _justify_line
    line_break.Layout.get_first_line = _get_first_line
    weasy70_file.apply()
    weasy70_style.apply()
    weasy70_text.apply()
    line_break.Layout.reactivate = _reactivate


# --- 1. Chinese justification -------------------------------------------------------------------------------


def is_cjk(char: str) -> bool:
    """Characters that stand in a full cell: Han, kana, full-width forms, CJK and the shared punctuation “ ” ‘ ’."""
    code = ord(char)
    return 0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFFEF or code >= 0x20000 or char in "“”‘’—…·"


def _zero_width(char: str) -> bool:
    return char in "\u200b\u2060" or "\u0300" <= char <= "\u036f"


def gaps(text: str) -> list[int]:
    """Indexes of the characters after which a line may be stretched; never within —— and …… or Latin words."""
    seen = [i for i, char in enumerate(text.rstrip(" ")) if not _zero_width(char)]
    found = []
    for here, after in itertools.pairwise(seen):
        a, b = text[here], text[after]
        if a == " " or (b != " " and (is_cjk(a) or is_cjk(b)) and not (a == b and a in "—…")):
            found.append(here)
    return found


def _text_boxes(box: Any) -> list[Any] | None:
    """The text boxes of a line in order; None when something else (an image, a float) stands among them."""
    if isinstance(box, boxes.TextBox):
        return [box]
    if not isinstance(box, boxes.LineBox | boxes.InlineBox):
        return None
    found = []
    for child in box.children:
        inner = _text_boxes(child)
        if inner is None:
            return None
        found.extend(inner)
    return found


def _justify_line(context: Any, line: Any, extra_width: float) -> None:
    texts = _text_boxes(line)
    places = gaps("".join(box.text for box in texts)) if texts else []
    if not places or extra_width / len(places) > MAX_GAP * line.style["font_size"]:
        if not places:
            _stock_justify(context, line, extra_width)
        return
    share, given, start, chosen = extra_width / len(places), 0.0, 0, set(places)
    for box in texts or ():
        em, layout, box_places = box.style["font_size"], box.pango_layout, {}
        for index, _char in enumerate(box.text):
            if start + index in chosen:
                wanted = share * (places.index(start + index) + 1)
                thousandths = round((wanted - given) / em * 1000)
                given += thousandths * em / 1000
                box_places[len(box.text[:index].encode())] = thousandths * em / 1000
        start += len(box.text)
        layout.stretched = box_places
    _widen(line, 0.0)


def _widen(box: Any, advance: float) -> float:
    """Move and widen the boxes of a line by what their texts grew; returns how far the next one moves."""
    box.position_x += advance
    if isinstance(box, boxes.TextBox):
        growth = sum(box.pango_layout.stretched.values())
        box.width += growth
        return advance + growth
    before = advance
    for child in box.children:
        advance = _widen(child, advance)
    box.width += advance - before
    return advance


def _reactivate(self: Any, style: Any) -> None:
    weasy70_text.reactivate(self, style)
    self.to_stretch = getattr(self, "stretched", None)


def _get_first_line(self: Any) -> tuple[Any, int | None]:
    """When drawing (after `reactivate`), widen the glyphs that stand before a stretched gap."""
    line, index = _stock_first_line(self)
    places = getattr(self, "to_stretch", None)
    if places:
        self.to_stretch = None
        run = line.runs[0] if line.runs != ffi.NULL else ffi.NULL
        while run != ffi.NULL:
            item, run = run.data, run.next
            glyphs, start = item.glyphs, item.item.offset
            for number in range(glyphs.num_glyphs):
                extra = places.get(start + glyphs.log_clusters[number], None)
                if extra is not None:  # rounded up: the content stream cuts the fraction off
                    glyphs.glyphs[number].geometry.width += int(extra * TO_UNITS) + 1
    return line, index
