"""The pages of consultation: the board, one consultation on one screen, Friday's list, the calendar; and the proposal,
which is a step of the case like any other, with a form of its own."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.cases.models import Case
from app.cases.step_view import StepView
from app.cases.step_views import STEP_VIEWS
from app.cases.timeline import PANELS, Panel
from app.consultation import authority, board, feed, operations, page, weekly
from app.consultation.levels import RESPONSIBLE
from app.consultation.models import Consultation
from app.consultation.steps import ConsultationStep, live
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import RecordView
from app.organisation.models import Officer, Unit

NO_STORE = {"Cache-Control": "private, no-store"}


def whole(text: str | None) -> int | None:
    """A row number of an address, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def day_of(text: str | None) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return moment.today()


class ConsultationView(RecordView):
    """四级会诊: the board, and the screen a meeting is run from."""

    datamodel = DataModel(Consultation)
    route_base = "/consultations"
    list_title = _l("Consultation at four levels")
    show_title = _l("Consultation")
    base_permissions = ["can_list", "can_show", "can_calendar", "can_feed"]
    list_columns = show_columns = ["id"]
    search_columns: list[str] = []

    @expose("/list/", methods=["GET"])
    @has_access
    def list(self) -> Any:
        unit = whole(request.args.get("unit"))
        columns = board.cards(unit, moment.now())
        total = sum(len(cards) for cards in columns.values())
        self.update_redirect()
        return self.render_template(
            "consultation/board.html", title=_("Consultation at four levels"), columns=columns, chosen=unit,
            levels=operations.levels(), units=board.unit_options(), now=moment.now(),
            total=total, unseen=board.unseen(unit, total),
        )  # fmt: skip

    @expose("/show/<int:pk>", methods=["GET"])
    @has_access
    def show(self, pk: int) -> Any:
        course = page.load(pk)
        if course is None:
            if authority.barred(pk, g.user):
                raise Refusal(
                    _l("You are recused from this matter and may not enter its consultation (art. 28).")
                )
            abort(404)
        self.update_redirect()
        return self.render_template(
            "consultation/page.html", title=_("Consultation: %(title)s", title=course.case.title),
            **page.page(course, whole(request.args.get("level"))),
        )  # fmt: skip

    # ---- Friday's list ---------------------------------------------------------------------------------------------

    @expose("/friday", methods=["GET"])
    @has_access
    @permission_name("list")
    def friday(self) -> Any:
        unit = whole(request.args.get("unit"))
        first, last, lines = board.week(day_of(request.args.get("day")), unit, moment.now())
        return self.render_template(
            "consultation/friday.html", title=_("Consultations of the week"), first=first, last=last, lines=lines,
            units=board.unit_options(), chosen=unit, board=board, week=dt.timedelta(days=7),
        )  # fmt: skip

    @expose("/friday_pdf", methods=["GET"])
    @has_access
    @permission_name("list")
    def friday_pdf(self) -> Response:
        first, last, lines = self._week()
        return _file(weekly.pdf(first, last, lines), "application/pdf", f"会诊周报{last:%Y%m%d}.pdf")

    @expose("/friday_xlsx", methods=["GET"])
    @has_access
    @permission_name("list")
    def friday_xlsx(self) -> Response:
        first, last, lines = self._week()
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return _file(board.workbook(weekly.title(first, last), lines), kind, f"会诊周报{last:%Y%m%d}.xlsx")

    @staticmethod
    def _week() -> tuple[dt.date, dt.date, Any]:
        return board.week(day_of(request.args.get("day")), whole(request.args.get("unit")), moment.now())

    # ---- the calendar ----------------------------------------------------------------------------------------------

    @expose("/calendar", methods=["GET"])
    @has_access
    def calendar(self) -> Any:
        first = board.month_of(request.args.get("month", ""), moment.today())
        weeks = board.weeks(first)
        return self.render_template(
            "consultation/calendar.html", title=_("Calendar of sessions"), first=first, weeks=weeks,
            meetings=board.meetings(weeks[0][0], weeks[-1][-1]), today=moment.today(),
            before=(first - dt.timedelta(days=1)).strftime("%Y-%m"),
            after=(first + dt.timedelta(days=32)).strftime("%Y-%m"),
            busy=board.busy(day_of(request.args.get("day"))), day=day_of(request.args.get("day")),
            feed=feed.live(g.user), dt=dt,
        )  # fmt: skip

    @expose("/feed_new", methods=["POST"])
    @has_access
    @permission_name("feed")
    def feed_new(self) -> Response:
        token = feed.make(g.user, moment.now())
        db.session.commit()
        address = url_for("CalendarFeedView.sessions", token=token, _external=True)
        words = Markup('{} <code class="private-address">{}</code>')
        flash(words.format(_("Your private address, shown only now:"), address), "success")
        return redirect(url_for("ConsultationView.calendar"))

    @expose("/feed_end", methods=["POST"])
    @has_access
    @permission_name("feed")
    def feed_end(self) -> Response:
        feed.revoke(g.user, moment.now())
        db.session.commit()
        flash(_("The address is revoked; who kept it gets nothing any more."), "success")
        return redirect(url_for("ConsultationView.calendar"))


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", **NO_STORE}
    return Response(content, mimetype=kind, headers=headers)


