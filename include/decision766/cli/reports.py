"""`decision766 reports`: pages for auditors and for developers, written from the database."""

from typing import Annotated

import typer

from decision766.cli.console import CommandError, migrate_warehouse, out, step
from decision766.platform.databases import database_exists
from decision766.platform.errors import tidy
from decision766.platform.stack import stopping_at_the_end
from decision766.settings import get_settings
from decision766.warehouse.connect import warehouse_engine

app = typer.Typer(help="Pages about the data: validation reports, documentation of the marts.")


@app.command()
def validation(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Write every page again, from the database alone.")
    ] = False,
    database: Annotated[str, typer.Option(help="Another database, such as decision766_score.")] = "",
) -> None:
    """Write the validation reports: what is new since the last time, unless --rebuild is given.

    Example: decision766 reports validation --rebuild
    """
    from decision766.reporting.validation import write_reports

    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        if database and not database_exists(settings, database):
            raise CommandError(f"There is no database {database}.", "Leave --database out for the warehouse.")
        engine = warehouse_engine(database or None, settings)
        migrate_warehouse(engine)
        folder = settings.reports_root / f"validation-{database}" if database else None
        summary = write_reports(engine, settings=settings, folder=folder, rebuild=rebuild)
        engine.dispose()
    step(f"Validation reports: {summary.runs} runs written, {summary.files} files", summary.seconds)
    out.print(tidy(summary.index), soft_wrap=True)


@app.command()
def marts() -> None:
    """Write the documentation of models and columns (dbt docs) as one page that works offline.

    Example: decision766 reports marts
    """
    from decision766.warehouse.dbt_docs import write_docs

    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        written = write_docs(settings=settings)
    step("Documentation of the marts", written.seconds)
    out.print(tidy(written.page), soft_wrap=True)


@app.command()
def verify() -> None:
    """Prove the files of every issued weekly and quarterly report against the ledger.

    Exit code 1, with the first file that is gone or is not what was issued. `ledger verify` does it too.

    Example: decision766 reports verify
    """
    from decision766.cli.ledger import ledger_engine
    from decision766.ledger.chain import Links, read_entries
    from decision766.ledger.reports import KIND, check_report

    settings, links, proved = get_settings(), Links(), 0
    with ledger_engine() as engine, engine.connect() as connection:
        for entry in read_entries(connection):
            links.follow(entry)
            if entry.kind == KIND:
                check_report(entry, settings.reports_archive_root)
                proved += 1
    step(f"Báo cáo nguyên vẹn · the files of {proved} issued reports are what was issued")
