"""Codes that people read from paper and type: no 0 and O, no 1 and I."""

from __future__ import annotations

import secrets

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 of them: five bits each
LENGTH = 12  # 60 bits: not to be guessed


def new_code() -> str:
    return "".join(LETTERS[byte & 31] for byte in secrets.token_bytes(LENGTH))
