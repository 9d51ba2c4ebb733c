"""`decision766 ingest`: read sources into raw and validate, without Airflow."""

import datetime as dt
import os
import time
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from sqlalchemy import Engine

from decision766.cli.console import CommandError, err, migrate_warehouse, step
from decision766.cli.periods import read_instant
from decision766.platform.errors import tidy
from decision766.platform.stack import Stack, stopping_at_the_end
from decision766.platform.stand_in import FILLED_CONNECTIONS, all_stand_in_connections
from decision766.settings import get_settings
from decision766.sources.config import FileDropSource, SourceConfig, find_source, load_sources
from decision766.sources.contract import Window
from decision766.sources.periods import LOCAL
from decision766.warehouse.connect import TIME_ZONE, warehouse_engine


def ingest(
    sources: Annotated[list[str] | None, typer.Argument(help="Source ids; all but inboxes if none.")] = None,
    evaluated_at: Annotated[
        str,
        typer.Option(help="The run's present, ISO 8601 with offset; now, or the stand-in's, if left out."),
    ] = "",
    full: Annotated[
        bool,
        typer.Option("--full", help="Read all of it again, not only what changed; nothing comes in twice."),
    ] = False,
    since: Annotated[
        str, typer.Option("--from", help="Read a past window again, from this local day on; no cursor moves.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="End of the window, a local day, not included.")] = "",
) -> None:
    """Read sources into raw and validate what came. The marts are built by `run`, or by Airflow.

    Example: decision766 ingest portal_h44 province_h12
    Example: decision766 ingest province_h12 --from 2026-08-01 --to 2026-09-01
    """
    window = _window(since, until)
    settings = get_settings()
    folder = settings.sources_folder
    configs: list[SourceConfig] = (
        [find_source(folder, name) for name in sources]
        if sources
        else [source for source in load_sources(folder) if not isinstance(source, FileDropSource)]
    )
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        migrate_warehouse(engine)
        environ = _connections(stack, configs)
        given = evaluated_at or os.environ.get("DECISION766_EVALUATED_AT", "")
        present = read_instant(given) if given else _present(stack)
        run_id = f"ingest__{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        failed = [
            config.id
            for config in configs
            if not _ingest_one(
                engine, config, environ, run_id=run_id, present=present, window=window, full=full
            )
        ]
        print_summary(engine, run_id)
        _report(engine)
    if failed:
        raise CommandError(
            f"{len(failed)} of {len(configs)} sources failed: {', '.join(failed)} (causes above).",
            "The others are in raw. Mend the cause and run the command again: it goes on where it stopped.",
        )
    step("Validated. To build the marts: decision766 run, or DAG build_indicator_marts under `up`")


def _report(engine: Engine) -> None:
    from decision766.reporting.validation import write_reports

    summary = write_reports(engine)
    step(f"Validation reports: {tidy(summary.index)}", summary.seconds)


def _ingest_one(
    engine: Engine,
    config: SourceConfig,
    environ: dict[str, str],
    *,
    run_id: str,
    present: dt.datetime,
    window: Window | None,
    full: bool,
) -> bool:
    from decision766.lineage import tell_loads, tell_validations
    from decision766.pipeline.ingest import ingest_source
    from decision766.pipeline.prove import validate_source
    from decision766.sources.connections import connection_from_environment
    from decision766.validation import BatchBlocked

    began = time.monotonic()
    connection = connection_from_environment(config.connection, environ, family=config.family)
    summary = ingest_source(
        engine, config, connection, run_id=run_id, observed_at=present, window=window, full=full
    )
    tell_loads(engine, run_id, config.id)
    blocked, proving = "", dt.datetime.now(dt.UTC)
    try:
        validate_source(engine, config.id)
    except BatchBlocked as error:
        blocked = str(error)
    tell_validations(engine, config.id, proving)
    for note in summary.notes:
        err.print(f"[yellow]![/] {config.id}: {note}", markup=True)
    for problem in filter(None, [*summary.failures, blocked]):
        err.print(f"[red]✗[/] {problem}", markup=True)
    for wait in summary.postponed[:1]:
        err.print(f"[yellow]hoãn · postponed[/] {config.id}: {escape(wait.cause)}", soft_wrap=True)
    if summary.failures or blocked:
        return False
    step(f"{config.id}: {summary.rows_received} records, {summary.rows_new} new", time.monotonic() - began)
    return True


def _window(since: str, until: str) -> Window | None:
    """The window of two local days; None of none."""
    if not since and not until:
        return None
    try:
        start, end = (
            dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), LOCAL) for day in (since, until)
        )
    except ValueError:
        raise CommandError(
            f"«{since}» to «{until}» is no window.", "Give two days: --from 2026-08-01 --to 2026-09-01."
        ) from None
    if start >= end:
        raise CommandError(
            f"The window ends ({until}) before it begins ({since}).", "Turn the two days round."
        )
    return Window(start, end)


def _connections(stack: Stack, configs: list[SourceConfig]) -> dict[str, str]:
    """The environment, completed by connections to the stand-in, which is started if one is used."""
    stand_in = {
        f"AIRFLOW_CONN_{name.upper()}": value
        for name, value in all_stand_in_connections(stack.settings).items()
    }
    needed = {
        config.connection: f"AIRFLOW_CONN_{config.connection.upper()}"
        for config in configs
        if f"AIRFLOW_CONN_{config.connection.upper()}" not in os.environ
    }
    if set(needed.values()) & set(stand_in):
        stack.launch_stand_in(filled=bool(set(needed) & set(FILLED_CONNECTIONS)))
        stack.wait_for_stand_in()
    return {**stand_in, **os.environ}


def _present(stack: Stack) -> dt.datetime:
    if stack.stand_in_answers():
        return dt.datetime.fromisoformat(stack.stand_in_present())
    return dt.datetime.now(ZoneInfo(TIME_ZONE))


def print_summary(engine: Engine, run_id: str) -> None:
    """Print what a run read and what it set aside."""
    from rich.table import Table

    from decision766.pipeline.prove import summarise_run

    summary = summarise_run(engine, run_id)
    if summary.rows_by_entity:
        table = Table(box=None, header_style="dim", pad_edge=False)
        table.add_column("entity")
        table.add_column("received", justify="right")
        table.add_column("new in raw", justify="right")
        for entity, (received, new) in summary.rows_by_entity.items():
            table.add_row(entity, f"{received:,}", f"{new:,}")
        err.print(table)
    for count in summary.quarantined:
        err.print(
            f"[yellow]cách ly · quarantined[/] {count.rows} × {count.entity}.{count.field}"
            f" ({count.rule_id}): {count.reason_vi} · {count.reason_en}"
        )
