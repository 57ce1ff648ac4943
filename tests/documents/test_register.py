"""The register: from draft to signature, numbers without a gap, what is signed stays, what is void says so."""

from __future__ import annotations

import datetime as dt
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import sqlalchemy as sa
import yaml
from flask import Flask
from PIL import Image, ImageDraw

import config
from app import create_app
from app.core import files
from app.core.db import db
from app.core.errors import Refusal
from app.documents import compose, fields, gallery, jobs, operations, seals, texts
from app.documents.models import (
    DeliveryWay,
    Document,
    DocumentKind,
    DocumentState,
    DocumentText,
    NumberSeries,
    Seal,
)
from tests.support import office
from tests.support.office import LAND, NOW, drive, officer_named, register_case, unit_named
from tests.support.server import SECRETS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def inside(sqlite_app: Flask) -> Iterator[Flask]:
    with sqlite_app.app_context():
        yield sqlite_app


def drafted(code: str = "D31", **said: Any) -> Document:
    known = fields.sample(code) | said
    case = register_case_inside()
    made = operations.draft(code, unit_named(LAND), known, NOW, officer_named("office"), case)
    db.session.flush()
    return made


def register_case_inside() -> int:
    from flask import current_app

    return register_case(current_app._get_current_object())  # type: ignore[attr-defined]


# ---- kinds and texts ----------------------------------------------------------------------------------------


def test_all_forty_four_kinds_are_rows_with_a_text_and_an_example(inside: Flask) -> None:
    kinds = db.session.scalars(sa.select(DocumentKind).order_by(DocumentKind.code)).all()
    assert {kind.code[:3] for kind in kinds} == {f"D{number:02d}" for number in range(1, 45)}
    catalogue = set(fields.known())
    for kind in kinds:
        assert kind.trigger and kind.basis and kind.name, kind.code
        assert compose.asked_for(kind) <= catalogue, kind.code
        assert set(kind.required.split()) <= compose.asked_for(kind), kind.code
        paper = gallery.example(kind, "云岭区信访工作联席会议办公室")
        said = repr(paper)
        assert compose.MARK not in said, (kind.code, said[said.find(compose.MARK) :][:30])


def test_what_is_required_is_marked_while_it_is_missing_and_never_signed(inside: Flask) -> None:
    draft = drafted("D10", reason="")
    assert "【缺：理由】" in draft.body
    with pytest.raises(Refusal, match="理由"):
        operations.sign(draft, None, NOW)
    assert draft.state is DocumentState.DRAFT and draft.number == ""


def test_a_character_no_font_has_is_refused_with_its_code_point(inside: Flask) -> None:
    draft = drafted("D31", petitioner="张\U0001f600")
    with pytest.raises(Refusal, match=r"U\+1F600"):
        operations.sign(draft, None, NOW)


def test_more_than_two_hundred_pages_are_refused(inside: Flask) -> None:
    draft = drafted("D29", problem="字" * 130_000)
    with pytest.raises(Refusal, match="200"):
        operations.sign(draft, officer_named("office_head"), NOW)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}", "{{ config }}{{ request }}", "{{ '{:9999999999}'.format(1) }}",
        "{{ 'a' * 999999999 }}", "{{ 9 ** 9 ** 9 }}", "{% for i in range(10**9) %}x{% endfor %}",
        "{{ lipsum() }}", "{{ cycler.__init__.__globals__ }}",
    ],
)  # fmt: skip
def test_a_text_reaches_nothing_but_its_fields(text: str) -> None:
    kind = DocumentKind(code="X", name="x", title="t", recipient="", body=text, copies_to="", organ="", mark="",
                        fixed_clause="", required="")  # fmt: skip
    try:
        said = compose.write(kind, {"number": "1"})["body"]
    except Refusal:
        return
    assert "【缺" in said or said == "", said
    assert "class" not in said and "SECRET" not in said


