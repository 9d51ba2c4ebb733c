"""Helpers of tests that run the command line as a person does: own folder, own ports, own process."""

import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from decision766.platform.postgres import EmbeddedPostgres, free_port
from decision766.settings import Settings


def listening(port: int) -> bool:
    """Whether anything listens on the port of this machine."""
    return any(
        connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
        for connection in psutil.net_connections("tcp")
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def own_settings(home: Path) -> Settings:
    """Settings with a state folder and ports that nobody else uses; Airflow takes three in a row."""
    first = random.randrange(20_000, 32_000)  # below the ports that connections are given
    while not all(_is_free(port) for port in range(first, first + 3)):
        first = random.randrange(20_000, 32_000)
    return Settings(home=home, database_port=free_port(), simulator_port=free_port(), airflow_port=first)


def environment(settings: Settings, **extra: str) -> dict[str, str]:
    """The environment in which a command uses `settings`."""
    ours = {
        f"DECISION766_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude_none=True).items()
    }
    return {**os.environ, **ours, **extra}


def start(settings: Settings, *arguments: str, **extra: str) -> subprocess.Popen:
    """Start a command in a session of its own; its two outputs are pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", "decision766.cli.main", *arguments],
        env=environment(settings, **extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def command(settings: Settings, *arguments: str, timeout: float = 600, **extra: str):
    """Run a command to its end; return it with its outputs."""
    process = start(settings, *arguments, **extra)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def left_running(settings: Settings) -> list[str]:
    """Command lines of processes that use the state folder, and the database if it runs."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DECISION766_HOME") == str(settings.home) and process.pid != os.getpid():
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    if EmbeddedPostgres(settings.home, settings.database_port).running():
        found.append("postgres")
    return found
