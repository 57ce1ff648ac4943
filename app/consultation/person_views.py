"""Who takes part: taken off the list, recused, given a link; their attachments."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, jsonify, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.cases.enums import RecusalGround
from app.consultation import (
    authority,
    fields,
    files,
    invitations,
)
from app.consultation.doing import do, prepares
from app.consultation.models import Participant
from app.consultation.talk import OpinionFile
from app.core import moment
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import RecordView
from app.organisation.models import Officer, Post, Unit


class ParticipantView(RecordView):
    """One person of a session: taken off the list, recused, given a link, an attachment added."""

    datamodel = DataModel(Participant)
    route_base = "/participants"
    list_title = _l("Participants of a consultation")
    base_permissions = ["can_prepare", "can_attach"]
    list_columns = show_columns = ["id"]
    search_columns: list[str] = []

    def _person(self, pk: int) -> Participant:
        person = self.datamodel.get(pk)
        if person is None:
            abort(404)
        return person

    @expose("/withdraw/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("prepare")
    def withdraw(self, pk: int) -> Response:
        person = self._person(pk)

        def verb() -> None:
            prepares(person.session)
            invitations.withdraw(person, moment.now())

        return do(person.session, verb, _l("Taken off the list."))

    @expose("/recuse/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("prepare")
    def recuse(self, pk: int) -> Response:
        person = self._person(pk)
        ground = RecusalGround.__members__.get(request.form.get("ground", ""), RecusalGround.OTHER)

        def verb() -> None:
            prepares(person.session)
            invitations.recuse(person, ground, request.form.get("reason", ""), g.user, moment.now())

        return do(person.session, verb, _l("Recused: neither the room nor the matter is open to them."))

    @expose("/link/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("prepare")
    def link(self, pk: int) -> Response:
        """A one-time link, shown once."""
        person = self._person(pk)
        made: list[str] = []

        def verb() -> None:
            prepares(person.session)
            made.append(invitations.link(person, g.user, moment.now()))

        answer = do(person.session, verb, _l("The link is made; earlier ones of this expert end."))
        if made:
            address = url_for("ExpertView.door", token=made[0], _external=True)
            words = Markup('{} <code class="private-address">{}</code>')
            flash(words.format(_("One-time link for the expert, shown only now:"), address), "info")
        return answer

    @expose("/people", methods=["GET"])
    @has_access
    @permission_name("prepare")
    def people(self) -> Any:
        """Officers for the box that asks them to come: by name, unit or post."""
        return _people()

    @expose("/attach/<int:pk>", methods=["POST"])
    @has_access
    def attach(self, pk: int) -> Response:
        person = self._person(pk)

        def verb() -> None:
            field = fields.Field("", "opinion", participant=person.id)
            if not authority.may_write(person.session, field, g.user):
                raise Refusal(_l("This is not yours to write."))
            files.attach(person, request.files.get("file"), g.user, moment.now())

        return do(person.session, verb, _l("Attached."))


class OpinionFileView(RecordView):
    """Attachments of written opinions, for who sees the case; always saved, never shown by the browser."""

    datamodel = DataModel(OpinionFile)
    route_base = "/opinion_files"
    list_title = _l("Attachments of opinions")
    base_permissions = ["can_get"]
    list_columns = show_columns = ["id"]
    search_columns: list[str] = []

    @expose("/get/<int:pk>", methods=["GET"])
    @has_access
    def get(self, pk: int) -> Response:
        file = self.datamodel.get(pk)
        if file is None:
            abort(404)
        return files.answer(file)


def _people() -> Any:
    words = request.args.get("q", "").strip()[:40]
    query = (
        sa.select(Officer)
        .outerjoin(Unit, Unit.id == Officer.unit_id)
        .outerjoin(Post, Post.id == Officer.post_id)
    )
    query = query.where(Officer.active, Officer.unit_id.is_not(None))
    for word in words.split():
        like = [
            c.contains(word, autoescape=True)
            for c in (Officer.whole_name, Unit.name, Unit.short_name, Post.name)
        ]
        query = query.where(sa.or_(*like))
    rows = db.session.scalars(query.order_by(Officer.unit_id, Officer.id).limit(20)).all()
    return jsonify(results=[
        {"id": officer.id, "text": f"{officer} · {officer.unit}{f' · {officer.post}' if officer.post else ''}"}
        for officer in rows
    ])  # fmt: skip
