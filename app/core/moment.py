"""The only place that asks what time it is. Rules take ``today`` as an argument (architecture rule 4)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flask import current_app


def now() -> dt.datetime:
    """Local wall time of the office, without zone (as papers and clocks count it)."""
    fixed = current_app.config.get("FIXED_NOW")
    if fixed is not None:
        return fixed() if callable(fixed) else fixed
    return dt.datetime.now(ZoneInfo(current_app.config["OFFICE_TIMEZONE"])).replace(tzinfo=None)


def today() -> dt.date:
    return now().date()
