"""What can be asked of the portal, read from its own route map, and what must be answered to whom.

Nothing here names a view: a route's permission is FAB's, its rows are those of its view's model (`world.py` plants
them), its actions and pickers are the view's own. So a new view is in the leak matrix as soon as it is registered.
A route this cannot read fails the tests with what is missing.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.api import BaseApi
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import config
from app.cases.models import Case
from app.core.scope import Scoped
from app.documents.jobs import PrintJob
from app.documents.models import Document
from app.events.models import MassEvent
from app.incentives.models import Notice, NoticeFigure
from app.incentives.models_scores import NoticeStanding
from tests.support.world import ID_NUMBERS, MARK, PHONES, SEERS, Planted, World

Permission = tuple[str, str]

PUBLIC = {
    "static": "the portal's own style, script and icon",
    "appbuilder.static": "Flask-AppBuilder's styles and scripts",
    "VerifyView.ask": "whoever holds a paper may ask whether it is genuine",
    "VerifyView.paper": "whoever holds a paper may ask whether it is genuine",
    "healthz": "is the process alive",
    "readyz": "does the database answer",
    "metrics": "figures for monitoring; from this host alone unless the office says otherwise",
    "StartView.index": "sends on to the sign-in page or to the officer's first page",
    "UtilView.back": "goes back in the browser session's own history",
    "LocaleView.index": "the language of the screen",
    "SignInView.login": "signing in",
    "SignInView.logout": "signing out",
    "SecurityApi.login": "signing in by interface; the account's lock-out holds for it",
    "SecurityApi.refresh": "asks for a refresh token itself",
    "ExpertView.door": "an expert's one-time link; what it opens is asked of the link",
    "ExpertView.seat": "the one session of that link, in the browser that opened it",
    "CalendarFeedView.sessions": "an officer's private calendar address, revocable",
    "PetitionView.look_up": "the petitioner's own look-up by code and number (art. 18, 21); tests/public",
    "PetitionView.progress": "the petition that this browser proved it knows",
    "PetitionView.letter": "a letter that was delivered to this petitioner",
    "PetitionView.evaluate": "the petitioner's own evaluation (art. 21)",
    "PetitionView.review": "the petitioner's own request (art. 35)",
    "PetitionView.recheck": "the petitioner's own request (art. 36)",
    "PetitionView.leave": "forgets the petition in this browser",
}
"""Every route that needs no permission, and why."""
LEFT_OUT = {
    "static",
    "appbuilder.static",
    "SignInView.logout",
    "SignInView.login",
}  # files; what ends the session

# routes whose row is not of their view's model
OTHER_ROWS: dict[str, type[Any]] = {
    "NoticeView.figure": NoticeFigure,
    **{f"PrintJobView.{verb}": PrintJob for verb in ("job", "advance", "stop", "resume", "pdf", "receipts")},
    **{f"PaperStepView.{verb}": Document for verb in ("submit", "review", "sign", "void", "deliver", "docx")},
    "EventReportView.add": MassEvent,
    "NoticeView.score": NoticeStanding,
    "NoticeObjectionView.add": Notice,
}
# a right that the handler asks for itself, beside the one that opens its page
NEEDED_TOO: dict[str, Permission] = {"NoticeView.compute": ("compute_notice", "NoticeView")}
# cards above the list count rows of other models, through the scope; their own tests say which
CARDS_OF_OTHERS = {"MeasureView.list"}
# a paper that is not issued yet is not there, though its row is
NO_PAPER_YET = {"NoticeView.pdf", "ConsequenceView.pdf", "YearRankingView.pdf"}
ABSENT = ("2000000000", "99999999999999999999")
REFUSED, NOT_THERE, FOUND = "refused", "not there", "found"
MARKS = re.compile(f"{MARK}([{''.join(SEERS)}])")
PLAIN = re.compile("|".join([*ID_NUMBERS.values(), *PHONES.values()]))


@dataclass(frozen=True)
class Ask:
    """One request: `needs` are permissions of which one suffices (None: public); `row` is what it is about."""

    endpoint: str
    method: str
    url: str
    needs: frozenset[Permission] | None
    row: Planted | None = None
    absent: bool = False
    data: dict[str, Any] = field(default_factory=dict, hash=False)
    model: type[Any] | None = None  # of a list: whose rows may be counted
    whole: bool = False  # the list shows every row within reach

    def expected(self, who: str | None, granted: frozenset[Permission]) -> str:
        if self.needs is not None and not self.needs & granted:
            return REFUSED
        if self.absent or (self.row and self.row.seers is not None and who not in self.row.seers):
            return NOT_THERE
        return FOUND

    @property
    def way(self) -> tuple[str, str]:
        return self.endpoint, self.method

    def __str__(self) -> str:
        return f"{self.method} {self.url} ({self.endpoint})"


# ---- who may what: from the files, not from the database ------------------------------------------------------------


def permissions() -> dict[str, frozenset[Permission]]:
    """What each officer of the cast is granted by seeds/demo_office.yaml and seeds/roles.yaml."""
    seeds = config.ROOT / "seeds"
    roles = yaml.safe_load((seeds / "roles.yaml").read_text(encoding="utf-8"))
    officers = yaml.safe_load((seeds / "demo_office.yaml").read_text(encoding="utf-8"))["officers"]
    return {
        officer["username"]: frozenset(
            (permission, view)
            for role in officer["roles"]
            for view, allowed in roles[role]["permissions"].items()
            for permission in allowed
        )
        for officer in officers
    }


def permission_of(app: Flask, endpoint: str) -> frozenset[Permission] | None:
    """The permissions of which one opens a route, or None where it asks for none by itself."""
    view, method = view_of(app, endpoint), endpoint.partition(".")[2]
    if view is None:
        return None
    name = view.class_permission_name
    if endpoint in NEEDED_TOO:
        return frozenset({NEEDED_TOO[endpoint]})
    if method == "pick":
        return frozenset({("can_add", name), ("can_edit", name)})
    handler = getattr(view, method)
    if not hasattr(handler, "_permission_name"):
        return None
    return frozenset({(f"can_{view.get_method_permission(method)}", name)})


def view_of(app: Flask, endpoint: str) -> Any:
    name = endpoint.partition(".")[0]
    return next((v for v in app.extensions["appbuilder"].baseviews if type(v).__name__ == name), None)


# ---- the questions --------------------------------------------------------------------------------------------------


def questions(app: Flask, world: World) -> list[Ask]:
    """Every route × method × row, actions and pickers one by one."""
    asked: list[Ask] = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in LEFT_OUT:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            asked += _of_rule(app, world, rule, method)
    return asked


def _of_rule(app: Flask, world: World, rule: Rule, method: str) -> Iterator[Ask]:
    endpoint, arguments = rule.endpoint, set(rule.arguments)
    view, needs = view_of(app, endpoint), permission_of(app, endpoint)
    last = endpoint.partition(".")[2]
    if last in ("action", "action_post"):
        yield from _actions(world, rule, view)
    elif arguments == {"column"}:
        yield from _pickers(rule, needs, view)
    elif arguments & {"pk", "case_id"}:
        name = next(iter(arguments))
        model = Case if name == "case_id" else OTHER_ROWS.get(endpoint) or view.datamodel.obj
        for row in _one_of_each(world.of(model)):
            yield Ask(endpoint, method, _url(rule, {name: row.id}), needs, row)
        for number in (*ABSENT, *(() if f"<int:{name}>" in rule.rule else ("abc",))):
            yield Ask(endpoint, method, _url(rule, {name: number}), needs, absent=True)
    elif arguments == {"token"}:  # a private address: any other token is none
        yield Ask(
            endpoint, method, _url(rule, {"token": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}), needs, absent=True
        )
    elif arguments == {"code"}:  # nobody here proved to be a petitioner
        yield Ask(endpoint, method, _url(rule, {"code": "ABCDEFGHJKLM"}), needs)
    elif arguments <= {"version", "locale"}:
        url = _url(rule, {"version": "v1", "locale": "zh"})
        model = view.datamodel.obj if last in ("list", "get_list") else None
        whole = not getattr(view, "base_filters", None)
        yield Ask(endpoint, method, url, needs, model=model, whole=whole)
        if method == "GET" and view is not None:
            yield Ask(endpoint, method, f"{url}?{_attack(view)}", needs, model=model)
    else:
        raise LookupError(f"{endpoint} {rule.rule}: tell tests/support/matrix.py what {arguments} are")


def _url(rule: Rule, values: dict[str, Any]) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda found: str(values[found[1]]), rule.rule)


def _one_of_each(rows: Iterable[Planted]) -> list[Planted]:
    """One row for each group of officers who may see it; of those for everybody, all that were planted."""
    return list({row.seers or row.id: row for row in rows}.values())


def _actions(world: World, rule: Rule, view: Any) -> Iterator[Ask]:
    for name in view.actions:
        needs = frozenset({(view.get_action_permission_name(name), view.class_permission_name)})
        rows: list[Planted | str] = [*_one_of_each(world.of(view.datamodel.obj)), *ABSENT]
        for row in rows:
            planted = row if isinstance(row, Planted) else None
            number = row.id if isinstance(row, Planted) else row
            data = {} if "pk" in rule.arguments else {"action": name, "rowid": [str(number)]}
            url = _url(rule, {"name": name, "pk": number})
            yield Ask(rule.endpoint, "POST", url, needs, planted, planted is None, data)
    yield Ask(rule.endpoint, "POST", _url(rule, {"name": "nothing", "pk": 1}), None, absent=True)


def _pickers(rule: Rule, needs: Any, view: Any) -> Iterator[Ask]:
    for column in view.remote:
        for words in ("", "?q=" + MARK, "?q=%25", "?page=9999999999"):
            yield Ask(rule.endpoint, "GET", _url(rule, {"column": column}) + words, needs)
    yield Ask(rule.endpoint, "GET", _url(rule, {"column": "password"}), needs, absent=True)


def _attack(view: Any) -> str:
    """A query that asks for too much: a search for the marks, an order by a text, no end of rows, others' rows."""
    name, model = type(view).__name__, getattr(getattr(view, "datamodel", None), "obj", None)
    texts = [c for c in getattr(view, "search_columns", ()) or () if view.datamodel.is_string(c)]
    if isinstance(view, BaseApi):
        found = f"(col:{texts[0]},opr:ct,value:{MARK})" if texts else ""
        return f"q=(filters:!({found}),page:0,page_size:100000,columns:!(id_number,password,fields))"
    hidden = f"_oc_{name}=petitioner_name&_od_{name}=asc&psize_{name}=100000&page_{name}=0"
    search = f"&_flt_2_{texts[0]}={MARK}" if texts and model is not None else ""
    return f"q={MARK}&{hidden}{search}&from=1&case_id=1&pk=1"


