"""The peer of the papers: Typst, the nearest thing to the physical limit, bare: the same letter, the same fonts, no
permission, no data, no register."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typst

from app.documents import fontpack
from tests.documents import samples

TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, author: data.organ, date: datetime(year: 2026, month: 11, day: 23))
#set page(paper: "a4", margin: (top: 37mm, left: 28mm, right: 26mm, bottom: 35mm))
#set text(font: ("Paper Latin", "Paper FangSong", "Paper Names"), size: 15.79pt, lang: "zh")
#set par(first-line-indent: (amount: 2em, all: true), justify: true, leading: 13.8pt, spacing: 13.8pt)
#align(center, text(font: "Paper Biaosong", size: 40pt, fill: rgb("#e60012"), data.organ))
#line(length: 100%, stroke: 2.5pt + rgb("#e60012"))
#align(right, data.number)
#v(2em)
#align(center, text(font: "Paper Biaosong", size: 22pt, data.title))
#v(1em)
#par(first-line-indent: 0em)[#data.recipient：]
#for line in data.body [#par(line)]
#v(2em)
#align(right)[#data.organ #linebreak() #data.date]
"""


def renderer() -> Callable[[str], bytes]:
    """A warm compiler; the argument is the name of a sample letter."""
    folder = fontpack.base_dir(fontpack.default_dir())
    template = Path(tempfile.mkdtemp(prefix="portal-bench-typst-")) / "letter.typ"
    template.write_text(TEMPLATE, encoding="utf-8")
    atexit.register(shutil.rmtree, template.parent, ignore_errors=True)
    compiler = typst.Compiler(str(template), font_paths=[str(folder)], ignore_system_fonts=True)

    def render(name: str) -> Any:
        paper = getattr(samples, name)
        data = {
            "title": paper.title.replace("\n", ""), "organ": paper.organ, "number": paper.number,
            "recipient": paper.recipient, "body": paper.body.split("\n"), "date": "2026年11月23日",
        }  # fmt: skip
        made = compiler.compile(format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_standards=["a-3u"])
        return made

    return render
