"""What is done to a session: each a POST that calls one verb and comes back to the page, and the two addresses the
page's script speaks to while people write."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from app.consultation import (
    authority,
    decisions,
    execution,
    fields,
    invitations,
    live,
    minutes,
    operations,
    presence,
)
from app.consultation.chair import take as take_chair
from app.consultation.doing import do, prepares, time_of
from app.consultation.enums import Capacity
from app.consultation.levels import MeetingRoom
from app.consultation.models import ConsultationSession
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import RecordView
from app.organisation.models import Officer


class ConsultationSessionView(RecordView):
    """The verbs of a session, each with the right it needs."""

    datamodel = DataModel(ConsultationSession)
    route_base = "/sessions"
    list_title = _l("Sessions of a consultation")
    base_permissions = ["can_show", "can_convene", "can_record", "can_opine", "can_strike"]
    list_columns = show_columns = ["id"]
    search_columns: list[str] = []
    exclude_route_methods = {"show"}

    def _session(self, pk: int) -> ConsultationSession:
        session = self.datamodel.get(pk)
        if session is None:
            abort(404)
        return session

    @expose("/notify/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("convene")
    def notify(self, pk: int) -> Response:
        session = self._session(pk)
        starts, ends = time_of("starts_at"), time_of("ends_at")
        number = request.form.get("room", "")
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        room = db.session.scalars(sa.select(MeetingRoom).where(MeetingRoom.id == wanted)).first()
        return do(
            session, lambda: operations.notify(session, starts, ends, room, g.user, moment.now()),
            _l("The session is notified; the invitations are in the register of papers."),
        )  # fmt: skip

    @expose("/hold/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("convene")
    def hold(self, pk: int) -> Response:
        session = self._session(pk)
        return do(session, lambda: operations.hold(session, g.user, moment.now()), _l("The session is open."))

    @expose("/decide/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("convene")
    def decide(self, pk: int) -> Response:
        session = self._session(pk)
        return do(
            session, lambda: decisions.decide(session, g.user, moment.now()),
            _l("Decided. Sign the minutes: then every item is owed by its unit."),
        )  # fmt: skip

    @expose("/escalate/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("convene")
    def escalate(self, pk: int) -> Response:
        session, why = self._session(pk), request.form.get("why", "")
        answer = do(
            session, lambda: decisions.escalate(session, why, g.user, moment.now()),
            _l("The next level has it now."),
        )  # fmt: skip
        if session.level_number < session.consultation.level:
            return redirect(url_for("ConsultationView.show", pk=session.consultation_id))
        return answer

    @expose("/adjourn/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("convene")
    def adjourn(self, pk: int) -> Response:
        session, why = self._session(pk), request.form.get("why", "")
        return do(
            session, lambda: decisions.adjourn(session, why, g.user, moment.now()),
            _l("Adjourned; notify the next meeting when the facts are there."),
        )  # fmt: skip

    @expose("/call_off/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("convene")
    def call_off(self, pk: int) -> Response:
        session, why = self._session(pk), request.form.get("why", "")
        return do(session, lambda: decisions.call_off(session, why, g.user, moment.now()), _l("Called off."))

    @expose("/sign/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("convene")
    def sign(self, pk: int) -> Response:
        session = self._session(pk)

        def verb() -> None:
            for sentence in execution.sign_minutes(session, g.user, moment.now()):
                flash(sentence, "warning")

        return do(session, verb, _l("The minutes are signed; every item is in the queue of its unit."))

    @expose("/chair/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("show")
    def chair(self, pk: int) -> Response:
        """Another holder of the level's post leads, where the convener no longer can."""
        session = self._session(pk)
        number = request.form.get("convener", "")

        def verb() -> None:
            prepares(session)
            take_chair(session, _officer(number), g.user, moment.now())

        return do(session, verb, _l("The session has another convener."))

    @expose("/strike/<int:pk>", methods=["POST"])
    @has_access
    def strike(self, pk: int) -> Response:
        session, words = self._session(pk), request.form.get("remark", "")
        return do(
            session, lambda: execution.strike_off(session, words, g.user, moment.now()), _l("Struck off.")
        )

    @expose("/invite/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("show")
    def invite(self, pk: int) -> Response:
        session = self._session(pk)

        def verb() -> None:
            prepares(session)
            if request.form.get("expert_name", "").strip():
                name, of = request.form["expert_name"], request.form.get("expert_of", "")
                invitations.invite_expert(session, name, of, g.user, moment.now())
                return
            words = request.form.get("officer", "").strip()
            officer = _officer(words)
            capacity = Capacity.__members__.get(request.form.get("capacity", ""), Capacity.MEMBER)
            invitations.invite(session, officer, capacity, g.user, moment.now())

        return do(session, verb, _l("On the list."))

    # ---- writing at the same time ----------------------------------------------------------------------------------

    @expose("/save/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("show")
    def save(self, pk: int) -> Any:
        """One field; answers with its new version and what follows, or with what somebody else wrote meanwhile."""
        session = self._session(pk)
        try:
            name = request.form.get("name", "")
            field = fields.parse(name)
            if not authority.may_write(session, field, g.user):
                raise Refusal(_l("This is not yours to write."))
            version = request.form.get("version", "")
            base = int(version) if version.isascii() and version.isdigit() and len(version) < 7 else -1
            stands = fields.write(session, name, request.form.get("value", ""), base, moment.now(), g.user)
            db.session.commit()
            found = fields.current(session)  # what follows from it follows at once: counts, badges, minutes
            return jsonify(
                saved=name, version=stands.version, last=fields.count(found), **live.follows(session, found)
            )
        except fields.Conflict as conflict:
            db.session.rollback()
            return jsonify(conflict=_told(conflict.standing)), 409
        except Refusal as refusal:
            db.session.rollback()
            return jsonify(refused=str(refusal)), 409

    @expose("/changes/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def changes(self, pk: int) -> Any:
        """Nothing new since ``since`` versions, or all that stands now and what follows from it.

        What is counted are versions, not numbers of rows: a row with a lower number may come later.
        """
        session = self._session(pk)
        g.asked_by_itself = True
        answer: dict[str, Any] = {
            "fields": {}, "last": fields.versions(session), "stamp": live.stamp(session),
            "here": presence.others(session, g.user, moment.now()),
        }  # fmt: skip
        if str(answer["last"]) != request.args.get("since", ""):
            found = fields.current(session)
            answer |= {
                "fields": {name: _told(one) for name, one in found.items()}, "last": fields.count(found),
                **live.follows(session, found),
            }  # fmt: skip
        return jsonify(answer)

    @expose("/here/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("show")
    def here(self, pk: int) -> Any:
        """The page is open, and in which field its reader writes; the page says so by itself."""
        session = self._session(pk)
        g.asked_by_itself = True
        try:
            presence.note(session, g.user, request.form.get("field", ""), moment.now())
            db.session.commit()
        except IntegrityError:  # the same officer in another tab
            db.session.rollback()
        return jsonify(here=True)

    @expose("/minutes/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def minutes(self, pk: int) -> Response:
        """The minutes as they would print now, marked as a draft."""
        content = minutes.preview(self._session(pk))
        return Response(content, mimetype="application/pdf", headers={"Cache-Control": "private, no-store"})


def _told(one: fields.Standing) -> dict[str, Any]:
    at = one.at.strftime("%H:%M:%S") if one.at is not None else ""
    return {"value": one.value, "version": one.version, "by": one.by, "at": at}


def _officer(words: str) -> Officer:
    """By number, as the box sends it, or by the whole name where only one has it."""
    number = int(words) if words.isascii() and words.isdigit() and len(words) < 10 else 0
    query = sa.select(Officer).where(Officer.active)
    query = query.where(Officer.id == number) if number else query.where(Officer.whole_name == words)
    found = db.session.scalars(query.limit(2)).all()
    if len(found) != 1 or not words:
        raise Refusal(_l("Choose the officer from the list."), "officer")
    return found[0]
