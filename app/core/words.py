"""The words of the screen: the message catalogues are compiled where they are stale, and forms speak from them too."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask_babel import get_translations
from flask_wtf import FlaskForm


def compile_catalogues(folder: Path) -> None:
    """Bring each ``.mo`` below a translations folder up to its ``.po``; atomic, so several processes may start at once.

    gettext stays silent about a missing or old ``.mo``: the portal would simply turn English. Raises RuntimeError
    where there is no catalogue or it cannot be written.
    """
    sources = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    if not sources:
        raise RuntimeError(f"no message catalogue in {folder}")
    for source in sources:
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            _compile(source, compiled)
        except OSError as refused:
            raise RuntimeError(
                f"{compiled.name} is missing or older than {source} and cannot be written"
            ) from refused


def _compile(source: Path, compiled: Path) -> None:
    with source.open("rb") as stream:
        catalogue = read_po(stream)
    handle, name = tempfile.mkstemp(dir=compiled.parent, prefix=".mo-")
    try:
        with os.fdopen(handle, "wb") as stream:
            write_mo(stream, catalogue)
        Path(name).chmod(0o644)
        Path(name).replace(compiled)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class FormWords:
    """WTForms' messages from our catalogue; its own Chinese says "greater than" where it means "at least"."""

    def gettext(self, text: str) -> str:
        return str(get_translations().ugettext(text))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return str(get_translations().ungettext(one, many, number))


def speak() -> None:
    """Every form of the process says its messages from the portal's catalogue (flask_wtf/form.py, Meta)."""
    words = FormWords()

    def get_translations(_meta: Any, _form: Any) -> FormWords:
        return words

    FlaskForm.Meta.get_translations = get_translations
