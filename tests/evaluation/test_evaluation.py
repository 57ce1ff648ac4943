"""Evaluation: the petitioner's own, once each, in the window; what silence and a bad word become (art. 21, MYD)."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.cases import bulk, clocks, operations
from app.cases.enums import Channel, LegalPath, MatterKind, PetitionerType, Purpose, State
from app.cases.models import Case, Category, Clock
from app.cases.steps import Step
from app.core.db import db
from app.core.errors import Refusal
from app.core.models import Setting
from app.evaluation import rules
from app.evaluation.rates import Rates, rates
from app.evaluation.rules import Standing
from app.evaluation.steps import Evaluation, Rating, Subject
from tests.support import office

D = dt.date
AT = dt.datetime(2026, 3, 2, 9)
ANSWER = ("routing", "signing", "acceptance", "opinion_draft", "opinion_signing", "delivery")
LAST = dt.datetime(2026, 4, 1, 9)  # 30 days from receipt
BAD: dict[str, Any] = {"subject": Subject.UNIT, "rating": Rating.UNSATISFIED}


def delivered(app: Any, **kw: Any) -> int:
    case = office.register_case(app, at=AT, **kw)
    office.drive(app, case, *ANSWER, at=AT)
    return case


def evaluate(app: Any, case: int, at: dt.datetime = AT, **facts: Any) -> None:
    """As the petitioner does it: no officer."""
    with app.app_context():
        step = Evaluation(**{"subject": Subject.UNIT, "rating": Rating.SATISFIED} | facts)
        operations.take(step, db.session.get_one(Case, case), None, at, print_papers=False)
        db.session.commit()


def refused(app: Any, case: int, at: dt.datetime = AT, **facts: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        evaluate(app, case, at, **facts)
    return refusal.value


def standing(app: Any, case: int, on: D) -> dict[Subject, Standing]:
    with app.app_context():
        found = db.session.get_one(Case, case)
        return {subject: rules.standing(found, subject, on) for subject in Subject}


# ---- once each, in the window ----------------------------------------------------------------------------------------


def test_each_is_evaluated_once(app):
    case = delivered(app)
    assert set(standing(app, case, AT.date()).values()) == {Standing.PENDING}
    evaluate(app, case, words="耐心细致")
    assert refused(app, case, rating=Rating.UNSATISFIED).field == "subject"
    evaluate(app, case, subject=Subject.BUREAU, rating=Rating.FAIRLY)
    assert set(standing(app, case, AT.date()).values()) == {Standing.DONE}
    assert refused(app, case, subject=Subject.BUREAU).field is None
    assert office.state_of(app, case) == "DELIVERED"


def test_the_window_is_thirty_days_from_receipt(app):
    case = delivered(app)
    assert standing(app, case, LAST.date())[Subject.UNIT] is Standing.PENDING
    refused(app, case, LAST + dt.timedelta(days=1))
    evaluate(app, case, LAST)


def test_the_window_lasts_to_the_working_day(app):
    """2026-04-01 and 30 days is 1 May: holidays to the 5th, so the 6th still counts, and the job ends it then too."""
    case = office.register_case(app, at=AT)
    office.drive(app, case, *ANSWER[:-1], at=AT)
    office.drive(app, case, "delivery", at=LAST)
    assert standing(app, case, D(2026, 5, 6))[Subject.UNIT] is Standing.PENDING
    assert standing(app, case, D(2026, 5, 7))[Subject.UNIT] is Standing.OVERDUE
    with app.app_context():
        assert clocks.end_windows(D(2026, 5, 6)) == 0
        db.session.commit()
    evaluate(app, case, dt.datetime(2026, 5, 6, 17))


def test_silence_is_overdue_never_satisfied(app):
    case = delivered(app)
    after = LAST.date() + dt.timedelta(days=1)
    evaluate(app, case, subject=Subject.BUREAU)
    with app.app_context():
        clocks.end_windows(after)
        db.session.commit()
    assert standing(app, case, after) == {Subject.BUREAU: Standing.DONE, Subject.UNIT: Standing.OVERDUE}
    refused(app, case, LAST + dt.timedelta(days=1))


@pytest.mark.parametrize(
    "kw",
    [{"first_time": False}, {"purpose": Purpose.ACCUSATION}],
)
def test_who_is_not_evaluated(app, kw):
    """Repeats and accusations (MYD art. 3, 5)."""
    case = office.register_case(app, at=AT, **kw)
    if "purpose" not in kw:
        office.drive(app, case, *ANSWER, at=AT)
    assert set(standing(app, case, AT.date()).values()) == {Standing.OUTSIDE}
    refused(app, case)


def test_other_procedures_are_not_evaluated(app):
    with app.app_context():
        for path in LegalPath:
            case = office.case_of(kind=MatterKind.CLAIM, legal_path=path)
            assert rules.evaluable(case) is (path in (LegalPath.C5, LegalPath.C6))


@pytest.mark.parametrize("steps", [(), ANSWER[:3], ANSWER[:-1]])
def test_before_delivery_there_is_nothing_to_evaluate(app, steps):
    case = office.register_case(app, at=AT)
    office.drive(app, case, *steps, at=AT)
    refused(app, case)


def test_who_asks_for_review_may_still_evaluate(app):
    case = delivered(app)
    office.drive(
        app, case, ("review_request", {"received_on": AT.date(), "reason": "不服"}), at=AT, by="office"
    )
    evaluate(app, case, LAST, rating=Rating.FAIRLY)
    assert office.state_of(app, case) == "REVIEW"


# ---- on behalf -----------------------------------------------------------------------------------------------------


def test_on_behalf_only_with_evidence_and_marked(app, client):
    case = delivered(app)
    address = f"/evaluationview/add/{case}"
    form = {"subject": "UNIT", "rating": "SATISFIED", "words": "", "evidence": ""}
    answer = client("reception").post(address, data=form)
    assert answer.status_code == 200
    assert standing(app, case, AT.date())[Subject.UNIT] is Standing.PENDING
    answer = client("reception").post(address, data=form | {"evidence": "签字评价表第12号"})
    assert answer.status_code == 302
    with app.app_context():
        step = db.session.scalars(sa.select(Evaluation)).one()
        assert (step.on_behalf, step.evidence, step.officer.username) == (
            True,
            "签字评价表第12号",
            "reception",
        )
        assert "签字评价表第12号" in step.story()


def test_the_database_wants_evidence_too(app):
    case = delivered(app)
    with app.app_context(), pytest.raises(IntegrityError):
        step = Evaluation(case_id=case, subject=Subject.UNIT, rating=Rating.SATISFIED, on_behalf=True,
                          taken_at=AT, to_state=State.DELIVERED)  # fmt: skip
        db.session.add(step)
        db.session.commit()


def test_an_evaluation_is_never_changed(app):
    case = delivered(app)
    evaluate(app, case, rating=Rating.UNSATISFIED)
    for statement in (sa.update(Evaluation).values(rating=Rating.SATISFIED), sa.delete(Evaluation)):
        with app.app_context(), pytest.raises(Exception, match="append-only"):
            db.session.execute(statement.execution_options(synchronize_session=False))


# ---- call-back and reopening ---------------------------------------------------------------------------------------


def running(app: Any, case: int) -> set[str]:
    with app.app_context():
        return {c.code for c in db.session.get_one(Case, case).clocks if c.stopped_on is None}


def test_a_bad_word_opens_one_call_back(app):
    case = delivered(app)
    evaluate(app, case)
    assert "L7" not in running(app, case)
    evaluate(app, case, subject=Subject.BUREAU, rating=Rating.UNSATISFIED)
    with app.app_context():
        owed = db.session.scalars(sa.select(Clock).where(Clock.code == "L7")).all()
        assert [(c.owner.name, c.due_legal) for c in owed] == [(office.CONFERENCE, D(2026, 3, 9))]
    office.drive(app, case, ("call_back", {"talk": "嫌慢，已说明"}), at=AT, by="office")
    assert "L7" not in running(app, case) and office.state_of(app, case) == "DELIVERED"
    with pytest.raises(Refusal):
        office.drive(app, case, ("call_back", {"talk": "再访"}), at=AT, by="office")


def test_closing_does_not_end_a_call_back(app):
    case = delivered(app)
    evaluate(app, case, **BAD)
    office.drive(app, case, "closing", at=AT)
    assert "L7" in running(app, case)
    with pytest.raises(Refusal, match="called back first"):
        office.drive(app, case, "archiving", at=dt.datetime(2026, 4, 2, 9), by="office")
    office.drive(app, case, ("call_back", {"talk": "已回访"}), at=AT, by="supervisor")
    office.drive(app, case, "archiving", at=dt.datetime(2026, 4, 2, 9), by="office")
    assert office.state_of(app, case) == "ARCHIVED"


@pytest.mark.parametrize("closed", [False, True])
def test_a_call_back_may_open_the_matter_again(app, closed):
    """Handled anew: a new answer, a new delivery, a new window, and both are evaluated once more."""
    case = delivered(app)
    evaluate(app, case, **BAD)
    if closed:
        office.drive(app, case, "closing", at=AT)
    later = dt.datetime(2026, 3, 5, 9)
    office.drive(app, case, ("call_back", {"talk": "补偿仍少", "reopen": True}), at=later, by="office")
    assert office.state_of(app, case) == "HANDLING"
    assert "L4" in running(app, case) and "L3" not in running(app, case)
    refused(app, case, later, subject=Subject.BUREAU)  # the answer is being made anew
    office.drive(app, case, *ANSWER[3:], at=dt.datetime(2026, 3, 20, 9))
    assert set(standing(app, case, D(2026, 3, 20)).values()) == {Standing.PENDING}
    evaluate(app, case, dt.datetime(2026, 3, 20, 10))


def test_an_office_may_forbid_opening_again(app):
    with app.app_context():
        db.session.execute(
            sa.update(Setting).where(Setting.key == "reopen_after_call_back").values(value="0")
        )
        db.session.commit()
    case = delivered(app)
    evaluate(app, case, **BAD)
    with pytest.raises(Refusal) as refusal:
        office.drive(app, case, ("call_back", {"talk": "补偿仍少", "reopen": True}), at=AT, by="office")
    assert refusal.value.field == "reopen"


def test_a_matter_under_review_is_not_opened_by_a_call_back(app):
    case = delivered(app)
    evaluate(app, case, **BAD)
    office.drive(
        app, case, ("review_request", {"received_on": AT.date(), "reason": "不服"}), at=AT, by="office"
    )
    with pytest.raises(Refusal) as refusal:
        office.drive(app, case, ("call_back", {"talk": "不服", "reopen": True}), at=AT, by="office")
    assert refusal.value.field == "reopen"
    office.drive(app, case, ("call_back", {"talk": "已申请复查"}), at=AT, by="office")
    assert office.state_of(app, case) == "REVIEW" and "L7" not in running(app, case)


# ---- the figures of S004 -------------------------------------------------------------------------------------------


def percent(share: Decimal | None) -> Decimal:
    assert share is not None
    return (share * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_rates_over_nothing_are_no_figures():
    nothing = Rates(0, 0, dict.fromkeys(Rating, 0))
    assert nothing.participation is None and nothing.satisfaction is None
    assert rates([(Standing.PENDING, None), (Standing.OUTSIDE, None)]) == nothing


def simulate(count: int) -> list[int]:
    """So many answered and delivered cases, written in bulk with the steps and clocks the verbs would leave."""
    made = bulk.Bulk(db.session.connection())
    land, category = office.unit_named(office.LAND), db.session.scalars(sa.select(Category)).first()
    numbers = []
    for n in range(count):
        case = made.case(
            number=f"XF202603{n:05d}", petitioner_name="某信访人", petitioner_type=PetitionerType.PERSON,
            address="龙泉镇", people_count=1, channel=Channel.VISIT, purpose=Purpose.CLAIM, kind=MatterKind.CLAIM,
            legal_path=LegalPath.C6, category_id=category.id, title="反映补偿", request="请求补发", facts="见清单",
            registered_at=AT, registered_unit_id=land.id, unit_id=land.id, state=State.DELIVERED,
            accepted_on=AT.date(),
        )  # fmt: skip
        common: dict[str, Any] = {"taken_at": AT, "unit_id": land.id}
        made.step(case["id"], "registration", {}, to_state=State.REGISTERED, **common)
        receipt = {"way": "DIRECT", "received_on": AT.date(), "receiver": "本人"}
        step = made.step(
            case["id"], "delivery", receipt, from_state=State.ANSWERED, to_state=State.DELIVERED, **common
        )
        made.clock(case["id"], "T13", AT.date(), step, land.id)
        numbers.append(case["id"])
    made.write()
    db.session.commit()
    return numbers


@pytest.mark.slow
def test_the_figures_of_s004(app):
    """732 cases: 459 satisfied, 219 fairly, 22 not, 32 silent give 95.63 % and 96.86 % (domain.md §8.5)."""
    words = [Rating.SATISFIED] * 459 + [Rating.FAIRLY] * 219 + [Rating.UNSATISFIED] * 22
    with app.app_context():
        cases = simulate(732)
        for number, rating in zip(cases, words, strict=False):
            step = Evaluation(subject=Subject.UNIT, rating=rating)
            operations.take(step, db.session.get_one(Case, number), None, AT)
        db.session.commit()
        after = LAST.date() + dt.timedelta(days=1)
        clocks.end_windows(after)
        db.session.commit()
        found = []
        for number in cases:
            case = db.session.get_one(Case, number)
            given = rules.given(case).get(Subject.UNIT)
            found.append((rules.standing(case, Subject.UNIT, after), given.rating if given else None))
        result = rates(found)
        assert (result.evaluated, result.overdue) == (700, 32)
        assert list(result.by_rating.values()) == [459, 219, 22]
        assert percent(result.participation) == Decimal("95.63")
        assert percent(result.satisfaction) == Decimal("96.86")
        assert db.session.scalar(sa.select(sa.func.count()).where(Clock.code == "L7")) == 22
        assert db.session.scalar(sa.select(sa.func.count()).where(Step.kind == "evaluation")) == 700
