"""A private PostgreSQL server for the tests, made from the programs that Debian's `postgresql` installs.

    with postgres_server() as server:
        url = server.fresh_database()

One server serves all test processes of a checkout: the first starts it, the last stops it and wipes its data.
A lock that the kernel drops with its process keeps count, so a killed test run does no harm: the next one finds
the server and stops it in the end. Nothing survives a crash of the machine (fsync is off), and nothing has to.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

PROJECT = Path(__file__).resolve().parents[2]
SUPERUSER = "tester"

# Fast and forgetful, the same on every machine.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
}


class PostgresError(RuntimeError):
    """The server could not be started; the message says why."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server. Databases live as long as it does."""

    port: int
    password: str

    def url(self, database: str = "postgres", *, user: str = SUPERUSER, password: str | None = None) -> str:
        """SQLAlchemy's URL of a database, for the superuser or another role that a test made."""
        secret = self.password if password is None else password
        return f"postgresql+psycopg://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str | sql.Composed, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as superuser, committed at once; its rows, if it has any."""
        with self._connect(database) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def fresh_database(self, template: str | None = None, name: str | None = None) -> str:
        """URL of a new database: empty, or a copy of `template` (a database's name or its URL).

        A template must have no open connection: dispose of its engine first.
        """
        name = name or f"test_{uuid.uuid4().hex[:12]}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            # FILE_COPY is the quicker strategy where nothing is ever flushed to disk
            copied = sql.Identifier(database_name(template))
            statement += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(copied)
        self.execute(statement)
        return self.url(name)

    def drop_database(self, database: str) -> None:
        """Drop a database by name or URL, whoever is still connected."""
        name = sql.Identifier(database_name(database))
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )


def database_name(name_or_url: str) -> str:
    return name_or_url.rsplit("/", 1)[-1].split("?", 1)[0]


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """The checkout's server: started if this is the first process to want it, stopped by the last to leave."""
    cluster = Cluster.of_this_checkout()
    with (cluster.home / "users").open("a") as users:
        with cluster.changing():
            fcntl.flock(users, fcntl.LOCK_SH)
            server = cluster.running() or cluster.start()
        try:
            yield server
        finally:
            with cluster.changing():
                if _is_alone(users):
                    cluster.stop()


def _is_alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True)
class Cluster:
    """The files of a server and the programs that work on them.

    PostgreSQL refuses to run as root, so root runs it as the system user `postgres`, which owns `work`.
    """

    home: Path
    programs: Path
    user: pwd.struct_passwd

    @classmethod
    def of_this_checkout(cls) -> Cluster:
        checkout = hashlib.sha256(str(PROJECT).encode()).hexdigest()[:8]
        home = Path(tempfile.gettempdir()) / f"portal-postgres-{os.getuid()}-{checkout}"
        home.mkdir(mode=0o755, exist_ok=True)
        if home.stat().st_uid != os.getuid():
            raise PostgresError(f"{home} belongs to another user; remove it")
        return cls(home, find_programs(), _unprivileged_user())

    @property
    def work(self) -> Path:
        return self.home / "work"

    @property
    def data(self) -> Path:
        return self.work / "data"

    @property
    def access(self) -> Path:
        return self.home / "access"

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Only one process at a time starts or stops the server."""
        with (self.home / "changing").open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def running(self) -> PostgresServer | None:
        try:
            port, password = self.access.read_text().split()
        except FileNotFoundError:
            return None
        server = PostgresServer(int(port), password)
        return server if server.answers() else None

    def start(self) -> PostgresServer:
        self.stop()
        server = PostgresServer(_free_port(), secrets.token_hex(16))
        self.work.mkdir(mode=0o700)
        password_file = self.work / "password"
        password_file.write_text(server.password)
        for path in (self.work, password_file):
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        self._run(
            "initdb",
            *("--pgdata", str(self.data), "--username", SUPERUSER, "--pwfile", str(password_file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            *("--no-sync", "--no-instructions"),
        )
        settings = {**SETTINGS, "port": str(server.port), "unix_socket_directories": str(self.work)}
        with (self.data / "postgresql.conf").open("a") as config:
            config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self._run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self.work / "log"))
        self.access.touch(mode=0o600)
        self.access.write_text(f"{server.port} {server.password}")
        return server

    def stop(self) -> None:
        """Stop the server, if there is one, without ceremony, and wipe what it kept."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.data), check=False)
        self.access.unlink(missing_ok=True)
        shutil.rmtree(self.work, ignore_errors=True)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        other_user: dict[str, Any] = {}
        if self.user.pw_uid != os.getuid():
            other_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        # not a pipe: pg_ctl's child, the server, would hold it open and this would wait for its end
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                cwd=self.work,
                env={"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **other_user,
            )
            if check and done.returncode:
                output.seek(0)
                log = self.work / "log"
                why = output.read() + (log.read_text(errors="replace") if log.exists() else "")
                raise PostgresError(f"{program} failed with exit code {done.returncode}: {why.strip()}")


def find_programs() -> Path:
    """Directory of `initdb` and `pg_ctl`, of the newest version installed; Debian keeps them off the PATH."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest_first = sorted(versions, key=lambda path: int(path.parts[-3]), reverse=True)
    found = next(iter(newest_first), None) or shutil.which("initdb")
    if found is None:
        raise PostgresError("PostgreSQL's server programs are missing: apt-get install postgresql")
    return Path(found).parent


def _unprivileged_user() -> pwd.struct_passwd:
    me = pwd.getpwuid(os.getuid())
    if me.pw_uid != 0:
        return me
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
