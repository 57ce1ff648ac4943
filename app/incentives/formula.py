"""The language in which an office writes what an indicator counts: ``share(in_time)``, ``avg(days, late)``.

Python's parser reads the text, nothing of Python runs it: only the nodes named here are taken over, each checked for
what it yields (a number, a condition, a word) before a month is computed. A fault says where in the text it is.

Two floors: inside an aggregate stand facts of one row (a clock, a case …: ``vocabulary.py``), outside it arithmetic
over aggregates. What is divided by nothing is nothing (``None``), and whatever is reckoned from nothing is nothing.
"""

from __future__ import annotations

import ast
import datetime as dt
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import Any

from flask_babel import lazy_gettext as _l

MAX_LENGTH, MAX_NODES, MAX_DIGITS = 500, 150, 12
Row = Mapping[str, Any]
Number = Decimal | None


class FormulaError(Exception):
    """``at``: the place in the text, counted from 1."""

    def __init__(self, message: Any, at: int) -> None:
        super().__init__(message)
        self.message, self.at = message, at

    def __str__(self) -> str:
        return str(_l("Place %(at)s: %(message)s", at=self.at, message=self.message))


class Kind:
    """What an expression yields."""

    NUMBER, FLAG, WORD, DAY = "number", "flag", "word", "day"


@dataclass(frozen=True)
class Name:
    """A fact of a row: what it yields, and the words it may be compared with (none: any)."""

    kind: str
    words: frozenset[str] = frozenset()
    label: Any = ""


@dataclass(frozen=True)
class Populations:
    """The rows of the month, and those of the same month a year before (for ``last_year``)."""

    now: Sequence[Row]
    before: Sequence[Row] = ()


@dataclass(frozen=True)
class Result:
    """``value`` with the two parts of a share where the formula is one, and nothing else (a fraction that is not the
    value's would contradict it); ``counted``: the places of the rows that stand above the line, in the order given."""

    value: Number
    part: int | None
    whole: int | None
    counted: frozenset[int]


@dataclass(frozen=True)
class _Part:
    kind: str
    run: Callable[[Any], Any]
    words: frozenset[str] = frozenset()
    constant: Any = None


# letters, digits and signs of full width, and those Chinese keyboards give: one for one, so that places stay
_FULL = str.maketrans({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}) | str.maketrans(
    "×÷“”‘’　", "*/\"\"'' "
)
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
AGGREGATES = ("count", "share", "sum", "avg", "last_year", "min", "max")


class Formula:
    """A formula that was read and checked. Raises FormulaError."""

    def __init__(self, text: str, names: Mapping[str, Name]) -> None:
        self.text = text
        reader = _Reader(text, names)
        total = reader.total(reader.tree)
        self._run, self.uses_last_year = total, reader.last_year
        self._conditions, self._base = reader.conditions, reader.base
        self.is_share = reader.alone

    def over(self, rows: Populations) -> Result:
        """The formula's value over the rows, unrounded; what cannot be reckoned is nothing."""
        with localcontext() as context:
            context.prec = 28
            try:
                counted, within = self._counted(rows.now)
                value = self._run(rows)
            except (Overflow, InvalidOperation, DivisionByZero):
                return (
                    Result(None, 0, 0, frozenset())
                    if self.is_share
                    else Result(None, None, None, frozenset())
                )
        if not self.is_share:
            return Result(value, None, None, counted)
        counted &= within
        return Result(value, len(counted), len(within), counted)

    def _counted(self, rows: Sequence[Row]) -> tuple[frozenset[int], frozenset[int]]:
        """The places of the rows above the line, and of those that stand in the fraction at all."""
        above = (place for place, row in enumerate(rows) if any(holds(row) for holds in self._conditions))
        return frozenset(above), frozenset(
            place for place, row in enumerate(rows) if not self._base or self._base(row)
        )


