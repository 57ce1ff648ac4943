"""Every deadline of domain.md §1.4 by the portal's own steps: when it starts, when it ends, both its dates.

T1a and T2 begin by who registers, in tests of their own; T6 is the extension of T5.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import clocks, operations, shown
from app.cases.enums import Channel, LegalPath
from app.cases.models import Case, Clock, ClockRule
from app.core.db import db
from app.core.errors import Refusal
from app.core.workdays import Why
from app.review.models import Conclusion
from tests.cases import lives
from tests.cases.lives import (
    ANSWERED,
    ASSIGNED,
    CLOSED,
    DELIVERED,
    HANDLING,
    RECHECK,
    REVIEWED,
    SIGNED,
    live,
    on_path,
)
from tests.support import office


def on(day: str, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour))


def dates(app, case: int, code: str) -> tuple[str, str, str]:
    clock = lives.clock(app, case, code)
    return clock.started_on.isoformat(), clock.due_stat.isoformat(), clock.due_legal.isoformat()


# code: (steps that start it, step that ends it, length, counted in, owed by whom)
LIFE = {
    "T1": ((), "routing", 15, "DAYS", office.RECEPTION),
    "T3": (("routing",), "acceptance", 15, "DAYS", office.LAND),
    "T4": (("routing",), "objection", 5, "WORKDAYS", office.LAND),
    "T5": (HANDLING, "opinion_signing", 60, "DAYS", office.LAND),
    "T7": (DELIVERED, "review_request", 30, "DAYS", office.LAND),
    "T8": ((*DELIVERED, "review_request"), "review_opinion", 30, "DAYS", office.CONFERENCE),
    "T9": ((*REVIEWED, "review_delivery"), "recheck_request", 30, "DAYS", office.LAND),
    "T10": (RECHECK, "recheck_opinion", 30, "DAYS", None),
    "T11": (("assignment_draft", "assignment"), "report_review", 45, "DAYS", office.LAND),
    "T12": ((*HANDLING, "advice"), "advice_feedback", 30, "DAYS", office.LAND),
    "T13": (DELIVERED, None, 30, "DAYS", office.LAND),
    "L1": ((*SIGNED, "objection"), "objection_ruling", 3, "WORKDAYS", office.CONFERENCE),
    "L2": (ANSWERED, "delivery", 5, "WORKDAYS", office.LAND),
    "L3": (DELIVERED, "closing", 10, "WORKDAYS", office.LAND),
    "L5": ((*SIGNED, "objection", "dispute"), "jurisdiction_ruling", 10, "WORKDAYS", office.CONFERENCE),
    "L6": ((*ASSIGNED, "report"), "report_review", 5, "WORKDAYS", office.CONFERENCE),
    "L9": ((on_path(LegalPath.C2), "guidance"), "guidance_follow_up", 30, "DAYS", office.RECEPTION),
    "L7": ((*DELIVERED, "evaluation"), "call_back", 5, "WORKDAYS", office.CONFERENCE),
}
WAYS = {  # what lies between a clock's start and its end
    "T3": ("signing",), "T5": ("opinion_draft",), "T9": (),
    "T11": ("signing", "acceptance", "opinion_draft", "opinion_signing", "delivery", "report"),
}  # fmt: skip


@pytest.mark.parametrize("code", LIFE)
def test_a_clock_from_its_start_to_its_end(app, code):
    steps, end, length, counted_in, owner = LIFE[code]
    case = live(app, *steps)
    clock = lives.clock(app, case, code)
    assert (clock.started_on, clock.length, clock.counted_in.name) == (office.NOW.date(), length, counted_in)
    assert (clock.owner.name if clock.owner else None) == owner
    assert clock.due_legal >= clock.due_stat > clock.started_on and clock.certain
    with app.app_context():
        law = db.session.scalars(sa.select(ClockRule).where(ClockRule.code == code)).one()
        assert clock.duty is law.duty and law.article
        lines = clocks.explained(db.session.get_one(Clock, clock.id))
        assert sum(line.counted for line in lines) == length and lines[-1].day == clock.due_legal
    if end is None:
        return
    lives.go(app, case, *WAYS.get(code, ()), end, at=on("2026-03-04"))
    ended = lives.clock(app, case, code)
    assert (ended.id, ended.stopped_on) == (clock.id, dt.date(2026, 3, 4))
    assert lives.last_step(app, case, "late") == (False,)


def test_a_town_that_registers_owes_the_notice_itself(app):
    case = live(app, by="town_officer")
    clock: Any = lives.clock(app, case, "T2")
    assert (clock.length, clock.owner.name, clock.due_legal) == (15, office.TOWN, dt.date(2026, 3, 17))
    lives.take(app, case, "acceptance", at=on("2026-03-05"), by="town_officer")
    assert lives.clock(app, case, "T2").stopped_on == dt.date(2026, 3, 5)


def test_the_county_has_four_of_the_fifteen_days(app):
    """T1a (domain.md §1.4): what the national bureau registered; and it comes from above."""
    case = live(app, at=on("2026-03-02"), channel=Channel.SUPERIOR, national=True)
    clock: Any = lives.clock(app, case, "T1a")
    assert (clock.length, clock.due_legal, clock.owner.name) == (4, dt.date(2026, 3, 6), office.RECEPTION)
    assert lives.running(app, case) == {"T1a"}
    lives.take(app, case, "transfer", at=on("2026-03-06"))
    assert lives.clock(app, case, "T1a").stopped_on == dt.date(2026, 3, 6)
    assert lives.last_step(app, case, "late") == (False,)
    with pytest.raises(Refusal) as refusal:
        live(app, channel=Channel.LETTER, national=True)
    assert refusal.value.field == "channel"


@pytest.mark.parametrize("path", [LegalPath.C5, None], ids=["C5", "suggestion"])
def test_no_law_gives_other_paths_sixty_days(app, path):
    content = {} if path else lives.SUGGESTION
    case = live(app, ("routing", {"legal_path": path}), "signing", "acceptance", **content)
    clock = lives.clock(app, case, "L4")
    with app.app_context():
        rule = db.session.scalars(sa.select(ClockRule).where(ClockRule.code == clock.code)).one()
        assert rule.local and rule.article == "本地规定"


VECTORS = [  # domain.md §1.4
    ("T1", "2026-01-31", "2026-02-15", "2026-02-24"),
    ("T1", "2026-03-02", "2026-03-17", "2026-03-17"),
    ("T5", "2026-02-10", "2026-04-11", "2026-04-13"),
    ("T5+30", "2026-02-10", "2026-05-11", "2026-05-11"),
    ("T5", "2026-08-07", "2026-10-06", "2026-10-08"),
    ("T8", "2026-09-06", "2026-10-06", "2026-10-08"),
    ("T4", "2026-02-12", "2026-02-26", "2026-02-26"),
    ("T4", "2026-04-30", "2026-05-11", "2026-05-11"),
    ("T4", "2026-09-28", "2026-10-10", "2026-10-10"),
]


@pytest.mark.parametrize(("code", "start", "stat", "legal"), VECTORS)
def test_the_vectors_through_the_portals_own_steps(app, code, start, stat, legal):
    steps = {"T1": (), "T4": ("routing",), "T8": (*DELIVERED, "review_request")}.get(code, HANDLING)
    case = live(app, *steps, at=on(start))
    if code.endswith("+30"):
        lives.go(app, case, "extension_request", "extension_ruling", at=on("2026-04-13"))
    assert dates(app, case, code[:2]) == (start, stat, legal)


@pytest.mark.usefixtures("quick_papers")
def test_both_dates_and_the_article_are_shown(app):
    app.config["FIXED_NOW"] = on("2026-01-31")
    case = live(app)
    page = office.signed_in(app, "reception").get(f"/cases/show/{case}").get_data(as_text=True)
    assert "2026-02-24" in page and "第22条" in page and "春节" in page
    assert "2026-02-15" in page


@pytest.mark.usefixtures("quick_papers")
def test_every_clock_explains_itself(sqlite_app):
    """Law or local rule, what it runs from and since when, both dates, and each day: for every deadline there is."""
    app = sqlite_app
    case = live(app, at=on("2026-01-31"))
    with app.app_context():
        found = db.session.get_one(Case, case)
        step = db.session.scalars(sa.select(operations.Step).where(operations.Step.case_id == case)).one()
        for row in db.session.scalars(sa.select(ClockRule).where(ClockRule.code != "T1")):
            clocks.start(found, row.code, dt.date(2026, 1, 31), step)
        db.session.commit()
    page = office.signed_in(app, "office").get(f"/cases/show/{case}").get_data(as_text=True)
    parts = {
        name: part
        for part in page.split('<details class="clock"')[1:]
        for name in [part.split("<strong>")[1].split("</strong>")[0]]
    }
    with app.app_context():
        known = {(c.rule.name): c for c in db.session.get_one(Case, case).clocks}
        assert set(parts) == set(known) and {"引导后跟踪", "转交复查复核申请", "领导批示反馈"} <= set(parts)
        for name, clock in known.items():
            part = parts[name]
            law = "本地规定" if clock.rule.local else clock.rule.article
            assert f"<dt>依据条款</dt><dd>{law}" in part, name
            assert f"<dt>起算</dt><dd>{clock.rule.starts} 2026-01-31" in part and clock.rule.starts, name
            assert f"<dt>考核到期日</dt><dd>{clock.due_stat}" in part, name
            assert f"<dt>法定到期日</dt><dd>{clock.due_legal}" in part, name
            for line in clocks.explained(clock):
                assert f"<td>{line.day}</td>" in part, name


def test_a_local_rule_says_so_whatever_else_it_refers_to(sqlite_app):
    with sqlite_app.test_request_context("/"):
        assert [shown.article(ClockRule(local=local, article=article)) for local, article in (
            (True, "本地规定"), (True, ""), (True, "沿用2005年条例口径"), (False, "第34条"),
        )] == ["本地规定", "本地规定", "本地规定（沿用2005年条例口径）", "第34条"]  # fmt: skip


# ---- extension -------------------------------------------------------------------------------------------------------


def test_an_extension_is_approved_before_the_time_ends(app):
    case = live(app, *HANDLING, at=on("2026-02-10"))  # due on 13 April
    lives.take(app, case, "extension_request", at=on("2026-04-13"), days=10)
    with pytest.raises(Refusal, match="34"):
        lives.take(app, case, "extension_ruling", at=on("2026-04-14"))
    lives.take(app, case, "extension_ruling", at=on("2026-04-14"), approved=False)
    assert dates(app, case, "T5")[2] == "2026-04-13"
    with pytest.raises(Refusal, match="34"):
        lives.take(app, case, "extension_request", at=on("2026-04-14"))


def test_an_extension_is_counted_on_from_the_start_and_happens_once(app):
    case = live(app, *HANDLING, "extension_request", "extension_ruling", at=on("2026-02-10"))
    clock = lives.clock(app, case, "T5")
    assert (clock.extended_by, clock.due_stat) == (30, dt.date(2026, 5, 11))
    with pytest.raises(Refusal, match="34"):
        lives.take(app, case, "extension_request", at=on("2026-04-01"))
    with app.app_context(), pytest.raises(sa.exc.DBAPIError):  # nor by anybody's SQL
        db.session.execute(sa.update(Clock).where(Clock.id == clock.id).values(extended_by=20))
    with app.app_context(), pytest.raises(sa.exc.DBAPIError):
        db.session.execute(sa.update(Clock).where(Clock.id == clock.id).values(due_legal=dt.date(2027, 1, 1)))


# ---- hearing ---------------------------------------------------------------------------------------------------------


def test_a_hearing_takes_its_days_out_of_the_re_examination(app):
    case = live(app, *RECHECK)
    assert dates(app, case, "T10")[1:] == ("2026-04-01", "2026-04-01")
    lives.take(app, case, "hearing_start", at=on("2026-03-10"))
    open_hearing = lives.clock(app, case, "T10")
    assert open_hearing.due_stat > dt.date(2027, 1, 1), "nothing falls due while it is open"
    lives.take(app, case, "hearing_end", at=on("2026-03-14"))
    assert dates(app, case, "T10")[1:] == ("2026-04-06", "2026-04-07")
    with app.app_context():
        lines = clocks.explained(db.session.get_one(Clock, open_hearing.id))
        assert [line.day.day for line in lines if line.why is Why.SUSPENDED] == [10, 11, 12, 13, 14]
    lives.take(app, case, "recheck_opinion", at=on("2026-04-07"))
    assert lives.last_step(app, case, "late") == (False,)


@pytest.mark.parametrize(("kind", "said"), [
    ("hearing_start", {"since": dt.date(2026, 3, 11)}), ("hearing_start", {"since": dt.date(2026, 3, 1)}),
])  # fmt: skip
def test_a_hearing_lies_between_the_request_and_today(app, kind, said):
    case = live(app, *RECHECK)
    with pytest.raises(Refusal) as refused:
        lives.take(app, case, kind, at=on("2026-03-10"), **said)
    assert refused.value.field == "since"


def test_a_hearing_suspends_nothing_else(app):
    case = live(app, *HANDLING)
    with app.app_context(), pytest.raises(Refusal, match="36"):
        clocks.suspend(
            db.session.get_one(Clock, lives.clock(app, case, "T5").id), dt.date(2026, 3, 10), "听证"
        )


# ---- rights and duties -----------------------------------------------------------------------------------------------


def test_rights_run_on_after_closing_and_make_no_step_late(app):
    case = live(app, *CLOSED)
    assert lives.running(app, case) == {"T7", "T13"}
    lives.take(app, case, "review_request", at=on("2026-04-01"))
    assert lives.last_step(app, case, "late") == (False,)
    other = live(app, *REVIEWED, "review_delivery", "closing")
    assert "T9" in lives.running(app, other)
    lives.take(app, other, "recheck_request", at=on("2026-04-01"))
    assert office.state_of(app, other) == "RECHECK"


def test_a_request_counts_from_the_day_it_was_received(app):
    case = live(app, *DELIVERED)  # until 1 April
    lives.take(app, case, "review_request", at=on("2026-04-03"), received_on=dt.date(2026, 4, 1))
    assert dates(app, case, "T8")[0] == "2026-04-01"
    for received, where in (
        (dt.date(2026, 4, 2), "35"),
        (dt.date(2026, 4, 4), "future"),
        (dt.date(2026, 3, 1), ""),
    ):
        late = live(app, *DELIVERED)
        with pytest.raises(Refusal) as refused:
            lives.take(app, late, "review_request", at=on("2026-04-03"), received_on=received)
        assert where in str(refused.value) and refused.value.field == "received_on"


def test_a_right_that_is_over_is_over(app):
    case = live(app, "routing")
    with pytest.raises(Refusal, match="23"):
        lives.take(app, case, "objection", at=on("2026-03-10"))
    lives.take(app, case, "objection", at=on("2026-03-09", 17))
    assert office.state_of(app, case) == "OBJECTED"


@pytest.mark.parametrize(("steps", "kind", "last"), [
    ((), "routing", "2026-03-17"), (SIGNED, "acceptance", "2026-03-17"),
    ((*HANDLING, "opinion_draft"), "opinion_signing", "2026-05-06"), (ANSWERED, "delivery", "2026-03-09"),
    ((*DELIVERED, "review_request"), "review_opinion", "2026-04-01"), (RECHECK, "recheck_opinion", "2026-04-01"),
    (("assignment_draft", "assignment", *HANDLING[1:], "opinion_draft", "opinion_signing", "delivery"), "report",
     "2026-03-16"),
])  # fmt: skip
def test_a_late_step_is_taken_and_recorded_as_late(app, steps, kind, last):
    for day, late in ((on(last, 17), False), (on(last) + dt.timedelta(days=1), True)):
        case = live(app, *steps)
        lives.take(app, case, kind, at=day)
        assert lives.last_step(app, case, "kind", "late", "taken_at") == (kind, late, day)


def test_the_term_of_an_assignment_ends_with_the_report_not_with_its_examination(app):
    """Reported on the last day and examined a week later: the unit was in time, the office is not (art. 22 (3))."""
    case = live(app, ("assignment_draft", {"feedback_days": 10}), *ASSIGNED[1:])  # until 12 March
    lives.take(app, case, "report", at=on("2026-03-12"))
    lives.take(app, case, "report_review", at=on("2026-03-20"))
    assert lives.last_step(app, case, "late") == (True,)
    term = lives.clock(app, case, "T11")
    assert (term.due_legal, term.stopped_on) == (dt.date(2026, 3, 12), dt.date(2026, 3, 12))
    again = live(app, ("assignment_draft", {"feedback_days": 10}), *ASSIGNED[1:], "report")
    lives.take(app, again, "report_review", passed=False)  # returned: the term runs on to its first end
    assert lives.clock(app, again, "T11").stopped_on is None
    lives.go(app, again, "opinion_draft", "opinion_signing", "delivery", "report", at=on("2026-03-16"))
    assert lives.last_step(app, again, "late") == (True,)
    lives.take(app, again, "report_review", at=on("2026-03-17"))
    assert lives.clock(app, again, "T11").stopped_on == dt.date(2026, 3, 16)


def test_a_body_above_owes_its_opinion_itself(app):
    case = live(app, *RECHECK)
    clock = lives.clock(app, case, "T10")
    assert clock.unit_id is None
    with office.as_officer(app, "land_officer"):
        mine = sa.select(Clock.id).where(Clock.unit_id == office.officer_named("land_officer").unit_id,
                                         Clock.stopped_on.is_(None), Clock.duty)  # fmt: skip
        assert not db.session.scalars(mine).all(), "not in the bureau's queue"
    page = office.signed_in(app, "office").get(f"/cases/show/{case}").get_data(as_text=True)
    assert "outside the district" in page or "区外机关" in page


def test_no_unit_dodges_the_call_back_by_closing(app):
    case = live(app, *DELIVERED, "evaluation", "closing")
    assert "L7" in lives.running(app, case)
    lives.take(app, case, "call_back", reopen=True)
    assert office.state_of(app, case) == "HANDLING" and "L3" not in lives.running(app, case)
    assert {"L4"} <= lives.running(app, case)


def test_a_recusal_or_a_new_kind_gives_no_new_fifteen_days(app):
    case = live(app)
    lives.take(app, case, "classification", at=on("2026-03-06"), matter_kind=lives.MatterKind.ACCUSATION,
               legal_path=None)  # fmt: skip
    assert dates(app, case, "T1")[0] == "2026-03-02"


def test_a_matter_sent_back_has_its_time_anew(app):
    case = live(app, *SIGNED, "objection")
    lives.take(app, case, "objection_ruling", at=on("2026-03-05"))
    assert dates(app, case, "T1")[0] == "2026-03-05"
    assert lives.clock(app, case, "T3").stopped_on == dt.date(2026, 3, 5)


def test_a_revoked_opinion_has_sixty_days_or_a_reminder(app):
    redo = ("review_opinion", {"conclusion": Conclusion.REDO})
    case = live(app, *DELIVERED, "review_request", redo)
    t5: Any = lives.clock(app, case, "T5")
    assert "T5" in lives.running(app, case) and t5.owner.name == office.LAND
    with app.app_context():
        db.session.execute(sa.text("UPDATE setting SET value = '0' WHERE key = 'redo_starts_anew'"))
        db.session.commit()
    other = live(app, *DELIVERED, "review_request", redo)
    assert {"L4"} <= lives.running(app, other) and "T5" not in lives.running(app, other)


def test_the_case_shows_its_soonest_duty(app):
    case = live(app, *ASSIGNED)
    with app.app_context():
        found = db.session.get_one(Case, case)
        duties = [c.due_legal for c in found.clocks if c.duty and c.stopped_on is None]
        assert found.due_on == min(duties)
    lives.take(app, case, "report")
    lives.take(app, case, "report_review")
    with app.app_context():
        assert db.session.get_one(Case, case).due_on is None


def test_guidance_ends_every_duty_but_looking_after_it(app):
    case = live(app, on_path(LegalPath.C1), "guidance")
    assert lives.running(app, case) == {"L9"}
    assert operations.registered is not None
