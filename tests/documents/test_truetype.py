"""The part of a font that a paper uses: the same outlines at the same numbers, and nothing else."""

from __future__ import annotations

import io

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents import fontpack
from app.documents.truetype import Face, NotPlain

PACK = fontpack.base_dir(fontpack.default_dir())
FANGSONG = (PACK / "PaperFangSong.ttf").read_bytes()
WHOLE = TTFont(io.BytesIO(FANGSONG), lazy=True)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, WHOLE["maxp"].numGlyphs - 1), min_size=1, max_size=60))
def test_a_part_draws_what_the_whole_draws(glyphs: set[int]):
    part = TTFont(io.BytesIO(Face(FANGSONG).subset(glyphs)))
    assert part["maxp"].numGlyphs == max(glyphs) + 1, "nothing behind the last glyph"
    for glyph in glyphs:
        mine, theirs = part.getGlyphName(glyph), WHOLE.getGlyphName(glyph)
        assert part["glyf"][mine] == WHOLE["glyf"][theirs] and part["hmtx"][mine] == WHOLE["hmtx"][theirs]
    others = [part.getGlyphName(glyph) for glyph in range(1, max(glyphs)) if glyph not in glyphs]
    assert all(part["glyf"][name].numberOfContours == 0 for name in others), "empty between"


def test_a_part_is_a_font_whose_sums_are_right():
    content = Face(FANGSONG).subset({5, 9})
    with TTFont(io.BytesIO(content), checkChecksums=2) as font:  # raises where one is wrong
        for tag in font.reader.tables:
            assert font.reader[tag] or tag == "glyf"


def test_what_is_no_plain_font_is_left_to_others():
    for content in (b"OTTO" + bytes(40), b"ttcf" + bytes(40), b""):
        with pytest.raises(NotPlain):
            Face(content)
