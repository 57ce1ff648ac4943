"""Views of packages, of who still owes one, of instructions, and of batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import g
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from wtforms import SelectMultipleField, validators
from wtforms.widgets import CheckboxInput, ListWidget

from app.cases import clocks, guards, shown
from app.cases.models import Case
from app.cases.step_view import Seen, StepView
from app.cases.step_views import STEP_VIEWS
from app.cases.steps import Step
from app.cases.timeline import PANELS, Panel
from app.core import moment, settings
from app.core.datamodel import DataModel
from app.core.enums import badge
from app.core.views import RecordView
from app.organisation.models import Officer, Post, Unit
from app.organisation.reach import conference_office
from app.packages import instructions, operations, rules, steps
from app.packages.models import (
    RUNNING,
    Package,
    PackageOwner,
    Tier,
)


class _LeaderStep(StepView):
    """A step that names a leader: picked among those who hold a leader's post."""

    def pick_filter(self, column: str, query: sa.Select[Any]) -> sa.Select[Any]:
        return query.join(Post, Post.id == Officer.post_id).where(
            Post.name.in_(operations.leader_posts()), Officer.active
        )


# ---- steps -------------------------------------------------------------------------------------------


class HardMatterView(StepView):
    datamodel = DataModel(steps.HardMatter)
    add_title = menu_label = _l("Find it grave and difficult")
    add_columns = ["reason"]
    consequence = _l("The principal leader takes it into a package (S000).")


def _term_from_today() -> dt.date:
    """What the row of the clock proposes."""
    return moment.today() + dt.timedelta(days=clocks.rule(operations.TERM).length)


class PackageOpenedView(_LeaderStep):
    datamodel = DataModel(steps.PackageOpened)
    add_title = menu_label = _l("Open a package")
    add_columns = ["leader", "principal", "bureau_leader", "responsible", "due_on", "task_force", "plan"]
    remote = ("leader",)
    consequence = _l("Issues the statement of responsibility; the leader sees the case and the term runs.")

    def prefill_add(self, form: Any) -> None:
        form.due_on.data = _term_from_today()

    def pre_add(self, step: steps.PackageOpened) -> None:
        operations.open_package(self.case, step, g.user, moment.now())


class PackageNoteView(StepView):
    datamodel = DataModel(steps.PackageNote)
    add_title = menu_label = _l("Record a visit or progress")
    add_columns = ["about", "happened_on", "who", "what", "duty"]

    def prefill_add(self, form: Any) -> None:
        form.happened_on.data = moment.today()
        form.who.data = str(g.user)

    def pre_add(self, step: steps.PackageNote) -> None:
        operations.note(self.case, step, g.user, moment.now())


class PackageHandoverView(_LeaderStep):
    datamodel = DataModel(steps.PackageHandover)
    add_title = menu_label = _l("Hand the package over")
    add_columns = ["tier", "leader", "leader_name", "principal", "reason"]
    remote = ("leader",)
    consequence = _l("The leader before sees the case no more, unless for another reason; the story stays.")

    def pre_add(self, step: steps.PackageHandover) -> None:
        operations.hand_over(self.case, step, g.user, moment.now())


