"""Building the pack: once, whole, also when two processes start at once; the office's own fonts come first."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pymupdf
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont

from app.documents import fontfaces, fontpack
from app.documents import render as engine
from tests.documents import samples


@pytest.fixture
def small_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A recipe of one face, made from the finished pack; returns where to build it."""
    latin = fontpack.base_dir(fontpack.default_dir()) / "PaperLatin.ttf"
    monkeypatch.setattr(fontpack, "BASE", (fontfaces.Face("Paper Latin", "", str(latin), "latin"),))
    monkeypatch.setattr(fontfaces, "table_of_general_characters", lambda _: {})
    monkeypatch.setattr(fontpack, "table_of_general_characters", lambda _: {})
    monkeypatch.setattr(
        fontpack.Sources, "file", lambda self, package, member: Path(member if not package else "unused")
    )
    return tmp_path / "fonts"


def test_two_builders_at_once_build_once(small_recipe: Path):
    with ThreadPoolExecutor(2) as pool:
        built = list(pool.map(lambda _: fontpack.build(small_recipe, minimal=True), range(2)))
    assert sorted(map(len, built)) == [0, 1]
    assert fontpack.build(small_recipe, minimal=True) == []
    assert fontpack.pack_dirs(small_recipe) == [fontpack.base_dir(small_recipe)]
    assert not list(small_recipe.glob(".building-*"))


def test_a_broken_build_leaves_nothing_that_looks_whole(small_recipe: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fontpack, "build_face", lambda *_: 1 / 0)
    with pytest.raises(Exception, match=r"zero|pickle"):
        fontpack.build(small_recipe, minimal=True)
    assert fontpack.pack_dirs(small_recipe) == []


def test_an_older_recipe_is_replaced(small_recipe: Path):
    (small_recipe / "base-0000000000").mkdir(parents=True)
    (small_recipe / ".building-killed").mkdir()
    fontpack.build(small_recipe, minimal=True)
    assert [folder.name for folder in small_recipe.glob("base-*")] == [f"base-{fontfaces.RECIPE}"]
    assert not list(small_recipe.glob(".building-*"))


def test_every_face_has_the_same_metric_box():
    for file in fontpack.base_dir(fontpack.default_dir()).glob("*.ttf"):
        with TTFont(file, lazy=True) as font:
            em, head, os2 = font["head"].unitsPerEm, font["hhea"], font["OS/2"]
            assert (head.ascent, head.descent, head.lineGap) == (round(0.88 * em), round(-0.12 * em), 0), (
                file.name
            )
            assert (os2.sTypoAscender, os2.sTypoDescender, os2.usWinAscent) == (
                head.ascent,
                head.descent,
                head.ascent,
            )
            assert "glyf" in font and "CFF " not in font


def test_the_offices_own_fonts_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pack = fontpack.base_dir(fontpack.default_dir())
    shutil.copytree(pack, fontpack.base_dir(tmp_path))
    (tmp_path / "own").mkdir()
    characters = str(samples.EXTENSION)
    for theirs, named in (("PaperKai.ttf", "方正小标宋简体.ttf"), ("PaperHei.ttf", "仿宋_GB2312.ttf")):
        subset.main([str(pack / theirs), f"--text={characters}", f"--output-file={tmp_path / 'own' / named}"])
    monkeypatch.setattr(
        fontpack.Sources, "file", lambda self, package, member: Path(member if not package else "unused")
    )
    monkeypatch.setattr(fontfaces, "table_of_general_characters", lambda _: {})
    monkeypatch.setattr(fontpack, "table_of_general_characters", lambda _: {})
    (own,) = fontpack.build(tmp_path, minimal=True)
    assert sorted(file.name for file in own.glob("*.ttf")) == ["PaperOwnBiaosong.ttf", "PaperOwnFangSong.ttf"]
    folders = tuple(fontpack.pack_dirs(tmp_path))
    assert folders[0] == own
    page = pymupdf.open(
        stream=engine._Renderer(folders, fontpack.coverage(list(folders))).pdf(samples.EXTENSION)
    )[0]
    used = {font[3].split("+")[1] for font in page.get_fonts()}
    assert {"Paper-Own-Biaosong", "Paper-Own-FangSong"} <= used and "Paper-FangSong" not in used


NAMES = "喆昇玥犇翀赟祎镕堃垚烎囍䶮㛃𬭎𫖯𠮷𬎆龘𬀩𬍛𬬭𬱟𫚖𫘧𬴊𪨰𫍽𡎚𣗋𤩽𦙶𧿹㑇㕮㧑㬎㶲䃅䓖"


def test_coverage_is_counted(record_property):
    """No name is a box: GB 2312, the 8,105 of 通用规范汉字表, GB 18030-2022 level 2, extension characters of names."""
    folder = fontpack.base_dir(fontpack.default_dir())
    drawn = fontpack.coverage([folder])
    unihan = fontpack.Sources(folder, None)
    general = _general(unihan)
    level_two = {*range(0x4E00, 0x9FF0), *range(0x3400, 0x4DB6), 0x3007} | general
    for name, wanted in (("GB 2312", fontfaces.gb2312()), ("8105", general), ("GB 18030 level 2", level_two)):
        missing = sorted(f"U+{code:04X}" for code in set(wanted) - drawn)
        record_property("glyph_coverage", f"{name}: {len(set(wanted) - set(missing))}")
        assert not missing, (name, len(missing), missing[:10])
    assert not [name for name in NAMES if ord(name) not in drawn]


def _general(sources: fontpack.Sources) -> set[int]:
    """The 8,105 as the pack was made from: kept beside it, so that counting them needs no package."""
    return set(json.loads((sources.folder / "stamp.json").read_text())["general"])
