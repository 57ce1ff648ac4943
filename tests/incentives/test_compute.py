"""The notice counts the right cases, in the right month, for the right unit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app.cases import clocks
from app.cases.enums import LegalPath, Purpose
from app.cases.models import Case
from app.cases.steps import Step
from app.core.db import db
from app.core.errors import Refusal
from app.incentives import operations
from app.incentives.enums import Verdict
from app.incentives.models import Indicator, Notice, NoticeFigure, NoticeItem
from app.organisation.models import Unit
from tests.support import office
from tests.support.office import LABOUR, LAND, drive, register_case

END = dt.date(2026, 12, 31)


def at(month: int, day: int) -> dt.datetime:
    return dt.datetime(2026, month, day, 10, 0)


def accepted(app, signed: dt.datetime, told: dt.datetime | None, unit: str = LAND, **kw) -> int:
    """A case routed to the unit on one day (its 15 days run) and accepted on another."""
    case = register_case(app, at=signed, **kw)
    drive(app, case, ("routing", {"target": unit, "note": "按职责分工"}), "signing", at=signed)
    if told is not None:
        drive(app, case, "acceptance", at=told)
    return case


def published(notice: Notice, opened: dt.datetime) -> None:
    """Through the objections, which nobody raised, to the signature; without the paper, which has its own tests."""
    operations.open_to_objections(notice, None, opened)
    operations.publish(
        notice, office.officer_named("office_head"), opened + dt.timedelta(days=14), paper=False
    )
    db.session.commit()


def figure(
    notice: Notice, code: str, unit: str | None = None
) -> tuple[int | None, int | None, Decimal | None]:
    query = sa.select(NoticeFigure).where(NoticeFigure.notice_id == notice.id, NoticeFigure.indicator == code)
    query = query.where(NoticeFigure.part == "")
    query = (
        query.where(NoticeFigure.unit_name == unit) if unit else query.where(NoticeFigure.unit_id.is_(None))
    )
    found = db.session.scalars(query).one_or_none()
    return (found.numerator, found.denominator, found.value) if found else (0, 0, None)


def rows(notice: Notice, code: str) -> list[tuple[int, Verdict, int]]:
    query = (
        sa.select(NoticeItem.case_id, NoticeItem.verdict, NoticeItem.days)
        .join(NoticeFigure, NoticeFigure.id == NoticeItem.figure_id)
        .where(NoticeFigure.notice_id == notice.id, NoticeFigure.indicator == code)
        .order_by(NoticeItem.case_id)
    )
    return [tuple(row) for row in db.session.execute(query)]


def test_in_time_late_and_open_are_told_apart(app):
    # all three have to be told until 17 March: fifteen days from the second
    early = accepted(app, at(3, 2), at(3, 17))
    late = accepted(app, at(3, 2), at(3, 20))
    open_ = accepted(app, at(3, 2), None)
    with app.app_context():
        notice = operations.compute("2026-03", dt.date(2026, 4, 1))
        assert rows(notice, "F8") == [
            (early, Verdict.IN_TIME, 0), (late, Verdict.LATE, 3), (open_, Verdict.OPEN_LATE, 15)
        ]  # fmt: skip
        assert figure(notice, "F8", LAND) == figure(notice, "F8") == (1, 3, Decimal("33.33"))


def test_a_case_counts_in_the_month_its_day_falls_in(app):
    accepted(app, at(3, 20), at(3, 21))  # due on 4 April
    with app.app_context():
        assert figure(operations.compute("2026-03", END), "F8") == (0, 0, None)
        assert figure(operations.compute("2026-04", END), "F8") == (1, 1, Decimal("100.00"))


def test_the_plain_date_decides_the_month_not_the_legal_one(app):
    accepted(app, at(5, 16), None)  # 31 May is a Sunday: in law due on 1 June
    with app.app_context():
        assert figure(operations.compute("2026-05", END), "F8") == (0, 1, Decimal("0.00"))


def test_an_answer_counts_where_the_extended_day_falls(app):
    case = accepted(app, at(2, 10), at(2, 10))  # sixty days: 11 April; extended by thirty: 11 May
    drive(app, case, "extension_request", "extension_ruling", at=at(4, 1))
    drive(app, case, "opinion_draft", "opinion_signing", at=at(5, 11))
    with app.app_context():
        assert figure(operations.compute("2026-04", END), "F3") == (0, 0, None)
        notice = operations.compute("2026-05", END)
        assert figure(notice, "F3", LAND) == (1, 1, Decimal("100.00"))
        assert rows(notice, "F3") == [(case, Verdict.IN_TIME, 0)]


def test_units_are_counted_apart_and_together(app):
    accepted(app, at(3, 2), at(3, 3))
    accepted(app, at(3, 2), None, unit=LABOUR, category="劳动和社会保障")
    with app.app_context():
        notice = operations.compute("2026-03", dt.date(2026, 4, 1))
        assert figure(notice, "F8", LAND) == (1, 1, Decimal("100.00"))
        assert figure(notice, "F8", LABOUR) == (0, 1, Decimal("0.00"))
        assert figure(notice, "F8") == (1, 2, Decimal("50.00"))


def test_what_does_not_count(app):
    voided = accepted(app, at(3, 2), None)
    drive(app, voided, "voiding", at=at(3, 5))
    register_case(app, at=at(3, 2), purpose=Purpose.ACCUSATION, accused="某某")
    returned = accepted(app, at(3, 2), None)
    drive(app, returned, "objection", ("objection_ruling", {"agreed": True}), at=at(3, 4))
    with app.app_context():
        notice = operations.compute("2026-03", dt.date(2026, 4, 1))
        assert figure(notice, "F8") == (0, 0, None)
        # forwarding: the voided case and the accusation are left out, the returned one counts once
        assert [row[0] for row in rows(notice, "F1")] == [returned]


def test_repeated_petitions_count_as_the_indicator_says(app):
    case = accepted(app, at(3, 2), at(3, 2), first_time=False)
    drive(app, case, "opinion_draft", "opinion_signing", at=at(3, 9))
    with app.app_context():
        assert figure(operations.compute("2026-05", END), "F3") == (0, 0, None)
        db.session.execute(sa.update(Indicator).where(Indicator.code == "F3").values(first_time_only=False))
        assert figure(operations.compute("2026-05", END), "F3") == (1, 1, Decimal("100.00"))


def test_no_sixty_days_off_path_c6(app):
    case = register_case(app, at=at(3, 2))
    drive(
        app,
        case,
        ("routing", {"legal_path": LegalPath.C5, "note": "按职责分工"}),
        "signing",
        "acceptance",
        at=at(3, 2),
    )
    with app.app_context():
        assert figure(operations.compute("2026-05", END), "F3") == (0, 0, None)


def test_open_cases_of_the_running_month_stand_below_the_line(app):
    accepted(app, at(3, 2), at(3, 3))
    accepted(app, at(3, 9), None)  # due on 24 March
    with app.app_context():
        assert figure(operations.compute("2026-03", dt.date(2026, 3, 10)), "F8") == (1, 2, Decimal("50.00"))
        db.session.execute(sa.update(Indicator).where(Indicator.code == "F8").values(counts_not_due=False))
        assert figure(operations.compute("2026-03", dt.date(2026, 3, 10)), "F8") == (1, 1, Decimal("100.00"))


def test_supervision_letters_are_counted_in_the_month_they_came(app):
    case = accepted(app, at(3, 2), None)
    with app.app_context():
        row = db.session.get_one(Case, case)
        letter = db.session.scalars(
            sa.select(Step).where(Step.case_id == case).order_by(Step.id.desc())
        ).first()
        clocks.start(row, "T_SUP", dt.date(2026, 3, 30), letter)
        notice = operations.compute("2026-03", dt.date(2026, 4, 1))
        assert figure(notice, "S1", LAND) == (None, None, Decimal("1.00"))
        assert figure(operations.compute("2026-04", END), "S1") == (None, None, Decimal("0.00"))


def everything(notice: Notice) -> list[tuple]:
    columns = (
        NoticeFigure.indicator, NoticeFigure.unit_id, NoticeFigure.part, NoticeFigure.numerator,
        NoticeFigure.denominator,
    )  # fmt: skip
    figures = sa.select(*columns, NoticeFigure.value).where(NoticeFigure.notice_id == notice.id)
    figures = figures.order_by(*columns)
    return [tuple(row) for row in db.session.execute(figures)] + rows(notice, "F8") + rows(notice, "F1")


def test_computing_again_replaces_the_draft(app):
    accepted(app, at(3, 2), at(3, 3))
    with app.app_context():
        first = operations.compute("2026-03", dt.date(2026, 4, 1))
        db.session.commit()
        before = everything(first)
        before_items = db.session.scalars(sa.select(NoticeItem.id)).all()
        again = operations.compute("2026-03", dt.date(2026, 4, 1))
        db.session.commit()
        assert again.id == first.id and everything(again) == before
        assert db.session.scalar(sa.select(sa.func.count(NoticeItem.id))) == len(before_items)


def test_a_published_notice_never_changes(app):
    accepted(app, at(3, 2), None)
    with app.app_context():
        notice = operations.compute("2026-03", dt.date(2026, 4, 1))
        published(notice, at(4, 1))
        before, number = everything(notice), notice.id
    late = accepted(app, at(3, 2), at(3, 30))
    assert late
    with app.app_context():
        with pytest.raises(Refusal):
            operations.compute("2026-03", END)
        with pytest.raises(Refusal):
            operations.publish(db.session.get_one(Notice, number), None, at(4, 3))
        db.session.rollback()
        assert everything(db.session.get_one(Notice, number)) == before
        for statement in (
            "UPDATE notice SET month = '2026-02'",
            "UPDATE notice SET state = 'DRAFT', published_at = NULL",
            "DELETE FROM notice",
            "UPDATE notice_figure SET numerator = 0",
            "DELETE FROM notice_figure",
            "UPDATE notice_item SET days = 0",
            "DELETE FROM notice_item",
            "INSERT INTO notice_figure (notice_id, indicator, unit_name, part, numerator, denominator, sealed)"
            f" VALUES ({number}, 'F8', '', '', 0, 0, true)",
        ):
            with pytest.raises(DBAPIError, match=r"append-only|refused"):
                db.session.execute(sa.text(statement))
            db.session.rollback()


def test_a_draft_of_a_running_month_cannot_be_published(app):
    with app.app_context():
        notice = operations.compute("2026-03", dt.date(2026, 3, 31))
        with pytest.raises(Refusal):
            operations.publish(notice, None, at(4, 1))


def test_a_month_to_come_is_refused(app):
    with app.app_context():
        with pytest.raises(Refusal):
            operations.compute("2026-05", dt.date(2026, 4, 30))
        with pytest.raises(ValueError):
            operations.compute("May", dt.date(2026, 4, 30))


def test_a_renamed_unit_keeps_its_name_on_the_notice(app):
    accepted(app, at(3, 2), at(3, 3))
    with app.app_context():
        notice = operations.compute("2026-03", END)
        db.session.scalars(sa.select(Unit).where(Unit.name == LAND)).one().name = "云岭区自然资源和规划局"
        db.session.flush()
        assert figure(notice, "F8", LAND) == (1, 1, Decimal("100.00"))


def test_the_statements_do_not_grow_with_the_cases(sqlite_app):
    app = sqlite_app

    def statements() -> int:
        seen = []
        with app.app_context():
            sa.event.listen(db.engine, "before_cursor_execute", count := lambda *_a: seen.append(1))
            operations.compute("2026-03", END)
            db.session.rollback()
            sa.event.remove(db.engine, "before_cursor_execute", count)
        return len(seen)

    accepted(app, at(3, 2), at(3, 3))
    few = statements()
    for _ in range(5):
        accepted(app, at(3, 2), None, unit=LABOUR)
    assert statements() == few <= 90


def test_the_command(app):
    def run(month: str):
        with app.app_context():  # as the `flask` command itself opens one
            return app.test_cli_runner().invoke(args=["notice", month])

    app.config["FIXED_NOW"] = at(4, 3)
    accepted(app, at(3, 2), at(3, 3))
    done = run("2026-03")
    assert done.exit_code == 0 and "1/1 = 100.00%" in done.output
    assert run("2026-3").exit_code == 2
    assert run("2026-09").exit_code == 1
    with app.app_context():
        published(db.session.scalars(sa.select(Notice)).one(), at(4, 3))
    again = run("2026-03")
    assert again.exit_code == 0 and "stays as it is" in again.output
