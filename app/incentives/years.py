"""The verbs of the year: ranking and prizes, the ten best officers, who qualifies for 正科 treatment.

All of it is reckoned and proposed here and decided by a person whose name stays with it (S002, art. 39).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases import clocks
from app.cases.models import ClockUnit
from app.core import settings
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import jobs
from app.documents import operations as papers
from app.incentives import choices, consequences, merit, operations
from app.incentives.enums import Cadre, NominationState, RankingState
from app.incentives.models import Notice
from app.incentives.models_scores import NoticeStanding
from app.incentives.models_year import Nomination, Service, Vote, YearRanking
from app.organisation.models import Officer
from app.organisation.reach import conference_office

N = NominationState
AWARD = "D43"
jobs.ISSUED_BY_STEPS.add(AWARD)


# ---- ranking and prizes ---------------------------------------------------------------------------------------------


def propose_ranking(year: int, at: dt.datetime) -> YearRanking:
    """The year's ranking from the latest published edition of each month; an undecided proposal is replaced."""
    ranking = db.session.scalars(
        sa.select(YearRanking).where(YearRanking.year == year).with_for_update()
    ).first()
    if ranking is not None and ranking.state is RankingState.DECIDED:
        raise Refusal(_l("The ranking of %(year)s is decided.", year=year), "year")
    notices = published(year)
    if not notices:
        raise Refusal(_l("No notice of %(year)s is published.", year=year), "year")
    ranking = ranking or YearRanking(year=year, state=RankingState.PROPOSED)
    ranking.computed_at, ranking.months = at, len(notices)
    ranking.lines = _lines(year, notices)
    db.session.add(ranking)
    db.session.flush()
    return ranking


def published(year: int, by: dt.datetime | None = None) -> list[Notice]:
    """The notices a ranking rests on; ``by``: as they were then."""
    return operations.latest(f"{year:04d}-01", f"{year:04d}-12", by)


def _lines(year: int, notices: list[Notice]) -> list[dict[str, Any]]:
    """Best first; last, without a rank, the units that were ranked in too few months."""
    monthly: dict[int, list[Decimal]] = defaultdict(list)
    names: dict[int, str] = {}
    vetoed: set[int] = set()
    ids = [notice.id for notice in notices]
    query = sa.select(NoticeStanding).where(NoticeStanding.notice_id.in_(ids)).order_by(NoticeStanding.id)
    for place in db.session.scalars(query):
        names[place.unit_id] = place.unit_name
        if place.vetoed:
            vetoed.add(place.unit_id)
        if place.rank is not None:
            monthly[place.unit_id].append(place.total)
    off = consequences.deductions(year)
    scores = {
        unit_id: score for unit_id, totals in monthly.items()
        if (score := merit.annual(totals, [Decimal(off.get(unit_id, 0))])) is not None
    }  # fmt: skip
    least = settings.number("ranking_least_months")
    ranks = merit.ranks(
        {unit_id: score for unit_id, score in scores.items() if len(monthly[unit_id]) >= least}
    )
    prizes = merit.prizes(ranks, choices.numbers("year_prizes"))
    if settings.yes("veto_bars_prize"):  # nobody moves up: a person decides what becomes of it
        prizes = {unit_id: prize for unit_id, prize in prizes.items() if unit_id not in vetoed}
    return [
        {"unit_id": unit_id, "unit": names[unit_id], "months": len(monthly[unit_id]),
         "mean": str(merit.annual(monthly[unit_id])), "deduction": off.get(unit_id, 0), "score": str(scores[unit_id]),
         "rank": ranks.get(unit_id), "vetoed": unit_id in vetoed,
         "prize": str(prizes[unit_id]) if unit_id in prizes else ""}
        for unit_id in sorted(scores, key=lambda key: (ranks.get(key, len(scores) + 1), key))
    ]  # fmt: skip


