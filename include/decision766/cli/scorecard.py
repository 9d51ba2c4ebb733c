"""`decision766 scorecard`: one unit and period, as a table, JSON or CSV."""

import datetime as dt
from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy import Engine

from decision766.cli.console import CommandError, err, out
from decision766.cli.periods import read_instant
from decision766.platform.databases import database_exists
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.warehouse.connect import warehouse_engine


class Format(StrEnum):
    """How a scorecard is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def scorecard(
    unit: Annotated[str, typer.Option(help="Unit code or exact name: H12, H12.03, Cà Mau.")],
    period: Annotated[str, typer.Option(help="2026-08, 2026-Q3 or 2026.")],
    format: Annotated[Format, typer.Option(help="How to write it.")] = Format.TABLE,
    database: Annotated[str, typer.Option(help="Another database, such as decision766_score.")] = "",
    as_of: Annotated[
        str, typer.Option(help="As published at this instant (ISO 8601; local time without an offset).")
    ] = "",
) -> None:
    """Show the scorecard of one unit and period: computed beside published.

    With --as-of exactly what was published then, from the ledger (`decision766 ledger list`).

    Example: decision766 scorecard --unit H17 --period 2026-08 --format json
    """
    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(
                f"There is no database {database}.", "`decision766 score --inbox …` makes decision766_score."
            )
        instant = read_instant(as_of) if as_of else None
        show(warehouse_engine(database or None, settings), unit, period, format, as_of=instant)


def show(engine: Engine, unit: str, period: str, format: Format, *, as_of: dt.datetime | None = None) -> None:
    """Print one scorecard, as it stands or as it was published at an instant.

    Raises:
        UnknownUnit, UnknownPeriod: with near matches.
        NotInLedger: nothing was published at `as_of`.
    """
    from decision766.reporting.as_of import load_scorecard_as_of
    from decision766.reporting.render import render_table
    from decision766.reporting.scorecard import load_scorecard, to_csv, to_json

    card = (
        load_scorecard(engine, unit, period)
        if as_of is None
        else load_scorecard_as_of(engine, unit, period, as_of)
    )
    if format is Format.TABLE:
        out.print(render_table(card))
        return
    if card.data_origin != "live":
        err.print(f"[yellow]These data are {card.data_origin}, not live.[/]")
    text = to_json(card) if format is Format.JSON else to_csv(card)
    typer.echo(text.rstrip("\n"))
