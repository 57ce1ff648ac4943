"""Forms of recusal: declared by oneself, recorded by the office, ended by its head (R22 art. 28)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import g
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, validators

from app.cases import recusal
from app.cases.models import Case
from app.cases.step_view import StepView
from app.cases.step_views import CASE_FORMS, STEP_VIEWS
from app.cases.steps_recusal import Recusal, RecusalRuling
from app.cases.workflow import MOVES
from app.core.datamodel import DataModel
from app.organisation.models import Officer, Unit


class RecusalView(StepView):
    datamodel = DataModel(Recusal)
    add_title = menu_label = _l("Recuse myself")
    add_columns = ["ground", "reason"]
    consequence = _l(
        "From then on you neither see this case nor take any step on it, until the office head rules (art. 28)."
    )

    def pre_add(self, step: Recusal) -> None:
        step.who = g.user
        super().pre_add(step)


class RecusalRecordView(StepView):
    datamodel = DataModel(Recusal)
    add_title = menu_label = _l("Record a recusal")
    add_columns = ["who", "which", "ground", "reason"]
    remote = ("who", "which")
    consequence = _l(
        "Who is recused has no part in the case; a matter at a recused unit comes back to be sent elsewhere (art. 28)."
    )

    def pick_filter(self, column: str, query: sa.Select[Any]) -> sa.Select[Any]:
        return query.where(Officer.active if column == "who" else Unit.active)


def _standing() -> list[tuple[int, str]]:
    case = g.get("step_case")
    return [(row.id, str(row)) for row in recusal.in_force(case)] if case is not None else []


class RecusalRulingView(StepView):
    datamodel = DataModel(RecusalRuling)
    add_title = menu_label = _l("End a recusal")
    add_columns = ["recusal_id", "reason"]
    add_form_extra_fields = {
        "recusal_id": SelectField(_l("Recusal"), [validators.InputRequired()], choices=_standing, coerce=int)
    }

    def pre_add(self, step: RecusalRuling) -> None:
        found: Any = next((row for row in recusal.in_force(self.case) if row.id == step.recusal_id), None)
        step.recusal = found
        super().pre_add(step)


def _recordable(case: Case, today: dt.date) -> bool:
    return case.state in MOVES["recusal"].from_


STEP_VIEWS |= {"recusal": RecusalView, "recusal_ruling": RecusalRulingView}
CASE_FORMS.append((RecusalRecordView, _recordable))
