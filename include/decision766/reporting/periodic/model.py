"""What a periodic report says, before it is a workbook or a page: facts, statements, tables, charts."""

import dataclasses
import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_EVIDENCE = ("publication_no", "head", "evaluated_at")
Value = str | int | Decimal | dt.date | dt.datetime | bool | None
Words = tuple[str, str]  # Vietnamese, English

TEXT, COUNT, SCORE, PERCENT, DAY = "text", "count", "score", "percent", "day"


@dataclass(frozen=True)
class Fact:
    """A line of the cover."""

    label: Words
    value: Value
    kind: str = TEXT


@dataclass(frozen=True)
class Statement:
    """What a reader has to know: late data, quarantine. is_warning: it changes how figures are read."""

    text: Words
    is_warning: bool = False


@dataclass(frozen=True)
class Column:
    """A column: heading, kind of its values (text, count, score, percent, day), width in characters."""

    label: Words
    kind: str = TEXT
    width: int = 12


@dataclass(frozen=True)
class Chart:
    """A chart over columns of its table, by their place: one of names, one or more of numbers.

    kind: bar or line. last_row: rows beyond it are left out; the table has them all.
    """

    kind: str
    title: Words
    names: int
    series: tuple[int, ...]
    last_row: int | None = None


@dataclass(frozen=True)
class Table:
    """One sheet of the workbook, one section of the page."""

    sheet: str
    title: Words
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: Words | None = None
    chart: Chart | None = None


@dataclass(frozen=True)
class Report:
    """One report of a unit and period; the same data give an equal report.

    key: what of a kind a later version corrects, such as `H12/2026-Q3`. covers_until: last day whose data
    it holds. publication_no and head: the publication that holds the figures, and its printed head.
    """

    kind: str
    unit_code: str
    unit_name: str
    period_code: str
    key: str
    title: Words
    period_text: Words
    covers_from: dt.date
    covers_until: dt.date
    evaluated_at: dt.datetime
    is_provisional: bool
    data_origin: str
    publication_no: int | None
    head: str
    facts: tuple[Fact, ...]
    statements: tuple[Statement, ...]
    tables: tuple[Table, ...]

    def content(self) -> dict[str, Any]:
        """Everything said, for machines; decimals to the digit."""
        return dict(json.loads(json.dumps(dataclasses.asdict(self), default=_plain, ensure_ascii=False)))

    def sha256(self) -> str:
        """Hash of what is said: equal data, equal hash.

        The publication that holds the figures and the instant of judging are evidence, not data: where they
        alone move on, the report that was issued still holds.
        """
        said = {name: value for name, value in self.content().items() if name not in _EVIDENCE}
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def as_stated(self, publication_no: int | None, head: str, evaluated_at: dt.datetime) -> "Report":
        """The same data under the evidence with which they were issued."""
        return dataclasses.replace(self, publication_no=publication_no, head=head, evaluated_at=evaluated_at)


@dataclass(frozen=True)
class Edition:
    """One version of a report as it is issued. replaces: number of the version that it corrects."""

    report: Report
    version: int
    replaces: int | None
    issued_on: dt.date
    due_at: dt.datetime | None


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
