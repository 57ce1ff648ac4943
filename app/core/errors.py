"""Refusals: what the portal says when the regulation, a right or a rule of the house forbids something."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A clear sentence for the person at the screen; nothing has been written when it is raised.

    ``message`` is a (lazy) translated sentence, ``field`` the form field it belongs to, or None for the page.
    """

    def __init__(self, message: Any, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class OutOfReach(Exception):
    """A write to a row outside the officer's data scope; answered like a row that does not exist."""
