"""The quick way from a source's record to its landed line and its row, for records as declared.

Nearly all records are: every value text of its kind, or absent. For each set of names in which records
come, one function is generated that is straight-line code, with no dictionary between the record and its
text. What repeats (combinations of codes, names, items of lists) is written once and remembered. What is
not ordinary goes to the redactor's general reader, which alone decides; both must write the same of
every record, byte for byte (tests/unit/privacy/test_ordinary.py).

Nothing that a source sends becomes code: the names in it are those of the spec, values stay values.
For dossiers with one component the code reads, shortened:

    def write(record):
        [v0, v1, v2, _, v4] = record.values()
        codes_json, codes_cells = codes[v1, v2]              # one memory for all short lists of values
        if v4:                                               # a date-time
            j4 = f'"NgayTra":"{v4}",'; c4 = DAYS[v4[:8]] + TIMES[v4[8:]]
        ...
        return f'{codes_json}{j4}', f'{codes_cells}\t{c4}'
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from decision766.privacy.scalars import DONE
from decision766.records.cells import NULL, Cells, escape, written
from decision766.records.kinds import DAYS, EXCHANGE_DATETIME, PRESENCE, TIMES, Treatment
from decision766.records.spec import EXTRA, AnyField, Column, EntitySpec, Field, ListField, Record

Handler = Callable[[Any], Any]
HandlerOf = Callable[[AnyField, str], Handler]
ExtraOf = Callable[[tuple[str, ...], Record], Record]
Writer = Callable[[Record], tuple[str, str]]

_SHAPES = 2_000  # sets of names that are remembered
_REMEMBERED = 20_000  # values, combinations of codes and items that one memory holds
_SORTED = orjson.OPT_SORT_KEYS


class NotOrdinaryError(Exception):
    """The general reader must look at the record. Carries no value."""


# What generated code raises when a value is not text of its kind.
NOT_ORDINARY = (NotOrdinaryError, TypeError, AttributeError)


class _Memory(dict[Any, Any]):
    """Maps what was seen to what `learn` made of it; when it is full, all is forgotten."""

    __slots__ = ("_learn", "_limit")

    def __init__(self, learn: Callable[[Any], Any], limit: int = _REMEMBERED):
        super().__init__()
        self._learn, self._limit = learn, limit

    def __missing__(self, key: Any) -> Any:
        found = self._learn(key)
        if len(self) >= self._limit:
            self.clear()
        self[key] = found
        return found


def ordinary_writers(spec: EntitySpec, handler_of: HandlerOf, extra_of: ExtraOf) -> dict[Any, Writer]:
    """Return names of a record, in its order → what writes such a record: canonical JSON, cells of its row.

    The writers raise one of NOT_ORDINARY when the general reader must look. handler_of: the redactor's
    handler of a field and its path. extra_of: notes the undeclared fields of a record and returns what is
    kept of them; it is asked only about records that are written.
    """
    table = _Table(spec, handler_of, extra_of)
    return _Memory(lambda names: _Code(table, names).compiled() if table.is_quick else _refuse, _SHAPES)


def _refuse(record: Record) -> tuple[str, str]:
    raise NotOrdinaryError


class _Table:
    """What all shapes of an entity share: fields, columns by their field, and the memories."""

    def __init__(self, spec: EntitySpec, handler_of: HandlerOf, extra_of: ExtraOf):
        self.extra_of, self.cells = extra_of, Cells(spec)
        self.fields = {item.source: item for item in spec.fields}
        self.handlers = {name: handler_of(item, name) for name, item in self.fields.items()}
        self.columns: dict[str, list[Column]] = {name: [] for name in self.fields}
        for column in spec.columns:
            if column.source in self.columns:
                self.columns[column.source].append(column)
        # Columns of the whole record are known in one form alone: the latest of several dates.
        self.is_quick = not spec.verbatim and all(
            column.latest_of is not None for column in spec.columns if column.source is None
        )
        latest = [column.latest_of for column in spec.columns if column.latest_of is not None]
        self.is_quick &= len(latest) < 2
        self.latest = latest[0] if latest else None
        self.items = {
            name: _item_writers(item, self.columns[name], self._dates_in(name), handler_of)
            for name, item in self.fields.items()
            if isinstance(item, ListField)
        }
        self.texts = {name: _Memory(self.text_of(name)) for name in self.handlers if name not in self.items}
        self.heads = {name: _Memory(self._head_of(name)) for name in self.texts}

    def _dates_in(self, name: str) -> tuple[str, ...]:
        return self.latest.nested.get(name, ()) if self.latest else ()

    def text_of(self, name: str) -> Callable[[Any], tuple[str, str]]:
        """Return what makes of a scalar its JSON and its cells.

        A value that is no text is never remembered: 1, 1.0 and True are one key, but not one value.
        """
        handler, writers = self.handlers[name], [written(column) for column in self.columns[name]]
        key, absent = _key(name), "\t".join([NULL] * len(writers))

        def text_of(value: Any) -> tuple[str, str]:
            if value is None or value == "":
                return "", absent
            landed = handler(value) if type(value) is str else None
            if landed is None or landed is DONE:  # what was erased on request is for the general reader
                raise NotOrdinaryError
            cells = "\t".join([write(landed) for write in writers])
            return f"{key}{orjson.dumps(landed).decode()},", cells

        return text_of

    def _head_of(self, name: str) -> Callable[[str], str]:
        """Return what makes of a numbered code's head the cells of the columns that are its alone."""
        handler = self.handlers[name]
        columns = [column for column in self.columns[name] if column.of_head]

        def head_of(head: str) -> str:
            code = f"{head}-1"
            if handler(code) != code:
                raise NotOrdinaryError
            return "".join([f"\t{written(column)(code)}" for column in columns])

        return head_of


