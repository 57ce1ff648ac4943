"""Views of the reception calendar: the year's days from the rules, and the rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.enums import badge
from app.core.errors import Refusal
from app.core.views import BaseView
from app.packages import operations as packages
from app.reception import calendar
from app.reception.models import (
    Duty,
    ReceptionDay,
    ReceptionRule,
)
from app.reception.views import permitted

# ---- the calendar ------------------------------------------------------------------------------------


class ReceptionDayView(BaseView):
    """接访日历: the year from the rules, each day changed by hand where it must."""

    datamodel = DataModel(ReceptionDay)
    route_base = "/receptiondays"
    list_title = _l("Reception calendar")
    show_title = add_title = edit_title = _l("Day of the reception calendar")
    list_template = "reception/days.html"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_generate"]
    list_columns = ["day", "duty", "visit", "leader", "who", "hours", "place", "state"]
    show_columns = ["day", "duty", "visit", "leader", "who", "hours", "place", "cancelled", "note", "rule",
                    "planned_for"]  # fmt: skip
    add_columns = edit_columns = [
        "day",
        "duty",
        "visit",
        "leader",
        "who",
        "hours",
        "place",
        "cancelled",
        "note",
    ]
    label_columns = {"state": _l("State")}
    remote = ("leader",)
    search_columns = ["day", "duty", "visit", "cancelled"]
    order_columns = ["day"]
    base_order = ("day", "asc")
    eager = ("leader", "rule")
    computed = {"state": lambda day: _day_state(day)}

    @expose("/list/", methods=["GET"])
    @has_access
    def list(self) -> Any:
        """It opens where today is; the days before are the pages before."""
        if not request.args:
            before = sa.select(sa.func.count(ReceptionDay.id)).where(ReceptionDay.day < moment.today())
            page = (db.session.scalar(before) or 0) // self.page_size
            if page:
                return redirect(url_for("ReceptionDayView.list", page_ReceptionDayView=page))
        return super().list()

    def cards(self) -> Any:
        """The next day of each kind."""
        ahead = sa.select(ReceptionDay.duty, sa.func.min(ReceptionDay.day)).where(
            ReceptionDay.day >= moment.today(), sa.not_(ReceptionDay.cancelled)
        )
        found = {row[0]: row[1] for row in db.session.execute(ahead.group_by(ReceptionDay.duty))}
        return [(f"{found[duty]:%m-%d}" if duty in found else "—", duty.label, "", "") for duty in Duty]

    def pre_update(self, day: ReceptionDay) -> None:
        """From now on it stays as it was changed; who is expected on the day that was is not forgotten."""
        before: Any = sa.inspect(day).attrs.day.history.deleted
        day.edited = True
        if before or day.cancelled:
            _warn_of(before[0] if before else day.day)

    def generate_form(self) -> dict[str, int] | None:
        return {"year": moment.today().year} if permitted("can_generate", "ReceptionDayView") else None

    def pick_filter(self, column: str, query: sa.Select[Any]) -> sa.Select[Any]:
        return _among_leaders(query)

    @expose("/generate", methods=["POST"])
    @has_access
    def generate(self) -> Response:
        year = request.form.get("year", "").strip()
        if not (year.isascii() and year.isdigit() and 2020 <= int(year) <= 2099):
            flash(_("Give a year between 2020 and 2099."), "danger")
            return redirect(url_for("ReceptionDayView.list"))
        count = calendar.generate(int(year))
        db.session.commit()
        flash(
            _("%(count)s days of %(year)s added; what was there stays as it is.", count=count, year=year),
            "success",
        )
        return redirect(url_for("ReceptionDayView.list"))


def _warn_of(day: dt.date) -> None:
    expected = calendar.arranged_on(day)
    if expected:
        numbers = "、".join(reception.case.number for reception in expected)
        flash(_("Receptions are arranged on %(day)s: %(numbers)s. Arrange them anew.", day=day, numbers=numbers),
              "warning")  # fmt: skip


def _among_leaders(query: sa.Select[Any]) -> sa.Select[Any]:
    from app.organisation.models import Officer, Post

    return query.join(Post, Post.id == Officer.post_id).where(
        Post.name.in_(packages.leader_posts()), Officer.active
    )


def _day_state(day: ReceptionDay) -> Any:
    if day.cancelled:
        return badge(_("cancelled"), "mute")
    if day.planned_for is not None and day.planned_for != day.day:
        return badge(_("moved from %(day)s", day=day.planned_for), "amber")
    return badge(_("past"), "mute") if day.day < moment.today() else badge(_("planned"), "info")


class ReceptionRuleView(BaseView):
    datamodel = DataModel(ReceptionRule)
    list_title = _l("Rules of the reception calendar")
    show_title = add_title = edit_title = _l("Rule of the reception calendar")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_columns = ["code", "name", "pattern", "number", "rolled", "duty", "visit", "who", "source", "active"]
    show_columns = add_columns = edit_columns = [
        "code", "name", "pattern", "number", "rolled", "duty", "visit", "who", "hours", "place", "source", "active"
    ]  # fmt: skip
    search_columns = ["code", "name", "active"]
    order_columns = ["code"]
    base_order = ("code", "asc")

    def pre_add(self, rule: ReceptionRule) -> None:
        most = 7 if rule.pattern is not None and rule.pattern.name == "WEEKDAY" else 28
        if not 1 <= (rule.number or 0) <= most:
            raise Refusal(_l("1 to %(most)s.", most=most), "number")

    pre_update = pre_add
