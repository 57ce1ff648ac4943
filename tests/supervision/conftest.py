"""Laying a letter out takes a second; what it says is looked at in the one test that walks the whole road."""

from __future__ import annotations

import pytest


@pytest.fixture
def quick_papers(monkeypatch):
    monkeypatch.setattr(
        "app.documents.operations.rendered", lambda document: f"%PDF {document.number} {document.id}".encode()
    )
