"""The kinds of paper row by row against the office's table, a new kind without code, and clauses that stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pymupdf
import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.core.errors import Refusal
from app.documents import compose, fields, gallery, operations, texts, worker
from app.documents.models import DocumentKind, DocumentState, Issuer, PaperFormat
from app.documents.paper import Kind
from app.organisation.models import Post
from tests.support import office
from tests.support.office import LAND, NOW, officer_named, register_case, unit_named

OFFICE = "云岭区信访工作联席会议办公室"
L, D, M, N, F, S = PaperFormat  # 函 文 纪 告 表, slip
U, C = Issuer

# §3.3: format, in whose name, number series (云 for the district, 云资 for a unit of it; "": none), what it must say
TABLE: dict[str, tuple[PaperFormat, Issuer, str, tuple[str, ...]]] = {
    "D01": (F, U, "", ("信访人", "住址", "请求", "事实和理由", "信访人签名", "接待人签名", "分流去向", "查询码")),
    "D02": (S, U, "", ("查询方式", "登记日期", "信访件编号")),
    "D03": (N, U, "云资访受", ("转送", "收到", "予受理", "处理途径和程序", "办理期限", "承办单位", "查询方式",
            "联系人")),
    "D04": (N, U, "云资访不受", ("理由", "《信访工作条例》", "不予受理", "请向")),
    "D05": (N, C, "云信不再", ("最终意见", "第三十六条第三款", "同一事实和理由", "不再受理")),
    "D06": (N, U, "云资访引", ("性质为", "法定途径", "受理机关及地址", "期限提示")),
    "D07": (L, C, "云信转", ("事项摘要", "属地和职责依据", "15日内书面告知", "5个工作日内提出异议", "附件")),
    "D08": (L, C, "云信交", ("事项摘要", "5个工作日内提出异议", "反馈办理结果", "办结报告", "督办人", "包案领导",
            "附件")),
    "D09": (L, U, "云资访异", ("理由如下", "建议有权处理机关", "审核意见", "附件")),
    "D10": (N, U, "云资访延", ("原办理期限", "延期理由", "第三十四条", "负责人", "批准", "前办结")),
    "D11": (N, U, "云资访答", ("转送", "收到", "投诉请求", "查明的事实", "法律法规和政策依据",
            "处理意见（支持）", "30日内",
                              "云岭区人民政府提出复查申请")),
    "D12": (N, U, "云资访法", ("收到", "查明的事实", "法律依据", "60日内申请行政复议", "6个月内提起行政诉讼")),
    "D13": (N, U, "云资访复", ("部分采纳",)),
    "D14": (F, U, "", ("意见书文号", "收到日期", "请求", "事实和理由", "附件", "申请人签名")),
    "D15": (N, C, "云政信复查", ("原办理意见", "申请复查的理由", "查明的事实", "依据", "维持原处理意见",
            "30日内", "提出复核申请")),
    "D16": (N, C, "云政信复核", ("申请复核的理由", "听证情况", "查明的事实", "依据", "维持复查意见", "最终意见",
            "不再受理")),
    "D17": (N, U, "云资信听", ("举行听证", "主持人", "听证员", "权利")),
    "D17B": (F, U, "", ("开始时间", "结束时间", "主持人", "听证员", "听证记录")),
    "D18": (F, U, "", ("当事人", "争议事项", "协议条款", "签名")),
    "D19": (L, C, "云信督", ("情形", "发函督办", "现予督办", "前将办理情况", "督办人为")),
    "D20": (L, C, "云信督通", ("批示如下", "包抓", "你单位负责落实", "我办负责督办", "汇报落实情况")),
    "D21": (N, C, "云信接", ("接访", "时间", "地点", "请携带", "不超过5人")),
    "D22": (L, C, "云信参", ("主要负责人", "准时参加", "初步处理意见", "基本情况")),
    "D23": (L, C, "云信呈", ("信访诉求", "历次办理情况", "拟处意见", "参加单位")),
    "D23A": (F, C, "云信周呈", ("呈报日期", "件数")),
    "D24": (L, U, "云督查", ("9月、10月", "后3名", "问题", "书面整改意见和整改措施", "区委、区政府主管领导审定",
            "前提出")),
    "D24A": (L, C, "云信挂", ("挂牌督办", "第三十九条", "要求")),
    "D24B": (L, C, "云信改", ("限期整改", "第三十九条", "整改措施、责任人和完成时限")),
    "D25": (D, U, "", ("问题原因", "整改措施", "责任人", "请审定")),
    "D26": (D, U, "", ("连续3个月", "后3名", "检查", "整改措施")),
    "D27": (L, C, "云信问", ("经查", "第四十四条第（二）项", "建议", "书面反馈")),
    "D28": (L, C, "云信约", ("约谈", "时间、地点", "内容")),
    "D28A": (F, C, "", ("指出的问题", "提出的要求", "表态和承诺", "签名")),
    "D29": (L, C, "云信建", ("存在的问题", "建议", "依据", "书面形式反馈")),
    "D30": (L, U, "云资访馈", ("采纳",)),
    "D31": (N, C, "云信告", ("权利", "义务", "不得有下列行为", "（六）", "正确的途径", "受送达人")),
    "D32": (F, U, "云资访息", ("处理结果与履行", "双方承诺", "自愿", "见证人", "不以放弃诉讼")),
    "D33": (M, U, "云信纪", ("主持召开", "事由", "各方意见", "会诊决定", "责任单位", "时限")),
    "D33A": (M, U, "云信厅谈", ("接谈", "事由", "查明", "接谈调处结果")),
    "D33B": (M, U, "云信联纪", ("主持召开", "事由", "各方意见", "责任单位", "时限")),
    "D33E": (L, U, "云信厅邀", ("专家",)),
    "D33N": (L, U, "云信厅会", ("会诊事由", "参加人员")),
    "D34": (D, C, "云信通", ("总体情况", "考核名次", "后三名")),
    "D34A": (D, C, "云信通报", ("督办", "第三十九条", "予以通报", "要求")),
    "D35": (L, C, "云信会", ("会议地点", "会议议题", "报送要求")),
    "D36": (F, U, "", ("期次", "类型", "人数", "风险", "责任人", "化解措施", "时限、状态")),
    "D37": (D, U, "云资访报", ("查明的事实", "依据", "办理结果和化解方式", "信访人意见", "附件")),
    "D38": (F, U, "", ("文书名称及文号", "受送达人", "送达方式", "送达日期", "见证人")),
    "D39": (F, C, "", ("责任单位", "责任领导", "化解时限", "工作专班", "化解方案")),
    "D40": (D, U, "", ("工作目标", "签名")),
    "D41": (D, C, "云信急", ("时间、地点和人数", "主要诉求", "现状", "措施", "首报")),
    "D42": (D, C, "云信报", ("数据统计", "转送、交办、督办", "采纳情况", "其他")),
    "D43": (D, C, "云信奖", ("2026年度", "第一名", "3万元")),
    "D44": (F, C, "", ("困难事实", "申请金额", "依据", "审批", "基金余额")),
}  # fmt: skip


@pytest.fixture
def inside(sqlite_app: Flask) -> Iterator[Flask]:
    with sqlite_app.app_context():
        yield sqlite_app


def words_of(kind: DocumentKind) -> tuple[str, Any]:
    paper = gallery.example(kind, OFFICE)
    cells = "".join(
        f"{c.label} {c.value} {c.sign if c.kind is Kind.SIGN else ''} " for row in paper.rows for c in row
    )
    annexes = "".join(f"{a.title}{a.body}{a.header}{a.lines}" for a in paper.annexes)
    attached = "附件" + "".join(paper.attachments) if paper.attachments else ""
    said = (
        paper.title,
        paper.body,
        cells,
        annexes,
        attached,
        " ".join(paper.contacts),
        " ".join(paper.receipt),
    )
    return " ".join(said), paper


def test_every_row_of_the_table_is_a_kind_and_no_other(inside: Flask) -> None:
    assert set(db.session.scalars(sa.select(DocumentKind.code))) == set(TABLE)


@pytest.mark.parametrize("code", TABLE)
def test_a_kind_is_what_the_table_says_of_it(inside: Flask, code: str) -> None:
    kind, (format, issuer, series, said) = operations.kind_of(code), TABLE[code]
    assert (kind.format, kind.issuer) == (format, issuer)
    words, paper = words_of(kind)
    assert paper.number == (f"{series}〔2026〕12号" if series else "")
    if issuer is C and not kind.organ:
        assert paper.organ == OFFICE
    absent = [word for word in said if word not in words]
    assert not absent, words
    assert kind.required, "nothing would be demanded of it"


@pytest.mark.parametrize("code", TABLE)
def test_every_required_field_is_demanded_before_the_signature(inside: Flask, code: str) -> None:
    kind = operations.kind_of(code)
    for name in kind.required.split():
        said = fields.sample(code)
        said[name] = ""
        text = compose.write(kind, said | {"issued_by": OFFICE})
        assert f"【缺：{fields.label(name)}】" in "".join(text.values()), name


def test_every_kind_of_the_gallery_is_read_back_from_its_pdf(inside: Flask) -> None:
    """Title, number, recipient, signature and date stand on the paper; nothing lacks, nothing is a box."""
    for kind in db.session.scalars(sa.select(DocumentKind).order_by(DocumentKind.code)):
        _words, paper = words_of(kind)
        sheets = [page.get_text() for page in pymupdf.open(stream=worker.printed(paper)).pages()]
        text = "".join("".join(sheets).split())
        expected = [paper.title, paper.number, "2026年11月23日", paper.organ]
        expected += [paper.recipient] if kind.format not in (PaperFormat.FORM, PaperFormat.SLIP) else []
        for part in expected:
            assert "".join(part.split()) in text, (kind.code, part)
        assert compose.MARK not in text and "U+" not in text, kind.code
        assert 1 <= len(sheets) <= 3, kind.code


# ---- a new kind is a row and a text -------------------------------------------------------------------------


def test_a_new_kind_is_added_on_the_page_and_works_like_any_other(sqlite_app: Flask) -> None:
    admin = office.signed_in(sqlite_app, "sysadmin")
    row = {
        "code": "D90", "name": "约见通知书", "format": "NOTICE", "issuer": "CONFERENCE", "series": "云信见",
        "sealed": "y",
        "title": "约见通知书", "recipient": "{{ petitioner }}", "required": "petitioner held_at",
        "body": "请于{{ held_at }}到{{ conference_office }}。", "fixed_clause": "不来的，不影响信访事项的办理。",
        "signers": "信联办主任", "trigger": "需要时", "basis": "条例第18条",
    }  # fmt: skip
    assert admin.post("/documentkindview/add", data=row).status_code == 302
    case = register_case(sqlite_app)
    clerk = office.signed_in(sqlite_app, "office")
    assert "约见通知书" in clerk.get(f"/drafts/new/{case}").text
    assert clerk.post(f"/drafts/write/{case}?kind=D90", data={"held_at": "3月5日上午9时"}).status_code == 302
    with sqlite_app.app_context():
        draft = db.session.scalars(
            sa.select(operations.Document).where(operations.Document.title == "约见通知书")
        ).one()
        assert draft.body.endswith("不来的，不影响信访事项的办理。")
        with pytest.raises(Refusal, match="信联办主任"):
            operations.sign(draft, officer_named("office"), NOW)
        signed = operations.sign(draft, officer_named("office_head"), NOW)
        assert signed.number == "云信见〔2026〕1号" and signed.state is DocumentState.SIGNED


# ---- clauses ------------------------------------------------------------------------------------------------

LOCKED = {"D11": "提出复查申请", "D12": "", "D15": "提出复核申请", "D16": "最终意见", "D32": "不以放弃诉讼"}


def _form(kind: DocumentKind) -> dict[str, Any]:
    columns = ("code", "name", "series", "title", "recipient", "body", "fixed_clause", "copies_to", "organ", "mark",
               "required", "signers", "signers_major", "trigger", "basis")  # fmt: skip
    said = {name: getattr(kind, name) for name in columns} | {
        "format": kind.format.name,
        "issuer": kind.issuer.name,
    }
    return said | ({"sealed": "y"} if kind.sealed else {}) | ({"upward": "y"} if kind.upward else {})


def test_which_clauses_are_locked(inside: Flask) -> None:
    locked = db.session.scalars(sa.select(DocumentKind).where(DocumentKind.clause_locked)).all()
    assert {kind.code for kind in locked} == set(LOCKED)
    assert all(LOCKED[kind.code] in kind.fixed_clause and kind.fixed_clause for kind in locked)


@pytest.mark.parametrize("code", LOCKED)
@pytest.mark.parametrize("instead", ["", "本协议签订后不得再提出任何请求。"])
def test_a_remedy_or_protection_is_not_edited_away(sqlite_app: Flask, code: str, instead: str) -> None:
    admin = office.signed_in(sqlite_app, "sysadmin")
    with sqlite_app.app_context():
        kind = operations.kind_of(code)
        number, row, clause = kind.id, _form(kind), kind.fixed_clause
    answer = admin.post(
        f"/documentkindview/edit/{number}", data=row | {"fixed_clause": instead, "clause_locked": ""}
    )
    assert answer.status_code == 200 and "不能修改" in answer.text
    page = admin.get(f"/documentkindview/edit/{number}").text
    assert "readonly" in page[page.index('id="fixed_clause"') - 200 : page.index('id="fixed_clause"') + 200]
    # a browser sends other line ends; the rest of the text is the office's
    sent = row | {"fixed_clause": clause.replace("\n", "\r\n"), "name": "改了名"}
    assert admin.post(f"/documentkindview/edit/{number}", data=sent).status_code == 302
    with sqlite_app.app_context():
        kind = operations.kind_of(code)
        assert (kind.fixed_clause, kind.clause_locked, kind.name, kind.version) == (clause, True, "改了名", 1)
        # and a preview does not show what is not so
    shown = admin.post("/documentkindview/preview", data=sent | {"fixed_clause": instead})
    assert shown.mimetype == "application/pdf"
    with sqlite_app.app_context():
        words = "".join(pymupdf.open(stream=shown.data)[-1].get_text().split())
        end = compose.fill(clause.split("|")[-1], fields.sample(code)) if code != "D12" else "提起行政诉讼"
        assert "".join(end.split())[-12:] in "".join(
            "".join(page.get_text().split()) for page in pymupdf.open(stream=shown.data).pages()
        ), words


def test_a_bureaus_own_clause_is_edited_like_any_text(sqlite_app: Flask) -> None:
    admin = office.signed_in(sqlite_app, "sysadmin")
    with sqlite_app.app_context():
        kind = operations.kind_of("D10")
        number, row = kind.id, _form(kind)
    sent = row | {"fixed_clause": "如有疑问，请与本单位联系。"}
    assert admin.post(f"/documentkindview/edit/{number}", data=sent).status_code == 302
    with sqlite_app.app_context():
        kind = operations.kind_of("D10")
        assert kind.version == 2
        assert compose.write(kind, fields.sample("D10"))["body"].endswith("如有疑问，请与本单位联系。")


def test_the_clause_stands_before_signatures_attachments_and_annexes(inside: Flask) -> None:
    rows = [row[0] for row in gallery.example(operations.kind_of("D32"), OFFICE).rows]
    labels = [cell.label for cell in rows]
    assert labels.index("权利保留") < labels.index("信访人", 2)
    kind = operations.kind_of("D11")
    kind.body += "附件：核查记录\n=== 明细\n| 一 | 二 |\n"
    paper = gallery.example(kind, OFFICE)
    assert (
        paper.body.endswith("提出复查申请。")
        and paper.attachments == ("核查记录",)
        and paper.annexes[0].title == "明细"
    )


# ---- who signs ----------------------------------------------------------------------------------------------


def _opinion(major: bool) -> Any:
    from flask import current_app

    case = register_case(current_app._get_current_object())  # type: ignore[attr-defined]
    known = fields.sample("D11") | {"major": major}
    made = operations.draft("D11", unit_named(LAND), known, NOW, officer_named("land_officer"), case)
    db.session.flush()
    return made


@pytest.mark.parametrize(
    ("post", "major", "allowed"),
    [
        ("分管负责人", False, True), ("分管负责人", True, False), ("负责人", False, True), ("负责人", True, True),
        ("承办人", False, False), ("承办人", True, False), ("接访室主任", False, True), ("接访室主任", True, False),
    ],
)  # fmt: skip
def test_an_opinion_is_signed_by_the_deputy_in_charge_in_major_matters_by_the_head(
    inside: Flask, post: str, major: bool, allowed: bool
) -> None:
    signer = officer_named("land_head")
    signer.post = db.session.scalars(sa.select(Post).where(Post.name == post)).one()
    draft = _opinion(major)
    if allowed:
        assert operations.sign(draft, signer, NOW).state is DocumentState.SIGNED
    else:
        with pytest.raises(Refusal):
            operations.sign(draft, signer, NOW)


def test_who_signs_is_changed_on_the_row_and_a_post_nobody_knows_is_refused(sqlite_app: Flask) -> None:
    admin = office.signed_in(sqlite_app, "sysadmin")
    with sqlite_app.app_context():
        kind = operations.kind_of("D11")
        number, row = kind.id, _form(kind)
    wrong = admin.post(f"/documentkindview/edit/{number}", data=row | {"signers": "分管负责任"})
    assert wrong.status_code == 200 and "分管负责任" in wrong.text and "没有这个岗位" in wrong.text
    assert admin.post(f"/documentkindview/edit/{number}", data=row | {"signers": "承办人"}).status_code == 302
    with sqlite_app.app_context():
        assert operations.sign(_opinion(False), officer_named("land_officer"), NOW).number.startswith(
            "云资访答"
        )


# ---- 密级, 紧急程度 --------------------------------------------------------------------------------------------


def test_urgency_secrecy_and_copy_number_print_where_a_paper_has_them(inside: Flask) -> None:
    kind = operations.kind_of("D41")
    paper = gallery.example(
        kind, OFFICE, fields.sample("D41") | {"urgency": "特急", "secrecy": "秘密★1年", "copy_no": "000003"}
    )
    first = "".join(pymupdf.open(stream=worker.printed(paper))[0].get_text().split())
    assert "特急" in first and "秘密★1年" in first and "000003" in first


def test_dates_are_written_without_zero_padding(inside: Flask) -> None:
    for kind in db.session.scalars(sa.select(DocumentKind)):
        for part in (kind.body, kind.title):
            text = compose.fill(part, fields.sample(kind.code))
            assert "年0" not in text and "月0" not in text, kind.code
    assert compose.fill("{{ due_on | date }}", {"due_on": dt.date(2026, 9, 1)}) == "2026年9月1日"
    assert texts.SIGNERS == ("signers", "signers_major")


def test_the_query_code_is_the_petitioners_and_their_halls_not_the_units_complained_of(
    sqlite_app: Flask,
) -> None:
    case = register_case(sqlite_app, papers=True)
    office.drive(sqlite_app, case, "routing")
    with sqlite_app.app_context():
        slip = db.session.scalars(
            sa.select(operations.Document).join(DocumentKind).where(DocumentKind.code == "D02")
        ).one()
        number, code = slip.id, slip.fields["query_code"]
        form = db.session.scalars(
            sa.select(operations.Document).join(DocumentKind).where(DocumentKind.code == "D01")
        ).one()
        assert code not in repr(form.fields) + form.body and code[:4] in form.body
        form_number = form.id
    for who, status in (("reception", 200), ("office", 200), ("land_officer", 404), ("land_head", 404)):
        client = office.signed_in(sqlite_app, who)
        assert client.get(f"/documentview/show/{number}").status_code == status, who
        assert client.get(f"/documentview/pdf/{number}").status_code == status, who
        assert client.get(f"/documentview/show/{form_number}").status_code == 200, who
