"""What many rows of a job ask for alike is asked once, and only inside the job."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.remembered import remembered, remembering


def test_asked_once_inside_and_every_time_outside() -> None:
    asked: list[tuple[str, int]] = []

    @remembered
    def ask(what: str, day: int = 0) -> str | None:
        asked.append((what, day))
        return None if what == "nothing" else what

    ask("seal")
    ask("seal")
    assert len(asked) == 2
    with remembering():
        assert [ask("seal"), ask("seal"), ask("nothing"), ask("nothing"), ask("seal", day=1)] == [
            "seal", "seal", None, None, "seal"
        ]  # fmt: skip
        assert len(asked) == 5
        with remembering():
            ask("seal")
        assert len(asked) == 6, "another transaction asks anew"
        ask("seal")
        assert len(asked) == 6
    ask("seal")
    assert len(asked) == 7


def test_what_fails_is_asked_again() -> None:
    answers = iter([KeyError("setting"), "1"])

    @remembered
    def ask() -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with remembering():
        with pytest.raises(KeyError):
            ask()
        assert ask() == ask() == "1"
