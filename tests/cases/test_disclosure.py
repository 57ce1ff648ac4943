"""ID number and telephone in plain text: for a reason, by whom the step matrix lets (domain.md §7.2b), and kept."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases.models import Disclosure
from app.core.db import db
from tests.support import office
from tests.support.office import drive, register_case

PHONE = "13800000001"
WHY = {"reason": "核对联系方式，通知补充材料"}


def seen(app: Flask, who: str, case: int) -> bool:
    """Whether the page of the case shows the number, after a reason was given for it."""
    client = office.signed_in(app, who)
    client.post(f"/disclosureview/add/{case}", data=WHY)
    return PHONE in client.get(f"/cases/show/{case}").text


@pytest.mark.parametrize("later", [False, True])
def test_who_only_registered_sees_the_numbers_on_that_day(sqlite_app: Flask, later: bool) -> None:
    case = register_case(sqlite_app, phone=PHONE)
    drive(sqlite_app, case, "routing")
    if later:
        sqlite_app.config["FIXED_NOW"] = office.NOW.replace(day=office.NOW.day + 1)
    assert seen(sqlite_app, "reception", case) is not later
    with sqlite_app.app_context():
        kept = db.session.scalar(sa.select(sa.func.count()).select_from(Disclosure))
    assert kept == (0 if later else 1)
    if later:
        answer = office.signed_in(sqlite_app, "reception").post(f"/disclosureview/add/{case}", data=WHY)
        assert "只能在登记当日查看" in answer.text


@pytest.mark.parametrize(
    ("who", "sees"), [("land_officer", True), ("office", True), ("labour_officer", False)]
)
def test_who_has_the_matter_sees_them_while_it_is_at_work(sqlite_app: Flask, who: str, sees: bool) -> None:
    case = register_case(sqlite_app, phone=PHONE)
    drive(sqlite_app, case, "routing", "signing", "acceptance")
    sqlite_app.config["FIXED_NOW"] = office.NOW.replace(day=office.NOW.day + 9)
    assert seen(sqlite_app, who, case) is sees


def test_without_a_reason_nothing_is_shown(sqlite_app: Flask) -> None:
    case = register_case(sqlite_app, phone=PHONE)
    client = office.signed_in(sqlite_app, "reception")
    client.post(f"/disclosureview/add/{case}", data={"reason": " "})
    assert PHONE not in client.get(f"/cases/show/{case}").text