def decide_ranking(ranking: YearRanking, opinion: str, officer: Officer, at: dt.datetime) -> None:
    db.session.refresh(ranking, with_for_update=True)
    if ranking.state is RankingState.DECIDED:
        raise Refusal(_l("This was decided in the meantime."))
    if at.year <= ranking.year:
        raise Refusal(_l("The year %(year)s is not over.", year=ranking.year))
    if not (opinion or "").strip():
        raise Refusal(_l("Give your opinion; it is kept with your name."), "opinion")
    if count := consequences.undecided(ranking.year):
        raise Refusal(_l("%(count)s self-criticisms of the year are not decided yet.", count=count))
    notices = published(ranking.year)
    if (len(notices), _lines(ranking.year, notices)) != (ranking.months, ranking.lines):
        raise Refusal(_l("Notices, deductions or settings have changed since: compute the ranking again."))
    ranking.opinion, ranking.decided_by, ranking.decided_at = opinion.strip(), officer, at
    ranking.state = RankingState.DECIDED
    db.session.flush()


def award(ranking: YearRanking, officer: Officer, at: dt.datetime) -> None:
    """奖励决定 (D43): signed and numbered on what was decided, in the name of the joint conference."""
    with seeing_all(f"award of {ranking.year}"):
        db.session.refresh(ranking, with_for_update=True)
        if ranking.state is not RankingState.DECIDED:
            raise Refusal(_l("The ranking of %(year)s is not decided yet.", year=ranking.year))
        if ranking.document_id is not None:
            raise Refusal(_l("The award of %(year)s is issued already.", year=ranking.year))
        winners = [line for line in ranking.lines if line["prize"]]
        if not winners:
            raise Refusal(_l("No unit has a prize this year."))
        fields = {
            "year": ranking.year, "decided_by": str(ranking.decided_by), "opinion": ranking.opinion,
            "winners": "\n".join(
                f"第{line['rank']}名：{line['unit']}，奖金{Decimal(line['prize']):.0f}元" for line in winners
            ),
        }  # fmt: skip
        document = papers.draft(AWARD, conference_office(), fields, at, officer)
        db.session.flush()
        ranking.document = papers.sign(document, officer, at)
        db.session.flush()


# ---- the ten best officers ------------------------------------------------------------------------------------------


def nominate(nomination: Nomination, officer: Officer, at: dt.datetime) -> None:
    """A unit nominates one of its officers; nobody nominates themselves."""
    if nomination.officer is None or not nomination.officer.active:
        raise Refusal(_l("Choose an officer."), "officer")
    if nomination.officer.id == officer.id:
        raise Refusal(_l("Nobody nominates themselves."), "officer")
    if not _of_unit(nomination.officer, officer):
        raise Refusal(_l("A unit nominates its own officers."), "officer")
    if not (nomination.merits or "").strip():
        raise Refusal(_l("Say what the officer has done."), "merits")
    if not 2000 <= (nomination.year or 0) <= at.year:
        raise Refusal(_l("Nominations are for this year or one before."), "year")
    known = sa.select(Nomination.id).where(
        Nomination.year == nomination.year, Nomination.officer_id == nomination.officer.id
    )
    if db.session.scalars(known).first() is not None:
        raise Refusal(_l("This officer is nominated already."), "officer")
    nomination.unit, nomination.nominated_by, nomination.nominated_at = officer.unit, officer, at
    nomination.state = N.NOMINATED


def _of_unit(nominee: Officer, officer: Officer) -> bool:
    own, theirs = officer.unit, nominee.unit
    return own is not None and theirs is not None and theirs.path.startswith(own.path)


def publicise(nominations: list[Nomination], at: dt.datetime) -> None:
    """公示: everybody sees the nominees until the end of the term; then the vote is open."""
    until = clocks.counted(at.date(), settings.number("publicity_days"), ClockUnit.WORKDAYS).legal
    for nomination in nominations:
        db.session.refresh(nomination, with_for_update=True)
        if nomination.state is not N.NOMINATED:
            raise Refusal(_l("%(officer)s is not waiting for publicity.", officer=nomination.officer))
        nomination.state, nomination.public_since, nomination.public_until = N.PUBLIC, at.date(), until
    db.session.flush()


def withdraw(nomination: Nomination, voices: str, officer: Officer, at: dt.datetime) -> None:
    """Taken back, with what was heard during publicity and found true."""
    db.session.refresh(nomination, with_for_update=True)
    if nomination.state not in (N.NOMINATED, N.PUBLIC):
        raise Refusal(_l("This was decided in the meantime."))
    if not (voices or "").strip():
        raise Refusal(_l("Say why it is taken back."), "voices")
    nomination.voices, nomination.state = voices.strip(), N.WITHDRAWN
    nomination.decided_by, nomination.decided_at = officer, at
    db.session.flush()


