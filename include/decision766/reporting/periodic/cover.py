"""The cover of a report, line by line: the same in the workbook and on the page."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from decision766.reporting.periodic import words
from decision766.reporting.periodic.model import TEXT, Edition, Value


@dataclass(frozen=True)
class Line:
    """A line of the cover. kind: title, subtitle, mark, pair, heading, statement, warning."""

    kind: str
    vi: str
    en: str
    value: Value = None
    value_kind: str = TEXT


def cover_lines(edition: Edition) -> Iterator[Line]:
    """Yield the cover: what it is, whose, of when, how far to trust it, by what to prove it."""
    said = edition.report
    yield Line("title", *said.title)
    kind_vi, kind_en = words.KINDS[said.kind]
    yield Line("subtitle", f"{kind_vi} – {said.period_text[0]}", f"{kind_en}, {said.period_text[1]}")
    if said.data_origin in words.ORIGINS:
        yield Line("mark", *words.ORIGINS[said.data_origin])
    if said.is_provisional:
        yield Line("mark", *words.PROVISIONAL)
    yield Line("pair", "Đơn vị", "Unit", f"{said.unit_name} ({said.unit_code})")
    for fact in said.facts:
        yield Line("pair", *fact.label, fact.value, fact.kind)
    yield Line("pair", "Chấm tại", "Evaluated at", said.evaluated_at)
    yield Line("pair", "Ngày phát hành", "Issued on", edition.issued_on)
    if edition.due_at is not None:
        last_day = (edition.due_at - dt.timedelta(seconds=1)).date()
        late = "" if edition.issued_on <= last_day else " (quá hạn)"
        yield Line("pair", "Hạn gửi", "Due", f"trước {words.moment(edition.due_at)}{late}")
    replaces = "" if edition.replaces is None else f", thay bản số {edition.replaces}"
    yield Line("pair", "Bản số", "Version", f"{edition.version}{replaces}")
    yield Line("pair", "Sổ cái điểm", "Score ledger, head of the publication", said.head or None)
    yield Line("heading", "Dữ liệu chậm và cách ly", "Late data and quarantine")
    for statement in said.statements:
        yield Line("warning" if statement.is_warning else "statement", *statement.text)
