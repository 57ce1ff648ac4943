"""Rows of everybody's, planted for the leak matrix: every text of a foreign row carries a mark that gives it away.

Four cases: L of the land bureau, B of the labour bureau, T of a village, A an accusation against the land bureau. Who
may see which is written down here by hand (`SEERS`, from domain.md §7.2), so that the portal's own scope is judged from
outside. Every mapped class that is `Scoped` gets a row for each case: from the real verbs where they make one, else
made of the column types, so that a new table is in the matrix without anyone adding it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app

from app.cases.enums import PartRole, Purpose
from app.cases.models import Case, Part
from app.cases.steps import Step
from app.consultation.enums import Capacity, CourseState, ItemPart, ItemState, SessionState
from app.consultation.levels import ConsultationLevel
from app.consultation.models import Consultation, ConsultationSession, Participant, ResolutionItem
from app.consultation.talk import CalendarFeed, Entry, ExpertLink, OpinionFile
from app.core import files
from app.core.db import db
from app.core.enums import LabelledEnum
from app.core.models import AuditEntry
from app.core.scope import Scoped
from app.documents.jobs import PrintJob
from app.documents.models import Document, DocumentKind, DocumentState
from app.duplicates.models import CaseLink, LinkKind
from app.events.models import EventReport, MassEvent, Place, ReportKind
from app.incentives import operations as notices
from app.incentives.models import Notice
from app.incentives.models_course import Consequence, NoticeObjection
from app.organisation.models import Role
from app.packages.models import CaseBatch
from app.reception.models import FridayList, FridayReader, Reception
from app.supervision import operations as supervision
from app.supervision.ladder_models import SupervisionMeasure, SupervisionReminder
from app.supervision.letter import Wording
from app.supervision.models import Supervision, SupervisionGround
from tests.support import office
from tests.support.notice_rows import CONCERNED, OBJECTORS, plant_notice_rows
from tests.support.office import LABOUR, LAND, NOW, drive, officer_named, register_case, unit_named

MARK = "QX"  # QXL, QXB, QXT, QXA before every text of those cases; QXS before what only the office considers
EVERYTHING = frozenset({"office", "office_head"})
COMPUTING = frozenset({"office", "office_head", "assessor"})  # who works on the draft of a notice
HALL = frozenset({"reception", "hall_deputy", "hall_director"})
SEERS: dict[str, frozenset[str]] = {
    "L": EVERYTHING | HALL | {"room_rural", "land_officer", "land_head", "supervisor"},
    "B": EVERYTHING | HALL | {"room_enterprise", "labour_officer", "labour_head", "leader", "supervisor"},
    "T": EVERYTHING | {"town_officer", "village_officer"},
    "A": frozenset({"discipline"}),
    "S": EVERYTHING,
}
# valid, and nobody's: the plain numbers may stand on no page of the matrix
ID_NUMBERS = {
    "L": "110101199003070759",
    "B": "110101198506121234",
    "T": "110101197711032359",
    "A": "110101196402293817",
}
PHONES = {"L": "13900010001", "B": "13900020002", "T": "13900030003", "A": "13900040004"}


@dataclass(frozen=True)
class Planted:
    """A row of a table and who may see it; None: everybody who has the permission."""

    id: int
    seers: frozenset[str] | None


@dataclass
class World:
    cases: dict[str, int] = field(default_factory=dict)
    rows: dict[str, list[Planted]] = field(default_factory=dict)
    """By name of the mapped class, at least one each."""

    def of(self, model: type[Any]) -> list[Planted]:
        return self.rows[model.__name__]


def case_marks(letter: str) -> dict[str, Any]:
    texts = ("petitioner_name", "title", "request", "facts", "address", "place", "window", "accused")
    marked: dict[str, Any] = {
        name: f"{MARK}{letter}{name}" for name in texts if letter == "A" or name != "accused"
    }
    return marked | {
        "number": f"{MARK}{letter}0001", "representatives": [f"{MARK}{letter}代表"], "id_number": ID_NUMBERS[letter],
        "phone": PHONES[letter],
    }  # fmt: skip


def plant(app: Flask) -> World:
    """Commit the four cases and a row of every table; sets no expectation but `seers`."""
    world = World()
    with app.app_context():
        _cases(app, world)
        _supervision(world)
        _notices()
        _print_job()
        for letter, case_id in world.cases.items():
            _paper(letter, case_id)
            _recusal(app, letter, case_id)
            _reminder(letter, case_id)
            _consultation(letter, case_id)
        _links(world)
        _beside(world)
        plant_notice_rows(world.cases, MARK)
        for model in scoped_classes():
            for letter, case_id in world.cases.items():
                if not _ids_of_case(model, case_id):
                    sow(model, letter, case_id)
        db.session.commit()
        for mapper in Case.registry.mappers:
            world.rows[mapper.class_.__name__] = _registered(mapper.class_, world)
    return world


def _cases(app: Flask, world: World) -> None:
    two = NOW - dt.timedelta(days=10)
    L = world.cases["L"] = register_case(app, at=two, **case_marks("L"))
    drive(
        app, L, ("routing", {"target": LAND, "room": unit_named("涉农事务接访室"), "note": "QXL转办"}), at=two
    )
    drive(app, L, "signing", "acceptance", ("handling", {"what": "QXL走访"}), at=two)
    drive(app, L, ("extension_request", {"reason": "QXL复核"}), ("opinion_draft", {"opinion": "QXL补发"}))
    B = world.cases["B"] = register_case(app, at=two, **case_marks("B"), category="劳动和社会保障")
    route = {"target": LABOUR, "room": unit_named("企业改制接访室"), "note": "QXB转办"}
    drive(app, B, ("routing", route), ("signing", {"note": "QXB签收"}), at=two)
    T = world.cases["T"] = register_case(app, by="town_officer", at=two, **case_marks("T"))
    drive(app, T, ("routing", {"target": "柳树村", "note": "QXT转办"}), at=two, by="town_officer")
    accused: dict[str, Any] = {"purpose": Purpose.ACCUSATION, "accused_unit": unit_named(LAND)}
    world.cases["A"] = register_case(app, at=two, **case_marks("A"), **accused)
    roles = (("B", PartRole.HANDLER, "leader"), ("B", PartRole.SUPERVISOR, "supervisor"))
    for letter, role, name in (*roles, ("A", PartRole.KEEPER, "discipline")):
        db.session.add(Part(case_id=world.cases[letter], role=role, officer=officer_named(name)))
    db.session.commit()


def _supervision(world: World) -> None:
    """A signed letter to the land bureau, a draft about the labour bureau."""
    ground = db.session.scalars(sa.select(SupervisionGround)).first()
    for name, mark in (("L", "L"), ("B", "S")):
        case = db.session.get_one(Case, world.cases[name])
        words = Wording(
            ground, f"QX{mark}理由", f"QX{mark}问题", f"QX{mark}要求", 10, officer_named("supervisor")
        )
        matter = supervision.draft(Supervision(), case, words, officer_named("office"), NOW)
        db.session.commit()
        if name == "L":
            kind = next(m for m in scoped_classes() if m.__name__ == "SupervisionLetter")
            supervision.sign(kind(), matter, case, officer_named("office_head"), NOW)
            db.session.commit()


def _notices() -> None:
    """February's notice published, March's still a draft."""
    for month in ("2026-02", "2026-03"):
        notice = notices.compute(month, NOW.date(), officer_named("office"))
        if month == "2026-02":
            notices.open_to_objections(notice, officer_named("office"), NOW - dt.timedelta(days=14))
            notices.publish(notice, officer_named("office_head"), NOW)
    db.session.commit()


def _paper(letter: str, case_id: int) -> None:
    """A signed paper of the case; its PDF says whose it is."""
    kind = db.session.scalars(sa.select(DocumentKind).where(DocumentKind.code == "D03")).one()
    texts = {name: f"{MARK}{letter}{name}" for name in ("title", "recipient", "body")}
    digest = files.put(f"%PDF-1.7 {MARK}{letter}".encode())
    db.session.add(
        Document(kind=kind, case_id=case_id, unit=unit_named(office.RECEPTION), **texts, fields=texts,
                 state=DocumentState.SIGNED, digest=digest, drafted_at=NOW, signed_at=NOW)
    )  # fmt: skip
    db.session.commit()


def _reminder(letter: str, case_id: int) -> None:
    """A matter with a second letter, both signed."""
    if not _ids_of_case(Supervision, case_id):
        sow(Supervision, letter, case_id)
    paper = db.session.scalar(sa.select(sa.func.max(Document.id)).where(Document.case_id == case_id))
    db.session.add(
        SupervisionReminder(case_id=case_id, supervision_id=_related(Supervision.__table__, case_id), times=2,
                            problem=f"{MARK}{letter}问题", demand=f"{MARK}{letter}要求", days=7, document_id=paper,
                            drafted_at=NOW, sent_at=NOW.replace(year=2025))
    )  # fmt: skip
    db.session.commit()


def _beside(world: World) -> None:
    """What belongs to no case, or to many: a batch, a list laid before the convener, an event with its report."""

    def paper(title: str) -> Document:
        kind = db.session.scalars(sa.select(DocumentKind).where(DocumentKind.code == "D41")).one()
        digest = files.put(f"%PDF-1.7 {title}".encode())
        made = Document(
            kind=kind, unit=unit_named(office.CONFERENCE), title=title, recipient="", body=title, fields={},
            state=DocumentState.SIGNED, digest=digest, drafted_at=NOW, signed_at=NOW,
        )  # fmt: skip
        db.session.add(made)
        return made

    db.session.add(CaseBatch(name="第一批", received_on=NOW.date(), due_on=NOW.date()))
    clerk, convener = officer_named("office"), officer_named("convener")
    friday = FridayList(made_on=NOW.date(), made_by=clerk, document=paper("呈报表"), count=1)
    friday.readers = [FridayReader(officer=convener)]
    event = MassEvent(level=Place.COUNTY, happened_at=NOW, place="政务中心", people=12, demands="要求公开标准",
                      unit=unit_named(LAND), recorded_at=NOW, recorded_by=clerk)  # fmt: skip
    event.reports = [
        EventReport(kind=ReportKind.FIRST, people=12, situation="正在接谈", measures="局长接谈", reported_at=NOW,
                    reported_by=clerk, document=paper("QXS首报"))
    ]  # fmt: skip
    db.session.add_all([friday, event])
    db.session.commit()


def _print_job() -> None:
    """The office prints in bulk; whose job it is, sees it."""
    kind = db.session.scalars(sa.select(DocumentKind).where(DocumentKind.code == "D31")).one()
    db.session.add(
        PrintJob(officer=officer_named("office"), kind=kind, started_at=NOW, cases=[1], papers=[], faults=[])
    )
    db.session.commit()


def _last_step(case_id: int) -> int:
    return int(db.session.scalar(sa.select(sa.func.max(Step.id)).where(Step.case_id == case_id)) or 0)


def _recusal(app: Flask, letter: str, case_id: int) -> None:
    """Of an officer who sees no case anyway."""
    by = "discipline" if letter == "A" else "office"
    drive(app, case_id, ("recusal", {"who": "inspection", "reason": f"{MARK}{letter}回避"}), by=by)


def _consultation(letter: str, case_id: int) -> None:
    """A session of the second level with what is said in it; of an accusation too, which no verb would make."""
    mark = f"{MARK}{letter}"
    level = db.session.scalars(sa.select(ConsultationLevel).where(ConsultationLevel.number == 2)).one()
    own: dict[str, Any] = {"case_id": case_id}
    course = Consultation(**own, level=2, state=CourseState.UNDER_WAY, reason=f"{mark}事由", opened_at=NOW)
    session = ConsultationSession(
        **own, consultation=course, level=level, level_number=2, opened_at=NOW, state=SessionState.PROPOSED,
        convener=officer_named("hall_deputy"), why=f"{mark}理由",
    )  # fmt: skip
    person = Participant(
        **own, session=session, capacity=Capacity.EXPERT, expert_name=f"{mark}专家", expert_of=f"{mark}院"
    )
    digest = files.put(f"%PDF-1.7 {mark}意见".encode())
    db.session.add_all(
        [
            person,
            Entry(**own, session=session, name="plan", version=1, value=f"{mark}方案", at=NOW),
            OpinionFile(**own, participant=person, name=f"{mark}.pdf", kind="application/pdf", size=9,
                        digest=digest, at=NOW),
            ExpertLink(**own, participant=person, digest=f"{mark}digest", made_at=NOW, expires_at=NOW + dt.timedelta(1),
                       made_by_id=officer_named("office").id),
            ResolutionItem(**own, session=session, place=1, part=ItemPart.LEAD, what=f"{mark}事项",
                           unit=unit_named(office.RECEPTION), due_on=NOW.date(), state=ItemState.OWED),
        ]
    )  # fmt: skip
    db.session.commit()


LINKS = {"L": "B", "B": "T", "T": "L", "A": "L"}


def _links(world: World) -> None:
    """Each case is linked with another; over the wall leads only what was split off (art. 30)."""
    for start, end in LINKS.items():
        kind = LinkKind.SPLIT if start == "A" else LinkKind.SAME_KIND
        ends = {"from_case_id": world.cases[start], "to_case_id": world.cases[end]}
        db.session.add(CaseLink(kind=kind, step_id=_last_step(world.cases[start]), **ends))
    db.session.commit()


# ---- rows made of the column types ----------------------------------------------------------------------------------


def scoped_classes() -> list[type[Any]]:
    """Every mapped class whose rows belong to somebody, the kinds of a step too; parents first."""
    found = [m.class_ for m in Case.registry.mappers if issubclass(m.class_, Scoped)]
    return sorted(found, key=lambda c: (len(c.__mro__), c.__name__))


def _ids_of_case(model: type[Any], case_id: int) -> list[int]:
    own = {Case: Case.id, CaseLink: CaseLink.from_case_id}.get(model, getattr(model, "case_id", None))
    if own is None:
        raise LookupError(
            f"{model.__name__} is Scoped and has no case_id: tell tests/support/world.py whose it is"
        )
    return list(db.session.scalars(sa.select(model.id).where(own == case_id)))


def sow(model: type[Any], letter: str, case_id: int) -> None:
    """A row of the case that holds the database's conditions; texts carry the mark."""
    mapper = sa.inspect(model)
    values: dict[str, Any] = {}
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if column.primary_key or column is mapper.polymorphic_on:
            continue
        values[attribute.key] = _fitting(column, letter, case_id)
    case = db.session.get_one(Case, case_id)
    values |= {key: case.state for key in ("from_state", "to_state") if key in values}
    db.session.add(model(**values))
    try:
        db.session.commit()
    except sa.exc.IntegrityError as refused:
        raise LookupError(
            f"a {model.__name__} is not made of its column types alone: plant one by hand"
        ) from refused


