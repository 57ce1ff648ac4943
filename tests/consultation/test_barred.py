"""Who is recused is outside by every way in: pages, lists, papers, files, feeds, the script, what is similar."""

from __future__ import annotations

import io

import openpyxl
import pytest

from app.cases.models import Case
from app.consultation import authority, files, similar
from app.core.db import db
from app.core.scope import seeing_all
from tests.consultation import meeting
from tests.consultation.meeting import at_work, convened, decided, executing, propose, write
from tests.support import office
from tests.support.office import NOW

pytestmark = pytest.mark.usefixtures("quick_papers")
TITLE = "青苗补偿清册漏记三户"
LISTS = (
    "/consultations/list/", "/consultations/friday?day=2026-03-04", "/consultations/calendar?month=2026-03",
    "/resolutions/list/", "/queue/list/", "/cases/list/", "/documents/list/",
)  # fmt: skip


@pytest.fixture
def carried_out(sqlite_app):
    """(app, case, addresses of one thing each): decided, signed, in execution; everybody of it wrote an opinion."""
    app = sqlite_app
    case = at_work(app, title=TITLE)
    course = propose(app, case, 2)
    convened(app, case)
    write(app, case, "labour_head", p__labour_head__opinion="更正后可以补报。")
    with meeting.as_one(app, "labour_head") as officer:
        person = meeting.place_of(meeting.session_of(case), "labour_head")

        class Sent:
            filename = "意见.pdf"
            read = staticmethod(io.BytesIO(b"%PDF-1.4 ok").read)

        kept = files.attach(person, Sent(), officer, NOW)
        db.session.commit()
        file, place = kept.id, person.id
    executing(app, case)
    with app.app_context(), seeing_all("test"):
        session = meeting.session_of(case)
        item = meeting.item(case, 2).id
        invitation = meeting.place_of(session, "labour_head").invitation_id
        single = [
            f"/sessions/changes/{session.id}", f"/sessions/minutes/{session.id}", f"/cases/show/{case}",
            f"/resolutions/show/{item}", f"/opinion_files/get/{file}", f"/documents/pdf/{invitation}",
            f"/documents/show/{invitation}", f"/documents/pdf/{session.minutes_id}",
            f"/documents/show/{session.minutes_id}",
        ]  # fmt: skip
        posts = [
            f"/sessions/{verb}/{session.id}"
            for verb in ("save", "here", "notify", "hold", "decide", "escalate", "adjourn", "call_off", "sign",
                         "chair", "strike", "invite")
        ]  # fmt: skip
        posts += [f"/resolutions/{verb}/{item}" for verb in ("report", "verify", "give_back", "start")]
        posts += [f"/participants/{verb}/{place}" for verb in ("withdraw", "recuse", "link", "attach")]
    return app, case, course, single, posts


def text(client, address):
    return client.get(address).get_data(as_text=True)


@pytest.mark.parametrize("who", ["labour_head", "hall_director", "office", "convener", "supervisor"])
def test_every_way_in_is_closed_to_who_is_recused(carried_out, who):
    app, case, course, single, posts = carried_out
    client = office.signed_in(app, who)
    token = ""
    if authority_to_feed(app, who):
        page = client.post("/consultations/feed_new", follow_redirects=True).get_data(as_text=True)
        token = page.split("/calendars/")[1].split("<")[0]
    if who in ("labour_head", "hall_director", "office"):  # there was something to close
        assert TITLE in text(client, f"/consultations/show/{course}") and TITLE in text(
            client, "/consultations/list/"
        )
        assert client.get(single[0]).status_code == client.get(single[4]).status_code == 200
    if who == "labour_head":
        assert "VEVENT" in text(app.test_client(), f"/calendars/{token}")
    office.drive(app, case, ("recusal", {"who": who}), by="office_head")
    assert client.get(f"/consultations/show/{course}").status_code in (404, 409)
    assert TITLE not in text(client, f"/consultations/show/{course}")
    for address in single:
        answer = client.get(address)
        assert (
            answer.status_code in (403, 404)
            or "/login" in answer.headers.get("Location", "")
            or (answer.status_code == 302 and not answer.get_data(as_text=True).count(TITLE))
        ), (address, answer.status_code)
        assert TITLE not in answer.get_data(as_text=True)
    for address in LISTS:
        assert TITLE not in text(client, address), address
    for address in posts:
        answer = client.post(address, data={"name": "plan", "value": "不应写入", "version": "1"})
        assert answer.status_code in (302, 403, 404), (address, answer.status_code)
        assert TITLE not in answer.get_data(as_text=True)
    if token:
        assert "VEVENT" not in text(app.test_client(), f"/calendars/{token}")
    sheet = client.get("/consultations/friday_xlsx?day=2026-03-04")
    if sheet.status_code == 200:
        rows = openpyxl.load_workbook(io.BytesIO(sheet.data)).active.iter_rows(values_only=True)
        assert not any(TITLE in str(cell) for row in rows for cell in row)
    with app.app_context(), seeing_all("test"):
        assert meeting.session_of(case).plan != "不应写入" and meeting.item(case, 2).report == ""


def authority_to_feed(app, who):
    with office.as_officer(app, who):
        return authority.permitted("can_feed", "ConsultationView")


def test_what_is_similar_does_not_tell_of_a_matter_one_is_recused_from(carried_out):
    app, case, _course, _single, _posts = carried_out
    again = office.register_case(app, petitioner_name="赵四", title=TITLE + "，要求补发")
    with office.as_officer(app, "office"):
        assert case in [one.case.id for one in similar.similar(db.session.get_one(Case, again))]
    office.drive(app, case, ("recusal", {"who": "office"}), by="office_head")
    with office.as_officer(app, "office"):
        assert similar.similar(db.session.get_one(Case, again)) == []


def test_a_recusal_before_the_minutes_closes_the_room_at_once(sqlite_app):
    """In the middle of the session: the page's own question is answered with nothing from the next one on."""
    app = sqlite_app
    case = at_work(app, title=TITLE)
    propose(app, case, 2)
    convened(app, case)
    with app.app_context():
        session = meeting.session_of(case).id
    client = office.signed_in(app, "labour_head")
    assert client.get(f"/sessions/changes/{session}?since=0").status_code == 200
    office.drive(app, case, ("recusal", {"who": "labour_head"}), by="office_head")
    assert client.get(f"/sessions/changes/{session}?since=0").status_code == 404
    with app.app_context(), seeing_all("test"):
        assert meeting.place_of(meeting.session_of(case), "labour_head").barred_at is not None
    decided(app, case)
    with app.app_context(), seeing_all("test"):
        assert meeting.session_of(case).state.name == "DECIDED"
