"""`decision766 gain`: the cheapest way to a wanted total, case by case."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from sqlalchemy import Engine

from decision766.cli.console import CommandError, err, out
from decision766.cli.explain import Lang
from decision766.cli.scorecard import Format
from decision766.platform.databases import database_exists
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.warehouse.connect import warehouse_engine

CASES_IN_TEXT = 5


def gain(  # noqa: PLR0917 - one for each option
    unit: Annotated[str, typer.Option(help="Unit code or name: H12.07, Cà Mau.")],
    period: Annotated[str, typer.Option(help="2026-08, 2026-Q3 or 2026.")],
    to: Annotated[str, typer.Option(help="The wanted total, 80 or 80,5; by default the next band's.")] = "",
    cases: Annotated[
        int, typer.Option(help="How many cases the table lists per indicator; JSON and CSV hold all.", min=0)
    ] = CASES_IN_TEXT,
    format: Annotated[Format, typer.Option(help="How to write it.")] = Format.TABLE,
    lang: Annotated[Lang, typer.Option(help="vi: Vietnamese with English beside it; en: English.")] = Lang.VI,
    database: Annotated[str, typer.Option(help="Another database, such as decision766_score.")] = "",
) -> None:
    """Find the fewest cases that raise a unit's total to a wanted one, and list them: what to do by Friday.

    Only what can still be put right is offered: a dossier that is late already stays late. A case may cost
    more than another: column effort of dbt_project/seeds/fixable_reasons.csv.

    Example: decision766 gain --unit H12.07 --period 2026-09 --to 80
    """
    wanted = read_total(to) if to else None
    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(
                f"There is no database {database}.", "`decision766 score --inbox …` makes decision766_score."
            )
        engine = warehouse_engine(database or None, settings)
        _show(engine, (unit, period, wanted), cases, format, english=lang is Lang.EN)
        engine.dispose()


def read_total(text: str) -> Decimal:
    """Read a total of 0 to 100 points, with a decimal point or comma.

    Raises:
        CommandError: it is none.
    """
    try:
        total = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        total = Decimal("NaN")
    if not total.is_finite() or not 0 <= total <= 100:
        raise CommandError(f"«{text}» is no total.", "Write points from 0 to 100: --to 80 or --to 80,5.")
    return total


def _show(
    engine: Engine, asked: tuple[str, str, Decimal | None], cases: int, format: Format, *, english: bool
) -> None:
    from decision766.reporting.gain import load_gain
    from decision766.reporting.gain_files import gain_csv, gain_json
    from decision766.reporting.gain_text import render_gain
    from decision766.reporting.wording import Language

    found = load_gain(engine, *asked)
    if format is Format.TABLE:
        out.print(render_gain(found, Language(english), cases))
        return
    if found.heading["data_origin"] != "live":
        err.print(f"[yellow]These data are {found.heading['data_origin']}, not live.[/]")
    typer.echo((gain_json(found) if format is Format.JSON else gain_csv(found)).rstrip("\n"))
