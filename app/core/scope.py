"""One way in for rows: what lies within the officer's reach is decided here, below every view.

The listener knows no model. Each ``Scoped`` model says in ``within(reach)`` what lies within reach as a criterion
over its own columns; the listener adds it to every ORM read, update and delete of the session, so that lists,
counts, pickers, actions, charts, REST and related views are scoped without a line in any view. Written they are only
by the verbs of their room, which fetch the case through this scope first and then say ``seeing_all``: any other
flush of a scoped row in a request (a generated form, an interface, an action) is refused.

Tried with FAB 5.3 and SQLAlchemy 2.1. Core and ``text()`` statements are not covered: they carry a reach of their own
or run where nothing of a case can be seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import g, has_app_context, has_request_context
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.cache_key import NO_CACHE, anon_map

from app.core.errors import OutOfReach

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reach:
    """What an officer may see at all. ``everything`` means every ordinary row; accusations are a separate right."""

    officer_id: int | None = None
    everything: bool = False
    units: frozenset[int] = field(default_factory=frozenset)
    accusations: bool = False
    unit_path: str = ""
    as_set: bool = False  # the same rows, asked for as one set instead of row by row (see SEARCHING)


NOTHING = Reach()
# Execution options of a statement that looks for its rows among all there are (a list, its count): there the reach is
# gathered once as a set. Any other statement names few rows by itself, and each is asked for whether it is reached.
# SQLite cannot choose between the two; with a million cases the wrong one costs seconds.
SEARCHING = {"searching": True}
_provider: Callable[[], Reach | None] = lambda: None  # noqa: E731 - replaced by the organisation room


def set_provider(provider: Callable[[], Reach | None]) -> None:
    """The organisation room says what the signed-in officer reaches; None while nobody is known yet."""
    global _provider
    _provider = provider


class Scoped:
    """Mixin of models whose rows belong to somebody. Subclasses say what lies within reach."""

    scoped_models: ClassVar[
        list[type[Any]]
    ] = []  # one per table; subclasses of a mapped class inherit its criterion

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        inherits = any(issubclass(cls, model) for model in Scoped.scoped_models)
        if "__tablename__" in cls.__dict__ and not inherits:
            Scoped.scoped_models.append(cls)

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        """Depends on the reach alone, not on the time or the request: it is kept."""
        raise NotImplementedError


@contextmanager
def finding_out() -> Iterator[None]:
    """While the officer is being loaded: nothing is within reach, and nobody asks again who it is."""
    before, g.reach_busy = g.get("reach_busy", False), True
    try:
        yield
    finally:
        g.reach_busy = before


def current_reach() -> Reach | None:
    """The reach in force: None outside requests (commands see all), NOTHING when nobody is signed in."""
    if has_app_context() and "acting_reach" in g:
        return g.acting_reach
    if not has_request_context():
        return None
    if "reach" in g:
        return g.reach
    if g.get("reach_busy"):  # Flask-Login is loading the officer: their own row is not scoped
        return NOTHING
    with finding_out():
        reach = _provider()
    if reach is None:
        return NOTHING  # fail closed, and do not remember: the officer may be known a moment later (JWT)
    g.reach = reach
    return reach


@contextmanager
def acting(reach: Reach | None, why: str) -> Iterator[None]:
    """Run with another reach (None: all rows). The only way round the scope; ``why`` goes to the log."""
    before = g.get("acting_reach", "unset")
    g.acting_reach = reach
    log.info("reach widened: %s", why)
    try:
        yield
    finally:
        if before == "unset":
            g.pop("acting_reach")
        else:
            g.acting_reach = before


@contextmanager
def seeing_all(why: str) -> Iterator[None]:
    """For what must count or check rows beyond the officer's own (a register, a duplicate number, a job)."""
    with acting(None, why):
        yield


def _restrict_reads(state: ORMExecuteState) -> None:
    if state.is_column_load:
        return
    reach = current_reach()
    if reach is None:
        return
    if not state.is_select:  # a change in bulk goes past the flush, and so past the verbs
        if state.bind_mapper is not None and issubclass(state.bind_mapper.class_, Scoped):
            raise OutOfReach(state.bind_mapper.class_.__name__)
        return
    searching = reach != NOTHING and state.execution_options.get("searching")
    state.statement = state.statement.options(*_criteria(replace(reach, as_set=True) if searching else reach))


_shapes: dict[
    Any, int
] = {}  # a number for each shape a criterion takes; reaches differ in their values alone


class _Criterion(LoaderCriteriaOption):
    """`with_loader_criteria` that works its cache key out once: SQLAlchemy would walk through the criteria of all
    scoped models for every statement, which costs more than the statement (`tests/core/test_scope.py` compares)."""

    _traverse_internals = LoaderCriteriaOption._traverse_internals
    __slots__ = ("known",)

    def _gen_cache_key(self, _anon_map: Any, bindparams: list[Any]) -> Any:
        if not hasattr(self, "known"):
            values: list[Any] = []
            own = anon_map()
            shape = super()._gen_cache_key(own, values)
            if NO_CACHE in own:
                raise ValueError(f"what lies within {self.root_entity} cannot be kept")
            self.known = _shapes.setdefault(shape, len(_shapes)), values
        shape, values = self.known
        bindparams.extend(values)
        return _Criterion, shape


@lru_cache(maxsize=256)
def _criteria(reach: Reach) -> tuple[Any, ...]:
    """Built once for all requests of that reach: making them anew cost a third of a page."""
    return tuple(
        _Criterion(
            model,
            sa.false() if reach == NOTHING else model.within(reach),
            include_aliases=True,
            propagate_to_loaders=False,
        )
        for model in Scoped.scoped_models
    )


def _check_writes(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    if current_reach() is None:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Scoped) and (row not in session.dirty or session.is_modified(row)):
            raise OutOfReach(type(row).__name__)


def watch(session_factory: Any) -> None:
    """Attach both listeners to the session factory; called once per application."""
    sa.event.listen(session_factory, "do_orm_execute", _restrict_reads)
    sa.event.listen(session_factory, "before_flush", _check_writes)
