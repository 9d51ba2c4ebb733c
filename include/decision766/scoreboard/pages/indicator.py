"""One indicator: its rule and source, how the units of a type stand, its course over periods."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from decision766.reporting.arithmetic import ROUNDING, TYPES, ZERO
from decision766.reporting.explain import match_indicator
from decision766.reporting.wording import COVERAGE, STATUS_REASONS
from decision766.scoreboard import charts
from decision766.scoreboard import queries as sql
from decision766.scoreboard.page import NoDataYet, Page, View, find_periods
from decision766.scoreboard.tables import Column, Table
from decision766.scoreboard.words import STATUSES, UNIT_KINDS

FOREMOST = 10
SHOWN = 100  # rows of the longest table; its files hold every one


def indicator_page(view: View, indicator: str, period: str | None, unit_type: str) -> Page:
    """Build the page.

    Raises:
        UnknownIndicator, UnknownPeriod: with near matches. NoDataYet: nothing is built.
    """
    periods = find_periods(view, period)
    code = find_indicator(view, indicator)
    rule = view.first(sql.INDICATOR_RULE, indicator=code)
    if rule is None:
        raise NoDataYet
    asked = {"indicator": code, "unit_type": unit_type, "boundary": view.to.boundary}
    units = view.rows(sql.INDICATOR_UNITS, **asked, **periods.values)
    trend = view.rows(sql.INDICATOR_TREND, **asked, grain=periods.chosen.grain)
    scored = [row for row in units if row["score"] is not None]
    best = sorted(scored, key=lambda row: (-row["score"], -(row["ratio"] or 0), row["unit_code"]))
    worst = sorted(scored, key=lambda row: (row["score"], row["ratio"] or 0, row["unit_code"]))
    silent = [row for row in units if row["score"] is None]
    say = view.say
    targets = view.rows(sql.TARGETS, indicator=code)
    aims = _aims(view, targets, periods.chosen.start)
    shares = [row["ratio"] for row in units if row["ratio"] is not None]
    number = {"code": code, "period": periods.chosen.code}
    tables = (
        _units(view, "best", say("Cao nhất", "Highest"), best[:FOREMOST], **number),
        _units(view, "worst", say("Thấp nhất", "Lowest"), worst[:FOREMOST], **number),
        _units(view, "units", say("Mọi đơn vị", "Every unit"), best + silent, **number),
        _trend(view, trend),
        _targets(view, targets),
    )
    name = f"{code} {say.field(rule, 'name')}"
    return Page(
        template="indicator.html.j2",
        section="indicator",
        title=f"{name} · {say.period(periods.chosen.code)}",
        address_of=lambda to: to.indicator(code, periods.chosen.code, unit_type),
        content={
            "rule": rule,
            "name": name,
            "unit_type": unit_type,
            "kinds": {kind: words for kind, words in UNIT_KINDS.items() if kind != "other"},
            "scored": len(scored),
            "count": len(units),
            "scoring": _scoring(view, rule),
            "indicators": view.rows(sql.INDICATORS),
            "aims": aims,
            "reached": [sum(share >= level for share in shares) for level, _ in aims],
            "shares": len(shares),
            "is_distributed": bool(scored) and bool(rule["max_points"]),
        },
        tables={table.name: table for table in tables},
        charts={
            "ratios": lambda: _ratios(view, units, aims),
            "trend": lambda: _trend_chart(view, trend),
            "distribution": lambda: charts.distribution(
                tuple(float(row["score"]) for row in scored),
                float(rule["max_points"] or 1),
                across=say(f"điểm, tối đa {say.number(rule['max_points'])}", "points"),
                upward=say("số đơn vị", "units"),
                decimal_comma=not say.english,
            ),
        },
        origins=sorted({row["data_origin"] for row in units}),
        period=periods.chosen,
        periods=periods.all,
        boundaries=periods.boundaries,
        picker={"page": "indicator", "indicator": code, "unit_type": unit_type},
    )


def find_indicator(view: View, asked: str) -> str:
    """Return the code of the indicator that `asked` names, 1.1 … 5.3.

    Raises:
        UnknownIndicator: with near matches.
    """
    names = {row["indicator_code"]: row["name_vi"] for row in view.rows(sql.INDICATORS)}
    return match_indicator(names, asked)


def _scoring(view: View, rule: sql.Row) -> list[str]:
    """The scoring rule in sentences; a constant and an unscored indicator need but one."""
    say = view.say
    if rule["scoring_type"] is None:
        return []
    if rule["scoring_type"] == "cap_at_target":
        target = say.number(rule["full_marks_at"])
        first = say(f"đạt {target} % được điểm tối đa", f"full marks from {target} %")
    else:
        first = say.of(TYPES, rule["scoring_type"])
    if rule["scoring_type"] in ("none", "constant"):
        return [first]
    zero = ZERO.get(rule["zero_denominator"], ZERO[None])
    rounded = say.of(ROUNDING, rule["rounding_mode"])
    decimals = say(f"{rule['decimals']} chữ số thập phân", f"{rule['decimals']} decimals")
    return [first, zero[say.english], f"{rounded}, {decimals}"]


def _units(view: View, name: str, caption: str, rows: Sequence[sql.Row], *, code: str, period: str) -> Table:
    say = view.say

    def status(row: sql.Row) -> str:
        words = say.of(STATUSES, row["status"])
        if row["status_reason"]:
            words += f": {say.of(STATUS_REASONS, row['status_reason'])}"
        if row["coverage"] != "complete":
            words += f" ({say.of(COVERAGE, row['coverage'])})"
        return words

    columns = [
        Column("unit_code", say("Mã", "Code"), "code"),
        Column(
            "unit_name",
            say("Đơn vị", "Unit"),
            "name",
            link=lambda row: view.to.unit(row["unit_code"], period),
            is_vietnamese=True,
        ),
        Column("numerator", say("Tử số", "Numerator"), "number"),
        Column("denominator", say("Mẫu số", "Denominator"), "number"),
        Column("ratio", say("Tỷ lệ", "Ratio"), "score"),
        Column(
            "score",
            say("Điểm", "Score"),
            "score",
            link=lambda row: view.to.explain(row["unit_code"], code, period),
        ),
        Column("status", say("Tình trạng", "Status"), of_row=status),
    ]
    empty = say("Không có đơn vị nào có số.", "No unit has a figure.")
    notes: tuple[str, ...] = ()
    if len(rows) > SHOWN:
        notes = (
            say(
                f"{SHOWN} trên {len(rows)} đơn vị; tệp tải về có đủ.",
                f"{SHOWN} of {len(rows)} units; the files hold all.",
            ),
        )
    return Table(name, caption, columns, rows, "unit_name", shown=SHOWN, empty=empty, notes=notes)


def _trend(view: View, rows: Sequence[sql.Row]) -> Table:
    say = view.say
    columns = [
        Column("period_code", say("Kỳ", "Period"), show=say.period),
        Column("units", say("Số đơn vị", "Units"), "number"),
        Column("lowest", say("Thấp nhất", "Lowest"), "score"),
        Column("median", say("Trung vị", "Median"), "score"),
        Column("highest", say("Cao nhất", "Highest"), "score"),
    ]
    return Table("trend", say("Điểm qua các kỳ", "Scores over periods"), columns, rows, "period_code")


def _trend_chart(view: View, rows: Sequence[sql.Row]) -> bytes:
    names = (
        ("highest", ("Cao nhất", "Highest")),
        ("median", ("Trung vị", "Median")),
        ("lowest", ("Thấp nhất", "Lowest")),
    )
    series = tuple((view.say(*words), charts.as_floats([row[key] for row in rows])) for key, words in names)
    return charts.trend(tuple(row["period_code"] for row in rows), series, decimal_comma=not view.say.english)


LINES = 3  # of targets in one chart


def _aims(view: View, targets: Sequence[sql.Row], start: dt.date) -> list[tuple[Decimal, str]]:
    """Levels that plans set, those in force at the period's first day before those that have run out."""
    say = view.say
    found: dict[Decimal, str] = {}

    def has_run_out(row: sql.Row) -> bool:
        return row["period_end"] is not None and row["period_end"] < start

    for row in sorted(targets, key=has_run_out):  # within each, the latest first as they were asked for
        words = f"{row['target_id']}: {say.number(row['target_percent'])} %"
        if has_run_out(row):
            words += say(", đã hết hạn", ", has run out")
        found.setdefault(row["target_percent"], words)
    return list(found.items())[:LINES]


def _ratios(view: View, units: Sequence[sql.Row], aims: Sequence[tuple[Decimal, str]]) -> bytes:
    say = view.say
    values = tuple(min(float(row["ratio"]), 100.0) for row in units if row["ratio"] is not None)
    return charts.distribution(
        values,
        100.0,
        across=say("tỷ lệ, %", "ratio, %"),
        upward=say("số đơn vị", "units"),
        decimal_comma=not say.english,
        lines=tuple((float(level), words) for level, words in aims),
    )


def _targets(view: View, rows: Sequence[sql.Row]) -> Table:
    say = view.say
    columns = [
        Column("target_id", say("Mã mục tiêu", "Target"), "code"),
        Column("issuing_unit", say("Cơ quan ban hành", "Issued by"), is_vietnamese=True),
        Column("quote", say("Nội dung", "In its words"), is_vietnamese=True),
        Column("target_percent", say("Mức (%)", "Level (%)"), "number"),
        Column("source", say("Văn bản", "Document")),
    ]
    empty = say("Không có mục tiêu nào trong dữ liệu.", "No target is on record.")
    return Table(
        "targets",
        say("Mục tiêu trong các kế hoạch", "Targets of plans"),
        columns,
        rows,
        "target_id",
        empty=empty,
    )
