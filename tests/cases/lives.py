"""Cases led along any path of domain.md §7.3: what each step says, who takes it, and the same as a form sends it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.cases import operations
from app.cases.enums import (
    Adoption,
    Channel,
    DeliveryWay,
    Disposal,
    Jurisdiction,
    LegalPath,
    MatterKind,
    Outcome,
    Purpose,
    RefusalGround,
    Settlement,
)
from app.cases.models import Case, Clock
from app.cases.step_views import STEP_VIEWS
from app.cases.steps import Step
from app.core import moment
from app.core.db import db
from app.core.enums import LabelledEnum
from app.evaluation.steps import Rating, Subject
from app.organisation.models import Officer, Unit
from app.review.models import Conclusion
from tests.support import office

DISCIPLINE = "中共云岭区纪律检查委员会"
UNITS = ("target", "room", "organ_unit", "proposed", "which")
OFFICERS = ("supervisor", "who")
DAY = "today"  # stands for the day the step is taken

FACTS: dict[str, dict[str, Any]] = {
    "routing": {"target": office.LAND, "room": "涉农事务接访室", "legal_path": LegalPath.C6, "note": "按职责分工"},
    "classification": {"matter_kind": MatterKind.CLAIM, "legal_path": LegalPath.C6},
    "spot_answer": {"answer": "补偿标准为每亩四万元，已全额拨付到村。", "basis": "区政府征收补偿公告"},
    "transfer": {"target": office.LAND, "basis": "土地征收属自然资源部门职责"},
    "assignment_draft": {"target": office.LAND, "feedback_days": 45, "demand": "一、查清事实。\n二、依法处理。",
                         "supervisor": "supervisor"},
    "assignment": {},
    "guidance": {"procedure": "行政复议", "organ": "云岭区人民政府行政复议办公室", "limits": "六十日内"},
    "handover": {"organ": "市纪委监委"},
    "handover_receipt": {"received_on": DAY, "feedback": "已收到"},
    "no_longer": {"final_number": "市政复核〔2025〕8号", "final_on": dt.date(2025, 11, 3), "reason": "事实和理由相同"},
    "dispute": {"level": Jurisdiction.SUPERIOR, "reason": "两单位均认为非本单位职责"},
    "jurisdiction_ruling": {"target": office.LABOUR, "reason": "以主要诉求定主管部门"},
    "signing": {}, "acceptance": {"procedure": "听取陈述、调查核实后，出具信访处理意见书。"},
    "objection": {"reason": "属人社部门职责", "proposed": office.LABOUR},
    "objection_ruling": {"agreed": True, "reason": "核实同意"},
    "non_acceptance": {"ground": RefusalGround.NOT_OURS, "reason": "不属本机关职权", "turn_to": "云岭区人民法院"},
    "handling": {"what": "入户核实", "contacted": True},
    "extension_request": {"days": 30, "reason": "需测绘机构复核面积"},
    "extension_ruling": {"approved": True},
    "opinion_draft": {"findings": "征地2.3亩", "basis": "土地管理法第四十八条", "opinion": "补发差额",
                      "outcome": Outcome.SUPPORTED},
    "opinion_signing": {},
    "suggestion_reply": {"adoption": Adoption.PARTLY, "reason": "增设公示栏已列入计划；其余经费未定。"},
    "statutory_reply": {"findings": "该场未办环评", "basis": "环境影响评价法第二十五条", "decision": "已立案查处。",
                        "remedy": "可以自收到之日起60日内申请行政复议，或者六个月内提起行政诉讼。"},
    "mediation": {"way": Settlement.MEDIATION, "consent": True, "parties": "王秀英、云岭区自然资源局",
                  "terms": "一、十日内支付差额。\n二、双方再无争议。"},
    "delivery": {"way": DeliveryWay.DIRECT, "received_on": DAY, "receiver": "王秀英"},
    "closing": {"settled": True},
    "report": {"result": "已补发到位", "petitioner_view": "满意", "settled": True},
    "report_review": {"passed": True, "reason": "事实清楚，同意办结"},
    "settling": {"disposal": Disposal.SOLVED, "evidence": "回访记录：已到账。", "agreement": True, "voluntary": True},
    "archiving": {"shelf": "2026-001"},
    "supervising_leader": {"leader": "李副局长"}, "package_leader": {"leader": "钱局长"},
    "withdrawal": {"written": True, "own_will": True, "reason": "已与村里谈妥"},
    "correction": {"field": "title", "new_value": "反映征地补偿款少发", "reason": "录入有误"},
    "review_request": {"received_on": DAY, "reason": "面积认定有误"},
    "review_opinion": {"conclusion": Conclusion.MAINTAINED, "findings": "经复查，面积无误", "basis": "条例第三十五条",
                       "opinion": "原意见正确"},
    "review_delivery": {"way": DeliveryWay.POST, "received_on": DAY, "receiver": "王秀英"},
    "recheck_request": {"received_on": DAY, "reason": "仍不服"},
    "hearing_start": {"since": DAY, "place": "市政务中心"}, "hearing_end": {"until": DAY, "record": "双方陈述"},
    "recheck_opinion": {"conclusion": Conclusion.MAINTAINED, "number": "市政复核〔2026〕9号", "opinion": "予以维持"},
    "evaluation": {"subject": Subject.UNIT, "rating": Rating.UNSATISFIED, "evidence": "录音第12号"},
    "call_back": {"talk": "对金额仍有疑问", "reopen": False},
    "void_request": {"reason": "重复录入"}, "voiding": {"reason": "重复录入"},
}  # fmt: skip
ACTORS = {
    "routing": "reception", "classification": "reception", "spot_answer": "room_rural", "transfer": "office",
    "assignment_draft": "office", "assignment": "office_head", "guidance": "office", "handover": "discipline",
    "handover_receipt": "discipline", "no_longer": "office_head", "dispute": "office",
    "jurisdiction_ruling": "convener", "objection_ruling": "office_head", "extension_ruling": "land_head",
    "opinion_signing": "land_head", "suggestion_reply": "land_head", "statutory_reply": "land_head",
    "report_review": "supervisor", "settling": "supervisor", "archiving": "office", "supervising_leader": "office",
    "withdrawal": "reception", "correction": "office", "review_request": "office", "review_opinion": "office_head",
    "review_delivery": "office", "recheck_request": "office", "hearing_start": "office", "hearing_end": "office",
    "recheck_opinion": "office", "evaluation": "reception", "call_back": "office", "void_request": "office",
    "voiding": "office_head",
}  # fmt: skip

# from registration to a state, on C6
SIGNED = ("routing", "signing")
HANDLING = (*SIGNED, "acceptance")
ANSWERED = (*HANDLING, "opinion_draft", "opinion_signing")
DELIVERED = (*ANSWERED, "delivery")
CLOSED = (*DELIVERED, "closing")
ASSIGNED = (
    "assignment_draft",
    "assignment",
    "signing",
    "acceptance",
    "opinion_draft",
    "opinion_signing",
    "delivery",
)
REVIEWED = (*DELIVERED, "review_request", "review_opinion")
RECHECK = (*REVIEWED, "review_delivery", "recheck_request")
SUGGESTION: dict[str, Any] = {"purpose": Purpose.SUGGESTION, "title": "建议增设公示栏"}
ACCUSATION: dict[str, Any] = {"purpose": Purpose.ACCUSATION, "accused": "张三"}
PETITION: dict[str, Any] = {"channel": Channel.VISIT}


def on_path(path: LegalPath) -> tuple[str, dict[str, Any]]:
    return "classification", {"legal_path": path}


def facts_of(kind: str, **said: Any) -> dict[str, Any]:
    return FACTS[kind] | said


def step_of(kind: str, day: dt.date, **said: Any) -> Any:
    """Needs an application context."""
    facts = {name: _row(name, value, day) for name, value in facts_of(kind, **said).items()}
    return Step.__mapper__.polymorphic_map[kind].class_(**facts)


def _row(name: str, value: Any, day: dt.date) -> Any:
    if value == DAY:
        return day
    if name in UNITS and isinstance(value, str):
        return office.unit_named(value)
    return office.officer_named(value) if name in OFFICERS and isinstance(value, str) else value


def take(
    app: Flask, case_id: int, kind: str, at: dt.datetime | None = None, by: str | None = None,
    papers: bool = False, **said: Any,
) -> None:  # fmt: skip
    """One step through `operations.take`, committed; whoever's task it is unless `by` says else."""
    when = at or moment_of(app)
    with app.app_context():
        case = db.session.get_one(Case, case_id)
        officer = office.officer_named(by or ACTORS.get(kind, "land_officer"))
        operations.take(step_of(kind, when.date(), **said), case, officer, when, print_papers=papers)
        db.session.commit()


