"""Laying a paper out takes a second; what it says is looked at in the tests that read the PDF."""

from __future__ import annotations

import pytest


@pytest.fixture
def quick_papers(monkeypatch):
    monkeypatch.setattr(
        "app.documents.operations.rendered", lambda document: f"%PDF {document.number} {document.id}".encode()
    )
