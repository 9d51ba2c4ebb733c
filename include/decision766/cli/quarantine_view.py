"""Quarantine as people and programs read it: tables in Vietnamese and English, or JSON."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from decision766.cli.console import out

if TYPE_CHECKING:
    from decision766.quarantine import Change, Effect, EffectRow, Page
    from decision766.quarantine.records import Entry, Shown
    from decision766.quarantine.trial import Figure

EFFECT_SHOWN = 40
STATE_WORDS = {
    "open": "đang cách ly · open",
    "replayed": "đã cho vào lại · replayed",
    "waived": "được miễn · waived",
}
REASON_WORDS = {
    "rule_changed": "quy tắc đã sửa · the rule was mended",
    "rule_withdrawn": "quy tắc đã bỏ · the rule was withdrawn",
    "passes_now": "nay đạt quy tắc · it passes now",
    "fails_again": "lại vi phạm · it fails again",
}


class Output(StrEnum):
    """How a command writes its result."""

    TABLE = "table"
    JSON = "json"


def print_page(page: "Page") -> None:
    """Print counts by rule, then the page's entries."""
    counts = _table(
        "quy tắc · rule", "mở · open", "đã thay · superseded", "replayed", "waived", "lý do · reason"
    )
    for rule in page.rules:
        counts.add_row(
            rule.rule_id,
            *(f"{number:,}" for number in (rule.open, rule.superseded, rule.replayed, rule.waived)),
            f"{escape(rule.reason_vi)}\n[dim]{escape(rule.reason_en)}[/]",
        )
    out.print(counts if page.rules else "Không có dòng nào · nothing is there")
    if page.waived_in_all:
        out.print(
            f"[yellow]{page.waived_in_all:,} mục được miễn: vẫn tính điểm dù vi phạm · waived: they count "
            "despite the rule[/] (list --state waived)"
        )
    if not page.entries:
        return
    table = _table(
        "id", "bản ghi · record", "nguồn · source", "quy tắc · rule", "trạng thái · state", "first, last seen"
    )
    for entry in page.entries:
        table.add_row(
            str(entry.quarantine_id),
            entry.record_key or f"{entry.entity} #{entry.raw_id}",
            entry.source_id,
            f"{entry.rule_id} v{entry.rule_version}",
            _state(entry),
            f"{_minute(entry.first_seen_at)}, {_minute(entry.last_seen_at)}",
        )
    out.print(table)
    out.print(f"{page.rows_found:,} dòng · rows, {page.entries_found:,} mục · entries", highlight=False)
    if page.next_after is not None:
        out.print(f"[dim]Trang sau · next page: --after {page.next_after}[/]")


def print_entry(shown: "Shown") -> None:
    """Print one entry with its record, rule and history."""
    entry, rule = shown.entry, shown.rule
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    now = (
        f"v{rule.version}, {rule.severity}, {rule.owner}; protects {rule.protects}; "
        f"{rule.source.type}: {rule.source.reference}"
        if rule
        else "quy tắc đã bỏ · the rule was withdrawn"
    )
    facts = {
        "mục · entry": f"{entry.quarantine_id}: {entry.record_key or entry.raw_id} ({entry.entity})",
        "trạng thái · state": _state(entry),
        "lý do · reason": f"{entry.reason_vi}\n{entry.reason_en}",
        "quy tắc · rule": f"{entry.rule_id} v{entry.rule_version}, field {entry.field}",
        "quy tắc hiện nay · rule now": now,
        "các quy tắc khác · other rules": "\n".join(
            f"{item.quarantine_id}: {item.rule_id} ({_state(item)})" for item in shown.others
        ),
        "đơn vị · units": " → ".join(shown.units),
        "chỉ số · indicators": "\n".join(f"{code} {name}" for code, name in shown.indicators.items()),
        "nguồn · source": f"{entry.source_id}, batch {entry.batch_id}, validation {shown.validation_run_id}",
        "dòng gốc · landed": f"{shown.landed_path or entry.object_sha256}, line {entry.source_line}",
        "bản ghi · record": shown.record_problem or _json(shown.record),
        "lịch sử · history": "\n".join(
            f"{_minute(event.happened_at)}  {STATE_WORDS[event.state]}, v{event.rule_version}"
            f"{_who(event.made_by, event.reason)}"
            for event in shown.history
        ),
    }
    for name, value in facts.items():
        if value:
            table.add_row(name, escape(value))
    out.print(table)


