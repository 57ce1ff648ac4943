"""What was issued and lost its cause by a correction: the portal proposes the lifting, a named person decides."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from app.core.db import db
from app.core.errors import Refusal
from app.documents.models import DocumentState
from app.incentives import consequences, years
from app.incentives.enums import ConsequenceKind, ConsequenceState
from app.incentives.models_course import Consequence
from app.organisation.models import Officer
from tests.incentives.test_year import LAST, corrected, live_through
from tests.support.office import officer_named, signed_in, unit_named

C = ConsequenceState
ISSUED_AT, CORRECTED_AT = dt.datetime(2026, 4, 20, 9), dt.datetime(2026, 5, 1, 9)


def of_the_last() -> list[Consequence]:
    query = sa.select(Consequence).where(Consequence.unit_id == unit_named(LAST).id).order_by(Consequence.id)
    return list(db.session.scalars(query))


def issued(app, months: str) -> list[int]:
    """The months lived through, and all that followed for the last unit drafted and issued."""
    ids = live_through(app, "2026-01", months)
    app.config["FIXED_NOW"] = ISSUED_AT
    with app.app_context():
        inspector = officer_named("inspection")
        for row in of_the_last():
            consequences.draft(row, row.problem, row.demand, dt.date(2026, 5, 20), inspector, ISSUED_AT)
            consequences.issue(row, inspector, ISSUED_AT)
        db.session.commit()
    return ids


def test_the_lifting_is_proposed_shown_and_decided(app, client):
    ids = issued(app, "11")
    app.config["FIXED_NOW"] = CORRECTED_AT
    with app.app_context():
        again = corrected(ids[1], "25", CORRECTED_AT)
        (row,) = of_the_last()
        assert (row.state, row.cause_gone, row.lifting_waits) == (C.ISSUED, again, True)
        assert consequences.waiting_for_lifting(again) == 1
        pk, unit = row.id, row.unit_id
        db.session.scalars(sa.select(Officer).where(Officer.username == "labour_head")).one().unit_id = unit
        db.session.commit()
    page, edit = f"/consequenceview/show/{pk}", f"/consequenceliftingview/edit/{pk}"
    assert "签发" not in client("inspection").get(page).text  # it is issued: nothing to sign
    for reader in ("labour_head", "inspection"):  # the unit concerned reads it too
        assert "是否撤销待决定" in client(reader).get(page).text
    assert edit in client("inspection").get(page).text and edit not in client("labour_head").get(page).text
    form = {"lifted": "y", "lift_reason": "更正后该单位二月不在后三名"}
    for stranger in ("labour_head", "land_head", "sysadmin", "assessor"):
        assert client(stranger).post(edit, data=form).status_code in (302, 403)
    with app.app_context():
        assert of_the_last()[0].lifting_waits
    assert client("inspection").post(edit, data={"lifted": "y", "lift_reason": " "}).status_code == 200
    assert client("inspection").post(edit, data=form).status_code == 302
    with app.app_context():
        (row,) = of_the_last()
        assert (row.state, str(row.lift_decided_by), row.lifted_by) == (C.LIFTED, "杜明察", row.cause_gone)
        assert row.document is not None and row.document.state is DocumentState.VOID
        assert row.document.void_reason == form["lift_reason"]
        with pytest.raises(Refusal):  # once
            consequences.decide_lifting(row, False, "再议", officer_named("inspection"), CORRECTED_AT)
        with pytest.raises(sa.exc.DBAPIError):
            db.session.execute(sa.text("UPDATE consequence SET lift_decided_at = '2026-01-01'"))
    assert "撤销" in client("labour_head").get(page).text
    assert client("labour_head").get(f"/consequenceview/pdf/{pk}").status_code == 200


def test_points_are_given_back_and_the_ranking_waits_for_the_decision(sqlite_app):
    app = sqlite_app
    ids = issued(app, "111")
    app.config["FIXED_NOW"] = CORRECTED_AT
    with app.app_context():
        unit = unit_named(LAST).id
        for other in db.session.scalars(sa.select(Consequence).where(Consequence.unit_id != unit)):
            consequences.dismiss(other, "另行处理", officer_named("inspection"), ISSUED_AT)
        db.session.commit()
        assert consequences.deductions(2026)[unit] > 0 and not consequences.undecided(2026)
        corrected(ids[0], "25", CORRECTED_AT)  # three months running no more; two still are
        rectified, criticised, anew = of_the_last()
        assert rectified.lifting_waits
        assert (anew.month, anew.kind, anew.state) == ("2026-03", ConsequenceKind.RECTIFICATION, C.PROPOSED)
        assert criticised.kind is ConsequenceKind.CRITICISM
        assert criticised.lifting_waits and consequences.deductions(2026)[unit] > 0  # proposed, not done
        assert consequences.undecided(2026) == 1
        ranking = years.propose_ranking(2026, CORRECTED_AT)
        with pytest.raises(Refusal, match="1"):
            years.decide_ranking(ranking, "同意", officer_named("convener"), dt.datetime(2027, 1, 5))
        consequences.decide_lifting(
            criticised, True, "不再连续三个月", officer_named("inspection"), CORRECTED_AT
        )
        assert unit not in consequences.deductions(2026)


def test_it_may_stand_by_a_decision(sqlite_app):
    app = sqlite_app
    ids = issued(app, "11")
    app.config["FIXED_NOW"] = CORRECTED_AT
    with app.app_context():
        again = corrected(ids[1], "25", CORRECTED_AT)
        (row,) = of_the_last()
        consequences.decide_lifting(
            row, False, "问题属实，继续整改", officer_named("inspection"), CORRECTED_AT
        )
        db.session.commit()
        assert (row.state, row.lifting_waits) == (C.ISSUED, False)
        corrected(again.id, "1", CORRECTED_AT + dt.timedelta(days=40))  # not asked again
        assert [(one.state, one.lifting_waits) for one in of_the_last()] == [(C.ISSUED, False)]
        pk = row.id
    assert "决定予以维持" in signed_in(app, "inspection").get(f"/consequenceview/show/{pk}").text


def test_a_cause_that_comes_back_takes_the_proposal_away(sqlite_app):
    app = sqlite_app
    ids = issued(app, "11")
    app.config["FIXED_NOW"] = CORRECTED_AT
    with app.app_context():
        again = corrected(ids[1], "25", CORRECTED_AT)
        assert of_the_last()[0].lifting_waits
        corrected(again.id, "-25", CORRECTED_AT + dt.timedelta(days=40))
        (row,) = of_the_last()
        assert (row.state, row.cause_gone_id) == (C.ISSUED, None)


def test_what_was_lifted_may_follow_again(sqlite_app):
    app = sqlite_app
    ids = issued(app, "11")
    app.config["FIXED_NOW"] = CORRECTED_AT
    with app.app_context():
        again = corrected(ids[1], "25", CORRECTED_AT)
        consequences.decide_lifting(
            of_the_last()[0], True, "原因不存在", officer_named("inspection"), CORRECTED_AT
        )
        db.session.commit()
        corrected(again.id, "-25", CORRECTED_AT + dt.timedelta(days=40))
        assert [row.state for row in of_the_last()] == [C.LIFTED, C.PROPOSED]


def test_the_migration_goes_down_and_up_with_what_was_lifted(sqlite_app):
    app = sqlite_app
    ids = issued(app, "11")
    app.config["FIXED_NOW"] = CORRECTED_AT
    with app.app_context():
        corrected(ids[1], "25", CORRECTED_AT)
        row = of_the_last()[0]
        consequences.decide_lifting(row, True, "原因不存在", officer_named("inspection"), CORRECTED_AT)
        db.session.commit()
        pk = row.id
        db.session.remove()
        downgrade(revision="0080")
        query = sa.text("SELECT state, dismiss_reason FROM consequence WHERE id = :pk")
        assert db.session.execute(query, {"pk": pk}).one() == ("DISMISSED", "原因不存在")
        db.session.remove()
        upgrade()
        assert db.session.get_one(Consequence, pk).cause_gone_id is None
        db.session.remove()
