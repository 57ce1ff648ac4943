"""The petitioner's pages in a real browser: a narrow phone, no JavaScript, from look-up to review."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app import create_app
from app.cases.models import Case
from app.core.db import db
from tests.support import office
from tests.support.browser import chromium, watched
from tests.support.server import SECRETS, portal

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}
NOW = dt.datetime(2026, 3, 20, 9)
ANSWER = ("routing", "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery")

REVIEWED = (*ANSWER, "review_request", "review_opinion", "review_delivery")


def dated_app() -> Flask:
    """What the server serves: the portal on a fixed day."""
    return create_app({"FIXED_NOW": NOW, "RATELIMIT_ENABLED": False, "AUTH_RATE_LIMITED": False})


@dataclass(frozen=True)
class Site:
    url: str
    codes: dict[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = office.Office(tmp_path_factory.mktemp("public"))
    app, codes = made.fresh(), {}
    lives = {"answered": ANSWER, "evaluated": ANSWER, "handled": ANSWER[:3], "reviewed": REVIEWED}
    for name, steps in lives.items():
        case = office.register_case(app, id_number="11010519491231002X", at=office.NOW)
        office.drive(app, case, *steps, at=office.NOW, papers=True)
        with app.app_context():
            codes[name] = db.session.get_one(Case, case).query_code
    made.close()
    folder = Path(app.config["FILES_DIR"])
    env = {**SECRETS, "FILES_DIR": str(folder)}
    address = app.config["SQLALCHEMY_DATABASE_URI"]
    with portal(address, env, workers=1, app="tests.browser.test_public:dated_app()") as running:
        yield Site(running.url, codes)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def look_up(page: Page, code: str, proof: str = "002X") -> None:
    page.goto("/public/")
    page.get_by_label("查询码").fill(code)
    page.get_by_label("后四位").fill(proof)
    page.get_by_role("button", name="查询").click()


def fits(page: Page) -> None:
    """Nothing sticks out of a narrow page; what is touched is big enough; every field and link has its name."""
    # read by the browser itself: the page runs no script
    width = page.viewport_size["width"]  # type: ignore[index]
    for box in (e.bounding_box() for e in page.locator("body *").all()):
        assert box is None or box["x"] < 0 or box["x"] + box["width"] <= width + 0.5, box
    for control in page.locator("button, a.button, input:not([type=hidden]):not([type=radio])").all():
        box = control.bounding_box()
        assert box is not None and box["height"] >= 36
    for field in page.locator("input:not([type=hidden]), textarea").all():
        assert page.locator(
            f"label[for='{field.get_attribute('id')}'], label:has(#{field.get_attribute('id')})"
        ).count()
    assert page.locator("h1").count() == 1 and page.locator("html[lang=zh-CN]").count() == 1


def test_a_villager_finds_out_and_asks_for_review(site, browser):
    with watched(browser, site.url, **PHONE) as visit:
        page = visit.page
        page.goto("/public/")
        fits(page)
        look_up(page, site.codes["answered"], "9999")
        assert "没有查到" in page.get_by_role("alert").inner_text()
        look_up(page, site.codes["answered"].lower(), "002x")
        assert page.url.endswith("/public/progress")
        fits(page)
        text = page.inner_text("main")
        assert "答复已送达给您" in text and "2026年4月1日" in text
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile("下载 信访处理意见书")).click()
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
        page.get_by_role("link", name="申请复查").click()
        fits(page)
        page.get_by_label("请求和理由").fill("面积不实，请重新测量")
        page.get_by_role("button", name="提交申请").click()
        assert "您的复查申请今天已收到" in page.get_by_role("status").inner_text()
        assert "正在复查" in page.inner_text("main")
        page.get_by_role("button", name="离开").click()
        page.goto("/public/progress")
        assert page.url.endswith("/public/")


def test_a_villager_asks_for_re_examination(site, browser):
    with watched(browser, site.url, **PHONE) as visit:
        page = visit.page
        look_up(page, site.codes["reviewed"])
        fits(page)
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile("下载 信访事项复查意见书|下载 复查意见书")).click()
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
        page.get_by_role("link", name="申请复核").click()
        fits(page)
        assert "2026年4月1日" in page.inner_text("main") and "第36条" in page.inner_text("main")
        page.get_by_role("button", name="提交申请").click()  # nothing said yet
        assert page.url.endswith("/public/recheck")
        page.get_by_label("请求和理由").fill("复查认定的面积仍不实")
        page.get_by_role("button", name="提交申请").click()
        assert "您的复核申请今天已收到" in page.get_by_role("status").inner_text()
        assert "正在复核" in page.inner_text("main")


def test_a_villager_evaluates(site, browser):
    with watched(browser, site.url, **PHONE) as visit:
        page = visit.page
        look_up(page, site.codes["evaluated"])
        page.get_by_role("link", name="评价").click()
        fits(page)
        page.get_by_role("group", name="信访部门").get_by_label("满意", exact=True).check()
        page.get_by_role("group", name="责任单位").get_by_label("基本满意").check()
        page.get_by_label("您想说的话").fill("辛苦了")
        page.get_by_role("button", name="提交评价").click()
        assert "您的评价已记录" in page.get_by_role("status").inner_text()
        assert page.get_by_role("link", name="评价").count() == 0


def test_by_keyboard_and_on_a_desk(site, browser):
    with watched(browser, site.url, viewport={"width": 1280, "height": 800}) as visit:
        page = visit.page
        page.goto("/public/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Tab")
        page.keyboard.type(site.codes["handled"])
        page.keyboard.press("Tab")
        page.keyboard.type("002X")
        page.keyboard.press("Enter")
        page.wait_for_url("**/public/progress")
        assert "最迟2026年5月6日" in page.inner_text("main")
        assert page.evaluate("document.scripts.length") == 0


def test_it_prints(site, browser):
    with watched(browser, site.url) as visit:
        page = visit.page
        look_up(page, site.codes["handled"])
        page.emulate_media(media="print")
        assert not page.get_by_role("button", name="离开").is_visible()
        assert page.get_by_text("现在办到哪一步").is_visible()
        assert page.pdf()[:4] == b"%PDF"
