"""A real Chromium for tests, which sees to it that pages behave.

    with chromium() as browser, watched(browser, portal.url) as visit:
        login(visit.page, "reception", password)
        visit.page.goto("/caseview/list/")

At the end of the block a `watched` visit fails if any page asked another host than the portal's for anything, or
wrote an error to the console.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    sync_playwright,
)

ARGUMENTS = [
    "--headless",
    "--no-sandbox",  # tests may run as root, or where a sandbox cannot be made
    "--disable-gpu",
    # a browser of its own accord calls its maker; these keep it quiet
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # and a page that calls another host finds none (intercepting requests instead would switch the cache off)
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Visit:
    """One officer's browser: a context with its own cookies, a first page, and what went wrong so far."""

    context: BrowserContext
    page: Page
    foreign_requests: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)

    def check(self) -> None:
        """AssertionError naming every request to another host and every console error."""
        assert not self.foreign_requests, f"requests to other hosts: {self.foreign_requests}"
        assert not self.console_errors, f"errors on the console: {self.console_errors}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless. One at a time in a process; visits are cheap, browsers are not."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def find_chromium() -> str:
    """`CHROMIUM` if set, else the first that is installed."""
    for program in (os.environ.get("CHROMIUM"), *PROGRAMS):
        found = program and shutil.which(program)
        if found:
            return found
    raise RuntimeError("Chromium is missing: apt-get install chromium")


@contextmanager
def watched(
    browser: Browser, base_url: str, *, expected_errors: Sequence[str] = (), **context_options: Any
) -> Iterator[Visit]:
    """A visit to the portal at `base_url`, in Chinese, 1440 by 900, checked when the block ends well.

    `expected_errors` are regular expressions of console errors that the test provokes, such as
    `"status of 404"`. `context_options` go to Playwright's `new_context`.
    """
    options: dict[str, Any] = {
        "base_url": base_url,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
    }
    context = browser.new_context(**{**options, **context_options})
    context.set_default_timeout(10_000)
    context.set_default_navigation_timeout(30_000)
    try:
        visit = Visit(context, context.new_page())
        _watch(visit, urlsplit(base_url).netloc, [re.compile(pattern) for pattern in expected_errors])
        yield visit
        visit.check()
    finally:
        context.close()


def _watch(visit: Visit, portal: str, expected_errors: Sequence[re.Pattern[str]]) -> None:
    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.netloc != portal:
            visit.foreign_requests.append(request.url)

    def note(text: str) -> None:
        if not any(pattern.search(text) for pattern in expected_errors):
            visit.console_errors.append(text)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            note(f"{message.text} ({message.location.get('url', '')})")

    def on_web_error(error: WebError) -> None:
        note(str(error.error))

    def on_page(page: Page) -> None:
        page.on("websocket", lambda socket: visit.foreign_requests.append(socket.url))

    visit.context.on("request", on_request)
    visit.context.on("console", on_console)
    visit.context.on("weberror", on_web_error)
    visit.context.on("page", on_page)
    on_page(visit.page)


def login(page: Page, user: str, password: str) -> None:
    """Sign in by the form as a person would; AssertionError with the page's words when it is refused."""
    page.goto("/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")
    refused = urlsplit(page.url).path.startswith("/login")
    assert not refused, f"{user} was not let in: {page.inner_text('body')[:500]}"
