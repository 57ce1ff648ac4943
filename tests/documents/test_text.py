"""Text on its way to paper: nothing invisible, nothing endless, levels recognised."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents import text

DRAWN = frozenset(
    [*range(0x20, 0x7F), *range(0x3000, 0x3100), *range(0x4E00, 0xA000), *map(ord, "，。；：（）“”—…·～／")]
)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("金额\u202e0001元", "金额0001元"),
        ("\ufeff张\u200b三\u00ad", "张三"),
        ("甲\r\n乙\u2028丙\x0b丁\x85戊", "甲\n乙\n丙\n丁\n戊"),
        ("A\x1b[31mB\x00\x9f\uffff", "A[31mB"),
        ("一\u00a0二\u2003三\t四", "一 二 三 四"),
        ("辻\ufe00葛\U000e0100", "辻葛"),
        ("010\u2011123", "010-123"),
        ("e" + "\u0301" * 40, "e" + "\u0301" * 2),
        ("坏\ud800字", "坏\ufffd字"),
        ("&lt;b&gt;<b>", "&lt;b&gt;<b>"),
    ],
)
def test_clean(typed: str, printed: str):
    assert text.clean(typed) == printed


def test_missing_names_each_undrawable_character_once():
    assert text.missing("张三\U0001f600李四\U0001f600\u0f40\ufeff\n", DRAWN) == ["U+1F600", "U+0F40"]
    assert text.printable("张\U0001f600", 100, DRAWN) == "张[U+1F600]"


def test_what_is_cut_says_so():
    body = text.printable("字" * 130_000, text.MAX_BODY, DRAWN)
    assert len(body) < text.MAX_BODY + 30 and body.endswith("（以下略，全文见电子卷宗）")
    assert text.printable("字" * 400, text.MAX_LINE, DRAWN).endswith("……")


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于报送信访事项办理情况的函", ["关于报送信访事项办理情况的函"]),
        ("关于退回XF2026110042LF号信访事项的异议函", ["关于退回XF2026110042LF号", "信访事项的异议函"]),
        ("关于表彰奖励2026年度信访工作先进单位的决定", ["关于表彰奖励2026年度", "信访工作先进单位的决定"]),
        ("关于XF2026110042LF号信访事项的异议申请", ["关于XF2026110042LF号", "信访事项的异议申请"]),
        ("关于信访工作连续3个月位列后3名的书面检查", ["关于信访工作连续3个月", "位列后3名的书面检查"]),
        (
            "关于XF2026110042LF号信访事项追究责任的建议函",
            ["关于XF2026110042LF号", "信访事项追究责任的建议函"],
        ),
        ("甲" * 21 + "\n乙", ["甲" * 10, "甲" * 11, "乙"]),
        ("A" * 100, ["A" * 100]),
    ],
)
def test_a_long_title_is_parted_evenly_and_where_it_reads_well(title: str, lines: list[str]):
    assert text.titled(title, 19.8).split("\n") == lines


@given(st.text(alphabet="关于的，（）《》12ab函\n", max_size=90))
def test_parting_a_title_loses_nothing(title: str):
    assert text.titled(title, 19.8).replace("\n", "") == title.replace("\n", "")


def test_paragraphs_and_their_levels():
    found = text.paragraphs(
        "\n　　现将有关事项函告如下。\n\n一、基本情况\n（一）反映的问题。群众反映噪声扰民。\n1. 夜间施工\n（1）时间\n"
        "二、请于月底前办结。\n（二）张某，男；\n3.5万元\n"
    )
    assert [(one.level, one.head, one.rest) for one in found] == [
        (0, "", "现将有关事项函告如下。"),
        (1, "一、基本情况", ""),
        (2, "（一）反映的问题。", "群众反映噪声扰民。"),
        (3, "", "1. 夜间施工"),
        (4, "", "（1）时间"),
        (1, "", "二、请于月底前办结。"),
        (2, "", "（二）张某，男；"),
        (0, "", "3.5万元"),
    ]
    named = text.paragraphs("一、会议地点：区政府第二会议室\n（一）成立专班，责任人：王五。\n二、要求如下：")
    assert [(one.head, one.rest) for one in named] == [
        ("一、会议地点：", "区政府第二会议室"), ("", "（一）成立专班，责任人：王五。"), ("", "二、要求如下："),
    ]  # fmt: skip


def test_endless_words_may_break_and_signs_stay_off_the_line_start():
    word = text.breakable("a" * 100)
    assert max(map(len, word.split("\u200b"))) == 28 and word.replace("\u200b", "") == "a" * 100
    assert "\u200b" in text.breakable("，" * 100)
    assert text.breakable("阿卜杜拉·买买提") == "阿卜杜拉\u2060·买买提"
    assert text.breakable("1—3月，是——这样") == "1\u2060—3月，是——这样"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(typed: str):
    once = text.clean(typed)
    assert text.clean(once) == once
    assert not text.missing(text.printable(typed, 1000, DRAWN), DRAWN)


@given(st.text(alphabet="ab，。一（）·—～ \n", max_size=300))
def test_breaking_changes_nothing_that_is_seen(typed: str):
    broken = text.breakable(typed)
    assert broken.replace("\u200b", "").replace("\u2060", "") == typed


@pytest.mark.parametrize(
    "typed", ["a" * 500_000, "，" * 500_000, "\u0301" * 500_000, "一、" * 250_000, "——" * 250_000]
)
def test_no_text_keeps_the_cleaner_busy(typed: str):
    start = time.process_time()
    text.paragraphs(text.breakable(text.printable(typed, text.MAX_BODY, DRAWN)))
    assert time.process_time() - start < 2
