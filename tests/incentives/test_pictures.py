"""Pictures are read in black and white: units by their letters, the last ones thick, nothing beyond the edge."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from app.incentives import pictures, tables
from app.incentives.pictures import Line

MONTHS = ["2026-01", "2026-02", "2026-03"]


def texts(svg: str) -> list[tuple[float, float, str]]:
    return [
        (float(x), float(y), words)
        for x, y, words in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', svg)
    ]


def test_a_unit_is_followed_by_its_letter_and_ties_stand_beside_each_other():
    lines = [Line("民政局", [1, 2, 1]), Line("教育局", [1, 1, 2]), Line("卫健局", [3, None, 3])]
    svg = pictures.movement("名次变化", MONTHS, lines, {2})
    ElementTree.fromstring(svg)
    found = texts(svg)
    for place, words in enumerate("ABC"):
        assert sum(text == words for _x, _y, text in found) == sum(v is not None for v in lines[place].values)
    first = {text: (x, y) for x, y, text in found if text in "AB" and x < 80}
    assert first["A"][1] == first["B"][1] and abs(first["A"][0] - first["B"][0]) >= 12
    assert {"A 民政局", "B 教育局", "C 卫健局"} <= {text for *_at, text in found}
    assert 'stroke-width="2.2"' not in svg  # the marked one has a gap: nothing is drawn across it


def test_the_marked_have_a_thick_line():
    svg = pictures.movement("名次变化", MONTHS, [Line("甲", [1, 2, 2]), Line("乙", [2, 1, 1])], {0})
    assert svg.count('stroke-width="2.2"') == 2


def test_the_legend_of_the_trend_stays_within_the_picture():
    svg = pictures.trend("指标走势", MONTHS, [Line("初次信访办理联系率", [Decimal("25.00")] * 3)], "%")
    (x, _y, words) = next(found for found in texts(svg) if "联系率" in found[2])
    wide = sum(10.5 if ord(sign) > 255 else 6 for sign in words)
    assert x + wide <= pictures.WIDTH


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["云岭区民政局", "云岭区教育局", "龙泉镇"], ["民政局", "教育局", "龙泉镇"]),
        (
            ["龙泉镇", "云岭区民政局", "青山镇"],
            ["龙泉镇", "云岭区民政局", "青山镇"],
        ),  # one alone keeps its name
        (["云岭区", "云岭区"], ["云岭区", "云岭区"]),
        ([], []),
    ],
)
def test_short_names(names, short):
    brief = tables.briefly(names)
    assert [brief(name) for name in names] == short
