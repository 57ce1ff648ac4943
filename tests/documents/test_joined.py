"""Many papers in one file: every page as it was signed, the fonts once."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pikepdf
import pymupdf
import pytest

from app.documents.joined import joined
from app.documents.render import render
from tests.documents import samples

NAMES = ("张喆", "李赟", "王犇", "赵玥", "陈堃")


@pytest.fixture(scope="module")
def letters() -> list[bytes]:
    papers = [replace(samples.ONE_PAGE, recipient=name, number=f"云信督〔2026〕{n}号",
                      verify_url=f"https://xf.example.gov.cn/verify/{n}") for n, name in enumerate(NAMES)]  # fmt: skip
    return [render(paper) for paper in [*papers, samples.BULLETIN, samples.SLIP, samples.REGISTRATION]]


def pages_of(content: bytes) -> list[Any]:
    return list(pymupdf.open("pdf", content).pages())


def test_every_page_looks_and_reads_as_it_was_signed(letters: list[bytes]):
    signed_pages = [page for letter in letters for page in pages_of(letter)]
    for made, signed in zip(pages_of(joined(letters)), signed_pages, strict=True):
        assert made.get_text() == signed.get_text()
        assert made.get_pixmap(dpi=70).samples == signed.get_pixmap(dpi=70).samples


def test_a_font_is_in_it_once_and_with_every_letter_it_grows_little(letters: list[bytes]):
    content = joined(letters)
    with pikepdf.open(io.BytesIO(content)) as whole:
        fonts = {font.objgen for page in whole.pages for font in page.obj.Resources.Font.values()}
        names = {str(font.BaseFont) for page in whole.pages for font in page.obj.Resources.Font.values()}
    assert len(fonts) == len(names)
    assert len(content) < sum(map(len, letters)) / 2


def test_the_same_papers_give_the_same_bytes(letters: list[bytes]):
    assert joined(letters) == joined(letters)


def test_parts_can_be_joined_again(letters: list[bytes]):
    twice = joined([joined(letters[:4]), joined(letters[4:])])
    once = joined(letters)
    assert [page.get_text() for page in pages_of(twice)] == [page.get_text() for page in pages_of(once)]


def test_two_outlines_under_one_number_stay_two_fonts(letters: list[bytes]):
    """Papers of another font pack: the glyph of a number is another one there."""
    with pikepdf.open(io.BytesIO(letters[0])) as foreign:
        fonts = foreign.pages[0].obj.Resources.Font
        names = list(fonts.keys())
        fonts[names[0]].DescendantFonts[0].FontDescriptor.FontFile2 = (
            fonts[names[1]].DescendantFonts[0].FontDescriptor.FontFile2
        )
        out = io.BytesIO()
        foreign.save(out)
    both = [letters[0], out.getvalue()]
    signed_pages = [page for letter in both for page in pages_of(letter)]
    for page, signed in zip(pages_of(joined(both)), signed_pages, strict=True):
        assert page.get_pixmap(dpi=70).samples == signed.get_pixmap(dpi=70).samples
