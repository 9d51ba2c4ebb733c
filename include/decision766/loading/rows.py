"""From landed records to rows of raw, in blocks of COPY text and of row hashes."""

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from decision766.landing import LandedObject
from decision766.records import ENTITIES, EntitySpec
from decision766.records.cells import Cells
from decision766.records.spec import Record

# Columns that every raw table has: supplied by the load, then by each row.
BATCH_COLUMNS = ("batch_id", "source_id", "data_origin", "object_sha256")
ROW_COLUMNS = ("source_line", "row_hash", "parse_errors", "extra")
_BLOCK_ROWS = 4_000
DIGEST = 32


@dataclass(frozen=True)
class RowBlock:
    """Some rows of one landed object, in its order. hashes: the rows' hashes, one after another.

    text: one line of COPY text per row, without the columns of the batch.
    """

    hashes: bytes
    text: bytes

    def digests(self) -> list[bytes]:
        """Return the hash of each row."""
        return [self.hashes[at : at + DIGEST] for at in range(0, len(self.hashes), DIGEST)]

    def line_number(self, row: int) -> int:
        """Return where in its landed object a row (from 0) stands; lines count from 1."""
        return int(self.text.split(b"\n", row + 1)[row].partition(b"\t")[0])

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.hashes) // DIGEST


@dataclass(frozen=True)
class Prepared:
    """A landed object whose rows were written as it landed."""

    landed: LandedObject
    blocks: tuple[RowBlock, ...]


def row_hash(spec: EntitySpec, line: bytes) -> bytes:
    """SHA-256 of entity and canonical redacted record: the same record sent again is the same row."""
    return hashlib.sha256(b"%s\0%s" % (spec.name.encode(), line)).digest()


def copied_columns(entity: str) -> tuple[str, ...]:
    """Columns of a line of COPY text, those of the batch first."""
    return (*BATCH_COLUMNS, *ROW_COLUMNS, *_cells(entity).columns)


def row_blocks(
    entity: str, records: Iterable[tuple[int, bytes, Record]], *, fetched_at: dt.datetime
) -> Iterator[RowBlock]:
    """Yield the rows of (line number, landed line without its end, landed record) in blocks."""
    writer = RowWriter(entity, fetched_at)
    for number, line, record in records:
        writer.add(number, line, record)
        if writer.count >= _BLOCK_ROWS:
            yield writer.take()
    if writer.count:
        yield writer.take()


class RowWriter:
    """Gathers the rows of one landed object."""

    def __init__(self, entity: str, fetched_at: dt.datetime):
        self._spec, self._cells = ENTITIES[entity], _cells(entity)
        self._fetched_at = fetched_at
        self._prefix = f"{entity}\0".encode()
        self._hashes: list[bytes] = []
        self._lines: list[str] = []

    @property
    def count(self) -> int:
        """Rows gathered since the last `take`."""
        return len(self._hashes)

    def add(self, number: int, line: bytes, record: Record) -> None:
        """Add the row of a landed record; line: its canonical text without the line's end."""
        if self._spec.fetched_at_column:
            record = {**record, self._spec.fetched_at_column: self._fetched_at.isoformat()}
        self.add_written(number, [line], [self._cells.text(record)])

    def add_written(self, number: int, lines: list[bytes], cells: list[str]) -> None:
        """Add the rows of landed lines whose cells are written; number: that of the first line."""
        prefix, sha256 = self._prefix, hashlib.sha256
        hashes = [sha256(prefix + line).digest() for line in lines]
        self._hashes += hashes
        self._lines += [
            f"{place}\t\\\\x{digest.hex()}\t{row}\n"
            for place, digest, row in zip(itertools.count(number), hashes, cells, strict=False)
        ]

    def take(self) -> RowBlock:
        """Return what was gathered, and begin anew."""
        block = RowBlock(b"".join(self._hashes), "".join(self._lines).encode())
        self._hashes, self._lines = [], []
        return block


@cache
def _cells(entity: str) -> Cells:
    return Cells(ENTITIES[entity])
