"""Records from CSV: any common encoding and separator, header in exchange names or in our column names.

The header decides: its cells are matched with the fields of docs/records.md and with the raw columns
that come from one field, whatever their case. A cell of a nested list holds JSON. Date-times may be
written as the exchange does or as spreadsheets do (15/08/2026 09:30). What the header names otherwise
goes through under its own name, for the redactor to count.
"""

import codecs
import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from decision766.records import ENTITIES, EntitySpec, Field
from decision766.sources.contract import Unparseable
from decision766.sources.moments import read_moment

SEPARATORS = ",;|\t"
_SAMPLE = 256 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# In windows-1258 these bytes are tone marks, which stand behind a vowel; in windows-1252 they are letters.
_TONE_MARKS = b"\xcc\xd2\xde\xec\xf2"
_VOWELS = frozenset(b"aeiouyAEIOUY\xe2\xea\xf4\xe3\xf5\xfd\xc2\xca\xd4\xc3\xd5\xdd")
_MAX_CELL = 16 * 1024 * 1024


class BadFileError(Exception):
    """A file that cannot be read as what it claims to be; the message says why, without content."""


@dataclass
class CsvPart:
    """Records of a stretch of a file, its size in bytes from `offset`, and the rows that are none."""

    offset: int
    records: list[dict[str, Any]] = field(default_factory=list)
    unparseable: list[Unparseable] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def read_csv(file: BinaryIO, entity: str, part_bytes: int) -> Iterator[CsvPart]:
    """Yield the records of a CSV file in parts of about `part_bytes`; at least one part.

    Raises:
        BadFileError: no known encoding, no header, or a header that is not of this entity.
    """
    sample = file.read(_SAMPLE)
    encoding, skip = detect_encoding(sample)
    file.seek(skip)
    lines = _Lines(io.TextIOWrapper(file, encoding=encoding, newline=""), encoding, skip)
    head = lines.peek()
    if not head.strip():
        yield CsvPart(skip)
        return
    separator, cells = _header(head, ENTITIES[entity])
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    readers = _readers(cells, ENTITIES[entity])
    part = CsvPart(skip)
    try:
        next(reader)
        start = lines.offset
        for row in reader:
            _add(part, row, readers, start, lines.offset - start)
            start = lines.offset
            if start - part.offset >= part_bytes:
                part.text = lines.taken()
                yield part
                part = CsvPart(start)
    except csv.Error:
        cause = "a quoted cell does not end where it should: half-written?"
        part.unparseable.append(Unparseable(start, lines.offset - start, cause))
    except UnicodeDecodeError:
        raise BadFileError(f"not in {encoding}, which its beginning is written in") from None
    part.text = lines.taken()
    yield part


def detect_encoding(sample: bytes) -> tuple[str, int]:
    """Return the encoding that a file's beginning is written in, and how many bytes its mark takes."""
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding, len(mark)
    if sample[:200].count(0) > len(sample[:200]) // 4:
        return ("utf-16-be" if sample[:1] == b"\0" else "utf-16-le"), 0
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        return "utf-8", 0
    except UnicodeDecodeError:
        pass
    marks = [place for place, byte in enumerate(sample) if byte in _TONE_MARKS]
    behind_vowels = sum(place > 0 and sample[place - 1] in _VOWELS for place in marks)
    return ("cp1258" if behind_vowels * 2 >= len(marks) else "cp1252"), 0


class _Lines:
    """Physical lines of a text file, with the byte offset behind the last one that was handed out."""

    def __init__(self, file: io.TextIOWrapper, encoding: str, offset: int):
        self._file, self._encoding = file, encoding
        self._ahead: str | None = None
        self._taken: list[str] = []
        self.offset = offset

    def peek(self) -> str:
        """The next line, which stays."""
        self._ahead = self._file.readline()
        return self._ahead

    def taken(self) -> list[str]:
        """The lines handed out since the last call."""
        taken, self._taken = self._taken, []
        return taken

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line, self._ahead = (self._ahead or self._file.readline()), None
        if not line:
            raise StopIteration
        self.offset += len(line.encode(self._encoding, "surrogatepass"))
        self._taken.append(line)
        return unicodedata.normalize("NFC", line)  # cp1258 writes letter and tone apart


def _header(line: str, spec: EntitySpec) -> tuple[str, list[str]]:
    """Separator and cells of the header: the separator under which most cells are known."""
    known = _names(spec)
    best: tuple[int, str, list[str]] = (0, ",", [])
    for separator in SEPARATORS:
        cells = [_clean(cell) for cell in next(csv.reader([line], delimiter=separator), [])]
        found = sum(cell.casefold() in known for cell in cells)
        best = max(best, (found, separator, cells), key=lambda item: item[0])
    found, separator, cells = best
    named = [cell for cell in cells if cell]
    if found < max(1, len(named) // 2):
        raise BadFileError(
            f"its first line is no header of {spec.name}: fewer than half of its cells are known"
        )
    sources = [known.get(cell.casefold(), cell) for cell in named]
    if repeated := {name for name in sources if sources.count(name) > 1 and name in known.values()}:
        raise BadFileError(f"its header names a field twice: {', '.join(sorted(repeated))}")
    key = spec.natural_key[0]
    if not any(known.get(cell.casefold()) == known.get(key) for cell in named):
        raise BadFileError(f"its header lacks the key {known.get(key, key)}")
    return separator, cells


def _names(spec: EntitySpec) -> dict[str, str]:
    """Name in a header, folded → field of docs/records.md."""
    known = {item.source.casefold(): item.source for item in spec.fields}
    for column in spec.columns:
        # A list's raw column has item names of its own: only its exchange name says what is inside.
        if column.source is not None and column.pg_type != "jsonb" and column.name.casefold() not in known:
            known[column.name.casefold()] = column.source
    if spec.name == "dossier":
        known.pop("unit_code", None)  # derived from MaHoSo
        known.pop("procedure_code_as_sent", None)
    return known


def _clean(cell: str) -> str:
    return unicodedata.normalize("NFC", cell).strip().strip("\ufeff").strip()


def _readers(cells: list[str], spec: EntitySpec) -> list[tuple[str, Callable[[str], Any]]]:
    """For each column its field and how a cell of it is read."""
    known, fields = _names(spec), {item.source: item for item in spec.fields}
    found: list[tuple[str, Callable[[str], Any]]] = []
    for cell in cells:
        source = known.get(cell.casefold(), cell)
        item = fields.get(source)
        if item is not None and not isinstance(item, Field):
            found.append((source, _list))
        elif isinstance(item, Field) and item.kind.name == "exchange_datetime":
            found.append((source, _datetime))
        else:
            found.append((source, str.strip))
    return found


def _add(
    part: CsvPart, row: list[str], readers: list[tuple[str, Callable[[str], Any]]], offset: int, length: int
) -> None:
    while len(row) > len(readers) and not row[-1].strip():
        row.pop()
    if not any(cell.strip() for cell in row):
        return
    if len(row) != len(readers):
        cause = f"the row has {len(row)} cells, the header {len(readers)}"
        part.unparseable.append(Unparseable(offset, length, cause))
        return
    part.records.append(
        {name: read(cell) for (name, read), cell in zip(readers, row, strict=True) if name and cell.strip()}
    )


_NO_TIME = re.compile(r"\d{14}", re.ASCII)


def _datetime(cell: str) -> str:
    text = cell.strip()
    moment = None if _NO_TIME.fullmatch(text) else read_moment(text, "utc")
    return f"{moment:%Y%m%d%H%M%S}" if moment else text


def _list(cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        return cell
