"""Which characters the papers can draw, known without loading the engine: a page that refuses one waits for nothing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from app.documents import fontpack, text


def missing(value: str) -> list[str]:
    """Characters of `value` that no font of the pack draws, as U+XXXX. Raises PackError where there is no pack."""
    folders = tuple(fontpack.pack_dirs(fontpack.default_dir()))
    if not folders:
        raise fontpack.PackError("no font pack")
    return text.missing(value, _coverage(folders))


@lru_cache(maxsize=2)
def _coverage(folders: tuple[Path, ...]) -> frozenset[int]:
    return fontpack.coverage(list(folders))
