"""``POST /api/v1/intake/``: other systems hand petitions in. The one interface that writes; see ``intake.py``."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, g, request
from flask_appbuilder.api import BaseApi, expose, permission_name, protect
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.cases import intake
from app.core import moment
from app.core.db import db
from app.core.scope import seeing_all

LARGEST = 128 * 1024  # a long letter; attachments go another way


class IntakeApi(BaseApi):
    resource_name = "intake"
    list_title = _l("Interface: hand in a petition")
    base_permissions = ["can_post"]
    allow_browser_login = True
    openapi_spec_tag = "Intake"
    openapi_spec_component_schemas = (intake.Intake,)

    @expose("/", methods=["POST"])
    @protect()
    @permission_name("post")
    def post(self) -> Response:
        """Hand in a petition
        ---
        post:
          summary: Hand in a petition
          description: >-
            Registers a petition with a deadline of its own. Safe to repeat: the same `external_ref` of the same
            account with the same content answers 200 with the same number.
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  $ref: '#/components/schemas/Intake'
          responses:
            201:
              description: Registered
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      number:
                        type: string
                      query_code:
                        type: string
                        description: For the petitioner; opens the public look-up
            200:
              description: This reference was registered before, with the same content
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      number:
                        type: string
                      query_code:
                        type: string
            400:
              description: No JSON
            401:
              $ref: '#/components/responses/401'
            403:
              description: The account may not hand in
            409:
              description: The reference was used before, for other content
            413:
              description: Larger than 128 KiB
            415:
              description: Not application/json
            422:
              description: The reason per field
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      errors:
                        type: object
                        additionalProperties:
                          type: string
        """
        self._not_forged()
        sent = self._sent()
        try:
            case, new = intake.hand_in(sent, g.user, moment.now())
        except intake.Wrong as wrong:
            db.session.rollback()
            return self.response(422, errors=wrong.errors)
        except intake.Conflict:
            db.session.rollback()
            return self.response(409, message=_("This reference was used before, for other content."))
        with seeing_all("the answer to what was handed in"):
            return self.response(201 if new else 200, number=case.number, query_code=case.query_code)

    @staticmethod
    def _not_forged() -> None:
        """FAB exempts its interfaces; who is known by a cookie alone must show the token of our own pages."""
        if "Authorization" not in request.headers and current_app.config["WTF_CSRF_ENABLED"]:
            current_app.extensions["portal_csrf"].protect()

    @staticmethod
    def _sent() -> Any:
        if request.mimetype != "application/json":
            abort(415)
        request.max_content_length = LARGEST  # refused while reading, whatever length was announced
        try:
            return request.get_json(cache=False)
        except (BadRequest, RecursionError):
            abort(400)
