"""The words of the room: what is counted and when, how it is scored, where a notice and its consequences stand."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.enums import LabelledEnum


class Side(LabelledEnum):
    """Rates are reported separately for those who forward and those who settle (domain.md §2.5)."""

    UNIT = (_l("Responsible units"), "info")
    BUREAU = (_l("Petition department"), "mute")


class Measure(LabelledEnum):
    """How a figure is written."""

    RATE = (_l("Percent"), "info")
    COUNT = (_l("Number"), "mute")
    DAYS = (_l("Days"), "mute")


class Over(LabelledEnum):
    """The rows a formula goes over."""

    CLOCKS = (_l("Deadlines"), "info")
    CASES = (_l("Petition matters"), "mute")
    EVALUATIONS = (_l("Evaluations"), "mute")
    STEPS = (_l("Steps"), "mute")
    PAPERS = (_l("Papers"), "mute")
    GIVEN = (_l("Figures entered by hand"), "amber")


class Window(LabelledEnum):
    """Which day of a row decides the month it counts in."""

    DUE = (_l("Due date (plain count)"), "info")
    STARTED = (_l("Start"), "mute")
    STOPPED = (_l("End"), "mute")
    REGISTERED = (_l("Registration, and days after it"), "mute")
    ANSWERED = (_l("Answer"), "mute")
    CLOSED = (_l("Closing"), "mute")
    OWN = (_l("Day of the record itself"), "mute")


# which windows a kind of rows has; the first is its usual one
WINDOWS_OF = {
    Over.CLOCKS: (Window.DUE, Window.STARTED, Window.STOPPED),
    Over.CASES: (Window.REGISTERED, Window.ANSWERED, Window.CLOSED),
    Over.EVALUATIONS: (Window.OWN,),
    Over.STEPS: (Window.OWN,),
    Over.PAPERS: (Window.OWN,),
    Over.GIVEN: (Window.OWN,),
}


class Split(LabelledEnum):
    """By what the figure over all units is also shown."""

    NONE = (_l("Not split"), "mute")
    CHANNEL = (_l("By channel"), "info")
    KIND = (_l("By kind of matter"), "info")
    CATEGORY = (_l("By category"), "info")


class Verdict(LabelledEnum):
    IN_TIME = (_l("In time"), "green")
    LATE = (_l("Late"), "late")
    OPEN_LATE = (_l("Open and late"), "late")
    NOT_DUE = (_l("Not yet due"), "mute")


class NoticeState(LabelledEnum):
    DRAFT = (_l("Draft"), "amber")
    OBJECTION = (_l("Open to objections"), "info")
    PUBLISHED = (_l("Published"), "green")


class ObjectionState(LabelledEnum):
    RAISED = (_l("To be decided"), "amber")
    UPHELD = (_l("Upheld"), "green")
    REJECTED = (_l("Not upheld"), "mute")


class ItemKind(LabelledEnum):
    """How an item of a score sheet is reckoned (domain.md §5.3)."""

    EVENT = (_l("Points off for each event"), "info")
    PERCENT = (_l("Points off for each percentage point"), "info")
    THRESHOLD = (_l("All or nothing"), "mute")
    BONUS = (_l("Points for each event, up to a cap"), "green")
    VETO = (_l("Veto: last place"), "late")
    MANUAL = (_l("Entered by hand"), "amber")


class Better(LabelledEnum):
    HIGHER = (_l("The higher the better"), "mute")
    LOWER = (_l("The lower the better"), "mute")


class EntryState(LabelledEnum):
    """Points entered by hand count only after a second person has confirmed them."""

    ENTERED = (_l("To be confirmed"), "amber")
    CONFIRMED = (_l("Confirmed"), "green")
    REFUSED = (_l("Refused"), "mute")


class ConsequenceKind(LabelledEnum):
    RECTIFICATION = (_l("Rectification within a term"), "warn")
    CRITICISM = (_l("Written self-criticism and deduction"), "late")


class ConsequenceState(LabelledEnum):
    """Proposed by the portal, decided by persons."""

    PROPOSED = (_l("Waits for a decision"), "amber")
    DISMISSED = (_l("Set aside"), "mute")
    ISSUED = (_l("Issued"), "info")
    ANSWERED = (_l("Measures handed in"), "info")
    RETURNED = (_l("Measures returned"), "warn")
    APPROVED = (_l("Measures approved"), "green")
    LIFTED = (_l("Lifted"), "mute")  # its cause was corrected away after it was issued


class RankingState(LabelledEnum):
    PROPOSED = (_l("Waits for a decision"), "amber")
    DECIDED = (_l("Decided"), "green")


class NominationState(LabelledEnum):
    NOMINATED = (_l("Nominated"), "amber")
    PUBLIC = (_l("In publicity"), "info")
    CHOSEN = (_l("Chosen"), "green")
    NOT_CHOSEN = (_l("Not chosen"), "mute")
    WITHDRAWN = (_l("Taken back"), "mute")


class Cadre(LabelledEnum):
    """Rank of an officer in petition work (S002 counts the years of a 副科)."""

    DEPUTY_SECTION = (_l("Deputy section chief"), "info")
    SECTION = (_l("Section chief"), "mute")
    OTHER = (_l("Other rank"), "mute")