class Confirmed(SelectMultipleField):
    """One box a criterion; the rows are read when the form is made for a request."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, choices=[], validate_choice=False, **kwargs)

    def iter_choices(self) -> Any:
        for criterion in operations.criteria():
            yield (criterion.code, criterion.name, criterion.code in (self.data or ()), {})


class StrikeOffRequestView(StepView):
    datamodel = DataModel(steps.StrikeOffRequest)
    add_title = menu_label = _l("Ask for striking off")
    label_columns = {"met": _l("Criteria")}
    add_columns = ["met", "evidence"]
    add_form_extra_fields = {
        "met": Confirmed(
            _l("Criteria"), [validators.Optional()], description=_l("Tick what is met; all must be")
        )
    }
    consequence = _l("Another person checks it on the spot, a third one strikes it off.")

    def pre_add(self, step: Any) -> None:
        operations.ask_strike_off(self.case, step, list(step.met or ()), g.user, moment.now())


class _OnRequest(Seen, StepView):
    """On the latest step of striking off before it."""

    before: type[Step]

    def shown(self) -> str:
        step = guards.last(self.case, self.before)
        return str(step.id) if step is not None else ""


class StrikeOffCheckView(_OnRequest):
    before = steps.StrikeOffRequest
    datamodel = DataModel(steps.StrikeOffCheck)
    add_title = menu_label = _l("Spot check of striking off")
    add_columns = ["passed", "findings", "seen"]
    consequence = _l("By another person than who asked for it, and not of the responsible unit.")


class StrikeOffRulingView(_OnRequest):
    before = steps.StrikeOffCheck
    datamodel = DataModel(steps.StrikeOffRuling)
    add_title = menu_label = _l("Strike off")
    add_columns = ["agreed", "note", "seen"]
    consequence = _l("The package rests; should the matter come back, it is taken up again.")

    def prefill_add(self, form: Any) -> None:
        super().prefill_add(form)
        form.agreed.data = True

    def decide(self, step: steps.StrikeOffRuling) -> None:
        operations.strike_off(self.case, step, g.user, moment.now())


class PackageReopeningView(StepView):
    datamodel = DataModel(steps.PackageReopening)
    add_title = menu_label = _l("Take the package up again")
    add_columns = ["reason", "due_on"]

    def prefill_add(self, form: Any) -> None:
        form.due_on.data = _term_from_today()

    def pre_add(self, step: Any) -> None:
        operations.reopen(self.case, step, g.user, moment.now())


class InstructionView(_LeaderStep):
    datamodel = DataModel(steps.Instruction)
    add_title = menu_label = _l("Instruct")
    add_columns = ["leader", "text", "feedback_days"]
    remote = ("leader",)
    consequence = _l("The responsible unit reports back to the leader within the days.")

    def prefill_add(self, form: Any) -> None:
        form.feedback_days.data = clocks.rule(instructions.TERM).length
        if str(g.user.post or "") in operations.leader_posts():
            form.leader.data = g.user

    def pre_add(self, step: steps.Instruction) -> None:
        instructions.give(self.case, step, g.user, moment.now())


class InstructionAnswerView(StepView):
    datamodel = DataModel(steps.InstructionAnswer)
    add_title = menu_label = _l("Report back to the leader")
    add_columns = ["done", "result"]
    save_label = _l("Send the answer")
    consequence = _l("One report answers every instruction that is open on the case.")

    def pre_add(self, step: steps.InstructionAnswer) -> None:
        instructions.answer(self.case, step, g.user, moment.now())


# ---- lists -------------------------------------------------------------------------------------------


def leaders(package: Package) -> Markup:
    """Each tier's, marked where the leader holds no leader's post any more."""
    first, gone = _("principal leader"), badge(_("no longer in office"), "warn")
    return Markup("<br>").join(
        Markup('{} {}<small class="cell-sub">{}{}</small>').format(
            o.name, gone if _left(o, package) else "", o.tier.label, f" · {first}" if o.principal else ""
        )
        for o in package.owners
        if o.until is None
    )


def _left(owner: PackageOwner, package: Package) -> bool:
    if owner.officer is None or package.state not in RUNNING:
        return False
    if "leader_posts" not in g:  # read once a request
        g.leader_posts = operations.leader_posts()
    return not owner.officer.active or str(owner.officer.post or "") not in g.leader_posts


def _longest_silence() -> int:
    """Days after which silence is amber; read once a request."""
    if "silent_after_days" not in g:
        g.silent_after_days = settings.number("silent_after_days")
    days: int = g.silent_after_days
    return days


def silence(package: Package) -> Any:
    """Days since the last contact with the petitioner."""
    days = operations.silent_for(package, moment.today())
    words = ngettext("%(num)d day", "%(num)d days", days)
    if package.contact_on is None:
        words = _("none in %(days)s", days=words)
    return badge(words, "warn" if package.state in RUNNING and days > _longest_silence() else "mute")


def term(package: Package) -> Any:
    clock = package.clock
    if clock is None:
        return ""
    return shown.deadline(clock) if clock.stopped_on is None else clock.due_legal


def duty_badges(packages: Sequence[Package]) -> dict[int, Markup]:
    """Every duty, green where it was fulfilled."""
    found = operations.all_duties(packages)
    return {
        number: Markup(" ").join(badge(duty, "green" if day else "mute") for duty, day in duties)
        for number, duties in found.items()
    }


def _tone(package: Package) -> str:
    clock = package.clock
    if clock is None or clock.stopped_on is not None:
        return ""
    return shown.row_tone(shown.left(clock, moment.today()))


def _led(package: Package) -> Markup:
    """Who led it from when to when: a hand-over leaves its trace."""
    lines = (
        Markup("{:%Y-%m-%d} — {} {}（{}）").format(
            o.since, f"{o.until:%Y-%m-%d}" if o.until is not None else "", o.name, o.tier.label
        )
        for o in package.owners
    )
    return Markup("<br>").join(lines)


def _visits(package: Package) -> Markup:
    """The latest first."""
    return Markup("<br>").join(note.story() for note in operations.notes(package))


class PackageView(RecordView):
    """领导包案: every package within reach."""

    datamodel = DataModel(Package)
    route_base = "/packages"
    list_title = _l("Leadership packages")
    show_title = _l("Leadership package")
    list_hint = _l("Newest first")
    label_columns = {
        "matter": _l("Number and matter"), "leaders": _l("Leaders"), "term": _l("To be settled by"),
        "silence": _l("Last contact"), "duties": _l("Duties"), "led": _l("Leaders so far"),
        "visits": _l("Visits and progress"),
    }  # fmt: skip
    list_columns = ["matter", "leaders", "unit", "responsible", "term", "silence", "state"]
    show_fieldsets = [
        (_l("Package"), {"fields": ["state", "matter", "leaders", "unit", "responsible", "term", "silence", "duties"]}),
        (_l("Plan"), {"fields": ["task_force", "plan"]}),
        (_l("Course of handling"), {"fields": ["opened_on", "contact_on", "struck_on", "led", "visits"]}),
    ]  # fmt: skip
    search_columns = ["state", "opened_on", "contact_on", "responsible"]
    order_columns = ["opened_on", "contact_on"]
    base_order = ("id", "desc")
    eager = ("case", "unit", "owners.officer.post", "clock.rule")
    computed = {
        "matter": lambda package: shown.matter(package.case), "leaders": leaders, "term": term, "silence": silence,
        "row_tone": _tone, "led": _led, "visits": _visits,
    }  # fmt: skip
    together = {"duties": duty_badges}


class _Owing(BaseFilter):
    name = _l("Owes a package")

    def apply(self, query: Any, value: Any) -> Any:
        return query.filter(rules.owing())


def what_is_owed(cases: Sequence[Case]) -> dict[int, Markup]:
    """Of each case every rule it does not meet, by when, and whose task it is."""
    today, office = moment.today(), conference_office()
    found = rules.all_owed(cases)
    return {case.id: _owed(case, found[case.id], office, today) for case in cases}


def _owed(case: Case, found: list[rules.Owed], office: Unit, today: dt.date) -> Markup:
    parts = []
    for owed in found:
        if owed.handover:
            words = badge(_("leader no longer in office: to be handed over"), "late")
            parts.append(words + Markup('<small class="cell-sub">{}</small>').format(office))
            continue
        unit_owes = owed.rule is not None and owed.rule.tier is Tier.UNIT
        task = Markup('<small class="cell-sub">{}</small>').format(case.unit if unit_owes else office)
        if owed.rule is None:
            parts.append(badge(_("came back after striking off"), "late") + task)
            continue
        late = owed.due_on is not None and owed.due_on < today
        words = _("%(rule)s, by %(day)s", rule=owed.rule.name, day=owed.due_on)
        parts.append(badge(words, "late" if late else "warn") + task)
    return Markup("<br>").join(parts)


class PackageOwingView(RecordView):
    """应包未包: obligatory packages by rule, and who still owes one."""

    datamodel = DataModel(Case)
    route_base = "/packagesowed"
    list_title = _l("Packages still owed")
    list_hint = _l("By the rules of obligatory packages; newest first")
    base_permissions = ["can_list"]
    base_filters = [["id", _Owing, None]]
    label_columns = {"matter": _l("Number and matter"), "who": _l("Petitioner"), "owed": _l("Still owed")}
    list_columns = ["matter", "who", "unit", "registered_at", "owed", "state"]
    search_columns = ["number", "title", "channel", "first_time"]
    order_columns = ["number", "registered_at"]
    base_order = ("id", "desc")
    eager = ("unit",)
    computed = {"matter": shown.matter, "who": shown.who}
    together = {"owed": what_is_owed}


def _panel(case: Case) -> Panel | None:
    """On the case page: the package with its leaders, or what is still owed."""
    package = operations.of(case)
    if package is None:
        return None
    context = {
        "package": package, "leaders": leaders(package), "term": term(package), "silence": silence(package),
        "duties": duty_badges([package])[package.id],
    }  # fmt: skip
    head = badge(_("Package: %(state)s", state=package.state), package.state.tone)
    return Panel(_("Leadership package"), "packages/panel.html", context, 0, (head,))


PANELS.append(_panel)
STEP_VIEWS |= {
    "hard_matter": HardMatterView, "package_opened": PackageOpenedView, "package_note": PackageNoteView,
    "package_handover": PackageHandoverView, "strike_off_request": StrikeOffRequestView,
    "strike_off_check": StrikeOffCheckView, "strike_off_ruling": StrikeOffRulingView,
    "package_reopening": PackageReopeningView, "instruction": InstructionView,
    "instruction_answer": InstructionAnswerView,
}  # fmt: skip