def test_a_change_of_a_text_is_a_new_version_and_leaves_signed_papers(inside: Flask) -> None:
    draft = drafted()
    operations.sign(draft, officer_named("office_head"), NOW)
    body, digest, kind = draft.body, draft.digest, draft.kind
    assert draft.kind_version == kind.version == 1
    kind.body = "改了：{{ petitioner }}"
    texts.keep(kind, NOW, officer_named("sysadmin"))
    texts.keep(kind, NOW, officer_named("sysadmin"))  # nothing changed: no version
    versions = db.session.scalars(
        sa.select(DocumentText).where(DocumentText.kind_id == kind.id).order_by(DocumentText.version)
    ).all()
    assert [one.version for one in versions] == [1, 2] and versions[1].changed_by is not None
    assert (draft.body, draft.digest) == (body, digest)
    assert drafted().body == "改了：张喆"


def test_a_required_field_that_stands_in_no_text_is_refused(inside: Flask) -> None:
    kind = operations.kind_of("D10")
    kind.body = "没有理由"
    with pytest.raises(Refusal):
        texts.check(kind)


# ---- draft, review, signature -------------------------------------------------------------------------------


def test_nobody_reviews_their_own_and_nothing_waits_for_review_unsigned(inside: Flask) -> None:
    draft, office_, head = drafted(), officer_named("office"), officer_named("office_head")
    operations.submit(draft, NOW)
    with pytest.raises(Refusal):
        operations.review(draft, office_, NOW, True)
    with pytest.raises(Refusal):
        operations.sign(draft, head, NOW)
    with pytest.raises(Refusal):
        operations.review(draft, head, NOW, False, " ")
    operations.review(draft, head, NOW, False, "事由不清")
    assert draft.submitted_at is None and draft.review_note == "事由不清"
    operations.submit(draft, NOW)
    operations.review(draft, head, NOW, True)
    operations.sign(draft, head, NOW)
    assert draft.number == "云信告〔2026〕1号" and draft.signed_by is head


def test_a_change_after_the_review_asks_for_another(inside: Flask) -> None:
    draft, head = drafted(), officer_named("office_head")
    operations.submit(draft, NOW)
    operations.review(draft, head, NOW, True)
    operations.redraft(draft, {"query_where": "到大厅查询"})
    assert draft.submitted_at is None and draft.reviewed_at is None


@pytest.mark.parametrize(
    ("code", "major", "who", "allowed"),
    [
        ("D16", False, "office_head", True),
        ("D16", False, "office", False),
        ("D16", False, "land_officer", False),
        ("D11", False, "room_rural", True),  # on the spot
        ("D11", True, "room_rural", False),
        ("D11", True, "land_head", True),
        ("D31", True, "office", True),
    ],
)
def test_who_signs_is_said_by_the_kind_and_the_weight_of_the_matter(
    inside: Flask, code: str, major: bool, who: str, allowed: bool
) -> None:
    draft = drafted(code, major=major)
    if allowed:
        assert operations.sign(draft, officer_named(who), NOW).state is DocumentState.SIGNED
    else:
        with pytest.raises(Refusal):
            operations.sign(draft, officer_named(who), NOW)


def test_a_signed_paper_is_the_same_bytes_for_ever_and_prints_are_counted(inside: Flask) -> None:
    paper = operations.sign(drafted(), officer_named("office_head"), NOW)
    first = operations.rendered(paper)
    assert operations.rendered(paper) == first == files.get(paper.digest or "")
    operations.printed(paper.id, paper.number)
    operations.printed(paper.id, paper.number)
    db.session.commit()
    assert operations.prints(paper.id) == 2
    with pytest.raises(Refusal):
        operations.redraft(paper, {})


def test_a_void_paper_keeps_its_number_which_is_never_given_again(inside: Flask) -> None:
    head = officer_named("office_head")
    paper = operations.sign(drafted(), head, NOW)
    with pytest.raises(Refusal):
        operations.void(paper, " ", NOW)
    operations.void(paper, "对象写错", NOW)
    assert operations.sign(drafted(), head, NOW).number == "云信告〔2026〕2号"
    assert operations.sign(drafted(), head, dt.datetime(2027, 1, 4, 9)).number == "云信告〔2027〕1号"


