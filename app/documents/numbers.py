"""Document numbers 云信督〔2026〕12号: one series a sign and year, gap-free, never reused (domain.md §3.1)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.documents.models import NumberSeries


def take(sign: str, year: int) -> int:
    """The next serial of the series, from 1 each year. Part of the caller's transaction: rolled back, it was
    never given; the row stays locked until the commit, so two signers never hold the same number."""
    series = NumberSeries.__table__
    mine = sa.and_(series.c.sign == sign, series.c.year == year)
    for _attempt in range(3):
        bumped = db.session.execute(series.update().where(mine).values(last=series.c.last + 1))
        if bumped.rowcount:
            return int(db.session.execute(sa.select(series.c.last).where(mine)).scalar_one())
        try:
            with db.session.begin_nested():
                db.session.execute(series.insert().values(sign=sign, year=year, last=0))
        except IntegrityError:
            pass  # somebody else opened the series in this moment
    raise RuntimeError(f"number series {sign} {year} cannot be opened")


def written(sign: str, year: int, serial: int) -> str:
    """With the six-cornered brackets, the full year, no 第 and no zero padding (GB/T 9704-2012 7.2.5)."""
    return f"{sign}〔{year}〕{serial}号"
