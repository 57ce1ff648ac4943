"""The paper engine draws with the font pack; its first test builds it where set-up has not (under a minute)."""

from __future__ import annotations

import pytest

from app.documents import fontpack


@pytest.fixture(scope="session", autouse=True)
def font_pack():
    fontpack.build(fontpack.default_dir(), minimal=True)
