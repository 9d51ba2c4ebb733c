"""Reads what every periodic report tells beside its figures: publication, late data, quarantine."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, TextClause

from decision766.reporting.periodic import queries
from decision766.reporting.periodic.model import COUNT, PERCENT, Column, Statement, Table, Value, Words


@dataclass(frozen=True)
class Scope:
    """Unit with all below it, and period; what every statement of `queries` is bound to."""

    unit_code: str
    grain: str
    start: dt.date
    until: dt.date

    @property
    def values(self) -> dict[str, Any]:
        """The bound values."""
        return {
            "unit": self.unit_code,
            "below": f"{self.unit_code}.%",
            "root": self.unit_code.partition(".")[0],
            "grain": self.grain,
            "start": self.start,
            "until": self.until,
        }


def rows_of(
    connection: Connection, statement: TextClause, scope: Scope, **more: object
) -> Sequence[tuple[Value, ...]]:
    """Rows of a statement, as they come."""
    return [tuple(row) for row in connection.execute(statement, scope.values | more)]


def count_of(connection: Connection, statement: TextClause, scope: Scope) -> int:
    """The one number that a statement gives."""
    return int(connection.execute(statement, scope.values).scalar_one())


def publication(connection: Connection) -> tuple[int | None, str]:
    """Number and printed head of the publication behind the figures; None and nothing if there is none."""
    row = connection.execute(queries.PUBLICATION).one_or_none()
    return (None, "") if row is None else (row.entry_no, f"{row.entry_no}:{row.entry_hash[:16]}")


def statements(connection: Connection, scope: Scope, *, expected_until: dt.date) -> tuple[Statement, ...]:
    """Late data and open quarantine, in words; that there is none is said too.

    expected_until: last day that the report should hold; scope.until: the last that it does hold.
    """
    said: list[Statement] = []
    if scope.until < expected_until:
        span = f"{scope.until + dt.timedelta(days=1):%d/%m/%Y} – {expected_until:%d/%m/%Y}"
        said.append(
            _statement(
                f"Chưa có số liệu của các ngày {span}.", f"No data yet of the days {span}.", warns=True
            )
        )
    stale = rows_of(connection, queries.STALE, scope)
    for name, entity in stale:
        said.append(
            _statement(
                f"Nguồn chậm: lần đọc cuối của «{name}» ({entity}) không thành công.",
                f"Late source: the last reading of «{name}» ({entity}) failed.",
                warns=True,
            )
        )
    restated = count_of(connection, queries.RESTATED, scope)
    held = count_of(connection, queries.QUARANTINED_ROWS, scope)
    said += [
        _short(connection, scope),
        _unacknowledged(connection, scope),
        _statement(
            f"Số liệu của kỳ đã được công bố lại: {restated} lần.",
            f"Figures of the period restated since first published: {restated}.",
            warns=restated > 0,
        ),
        _statement(
            f"Bản ghi đang bị cách ly, chưa được tính: {held} (bảng «Cách ly»).",
            f"Records in open quarantine, not counted: {held} (table of quarantine).",
            warns=held > 0,
        ),
    ]
    return tuple(said)


def _short(connection: Connection, scope: Scope) -> Statement:
    """Units short of a stated total; where none is stated, that this cannot be said."""
    if not count_of(connection, queries.STATED, scope):
        return _statement(
            "Chưa có tổng số để đối chiếu số hồ sơ đã nhận trong kỳ.",
            "Nobody states a total of the period: whether dossiers are missing cannot be said.",
            warns=True,
        )
    incomplete = len(rows_of(connection, queries.INCOMPLETE, scope))
    return _statement(
        f"Thiếu hồ sơ so với tổng số đã báo cáo: {incomplete} trường hợp (bảng «Dữ liệu chậm»).",
        f"Dossiers short of a stated total: {incomplete} cases (table of late data).",
        warns=incomplete > 0,
    )


def _unacknowledged(connection: Connection, scope: Scope) -> Statement:
    """Dossiers without a receipt; where no receipts are read, that this cannot be said."""
    if not count_of(connection, queries.RECEIPTS, scope):
        return _statement(
            "Chưa có nguồn biên nhận đồng bộ.",
            "No receipts of the national feed are read: late synchronisation cannot be said.",
            warns=True,
        )
    found = count_of(connection, queries.UNACKNOWLEDGED, scope)
    return _statement(
        f"Hồ sơ tiếp nhận trong kỳ chưa có biên nhận đồng bộ: {found}.",
        f"Dossiers received in the period without a receipt of the national feed: {found}.",
        warns=found > 0,
    )


def data_tables(connection: Connection, scope: Scope) -> tuple[Table, ...]:
    """Late data and open quarantine, row by row; no dossier number, no value of a record."""
    return (
        Table(
            "Dữ liệu chậm",
            ("Đơn vị thiếu hồ sơ so với tổng số đã báo cáo", "Units short of a stated total"),
            (
                Column(("Mã đơn vị", "Unit")),
                Column(("Tên đơn vị", "Name"), width=38),
                Column(("Tổng số đã báo cáo", "Stated"), COUNT),
                Column(("Đã nhận về", "Landed"), COUNT),
                Column(("Còn thiếu", "Missing"), COUNT),
                Column(("Đã nhận về (%)", "Landed (%)"), PERCENT),
                Column(("Nguồn báo cáo", "Stated by"), width=16),
            ),
            tuple(rows_of(connection, queries.INCOMPLETE, scope)),
        ),
        Table(
            "Cách ly",
            ("Bản ghi đang bị cách ly theo quy tắc", "Open quarantine by rule"),
            (
                Column(("Loại bản ghi", "Record"), width=16),
                Column(("Quy tắc", "Rule"), width=42),
                Column(("Lý do", "Reason (Vietnamese)"), width=52),
                Column(("Lý do (tiếng Anh)", "Reason (English)"), width=46),
                Column(("Số bản ghi", "Records"), COUNT),
            ),
            tuple(rows_of(connection, queries.QUARANTINE, scope)),
        ),
    )


def _statement(vietnamese: str, english: str, *, warns: bool) -> Statement:
    words: Words = (vietnamese, english)
    return Statement(words, is_warning=warns)
