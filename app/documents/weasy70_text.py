"""Patches of WeasyPrint 70.0 that lay out Chinese lines with less work; every glyph stays where it was.

1. A line is broken off a piece of the text as long as a Chinese line and a little more; WeasyPrint takes four times
   that, since Latin letters are narrow, and Pango shapes all of it for every line.
2. What Pango needs to know of a style is worked out once a style: its font, its features, its line height.
3. A laid-out line is drawn as it is; WeasyPrint gives it up and lays it out again.
4. Lengths in px are taken as they are; only percentages are reckoned.
"""

from __future__ import annotations

from math import inf
from typing import Any

from weasyprint.css.properties import Dimension
from weasyprint.formatting_structure import boxes
from weasyprint.layout import absolute, block, inline, page, percent, preferred, table
from weasyprint.layout import float as floats
from weasyprint.text import fonts, line_break

_stock_split = line_break.split_first_line
_stock_strut = line_break.strut
_stock_description = fonts.get_font_description
_stock_features = fonts.font_features
_stock_deactivate = line_break.Layout.deactivate
_stock_reactivate = line_break.Layout.reactivate
_stock_percentages = percent.resolve_percentages

BEYOND = 1.4  # lines of Chinese characters to take, so that what follows the line is seen too
SURE = 4  # characters behind the line without which nothing is said about where it breaks


def apply() -> None:
    """Put the patches in place; calling it again changes nothing."""
    inline.split_first_line = preferred.split_first_line = _split_first_line
    inline.strut = _strut
    line_break.get_font_description = _description
    line_break.font_features = _features
    line_break.Layout.deactivate = lambda _layout: None
    for module in (absolute, block, floats, inline, page, percent, table):
        module.resolve_percentages = _resolve_percentages


# --- 1. Lines -----------------------------------------------------------------------------------------------


def _split_first_line(
    text: str, style: Any, context: Any, max_width: Any, spacing: float, *rest: Any, **named: Any
) -> Any:
    if max_width is not None and max_width != inf and style["font_size"] and not rest and not named:
        size = int(max_width / style["font_size"] * BEYOND) + SURE
        if SURE * 3 < size < len(text) and style["white_space"] == "normal":
            found = _stock_split(text[:size], style, context, max_width, spacing)
            if found[2] is not None:
                behind = text[:size].encode()[found[2] :].decode()
                if len(behind) >= SURE and all("\u4e00" <= char <= "\u9fff" for char in behind[:SURE]):
                    return found
    return _stock_split(text, style, context, max_width, spacing, *rest, **named)


# --- 2. Styles ----------------------------------------------------------------------------------------------


def _once(style: Any, what: str, ask: Any) -> Any:
    """The answer for the common style (weasy70_style.py), where this one is still like it."""
    common = getattr(style, "common", None)
    if common is None or style["font_size"] != common["font_size"]:
        return ask()
    if what not in common.__dict__:
        common.__dict__[what] = ask()
    return common.__dict__[what]


def _strut(style: Any) -> Any:
    return _once(style, "known_strut", lambda: _stock_strut(style))


def _description(style: Any) -> Any:
    return _once(style, "known_description", lambda: _stock_description(style))


_known_features: dict[tuple[Any, ...], Any] = {}


def _features(*asked: Any) -> Any:
    if asked not in _known_features:
        _known_features[asked] = _stock_features(*asked)
    return _known_features[asked]


# --- 3. Drawing ---------------------------------------------------------------------------------------------


def reactivate(self: Any, style: Any) -> None:
    """The first time it is drawn the layout is still there; drawing stretches its glyphs, so not a second time."""
    if "layout" not in self.__dict__ or self.__dict__.get("drawn") or self.justification_spacing:
        _stock_reactivate(self, style)
    self.drawn = True


# --- 4. Percentages -----------------------------------------------------------------------------------------

_ACROSS = ("margin_left", "margin_right", "padding_left", "padding_right", "width", "min_width", "max_width")
_DOWN = ("margin_top", "margin_bottom", "padding_top", "padding_bottom")
_HEIGHTS = ("height", "min_height", "max_height")
_BORDERS = ("border_top_width", "border_right_width", "border_bottom_width", "border_left_width")


def _resolve_percentages(box: Any, containing_block: Any) -> None:
    if isinstance(containing_block, boxes.Box):
        width, height = containing_block.width, containing_block.height
    else:
        width, height = containing_block
    style, used = box.style, box.__dict__
    if style["border_collapse"] == "collapse" or (height == "auto" and type(style["height"]) is not str):
        _stock_percentages(box, containing_block)
        return
    down = height if isinstance(box, boxes.PageBox) else width
    for names, whole in ((_ACROSS, width), (_DOWN, down)):
        for name in names:
            used[name] = _length(style, name, whole)
    if height == "auto":
        used["height"] = "auto"
        used["min_height"], used["max_height"] = (
            _length(style, "min_height", 0),
            _length(style, "max_height", inf),
        )
    else:
        for name in _HEIGHTS:
            used[name] = _length(style, name, height)
    for name in _BORDERS:
        used[name] = style[name]
    if style["box_sizing"] != "content-box":
        percent.adjust_box_sizing(box, "width")
        percent.adjust_box_sizing(box, "height")


def _length(style: Any, name: str, whole: Any) -> Any:
    value = style[name]
    if type(value) is Dimension and value[1] == "px":
        return value[0]
    found = percent.percentage(value, style, whole)
    return 0 if name in ("min_width", "min_height") and found == "auto" else found
