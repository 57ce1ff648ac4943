"""What a notice did not know when it was computed stays unknown to its proof and to every recompute."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases.enums import LegalPath, Purpose
from app.cases.models import Case
from app.core.db import db
from app.core.errors import Refusal
from app.incentives import course, operations, proof, reckoning, years
from app.incentives.enums import NoticeState
from app.incentives.facts import Facts
from app.incentives.models import Indicator, Notice, NoticeFigure
from app.incentives.models_year import GivenFigure
from tests.incentives.test_compute import accepted, at, figure, published
from tests.support.office import LABOUR, LAND, drive, officer_named, register_case, unit_named

MORNING, AFTERNOON = dt.datetime(2026, 4, 1, 10, 0), dt.datetime(2026, 4, 1, 15, 0)


def computed(app, moment: dt.datetime = MORNING, month: str = "2026-03") -> int:
    app.config["FIXED_NOW"] = moment
    with app.app_context():
        notice = operations.compute(month, moment.date(), officer_named("office"))
        db.session.commit()
        return notice.id


def proved(app, pk: int) -> list[str]:
    with app.app_context():
        return proof.differences(db.session.get_one(Notice, pk))


def test_the_rest_of_the_working_day_is_not_known(app):
    open_ = accepted(app, at(3, 2), None)
    opened = accepted(app, at(3, 2), None, petitioner_name="李大山")
    pk = computed(app)
    app.config["FIXED_NOW"] = AFTERNOON
    drive(app, open_, "acceptance", at=AFTERNOON)
    late = register_case(app, at=AFTERNOON)
    drive(app, late, ("routing", {"note": "按职责分工"}), at=AFTERNOON)
    drive(app, opened, "voiding", at=AFTERNOON)
    with app.app_context():
        notice = db.session.get_one(Notice, pk)
        assert notice.known_until == MORNING
        assert proof.differences(notice) == []
        operations.open_to_objections(notice, None, AFTERNOON)
        operations.recompute(notice, None)
        db.session.commit()
        assert figure(notice, "F8", LAND) == (0, 2, Decimal("0.00"))
    assert proved(app, pk) == []


@pytest.mark.parametrize("step", ["routing", "transfer"])
def test_a_case_counts_for_the_unit_that_had_it(sqlite_app, step):
    app = sqlite_app
    case = register_case(app, at=at(3, 2))
    drive(app, case, ("routing", {"target": LAND, "note": "按职责分工"}), "signing", "objection", at=at(3, 3))
    pk = computed(app)
    later = dt.datetime(2026, 4, 2, 9)
    drive(app, case, ("objection_ruling", {"agreed": True}), at=later)
    ways: dict[str, dict[str, Any]] = {
        "routing": {"target": LABOUR, "note": "按职责分工", "legal_path": LegalPath.C5},
        "transfer": {"target": LABOUR},
    }
    drive(app, case, (step, ways[step]), at=later)
    with app.app_context():
        assert db.session.get_one(Case, case).unit is unit_named(LABOUR)
        notice = db.session.get_one(Notice, pk)
        assert figure(notice, "F10", LAND) == (0, 1, Decimal("0.00"))
    assert proved(app, pk) == []
    with app.app_context():
        row = Facts(dt.date(2026, 3, 1), dt.date(2026, 3, 31), MORNING.date(), MORNING)
        (fact,) = row.rows(*_cases())
        assert (fact["unit"], fact["path"]) == (unit_named(LAND).id, "C6")


def _cases():
    from app.incentives.enums import Over, Side, Window

    return Over.CASES, "", Window.REGISTERED, 0, Side.UNIT


def test_classified_corrected_and_walled_off_later(sqlite_app):
    app = sqlite_app
    first = register_case(app, at=at(3, 2), people_count=3, representatives=["张三"])
    second = register_case(app, at=at(3, 2), purpose=Purpose.SUGGESTION, petitioner_name="李大山")
    pk = computed(app)
    later = dt.datetime(2026, 4, 2, 9)
    drive(
        app,
        first,
        ("correction", {"field": "people_count", "new_value": "4", "reason": "漏计一人"}),
        at=later,
    )
    drive(app, second, ("classification", {"matter_kind": "ACCUSATION", "legal_path": None}), at=later)
    assert proved(app, pk) == []
    with app.app_context():
        facts = Facts(dt.date(2026, 3, 1), dt.date(2026, 3, 31), MORNING.date(), MORNING).rows(*_cases())
        assert [(row["case_id"], row["people"], row["kind"]) for row in facts] == [
            (first, 3, "CLAIM"), (second, 1, "SUGGESTION")
        ]  # fmt: skip


def test_a_given_figure_replaced_later_still_counts_for_then(sqlite_app):
    app = sqlite_app
    with app.app_context():
        db.session.execute(sa.update(Indicator).where(Indicator.code == "F14").values(active=True))
        for name, value in (("排查", 598), ("排查化解", 586)):
            db.session.add(GivenFigure(month="2026-03", topic="", name=name, value=value, source="台账",
                                       entered_at=dt.datetime(2026, 4, 1, 8)))  # fmt: skip
        db.session.commit()
    pk = computed(app)
    with app.app_context():
        row = db.session.scalars(sa.select(GivenFigure).where(GivenFigure.name == "排查")).one()
        row.replaced, row.replaced_at = True, AFTERNOON
        db.session.commit()
        assert figure(db.session.get_one(Notice, pk), "F14") == (None, None, Decimal("97.99"))
    assert proved(app, pk) == []


def test_what_is_in_force_now_does_not_move_what_the_units_saw(sqlite_app):
    app = sqlite_app
    good, bad = accepted(app, at(3, 2), at(3, 3)), accepted(app, at(3, 2), None, petitioner_name="李大山")
    pk = computed(app)
    with app.app_context():
        notice = db.session.get_one(Notice, pk)
        operations.open_to_objections(notice, None, MORNING)
        basis, words = dict(notice.basis), list(notice.indicators)
        land, head = unit_named(LAND), officer_named("land_head")
        made = course.object_to(notice, land, "F8", db.session.get_one(Case, bad), "有误", head, MORNING)
        db.session.execute(sa.text("UPDATE setting SET value = '1' WHERE key = 'bottom_n'"))
        db.session.execute(
            sa.update(Indicator).where(Indicator.code == "F8").values(expression="share(late)")
        )
        course.decide(made, True, "属实", officer_named("office_head"), AFTERNOON)
        db.session.commit()
        assert notice.indicators == words
        assert notice.basis == basis | {"excluded": [["F8", bad]]}
        assert figure(notice, "F8", LAND) == (1, 1, Decimal("100.00")) and good


def test_what_was_put_right_in_the_records_needs_a_new_term(sqlite_app):
    app = sqlite_app
    case = accepted(app, at(3, 2), None)
    pk = computed(app)
    with app.app_context():
        notice = db.session.get_one(Notice, pk)
        operations.open_to_objections(notice, None, MORNING)
        made = course.object_to(
            notice, unit_named(LAND), "F8", None, "该件系误录", officer_named("land_head"), MORNING
        )
        db.session.commit()
    drive(app, case, "voiding", at=AFTERNOON)
    app.config["FIXED_NOW"] = dt.datetime(2026, 4, 2, 9)
    with app.app_context():
        notice, made = db.session.get_one(Notice, pk), db.session.merge(made)
        course.decide(made, True, "属实，已作废", officer_named("office_head"), dt.datetime(2026, 4, 2, 9))
        db.session.commit()
        assert notice.state is NoticeState.DRAFT and notice.objections_until is None
        assert figure(notice, "F8", LAND) == (0, 0, None) and notice.as_of == dt.date(2026, 4, 2)
        operations.open_to_objections(notice, None, dt.datetime(2026, 4, 2, 9))


# ---- the sheet that cannot be reckoned ----


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE indicator SET active = false WHERE code = 'F3'", "A2"),
        ("UPDATE indicator SET side = 'BUREAU' WHERE code = 'F5'", "A3"),
        ("UPDATE setting SET value = 'GONE' WHERE key = 'score_sheet'", "GONE"),
        ("UPDATE setting SET value = 'zehn' WHERE key = 'petition_weight'", "zehn"),
    ],
)
def test_a_sheet_that_would_give_points_in_silence_is_refused(sqlite_app, change, named):
    with sqlite_app.app_context():
        db.session.execute(sa.text(change))
        with pytest.raises(Refusal) as refused:
            operations.compute("2026-02", NOW.date())
        assert named in str(refused.value)


NOW = dt.datetime(2026, 3, 2, 9)


def test_fractions_stand_only_where_the_figure_is_one(app, client):
    case = accepted(app, at(3, 2), at(3, 2))
    drive(app, case, "opinion_draft", "opinion_signing", at=at(3, 9))
    pk = computed(app, dt.datetime(2026, 5, 6, 9), "2026-04")
    with app.app_context():
        notice = db.session.get_one(Notice, pk)
        rows = db.session.scalars(sa.select(NoticeFigure).where(NoticeFigure.notice_id == pk)).all()
        shares = {words["code"] for words in notice.indicators if words["expression"].startswith("share(")}
        assert {row.indicator for row in rows if row.denominator is not None} == shares
        assert {"F12", "F15"} <= {row.indicator for row in rows} - shares
        assert figure(notice, "F13", LAND) == (1, 1, Decimal("100.00"))  # never came again
        assert all("/" not in line for line in operations.summary(notice) if "同比" in line)
        odd = next(row.id for row in rows if row.indicator == "F15")
    browser = client("office")
    assert browser.get(f"/notices/show/{pk}").status_code == 200
    assert "None" not in browser.get(f"/notices/figure/{odd}").text


def test_a_draft_row_does_not_move_to_a_published_notice(app):
    accepted(app, at(3, 2), None)
    with app.app_context():
        first = operations.compute("2026-03", dt.date(2026, 4, 1))
        published(first, at(4, 1))
        draft, number = operations.compute("2026-04", dt.date(2026, 5, 1)), first.id
        db.session.commit()
        sealed = db.session.scalars(
            sa.select(NoticeFigure.id).where(NoticeFigure.notice_id == number)
        ).first()
        for statement in (
            f"UPDATE notice_figure SET notice_id = {number}, part = 'X' WHERE notice_id = {draft.id}",
            f"UPDATE notice_item SET figure_id = {sealed} WHERE NOT sealed",
            f"UPDATE notice_score SET notice_id = {number} WHERE notice_id = {draft.id}",
            f"UPDATE notice_standing SET notice_id = {number} WHERE notice_id = {draft.id}",
        ):
            with pytest.raises(sa.exc.DBAPIError, match="refused"):
                db.session.execute(sa.text(statement))
            db.session.rollback()
        assert reckoning.excluded("2026-03") == []


# ---- what the words count ----


def test_what_lies_on_the_desk_is_not_sent(sqlite_app):
    app = sqlite_app
    register_case(app, at=at(3, 2))
    sent = register_case(app, at=at(3, 2), petitioner_name="李大山")
    drive(app, sent, ("routing", {"note": "按职责分工"}), "signing", "acceptance", at=at(3, 5))
    pk = computed(app, dt.datetime(2026, 5, 6, 9), "2026-04")
    with app.app_context():
        notice = db.session.get_one(Notice, pk)
        assert figure(notice, "F2") == figure(notice, "F2", LAND) == (1, 1, Decimal("100.00"))


def test_the_day_of_a_petition_is_the_day_lists_day(sqlite_app):
    """After closing time on a Friday the matter belongs to Monday (cases/daily.py)."""
    app = sqlite_app
    friday, monday = dt.datetime(2026, 3, 6, 20, 0), dt.datetime(2026, 3, 9, 9, 0)
    for begun in (friday, dt.datetime(2026, 3, 5, 9, 0)):
        case = register_case(app, at=begun, petitioner_name=f"张{begun.day}山")
        drive(app, case, ("routing", {"note": "按职责分工"}), "supervising_leader", at=monday)
        drive(app, case, "signing", "package_leader", at=monday)
    pk = computed(app)
    with app.app_context():
        assert figure(db.session.get_one(Notice, pk), "F17", LAND) == (1, 2, Decimal("50.00"))


def test_of_a_unit_with_a_veto_no_prize(sqlite_app):
    app = sqlite_app
    accepted(app, at(3, 2), at(3, 3))
    app.config["FIXED_NOW"] = MORNING
    with app.app_context():
        published(operations.compute("2026-03", MORNING.date()), MORNING)
        db.session.execute(sa.text("UPDATE setting SET value = '1' WHERE key = 'ranking_least_months'"))
        land = unit_named(LAND).id
        lines = {line["unit_id"]: line for line in years.propose_ranking(2026, MORNING).lines}
        assert lines[land]["rank"] == 1 and lines[land]["prize"] and not lines[land]["vetoed"]
        db.session.execute(sa.text("DROP TRIGGER keep_notice_standing_update"))
        db.session.execute(sa.text(f"UPDATE notice_standing SET vetoed = true WHERE unit_id = {land}"))
        lines = {line["unit_id"]: line for line in years.propose_ranking(2026, MORNING).lines}
        assert lines[land]["vetoed"] and lines[land]["prize"] == ""
        db.session.execute(sa.text("UPDATE setting SET value = '2' WHERE key = 'ranking_least_months'"))
        assert years.propose_ranking(2026, MORNING).lines[0]["rank"] is None
        db.session.rollback()


def test_what_the_national_statistics_leave_out(sqlite_app):
    app = sqlite_app
    register_case(app, at=at(3, 2))
    of_the_courts = register_case(app, at=at(3, 3), petitioner_name="孙玉梅")
    drive(app, of_the_courts, ("routing", {"legal_path": LegalPath.C1, "note": "按职责分工"}), at=at(3, 3))
    with app.app_context():
        db.session.scalars(sa.select(Indicator).where(Indicator.code == "V1")).one().population = "countable"
        db.session.commit()
        notice = db.session.get_one(Notice, computed(app))
        assert figure(notice, "V1", None)[2] == 1
