"""What an office may write in a text: fields, conditions, loops over rows and a few filters. Nothing else runs.

A text is typed by an administrator and filled with what strangers typed, in the process that serves everybody. So it is
read as a small language of its own: what is not in `ALLOWED` is refused when it is saved, with its line; what could
still grow or run on (loops, replacements) has a budget when it is filled.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _l
from jinja2 import Template, Undefined, meta, nodes, pass_context
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

LONGEST = 20_000  # characters of a text as it is written
MOST_PARTS = 3_000  # nodes of it as it is read
FULLEST = 2_000_000  # characters of a text as it is filled: far above 200 pages
MOST_ROUNDS = 5_000  # of all its loops together
SECONDS = 2.0
LARGEST = 10**15
JOINED = 12  # values put together by ~
BUDGET = "_budget"

ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.Test, nodes.For, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Neg, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Concat, nodes.Tuple,
    nodes.Keyword,
)  # fmt: skip
_SHOWN = {"Call": "(…)", "Assign": "set", "AssignBlock": "set", "Pow": "**", "Mod": "%", "List": "[…]",
          "Dict": "{…}", "CallBlock": "call", "FilterBlock": "filter", "FromImport": "from",
          "NSRef": "set", "Slice": "[:]"}  # fmt: skip
FAULTS = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError,
          MemoryError, SyntaxError)  # fmt: skip


class TextFault(TemplateError):
    """A text asks for what no text may have; the message is for its writer."""

    def __init__(self, sentence: Any) -> None:
        super().__init__()
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class Texts(SandboxedEnvironment):
    """The language of texts. Give it the filters that are offered."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//"})

    def __init__(self, undefined: type[Undefined]) -> None:
        super().__init__(undefined=undefined, autoescape=False)
        self.globals.clear()  # no range, no lipsum, no cycler
        self.filters = {name: self.filters[name] for name in ("default", "first", "last", "int", "round", "upper",
                                                              "lower", "trim")}  # fmt: skip
        self.filters |= {"replace": _replace, "join": _join, "length": _length, "each": _each}

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        for value in (left, right):
            if isinstance(value, Undefined):
                return value
            if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
                raise TextFault(_l("Only numbers are calculated with; texts are put together with ~."))
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > LONGEST:
            raise TextFault(_l("A text has at most %(most)s characters.", most=LONGEST))
        tree = super()._parse(source, name, filename)
        count = 0
        waiting: list[nodes.Node] = [tree]
        while waiting:
            node = waiting.pop()
            _check(node)
            count += 1
            if count > MOST_PARTS:
                raise TextFault(_l("This text is too intricate: divide it into simpler ones."))
            waiting += node.iter_child_nodes()
            if isinstance(
                node, nodes.For
            ):  # after its children were taken: the filter itself is not looked at
                node.iter = nodes.Filter(node.iter, "each", [], [], None, None, lineno=node.lineno)
                node.iter.set_environment(self)
        return tree


def _check(node: nodes.Node) -> None:
    kind = type(node).__name__
    if not isinstance(node, ALLOWED) or (isinstance(node, nodes.For) and node.recursive):
        raise TextFault(
            _l("Line %(line)s: “%(what)s” is not possible in a text, only fields, conditions, loops over rows and the "
               "filters offered.", line=node.lineno, what=_SHOWN.get(kind, kind.lower()))
        )  # fmt: skip
    if isinstance(node, nodes.Concat) and len(node.nodes) > JOINED:
        raise TextFault(_l("This text is too intricate: divide it into simpler ones."))
    closed = ""
    if isinstance(node, nodes.Name):
        closed = node.name if node.name.startswith("_") else ""
    elif isinstance(node, nodes.Getattr):
        closed = node.attr if node.attr.startswith("_") else ""
    elif isinstance(node, nodes.Filter) and node.name == "each":
        closed = node.name
    elif isinstance(node, nodes.Getitem):
        key = node.arg.value if isinstance(node.arg, nodes.Const) else None
        plain = isinstance(key, int) or (isinstance(key, str) and not key.startswith("_"))
        closed = "" if plain else f"[{key or '…'}]"
    if closed:
        raise TextFault(_l("Line %(line)s: “%(name)s” is closed to texts.", line=node.lineno, name=closed))


class _Budget:
    """What one filling may still spend."""

    def __init__(self) -> None:
        self.rounds, self.until = MOST_ROUNDS, time.monotonic() + SECONDS

    def spend(self) -> None:
        self.rounds -= 1
        if self.rounds < 0 or time.monotonic() > self.until:
            raise TextFault(_l("The loops of this text go on too long."))


@pass_context
def _each(context: Any, rows: Any) -> Iterator[Any]:
    """What a loop goes through: the rows of a list, each of them paid for."""
    if isinstance(rows, Undefined) or rows in (None, ""):
        return
    if not isinstance(rows, list | tuple):
        raise TextFault(_l("A loop goes through rows, not through a single value."))
    for row in rows:
        context[BUDGET].spend()
        yield row


def _replace(value: Any, old: str, new: str) -> Any:
    if isinstance(value, Undefined):
        return value
    text, old, new = str(value), str(old), str(new)
    if len(text) + text.count(old) * len(new) > FULLEST // 10:
        raise TextFault(_l("The text becomes too long."))
    return text.replace(old, new)


def _join(value: Any, between: str = "") -> Any:
    if isinstance(value, Undefined):
        return value
    parts = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    if sum(map(len, parts)) + len(parts) * len(between) > FULLEST // 10:
        raise TextFault(_l("The text becomes too long."))
    return between.join(parts)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | dict) else 0


def filled(template: Template, fields: dict[str, Any]) -> str:
    """The text with these fields. Raises one of `FAULTS`."""
    pieces, size = [], 0
    for piece in template.generate({**fields, BUDGET: _Budget()}):
        size += len(piece)
        if size > FULLEST:
            raise TextFault(_l("The text becomes too long."))
        pieces.append(piece)
    return "".join(pieces)


def fault_of(environment: Texts, source: str) -> str:
    """What is wrong with a text as it is written, or an empty string."""
    try:
        environment.from_string(source)
    except TextFault as fault:
        return str(fault)
    except TemplateSyntaxError as error:
        return str(_l("Line %(line)s: %(error)s", line=error.lineno, error=error.message))
    except FAULTS:
        return str(_l("This text is too intricate: divide it into simpler ones."))
    return ""


def names_in(environment: Texts, source: str) -> set[str]:
    """The fields a text asks for; none where it cannot be read."""
    try:
        return meta.find_undeclared_variables(environment.parse(source))
    except FAULTS:
        return set()