def moment_of(app: Flask) -> dt.datetime:
    with app.app_context():
        return moment.now()


def live(
    app: Flask, *steps: str | tuple[str, dict[str, Any]], at: dt.datetime | None = None, **content: Any
) -> int:
    """A case of that content led through those steps, all at one moment."""
    case = office.register_case(app, at=at or moment_of(app), **content)
    go(app, case, *steps, at=at)
    return case


def go(
    app: Flask, case: int, *steps: str | tuple[str, dict[str, Any]], at: dt.datetime | None = None
) -> None:
    for item in steps:
        kind, said = (item, {}) if isinstance(item, str) else item
        take(app, case, kind, at, **said)


def form_of(app: Flask, kind: str, **said: Any) -> dict[str, Any]:
    """The step's facts as its form sends them."""
    with app.app_context():
        today = moment.today()
        fields = {}
        for name, value in facts_of(kind, **said).items():
            value = _row(name, value, today)
            if isinstance(value, LabelledEnum):
                value = value.name
            elif isinstance(value, (Unit, Officer)):
                value = value.id
            elif isinstance(value, dt.date):
                value = value.isoformat()
            if isinstance(value, bool):
                value = "y" if value else "false"  # an empty box sends its hidden sister
            if value is not None:
                fields[name] = value
        return fields


def address(kind: str, case: int) -> str:
    return f"/{STEP_VIEWS[kind].__name__.lower()}/add/{case}"


def running(app: Flask, case: int) -> set[str]:
    with app.app_context():
        query = sa.select(Clock.code).where(Clock.case_id == case, Clock.stopped_on.is_(None))
        return set(db.session.scalars(query))


def clock(app: Flask, case: int, code: str) -> Any:
    """The latest clock of that code, loaded and detached."""
    with app.app_context():
        query = sa.select(Clock).where(Clock.case_id == case, Clock.code == code).order_by(Clock.id.desc())
        found = db.session.scalars(query.limit(1)).one()
        assert found.rule and found.suspensions is not None
        _ = found.owner  # loaded, for when it is detached
        db.session.expunge(found)
        return found


def last_step(app: Flask, case: int, *names: str) -> tuple[Any, ...]:
    """Attributes of the latest step; a dotted name goes on from it."""
    with app.app_context():
        query = sa.select(Step).where(Step.case_id == case).order_by(Step.id.desc()).limit(1)
        step = db.session.scalars(query).one()
        found = []
        for name in names:
            value: Any = step
            for part in name.split("."):
                value = getattr(value, part, None)
            found.append(value)
        return tuple(found)
