"""Runs one command to its end and watches what its processes hold."""

import json
import subprocess
import threading
from collections.abc import Sequence
from typing import Any

import psutil

_SAMPLE_SECONDS = 0.2


def watched(name: str, command: Sequence[object]) -> tuple[dict[str, Any], float]:
    """Return what the command said in its last line (JSON), and the most that its processes held, in MB.

    Memory is proportional set size, sampled, of the process and all below it; PostgreSQL's is not in it.

    Raises:
        RuntimeError: it ended with an error.
    """
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    peak, ended = 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(_SAMPLE_SECONDS):
            peak = max(peak, _held(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    output, _ = process.communicate()
    ended.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}; see its messages above")
    said: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return said, peak / 1e6


def _held(pid: int) -> float:
    try:
        root = psutil.Process(pid)
        return sum(float(each.memory_full_info().pss) for each in [root, *root.children(recursive=True)])
    except psutil.Error:
        return 0.0  # it ended in between
