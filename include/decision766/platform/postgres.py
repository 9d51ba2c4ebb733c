"""Launcher of the embedded PostgreSQL: one server per state folder, started once, stopped by whoever may.

Everything the server needs is passed on its command line, so that the data directory holds no setting
of ours. It listens on 127.0.0.1 only and uses no Unix socket.
"""

import contextlib
import math
import os
import shlex
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from filelock import FileLock

from decision766.platform.errors import PlatformError, tidy
from decision766.platform.postgres_files import ServerFiles, forget_files, resolve_files, run_as
from decision766.warehouse.connect import EMBEDDED_USER

MAJOR_VERSION = "18"
LEAST_FREE_BYTES = 1_500_000_000
LOG_KEPT_BYTES = 20_000_000
START_SECONDS = 90


class EmbeddedPostgres:
    """The server of one state folder.

    home: project state folder. port: on 127.0.0.1. durable: False only for tests, whose data may be lost.
    """

    def __init__(self, home: Path, port: int, *, durable: bool = True):
        self.home, self.port, self.durable = home, port, durable

    def start(self) -> bool:
        """Start the server unless it runs; return whether this call started it.

        Raises:
            PlatformError: port busy, disk full, foreign or broken data, or PostgreSQL itself refused.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with self._locked():
            files = resolve_files(self.home)
            running = running_server(files)
            if running is not None:
                if running.port == self.port:
                    return False
                raise PlatformError(
                    f"The embedded PostgreSQL runs already, on port {running.port} and not {self.port}.",
                    f"Run `make down` first, or set DECISION766_DATABASE_PORT={running.port}.",
                )
            _check_disk(files.state)
            check_port_free(self.port, what="PostgreSQL", variable="DECISION766_DATABASE_PORT")
            _initialise(files)
            self._launch(files)
            return True

    def stop(self) -> bool:
        """Stop the server; return whether one ran. Sessions are ended, transactions rolled back."""
        with self._locked():
            files = resolve_files(self.home)
            if running_server(files) is None:
                return False
            answer = run_as(
                files.user,
                [files.binaries / "pg_ctl", "-D", files.data, "-m", "fast", "-w", "-t", "60", "stop"],
                cwd=files.state,
            )
            if answer.returncode:
                raise PlatformError(
                    f"PostgreSQL did not stop: {answer.stderr.strip() or answer.stdout.strip()}",
                    f"Its log: {tidy(files.log)}",
                )
            return True

    def running(self) -> "RunningServer | None":
        """The server of this state folder that runs now, or None."""
        if not self.home.is_dir():
            return None
        return running_server(resolve_files(self.home))

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        if self.home.is_dir():
            self.stop()
            forget_files(self.home)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with FileLock(self.home / "postgres.lock", timeout=120):
            yield

    def _launch(self, files: ServerFiles) -> None:
        if files.log.exists() and files.log.stat().st_size > LOG_KEPT_BYTES:
            files.log.unlink()
        log_start = files.log.stat().st_size if files.log.exists() else 0
        options = [
            f"-c{name}={value}" for name, value in server_settings(self.port, durable=self.durable).items()
        ]
        command: list[str | Path] = [files.binaries / "pg_ctl", "-D", files.data, "-l", files.log]
        command += ["-w", "-t", str(START_SECONDS), "-o", shlex.join(options), "start"]
        answer = run_as(files.user, command, cwd=files.state, timeout=START_SECONDS + 30)
        if answer.returncode == 0:
            return
        said = ""
        if files.log.exists():
            said = files.log.read_text(errors="replace")[log_start:]
        causes = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line or "HINT" in line]
        cause = causes[0] if causes else answer.stderr.strip() or answer.stdout.strip()
        raise PlatformError(
            f"PostgreSQL did not start: {cause}",
            f"Its log: {tidy(files.log)}. If the data are not needed, `make clean` starts afresh.",
        )


class RunningServer:
    """A server that runs: its process id and port."""

    def __init__(self, pid: int, port: int):
        self.pid, self.port = pid, port


def running_server(files: ServerFiles) -> RunningServer | None:
    """Read postmaster.pid; remove it when the process it names is gone or is another program."""
    pid_file = files.data / "postmaster.pid"
    try:
        lines = pid_file.read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except FileNotFoundError:
        return None
    except (IndexError, ValueError):
        pid, port = 0, 0
    if pid and _is_server(pid, files):
        return RunningServer(pid, port)
    pid_file.unlink(missing_ok=True)
    return None


def _is_server(pid: int, files: ServerFiles) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        command = process.cmdline()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    return bool(command) and "postgres" in command[0] and str(files.data) in command


def server_settings(port: int, *, durable: bool) -> dict[str, str]:
    """Settings for one analytical user on one machine, by the memory there is."""
    memory = psutil.virtual_memory().total
    buffers = min(max(memory // 16, 128 << 20), 1 << 30)
    work = min(max(memory // 192, 32 << 20), 128 << 20)  # per sort; a build runs four queries at a time
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "timezone": "Asia/Ho_Chi_Minh",
        "log_timezone": "Asia/Ho_Chi_Minh",
        "max_connections": "120",
        "shared_buffers": f"{buffers >> 20}MB",
        "work_mem": f"{work >> 20}MB",
        "hash_mem_multiplier": "3",
        "maintenance_work_mem": f"{min(buffers, 256 << 20) >> 20}MB",
        "effective_cache_size": f"{(memory // 2) >> 20}MB",
        "random_page_cost": "1.1",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "synchronous_commit": "on" if durable else "off",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        # The log names what failed, without the row, the key or the parameters that it failed on.
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    if _shared_memory_bytes() < 1 << 30:  # a container's /dev/shm is often 64 MB: parallel queries would fail
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def _shared_memory_bytes() -> float:
    try:
        return shutil.disk_usage("/dev/shm").free  # noqa: S108 (only measured)
    except OSError:
        return math.inf  # no such file system: PostgreSQL's own default is right


def _check_disk(folder: Path) -> None:
    free, wanted = shutil.disk_usage(folder).free, LEAST_FREE_BYTES
    if free < wanted:
        raise PlatformError(
            f"The disk of {tidy(folder)} is full: {free / 1e9:.1f} GB free, {wanted / 1e9:.1f} GB wanted.",
            "Free some space, or set DECISION766_HOME to a folder on another disk.",
        )


def check_port_free(port: int, *, what: str, variable: str) -> None:
    """Raise PlatformError, naming who holds the port where that can be seen, unless it can be bound."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PlatformError(
                f"Port {port}, which {what} needs, cannot be used: {error.strerror}{_holder(port)}.",
                f"Stop that program, or choose another port: {variable}={free_port()} make run",
            ) from None


