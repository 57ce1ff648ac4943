"""Text on its way to paper: cleaned once, cut to what a paper may hold, broken where a line may break.

What people type is hostile or broken now and then: invisible characters, turned reading direction, words without
end, characters no font draws. The database keeps the original; paper gets what `printable` returns. Everything is
pure: what the fonts draw is an argument.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_PAGES = 200
MAX_BODY = 22 * 28 * MAX_PAGES  # characters; longer accounts belong into an attached file
MAX_LINE = 300  # titles, names, table values of one line
MAX_CELL = 6_000  # one wide content box of a form

# Direction marks and overrides: U+202E prints 0001元 as 1000元.
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Seen by no reader, but they break search, comparison and line layout.
_INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f"
_INVISIBLE += "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef" + "".join(
    chr((plane << 16) + end) for plane in range(17) for end in (0xFFFE, 0xFFFF)
)
_DROPPED = re.compile(f"[{_DIRECTION}{_INVISIBLE}{_CONTROL}]")
_NEWLINE = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_MARKS = re.compile(r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{2})"
                    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip
_SAME = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2212": "-"})
_SURROGATE = re.compile("[\ud800-\udfff]")

# Neither words without end (27 s for 50,000 letters) nor rows of commas may keep the line breaker searching.
_UNBROKEN = re.compile(
    "[^\\s\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{28}(?=\\S)"
)
# GB/T 15834: 间隔号, 分隔号, 连接号 do not begin a line; Unicode's rules would let them. 破折号 —— may.
_NOT_FIRST = re.compile("(?<=[^\\s\u200b])(?=[·～／]|(?<!—)—(?!—))")

_LEVELS = (
    (1, re.compile("[一二三四五六七八九十]{1,3}、")),
    (2, re.compile("（[一二三四五六七八九十]{1,3}）")),
    (3, re.compile("[0-9]{1,2}[.．](?![0-9])")),
    (4, re.compile("（[0-9]{1,2}）")),
)
MAX_HEAD = 40  # a longer first sentence is text that happens to be numbered, not a heading
_NAMED = re.compile("[^，。；：！？]{1,12}：(?=.)")  # 一、会议地点：…: the name is the heading


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: `level` 0 (none) to 4, `head` set in the level's face (黑体, 楷体), `rest` in 仿宋."""

    level: int
    head: str
    rest: str


def clean(text: str) -> str:
    """Without what cannot be seen or printed; line ends as newline, special spaces as space."""
    text = _SURROGATE.sub("\ufffd", text)
    text = _NEWLINE.sub("\n", text)
    text = _DROPPED.sub("", text)
    text = _SPACE.sub(" ", text).translate(_SAME)
    return _MARKS.sub(r"\1", text)


def missing(text: str, drawn: frozenset[int]) -> list[str]:
    """Code points of `text` that no font draws, as U+XXXX, each once in order of appearance."""
    unknown = dict.fromkeys(c for c in clean(text) if ord(c) not in drawn and c not in "\n ")
    return [f"U+{ord(c):04X}" for c in unknown]


def printable(text: str, limit: int, drawn: frozenset[int]) -> str:
    """`text` cleaned, cut at `limit` characters with a visible note, undrawable characters as [U+XXXX]."""
    text = clean(text[: 4 * limit]).strip("\n")
    if len(text) > limit:
        text = text[:limit] + ("……（以下略，全文见电子卷宗）" if limit > MAX_LINE else "……")
    return "".join(c if ord(c) in drawn or c in "\n " else f"[U+{ord(c):04X}]" for c in text)


def breakable(text: str) -> str:
    """`text` with U+200B where an endless word may break and U+2060 where a line must not."""
    return _NOT_FIRST.sub("\u2060", _UNBROKEN.sub("\\g<0>\u200b", text))


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of a body, one per line, with their level (GB/T 9704 7.3.3: 一、 （一） 1. （1）)."""
    lines = (line.strip(" \u3000") for line in text.split("\n"))
    return [_paragraph(line) for line in lines if line]


def _paragraph(line: str) -> Paragraph:
    level, mark = next(((n, found.end()) for n, pattern in _LEVELS if (found := pattern.match(line))), (0, 0))
    if level not in (1, 2):
        return Paragraph(level, "", line)
    if named := _NAMED.match(line, mark):
        return Paragraph(level, line[: named.end()], line[named.end() :])
    head, stop, rest = line.partition("。")
    # A heading stands alone without 。 or runs into its text; a numbered sentence or list item is text.
    if (stop and not rest) or (line[-1] in "；，：" and not stop) or len(head) > MAX_HEAD:
        return Paragraph(level, "", line)
    return Paragraph(level, head + stop, rest)


# where a title may not be parted: within Latin words and numbers, before what closes, after what opens
_PARTED = re.compile(
    r"(?<=[0-9A-Za-z.%〔])(?=[0-9A-Za-z.%〕])|(?=[，。、；：？！）〕】》〉」』”’％号的等])|(?<=[（〔【《〈「『“‘第])"
)
# words that titles of this office are made of: parted, they read badly
_WORDS = re.compile(
    "(?=(信访|事项|工作|情况|处理|意见|通知|通报|报告|申请|答复|告知|督办|督查|整改|约谈|问题|建议|领导|接访|会诊|纪要|联席|会议|办公|"
    "年度|季度|个月|考核|结果|书面|检查|追究|责任|重大|紧急|信息|矛盾|纠纷|排查|化解|挂牌|限期|采纳|反馈|征收|补偿|支付|"
    "反映|关于|进一步|单位|先进|改造|建设|治理|人民|政府|街道|社区|集体|土地|工程|施工|拖欠|工资|农民|[0-9]+个?[个年月日名次件条]))"
)
_AFTER = "的和与及、，并或"  # a title reads well when a line ends here


def titled(title: str, most: float) -> str:
    """A title on as few lines as `most` characters a line allow, of even length (梯形, 菱形), parted where it reads
    well; the clerk's own line breaks stay."""
    return "\n".join(_even(line, most) for line in title.split("\n"))


def _even(line: str, most: float) -> str:
    count = int(-(-_wide(line) // most))
    if count < 2 or count > 4:
        return line
    closed = {found.start() for found in _PARTED.finditer(line)}
    closed |= {place for word in _WORDS.finditer(line) for place in range(word.start(1) + 1, word.end(1))}
    lines, start = [], 0
    for left in range(count, 1, -1):
        aim, best, cost = _wide(line[start:]) / left, 0, 1e9
        for place in range(start + 1, len(line)):
            here = _wide(line[start:place])
            if here > most or place in closed or _wide(line[place:]) > most * (left - 1):
                continue
            off = abs(here - aim) - (1.6 if line[place - 1] in _AFTER else 0)
            if off < cost:
                best, cost = place, off
        if not best:
            return line
        lines.append(line[start:best])
        start = best
    return "\n".join([*lines, line[start:]])


def _wide(title: str) -> float:
    """The width of a title in characters: capitals of the bold face (of a case number) are wider than half of one."""
    return width(title) + 0.25 * sum("A" <= c <= "Z" for c in title)


def too_long(body: str) -> bool:
    """Whether a body alone fills more than MAX_PAGES; known before it is laid out, which would take a minute."""
    if len(body) > MAX_BODY:
        return True
    return sum(1 + len(line) // 56 for line in body.split("\n") if line.strip()) > 22 * MAX_PAGES


def width(text: str) -> float:
    """Rough width in characters (字): half for Latin letters and digits, for places that must be planned."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in text)
