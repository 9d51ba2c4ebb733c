"""Draws targets in the terminal: one block per plan and measure, Vietnamese first, Vietnamese numbers."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Group
from rich.table import Table
from rich.text import Text

from decision766.reporting.numbers import count, percent, points, ratio_percent
from decision766.reporting.render import ORIGINS
from decision766.reporting.targets import TargetLine

LEVELS = {
    "all": "tất cả các cấp",
    "ministry": "cấp bộ",
    "province": "cấp tỉnh",
    "district": "cấp huyện",
    "commune": "cấp xã",
}
STYLES = {"reached": "green", "on_track": "green", "behind": "red", "missed": "bold red"}
SILENT = ("no_source", "not_begun", "no_base")  # nothing to show but the name


def render_targets(lines: Sequence[TargetLine]) -> Group:
    """Return the targets as a Rich renderable; those without any figure are named below their table."""
    parts: list[Table | Text] = []
    for province, found in groupby(lines, lambda line: line.province_code):
        parts.extend(_province(province, list(found)))
    return Group(*parts)


def _province(province: str, lines: list[TargetLine]) -> Iterable[Table | Text]:
    name = next((line.unit_name for line in lines if line.unit_code == province), None)
    title = Text.assemble(("Chỉ tiêu · targets  ", "bold"), (f"{name} " if name else "", "bold cyan"))
    title.append(province, "dim").append(f"   tính đến {lines[0].evaluated_at:%d/%m/%Y}", "dim")
    yield title
    if lines[0].data_origin in ORIGINS:
        yield Text(ORIGINS[lines[0].data_origin], "reverse yellow")
    by_plan = _without_doubles([list(group) for _, group in groupby(lines, _plan_key)])
    shown = [group for group in by_plan if any(line.status not in SILENT for line in group)]
    for number, group in enumerate(shown):
        yield from _block(group, with_header=number == 0)
    for status in SILENT:
        silent = {line.target_id: line for group in by_plan if group not in shown for line in group
                  if line.status == status}  # fmt: skip
        if silent:
            words = next(iter(silent.values()))
            yield Text(f"{words.status_vi} · {words.status_en}: {', '.join(sorted(silent))}", "yellow")
    if any(line.coverage == "partial" for group in shown for line in group):
        yield Text("* hồ sơ không có từ đầu kỳ · records begin within the period", "dim")
    yield Text("")


def _plan_key(line: TargetLine) -> tuple[object, ...]:
    """Targets of one plan for several levels are one block: each level once, beside all levels together."""
    return (line.plan, line.measure_code, line.target_kind, line.period_start, line.period_end)


def _without_doubles(groups: list[list[TargetLine]]) -> list[list[TargetLine]]:
    """Leave out measures that are merely followed where a plan has them in the same period."""
    planned = {_figure_key(group[0]) for group in groups if group[0].target_kind != "followed"}
    return [
        group
        for group in groups
        if group[0].target_kind != "followed" or _figure_key(group[0]) not in planned
    ]


def _figure_key(line: TargetLine) -> tuple[object, ...]:
    return (line.province_code, line.measure_code, line.period_start, line.period_end)


def _block(group: list[TargetLine], *, with_header: bool) -> Iterable[Table | Text]:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=with_header)
    table.add_column("Cấp, đơn vị · level, unit", width=33)
    for name, width in (("tử/mẫu", 17), ("thực hiện", 10), ("chỉ tiêu", 9), ("± điểm %", 9), ("± số", 7),
                        ("tiến độ", 9)):  # fmt: skip
        table.add_column(name, justify="right", no_wrap=True, width=width)
    table.add_column("trạng thái", no_wrap=True, width=19)
    table.add_column("dự báo", no_wrap=True, width=20)
    for line in _each_figure_once(group):
        table.add_row(*_cells(line))
    yield _heading(group)
    yield table


def _heading(group: list[TargetLine]) -> Text:
    first = group[0]
    end = "…" if first.period_end is None else f"{first.period_end:%d/%m/%Y}"
    ids = ", ".join(sorted({line.target_id for line in group if line.target_reason != "other_level"}))
    heading = Text(first.measure_name_vi, "bold")
    heading.append(f"  {first.period_start:%d/%m/%Y} – {end} · {ids} · {first.plan}", "dim")
    return heading


def _each_figure_once(group: list[TargetLine]) -> Iterable[TargetLine]:
    """A figure stands under each target of its plan; the target that binds it says the most."""
    best: dict[tuple[str, str, str], TargetLine] = {}
    for line in group:
        key = (line.row_kind, line.unit_level, line.unit_code)
        if key not in best or best[key].target_percent is None:
            best[key] = line
    order = list(LEVELS)
    return sorted(best.values(), key=lambda line: (line.row_kind, order.index(line.unit_level)))


def _cells(line: TargetLine) -> list[str]:
    name = LEVELS[line.unit_level] if line.row_kind == "level" else f"{line.unit_name} {line.unit_code}"
    stated = " (số báo cáo)" if line.actual_basis == "stated" else ""
    partial = " *" if line.coverage == "partial" else ""
    forecast = ""
    if line.forecast_percent is not None:
        ends = (line.forecast_low_percent, line.forecast_high_percent)
        low, high = (percent(value, 1).removesuffix(" %") for value in ends)
        forecast = f"{percent(line.forecast_percent, 1)} ({low}–{high})"
    return [
        f"  {name}{stated}{partial}",
        "" if line.denominator is None else f"{count(line.numerator)}/{count(line.denominator)}",
        percent(ratio_percent(line.numerator, line.denominator)),
        percent(line.target_percent),
        points(line.gap_points),
        "" if line.actual_percent is None else count(line.gap_cases, signed=True),
        percent(line.pace_percent) if line.is_provisional else "",
        f"[{STYLES.get(line.status, 'dim')}]{line.status_vi}[/]",
        forecast,
    ]
