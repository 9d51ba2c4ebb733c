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
_AT_ONCE, _ROWS = 40, 4_000  # as landing and loading do it


def cost_per_stage(path: Path) -> dict[str, float]:
    """Return stage → microseconds of processor time per record; each as what it adds to the stage before."""
    keys = Keys(Key("p1", b"bench" * 8), Key("e1", b"bench" * 8))
    redactor, writer = Redactor(ENTITIES["dossier"], keys), RowWriter("dossier", dt.datetime.now(dt.UTC))
    with path.open("rb") as file:
        lines = list(itertools.islice(file, _RECORDS))

    def parse(block: list[bytes]) -> None:
        [orjson.loads(line) for line in block]

    def redact(block: list[bytes]) -> None:
        redactor.write([orjson.loads(line) for line in block])

    def write_rows(block: list[bytes]) -> None:
        writer.add_written(1, *redactor.write([orjson.loads(line) for line in block]))
        if writer.count >= _ROWS:
            writer.take()

    costs, before = {}, 0.0
    steps: dict[str, Callable[[list[bytes]], None]] = {
        "parse": parse,
        "redact, canonical line and cells": redact,
        "hash and row": write_rows,
    }
    for name, step in steps.items():
        total = _microseconds(step, lines)
        costs[name], before = total - before, total
    landed_lines = [redactor.redact_to_line(orjson.loads(line)) for line in lines[:_WARM]]
    started = time.process_time()
    zstandard.ZstdCompressor(level=3).compress(b"".join(landed_lines))
    costs["compress"] = (time.process_time() - started) / len(landed_lines) * 1e6
    return costs


def _microseconds(step: Callable[[list[bytes]], None], lines: list[bytes]) -> float:
    blocks = [lines[at : at + _AT_ONCE] for at in range(0, len(lines), _AT_ONCE)]
    warm = _WARM // _AT_ONCE
    for block in blocks[:warm]:
        step(block)
    started = time.process_time()
    for block in blocks[warm:]:
        step(block)
    return (time.process_time() - started) / (len(lines) - _WARM) * 1e6
