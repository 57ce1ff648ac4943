"""The forms of the public pages. They carry their token against forgery and need no script."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice

from app.evaluation.steps import Rating, Subject
from app.public import access

LONGEST = 3000


def printable(text: str | None) -> str:
    """What a person wrote, without characters no text has (a database refuses them)."""
    kept = (c for c in text or "" if c in "\n\t" or (ord(c) >= 32 and not 0x7F <= ord(c) <= 0x9F))
    return "".join(kept).replace("\r\n", "\n").strip()


class LookUpForm(FlaskForm):
    code = StringField(
        _l("Query code"), [validators.InputRequired(), validators.Length(max=60)], filters=[access.compact],
        description=_l("12 letters and digits, on the slip you were given at registration"),
    )  # fmt: skip
    proof = StringField(
        _l("Last four characters"), [validators.InputRequired(), validators.Length(max=20)],
        filters=[access.compact],
    )  # fmt: skip


class ReviewForm(FlaskForm):
    reason = TextAreaField(
        _l("What you ask for and why"),
        [validators.InputRequired(), validators.Length(min=5, max=LONGEST)],
        filters=[printable],
        description=_l("Say which part of the answer or opinion you do not agree with, and why."),
    )


class EvaluationForm(FlaskForm):
    """One choice for each subject that may still be evaluated; see ``for_subjects``."""

    words = TextAreaField(
        _l("In your own words"), [validators.Optional(), validators.Length(max=500)], filters=[printable],
        description=_l("Not required"),
    )  # fmt: skip

    def chosen(self) -> dict[Subject, Rating]:
        return {
            s: Rating[data] for s in Subject if (field := self._fields.get(s.name)) and (data := field.data)
        }


def for_subjects(subjects: list[Subject], **given: Any) -> EvaluationForm:
    choices = [SelectChoice(rating.name, str(rating)) for rating in Rating]
    made: dict[str, Any] = {
        subject.name: RadioField(subject.label, [validators.Optional()], choices=choices)
        for subject in subjects
    }
    form: EvaluationForm = type("SubjectsForm", (EvaluationForm,), made)(**given)
    return form
