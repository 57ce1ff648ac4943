"""The fields that texts may use: their names, what they are, and an example; from ``seeds/paper_fields.yaml``."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

import config
from app.documents import compose
from app.documents.models import DocumentKind

CODED = {"D01": "", "D02": "7KQ49M2X3HTB"}


@dataclass(frozen=True)
class Field:
    """A field by the name it has in texts; `of_case` when every petition offers it by itself."""

    name: str
    label: str
    of_case: bool


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Any]:
    return dict(yaml.safe_load((config.ROOT / "seeds" / "paper_fields.yaml").read_text(encoding="utf-8")))


def known() -> dict[str, Field]:
    """Every field there is, by name."""
    found = {name: Field(name, said[0], False) for name, said in _catalogue()["step"].items()}
    return found | {name: Field(name, said[0], True) for name, said in _catalogue()["case"].items()}


def label(name: str) -> str:
    """What a field is; its own name where nobody has said."""
    field = known().get(name)
    return field.label if field is not None else name


def offered(kind: DocumentKind) -> list[Field]:
    """The fields for a kind's texts: those of every case, then those its texts use already."""
    fields = known()
    own = sorted(compose.asked_for(kind))
    return [field for field in fields.values() if field.of_case] + [
        fields[name] for name in own if name in fields and not fields[name].of_case
    ]


def unknown(kind: DocumentKind) -> list[str]:
    """Fields that the texts name and nothing is known of: marked in the preview, asked for when one drafts."""
    return sorted(compose.asked_for(kind) - set(known()))


def read(name: str, typed: str, code: str) -> Any:
    """What a drafter typed, as the texts take it: rows of a table a line each, cells by |; a count as a number."""
    like = sample(code).get(name)
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if isinstance(like, list) and like and isinstance(like[0], dict):
        names = list(like[0])
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        return [dict(zip(names, [*row, *[""] * len(names)], strict=False)) for row in cells]
    if isinstance(like, list):
        return lines
    if isinstance(like, int) and typed.isdigit() and len(typed) < 10:
        return int(typed)
    return typed


def shown(value: Any) -> str:
    """An example as a drafter would type it."""
    if isinstance(value, list):
        return "\n".join(
            " | ".join(map(str, one.values())) if isinstance(one, dict) else str(one) for one in value
        )
    return str(value)


def sample(code: str) -> dict[str, Any]:
    """A made-up matter for an example of that kind; the same every time."""
    catalogue = _catalogue()
    found = {name: said[1] for part in ("case", "step") for name, said in catalogue[part].items()}
    found |= catalogue["kinds"].get(code, {})
    found["contacts"] = [f"联系人：{found['officer']}", f"电话：{found['unit_phone']}"]
    if code in CODED:  # at registration the papers carry the number of the case, the slip its query code
        found["paper_code"] = CODED[code] or found["number"]
    return copy.deepcopy(found)
