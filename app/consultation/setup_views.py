"""The levels and the meeting rooms as editable rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import shown
from app.cases.models import ClockRule
from app.consultation import counting, operations, rules
from app.consultation.levels import ConsultationLevel, MeetingRoom
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.enums import badge
from app.core.errors import Refusal
from app.core.views import BaseView
from app.documents.models import DocumentKind


def _deadline(level: ConsultationLevel) -> Any:
    """The length, and that it is a local rule and no law."""
    rule = db.session.scalars(sa.select(ClockRule).where(ClockRule.code == level.clock_code)).first()
    if rule is None:
        return badge(_("no such deadline"), "late")
    as_clock: Any = _AsClock(rule)
    same_day = _("the same day")  # gettext's reader does not look into an f-string
    words = shown.law(as_clock) if rule.length else f"{shown.article(rule)} {same_day}"
    return badge(words, "mute" if rule.local else "info")


class _AsClock:
    """A rule read like a clock that is not extended (``shown.law``)."""

    def __init__(self, rule: ClockRule) -> None:
        self.rule, self.length, self.extended_by, self.counted_in = rule, rule.length, 0, rule.unit


def _posts(posts: Any) -> str:
    return "、".join(str(post) for post in posts)


class ConsultationLevelView(BaseView):
    """四级会诊层级: entry, convener, who must come, quorum, vote; there are four, none is added or taken away."""

    datamodel = DataModel(ConsultationLevel)
    list_title = _l("Levels of consultation")
    show_title = edit_title = _l("Level of consultation")
    list_hint = _l("Deadlines are local rules; their length stands on the page of deadlines")
    base_permissions = ["can_list", "can_show", "can_edit"]
    label_columns = {
        "deadline": _l("Deadline"),
        "who": _l("Who may convene"),
        "must": _l("Who must be invited"),
    }
    list_columns = ["number", "name", "entry", "who", "must", "quorum_percent", "votes", "deadline"]
    edit_columns = [
        "name", "entry", "units_least", "units_most", "conveners", "attending", "units_represented",
        "experts_least", "quorum_percent", "quorum_least", "votes", "vote_percent", "at_once", "clock_code", "paper",
        "by_office",
    ]  # fmt: skip
    show_columns = [
        "number", "name", "entry", "units_least", "units_most", "who", "must", "units_represented",
        "experts_least", "quorum_percent", "quorum_least", "votes", "vote_percent", "at_once", "clock_code", "deadline",
        "paper", "by_office",
    ]  # fmt: skip
    search_columns: list[str] = []
    order_columns = ["number"]
    base_order = ("number", "asc")
    eager = ("conveners", "attending")
    computed = {
        "deadline": _deadline,
        "who": lambda level: _posts(level.conveners),
        "must": lambda level: _posts(level.attending),
    }

    def pre_update(self, level: ConsultationLevel) -> None:
        if (
            db.session.scalars(sa.select(ClockRule.id).where(ClockRule.code == level.clock_code)).first()
            is None
        ):
            raise Refusal(_l("There is no deadline of this code."), "clock_code")
        if (
            db.session.scalars(sa.select(DocumentKind.id).where(DocumentKind.code == level.paper)).first()
            is None
        ):
            raise Refusal(_l("There is no document kind of this code."), "paper")
        for name, least, most in (
            ("quorum_percent", 1, 100), ("quorum_least", 1, 50), ("vote_percent", 0, 99), ("units_least", 1, 40),
            ("units_most", 0, 40), ("experts_least", 0, 20),
        ):  # fmt: skip
            if not least <= (getattr(level, name) if getattr(level, name) is not None else -1) <= most:
                raise Refusal(_l("A number from %(least)s to %(most)s.", least=least, most=most), name)
        if level.units_most and level.units_most < level.units_least:
            raise Refusal(_l("The most is not less than the least."), "units_most")
        if not level.conveners:
            raise Refusal(_l("Somebody must be able to convene."), "conveners")
        with db.session.no_autoflush:
            gap = rules.gap([counting.rule_of(one) for one in operations.levels()])
        if gap:
            raise Refusal(
                _l("No level would admit a matter of %(count)s units concerned.", count=gap), "units_least"
            )


class MeetingRoomView(BaseView):
    datamodel = DataModel(MeetingRoom)
    list_title = _l("Meeting rooms")
    show_title = add_title = edit_title = _l("Meeting room")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = show_columns = add_columns = edit_columns = ["name", "place", "seats", "active"]
    search_columns = ["name", "active"]
    order_columns = ["name"]
    base_order = ("id", "asc")
