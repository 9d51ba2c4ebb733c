"""Child processes that outlive the command which started them, and how exactly those are ended.

Each is started in a session of its own and recorded in `<home>/run/<name>.json` with the start time the
system gives it, so that a process id that was given to another program since is never touched. It also
carries its name and state folder in its environment: a command that was killed before it could write the
record leaves a process that is found all the same.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from decision766.platform.errors import PlatformError, tidy

TERMINATE_SECONDS = 20.0
NAME, HOME = "DECISION766_SERVICE", "DECISION766_HOME"


@dataclass(frozen=True)
class Service:
    """One recorded process: the leader of its session, when the system says it began, and its ports."""

    name: str
    pid: int
    began: float
    ports: tuple[int, ...]
    log: str


class Supervisor:
    """Starts, finds and ends the recorded processes of one state folder."""

    def __init__(self, home: Path):
        self.home = home
        self.records = home / "run"
        self.logs = home / "logs"

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path,
        ports: tuple[int, ...] = (),
    ) -> Service:
        """Start `command` in its own session, its output appended to `<home>/logs/<name>.log`."""
        return self.launch(name, command, environment=environment, cwd=cwd, ports=ports)[0]

    def launch(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path,
        ports: tuple[int, ...] = (),
    ) -> tuple[Service, subprocess.Popen[bytes]]:
        """As `start`, for a caller that waits for the process itself."""
        self.records.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 (our own commands)
                list(command),
                cwd=cwd,
                env={**environment, NAME: name, HOME: str(self.home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            began = psutil.Process(process.pid).create_time()
        except psutil.NoSuchProcess:
            began = time.time()
        service = Service(name, process.pid, began, ports, str(log))
        self._record(service)
        return service, process

    def find(self, name: str) -> Service | None:
        """Return the recorded process if it, or one of its session, still lives; forget it otherwise."""
        try:
            content = json.loads(self._file(name).read_text())
            service = Service(**{**content, "ports": tuple(content["ports"])})
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return self._adopt(name)
        if not _members(service):
            self._file(name).unlink(missing_ok=True)
            return None
        return service

    def lives(self, service: Service) -> bool:
        """Whether the process itself, not only a child of it, lives."""
        return _alive(service.pid, service.began)

    def stop(self, name: str) -> bool:
        """End the recorded process with everything it started; return whether there was anything to end."""
        service = self.find(name)
        if service is None:
            return False
        end_processes(_members(service))
        self._file(name).unlink(missing_ok=True)
        return True

    def wait_until(self, service: Service, ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Wait until `ready()`.

        Raises:
            PlatformError: the process ended, or `seconds` passed; with the last lines of its log.
        """
        end = time.monotonic() + seconds
        while not ready():
            if not self.lives(service):
                raise PlatformError(f"{what} ended while it started.{_tail(service)}", _see(service))
            if time.monotonic() > end:
                raise PlatformError(
                    f"{what} was not ready after {seconds:.0f} seconds.{_tail(service)}", _see(service)
                )
            time.sleep(0.2)

    def _record(self, service: Service) -> None:
        half = self._file(service.name).with_suffix(".half")
        half.write_text(json.dumps(asdict(service)))
        half.replace(self._file(service.name))

    def _adopt(self, name: str) -> Service | None:
        """Find and record a process of ours whose record was never written."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if os.getsid(process.pid) != process.pid or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                marks = process.environ()
                if marks.get(NAME) == name and marks.get(HOME) == str(self.home):
                    log = self.logs / f"{name}.log"
                    service = Service(name, process.pid, process.create_time(), (), str(log))
                    self.records.mkdir(parents=True, exist_ok=True)
                    self._record(service)
                    return service
        return None

    def _file(self, name: str) -> Path:
        return self.records / f"{name}.json"


def end_processes(processes: Sequence[psutil.Process], seconds: float = TERMINATE_SECONDS) -> None:
    """Ask each of the given processes to end; kill what still lives after `seconds`."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
    _, living = psutil.wait_procs(processes, timeout=seconds)
    for process in living:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(living, timeout=5)


def _alive(pid: int, began: float) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - began) < 2
    except psutil.NoSuchProcess:
        return False


def _members(service: Service) -> list[psutil.Process]:
    """Processes of the session that `service` leads, and their descendants in other sessions.

    A session's number is not given to a new process while a member lives: a younger process of that
    number means that the session is gone.
    """
    found: dict[int, psutil.Process] = {}
    try:
        if abs(psutil.Process(service.pid).create_time() - service.began) >= 2:
            return []
    except psutil.NoSuchProcess:
        pass  # the leader is gone and reaped; others of its session may live
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getsid(process.pid) != service.pid or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.create_time() < service.began - 2:
                continue
            found[process.pid] = process
            found |= {child.pid: child for child in process.children(recursive=True)}
    return list(found.values())


def _tail(service: Service, lines: int = 12) -> str:
    with contextlib.suppress(OSError):
        text = Path(service.log).read_text(errors="replace").splitlines()[-lines:]
        return "".join(f"\n    {line}" for line in text)
    return ""


def _see(service: Service) -> str:
    return f"Its whole log: {tidy(service.log)}"
