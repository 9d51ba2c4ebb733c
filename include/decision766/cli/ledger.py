"""`decision766 ledger`: prove it, list it, look at an entry, see what was restated and why."""

import dataclasses
import datetime as dt
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from sqlalchemy import Engine

from decision766.cli.console import CommandError, err, migrate_warehouse, out, step
from decision766.cli.periods import read_period
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.sources.periods import LOCAL
from decision766.warehouse.connect import warehouse_engine

if TYPE_CHECKING:
    from decision766.ledger.history import PeriodOf, Restatement

app = typer.Typer(
    no_args_is_help=True,
    help="Sổ cái điểm · The score ledger: verify, list, show, restatements (docs/ledger.md).",
)


class Output(StrEnum):
    """How restatements are written."""

    TABLE = "table"
    JSON = "json"


@contextmanager
def ledger_engine() -> Iterator[Engine]:
    """Engine on the warehouse, started if need be and brought to this version."""
    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        migrate_warehouse(engine)
        try:
            yield engine
        finally:
            engine.dispose()


def period_of(written: str) -> "PeriodOf":
    """Read 2026-08, 2026-Q3 or 2026."""
    from decision766.ledger.history import PeriodOf

    period = read_period(written)
    return PeriodOf(period.grain, period.start, period.label)


@app.command()
def verify(
    head: Annotated[
        list[str] | None,
        typer.Option(help="A head as a scorecard prints it, NUMBER:HASH; may be given several times."),
    ] = None,
) -> None:
    """Prove rows, chain and length: against the entries, the heads outside and those you have in print.

    Every row is hashed anew. Exit code 1, with the first broken link in words, if anything does not hold.

    Example: decision766 ledger verify --head 12:3f9a0c5be1d2a477
    """
    from decision766.ledger.check import verify_ledger
    from decision766.ledger.errors import LedgerBroken
    from decision766.ledger.heads import open_heads
    from decision766.ledger.proofs import Noted, note
    from decision766.ledger.publish import write_missing_heads

    printed = dict(_read_head(text) for text in head or [])
    heads, began = open_heads(get_settings()), time.monotonic()
    with ledger_engine() as engine:
        with (
            engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
            err.status("Ledger …") as status,
        ):
            try:
                proof = verify_ledger(
                    connection,
                    heads,
                    printed=printed,
                    archive=get_settings().reports_archive_root,
                    told=lambda what, done, total: status.update(f"{what}: {done} of {total}"),
                )
            except LedgerBroken as broken:
                if not printed:  # a head that was typed wrong says nothing of the ledger
                    note(get_settings(), Noted(_now(), False, 0, 0, broken.message))
                raise
        written = write_missing_heads(engine, heads)
    note(get_settings(), Noted(_now(), True, proof.entries, proof.rows))
    if proof.head is None:
        step("The ledger is empty: nothing has been published yet")
        return
    if written:
        step(f"Head of entry {proof.head.entry_no} written outside: a crash had kept it from being written")
    step(
        f"Sổ cái toàn vẹn · the ledger holds: {proof.entries} entries, {proof.publications} publications, "
        f"{proof.rows:,} rows, {proof.reports} reports",
        time.monotonic() - began,
    )
    out.print(f"head  {proof.head.entry_no}:{proof.head.hash_hex}", soft_wrap=True)
    out.print(f"heads outside  {heads.place}", soft_wrap=True)


@app.command("list")
def list_entries(
    last: Annotated[int, typer.Option(help="How many, counted from the newest.", min=1)] = 30,
) -> None:
    """List the newest entries: what was published, signed and contested, when, under which hash.

    Example: decision766 ledger list --last 10
    """
    from rich.table import Table

    from decision766.ledger.chain import last_entry, read_entries

    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("entry", "recorded", "kind", "what", "hash"):
        table.add_column(name)
    with ledger_engine() as engine, engine.connect() as connection:
        newest = last_entry(connection)
        for entry in read_entries(connection, after=max(0, (newest.entry_no if newest else 0) - last)):
            local = entry.recorded_at.astimezone(LOCAL)
            table.add_row(
                str(entry.entry_no),
                f"{local:%Y-%m-%d %H:%M:%S%z}",
                entry.kind,
                escape(_in_short(entry.stated)),
                entry.hash_hex[:16],
            )
    if newest is None:
        raise CommandError("The ledger is empty: nothing has been published yet.", "Publish: decision766 run")
    out.print(table)


@app.command()
def show(entry_no: Annotated[int, typer.Argument(help="Number of the entry.", min=1)]) -> None:
    """Show one entry whole, as JSON: for a publication its Merkle roots, inputs and code by their hashes.

    Example: decision766 ledger show 1
    """
    from decision766.ledger.chain import read_entries
    from decision766.ledger.errors import NotInLedger

    with ledger_engine() as engine, engine.connect() as connection:
        entry = next(read_entries(connection, after=entry_no - 1), None)
    if entry is None or entry.entry_no != entry_no:
        raise NotInLedger(f"There is no entry {entry_no}.", "Those there are: decision766 ledger list")
    typer.echo(json.dumps({"entry_hash": entry.hash_hex, "body": entry.stated}, ensure_ascii=False, indent=2))


