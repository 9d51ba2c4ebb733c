"""`decision766 quarantine`: what was set aside and why; how it comes back, and what that does to scores."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from decision766.cli.console import CommandError, err, migrate_warehouse, out, step
from decision766.cli.periods import read_instant
from decision766.cli.quarantine_view import (
    Output,
    change_json,
    entry_json,
    page_json,
    print_change,
    print_entry,
    print_page,
)
from decision766.platform.databases import database_exists
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import warehouse_engine

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from decision766.quarantine import Moves, Selection

app = typer.Typer(
    help="Rows set aside: list them, show one, replay the rules, waive one; with the effect on scores.",
    no_args_is_help=True,
)

Source = Annotated[str, typer.Option(help="Only of this source.")]
Entity = Annotated[str, typer.Option(help="Only of this kind of record, such as dossier.")]
RuleId = Annotated[str, typer.Option(help="Only under this rule, such as dossier.unit_code.known.")]
Unit = Annotated[str, typer.Option(help="Only of this unit and the units below it.")]
Since = Annotated[str, typer.Option(help="Only first seen since this date or instant (ISO 8601).")]
Database = Annotated[str, typer.Option(help="Another database, such as decision766_score.")]
Preview = Annotated[bool, typer.Option("--preview", help="Show what would happen; keep nothing.")]
Effect = Annotated[
    bool, typer.Option(help="Work out what it does to the scores (builds the marts on trial).")
]
Written = Annotated[Output, typer.Option("--format", help="How to write it.")]
Ids = Annotated[list[int], typer.Argument(help="Ids as `list` shows them.")]
STATES = ("open", "superseded", "replayed", "waived", "all")


@app.command(name="list")
def list_(
    *,
    source: Source = "",
    entity: Entity = "",
    rule: RuleId = "",
    unit: Unit = "",
    state: Annotated[str, typer.Option(help=f"One of {', '.join(STATES)}.")] = "open",
    since: Since = "",
    limit: Annotated[int, typer.Option(help="Entries to a page.", min=1, max=10_000)] = 50,
    after: Annotated[int, typer.Option(help="Begin after this id: the next page.", min=0)] = 0,
    format: Written = Output.TABLE,
    database: Database = "",
) -> None:
    """List what stands in quarantine, with counts by rule.

    Example: decision766 quarantine list --unit H12 --since 2026-09-01
    """
    from decision766.quarantine import list_entries

    if state not in STATES:
        raise CommandError(f"«{state}» is no state.", f"Name one of {', '.join(STATES)}.")
    asked = _selection(
        source=source,
        entity=entity,
        rule=rule,
        unit=unit,
        since=since,
        state="open" if state == "superseded" else state,
    )
    with _warehouse(database) as (engine, _), engine.connect() as connection:
        page = list_entries(
            connection, asked, superseded=True if state == "superseded" else None, limit=limit, after=after
        )
    if format is Output.JSON:
        typer.echo(page_json(page))
    else:
        print_page(page)


@app.command()
def show(
    entry: Annotated[int, typer.Argument(help="Id as `list` shows it.")],
    format: Written = Output.TABLE,
    database: Database = "",
) -> None:
    """Show one entry: the record as landed, the rule, where it came from, its history, what it touches.

    Example: decision766 quarantine show 17
    """
    from decision766.quarantine import show_entry
    from decision766.validation.rules import load_suites

    with _warehouse(database) as (engine, settings), engine.connect() as connection:
        suites = load_suites(settings.project_root / "expectations")
        shown = show_entry(connection, entry, suites=suites, settings=settings)
    if format is Output.JSON:
        typer.echo(entry_json(shown))
    else:
        print_entry(shown)


@app.command()
def replay(
    entries: Annotated[list[int] | None, typer.Argument(help="Ids; everything open if none.")] = None,
    *,
    source: Source = "",
    entity: Entity = "",
    rule: RuleId = "",
    unit: Unit = "",
    since: Since = "",
    by: Annotated[str, typer.Option(help="Who does it; the login name if left out.")] = "",
    preview: Preview = False,
    effect: Effect = True,
    format: Written = Output.TABLE,
    database: Database = "",
) -> None:
    """Run the present rules on what is set aside and let in what passes, with the effect on scores.

    Example: decision766 quarantine replay --rule dossier.procedure_code.known --preview
    """
    from decision766.quarantine import replay as run
    from decision766.validation.rules import load_suites

    asked = _selection(tuple(entries or ()), source=source, entity=entity, rule=rule, unit=unit, since=since)
    suites = load_suites(get_settings().project_root / "expectations")
    action = partial(run, suites=suites, selection=asked, author=by or getpass.getuser())
    _change(action, preview=preview, effect=effect, format=format, database=database)


@app.command()
def waive(
    entries: Ids,
    *,
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    reason: Annotated[str, typer.Option(help="Why the row counts despite the rule; no personal data.")],
    undo: Annotated[bool, typer.Option("--undo", help="Withdraw the waivers of these ids.")] = False,
    whole_row: Annotated[
        bool, typer.Option("--whole-row", help="All open entries of these rows, not only these.")
    ] = False,
    preview: Preview = False,
    effect: Effect = True,
    format: Written = Output.TABLE,
    database: Database = "",
) -> None:
    """Let rows in despite the rule, or withdraw that; who and why stay on record.

    Example: decision766 quarantine waive 17 --by "Trần An" --reason "Biên nhận giấy số 12 xác nhận ngày"
    """
    from decision766.quarantine import unwaive
    from decision766.quarantine import waive as let_in

    if undo:
        action = partial(unwaive, ids=entries, author=by, reason=reason)
    else:
        action = partial(let_in, ids=entries, author=by, reason=reason, whole_row=whole_row)
    _change(action, preview=preview, effect=effect, format=format, database=database)


def _change(
    action: "Callable[[Connection], Moves]", *, preview: bool, effect: bool, format: Output, database: str
) -> None:
    from decision766.quarantine import carry_out

    told = "Trying it, and building the marts on trial …" if effect else "Trying it …"
    with _warehouse(database) as (engine, settings), err.status(told):
        change = carry_out(engine, action, settings=settings, preview=preview, with_effect=effect)
    if format is Output.JSON:
        typer.echo(change_json(change))
        return
    print_change(change)
    if change.is_made and not change.moves.is_nothing:
        out.print("The marts take it in with their next build: decision766 run, or DAG build_indicator_marts")
    elif not change.is_made:
        step("Preview: nothing was kept")


def _selection(
    ids: tuple[int, ...] = (),
    *,
    source: str,
    entity: str,
    rule: str,
    unit: str,
    since: str,
    state: str = "",
) -> "Selection":
    from decision766.quarantine import Selection

    return Selection(
        ids=ids,
        source=source or None,
        entity=entity or None,
        rule=rule or None,
        unit=unit.upper() or None,
        since=read_instant(since) if since else None,
        state=state if state in ("open", "replayed", "waived") else None,  # type: ignore[arg-type]
    )


@contextmanager
def _warehouse(database: str) -> "Iterator[tuple[Engine, Settings]]":
    """The warehouse, or another database of it, brought to this version; settings that name it."""
    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(
                f"There is no database {database}.", "`decision766 db start` shows the server."
            )
        own = settings.model_copy(update={"warehouse_database": database or settings.warehouse_database})
        engine = warehouse_engine(settings=own)
        migrate_warehouse(engine)
        try:
            yield engine, own
        finally:
            engine.dispose()
