"""The road through the pages, as the cast: who is offered what, who is refused, and what each sees when."""

from __future__ import annotations

import datetime as dt
import html
import re

import pymupdf
import pytest
import sqlalchemy as sa

from app.core.db import db
from app.documents import fontpack
from app.organisation.models import Officer
from app.supervision.models import Supervision, SupervisionGround
from tests.supervision.matters import DAY, DUE, LATE, at_work, facts, matters, tick
from tests.support import office

FORMS = {
    "supervisiondraftview": {"office"},
    "supervisionsigningview": {"office_head"},
    "supervisionanswerview": {"land_officer", "land_head", "labour_officer", "labour_head", "town_officer"},
    "supervisionacceptanceview": {"supervisor"},
    "supervisionreturnview": {"supervisor"},
}


def page(answer):
    assert answer.status_code == 200, answer.status_code
    return html.unescape(answer.get_data(as_text=True))


def buttons(client, case):
    head = page(client.get(f"/cases/show/{case}")).split('class="step-buttons"')[1].split("</div>")[0]
    return set(re.findall(r'href="/(supervision(?!contact)\w+)/add', head))


@pytest.fixture
def numbers(app):
    """Rows the forms point to."""
    with app.app_context():
        ground = db.session.scalar(sa.select(SupervisionGround.id).where(SupervisionGround.code == "G1"))
        people = dict(db.session.execute(sa.select(Officer.username, Officer.id)).all())
    return {"ground": ground, **people}


@pytest.mark.slow
def test_from_the_tick_to_the_closed_case(app, client, numbers):
    fontpack.build(fontpack.default_dir(), minimal=True)
    case = at_work(app)
    assert tick(app, DUE + DAY).proposals
    app.config["FIXED_NOW"] = LATE
    matter = facts(app, case, "id")
    clerk, head, unit, chief, stranger, supervisor = (
        client(name)
        for name in ("office", "office_head", "land_officer", "land_head", office.STRANGER, "supervisor")
    )
    # what the office considers is the office's alone
    assert "XF2026030001" in page(clerk.get("/supervision/list/"))
    for other in (unit, chief, stranger, supervisor):
        assert "XF2026030001" not in page(other.get("/supervision/list/"))
        assert other.get(f"/supervision/show/{matter}").status_code == 404
    # the draft begins with the facts of the deadline that is over
    form = page(clerk.get(f"/supervisiondraftview/add/{case}?from={matter}"))
    assert "2026年5月6日届满" in form and "信访处理意见书" in form
    found = clerk.get("/supervisiondraftview/pick/supervisor").get_json()["results"]
    assert [one["id"] for one in found] == [numbers["supervisor"]]
    said = {"ground": numbers["ground"], "reason": "", "problem": "至今未出具处理意见书。", "demand": "一、立即办结。",
            "days": "7", "supervisor": numbers["supervisor"]}  # fmt: skip
    wrong = page(
        clerk.post(f"/supervisiondraftview/add/{case}", data=said | {"supervisor": numbers["office"]})
    )
    assert "至今未出具处理意见书。" in wrong and matters(app) == [(case, "PROPOSED")]
    assert clerk.post(f"/supervisiondraftview/add/{case}?from={matter}", data=said).status_code == 302
    assert clerk.post(f"/supervisiondraftview/add/{case}", data=said | {"days": "10"}).status_code == 302
    paper = facts(app, case, "document_id")
    draft = clerk.get(f"/documentview/pdf/{paper}")
    assert draft.status_code == 200 and "草稿" in pymupdf.open(stream=draft.data)[0].get_text()
    for other in (unit, stranger, supervisor):
        assert other.get(f"/documentview/pdf/{paper}").status_code == 404
        assert other.get(f"/documentview/show/{paper}").status_code == 404
    assert "督办函" not in page(unit.get(f"/cases/show/{case}"))
    # the head signs
    assert buttons(head, case) == {"supervisionsigningview"}
    assert not buttons(unit, case)
    assert clerk.post(f"/supervisionsigningview/add/{case}", data={"note": ""}).status_code == 403
    assert head.post(f"/supervisionsigningview/add/{case}", data={"note": ""}).status_code == 302
    letter = pymupdf.open(stream=unit.get(f"/documentview/pdf/{paper}").data)
    text = "".join(sheet.get_text() for sheet in letter.pages())
    assert "云信督〔2026〕1号" in text and "草稿" not in text
    for words in ("自然资源局", "至今未出具处理意见书", "信访工作条例", "2026年5月22日", "罗毅"):
        assert words in text.replace("\n", "")
    assert stranger.get(f"/documentview/pdf/{paper}").status_code == 404
    # now the unit has it in its queue, and the supervisor sees the case
    assert page(unit.get("/queue/list/")).count("XF2026030001") >= 2
    assert "云信督〔2026〕1号" in page(unit.get(f"/cases/show/{case}"))
    assert buttons(unit, case) == buttons(chief, case) == {"supervisionanswerview"}
    assert supervisor.get(f"/supervision/show/{matter}").status_code == 200
    assert not buttons(supervisor, case) and not buttons(clerk, case)
    # answered, returned, answered, accepted
    done = {"done": "已入户核实", "result": "意见书已送达"}
    assert stranger.post(f"/supervisionanswerview/add/{case}", data=done).status_code == 404
    assert supervisor.post(f"/supervisionanswerview/add/{case}", data=done).status_code == 403
    assert "This field" not in page(
        unit.post(f"/supervisionanswerview/add/{case}", data={"done": "", "result": ""})
    )
    assert unit.post(f"/supervisionanswerview/add/{case}", data=done).status_code == 302
    assert buttons(supervisor, case) == {"supervisionacceptanceview", "supervisionreturnview"}
    assert unit.post(f"/supervisionacceptanceview/add/{case}", data={}).status_code == 403
    assert (
        supervisor.post(f"/supervisionreturnview/add/{case}", data={"reason": "未附材料"}).status_code == 302
    )
    assert unit.post(f"/supervisionanswerview/add/{case}", data=done).status_code == 302
    office.drive(app, case, "opinion_draft", "opinion_signing", "delivery", at=LATE)
    assert page(supervisor.get(f"/supervisionacceptanceview/add/{case}"))
    assert supervisor.post(f"/supervisionacceptanceview/add/{case}", data={"note": ""}).status_code == 302
    assert matters(app) == [(case, "CLOSED")] and office.state_of(app, case) == "CLOSED"
    story = page(supervisor.get(f"/cases/show/{case}"))
    assert story.count('class="timeline-item"') >= 10
    assert page(unit.get(f"/supervision/show/{matter}")).count("云信督〔2026〕1号") == 1


