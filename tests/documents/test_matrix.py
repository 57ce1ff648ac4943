"""Every format from one to five pages, with and without seal, attachments, joint recipients, long titles: the rules
that hold on each page of each, read back from the PDF in millimetres."""

from __future__ import annotations

import base64
import itertools
from dataclasses import replace
from functools import cache
from typing import Any

import pymupdf
import pytest

from app.documents import grid
from app.documents.paper import Format, Paper
from app.documents.render import render
from tests.documents import samples
from tests.documents.measure import MM, Line, Page, pages
from tests.documents.test_geometry import check_page_number, near

FORMATS = (Format.LETTER, Format.DOCUMENT, Format.MINUTES, Format.NOTICE)
SENTENCE = (
    "根据《信访工作条例》第四十条规定，"
    "请于2026年11月30日前（含当日）将“办理情况”书面报送我办；逾期的，予以通报。"
)
TOWNS = "、".join(
    f"{name}镇人民政府" for name in ("龙泉", "青山", "石桥", "南屏", "白沙", "红岩", "金川", "双河", "云台")
)
LONG_TITLE = "关于进一步做好城东路雨污分流改造工程夜间施工扰民以及占用人行通道等信访突出问题办理工作的函"
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "sealed, attached": {"seal": True, "attachments": ("信访事项登记表", "关于夜间施工许可办理情况及措施的说明材料")},
    "joint, unsealed": {"seal": False, "recipient": TOWNS},
    "long title": {"title": LONG_TITLE, "recipient": TOWNS, "attachments": ("登记表",)},
}  # fmt: skip
NOT_FIRST, NOT_LAST = "，。、；：？！）〕】》〉」』”’％℃", "（〔【《〈「『“‘"


@cache
def _seal() -> str:
    picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 400, 400), True)
    picture.clear_with()
    for x, y in itertools.product(range(400), range(400)):
        if 185 <= ((x - 200) ** 2 + (y - 200) ** 2) ** 0.5 <= 199:
            picture.set_pixel(x, y, (230, 0, 18, 255))
    return "data:image/png;base64," + base64.b64encode(picture.tobytes("png")).decode()


def paper(kind: Format, sentences: int, variant: str) -> Paper:
    changes: dict[str, Any] = {"seal": True, "attachments": (), "recipient": "区住房和城乡建设局"} | VARIANTS[
        variant
    ]
    body = "\n".join([SENTENCE * 2] * (sentences // 2) + [SENTENCE] * (sentences % 2))
    made = replace(
        samples.SHORT_LETTER,
        format=kind,
        body=body,
        contacts=("联系人：王志远",),
        seal_image=_seal(),
        **changes,
    )
    if kind is Format.MINUTES:
        made = replace(
            made, mark="云岭区信访工作联席会议纪要", attendance=(("出席", "周明，杨帆"), ("请假", "吴祎"))
        )
    return made


@cache
def made(kind: Format, count: int, variant: str) -> tuple[Paper, list[Page]]:
    """A paper of exactly that many pages."""
    least, most = 1, 60
    while least < most:
        middle = (least + most) // 2
        if len(pages(render(paper(kind, middle, variant)))) < count:
            least = middle + 1
        else:
            most = middle
    found = paper(kind, least, variant)
    return found, pages(render(found))


CASES = [(kind, count, variant) for kind in FORMATS for count in range(1, 6) for variant in VARIANTS
         if not (kind in (Format.DOCUMENT, Format.MINUTES) and count == 1)]  # fmt: skip


def text_lines(page: Page) -> list[Line]:
    """Lines of 3号 text."""
    return [line for line in page.lines if line.size == pytest.approx(15.79, abs=0.01)]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0].value}-{case[1]}-{case[2]}")
def one(request: pytest.FixtureRequest) -> tuple[Paper, list[Page]]:
    kind, count, variant = request.param
    found, sheets = made(kind, count, variant)
    if len(sheets) != count:  # its head and end alone need more
        pytest.skip(f"{kind.value}, {variant} never has {count} pages")
    return found, sheets


