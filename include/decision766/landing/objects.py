"""The manifest of a landed object, as a value and as the JSON that stands beside the object."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from decision766.sources.contract import Unparseable, Window


class LandingError(Exception):
    """A landed object is missing or is not what its name says. The message names the object's path."""


@dataclass(frozen=True)
class UndeclaredField:
    """A field that docs/records.md does not know: name, JSON type, in how many places it stood."""

    field: str
    json_type: str
    count: int


@dataclass(frozen=True)
class LandedObject:
    """One landed answer of one raw entity: redacted newline-delimited JSON, compressed with zstd.

    path: relative to the landing root. sha256, byte_count: of the redacted lines before compression;
    stored_bytes: as stored. original_*: of the answer as it came. body_path: the answer byte for byte,
    where nothing had to be redacted. record_count: lines. rejected: fields that could not be read.
    announced: records the source said there are. All date-times are aware.
    """

    source_id: str
    entity: str
    path: str
    sha256: str
    byte_count: int
    stored_bytes: int
    record_count: int
    original_sha256: str
    original_bytes: int
    redactor_version: str
    call: Mapping[str, Any]
    fetched_at: dt.datetime
    window: Window | None = None
    http_status: int | None = None
    attempt: int = 1
    announced: int | None = None
    body_path: str | None = None
    rejected: int = 0
    undeclared: tuple[UndeclaredField, ...] = ()
    unparseable: tuple[Unparseable, ...] = field(default=())

    def to_manifest(self) -> bytes:
        """Return the manifest as indented JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(values, default=str, option=options)

    @classmethod
    def from_manifest(cls, manifest: bytes) -> "LandedObject":
        """Read a manifest back.

        Raises:
            LandingError: it is no manifest of this version.
        """
        try:
            values = orjson.loads(manifest)
            window = values.pop("window")
            return cls(
                **{
                    **values,
                    "fetched_at": dt.datetime.fromisoformat(values["fetched_at"]),
                    "window": window
                    and Window(
                        dt.datetime.fromisoformat(window["start"]), dt.datetime.fromisoformat(window["end"])
                    ),
                    "undeclared": tuple(UndeclaredField(**item) for item in values["undeclared"]),
                    "unparseable": tuple(Unparseable(**item) for item in values["unparseable"]),
                }
            )
        except (ValueError, TypeError, KeyError) as error:
            raise LandingError(f"not a landing manifest of this version ({type(error).__name__})") from None
