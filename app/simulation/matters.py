"""Invented petitioners and what they ask for, drawn from ``seeds/simulation.yaml``. Pure: the draw is an argument."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

from app.cases.enums import Channel, LegalPath, Purpose
from app.core.idcard import id_check_digit


@dataclass(frozen=True)
class Matter:
    """What is brought: the columns of a case that never change."""

    name: str
    id_number: str
    phone: str
    address: str
    people: int
    channel: Channel
    purpose: Purpose
    category: str
    place: str
    title: str
    request: str
    facts: str
    path: LegalPath | None = None
    representatives: list[str] = field(default_factory=list)


class Matters:
    """Draws matters; ``places`` are (town, village) names of the office."""

    def __init__(self, words: dict[str, Any], places: list[str], only: frozenset[str] | None = None) -> None:
        self.words, self.places = words, places
        self.kinds = [kind for kind in words["matters"] if only is None or kind["category"] in only]
        self.weights = _running_sum([kind["weight"] for kind in self.kinds])
        self.channels = [Channel[code] for code in words["channels"]]
        self.channel_weights = _running_sum(list(words["channels"].values()))

    def draw(self, rng: random.Random, on: dt.date) -> Matter:
        kind = rng.choices(self.kinds, cum_weights=self.weights)[0]
        text = rng.choice(kind["texts"])
        place = rng.choice(self.places)
        channel = rng.choices(self.channels, cum_weights=self.channel_weights)[0]
        people = self._people(rng)
        since = on - dt.timedelta(days=rng.randrange(60, 900))
        filled = {
            "place": place, "year": since.year, "month": since.month, "n": rng.randrange(3, 40),
            "amount": f"{rng.randrange(8, 900) * 1000:,}".replace(",", ""), "firm": rng.choice(self.words["firms"]),
        }  # fmt: skip
        joint = channel is Channel.VISIT and people > 5
        purpose = Purpose[kind.get("purpose") or ("CLAIM" if rng.random() < 0.8 else "APPEAL")]
        claim = purpose in (Purpose.CLAIM, Purpose.APPEAL)
        return Matter(
            name=self.name(rng), id_number=self.id_number(rng), phone=self.phone(rng),
            address=f"{place}{rng.choice(self.words['streets'])}{rng.randrange(1, 200)}号", people=people,
            channel=channel, purpose=purpose, path=self._path(kind, rng) if claim else None,
            category=kind["category"], place=place, title=text["title"], request=text["request"].format(**filled),
            facts=text["facts"].format(**filled),
            representatives=[self.name(rng) for _ in range(rng.randrange(2, 6))] if joint else [],
        )  # fmt: skip

    @staticmethod
    def _path(kind: dict[str, Any], rng: random.Random) -> LegalPath:
        """The path a claim turns out to be on: C6, or one of those the kind names with their share of a hundred."""
        drawn = rng.randrange(100)
        for code, share in kind.get("paths", {}).items():
            drawn -= share
            if drawn < 0:
                return LegalPath[code]
        return LegalPath.C6

    @staticmethod
    def _people(rng: random.Random) -> int:
        chance = rng.random()
        return rng.randrange(1, 5) if chance < 0.85 else rng.randrange(5, 16 if chance < 0.95 else 60)

    def name(self, rng: random.Random) -> str:
        given = self.words["given"]
        second = rng.choice(given) if rng.random() < 0.75 else ""
        return f"{rng.choice(self.words['surnames'])}{rng.choice(given)}{second}"

    def id_number(self, rng: random.Random) -> str:
        """A number with a right check digit under a region that does not exist."""
        born = dt.date(1945, 1, 1) + dt.timedelta(days=rng.randrange(21_900))
        first = f"{rng.choice(self.words['id_regions'])}{born:%Y%m%d}{rng.randrange(1, 999):03d}"
        return first + id_check_digit(first)

    def phone(self, rng: random.Random) -> str:
        return f"{self.words['phone_prefix']}{rng.randrange(10**8):08d}"


def _running_sum(weights: list[int]) -> list[int]:
    total, sums = 0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums
