"""What each kind of step says when a test does not care, and who takes it. Names of units and officers stand for
them, `TODAY` for the day of the step, `ANOTHER` for any other case."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.cases.enums import (
    Adoption,
    AdviceKind,
    DeliveryWay,
    Disposal,
    GuidanceResult,
    Jurisdiction,
    LegalPath,
    MatterKind,
    Outcome,
    RecusalGround,
    RefusalGround,
    Settlement,
)
from app.evaluation.steps import Rating, Subject
from app.packages.models import Tier
from app.packages.steps import NoteKind
from app.reception.models import VisitKind
from app.review.models import Conclusion
from app.supervision.ladder_models import Method

LAND, LABOUR = "云岭区自然资源局", "云岭区人力资源和社会保障局"
TODAY, ANOTHER = "today", "another case"

FACTS: dict[str, dict[str, Any]] = {
    # from the register to the unit, or out of the procedure
    "routing": {"target": LAND, "legal_path": LegalPath.C6, "note": "按职责分工"},
    "classification": {"matter_kind": MatterKind.CLAIM, "legal_path": LegalPath.C6},
    "spot_answer": {
        "findings": "征收0.8亩，已公告", "answer": "补偿标准为每亩四万元", "basis": "区政府征收补偿公告",
        "outcome": Outcome.EXPLAINED,
    },
    "guidance_follow_up": {"result": GuidanceResult.TAKEN, "what": "电话核实，已受理"},
    "advice": {"way": AdviceKind.WORK, "problem": "同类事项多发", "advice": "公开发放明细", "basis": "信息公开条例"},
    "advice_feedback": {"adoption": Adoption.ADOPTED, "reason": "已公开"},
    "transfer": {"target": LAND, "basis": "土地征收属自然资源部门职责"},
    "assignment_draft": {
        "target": LAND, "feedback_days": 45, "demand": "查清事实，依法处理", "supervisor": "supervisor"
    },
    "assignment": {},
    "guidance": {"procedure": "行政复议", "organ": "云岭区人民政府行政复议机构", "limits": "六十日内"},
    "handover": {"organ": "市纪委监委"},
    "handover_receipt": {"received_on": TODAY, "feedback": "已收到"},
    "no_longer": {"final_number": "市政复核〔2025〕8号", "final_on": dt.date(2025, 11, 3), "reason": "事实和理由相同"},
    "non_acceptance": {"ground": RefusalGround.NOT_OURS, "reason": "不属本机关职责", "turn_to": "区人民法院"},
    "dispute": {"level": Jurisdiction.SUPERIOR, "reason": "两单位均认为非本单位职责"},
    "jurisdiction_ruling": {"target": LABOUR, "reason": "以主要诉求定主管部门"},
    "objection": {"reason": "该事项属住建局职责"},
    "objection_ruling": {"reason": "经审核", "agreed": False},
    # at the unit
    "acceptance": {"procedure": "听取陈述、调查核实"},
    "handling": {"what": "入户走访，核对补偿清单"},
    "extension_request": {"days": 30, "reason": "需测绘机构复核面积"},
    "extension_ruling": {"approved": True},
    "opinion_draft": {
        "findings": "征地面积2.3亩", "basis": "《土地管理法》第四十八条", "opinion": "补发差额",
        "outcome": Outcome.SUPPORTED,
    },
    "suggestion_reply": {"adoption": Adoption.PARTLY, "reason": "增设公示栏已列入计划"},
    "statutory_reply": {
        "findings": "该场未办环评", "basis": "《环境影响评价法》第二十五条", "decision": "已立案查处",
        "remedy": "可以依法申请行政复议或者提起行政诉讼",
    },
    "mediation": {
        "way": Settlement.MEDIATION, "consent": True, "parties": "王秀英、云岭区自然资源局", "terms": "十日内支付差额"
    },
    # answered
    "delivery": {"way": DeliveryWay.DIRECT, "received_on": TODAY, "receiver": "王秀英"},
    "closing": {"settled": True},
    "report": {"result": "已补发到位", "petitioner_view": "满意", "settled": True},
    "report_review": {"passed": True, "reason": "事实清楚，同意办结"},
    "settling": {"disposal": Disposal.SOLVED, "evidence": "回访记录：已到账"},
    "archiving": {"shelf": "2026-001"},
    "supervising_leader": {"leader": "李副局长"},
    "package_leader": {"leader": "钱局长"},
    "withdrawal": {"written": True, "own_will": True, "reason": "已与村里谈妥"},
    "correction": {"field": "title", "new_value": "反映征地补偿款少发", "reason": "录入有误"},
    "evaluation": {"subject": Subject.UNIT, "rating": Rating.SATISFIED, "evidence": "录音第12号"},
    "call_back": {"talk": "对金额仍有疑问"},
    # review chain
    "review_request": {"received_on": TODAY, "reason": "面积认定有误"},
    "review_opinion": {
        "conclusion": Conclusion.MAINTAINED, "findings": "面积无误", "basis": "《信访工作条例》第三十五条",
        "opinion": "予以维持",
    },
    "review_delivery": {"way": DeliveryWay.POST, "received_on": TODAY, "receiver": "王秀英"},
    "recheck_request": {"received_on": TODAY, "reason": "仍不服"},
    "request_forwarded": {"sent_by": "EMS 1043，区政府收发室"},
    "hearing_start": {"since": TODAY, "place": "市政务中心"},
    "hearing_end": {"until": TODAY, "record": "双方陈述"},
    "recheck_opinion": {"conclusion": Conclusion.MAINTAINED, "number": "市政复核〔2026〕9号", "opinion": "予以维持"},
    # two persons, other cases, too near
    "void_request": {"reason": "重复录入"},
    "voiding": {"reason": "重复录入"},
    "merge_request": {"into": ANOTHER, "reason": "同一事项"},
    "merging": {"into": ANOTHER, "reason": "同一事项"},
    "repeat_confirmed": {"first": ANOTHER},
    "repeat_rejected": {"other": ANOTHER},
    "kind_linked": {"reason": "同一项目征地"},
    "split": {"claim": ANOTHER, "claim_number": "XF2026030099"},
    "recusal": {"who": "labour_head", "ground": RecusalGround.RELATIVE, "reason": "系当事人近亲属"},
    "recusal_ruling": {"reason": "关系已经消失"},
    # leaders and supervision
    "supervision_contact": {"method": Method.CALL, "what": "催问进展"},
    "supervisor_named": {"supervisor": "supervisor", "reason": "工作调整"},
    "hard_matter": {"reason": "涉及人数多，历史成因复杂"},
    "package_opened": {
        "leader": "leader", "responsible": "钱国栋 局长", "due_on": TODAY, "feedback_days": 60, "task_force": "专班",
        "plan": "逐户核实",
    },
    "package_note": {"about": NoteKind.VISIT, "happened_on": TODAY, "who": "宋成", "what": "入户走访"},
    "package_handover": {"tier": Tier.DISTRICT, "leader": "convener", "leader_name": "梁宏伟", "reason": "分工调整"},
    "strike_off_request": {"criteria": "全部", "evidence": "回访记录"},
    "strike_off_check": {"passed": True, "findings": "已电话核实"},
    "package_reopening": {"reason": "再次反映", "due_on": TODAY, "feedback_days": 30},
    "instruction": {"leader": "leader", "text": "请依法尽快解决", "feedback_days": 10},
    "instruction_answer": {"done": "已核实", "result": "已补发"},
    "reception_arranged": {
        "leader": "leader", "visit": VisitKind.REGULAR, "meets_on": TODAY, "hours": "9:00", "place": "大厅",
        "heads": "钱国栋 局长",
    },
    "reception_opinion": {"facts": "已核实", "opinion": "拟补发"},
    "reception_called_off": {"reason": "领导出差"},
    "reception_held": {"present": "四方", "record": "听取诉求", "instruction": "尽快解决", "days": 15},
    "reception_closing": {
        "petitioner": Rating.SATISFIED, "evidence": "签字", "leader": Rating.SATISFIED, "unit_says": Rating.SATISFIED
    },
    "talk_record": {
        "held_on": TODAY, "place": "区信联办", "led_by": "梁宏伟", "persons": "钱国栋 局长", "count": 1,
        "problems": "拖延", "demands": "办结", "commitments": "办结",
    },
    "measure_answer": {"causes": "拖延", "done": "办结"},
    "measure_end": {"reason": "已解决"},
}  # fmt: skip

# an officer by name; the responsible unit's own take the rest, its head those of `HEADS`
OFFICE = {
    "routing": "reception", "classification": "reception", "withdrawal": "reception", "evaluation": "reception",
    "transfer": "office", "assignment_draft": "office", "assignment": "office_head", "no_longer": "office_head",
    "handover": "discipline", "handover_receipt": "discipline", "dispute": "office", "jurisdiction_ruling": "convener",
    "objection_ruling": "office", "report_review": "supervisor", "settling": "supervisor", "archiving": "office",
    "supervising_leader": "office", "correction": "office", "call_back": "office", "review_request": "office",
    "review_opinion": "office_head", "review_delivery": "office", "recheck_request": "office",
    "request_forwarded": "office",
    "hearing_start": "office", "hearing_end": "office", "recheck_opinion": "office", "void_request": "office",
    "voiding": "office_head", "merge_request": "office", "merging": "office_head", "repeat_confirmed": "office",
    "repeat_rejected": "office", "kind_linked": "office", "recusal": "office", "recusal_ruling": "office_head",
}  # fmt: skip
HEADS = {"extension_ruling", "opinion_signing", "suggestion_reply", "statutory_reply", "package_leader"}
# steps that somebody else asks for first
ASKED_BY = {"voiding": "void_request", "merging": "merge_request"}
