"""The peer of the papers: Typst, the nearest thing to the physical limit, bare: the same letters with the same fonts,
but no permission, no data, no register; its QR code is drawn beforehand."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import segno
import typst

from app.documents import fontpack
from app.documents.paper import Paper

TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, author: data.organ, date: datetime(year: 2026, month: 11, day: 23))
#set page(paper: "a4", margin: (top: 30mm, left: 28mm, right: 26mm, bottom: 35mm))
#set text(font: ("Paper Latin", "Paper FangSong", "Paper Names"), size: 15.79pt, lang: "zh")
#set par(first-line-indent: (amount: 2em, all: true), justify: true, leading: 13.8pt, spacing: 13.8pt)
#align(center, text(font: "Paper Biaosong", size: 36pt, fill: rgb("#e60012"), data.organ))
#line(length: 100%, stroke: 2.5pt + rgb("#e60012"))
#align(right, data.number)
#v(2em)
#align(center, text(font: "Paper Biaosong", size: 22pt, data.title))
#v(1em)
#par(first-line-indent: 0em)[#data.recipient：]
#for line in data.body [#par(line)]
#v(2em)
#align(right)[#data.organ #linebreak() #data.date]
#for line in data.contacts [#par(line)]
#place(bottom)[#text(size: 14pt)[抄送：#data.copies 。]#linebreak()#image(bytes(data.qr), width: 13mm)
#text(size: 6.5pt)[公文验证码：#data.code #linebreak() 扫码核验真伪 #linebreak() #data.address]]
"""


def renderer() -> Callable[[Paper], bytes]:
    """A warm compiler."""
    folder = fontpack.base_dir(fontpack.default_dir())
    template = Path(tempfile.mkdtemp(prefix="portal-bench-typst-")) / "letter.typ"
    template.write_text(TEMPLATE, encoding="utf-8")
    atexit.register(shutil.rmtree, template.parent, ignore_errors=True)
    compiler = typst.Compiler(str(template), font_paths=[str(folder)], ignore_system_fonts=True)

    # drawn once for all: making it is no part of a bare render
    picture = BytesIO()
    segno.make("https://xf.example.gov.cn/verify/7F3K9ZQXM4DA", error="m", micro=False).save(
        picture, kind="png", border=0
    )
    qr = picture.getvalue()

    def render(paper: Paper) -> bytes:
        data = {
            "title": paper.title.replace("\n", ""), "organ": paper.organ, "number": paper.number,
            "recipient": paper.recipient, "body": paper.body.split("\n"), "date": f"{paper.date}",
            "contacts": list(paper.contacts), "copies": paper.copies_to, "code": paper.verify_code,
            "address": paper.verify_url, "qr": list(qr),
        }  # fmt: skip
        inputs = {"data": json.dumps(data)}
        made = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=["a-3u"])
        assert isinstance(made, bytes)
        return made

    return render
