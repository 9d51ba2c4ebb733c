"""`decision766 up`, `down`, `status`: Airflow with its UI, left running until told otherwise."""

import time
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from decision766.cli.console import err, migrate_warehouse, out, step
from decision766.cli.run import DAGS, REPORTS, RETENTION
from decision766.platform.airflow import SERVICE as AIRFLOW
from decision766.platform.airflow import AirflowApi, import_pools, is_healthy, migrate_airflow
from decision766.platform.airflow_env import ADMIN, airflow_secrets, airflow_url
from decision766.platform.postgres import EmbeddedPostgres
from decision766.platform.postgres_files import forget_files
from decision766.platform.processes import Supervisor
from decision766.platform.stack import STAND_IN, stop_all, stopping_on_failure
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import warehouse_engine

BY_HAND = ("replay_quarantine",)  # DAGs that wait for somebody


def up(
    dossiers: Annotated[
        int, typer.Option(help="Size of the synthetic world, in dossiers.", min=600)
    ] = 50_000,
) -> None:
    """Start PostgreSQL, the stand-in sources and Airflow; run the DAGs once; leave it all running.

    Example: decision766 up
    """
    settings = get_settings()
    with stopping_on_failure(settings) as stack:
        began = time.monotonic()
        stack.start_database()
        step(f"PostgreSQL answers (port {settings.database_port})", time.monotonic() - began)
        stack.launch_stand_in("--dossiers", str(dossiers), filled=True)
        with err.status("Schemas raw and audit, and Airflow's own …"):
            engine = warehouse_engine(settings=settings)
            migrate_warehouse(engine)
            engine.dispose()
            migrate_airflow(settings, stack.environment)
            import_pools(settings, stack.environment)
        with err.status("Stand-in sources …"):
            stack.wait_for_stand_in()
        step(f"Stand-in sources answer (port {settings.simulator_port})", time.monotonic() - began)
        with err.status("Airflow: scheduler, DAG processor, triggerer, API server …"):
            started = stack.start_airflow(DECISION766_EVALUATED_AT=stack.stand_in_present())
        step(f"Airflow {'is healthy' if started else 'was running already'}", time.monotonic() - began)
        if started:
            with err.status("DAGs …"):
                _start_dags(AirflowApi(settings))
            step("DAGs started: ingesting, then building the marts", time.monotonic() - began)
    out.print(
        f"\n[bold]Airflow[/]   {airflow_url(settings)}\n"
        f"user      {ADMIN}\npassword  {airflow_secrets(settings)['admin_password']}\n\n"
        "Data are synthetic or recorded, not live. Stop everything: make down",
        soft_wrap=True,
    )


def _start_dags(api: AirflowApi) -> None:
    """Let the DAGs run, the waiting and the woken one first, and see that each ingesting DAG runs once now.

    The schedule itself starts a DAG's first run; a DAG that ran before is triggered.
    """
    api.wait_for_dags([*DAGS, *BY_HAND, *REPORTS, RETENTION])
    for dag in (RETENTION, *REPORTS):  # their schedules alone start them
        api.unpause(dag)
    for dag in reversed([*DAGS, *BY_HAND]):
        ran_before = bool(api.runs(dag))
        api.unpause(dag)
        if ran_before and dag.startswith("ingest_"):
            api.trigger(dag, {})


def down(
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete the state folder too: data, logs, keys.")
    ] = False,
) -> None:
    """Stop what `up`, `run` or `db start` started from this folder, and nothing else.

    Example: decision766 down
    """
    settings = get_settings()
    stopped = stop_all(settings, lambda name, seconds: step(f"{name} stopped", seconds))
    if not stopped:
        step("Nothing of this project was running")
    if delete_data and settings.home.is_dir():
        import shutil

        forget_files(settings.home)
        shutil.rmtree(settings.home)
        step("State folder deleted")


def status() -> None:
    """Show what runs, on which ports, and when each source was last read.

    Example: decision766 status
    """
    settings = get_settings()
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("service", "state", "port", "process"):
        table.add_column(column)
    database_up = _database_row(settings, table)
    for name, port in ((STAND_IN, settings.simulator_port), (AIRFLOW, settings.airflow_port)):
        service = Supervisor(settings.home).find(name)
        state = "[green]running[/]" if service else "[dim]stopped[/]"
        if service and name == AIRFLOW and not is_healthy(settings):
            state = "[yellow]running, not healthy[/] (log: .decision766/logs/airflow.log)"
        table.add_row(name, state, str(port), str(service.pid) if service else "")
    out.print(table)
    if database_up:
        _sources(settings)
    else:
        out.print(
            "\nWhen the sources were last read stands in the database: decision766 db start", style="dim"
        )


def _database_row(settings: Settings, table: Table) -> bool:
    if settings.database_url:
        table.add_row("postgres", "[green]external[/] (DECISION766_DATABASE_URL)", "", "")
        return True
    server = EmbeddedPostgres(settings.home, settings.database_port).running()
    state = "[green]running[/]" if server else "[dim]stopped[/]"
    table.add_row(
        "postgres",
        state,
        str(server.port if server else settings.database_port),
        str(server.pid) if server else "",
    )
    return server is not None


def _sources(settings: Settings) -> None:
    """Print one line per source: origin, last attempt, what came, what is wrong."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("source", "origin", "last read", "entities", "rows new", "failing"):
        table.add_column(column, justify="right" if column in ("entities", "rows new") else "left")
    engine = warehouse_engine(settings=settings)
    try:
        with engine.connect() as connection:
            rows = connection.execute(_LAST_READ).all()
            built = connection.execute(_LAST_BUILD).one_or_none()
    except SQLAlchemyError:
        out.print("\nThe warehouse is not migrated yet: decision766 run", style="dim")
        return
    finally:
        engine.dispose()
    for row in rows:
        failing = f"[red]{row.failing}[/]" if row.failing else "[green]none[/]"
        last = f"{row.last_read:%Y-%m-%d %H:%M:%S}"
        table.add_row(row.source_id, row.data_origin, last, str(row.entities), f"{row.rows_new:,}", failing)
    out.print()
    out.print(table if rows else "No source has been read yet: decision766 run")
    if built:
        out.print(f"\nMarts: {built.status}, evaluated at {built.evaluated_at:%Y-%m-%d %H:%M %z}")


_LAST_READ = text("""
    with last as (
        select distinct on (source_id, entity) * from audit.outcome
        order by source_id, entity, outcome_id desc
    )
    select source.source_id, source.data_origin, max(last.finished_at) as last_read, count(*) as entities,
        coalesce(sum(last.rows_new), 0)::bigint as rows_new,
        string_agg(last.entity, ', ' order by last.entity)
            filter (where last.status in ('failed', 'blocked')) as failing
    from audit.source
    inner join last using (source_id)
    group by source.source_id, source.data_origin
    order by source.source_id
""")

_LAST_BUILD = text("select status, evaluated_at from audit.evaluation order by started_at desc limit 1")
