"""The order of the house: every room's views and where they stand in the menu, floor by floor.

Rooms to come take their line here and their package beside the others: prevention (排查·预警) and relief (专项基金).
"""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _l

from app.cases import api as cases_api
from app.cases import daily_views, intake_api, ledger_views, step_views, step_views_paths, step_views_recusal
from app.cases import views as cases
from app.consultation import execution, item_views, outside_views, person_views, session_views
from app.consultation import setup_views as consultation_setup
from app.consultation import views as consultation
from app.core import setup_views as core
from app.documents import api as documents_api
from app.documents import draft_views, job_views, kind_views
from app.documents import verify as genuine
from app.documents import views as documents
from app.duplicates import views as duplicates
from app.evaluation import views as evaluation
from app.events import views as events
from app.incentives import consequence_views, course_views, report_views, year_views
from app.incentives import setup_views as incentives_setup
from app.incentives import views as incentives
from app.organisation import api as organisation_api
from app.organisation import views as organisation
from app.packages import batch_views
from app.packages import setup_views as package_setup
from app.packages import views as packages
from app.public import views as public
from app.reception import day_views, leader_view
from app.reception import views as reception
from app.review import views as review
from app.supervision import desk_views, ladder_views
from app.supervision import setup_views as supervision_setup
from app.supervision import views as supervision

# category key, its label, and its views: (view, menu name (also the permission's name), icon)
MENU: list[tuple[str, Any, list[tuple[Any, str, str]]]] = [
    ("Petitions", _l("Petitions"), [
        (cases.QueueView, "Queue", "fa-inbox"),
        (cases.CaseView, "Cases", "fa-folder-open"),
        (cases.RegistrationView, "Registration", "fa-pencil"),
        (duplicates.CaseLinkView, "CaseLinks", "fa-clone"),
        (daily_views.DayListView, "DayList", "fa-sun-o"),
        (daily_views.MonthListView, "MonthList", "fa-calendar-o"),
        (daily_views.YearListView, "YearList", "fa-calendar-check-o"),
    ]),
    ("Leaders", _l("Packages and receptions"), [
        (leader_view.LeaderDeskView, "LeaderDesk", "fa-user-circle"),
        (reception.ReceptionView, "Receptions", "fa-comments"),
        (reception.WeekVisitView, "WeekVisits", "fa-calendar-week"),
        (day_views.ReceptionDayView, "ReceptionDays", "fa-calendar-day"),
        (packages.PackageView, "Packages", "fa-briefcase"),
        (packages.PackageOwingView, "PackagesOwed", "fa-triangle-exclamation"),
        (batch_views.CaseBatchView, "Batches", "fa-layer-group"),
        (events.MassEventView, "MassEvents", "fa-people-group"),
    ]),
    ("Consulting", _l("Resolving"), [
        (consultation.ConsultationView, "Consultations", "fa-comments"),
        (item_views.ResolutionItemView, "ResolutionItems", "fa-tasks"),
    ]),
    ("Papers", _l("Papers"), [
        (documents.DocumentView, "Documents", "fa-file-text"),
        (job_views.PrintJobView, "PrintJobs", "fa-print"),
    ]),
    ("Assessment", _l("Supervision and assessment"), [
        (supervision.SupervisionView, "Supervision", "fa-eye"),
        (desk_views.SupervisionDeskView, "SupervisionDesk", "fa-list-check"),
        (desk_views.SupervisionPlanView, "SupervisionPlans", "fa-calendar-week"),
        (ladder_views.MeasureView, "Measures", "fa-stairs"),
        (desk_views.UnsupervisedView, "Unsupervised", "fa-user-slash"),
        (incentives.NoticeView, "Notices", "fa-bar-chart"),
        (course_views.NoticeObjectionView, "NoticeObjections", "fa-comments"),
        (consequence_views.ConsequenceView, "Consequences", "fa-exclamation-triangle"),
        (course_views.ManualEntryView, "ManualEntries", "fa-pencil-square"),
        (year_views.YearRankingView, "YearRankings", "fa-trophy"),
        (year_views.NominationView, "Nominations", "fa-star"),
        (year_views.ServiceView, "Services", "fa-id-card"),
        (report_views.YearReportView, "YearReports", "fa-book"),
        (year_views.GivenFigureView, "GivenFigures", "fa-keyboard-o"),
    ]),
    ("Setup", _l("Set-up"), [
        (organisation.UnitView, "Units", "fa-sitemap"),
        (organisation.PostView, "Posts", "fa-id-badge"),
        (cases.CategoryView, "Categories", "fa-tags"),
        (cases.RoutingRuleView, "RoutingRules", "fa-random"),
        (cases.ClockRuleView, "ClockRules", "fa-clock-o"),
        (review.SuperiorView, "Superiors", "fa-level-up"),
        (ledger_views.LedgerAliasView, "LedgerAliases", "fa-columns"),
        (ledger_views.LedgerWordView, "LedgerWords", "fa-language"),
        (core.CalendarDayView, "Calendar", "fa-calendar"),
        (supervision_setup.SupervisionTriggerView, "SupervisionTriggers", "fa-bell"),
        (supervision_setup.SupervisionGroundView, "SupervisionGrounds", "fa-gavel"),
        (ladder_views.RungView, "Rungs", "fa-stairs"),
        (ladder_views.LiabilityArticleView, "LiabilityArticles", "fa-scale-balanced"),
        (package_setup.PackageRuleView, "PackageRules", "fa-briefcase"),
        (package_setup.PackageDutyView, "PackageDuties", "fa-list-ol"),
        (package_setup.StrikeOffCriterionView, "StrikeOffCriteria", "fa-square-check"),
        (day_views.ReceptionRuleView, "ReceptionRules", "fa-calendar-plus"),
        (events.EventThresholdView, "EventThresholds", "fa-people-group"),
        (consultation_setup.ConsultationLevelView, "ConsultationLevels", "fa-signal"),
        (consultation_setup.MeetingRoomView, "MeetingRooms", "fa-building"),
        (kind_views.DocumentKindView, "DocumentKinds", "fa-file"),
        (kind_views.SealView, "Seals", "fa-certificate"),
        (incentives_setup.IndicatorView, "Indicators", "fa-percent"),
        (incentives_setup.ScoreSheetView, "ScoreSheets", "fa-list-ol"),
        (incentives_setup.ScoreItemView, "ScoreItems", "fa-list-alt"),
        (core.SettingView, "Settings", "fa-sliders"),
    ]),
    ("Security", _l("Administration"), [
        (organisation.OfficerView, "Officers", "fa-user"),
        (organisation.GrantView, "Grants", "fa-key"),
        (organisation.RoleView, "Roles", "fa-users"),
        (core.AuditView, "Audit", "fa-history"),
    ]),
]  # fmt: skip