def test_each_page_keeps_the_type_area_and_the_grid(one: tuple[Paper, list[Page]]):
    found, sheets = one
    for number, page in enumerate(sheets, 1):
        lines = text_lines(page)
        first_letter = found.format is Format.LETTER and number == 1
        assert lines and min(line.left for line in lines) >= 27.95
        assert max(line.right for line in lines) <= 184.05
        body = [line for line in lines if line.left < 29 or line.left == near(28 + 2 * grid.CELL)]
        for upper, lower in itertools.pairwise(body):
            steps = (lower.top - upper.top) / grid.LINE
            if steps < 1.5:
                assert steps == pytest.approx(1, abs=0.005), (upper.text, lower.text)
        assert body[-1].bottom <= (272 if first_letter else 262.05)
        if number > 1:
            assert lines[0].top == near(37)
        if found.format is Format.LETTER and number == 1:
            assert not any(line.text.startswith("—") for line in page.lines)
        else:
            check_page_number(page, number)


def test_no_line_begins_or_ends_with_the_wrong_sign(one: tuple[Paper, list[Page]]):
    for page in one[1]:
        for line in text_lines(page):
            assert line.text[0] not in NOT_FIRST, line.text
            assert line.text[-1] not in NOT_LAST, line.text


def test_the_end_has_text_above_it_and_the_record_stands_at_the_foot(one: tuple[Paper, list[Page]]):
    found, sheets = one
    last = sheets[-1]
    lines = text_lines(last)
    if found.format is not Format.MINUTES:
        organ = next(i for i, line in enumerate(lines) if line.text == found.organ)
        assert organ >= 1, "a page with nothing but the signature"
        date = lines[organ + 1]
        assert date.text == "2026年11月23日"
        if found.seal:
            assert date.right == near(184 - 4 * grid.CELL, 0.1)
        else:
            assert max(date.right, lines[organ].right) == near(184 - 2 * grid.CELL, 0.1)
    copies = [line for line in last.lines if line.text.startswith("抄送：")]
    assert len(copies) == 1 and not any("抄送：" in line.text for page in sheets[:-1] for line in page.lines)
    if found.format in (Format.DOCUMENT, Format.MINUTES):
        assert [rule for rule in last.rules if not rule.red][-1].bottom == near(262)
    elif found.format is Format.LETTER and len(sheets) == 1:
        assert last.rules[2].top - copies[0].bottom == near(grid.SEVEN_EIGHTHS)
    else:
        assert copies[0].bottom == near(262)


def test_long_titles_are_even_lines_in_the_middle(one: tuple[Paper, list[Page]]):
    found, sheets = one
    title = [
        line
        for line in sheets[0].lines
        if line.size == pytest.approx(22, abs=0.01) and line.fonts <= {"Paper-Biaosong"}
    ]
    title = [line for line in title if line.text in found.title.replace("\n", "")]
    assert "".join(line.text for line in title) == found.title.replace("\n", "")
    for line in title:
        assert (line.left + line.right) / 2 == near(106, 0.1) and line.right - line.left <= 156
    widths = [line.right - line.left for line in title]
    assert max(widths) - min(widths) < 0.5 * max(widths)


def test_the_seal_is_pressed_over_name_and_date(one: tuple[Paper, list[Page]]):
    found, sheets = one
    places = [
        image["bbox"] for page in sheets for image in page.page.get_image_info() if image["width"] == 400
    ]
    if not found.seal or found.format is Format.MINUTES:
        assert not places  # minutes are not sealed (10.3)
        return
    ((left, top, right, bottom),) = [[edge * MM for edge in place] for place in places]
    lines = text_lines(sheets[-1])
    organ = next(i for i, line in enumerate(lines) if line.text == found.organ)
    name, date, above = lines[organ], lines[organ + 1], lines[organ - 1]
    assert right - left == near(42) and (left + right) / 2 == near((date.left + date.right) / 2, 0.2)
    middle = (name.top + date.bottom) / 2
    assert 0.5 < middle - (top + bottom) / 2 < 4  # both a little below its centre
    assert top - above.bottom < grid.LINE  # its upper edge within a line of the text
    assert bottom > date.bottom and top < name.top
