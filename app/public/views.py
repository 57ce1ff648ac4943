"""群众查询: no account, no script, nothing of anybody else; kept by no cache, found by no search engine."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from flask import abort, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.utils.limit import Limit
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from app.cases import operations
from app.cases.models import Case
from app.core import audit, moment, settings
from app.core.db import begin_writing, db
from app.core.errors import Refusal
from app.core.scope import seeing_all
from app.documents import operations as papers
from app.evaluation.steps import Evaluation
from app.organisation.models import Unit, UnitKind
from app.public import access, attempts, forms, letters, progress, rights
from app.review.steps import RecheckRequest, ReviewRequest

WHY = "a petitioner looks up their own petition"
CLOSED = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    # not no-referrer: over HTTPS the forms' protection reads it; addresses here hold nothing to leak
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                               "frame-ancestors 'none'; base-uri 'none'",
}  # fmt: skip


def page(template: str, status: int = 200, **said: Any) -> Response:
    answer = make_response(render_template(f"public/{template}.html", **said), status)
    answer.headers.update(CLOSED)
    return answer


class PetitionView(BaseView):
    route_base = "/public"
    default_view = "look_up"
    limits = [Limit(limit_value="30 per minute", key_func=get_remote_address, methods=("POST",))]

    @expose("/", methods=["GET", "POST"])
    def look_up(self) -> Response:
        form = forms.LookUpForm()
        if not form.validate_on_submit():
            return self._look_up(form)
        counted, now = attempts.marks(form.code.data, request.remote_addr or ""), moment.now()
        if attempts.blocked(counted, now):
            db.session.rollback()
            return self._look_up(form, 429, self._locked())
        case_id = access.find(form.code.data, form.proof.data)
        if case_id is None:
            attempts.failed(counted, now)
            audit.note(db.session(), "look-up refused", "petition_case", None, {})
            db.session.commit()
            return self._look_up(
                form, 200, _("No petition was found for these two entries. Check both and try again.")
            )
        attempts.succeeded(counted)
        audit.note(db.session(), "looked up", "petition_case", case_id, {"by": "petitioner"})
        db.session.commit()
        access.admit(case_id)
        return self._to("progress")

    @staticmethod
    def _locked() -> str:
        minutes = settings.number("public_lock_minutes")
        return _(
            "Too many tries without success. Try again in %(n)s minutes, or ask at the reception hall.",
            n=minutes,
        )

    def _look_up(self, form: forms.LookUpForm, status: int = 200, why: str = "") -> Response:
        form.proof.description = settings.text("public_proof")
        halls = sa.select(Unit).where(Unit.kind == UnitKind.HALL, Unit.active).order_by(Unit.id)
        return page("look_up", status, form=form, why=why, hall=db.session.scalars(halls.limit(1)).first())

    @expose("/progress")
    def progress(self) -> Response:
        case = access.admitted()
        if case is None:
            return self._again()
        with seeing_all(WHY):
            shown = progress.of(case, moment.today())
        return page("progress", page=shown, minutes=int(access.GOOD_FOR.total_seconds() // 60))

    @expose("/letter/<code>")
    def letter(self, code: str) -> Response:
        case = access.admitted()
        if case is None:
            return self._again()
        with seeing_all(WHY):
            found = next((paper for paper in letters.delivered(case) if paper.code == code), None)
            if found is None:
                abort(404)
            content, number = papers.rendered(found), found.id
            name = quote(f"{found.kind.name}{found.number}.pdf")
        begin_writing()
        audit.note(db.session(), "letter read", "document", number, {"by": "petitioner"})
        db.session.commit()
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(content, mimetype="application/pdf", headers=CLOSED | headers)

    @expose("/evaluate", methods=["GET", "POST"])
    def evaluate(self) -> Response:
        case = access.admitted()
        if case is None:
            return self._again(request.form.get("words", ""))
        with seeing_all(WHY):
            subjects = rights.pending(case, moment.today())
            if not subjects:
                flash(
                    _("There is nothing to evaluate: both were evaluated, or the window is closed."),
                    "warning",
                )
                return self._to("progress")
            form = forms.for_subjects(subjects)
            if form.validate_on_submit():
                steps = [Evaluation(subject=subject, rating=rating, words=form.words.data or "")
                         for subject, rating in form.chosen().items()]  # fmt: skip
                if not steps:
                    return page(
                        "evaluate", form=form, subjects=subjects, why=_("Choose how satisfied you are.")
                    )
                if why := self._take(case, *steps):
                    return page("evaluate", form=form, subjects=subjects, why=why)
                flash(_("Thank you. Your evaluation was recorded."), "success")
                return self._to("progress")
            return page("evaluate", form=form, subjects=subjects, why="")

    @expose("/review", methods=["GET", "POST"])
    def review(self) -> Response:
        """复查: to the organ one level up (art. 35)."""
        return self._ask_for("review", ReviewRequest, _("Review cannot be asked for here now."),
                             _("Your request for review was received today."))  # fmt: skip

    @expose("/recheck", methods=["GET", "POST"])
    def recheck(self) -> Response:
        """复核: to the organ above the review (art. 36); mostly outside, then taken in here and sent on."""
        return self._ask_for("recheck", RecheckRequest, _("Re-examination cannot be asked for here now."),
                             _("Your request for re-examination was received today."))  # fmt: skip

    def _ask_for(
        self, way: str, kind: type[ReviewRequest | RecheckRequest], closed: str, received: str
    ) -> Response:
        case = access.admitted()
        if case is None:
            return self._again(request.form.get("reason", ""))
        today = moment.today()
        with seeing_all(WHY):
            named = rights.bodies(case, ())
            right = next((r for r in rights.now(case, (), named, today) if r.way == way), None)
            if right is None:
                flash(closed, "warning")
                return self._to("progress")
            form, why = forms.ReviewForm(), ""
            if form.validate_on_submit():
                why = self._take(case, kind(received_on=today, reason=form.reason.data))
                if not why:
                    flash(received, "success")
                    return self._to("progress")
            return page("review", form=form, right=right, why=why)

    @expose("/leave", methods=["POST"])
    def leave(self) -> Response:
        access.leave()
        flash(_("You have left. Nothing of your petition is kept in this browser."), "success")
        return self._to("look_up")

    # ---- what they share ---------------------------------------------------------------------------------------

    @staticmethod
    def _to(where: str) -> Response:
        answer = redirect(url_for(f"PetitionView.{where}"), 303)
        answer.headers.update(CLOSED)
        return answer

    def _again(self, words: str = "") -> Response:
        """The quarter of an hour is over. What was being written is given back, not lost."""
        if words.strip():
            return page("expired", words=forms.printable(words))
        if access.NOTE in session or request.method == "POST":
            access.leave()
        flash(_("For your protection the page was closed. Enter your query code again."), "warning")
        return self._to("look_up")

    @staticmethod
    def _take(case: Case, *steps: Any) -> str:
        """Take the petitioner's own steps, all or none; why not, or an empty string."""
        if getattr(g.get("user"), "is_authenticated", False):
            return _(
                "You are signed in as an officer. This is the petitioner's own: nobody does it for them here."
            )
        try:
            for step in steps:
                step.note = _("Sent in by the petitioner on the public page")
                operations.take(step, case, None, moment.now())
            db.session.commit()
        except Refusal as refusal:
            db.session.rollback()
            return str(refusal)
        except (StaleDataError, OperationalError):
            db.session.rollback()
            return _("This could not be recorded just now. Nothing was lost; send it once more.")
        return ""