def for_officer(asked: list[Ask], who: str | None, granted: frozenset[Permission]) -> list[Ask]:
    """All of them; but where the permission itself is missing, one row stands for the others."""
    kept, seen = [], set()
    for ask in asked:
        refused = ask.expected(who, granted) == REFUSED
        if not refused or ask.way not in seen:
            kept.append(ask)
        if refused:
            seen.add(ask.way)
    return kept


# ---- the answers ----------------------------------------------------------------------------------------------------


def send(client: FlaskClient, ask: Ask) -> TestResponse:
    return client.open(ask.url, method=ask.method, data=ask.data if ask.method == "POST" else None)


def faults(
    ask: Ask, answer: TestResponse, who: str | None, granted: frozenset[Permission], world: World
) -> list[str]:
    """What is wrong with an answer, a sentence each."""
    wrong = []
    expected, status = ask.expected(who, granted), answer.status_code
    if status >= 500:
        wrong.append(f"broke with {status}")
    elif not _fits(expected, ask, status, answer, who):
        wrong.append(f"is {expected} and answered {status} {answer.headers.get('Location', '')}")
    body = _read(answer) + answer.headers.get("Location", "")
    shown = {letter for letter in MARKS.findall(body) if who not in SEERS[letter]}
    if shown:
        wrong.append(f"shows rows of {sorted(shown)}: …{_around(MARKS, body, shown)}…")
    if PLAIN.search(body):
        wrong.append(f"shows a plain number: {PLAIN.findall(body)}")
    if expected == FOUND and ask.model is not None and status == 200:
        wrong += _miscounted(ask, answer, body, who, world)
    return [f"{who or 'nobody'}: {ask} {fault}" for fault in wrong]


