"""`decision766 keys`, `retention` and `erase`: what is kept of people, how long, and how it goes."""

import datetime as dt
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from decision766.cli.console import CommandError, migrate_warehouse, out, step
from decision766.cli.periods import read_instant
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import warehouse_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from decision766.retention import Plan

keys_app = typer.Typer(no_args_is_help=True, help="The keys of pseudonyms: list, rotate, forget.")
retention_app = typer.Typer(no_args_is_help=True, help="What is due to go: plan shows it, run takes it away.")
AsOf = Annotated[
    str, typer.Option(help="Count the terms back from here, ISO 8601 with offset; now if left out.")
]


@contextmanager
def _warehouse(settings: Settings) -> "Iterator[Engine]":
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        try:
            migrate_warehouse(engine)
            yield engine
        finally:
            engine.dispose()


@keys_app.command("list")
def list_keys() -> None:
    """List the keys by their ids, and how many raw values stand under each. Never shows a key.

    Example: decision766 keys list
    """
    from rich.table import Table

    from decision766.privacy import load_keys
    from decision766.retention.usage import values_by_key

    settings = get_settings()
    keys = load_keys(settings)
    with _warehouse(settings) as engine:
        used = values_by_key(engine)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("key id", "use", "values in raw"):
        table.add_column(name)
    known = [(keys.pseudonym, "pseudonyms, current"), *((key, "pseudonyms, retired") for key in keys.retired)]
    for key, use in [*known, (keys.event, "event identity, never rotates")]:
        table.add_row(key.key_id, use, str(used.pop(key.key_id, 0)))
    for key_id, count in sorted(used.items()):
        table.add_row(key_id, "[red]no key of this id is here[/]", str(count))
    out.print(table)


@keys_app.command()
def rotate() -> None:
    """Make a new key for new pseudonyms; the former ones are kept to find what was written under them.

    What is read again after this (overlap windows) comes once more, under the new key, with the same figures.

    Example: decision766 keys rotate
    """
    from decision766.privacy import rotate_pseudonym_key

    keys = rotate_pseudonym_key(get_settings())
    step(f"New pseudonyms are written under {keys.pseudonym.key_id}")
    step(f"Kept for what is there: {', '.join(key.key_id for key in keys.retired)}")


@keys_app.command()
def forget(key_id: Annotated[str, typer.Argument(help="A retired key.")]) -> None:
    """Take a retired key away for good, once nothing stands under it any more.

    Example: decision766 keys forget p1a2b3c4d
    """
    from decision766.landing import open_landing
    from decision766.privacy import forget_key
    from decision766.retention.usage import objects_under_key, values_by_key

    settings = get_settings()
    with _warehouse(settings) as engine:
        rows = values_by_key(engine).get(key_id, 0)
        objects = objects_under_key(engine, open_landing(settings), key_id)
    if rows or objects:
        raise CommandError(
            f"{rows} values in raw and {objects} landed objects stand under {key_id}: without it no deletion "
            f"request finds them.",
            "Retention takes them away in time: decision766 retention plan",
        )
    forget_key(key_id, settings)
    step(f"{key_id} is gone")


@retention_app.command("plan")
def show_plan(as_of: AsOf = "") -> None:
    """Show what would go, by rule, source and entity. Changes nothing.

    Example: decision766 retention plan --as-of 2030-01-01T00:00:00+07:00
    """
    settings = get_settings()
    with _warehouse(settings) as engine:
        _print_plan(_plan(engine, settings, as_of))


@retention_app.command("run")
def run_plan(as_of: AsOf = "") -> None:
    """Take away what is due, after showing it; manifests, hashes, rows and figures stay.

    Example: decision766 retention run
    """
    from decision766.landing import open_landing
    from decision766.retention import enforce, load_rules

    settings = get_settings()
    with _warehouse(settings) as engine:
        plan = _plan(engine, settings, as_of)
        if plan.as_of > dt.datetime.now(dt.UTC):
            raise CommandError(
                "--as-of lies ahead of the clock: what is not due yet is not taken.",
                "See what will be due with: decision766 retention plan --as-of …",
            )
        _print_plan(plan)
        done = enforce(engine, open_landing(settings), plan, load_rules(settings.retention_file))
    step(
        f"{done.objects} landed objects gone ({done.bytes} bytes), {done.rows} raw rows without their details"
    )


def erase(
    reference: Annotated[
        str, typer.Option(help="Number of the request in your register, such as 12/PYC-2026.")
    ],
) -> None:
    """Serve a deletion request: erase what stands for an identifier, which is read from standard input.

    Typed at a terminal it is not shown; it is never an argument, and stands in no log and no record. An
    identifier may be an identity number, a code of a paper, or a dossier number.

    Example: decision766 erase --reference 12/PYC-2026 < identifier.txt
    """
    from decision766.landing import open_landing
    from decision766.privacy import load_keys
    from decision766.retention import erase as erase_identifier

    settings = get_settings()
    given = getpass.getpass("Identifier (not shown): ") if sys.stdin.isatty() else sys.stdin.readline()
    with _warehouse(settings) as engine:
        done = erase_identifier(
            engine, open_landing(settings), load_keys(settings), given, reference=reference
        )
    for place, count in sorted(done.found.items()):
        out.print(f"  {count} × {escape(place)}", soft_wrap=True)
    told = (
        "erased what stood for it"
        if done.found
        else "nothing stands for it: names, numbers and addresses never land"
    )
    step(f"Request {done.reference}, erasure {done.erasure_id}: {told}")


def _plan(engine: "Engine", settings: Settings, as_of: str) -> "Plan":
    from decision766.landing import open_landing
    from decision766.retention import load_rules, make_plan

    instant = read_instant(as_of) if as_of else dt.datetime.now(dt.UTC)
    return make_plan(engine, open_landing(settings), load_rules(settings.retention_file), as_of=instant)


def _print_plan(plan: "Plan") -> None:
    from rich.table import Table

    if plan.is_empty:
        step(f"Nothing is due on {plan.as_of:%Y-%m-%d}")
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("rule", "kept", "source", "entity", "from", "to", "objects", "bytes", "raw rows"):
        table.add_column(name)
    for due in plan.due:
        table.add_row(
            *(due.rule.id, f"{due.rule.keep_days} days", due.source_id, due.entity),
            *(f"{due.oldest:%Y-%m-%d}", f"{due.newest:%Y-%m-%d}"),
            *(str(len(due.objects)), str(due.bytes), str(due.rows)),
        )
    out.print(table)
    if plan.unfinished:
        out.print(f"[yellow]![/] {plan.unfinished} removals broke off and will be finished")
