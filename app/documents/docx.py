"""The editable twin of a draft, for offices that exchange drafts: the same text as the paper, in a .docx file."""

from __future__ import annotations

import io
import re
from typing import Any

from app.documents import text
from app.documents.paper import Annex, Kind, Paper

# what stands on the desks of offices; Word replaces a face it does not have
FANGSONG, BIAOSONG, HEI, KAI = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"
FACES = {1: HEI, 2: KAI}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML knows no such character


def written(paper: Paper) -> bytes:
    """A .docx file with the page of GB/T 9704 (版心 156 × 225 mm, 22 lines of 28 characters)."""
    from docx import Document as Docx
    from docx.shared import Mm

    file = Docx()
    page = file.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    writer = _Writer(file)
    writer.line(paper.organ, face=BIAOSONG, size=22, align="center", red=True)
    writer.line(paper.number or "", align="center")
    for part in text.titled(paper.title, 19.8).split("\n"):
        writer.line(part, face=BIAOSONG, size=22, align="center")
    writer.line("")
    if paper.recipient:
        writer.line(paper.recipient.rstrip("：:") + "：")
    for one in text.paragraphs(text.clean(paper.body)):
        writer.paragraph(one)
    writer.rows(paper)
    if paper.attachments:
        writer.line("")
        for number, name in enumerate(paper.attachments, 1):
            writer.line(("附件：" if number == 1 else "　　　") + f"{number}. {name}", indent=True)
    if paper.attendance:
        writer.line("")
        for label, who in paper.attendance:
            writer.line(f"{label}：{who}", indent=True)
    if not paper.rows and paper.date:
        writer.line("")
        writer.line(f"{paper.signature or paper.organ}　　", align="right")
        writer.line(f"{paper.date.year}年{paper.date.month}月{paper.date.day}日　　", align="right")
    if paper.contacts:
        writer.line(f"（{'，'.join(paper.contacts)}）", indent=True)
    for annex in paper.annexes:
        writer.annex(annex)
    if paper.copies_to:
        writer.line(f"抄送：{paper.copies_to.rstrip('。')}。", size=14)
    held = io.BytesIO()
    file.save(held)
    return held.getvalue()


class _Writer:
    """Adds paragraphs in the grid's pitch."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def line(
        self,
        words: str,
        face: str = FANGSONG,
        size: float = 16,
        align: str = "",
        indent: bool = False,
        red: bool = False,
    ) -> Any:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        block = self.file.add_paragraph()
        block.paragraph_format.line_spacing = Pt(29.6 if size <= 16 else 35.8)
        block.paragraph_format.space_after = block.paragraph_format.space_before = Pt(0)
        if indent:
            block.paragraph_format.first_line_indent = Pt(32)
        if align:
            block.alignment = {"center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}[align]
        self.run(block, words, face, size, red)
        return block

    @staticmethod
    def run(block: Any, words: str, face: str = FANGSONG, size: float = 16, red: bool = False) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        run = block.add_run(_FORBIDDEN.sub("", text.clean(words)))
        run.font.size, run.font.name = Pt(size), "Times New Roman"
        run._element.rPr.rFonts.set(qn("w:eastAsia"), face)  # python-docx sets the Latin face only
        if red:
            run.font.color.rgb = RGBColor(0xE6, 0x00, 0x12)

    def paragraph(self, one: text.Paragraph) -> None:
        block = self.line("", indent=True)
        if one.head:
            self.run(block, one.head, FACES[one.level])
        self.run(block, one.rest)

    def rows(self, paper: Paper) -> None:
        """The rows of a form: label and value side by side; the lines of a table as a table of their own."""
        width, table = 0, None
        for row in paper.rows:
            listed = row[0].kind in (Kind.HEAD, Kind.PLAIN)
            said = [part for cell in row for part in _said(cell.kind, cell.label, cell.value, cell.sign)]
            columns = len(row) if listed else 4
            if table is None or columns != width:
                table, width = self.file.add_table(rows=0, cols=columns), columns
                table.style = "Table Grid"
            cells = list(table.add_row().cells)
            if not listed and len(said) < 3:
                cells = [*cells[: len(said) - 1], cells[len(said) - 1].merge(cells[3])]
            for cell, words in zip(cells, said, strict=False):
                self.run(cell.paragraphs[0], words, size=12)

    def annex(self, annex: Annex) -> None:
        self.file.add_page_break()
        self.line("附件", face=HEI)
        self.line(annex.title, face=BIAOSONG, size=22, align="center")
        for one in text.paragraphs(text.clean(annex.body)):
            self.paragraph(one)
        if annex.header:
            table = self.file.add_table(rows=0, cols=len(annex.header))
            table.style = "Table Grid"
            for line in (annex.header, *annex.lines):
                for cell, words in zip(table.add_row().cells, line, strict=False):
                    self.run(cell.paragraphs[0], words, size=12)


def _said(kind: Kind, label: str, value: str, sign: str) -> list[str]:
    if kind in (Kind.SECTION, Kind.HEAD):
        return [label]
    if kind is Kind.PLAIN:
        return [value]
    if kind is Kind.SIGN:
        return [label, f"{value}\n{sign}　　　　　年　　月　　日"]
    return [part for part in (label, value) if part or kind is Kind.FIELD]
