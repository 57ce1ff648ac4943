"""What many rows of one job ask for alike is asked once: a setting, a seal, the office in whose name all goes out.

Only inside `remembering()`, which lasts for one transaction of a job: elsewhere everything is read where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, a function that is `remembered` runs once for the same arguments."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def remembered(ask: Callable[P, R]) -> Callable[P, R]:
    """Mark a function whose answer does not change within a transaction; its arguments can be hashed."""

    @wraps(ask)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        answers = _answers.get()
        if answers is None:
            return ask(*args, **kwargs)
        key = (ask, args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = ask(*args, **kwargs)
        found: R = answers[key]
        return found

    return answer
