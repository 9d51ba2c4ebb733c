"""`decision766 score`: score one's own records, in a database of their own."""

import contextlib
import datetime as dt
import difflib
import json
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from decision766.cli.console import CommandError, err, migrate_warehouse, step
from decision766.cli.ingest import print_summary
from decision766.cli.periods import end_or_now, read_instant, read_period
from decision766.cli.scorecard import Format, show
from decision766.platform.databases import recreate_database
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import Settings, get_settings
from decision766.sources.config import FileDropSource, find_source
from decision766.sources.contract import Connection
from decision766.sources.periods import Period
from decision766.warehouse.connect import database_url, libpq_url, warehouse_engine

DATABASE = "decision766_score"
UNITS_SHOWN = 3


def score(
    inbox: Annotated[Path, typer.Option(help="Folder of newline-delimited JSON (formats: docs/records.md).")],
    period: Annotated[str, typer.Option(help="2026-08, 2026-Q3 or 2026.")],
    evaluated_at: Annotated[
        str, typer.Option(help="Judge open dossiers at this instant; the period's end, or now, if left out.")
    ] = "",
    format: Annotated[Format, typer.Option(help="How to write the scorecards.")] = Format.TABLE,
) -> None:
    """Score your own exchange-format records; the folder alone decides the result.

    Uses a database of its own, made anew each time. Files in the folder are read, never changed.

    Example: decision766 score --inbox examples/inbox-sample --period 2026-08
    """
    asked = read_period(period)
    instant = read_instant(evaluated_at) if evaluated_at else end_or_now(asked)
    settings = get_settings()
    folder = _folder(inbox)
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        recreate_database(settings, DATABASE)
        engine = warehouse_engine(DATABASE, settings)
        migrate_warehouse(engine)
        run_id = f"score__{instant.isoformat()}"
        _ingest(engine, settings, folder, run_id=run_id, observed_at=instant)
        _build(engine, instant, run_id, settings)
        print_summary(engine, run_id)
        _tell_missing(engine, _inbox(settings))
        _show(engine, asked, format)
        if format is Format.TABLE:
            _show_targets(engine, asked)
        engine.dispose()
    url = libpq_url(database_url(DATABASE, settings))
    err.print(
        f"\nOne unit:   [bold]decision766 scorecard --database {DATABASE} --unit CODE "
        f"--period {asked.label}[/]\n"
        f"Targets:    [bold]decision766 targets --database {DATABASE} --period {asked.label} --units[/]\n"
        f"The marts:  [bold]decision766 db start && psql {url}[/]\n"
        "            schema marts; audit.quarantine says why a row was set aside",
        soft_wrap=True,
    )


def _inbox(settings: Settings) -> FileDropSource:
    config = find_source(settings.sources_folder, "inbox")
    if not isinstance(config, FileDropSource):
        raise CommandError("Source inbox is not of family file_drop.", "Mend include/sources/inbox.yaml.")
    return config


def _folder(inbox: Path) -> Path:
    folder = inbox.expanduser().resolve()
    if not folder.is_dir():
        beside = folder.parent.iterdir() if folder.parent.is_dir() else ()
        names = [entry.name for entry in beside if entry.is_dir() and not entry.name.startswith(".")]
        near = difflib.get_close_matches(folder.name, names, n=3, cutoff=0.5)
        hint = f"Did you mean {', '.join(near)}? " if near else ""
        raise CommandError(f"There is no folder {folder}.", f"{hint}Name the folder that holds the files.")
    if not any(entry.is_file() for entry in folder.iterdir()):
        raise CommandError(
            f"The folder {folder} holds no file.",
            "Put dossiers.ndjson there, and units, procedures, … where you have them (docs/records.md).",
        )
    return folder


