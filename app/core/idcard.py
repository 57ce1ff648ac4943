"""Identity numbers, phones and names of people: read, checked and shown in part.

GB 11643-1999 (citizen number), GB 32100-2015 (unified social credit code of an organisation). A refusal
carries a stable code, which the user interface translates.
"""

import enum
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK_CHARACTERS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

# GB/T 2260 provinces; 83 for Taiwan residents' permits; 9x for the 2023 foreign permanent resident card.
ID_REGION = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d")

COMPOUND_SURNAMES = frozenset(
    {
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "夏侯",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "司空",
        "端木",
        "轩辕",
        "长孙",
        "宇文",
        "南宫",
        "申屠",
        "呼延",
        "独孤",
        "百里",
        "东郭",
    }
)


class Fault(enum.StrEnum):
    """Why a number is refused."""

    ID_LENGTH = "id-length"
    ID_CHARACTERS = "id-characters"
    ID_CHECK_DIGIT = "id-check-digit"
    ID_REGION = "id-region"
    ID_BIRTH_DATE = "id-birth-date"
    ID_BORN_LATER = "id-born-later"
    CREDIT_LENGTH = "credit-length"
    CREDIT_CHARACTERS = "credit-characters"
    CREDIT_CHECK = "credit-check"
    PHONE = "phone"


class Refused(ValueError):
    """The number cannot be right. `code` says why; the text never repeats the number."""

    def __init__(self, code: Fault) -> None:
        super().__init__(code.value)
        self.code = code


class Sex(enum.StrEnum):
    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True)
class Identity:
    """What a citizen number says."""

    number: str
    """18 characters, or 15 digits of an old one: kept as written, for archives."""
    region: str
    born: date
    sex: Sex

    @property
    def old(self) -> bool:
        return len(self.number) == 15


def _compact(text: str) -> str:
    """Full-width characters narrowed, blanks dropped, upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def id_check_digit(first_17: str) -> str:
    """The 18th character for 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, ID_WEIGHTS, strict=True))
    return ID_CHECK_CHARACTERS[total % 11]


def parse_id(text: str, today: date) -> Identity:
    """Read a citizen number of 18 characters, or an old one of 15 digits (born in the 1900s, no check digit).

    Raises Refused. The check digit is looked at first: a slip of the pen anywhere shows there.
    """
    number = _compact(text)
    if len(number) not in (15, 18):
        raise Refused(Fault.ID_LENGTH)
    if not re.fullmatch(r"[0-9]{15}|[0-9]{17}[0-9X]", number):
        raise Refused(Fault.ID_CHARACTERS)
    if len(number) == 18:
        if id_check_digit(number[:17]) != number[17]:
            raise Refused(Fault.ID_CHECK_DIGIT)
        birth, order = number[6:14], number[14:17]
    else:
        birth, order = "19" + number[6:12], number[12:15]
    if not ID_REGION.match(number):
        raise Refused(Fault.ID_REGION)
    try:
        born = date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
    except ValueError:
        raise Refused(Fault.ID_BIRTH_DATE) from None
    if born > today:
        raise Refused(Fault.ID_BORN_LATER)
    if born.year < 1850:  # nobody alive; the scheme itself began with people born in the 1860s
        raise Refused(Fault.ID_BIRTH_DATE)
    return Identity(number, number[:6], born, Sex.MALE if int(order) % 2 else Sex.FEMALE)


def lasting(number: str) -> str:
    """The number a person is known by, whichever paper they show: an old one of 15 digits as it goes on with 18."""
    if not re.fullmatch(r"[0-9]{15}", number):
        return number
    first_17 = f"{number[:6]}19{number[6:]}"
    return first_17 + id_check_digit(first_17)


def parse_credit_code(text: str) -> str:
    """A unified social credit code in its written form (18 characters, upper case). Raises Refused."""
    code = _compact(text)
    if len(code) != 18:
        raise Refused(Fault.CREDIT_LENGTH)
    if any(character not in CREDIT_ALPHABET for character in code):
        raise Refused(Fault.CREDIT_CHARACTERS)
    total = sum(CREDIT_ALPHABET.index(c) * weight for c, weight in zip(code, CREDIT_WEIGHTS, strict=False))
    if CREDIT_ALPHABET[-total % 31] != code[17]:
        raise Refused(Fault.CREDIT_CHECK)
    return code


MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})")
EXTENSION = re.compile(r"(.*[0-9]{7,8})(?:-|转|#|EXT\.?)([0-9]{1,6})")
# 010, 02x or 0 and three digits, its 0 left out after +86; then seven or eight digits.
LANDLINE = re.compile(
    r"(?:\(?0(10|2[0-9]|[3-9][0-9]{2})\)?|(?:\+|00)86(10|2[0-9]|[3-9][0-9]{2}))?([2-9][0-9]{6,7})"
)


def normalise_phone(text: str) -> str:
    """A mainland number as it is kept: 13800000000, 0917-3200000, 0917-3200000-801, 3200000 (no area code).

    Takes full-width digits, blanks, dashes, brackets and +86. Raises Refused.
    """
    written = re.sub(r"[\u2010-\u2015\u2212\u30fc]", "-", _compact(text))  # dashes NFKC leaves alone
    if mobile := MOBILE.fullmatch(written.replace("-", "")):
        return mobile[1]
    with_extension = EXTENSION.fullmatch(written)
    number, extension = with_extension.groups() if with_extension else (written, "")
    landline = LANDLINE.fullmatch(number.replace("-", ""))
    if not landline:
        raise Refused(Fault.PHONE)
    area = landline[1] or landline[2]
    return (f"0{area}-" if area else "") + landline[3] + (f"-{extension}" if extension else "")


def mask_id(number: str) -> str:
    """First three and last two characters: enough to tell two papers apart, not to guess the birth date."""
    return number[:3] + "*" * (len(number) - 5) + number[-2:] if len(number) > 8 else "*" * len(number)


def mask_phone(number: str) -> str:
    """138****0000, 0917-****000; other writings are hidden whole."""
    area, dash, local = number.rpartition("-")
    if number == local and len(local) == 11:
        return local[:3] + "****" + local[-4:]
    if "-" in area or len(local) < 7:  # with an extension, or too short to show a part of
        return "*" * len(number)
    return area + dash + "*" * (len(local) - 3) + local[-3:]


def mask_name(name: str) -> str:
    """The surname stays: 王*英, 李*, 欧阳*月. Of a longer or foreign name only the first character."""
    if len(name) > 4 or not all("\u3400" <= c <= "\U0003ffff" for c in name):
        return name[:1] + "**" if len(name) > 1 else name
    surname = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    given = len(name) - surname
    if given < 2:
        return name[:surname] + "*" * given
    return name[:surname] + "*" * (given - 1) + name[-1]
