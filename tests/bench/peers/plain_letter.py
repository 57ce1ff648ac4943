"""The peer of the letters: the same templates and styles through stock WeasyPrint, with the system's own fonts.

No patches and no font pack; font configuration and styles are kept between letters, as ours are. To be called first
in a process of its own: patches and fontconfig belong to a process.
"""

from __future__ import annotations

from contextlib import nullcontext

from app.documents import render, weasy70


def use_stock() -> None:
    """From now on this process renders papers as WeasyPrint comes."""
    vars(weasy70)["apply"] = lambda: None
    vars(render)["_only_fonts_of"] = lambda _folders: nullcontext()
