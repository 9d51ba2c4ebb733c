"""What each stage of loading costs, on the first records of the file, in one process."""

import datetime as dt
import itertools
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import zstandard

from decision766.loading.rows import RowWriter
from decision766.privacy import Redactor
from decision766.privacy.keys import Key, Keys
from decision766.records import ENTITIES

_RECORDS, _WARM = 60_000, 20_000


def cost_per_stage(path: Path) -> dict[str, float]:
    """Return stage → microseconds of processor time per record; each as what it adds to the stage before."""
    keys = Keys(Key("p1", b"bench" * 8), Key("e1", b"bench" * 8))
    redactor, writer = Redactor(ENTITIES["dossier"], keys), RowWriter("dossier", dt.datetime.now(dt.UTC))
    with path.open("rb") as file:
        lines = list(itertools.islice(file, _RECORDS))

    def parse(line: bytes) -> None:
        orjson.loads(line)

    def redact(line: bytes) -> None:
        redactor.landed(orjson.loads(line))

    def write_line(line: bytes) -> None:
        redactor.to_line(redactor.landed(orjson.loads(line)))

    def write_row(line: bytes) -> None:
        landed = redactor.landed(orjson.loads(line))
        writer.add(1, redactor.to_line(landed)[:-1], landed)
        if writer.count >= 4_000:
            writer.take()

    costs, before = {}, 0.0
    steps: dict[str, Callable[[bytes], None]] = {
        "parse": parse,
        "redact": redact,
        "canonical line": write_line,
        "hash and row": write_row,
    }
    for name, step in steps.items():
        total = _microseconds(step, lines)
        costs[name], before = total - before, total
    landed_lines = [redactor.redact_to_line(orjson.loads(line)) for line in lines[:_WARM]]
    started = time.process_time()
    zstandard.ZstdCompressor(level=3).compress(b"".join(landed_lines))
    costs["compress"] = (time.process_time() - started) / len(landed_lines) * 1e6
    return costs


def _microseconds(step: Callable[[bytes], None], lines: list[bytes]) -> float:
    for line in lines[:_WARM]:
        step(line)
    started = time.process_time()
    for line in lines[_WARM:]:
        step(line)
    return (time.process_time() - started) / (len(lines) - _WARM) * 1e6