@dataclass
class _Code:
    """The generated function for records with one set of names."""

    table: _Table
    names: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)
    json: dict[str, str] = field(default_factory=dict)  # landed name → its piece of the f-string
    cells: dict[str, str] = field(default_factory=dict)  # source → the piece of its columns

    def compiled(self) -> Writer:
        """Return the function; one that refuses, if only the general reader knows a field's sort."""
        self.known |= {"DAYS": DAYS, "TIMES": TIMES, "NULL": NULL, "NotOrdinaryError": NotOrdinaryError}
        codes: list[tuple[int, str]] = []
        rest: list[tuple[int, str]] = []
        undeclared: list[str] = []
        for place, name in enumerate(self.names):
            item = self.table.fields.get(name)
            if item is None:
                undeclared.append(name)
            elif isinstance(item, ListField):
                if self.table.items[name] is None:
                    return _refuse
                rest.append((place, name))
            elif not isinstance(item, Field):
                return _refuse
            elif item.kind.treatment is not Treatment.DROP:
                is_code = item.kind.is_small and len(self.table.columns[name]) == 1
                (codes if is_code else rest).append((place, name))
        self._latest(rest)
        for place, name in rest:
            self._field(place, name)
        runs = self._codes(codes, bool(undeclared))
        if undeclared:
            self._extra(tuple(undeclared))
        source = self._function([place for place, _ in (*codes, *rest)], runs, bool(undeclared))
        exec(compile(source, "<ordinary record>", "exec"), self.known)  # noqa: S102 (made of the spec alone)
        writer: Writer = self.known["write"]
        return writer

    # --- pieces ----------------------------------------------------------------------------------

    def _field(self, place: int, name: str) -> None:
        item, columns = self.table.fields[name], self.table.columns[name]
        if isinstance(item, ListField):
            self._list(place, name)
        elif isinstance(item, Field) and item.kind is EXCHANGE_DATETIME and len(columns) == 1:
            self._when_text(place, name, f"DAYS[v{place}[:8]] + TIMES[v{place}[8:]]")
        elif isinstance(item, Field) and item.kind.is_numbered and _is_itself(columns):
            self.known[f"heads{place}"] = self.table.heads[name]
            before = (
                f"head, _, serial = v{place}.rpartition('-')",
                "if not (serial.isdigit() and serial.isascii() and len(serial) < 9): raise NotOrdinaryError",
            )
            self._when_text(place, name, f"f'{{v{place}}}{{heads{place}[head]}}'", before)
        elif isinstance(item, Field) and item.kind.repeats:
            self.known[f"texts{place}"] = self.table.texts[name]
            self.lines.append(f"j{place}, c{place} = texts{place}[v{place}]")
            self._piece(place, name)
        else:
            self.known[f"text{place}"] = self.table.text_of(name)
            self.lines.append(f"j{place}, c{place} = text{place}(v{place})")
            self._piece(place, name)

    def _piece(self, place: int, name: str) -> None:
        self.json[name] = f"{{j{place}}}"
        if self.table.columns[name]:
            self.cells[name] = f"{{c{place}}}"

    def _when_text(self, place: int, name: str, cells: str, before: tuple[str, ...] = ()) -> None:
        """A value of digits and points: its JSON is itself between quotation marks."""
        absent = "\\t".join(["\\\\N"] * len(self.table.columns[name]))
        self.lines += [
            f"if v{place}:",
            *[f"    {line}" for line in before],
            f"    c{place} = {cells}",
            f"    j{place} = f'{_literal(_key(name))}\"{{v{place}}}\",'",
            f"elif v{place} is None or v{place} == '': j{place} = ''; c{place} = '{absent}'",
            "else: raise NotOrdinaryError",
        ]
        self._piece(place, name)

    def _list(self, place: int, name: str) -> None:
        columns = self.table.columns[name]
        brackets = columns[0].brackets if columns else ""
        start, end = brackets[:1], brackets[1:]
        key = _literal(_key(name))
        self.known[f"items{place}"] = self.table.items[name]
        self.lines += [
            f"if type(v{place}) is not list: raise NotOrdinaryError",
            f"if v{place}:",
            "    json = cells = ''",
            f"    for item in v{place}:",
            f"        item_json, item_cell, date = items{place}[tuple(item)](item)",
            "        json += item_json; cells += item_cell",
        ]
        if self.table._dates_in(name):
            self.lines.append("        if date > latest: latest = date")
        self.lines += [
            f"    j{place} = f'{key}[{{json[:-1]}}],'",
            f"    c{place} = f'{_literal(start)}{{cells[:-1]}}{_literal(end)}'",
            f"else: j{place} = '{_key(name)}[],'; c{place} = '{start}{end}'",
        ]
        self._piece(place, name)

    def _latest(self, rest: list[tuple[int, str]]) -> None:
        if self.table.latest:
            dates = [f"v{place} or ''" for place, name in rest if name in self.table.latest.dates]
            self.lines.append(f"latest = max({', '.join(dates)}, '')" if dates else "latest = ''")

    def _codes(self, codes: list[tuple[int, str]], has_extra: bool) -> int:
        """All short lists of values at once: their JSON in the runs in which it stands, and their cells."""
        names = [name for _, name in codes]
        in_order = sorted([*self.json, *names, *([EXTRA] if has_extra else [])])
        runs: list[list[str]] = []
        for before, name in zip(["", *in_order], in_order, strict=False):
            if name in names:
                if before not in names:
                    runs.append([])
                    self.json[name] = f"{{codes{len(runs)}}}"
                runs[-1].append(name)
        table, small = self.table, [column.source or "" for column in self.table.cells.small]

        def learn(values: tuple[Any, ...]) -> tuple[str, ...]:
            texts = {name: table.text_of(name)(value) for name, value in zip(names, values, strict=True)}
            json = ["".join([texts[name][0] for name in run]) for run in runs]
            return (*json, "\t".join([texts[name][1] if name in texts else NULL for name in small]))

        if codes:
            self.known["codes"] = _Memory(learn)
            values = "".join([f"v{place}," for place, _ in codes])
            self.lines.append(
                "".join([f"codes{n}, " for n in range(1, len(runs) + 1)]) + f"codes0 = codes[{values}]"
            )
        return len(codes)

    def _extra(self, undeclared: tuple[str, ...]) -> None:
        """Last of all, since it counts: what is kept of fields that nobody declared."""
        extra_of = self.table.extra_of

        def extra(record: Record) -> tuple[str, str]:
            found = extra_of(undeclared, record)
            if not found:
                return "", NULL
            text = orjson.dumps(found, option=_SORTED).decode()
            return f"{_key(EXTRA)}{text},", escape(text)

        self.known["extra"] = extra
        self.lines.append("extra_json, extra_cell = extra(record)")
        self.json[EXTRA] = "{extra_json}"

    # --- the whole ---------------------------------------------------------------------------------

    def _function(self, used: list[int], has_codes: int, has_extra: bool) -> str:
        values = "".join([f"v{place}, " if place in used else "_, " for place in range(len(self.names))])
        json = "".join([self.json[name] for name in sorted(self.json)])
        cells = ["\\\\N", "{extra_cell}" if has_extra else "\\\\N"]  # no parse errors in an ordinary record
        layout = self.table.cells
        if layout.small:
            cells.append("{codes0}" if has_codes else "\\t".join(["\\\\N"] * len(layout.small)))
        for source, columns in layout.in_order:
            cells.append(self.cells.get(source) or "\\t".join(["\\\\N"] * len(columns)))
        if self.table.latest:
            self.lines.append("latest = DAYS[latest[:8]] + TIMES[latest[8:]] if latest else NULL")
            cells.append("{latest}")
        body = [f"[{values}] = record.values()", *self.lines, f"json = f'{json}'"]
        body.append("return f'{{{json[:-1]}}}', f'" + "\\t".join(cells) + "'")
        return "def write(record):\n" + "\n".join([f"    {line}" for line in body])


