"""What the joint conference decides beyond tasks (domain.md §7.4, L4): an item names the package's leader, rules on
jurisdiction, or lists the matter. Asked when the session decides; set in motion when its minutes are signed, by the
rooms these things belong to, in the same transaction.

Between the two somebody else may have done it, or the matter may have ended. The signature does not wait for that: the
item stays its unit's task, the page says why nothing was set in motion, and the convener may try again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import guards, recusal
from app.cases import operations as cases
from app.cases.enums import State
from app.cases.models import Case
from app.cases.steps import Step
from app.cases.steps_dispatch import JurisdictionRuling
from app.consultation import authority, fields, rules
from app.consultation.enums import ItemKind, SessionState
from app.consultation.models import ConsultationSession, Participant, ResolutionItem
from app.consultation.standing import stand
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.organisation.models import Officer, Unit
from app.packages import leaders
from app.packages import operations as packages
from app.packages.models import LONGEST_TERM, PackageState, Tier
from app.packages.steps import PackageHandover, PackageOpened, PackageReopening
from app.supervision import ladder
from app.supervision.ladder_models import SupervisionMeasure

K = ItemKind
# who is responsible is ruled first: package and listing are that unit's
ORDER = (K.JURISDICTION, K.PACKAGE, K.LISTING)
# the second key beside the level's row (ADR 0013): the role decides such things for the joint conference
KEYS = {
    K.JURISDICTION: "JurisdictionRulingView",
    K.PACKAGE: "MeasureDecisionView",
    K.LISTING: "MeasureDecisionView",
}


# ---- asked when the session decides --------------------------------------------------------------------


def check(session: ConsultationSession, drafts: Sequence[rules.Draft], today: dt.date) -> None:
    """Raises Refusal where an item decides what this level, this case or this leader does not allow."""
    acts = [draft for draft in drafts if draft.kind is not K.TASK]
    if acts and not session.level.by_office:
        raise Refusal(fields.OF_THE_CONFERENCE, f"item{acts[0].place}.kind")
    for draft in acts:
        _role_permits(draft.kind, f"item{draft.place}.kind")
    for kind in ORDER:
        twice = [draft for draft in acts if draft.kind is kind]
        if len(twice) > 1:
            raise Refusal(
                _l("“%(kind)s” is decided once: items %(places)s.", kind=str(kind),
                   places="、".join(str(one.place) for one in twice)), f"item{twice[1].place}.kind",
            )  # fmt: skip
    ruled = next((db.session.get_one(Unit, d.unit_id) for d in acts if d.kind is K.JURISDICTION), None)
    for draft in acts:
        _check_one(session, draft, ruled, today)


def _role_permits(kind: ItemKind, field: str | None = None) -> None:
    if not authority.permitted("can_add", KEYS[kind]):
        raise Refusal(_l("Your role does not decide this for the joint conference."), field)


def _check_one(session: ConsultationSession, draft: rules.Draft, ruled: Unit | None, today: dt.date) -> None:
    case: Case = session.case
    place, unit = draft.place, db.session.get_one(Unit, draft.unit_id)
    if draft.kind is K.JURISDICTION:
        if case.state is not State.DISPUTED:
            raise Refusal(
                _l(
                    "Item %(place)s: no dispute over jurisdiction is open on this case (art. 24).",
                    place=place,
                ),
                f"item{place}.kind",
            )
        guards.GUARDS["able_target"](case, JurisdictionRuling(target=unit), today)
        return
    responsible = ruled or case.unit
    if unit is not responsible:
        raise Refusal(
            _l("Item %(place)s: this is decided on the responsible unit, %(unit)s.", place=place,
               unit=str(responsible or "—")), f"item{place}.unit",
        )  # fmt: skip
    assert draft.due_on is not None
    if not 1 <= (draft.due_on - today).days <= LONGEST_TERM:
        raise Refusal(
            _l("Item %(place)s: its term ends 1 to %(most)s days from now.", place=place, most=LONGEST_TERM),
            f"item{place}.due",
        )
    if draft.kind is K.PACKAGE:
        leader = db.session.get(Officer, draft.leader_id) if draft.leader_id else None
        if leader is None:
            raise Refusal(_l("Item %(place)s names no leader.", place=place), f"item{place}.leader")
        leaders.may_lead(case, leader, today)
    else:
        ladder.resolvable(case, ladder.listing(), today)
        _put_before(session)


# ---- set in motion when the minutes are signed -----------------------------------------------------------


def waiting(session: ConsultationSession) -> list[ResolutionItem]:
    """Items that decide more than a task and have set nothing in motion yet, in the order they do."""
    left = [item for item in session.items if item.kind is not K.TASK and item.started_by_id is None]
    return sorted(left, key=lambda item: ORDER.index(item.kind))


def carry_out(session: ConsultationSession, officer: Officer, at: dt.datetime) -> list[str]:
    """Part of signing the minutes: each item sets in motion what it decides. A sentence for each that could not."""
    said = []
    for item in waiting(session):
        try:
            with db.session.begin_nested():
                _set_in_motion(item, officer, at)
        except Refusal as refusal:
            said.append(_("Item %(place)s has set nothing in motion: %(why)s", place=item.place, why=refusal))
    return said


def start(item: ResolutionItem, officer: Officer, at: dt.datetime) -> None:
    """Again, by the convener, when what stood in the way is gone. Raises Refusal."""
    with seeing_all(f"resolution item {item.id} is set in motion"), db.session.no_autoflush:
        stand(item.session, (SessionState.EXECUTING,))
        authority.must_convene(item.session.level, officer)
        recusal.stay_clear(item.case, officer=officer)
        db.session.refresh(item, with_for_update=True)
        if item not in waiting(item.session):
            raise Refusal(_l("This item has set in motion what it decides."))
        _role_permits(item.kind)
        _set_in_motion(item, officer, at)


def _set_in_motion(item: ResolutionItem, officer: Officer, at: dt.datetime) -> None:
    item.started_by = BEGIN[item.kind](item, officer, at)
    db.session.flush()


def _source(item: ResolutionItem) -> str:
    """What it rests on: the minutes by their number, and the words of the item."""
    number = item.session.minutes.number if item.session.minutes is not None else ""
    return _("By the minutes %(number)s: %(what)s", number=number, what=item.what)


def _package(item: ResolutionItem, officer: Officer, at: dt.datetime) -> Step:
    """Opened under this leader; taken up again where it was struck off; handed over where another leads."""
    case, leader, package = item.case, item.leader, packages.of(item.case)
    assert leader is not None
    first = leaders.principal(leader)
    if package is None:
        opened = PackageOpened(
            leader=leader, principal=first, bureau_leader="", responsible=_responsible(item), due_on=item.due_on,
            task_force=_task_force(item.session), plan=_plan(item.session),
        )  # fmt: skip
        packages.open_package(case, opened, officer, at)
        return opened
    step: Step | None = None
    if package.state is PackageState.STRUCK:
        step = PackageReopening(reason=_source(item), due_on=item.due_on)
        packages.reopen(case, step, officer, at)
    before = packages.owner(package, Tier.DISTRICT)
    if step is None or before is None or before.officer is not leader:
        step = PackageHandover(
            tier=Tier.DISTRICT, leader=leader, leader_name="", principal=first, reason=_source(item)
        )
        packages.hand_over(case, step, officer, at)
    return step


def _responsible(item: ResolutionItem) -> str:
    """Name and post: who spoke for the responsible unit in the session, or its head."""
    case_unit = item.case.unit or item.unit
    for person in _of_unit(item.session, case_unit):
        if person.officer is not None:
            return f"{person.officer.post or ''}{person.officer}"[: packages.LONGEST_NAME]
    return str(case_unit)[: packages.LONGEST_NAME]


def _task_force(session: ConsultationSession) -> str:
    """一案一专班: each unit of the decision with who spoke for it."""
    lines = []
    for unit in dict.fromkeys(item.unit for item in session.items):
        names = "、".join(person.name for person in _of_unit(session, unit))
        lines.append(f"{unit}：{names}" if names else str(unit))
    return "\n".join(lines)


def _plan(session: ConsultationSession) -> str:
    """一人一策: what was decided, then each item with its unit and day."""
    lines = [
        f"（{item.place}）{item.what}（{item.unit}，{item.due_on:%Y-%m-%d}前）" for item in session.items
    ]
    return "\n".join([session.plan, *lines])


def _of_unit(session: ConsultationSession, unit: Unit) -> list[Participant]:
    return [
        p for p in session.participants
        if p.expected and p.unit is not None and p.unit.path.startswith(unit.path)
    ]  # fmt: skip


def _jurisdiction(item: ResolutionItem, officer: Officer, at: dt.datetime) -> Step:
    step = JurisdictionRuling(target=item.unit, reason=_source(item))
    cases.take(step, item.case, officer, at)
    return step


def _listing(item: ResolutionItem, officer: Officer, at: dt.datetime) -> Step:
    """挂牌督办 of the responsible unit, asked for by who put the matter before the joint conference."""
    session = item.session
    if item.unit is not item.case.unit:
        raise Refusal(_l("The responsible unit has changed since: the measure must be proposed anew."))
    found = fields.value(fields.current(session), "findings").strip()
    measure = SupervisionMeasure(
        rung=ladder.listing(), facts=found or session.consultation.reason, demand=item.what, persons="", meet_at="",
        days=(item.due_on - at.date()).days, decision=_source(item),
    )  # fmt: skip
    return ladder.resolve(item.case, measure, _put_before(session), officer, at)


def _put_before(session: ConsultationSession) -> Officer:
    """Who took the matter to this level: the convener of the one below."""
    below = [one for one in session.consultation.sessions if one.level_number == session.level_number - 1]
    if not below:
        raise Refusal(_l("Nobody put this matter before the joint conference."))
    return below[0].convener


BEGIN: dict[ItemKind, Callable[[ResolutionItem, Officer, dt.datetime], Step]] = {
    K.PACKAGE: _package,
    K.JURISDICTION: _jurisdiction,
    K.LISTING: _listing,
}


# ---- in words ------------------------------------------------------------------------------------------


def in_words(kind: ItemKind, leader: Officer | None, unit: str) -> str:
    """What an item decides, before its own words; Chinese, as papers are."""
    said: dict[ItemKind, Any] = {
        K.TASK: "",
        K.PACKAGE: f"由{leader.post or ''}{leader}包案：" if leader is not None else "确定包案领导：",
        K.JURISDICTION: f"裁定由{unit or '（待定）'}管辖：",
        K.LISTING: "挂牌督办：",
    }
    return str(said[kind])
