"""A leader's one page: my receptions, my packages, my instructions and what came of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import g, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload, selectinload

from app.cases import shown
from app.cases.models import Clock
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.views import RecordView
from app.packages import instructions
from app.packages import views as package_views
from app.packages.models import RUNNING as PACKAGES_RUNNING
from app.packages.models import Package, PackageOwner
from app.reception.models import (
    RUNNING,
    FridayList,
    FridayReader,
    Reception,
    ReceptionState,
)
from app.reception.views import list_link, meets, permitted, prepared
from app.supervision.ladder_models import MeasureState, SupervisionMeasure

R = ReceptionState

# ---- a leader's one page -----------------------------------------------------------------------------


class LeaderDeskView(RecordView):
    """领导工作台: my receptions, my packages, my instructions and what came of them."""

    datamodel = DataModel(Reception)
    route_base = "/leader"
    list_title = _l("Leader's page")
    list_template = "reception/leader.html"
    base_permissions = ["can_list"]
    list_columns = search_columns = ["state"]

    @expose("/list/", methods=["GET"])
    @has_access
    def list(self) -> Any:
        """Everything within the leader's own reach; a page of its own, in a fixed number of statements."""
        today = moment.today()
        mine = sa.select(Reception).where(Reception.leader_id == g.user.id, Reception.state != R.ENDED)
        receptions = db.session.scalars(
            mine.options(joinedload(Reception.case))
            .order_by(Reception.meets_on.desc(), Reception.id.desc())
            .limit(30)
        ).all()
        led = sa.select(PackageOwner.package_id).where(
            PackageOwner.officer_id == g.user.id, PackageOwner.until.is_(None)
        )
        found = sa.select(Package).where(Package.id.in_(led)).order_by(Package.id.desc()).limit(50)
        owned = db.session.scalars(
            found.options(joinedload(Package.case), joinedload(Package.unit),
                          selectinload(Package.owners).joinedload(PackageOwner.officer),
                          joinedload(Package.clock).joinedload(Clock.rule))
        ).all()  # fmt: skip
        given = instructions.given_by(g.user)
        came_of = instructions.outcomes(given)
        told = [(said, *came_of[said.id]) for said in given]
        lists = db.session.scalars(
            sa.select(FridayList).join(FridayReader).where(FridayReader.officer_id == g.user.id)
            .options(joinedload(FridayList.document)).order_by(FridayList.id.desc()).limit(6)
        ).all()  # fmt: skip
        ahead = [
            r for r in receptions if r.meets_on is not None and r.meets_on >= today and r.state in RUNNING
        ]
        open_answers = [clock for _said, clock, answer in told if answer is None and clock is not None]
        late = sum(1 for clock in open_answers if clock.stopped_on is None and clock.due_legal < today)
        cards = [
            (len(ahead), _("Receptions ahead"), "", ""),
            (sum(1 for p in owned if p.state in PACKAGES_RUNNING), _("Packages under way"), "", ""),
            (len(open_answers), _("Instructions not answered"), "", ""),
            (late, _("Answer late"), "late" if late else "", ""),
        ]
        if permitted("can_add", "MeasureDecisionView"):
            waiting = sa.select(sa.func.count(SupervisionMeasure.id)).where(
                SupervisionMeasure.state == MeasureState.PROPOSED
            )
            proposed = db.session.scalar(waiting) or 0
            cards.append(
                (
                    proposed,
                    _("Measures to decide on"),
                    "warn" if proposed else "",
                    url_for("MeasureView.list"),
                )
            )
        self.update_redirect()
        return self.render_template(
            self.list_template, title=self.list_title, receptions=receptions, packages=owned, told=told, lists=lists,
            cards=cards, view=package_views, duties=package_views.duty_badges(owned), reception_view=_SHOWN,
            shown=shown, today=today,
        )  # fmt: skip


_SHOWN = {"meets": meets, "prepared": prepared, "list_link": list_link}
