"""``flask verify`` finds what was changed past the portal: each tampering is plain SQL, the triggers gone."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import verify
from app.cases.models import Case
from app.cases.steps import Step
from app.core.db import db
from app.documents import operations as papers
from app.documents.models import Document
from app.simulation import run
from tests.support import office
from tests.support.office import Office


@dataclass
class Built:
    office: Office
    kept: str


@pytest.fixture(scope="module")
def built(sqlite_office: Office) -> Iterator[Built]:
    """An office with simulated cases and three signed papers (their content is no matter here)."""
    app = sqlite_office.fresh()
    patch = pytest.MonkeyPatch()
    patch.setattr(papers, "rendered", lambda document: f"%PDF {document.id}".encode())
    with app.app_context():
        run.simulate(150, 4, office.NOW.date())
        unit = office.unit_named(office.LAND)
        case = db.session.scalars(sa.select(Case).limit(1)).one()
        for _ in range(3):
            fields = {"ground": "a", "reason": "b", "turn_to": "c", "title_of_matter": "d", "petitioner": "e",
                      "number": "f", "received_on": "2026-03-01", "contacts": []}  # fmt: skip
            papers.issue("D04", unit, fields, office.NOW, office.officer_named("land_head"), case.id)
        db.session.commit()
    patch.undo()
    yield Built(sqlite_office, sqlite_office.keep())
    sqlite_office.close()


def findings(built: Built, *statements: str) -> list[str]:
    """What verify says after these statements were run past the portal."""
    built.office.back_to(built.kept)
    with closing(sqlite3.connect(built.office.place, isolation_level=None)) as raw:
        raw.execute("PRAGMA ignore_check_constraints=ON")
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert raw.execute(statement).rowcount > 0, statement
    with built.office.app.app_context():
        return verify.findings()


def test_an_office_as_it_was_left_holds(built: Built) -> None:
    assert findings(built) == []


OPEN = "(SELECT MAX(id) FROM petition_case WHERE state = 'HANDLING')"
CLOSED = (
    "(SELECT MAX(c.id) FROM petition_case c JOIN case_step s ON s.case_id = c.id"
    " WHERE c.state = 'CLOSED' AND s.kind = 'signing')"
)
LAST = f"(SELECT MAX(id) FROM case_step WHERE case_id = {CLOSED})"
SIGNING = f"(SELECT id FROM case_step WHERE kind = 'signing' AND case_id = {CLOSED})"
T5 = f"(SELECT MAX(id) FROM clock WHERE code = 'T5' AND case_id = {CLOSED})"
RUNNING = "(SELECT MAX(id) FROM clock WHERE code = 'T5' AND stopped_on IS NULL)"
SERIES = "sign = '云资访不受'"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit_entry SET officer = 'nobody' WHERE id = 7", "audit entry 7"),
        ("DELETE FROM audit_entry WHERE id = 9", "audit entry 10"),
        ("DELETE FROM audit_entry WHERE id = (SELECT MAX(id) FROM audit_entry)", "audit chain ends"),
        ("UPDATE audit_head SET entries = entries + 1", "audit chain ends"),
        ("DELETE FROM document WHERE serial = 2", "missing: 2"),
        ("DELETE FROM document WHERE serial = 3", "missing: 3"),
        ("UPDATE document SET number = '云资访不受〔2026〕9号' WHERE serial = 3", "not the one of its series"),
        (f"UPDATE number_series SET last = 4 WHERE {SERIES}", "missing: 4"),
        (f"UPDATE number_series SET last = 2 WHERE {SERIES}", "beyond the register: 3"),
        (f"DELETE FROM number_series WHERE {SERIES}", "no register of numbers"),
        ("UPDATE number_series SET last = 0 WHERE sign = 'XF' AND year = 202602", "beyond the register"),
        ("UPDATE document SET digest = replace(digest, substr(digest, 1, 4), 'ffff') WHERE serial = 1", "its file"),
        ("UPDATE document SET digest = NULL WHERE serial = 1", "without a file"),
        (f"UPDATE petition_case SET state = 'CLOSED', due_on = NULL WHERE id = {OPEN}", "its state is CLOSED"),
        (f"DELETE FROM case_step WHERE id = {LAST}", "its last step led to"),
        (f"DELETE FROM case_step WHERE case_id = {CLOSED}", "no step at all"),
        (f"DELETE FROM case_step WHERE id = {SIGNING}", "the one before it led to TO_SIGN"),
        (f"UPDATE case_step SET from_state = 'OBJECTED' WHERE id = {SIGNING}", "begins at OBJECTED"),
        (f"UPDATE case_step SET taken_at = '2031-01-01 09:00:00.000000' WHERE id = {SIGNING}", "comes after one of"),
        (f"UPDATE case_step SET kind = 'routing' WHERE id = {SIGNING}", "routing never leads from TO_SIGN"),
        (f"UPDATE case_step SET kind = 'delivery' WHERE id = {SIGNING}", "the facts of delivery are missing"),
        (f"DELETE FROM step_signing WHERE id = {SIGNING}", "the facts of signing are missing"),
        (f"UPDATE clock SET stopped_by_id = NULL WHERE id = {T5}", "by no step"),
        (f"UPDATE clock SET stopped_by_id = NULL, stopped_on = NULL WHERE id = {T5}", "runs although the case"),
        (f"UPDATE clock SET stopped_by_id = 1 WHERE id = {T5}", "a step of another case"),
        (f"UPDATE clock SET stopped_on = '2026-01-05' WHERE id = {RUNNING}", "by no step"),
        (f"UPDATE clock SET due_stat = date(due_stat, '+9 day') WHERE id = {T5}", "days from"),
        (f"UPDATE clock SET extended_by = 11, due_stat = date(due_stat, '+11 day') WHERE id = {RUNNING}",
         "without such a ruling"),
        (f"DELETE FROM clock WHERE id = {T5}", "has no clock T5"),
        (f"UPDATE clock SET due_legal = date(due_legal, '+30 day') WHERE id = {RUNNING}", "its soonest duty ends"),
        ("UPDATE petition_case SET due_on = '2030-01-01' WHERE due_on IS NOT NULL", "shows the deadline 2030-01-01"),
    ],
)  # fmt: skip
def test_each_tampering_is_found(built: Built, statement: str, said: str) -> None:
    found = findings(built, statement)
    assert any(said in sentence for sentence in found), found


def test_files_are_read_back(built: Built) -> None:
    built.office.back_to(built.kept)
    app = built.office.app
    with app.app_context():
        changed, gone, _kept = db.session.scalars(sa.select(Document.digest).order_by(Document.serial)).all()
        folder = Path(app.config["FILES_DIR"])
        before = {digest: (folder / digest[:2] / digest).read_bytes() for digest in (changed, gone) if digest}
        (folder / str(changed)[:2] / str(changed)).write_bytes(b"%PDF another")
        (folder / str(gone)[:2] / str(gone)).unlink()
        found = verify.findings()
        for digest, content in before.items():
            (folder / digest[:2] / digest).write_bytes(content)
    assert len(found) == 2
    assert "not the one that was signed" in found[0] and "its file is missing" in found[1]


def test_the_command_says_so_and_fails(built: Built) -> None:
    built.office.back_to(built.kept)
    with built.office.app.app_context():
        assert built.office.app.test_cli_runner().invoke(args=["verify"]).exit_code == 0
    findings(built, "UPDATE audit_entry SET officer = 'nobody' WHERE id = 7")
    with built.office.app.app_context():
        result = built.office.app.test_cli_runner().invoke(args=["verify"])
        assert result.exit_code == 1 and "audit entry 7" in result.output


def test_verifying_holds_no_lock(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer gets through while it looks."""
    built.office.back_to(built.kept)

    def write() -> Iterator[str]:
        with closing(sqlite3.connect(built.office.place, timeout=1)) as other:
            other.execute("UPDATE setting SET value = value")
            other.commit()
        yield from ()

    monkeypatch.setattr(verify, "CHECKS", (verify.CHECKS[0], ("a writer", write), *verify.CHECKS[1:]))
    with built.office.app.app_context():
        assert verify.findings() == []


def test_real_and_simulated_histories_hold_together(built: Built) -> None:
    built.office.back_to(built.kept)
    app = built.office.app
    case = office.register_case(app, at=dt.datetime(2026, 2, 2, 9, 0))
    office.drive(app, case, "routing", "signing", "acceptance", "handling", at=dt.datetime(2026, 2, 6, 10, 0))
    office.drive(app, case, "extension_request", "extension_ruling", "opinion_draft", "opinion_signing", "delivery",
                 "closing")  # fmt: skip
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Step.id)).where(Step.case_id == case)) == 11
        assert verify.findings() == []
