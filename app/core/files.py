"""Files by the digest of their content: written before the commit, so a failed commit leaves no half document."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from flask import current_app


def _path(digest: str) -> Path:
    return Path(current_app.config["FILES_DIR"]) / digest[:2] / digest


def put(content: bytes) -> str:
    """Store and return the SHA-256 (hex). The same content is the same file; storing twice is harmless."""
    digest = hashlib.sha256(content).hexdigest()
    path = _path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    return digest


def get(digest: str) -> bytes:
    """Raises FileNotFoundError when it is missing and ValueError when it was changed."""
    content = _path(digest).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"file {digest} does not match its digest")
    return content