@app.command()
def restatements(
    unit: Annotated[str, typer.Option(help="Unit code or exact name.")],
    period: Annotated[str, typer.Option(help="2026-08, 2026-Q3 or 2026.")],
    indicator: Annotated[str, typer.Option(help="One indicator, such as 2.1; all if left out.")] = "",
    procedures: Annotated[bool, typer.Option(help="Figures of single procedures too.")] = False,
    format: Annotated[Output, typer.Option(help="How to write it.")] = Output.TABLE,
) -> None:
    """Show what was restated: old, new, difference, and the batches that caused it; ours and the portal's.

    Example: decision766 ledger restatements --unit H12 --period 2026-08
    """
    from decision766.ledger.history import portal_restatements
    from decision766.ledger.history import restatements as read_restatements
    from decision766.reporting.lookup import find_unit

    asked = period_of(period)
    with ledger_engine() as engine, engine.connect() as connection:
        code = find_unit(connection, unit)
        ours = read_restatements(
            connection, code, asked, indicator_code=indicator or None, procedures=procedures
        )
        theirs = portal_restatements(connection, code, asked, procedures=procedures)
    if indicator:
        theirs = [line for line in theirs if line.indicator_code == indicator]
    if format is Output.JSON:
        said = {
            "ours": [dataclasses.asdict(line) for line in ours],
            "portal": [dataclasses.asdict(line) for line in theirs],
        }
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2, default=_plain))
        return
    _print_ours(ours)
    out.print(f"\n[bold]Cổng điều chỉnh · restated by the portal[/]: {len(theirs)}")
    for other in theirs:
        out.print(
            f"  {other.measure} {other.part}: {_figure(other.old_value)} → {_figure(other.new_value)} "
            f"({_signed(other.difference)})  [dim]{other.old_captured_at:%Y-%m-%d} → "
            f"{other.new_captured_at:%Y-%m-%d}{_procedure(other.procedure_code)}[/]",
            soft_wrap=True,
        )


def _print_ours(ours: "list[Restatement]") -> None:
    out.print(f"[bold]Công bố lại · restated by us[/]: {len(ours)}")
    for line in ours:
        parts = f"{_figure(line.old_numerator)}/{_figure(line.old_denominator)} → " + (
            "không còn · removed"
            if line.change == "removed"
            else f"{_figure(line.numerator)}/{_figure(line.denominator)}"
        )
        out.print(
            f"  [bold]{line.indicator_code}[/]{_procedure(line.procedure_code)}  điểm "
            f"{_figure(line.old_score)} → {_figure(line.score)} ({_signed(line.score_difference)})   "
            f"tử/mẫu {parts}   [dim]entry {line.old_entry_no} → {line.entry_no}, "
            f"{line.published_at.astimezone(LOCAL):%Y-%m-%d %H:%M}[/]",
            soft_wrap=True,
        )
        for batch in line.batches:
            rows = "" if batch.rows_of_unit is None else f", {batch.rows_of_unit} rows of the unit"
            out.print(
                f"      lô · batch {batch.batch_id}  {batch.source_id} {batch.entity}{rows}", style="dim"
            )
        if line.other_causes:
            out.print(f"      also changed: {', '.join(line.other_causes)}", style="dim")


def _now() -> str:
    return dt.datetime.now(LOCAL).isoformat(timespec="seconds")


def _read_head(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"#?(\d+):([0-9a-fA-F]{8,64})", text.strip().rstrip("…"))
    if match is None:
        raise CommandError(f"«{text}» is no head.", "Write it as printed: 12:3f9a0c5be1d2a477")
    return int(match[1]), match[2]


def _in_short(stated: dict[str, object]) -> str:
    said = json.loads(json.dumps(stated))
    if said["kind"] == "publication":
        return (
            f"{said['scores']['count']:,} figures, {said['scorecards']['count']:,} scorecards, "
            f"{len(said['inputs']['batches'])} new batches, judged at {said['evaluated_at']}"
        )
    if said["kind"] == "sign_off":
        subject = said["subject"]
        what = subject.get("validation_run_id") or f"{subject['unit_code']} {subject['period_start']}"
        return f"{said['decision']} by {said['by']}: {what}"
    if said["kind"] == "contest":
        figure = said["figure"]
        return f"{figure['unit_code']} {figure['indicator_code']} {figure['period_start']} by {said['by']}"
    if said["kind"] == "report":
        return f"{said['report']} {said['report_key']} version {said['version']}, issued {said['issued_on']}"
    return f"contest {said['contest']} {said['resolution']} by {said['by']}"


def _procedure(code: str) -> str:
    return "" if code == "*" else f" {code}"


def _figure(value: Decimal | None) -> str:
    return "–" if value is None else f"{value}"


def _signed(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:+}"


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)  # to the digit
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
