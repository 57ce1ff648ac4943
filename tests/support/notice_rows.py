"""Rows of the notices' room for the leak matrix: what units said, what follows for them, points, awards, a report."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa

from app.core.db import db
from app.documents import operations as papers
from app.incentives.enums import (
    Cadre,
    ConsequenceKind,
    ConsequenceState,
    EntryState,
    NominationState,
    ObjectionState,
    RankingState,
)
from app.incentives.models import Notice
from app.incentives.models_course import Consequence, NoticeObjection
from app.incentives.models_scores import ManualEntry, ScoreItem
from app.incentives.models_year import GivenFigure, Nomination, Service, Vote, YearRanking, YearReport
from tests.support.office import CONFERENCE, LABOUR, LAND, NOW, TOWN, officer_named, unit_named

OFFICE = frozenset({"office", "office_head"})
UNITS = {"L": LAND, "B": LABOUR, "T": TOWN, "A": "中共云岭区纪律检查委员会"}
# who reads an objection: the office and the unit that raised it, as far as they see its case
OBJECTORS = {
    "L": OFFICE | {"land_officer", "land_head"},
    "B": OFFICE | {"labour_officer", "labour_head"},
    "T": OFFICE | {"town_officer"},
    "A": frozenset[str](),
}
# who sees a consequence that was issued to the land bureau: who decides, and the unit itself
CONCERNED = OFFICE | {"inspection", "convener", "land_officer", "land_head"}
DAY = dt.date(2026, 2, 2)


def plant_notice_rows(cases: dict[str, int], mark: str) -> None:
    """Needs the notice of February published; commits."""
    notice = db.session.scalars(sa.select(Notice).where(Notice.month == "2026-02")).one()
    head, land = officer_named("land_head"), unit_named(LAND)
    for letter, case_id in cases.items():
        db.session.add(
            NoticeObjection(
                notice=notice,
                unit=unit_named(UNITS[letter]),
                indicator="F8",
                case_id=case_id,
                raised_at=NOW,
                reason=f"{mark}{letter}申诉理由",
                raised_by=head,
                state=ObjectionState.RAISED,
            )
        )
    db.session.add(
        Consequence(
            unit=land,
            kind=ConsequenceKind.RECTIFICATION,
            month="2026-02",
            notice=notice,
            proposed_on=DAY,
            run=[{"month": "2026-02", "rank": 7, "pool": "部门", "total": "60.00"}],
            problem="按期率低",
            demand="整改",
            due_on=dt.date(2026, 3, 20),
            state=ConsequenceState.ISSUED,
            decided_by=officer_named("inspection"),
            decided_at=NOW,
        )
    )
    item = db.session.scalars(sa.select(ScoreItem).where(ScoreItem.code == "A9")).one()
    db.session.add(
        ManualEntry(
            month="2026-03",
            unit=land,
            item=item,
            points=Decimal(-1),
            reason="缺席例会",
            evidence="签到表",
            entered_by=officer_named("assessor"),
            entered_at=NOW,
            state=EntryState.CONFIRMED,
            decided_by=officer_named("office"),
            decided_at=NOW,
        )
    )
    db.session.add(
        GivenFigure(
            month="2025-12",
            topic="越级访",
            name="到市批次",
            value=Decimal(10),
            source="市信访局通报",
            entered_by=officer_named("office"),
            entered_at=NOW,
        )
    )
    db.session.add(
        YearRanking(
            year=2025,
            state=RankingState.DECIDED,
            computed_at=NOW,
            months=12,
            lines=[],
            opinion="同意",
            decided_by=officer_named("convener"),
            decided_at=NOW,
        )
    )
    nomination = Nomination(
        year=2025,
        officer=officer_named("land_officer"),
        unit=land,
        merits="化解积案",
        nominated_by=head,
        nominated_at=NOW,
        state=NominationState.CHOSEN,
        public_since=DAY,
        public_until=DAY,
        decided_by=officer_named("convener"),
        decided_at=NOW,
    )
    db.session.add(nomination)
    db.session.flush()
    db.session.add(Vote(nomination_id=nomination.id, voter_id=head.id, at=NOW))
    db.session.add(
        Service(
            officer=officer_named("land_officer"),
            cadre=Cadre.DEPUTY_SECTION,
            post="信访办副主任",
            since=dt.date(2023, 3, 1),
            evidence="云组任〔2023〕1号",
        )
    )
    words = {"year": 2025, "as_of": "2025-12-31"} | dict.fromkeys(
        ("statistics", "handling", "suggestions", "other"), "略"
    )
    paper = papers.draft("D42", unit_named(CONFERENCE), words, NOW, officer_named("office"))
    db.session.flush()
    papers.sign(paper, officer_named("office_head"), NOW)
    everything = {"cases": ""}  # its number opens to every case of the year
    line = ["信访总量", "0", "0", "—"]
    table = {"title": "同期比较", "header": ["指标"], "lines": [line], "opens": [[everything, everything]]}
    report = YearReport(
        year=NOW.year, as_of=NOW.date(), words="", signed_at=NOW, tables=[table] * 5, document=paper
    )
    report.signed_by = officer_named("office_head")
    db.session.add(report)
    db.session.commit()
