"""docs/workflow.md from the transition table of `app/cases/workflow.py`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from app.cases import effects, guards
from app.cases.enums import OPEN, State
from app.cases.steps import Step
from app.cases.workflow import FIRST, FIRST_CLOCK, MOVES, Move
from tests.docs.words import Words, mermaid, page, table


def workflow(words: Words) -> str:
    kinds = {str(m.polymorphic_identity): m.class_ for m in sa.inspect(Step).self_and_descendants}
    moves = sorted(MOVES.values(), key=lambda m: (m.from_ == OPEN, min(s.value for s in m.from_), m.rank))
    reached = {s for move in moves if move.to is not None for s in move.targets} | set(FIRST["registration"])
    return page(
        "# Workflow",
        "Whose turn it is: [`app/cases/workflow.py`](../app/cases/workflow.py), the only place that says so. Which "
        "role may take a step stands in [roles.md](roles.md); the clocks are rows of the page 办理时限, first "
        "filled from `seeds/clock_rules.yaml`.",
        mermaid("stateDiagram-v2", _diagram(moves)),
        "In any open state, and without moving the case: "
        + ", ".join(f"`{m.kind}`" for m in moves if m.from_ == OPEN and m.to is None)
        + ".",
        f"A case comes into being by {' or '.join(f'`{kind}`' for kind in FIRST)}; registration starts {FIRST_CLOCK}. "
        "Ending a case stops every clock that still runs. On every path but C6, T5 is L4 and T7 does not start.",
        "## Steps",
        table(
            ["step", "from", "to", "guards", "starts", "stops", "paper"],
            (_row(move, getattr(kinds.get(move.kind), "title", ""), words) for move in moves),
        ),
        "## Guards",
        "A guard raises a refusal with one of these sentences; nothing is written then.",
        table(
            ["guard", "refuses with"],
            ((f"`{name}`", "<br>".join(_sentences(g, words))) for name, g in sorted(guards.GUARDS.items())),
        ),
        "## States",
        table(
            ["state", "", "open", "a step leads here"],
            ((f"`{s.name}`", words(s.label), _yes(s in OPEN), _yes(s in reached)) for s in State),
        ),
        "A state that no step leads to is there for ledgers that are taken over, and for steps to come.",
    )


def _yes(holds: bool) -> str:
    return "yes" if holds else ""


def _row(move: Move, title: Any, words: Words) -> tuple[str, ...]:
    return (
        f"`{move.kind}` {words(title)}".strip(),
        "any open" if move.from_ == OPEN else _states(move.from_),
        _leads(move),
        "<br>".join(f"`{guard}`" for guard in move.guards),
        " ".join(move.starts) + (f"late by {' '.join(move.answers)}" if move.answers else ""),
        "all" if "*" in move.stops else " ".join(move.stops),
        move.paper or ("D10 when approved" if move.kind == "extension_ruling" else ""),
    )


def _states(states: Iterable[State]) -> str:
    return "<br>".join(s.name for s in sorted(states, key=lambda s: s.value))


def _leads(move: Move) -> str:
    if move.to is None:
        return "stays" + ("<br>(the step decides)" if move.kind in effects.LEADS else "")
    return _states(move.targets) + ("<br>(the step decides)" if move.kind in effects.LEADS else "")


def _diagram(moves: list[Move]) -> Iterator[str]:
    yield f"[*] --> {FIRST['registration'][0].name}: registration"
    stays: dict[State, list[str]] = defaultdict(list)
    for move in moves:
        for source in sorted(move.from_ if move.from_ != OPEN else (), key=lambda s: s.value):
            if move.to is None:
                stays[source].append(move.kind)
            else:
                for target in sorted(move.targets, key=lambda s: s.value):
                    yield f"{source.name} --> {target.name}: {move.kind}"
    for state, names in stays.items():
        yield f"{state.name} --> {state.name}: {', '.join(names)}"
    anywhere = [m for m in moves if m.from_ == OPEN]
    yield 'state "any open state" as OPEN'
    for move in anywhere:
        if isinstance(move.to, State):
            yield f"OPEN --> {move.to.name}: {move.kind}"


def _sentences(guard: Any, words: Words) -> list[str]:
    """The refusals written in a guard."""
    calls = (
        node
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(guard))))
        if isinstance(node, ast.Call)
    )
    said = (call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_l")
    return [words(text.value) for text in said if isinstance(text, ast.Constant)]
