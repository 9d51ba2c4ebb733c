"""Lands answers and writes their rows in one pass, in processes of their own where there is much to do.

A part of a large file is decoded, redacted, landed and written as rows by one worker; parts keep
their order. What is decoded already (an HTTP answer) is landed here.
"""

import gc
import itertools
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from functools import cache
from typing import Any

from decision766.landing import LandedObject, LandingStore
from decision766.loading.rows import Prepared, RowBlock, RowWriter
from decision766.privacy import Keys
from decision766.sources.contract import SourceAnswer

_BLOCK_ROWS = 4_000
Landed = dict[str, LandedObject | Prepared]


def prepare(store: LandingStore, source_id: str, answer: SourceAnswer) -> Landed:
    """Land one answer; of a part of a file, write the rows as well.

    Raises:
        OSError: the landing zone cannot be written, or the part not be read.
    """
    if answer.lines is None:
        return dict(store.put(source_id, answer))
    writer = RowWriter(answer.entity, answer.fetched_at)
    blocks: list[RowBlock] = []

    def add(entity: str, number: int, line: bytes, record: dict[str, Any]) -> None:
        writer.add(number, line, record)
        if writer.count >= _BLOCK_ROWS:
            blocks.append(writer.take())

    landed = store.put(source_id, answer, tap=add)[answer.entity]
    if writer.count:
        blocks.append(writer.take())
    return {answer.entity: Prepared(landed, tuple(blocks))}


class Preparer:
    """Prepares the answers of one run. processes: at most so many workers, 1: none; made when needed."""

    def __init__(self, store: LandingStore, *, processes: int = 1):
        self._store, self._processes = store, processes
        self._executor: Any = None

    def prepared(
        self, source_id: str, answers: Iterator[SourceAnswer]
    ) -> Iterator[tuple[SourceAnswer, Landed]]:
        """Yield each answer with what landed of it, in order, a few ahead where workers help.

        The first part of a file is landed here: starting workers for a small file costs more than it
        saves. An error of the source comes after what was read before it, an error of landing in its
        answer's turn; either ends what is being read.
        """
        waiting: deque[tuple[SourceAnswer, Future[Landed]]] = deque()
        parts = itertools.count()
        failure: Exception | None = None
        try:
            while failure is None:
                try:
                    answer = next(answers, None)
                except Exception as error:  # what came before it is handed over first
                    failure, answer = error, None
                if answer is None:
                    break
                is_far = answer.lines is not None and self._processes > 1 and next(parts) > 0
                if is_far:
                    waiting.append((answer, self._submit(source_id, answer)))
                while len(waiting) > (self._processes if is_far else 0):
                    done, future = waiting.popleft()
                    yield done, future.result()
                if not is_far:
                    yield answer, prepare(self._store, source_id, answer)
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        finally:
            for _, future in waiting:
                future.cancel()
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Stop the workers, if there are any."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=True)
            self._executor = None

    def _submit(self, source_id: str, answer: SourceAnswer) -> "Future[Landed]":
        if self._executor is None:
            from loky import ProcessPoolExecutor  # noqa: PLC0415 (only large files need it)

            self._executor = ProcessPoolExecutor(max_workers=self._processes, timeout=None)
        root, keys = self._store.location
        future: Future[Landed] = self._executor.submit(_prepare_there, root, keys, source_id, answer)
        return future


def _prepare_there(root: str, keys: Keys, source_id: str, answer: SourceAnswer) -> Landed:
    return prepare(_store(root, keys), source_id, answer)


@cache  # once per worker
def _store(root: str, keys: Keys) -> LandingStore:
    gc.disable()  # records hold no cycles: looking for some costs a tenth of the time
    return LandingStore(root, keys)
