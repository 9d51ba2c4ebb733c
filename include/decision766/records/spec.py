"""What an entity is: its fields, what is done with each, and the raw columns that come of them.

A spec is data. The redactor compiles the fields to closures, loading compiles the columns; both see
the same record, because raw columns derive from the landed (redacted) record alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from decision766.records.kinds import EXCHANGE_DATETIME, Kind, Treatment

Record = dict[str, Any]
ERRORS, EXTRA = "_errors", "_extra"  # keys that the redactor adds to a landed record


@dataclass(frozen=True)
class Field:
    """A scalar field of a source record."""

    source: str
    kind: Kind


@dataclass(frozen=True)
class ListField:
    """A list of objects with fields of their own. scalar_key: items may be bare scalars, read as that key."""

    source: str
    fields: tuple["AnyField", ...]
    scalar_key: str | None = None


@dataclass(frozen=True)
class ScalarList:
    """A list of scalars of one kind."""

    source: str
    kind: Kind


@dataclass(frozen=True)
class CountedList:
    """A list that is read for its length only: the length lands, its content does not."""

    source: str


AnyField = Field | ListField | ScalarList | CountedList


@dataclass(frozen=True)
class Column:
    """A raw column: name, PostgreSQL type, and how it derives from the landed record.

    source: the landed field it comes from, given to `text` if it is there; None: `text` takes the
    whole record. `text` returns what COPY takes (unescaped), or None for null. item: of a list of
    objects, what stands in the column for one of them, between `brackets`; None: nothing. repeats,
    is_small: as of its kind. is_moment: a date-time of the exchange. of_head: the head of a numbered
    code decides it. latest_of: of which dates it is the latest.
    """

    name: str
    pg_type: str
    source: str | None
    text: Callable[[Any], str | None]
    is_safe: bool = True
    item: Callable[[Record], str | None] | None = None
    brackets: str = "[]"
    repeats: bool = False
    is_small: bool = False
    is_moment: bool = False
    of_head: bool = False
    latest_of: "LatestOf | None" = None


@dataclass(frozen=True)
class LatestOf:
    """Date-times of the exchange among which one is the latest: the record's own, and those of its lists."""

    dates: tuple[str, ...]
    nested: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class EntitySpec:
    """One entity of docs/records.md.

    natural_key: raw columns that name a record within its source. file_stem: start of its inbox files;
    service: exchange service; both None for published scores. is_personal: its source records hold
    personal data. verbatim: records come in raw column names and need no redaction; numbers are decimals.
    fetched_at_column: raw column that loading fills with the instant of the fetch; no part of the record,
    so that the same answer fetched again is the same object and the same row.
    """

    name: str
    fields: tuple[AnyField, ...]
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    file_stem: str | None = None
    service: str | None = None
    is_personal: bool = False
    verbatim: bool = False
    fetched_at_column: str | None = None
    parse_line: Callable[[bytes], Record] = field(default=orjson.loads)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Raw columns in the order of the table, without the columns that every raw table has."""
        return tuple(column.name for column in self.columns)

    def declared(self) -> Iterator[str]:
        """Yield every declared field by its path, `TaiLieuNop[].DuocSoHoa`."""
        yield from _paths(self.fields, "")

    def dropped(self) -> Iterator[str]:
        """Yield the paths of fields of which nothing is kept."""
        yield from _paths(self.fields, "", only=Treatment.DROP)

    def keyed(self) -> Iterator[tuple[str, Treatment]]:
        """Yield the paths of fields that leave a keyed hash, with the key's use."""
        for treatment in (Treatment.PSEUDONYM, Treatment.IDENTITY):
            for path in _paths(self.fields, "", only=treatment):
                yield path, treatment


def _paths(fields: tuple[AnyField, ...], prefix: str, only: Treatment | None = None) -> Iterator[str]:
    for item in fields:
        if isinstance(item, ListField):
            yield from _paths(item.fields, f"{prefix}{item.source}[].", only)
        elif only is None or (isinstance(item, Field) and item.kind.treatment is only):
            yield prefix + item.source


def column(name: str, source: str, kind: Kind) -> Column:
    """Column of a scalar field."""
    return Column(
        name,
        kind.pg_type,
        source,
        kind.text,
        kind.is_safe,
        repeats=kind.repeats,
        is_small=kind.is_small,
        is_moment=kind is EXCHANGE_DATETIME,
    )


def plain(**kinds: Kind) -> tuple[tuple[Field, ...], tuple[Column, ...]]:
    """Fields and columns of an entity whose field names are its column names."""
    return (
        tuple(Field(name, kind) for name, kind in kinds.items()),
        tuple(column(name, name, kind) for name, kind in kinds.items()),
    )


def json_list(name: str, source: str, items: Mapping[str, tuple[str, Kind]]) -> Column:
    """Column jsonb of a list of objects: name in the column → (field of the landed item, kind)."""
    readers = [(ours, theirs, kind.json, kind.absent) for ours, (theirs, kind) in items.items()]

    def item(landed: Record) -> str:
        found = {
            ours: absent if (value := landed.get(theirs)) is None else read(value)
            for ours, theirs, read, absent in readers
        }
        return orjson.dumps(found).decode()

    def text(landed: list[Record]) -> str:
        return f"[{','.join([item(element) for element in landed])}]"

    return Column(name, "jsonb", source, text, is_safe=False, item=item)


def text_array(name: str, source: str, key: str | None = None, pg_type: str = "text[]") -> Column:
    """Column of an array of codes: of scalars, or of `key` of the items. Codes need no quoting."""

    def text(landed: list[Any]) -> str:
        values = landed if key is None else [item[key] for item in landed if key in item]
        return "{" + ",".join(values) + "}"

    def item(landed: Record) -> str | None:
        return landed.get(key) if key is not None else None

    return Column(name, pg_type, source, text, item=item if key else None, brackets="{}")


def latest(name: str, dates: tuple[str, ...], nested: Mapping[str, tuple[str, ...]], to_text: Kind) -> Column:
    """Column of the latest date of a record: of its own fields and of its lists'. Dates sort as they land."""
    lists = tuple(nested.items())

    def text(record: Record) -> str | None:
        get = record.get
        found = [value for name in dates if (value := get(name)) is not None]
        for source, names in lists:
            for item in get(source) or ():
                found += [value for name in names if (value := item.get(name)) is not None]
        return to_text.text(max(found)) if found else None

    latest_of = LatestOf(dates, nested) if to_text is EXCHANGE_DATETIME else None
    return Column(name, to_text.pg_type, None, text, latest_of=latest_of)
