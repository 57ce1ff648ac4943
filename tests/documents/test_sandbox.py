"""A text is a small language: what is no part of it is refused with a sentence, at once, before it is ever filled."""

from __future__ import annotations

import time

import pytest
import yaml

import config
from app.documents import compose, fields, sandbox
from app.documents.models import TEXTS
from tests.support import office

REFUSED = {
    "{{ ''.__class__ }}": "__class__",
    "{{ ''['__class__']['__mro__'] }}": "__",
    "{{ number['__cla' ~ 'ss__'] }}": "…",
    "{{ number | attr('__class__') }}": "attr",
    "{% for i in range(10**9) %}x{% endfor %}": "(…)",
    "{{ range(999999999) | join }}": "(…)",
    "{{ lipsum() }}": "(…)",
    "{{ cycler.__init__.__globals__ }}": "__",
    "{{ '{:9999999999}'.format(1) }}": "(…)",
    "{{ 9 ** 9 ** 9 }}": "**",
    "{{ '%999999999s' % 'a' }}": "%",
    "{% set a = 'x' %}{{ a ~ a }}": "set",
    "{% set ns = namespace(x='a') %}": "set",
    "{% macro m() %}{{ m() }}{% endmacro %}": "macro",
    "{% include '/etc/passwd' %}": "include",
    "{% import 'os' as os %}": "import",
    "{% for a in disputes recursive %}{{ loop(a) }}{% endfor %}": "for",
    "{{ _budget }}": "_budget",
    "{{ disputes | each }}": "each",
    "{{ [1, 2] }}": "[…]",
    "{{ number | nothing_like_it }}": "nothing_like_it",
    "{% if number %}": "行",
    "{{ " + "(" * 9000 + "a" + ")" * 9000 + " }}": "复杂",
    "{% if a %}" * 400 + "{% endif %}" * 400: "复杂",
    "{{ " + " ~ ".join(["facts"] * 50) + " }}": "复杂",
    "字" * 20_001: "20000",
}
ROWS = {"disputes": [{"matter": "用水"}] * 300, "facts": "文" * 20_000, "times": 2}
RUN_ON = [
    "{% for a in disputes %}{% for b in disputes %}{% for c in disputes %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in facts %}x{% endfor %}",
    "{{ facts | replace('文', facts) }}",
    "{% for a in disputes %}{{ facts }}{{ facts }}{% endfor %}",
    "{{ 'a' * 999999999 }}",
    "{{ facts * 99999 }}",
    "{{ 999999999999 * 999999999999 * 999999999999 }}",
]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40])
def test_what_is_no_part_of_the_language_is_refused_with_a_sentence(sqlite_app, text: str) -> None:
    start = time.monotonic()
    with sqlite_app.test_request_context():
        said = compose.syntax_fault(text)
    assert REFUSED[text] in said, said
    assert any("\u4e00" <= c <= "\u9fff" for c in said)
    assert time.monotonic() - start < 3
    assert compose.names(text) == set() or "{% if number %}" in text or "nothing_like_it" in text


@pytest.mark.parametrize("text", RUN_ON)
def test_what_would_run_on_or_grow_is_stopped(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(sandbox.FAULTS):
        compose.fill(text, ROWS)
    assert time.monotonic() - start < 4


def test_the_texts_of_the_seeds_are_within_the_language_and_fill_with_and_without_their_fields() -> None:
    for row in yaml.safe_load((config.ROOT / "seeds" / "document_kinds.yaml").read_text(encoding="utf-8")):
        for part in TEXTS:
            text = row.get(part) or ""
            assert compose.syntax_fault(text) == "", (row["code"], part)
            compose.fill(text, fields.sample(row["code"]))
            compose.fill(text, {})


def test_ordinary_texts_keep_working() -> None:
    assert compose.fill("{% if times > 1 %}第{{ times - 1 }}次{% endif %}", ROWS) == "第1次"
    assert compose.fill("{% if times > 1 %}第{{ times - 1 }}次{% endif %}", {}) == ""
    assert compose.fill(
        "{% for row in disputes %}{{ loop.index }}{{ row.matter }}{% endfor %}", ROWS
    ).startswith("1用水2")
    assert (
        compose.fill("{{ disputes | length }}、{{ 'ab' | upper }}、{{ number | default('无') }}", ROWS)
        == "300、AB、无"
    )
    assert compose.fill("{{ number }}-{{ times + 1 }}", {"times": 1}) == "【缺：信访件编号】-2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ ''.__class__ }}", "文本不能访问“__class__”"),
        ("{% for i in range(10**9) %}x{% endfor %}", "不能使用“(…)”"),
        ("{{ petitioner }}{{ 'a' * 999999999 }}", "只有数字可以计算"),
        ("{{ petitioner }", "写法有误"),
    ],
)
def test_an_administrator_is_told_at_the_field_and_keeps_what_they_typed(
    sqlite_app, text: str, said: str
) -> None:
    admin = office.signed_in(sqlite_app, "sysadmin")
    row = {"code": "D91", "name": "样", "format": "NOTICE", "issuer": "UNIT", "title": "样", "body": text}
    answer = admin.post("/documentkindview/add", data=row)
    assert answer.status_code == 200 and said in answer.text
    assert 'name="body"' in answer.text and text.split("{{ ")[-1][:12].split("'")[0] in answer.text
    shown = admin.post("/documentkindview/preview", data=row)
    assert shown.status_code == 200 and shown.mimetype == "text/html" and said in shown.text


def test_a_drafter_types_rows_and_numbers(sqlite_app) -> None:
    typed = "用水纠纷 | 资源权属 | 26 | 中 | 调解 | 何翀 | 2026-12-15 | 化解中\n噪声扰民 | 生态环境 | 120"
    rows = fields.read("disputes", typed, "D36")
    assert [row["matter"] for row in rows] == ["用水纠纷", "噪声扰民"] and rows[1]["state"] == ""
    assert fields.read("disputes", fields.shown(fields.sample("D36")["disputes"]), "D36")[0]["risk"] == "中"
    assert fields.read("times", "3", "D19") == 3 and fields.read("reason", "3", "D19") == "3"
    case = office.register_case(sqlite_app)
    clerk = office.signed_in(sqlite_app, "office")
    shown = clerk.post(f"/drafts/preview/{case}?kind=D36", data={"disputes": typed, "period": "11月下半月"})
    assert shown.mimetype == "application/pdf"
