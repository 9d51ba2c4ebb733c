"""What an adapter hands over: the contract between `sources` and the rooms behind it.

An adapter turns the calls of one interface family into `SourceAnswer`s. It knows the family's wire
format and nothing of landing, loading or the warehouse. Rooms behind it know no wire format.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

_BOM = b"\xef\xbb\xbf"


class SourceError(Exception):
    """A source could not be read. The message names source, entity, call and cause, never a value.

    complete_until: up to where what was handed over is known to be complete, if that is not its end.
    again_at: from when on the source says that it may be asked again; None if it does not say. Both aware.
    """

    def __init__(
        self,
        source_id: str,
        entity: str,
        cause: str,
        *,
        kind: str,
        call: Mapping[str, Any] | None = None,
        complete_until: dt.datetime | None = None,
        again_at: dt.datetime | None = None,
    ):
        self.source_id, self.entity, self.cause, self.kind = source_id, entity, cause, kind
        self.call, self.complete_until, self.again_at = dict(call or {}), complete_until, again_at
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
class RecordLines:
    """A stretch of newline-delimited JSON that whoever lands it decodes, one record at a time.

    It lies in a file (path, offset, size), or is given as `content`. is_first: a byte order mark may
    stand before it.
    """

    size: int
    path: str | None = None
    offset: int = 0
    content: bytes = field(default=b"", repr=False)
    is_first: bool = False

    def read(self) -> bytes:
        """Return the stretch.

        Raises:
            OSError: the file cannot be read, or is shorter than it was.
        """
        if self.path is None:
            return self.content
        with open(self.path, "rb") as file:  # noqa: PTH123 (one call, in a hot place)
            file.seek(self.offset)
            content = file.read(self.size)
        if len(content) != self.size:
            raise OSError("the file became shorter while it was read")
        return content


@dataclass(frozen=True)
class SourceAnswer:
    """One answer of a source, decoded.

    entity: name under which the answer is landed. records: raw entity → its records, in the source's
    own field names (docs/records.md); most answers hold one entity, a published-score answer holds
    `published_metric` and `published_group`. lines: instead of records, body and unparseable, a part of
    a large file that is not decoded yet. verbatim: keep `body` byte for byte (no personal data
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
    lines: RecordLines | None = None

    def decoded(self) -> "SourceAnswer":
        """Return the answer with its records, whether they came decoded or as lines."""
        if self.lines is None:
            return self
        body = self.lines.read()
        unparseable: list[Unparseable] = []
        records = list(read_lines(body, unparseable, first=self.lines.is_first))
        return dataclasses.replace(
            self, records={self.entity: records}, body=body, unparseable=tuple(unparseable), lines=None
        )


def read_lines(body: bytes, unparseable: list[Unparseable], *, first: bool) -> Iterator[dict[str, Any]]:
    """Yield the records of newline-delimited JSON; add to `unparseable` the lines that are none.

    Blank lines are nothing. first: a byte order mark may stand before the first line.
    """
    offset = 0
    for number, line in enumerate(body.splitlines(keepends=True)):
        text = line.removeprefix(_BOM) if first and number == 0 else line
        cause = ""
        try:
            record = orjson.loads(text)
            if type(record) is dict:
                yield record
            else:
                cause = "the line is JSON, but no object"
        except ValueError:
            if text.strip():
                cut = not line.endswith((b"\n", b"\r"))
                cause = "the line is no JSON" + (" and the file ends in it: half-written?" if cut else "")
        if cause:
            unparseable.append(Unparseable(offset, len(line), cause))
        offset += len(line)


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
