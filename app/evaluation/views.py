"""Evaluation entered on behalf, and the call-back; the petitioner's own page is in the public room."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.step_view import StepView
from app.cases.step_views import STEP_VIEWS
from app.core.datamodel import DataModel
from app.evaluation import rules, steps


class EvaluationView(StepView):
    datamodel = DataModel(steps.Evaluation)
    add_title = menu_label = _l("Enter an evaluation on behalf")
    add_columns = ["subject", "rating", "words", "evidence"]
    consequence = _l(
        "Only what the petitioner said themselves, with evidence; it is marked as entered on their behalf."
    )

    def pre_add(self, step: Any) -> None:
        step.on_behalf = True
        super().pre_add(step)


class CallBackView(StepView):
    datamodel = DataModel(steps.CallBack)
    add_title = menu_label = _l("Record a call-back")
    add_columns = ["talk", "reopen", "note"]


STEP_VIEWS |= {"evaluation": EvaluationView, "call_back": CallBackView}

__all__ = ["rules"]