def test_a_delivery_is_recorded_once_between_the_signature_and_today(inside: Flask) -> None:
    draft, day = drafted(), NOW.date()
    with pytest.raises(Refusal):
        operations.deliver(draft, DeliveryWay.DIRECT, day, "张喆", day)
    paper = operations.sign(draft, officer_named("office_head"), NOW)
    for on, who in ((day - dt.timedelta(days=1), "张喆"), (day + dt.timedelta(days=1), "张喆"), (day, " ")):
        with pytest.raises(Refusal):
            operations.deliver(paper, DeliveryWay.DIRECT, on, who, day)
    operations.deliver(paper, DeliveryWay.LEFT, day, "见证人李昇", day)
    with pytest.raises(Refusal):
        operations.deliver(paper, DeliveryWay.POST, day, "张喆", day)
    assert (paper.delivery_way, paper.delivered_on, paper.received_by) == (
        DeliveryWay.LEFT,
        day,
        "见证人李昇",
    )


# ---- numbers ------------------------------------------------------------------------------------------------

WORKER = """
import sys
from app import create_app
from app.core.db import db
from app.documents import numbers
app = create_app()
with app.app_context():
    for turn in range(280):
        serial = numbers.take("并发信", 2026)
        if turn % 28 in (7, 15, 23):
            db.session.rollback()  # never given
        else:
            db.session.commit()
            print(serial)
"""


def test_two_processes_share_five_hundred_numbers_none_twice_none_missing(app: Flask) -> None:
    environment = {
        **os.environ,
        **SECRETS,
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "PYTHONPATH": str(ROOT),
    }
    with app.app_context():
        db.session.remove()
    command = [sys.executable, "-W", "ignore", "-c", WORKER]
    workers = [subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True) for _ in range(2)]  # fmt: skip
    outputs = [worker.communicate(timeout=300) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], outputs
    assert all(out for out, _err in outputs)
    taken = sorted(int(line) for out, _err in outputs for line in out.split())
    assert taken == list(range(1, 501))
    with app.app_context():
        last = sa.select(NumberSeries.last).where(NumberSeries.sign == "并发信", NumberSeries.year == 2026)
        assert db.session.scalar(last) == 500


# ---- genuine ------------------------------------------------------------------------------------------------


def signed_and_committed(app: Flask) -> dict[str, Any]:
    with app.app_context():
        paper = operations.sign(drafted(), officer_named("office_head"), NOW)
        db.session.commit()
        return {name: getattr(paper, name) for name in ("id", "code", "number", "digest", "body", "title")}


def test_anybody_can_ask_whether_a_paper_is_genuine_and_learns_nothing_else(sqlite_app: Flask) -> None:
    paper = signed_and_committed(sqlite_app)
    nobody = sqlite_app.test_client()
    page = nobody.get(f"/verify/{paper['code']}")
    assert page.status_code == 200
    for word in (paper["number"], paper["digest"], "云岭区信访工作联席会议办公室", "2026-03-02", "有效"):
        assert word in page.text, word
    for word in ("张喆", paper["title"], "桂花村", "XF2026"):
        assert word not in page.text, word
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    with sqlite_app.app_context():
        operations.void(db.session.get_one(Document, paper["id"]), "写错", NOW)
        db.session.commit()
    assert "作废" in nobody.get(f"/verify/?code={paper['code'].lower()}").text
    for wrong in ("ABCDEFGHJKLM", "x", "%00", "<script>"):
        assert nobody.get(f"/verify/{wrong}").status_code == 404


def test_wrong_and_absent_codes_get_one_answer_and_a_draft_is_absent(sqlite_app: Flask) -> None:
    nobody = sqlite_app.test_client()
    with sqlite_app.app_context():
        draft = drafted()
        db.session.commit()
        assert draft.code is None
    answers = {
        nobody.get(f"/verify/{code}").text.replace(code, "") for code in ("ABCDEFGHJKLM", "ZZZZZZZZZZZZ")
    }
    assert len(answers) == 1