def _fitting(column: sa.Column[Any], letter: str, case_id: int) -> Any:
    kind = column.type
    if column.foreign_keys:
        return None if column.nullable else _related(next(iter(column.foreign_keys)).column.table, case_id)
    if isinstance(kind, sa.Enum):
        return None if column.nullable else next(iter(kind.enum_class or [LabelledEnum]))
    if isinstance(kind, sa.String):
        return f"{MARK}{letter}{column.name}"[: kind.length]
    if column.nullable:
        return None
    plain: dict[type[Any], Any] = {
        sa.JSON: {"text": f"{MARK}{letter}"}, sa.Boolean: False, sa.DateTime: NOW, sa.Date: NOW.date(),
    }  # fmt: skip
    return next((value for of, value in plain.items() if isinstance(kind, of)), 1)


def _related(table: sa.Table, case_id: int) -> int:
    """A row to point to: the case, one of its own rows, or any."""
    query = sa.select(sa.func.max(table.c.id))  # the latest: older ones may be sealed
    if table.name == "petition_case":
        return case_id
    if "case_id" in table.c:
        query = query.where(table.c.case_id == case_id)
    return int(db.session.scalar(query) or 0)


def _registered(model: type[Any], world: World) -> list[Planted]:
    """Every row of a case with who may see it; of a plain table the first, or one made now."""
    if issubclass(model, Scoped):
        beside = _papers_of_no_case() if model is Document else []
        return beside + [
            Planted(row_id, _seers(model, row_id, letter))
            for letter, case_id in world.cases.items()
            for row_id in _ids_of_case(model, case_id)
        ]
    if model is CalendarFeed and db.session.scalars(sa.select(CalendarFeed.id)).first() is None:
        db.session.add(CalendarFeed(officer=officer_named("convener"), digest="0" * 64, made_at=NOW))
        db.session.commit()
    if model is Notice:
        return [
            Planted(n.id, None if n.published_at else COMPUTING)
            for n in db.session.scalars(sa.select(Notice))
        ]
    if model is Consequence:
        return [Planted(row_id, CONCERNED) for row_id in db.session.scalars(sa.select(Consequence.id))]
    if model is Role:  # the framework's own two are on no page
        own = (current_app.config["AUTH_ROLE_ADMIN"], current_app.config["AUTH_ROLE_PUBLIC"])
        query = sa.select(sa.func.min(Role.id)).where(Role.name.not_in(own))
        return [Planted(int(db.session.scalar(query) or 0), None)]
    if model is AuditEntry:  # an entry about each case: it may tell nobody what stands in the case
        return [Planted(row.id, None) for row in _entries()]
    if model is PrintJob:  # each officer's own
        return [Planted(job.id, frozenset({"office"})) for job in db.session.scalars(sa.select(PrintJob))]
    keys = sa.inspect(model).primary_key
    if len(keys) > 1 or "id" not in model.__table__.c:
        return []
    first = db.session.scalar(sa.select(sa.func.min(model.id)))
    return [Planted(first, None)] if first is not None else []