# forms without a menu entry that are no step
FORMS = [
    step_views.DisclosureView, step_views_recusal.RecusalRecordView, duplicates.SplitView,
    supervision.SupervisionDraftView, supervision.SupervisionDismissalView, ladder_views.ReminderDraftView,
    ladder_views.MeasureProposalView,
    ladder_views.MeasureRefusalView, desk_views.PlanEntryView, batch_views.BatchItemView,
    reception.ReceptionForwardView, reception.ReceptionWithdrawalView, events.EventReportView,
    session_views.ConsultationSessionView, person_views.ParticipantView, person_views.OpinionFileView,
    course_views.NoticeRulingView, consequence_views.ConsequenceDraftView,
    consequence_views.ConsequenceDismissalView, consequence_views.ConsequenceAnswerView,
    consequence_views.ConsequenceRulingView, consequence_views.ConsequenceLiftingView,
    year_views.YearRankingDecisionView, year_views.NominationWithdrawalView, report_views.YearReportWordsView,
]  # fmt: skip

# resources under /api/v1/: read only, but for the intake
APIS: list[Any] = [
    intake_api.IntakeApi, cases_api.CaseApi, cases_api.ClockApi, cases_api.StepApi, documents_api.DocumentApi,
    organisation_api.UnitApi,
]  # fmt: skip


def furnish(appbuilder: AppBuilder) -> None:
    """Register every view. The menu name is a stable key; what people read is the view's translated title."""
    for view in (*step_views_paths.STEP_VIEWS.values(), *FORMS):
        appbuilder.add_view_no_menu(view)
    for view in (
        kind_views.DocumentTextView,
        draft_views.DraftView,
        draft_views.PaperStepView,
        genuine.VerifyView,
    ):
        appbuilder.add_view_no_menu(view)
    appbuilder.add_view_no_menu(public.PetitionView)  # the petitioner's own pages: no account, no menu
    for view in (
        outside_views.ExpertView,
        outside_views.CalendarFeedView,
    ):  # by a private address, no account
        appbuilder.add_view_no_menu(view)
    for api in APIS:
        appbuilder.add_api(api)
    for category, category_label, entries in MENU:
        for view, name, icon in entries:
            label = getattr(view, "menu_label", None) or view.list_title
            appbuilder.add_view(
                view, name, label=label, icon=icon, category=category, category_label=category_label
            )


def nav_counts() -> dict[str, tuple[int, str]]:
    """Counts beside menu entries, by menu name: (how many, tone)."""
    permitted = current_app.extensions["appbuilder"].sm.has_access
    return {"Queue": cases.queue_count()} if permitted("can_list", "QueueView") else {}


def search_url() -> str:
    """Where the box in the top bar sends its words; empty for who sees no cases."""
    permitted = current_app.extensions["appbuilder"].sm.has_access
    return url_for("CaseView.search") if permitted("can_list", "CaseView") else ""


__all__ = ["evaluation", "execution", "furnish", "nav_counts", "search_url"]
