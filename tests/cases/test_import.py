"""Taking over a ledger: verdicts as expected, what is loaded obeys scope and wall, nothing is half done."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import gettext
from openpyxl import Workbook, load_workbook

from app import verify
from app.cases import bulk, takeover
from app.cases.enums import Channel, MatterKind, PartRole, Purpose, State
from app.cases.ledger import SUBJECTS
from app.cases.ledger_models import LedgerAlias, LedgerField, LedgerWord, Takeover, WordField
from app.cases.models import Case, Clock, Part
from app.cases.operations import register
from app.cases.steps import Step
from app.core.db import db
from app.core.models import AuditEntry
from tests.support import office

DATA = Path(__file__).parents[1] / "data"
LEDGER = DATA / "ledger.xlsx"
NOW = dt.datetime(2026, 11, 21, 9, 0)
VERDICTS = {
    "number_repeated": "编号重复", "content": "诉求", "petitioner_name": "姓名", "id_check": "身份证校验码",
    "registered_on": "登记时间", "category": "内容分类", "people_count": "人数",
}  # fmt: skip


@pytest.fixture
def ledger_app(app: Flask) -> Flask:
    app.config["FIXED_NOW"] = NOW
    return app


def run(app: Flask, *arguments: Any) -> tuple[int, str]:
    with app.app_context():
        result = app.test_cli_runner().invoke(args=["import", *map(str, arguments)])
    return result.exit_code, result.output


def expected() -> list[tuple[str, str, str]]:
    with (DATA / "ledger.expected.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [(row["row"], row["number"], row["verdict"]) for row in csv.DictReader(stream)]


def numbers(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(sa.select(Case.number)))


def seen_by(app: Flask, username: str) -> list[Case]:
    """The cases an officer's own request finds, with their state as it is in the database."""
    with office.as_officer(app, username, "GET"):
        return list(db.session.scalars(sa.select(Case)))


def ledger(path: Path, *rows: dict[str, Any], **headings: str) -> Path:
    """A ledger of good rows with these changes, by the office's usual headings or others."""
    names = {
        "number": "信访编号", "name": "姓名", "address": "住址", "people": "人数", "channel": "信访形式",
        "purpose": "信访目的", "category": "内容分类", "content": "主要诉求", "day": "登记时间", "unit": "责任单位",
        "home": "登记机构", "status": "办理状态",
    }  # fmt: skip
    good = {
        "name": "张三", "address": "龙泉镇", "people": 1, "channel": "来访", "purpose": "求决",
        "category": "自然资源_土地征收", "content": "请求补发补偿款。", "day": "2026-11-02", "unit": "自然资源局",
        "home": "区信访局", "status": "办理中",
    }  # fmt: skip
    book = Workbook()
    book.active.append([headings.get(key, name) for key, name in names.items()])
    for number, change in enumerate(rows, 1):
        filled = {"number": f"T{number}", **good, **change}
        book.active.append([filled[key] for key in names])
    book.save(path)
    return path


def only_case(app: Flask) -> dict[str, Any]:
    with app.app_context():
        row = db.session.execute(sa.select(bulk.CASES)).mappings().one()
        return dict(row)


def test_dry_run_gives_the_expected_verdict_of_every_row(ledger_app: Flask, tmp_path: Path) -> None:
    report = tmp_path / "verdicts.csv"
    code, output = run(ledger_app, LEDGER, "--dry-run", "--report", report)
    assert code == 0, output
    with ledger_app.app_context():
        words = {gettext(SUBJECTS[subject]): verdict for subject, verdict in VERDICTS.items()} | {
            "accept": "accept"
        }
    with report.open(encoding="utf-8", newline="") as stream:
        found = [(row["row"], row["number"], words[row["verdict"]]) for row in csv.DictReader(stream)]
    assert found == expected()
    lines = [line for line in output.splitlines() if "XF2026" in line]
    for row, number, verdict in expected():
        listed = any(number in line and re.search(rf"(?<![0-9]){row}(?![0-9])", line) for line in lines)
        assert listed or verdict == "accept", f"row {row} {number} is not listed"
    assert not numbers(ledger_app)


def test_refused_rows_stop_the_whole_file(ledger_app: Flask) -> None:
    code, _output = run(ledger_app, LEDGER)
    assert code == 1
    assert not numbers(ledger_app)


