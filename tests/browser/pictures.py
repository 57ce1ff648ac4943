"""The pictures of the README and the handbook: `make pictures` takes them from a demo office with a story of its own.

The office's day is fixed, so that two runs give the same pages.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pymupdf
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser

from app import create_app
from app.cases.enums import LegalPath
from app.cases.models import Case, RoutingRule
from app.core.db import db
from app.documents import operations as papers
from app.documents.models import Document
from app.incentives import operations as notices
from app.supervision import operations as supervision
from app.supervision.letter import Wording
from app.supervision.models import Supervision, SupervisionGround
from app.supervision.steps import SupervisionLetter
from tests.support import office
from tests.support.browser import chromium, login, watched
from tests.support.server import PROJECT, SECRETS, portal

PICTURES = PROJECT / "docs" / "pictures"
SIZE: Any = {"width": 1280, "height": 800}
TODAY = dt.datetime(2026, 5, 20, 9, 20)

ACCEPTED = ("routing", "signing", "acceptance")
DRAFTED = (*ACCEPTED, "handling", "opinion_draft")
# registered on, petitioner, how many came, place, matter, the steps taken, one each day
MATTERS: list[tuple[str, str, int, str, str, tuple[str, ...]]] = [
    ("2026-02-24", "王秀英", 12, "龙泉镇柳树村", "反映征地补偿款未足额发放", ACCEPTED),
    ("2026-03-17", "张福来", 1, "龙泉镇石桥村", "反映宅基地确权面积有误", (*ACCEPTED, "handling")),
    ("2026-03-23", "李桂兰", 1, "青山镇坪上村", "要求办理林权证变更登记", (*ACCEPTED, "handling", "extension_request")),
    ("2026-03-19", "赵国强", 3, "龙泉镇柳树村", "反映采石场占用耕地未复垦", DRAFTED),
    ("2026-04-16", "孙玉梅", 1, "东关街道", "要求补发临时用地补偿", ACCEPTED),
    ("2026-05-06", "周志远", 1, "河口镇", "反映承包地四至登记错误", ("routing", "signing")),
    ("2026-05-11", "吴秀芳", 6, "青山镇", "要求公开土地征收补偿方案", ("routing", "signing")),
    ("2026-05-14", "郑海涛", 1, "龙泉镇石桥村", "反映违法占地建房长期未处理", ("routing",)),
    ("2026-05-18", "何美玲", 1, "龙泉镇柳树村", "要求核实青苗补偿清单", ("routing",)),
    ("2026-04-08", "冯大勇", 1, "龙泉镇", "要求返还多扣的土地复垦保证金",
     (*DRAFTED, "opinion_signing", "delivery")),
    ("2026-04-02", "钟小红", 1, "东关街道", "反映不动产登记资料查询受阻", (*DRAFTED, "opinion_signing")),
]  # fmt: skip


def dated_app() -> Flask:
    """What the server of the pictures serves: the portal on the office's day."""
    return create_app({"FIXED_NOW": TODAY, "AUTH_RATE_LIMITED": False, "RATELIMIT_ENABLED": False})


def furnish(app: Flask) -> dict[str, int]:
    """Lead the matters to where the pictures need them; rows by what they are for."""
    app.config["FIXED_NOW"] = TODAY
    with app.app_context():
        rule = db.session.scalars(sa.select(RoutingRule).order_by(RoutingRule.rank, RoutingRule.id)).first()
        assert rule is not None and rule.unit.name == office.LAND
        for day, name, people, place, title, steps in MATTERS:
            at = dt.datetime.fromisoformat(f"{day} 09:10")
            case_id = office.register_case(
                app, at=at, papers=True, petitioner_name=name, people_count=people, place=place, title=title,
                request=f"{title.removeprefix('反映')}，请求依法处理并书面答复。", address=f"{place}二组",
                representatives=["王秀英", "王建设"] if people > 5 else [],
            )  # fmt: skip
            for step in steps:
                at = min(at + dt.timedelta(days=1, minutes=17), TODAY)
                facts = {"rule": rule, "room": rule.room} if step == "routing" else {}
                office.drive(app, case_id, (step, facts), at=at, papers=True)
        late = db.session.scalars(sa.select(Case).where(Case.petitioner_name == "王秀英")).one()
        letter = supervise(late)
        notice = notices.compute("2026-04", TODAY.date(), office.officer_named("office"))
        db.session.commit()
        assert late.legal_path is LegalPath.C6
        return {"case": late.id, "notice": notice.id, "letter": letter}


def supervise(case: Case) -> int:
    """A letter drafted by the office and signed by its head; the number of its paper's row."""
    at = dt.datetime(2026, 5, 13, 10, 0)
    words = Wording(
        ground=db.session.scalars(sa.select(SupervisionGround).order_by(SupervisionGround.code)).first(),
        reason="",
        problem="该事项办理期限（第34条）自2026年2月27日起算，已于2026年4月28日届满，你单位至今未出具处理意见书。",
        demand="一、立即组织力量调查核实，依法依规作出处理意见，出具信访处理意见书并送达信访人。\n"
        "二、书面说明逾期未办结的原因和整改措施。",
        days=7,
        supervisor=office.officer_named("supervisor"),
    )
    matter = supervision.draft(Supervision(), case, words, office.officer_named("office"), at)
    db.session.commit()
    step = SupervisionLetter()
    supervision.sign(step, matter, case, office.officer_named("office_head"), at)
    db.session.commit()
    assert matter.document is not None
    return matter.document.id


def photograph(browser: Browser, url: str, rows: dict[str, int]) -> None:
    """One visit an officer, one picture a page."""
    for username, address, name in (
        ("land_officer", "/queue/list/", "queue"),
        ("land_officer", f"/cases/show/{rows['case']}", "case"),
        ("reception", "/registration/add", "registration"),
        ("office", f"/notices/show/{rows['notice']}", "notice"),
    ):
        with watched(browser, url, viewport=SIZE) as visit:
            login(visit.page, username, office.PASSWORD)
            visit.page.goto(address)
            visit.page.wait_for_load_state("networkidle")
            visit.page.screenshot(path=PICTURES / f"{name}.png")
        print(f"docs/pictures/{name}.png")


def print_letter(app: Flask, document_id: int) -> None:
    """The first page of the supervision letter as a picture."""
    with app.app_context():
        content = papers.rendered(db.session.get_one(Document, document_id))
    with pymupdf.open(stream=content, filetype="pdf") as paper:
        paper[0].get_pixmap(dpi=100).save(PICTURES / "letter.png")
    print("docs/pictures/letter.png")


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = office.Office(Path(folder))
        app = made.fresh()
        rows = furnish(app)
        print_letter(app, rows["letter"])
        made.close()
        env = {**SECRETS, "FILES_DIR": app.config["FILES_DIR"]}
        served = portal(f"sqlite:///{made.place}", env, app="tests.browser.pictures:dated_app()")
        with served as running, chromium() as browser:
            photograph(browser, running.url, rows)


if __name__ == "__main__":
    main()