@pytest.mark.slow
def test_codes_are_not_tried_out_by_the_hundred(sqlite_app: Flask) -> None:
    hurried = create_app(dict(sqlite_app.config) | {"RATELIMIT_ENABLED": True})
    client = hurried.test_client()
    answers = [client.get("/verify/ABCDEFGHJKLM").status_code for _ in range(61)]
    with hurried.app_context():
        db.engine.dispose()  # the office's file is replaced for the next test
    assert answers == [404] * 60 + [429]


def test_the_paper_carries_its_code_its_data_and_tags(sqlite_app: Flask) -> None:
    paper = signed_and_committed(sqlite_app)
    with sqlite_app.app_context():
        content = files.get(paper["digest"])
    document = pymupdf.open(stream=content)
    assert all(paper["code"] in page.get_text() for page in document.pages())
    assert f"/verify/{paper['code']}" in document[0].get_text()
    assert document.embfile_names() == ["letter.json"]
    catalogue = document.xref_object(document.pdf_catalog())
    assert "/StructTreeRoot" in catalogue and "/MarkInfo" in catalogue and "zh" in catalogue
    metadata = document.get_xml_metadata().replace("'", '"')
    assert 'pdfaid:part="3"' in metadata and 'pdfaid:conformance="U"' in metadata


def _picture(size: int = 400) -> bytes:
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((5, 5, size - 5, size - 5), outline=(230, 0, 18, 255), width=14)
    held = io.BytesIO()
    image.save(held, "PNG")
    return held.getvalue()


def test_a_seal_is_kept_encrypted_and_pressed_only_on_signed_papers_of_its_days(inside: Flask) -> None:
    conference = unit_named("云岭区信访工作联席会议办公室")
    image = seals.checked(_picture())
    db.session.add(Seal(unit=conference, name="信联办印章", diameter=42, image=image, from_day=NOW.date()))
    db.session.flush()
    stored = db.session.execute(sa.text("SELECT image FROM seal")).scalar_one()
    assert image[:60] not in stored

    def pressed(paper: Document) -> int:
        pages = pymupdf.open(stream=operations.rendered(paper)).pages()
        return sum(picture["width"] == 400 for page in pages for picture in page.get_image_info())

    draft = drafted()
    assert pressed(draft) == 0
    assert pressed(operations.sign(draft, officer_named("office_head"), NOW)) == 1
    before = operations.sign(drafted(), officer_named("office_head"), NOW - dt.timedelta(days=1))
    assert pressed(before) == 0


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", _picture(60), b"\xff\xd8\xff" + b"0" * 99]
)
def test_only_a_square_png_is_a_seal(content: bytes, inside: Flask) -> None:
    with pytest.raises((Refusal, Exception)):
        seals.checked(content)


def test_an_electronic_signature_holds_and_one_changed_byte_breaks_it(inside: Flask, tmp_path: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    path, root = _certificate(tmp_path)
    inside.config |= {"PAPER_CERTIFICATE": str(path), "PAPER_CERTIFICATE_PASSWORD": "geheim"}
    paper = operations.sign(drafted(), officer_named("office_head"), NOW)
    content = files.get(paper.digest or "")
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    (signature,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    status = validate_pdf_signature(signature, context)
    assert status.intact and status.valid and status.trusted
    place = content.index(b"stream") + 40
    broken = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    (signature,) = PdfFileReader(io.BytesIO(broken)).embedded_signatures
    assert not validate_pdf_signature(signature, context).intact


def _certificate(folder: Path) -> tuple[Path, Any]:
    """A certificate the bureau might have, made now."""
    from asn1crypto import x509 as asn1
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "云岭区信访局")])
    usage = x509.KeyUsage(True, True, *[False] * 7)
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=9))
        .add_extension(usage, critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "bureau.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"bureau", key, made, None, serialization.BestAvailableEncryption(b"geheim")
        )
    )
    return path, asn1.Certificate.load(made.public_bytes(serialization.Encoding.DER))


