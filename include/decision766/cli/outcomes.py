"""What came of each source in a run, as a table for people."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine

from decision766.cli.console import err
from decision766.pipeline.prove import EntityOutcome, summarise_run
from decision766.reporting.completeness import shortfalls

SHOWN = 5
# The worst first: what a source's entities came to is what the worst of them came to.
_WORST = ("failed", "blocked", "postponed", "loaded", "unchanged")
_SAID = {
    "failed": "[red]lỗi · failed[/]",
    "blocked": "[red]bị chặn · blocked[/]",
    "postponed": "[yellow]hoãn · postponed[/]",
    "loaded": "[green]đã nạp · loaded[/]",
    "unchanged": "[green]không đổi · unchanged[/]",
}


def print_sources(engine: Engine, run_ids: Sequence[str]) -> None:
    """Print one line per source that the runs asked: outcome, records received and new, completeness."""
    found: dict[str, list[EntityOutcome]] = {}
    for run_id in run_ids:
        for outcome in summarise_run(engine, run_id).outcomes:
            found.setdefault(outcome.source_id, []).append(outcome)
    if not found:
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("source", "family", "outcome", "entities", "received", "new", "announced total"):
        table.add_column(column, justify="right" if column in ("entities", "received", "new") else "left")
    for source_id, outcomes in found.items():
        worst = min((outcome.status for outcome in outcomes), key=_WORST.index)
        table.add_row(
            source_id,
            outcomes[0].family,
            _SAID[worst],
            str(len(outcomes)),
            f"{sum(outcome.rows_received for outcome in outcomes):,}",
            f"{sum(outcome.rows_new for outcome in outcomes):,}",
            _announced(outcomes),
        )
    err.print(table)
    for outcomes in found.values():
        for outcome in outcomes:
            if outcome.differs:
                err.print(
                    f"[yellow]không đủ · not as announced[/] {outcome.source_id}, {outcome.entity}: "
                    f"{outcome.rows_received} records came of {outcome.rows_announced} announced"
                )
        waits = next((outcome for outcome in outcomes if outcome.status == "postponed"), None)
        if waits is not None:
            err.print(f"[yellow]hoãn · postponed[/] {escape(waits.error or waits.source_id)}", soft_wrap=True)


def print_shortfalls(engine: Engine) -> None:
    """Print the units that lack dossiers against a stated total; nothing when none does."""
    found = shortfalls(engine)
    if not found:
        return
    err.print(
        f"[yellow]thiếu hồ sơ · dossiers missing[/] {len(found)} times a unit's closed period does not "
        "reach a stated total (marts.mart_completeness):"
    )
    for item in found[:SHOWN]:
        err.print(f"  {item.line()}", soft_wrap=True)


def _announced(outcomes: Sequence[EntityOutcome]) -> str:
    """How many entities came as announced; what announced nothing is unknown, which is not complete."""
    known = [outcome for outcome in outcomes if outcome.completeness != "unknown"]
    if not known:
        return "[dim]unknown[/]"
    held = sum(not outcome.differs for outcome in known)
    unknown = f", {len(outcomes) - len(known)} unknown" if len(known) < len(outcomes) else ""
    return f"{held} of {len(known)} reached{unknown}"
