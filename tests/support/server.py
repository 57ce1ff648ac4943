"""The portal as it is served: gunicorn with two workers on a port of its own, for tests from the outside.

    with portal(database_url, env={"FILES_DIR": str(tmp_path)}) as running:
        urllib.request.urlopen(running.url + "/healthz")

The database must be initialised already. The same secrets serve in-process apps (`create_app(SECRETS)`), so that
what a test writes into the database itself can be read by the server.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SECRETS = {"SECRET_KEY": "only-for-tests-" * 3, "FIELD_KEY": "only-for-tests-too-" * 3}
START_SECONDS = 60


class ServerError(RuntimeError):
    """The portal did not start; the message ends with its log."""


@dataclass(frozen=True)
class Portal:
    """A running portal: `url` without a trailing slash."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: Path

    def log(self) -> str:
        """All that master and workers have printed so far."""
        return self.log_file.read_text(errors="replace")


@contextmanager
def portal(
    database_url: str,
    env: Mapping[str, str] | None = None,
    *,
    workers: int = 2,
    app: str = "app:create_app()",
) -> Iterator[Portal]:
    """Serve the app over an initialised database until the block ends; ready when /healthz answers 200.

    `env` comes on top of this process's environment and `SECRETS`.
    """
    with tempfile.TemporaryDirectory(prefix="portal-") as folder, _listening_socket() as listener:
        log_file = Path(folder) / "log"
        port: int = listener.getsockname()[1]
        environment = {
            **os.environ,
            **SECRETS,
            "DATABASE_URL": database_url,
            "PORT": str(port),
            **(env or {}),
        }
        command = [sys.executable, "-m", "gunicorn", "--workers", str(workers)]
        # the socket is handed over open: no other process can take the port in between
        command += ["--bind", f"fd://{listener.fileno()}", app]
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
        listener.close()
        running = Portal(f"http://127.0.0.1:{port}", process, log_file)
        try:
            _wait_until_healthy(running)
            yield running
        finally:
            _stop(process)


def _listening_socket() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def _wait_until_healthy(running: Portal) -> None:
    answer = "nothing"
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and running.process.poll() is None:
        try:
            with urllib.request.urlopen(running.url + "/healthz", timeout=5) as response:
                if response.status == 200:
                    return
                answer = str(response.status)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            answer = str(error)
        time.sleep(0.05)
    code = running.process.poll()
    what = f"ended with exit code {code}" if code is not None else f"answered {answer} for {START_SECONDS} s"
    raise ServerError(f"the portal {what}:\n{running.log()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        # the whole session: workers outlive a killed master for a while otherwise
        os.killpg(process.pid, 9)
        process.wait()
