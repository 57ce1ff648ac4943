"""GB/T 9704-2012 read back from the PDFs: every figure of the five formats, in millimetres."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from app.documents import grid
from app.documents.paper import Paper
from app.documents.render import render
from tests.documents import samples
from tests.documents.measure import Page, pages

LETTERS = [samples.SHORT_LETTER, samples.SUPERVISION, samples.LONG_LETTER]


def near(value: float, tolerance: float = 0.05):
    return pytest.approx(value, abs=tolerance)


@cache
def measured(name: str) -> list[Page]:
    return pages(render(samples.ALL[name]))


def one_page_letter(**changes: Any) -> Paper:
    return replace(samples.SHORT_LETTER, body="请于2026年11月30日前报送办理情况。", **changes)


def check_page_number(page: Page, number: int) -> None:
    """7.5: 4号, one 字 in from the outer edge, the dashes 7 mm under the type area."""
    line = page.line(f"—{number}—")
    assert line.size == near(14)
    if number % 2:
        assert line.right == near(184 - grid.CELL)
    else:
        assert line.left == near(28 + grid.CELL)
    dash = line.chars[0]
    assert page.ink(264, 280, dash.x, dash.right, red=False)[2] == near(269, 0.1)


# --- the grid -----------------------------------------------------------------------------------------------


def full_page() -> Page:
    body = "云岭区信访工作联席会议办公室督促办理群众反映强烈的信访事项" * 60
    return pages(render(replace(samples.SUPERVISION, body=body, verify_url="", verify_code="")))[1]


def test_a_full_page_has_22_lines_of_28_characters():
    lines = [line for line in full_page().lines if not line.text.startswith("—")]
    assert len(lines) == 22
    assert {len(line.text) for line in lines} == {28}
    assert lines[0].top == near(37)
    assert lines[-1].bottom == near(262)
    for upper, lower in itertools.pairwise(lines):
        assert lower.top - upper.top == near(grid.LINE, 0.01)
    for line in lines:
        assert line.left == near(28)
        assert line.right == near(184)


@pytest.mark.parametrize("name", ["supervision", "opinion", "minutes", "bulletin"])
def test_chinese_lines_end_at_the_right_edge(name: str):
    """A line that is followed by one of the same paragraph is justified; the engine could not do it by itself."""
    body = [
        line for page in measured(name) for line in page.lines if line.size == pytest.approx(15.79, abs=0.01)
    ]
    full = [
        line
        for upper, line in zip(body[1:], body, strict=False)
        if upper.left == near(28) and line.right > 172
    ]
    assert len(full) > 8
    for line in full:
        assert 183.85 < line.right < 184.05, line.text


def test_a_rare_name_moves_no_line():
    names = (
        "张喆、李昇、王䶮、刘𬭎、冯㛃、陈𠮷、赵玥、钱犇、孙翀、周赟、吴祎、郑镕、黄堃、杨垚、何囍、马𫖯，"
        * 12
    )
    (page,) = pages(render(replace(samples.EXTENSION, body=names, contacts=(), receipt=(), date=None)))[:1]
    tops = [line.top for line in page.lines if "、" in line.text]
    assert len(tops) > 10
    for upper, lower in itertools.pairwise(tops):
        assert lower - upper == near(grid.LINE, 0.02)


# --- 函, 10.1 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", [one_page_letter(), *LETTERS], ids=["one", "two", "three", "five"])
def test_letter_head(letter: Paper):
    first = pages(render(letter))[0]
    left, right, top, _ = first.ink(20, 46)
    assert top == near(30, 0.1)  # mark: upper edge 30 mm below the edge of the page
    assert (left + right) / 2 == near(106, 0.6)  # centred on the type area
    assert left > 27.9 and right < 184.1
    thick, thin, second_thin, second_thick = first.rules
    assert all(rule.red for rule in first.rules)
    for rule in first.rules:  # 170 mm, centred on the page
        assert rule.left == near(20) and rule.right == near(190)
    mark_bottom = first.ink(25, thick.top - 0.2)[3]
    assert thick.top - mark_bottom == near(4, 0.1)
    assert thick.thickness > 2 * thin.thickness  # 上粗下细
    assert second_thick.thickness > 2 * second_thin.thickness  # 上细下粗
    assert 297 - second_thick.bottom == near(20)
    number = first.line(letter.number)
    assert number.right == near(184)
    assert number.top - thin.bottom == near(grid.SEVEN_EIGHTHS)
    title = first.line(letter.title.split("\n")[0])
    assert title.top - number.bottom == near(2 * grid.LINE + grid.SEVEN_EIGHTHS)  # two empty lines
    assert title.size == pytest.approx(22, abs=0.01) and title.fonts <= {
        "Paper-Biaosong",
        "Paper-Own-Biaosong",
    }
    assert (title.left + title.right) / 2 == near(106, 0.1)


@pytest.mark.parametrize("letter", LETTERS, ids=["two", "three", "five"])
def test_letter_pages(letter: Paper):
    first, *others = pages(render(letter))
    assert not [line for line in first.lines if line.text.startswith("—") and line.top > 262]
    body_end = max(
        line.bottom for line in first.lines if line.size > 10
    )  # the proof of genuineness stands below
    assert body_end <= first.rules[2].top - grid.SEVEN_EIGHTHS + 0.05
    for index, page in enumerate(others, start=2):
        assert not [rule for rule in page.rules if rule.red]
        check_page_number(page, index)
    copies = others[-1].lines
    last = [
        line for line in copies if line.size == pytest.approx(14, abs=0.01) and not line.text.startswith("—")
    ]
    assert last[0].text.startswith("抄送：") and last[-1].text.endswith("。")
    assert last[-1].bottom == near(262)
    assert last[0].left == near(28 + 14 * 25.4 / 72)


def test_one_page_letter_has_its_copies_over_the_second_rule():
    (page,) = pages(render(one_page_letter()))
    copies = page.line("抄送：")
    assert page.rules[2].top - copies.bottom == near(grid.SEVEN_EIGHTHS)


def test_marks_at_the_left_of_a_letter():
    (page,) = pages(render(one_page_letter(copy_no="000012", secrecy="秘密★1年", urgency="特急")))
    number = page.lines[1]
    assert number.text == "000012" + samples.SHORT_LETTER.number  # 份号 on the number's line
    assert page.line("秘密★1年").top - number.top == near(grid.LINE)
    assert page.line("特急").left == near(28) and page.line("特急").fonts <= {"Paper-Hei", "Paper-Own-Hei"}
    assert page.line("关于报送").top - page.line("特急").bottom == near(2 * grid.LINE + grid.SEVEN_EIGHTHS)


# --- 署名, 成文日期 -----------------------------------------------------------------------------------------


def ending(**changes: Any):
    (page,) = pages(render(one_page_letter(copies_to="", contacts=(), date=dt.date(2026, 9, 1), **changes)))
    date = page.line("2026年9月1日")
    organ = [line for line in page.lines if line.top < date.top][-1]
    body = [line for line in page.lines if line.top < organ.top][-1]
    return body, organ, date


@pytest.mark.parametrize("organ", ["云岭区信访局", "云岭区信访工作联席会议办公室"])
def test_sealed_ending(organ: str):
    body, name, date = ending(organ=organ)
    assert date.text == "2026年9月1日"  # 7.3.5.4: no zero padding
    assert date.right == near(184 - 4 * grid.CELL, 0.1)
    assert (name.left + name.right) / 2 == near((date.left + date.right) / 2, 0.1)
    assert date.top - name.top == near(grid.LINE)
    assert name.top - body.bottom == near(2 * grid.LINE + grid.SEVEN_EIGHTHS)  # room for the seal
    assert name.right < 184.05


@pytest.mark.parametrize("organ", ["云岭区信访局", "云岭区信访工作联席会议办公室", "信访局"])
def test_unsealed_ending(organ: str):
    body, name, date = ending(organ=organ, seal=False)
    assert date.left - name.left == near(2 * grid.CELL, 0.1)
    assert max(date.right, name.right) == near(184 - 2 * grid.CELL, 0.1)
    assert name.top - body.bottom == near(grid.LINE + grid.SEVEN_EIGHTHS)


def test_attachment_names_hang_under_their_first_character():
    names = samples.SUPERVISION.attachments
    lines = [line for page in measured("supervision") for line in page.lines]
    start = next(i for i, line in enumerate(lines) if names[0] in line.text)
    assert lines[start].text.startswith("附件：1.") and lines[start].left == near(28 + 2 * grid.CELL)
    second = next(line for line in lines if line.text.startswith("2.关于"))
    wrapped = lines[lines.index(second) + 1]
    assert wrapped.left == near(second.chars[2].x, 0.1)


# --- 文, 7.2 and 7.4 ----------------------------------------------------------------------------------------


def test_document_head():
    first = measured("bulletin")[0]
    left, right, top, bottom = first.ink(60, 100)
    assert top == near(72, 0.1)  # 35 mm below the type area's top
    assert (left + right) / 2 == near(106, 0.6) and left > 27.9 and right < 184.1
    number = first.line("云信通〔2026〕10号")
    assert (number.left + number.right) / 2 == near(106, 0.1)
    assert number.top - bottom == near(2 * grid.LINE + grid.SEVEN_EIGHTHS, 0.1)
    (rule,) = first.rules
    assert rule.red and rule.right - rule.left == near(156) and rule.left == near(28)
    assert rule.top - number.bottom == near(4)
    check_page_number(first, 1)
    title = first.line("关于2026年10月")
    assert title.top - rule.bottom == near(2 * grid.LINE + grid.SEVEN_EIGHTHS)


def test_document_record():
    *_, last = measured("bulletin")
    first, between, end = (rule for rule in last.rules if rule.top > 200)
    assert (first.thickness, between.thickness, end.thickness) == (near(0.35), near(0.25), near(0.35))
    assert end.bottom == near(262) and end.right - end.left == near(156)
    issued = last.line("2026年11月6日印发")
    assert issued.left == near(28 + 14 * 25.4 / 72) and issued.right == near(184 - 14 * 25.4 / 72)
    assert between.bottom < issued.top and issued.bottom < end.top


def test_document_sent_upwards_names_its_signer():
    (first, *_) = pages(render(replace(samples.BULLETIN, signer="周明", copy_no="000003", urgency="平急")))
    line = first.line("签发人：周明")
    assert line.left == near(28 + grid.CELL) and line.right == near(184 - grid.CELL)
    assert {"Paper-Kai"} <= line.fonts or {"Paper-Own-Kai"} <= line.fonts
    assert first.line("000003").top == near(37) and first.line("平急").top == near(37 + grid.LINE)


def test_annex():
    *_, last = measured("bulletin")
    assert (
        last.lines[0].text == "附件" and last.lines[0].top == near(37) and "Paper-Hei" in last.lines[0].fonts
    )
    title = last.line("考核排名表")
    assert title.top - 37 == near(2 * grid.LINE, 0.1)  # on the third line
    assert "附件：2026年10月全区信访工作考核排名表" in [line.text for line in measured("bulletin")[1].lines]


# --- 纪, 10.3 -----------------------------------------------------------------------------------------------


def test_minutes():
    first, *_, last = measured("minutes")
    assert first.ink(60, 100)[2] == near(72, 0.1)
    (rule,) = first.rules
    assert rule.red and rule.right - rule.left == near(156)
    present = last.line("出席：")
    assert present.left == near(28 + 2 * grid.CELL)
    assert [c.font.split("+")[-1] for c in present.chars[:3]] in (["Paper-Hei"] * 3, ["Paper-Own-Hei"] * 3)
    wrapped = last.lines[last.lines.index(present) + 1]
    assert wrapped.left == near(present.chars[3].x, 0.1)  # aligned after the colon
    assert last.line("请假：").left == last.line("列席：").left == near(28 + 2 * grid.CELL)
    assert last.rules[-1].bottom == near(262)


# --- 告, 表 -------------------------------------------------------------------------------------------------


def test_notice():
    (page,) = measured("extension")
    assert not page.rules or not any(rule.red for rule in page.rules)  # no red head
    organ, title, number = page.lines[:3]
    assert organ.top == near(37) and organ.size == title.size == pytest.approx(22, abs=0.01)
    assert [round((x.left + x.right) / 2) for x in (organ, title, number)] == [106, 106, 106]
    assert page.line("受送达人").bottom == near(262)
    assert page.line("2026年11月18日").right == near(184 - 4 * grid.CELL, 0.1)
    check_page_number(page, 1)


def test_form_is_one_page_of_aligned_boxes():
    (page,) = measured("registration")
    assert (page.columns[0], page.columns[-1]) == (25, 190)
    assert len(page.columns) <= 16  # rows share their column lines
    assert page.line("第1页共1页").bottom < 290
    assert page.line("信访人签名").right <= 190


def test_slip_is_a_landscape_a5_with_the_code_large():
    (page,) = measured("slip")
    assert (page.page.rect.width * 25.4 / 72, page.page.rect.height * 25.4 / 72) == (near(210), near(148))
    code = page.line("7KQ49M2X3HTB")
    assert code.size >= 28
    assert all(line.left > 16 and line.right < 194 and line.bottom < 136 for line in page.lines)
