"""`decision766 targets`: targets of published plans against what was measured."""

from collections.abc import Collection
from typing import Annotated

import typer
from sqlalchemy import Engine

from decision766.cli.console import CommandError, err, out
from decision766.cli.periods import read_period
from decision766.cli.scorecard import Format
from decision766.platform.databases import database_exists
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.sources.periods import Period
from decision766.warehouse.connect import warehouse_engine


def targets(
    unit: Annotated[
        str, typer.Option(help="Unit code or exact name; a province stands for all below it.")
    ] = "",
    period: Annotated[str, typer.Option(help="Targets that run in 2023-04, 2023-Q2 or 2023.")] = "",
    format: Annotated[Format, typer.Option(help="How to write them.")] = Format.TABLE,
    units: Annotated[bool, typer.Option("--units", help="In the table, a line for every unit too.")] = False,
    database: Annotated[str, typer.Option(help="Another database, such as decision766_score.")] = "",
) -> None:
    """Show targets of published plans: wanted, measured, gap, pace and forecast, by level and unit.

    JSON and CSV hold every figure. How to add a plan: docs/targets.md.

    Example: decision766 targets --unit H12 --period 2023 --database decision766_score
    """
    asked = read_period(period) if period else None
    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(
                f"There is no database {database}.", "`decision766 score --inbox …` makes decision766_score."
            )
        show_targets(warehouse_engine(database or None, settings), unit, asked, format, units=units)


def show_targets(
    engine: Engine,
    unit: str,
    period: Period | None,
    format: Format = Format.TABLE,
    *,
    units: bool = False,
    provinces: Collection[str] | None = None,
) -> None:
    """Print the targets of a unit (all where it is empty) that share a day with the period.

    provinces: show these only; None: all.

    Raises:
        UnknownUnit: with near matches.
        CommandError: no target runs in the period.
    """
    from decision766.reporting.targets import TargetsAsked, load_targets, resolve_unit, to_csv, to_json
    from decision766.reporting.targets_text import render_targets

    code = resolve_unit(engine, unit) if unit else None
    asked = TargetsAsked(code, period.start if period else None, period.end if period else None)
    lines = [
        line for line in load_targets(engine, asked) if provinces is None or line.province_code in provinces
    ]
    if not lines:
        of = f" of {code}" if code else ""
        when = f" in {period.label}" if period else ""
        raise CommandError(f"No target{of} runs{when}.", "A plan is added by rows: docs/targets.md.")
    if format is not Format.TABLE:
        typer.echo((to_json(lines) if format is Format.JSON else to_csv(lines)).rstrip("\n"))
        return
    of_unit = code is not None and all(line.row_kind == "unit" for line in lines)
    out.print(render_targets([line for line in lines if units or of_unit or line.row_kind == "level"]))
    _tell_doubts(engine)


def _tell_doubts(engine: Engine) -> None:
    """Say which stated measures serve no target, and which units' levels are read from codes alone."""
    from decision766.reporting.targets import levels_by_guess, unused_statements

    if unused := unused_statements(engine):
        err.print(
            f"[yellow]số liệu không dùng · stated, but no target asks for it[/] {', '.join(unused)} "
            "(codes: dbt_project/seeds/target_measures.csv)",
            soft_wrap=True,
        )
    if guessed := levels_by_guess(engine):
        err.print(
            f"[yellow]cấp suy từ mã · level read from the code alone[/] {', '.join(guessed[:10])}"
            f"{', …' if len(guessed) > 10 else ''}: a code of two parts is a district where communes stand "
            "below it, else a department; a file units*.ndjson says it for certain",
            soft_wrap=True,
        )
