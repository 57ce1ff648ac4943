"""Published holidays and make-up days, taken over from the package chinesecalendar.

The application's own calendar rows are what counts; this only makes the seed rows, once a year, as soon as
the State Council's notice has reached the package (1.11.0: 2004 to 2026).
"""

from datetime import date

from chinese_calendar.constants import Holiday, holidays, workdays

from app.core.workdays import DayKind


class NotPublished(ValueError):
    """The package does not know the holidays of that year."""

    def __init__(self, year: int) -> None:
        years = sorted({day.year for day in holidays})
        super().__init__(f"no holidays known for {year}: chinesecalendar has {years[0]} to {years[-1]}")
        self.year = year


def published_days(year: int) -> list[tuple[date, DayKind, str]]:
    """The days of `year` that the notice names, each with the festival's Chinese name; no plain weekends.

    Raises NotPublished for a year the package does not know.
    """
    listed = [(day, DayKind.HOLIDAY, name) for day, name in holidays.items() if day.year == year]
    if not listed:
        raise NotPublished(year)
    listed += [(day, DayKind.MAKEUP, name) for day, name in workdays.items() if day.year == year]
    chinese = {festival.value: festival.chinese for festival in Holiday}
    suffix = {DayKind.HOLIDAY: "", DayKind.MAKEUP: "调休上班"}
    return sorted((day, kind, chinese[name] + suffix[kind]) for day, kind, name in listed)
