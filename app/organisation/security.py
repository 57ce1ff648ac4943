"""FAB's security manager with what was measured to be missing: one permission query a request, lock-out with rising
delay, sessions that end, no self-made Admin, and only those of FAB's screens that serve."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import current_app, g, session
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    ViewMenu,
    assoc_permissionview_role,
)
from flask_appbuilder.security.views import AuthDBView, ResetMyPasswordView
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm import selectinload

from app.core import audit, moment, scope
from app.core.db import db
from app.organisation.models import Officer
from app.organisation.reach import roles_of

FREE_TRIES = 5
LONGEST_LOCK = dt.timedelta(minutes=30)


class SignInView(AuthDBView):
    title = _l("Sign in")


class OwnPasswordView(ResetMyPasswordView):
    """An officer's own password; every session of theirs but this one ends."""

    form_title = _l("Change my password")

    def form_post(self, form: Any) -> Any:
        self.appbuilder.sm.reset_password(g.user.id, form.password.data)
        session["session_version"] = g.user.session_version
        return super(ResetMyPasswordView, self).form_post(form)


class PortalSecurityManager(SecurityManager):
    authdbview = SignInView
    resetmypasswordview = OwnPasswordView

    def register_views(self) -> None:
        # FAB registers ten screens; the portal's own user, role and grant views replace them (organisation/views.py)
        interface = self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)
        if self.is_auth_limited:
            for entrance in (self.auth_view, interface):
                self.limiter.limit(self.auth_rate_limit, methods=["POST"])(entrance.blueprint)
        self.appbuilder.add_view_no_menu(self.resetmypasswordview())

    # ---- permissions: 18 EXISTS a page become one SELECT a request ------------------------------------------------

    def get_user_by_id(self, pk: int) -> Any:
        query = (
            sa.select(Officer)
            .where(Officer.id == int(pk))
            .options(
                selectinload(Officer.roles),
                selectinload(Officer.groups),
                sa.orm.joinedload(Officer.unit),
                sa.orm.joinedload(Officer.post),
            )
        )
        return db.session.scalars(query).unique().one_or_none()

    def _granted(self) -> set[tuple[str, str]]:
        if "granted" not in g:
            ids = [role.id for role in roles_of(g.user)]
            link = assoc_permissionview_role
            query = (
                sa.select(Permission.name, ViewMenu.name)
                .join(PermissionView, PermissionView.permission_id == Permission.id)
                .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
                .join(link, link.c.permission_view_id == PermissionView.id)
                .where(link.c.role_id.in_(ids))
            )
            g.granted = {(p, v) for p, v in db.session.execute(query)} if ids else set()
        return g.granted

    def has_access(self, permission_name: str, view_name: str) -> bool:
        if not current_user.is_authenticated or g.get("user") is None or not g.user.is_authenticated:
            return super().has_access(permission_name, view_name)
        return g.user.is_active and (permission_name, view_name) in self._granted()

    def _get_user_permission_view_menus(
        self, user: Any, permission_name: str, view_menus_name: list[str]
    ) -> set[str]:
        if not getattr(user, "is_authenticated", False) or user is not g.get("user"):
            return super()._get_user_permission_view_menus(user, permission_name, view_menus_name)
        return {view for permission, view in self._granted() if permission == permission_name} & set(
            view_menus_name
        )

    # ---- sign-in ----------------------------------------------------------------------------------------------------

    def auth_user_db(self, username: str, password: str) -> Any:
        """Refuses while locked: from the fifth failure on the delay doubles, at most half an hour."""
        officer = self.find_user(username=username)
        if officer is not None and self._locked(officer):
            audit.note(db.session(), "locked", "ab_user", officer.id, {})
            db.session.commit()
            return None
        return super().auth_user_db(username, password)

    @staticmethod
    def _locked(officer: Any) -> bool:
        failures = officer.fail_login_count or 0
        if failures < FREE_TRIES or officer.failed_at is None:
            return False
        delay = min(dt.timedelta(minutes=2 ** min(failures - FREE_TRIES, 10)), LONGEST_LOCK)
        return moment.now() < officer.failed_at + delay

    def on_user_login(self, user: Any) -> None:
        session["session_version"] = user.session_version
        session.permanent = True
        user.last_login = moment.now()  # FAB takes the machine's zone (manager.py, update_user_auth_stat)
        audit.note(db.session(), "sign-in", "ab_user", user.id, {})
        db.session.commit()  # FAB's own commit is over
        super().on_user_login(user)

    def on_user_login_failed(self, user: Any) -> None:
        user.failed_at = moment.now()
        audit.note(db.session(), "sign-in refused", "ab_user", user.id, {})
        db.session.commit()
        super().on_user_login_failed(user)

    def on_user_logout(self, user: Any) -> None:
        # the signed cookie alone would stay good: raising the version ends it everywhere
        if getattr(user, "is_authenticated", False):
            user.session_version += 1
            audit.note(db.session(), "sign-out", "ab_user", user.id, {})
            db.session.commit()
        super().on_user_logout(user)

    def load_user(self, pk: Any) -> Any:
        with scope.finding_out():  # or the scope would ask who it is and load the officer a second time
            officer = self.get_user_by_id(int(pk))
        if officer is None or not officer.is_active:
            return None
        return officer if session.get("session_version") == officer.session_version else None

    # a token of the interface carries the version too, so that it ends with the sessions

    def create_jwt_manager(self, app: Any) -> Any:
        manager = super().create_jwt_manager(app)
        manager.additional_claims_loader(
            lambda pk: {"session_version": self.get_user_by_id(int(pk)).session_version}
        )
        return manager

    def load_user_jwt(self, _header: Any, claims: dict[str, Any]) -> Any:
        with scope.finding_out():
            officer = self.get_user_by_id(int(claims["sub"]))
        if officer is None or not officer.is_active:
            return None
        if claims.get("session_version") != officer.session_version:
            return None
        g.user = officer
        return officer

    def reset_password(self, userid: Any, password: str) -> None:
        officer = self.get_user_by_id(int(userid))
        officer.session_version += 1
        officer.fail_login_count = 0
        super().reset_password(userid, password)


def password_rule(password: str) -> None:
    """Complexity of GB/T 22239 practice: at least ten characters of three kinds. Raises FAB's own error."""
    from flask_appbuilder.exceptions import PasswordComplexityValidationError

    kinds = [any(c.islower() for c in password), any(c.isupper() for c in password)]
    kinds += [any(c.isdigit() for c in password), any(not c.isalnum() for c in password)]
    if len(password) < current_app.config["PASSWORD_MIN_LENGTH"] or sum(kinds) < 3:
        raise PasswordComplexityValidationError(
            str(_l("At least ten characters, with three of: small letters, capitals, digits, signs."))
        )
