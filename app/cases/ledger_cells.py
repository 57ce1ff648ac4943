"""Reading one cell of a ledger: whatever a clerk typed, or the message that says what is wrong with it.

Excel gives text, numbers, dates, booleans or nothing. Every reader takes such a cell, returns the value, and
raises `Unreadable` when there is none; blank cells are the caller's business (`is_blank`).
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.datetime import from_excel

Cell = object
"""str, int, float, bool, datetime, date, time, timedelta or None."""

EARLIEST = date(1949, 10, 1)
MOST_PEOPLE = 9_999  # more is a slip of the keyboard, such as a phone number in the wrong column
EXACT_DIGITS = 15  # a spreadsheet number keeps no more
EXCEL_SERIALS = range(15_000, 80_000)  # 1941 to 2119, as days

BLANKS = frozenset(
    {"", "/", "\\", "-", "--", "---", "—", "——", "_", "无", "暂无", "不详", "未知", "空", "n/a", "null"}
)


def N_(msgid: str) -> str:
    """Marks a sentence for pybabel; it is translated where it is shown."""
    return msgid


class Unreadable(ValueError):
    """The cell holds no such value. `message` is a msgid with %(name)s places for `params`."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params)
        self.message = message
        self.params: Mapping[str, object] = params


def _visible(text: str) -> str:
    """Without NUL, zero-width blanks, direction marks; line feed and tab stay.

    Private-use and unassigned characters stay too: rare characters of names are written with them.
    """
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def shorten(value: object, length: int = 30) -> str:
    """A value as a message may repeat it."""
    text = " ".join(str(value)[: length * 4].split())
    return text if len(text) <= length else text[: length - 1] + "…"


def fold(text: str) -> str:
    """What two writings of the same word have in common: NFKC, no blanks, no case."""
    return _visible("".join(unicodedata.normalize("NFKC", text).split())).casefold()


