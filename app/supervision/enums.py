"""The words of a supervision matter (domain.md §2.6)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.enums import LabelledEnum


class Condition(LabelledEnum):
    """What a trigger looks for; each has its query in ``conditions.py``."""

    OVERDUE = (_l("A deadline is over"), "late")
    HALF_TIME = (_l("Half the time is over, no handling record"), "warn")
    CAME_BACK = (_l("The petitioner came back with the same matter"), "amber")
    NOT_RESUBMITTED = (_l("The closing report was returned, none sent since"), "warn")
    ANSWER_LATE = (_l("The answer to the supervision letter is late"), "late")
    ANSWER_RETURNED = (_l("The answer to the supervision letter was returned, none sent since"), "warn")


class SupervisionState(LabelledEnum):
    PROPOSED = (_l("Proposed"), "mute")
    DRAFTED = (_l("Drafted, to be signed"), "amber")
    SENT = (_l("Sent, to be answered"), "info")
    ANSWERED = (_l("Answered, to be checked"), "amber")
    RETURNED = (_l("Returned, to be answered anew"), "warn")
    CLOSED = (_l("Closed"), "green")
    DISMISSED = (_l("Dismissed"), "mute")


S = SupervisionState
UNDECIDED = (S.PROPOSED, S.DRAFTED)
OWED = (S.SENT, S.RETURNED)
UNDER_WAY = (*UNDECIDED, *OWED, S.ANSWERED)

# which state follows which; the database keeps to it (models.py)
FOLLOWS = {
    S.PROPOSED: (S.DRAFTED, S.DISMISSED),
    S.DRAFTED: (S.SENT, S.DISMISSED),
    S.SENT: (S.ANSWERED, S.CLOSED),
    S.ANSWERED: (S.RETURNED, S.CLOSED),
    S.RETURNED: (S.ANSWERED, S.CLOSED),
}