def condition(text: str, names: Mapping[str, Name]) -> Callable[[Row], bool]:
    """A condition over one row; an empty text holds always. Raises FormulaError."""
    if not text.strip():
        return lambda row: True
    reader = _Reader(text, names)
    return reader.flag(reader.tree)


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Name]) -> None:
        self.source, self.names = text.translate(_FULL), names
        self.conditions: list[Callable[[Row], bool]] = []
        self.base: Callable[[Row], bool] | None = None
        self.last_year = self._before = False
        self.tree = self._parsed()
        self.alone = isinstance(self.tree, ast.Call) and getattr(self.tree.func, "id", "") == "share"

    def _parsed(self) -> ast.expr:
        if not self.source.strip():
            raise FormulaError(_l("The formula is empty."), 1)
        if len(self.source) > MAX_LENGTH:
            raise FormulaError(_l("A formula has at most %(most)s characters.", most=MAX_LENGTH), MAX_LENGTH)
        for place, sign in enumerate(self.source, 1):
            if sign in "\n\r\\`#\x00" or not sign.isprintable():
                raise FormulaError(_l("This sign does not belong into a formula."), place)
        indent = len(self.source) - len(self.source.lstrip())
        self.indent = indent
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(self.source.strip(), mode="eval").body
        except SyntaxError as fault:
            # what ends too early is said to be at fault after its last line
            place = fault.offset if fault.offset and fault.lineno == 1 else len(self.source.rstrip()) - indent
            raise FormulaError(_l("The formula cannot be read here."), indent + place) from fault
        except (ValueError, MemoryError, RecursionError) as fault:
            raise FormulaError(_l("The formula cannot be read here."), 1) from fault
        if sum(1 for _node in ast.walk(tree)) > MAX_NODES:
            raise FormulaError(_l("The formula is too long; make two indicators of it."), 1)
        return tree

    def _at(self, node: ast.AST) -> int:
        """Python counts bytes; people count characters."""
        text = self.source.strip().encode()[: getattr(node, "col_offset", 0)]
        return self.indent + len(text.decode("utf-8", "ignore")) + 1

    def _fault(self, message: Any, node: ast.AST) -> FormulaError:
        return FormulaError(message, self._at(node))

    # ---- over all rows -----------------------------------------------------------------------------------------

    def total(self, node: ast.expr) -> Callable[[Populations], Number]:
        if isinstance(node, ast.Constant):
            number = self._number(node)
            return lambda rows: number
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.total(node.operand)
            return lambda rows: None if (value := inner(rows)) is None else -value
        if isinstance(node, ast.BinOp):
            return self._reckoned(node)
        if isinstance(node, ast.Call):
            return self._aggregate(node)
        if isinstance(node, ast.Name):
            self._named(node)  # unknown names are said to be that
            raise self._fault(
                _l(
                    "“%(name)s” is a fact of one row: write count(%(name)s) or share(%(name)s).", name=node.id
                ),
                node,
            )
        raise self._fault(_l("A number is expected here."), node)

    def _reckoned(self, node: ast.BinOp) -> Callable[[Populations], Number]:
        work = _ARITHMETIC.get(type(node.op))
        if work is None:
            raise self._fault(_l("Only + - * / are known."), node)
        left, right, divides = self.total(node.left), self.total(node.right), isinstance(node.op, ast.Div)

        def run(rows: Populations) -> Number:
            one, two = left(rows), right(rows)
            if one is None or two is None or (divides and two == 0):
                return None
            return work(one, two)

        return run

    def _aggregate(self, node: ast.Call) -> Callable[[Populations], Number]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in AGGREGATES:
            raise self._fault(
                _l("Unknown function; there are: %(names)s.", names=", ".join(AGGREGATES)), node
            )
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._fault(_l("Write plain arguments, separated by commas."), node)
        least, most = {
            "count": (0, 1),
            "share": (1, 2),
            "last_year": (1, 1),
            "min": (2, 9),
            "max": (2, 9),
        }.get(name, (1, 2))
        if not least <= len(node.args) <= most:
            raise self._fault(
                _l("%(name)s takes %(least)s to %(most)s arguments.", name=name, least=least, most=most), node
            )
        if name in ("min", "max"):
            parts, choose = [self.total(argument) for argument in node.args], min if name == "min" else max
            return lambda rows: _chosen([part(rows) for part in parts], choose)
        if name == "last_year":
            if self._before:
                raise self._fault(_l("last_year stands once: two years before is not known."), node)
            self.last_year = self._before = True
            kept, self.conditions = self.conditions, []
            inner = self.total(node.args[0])
            self._before = False
            self.conditions = kept  # its rows are of another month: they are no cases of this figure
            return lambda rows: inner(Populations(rows.before))
        return getattr(self, f"_{name}")(node)

    def _count(self, node: ast.Call) -> Callable[[Populations], Number]:
        holds = self.flag(node.args[0]) if node.args else (lambda row: True)
        self.conditions.append(holds)
        return lambda rows: Decimal(sum(map(holds, rows.now)))

    def _share(self, node: ast.Call) -> Callable[[Populations], Number]:
        holds = self.flag(node.args[0])
        base = self.flag(node.args[1]) if len(node.args) > 1 else (lambda row: True)
        self.conditions.append(lambda row: holds(row) and base(row))
        self.base = base

        def run(rows: Populations) -> Number:
            within = [row for row in rows.now if base(row)]
            return Decimal(sum(map(holds, within))) * 100 / len(within) if within else None

        return run

    def _gathered(self, node: ast.Call) -> Callable[[Populations], list[Decimal]]:
        value = self.row(node.args[0])
        if value.kind != Kind.NUMBER:
            raise self._fault(_l("A number is expected here."), node.args[0])
        holds = self.flag(node.args[1]) if len(node.args) > 1 else (lambda row: True)
        self.conditions.append(lambda row: holds(row) and value.run(row) is not None)
        return lambda rows: [
            found for row in rows.now if holds(row) and (found := value.run(row)) is not None
        ]

    def _sum(self, node: ast.Call) -> Callable[[Populations], Number]:
        gathered = self._gathered(node)
        return lambda rows: sum(gathered(rows), Decimal(0))

    def _avg(self, node: ast.Call) -> Callable[[Populations], Number]:
        gathered = self._gathered(node)
        return lambda rows: sum(found, Decimal(0)) / len(found) if (found := gathered(rows)) else None

    # ---- of one row --------------------------------------------------------------------------------------------

    def flag(self, node: ast.expr) -> Callable[[Row], bool]:
        part = self.row(node)
        if part.kind != Kind.FLAG:
            raise self._fault(_l("A condition is expected here, as late or days > 15."), node)
        return lambda row: bool(part.run(row))

    def row(self, node: ast.expr) -> _Part:
        if isinstance(node, ast.Name):
            return self._named(node)
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.BoolOp):
            parts = [self.flag(value) for value in node.values]
            together = all if isinstance(node.op, ast.And) else any
            return _Part(Kind.FLAG, lambda row: together(part(row) for part in parts))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.flag(node.operand)
            return _Part(Kind.FLAG, lambda row: not inner(row))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            number = self._of_kind(node.operand, Kind.NUMBER)
            return _Part(Kind.NUMBER, lambda row: None if (value := number.run(row)) is None else -value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            return self._row_sum(node)
        if isinstance(node, ast.Compare):
            return self._compared(node)
        raise self._fault(_l("This is not known inside the brackets of a count."), node)

    def _row_sum(self, node: ast.BinOp) -> _Part:
        work = _ARITHMETIC[type(node.op)]
        left, right = self._of_kind(node.left, Kind.NUMBER), self._of_kind(node.right, Kind.NUMBER)

        def run(row: Row) -> Number:
            one, two = left.run(row), right.run(row)
            return None if one is None or two is None else work(one, two)

        return _Part(Kind.NUMBER, run)

    def _of_kind(self, node: ast.expr, kind: str) -> _Part:
        part = self.row(node)
        if part.kind != kind:
            raise self._fault(_l("A number is expected here."), node)
        return part

    def _named(self, node: ast.Name) -> _Part:
        known = self.names.get(node.id)
        if known is None:
            raise self._fault(_l("“%(name)s” is not known here.", name=node.id), node)
        name = node.id
        if known.kind == Kind.NUMBER:
            return _Part(Kind.NUMBER, lambda row: None if row.get(name) is None else Decimal(row[name]))
        return _Part(known.kind, lambda row: row.get(name), known.words)

    def _constant(self, node: ast.Constant) -> _Part:
        if isinstance(node.value, str):
            word = node.value
            return _Part(Kind.WORD, lambda row: word, constant=word)
        number = self._number(node)
        return _Part(Kind.NUMBER, lambda row: number)

    def _number(self, node: ast.Constant) -> Decimal:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise self._fault(_l("A number is expected here."), node)
        text = str(node.value)
        number = Decimal(text)
        if len(text) > MAX_DIGITS or not number.is_finite():
            raise self._fault(_l("This number is too long."), node)
        return number

    def _compared(self, node: ast.Compare) -> _Part:
        if len(node.ops) != 1:
            raise self._fault(_l("Compare two things at a time; join comparisons by “and”."), node)
        op, left = node.ops[0], self.row(node.left)
        if isinstance(op, ast.In | ast.NotIn):
            return self._among(node, left, isinstance(op, ast.In))
        work = _COMPARE.get(type(op))
        right = self.row(node.comparators[0])
        if work is None or left.kind == Kind.FLAG:
            raise self._fault(_l("These two cannot be compared."), node)
        if left.kind != right.kind and not (left.kind == Kind.DAY and right.kind == Kind.WORD):
            raise self._fault(_l("These two cannot be compared."), node.comparators[0])
        if left.kind == Kind.WORD and type(op) not in (ast.Eq, ast.NotEq):
            raise self._fault(_l("Words are compared by == and != only."), node)
        if left.kind == Kind.DAY and right.constant is not None:
            right = self._day(right.constant, node.comparators[0])
        self._known_word(left, right, node.comparators[0])

        def run(row: Row) -> bool:
            one, two = left.run(row), right.run(row)
            return one is not None and two is not None and work(one, two)

        return _Part(Kind.FLAG, run)

    def _day(self, text: str, node: ast.expr) -> _Part:
        try:
            day = dt.date.fromisoformat(text)
        except ValueError as fault:
            raise self._fault(_l("A day is written “2026-03-31”."), node) from fault
        return _Part(Kind.DAY, lambda row: day)

    def _known_word(self, left: _Part, right: _Part, node: ast.expr) -> None:
        if left.words and right.constant is not None and right.constant not in left.words:
            words = ", ".join(sorted(left.words))
            raise self._fault(_l("There is no such word; there are: %(words)s.", words=words), node)

    def _among(self, node: ast.Compare, left: _Part, inside: bool) -> _Part:
        choices = node.comparators[0]
        if not isinstance(choices, ast.Tuple | ast.List) or not choices.elts or left.kind != Kind.WORD:
            raise self._fault(_l("Write the words in brackets, as channel in ('WEB', 'MAILBOX')."), choices)
        words = []
        for element in choices.elts:
            part = self.row(element)
            if part.constant is None:
                raise self._fault(
                    _l("Write the words in brackets, as channel in ('WEB', 'MAILBOX')."), element
                )
            self._known_word(left, part, element)
            words.append(part.constant)
        found = frozenset(words)
        return _Part(
            Kind.FLAG, lambda row: (value := left.run(row)) is not None and (value in found) == inside
        )


def _chosen(found: Sequence[Number], choose: Any) -> Number:
    return None if any(value is None for value in found) else choose(found)
