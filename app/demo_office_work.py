"""What the demo's own office did: last month's notice is published, overdue matters are proposed, a letter is out."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import clocks
from app.core import moment
from app.core.db import db
from app.incentives import consequences
from app.incentives import operations as notices
from app.organisation.models import Officer
from app.supervision import duties, letter
from app.supervision import operations as supervision
from app.supervision.conditions import FEEDBACK
from app.supervision.models import Supervision, SupervisionState
from app.supervision.steps import SupervisionLetter

LETTERS = ("land_officer", "labour_officer")  # whose unit has a letter to answer


def work(papers: bool) -> str:
    """Commits; returns what was done in a sentence."""
    today, now = moment.today(), moment.now()
    month = (today.replace(day=1) - dt.timedelta(days=1)).strftime("%Y-%m")
    officers = {officer.username: officer for officer in db.session.scalars(sa.select(Officer))}
    _notice(month, officers, now, papers)
    proposals = len(duties.run(today).proposals)
    db.session.commit()
    signed = sum(_letter(officers, name, now) for name in LETTERS) if papers else 0
    return f"notice of {month}, {proposals} proposals, {signed} supervision letters"


def _notice(month: str, officers: dict[str, Officer], now: dt.datetime, papers: bool) -> None:
    """Last month's notice: open to objections at the month's beginning, signed when the term was over."""
    begun = now.replace(day=1, hour=9)
    notice = notices.compute(month, begun.date(), officers["office"])
    notices.open_to_objections(notice, officers["office"], begun)
    assert notice.objections_until is not None
    if notice.objections_until < now.date():  # in the first days of a month the units may still object
        notices.publish(notice, officers["office_head"], now, paper=papers)
        consequences.propose(notice, now.date())
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