def print_change(change: "Change") -> None:
    """Print what a change did, or would do, and the scores before and after."""
    moves = change.moves
    table = _table("", "dòng · rows")
    for words, number in (
        ("đã xét · looked at", len(moves.looked_at)),
        ("cho vào · let in", len(moves.let_in)),
        ("giữ lại · held again", len(moves.held_again)),
        ("vẫn vi phạm · still failing", len(moves.failing)),
        ("chưa xét được · not judged, a reference is missing", len(moves.unknown)),
        ("đã có bản ghi thay · superseded, left out", len(moves.superseded)),
    ):
        if number or words.startswith(("đã xét", "cho vào")):
            table.add_row(words, f"{number:,}")
    out.print(table)
    if change.effect is not None:
        _print_effect(change.effect)
    elif moves.let_in or moves.held_again:
        out.print("[dim]The effect on scores was not worked out (not asked for, or no marts yet).[/]")


def _print_effect(effect: "Effect") -> None:
    shown = [row for row in effect.rows if row.procedure_code == "*"]
    out.print(
        f"\n[bold]Tác động đến điểm · effect on scores[/]: {len(effect.rows):,} of {effect.compared:,} "
        f"values change ({len(effect.rows) - len(shown):,} of them by procedure); {effect.seconds:.0f} s"
    )
    if not shown:
        return
    table = _table(
        "đơn vị · unit",
        "chỉ số · indicator",
        "kỳ · period",
        "tử số · numerator",
        "mẫu số · denominator",
        "điểm · score",
    )
    for row in shown[:EFFECT_SHOWN]:
        table.add_row(row.unit_code, row.indicator_code, row.period, *(_move(row, name) for name in _FIGURES))
    out.print(table)
    if len(shown) > EFFECT_SHOWN:
        out.print(f"[dim]{len(shown) - EFFECT_SHOWN:,} more; all of them with --format json[/]")


_FIGURES = ("numerator", "denominator", "score")


def _move(row: "EffectRow", name: str) -> str:
    before, after = (_number(getattr(figure, name, None)) for figure in (row.before, row.after))
    return before if before == after else f"{before} → [bold]{after}[/]"


def _number(value: Decimal | None) -> str:
    return "–" if value is None else f"{value.normalize():f}"


def _state(entry: "Entry") -> str:
    if entry.superseded_by is not None:
        return f"đã có bản ghi thay · superseded by raw_id {entry.superseded_by}"
    return STATE_WORDS[entry.state] + _who(entry.state_by, entry.state_reason)


def _who(by: str | None, reason: str | None) -> str:
    return f"; {by}: {REASON_WORDS.get(reason or '', reason)}" if by else ""


def _minute(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


# --- JSON ----------------------------------------------------------------------------------------------


def page_json(page: "Page") -> str:
    """Return the page as JSON."""
    return _json(dataclasses.asdict(page))


def entry_json(shown: "Shown") -> str:
    """Return one entry as JSON."""
    rule = shown.rule.model_dump(mode="json") if shown.rule else None
    plain = {
        item.name: getattr(shown, item.name) for item in dataclasses.fields(shown) if item.name != "rule"
    }
    return _json({**plain, "rule": rule})


def change_json(change: "Change") -> str:
    """Return a change with its effect as JSON; rows are [entity, raw_id]."""
    moves, effect = change.moves, change.effect
    rows = {
        name: sorted(getattr(moves, name))
        for name in ("looked_at", "let_in", "held_again", "failing", "unknown")
    }
    return _json({
        "change_id": moves.change_id if change.is_made and not moves.is_nothing else None,
        "action": moves.action,
        "is_made": change.is_made,
        "rows": {**rows, "superseded": sorted([*row, newer] for row, newer in moves.superseded.items())},
        "entries": moves.moved,
        "effect": None
        if effect is None
        else {
            "basis": effect.basis,
            "compared": effect.compared,
            "seconds": round(effect.seconds, 1),
            "rows": list(_effect_rows(effect.rows)),
        },
    })  # fmt: skip


def _effect_rows(rows: "Iterable[EffectRow]") -> "Iterable[dict[str, Any]]":
    for row in rows:
        yield {
            "unit_code": row.unit_code,
            "indicator_code": row.indicator_code,
            "period": row.period,
            "procedure_code": row.procedure_code,
            "before": _figure(row.before),
            "after": _figure(row.after),
        }


def _figure(figure: "Figure | None") -> dict[str, Any] | None:
    return None if figure is None else dataclasses.asdict(figure)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value.isoformat() if isinstance(value, dt.datetime | dt.date) else str(value)
