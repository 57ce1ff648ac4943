"""What makes two petitions look like one matter: pure, with no session and no clock.

Text is compared by pairs of characters (Chinese has no blanks between words); a pair is kept as a number, so that the
index over all cases holds numbers and no text.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from rapidfuzz import fuzz

from app.core.enums import LabelledEnum

MOST_GRAMS = 60  # of a text, so that looking is bounded; a petition's request in brief has twenty to forty


class Sign(LabelledEnum):
    """What two petitions have in common, strongest first (domain.md 2.3)."""

    ID_NUMBER = (_l("same ID number"), "late")
    PHONE = (_l("same telephone"), "warn")
    NAME_PLACE = (_l("same name and place"), "amber")
    TEXT = (_l("similar text"), "info")
    CATEGORY = (_l("same category"), "mute")  # says something only beside another sign


STRONG = frozenset({Sign.ID_NUMBER, Sign.PHONE})
ALONE = STRONG | {Sign.NAME_PLACE, Sign.TEXT}


@dataclass(frozen=True)
class Facts:
    """What is compared of a petition; indexes are the blind ones, never the numbers themselves."""

    id_index: str | None
    phone_index: str | None
    name: str
    place: str
    text: str
    category: int | None = None


def normal(text: str) -> str:
    """Letters, digits and characters in one width and case; blanks and punctuation say nothing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def pairs(text: str) -> list[str]:
    plain = normal(text)
    return [plain[i : i + 2] for i in range(len(plain) - 1)]


def grams(text: str) -> list[int]:
    """The pairs of a text as numbers below 2**31, each once; of a long text those with the smallest numbers, which
    are the same ones in every text that has them."""
    return sorted({zlib.crc32(pair.encode()) & 0x7FFFFFFF for pair in pairs(text)})[:MOST_GRAMS]


def likeness(one: str, other: str) -> int:
    """How alike two texts are, 0 to 100, by their pairs in order."""
    left, right = pairs(one), pairs(other)
    return round(fuzz.ratio(left, right)) if left and right else 0


def signs(new: Facts, old: Facts, least: int) -> dict[Sign, int]:
    """What the two have in common, each with its percentage (100 where it is simply the same).

    Empty unless one of the signs stands alone; ``least`` is the likeness from which texts count as similar.
    """
    found: dict[Sign, int] = {}
    if new.id_index and new.id_index == old.id_index:
        found[Sign.ID_NUMBER] = 100
    if new.phone_index and new.phone_index == old.phone_index:
        found[Sign.PHONE] = 100
    if normal(new.name) and normal(new.name) == normal(old.name) and _same(new.place, old.place):
        found[Sign.NAME_PLACE] = 100
    if (alike := likeness(new.text, old.text)) >= least:
        found[Sign.TEXT] = alike
    if not ALONE & found.keys():
        return {}
    if new.category is not None and new.category == old.category:
        found[Sign.CATEGORY] = 100
    return found


def _same(one: str, other: str) -> bool:
    return bool(normal(one)) and normal(one) == normal(other)


def rank(found: dict[Sign, int]) -> tuple[int, ...]:
    """Sorts the likeliest first: the strongest sign, then how many, then how alike the texts are."""
    strongest = min((sign.value for sign in found), default=len(Sign))
    return (strongest, -len(found), -found.get(Sign.TEXT, 0))


def in_words(found: dict[Sign, int]) -> str:
    """What matched, as a person reads it: "same telephone, similar text (83%)"."""
    words = [
        _("%(sign)s (%(percent)s%%)", sign=sign, percent=found[sign]) if sign is Sign.TEXT else str(sign)
        for sign in sorted(found, key=lambda sign: sign.value)
    ]
    return _list(words)


def _list(words: Sequence[str]) -> str:
    return "、".join(words)