def _holder(port: int) -> str:
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.pid
            if listens and getattr(connection.laddr, "port", None) == port:
                return f" (held by {psutil.Process(connection.pid).name()}, process {connection.pid})"
    return ""


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _initialise(files: ServerFiles) -> None:
    """Make the data directory, whole or not at all; what an interrupted call left behind goes first."""
    for half in files.state.glob("data.half-*"):
        shutil.rmtree(half, ignore_errors=True)
    version_file = files.data / "PG_VERSION"
    if version_file.exists():
        version = version_file.read_text().strip()
        if version != MAJOR_VERSION:
            raise PlatformError(
                f"The data in {tidy(files.data)} are of PostgreSQL {version}; this is {MAJOR_VERSION}.",
                "Run `make clean` to start afresh (records are fetched again), "
                "or set DECISION766_HOME to another folder.",
            )
        return
    if files.data.exists() and any(files.data.iterdir()):
        raise PlatformError(
            f"{tidy(files.data)} holds files but no PostgreSQL data.",
            "Move them away, or run `make clean` to start afresh.",
        )
    half = files.state / f"data.half-{os.getpid()}-{time.time_ns()}"
    command: list[str | Path] = [files.binaries / "initdb", "-D", half, "-U", EMBEDDED_USER, "-A", "trust"]
    command += ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
    answer = run_as(files.user, command, cwd=files.state)
    if answer.returncode:
        shutil.rmtree(half, ignore_errors=True)
        said = (answer.stderr.strip() or answer.stdout.strip()).splitlines()
        cause = said[0] if said else "no reason given"
        raise PlatformError(
            f"PostgreSQL's data could not be laid out in {tidy(files.state)}: {cause}",
            "Check free space and permissions there, or set DECISION766_HOME to another folder.",
        )
    if files.data.exists():
        files.data.rmdir()
    half.rename(files.data)