def _item_writers(
    item: ListField, columns: list[Column], dates: tuple[str, ...], handler_of: HandlerOf
) -> dict[Any, Any] | None:
    """Return names of an item → what writes its JSON, its part of the cell, its latest date.

    JSON and part end with a comma. None: only the general reader knows the list.
    """
    fields = {each.source: each for each in item.fields if isinstance(each, Field)}
    if len(fields) < len(item.fields) or len(columns) > 1 or (columns and columns[0].item is None):
        return None
    handlers = {name: handler_of(each, f"{item.source}[].{name}") for name, each in fields.items()}
    column = columns[0] if columns else None

    def compiled(names: tuple[str, ...]) -> Callable[[Record], tuple[str, str, str]]:
        if any(name not in fields for name in names):
            raise NotOrdinaryError
        kept = [
            (n, name) for n, name in enumerate(names) if fields[name].kind.treatment is not Treatment.DROP
        ]

        def learn(values: tuple[Any, ...]) -> tuple[str, str, str]:
            landed: Record = {}
            for (_, name), value in zip(kept, values, strict=True):
                if value is None or value == "":
                    continue
                if fields[name].kind is PRESENCE:
                    if value is True:
                        landed[name] = True
                    elif type(value) is not str:  # blank text is absent
                        raise NotOrdinaryError
                    continue
                found = handlers[name](value) if type(value) is str else None
                if found is None or found is DONE:
                    raise NotOrdinaryError
                landed[name] = found
            cell = column.item(landed) if column and column.item else None
            if cell is not None and column and not column.is_safe:
                cell = escape(cell)
            date = max([landed[name] for name in dates if name in landed], default="")
            return (
                orjson.dumps(landed, option=_SORTED).decode() + ",",
                "" if cell is None else cell + ",",
                date,
            )

        repeats = all(fields[name].kind.repeats or fields[name].kind is PRESENCE for _, name in kept)
        key = "".join(
            [
                # Of text that may be anything only its presence counts.
                f"True if v{n} and not v{n}.isspace() else v{n}, "
                if fields[name].kind is PRESENCE
                else f"v{n}, "
                for n, name in kept
            ]
        )
        places = {n for n, _ in kept}
        values = "".join([f"v{n}, " if n in places else "_, " for n in range(len(names))])
        known = {"seen": _Memory(learn) if repeats else None, "learn": learn}
        found = f"seen[({key})]" if repeats else f"learn(({key}))"
        source = f"def write(item):\n    [{values}] = item.values()\n    return {found}"
        exec(compile(source, "<ordinary item>", "exec"), known)  # noqa: S102 (made of the spec alone)
        return known["write"]  # type: ignore[return-value]

    return _Memory(compiled, _SHAPES)


def _is_itself(columns: list[Column]) -> bool:
    """Whether the first of a numbered code's columns holds the code, and others what its head decides."""
    return bool(columns) and columns[0].text is str and all(column.of_head for column in columns[1:])


def _key(name: str) -> str:
    return f"{orjson.dumps(name).decode()}:"


def _literal(text: str) -> str:
    """Return text as it stands in a generated f-string between single quotation marks."""
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("{", "{{").replace("}", "}}")
