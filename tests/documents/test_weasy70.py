"""The patches of WeasyPrint's inside: fails on the upgrade that makes one of them wrong or needless.

Then: read the changed function, mend or drop the patch in app/documents/weasy70*.py, look at the papers, and write
the new digests here.
"""

from __future__ import annotations

import hashlib
import inspect
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pydyf
import pytest
import weasyprint
import weasyprint.pdf
from weasyprint.layout import block, inline, page
from weasyprint.pdf import fonts
from weasyprint.text import line_break

from app.documents import pictures, weasy70, weasy70_file, weasy70_style, weasy70_text
from app.documents import render as engine
from tests.documents import samples
from tests.documents.measure import pages

ROOT = Path(__file__).resolve().parents[2]
REPLACED = {
    "justify_line": (weasy70._stock_justify, "f83b21ff8793"),
    "get_first_line": (weasy70._stock_first_line, "bb65cbda0e27"),
    "reactivate": (weasy70_text._stock_reactivate, "0b89ee097104"),
    "split_first_line": (weasy70_text._stock_split, "39ad1016863c"),
    "strut": (weasy70_text._stock_strut, "b57885b70dd0"),
    "get_font_description": (weasy70_text._stock_description, "85734b8947b9"),
    "font_features": (weasy70_text._stock_features, "e35741064c06"),
    "resolve_percentages": (weasy70_text._stock_percentages, "71673078096f"),
    "clean": (weasy70_file._stock_clean, "794f0211f184"),
    "write": (weasy70_file._stock_write, "242cd38f92ec"),
    "ComputedStyle": (weasy70_style._stock_style, "4ff0512c0af1"),
    "preprocess_declarations": (weasy70_style._stock_declarations, "4db5fa5a1b14"),
    "find_style_attributes": (weasy70_style._stock_attributes, "c5b4eb4d3c00"),
    "get_html_metadata": (weasy70_style._stock_metadata, "bc30b27717b2"),
    "get_hb_object_data": (weasy70_file._stock_hb_data, "03040a623df0"),
    "ColorProfile": (weasyprint.css.ColorProfile, "8b4e0541486e"),
    # not replaced, but what the patches lean on
    "add_word_spacing": (inline.add_word_spacing, "879516e71f1b"),
    "draw_first_line": (weasyprint.draw.text.draw_first_line, "1bb8eae6d88e"),
    "set_text": (line_break.Layout.set_text, "fe23ca9937db"),
    "Font": (fonts.Font, "1888854798bf"),
    "Stream": (pydyf.Stream, "f17b6bdcfedf"),
    "StyleFor": (weasyprint.css.StyleFor, "dac5a1326168"),
    "AnonymousStyle": (weasyprint.css.AnonymousStyle, "414bbf41061e"),
    "first_line_metrics": (line_break.first_line_metrics, "55ec5d0b58b2"),
    "deactivate": (weasy70_text._stock_deactivate, "bfec3ec8406e"),
    "RasterImage": (pictures.RasterImage, "ea99edc27653"),
    "HTML": (weasyprint.HTML, "77bbd748d3b2"),
}


def test_versions():
    assert (weasyprint.__version__, pydyf.__version__) == (weasy70.WEASYPRINT, weasy70.PYDYF)


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_patched_is_what_it_was(name: str):
    thing, digest = REPLACED[name]
    assert hashlib.sha256(inspect.getsource(thing).encode()).hexdigest()[:12] == digest


def right_edges() -> list[float]:
    body = "根据《信访工作条例》第三十四条规定，经本机关负责人批准，延长办理期限30日，至2026年12月19日。" * 6
    (sheet,) = pages(engine.render(replace(samples.EXTENSION, body=body, contacts=(), receipt=(), date=None)))
    return [line.right for line in sheet.lines if line.size == pytest.approx(15.79, abs=0.01)][2:-1]


def test_justification_is_still_needed_and_works(monkeypatch: pytest.MonkeyPatch):
    assert all(edge == pytest.approx(184, abs=0.06) for edge in right_edges())
    monkeypatch.setattr(inline, "justify_line", weasy70._stock_justify)
    assert not all(edge == pytest.approx(184, abs=0.5) for edge in right_edges())


ONE_BY_ONE = {
    "fonts cut by HarfBuzz": [(fonts.Font, "clean", weasy70_file._stock_clean)],
    "whole font files": [(fonts, "get_hb_object_data", weasy70_file._stock_hb_data)],
    "styles computed anew": [(weasyprint.css, "ComputedStyle", weasy70_style._stock_style)],
    "attributes parsed anew": [
        (weasyprint.css, "find_style_attributes", weasy70_style._stock_attributes),
        (weasyprint.css, "preprocess_declarations", weasy70_style._stock_declarations),
    ],
    "metadata looked for": [(weasyprint.document, "get_html_metadata", weasy70_style._stock_metadata)],
    "lines off long pieces": [(inline, "split_first_line", weasy70_text._stock_split)],
    "struts laid out": [(inline, "strut", weasy70_text._stock_strut)],
    "fonts described": [
        (line_break, "get_font_description", weasy70_text._stock_description),
        (line_break, "font_features", weasy70_text._stock_features),
    ],
    "percentages reckoned": [
        (module, "resolve_percentages", weasy70_text._stock_percentages) for module in (block, inline, page)
    ],
}


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_what_makes_papers_quick_moves_no_glyph(name: str, monkeypatch: pytest.MonkeyPatch):
    papers = (samples.SUPERVISION, samples.BULLETIN, samples.REGISTRATION, samples.MINUTES)
    patched = [[one.chars for one in pages(engine.render(paper))] for paper in papers]
    for owner, attribute, stock in ONE_BY_ONE[name]:
        monkeypatch.setattr(owner, attribute, stock)
    assert [[one.chars for one in pages(engine.render(paper))] for paper in papers] == patched


def test_the_tenth_paper_is_made_like_the_first():
    """What one paper leaves for the next (styles, parts of fonts) changes nothing, in whatever order they come."""
    first = {name: engine.render(paper) for name, paper in samples.ALL.items()}
    script = (
        "import sys; from app.documents import render; from tests.documents import samples;"
        "sys.stdout.buffer.write(render.render(samples.ALL[sys.argv[1]]))"
    )
    for name in reversed(samples.ALL):
        assert engine.render(samples.ALL[name]) == first[name], name
    for name in ("bulletin", "registration", "one-page"):
        alone = subprocess.run(
            [sys.executable, "-c", script, name], capture_output=True, check=True, cwd=ROOT
        )
        assert alone.stdout == first[name], name


def test_styles_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(weasy70_style, "MOST", 60)
    monkeypatch.setattr(weasy70_style, "_kept", {})
    before = engine.render(samples.OPINION)
    for paper in samples.ALL.values():
        engine.render(paper)
        assert len(weasy70_style._kept) <= 60
    assert engine.render(samples.OPINION) == before


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
