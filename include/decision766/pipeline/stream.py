"""What one entity's fetch brings, landed answer by answer, with the first error kept for later."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from decision766.landing import LandedObject, LandingStore
from decision766.loading import Landed, Prepared, prepare
from decision766.sources import SourceAnswer

_END = object()


class AnswerStream:
    """The answers of one fetch as they land. An error ends the stream and is kept in `error`.

    last: the newest answer handed out. ended: whether there is nothing more. answers, bytes, rejected,
    unparseable: counts of what was handed out.
    """

    def __init__(self, store: LandingStore, source_id: str, answers: Iterable[SourceAnswer]):
        self._answers = one_ahead(iter(answers))
        self._landed = ((answer, prepare(store, source_id, answer)) for answer in self._answers)
        self._following: tuple[SourceAnswer, Landed] | None = None
        self.error: Exception | None = None
        self.last: SourceAnswer | None = None
        self.ended = False
        self.answers = self.bytes = self.rejected = self.unparseable = 0
        self._advance()

    def __iter__(self) -> Iterator[Landed]:
        """Hand out what landed, answer by answer."""
        while self._following is not None:
            self.last, landed = self._following
            self._count(landed)
            yield landed
            self._advance()

    def rows_of(self, raw_entity: str, limit: int) -> Iterator[LandedObject | Prepared]:
        """Hand out the objects of one raw entity until they hold `limit` rows or more."""
        rows = 0
        for landed in self:
            if raw_entity in landed:
                item = landed[raw_entity]
                yield item
                rows += (item.landed if isinstance(item, Prepared) else item).record_count
            if rows >= limit:
                self._advance()
                return

    def close(self) -> None:
        """End the fetch, once the call under way has returned: a source is asked one thing at a time."""
        self._answers.close()

    def _count(self, landed: Landed) -> None:
        self.answers += 1
        for place, item in enumerate(landed.values()):
            found = item.landed if isinstance(item, Prepared) else item
            self.bytes += found.original_bytes if place == 0 else 0
            self.rejected += found.rejected
            self.unparseable += len(found.unparseable)

    def _advance(self) -> None:
        try:
            self._following = next(self._landed, None)
        except Exception as error:  # kept: what landed before it is loaded first
            self.error, self._following = error, None
            self.close()
        self.ended = self._following is None


def one_ahead(items: Iterator[Any]) -> Generator[Any, None, None]:
    """Yield the items while the next one is already being fetched: one at a time, one ahead.

    A source is asked for its next page while the last one is redacted and landed.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="fetch") as executor:
        following = executor.submit(next, items, _END)
        try:
            while (item := following.result()) is not _END:
                following = executor.submit(next, items, _END)
                yield item
        finally:
            following.cancel()