def vote(nomination: Nomination, voter: Officer, at: dt.datetime) -> None:
    """One vote a nominee, at most as many as there are seats, after the publicity period, not for oneself."""
    # one vote of a person at a time: two at once would be one too many
    db.session.execute(sa.select(Officer.id).where(Officer.id == voter.id).with_for_update())
    db.session.refresh(nomination, with_for_update=True)
    if nomination.state is not N.PUBLIC or nomination.public_until is None:
        raise Refusal(_l("There is no vote on this nominee."))
    if at.date() <= nomination.public_until:
        raise Refusal(_l("The vote begins when the publicity period is over, after %(day)s.",
                         day=nomination.public_until))  # fmt: skip
    if nomination.officer_id == voter.id:
        raise Refusal(_l("Nobody votes for themselves."))
    mine = sa.select(Vote.nomination_id).join(Nomination, Nomination.id == Vote.nomination_id)
    given = set(db.session.scalars(mine.where(Nomination.year == nomination.year, Vote.voter_id == voter.id)))
    if nomination.id in given:
        raise Refusal(_l("You have voted for %(officer)s already.", officer=nomination.officer))
    if len(given) >= settings.number("best_officers"):
        raise Refusal(
            _l("You have given all your %(number)s votes.", number=settings.number("best_officers"))
        )
    db.session.add(Vote(nomination_id=nomination.id, voter_id=voter.id, at=at))
    db.session.flush()


def tally(year: int) -> dict[int, int]:
    """Votes by nomination in publicity; numbers, never who."""
    query = (
        sa.select(Nomination.id, sa.func.count(Vote.id))
        .outerjoin(Vote, Vote.nomination_id == Nomination.id)
        .where(Nomination.year == year, Nomination.state.in_((N.PUBLIC, N.CHOSEN, N.NOT_CHOSEN)))
        .group_by(Nomination.id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def choose(chosen: list[Nomination], officer: Officer, at: dt.datetime) -> None:
    """A person decides who is chosen, within the vote: all who are in by votes, ties for the last seats by choice."""
    if not chosen or len({nomination.year for nomination in chosen}) != 1:
        raise Refusal(_l("Choose among the nominees of one year."))
    year, seats = chosen[0].year, settings.number("best_officers")
    sure, tied = merit.elected(tally(year), seats)
    ids = {nomination.id for nomination in chosen}
    open_seats = seats - len(sure) if tied else 0
    if (
        not set(sure) <= ids
        or not ids <= set(sure) | set(tied)
        or len(ids - set(sure)) != min(open_seats, len(tied))
    ):
        raise Refusal(
            _l("By the vote %(sure)s are in, and %(open)s of %(tied)s tied ones are to be chosen.", sure=len(sure),
               open=open_seats, tied=len(tied))
        )  # fmt: skip
    query = (
        sa.select(Nomination).where(Nomination.year == year, Nomination.state == N.PUBLIC).with_for_update()
    )
    for nomination in db.session.scalars(query):
        if nomination.public_until is not None and at.date() <= nomination.public_until:
            raise Refusal(_l("The publicity period lasts until %(day)s.", day=nomination.public_until))
        nomination.state = N.CHOSEN if nomination.id in ids else N.NOT_CHOSEN
        nomination.decided_by, nomination.decided_at = officer, at
    db.session.flush()


# ---- years of service -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Qualified:
    officer: Officer
    since: dt.date
    day: dt.date
    reached: bool


def qualified(today: dt.date) -> list[Qualified]:
    """副科 officers in petition posts with the day their years are full, soonest first. Listed, never granted: the
    organisation department assesses and decides."""
    periods: dict[int, list[Service]] = defaultdict(list)
    query = (
        sa.select(Service)
        .join(Officer, Officer.id == Service.officer_id)
        .where(Service.cadre == Cadre.DEPUTY_SECTION, Officer.active)
        .order_by(Service.since)
    )
    for row in db.session.scalars(query):
        periods[row.officer_id].append(row)
    years = settings.number("treatment_years")
    found = []
    for rows in periods.values():
        span = merit.qualifying([(row.since, row.until) for row in rows], years)
        left = all(row.until is not None and row.until < today for row in rows)
        if span is not None and not left:
            found.append(Qualified(rows[0].officer, *span, span[1] <= today))
    return sorted(found, key=lambda one: (one.day, one.officer.id))
