"""The pages of docs/ that are made from the code say what the code says; and no page names what is not there."""

from __future__ import annotations

import re

import pytest

from tests.docs import DOCS, pages
from tests.support.server import PROJECT

WRITTEN = sorted([PROJECT / "README.md", *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def test_generated_pages_are_up_to_date(sqlite_app):
    stale = [path.name for path, text in pages(sqlite_app).items() if _text(path) != text]
    assert not stale, f"{', '.join(stale)}: run `make docs` and commit"


def _text(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    links = [link for link in LINK.findall(_text(path)) if "://" not in link]
    lost = [link for link in links if not (path.parent / link).exists()]
    assert not lost