def read_text(cell: Cell, limit: int) -> str:
    """The cell as text of at most `limit` characters, trimmed, without invisible characters; may be empty.

    Chinese punctuation stays as it is. A whole number stored as a float (13800000000.0) loses its point.
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        cell = cell.date()
    text = str(cell)
    if len(text) > limit * 4 + 100:  # before any work is spent on it
        raise Unreadable(N_("longer than %(limit)s characters"), limit=limit)
    if text in ERROR_CODES:
        raise Unreadable(N_("holds a formula error: %(value)s"), value=text)
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    text = _visible(text).strip()
    if len(text) > limit:
        raise Unreadable(N_("longer than %(limit)s characters"), limit=limit)
    return text


def is_blank(text: str) -> bool:
    """Empty, or one of the marks written for "nothing"."""
    return len(text) < 10 and fold(text) in BLANKS


def read_code(cell: Cell, limit: int) -> str:
    """A number that is a name (petition number, identity number): narrow, no blanks, upper case."""
    if isinstance(cell, int | float) and len(f"{abs(cell):.0f}") > EXACT_DIGITS:
        raise Unreadable(N_("is stored as a number, so Excel has cut its last digits: enter it as text"))
    return fold(read_text(cell, limit)).upper()


HAN = r"[\u2e80-\u2fff\u3007\u3400-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U0003ffff]"
BLANK_AT_HAN = re.compile(rf"(?<={HAN})\s+|\s+(?={HAN})")
MIDDLE_DOTS = re.compile(r"\s*[\u00b7\u2022\u2027\u22c5\u30fb\uff65]\s*")
NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if chr(wide - 0xFEE0).isalnum()}


def read_name(cell: Cell, limit: int) -> str:
    """The name of a person or organisation: 张 三 is 张三, the dot in 阿卜杜拉·买买提 always the same one."""
    text = read_text(cell, limit).translate(NARROW)
    text = " ".join(MIDDLE_DOTS.sub("·", BLANK_AT_HAN.sub("", text)).split())
    if text and all(unicodedata.category(c)[0] in "NPSZ" for c in text):
        raise Unreadable(N_("is not a name: %(value)s"), value=shorten(text))
    return text


DIGITS = {**dict(zip("〇一二三四五六七八九", range(10), strict=True)), "零": 0, "两": 2}
PLACES = {"十": 10, "百": 100, "千": 1000}


def chinese_number(text: str) -> int | None:
    """三 3, 十二 12, 三十 30, 一百零五 105, 二〇二六 2026; None for anything else."""
    if not text or any(c not in DIGITS and c not in PLACES for c in text):
        return None
    if all(c in DIGITS for c in text):
        return int("".join(str(DIGITS[c]) for c in text))
    total, digit = 0, 0
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        else:
            total += (digit or 1) * PLACES[c]
            digit = 0
    return total + digit


WEEKDAY = re.compile(r"\(?(?:星期|礼拜|周)[一二三四五六日天]\)?")
CHINESE_DATE = re.compile(
    r"([〇零一二三四五六七八九]{2,4})年([一二三四五六七八九十]+)月([一二三四五六七八九十]+)[日号]"
)
SEPARATOR = re.compile(r"\s*([-/.。、,_年月日号:时点分])\s*")
DAY = re.compile(r"([0-9]{4})[-/.。、,_年]([0-9]{1,2})[-/.。、,_月]([0-9]{1,2})(?![0-9])[日号]?")
DAY_OF_SHORT_YEAR = re.compile(r"([0-9]{2})年([0-9]{1,2})月([0-9]{1,2})(?![0-9])[日号]?")
DIGITS_ONLY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4}|[0-9]{6})?$")
NOON = "(?:上午|下午|早上|晚上|中午|凌晨|AM|PM)"
TIME_OF_DAY = re.compile(
    rf"[T,]?\s*{NOON}?\s*(?:[0-9]{{1,2}}[:时点](?:[0-9]{{1,2}}[:分]?)?(?:[0-9]{{1,2}}(?:\.[0-9]+)?秒?)?)?"
    rf"\s*{NOON}?Z?",
    re.IGNORECASE,
)


def read_date(cell: Cell, epoch: datetime) -> date:
    """A day: a date cell, Excel's serial number, or text with the year first.

    2026/8/28, 2026.4.12, 2026年4月18日, 20260828, 二〇二六年四月十八日, a time of day behind it
    dropped. A date without its year (2月3日) is not guessed. `epoch` is the workbook's day 0.
    """
    day = _date_of(cell, epoch)
    if day is None:
        raise Unreadable(N_("is not a date: %(value)s"), value=shorten(cell))
    if day < EARLIEST:
        raise Unreadable(N_("is too long ago: %(value)s"), value=day.isoformat())
    return day


def _date_of(cell: Cell, epoch: datetime) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            return None
        if int(cell) in EXCEL_SERIALS:
            serial = from_excel(cell, epoch)
            return serial.date() if isinstance(serial, datetime) else None
        cell = str(int(cell))
    return _date_in(read_text(cell, 60), epoch) if isinstance(cell, str) else None


def _date_in(text: str, epoch: datetime) -> date | None:
    narrow = re.sub(r"[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", text))
    text = SEPARATOR.sub(r"\1", WEEKDAY.sub(" ", narrow)).strip()
    if re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", text):
        return _date_of(float(text), epoch)
    text = CHINESE_DATE.sub(_in_figures, text)
    for pattern, century in ((DAY, ""), (DAY_OF_SHORT_YEAR, "20"), (DIGITS_ONLY, "")):
        match = pattern.match(text)
        if match and TIME_OF_DAY.fullmatch(text[match.end() :].strip()):
            try:
                return date(int(century + match[1]), int(match[2]), int(match[3]))
            except ValueError:
                return None
    return None


def _in_figures(match: re.Match[str]) -> str:
    year, month, day = (chinese_number(part) for part in match.groups())
    return f"{year:02}年{month}月{day}日" if year and month and day else match[0]


PEOPLE = re.compile(
    r"(?:共|合计|计)?\(?(-?[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[〇零一二三四五六七八九两十百千]+)(?:\.0*)?\)?"
    r"\(?(?:人次|人|名|位|个)?\)?"
)


def read_people(cell: Cell) -> int:
    """How many people: 3, 3.0, 3人, 共12名, 三十二人; not "some" or "about 30", for it is counted later."""
    match = None if isinstance(cell, bool) else PEOPLE.fullmatch(fold(read_text(cell, 60)))
    if not match:
        raise Unreadable(N_("is not a number of people: %(value)s"), value=shorten(cell))
    in_chinese = chinese_number(match[1])
    people = int(match[1].replace(",", "")) if in_chinese is None else in_chinese
    if people < 1:
        raise Unreadable(N_("must be at least 1"))
    if people > MOST_PEOPLE:
        raise Unreadable(N_("is more than %(most)s"), most=MOST_PEOPLE)
    return people
