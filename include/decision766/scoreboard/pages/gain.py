"""Parts of the unit page: what can still be gained, what plans ask for, how units of its kind went."""

from collections.abc import Sequence
from decimal import Decimal

from decision766.scoreboard.page import View
from decision766.scoreboard.queries import PEERS_TREND, Row
from decision766.scoreboard.tables import Column, Table


def gains(view: View, unit: str, period: str, rows: Sequence[Row]) -> Table:
    """Indicators that can still be improved; first those with the fewest cases per point."""
    say = view.say
    lines = [
        {
            **row,
            "name": f"{row['indicator_code']} {say.field(row, 'name')}",
            "gain": row["next_point"] - row["score"],
            "per_point": _per_point(row),
            "target": _target(view, row),
        }
        for row in rows
        if row["is_improvable"] and row["cases_to_next_point"] is not None
    ]
    lines.sort(key=lambda row: (row["per_point"], row["indicator_code"]))
    columns = [
        Column(
            "name",
            say("Chỉ số", "Indicator"),
            "name",
            link=lambda row: view.to.explain(unit, row["indicator_code"], period),
        ),
        Column("score", say("Điểm nay", "Score now"), "score"),
        Column("cases_to_next_point", say("Thêm số trường hợp", "Further cases"), "number"),
        Column("gain", say("được thêm (điểm)", "gain (points)"), "change"),
        Column("per_point", say("Trường hợp cho mỗi điểm", "Cases per point"), "number"),
        Column("cases_to_full_marks", say("Đến điểm tối đa", "To full marks"), "number"),
        Column("target", say("Chỉ tiêu kế hoạch", "Target of the plan")),
        Column("cases_to_target", say("Đến chỉ tiêu", "To the target"), "number"),
        Column("cases_to_next_band", say("Đến mức xếp loại kế", "To the next band"), "number"),
    ]
    note = say(
        "Một trường hợp là thêm một vào tử số, mẫu số giữ nguyên. Chỉ kể chỉ số còn khắc phục được. "
        f"Từng hồ sơ: decision766 gain --unit {unit} --period {period}.",
        "A case is one more in the numerator, the denominator as it stands. Only what can still be improved. "
        f"Each dossier: decision766 gain --unit {unit} --period {period}.",
    )
    empty = say(
        "Không chỉ số nào còn cải thiện được trong kỳ này.", "Nothing can still be improved in this period."
    )
    caption = say("Cách tăng điểm ít công nhất", "The cheapest ways to gain points")
    return Table("gains", caption, columns, lines, "name", empty=empty, notes=(note,))


def _per_point(row: Row) -> Decimal:
    gain: Decimal = row["next_point"] - row["score"]
    return Decimal(row["cases_to_next_point"]) / gain


def _target(view: View, row: Row) -> str:
    if row["target_percent"] is None:
        return ""
    words = f"{view.say.number(row['target_percent'])} % ({row['target_id']})"
    return words if row["is_target_in_force"] else f"{words}, {view.say('đã hết hạn', 'has run out')}"


def progress(view: View, rows: Sequence[Row]) -> Table:
    """Targets of plans whose own time shares a day with the period, against what was measured."""
    say = view.say
    lines = [
        {
            **row,
            "measure": say.field(row, "measure_name"),
            "state": say.field(row, "status"),
            "time": f"{say.day(row['period_start'])} – {say.day(row['period_end'])}",
        }
        for row in rows
    ]
    columns = [
        Column("measure", say("Số đo", "Measure"), "name"),
        Column("target_id", say("Chỉ tiêu", "Target"), "code"),
        Column("unit_level", say("Cấp", "Level"), "code"),
        Column("time", say("Thời gian", "Time"), "code"),
        Column("target_percent", say("Chỉ tiêu (%)", "Target (%)"), "number"),
        Column("actual_percent", say("Thực hiện (%)", "Actual (%)"), "number"),
        Column("gap_points", say("Chênh (điểm %)", "Gap (points)"), "change"),
        Column("gap_cases", say("Chênh (trường hợp)", "Gap (cases)"), "number"),
        Column("state", say("Tình trạng", "State")),
    ]
    empty = say("Không kế hoạch nào đặt chỉ tiêu cho kỳ này.", "No plan sets a target for this period.")
    return Table(
        "targets",
        say("Chỉ tiêu của các kế hoạch", "Targets of plans"),
        columns,
        lines,
        "measure",
        empty=empty,
    )


def peers_by_period(view: View, card: Row, grain: str) -> dict[object, Decimal]:
    """Median total of units of the card's kind and origin, by first day of the period."""
    rows = view.rows(
        PEERS_TREND,
        unit_type=card["unit_type"],
        grain=grain,
        boundary=view.to.boundary,
        origin=card["data_origin"],
    )
    return {row["period_start"]: row["median"] for row in rows}
