"""`decision766 explain`: why a number is what it is, down to the landed line."""

from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy import Engine

from decision766.cli.console import CommandError, err, out
from decision766.cli.scorecard import Format
from decision766.platform.databases import database_exists
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.warehouse.connect import warehouse_engine

CASES_IN_TEXT = 10


class Lang(StrEnum):
    """Vietnamese with English beside it, or English alone."""

    VI = "vi"
    EN = "en"


def explain(  # noqa: PLR0917 - one for each option
    unit: Annotated[str, typer.Option(help="Unit code or name: H12.07, Cà Mau.")] = "",
    indicator: Annotated[str, typer.Option(help="Indicator, 1.1 to 5.3.")] = "",
    period: Annotated[str, typer.Option(help="2026-08, 2026-Q3 or 2026.")] = "",
    procedure: Annotated[
        str, typer.Option(help="One procedure, where the indicator exists by procedure.")
    ] = "*",
    dossier: Annotated[str, typer.Option(help="Follow one dossier instead, by its code.")] = "",
    cases: Annotated[
        int, typer.Option(help="How many cases the table lists; JSON and CSV hold them all.", min=0)
    ] = CASES_IN_TEXT,
    format: Annotated[Format, typer.Option(help="How to write it.")] = Format.TABLE,
    lang: Annotated[Lang, typer.Option(help="vi: Vietnamese with English beside it; en: English.")] = Lang.VI,
    database: Annotated[str, typer.Option(help="Another database, such as decision766_score.")] = "",
) -> None:
    """Explain a number: the rule, the arithmetic, what counts and why, and the records behind it.

    Example: decision766 explain --unit H12.07 --indicator 2.1 --period 2026-08

    One dossier, from its landed line to every indicator it touches: decision766 explain --dossier CODE
    """
    if bool(dossier) == bool(unit or indicator or period) or (
        not dossier and not (unit and indicator and period)
    ):
        raise CommandError(
            "Name a unit, an indicator and a period, or a dossier.",
            "decision766 explain --unit H12 --indicator 2.1 --period 2026-08, "
            "or decision766 explain --dossier H12.07-260803-00001",
        )
    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(
                f"There is no database {database}.", "`decision766 score --inbox …` makes decision766_score."
            )
        engine = warehouse_engine(database or None, settings)
        english = lang is Lang.EN
        if dossier:
            _show_dossier(engine, dossier, format, english=english)
        else:
            _show_number(engine, (unit, indicator, period), procedure, cases, format, english=english)
        engine.dispose()


def _show_number(
    engine: Engine, asked: tuple[str, str, str], procedure: str, cases: int, format: Format, *, english: bool
) -> None:
    from decision766.reporting.explain import load_explanation
    from decision766.reporting.explain_files import explanation_csv, explanation_json
    from decision766.reporting.explain_text import render_explanation
    from decision766.reporting.wording import Language

    shown = cases if format is Format.TABLE else None
    explanation = load_explanation(engine, *asked, procedure=procedure, cases=shown)
    if format is Format.TABLE:
        out.print(render_explanation(explanation, Language(english)))
        return
    _tell_origin(explanation.value["data_origin"] if explanation.value else "recorded")
    text = explanation_json(explanation) if format is Format.JSON else explanation_csv(explanation)
    typer.echo(text.rstrip("\n"))


def _show_dossier(engine: Engine, dossier: str, format: Format, *, english: bool) -> None:
    from decision766.reporting.dossier_text import render_trail
    from decision766.reporting.explain import load_dossier_trail
    from decision766.reporting.explain_files import trail_csv, trail_json
    from decision766.reporting.wording import Language

    trail = load_dossier_trail(engine, dossier)
    if format is Format.TABLE:
        out.print(render_trail(trail, Language(english)))
        return
    _tell_origin(trail.dossier["data_origin"] if trail.dossier else "live")
    typer.echo((trail_json(trail) if format is Format.JSON else trail_csv(trail)).rstrip("\n"))


def _tell_origin(origin: str) -> None:
    if origin != "live":
        err.print(f"[yellow]These data are {origin}, not live.[/]")
