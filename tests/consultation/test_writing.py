"""Two who write at the same time: nothing is overwritten unseen, whoever is quicker; and who may write what."""

from __future__ import annotations

import io
import threading

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.consultation import fields
from app.consultation.talk import Entry
from app.core.db import db
from app.core.errors import Refusal
from tests.consultation import meeting
from tests.consultation.meeting import at_work, invite, notify, propose, write
from tests.support import office
from tests.support.office import NOW

pytestmark = pytest.mark.usefixtures("quick_papers")


@pytest.fixture
def asked(app):
    """A notified session of the second level: (app, consultation, session, the land head's place)."""
    case = at_work(app)
    course = propose(app, case, 2)
    for who in (*meeting.MEMBERS[2], "land_head"):
        invite(app, case, who, "hall_deputy")
    notify(app, case)
    with app.app_context():
        session = meeting.session_of(case)
        return app, case, course, session.id, meeting.place_of(session, "land_head").id


def save(client, session, name, value, version):
    answer = client.post(
        f"/sessions/save/{session}", data={"name": name, "value": value, "version": str(version)}
    )
    return answer.status_code, answer.get_json()


def test_a_change_names_the_version_it_was_made_from(asked):
    app, _case, _course, session, _place = asked
    deputy, office_ = office.signed_in(app, "hall_deputy"), office.signed_in(app, "office")
    status, told = save(deputy, session, "plan", "先复核面积", 0)
    assert (status, told["saved"], told["version"]) == (200, "plan", 1)
    status, told = save(office_, session, "plan", "先补发一半", 0)
    assert status == 409 and told["conflict"]["value"] == "先复核面积" and told["conflict"]["by"] == "孙立新"
    assert save(office_, session, "plan", "先复核面积，再补发", 1)[0] == 200
    seen = deputy.get(f"/sessions/changes/{session}?since=0").get_json()
    assert seen["fields"]["plan"]["value"] == "先复核面积，再补发" and seen["fields"]["plan"]["version"] == 2
    assert "先复核面积，再补发" in seen["minutes"]
    later = deputy.get(f"/sessions/changes/{session}?since={seen['last']}").get_json()
    assert later["fields"] == {} and later["stamp"] == seen["stamp"]


def test_of_many_who_write_at_once_one_wins_and_all_others_are_told(asked):
    app, _case, _course, session, _place = asked
    clients = [
        office.signed_in(app, who) for who in ("hall_deputy", "office", "hall_director", "office_head")
    ]
    start, answers = threading.Barrier(len(clients)), []

    def write_one(number):
        start.wait()
        answers.append(save(clients[number], session, "findings", f"第{number}人", 0))

    threads = [threading.Thread(target=write_one, args=(n,)) for n in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _told in answers) == [200, 409, 409, 409]
    with app.app_context():
        kept = db.session.scalars(sa.select(Entry).where(Entry.name == "findings")).all()
        assert [entry.version for entry in kept] == [1]
        assert all(told["conflict"]["value"] == kept[0].value for status, told in answers if status == 409)


OWN, DRAFT = {"land_head"}, {"hall_deputy"}
KEEPERS = {"office", "office_head", "hall_deputy", "hall_director"}


@pytest.mark.parametrize(
    ("field", "writers"),
    [
        ("plan", KEEPERS | DRAFT),
        ("item1.what", KEEPERS | DRAFT),
        ("p{place}.opinion", KEEPERS | OWN),
        ("p{place}.dissent", KEEPERS | OWN),
        ("p{place}.attendance", KEEPERS | DRAFT),
    ],
)
def test_who_may_write_which_field(asked, field, writers):
    app, _case, _course, session, place = asked
    name = field.format(place=place)
    value = "PRESENT" if name.endswith("attendance") else "一句话"
    for who in (
        "land_head",
        "land_officer",
        "room_rural",
        "office",
        "hall_deputy",
        "labour_head",
        "convener",
        "sysadmin",
    ):
        with app.app_context():
            at = db.session.scalar(sa.select(sa.func.max(Entry.version)).where(Entry.name == name)) or 0
        status, told = save(office.signed_in(app, who), session, name, f"{value}" if at == 0 else value, at)
        if who in writers:
            assert status == 200, (who, told)
        else:
            assert status in (403, 404) or (status == 409 and "refused" in told), (who, status, told)


@pytest.mark.parametrize(
    ("name", "value"),
    [("nothing", "x"), ("item99.what", "x"), ("item1.due", "2026-02-30"), ("item1.unit", "99999999"),
     ("conclusion", "PERHAPS"), ("p1.password", "x"), ("plan", "长" * 6001)],
)  # fmt: skip
def test_what_no_session_holds_is_refused(asked, name, value):
    app, _case, _course, session, _place = asked
    status, told = save(office.signed_in(app, "office"), session, name, value, 0)
    assert status == 409 and told["refused"]


@given(st.text(max_size=50))
def test_a_field_is_one_of_those_there_are_or_refused(name):
    try:
        found = fields.parse(name)
    except Refusal:
        return
    assert found.name == name and found.part in name


def test_items_survive_the_way_from_what_is_typed():
    @given(st.lists(st.tuples(st.text(max_size=20), st.dates(), st.booleans()), max_size=12))
    def check(rows):
        found = {}
        for place, (what, due, lead) in enumerate(rows, 1):
            for part, value in (("what", what), ("due", due.isoformat()), ("lead", "1" if lead else "")):
                found[f"item{place}.{part}"] = fields.Standing(value, 1, "", None)
        assert [(d.what, d.due_on, d.leads) for d in fields.items(found)] == rows

    check()


def test_attachments_are_harmless_and_for_who_sees_the_case(asked):
    app, _case, _course, _session, place = asked
    head = office.signed_in(app, "land_head")
    send = lambda name, content, who=head: who.post(  # noqa: E731
        f"/participants/attach/{place}", data={"file": (io.BytesIO(content), name)}, follow_redirects=True
    )
    assert "附件限" in send("a.exe", b"MZ").get_data(as_text=True)
    assert "附件限" in send("a.pdf", b"<html>").get_data(as_text=True)
    assert "附件已上传" in send("../意见.pdf", b"%PDF-1.7 x").get_data(as_text=True)
    with app.app_context():
        from app.consultation.talk import OpinionFile

        file = db.session.scalars(sa.select(OpinionFile)).one()
        assert file.name == "意见.pdf"
        number = file.id
    answer = head.get(f"/opinion_files/get/{number}")
    assert answer.data == b"%PDF-1.7 x" and answer.headers["Content-Disposition"].startswith("attachment")
    assert office.signed_in(app, "labour_officer").get(f"/opinion_files/get/{number}").status_code == 404
    assert "无权" in send("b.pdf", b"%PDF-1.7", office.signed_in(app, "room_rural")).get_data(as_text=True)


def test_the_page_says_who_wrote_for_whom(asked):
    app, case, course, _session, _place = asked
    write(app, case, "office", NOW, p__land_head__opinion="请假，书面意见：同意。")
    page = office.signed_in(app, "hall_deputy").get(f"/consultations/show/{course}").get_data(as_text=True)
    assert "林晓梅代录" in page