# ---- the twin, and printing in bulk -------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["D19", "D31", "D33", "D34", "D36", "D01"])
def test_the_docx_twin_says_the_same(inside: Flask, code: str) -> None:
    from app.documents import docx

    paper = gallery.example(operations.kind_of(code), "云岭区信访工作联席会议办公室", signed=False)
    content = docx.written(paper)
    words = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    for part in (paper.body.split("\n")[-1][:12], paper.recipient[:8], paper.organ[:6]):
        assert part in words
    for row in paper.rows:
        for cell in row:
            assert cell.label in words


def test_three_notices_in_bulk_are_one_pdf_each_in_the_register(sqlite_app: Flask) -> None:
    cases = [register_case(sqlite_app, petitioner_name=name) for name in ("张一", "李二", "王三")]
    with office.as_officer(sqlite_app, "office") as officer:
        job = jobs.start(operations.kind_of("D31"), [*cases, cases[0]], officer, NOW)
        db.session.commit()
        jobs.stop(job)
        jobs.advance(job, officer, NOW)
        assert job.seen == 0
        jobs.resume(job)
        jobs.advance(job, officer, NOW)
        db.session.commit()
        assert job.state is jobs.JobState.DONE and not job.faults
        rows = jobs.rows(job)
        assert [paper.recipient for paper in rows] == ["张一", "李二", "王三"]
        assert [paper.serial for paper in rows] == [1, 2, 3] and all(
            operations.prints(paper.id) == 1 for paper in rows
        )
        pages = [page.get_text() for page in pymupdf.open(stream=jobs.content(job)).pages()]
        order = [name for page in pages for name in ("张一", "李二", "王三") if f"{name}：" in page]
        assert order == ["张一", "李二", "王三"]
        again = jobs.start(operations.kind_of("D31"), cases, officer, NOW)
        jobs.advance(again, officer, NOW)  # what is signed is printed as it is, not issued once more
        assert again.papers == job.papers


def test_a_paper_that_a_step_issues_is_never_issued_in_bulk(sqlite_app: Flask) -> None:
    case = register_case(sqlite_app)
    with office.as_officer(sqlite_app, "office") as officer:
        job = jobs.start(operations.kind_of("D03"), [case], officer, NOW)
        jobs.advance(job, officer, NOW)
        assert not job.papers and len(job.faults) == 1 and job.digest is None


def test_bulk_reaches_no_foreign_case(sqlite_app: Flask) -> None:
    case = register_case(sqlite_app)
    drive(sqlite_app, case, "routing")
    with office.as_officer(sqlite_app, "labour_officer") as stranger:
        job = jobs.start(operations.kind_of("D31"), [case], stranger, NOW)
        jobs.advance(job, stranger, NOW)
        assert not job.papers and job.faults
        db.session.commit()
        number = job.id
    with office.as_officer(sqlite_app, "land_officer") as other:
        assert jobs.mine(number, other) is None


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("hall_deputy", 200),
        ("hall_director", 200),
        ("office", 200),
        ("land_officer", 200),
        ("labour_officer", 404),
    ],
)
def test_who_sees_a_case_drafts_about_it_and_nobody_else(sqlite_app: Flask, who: str, status: int) -> None:
    case = register_case(sqlite_app)
    drive(sqlite_app, case, "routing")
    client = office.signed_in(sqlite_app, who)
    assert client.get(f"/drafts/new/{case}").status_code == status
    assert client.get(f"/drafts/write/{case}?kind=D31").status_code == status
    assert client.post(f"/drafts/preview/{case}?kind=D31").status_code == status


def test_seed_texts_are_valid_yaml_of_known_columns() -> None:
    rows = yaml.safe_load((config.ROOT / "seeds" / "document_kinds.yaml").read_text(encoding="utf-8"))
    columns = {column.key for column in sa.inspect(DocumentKind).column_attrs}
    assert all(set(row) <= columns for row in rows)
