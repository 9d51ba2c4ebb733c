"""Draws the trail of one dossier in the terminal: its clock, its landed records, the numbers it touches."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from decision766.reporting.cells import moment, span
from decision766.reporting.explain import DossierTrail, Row
from decision766.reporting.wording import EFFECTS, ORIGINS, Language

THROUGH = {
    "procedure": ("qua thủ tục", "through procedure"),
    "service": ("qua dịch vụ", "through service"),
    "commune": ("qua xã", "through commune"),
    "petition": ("qua phản ánh", "through petition"),
}


def render_trail(trail: DossierTrail, language: Language) -> Group:
    """Return the trail as a Rich renderable."""
    parts: list[RenderableType] = [_heading(trail, language)]
    if trail.dossier:
        parts += [
            _title("Thời gian", "its clock", language),
            Padding(_clock(trail.dossier, language), (0, 0, 0, 2)),
        ]
    parts.append(_title("Bản ghi gốc", "its landed records", language))
    parts.append(Padding(_records(trail.records, language), (0, 0, 0, 2)))
    parts.append(_title("Tác động đến chỉ số", "the numbers it touches", language))
    parts.append(Padding(_touched(trail.touched, language), (0, 0, 0, 2)))
    return Group(*parts)


def _title(vietnamese: str, english: str, language: Language) -> Text:
    text = Text("\n")
    text.append_text(language.say(vietnamese, english))
    text.stylize("bold cyan")
    return text


def _heading(trail: DossierTrail, language: Language) -> Panel:
    lines = [
        Text.assemble(
            ("hồ sơ " if not language.english else "dossier ", "cyan"), (trail.dossier_code, "bold")
        )
    ]
    dossier = trail.dossier
    if dossier is None:
        lines.append(language.say("Đang bị cách ly: không tính ở đâu", "in quarantine: it counts nowhere"))
    else:
        lines.append(Text(f"{dossier['unit_name'] or ''} ({dossier['unit_code']})"))
        name = f" {dossier['procedure_name']}" if dossier["procedure_name"] else ""
        lines.append(Text(f"{dossier['procedure_code']}{name}"))
        status = language.say(dossier["status_vi"] or "", dossier["status_en"] or "")
        lines.append(Text(f"{dossier['status']} ").append_text(status))
        if dossier["data_origin"] in ORIGINS:
            lines.append(
                Text(" · ".join(ORIGINS[dossier["data_origin"]][language.english :]), "reverse yellow")
            )
    return Panel(Group(*lines), box=box.ROUNDED, border_style="blue")


CLOCK = (
    ("received_at", "tiếp nhận", "received"),
    ("promised_at", "hẹn trả", "promised"),
    ("judged_against", "hạn để tính", "judged against"),
    ("done_at", "xử lý xong", "done"),
    ("returned_at", "trả kết quả", "returned"),
    ("closed_at", "từ chối, dừng, rút", "refused, stopped, withdrawn"),
    ("clock_end", "đồng hồ dừng", "clock's end"),
    ("synced_at", "biên nhận đồng bộ", "receipt of the feed"),
)


def _clock(dossier: Row, language: Language) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for name, vietnamese, english in CLOCK:
        if dossier[name] is not None:
            grid.add_row(language.say(vietnamese, english), moment(dossier[name]))
    supplement = span(dossier["supplement_seconds"], None, english=language.english)
    if supplement:
        grid.add_row(language.say("trừ chờ bổ sung", "less supplement"), supplement)
    late = span(dossier["late_by_seconds"], None, english=language.english)
    if late:
        grid.add_row(language.say("quá hạn", "late by"), Text(late, "bold red"))
    return grid


def _records(records: Sequence[Row], language: Language) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in records:
        first = Text(moment(row["known_at"]) or "–")
        first.append(f"  {'batch' if language.english else 'lô'} {row['batch_id'][:8]}", "dim")
        verdict = {True: ("✓", "green"), False: ("⚠", "yellow"), None: ("?", "yellow")}[row["is_valid"]]
        first.append(f"  {verdict[0]} {(row['validation_run_id'] or '')[:8]}", verdict[1])
        if row["batch_status"] != "accepted":
            first.append(f"  {row['batch_status']}", "red")
        place = Text(f"{row['object_path'] or row['object_sha256']}", "dim")
        place.append(f" {'line' if language.english else 'dòng'} {row['source_line']}", "dim")
        lines = [first, place]
        if row["held_rules"]:
            held = language.say(row["held_vi"], row["held_en"])
            lines.append(Text("✗ ", "red").append_text(held))
        table.add_row(language.word((row["name_vi"] or row["entity"], row["name_en"] or "")), Group(*lines))
    return table


def _touched(touched: Sequence[Row], language: Language) -> RenderableType:
    if not touched:
        return language.say("không tác động đến chỉ số nào", "it touches no number")
    parts: list[RenderableType] = []
    for _, rows in groupby(touched, key=lambda row: str(row["indicator_code"])):
        parts.append(_indicator(list(rows), language))
    return Group(*parts)


def _indicator(rows: list[Row], language: Language) -> Table:
    """One indicator: a line per outcome, with the periods and units that show it."""
    name = rows[0]["name_en"] if language.english else rows[0]["name_vi"]
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(rows[0]["indicator_code"], "bold"), Text(str(name), "bold"))

    def outcome(row: Row) -> tuple[Any, ...]:
        late = span(row["late_by_seconds"], row["late_by_working_days"], english=language.english)
        through = row["through_code"] if row["through_kind"] != "dossier" else ""
        return (_effect(row), row["reason_code"] or "", late, row["through_kind"], through)

    for key, group in groupby(sorted(rows, key=outcome), key=outcome):
        members = list(group)
        effect, _, late, kind, through = key
        sign, colour = EFFECTS.get(effect, ("?", "yellow"))
        reason = members[0]["reason_en"] if language.english else members[0]["reason_vi"]
        line = Text(reason or "", colour)
        if kind != "dossier":
            line.append(f" {language.word(THROUGH[kind])} {through}".strip() if not reason else "", colour)
            line.append(f" ({language.word(THROUGH[kind])} {through})" if reason else "", "dim")
        if late:
            line.append(f": {late}", "bold red")
        periods = list(dict.fromkeys(row["period_code"] for row in members))
        units = list(dict.fromkeys(row["unit_code"] for row in members))
        line.append(f"\n{', '.join(periods)} · {', '.join(units)}", "dim")
        table.add_row(Text(sign, colour), line)
    return table


def _effect(row: Row) -> str:
    """A petition has no reason of the dossier's: its flags say whether it counts."""
    if row["effect"]:
        return str(row["effect"])
    if row["is_in_numerator"]:
        return "counted"
    return "not_counted" if row["is_in_denominator"] else "outside"
