"""The transition table: whose turn it is. One line a step kind; everything else about a case follows from it.

``from_`` are the states a step may be taken in, ``to`` where it leads (None: stays; a tuple: the step's own facts
decide, see effects.py), ``stops`` and ``starts`` the clocks, ``paper`` the document kind it issues. Guards are
named functions of ``guards.py``. The diagram in docs/ and the tests of every allowed and forbidden pair are made
from this table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.cases.enums import OPEN, State

S = State


@dataclass(frozen=True)
class Move:
    """``kind`` is the step's polymorphic identity; ``rank`` orders the buttons of the case page."""

    kind: str
    from_: frozenset[State]
    to: State | tuple[State, ...] | None
    guards: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()  # late when one of these is, though they run on
    paper: str = ""
    rank: int = 50
    repeats: bool = True
    quiet: bool = False  # its button stands only where the step is possible
    targets: frozenset[State] = field(init=False)

    def __post_init__(self) -> None:
        to = self.to if isinstance(self.to, tuple) else (self.to,) if self.to else tuple(self.from_)
        object.__setattr__(self, "targets", frozenset(to))


def _at(*states: State) -> frozenset[State]:
    return frozenset(states)


MOVES: dict[str, Move] = {
    move.kind: move
    for move in (
        # S10 -> S30: the hall's own way to the resident department (S002); T1 ends, T3 and T4 begin
        Move("routing", _at(S.REGISTERED, S.TO_FORWARD), S.TO_SIGN, ("routable",),
             starts=("T3", "T4"), stops=("T1",), rank=10),
        # S30 -> S40
        Move("signing", _at(S.TO_SIGN), S.SIGNED, rank=10),
        # S30/S40 -> S31: five working days, reasons (art. 23 para 3)
        Move("objection", _at(S.TO_SIGN, S.SIGNED), S.OBJECTED, ("objection_in_time",),
             starts=("L1",), stops=("T4",), rank=60),
        # S31 -> S11 returned, or back to S40 with reasons
        Move("objection_ruling", _at(S.OBJECTED), (S.TO_FORWARD, S.SIGNED), stops=("L1",), rank=10),
        # S40 -> S50: written notice; the 60 days run from here on C6 (art. 31(6), 34)
        Move("acceptance", _at(S.SIGNED), S.HANDLING, starts=("T5",), stops=("T3", "T4"), paper="D03", rank=10),
        # S30.. -> S21: with ground, article and where to turn
        Move("non_acceptance", _at(S.REGISTERED, S.TO_FORWARD, S.SIGNED), S.REFUSED,
             stops=("T1", "T3", "T4"), paper="D04", rank=70),
        Move("handling", _at(S.SIGNED, S.HANDLING), None, rank=20),
        # S50: once, at most 30 days, before it is due, C6 only (art. 34)
        Move("extension_request", _at(S.HANDLING), None, ("on_c6", "extension_possible"), rank=40),
        Move("extension_ruling", _at(S.HANDLING), None, ("extension_asked",), rank=15),
        # S50 -> S60: opinion drafted by the officer, signed by the head (art. 32, 34)
        Move("opinion_draft", _at(S.HANDLING), None, ("on_c6",), rank=10),
        Move("opinion_signing", _at(S.HANDLING), S.ANSWERED, ("on_c6", "opinion_drafted", "no_extension_open"),
             starts=("L2",), stops=("T5", "L4"), paper="D11", rank=12),
        # S60 -> S61: the petitioner's 30 days for review run from receipt (art. 35)
        Move("delivery", _at(S.ANSWERED), S.DELIVERED, ("received_plausibly",),
             starts=("T7", "L3"), stops=("L2",), paper="D38", rank=10),
        # S61 -> S80
        Move("closing", _at(S.DELIVERED), S.CLOSED, ("no_supervision_open",), stops=("L3",), rank=10),
        # supervision leaves the state alone; it is a matter of its own beside the case (domain.md 2.6)
        Move("supervision_letter", OPEN, None, ("supervisable", "letter_drafted"), starts=("T_SUP",), rank=9,
             quiet=True),
        Move("supervision_answer", OPEN, None, ("letter_open",), answers=("T_SUP",), rank=9, quiet=True),
        Move("supervision_acceptance", OPEN, None, ("answer_open",), stops=("T_SUP",), rank=9, quiet=True),
        Move("supervision_return", OPEN, None, ("answer_open",), rank=50, quiet=True),
        # any open -> voided: reason, approver; nothing disappears (art. 43)
        Move("voiding", OPEN, S.VOIDED, ("no_supervision_open",), stops=("*",), rank=95),
    )
}  # fmt: skip

# how a case comes into being; not a transition
FIRST = {"registration": (S.REGISTERED,), "takeover": tuple(State)}
FIRST_CLOCK = "T1"


def next_steps(state: State) -> list[Move]:
    """The moves possible from a state, likeliest first."""
    return sorted((m for m in MOVES.values() if state in m.from_), key=lambda m: m.rank)
