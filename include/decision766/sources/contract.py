"""What an adapter hands over: the contract between `sources` and the rooms behind it.

An adapter turns the calls of one interface family into `SourceAnswer`s. It knows the family's wire
format and nothing of landing, loading or the warehouse. Rooms behind it know no wire format.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class SourceError(Exception):
    """A source could not be read. The message names source, entity, call and cause, never a value.

    again_at: from when on the source says that it may be asked again (aware); None if it does not say.
    """

    def __init__(
        self,
        source_id: str,
        entity: str,
        cause: str,
        *,
        kind: str,
        call: Mapping[str, Any] | None = None,
        again_at: dt.datetime | None = None,
    ):
        self.source_id, self.entity, self.cause, self.kind = source_id, entity, cause, kind
        self.call, self.again_at = dict(call or {}), again_at
        super().__init__(f"source {source_id}, {entity}: {cause}")


@dataclass(frozen=True)
class Connection:
    """Where a source is and how to enter it; resolved from an Airflow connection or the environment.

    `extra` holds what the family needs besides (for the exchange: `dstcode`, `madonvi`).
    """

    base_url: str
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Window:
    """Half-open span of source time that a call asks for; aware datetimes."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class Unparseable:
    """A stretch of an answer that is no record: where and why, never what."""

    byte_offset: int
    byte_length: int
    cause: str


@dataclass(frozen=True)
class SourceAnswer:
    """One answer of a source, decoded.

    entity: name under which the answer is landed. records: raw entity → its records, in the source's
    own field names (docs/records.md); most answers hold one entity, a published-score answer holds
    `published_metric` and `published_group`. verbatim: keep `body` byte for byte (no personal data
    can be in it); otherwise only redacted records land. call: what was asked, without secrets.
    announced: how many records the source says there are. attempt: 1 for the first try.
    """

    entity: str
    records: Mapping[str, list[dict[str, Any]]]
    body: bytes
    call: Mapping[str, Any]
    fetched_at: dt.datetime
    verbatim: bool = False
    window: Window | None = None
    http_status: int | None = None
    attempt: int = 1
    announced: int | None = None
    unparseable: tuple[Unparseable, ...] = ()


class Adapter(Protocol):
    """One interface family, bound to one source."""

    def entities(self) -> list[str]:
        """Landing entities this source offers, in the order they must be read (catalogues first)."""
        ...

    def has_windows(self, entity: str) -> bool:
        """Whether a past window of the entity can be asked for by itself."""
        ...

    def fetch(
        self, entity: str, *, cursor: str | None, observed_at: dt.datetime, window: Window | None = None
    ) -> Iterator[SourceAnswer]:
        """Yield the answers since `cursor` up to `observed_at`, or those of `window` alone.

        Raises:
            SourceError: the source is unreachable, refuses, or answers what cannot be read.
        """
        ...

    def next_cursor(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> str:
        """Return the cursor to commit once everything that `fetch` yielded is loaded."""
        ...