class ConsultationProposalView(StepView):
    """提请会诊: units concerned lead to the level; who convenes it is asked."""

    datamodel = DataModel(ConsultationStep)
    add_title = menu_label = _l("Propose a consultation")
    add_columns = ["words"]

    @expose("/add/<int:case_id>", methods=["GET", "POST"])
    @has_access
    def add(self, case_id: int) -> Any:
        case = DataModel(Case).get(case_id)
        if case is None:
            abort(404)
        g.step_case = case
        if request.method == "GET" and (why := self.why_not()):
            flash(why, "warning")
            return self.back_to(case_id)
        wrong = None
        if request.method == "POST":
            try:
                return self._propose(case)
            except Refusal as refusal:
                db.session.rollback()
                wrong, case = refusal, DataModel(Case).get(case_id)
        chosen = set(request.form.getlist("units")) or {str(case.unit_id or "")}
        levels = operations.levels()
        return self.render_template(
            "consultation/propose.html", title=self.add_title, case=case, levels=levels, wrong=wrong, chosen=chosen,
            units=db.session.scalars(
                sa.select(Unit).where(Unit.active, Unit.kind.in_(RESPONSIBLE)).order_by(Unit.kind, Unit.id)
            ).all(),
            conveners={level.number: authority.candidates(level, case) for level in levels},
        )  # fmt: skip

    @staticmethod
    def _propose(case: Case) -> Response:
        numbers = [n for text in request.form.getlist("units")[:40] if (n := whole(text)) is not None]
        units = list(
            db.session.scalars(sa.select(Unit).where(Unit.id.in_(numbers), Unit.active).order_by(Unit.id))
        )
        level = next(
            (one for one in operations.levels() if str(one.number) == request.form.get("level")), None
        )
        if level is None:
            raise Refusal(_l("Choose the level."), "level")
        wanted = whole(request.form.get("convener"))
        convener = db.session.scalars(sa.select(Officer).where(Officer.id == (wanted or 0))).first()
        if level.at_once and not authority.permitted("can_convene"):
            raise Refusal(_l("You do not convene this level: “%(level)s” is convened by %(posts)s.",
                             level=level.name, posts=authority.posts_of(level)), "level")  # fmt: skip
        course = operations.propose(
            case, level, units, convener, request.form.get("reason", ""), g.user, moment.now()
        )
        db.session.commit()
        flash(_("The session is proposed."), "success")
        if DataModel(Consultation).get(course.id) is None or not authority.permitted(
            "can_show", "ConsultationView"
        ):
            return redirect(url_for("CaseView.list"))
        return redirect(url_for("ConsultationView.show", pk=course.id))


def _panel(case: Case) -> Panel | None:
    """The case page leads to the consultation that is going on, or to the last one."""
    if not authority.permitted("can_show", "ConsultationView"):
        return None
    course = (
        live(case)
        or db.session.scalars(
            sa.select(Consultation)
            .where(Consultation.case_id == case.id)
            .order_by(Consultation.id.desc())
            .limit(1)
        ).first()
    )
    if course is None:
        return None
    session = operations.now_open(course)
    badges = (course.state,) if course.ended_at is None else ()
    return Panel(
        _("Consultation"), "consultation/panel.html", {"course": course, "session": session}, badges=badges
    )


STEP_VIEWS["consultation"] = ConsultationProposalView
PANELS.append(_panel)
