"""Every setting of the portal: its default and why. Nonsense is refused at start (``check``)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
INSTANCE = Path(os.environ.get("INSTANCE_DIR") or ROOT / "instance")


def _kept_secret(name: str) -> str:
    """From the environment, else made once and kept in ``instance/`` readable by the owner only."""
    if value := os.environ.get(name):
        return value
    path = INSTANCE / name.lower()
    if not path.exists():
        INSTANCE.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass  # a second process was quicker
        else:
            with os.fdopen(handle, "w") as stream:
                stream.write(secrets.token_hex(32))
    return path.read_text().strip()


def settings() -> dict[str, Any]:
    """The configuration of one application, read from the environment."""
    return {
        # who signs cookies and tokens; several processes share it
        "SECRET_KEY": _kept_secret("SECRET_KEY"),
        # what encrypts ID and telephone numbers; losing it loses them
        "FIELD_KEY": _kept_secret("FIELD_KEY"),
        "SQLALCHEMY_DATABASE_URI": os.environ.get("DATABASE_URL") or f"sqlite:///{INSTANCE / 'portal.db'}",
        "SQLALCHEMY_TRACK_MODIFICATIONS": False,
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
        "FILES_DIR": os.environ.get("FILES_DIR") or str(INSTANCE / "files"),
        # the bureau's certificate (PKCS #12): papers are signed with it electronically; empty: they are not
        "PAPER_CERTIFICATE": os.environ.get("PAPER_CERTIFICATE", ""),
        "PAPER_CERTIFICATE_PASSWORD": os.environ.get("PAPER_CERTIFICATE_PASSWORD", ""),
        "OFFICE_NAME": os.environ.get("OFFICE_NAME") or "云岭区信访工作平台",
        "OFFICE_TIMEZONE": "Asia/Shanghai",
        "APP_NAME": os.environ.get("OFFICE_NAME") or "云岭区信访工作平台",
        # Flask-AppBuilder: tables and permissions are made by `flask init`, never by a serving process
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_MENU_API": False,
        "FAB_API_SWAGGER_UI": True,  # local pages at /swagger/v1
        "FAB_API_MAX_PAGE_SIZE": 100,
        "FAB_PASSWORD_COMPLEXITY_ENABLED": True,
        "FAB_INDEX_VIEW": "app.workbench.views.StartView",
        "FAB_SECURITY_MANAGER_CLASS": "app.organisation.security.PortalSecurityManager",
        "AUTH_TYPE": 1,
        # FAB gives every permission to this role at each start; the portal lets nobody hold it (guards.py)
        "AUTH_ROLE_ADMIN": "框架保留角色",
        "AUTH_ROLE_PUBLIC": "框架公共角色",
        "AUTH_RATE_LIMITED": True,
        "RATELIMIT_ENABLED": True,
        "AUTH_RATE_LIMIT": os.environ.get("AUTH_RATE_LIMIT", "30 per minute"),
        "RATELIMIT_STORAGE_URI": "memory://",  # per process; the lock-out on the account is in the database
        "PASSWORD_MIN_LENGTH": 10,
        # Chinese is the language of the office; English works too
        "BABEL_DEFAULT_LOCALE": os.environ.get("PORTAL_LOCALE", "zh"),
        "BABEL_DEFAULT_FOLDER": "translations",
        "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}},
        # sessions: Lax keeps other sites out, half an hour idle ends them (GB/T 22239 8.1.4.1)
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": os.environ.get("HTTPS_ONLY") == "1",
        "PERMANENT_SESSION_LIFETIME": 1800,
        # behind nginx or another proxy on the same host: believe its forwarded address and scheme
        "BEHIND_PROXY": os.environ.get("BEHIND_PROXY") == "1",
        # /metrics answers this host only, unless a monitor elsewhere may ask
        "METRICS_OPEN": os.environ.get("METRICS_OPEN") == "1",
        "WTF_CSRF_ENABLED": True,
        "WTF_CSRF_TIME_LIMIT": 8 * 3600,  # a form may lie open over a long talk
        "MAX_CONTENT_LENGTH": 20 * 2**20,
        "MAX_FORM_MEMORY_SIZE": 2 * 2**20,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "JSON_AS_ASCII": False,
        # tests and demo histories set the time; a running office never does
        "FIXED_NOW": None,
    }


def check(config: dict[str, Any]) -> None:
    """Refuse nonsense at start. Raises ValueError with one clear line."""
    for name in ("SECRET_KEY", "FIELD_KEY"):
        if len(str(config.get(name) or "")) < 16:
            raise ValueError(f"{name} must have at least 16 characters")
    url = str(config["SQLALCHEMY_DATABASE_URI"])
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("DATABASE_URL must start with sqlite:/// or postgresql+psycopg://")
    if config["PASSWORD_MIN_LENGTH"] < 8:
        raise ValueError("PASSWORD_MIN_LENGTH below 8 protects nobody")
    certificate = str(config.get("PAPER_CERTIFICATE") or "")
    if certificate and not Path(certificate).is_file():
        raise ValueError("PAPER_CERTIFICATE must name a PKCS #12 file")
    if os.environ.get("FILES_URL"):
        raise ValueError(
            "FILES_URL is not served yet: papers are kept in FILES_DIR, share that folder between hosts"
        )
