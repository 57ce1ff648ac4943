"""What the demo's own office did: notices are published, overdue matters proposed, letters sent, and where they did not
help measures decided; a leader has packages, matters are consulted on, and the reception calendar stands."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import demo_consultations, demo_ladder
from app.cases import clocks
from app.cases.enums import MatterKind, State
from app.cases.models import Case
from app.core import moment
from app.core.db import db
from app.events import operations as events
from app.events.models import EventReport, MassEvent, Place, ReportKind
from app.incentives import consequences
from app.incentives import operations as notices
from app.organisation.models import Officer
from app.packages import batches, instructions
from app.packages import operations as packages
from app.packages.models import CaseBatch
from app.packages.steps import Instruction, PackageOpened
from app.reception import calendar
from app.reception import operations as receptions
from app.reception.models import Reception, VisitKind
from app.reception.steps import ReceptionArranged
from app.supervision import desk, duties, letter
from app.supervision import operations as supervision
from app.supervision.conditions import FEEDBACK
from app.supervision.ladder_models import Method, SupervisionPlan
from app.supervision.models import Supervision, SupervisionState
from app.supervision.steps import SupervisionLetter

NOTICES = 3  # months
LETTERS = ("land_officer", "labour_officer")  # whose unit has a letter to answer


def work(papers: bool) -> str:
    """Commits; returns what was done in a sentence."""
    today, now = moment.today(), moment.now()
    months = _months_before(today, NOTICES)
    officers = {officer.username: officer for officer in db.session.scalars(sa.select(Officer))}
    for first in months:
        _notice(first, officers, now, papers)
    climbed = demo_ladder.build(officers, now) if papers else 0
    proposals = len(duties.run(today).proposals)
    db.session.commit()
    signed = sum(_letter(officers, name, now) for name in LETTERS) if papers else 0
    led = _leaders(officers, now) if papers else 0
    talked = demo_consultations.build(officers, now) if papers else 0
    calendar.generate(today.year)
    session: Session = db.session()
    session.commit()
    if papers:
        _beside(officers, now)
    done = f"{len(months)} notices, {proposals} proposals, {signed} supervision letters"
    return f"{done}, {climbed} measures, {led} packages, {talked} consultations"


def _leaders(officers: dict[str, Officer], now: dt.datetime) -> int:
    """The leader's package of each unit that has officers, one instruction, and a matter for Friday's list."""
    session: Session = db.session()
    for name in LETTERS:
        unit = officers[name].unit
        query = sa.select(Case).where(
            Case.unit_id == officers[name].unit_id,
            Case.state == State.HANDLING,
            Case.kind == MatterKind.CLAIM,
        )
        case, *others = session.scalars(query.order_by(Case.id.desc()).limit(2)).all()
        opened = PackageOpened(
            leader=officers["leader"], responsible=f"{officers[name.replace('officer', 'head')]} 局长",
            due_on=now.date() + dt.timedelta(days=45), task_force=f"{unit}、区信联办、属地镇",
            plan="一、查清事实和政策依据。\n二、当面听取意见，提出解决方案。\n三、按期落实，回访信访人。",
        )  # fmt: skip
        packages.open_package(case, opened, officers["office"], now)
        said = Instruction(
            leader=officers["leader"], text="请查清事实，依法尽快解决，并当面向群众说明。", feedback_days=10
        )
        instructions.give(case, said, officers["leader"], now)
        for other in others:
            why = Reception(why="涉及政策衔接，需要领导协调", history="责任单位正在调查核实")
            receptions.put_forward(other, why, officers["office"], now)
        session.commit()
    return len(LETTERS)


def _beside(officers: dict[str, Officer], now: dt.datetime) -> None:
    """Friday's list is out and one of its matters arranged; a batch, an event, and a week's plan."""
    session: Session = db.session()
    receptions.draw_up_list(officers["office"], now)
    receptions.friday_list(officers["office_head"], now)
    session.commit()
    first = session.scalars(sa.select(Reception).order_by(Reception.id)).first()
    day = calendar.next_reception(now.date() + dt.timedelta(days=3))
    if first is not None and day is not None:
        arranged = ReceptionArranged(
            leader=officers["leader"], visit=VisitKind.REGULAR, meets_on=day.day, hours=day.hours or "9:00—11:30",
            place=day.place or "区信访接待大厅", heads=f"{officers['land_head']} 局长",
        )  # fmt: skip
        receptions.arrange(first.case, arranged, officers["office"], now)
    batch = CaseBatch(name="省级交办积案第一批", source="省信访工作联席会议", from_above=True, received_on=now.date(),
                      due_on=now.date() + dt.timedelta(days=90))  # fmt: skip
    session.add(batch)
    session.flush()
    open_ones = sa.select(Case.number).where(Case.state == State.HANDLING, Case.kind == MatterKind.CLAIM)
    numbers = session.scalars(open_ones.order_by(Case.id).limit(8)).all()
    batches.add_cases(batch, "\n".join(numbers), now.date())
    event = events.record(
        MassEvent(level=Place.COUNTY, happened_at=now - dt.timedelta(hours=1), place="区政务中心", people=56,
                  demands="要求按时足额支付拖欠工资", unit=officers["labour_head"].unit,
                  leader=f"{officers['labour_head']} 局长"), officers["office"], now,
    )  # fmt: skip
    told = EventReport(kind=ReportKind.FIRST, people=56, situation="推选5名代表接谈，秩序平稳。",
                       measures="区人社局负责人现场接谈，核实欠薪数额，三个工作日内答复代表。")  # fmt: skip
    events.report(event, told, officers["office"], now)
    sent = sa.select(Supervision).where(Supervision.sent_at.is_not(None)).order_by(Supervision.id)
    matter = session.scalars(sent).first()
    if matter is not None:
        planned = SupervisionPlan(
            week=now.date(), method=Method.ON_SITE, purpose="实地查看整改进展，当面听取信访人意见"
        )
        desk.plan(planned, matter.case, officers["supervisor"], now.date())
    session.commit()


def _months_before(today: dt.date, count: int) -> list[dt.date]:
    """The first days of the months before this one, the oldest first."""
    found = [today.replace(day=1)]
    for _month in range(count):
        found.append((found[-1] - dt.timedelta(days=1)).replace(day=1))
    return found[:0:-1]


def _notice(first: dt.date, officers: dict[str, Officer], now: dt.datetime, papers: bool) -> None:
    """A month's notice: open to objections at the next month's beginning, signed when the term was over."""
    month, after = f"{first:%Y-%m}", (first + dt.timedelta(days=31)).replace(day=1)
    begun = dt.datetime.combine(after, dt.time(9))
    notice = notices.compute(month, begun.date(), officers["office"])
    notices.open_to_objections(notice, officers["office"], begun)
    assert notice.objections_until is not None
    signed = dt.datetime.combine(notice.objections_until + dt.timedelta(days=1), dt.time(15))
    if signed < now:  # in the first days of a month the units may still object
        notices.publish(notice, officers["office_head"], signed, paper=papers)
        consequences.propose(notice, signed.date())
    db.session.commit()


def _letter(officers: dict[str, Officer], name: str, now: dt.datetime) -> int:
    session: Session = db.session()
    unit = officers[name].unit_id
    query = (
        sa.select(Supervision).where(Supervision.state == SupervisionState.PROPOSED).order_by(Supervision.id)
    )
    matter = next((m for m in session.scalars(query) if m.case.unit_id == unit), None)
    if matter is None:
        return 0
    words = letter.suggested(matter.case, matter)
    term = clocks.rule(FEEDBACK).length
    ground = matter.trigger.ground if matter.trigger is not None else None
    wording = letter.Wording(ground, "", words["problem"], words["demand"], term, officers["supervisor"])
    supervision.draft(matter, matter.case, wording, officers["office"], now)
    session.commit()
    supervision.sign(SupervisionLetter(), matter, matter.case, officers["office_head"], now)
    session.commit()
    return 1
