"""What a ledger's words are looked up in: categories, and the words for channels, purposes, units and yes or no."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.cases.ledger_cells import fold

PATH_SEPARATOR = re.compile(r"[_/\\|>\-→—–:、;,.]+")
UNSPECIFIED = frozenset({"其他", "其它"})  # "second level: other" says no more than the first level


@dataclass(frozen=True)
class Category:
    """A row of seeds/categories.csv. `parent_code` is None on the first level."""

    code: str
    name: str
    parent_code: str | None = None


@dataclass(frozen=True)
class CategoryPath:
    """A ledger's 一级_二级_三级, looked up."""

    code: str
    """The deepest level that is known."""
    names: tuple[str, ...]
    """Names from the first level down to that one."""
    detail: str
    """What stands below it in the ledger; free text."""


class Reference:
    """Known categories and words. Lookups do not mind width, blanks or case.

    `words` are (field, word, code) with field one of channel, purpose, unit, is_first (codes "yes", "no") and
    category (older or local names, also whole paths). A code that comes up for two words of one field is fine; the
    first of two equal words counts.
    """

    def __init__(self, categories: Iterable[Category], words: Iterable[tuple[str, str, str]]) -> None:
        self.categories = {category.code: category for category in categories}
        self._words: dict[str, dict[str, str]] = defaultdict(dict)
        self._children: dict[str | None, dict[str, str]] = defaultdict(dict)
        by_name: dict[str, list[str]] = defaultdict(list)
        for category in self.categories.values():
            self._children[category.parent_code].setdefault(fold(category.name), category.code)
            by_name[fold(category.name)].append(category.code)
        for field, word, code in words:
            key = _path_key(word) if field == "category" else fold(word)
            self._words[field].setdefault(key, code)
        self._alone: Mapping[str, str] = {
            **{name: codes[0] for name, codes in by_name.items() if len(codes) == 1},
            **self._children[None],
            **{code: code for code in self.categories},
        }

    def code(self, field: str, word: str) -> str | None:
        """The code a word stands for in a field, None when it is not known."""
        return self._words[field].get(fold(word))

    def category(self, text: str) -> CategoryPath | None:
        """Look up 一级_二级_三级 (any usual separator), a single name of any level, or a code.

        The first two levels must be known, the second under the first; below that the text is free. None otherwise.
        """
        aliases = self._words["category"]
        whole = fold(text)
        code = self._alone.get(whole) or aliases.get(_path_key(text))
        if code:
            return self._path(code, "")
        parts = [part for part in PATH_SEPARATOR.split(whole) if part]
        if not parts:
            return None
        for known in range(len(parts) - 1, 0, -1):  # an alias of a path, with free text behind it
            if code := aliases.get("_".join(parts[:known])):
                return self._below(code, parts[known:])
        code = self._alone.get(parts[0])
        return self._below(code, parts[1:]) if code else None

    def _below(self, code: str, parts: list[str]) -> CategoryPath | None:
        """Go one level down for `parts`, as long as there is a level of reference data below."""
        while parts and self._children[code]:
            child = self._children[code].get(parts[0])
            if child is None:
                return self._path(code, "_".join(parts[1:])) if parts[0] in UNSPECIFIED else None
            code, parts = child, parts[1:]
        return self._path(code, "_".join(parts))

    def _path(self, code: str, detail: str) -> CategoryPath | None:
        names: list[str] = []
        at: str | None = code
        while at is not None and len(names) < 3:
            if at not in self.categories:
                return None
            names.insert(0, self.categories[at].name)
            at = self.categories[at].parent_code
        return CategoryPath(code, tuple(names), detail)


def _path_key(text: str) -> str:
    return "_".join(part for part in PATH_SEPARATOR.split(fold(text)) if part)
