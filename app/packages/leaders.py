"""Whom rooms above may give a case's package to: asked before they decide it."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _l

from app.cases.models import Case
from app.core.errors import Refusal
from app.organisation.models import Officer
from app.packages.models import RUNNING, PackageState, Tier
from app.packages.operations import _fit_leader, _posts, of, packageable


def principal(leader: Officer) -> bool:
    """Whether the leader's post is one of the party's and government's first."""
    return str(leader.post or "") in _posts("principal_posts")


def may_lead(case: Case, leader: Officer, today: dt.date) -> None:
    """Raises Refusal where this leader cannot be given the case's package: new, taken up again or handed over."""
    _fit_leader(case, leader)
    package = of(case)
    if package is None:
        packageable(case, None, today)
    elif package.state is PackageState.ENDED:
        raise Refusal(_l("This is not possible in the state of the package."))
    elif package.state in RUNNING and any(
        one.officer is leader and one.until is None and one.tier is Tier.DISTRICT for one in package.owners
    ):
        raise Refusal(_l("This leader leads it already."), "leader")
