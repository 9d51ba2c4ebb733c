"""`decision766 sources`: list them, look at one, let one be called again, write the schema for editors."""

import datetime as dt
import getpass
import json
import os
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from decision766.cli.console import CommandError, migrate_warehouse, out, step
from decision766.cli.periods import read_instant
from decision766.platform.stack import stopping_at_the_end
from decision766.platform.stand_in import all_stand_in_connections
from decision766.settings import get_settings
from decision766.sources.config import SourceConfig, find_source, load_sources
from decision766.sources.connections import ConnectionMissingError, connection_from_environment
from decision766.warehouse.connect import TIME_ZONE, warehouse_engine

if TYPE_CHECKING:
    from decision766.pipeline.check import EntityCheck, SourceCheck

app = typer.Typer(no_args_is_help=True, help="The source systems: list, check, reopen, schema of their YAML.")
_WORDS = {"yes": "[green]có · yes[/]", "no": "[red]không · no[/]", "unknown": "[dim]– · not told[/]"}


@app.command("list")
def list_sources() -> None:
    """List every source YAML: id, family, whom it speaks for, whether it is read by itself, its connection.

    rank: of several sources that hold the same record, the one with the lowest number speaks.

    Example: decision766 sources list
    """
    from rich.table import Table

    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("id", "family", "covers", "origin", "read", "rank", "connection"):
        table.add_column(name, justify="right" if name == "rank" else "left")
    settings = get_settings()
    stand_in = all_stand_in_connections(settings)
    for source in load_sources(settings.sources_folder, enabled_only=False):
        covers = ", ".join(source.covers[:4]) + (
            f" and {len(source.covers) - 4} more" if source.covers[4:] else ""
        )
        when = "every run" if source.enabled else "when asked for"
        if source.quiet_hours is not None:
            when += f", not {source.quiet_hours.from_}–{source.quiet_hours.to}"
        if os.environ.get(f"AIRFLOW_CONN_{source.connection.upper()}"):
            connection = "set"
        else:
            connection = "stand-in" if source.connection in stand_in else "[yellow]not set[/]"
        table.add_row(
            *(source.id, source.family, covers, source.data_origin, when),
            *(str(source.precedence), connection),
        )
    out.print(table)


@app.command()
def check(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Source ids; all that are enabled if none.")
    ] = None,
    evaluated_at: Annotated[
        str, typer.Option(help="The present, ISO 8601 with offset; now if left out.")
    ] = "",
    sample: Annotated[bool, typer.Option(help="Show one record per entity, without personal data.")] = True,
) -> None:
    """Say whether a source is reachable, lets us in, and what it offers. Loads nothing.

    Example: decision766 sources check province_h12
    """
    from decision766.pipeline.check import check_source

    settings = get_settings()
    folder = settings.sources_folder
    configs: list[SourceConfig] = (
        [find_source(folder, name) for name in sources] if sources else load_sources(folder)
    )
    present = read_instant(evaluated_at) if evaluated_at else dt.datetime.now(ZoneInfo(TIME_ZONE))
    environ = {
        **{
            f"AIRFLOW_CONN_{name.upper()}": value
            for name, value in all_stand_in_connections(settings).items()
        },
        **os.environ,
    }
    unusable = []
    for config in configs:
        try:
            connection = connection_from_environment(config.connection, environ, family=config.family)
        except ConnectionMissingError as error:
            out.print(f"[bold]{config.id}[/]  [red]✗[/] {escape(str(error))}", soft_wrap=True)
            unusable.append(config.id)
            continue
        found = check_source(config, connection, observed_at=present, settings=settings)
        _print(config, found, sample=sample)
        if not found.is_usable:
            unusable.append(config.id)
    if unusable:
        raise CommandError(
            f"{len(unusable)} of {len(configs)} sources cannot be read as they are: {', '.join(unusable)}.",
            "The causes are above. How a source is set up: docs/sources.md.",
        )


@app.command()
def reopen(
    source: Annotated[str, typer.Argument(help="A source that was refused.")],
) -> None:
    """Call a system again that refused us, before its cool-down is over.

    The other sources of its connection are called again too. Look first why it refused:
    audit.circuit_event and the last outcomes say so.

    Example: decision766 sources reopen portal_h44
    """
    from decision766.audit import reopen_circuit

    settings = get_settings()
    config = find_source(settings.sources_folder, source)
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        migrate_warehouse(engine)
        held = reopen_circuit(
            engine,
            config.connection,
            source_id=config.id,
            cause=f"reopened by {getpass.getuser()}",
            now=dt.datetime.now(dt.UTC),
        )
        engine.dispose()
    if held is None:
        step(f"{config.connection} was not closed to calls: nothing to do")
    else:
        step(f"{config.connection} may be called again; it refused {held.source_id}: {held.cause}")


@app.command()
def schema(
    write: Annotated[bool, typer.Option("--write", help="Write include/sources/source.schema.json.")] = False,
) -> None:
    """Print the JSON Schema of the source YAML, which editors read, or write it beside the YAMLs."""
    from decision766.sources.schema import source_schema, write_schema

    if write:
        out.print(str(write_schema(get_settings().sources_folder)))
    else:
        typer.echo(source_schema(), nl=False)


def _print(config: SourceConfig, found: "SourceCheck", *, sample: bool) -> None:
    out.print(f"[bold]{config.id}[/]  {escape(config.name)}  [dim]{config.family}, {config.data_origin}[/]")
    out.print(f"  reachable: {_WORDS[found.reachable]}   authenticated: {_WORDS[found.authenticated]}")
    for entity in found.entities:
        _print_entity(entity, sample=sample)
    for note in found.notes:
        out.print(f"  [yellow]![/] {escape(note)}", soft_wrap=True)


def _print_entity(entity: "EntityCheck", *, sample: bool) -> None:
    if entity.problem:
        out.print(f"  [red]✗[/] {entity.entity}: {escape(entity.problem)}", soft_wrap=True)
        return
    counts = ", ".join(f"{count} × {name}" for name, count in entity.records.items())
    out.print(f"  [green]✓[/] {entity.entity}: {counts or 'nothing'} in the first answer")
    if sample and entity.sample is not None:
        out.print(f"      {escape(_one_line(entity.sample))}", style="dim", soft_wrap=True)


def _one_line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, default=str, sort_keys=True)
