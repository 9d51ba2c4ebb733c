"""How often one reader may ask: a bucket of tokens each, in this process."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request

READERS = 10_000  # beyond it, who has not asked for the longest is forgotten: his bucket is full again


class TooMany(Exception):
    """The reader's bucket is empty. seconds: until it holds a token again."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"again in {seconds:.1f} s")


class Limit:
    """Lets each reader ask `per_minute` times a minute, as many of them at once; 0: no limit.

    A reader is a network address. Each process counts for itself: N workers let in N times as much.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._clock = per_minute, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, reader: str) -> None:
        """Take a token.

        Raises:
            TooMany: there is none.
        """
        if not self.per_minute:
            return
        now, a_second = self._clock(), self.per_minute / 60
        with self._lock:
            held, since = self._buckets.pop(reader, (float(self.per_minute), now))
            held = min(float(self.per_minute), held + (now - since) * a_second)
            self._buckets[reader] = (max(held - 1, 0.0) if held >= 1 else held, now)
            if len(self._buckets) > READERS:
                self._buckets.popitem(last=False)
        if held < 1:
            raise TooMany((1 - held) / a_second)

    def __call__(self, request: Request) -> None:
        """Let the request in, as a dependency of every route."""
        self.take(request.client.host if request.client else "")
