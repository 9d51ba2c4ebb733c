"""Lands an answer and writes its rows in one pass: a record is parsed once on its way into raw."""

from decision766.landing import LandedObject, LandingStore
from decision766.loading.rows import Prepared, RowBlock, RowWriter
from decision766.records import ENTITIES
from decision766.sources.contract import SourceAnswer

_BLOCK_ROWS = 4_000
Landed = dict[str, LandedObject | Prepared]


def prepare(store: LandingStore, source_id: str, answer: SourceAnswer) -> Landed:
    """Land one answer, and write its rows in the same pass unless it is kept byte for byte.

    Raises:
        OSError: the landing zone cannot be written, or a part of a file not be read.
    """
    entities = [answer.entity] if answer.lines is not None else list(answer.records)
    if answer.verbatim or len(entities) != 1 or ENTITIES[entities[0]].verbatim:
        return dict(store.put(source_id, answer))
    writer = RowWriter(entities[0], answer.fetched_at)
    blocks: list[RowBlock] = []

    def add(number: int, lines: list[bytes], cells: list[str]) -> None:
        writer.add_written(number, lines, cells)
        if writer.count >= _BLOCK_ROWS:
            blocks.append(writer.take())

    landed = store.put(source_id, answer, tap=add)[entities[0]]
    if writer.count:
        blocks.append(writer.take())
    return {entities[0]: Prepared(landed, tuple(blocks))}
