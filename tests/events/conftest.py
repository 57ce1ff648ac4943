"""Papers are laid out in the browser test; here it matters that they are issued."""

from __future__ import annotations

from tests.supervision.conftest import quick_papers as quick_papers
