"""The paper of a step before the step is taken: the step is tried in a transaction that is rolled back."""

from __future__ import annotations

import contextlib
from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from app.cases import effects, paper_fields, workflow
from app.cases.models import Case
from app.core import moment
from app.core.db import db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import operations as papers
from app.documents import worker
from app.documents.kind_views import pdf, sentence
from app.documents.models import Document

INCOMPLETE = (
    AttributeError,
    TypeError,
    ValueError,
    LookupError,
)  # a form half filled: what is missing is marked


def attempt(view: Any, step: Any) -> str:
    """Take the step as far as it goes; why not, or an empty string. Whoever calls rolls back."""
    try:
        view.pre_add(step)
    except Refusal as refusal:
        return str(refusal)
    except (*INCOMPLETE, SQLAlchemyError):
        return _("The form is not complete yet.")
    return ""


def unfinished(case: Case, step: Any) -> Document | None:
    """The paper with what is known, the rest marked; None for a step that issues none."""
    db.session.rollback()
    code = workflow.MOVES[step.kind].paper
    with contextlib.suppress(*INCOMPLETE):
        code = effects.paper_of(step, code)
    if not code:
        return None
    names = [column.key for column in step.__mapper__.column_attrs]
    typed = {name: paper_fields.plain(getattr(step, name, None)) for name in names}
    with seeing_all("a paper is looked at before its step is taken"):
        known = paper_fields.of_case(case, moment.today()) | {
            name: said for name, said in typed.items() if said
        }
        return papers.draft(code, case.unit or case.registered_unit, known, moment.now(), None, case.id)


def answer(document: Document | None, why: str) -> Response:
    """The paper as a draft; where there is none, the sentence that says why."""
    if document is None:
        return sentence(why or _("This step issues no paper."))
    try:
        with seeing_all("a paper is looked at before its step is taken"):
            return pdf(worker.printed(papers.laid_out(document)))
    except Refusal as refusal:
        return sentence(refusal)
