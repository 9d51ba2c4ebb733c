"""Where each province stands on the tile map: equal tiles, neighbours beside each other as far as it goes."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TILES = Path(__file__).with_name("tiles.csv")


@dataclass(frozen=True)
class Tile:
    """One province's place; columns count from the west, rows from the north, both from 1."""

    unit_code: str
    column: int
    row: int
    short_name: str


@lru_cache(maxsize=1)
def tiles() -> tuple[Tile, ...]:
    """The provinces since 1 July 2025, north to south, west to east, as a reader goes through them."""
    with TILES.open(encoding="utf-8", newline="") as file:
        found = [
            Tile(line["unit_code"], int(line["column"]), int(line["row"]), line["short_name"])
            for line in csv.DictReader(file)
        ]
    return tuple(sorted(found, key=lambda tile: (tile.row, tile.column)))
