"""The demo office's one matter that letters did not move: three supervision letters, then 约谈 with its record, 通报
and 挂牌督办. The office proposes, the joint conference decides, at times that lie in their order before now."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import clocks
from app.cases import operations as cases
from app.cases.enums import State
from app.cases.models import Case
from app.core.db import db
from app.core.scope import seeing_all
from app.organisation.models import Officer
from app.supervision import ladder, reminders
from app.supervision import operations as supervision
from app.supervision.conditions import FEEDBACK
from app.supervision.ladder_models import Method, Rung, SupervisionMeasure, SupervisionReminder
from app.supervision.ladder_steps import (
    MeasureDecision,
    SupervisionContact,
    SupervisionReminderStep,
    TalkRecord,
)
from app.supervision.letter import Wording
from app.supervision.models import Supervision, SupervisionGround
from app.supervision.steps import SupervisionLetter

TITLE = "反映宅基地确权登记三年未办结"
FIRST_LETTER = 60  # days ago; the case's sixty days were over then
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
DEMAND = "一、立即组织补测，依法办理十八户宅基地确权登记。\n二、书面报告逾期未办结的原因、责任人和完成时限。"
MEASURES = {
    "TALK": "三次督办后仍未补测，也未反馈，负责人须当面说明。",
    "CIRCULAR": "约谈时承诺一周内启动补测，逾期未启动。",
    "LISTED": "通报后补测仍未完成，十八户群众三年未领到证书。",
}


class Climb:
    """Leads the matter up; every verb is taken by the officer whose task it is."""

    def __init__(self, case: Case, officers: dict[str, Officer], now: dt.datetime) -> None:
        self.case, self.officers, self.now = case, officers, now
        self.persons = f"{officers['land_head']} 局长\n{officers['land_officer']} 承办人"

    def letters(self) -> dt.datetime:
        """Three of them, each on the working day after the one before was not answered in time; when that is again."""
        at = _working(self.now - FIRST_LETTER * DAY)
        self._first(at)
        at = self._unanswered()
        self._visit(at - DAY)
        for _nth in range(2):
            self._again(at)
            at = self._unanswered()
        return at

    def _first(self, at: dt.datetime) -> None:
        ground = db.session.scalars(sa.select(SupervisionGround).where(SupervisionGround.code == "G1")).one()
        problem = "该事项办理期限已届满，你单位至今未出具处理意见书。"
        words = Wording(ground, "", problem, DEMAND, _days(), self.officers["supervisor"])
        matter = supervision.draft(Supervision(), self.case, words, self.officers["office"], at)
        supervision.sign(SupervisionLetter(), matter, self.case, self.officers["office_head"], at + HOUR)
        _commit()

    def _again(self, at: dt.datetime) -> None:
        problem = "我办已就该事项发函督办，你单位逾期未反馈，补测仍未启动。"
        draft = SupervisionReminder(problem=problem, demand=DEMAND, days=_days())
        reminders.draft(self.case, draft, self.officers["office"], at)
        reminders.sign(self.case, SupervisionReminderStep(), self.officers["office_head"], at + HOUR)
        _commit()

    def _visit(self, at: dt.datetime) -> None:
        made = SupervisionContact(
            method=Method.ON_SITE, what="到石桥村二组查看，十八户界址桩均未补测。", next="发函再次督办"
        )
        cases.take(made, self.case, self.officers["supervisor"], at)
        _commit()

    def _unanswered(self) -> dt.datetime:
        due = max(clock.due_legal for clock in clocks.running(self.case, FEEDBACK))
        return _working(dt.datetime.combine(due + DAY, dt.time(9, 30)))

    def measure(self, code: str, at: dt.datetime) -> None:
        rung = db.session.scalars(sa.select(Rung).where(Rung.code == code)).one()
        talk: dict[str, Any] = {}
        if rung.recorded:
            day = _working(at + 2 * DAY)
            talk = {"persons": self.persons, "meet_at": f"{day.month}月{day.day}日9时30分，区信联办"}
        made = SupervisionMeasure(rung=rung, facts=MEASURES[code], demand=DEMAND, **talk)
        ladder.propose(self.case, made, self.officers["office"], at)
        ladder.decide(self.case, MeasureDecision(note="同意"), self.officers["convener"], at + HOUR)
        _commit()

    def talk(self, at: dt.datetime) -> None:
        held = TalkRecord(
            held_on=at.date(), place="区信联办", led_by=f"{self.officers['convener']} 召集人", persons=self.persons,
            problems="办理逾期，三次督办未反馈，信访人多次来访无人答复。", demands="一周内启动补测，一个月内完成登记。",
            commitments="一周内完成补测招标，局长每周向信联办报告一次进度。",
        )  # fmt: skip
        ladder.record_talk(self.case, held, self.officers["office"], at)
        _commit()


def build(officers: dict[str, Officer], now: dt.datetime) -> int:
    """Measures decided; commits. The last one's days still run."""
    session: Session = db.session()
    found = sa.select(Case).where(Case.title == TITLE, Case.state == State.HANDLING)
    case = session.scalars(found).first()
    if case is None:
        return 0
    with seeing_all("the ladder of the demo office"):
        climb = Climb(case, officers, now)
        at = climb.letters()
        climb.measure("TALK", at)
        held = _working(at + 2 * DAY)
        climb.talk(held + 2 * HOUR)
        climb.measure("CIRCULAR", _working(held + 7 * DAY))
        climb.measure("LISTED", max(_working(held + 9 * DAY), _before(now - 4 * DAY)))
    return len(MEASURES)


def _working(at: dt.datetime) -> dt.datetime:
    """In the morning of that day, or of the next working day."""
    return dt.datetime.combine(clocks.calendar().roll_forward(at.date()), dt.time(9, 30))


def _before(at: dt.datetime) -> dt.datetime:
    """In the morning of that day, or of the last working day before it."""
    day = at.date()
    while not clocks.calendar().is_workday(day):
        day -= DAY
    return dt.datetime.combine(day, dt.time(9, 30))


def _days() -> int:
    return clocks.rule(FEEDBACK).length


def _commit() -> None:
    session: Session = db.session()
    session.commit()
