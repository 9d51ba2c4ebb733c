"""`decision766 db`: the embedded PostgreSQL by itself."""

import time

import typer

from decision766.cli.console import migrate_warehouse, out, step
from decision766.platform.databases import ensure_database, start_server
from decision766.platform.stack import stop_service, stopping_at_the_end
from decision766.settings import get_settings
from decision766.warehouse.connect import database_url, libpq_url, warehouse_engine

app = typer.Typer(
    help="The embedded PostgreSQL: start, stop, URL for psql and BI tools.", no_args_is_help=True
)


@app.command()
def start() -> None:
    """Start the embedded PostgreSQL and leave it running.

    Example: decision766 db start && psql "$(decision766 db url)"
    """
    settings, began = get_settings(), time.monotonic()
    started = start_server(settings)
    ensure_database(settings, settings.warehouse_database)
    if settings.database_url:
        step("PostgreSQL is external (DECISION766_DATABASE_URL) and answers")
    elif started:
        step(f"PostgreSQL started on port {settings.database_port}", time.monotonic() - began)
    else:
        step(f"PostgreSQL already runs on port {settings.database_port}")
    out.print(libpq_url(database_url(settings=settings)), soft_wrap=True)


@app.command(name="migrate")
def migrate_all() -> None:
    """Make the databases of the warehouse and of Airflow, and bring both to this version.

    Example: decision766 db migrate
    """
    from decision766.platform.airflow import import_pools, migrate_airflow

    settings = get_settings()
    with stopping_at_the_end(settings) as stack:
        stack.start_database()
        engine = warehouse_engine(settings=settings)
        migrate_warehouse(engine)
        engine.dispose()
        step("Warehouse: raw and audit are up to date")
        migrate_airflow(settings, stack.environment)
        import_pools(settings, stack.environment)
        step("Airflow: metadata and pools are up to date")


@app.command()
def stop() -> None:
    """Stop the embedded PostgreSQL.

    Example: decision766 db stop
    """
    settings = get_settings()
    if settings.database_url:
        step("PostgreSQL is external (DECISION766_DATABASE_URL): it is not ours to stop")
    elif settings.home.is_dir() and stop_service(settings, "postgres"):
        step("PostgreSQL stopped")
    else:
        step("PostgreSQL was not running")


@app.command()
def url(
    database: str = typer.Option("", help="Name of the database; the warehouse if left out."),
) -> None:
    """Print the URL of the warehouse, for psql, BI tools and notebooks.

    Example: psql "$(decision766 db url)" -c 'select * from marts.mart_scorecard limit 5'
    """
    out.print(libpq_url(database_url(database or None, get_settings())), soft_wrap=True)
