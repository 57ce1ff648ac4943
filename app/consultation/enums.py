"""The words of a consultation (domain.md §7.4)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.enums import LabelledEnum


class SessionState(LabelledEnum):
    """Where a session of one level stands."""

    PROPOSED = (_l("Proposed session"), "mute")
    NOTIFIED = (_l("Notified"), "info")
    HELD = (_l("In session"), "amber")
    ADJOURNED = (_l("Adjourned for further facts"), "warn")
    ESCALATED = (_l("Taken to the next level"), "mute")
    DECIDED = (_l("Decided"), "info")
    EXECUTING = (_l("In execution"), "info")
    VERIFIED = (_l("Struck off"), "green")
    CALLED_OFF = (_l("Called off"), "mute")


S = SessionState
# which state follows which; the database keeps to it (models.py). A level that decides at once begins in session.
FOLLOWS = {
    S.PROPOSED: (S.NOTIFIED, S.HELD, S.CALLED_OFF),
    S.NOTIFIED: (S.HELD, S.CALLED_OFF),
    S.HELD: (S.DECIDED, S.ESCALATED, S.ADJOURNED, S.CALLED_OFF),
    S.ADJOURNED: (S.NOTIFIED, S.CALLED_OFF),
    S.DECIDED: (S.EXECUTING, S.CALLED_OFF),
    S.EXECUTING: (S.VERIFIED, S.CALLED_OFF),
}
PREPARED = (S.PROPOSED, S.NOTIFIED, S.ADJOURNED)  # people may still be asked to come
OPEN_FOR_WORDS = (*PREPARED, S.HELD)  # opinions, attendance and the draft may still be written
UNDECIDED = OPEN_FOR_WORDS
SETTLED = (S.DECIDED, S.EXECUTING, S.VERIFIED)  # a decision stands
LIVE = (*OPEN_FOR_WORDS, S.DECIDED, S.EXECUTING)


class CourseState(LabelledEnum):
    """Where the consultation of a matter stands over all its levels."""

    UNDER_WAY = (_l("Being consulted"), "amber")
    EXECUTING = (_l("In execution"), "info")
    STRUCK_OFF = (_l("Struck off"), "green")
    CALLED_OFF = (_l("Called off"), "mute")


class Capacity(LabelledEnum):
    """In what capacity somebody takes part; members count for the quorum and vote."""

    MEMBER = (_l("Member"), "info")
    OBSERVER = (_l("Observer"), "mute")
    EXPERT = (_l("Expert"), "amber")


class Attendance(LabelledEnum):
    EXPECTED = (_l("Expected"), "mute")
    PRESENT = (_l("In attendance"), "green")
    EXCUSED = (_l("Excused"), "warn")


class Stance(LabelledEnum):
    """What a participant says to the plan."""

    AGREES = (_l("Agrees with the plan"), "green")
    DISAGREES = (_l("Disagrees"), "late")
    PENDING = (_l("To be supplemented"), "warn")


class Vote(LabelledEnum):
    YES = (_l("In favour"), "green")
    NO = (_l("Against"), "late")
    ABSTAINS = (_l("Abstains"), "mute")


class Conclusion(LabelledEnum):
    """How a session decides (domain.md §7.4, outcomes); escalation and adjournment are no decisions."""

    PLAN = (_l("A plan is made"), "green")
    ANSWERED = (_l("Answered face to face"), "green")
    MEDIATED = (_l("Mediated"), "green")
    FILED = (_l("Filed and assigned"), "info")
    GUIDED = (_l("Guided to a statutory procedure"), "info")


class ItemPart(LabelledEnum):
    LEAD = (_l("Leads"), "amber")
    COOPERATES = (_l("Cooperates"), "mute")


class ItemKind(LabelledEnum):
    """What an item sets in motion beside the unit's own task; all but the first are the joint conference's alone."""

    TASK = (_l("Task"), "mute")
    PACKAGE = (_l("Names the package's leader"), "amber")
    JURISDICTION = (_l("Rules on jurisdiction"), "info")
    LISTING = (_l("Listed supervision"), "warn")


class ItemState(LabelledEnum):
    """Where a resolution item stands, as its steps say; late is computed from its clock."""

    OWED = (_l("To be carried out"), "info")
    REPORTED = (_l("Reported, to be verified"), "amber")
    RETURNED = (_l("Returned to be done"), "warn")
    VERIFIED = (_l("Verified"), "green")


class Act(LabelledEnum):
    """What a step of consultation did; the case's timeline tells it."""

    PROPOSED = (_l("Session proposed"), "mute")
    NOTIFIED = (_l("Session notified"), "info")
    HELD = (_l("Session opened"), "amber")
    DECIDED = (_l("Session decided"), "green")
    ESCALATED = (_l("Taken to the next level"), "amber")
    ADJOURNED = (_l("Adjourned for further facts"), "warn")
    CHAIRED = (_l("Another convener takes the chair"), "info")
    MINUTES = (_l("Minutes signed, in execution"), "info")
    REPORTED = (_l("Item reported"), "info")
    RETURNED = (_l("Item returned"), "warn")
    VERIFIED = (_l("Item verified"), "green")
    STRUCK_OFF = (_l("Consultation struck off"), "green")
    CALLED_OFF = (_l("Called off"), "mute")
