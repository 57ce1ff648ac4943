"""Column encryption (SM4-GCM, GB/T 32907) and blind indexes (SM3-HMAC, GB/T 32905) for personal data.

ID numbers and telephone numbers are never plain text in the database; equal values are found by their blind
index, which is keyed, so the table alone tells nothing. Keys derive from FIELD_KEY.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import current_app

_NONCE = 12
_TAG = 16


def _key(purpose: str) -> bytes:
    return _derived(purpose, current_app.config["FIELD_KEY"])


@functools.lru_cache(maxsize=8)
def _derived(purpose: str, secret: str) -> bytes:
    return hashlib.sha256(purpose.encode() + b"\0" + secret.encode()).digest()


def encrypt(text: str) -> str:
    """SM4-GCM with a fresh nonce: base64 of nonce, tag and cipher text."""
    nonce = os.urandom(_NONCE)
    engine = Cipher(algorithms.SM4(_key("column")[:16]), modes.GCM(nonce)).encryptor()
    body = engine.update(text.encode()) + engine.finalize()
    return base64.b64encode(nonce + engine.tag + body).decode()


def decrypt(stored: str) -> str:
    """Raises ``cryptography.exceptions.InvalidTag`` when the value was changed or the key is another."""
    raw = base64.b64decode(stored)
    nonce, tag, body = raw[:_NONCE], raw[_NONCE : _NONCE + _TAG], raw[_NONCE + _TAG :]
    engine = Cipher(algorithms.SM4(_key("column")[:16]), modes.GCM(nonce, tag)).decryptor()
    return (engine.update(body) + engine.finalize()).decode()


def blind_index(text: str | None) -> str | None:
    """SM3-HMAC of the normalised value, hex; equal values have equal indexes. None stays None."""
    if not text:
        return None
    mac = hmac.HMAC(_key("index"), hashes.SM3())
    mac.update(text.encode())
    return mac.finalize().hex()


class Encrypted(sa.types.TypeDecorator[str]):
    """Text that is encrypted on the way in and decrypted on the way out; not searchable by design."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return encrypt(value) if value else None

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return decrypt(value) if value else None
