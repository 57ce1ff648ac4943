"""The papers of the other paths, drawn for real: what each must say (domain.md §3.3), and what nobody can take out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import sqlalchemy as sa

from app.cases.enums import LegalPath
from app.core.db import db
from app.documents import fontpack
from app.documents import operations as papers
from app.documents.models import Document, DocumentKind
from tests.cases import lives
from tests.cases.lives import ANSWERED, ASSIGNED, DELIVERED, HANDLING, SUGGESTION, live, on_path
from tests.support import office

CLAUSE = "不以放弃诉讼、行政复议、仲裁、申诉等法定权利为条件"
C5 = (("routing", {"legal_path": LegalPath.C5}), "signing", "acceptance")
PAPERS: dict[str, Any] = {  # code: (life, step, content, series, what it says)
    "D05": ((), "no_longer", {}, "云信不再", "第三十六条第三款 市政复核〔2025〕8号 2025年11月3日 不再受理"),
    "D06": ((on_path(LegalPath.C4),), "guidance", {}, "云信综访引", "行政复议 云岭区人民政府行政复议办公室 六十日内"),
    "D07": (("classification",), "transfer", {}, "云信转", "15日内 5个工作日 异议 自然资源局 王秀英"),
    "D08": (("assignment_draft",), "assignment", {}, "云信交", "2026年4月16日 办结报告 罗毅 查清事实 5个工作日"),
    "D09": (("routing", "signing"), "objection", {}, "云资访异", "异议申请 属人社部门职责 人力资源 核实同意"),
    "D29": (HANDLING, "advice", {}, "云信建", "改进工作建议书 公开补偿标准 信息公开条例 书面形式反馈"),
    "D30": ((*HANDLING, "advice"), "advice_feedback", {}, "云资访馈", "部分采纳 明细已公开"),
    "D12": (C5, "statutory_reply", {}, "云资访法", "环境影响评价法 立案查处 行政复议 行政诉讼"),
    "D13": ((("routing", {"legal_path": None}), "signing", "acceptance"), "suggestion_reply", SUGGESTION, "云资访复",
            "研究论证 部分采纳 公示栏"),
    "D15": ((*DELIVERED, "review_request"), "review_opinion", {}, "云政信复查",
            "30日内 上一级人民政府 复核申请 经复查，面积无误 维持 云岭区人民政府 自然资源局"),
    "D18": (HANDLING, "mediation", {}, "", "调解协议 十日内支付差额 自愿 签名"),
    "D32": ((*ASSIGNED, "report", "report_review"), "settling", {}, "云资访息", f"{CLAUSE} 自愿 签名 见证人 双方承诺"),
    "D37": (ASSIGNED, "report", {}, "云资访报", "已补发到位 满意 联席会议办公室 查明的事实"),
    "D38": (ANSWERED, "delivery", {}, "", "信访处理意见书 直接 王秀英 2026年3月2日"),
}  # fmt: skip


def paper_of(app, case: int, code: str) -> tuple[Document, str]:
    with app.app_context():
        query = sa.select(Document).where(Document.case_id == case, Document.kind.has(code=code))
        document = db.session.scalars(query).one()
        content = papers.rendered(document)
        if folder := os.environ.get("PAPERS_DIR"):  # to be looked at
            picture = pymupdf.open(stream=content)[0].get_pixmap(dpi=60)
            Path(folder, f"{code}.png").write_bytes(picture.tobytes("png"))
        return document, "".join(page.get_text() for page in iter(pymupdf.open(stream=content))).replace(
            "\n", ""
        )


@pytest.mark.slow
@pytest.mark.parametrize("code", PAPERS)
def test_what_a_paper_says(sqlite_app, code):
    fontpack.build(fontpack.default_dir(), minimal=True)
    life, kind, content, series, words = PAPERS[code]
    case = live(sqlite_app, *life[:-1], **content)
    for item in (*life[-1:], kind):
        name, said = (item, {}) if isinstance(item, str) else item
        lives.take(sqlite_app, case, name, papers=True, **said)
    document, text = paper_of(sqlite_app, case, code)
    assert document.number == (f"{series}〔2026〕1号" if series else "")
    assert "【缺" not in text and "{{" not in text
    for word in words.split():
        assert word in text.replace(" ", ""), (word, text)
    assert code == "D15" or "复查申请" not in text, "review is the remedy of an opinion alone"


@pytest.mark.slow
def test_the_clause_of_rights_cannot_be_edited_away(sqlite_app):
    fontpack.build(fontpack.default_dir(), minimal=True)
    with sqlite_app.app_context():
        kind = db.session.scalars(sa.select(DocumentKind).where(DocumentKind.code == "D32")).one()
        number, form = (
            kind.id,
            {n: getattr(kind, n) for n in ("code", "name", "series", "title", "recipient", "basis")},
        )
        clause = kind.fixed_clause
        form |= {"format": kind.format.name, "issuer": kind.issuer.name, "copies_to": "", "sealed": "false"}
    client = office.signed_in(sqlite_app, "sysadmin")
    said = form | {"body": "# 协议\n信访人 | {{ petitioner }}\n@3 承诺 | 不再信访", "required": "petitioner"}
    assert (
        client.post(f"/documentkindview/edit/{number}", data=said | {"fixed_clause": ""}).status_code == 200
    )
    assert (
        client.post(f"/documentkindview/edit/{number}", data=said | {"fixed_clause": clause}).status_code
        == 302
    )
    case = live(sqlite_app, *ASSIGNED, "report", "report_review")
    lives.take(sqlite_app, case, "settling", papers=True)
    _document, text = paper_of(sqlite_app, case, "D32")
    assert "不再信访" in text and CLAUSE in text.replace(" ", "")


@pytest.mark.usefixtures("quick_papers")
def test_no_agreement_no_paper(sqlite_app):
    case = live(sqlite_app, *ASSIGNED, "report", "report_review")
    lives.take(sqlite_app, case, "settling", papers=True, agreement=False, voluntary=False)
    assert lives.last_step(sqlite_app, case, "document") == (None,)
    outside = live(sqlite_app, *DELIVERED, "review_request")
    lives.take(sqlite_app, outside, "review_opinion", papers=True, external_number="市政复查〔2026〕3号")
    assert lives.last_step(sqlite_app, outside, "document") == (None,), (
        "an outside opinion is recorded, not written"
    )
