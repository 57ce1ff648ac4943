"""How gunicorn serves the portal: `python -m gunicorn` in this directory is the whole command."""

from __future__ import annotations

import os
import socket
from typing import Any

wsgi_app = "app:create_app()"
bind = f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or "2")

# Flask-AppBuilder keeps one filter object per view for all threads of a process (see app/core/views.py).
worker_class = "sync"
# Registering the views once, before the fork: workers that do it at the same moment fail on each other's rows.
preload_app = True
# A worker that grew by rendering letters is replaced by a fresh fork.
max_requests = 5000
max_requests_jitter = 500
timeout = 60
# Otherwise gunicorn makes a socket in the home directory, which a service account may not have.
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Before the first worker accepts: only connections that have said something reach it.

    Browsers open connections ahead and leave them silent. A sync worker would wait on each of them, and three
    of those stop the whole portal until the browser gives them up. The kernel keeps them instead.
    """
    for listener in server.LISTENERS:
        if listener.sock.family in (socket.AF_INET, socket.AF_INET6):
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)
    server.log.info("The portal is open at %s (Ctrl+C stops it)", ", ".join(map(str, server.LISTENERS)))


def post_fork(_server: Any, _worker: Any) -> None:
    """The process that lays papers out warms up beside the worker, so that no page waits for its start."""
    from app.documents import worker

    worker.printer().warm()
