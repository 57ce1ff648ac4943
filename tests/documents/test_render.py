"""What every paper keeps: fonts embedded, names drawn, hostile text inert, the same bytes again, PDF/A with data."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest

from app.documents import fontpack
from app.documents import render as engine
from app.documents.drawn import missing
from app.documents.paper import Cell, Format, Kind, Paper
from app.documents.render import FontsMissing, TooManyPages, render
from app.documents.text import MAX_PAGES
from tests.documents import samples

PROJECT = Path(__file__).resolve().parents[2]
RARE = "喆昇玥犇翀赟祎镕堃垚烎囍䶮㛃𬭎𫖯𠮷𬎆龘"


def opened(paper: Paper) -> pymupdf.Document:
    return pymupdf.open(stream=render(paper))


def words(paper: Paper) -> str:
    return "".join(page.get_text() for page in opened(paper).pages()).replace("\n", "").replace("\u200b", "")


@pytest.mark.parametrize("name", samples.ALL)
def test_every_sample_is_drawn_from_embedded_fonts_without_a_box(name: str):
    document = opened(samples.ALL[name])
    for page in document.pages():
        for font in page.get_fonts():
            assert font[1] == "ttf" and "+Paper-" in font[3], font
        for span in page.get_texttrace():
            assert all(glyph != 0 for _, glyph, _, _ in span["chars"]), span
    assert samples.ALL[name].organ in "".join(page.get_text().replace("\n", "") for page in document.pages())


@pytest.mark.parametrize("kind", list(Format))
def test_rare_names_are_drawn_in_every_format(kind: Format):
    paper = Paper(
        kind, title=f"关于{RARE}的函", organ="云岭区信访局", recipient=RARE, body=f"一、{RARE}\n（一）{RARE}。{RARE}",
        rows=((Cell(RARE, RARE),),), attendance=(("出席", RARE),), copies_to=RARE, signature=RARE,
        date=samples.CREATED.date(), mark=f"云岭区{RARE[:8]}",
    )  # fmt: skip
    assert missing(RARE) == []
    document = opened(paper)
    glyphs = [char for page in document.pages() for span in page.get_texttrace() for char in span["chars"]]
    assert all(gid != 0 for _, gid, _, _ in glyphs)
    assert set(RARE) <= {chr(code) for code, *_ in glyphs}


def test_what_no_font_draws_is_printed_as_its_number_and_refused_at_entry():
    assert missing("张三\U0001f600\ue000") == ["U+1F600", "U+E000"]
    assert "[U+1F600]" in words(replace(samples.EXTENSION, body="张三\U0001f600"))


HOSTILE = """<script>alert(1)</script><img src="http://127.0.0.1:{port}/a.png"><link rel=attachment href="file:///etc/passwd">
<style>@import url(http://127.0.0.1:{port}/b.css); body{{display:none}}</style>&lt;已转义&gt;
{{{{ config }}}} {{% for x in y %}} </p></section></body><object data="http://127.0.0.1:{port}/c"></object>"""


@pytest.mark.parametrize("kind", list(Format))
def test_hostile_text_is_printed_and_nothing_is_fetched(kind: Format):
    asked: list[str] = []

    class Ears(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Ears)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        text = HOSTILE.format(port=server.server_port)
        paper = Paper(
            kind, title=text[:120], organ="云岭区信访局<b>", number="<i>1</i>", recipient=text[:90], body=text,
            rows=((Cell("<u>", text, kind=Kind.TEXT),),), attachments=(text[:60],), copies_to=text[:60],
            contacts=(text[:60],), attendance=(("<s>", text[:60]),), date=samples.CREATED.date(),
            verify_code="<b>", verify_url="javascript:alert(1)", code="<b>1", data={"text": text},
        )  # fmt: skip
        document = opened(paper)
    finally:
        server.shutdown()
        server.server_close()
    printed = (
        "".join(page.get_text() for page in document.pages())
        .replace("\n", "")
        .replace(" ", "")
        .replace("\u200b", "")
    )
    assert "<script>alert(1)</script>" in printed and "&lt;已转义&gt;" in printed and "{{config}}" in printed
    assert not asked
    assert document.embfile_names() == ["letter.json"]


def test_the_fetcher_refuses_even_what_slips_through():
    fetcher = engine._renderer().fetcher
    for address in ("file:///etc/passwd", "http://127.0.0.1/", "ftp://127.0.0.1/", "https://127.0.0.1/"):
        with pytest.raises(ValueError, match="disallowed"):
            fetcher.fetch(address)


def test_the_same_paper_is_the_same_bytes_in_every_process():
    ours = {name: hashlib.sha256(render(paper)).hexdigest() for name, paper in samples.ALL.items()}
    assert ours == {name: hashlib.sha256(render(paper)).hexdigest() for name, paper in samples.ALL.items()}
    code = (
        "import hashlib, json; from tests.documents import samples; from app.documents.render import render;"
        "print(json.dumps({n: hashlib.sha256(render(p)).hexdigest() for n, p in reversed(samples.ALL.items())}))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True
    )
    assert json.loads(other.stdout) == ours, other.stderr


def test_pdf_a_3u_with_the_data_it_was_made_from():
    document = opened(samples.SUPERVISION)
    metadata = document.get_xml_metadata().replace("'", '"')
    assert 'pdfaid:part="3"' in metadata and 'pdfaid:conformance="U"' in metadata
    assert document.metadata
    assert document.metadata["title"] == "关于督促办理城东路雨污分流改造施工扰民信访事项的函"
    assert document.metadata["author"] == samples.OFFICE
    assert json.loads(document.embfile_get("letter.json")) == dict(samples.SUPERVISION.data)
    catalog = document.xref_object(document.pdf_catalog())
    assert "/AF" in catalog and "/OutputIntents" in catalog


@pytest.mark.parametrize(
    "body",
    [
        "a" * 100_000,
        "，" * 50_000,
        "字" * 100_000,
        "字" * 1_000_000,
        "\n".join("字" * 9 for _ in range(20_000)),
    ],
)
def test_words_without_end_and_long_bodies_end_in_seconds(body: str):
    """Printed on two hundred pages at most, or refused."""
    start = time.monotonic()
    paper = replace(samples.SUPERVISION, title=body, body=body, recipient=body, copies_to=body)
    try:
        assert len(opened(paper)) <= MAX_PAGES
    except TooManyPages:
        assert len(body) > 10_000
    assert time.monotonic() - start < 30


def test_draft_is_marked_on_every_page_and_changes_nothing_else():
    plain, draft = opened(samples.SUPERVISION), opened(replace(samples.SUPERVISION, draft=True))
    assert len(plain) == len(draft)
    for before, after in zip(plain.pages(), draft.pages(), strict=True):
        assert after.get_text().count("草稿") == 1
        places = [
            {(round(x), round(y), word) for x, y, _, _, word, *_ in page.get_text("words")}
            for page in (before, after)
        ]
        assert places[0] <= places[1]


def test_threads_take_turns():
    expected = render(samples.EXTENSION)
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(render(samples.EXTENSION))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 6


def test_without_a_pack_the_error_says_how_to_build_one(tmp_path: Path):
    code = "from tests.documents import samples; from app.documents.render import render; render(samples.EXTENSION)"
    environment = {**os.environ, "FONTS_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True
    )
    assert run.returncode and "python -m app.documents.fontpack --minimal" in run.stderr
    assert issubclass(FontsMissing, RuntimeError)


def test_the_pack_is_complete_and_building_it_again_does_nothing():
    assert fontpack.build(fontpack.default_dir(), minimal=True) == []
    drawn = fontpack.coverage(fontpack.pack_dirs(fontpack.default_dir()))
    assert {code for code in range(0x80, 0x10000) if chr(code).encode("gb2312", "ignore")} <= drawn
