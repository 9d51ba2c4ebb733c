"""Redaction: from a source's record to the record that may be written, in one pass.

What the spec declares is read by its kind. Personal fields are never looked at, keyed fields leave a
keyed hash, and a typed field whose content is not of its kind leaves field, rule and length only:
what is no date may be a person. What nobody declared leaves its name, its JSON type and a count; its
value is kept only if it is a boolean, a plausible date or a number below nine digits. No message and
no log line carries a value.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from decision766.privacy.keys import Keys
from decision766.privacy.ordinary import NOT_ORDINARY, ordinary_writers
from decision766.privacy.scalars import DONE, field_name, holds_a_person, is_harmless, json_type
from decision766.privacy.screen import is_public_text, public_value
from decision766.records.cells import Cells
from decision766.records.kinds import ISO_DATE, ISO_DATETIME, Kind, Treatment
from decision766.records.memo import Memo
from decision766.records.people import reads_as_person
from decision766.records.published import dump_exact
from decision766.records.spec import (
    ERRORS,
    EXTRA,
    AnyField,
    CountedList,
    EntitySpec,
    Field,
    ListField,
    Record,
)

REDACTOR_VERSION = "2"
_LINE = orjson.OPT_SORT_KEYS
# Columns of published records that the adapter itself fills, and those with the portal's public text.
_OWN = frozenset(
    {"capture_id", "endpoint", "root_unit_id", "period_grain", "procedure_code", "indicator_code"}
)
_PUBLIC_AS = {"unit_name": "departmentName", "data_quality_message": "dataQualityMessage"}
_METRIC = re.compile(
    r"[A-Za-z0-9_+/().\-]{1,200}", re.ASCII
)  # PUBLISH_ON_TIME, (partialCount+fullCount)/total
_WORDS = re.compile(r"\w+")
_Handler = Callable[[Any], Any]


def _drop(value: Any) -> Any:
    return DONE


@dataclass(frozen=True)
class Redacted:
    """A record that may be written, and what could not be read of it: `{"field", "rule", "length"}`."""

    landed: Record
    parse_errors: list[dict[str, Any]]


class Redactor:
    """Redacts the records of one entity. Compiled once, then used for many; one thread at a time.

    undeclared: (field, JSON type) → in how many places since `reset`; rejected: fields that could not
    be read since `reset`.
    """

    def __init__(self, spec: EntitySpec, keys: Keys):
        self.undeclared: Counter[tuple[str, str]] = Counter()
        self.rejected = 0
        self._spec = spec
        self._keys = keys
        self._errors: list[dict[str, Any]] = []
        self._extra: Record = {}
        self._read = self._object(spec.fields, "")
        self._ordinary = ordinary_writers(spec, self._handler, self._extra_of)
        self._cells = Cells(spec)
        self._types = {column.name: column.pg_type for column in spec.columns} if spec.verbatim else {}

    def reset(self) -> None:
        """Start counting anew."""
        self.undeclared = Counter()
        self.rejected = 0

    def redact(self, record: Record) -> Redacted:
        """Redact one record; the record itself stays as it is.

        The landed record keeps the source's field names. `_errors` and `_extra` are added to it when
        there is something to say. Redacting is deterministic: equal records land equal.
        """
        return Redacted(self.landed(record), self._errors)

    def landed(self, record: Record) -> Record:
        """Redact one record; as `redact`, without the list of errors beside it."""
        if self._spec.verbatim:
            return self._published(record)
        errors: list[dict[str, Any]] = []
        extra: Record = {}
        self._errors, self._extra = errors, extra
        landed = self._read(record)
        if extra:
            landed[EXTRA] = extra
        if errors:
            errors.sort(key=lambda error: (error["field"], error["rule"], error["length"]))
            landed[ERRORS] = errors
            self.rejected += len(errors)
        return landed

    def write(self, records: Iterable[Record], *, with_cells: bool = True) -> tuple[list[bytes], list[str]]:
        """Redact records; return each as canonical JSON (sorted keys), and the cells of its row of raw.

        The cells are those that `Cells` writes of the landed record; both are made in one go, since
        nearly all records are as declared (privacy/ordinary.py). with_cells: False leaves the cells of
        other records empty.
        """
        writers, lines, cells = self._ordinary, [], []
        for record in records:
            try:
                line, row = writers[tuple(record)](record)
                lines.append(line.encode())
            except NOT_ORDINARY:
                landed = self.landed(record)
                lines.append(self._line(landed))
                row = self._cells.text(landed) if with_cells else ""
            cells.append(row)
        return lines, cells

    def redact_to_line(self, record: Record) -> bytes:
        """Redact one record and write it as canonical JSON (sorted keys) with a line end."""
        return self.write([record], with_cells=False)[0][0] + b"\n"

    def _line(self, landed: Record) -> bytes:
        return dump_exact(landed) if self._spec.verbatim else orjson.dumps(landed, option=_LINE)

    def _published(self, record: Record) -> Record:
        """A published record: figures stay digit by digit; what is no figure or public text stays out."""
        landed: Record = {}
        self._errors = []
        for name, value in record.items():
            pg_type = self._types.get(name)
            if pg_type is None:
                self.undeclared[field_name(name), json_type(value)] += 1
                if field_name(name) == name and not holds_a_person(name):
                    found = public_value(value, name)
                    if found is not None or value is None:
                        landed[name] = found
            elif value is None or (found := _published_value(name, pg_type, value)) is not None:
                landed[name] = None if value is None else found
            else:
                landed[name] = None
                self._reject(name, pg_type, value)
        self.rejected += len(self._errors)
        return landed

    # --- compiling -----------------------------------------------------------------------------

    def _object(self, fields: tuple[AnyField, ...], prefix: str) -> Callable[[Record], Record]:
        handlers = {item.source: self._handler(item, prefix + item.source) for item in fields}
        rules = {item.source: item.kind.name if isinstance(item, Field) else "list" for item in fields}
        handler_of, note, reject = handlers.get, self._note_undeclared, self._reject

        def read(record: Record) -> Record:
            landed: Record = {}
            for name, value in record.items():
                handler = handler_of(name)
                if handler is None:
                    note(prefix, name, value)
                elif value is not None and value != "" and handler is not _drop:
                    found = handler(value)
                    if found is None:
                        reject(prefix + name, rules[name], value)
                    elif found is not DONE:
                        landed[name] = found
            return landed

        return read

    def _handler(self, item: AnyField, path: str) -> _Handler:
        if isinstance(item, Field):
            return self._scalar(item.kind, path)
        if isinstance(item, ListField):
            return self._list(item, path)
        if isinstance(item, CountedList):
            return self._count(path)
        return self._scalars(item.kind, path)

    def _scalar(self, kind: Kind, path: str) -> _Handler:
        if kind.treatment is Treatment.KEEP:
            return kind.read
        if kind.treatment is Treatment.DROP:
            return _drop
        key = self._keys.pseudonym if kind.treatment is Treatment.PSEUDONYM else self._keys.event
        scope, keys = f"{self._spec.name}.{path}", self._keys

        def keyed(value: Any) -> Any:
            text = kind.read(value)
            if not text:
                return None
            if keys.erased and keys.erasure_mark(scope, text) in keys.erased:
                return DONE  # erased on request: it leaves nothing, whenever it comes again
            return key.keyed(scope, text)

        return Memo(keyed) if kind.repeats else keyed

    def _list(self, item: ListField, path: str) -> _Handler:
        read, scalar_key, prefix = self._object(item.fields, f"{path}[]."), item.scalar_key, f"{path}[]"

        def read_list(value: Any) -> Any:
            if type(value) is not list:
                return None
            landed = []
            for element in value:
                if type(element) is dict:
                    landed.append(read(element))
                elif scalar_key is not None and type(element) in (str, int):
                    landed.append(read({scalar_key: element}))
                elif element is not None:
                    self._reject(prefix, "object", element)
            return landed

        return read_list

    def _scalars(self, kind: Kind, path: str) -> _Handler:
        def read_scalars(value: Any) -> Any:
            if type(value) is not list:
                return None
            landed = []
            for element in value:
                found = None if element is None else kind.read(element)
                if found is not None:
                    landed.append(found)
                elif element is not None:
                    self._reject(f"{path}[]", kind.name, element)
            return landed

        return read_scalars

    def _count(self, path: str) -> _Handler:
        def count(value: Any) -> Any:
            if type(value) is not list:
                return None
            self._extra[path] = len(value)
            return DONE

        return count

    # --- what is set aside -----------------------------------------------------------------------

    def _reject(self, path: str, rule: str, value: Any) -> None:
        if type(value) is str:
            if not value.strip():
                return  # blank is absent
            length = len(value)
        else:
            length = len(json.dumps(value, ensure_ascii=False, default=str))
        self._errors.append({"field": path, "rule": rule, "length": length})

    def _extra_of(self, names: tuple[str, ...], record: Record) -> Record:
        """Note undeclared fields of an ordinary record; return what is kept of them."""
        extra: Record = {}
        self._extra = extra
        for name in names:
            self._note_undeclared("", name, record[name])
        return extra

    def _note_undeclared(self, prefix: str, name: str, value: Any) -> None:
        path = prefix + field_name(name)
        self.undeclared[path, json_type(value)] += 1
        if (
            path.endswith(name)
            and is_harmless(value)
            and (value in (True, False) or not holds_a_person(name))
        ):
            if prefix:
                self._extra.setdefault(path, []).append(value)
            else:
                self._extra[path] = value


def _published_value(name: str, pg_type: str, value: Any) -> Any:  # noqa: PLR0911 - one return per type
    """Return a value that is of its column's type, None for what is not: it may be anything."""
    if pg_type == "numeric":
        return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
    if pg_type == "jsonb":
        return public_value(value, name)
    if not isinstance(value, str):
        return None
    if name in _OWN:
        return value
    if name == "metric_code":  # also a number that the portal has under a name of its own
        is_metric = _METRIC.fullmatch(value) and not reads_as_person(value)
        return (
            value if is_metric and all(field_name(word) == word for word in _WORDS.findall(value)) else None
        )
    if pg_type == "text":
        return value if is_public_text(value, _PUBLIC_AS.get(name, name)) else None
    return value if (ISO_DATE if pg_type == "date" else ISO_DATETIME).read(value) is not None else None
