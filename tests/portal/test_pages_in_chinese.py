"""Whoever of the cast opens whichever page reads Chinese: no Latin word beside names, codes and what rows hold."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter, deque
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import Model
from werkzeug.exceptions import HTTPException

from app.cases.enums import Purpose
from tests.support import office

READ_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-confirm", "data-ok", "data-label")
SILENT = ("script", "style", "code", "kbd")  # codes and keys are what they are
NEVER = ("/logout", "/static", "/swagger", "/api", "/lang", "/back")
TRAIL = "/auditview"  # names tables as the database does

LATIN = re.compile(r"[A-Za-z][A-Za-z'-]*", re.ASCII)
# what a page may show in Latin letters: names of things without Chinese, codes, and what rows themselves hold
ALLOWED = re.compile(
    "|".join(
        [
            r"\b(PDF|Excel|GB/T)\b",
            r"\b[A-Z][A-Z0-9_]+[a-z]?\b",  # C6, D11, T1a, XF2026…, VISIT, T5_OVER
            r"\b[0-9a-f]{64}\b",  # digests
            r"\b[a-z]+(_[a-z0-9]+)+\b",  # keys of settings, step kinds
            r"\{\{.*?\}\}", r"\{%.*?%\}", r"\{unit\}",  # fields of letter texts
            r"\b(notice|receipt|yes|no)\b",  # values of settings and ledger words
            r"\bPublic\b",  # FAB's role for nobody
            *[rf"\b{name}\b" for name in office.CAST],
        ]
    ),
    re.DOTALL | re.ASCII,
)  # fmt: skip


class Reader(HTMLParser):
    """The words of a page as a person meets them, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.script: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if tag in SILENT:
            self.script = found.get("id", "")
        if tag == "a":
            self.links.append(found.get("href", ""))
        self.words += [found[name] for name in READ_ATTRIBUTES if name in found]

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.script = None

    def handle_data(self, data: str) -> None:
        if self.script is None:
            self.words.append(data)
        elif self.script == "portal-texts":  # what portal.js says
            self.words += json.loads(data).values()

    @property
    def latin(self) -> set[str]:
        return set(LATIN.findall(ALLOWED.sub(" ", "\n".join(self.words))))


# ---- an office with a case in every state --------------------------------------------------------------------------

ACCEPTED = ("routing", "signing", "acceptance")
ANSWERED = (*ACCEPTED, "handling", "opinion_draft", "opinion_signing")
WAYS: list[tuple[str | tuple[str, dict[str, Any]], ...]] = [
    (),
    ("routing",),
    ("routing", "objection"),
    ("routing", "signing"),
    ACCEPTED,
    (*ACCEPTED, "extension_request"),
    (*ACCEPTED, "extension_request", "extension_ruling", "opinion_draft"),
    ANSWERED,
    (*ANSWERED, "delivery"),
    (*ANSWERED, "delivery", "closing"),
    ("non_acceptance",),
    ("voiding",),
]


@pytest.fixture
def busy_office(sqlite_app: Flask) -> Flask:
    """A case in every state, some late, an accusation, proposals of supervision and a month's notice."""
    long_ago = office.NOW - dt.timedelta(days=80)
    for way in WAYS:
        office.drive(sqlite_app, office.register_case(sqlite_app), *way)
    for way in ((), ("routing",), ACCEPTED):
        case = office.register_case(sqlite_app, at=long_ago, people_count=3)
        office.drive(sqlite_app, case, *way, at=long_ago + dt.timedelta(days=1))
    office.register_case(sqlite_app, purpose=Purpose.ACCUSATION, accused="某单位")
    runner = sqlite_app.test_cli_runner()
    with sqlite_app.app_context():
        for command in (["tick"], ["notice", f"{office.NOW:%Y-%m}"]):
            answer = runner.invoke(args=command)
            assert answer.exit_code == 0, answer.output
    return sqlite_app


BUTTONS = (
    "reception",
    "land_officer",
    "land_head",
    "office",
    "office_head",
    "supervisor",
)  # see every case page
PAGES_OF_A_KIND = 3


class Walk:
    """Follows links as one officer after another; of each kind of page a few, of the case page all that differ."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.seen: set[tuple[str, ...]] = set()
        self.count: Counter[tuple[str, ...]] = Counter()
        self.found: list[str] = []

    def go(self, username: str) -> None:
        client = office.signed_in(self.app, username)
        ahead = deque(["/"])
        while ahead:
            path = ahead.popleft()
            if not self.worthwhile(path, username):
                continue
            answer = client.get(path, follow_redirects=True)
            assert answer.status_code < 500, f"{username} {path}: {answer.status_code}"
            if answer.mimetype == "text/html" and answer.status_code == 200:
                page = Reader(answer.text)
                known = set(Model.metadata.tables) if answer.request.path.startswith(TRAIL) else set()
                if foreign := page.latin - known:
                    self.found.append(f"{username} {path}: {sorted(foreign)}")
                ahead += [link for link in page.links if link.startswith("/")]

    def worthwhile(self, path: str, username: str) -> bool:
        address = urlsplit(path).path
        if address.startswith(NEVER):
            return False
        try:
            endpoint, values = self.app.url_map.bind("localhost").match(address)
        except HTTPException:
            return False
        own = address == "/" or (endpoint == "CaseView.show" and username in BUTTONS)
        kind = (endpoint, username if own else "")
        place = (*kind, *map(str, values.values()))
        if place in self.seen or (not own and self.count[kind] == PAGES_OF_A_KIND):
            return False
        self.seen.add(place)
        self.count[kind] += 1
        return True


@pytest.mark.slow
def test_no_page_speaks_english(busy_office: Flask) -> None:
    walk = Walk(busy_office)
    for username in office.CAST:
        walk.go(username)
    assert len(walk.seen) > 100
    assert not walk.found, "\n".join(walk.found)


def refused(client: FlaskClient, path: str, **data: str) -> set[str]:
    answer = client.post(path, data=data, follow_redirects=True)
    return Reader(answer.text).latin


def test_refusals_and_errors_are_chinese(sqlite_app: Flask) -> None:
    stranger = sqlite_app.test_client()
    assert not Reader(stranger.get("/login/").text).latin
    assert not refused(stranger, "/login/", username="reception", password="wrong")
    assert not Reader(stranger.get("/cases/list/", follow_redirects=True).text).latin
    reception = office.signed_in(sqlite_app, "reception")
    for path in ("/nowhere", "/cases/show/999999", "/users/list/", "/registration/add"):
        assert not Reader(reception.get(path, follow_redirects=True).text).latin, path
    assert not refused(reception, "/registration/add")
    assert not refused(
        reception, "/registration/add", petitioner_name="王", people_count="x", id_number="12", phone="x"
    )
    assert not refused(reception, "/resetmypassword/form", password="a", conf_password="b")
    sysadmin = office.signed_in(sqlite_app, "sysadmin")
    assert not refused(sysadmin, "/users/add", username="reception", typed_password="a")
    assert not refused(sysadmin, "/unitview/add", name=office.LAND)
