"""Every text of the portal, of FAB and of the form libraries has its Chinese, and the catalogue is in force."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import flask_appbuilder
import flask_wtf
import pytest
import wtforms
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.sqla.models import PermissionView
from flask_babel import gettext, ngettext
from wtforms import IntegerField, validators

from app.core.db import db
from app.core.words import compile_catalogues

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "translations/zh/LC_MESSAGES/messages.po"
LIBRARIES = [Path(str(library.__file__)).parent for library in (flask_appbuilder, wtforms, flask_wtf)]
# what `make messages` extracts by, beside Babel's own (gettext, ngettext, _, N_ …)
ALIASES = ["lazy_gettext", "_l"]
MEND = "`make messages` brings new texts into the catalogue; give each its Chinese there"

HAN = re.compile("[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
FIELD = re.compile(r"\{\{.*?\}\}")  # of a letter's text
LATIN = re.compile(r"[A-Za-z][A-Za-z_.-]*")
# names of things that have no Chinese, and what an officer types
PROPER = set("""
    PDF PNG KB Excel xlsx xls GB T C C1 C6 T5 X I O S V Z yes no make run skip-bad
    share count sum avg last_year min max and or not in in_time late days kind channel CLAIM CALL WEB MAILBOX D
""".split())  # fmt: skip


def identity(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def chinese(message: Message) -> str:
    said = message.string if isinstance(message.string, str) else (message.string or [""])[0]
    return said or ""


def compiled_word(path: Path, text: str) -> str:
    with path.open("rb") as stream:
        message = read_mo(stream).get(text)
    assert message is not None
    return chinese(message)


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as stream:
        return read_po(stream)


@pytest.fixture(scope="module")
def spoken() -> dict[str, str]:
    """Every text the code can say, and where."""
    with (ROOT / "babel.cfg").open() as stream:
        methods, options = parse_mapping_cfg(stream)
    keywords = DEFAULT_KEYWORDS | parse_keywords(ALIASES)
    found: dict[str, str] = {}
    for folder in [ROOT / "app", *LIBRARIES]:
        for name, line, text, _comments, _context in extract_from_dir(folder, methods, options, keywords):
            found[text if isinstance(text, str) else text[0]] = f"{folder.name}/{name}:{line}"
    return found


def test_every_text_has_its_chinese(catalogue: Catalog, spoken: dict[str, str]) -> None:
    said = {identity(m): m for m in catalogue if m.id}
    missing = [
        f"{where}  {text!r}"
        for text, where in spoken.items()
        if text not in said or not chinese(said[text]) or said[text].fuzzy
    ]
    assert not missing, "\n".join([MEND, *missing])


def test_no_text_outlives_the_code(catalogue: Catalog, spoken: dict[str, str]) -> None:
    left = [identity(m) for m in catalogue if m.id and identity(m) not in spoken]
    assert not left, "\n".join(["`make messages` takes these out:", *left])
    assert not catalogue.obsolete


def test_placeholders_are_the_same(catalogue: Catalog) -> None:
    for message in catalogue:
        text, said = identity(message), chinese(message)
        if said and message.id:
            assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(text)), text


def test_chinese_is_chinese(catalogue: Catalog) -> None:
    for message in catalogue:
        text, said = identity(message), chinese(message)
        if not said or not message.id:
            continue
        words = LATIN.findall(PLACEHOLDER.sub("", text))
        assert HAN.search(said) or set(words) <= PROPER, f"{text!r} is said as {said!r}"
        foreign = set(LATIN.findall(PLACEHOLDER.sub("", FIELD.sub("", said)))) - PROPER
        assert not foreign, f"{said!r} holds {foreign}"


def test_every_call_is_known_to_the_extraction() -> None:
    """A new alias of gettext would hide its texts from `make messages` and from the tests above."""
    known = set(DEFAULT_KEYWORDS) | set(ALIASES)
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "flask_babel":
                for name in node.names:
                    if "gettext" in name.name:
                        assert (name.asname or name.name) in known, f"{path}: {name.asname or name.name}"


# ---- in force ------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "zh/LC_MESSAGES").mkdir(parents=True)
    shutil.copy(CATALOGUE, tmp_path / "zh/LC_MESSAGES")
    yield tmp_path


def test_a_missing_or_stale_catalogue_is_compiled(folder: Path) -> None:
    source, compiled = (folder / f"zh/LC_MESSAGES/messages.{end}" for end in ("po", "mo"))
    compile_catalogues(folder)
    assert compiled_word(compiled, "Sign for") == "签收"
    before = compiled.stat().st_mtime_ns
    compile_catalogues(folder)
    assert compiled.stat().st_mtime_ns == before
    source.write_text(source.read_text().replace('"签收"', '"收下"'))
    os.utime(compiled, (0, 0))
    compile_catalogues(folder)
    assert compiled_word(compiled, "Sign for") == "收下"
    assert {path.name for path in compiled.parent.iterdir()} == {"messages.po", "messages.mo"}


def test_english_by_accident_is_refused(folder: Path) -> None:
    compiled = folder / "zh/LC_MESSAGES/messages.mo"
    compiled.mkdir()  # cannot be written
    os.utime(compiled, (0, 0))
    with pytest.raises(RuntimeError, match="cannot be written"):
        compile_catalogues(folder)
    with pytest.raises(RuntimeError, match="no message catalogue"):
        compile_catalogues(folder / "zh")


def test_ours_goes_over_the_libraries(sqlite_app: Flask) -> None:
    class Form(DynamicForm):
        number = IntegerField(validators=[validators.NumberRange(min=1)])

    with sqlite_app.test_request_context("/", method="POST", data={"number": "0"}):
        assert gettext("Added Row") == "已保存"
        assert ngettext("%(num)d day late", "%(num)d days late", 1) == "超期1日"
        form = Form()
        assert not form.validate()
        assert form.number.errors == ["不能小于1。"]
    with sqlite_app.test_request_context("/", method="POST", data={"number": "x"}):
        form = Form()
        assert not form.validate()
        assert "请填写整数。" in form.number.errors


def test_permissions_are_read_in_chinese(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        words = {str(pair) for pair in db.session.query(PermissionView)}
    assert "分流：新增" in words
    assert not [pair for pair in words if set(LATIN.findall(pair)) - PROPER]


def test_the_glossary_names_what_is_there() -> None:
    """The words of the code are those of `docs/glossary.md`: each code name there is found in app/ or seeds/."""
    places = [*(ROOT / "app").rglob("*.py"), *(ROOT / "seeds").glob("*.yaml")]
    code = "\n".join(path.read_text() for path in places)
    rows = re.findall(
        r"^\| [^|]+\| ([^|]+)\| ([^|]+)\|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE
    )
    names = [name for _chinese, cell in rows for name in re.findall(r"`([\w.]+)`", cell)]
    assert len(names) > 80
    assert not [n for n in names if not re.search(rf"\b{n.rsplit('.')[-1]}\b", code)]
