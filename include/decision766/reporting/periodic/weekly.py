"""The weekly campaign report: where each level and unit stands against its target and the linear pace."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, text

from decision766.reporting.lookup import find_unit
from decision766.reporting.periodic import campaign as read
from decision766.reporting.periodic import words
from decision766.reporting.periodic.model import (
    COUNT,
    DAY,
    PERCENT,
    Chart,
    Column,
    Fact,
    Report,
    Table,
    Value,
    Words,
)
from decision766.reporting.periodic.quarterly import NotReportable
from decision766.reporting.periodic.reading import Scope, data_tables, publication, statements
from decision766.warehouse.connect import TIME_ZONE

LEVELS: dict[str, Words] = {
    "all": ("Tất cả các cấp", "all levels"),
    "ministry": ("Bộ, ngành", "ministry"),
    "province": ("Cấp tỉnh", "province"),
    "district": ("Cấp huyện", "district"),
    "commune": ("Cấp xã", "commune"),
}


def running_campaigns(connection: Connection, unit_code: str, day: dt.date) -> Sequence[Row[Any]]:
    """Campaigns of a unit's province whose window holds the day; none where no mart of campaigns is built."""
    return [row for row in _windows(connection, unit_code) if row.period_start <= day <= row.period_end]


def weekly_report(
    engine: Engine, unit: str, *, campaign: str = "", issued_on: dt.date | None = None
) -> tuple[Report, dt.date]:
    """Read the weekly report of a campaign; return it with the day of issue.

    campaign: first day of its window, as 2023-03-01; left out, the one that runs on the day of issue, else
    the last. issued_on: the report holds the campaign up to the day before; left out, the day after the
    last day that was measured.

    Raises:
        UnknownUnit: with near matches.
        NotReportable: no such campaign, or nothing measured before the day of issue.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        unit_code = find_unit(connection, unit)
        window = _choose(_windows(connection, unit_code), unit_code, campaign, issued_on)
        values: dict[str, Any] = {
            "province": unit_code.partition(".")[0],
            "start": window.period_start,
            "end": window.period_end,
            "until": (issued_on or window.last_day + dt.timedelta(days=1)) - dt.timedelta(days=1),
            "unit": unit_code,
            "below": f"{unit_code}.%",
        }
        last = connection.execute(read.LAST_DAY, values).one()
        if last.day is None:
            raise NotReportable(
                f"The campaign of {unit_code} from {window.period_start} has no day measured "
                f"before {issued_on}."
            )
        on = issued_on or last.day + dt.timedelta(days=1)
        expected = min(on - dt.timedelta(days=1), window.period_end)
        values["until"] = last.day
        name = connection.execute(
            text("select unit_name from marts.dim_org_unit where unit_code = :unit and is_current"),
            {"unit": unit_code},
        ).scalar_one()
        scope = Scope(unit_code, "campaign", window.period_start, last.day)
        publication_no, head = publication(connection)
        week = f"{on.isocalendar().year}-W{on.isocalendar().week:02d}"
        return (
            Report(
                kind="weekly",
                unit_code=unit_code,
                unit_name=name,
                period_code=week,
                key=f"{unit_code}/{window.period_start}/{week}",
                title=("TIẾN ĐỘ THỰC HIỆN CHIẾN DỊCH", "Progress of the campaign"),
                period_text=(
                    f"tuần {on.isocalendar().week} năm {on.isocalendar().year}, ngày thứ {last.day_number}",
                    f"week {on.isocalendar().week} of {on.isocalendar().year}, day {last.day_number}",
                ),
                covers_from=window.period_start,
                covers_until=last.day,
                evaluated_at=window.evaluated_at.astimezone(ZoneInfo(TIME_ZONE)),
                is_provisional=last.day < window.period_end,
                data_origin=window.data_origin,
                publication_no=publication_no,
                head=head,
                facts=_facts(window, last),
                statements=statements(connection, scope, expected_until=expected),
                tables=(
                    _levels(connection, values),
                    *_days(connection, values),
                    _units(connection, values),
                    *data_tables(connection, scope),
                ),
            ),
            on,
        )


def _windows(connection: Connection, unit_code: str) -> Sequence[Row[Any]]:
    if not connection.execute(read.IS_THERE).scalar_one():
        return []
    return connection.execute(read.WINDOWS, {"province": unit_code.partition(".")[0]}).all()


def _choose(
    windows: Sequence[Row[Any]], unit_code: str, campaign: str, issued_on: dt.date | None
) -> Row[Any]:
    named = [row for row in windows if campaign in ("", row.period_start.isoformat())]
    if not named:
        there = ", ".join(row.period_start.isoformat() for row in windows) or "none"
        raise NotReportable(
            f"{unit_code} has no campaign {campaign or 'in the marts'}; there are: {there}. "
            "A campaign is rows of dbt_project/seeds/targets.csv."
        )
    if issued_on is None:
        return named[-1]
    begun = [row for row in named if row.period_start < issued_on]
    running = [row for row in begun if issued_on <= row.period_end + dt.timedelta(days=1)]
    return (running or begun or named)[-1]


def _facts(window: Row[Any], last: Row[Any]) -> tuple[Fact, ...]:
    days = (window.period_end - window.period_start).days
    return (
        Fact(("Kế hoạch", "Plan"), window.plan),
        Fact(
            ("Thời gian chiến dịch", "Window"),
            f"{words.day(window.period_start)} – {words.day(window.period_end)} (ngày 0 – {days})",
        ),
        Fact(("Số liệu đến hết ngày", "Data to the end of"), last.day, DAY),
        Fact(("Ngày thứ", "Day of the campaign"), last.day_number, COUNT),
    )


def _level(code: Value) -> Value:
    return LEVELS.get(str(code), (str(code), ""))[0]


def _reached(value: Value) -> Value:
    return None if value is None else ("Đạt" if value else "Chậm")


_FIGURES = (
    Column(("Tử số", "Numerator"), COUNT),
    Column(("Mẫu số", "Denominator"), COUNT),
    Column(("Thực hiện (%)", "Actual (%)"), PERCENT),
    Column(("Chỉ tiêu (%)", "Target (%)"), PERCENT),
    Column(("Tiến độ cần đạt (%)", "Pace (%)"), PERCENT),
    Column(("Chênh (điểm %)", "Gap (points)"), PERCENT),
    Column(("Chênh (trường hợp)", "Gap (cases)"), COUNT),
    Column(("Theo tiến độ", "On track")),
)


def _levels(connection: Connection, values: dict[str, Any]) -> Table:
    rows = tuple(
        (
            f"{row.measure_code} {_level(row.unit_level)}",
            row.measure,
            _level(row.unit_level),
            *row[3:10],
            _reached(row[10]),
        )
        for row in connection.execute(read.LEVELS, values)
    )
    return Table(
        "Theo cấp",
        ("Kết quả theo chỉ tiêu và cấp", "Results by target and level"),
        (
            Column(("Chỉ tiêu", "Target"), width=20),
            Column(("Nội dung", "Measure"), width=50),
            Column(("Cấp", "Level"), width=14),
            *_FIGURES,
        ),
        rows,
        note=(
            "Tiến độ cần đạt: đường thẳng từ đầu đến cuối chiến dịch.",
            "Pace: a straight line over the window.",
        ),
        chart=Chart("bar", ("Thực hiện và chỉ tiêu (%)", "Actual and target (%)"), 0, (5, 6)),
    )


def _units(connection: Connection, values: dict[str, Any]) -> Table:
    rows = tuple(
        (row[0], row[1], _level(row[2]), *row[3:11], _reached(row[11]))
        for row in connection.execute(read.UNITS, values)
    )
    return Table(
        "Đơn vị",
        ("Từng đơn vị, chậm nhất trước", "Each unit, the furthest behind first"),
        (
            Column(("Mã đơn vị", "Unit")),
            Column(("Tên đơn vị", "Name"), width=38),
            Column(("Cấp", "Level"), width=12),
            Column(("Nội dung", "Measure"), width=44),
            *_FIGURES,
        ),
        rows,
    )


def _days(connection: Connection, values: dict[str, Any]) -> tuple[Table, ...]:
    """One table per measure: a row per day, actual and pace of each level side by side."""
    measures: dict[str, str] = {}
    levels: dict[str, list[str]] = {}
    cells: dict[tuple[str, dt.date, int], dict[str, tuple[Value, Value]]] = {}
    for row in connection.execute(read.DAYS, values):
        measures[row.measure_code] = row.measure
        known = levels.setdefault(row.measure_code, [])
        if row.unit_level not in known:
            known.append(row.unit_level)
        key = (row.measure_code, row.day, row.day_number)
        cells.setdefault(key, {})[row.unit_level] = (row.actual_percent, row.pace_percent)
    tables = []
    for code, name in measures.items():
        columns = [Column(("Ngày", "Day"), DAY), Column(("Ngày thứ", "Day number"), COUNT, 9)]
        for level in levels[code]:
            words_of = LEVELS.get(level, (level, level))
            columns.append(Column((f"{words_of[0]} (%)", f"{words_of[1]}, actual (%)"), PERCENT))
            columns.append(Column((f"{words_of[0]}: cần đạt (%)", f"{words_of[1]}, pace (%)"), PERCENT))
        rows = tuple(
            (day, number, *(value for level in levels[code] for value in found.get(level, (None, None))))
            for (measure, day, number), found in sorted(cells.items())
            if measure == code
        )
        series = tuple(range(2, 2 + 2 * len(levels[code]), 2))
        tables.append(
            Table(
                f"Theo ngày {code}",
                (f"{name}: diễn biến theo ngày", "Day by day, cumulative since the window began"),
                tuple(columns),
                rows,
                chart=Chart("line", (f"{name} (%)", "Cumulative rate (%)"), 1, series),
            )
        )
    return tuple(tables)