def test_skip_bad_loads_exactly_the_accepted(ledger_app: Flask) -> None:
    assert run(ledger_app, LEDGER, "--skip-bad")[0] == 0
    assert numbers(ledger_app) == {number for _row, number, verdict in expected() if verdict == "accept"}
    with ledger_app.app_context():
        assert verify.findings() == []
        note = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "import")).one()
        assert (note.detail["taken"], note.detail["refused"]) == (208, 32)
        steps = db.session.scalars(sa.select(Step)).all()
        assert len(steps) == 208 and all(isinstance(step, Takeover) and step.story() for step in steps)
        assert Counter(case.state for case in db.session.scalars(sa.select(Case))).keys() >= {
            State.TO_SIGN, State.SIGNED, State.HANDLING, State.CLOSED, State.ARCHIVED,
        }  # fmt: skip
        case = db.session.scalars(sa.select(Case).where(Case.number == "XF2026000001")).one()
        assert case.id_number == "610302199803218235" and case.id_index and case.imported


def test_the_same_file_twice_is_refused_row_by_row(ledger_app: Flask, tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx", {}, {})
    assert run(ledger_app, path)[0] == 0
    code, output = run(ledger_app, path)
    assert code == 1 and "T1" in output and "T2" in output
    assert numbers(ledger_app) == {"T1", "T2"}


def test_headings_of_another_bureau_are_a_row_away(ledger_app: Flask, tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx", {}, content="群众怎么说")
    assert run(ledger_app, path)[0] == 1
    with ledger_app.app_context():
        db.session.add(LedgerAlias(alias="群众怎么说", field=LedgerField["CONTENT"], rank=1))
        db.session.commit()
    assert run(ledger_app, path)[0] == 0
    assert numbers(ledger_app) == {"T1"}


def test_words_of_another_bureau_are_a_row_away(ledger_app: Flask, tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx", {"status": "正在跑腿"})
    with ledger_app.app_context():
        db.session.add(LedgerWord(field=WordField.STATUS, word="正在跑腿", code="HANDLING"))
        db.session.commit()
    assert run(ledger_app, path)[0] == 0
    assert only_case(ledger_app)["state"] is State.HANDLING


def test_officers_see_what_is_theirs(ledger_app: Flask) -> None:
    assert run(ledger_app, LEDGER, "--skip-bad")[0] == 0
    land, labour = seen_by(ledger_app, "land_officer"), seen_by(ledger_app, "labour_officer")
    assert land and labour and not {c.id for c in land} & {c.id for c in labour}
    theirs = {row["信访件编号"] for row in accepted_rows() if row["责任单位"] == "涉法涉诉"}
    assert {case.number for case in seen_by(ledger_app, "room_legal")} == theirs
    assert not seen_by(ledger_app, "town_officer")
    everybody = seen_by(ledger_app, "office")
    assert {c.id for c in land} < {c.id for c in everybody}


def accepted_rows() -> list[dict[str, Any]]:
    _title, headings, *rows = load_workbook(LEDGER).worksheets[0].iter_rows(values_only=True)
    good = {int(row) for row, _number, verdict in expected() if verdict == "accept"}
    return [dict(zip(headings, row, strict=True)) for place, row in enumerate(rows, 3) if place in good]


def test_accusations_stay_behind_the_wall(ledger_app: Flask) -> None:
    assert run(ledger_app, LEDGER, "--skip-bad")[0] == 0
    accusing = {row["信访件编号"] for row in accepted_rows() if row["信访目的"] == "揭发控告"}
    assert {case.number for case in seen_by(ledger_app, "discipline")} == accusing
    for username in office.CAST:
        if username != "discipline":
            assert not accusing & {case.number for case in seen_by(ledger_app, username)}
    with ledger_app.app_context():
        ids = sa.select(Case.id).where(Case.number.in_(accusing))
        assert db.session.scalar(sa.select(sa.func.count(Part.id)).where(Part.case_id.in_(ids))) == 0


@pytest.mark.parametrize("purpose", ["", "其他"])
def test_a_matter_of_discipline_without_a_purpose_is_an_accusation(
    ledger_app: Flask, tmp_path: Path, purpose: str
) -> None:
    path = ledger(tmp_path / "a.xlsx", {"category": "纪检监察_干部作风", "purpose": purpose})
    assert run(ledger_app, path)[0] == 0
    case = only_case(ledger_app)
    assert (case["purpose"], case["kind"]) == (Purpose.ACCUSATION, MatterKind.ACCUSATION)
    assert not seen_by(ledger_app, "land_officer") and not seen_by(ledger_app, "office")


def test_what_a_ledger_does_not_say_is_assumed_aloud(ledger_app: Flask, tmp_path: Path) -> None:
    path = ledger(
        tmp_path / "a.xlsx", {"channel": "", "purpose": "", "status": "不知道", "unit": "", "home": "某站"}
    )
    code, output = run(ledger_app, path)
    assert code == 0
    for subject in ("channel", "purpose", "status", "registrar_unit"):
        with ledger_app.app_context():
            assert gettext(SUBJECTS[subject]) in output
    case = only_case(ledger_app)
    assert (case["channel"], case["purpose"], case["state"]) == (Channel.WEB, Purpose.OTHER, State.REGISTERED)
    with ledger_app.app_context():
        clock = db.session.scalars(sa.select(Clock)).one()
        assert clock.code == "T1" and clock.unit_id == office.unit_named(office.CONFERENCE).id


@pytest.mark.parametrize(
    ("status", "codes", "due"),
    [
        ("待签收", {"T3", "T4"}, dt.date(2026, 11, 17)),
        ("已签收待办理", {"T3", "T4"}, dt.date(2026, 11, 17)),
        ("办理中", {"T5"}, dt.date(2027, 1, 1)),
        ("已办结", set(), None),
    ],
)
def test_clocks_run_from_the_registration(
    ledger_app: Flask, tmp_path: Path, status: str, codes: set[str], due: dt.date | None
) -> None:
    assert run(ledger_app, ledger(tmp_path / "a.xlsx", {"status": status}))[0] == 0
    with ledger_app.app_context():
        clocks = db.session.scalars(sa.select(Clock)).all()
        case = db.session.scalars(sa.select(Case)).one()
        assert {clock.code for clock in clocks} == codes
        assert {clock.due_stat for clock in clocks if clock.duty} == ({due} if due else set())
        assert {part.role for part in case.parts} == {PartRole.REGISTRAR, PartRole.RESPONSIBLE}


def test_an_imported_case_goes_on_like_any_other(ledger_app: Flask, tmp_path: Path) -> None:
    assert run(ledger_app, ledger(tmp_path / "a.xlsx", {"status": "待签收"}))[0] == 0
    case = only_case(ledger_app)["id"]
    office.drive(ledger_app, case, "signing", "acceptance", "handling", "opinion_draft", "opinion_signing",
                 "delivery", "closing")  # fmt: skip
    assert office.state_of(ledger_app, case) == "CLOSED"
    with ledger_app.app_context():
        assert verify.findings() == []


def test_the_register_goes_on_after_numbers_of_its_own_form(ledger_app: Flask, tmp_path: Path) -> None:
    assert run(ledger_app, ledger(tmp_path / "a.xlsx", {"number": "XF2026110007"}))[0] == 0
    with ledger_app.app_context():
        case = office.case_of()
        register(case, [], office.officer_named("reception"), NOW, print_papers=False)
        assert case.number == "XF2026110008"
        db.session.rollback()


def test_a_failure_in_the_middle_leaves_nothing(
    ledger_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ledger(tmp_path / "a.xlsx", *[{} for _ in range(30)])
    monkeypatch.setattr(takeover, "BATCH", 10)
    sent: list[int] = []

    def write(self: bulk.Bulk) -> int:
        if sent:
            raise KeyboardInterrupt
        sent.append(really(self))
        return sent[-1]

    really = bulk.Bulk.write
    monkeypatch.setattr(bulk.Bulk, "write", write)
    assert run(ledger_app, path)[0] != 0
    assert sent and not numbers(ledger_app)
    with ledger_app.app_context():
        assert verify.findings() == []


def test_an_administrator_edits_headings_and_words(app: Flask) -> None:
    admin = office.signed_in(app, "sysadmin")
    assert "信访编号" in admin.get("/ledgeraliasview/list/").get_data(as_text=True)
    posted = {"alias": "群众怎么说", "field": "CONTENT", "rank": "1", "active": "y"}
    assert admin.post("/ledgeraliasview/add", data=posted).status_code == 302
    word = {"field": "STATUS", "word": "正在跑腿", "code": "HANDLING", "active": "y"}
    assert admin.post("/ledgerwordview/add", data=word).status_code == 302
    admin.post("/ledgerwordview/add", data=word | {"word": "胡写", "code": "NONSENSE"})
    with app.app_context():
        assert (
            db.session.scalars(sa.select(LedgerAlias).where(LedgerAlias.rank == 1)).one().alias
            == "群众怎么说"
        )
        words = set(db.session.scalars(sa.select(LedgerWord.word)))
        assert "正在跑腿" in words and "胡写" not in words
    assert office.signed_in(app, "reception").get("/ledgeraliasview/list/").status_code in (302, 403)
