"""Addresses without an account: an expert's door and seat, and an officer's calendar feed. Kept by no cache."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, current_app, make_response, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.utils.limit import Limit
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from app.consultation import feed, fields, files, outside
from app.consultation.enums import Capacity, Stance
from app.consultation.talk import ExpertLink, OpinionFile
from app.core import moment
from app.core.db import db
from app.core.errors import Refusal

CLOSED = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                               "frame-ancestors 'none'; base-uri 'none'",
}  # fmt: skip
LIMITS = [Limit(limit_value="60 per minute", key_func=get_remote_address)]


def page(template: str, status: int = 200, **said: Any) -> Response:
    answer = make_response(render_template(f"consultation/{template}.html", **said), status)
    answer.headers.update(CLOSED)
    return answer


class ExpertView(BaseView):
    """专家: a door that says what is behind it, then one page to read the matter and write an opinion.

    Its forms carry no token of the browser's session, which ends long before the link: nobody can send them who does
    not know the address, and the address is the secret.
    """

    route_base = "/expert"
    limits = LIMITS

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Any:
        blueprint = super().create_blueprint(*args, **kwargs)
        current_app.extensions["csrf"].exempt(blueprint)
        return blueprint

    @expose("/<token>", methods=["GET", "POST"])
    def door(self, token: str) -> Response:
        link = outside.find(token)
        if link is None:
            abort(404)
        try:
            if request.method == "POST":
                now = moment.now()
                outside.enter(link, now)
                db.session.commit()
                answer = redirect(url_for("ExpertView.seat", token=token))
                with outside.looking():
                    outside.leave_note(answer, link, url_for("ExpertView.door", token=token), now)
                return answer
            outside.must_live(link, moment.now())
            if outside.kept_here(link):
                return redirect(url_for("ExpertView.seat", token=token))
            if link.used_at is not None:
                outside.inside(token, moment.now())
        except Refusal as refusal:
            db.session.rollback()
            return page("expert_over", 410, sentence=str(refusal))
        with outside.looking():
            return page("expert_door", token=token, link=link, session=link.participant.session)

    @expose("/<token>/seat", methods=["GET", "POST"])
    def seat(self, token: str) -> Response:
        try:
            link = outside.inside(token, moment.now())
            if link is None:
                abort(404)
            wrong, clash = None, {}
            if request.method == "POST":
                try:
                    clash = self._write(link)
                    if not clash:
                        db.session.commit()
                        return redirect(url_for("ExpertView.seat", token=token, saved=1))
                    wrong = _(
                        "Others wrote here meanwhile: what stands is shown beside what you wrote. "
                        "Save again to replace it."
                    )
                except Refusal as refusal:
                    wrong = str(refusal)
                db.session.rollback()
                link = outside.inside(token, moment.now())
                assert link is not None
        except Refusal as refusal:
            db.session.rollback()
            return page("expert_over", 410, sentence=str(refusal), typed=request.form.get("opinion", ""))
        with outside.looking():
            return self._seat(token, link, wrong, clash)

    @staticmethod
    def _seat(token: str, link: ExpertLink, wrong: str | None, clash: dict[str, fields.Standing]) -> Response:
        person = link.participant
        found = fields.current(person.session)
        own = db.session.query(OpinionFile).filter(OpinionFile.participant_id == person.id).all()
        others = [
            (p, fields.stance(found, p), words) for p in person.session.participants
            if p.expected and p is not person and (words := fields.value(found, f"p{p.id}.opinion"))
        ]  # fmt: skip
        return page(
            "expert_seat", token=token, link=link, person=person, session=person.session, wrong=wrong,
            opinion=found.get(f"p{person.id}.opinion", fields.NOTHING), clash=clash,
            stance=found.get(f"p{person.id}.stance", fields.NOTHING), own=own, others=others,
            Stance=Stance, saved=request.args.get("saved"), Capacity=Capacity,
        )  # fmt: skip

    @staticmethod
    def _write(link: ExpertLink) -> dict[str, fields.Standing]:
        """Opinion, stance, attachment, each from its own version; where one is behind, what stands is given back."""
        person, now = link.participant, moment.now()
        clash: dict[str, fields.Standing] = {}
        with outside.looking():
            for part in ("opinion", "stance"):
                sent = request.form.get(f"{part}_version", "")
                base = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 7 else -1
                try:
                    fields.write(
                        person.session,
                        f"p{person.id}.{part}",
                        request.form.get(part, ""),
                        base,
                        now,
                        None,
                        person,
                    )
                except fields.Conflict as conflict:
                    clash[part] = conflict.standing
            file = request.files.get("file")
            if not clash and file is not None and file.filename:
                files.attach(person, file, None, now)
        return clash


class CalendarFeedView(BaseView):
    """The private address of an officer's sessions."""

    route_base = "/calendars"
    limits = LIMITS

    @expose("/<token>.ics", methods=["GET"])
    def sessions(self, token: str) -> Response:
        officer = feed.of_token(token)
        if officer is None:
            abort(404)
        zone = ZoneInfo(current_app.config["OFFICE_TIMEZONE"])
        content = feed.text(officer, moment.now(), zone, request.host.split(":")[0])
        return Response(
            content, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-store"}
        )