@pytest.mark.usefixtures("quick_papers")
def test_only_whose_office_it_is(sqlite_app):
    case = at_work(sqlite_app)
    for username in office.CAST:
        signed_in = office.signed_in(sqlite_app, username)
        for form, allowed in FORMS.items():
            answer = signed_in.post(f"/{form}/add/{case}", data={}).status_code
            may = username in allowed
            assert (answer != 403) is may, (username, form, answer)
    assert matters(sqlite_app) == []


@pytest.mark.usefixtures("quick_papers")
def test_dismissing_and_stale_links(sqlite_app):
    case = at_work(sqlite_app)
    tick(sqlite_app, DUE + DAY)
    sqlite_app.config["FIXED_NOW"] = LATE
    matter = facts(sqlite_app, case, "id")
    clerk, unit = office.signed_in(sqlite_app, "office"), office.signed_in(sqlite_app, "land_officer")
    assert unit.get(f"/supervisiondismissalview/edit/{matter}").status_code == 403
    assert (
        clerk.post(f"/supervisiondismissalview/edit/{matter}", data={"dismiss_reason": " "}).status_code
        == 200
    )
    assert matters(sqlite_app) == [(case, "PROPOSED")]
    assert (
        clerk.post(
            f"/supervisiondismissalview/edit/{matter}", data={"dismiss_reason": "正在办理"}
        ).status_code
        == 302
    )
    assert matters(sqlite_app) == [(case, "DISMISSED")]
    assert clerk.get(f"/supervisiondismissalview/edit/{matter}").status_code == 302
    assert clerk.get(f"/supervisiondraftview/add/{case}?from={matter}").status_code == 302, "decided"
    assert clerk.get(f"/supervisiondraftview/add/{case}").status_code == 200, "on the office's own decision"
    assert "正在办理" in page(clerk.get(f"/supervision/show/{matter}"))
    assert clerk.get("/supervision/show/99").status_code == 404
    assert clerk.get("/supervisiondismissalview/edit/99").status_code == 404
    assert clerk.get("/supervisiondismissalview/edit/x").status_code == 404


@pytest.mark.usefixtures("quick_papers")
def test_the_list_asks_little(sqlite_app):
    for _ in range(12):
        at_work(sqlite_app)
    tick(sqlite_app, DUE + DAY)
    sqlite_app.config["FIXED_NOW"] = LATE
    clerk = office.signed_in(sqlite_app, "office")
    clerk.get("/supervision/list/")
    with sqlite_app.app_context():
        engine = db.engine
    said: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    text = page(clerk.get("/supervision/list/?_flt_0_state=PROPOSED"))
    asked = [one for one in said if not one.startswith(("BEGIN", "PRAGMA"))]
    assert text.count("/supervision/show/") >= 12
    assert len(asked) <= 12, asked
    assert "XF20260300" not in page(clerk.get("/supervision/list/?_flt_0_state=SENT"))


def test_a_trigger_is_edited_in_its_view(sqlite_app):
    clerk = office.signed_in(sqlite_app, "sysadmin")
    assert "T5_OVER" in page(clerk.get("/supervisiontriggerview/list/"))
    with sqlite_app.app_context():
        ground = db.session.scalar(sa.select(SupervisionGround.id).limit(1))
    row = {"code": "MINE", "name": "送达逾期", "rank": "50", "condition": "OVERDUE", "clock_code": "L2", "days": "3",
           "ground": ground, "problem": "{{ deadline }}", "demand": "", "enabled": "y"}  # fmt: skip
    for wrong in (
        {"clock_code": "T7"},
        {"clock_code": "X"},
        {"days": "-1"},
        {"days": "366"},
        {"problem": "{{ a"},
    ):
        assert clerk.post("/supervisiontriggerview/add", data=row | wrong).status_code == 200, wrong
    assert clerk.post("/supervisiontriggerview/add", data=row).status_code == 302
    assert office.signed_in(sqlite_app, "office").get("/supervisiontriggerview/list/").status_code in (
        302,
        403,
    )
    case = at_work(sqlite_app, "opinion_draft", "opinion_signing")
    done = tick(sqlite_app, dt.date(2026, 4, 1))
    with sqlite_app.app_context():
        assert db.session.get_one(Supervision, done.proposals[0]).case_id == case
