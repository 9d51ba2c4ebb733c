"""From a landed record to the cells of its raw columns, as COPY text reads them.

Compiled once per entity. Combinations of codes and items of lists repeat from record to record: they are
written once and remembered. The text of a cell depends on the landed record alone.
"""

import re
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import orjson

from decision766.records.kinds import DAYS, TIMES
from decision766.records.memo import Memo
from decision766.records.published import dump_exact
from decision766.records.spec import ERRORS, EXTRA, Column, EntitySpec, Record

NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_COMBINATIONS = 20_000  # of codes, and of items, that are remembered

_Cell = Callable[[Any], str]


def escape(text: str) -> str:
    """Return the text as COPY's text format wants it."""
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


class Cells:
    """Writes the cells of one entity: what could not be read, what nobody declared, then `columns`.

    small: columns that stand first, since their values repeat together. in_order: source field → its
    columns, for those that follow; columns of the whole record come last.
    """

    def __init__(self, spec: EntitySpec):
        by_source: dict[str, list[Column]] = {}
        of_record = [column for column in spec.columns if column.source is None]
        for column in spec.columns:
            if column.source is not None:
                by_source.setdefault(column.source, []).append(column)
        self.small = [
            columns[0] for columns in by_source.values() if len(columns) == 1 and columns[0].is_small
        ]
        moments = [columns[0] for columns in by_source.values() if len(columns) == 1 and columns[0].is_moment]
        grouped = {column.source for column in (*self.small, *moments)}
        others = {source: columns for source, columns in by_source.items() if source not in grouped}
        self.in_order = [(column.source or "", [column]) for column in moments] + list(others.items())
        in_order = [*self.small, *[each for _, columns in self.in_order for each in columns], *of_record]
        self.columns = tuple(column.name for column in in_order)
        self._known = frozenset(spec.column_names) if spec.verbatim else None
        self._absent: Record = dict.fromkeys(by_source)
        self._moments = [column.source or "" for column in moments]
        self._get_small = _getter([column.source or "" for column in self.small])
        self._seen: dict[tuple[Any, ...], str] = {}
        self._fields = [
            (source, _cell(columns), "\t".join([NULL] * len(columns))) for source, columns in others.items()
        ]
        self._of_record = [written(column) for column in of_record]

    def text(self, landed: Record) -> str:
        """Return the cells of a landed record, parted by tabs."""
        cells = [_json(landed, ERRORS), self._extra(landed)]
        record = {**self._absent, **landed}
        if self.small:
            codes = self._get_small(record)
            cells.append(self._seen.get(codes) or self._learn(codes))
        for source in self._moments:
            value = record[source]
            cells.append(NULL if value is None else DAYS[value[:8]] + TIMES[value[8:]])
        for source, cell, absent in self._fields:
            value = record[source]
            cells.append(absent if value is None else cell(value))
        for write in self._of_record:
            cells.append(write(landed))
        return "\t".join(cells)

    def _extra(self, landed: Record) -> str:
        if self._known is None:
            return _json(landed, EXTRA)
        others = {name: value for name, value in landed.items() if name not in self._known}
        return escape(dump_exact(others).decode()) if others else NULL

    def _learn(self, codes: tuple[Any, ...]) -> str:
        cells = [
            NULL if code is None else written(column)(code)
            for column, code in zip(self.small, codes, strict=True)
        ]
        if len(self._seen) >= _COMBINATIONS:
            self._seen.clear()
        self._seen[codes] = found = "\t".join(cells)
        return found


def written(column: Column) -> _Cell:
    """Return what writes one cell of a value that is there."""
    text, is_safe = column.text, column.is_safe

    def write(value: Any) -> str:
        found = text(value)
        return NULL if found is None else found if is_safe else escape(found)

    return write


def _json(landed: Record, name: str) -> str:
    if name not in landed:
        return NULL
    return escape(orjson.dumps(landed[name], option=orjson.OPT_SORT_KEYS).decode())


def _cell(columns: list[Column]) -> _Cell:
    """Return what writes all columns of one source field."""
    if len(columns) == 1 and columns[0].item is not None and columns[0].pg_type == "jsonb":
        return _list_cell(columns[0].item)
    writers = [written(column) for column in columns]
    if len(writers) == 1:
        write = writers[0]
    else:

        def write(value: Any) -> str:
            return "\t".join([each(value) for each in writers])

    return Memo(write).__getitem__ if all(column.repeats for column in columns) else write


def _list_cell(item: Callable[[Record], str | None]) -> _Cell:
    """Return what writes a list of objects: items repeat, so each is written once and remembered."""
    seen: dict[tuple[Any, ...], str] = {}

    def write(landed: list[Record]) -> str:
        cells = []
        for element in landed:
            key = (*element, *element.values())
            cells.append(seen.get(key) or learn(key, element))
        return f"[{','.join(cells)}]"

    def learn(key: tuple[Any, ...], element: Record) -> str:
        if len(seen) >= _COMBINATIONS:
            seen.clear()
        seen[key] = cell = escape(item(element) or "")
        return cell

    return write


def _getter(names: list[str]) -> Callable[[Record], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda record: tuple([record[name] for name in names])