def _papers_of_no_case() -> list[Planted]:
    """Friday's list is for the leader it was laid before, an event's report for the office, and a signed notice for
    everybody who reads papers."""
    lists = {row: EVERYTHING | {"convener"} for row in db.session.scalars(sa.select(FridayList.document_id))}
    reports = dict.fromkeys(db.session.scalars(sa.select(EventReport.document_id)), EVERYTHING)
    whose = lists | reports
    of_no_case = sa.select(Document.id).where(Document.case_id.is_(None))
    return [Planted(row, whose.get(row)) for row in db.session.scalars(of_no_case)]


def _entries() -> list[AuditEntry]:
    """The first entry of each kind and subject."""
    first = sa.select(sa.func.min(AuditEntry.id)).group_by(AuditEntry.event, AuditEntry.subject)
    return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.id.in_(first))))


def _seers(model: type[Any], row_id: int, letter: str) -> frozenset[str]:
    """Who sees the case sees its rows, but for what the office only considers."""
    if model is Supervision and db.session.get_one(Supervision, row_id).sent_at is None:
        return SEERS[letter] & EVERYTHING
    if model in (SupervisionMeasure, Reception):  # planted as only considered
        return SEERS[letter] & EVERYTHING
    if model is Document and db.session.get_one(Document, row_id).state is DocumentState.DRAFT:
        return SEERS[letter] & EVERYTHING
    if model is NoticeObjection:
        return OBJECTORS[letter]
    if model is CaseLink and letter != "A":  # who sees both ends
        return SEERS[letter] & SEERS[LINKS[letter]]
    return SEERS[letter]