def _ingest(
    engine: Engine, settings: Settings, folder: Path, *, run_id: str, observed_at: dt.datetime
) -> None:
    from decision766.pipeline.ingest import ingest_source
    from decision766.pipeline.prove import validate_source

    config = _inbox(settings)
    # The folder's landing goes with its database: what an earlier call landed is another world's.
    own = settings.model_copy(update={"landing_url": str(settings.home / "landing-score")})
    summary = ingest_source(
        engine, config, Connection(base_url=str(folder)), run_id=run_id, observed_at=observed_at, settings=own
    )
    if summary.notes:
        err.print("[yellow]Note:[/] " + "; ".join(summary.notes), soft_wrap=True)
    if summary.unparseable:
        err.print(
            f"[yellow]không đọc được · unreadable[/] {summary.unparseable} lines are no JSON object "
            "and were left out (where and why: audit.unparseable)"
        )
    if summary.failures:
        raise CommandError(
            "\n".join(summary.failures), "Mend the files named above and run the command again."
        )
    if not summary.rows_received:
        raise CommandError(
            f"No record was found in {folder}.",
            "Files are known by their names: dossiers*.ndjson, units*.ndjson, … (docs/records.md).",
        )
    validate_source(engine, config.id, settings=settings)


def _build(engine: Engine, instant: dt.datetime, run_id: str, settings: Settings) -> None:
    import time

    from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation, prove_marts

    began = time.monotonic()
    evaluation_id = open_evaluation(engine, evaluated_at=instant, run_id=run_id, settings=settings)
    if evaluation_id is None:
        raise CommandError("No batch was accepted: there is nothing to score.", "The reasons are above.")
    # A trial publishes nothing: its database is made anew by each call, and a ledger never is.
    build_marts(engine, evaluation_id, database=DATABASE, settings=settings, to_publish=False)
    prove_marts(engine, evaluation_id, settings=settings)
    close_evaluation(engine, evaluation_id)
    step(f"Scored as at {instant.isoformat()}", time.monotonic() - began)


def _tell_missing(engine: Engine, config: FileDropSource) -> None:
    """Name the entities without a file: what needs them is null with the reason no_source, never 0."""
    from sqlalchemy import text

    with engine.connect() as connection:
        present = set(connection.execute(text("select distinct entity from audit.batch")).scalars())
    missing = [
        f"{item.entity} ({item.files}.ndjson)" for item in config.entities if item.entity not in present
    ]
    if missing:
        err.print(f"[yellow]không có nguồn · no source[/] for {', '.join(missing)}", soft_wrap=True)


def _show(engine: Engine, period: Period, format: Format) -> None:
    from decision766.reporting.scorecard import list_scored_units

    with engine.connect() as connection:
        units = list_scored_units(connection, period.grain, period.start)
    if not units:
        raise CommandError(
            f"No unit has a scorecard for {period.label}.",
            "Does units*.ndjson name the units with which the dossiers' numbers begin?",
        )
    if format is Format.JSON and len(units) > 1:
        _show_json(engine, units, period)
        return
    shown = units if format is not Format.TABLE else units[:UNITS_SHOWN]
    for unit in shown:
        show(engine, unit, period.label, format)
    if len(units) > len(shown):
        err.print(f"{len(units) - len(shown)} more units: {', '.join(units[len(shown) :][:20])}")


def _show_targets(engine: Engine, period: Period) -> None:
    from decision766.cli.targets import show_targets
    from decision766.reporting.scorecard import list_scored_units

    with engine.connect() as connection:
        units = list_scored_units(connection, period.grain, period.start)
    with contextlib.suppress(CommandError):  # no plan runs in the period: nothing to set beside it
        show_targets(engine, "", period, provinces={unit.partition(".")[0] for unit in units})


def _show_json(engine: Engine, units: list[str], period: Period) -> None:
    from decision766.reporting.scorecard import load_scorecard, to_json

    cards = [json.loads(to_json(load_scorecard(engine, unit, period.label))) for unit in units]
    typer.echo(json.dumps(cards, ensure_ascii=False, indent=2))
