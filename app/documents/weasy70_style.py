"""Patches of WeasyPrint 70.0 that keep what one paper computed for the next: all of a format share one style sheet.

1. A computed style is one dictionary, filled as it is asked: elements of any paper with the same parent style and the
   same declarations share it, as WeasyPrint lets elements of one paper share it.
2. A style attribute is parsed once.
3. A paper is well-formed, so Python's own parser reads it; WeasyPrint's is made for the web's broken pages. Its
   head is as `papers/blocks.html` writes it, and holds no style sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any
from xml.etree import ElementTree

import tinycss2
import weasyprint
from weasyprint import css, document
from weasyprint.html import parse_w3c_date

MOST = 4000  # styles kept; a paper has about sixty, all but a few of them known from the one before

_stock_style = css.ComputedStyle
_stock_declarations = css.preprocess_declarations
_stock_attributes = css.find_style_attributes
_stock_metadata = document.get_html_metadata


def apply() -> None:
    """Put the patches in place; calling it again changes nothing."""
    css.ComputedStyle = _style
    css.preprocess_declarations = _declarations
    css.find_style_attributes = _attributes
    css.find_stylesheets = lambda *_arguments: ()
    weasyprint.tinyhtml5 = _Parser
    document.get_html_metadata = _metadata


# --- 1. Computed styles -------------------------------------------------------------------------------------

_kept: dict[Any, Any] = {}  # the common styles, by what makes them


class _Mine(css.Style):
    """A common style as one paper uses it: what layout writes into it stays here, what it asks for is computed once
    for all papers."""

    def __init__(self, common: Any) -> None:
        super().__init__(common)
        self.common, self.parent_style, self.is_root_element = (
            common,
            common.parent_style,
            common.is_root_element,
        )

    def __missing__(self, key: str) -> Any:
        value = self[key] = self.common[key]
        return value

    def __getattr__(self, name: str) -> Any:
        return getattr(self.common, name)

    @cached_property
    def anonymous_style(self) -> Any:
        return _Mine(self.common.anonymous_style)

    def copy(self) -> _Mine:
        made = _Mine(self.common)
        made.update(self)
        return made


def _style(parent: Any, cascaded: dict[str, Any], pseudo: Any, root: Any, *rest: Any) -> Any:
    above = parent.common if parent is not None else None
    key = (
        id(above),  # it is kept as the parent of what is kept under this key, so the identity stays its own
        pseudo,
        tuple([(name, id(value), *weight[:2], *weight[2]) for name, (value, weight) in cascaded.items()]),
    )
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= MOST:
            _kept.clear()
        found = _kept[key] = _stock_style(above, cascaded, pseudo, getattr(root, "common", root), *rest)
    return _Mine(found)


# --- 2. Declarations ----------------------------------------------------------------------------------------


@lru_cache(maxsize=2000)
def _preprocessed(base_url: str | None, declarations: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_stock_declarations(base_url, declarations))


def _declarations(base_url: str | None, declarations: Any, *rest: Any) -> Any:
    return (
        _stock_declarations(base_url, declarations, *rest)
        if rest
        else _preprocessed(base_url, tuple(declarations))
    )


@lru_cache(maxsize=2000)
def _parsed(style: str) -> tuple[Any, ...]:
    return tuple(tinycss2.parse_blocks_contents(style))


def _attributes(tree: Any, presentational_hints: bool = False, base_url: str | None = None) -> Iterator[Any]:
    """Papers carry style and lang, no other attribute that means a declaration."""
    for element in tree.iter():
        if style := element.get("style"):
            yield (1, 0, 0), element, _parsed(style), base_url
        if lang := element.get("lang"):
            yield (0, 0, 0), element, _parsed(f'-weasy-lang:"{lang}"'), base_url


# --- 3. The page --------------------------------------------------------------------------------------------


class _Parser:
    """In the place of tinyhtml5."""

    @staticmethod
    def parse(file: Any, **_options: Any) -> Any:
        return ElementTree.fromstring(file.read())


def _metadata(html: Any) -> dict[str, Any]:
    """In the place of `get_html_metadata`, which looks through the whole page."""
    head = html.etree_element.find("head")
    named = {one.get("name"): one.get("content") for one in head.iter("meta")}
    created, modified = (
        parse_w3c_date(name, named[name]) for name in ("dcterms.created", "dcterms.modified")
    )
    return {
        "title": head.findtext("title"), "description": named["description"], "generator": None, "keywords": [],
        "authors": [named["author"]], "created": created, "modified": modified, "attachments": [],
        "lang": html.etree_element.get("lang"), "custom": {},
    }  # fmt: skip