def _read(answer: TestResponse) -> str:
    """What an answer says; of a workbook the texts of its parts."""
    content = answer.get_data()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"".join(book.read(name) for name in book.namelist())
    return content.decode("utf-8", "replace")


def _fits(expected: str, ask: Ask, status: int, answer: TestResponse, who: str | None) -> bool:
    if expected == REFUSED:
        if who is not None:
            return status == 403
        return status == 401 or (status == 302 and "/login/" in answer.headers["Location"])
    if expected == NOT_THERE:
        return status == 404
    # a form that is not filled, a step whose turn it is not, a request an interface does not understand
    return (
        status in (200, 302)
        or (status == 404 and ask.endpoint in NO_PAPER_YET)
        or (ask.method != "GET" and status in (400, 401, 409, 415))
        or ask.needs is None
    )


def _around(marks: re.Pattern[str], body: str, shown: set[str]) -> str:
    found = next(m for m in marks.finditer(body) if m[1] in shown)
    return body[max(found.start() - 60, 0) : found.end() + 40].replace("\n", " ")


def _miscounted(ask: Ask, answer: TestResponse, body: str, who: str | None, world: World) -> list[str]:
    """A list counts no row its reader may not see."""
    assert ask.model is not None
    if not issubclass(ask.model, Scoped):
        return []
    mine = sum(1 for row in world.of(ask.model) if row.seers is None or who in row.seers)
    if answer.is_json:
        counted = [int(answer.json["count"])] if answer.json else []
        cards: list[int] = []
    else:
        counted = [int(n) for n in re.findall(r'class="card-title">\s*<h2>\D*(\d+)', body)]
        cards = [int(n) for n in re.findall(r'class="kpi-card[^>]*>\s*<strong>(\d+)', body)]
        cards = [] if ask.endpoint in CARDS_OF_OTHERS else cards
    wrong = [f"counts {n}, of which only {mine} may be seen" for n in (*counted, *cards) if n > mine]
    if ask.whole and counted and counted[0] != mine:
        wrong.append(f"counts {counted[0]}, and {mine} may be seen")
    return wrong
