"""What the portal must never keep (domain.md §9.1): lists of persons to be watched, where anybody is, turning people
back, "keeping them stable", labels for petitioners. Searched in every column, every text and every seed."""

from __future__ import annotations

import re

import pytest
from flask_appbuilder import Model

from tests.support.server import PROJECT

# words of watching and intercepting; and where one stands by right: the law's own sentence, or the promise not to
FORBIDDEN = (
    "劝返", "稳控", "截访", "拦卡", "失联", "行踪", "黑名单", "重点人员", "布控", "盯防", "缠访", "闹访", "无理访",
    "遣返",
)  # fmt: skip
BY_RIGHT = {
    "translations/zh/LC_MESSAGES/messages.po": {"只记录针对事项所做的工作，不记录人员姓名和行踪"},
    "seeds/score_sheets.yaml": {"默认停用"},
    "docs/handbook.zh.md": {"平台没有、也不得增加以下内容：来访人员名单、人员位置、劝返和稳控记录。"},
}
NAMES = re.compile(
    r"watch|blacklist|whereabout|latitude|longitude|gps|geoloc|intercept|dissuad|repatriat|stabil|person_list"
    r"|risk_person|credit_score|relative"
)
TEXTS = ("app", "seeds", "translations", "docs")
KINDS = {".py", ".html", ".yaml", ".csv", ".po", ".md", ".js"}


def test_no_table_or_column_is_for_watching_people(sqlite_app):
    found = [
        f"{table.name}.{column.name}"
        for table in Model.metadata.tables.values()
        for column in table.columns
        if NAMES.search(f"{table.name}.{column.name}")
    ]
    assert found == []


def _texts():
    for folder in TEXTS:
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.suffix in KINDS and "static/fab" not in str(path) and "vendor" not in path.parts:
                yield path.relative_to(PROJECT).as_posix(), path.read_text(encoding="utf-8", errors="ignore")


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_text_speaks_of_it(word):
    found = []
    for name, text in _texts():
        for line in text.splitlines():
            if word in line and not any(said in line for said in BY_RIGHT.get(name, ())):
                found.append((name, line.strip()[:80]))
    assert found == []


def test_the_words_are_looked_for_where_they_would_stand():
    """The search itself works: the promise not to keep them is found where it stands."""
    texts = dict(_texts())
    for name, lines in BY_RIGHT.items():
        assert all(line in texts[name] for line in lines), name
