"""Draws a scorecard in the terminal: Vietnamese first, computed and published side by side."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from decision766.reporting.publication import PublicationNote
from decision766.reporting.scorecard import GroupLine, IndicatorLine, Scorecard
from decision766.reporting.wording import BOUNDARIES, COVERAGE
from decision766.warehouse.connect import TIME_ZONE

ORIGINS = {
    "synthetic": "DỮ LIỆU MÔ PHỎNG · SYNTHETIC DATA, not a real agency's figures",
    "recorded": "SỐ LIỆU ĐÃ GHI LẠI · RECORDED DATA, as the national portal published it",
}
CAUSES = {
    "late_sync": "đồng bộ muộn",
    "quarantined_rows": "bản ghi cách ly",
    "rule_set_difference": "khác quy tắc",
    "rounding": "làm tròn",
    "other_population": "khác phạm vi đếm",
    "inherited_numerators": "cộng dồn số kế thừa",
    "missing_source": "thiếu nguồn",
    "portal_restated": "Cổng điều chỉnh",
    "unexplained": "chưa rõ",
}
STATUS_NOTES = {
    "no_source": "không có nguồn",
    "zero_denominator": "mẫu số 0",
    "no_denominator": "không có mẫu số",
    "by_procedure_only": "chỉ theo thủ tục",
    "portal_constant": "hằng số",
}
SIGN_STATES = {
    "accepted": ("✓ Đã ký xác nhận · signed", "green"),
    "rejected": ("✗ Thanh tra không chấp nhận · rejected", "bold red"),
    "restated": ("Chưa ký: số liệu đã công bố lại sau khi ký · unsigned again: restated since", "yellow"),
    "unsigned": ("Chưa ký xác nhận · unsigned", "dim"),
}
BAR_WIDTH = 10


def render_table(scorecard: Scorecard) -> Group:
    """Return the scorecard as a Rich renderable."""
    published_only = scorecard.coverage == "published_only"
    table = _indicator_table(scorecard, published_only)
    return Group(_heading(scorecard), table, *_contest_lines(scorecard), _footer(scorecard))


def _heading(scorecard: Scorecard) -> Panel:
    title = Text.assemble((f"{scorecard.unit_name} ", "bold"), (scorecard.unit_code, "dim"))
    title.append(f"   kỳ {scorecard.period_code}", "bold cyan")
    if scorecard.is_provisional:
        title.append("  tạm thời · provisional", "yellow")
    lines = [title]
    if scorecard.boundary != "as_was":
        lines.append(Text(" · ".join(BOUNDARIES[scorecard.boundary]), "yellow"))
    if scorecard.total_score is not None:
        line = Text("Tổng điểm · total  ")
        line.append(f"{_number(scorecard.total_score)} / 100", "bold green")
        if scorecard.band_name_vi:
            star = "" if scorecard.is_band_confirmed else " *"
            line.append(f"   xếp loại {scorecard.band_name_vi}{star} ({scorecard.band_name_en})", "bold")
        if scorecard.rank_among_peers:
            line.append(f"   hạng {scorecard.rank_among_peers}/{scorecard.peers} cùng cấp")
        lines.append(line)
    elif scorecard.coverage != "published_only":
        lines.append(_no_total(scorecard))
    if scorecard.published_total_score is not None:
        lines.append(Text(f"Cổng công bố · published  {_number(scorecard.published_total_score)}", "magenta"))
    if scorecard.coverage not in ("complete", "published_only"):
        lines.append(_coverage(scorecard))
    if scorecard.stale_sources:
        stale = ", ".join(scorecard.stale_sources)
        lines.append(Text(f"⚠ nguồn chậm · stale: the last reading of {stale} failed", "red"))
    if scorecard.publication is not None:
        lines.append(_signature(scorecard.publication))
    if scorecard.data_origin in ORIGINS:
        lines.append(Text(ORIGINS[scorecard.data_origin], "reverse yellow"))
    return Panel(Group(*lines), box=box.ROUNDED, border_style="blue")


def _no_total(scorecard: Scorecard) -> Text:
    """Why there is no total: the groups that no source feeds, by name."""
    missing = [group for group in scorecard.groups if group.display_group in scorecard.missing_groups]
    vietnamese = ", ".join(group.name_vi for group in missing) or "?"
    english = ", ".join(group.name_en for group in missing) or "?"
    return Text(
        f"Chưa tính tổng: chưa có nguồn cho {vietnamese} · no total: no source feeds {english}", "yellow"
    )


def _coverage(scorecard: Scorecard) -> Text:
    """Which sources the scores had to do without."""
    vietnamese, english = COVERAGE[scorecard.coverage]
    text = Text(f"Nguồn dữ liệu · coverage  {vietnamese} · {english}", "yellow")
    for missing in scorecard.missing_inputs:
        text.append(f"\n  {missing.name_vi} · {missing.name_en}: {', '.join(missing.indicators)}", "yellow")
    return text


def _signature(note: PublicationNote) -> Text:
    """Signed, rejected, overtaken by a restatement, or unsigned; and how much is contested."""
    words, style = SIGN_STATES[note.sign_state]
    line = Text(words, style)
    if note.sign_off is not None:
        line.append(f"   {note.sign_off.signed_by}, {note.sign_off.signed_at:%Y-%m-%d}", "dim")
        if note.sign_off.restated_in is not None:
            line.append(f" → #{note.sign_off.restated_in}", "dim")
    if note.contests:
        line.append(f"   ⚑ {len(note.contests)} khiếu nại · contested", "bold red")
    return line


def _contest_lines(scorecard: Scorecard) -> list[Text]:
    if scorecard.publication is None:
        return []
    return [
        Text(
            f"⚑ {contest.indicator_code} khiếu nại · contested #{contest.contest_no}"
            f"{'' if contest.procedure_code == '*' else ' ' + contest.procedure_code}: {contest.reason} "
            f"({contest.evidence}; {contest.opened_by})",
            "red",
        )
        for contest in scorecard.publication.contests
    ]


def _indicator_table(scorecard: Scorecard, published_only: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("Chỉ số · indicator", min_width=30, max_width=60)
    table.add_column("tử/mẫu", justify="right", no_wrap=True)
    table.add_column("%", justify="right", no_wrap=True)
    table.add_column("điểm", justify="right", no_wrap=True)
    table.add_column("tối đa", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("công bố", justify="right", no_wrap=True, style="magenta")
    table.add_column("ghi chú · note", no_wrap=True, min_width=22)
    for group in scorecard.groups:
        table.add_row(
            f"[bold]{group.group_no}[/]",
            f"[bold]{group.name_vi}[/] [dim]{group.name_en}[/]",
            "",
            "",
            f"[bold]{_number(group.score)}[/]",
            f"[bold]{_number(group.max_points, whole=True)}[/]",
            _bar(group.published_score if published_only else group.score, group.max_points),
            f"[bold]{_number(group.published_score)}[/]",
            _group_note(group),
        )
        lines = [line for line in scorecard.indicators if line.display_group == group.display_group]
        for line in lines:
            is_contested = scorecard.publication is not None and scorecard.publication.contests_of(line.code)
            row = _indicator_row(line, published_only)
            table.add_row(f"{row[0]} [red]⚑[/]" if is_contested else row[0], *row[1:])
        table.add_section()
    return table


def _indicator_row(line: IndicatorLine, published_only: bool) -> list[str]:
    numerator = line.published_numerator if published_only else line.numerator
    denominator = line.published_denominator if published_only else line.denominator
    ratio = line.ratio
    if published_only and numerator is not None and denominator:
        ratio = round(100 * numerator / denominator, 2)
    return [
        line.code,
        line.name_vi,
        "" if denominator is None else f"{_count(numerator)}/{_count(denominator)}",
        _number(ratio),
        _number(line.score),
        _number(line.max_score, whole=True),
        "",
        _number(line.published_score),
        _indicator_note(line),
    ]


def _indicator_note(line: IndicatorLine) -> str:
    if line.reconciliation in ("different", "within_tolerance") and line.likely_cause:
        return f"[red]≠ {CAUSES.get(line.likely_cause, line.likely_cause)}[/]"
    if line.status == "inherited":
        return "[dim]theo tỉnh[/]"
    note = STATUS_NOTES.get(line.status_reason or "", "")
    if not note and line.coverage in ("partial", "stale"):
        note = COVERAGE[line.coverage][0]
    return f"[dim]{note}[/]"


def _group_note(group: GroupLine) -> str:
    if group.score is None or group.published_score is None:
        return ""
    if group.score == group.published_score:
        return "[green]khớp[/]"
    cause = CAUSES.get(group.likely_cause or "", group.likely_cause or "")
    difference = f"{group.published_score - group.score:+.2f}".replace(".", ",")
    return f"[red]{difference} {cause}[/]"


def _footer(scorecard: Scorecard) -> Text:
    parts = []
    if scorecard.rule_set:
        parts.append(f"bộ quy tắc {scorecard.rule_set}")
    if scorecard.evaluated_at:
        parts.append(f"chấm tại {scorecard.evaluated_at:%Y-%m-%d %H:%M %z}")
    if scorecard.publication is not None:
        note = scorecard.publication
        published_at = note.published_at.astimezone(ZoneInfo(TIME_ZONE))
        parts.append(f"sổ cái · ledger {note.head} ({published_at:%Y-%m-%d %H:%M %z})")
        if not note.is_current:
            parts.append("CHƯA CÔNG BỐ · these figures are not in the ledger yet")
    if scorecard.is_band_confirmed is False:
        parts.append("* ngưỡng xếp loại chưa được xác nhận bằng văn bản")
    if scorecard.coverage == "complete":
        parts.append("đủ nguồn dữ liệu")
    return Text(" · ".join(parts), "dim")


def _bar(score: Decimal | None, maximum: Decimal) -> str:
    if score is None:
        return ""
    full = round(BAR_WIDTH * score / maximum)
    return f"[cyan]{'█' * full}[/][dim]{'░' * (BAR_WIDTH - full)}[/]"


def _number(value: Decimal | None, *, whole: bool = False) -> str:
    """Two decimals with a comma, as Vietnamese writes them; a maximum or another whole number without."""
    if value is None:
        return ""
    return f"{value:.0f}" if whole else f"{value:.2f}".replace(".", ",")


def _count(value: Decimal | None) -> str:
    """A count with dots between thousands; the mean of a year's total may carry a fraction."""
    if value is None:
        return ""
    text = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    return text.removesuffix(",00")
