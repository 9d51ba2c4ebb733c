"""The quarterly report: the indicator set of a unit, its units, months, differences, late data.

It covers the quarter up to the day before it is issued and is provisional while the quarter runs.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text

from decision766.reporting.periodic import queries, words
from decision766.reporting.periodic.model import (
    COUNT,
    PERCENT,
    SCORE,
    Chart,
    Column,
    Fact,
    Report,
    Table,
    Value,
    Words,
)
from decision766.reporting.periodic.reading import Scope, data_tables, publication, rows_of, statements
from decision766.reporting.scorecard import Scorecard, load_scorecard
from decision766.warehouse.connect import TIME_ZONE

MOST_BARS = 24


class NotReportable(LookupError):
    """There is nothing that a report of this unit and period could say."""


def quarterly_report(engine: Engine, unit: str, period: str, *, issued_on: dt.date | None = None) -> Report:
    """Read the quarterly report of a unit (code or name) and quarter (2026-Q3).

    issued_on: the day of issue; the report should hold the quarter up to the day before it. Left out: the
    day after the instant at which the marts judge.

    Raises:
        UnknownUnit, UnknownPeriod: with near matches.
        NotReportable: the period is no quarter, or nothing is computed for the unit.
    """
    card = load_scorecard(engine, unit, period)
    if card.period_grain != "quarter" or card.evaluated_at is None:
        raise NotReportable(
            f"{card.unit_code} {card.period_code}: a quarterly report needs a quarter (2026-Q3) of a unit "
            "whose records are read."
        )
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        scope = _scope(connection, card)
        judged_on = card.evaluated_at.astimezone(ZoneInfo(TIME_ZONE)).date()
        before_issue = (issued_on or judged_on + dt.timedelta(days=1)) - dt.timedelta(days=1)
        period_end = _period_end(connection, card)
        publication_no, head = publication(connection)
        span = f"{words.day(scope.start)} – {words.day(scope.until)}"
        return Report(
            kind="quarterly",
            unit_code=card.unit_code,
            unit_name=card.unit_name,
            period_code=card.period_code,
            key=f"{card.unit_code}/{card.period_code}",
            title=("BÁO CÁO KẾT QUẢ THỰC HIỆN BỘ CHỈ SỐ 766", "Results of the indicator set of Decision 766"),
            period_text=_period_words(card),
            covers_from=scope.start,
            covers_until=scope.until,
            evaluated_at=card.evaluated_at,
            is_provisional=card.is_provisional or scope.until < period_end,
            data_origin=card.data_origin,
            publication_no=publication_no,
            head=head,
            facts=_facts(card, span),
            statements=statements(connection, scope, expected_until=min(before_issue, period_end)),
            tables=(
                _groups(card),
                _indicators(card),
                *_units(connection, scope),
                _months(connection, scope),
                _differences(connection, scope),
                *_comparisons(connection, scope),
                *data_tables(connection, scope),
            ),
        )


def _scope(connection: Connection, card: Scorecard) -> Scope:
    assert card.evaluated_at is not None  # noqa: S101 - checked by the caller
    judged_on = card.evaluated_at.astimezone(ZoneInfo(TIME_ZONE)).date()
    until = min(_period_end(connection, card), judged_on)
    return Scope(card.unit_code, card.period_grain, card.period_start, until)


def _period_end(connection: Connection, card: Scorecard) -> dt.date:
    end: dt.date = connection.execute(
        text("select period_end from marts.dim_period where period_grain = :grain and period_start = :start"),
        {"grain": card.period_grain, "start": card.period_start},
    ).scalar_one()
    return end


def _period_words(card: Scorecard) -> Words:
    year, _, quarter = card.period_code.partition("-Q")
    roman = ("I", "II", "III", "IV")[int(quarter) - 1]
    return f"Quý {roman} năm {year}", f"Quarter {quarter} of {year}"


def _facts(card: Scorecard, span: str) -> tuple[Fact, ...]:
    rank: Value = f"{card.rank_among_peers}/{card.peers}" if card.rank_among_peers else None
    band = card.band_name_vi and f"{card.band_name_vi}{'' if card.is_band_confirmed else ' *'}"
    missing = ", ".join(entity.name_vi for entity in card.missing_inputs) or "không"
    return (
        Fact(("Phạm vi số liệu", "Data of the days"), span),
        Fact(("Tổng điểm (trên 100)", "Total (of 100)"), card.total_score, SCORE),
        Fact(("Xếp loại", "Band"), band),
        *(
            ()
            if card.is_band_confirmed is not False
            else (Fact(("* Ngưỡng xếp loại", "* Bounds of the band"), "chưa được xác nhận bằng văn bản"),)
        ),
        Fact(("Hạng cùng cấp", "Rank among peers"), rank),
        Fact(("Điểm Cổng công bố", "Published by the portal"), card.published_total_score, SCORE),
        Fact(("Bộ quy tắc tính điểm", "Rule set"), card.rule_set),
        Fact(("Nguồn dữ liệu còn thiếu", "Inputs without a source"), missing),
    )


def _groups(card: Scorecard) -> Table:
    rows = tuple(
        (group.display_group, group.name_vi, group.max_points, group.score, group.published_score)
        for group in card.groups
    )
    return Table(
        "Nhóm chỉ số",
        ("Điểm theo nhóm chỉ số", "Points by group"),
        (
            Column(("Mã", "Code")),
            Column(("Nhóm chỉ số", "Group"), width=44),
            Column(("Tối đa", "Maximum"), SCORE),
            Column(("Điểm tính", "Computed"), SCORE),
            Column(("Cổng công bố", "Published"), SCORE),
        ),
        rows,
        chart=Chart("bar", ("Điểm tính và điểm Cổng công bố", "Computed and published"), 1, (3, 4)),
    )


def _indicators(card: Scorecard) -> Table:
    rows = tuple(
        (
            *(line.code, line.name_vi, line.name_en, line.numerator, line.denominator, line.ratio),
            *(line.score, line.max_score, line.published_score),
            line.published_score - line.score
            if line.published_score is not None and line.score is not None
            else None,
        )
        for line in card.indicators
    )
    return Table(
        "Chỉ số",
        ("22 chỉ số thành phần", "The 22 indicators"),
        (
            Column(("Mã", "Code"), width=6),
            Column(("Chỉ số", "Indicator (Vietnamese)"), width=56),
            Column(("Tên tiếng Anh", "Indicator (English)"), width=40),
            Column(("Tử số", "Numerator"), COUNT),
            Column(("Mẫu số", "Denominator"), COUNT),
            Column(("Tỷ lệ (%)", "Ratio (%)"), PERCENT),
            Column(("Điểm", "Points"), SCORE),
            Column(("Tối đa", "Maximum"), SCORE),
            Column(("Cổng công bố", "Published"), SCORE),
            Column(("Chênh lệch", "Difference"), SCORE),
        ),
        rows,
        note=(
            "– : không có số liệu hoặc không tính được; không phải là 0.",
            "– : no data, or not computable; it is not 0.",
        ),
    )


def _units(connection: Connection, scope: Scope) -> tuple[Table, ...]:
    rows = tuple(
        (*row[:9], f"{row[9]}/{row[10]}" if row[9] else None, *row[11:])
        for row in rows_of(connection, queries.UNITS, scope)
    )
    if not rows:
        return ()
    groups = [
        Column((f"Nhóm {number}", f"Group {number}"), SCORE, 9) for number in ("I", "II", "III", "IV", "V")
    ]
    return (
        Table(
            "Đơn vị",
            ("Kết quả của các đơn vị trực thuộc", "Results of the units below"),
            (
                Column(("Mã đơn vị", "Unit")),
                Column(("Tên đơn vị", "Name"), width=40),
                Column(("Tổng điểm", "Total"), SCORE),
                *groups,
                Column(("Xếp loại", "Band"), width=14),
                Column(("Hạng cùng cấp", "Rank"), width=10),
                Column(("Đúng hạn (%)", "On time (%)"), PERCENT),
                Column(("Trực tuyến (%)", "Online (%)"), PERCENT),
                Column(("Cổng công bố", "Published"), SCORE),
                Column(("Chênh lệch", "Difference"), SCORE),
            ),
            rows,
            chart=Chart(
                "bar",
                (
                    f"Tổng điểm, {min(MOST_BARS, len(rows))} đơn vị đầu danh sách",
                    "Total, first units of the list",
                ),
                1,
                (2,),
                MOST_BARS,
            ),
        ),
    )


def _months(connection: Connection, scope: Scope) -> Table:
    return Table(
        "Theo tháng",
        ("Diễn biến theo tháng", "Month by month"),
        (
            Column(("Tháng", "Month")),
            Column(("Tổng điểm", "Total"), SCORE),
            Column(("Tạm tính", "Provisional")),
            Column(("Đúng hạn (%)", "On time (%)"), PERCENT),
            Column(("Trực tuyến (%)", "Online (%)"), PERCENT),
            Column(("Thanh toán trực tuyến (%)", "Paid online (%)"), PERCENT),
            Column(("Số hóa (%)", "Digitised (%)"), PERCENT),
            Column(("Tiếp nhận", "Received"), COUNT),
        ),
        tuple(rows_of(connection, queries.MONTHS, scope)),
        note=(
            "Mỗi tháng được tính riêng từ hồ sơ; số của quý không phải là tổng các tháng.",
            "Each month is computed from the dossiers; the quarter is no sum of its months.",
        ),
        chart=Chart("line", ("Tỷ lệ theo tháng (%)", "Ratios by month (%)"), 0, (3, 4, 5, 6)),
    )


def _differences(connection: Connection, scope: Scope) -> Table:
    equal, different = rows_of(connection, queries.AGREEMENT, scope)[0]
    return Table(
        "Đối soát",
        ("Chênh lệch với số liệu Cổng Dịch vụ công quốc gia", "Differences from the national portal"),
        (
            Column(("Mã đơn vị", "Unit")),
            Column(("Tên đơn vị", "Name"), width=36),
            Column(("Chỉ số", "Indicator"), width=8),
            Column(("Tử số tính", "Computed numerator"), COUNT),
            Column(("Mẫu số tính", "Computed denominator"), COUNT),
            Column(("Điểm tính", "Computed points"), SCORE),
            Column(("Tử số công bố", "Published numerator"), COUNT),
            Column(("Mẫu số công bố", "Published denominator"), COUNT),
            Column(("Điểm công bố", "Published points"), SCORE),
            Column(("Chênh lệch", "Difference"), SCORE),
            Column(("Nguyên nhân có khả năng", "Likely cause"), width=28),
            Column(("Nguyên nhân khác", "Further causes"), width=22),
        ),
        tuple(rows_of(connection, queries.DIFFERENCES, scope)),
        note=(
            f"Khớp: {equal} chỉ số của các đơn vị; khác: {different}.",
            f"Equal: {equal} figures of the units; different: {different}.",
        ),
    )


def _comparisons(connection: Connection, scope: Scope) -> tuple[Table, ...]:
    """Catalogue and form totals, in numbers; a comparison without a counterpart has no rows."""
    return (
        Table(
            "Danh mục TTHC",
            ("Danh mục thủ tục so với Cơ sở dữ liệu quốc gia", "Catalogue against the national database"),
            (
                Column(("Kết luận", "Verdict (Vietnamese)"), width=28),
                Column(("Kết luận (tiếng Anh)", "Verdict (English)"), width=38),
                Column(("Số thủ tục", "Procedures"), COUNT),
            ),
            tuple(rows_of(connection, queries.CATALOGUE, scope)),
        ),
        Table(
            "Biểu II.06a",
            ("Tổng số theo hệ thống báo cáo quốc gia", "Totals of the national reporting system"),
            (
                Column(("Chỉ tiêu", "Measure (Vietnamese)"), width=38),
                Column(("Chỉ tiêu (tiếng Anh)", "Measure (English)"), width=38),
                Column(("Số báo cáo", "Statements"), COUNT),
                Column(("Khớp", "Equal"), COUNT),
                Column(("Trong sai số", "Within tolerance"), COUNT),
                Column(("Khác", "Different"), COUNT),
            ),
            tuple(rows_of(connection, queries.TOTALS, scope)),
        ),
    )
