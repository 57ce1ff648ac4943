"""The patches of WeasyPrint's inside: fails on the upgrade that makes one of them wrong or needless.

Then: read the changed function, mend or drop the patch in app/documents/weasy70.py, look at the papers, and write
the new digests here.
"""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import replace

import pydyf
import pytest
import weasyprint
import weasyprint.pdf
from weasyprint.layout import inline
from weasyprint.pdf import fonts
from weasyprint.text import line_break

from app.documents import render as engine
from app.documents import weasy70, weasy70_file, weasy70_text
from tests.documents import samples
from tests.documents.measure import pages

REPLACED = {
    "justify_line": (weasy70._stock_justify, "f83b21ff8793"),
    "get_first_line": (weasy70._stock_first_line, "bb65cbda0e27"),
    "reactivate": (weasy70_text._stock_reactivate, "0b89ee097104"),
    "get_hb_object_data": (weasy70_file._stock_hb_data, "03040a623df0"),
    "ColorProfile": (weasyprint.css.ColorProfile, "8b4e0541486e"),
    # not replaced, but what the patches lean on
    "add_word_spacing": (inline.add_word_spacing, "879516e71f1b"),
    "draw_first_line": (weasyprint.draw.text.draw_first_line, "1bb8eae6d88e"),
    "set_text": (line_break.Layout.set_text, "fe23ca9937db"),
    "Font": (fonts.Font, "1888854798bf"),
    "Stream": (pydyf.Stream, "f17b6bdcfedf"),
}


def test_versions():
    assert (weasyprint.__version__, pydyf.__version__) == (weasy70.WEASYPRINT, weasy70.PYDYF)


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_patched_is_what_it_was(name: str):
    thing, digest = REPLACED[name]
    assert hashlib.sha256(inspect.getsource(thing).encode()).hexdigest()[:12] == digest


def right_edges() -> list[float]:
    body = "根据《信访工作条例》第三十四条规定，经本机关负责人批准，延长办理期限30日，至2026年12月19日。" * 6
    (page,) = pages(engine.render(replace(samples.EXTENSION, body=body, contacts=(), receipt=(), date=None)))
    return [line.right for line in page.lines if line.size == pytest.approx(15.79, abs=0.01)][2:-1]


def test_justification_is_still_needed_and_works(monkeypatch: pytest.MonkeyPatch):
    assert all(edge == pytest.approx(184, abs=0.06) for edge in right_edges())
    monkeypatch.setattr(inline, "justify_line", weasy70._stock_justify)
    assert not all(edge == pytest.approx(184, abs=0.5) for edge in right_edges())


def test_speed_patches_change_no_glyph(monkeypatch: pytest.MonkeyPatch):
    patched = [page.chars for page in pages(engine.render(samples.SUPERVISION))]
    monkeypatch.setattr(fonts, "get_hb_object_data", weasy70_file._stock_hb_data)
    assert [page.chars for page in pages(engine.render(samples.SUPERVISION))] == patched


@pytest.mark.parametrize(
    ("line", "places"),
    [
        ("信访事项", [0, 1, 2]),
        ("于2026年9月", [0, 4, 5, 6]),
        ("是——这样……的", [0, 2, 3, 4, 6]),
        ("see the law", [3, 7]),
        ("甲 乙", [1]),
        ("甲\u2060·乙", [0, 2]),
        ("字", []),
    ],
)
def test_gaps(line: str, places: list[int]):
    assert weasy70.gaps(line) == places
