"""A file of dossiers for measurements: realistic records in the exchange format, every one different."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from decision766.simulator.exchange_dossiers import DossierRecords, Window
from decision766.simulator.world import World

_DATES = ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi")
_WORLD = 12_000  # dossiers whose shapes and values the file repeats
_SERIALS = 100_000  # dossier numbers that one unit has on one day


def write_dossiers(path: Path, rows: int, *, seed: int = 766) -> int:
    """Write `rows` dossiers as newline-delimited JSON; return the size in bytes.

    The records are those of a synthetic world, again and again under other numbers and at other times
    of the day: names, papers, lists of components, fees, supplements and results as the world has them.
    """
    with path.open("wb") as file:
        for record in _records(rows, random.Random(seed)):
            file.write(orjson.dumps(record) + b"\n")
    return path.stat().st_size


def _records(rows: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    world = World.build(dossiers=_WORLD)
    pattern = _pattern(world)
    for number in range(rows):
        turn, place = divmod(number, len(pattern))
        record = dict(pattern[place])
        if turn:
            stem, _, serial = record["MaHoSo"].rpartition("-")
            record["MaHoSo"] = f"{stem}-{turn * _SERIALS + int(serial):08d}"
            minute, second = rng.randrange(60), rng.randrange(60)
            for name in _DATES:
                if record[name]:
                    record[name] = f"{record[name][:10]}{minute:02d}{second:02d}"
        yield record


def _pattern(world: World) -> list[dict[str, Any]]:
    return [
        record
        for province in world.units
        if province.startswith("H")
        for record in DossierRecords(world, province).dossiers(Window())
        if record["MaHoSo"]
    ]
