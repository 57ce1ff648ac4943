"""Laying a paper out takes a second; what papers say is looked at where they are drawn for real."""

from __future__ import annotations

import pytest


@pytest.fixture
def quick_papers(monkeypatch):
    monkeypatch.setattr(
        "app.documents.operations.rendered", lambda document: f"%PDF {document.number} {document.id}".encode()
    )
