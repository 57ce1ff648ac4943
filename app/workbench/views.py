"""The start page: an officer's first screen is what they have to do today."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, redirect, url_for
from flask_appbuilder import IndexView, expose

# an officer lands on the first of these that their role opens
LANDING = (
    "LeaderDeskView", "SupervisionDeskView", "QueueView", "CaseView", "NoticeView", "SupervisionView", "OfficerView",
    "AuditView", "RoleView",
)  # fmt: skip


class StartView(IndexView):
    @expose("/")
    def index(self) -> Any:
        if not getattr(g.user, "is_authenticated", False):
            return redirect(url_for(f"{current_app.extensions['appbuilder'].sm.auth_view.endpoint}.login"))
        for view in LANDING:
            if f"{view}.list" in current_app.view_functions and current_app.extensions[
                "appbuilder"
            ].sm.has_access("can_list", view):
                return redirect(url_for(f"{view}.list"))
        self.update_redirect()
        return self.render_template("appbuilder/index.html", appbuilder=self.appbuilder)
