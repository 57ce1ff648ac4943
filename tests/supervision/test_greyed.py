"""What is another's to do is greyed on the page with the reason, before anybody fills a form in vain."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from app.cases.effects import give_part
from app.cases.enums import PartRole
from app.cases.models import Case
from app.core.db import db
from app.core.errors import Refusal
from app.packages import operations as packages
from app.packages.steps import StrikeOffRequest
from tests.packages.test_packages import criteria, opened, sent, step
from tests.reception.test_reception import FRIDAY, arrange, forward, friday
from tests.supervision.matters import DAY, LATE, at_work, letter
from tests.supervision.test_ladder import climb, letters, setting
from tests.support import office
from tests.support.office import NOW, drive

pytestmark = pytest.mark.usefixtures("quick_papers")
OTHERS = "该项由其他单位负责，应由其自行反馈。"


@pytest.fixture
def app(sqlite_app):
    """These are pages: one database is enough."""
    return sqlite_app


def lettered(app):
    case = at_work(app)
    letter(app, case, NOW)
    return case, NOW


def instructed(app):
    case = at_work(app)
    drive(app, case, "instruction")
    return case, NOW


def packaged(app):
    case = sent(app)
    opened(app, case)
    return case, NOW


def arranged(app):
    case = sent(app)
    forward(app, case)
    friday(app)
    arrange(app, case)
    return case, FRIDAY


def listed(app):
    """挂牌督办 is answered within its days."""
    setting(app, "letters_before_ladder", 1)
    case = at_work(app)
    at = letters(app, case, 1) + 20 * DAY
    for code in ("TALK", "CIRCULAR"):
        at = climb(app, case, code, at)
    climb(app, case, "LISTED", at)
    return case, at


def button(page, label):
    """(address or "", reason) of a step's button on the page, or None where there is none."""
    live = re.search(rf'<a class="btn[^"]*" href="([^"]*)">{label}</a>', page)
    if live:
        return live.group(1), ""
    greyed = re.search(rf"<button[^>]*disabled>{label}</button>\s*<small>([^<]*)</small>", page)
    return ("", greyed.group(1)) if greyed else None


@pytest.mark.parametrize(
    ("begun", "label", "view"),
    [
        (lettered, "督办反馈", "supervisionanswerview"),
        (instructed, "向领导汇报", "instructionanswerview"),
        (packaged, "申请销号", "strikeoffrequestview"),
        (arranged, "报送初步处理意见", "receptionopinionview"),
        (listed, "报告整改情况", "measureanswerview"),
    ],
)
def test_what_another_unit_owes_is_greyed_with_the_reason(app, begun, label, view):
    """The labour bureau sees the land bureau's case (a consultation): it answers for nobody else."""
    case, at = begun(app)
    with app.app_context():
        found = db.session.get_one(Case, case)
        give_part(found, PartRole.CONSULTED, unit=office.unit_named(office.LABOUR))
        db.session.commit()
    app.config["FIXED_NOW"] = at
    ours, theirs = office.signed_in(app, "land_officer"), office.signed_in(app, "labour_officer")
    where = f"/{view}/add/{case}"
    assert button(ours.get(f"/cases/show/{case}").get_data(as_text=True), label) == (where, "")
    assert button(theirs.get(f"/cases/show/{case}").get_data(as_text=True), label) == ("", OTHERS)
    form = theirs.get(where, follow_redirects=True).get_data(as_text=True)
    assert OTHERS in form and "<form" in form and f'action="{where}"' not in form
    assert ours.get(where).status_code == 200


def test_the_lists_grey_it_too(app):
    case, at = arranged(app)
    with app.app_context():
        give_part(db.session.get_one(Case, case), PartRole.CONSULTED, unit=office.unit_named(office.LABOUR))
        db.session.commit()
    app.config["FIXED_NOW"] = at
    for who, found in (
        ("land_officer", (f"/receptionopinionview/add/{case}", "")),
        ("labour_officer", ("", OTHERS)),
    ):
        page = office.signed_in(app, who).get("/receptions/list/").get_data(as_text=True)
        assert button(page, "报送初步处理意见") == found, who


def test_who_asked_for_striking_off_sees_the_check_greyed(app):
    """The same officer may hold both posts; nobody checks what they asked for, nor rules on what they checked."""
    case, _at = packaged(app)
    drive(app, case, ("supervisor_named", {"supervisor": "supervisor", "reason": ""}))
    step(
        app,
        case,
        packages.ask_strike_off,
        StrikeOffRequest,
        {"evidence": "收条"},
        criteria(app),
        by="supervisor",
    )
    supervisor = office.signed_in(app, "supervisor")
    page = supervisor.get(f"/cases/show/{case}").get_data(as_text=True)
    assert button(page, "销号抽查审核") == ("", "申请人不得审核，应由另一人抽查。")
    with pytest.raises(Refusal):
        drive(app, case, "strike_off_check", by="supervisor")


def test_only_the_supervisor_of_the_case_records_supervision(app):
    case = at_work(app)
    letter(app, case, LATE)
    with app.app_context():
        other = office.officer_named("inspection")
        other.post, other.roles = (
            office.officer_named("supervisor").post,
            office.officer_named("supervisor").roles,
        )
        give_part(db.session.get_one(Case, case), PartRole.CONSULTED, officer=other)
        db.session.commit()
    app.config["FIXED_NOW"] = LATE + dt.timedelta(hours=1)
    for who, found in (
        ("supervisor", (f"/supervisioncontactview/add/{case}", "")),
        ("inspection", ("", "由该事项的督办人记录。")),
    ):
        page = office.signed_in(app, who).get(f"/cases/show/{case}").get_data(as_text=True)
        assert button(page, "督办记录") == found, who
