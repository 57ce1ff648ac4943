"""The words of a notice: whose duty, what is counted, in which month, and how each case came out."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.enums import LabelledEnum


class Side(LabelledEnum):
    """Rates are reported separately for those who forward and those who settle (domain.md §2.5)."""

    UNIT = (_l("Responsible units"), "info")
    BUREAU = (_l("Petition department"), "mute")


class Measure(LabelledEnum):
    RATE = (_l("Rate"), "info")
    COUNT = (_l("Number"), "mute")


class Window(LabelledEnum):
    """Which day of a clock decides the month it counts in."""

    DUE = (_l("Due date (plain count)"), "info")
    STARTED = (_l("Start"), "mute")
    STOPPED = (_l("End"), "mute")


class Verdict(LabelledEnum):
    IN_TIME = (_l("In time"), "green")
    LATE = (_l("Late"), "late")
    OPEN_LATE = (_l("Open and late"), "late")
    NOT_DUE = (_l("Not yet due"), "mute")


class NoticeState(LabelledEnum):
    DRAFT = (_l("Draft"), "amber")
    PUBLISHED = (_l("Published"), "green")
