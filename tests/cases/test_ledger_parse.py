"""Reading ledgers: the one with an expected verdict for every row, and the ways in which others differ."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from app.cases.ledger import (
    LABELS,
    REQUIRED,
    SUBJECTS,
    Category,
    LedgerRefused,
    Reference,
    RowVerdict,
    Sheet,
    check_rows,
    read_sheet,
)
from app.cases.ledger_cells import EARLIEST, Unreadable, chinese_number, read_date, read_name, read_people

ROOT = Path(__file__).parents[2]
LEDGER = ROOT / "tests" / "data" / "ledger.xlsx"
TODAY = date(2026, 11, 21)
EPOCH = datetime(1899, 12, 30)


def seed(name: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ALIASES = {row["alias"]: row["field"] for row in seed("ledger_aliases.csv")}
REFERENCE = Reference(
    [Category(row["code"], row["name"], row["parent_code"] or None) for row in seed("categories.csv")],
    [(row["field"], row["word"], row["code"]) for row in seed("ledger_words.csv")],
)

# What the expected verdicts call the subjects; the portal's own words are in translations/.
VERDICTS = {
    "编号重复": "number_repeated",
    "诉求": "content",
    "姓名": "petitioner_name",
    "身份证校验码": "id_check",
    "登记时间": "registered_on",
    "内容分类": "category",
    "人数": "people_count",
}

HEADINGS = {
    "number": "信访编号",
    "petitioner_name": "信访人姓名",
    "id_number": "身份证号",
    "phone": "联系电话",
    "address": "住址",
    "people_count": "人数",
    "channel": "信访形式",
    "purpose": "信访目的",
    "category": "内容分类",
    "content": "主要诉求",
    "registered_on": "登记日期",
    "unit": "责任单位",
    "is_first": "是否初次信访",
    "due_on": "办结期限",
}
GOOD: Mapping[str, object] = {
    "number": "A1",
    "petitioner_name": "张三",
    "id_number": "11010519491231002X",
    "phone": "13800000000",
    "address": "某镇某村",
    "people_count": 3,
    "channel": "来访",
    "purpose": "求决",
    "category": "政法_诉讼_执行",
    "content": "反映判决未执行。",
    "registered_on": "2026-03-02",
}


def saved(book: Workbook) -> BytesIO:
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def sheet_of(rows: Sequence[Sequence[object]], **how: str) -> Sheet:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return read_sheet(saved(book), ALIASES, **how)


def ledger(*changes: Mapping[str, object]) -> Sheet:
    """A ledger of good rows A1, A2 ... with these changes."""
    rows: list[list[object]] = [list(HEADINGS.values())]
    for number, change in enumerate(changes, 1):
        row = {**GOOD, "number": f"A{number}", **change}
        rows.append([row.get(field) for field in HEADINGS])
    return sheet_of(rows)


def verdicts(sheet: Sheet, taken: frozenset[str] = frozenset()) -> list[RowVerdict]:
    with sheet:
        return list(check_rows(sheet, REFERENCE, TODAY, taken))


def only(change: Mapping[str, object]) -> RowVerdict:
    [verdict] = verdicts(ledger(change))
    return verdict


def subjects(verdict: RowVerdict) -> list[str]:
    return [problem.subject for problem in verdict.refusals]


# The ledger with its expected verdicts


def test_every_verdict_of_the_expected_table() -> None:
    with (ROOT / "tests" / "data" / "ledger.expected.csv").open(encoding="utf-8-sig", newline="") as file:
        expected = [(int(row["row"]), row["number"], row["verdict"]) for row in csv.DictReader(file)]
    word = {subject: verdict for verdict, subject in VERDICTS.items()}
    found = [
        (v.row, v.number, "/".join(word[s] for s in subjects(v)) or "accept")
        for v in verdicts(read_sheet(LEDGER, ALIASES))
    ]
    assert found == expected
    assert len(found) == 240


def test_values_of_odd_but_good_rows() -> None:
    rows = {v.row: v.values for v in verdicts(read_sheet(LEDGER, ALIASES)) if v.values}
    assert rows[4].phone == "13063942516"
    assert rows[3].registered_on == date(2026, 8, 28)
    assert rows[4].registered_on == date(2026, 7, 23)
    assert rows[5].registered_on == date(2026, 4, 12)
    assert rows[11].registered_on == date(2026, 4, 28)
    assert rows[33].id_number == "610304591122445"
    assert rows[40].petitioner_name == "胡秀英"
    assert rows[12].petitioner_name == "黄𬭎"
    assert rows[220].people_count == 12
    assert rows[3].category.names == ("政法", "诉讼")
    assert rows[3].category.detail == "执行"
    assert rows[3].channel == "LETTER" and rows[3].purpose == "APPEAL"
    assert rows[3].is_first is True and rows[4].is_first is False
    assert rows[3].unit is None and rows[3].unit_text == "涉法涉诉"


def test_the_sheet_knows_where_things_stand() -> None:
    with read_sheet(LEDGER, ALIASES) as sheet:
        assert (sheet.name, sheet.heading_row) == ("信访件列表", 2)
        assert sheet.unused_headings() == ["序号"]
        assert (
            [row for row, _ in islice(sheet.rows(), 2)]
            == [row for row, _ in islice(sheet.rows(), 2)]
            == [3, 4]
        )


@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_columns_may_stand_in_any_order_at_any_depth(random, above: int) -> None:
    fields = list(HEADINGS)
    random.shuffle(fields)
    rows: list[list[object]] = [["某区信访台账"] for _ in range(above)]
    rows.append([HEADINGS[field] for field in fields])
    rows.append([GOOD.get(field) for field in fields])
    [verdict] = verdicts(sheet_of(rows))
    assert verdict.accepted and verdict.row == above + 2


# Headings and sheets


@pytest.mark.parametrize(
    "heading",
    ["登记时间", " 登记 时间 ", "登记\n时间", "登记时间：", "*登记时间", "登记时间（年/月/日）", "收到日期"],
)
def test_ways_of_writing_a_heading(heading: str) -> None:
    rows: list[list[object]] = [[h if h != "登记日期" else heading for h in HEADINGS.values()]]
    with sheet_of([*rows, [GOOD.get(field) for field in HEADINGS]]) as sheet:
        assert sheet.columns["registered_on"] == list(HEADINGS).index("registered_on")


def test_the_better_of_two_headings_for_a_field_wins() -> None:
    with sheet_of(
        [["来访时间", *HEADINGS.values()], ["2026-01-01", *(GOOD.get(f) for f in HEADINGS)]]
    ) as sheet:
        assert sheet.unused_headings() == ["来访时间"]


def test_two_storeys_of_headings() -> None:
    upper: list[object] = [*HEADINGS.values()]
    upper[1:3] = ["信访人", None]
    lower: list[object] = [None, "姓名", "身份证号"]
    sheet = sheet_of([["台账"], upper, lower, list(map(GOOD.get, HEADINGS))])
    assert sheet.heading_row == 3
    assert [v.accepted for v in verdicts(sheet)] == [True]


def test_headings_repeated_on_every_page_are_no_data() -> None:
    head, row = list(HEADINGS.values()), [GOOD.get(field) for field in HEADINGS]
    assert [v.row for v in verdicts(sheet_of([head, head, row, head]))] == [3]


def test_category_in_three_columns() -> None:
    fields = [field for field in HEADINGS if field != "category"]
    head: list[object] = [*(HEADINGS[field] for field in fields), "一级分类", "二级分类", "三级分类"]
    [verdict] = verdicts(
        sheet_of([head, [*(GOOD.get(field) for field in fields), "教育", "考试招生", "中考"]])
    )
    assert verdict.values and verdict.values.category.names == ("教育", "考试招生")
    assert verdict.values.category.detail == "中考"


@pytest.mark.parametrize("field", sorted(REQUIRED))
def test_a_missing_column_refuses_the_file(field: str) -> None:
    with pytest.raises(LedgerRefused, match="lacks columns") as refusal:
        sheet_of([[text for other, text in HEADINGS.items() if other != field]])
    assert refusal.value.fields == (field,)
    assert LABELS[field] in refusal.value.text()


@pytest.mark.parametrize("field", ["id_number", "phone", "channel", "purpose", "unit", "is_first", "due_on"])
def test_other_columns_may_be_missing(field: str) -> None:
    fields = [other for other in HEADINGS if other != field]
    [verdict] = verdicts(
        sheet_of([[HEADINGS[other] for other in fields], [GOOD.get(other) for other in fields]])
    )
    assert verdict.accepted


def test_two_headings_alike_refuse_the_file() -> None:
    with pytest.raises(LedgerRefused, match="two columns alike") as refusal:
        sheet_of([[*HEADINGS.values(), "登记日期"]])
    assert refusal.value.fields == ("registered_on",)


def test_sheets_are_searched_and_must_be_named_when_several_fit() -> None:
    book = Workbook()
    book.active.title = "说明"
    book.active.append(["填写说明"])
    for name in ("一月", "二月", "旧"):
        book.create_sheet(name).append(list(HEADINGS.values()))
    book["旧"].sheet_state = "hidden"
    with pytest.raises(LedgerRefused, match="一月, 二月"):
        read_sheet(saved(book), ALIASES)
    with read_sheet(saved(book), ALIASES, sheet_name="二月") as sheet:
        assert sheet.name == "二月"
    for name in ("三月", "旧"):
        with pytest.raises(LedgerRefused, match="no visible sheet"):
            read_sheet(saved(book), ALIASES, sheet_name=name)
    del book["一月"]
    with read_sheet(saved(book), ALIASES) as sheet:
        assert sheet.name == "二月"


# Files that are no ledger


def refusal_of(content: bytes) -> str:
    with pytest.raises(LedgerRefused) as refusal:
        read_sheet(BytesIO(content), ALIASES)
    return refusal.value.message


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def test_files_of_another_kind() -> None:
    assert "empty" in refusal_of(b"")
    assert "not an Excel workbook" in refusal_of("编号,姓名\n".encode())
    assert "old .xls" in refusal_of(OLE)
    assert "password" in refusal_of(OLE + "EncryptedPackage".encode("utf-16-le"))
    assert "damaged" in refusal_of(b"PK\x03\x04 and no more")
    assert "damaged" in refusal_of(LEDGER.read_bytes()[:20_000])


def test_another_kind_of_zip_and_an_empty_sheet() -> None:
    import zipfile

    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    assert "damaged" in refusal_of(file.getvalue())
    assert "sheet is empty" in refusal_of(saved(Workbook()).getvalue())
    book = Workbook()
    book.active.append(["关于报送材料的通知"])
    assert "No row with headings" in refusal_of(saved(book).getvalue())


def test_a_file_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cases.ledger_sheet.MOST_UNPACKED", 10_000)
    assert "too much data" in refusal_of(LEDGER.read_bytes())


def test_damage_in_the_middle_of_a_sheet() -> None:
    import zipfile

    damaged = BytesIO()
    with zipfile.ZipFile(LEDGER) as source, zipfile.ZipFile(damaged, "w") as target:
        for entry in source.namelist():
            content = source.read(entry)
            target.writestr(entry, content[: len(content) // 2] if "sheet1" in entry else content)
    damaged.seek(0)
    sheet = read_sheet(damaged, ALIASES)
    with pytest.raises(LedgerRefused, match="damaged"):
        verdicts(sheet)


# Rows


def test_a_good_row() -> None:
    verdict = only({})
    assert verdict.accepted and verdict.row == 2 and not verdict.remarks


@pytest.mark.parametrize("field", sorted(REQUIRED))
@pytest.mark.parametrize("blank", [None, "", " \u3000", "/", "无", "\u200b" * 20])
def test_required_values(field: str, blank: object) -> None:
    verdict = only({field: blank})
    assert subjects(verdict) == [field]
    assert verdict.values is None


@pytest.mark.parametrize("field", ["id_number", "phone", "channel", "purpose", "unit", "is_first", "due_on"])
def test_other_values_may_be_blank(field: str) -> None:
    assert only({field: "无"}).accepted


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"id_number": "110105194912310021"}, "id_check"),
        ({"id_number": "1101051949123100"}, "id_number"),
        ({"id_number": 110105194912310000}, "id_number"),  # Excel has cut the last digits
        ({"id_number": "91350100M000100Y44"}, "id_number"),
        ({"petitioner_name": "匿名"}, "petitioner_name"),
        ({"petitioner_name": "12345"}, "petitioner_name"),
        ({"people_count": 0}, "people_count"),
        ({"people_count": -3}, "people_count"),
        ({"people_count": "若干"}, "people_count"),
        ({"people_count": "约30人"}, "people_count"),
        ({"people_count": 3.5}, "people_count"),
        ({"people_count": 13800000000}, "people_count"),
        ({"registered_on": "2026-13-40"}, "registered_on"),
        ({"registered_on": "2月30日"}, "registered_on"),
        ({"registered_on": "2026-11-22"}, "registered_on"),  # tomorrow
        ({"registered_on": time(9)}, "registered_on"),
        ({"registered_on": "#REF!"}, "registered_on"),
        ({"due_on": "2026-03-01"}, "due_on"),  # before it began
        ({"due_on": "尽快"}, "due_on"),
        ({"category": "天文地理_其他"}, "category"),
        ({"category": "政法_天文"}, "category"),
        ({"category": "教育_土地征收"}, "category"),
        ({"channel": "飞鸽传书"}, "channel"),
        ({"purpose": "看看"}, "purpose"),
        ({"content": "长" * 10_001}, "content"),
        ({"address": "长" * 32_000}, "address"),
        ({"number": "1" * 31}, "number"),
    ],
)
def test_refused_values(change: Mapping[str, object], subject: str) -> None:
    assert subjects(only(change)) == [subject]


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("number", " ｘｆ２０２６ ", "XF2026"),
        ("number", 2026000001.0, "2026000001"),
        ("petitioner_name", " 张　三 ", "张三"),
        ("petitioner_name", "阿卜杜拉 • 买买提", "阿卜杜拉·买买提"),
        ("id_number", "11010519491231002x", "11010519491231002X"),
        ("id_number", 610304591122445, "610304591122445"),
        ("id_number", "91350100m000100y43", "91350100M000100Y43"),
        ("phone", 1.38e10, "13800000000"),
        ("phone", "１３８ ００００ ００００、0917-3200000", "13800000000、0917-3200000"),
        ("people_count", "3人", 3),
        ("people_count", "三十二人", 32),
        ("registered_on", 46083, date(2026, 3, 2)),
        ("registered_on", datetime(2026, 3, 2, 9, 30), date(2026, 3, 2)),
        ("channel", "１２３４５", "HOTLINE"),
        ("channel", 12345, "HOTLINE"),
        ("is_first", "重信", False),
        ("is_first", 1, True),
        ("content", "一、请求：\r\n二、理由，", "一、请求：\n二、理由，"),
    ],
)
def test_values_as_they_are_kept(field: str, cell: object, value: object) -> None:
    verdict = only({field: cell})
    assert verdict.values is not None, verdict.refusals
    assert getattr(verdict.values, field) == value


def test_a_row_names_everything_that_is_wrong_with_it() -> None:
    verdict = only({"petitioner_name": None, "people_count": 0, "content": None})
    assert subjects(verdict) == ["petitioner_name", "people_count", "content"]


def test_an_odd_phone_or_unit_is_remarked_not_refused() -> None:
    verdict = only({"phone": "见附件", "unit": "不存在的局", "is_first": "待查"})
    assert verdict.accepted and verdict.values
    assert [problem.subject for problem in verdict.remarks] == ["phone", "unit", "is_first"]
    assert (
        verdict.values.phone == "见附件" and verdict.values.unit is None and verdict.values.is_first is None
    )


def test_a_number_that_comes_again_is_refused_whatever_became_of_the_first() -> None:
    found = verdicts(ledger({"people_count": 0}, {"number": "Ａ1"}, {"number": "a 1"}))
    assert [subjects(v) for v in found] == [["people_count"], ["number_repeated"], ["number_repeated"]]
    assert found[2].refusals[0].params["row"] == 2


def test_a_number_that_is_registered_already() -> None:
    [verdict] = verdicts(ledger({}), taken=frozenset({"A1"}))
    assert subjects(verdict) == ["number_repeated"]


def test_another_paper_is_no_citizen_number() -> None:
    head: list[object] = [*HEADINGS.values(), "证件类型"]
    row: list[object] = [GOOD.get(f) if f != "id_number" else "E12345678" for f in HEADINGS]
    passport, card = verdicts(sheet_of([head, [*row, "护照"], ["A2", *row[1:], "居民身份证"]]))
    assert passport.accepted and subjects(card) == ["id_number"]


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"number": "合计", "petitioner_name": 240},
        {"number": 240, "due_on": "合 计"},
        {"number": "小计：12件"},
        {"number": "制表人：张三", "content": None, "phone": "审核人：李四"},
        {"number": "/", "petitioner_name": "-"},
    ],
)
def test_lines_that_are_no_data(line: Mapping[str, object]) -> None:
    row = [line.get(field) for field in HEADINGS]
    rows: list[list[object]] = [list(HEADINGS.values()), row, [GOOD.get(field) for field in HEADINGS], row]
    assert [v.row for v in verdicts(sheet_of(rows))] == [3]


def test_a_row_with_little_in_it_is_refused_not_passed_over() -> None:
    rows: list[list[object]] = [list(HEADINGS.values()), ["A9"], [None, "合计人"]]
    assert [len(v.refusals) for v in verdicts(sheet_of(rows))] == [6, 6]


def test_formulas_are_read_by_their_result() -> None:
    sheet = ledger({"people_count": "=1+2"})  # written here without a result
    assert [subjects(v) for v in verdicts(sheet)] == [["people_count"]]


def test_a_million_characters_are_refused_before_any_work() -> None:
    with pytest.raises(Unreadable):
        read_people("3" * 1_000_000)
    with pytest.raises(Unreadable):
        read_date("2026" * 250_000, EPOCH)
    with pytest.raises(Unreadable):
        read_name("张" * 1_000_000, 60)


def test_dates_count_from_1904_in_books_of_old_macs() -> None:
    book = load_workbook(saved(Workbook()))
    book.epoch = datetime(1904, 1, 1)
    book.active.append(list(HEADINGS.values()))
    book.active.append([GOOD.get(f) if f != "registered_on" else 46083 - 1462 for f in HEADINGS])
    [verdict] = verdicts(read_sheet(saved(book), ALIASES))
    assert verdict.values and verdict.values.registered_on == date(2026, 3, 2)


def test_rows_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pulled: list[int] = []
    rows = Sheet.rows

    def watched(sheet: Sheet) -> Iterator[tuple[int, tuple[object, ...]]]:
        for number, cells in rows(sheet):
            pulled.append(number)
            yield number, cells

    monkeypatch.setattr(Sheet, "rows", watched)
    with read_sheet(LEDGER, ALIASES) as sheet:
        assert len(list(islice(check_rows(sheet, REFERENCE, TODAY), 5))) == 5
    assert len(pulled) == 5


# Words


@pytest.mark.parametrize(
    ("text", "names", "detail"),
    [
        ("政法", ("政法",), ""),
        ("政法_诉讼", ("政法", "诉讼"), ""),
        ("政法/诉讼/执行", ("政法", "诉讼"), "执行"),
        ("政法 — 诉讼 — 执行", ("政法", "诉讼"), "执行"),
        ("政法_其他", ("政法",), ""),
        ("诉讼", ("政法", "诉讼"), ""),
        ("诉讼_执行", ("政法", "诉讼"), "执行"),
        ("090200", ("政法", "诉讼"), ""),
        ("其他", ("其他",), ""),
        ("其它", ("其他",), ""),
        ("市场监管", ("市场监管",), ""),
        ("国土资源_土地征收_补偿", ("自然资源", "土地征收"), "补偿"),
        ("教育文体_体育", ("文体旅游", "体育"), ""),
        ("教育文体_教师队伍和待遇_代课人员", ("教育", "教师队伍和待遇"), "代课人员"),
        ("矿产开采地质灾害/环境污染", ("矿产开采地质灾害/环境污染",), ""),
        ("涉法涉诉", ("涉法涉诉",), ""),
    ],
)
def test_categories(text: str, names: tuple[str, ...], detail: str) -> None:
    found = REFERENCE.category(text)
    assert found and (found.names, found.detail) == (names, detail)


@pytest.mark.parametrize("text", ["", "_", "天文地理", "政法_土地征收", "政法诉讼", "教育文体"])
def test_unknown_categories(text: str) -> None:
    assert REFERENCE.category(text) is None


def test_seeds_agree_with_themselves() -> None:
    rows = seed("categories.csv")
    codes = {row["code"]: row for row in rows}
    first = [row for row in rows if not row["parent_code"]]
    assert len(codes) == len(rows) and all(len(code) == 6 for code in codes)
    assert len([row for row in first if row["set"] == "national"]) == 20
    assert len([row for row in first if row["set"] == "local"]) == 8
    assert all(row["code"][:2] == row["parent_code"][:2] for row in rows if row["parent_code"] in codes)
    assert {row["parent_code"] for row in rows} <= {"", *codes}
    assert set(ALIASES.values()) == set(LABELS)
    assert len(ALIASES) == len(seed("ledger_aliases.csv"))
    assert {row["code"] for row in seed("ledger_words.csv") if row["field"] == "category"} <= set(codes)


def test_every_problem_can_be_said() -> None:
    verdict = only({"registered_on": "2026-13-40", "phone": "见附件"})
    assert [problem.text() for problem in verdict.refusals] == [
        "Time of registration: is not a date: 2026-13-40"
    ]
    assert "Phone number" in verdict.remarks[0].text()
    assert set(VERDICTS.values()) <= set(SUBJECTS)


# What must hold for any cell


@given(
    st.dates(EARLIEST, date(9999, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]),
)
def test_any_day_is_read_in_any_writing(day: date, writing: str) -> None:
    text = day.strftime(writing).rjust(8, "0")
    assert read_date(text, EPOCH) == day
    assert read_date(text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789-/."}), EPOCH) == day


@given(st.integers(1, 9999))
def test_any_number_of_people_is_read(people: int) -> None:
    for cell in (people, float(people), f"{people}人", f" 共 {people:,} 名 "):
        assert read_people(cell) == people


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("三十", 30),
        ("九十九", 99),
        ("一百零五", 105),
        ("二〇二六", 2026),
        ("人", None),
    ],
)
def test_chinese_numbers(text: str, number: int | None) -> None:
    assert chinese_number(text) == number


cells = st.one_of(
    st.none(),
    st.text(max_size=50),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the cells
@given(st.dictionaries(st.sampled_from(list(HEADINGS)), cells))
def test_no_cell_brings_the_checker_down(change: Mapping[str, object]) -> None:
    row = {**GOOD, **change}
    columns = {field: column for column, field in enumerate(HEADINGS)}

    class Rows:
        headings = tuple(HEADINGS.values())
        epoch = EPOCH

        def __init__(self) -> None:
            self.columns = columns

        def rows(self) -> Iterator[tuple[int, tuple[object, ...]]]:
            yield 2, tuple(row.get(field) for field in HEADINGS)

    for verdict in check_rows(Rows(), REFERENCE, TODAY):  # type: ignore[arg-type]
        assert verdict.accepted == (verdict.values is not None)
        for problem in (*verdict.refusals, *verdict.remarks):
            assert problem.text()
