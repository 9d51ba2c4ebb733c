"""`decision766 run`: from source systems to scorecards, once, leaving nothing running."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from sqlalchemy import Engine

from decision766.cli.console import CommandError, err, migrate_warehouse, out, step
from decision766.cli.outcomes import print_shortfalls, print_sources
from decision766.cli.periods import read_period
from decision766.cli.progress import Progress, follow
from decision766.cli.scorecard import Format, show
from decision766.platform.airflow import migrate_airflow
from decision766.platform.errors import tidy
from decision766.platform.stack import DAG_RUN, Stack, stopping_at_the_end
from decision766.settings import get_settings
from decision766.sources.config import load_sources
from decision766.warehouse.connect import warehouse_engine

DAGS = ("ingest_national_portal", "ingest_provincial_systems", "build_indicator_marts")
RETENTION = "enforce_retention"
REPORTS = ("report_campaign_weekly", "report_quarterly")
SHOWN = ("H12", "H17", "H29", "H44")


def run(
    period: Annotated[
        str, typer.Option(help="Period of the scorecards shown; the running year if left out.")
    ] = "",
    dossiers: Annotated[
        int, typer.Option(help="Size of the synthetic world, in dossiers.", min=600)
    ] = 50_000,
    all_sources: Annotated[
        bool,
        typer.Option("--all-sources", help="Read the sources too that are not enabled: all six families."),
    ] = False,
) -> None:
    """Sources to scorecards, once: start what is needed, run the three DAGs, print, stop it all again.

    Running it again changes no result. What already runs (after `up`) is used and left running.
    --all-sources reads a province by several interfaces; what comes twice counts once (docs/sources.md).

    Example: decision766 run --period 2026-08
    """
    settings, began = get_settings(), time.monotonic()
    asked = read_period(period).label if period else ""
    with _alone(settings.home), stopping_at_the_end(settings) as stack:
        sources = _all_sources(stack) if all_sources else []
        _prepare(stack, dossiers, filled=all_sources)
        present = stack.stand_in_present()
        progress, code = _run_dags(stack, present, sources)
        failed = _tell_failures(progress, code, stack)
        if not failed and ("build_indicator_marts", "dbt_build", -1) not in progress.lines:
            step("Nothing new came: the marts stay as they were")
        engine = warehouse_engine(settings=settings)
        print_sources(engine, progress.run_ids)
        print_shortfalls(engine)
        shown = asked or present[:4]
        _show(engine, shown, is_complete=failed is None)
        engine.dispose()
        started = list(stack.started)
    step(
        f"Done; stopped: {', '.join(started) or 'nothing (it was running before)'}", time.monotonic() - began
    )
    _where_next(shown)
    if failed:
        raise CommandError(failed[0], failed[1])


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the state folder's run lock, which the system takes back from a process that ends."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CommandError(
            "Another `decision766 run` is at work in this folder.",
            "Wait until it has ended, or stop it (Ctrl-C in its terminal).",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _all_sources(stack: Stack) -> list[str]:
    """Ids of every source that has a connection; says which have none and are left out."""
    found = load_sources(stack.settings.sources_folder, enabled_only=False)
    environment = stack.environment
    usable = [source.id for source in found if environment.get(f"AIRFLOW_CONN_{source.connection.upper()}")]
    if without := [f"{source.id} ({source.connection})" for source in found if source.id not in usable]:
        step(f"Left out, for no connection is set: {', '.join(without)}")
    return usable


def _prepare(stack: Stack, dossiers: int, *, filled: bool) -> None:
    """Start and migrate everything; the stand-in makes its world meanwhile."""
    began = time.monotonic()
    with err.status("PostgreSQL …"):
        started = stack.start_database()
    port = stack.settings.database_port
    where = "external" if stack.settings.database_url else f"port {port}"
    step(f"PostgreSQL {'started' if started else 'was there'} ({where})", time.monotonic() - began)
    began = time.monotonic()
    stack.launch_stand_in("--dossiers", str(dossiers), filled=filled)
    with err.status("Schemas raw and audit, and Airflow's own …"):
        engine = warehouse_engine(settings=stack.settings)
        migrate_warehouse(engine)
        engine.dispose()
        migrate_airflow(stack.settings, stack.environment)
    step("Databases migrated", time.monotonic() - began)
    with err.status("Stand-in sources (a synthetic world of three provinces, and recorded Phú Thọ) …"):
        stack.wait_for_stand_in()
    step(f"Stand-in sources answer (port {stack.settings.simulator_port})", time.monotonic() - began)


def _run_dags(stack: Stack, present: str, sources: list[str]) -> tuple[Progress, int]:
    """Run the DAGs in one Airflow process and show them as they go. sources: none means all enabled."""
    settings = stack.settings
    logs = settings.home / "logs"
    events = logs / "dag-events.jsonl"
    events.unlink(missing_ok=True)
    script = settings.project_root / "plugins" / "decision766_airflow" / "run_once.py"
    asked = [option for source in sources for option in ("--source", source)]
    command = [sys.executable, str(script), "--events", str(events), "--evaluated-at", present, *asked, *DAGS]
    supervisor = stack.supervisor
    supervisor.stop(DAG_RUN)  # of a run that was killed
    _log(stack).unlink(missing_ok=True)
    _, process = supervisor.launch(DAG_RUN, command, environment=stack.environment, cwd=settings.project_root)
    stack.started.append(DAG_RUN)
    progress = follow(err, events, lambda: process.poll() is None)
    stack.started.remove(DAG_RUN)
    return progress, process.wait()


def _log(stack: Stack) -> Path:
    return stack.settings.home / "logs" / f"{DAG_RUN}.log"


def _tell_failures(progress: Progress, code: int, stack: Stack) -> tuple[str, str] | None:
    """Name what failed. Scorecards are shown after a failed source, but not after a failed build."""
    if code == 0:
        return None
    causes = [line for line in progress.failed() if line.task != "summarise"]  # it repeats the others
    for line in causes or progress.failed():
        err.print(f"[red]✗ {line.dag} {line.name}[/]: {line.error}", soft_wrap=True)
    for error in progress.errors:
        err.print(f"[red]✗[/] {error}", soft_wrap=True)
    names = ", ".join(dict.fromkeys(line.dag for line in progress.failed())) or "a DAG"
    failure = f"{names} failed (exit code {code})."
    step_next = f"The whole log: {tidy(_log(stack))}. Mend the cause and run again: what was read is kept."
    built = progress.dags.get("build_indicator_marts") == "success"
    if not built:
        raise CommandError(failure, step_next)
    return failure, step_next


def _show(engine: Engine, period: str, *, is_complete: bool) -> None:
    """Print the scorecards; a unit that has none is an error only when every source was read."""
    from decision766.reporting.lookup import NotFoundInMarts

    for unit in SHOWN:
        try:
            show(engine, unit, period, Format.TABLE)
        except NotFoundInMarts as error:
            if is_complete:
                raise
            err.print(f"[yellow]{unit}:[/] {error}", soft_wrap=True)


def _where_next(period: str) -> None:
    from decision766.warehouse.dbt_docs import docs_page

    out.print(
        "\n[bold]Where to look next[/]\n"
        f"  validation reports       {tidy(get_settings().reports_root / 'validation' / 'index.html')}\n"
        f"  models and columns       {tidy(docs_page(get_settings()))}\n"
        f"  another unit, as JSON    decision766 scorecard --unit H12.03 --period {period} --format json\n"
        '  the marts, in SQL        decision766 db start && psql "$(decision766 db url)"\n'
        "  the DAGs, in Airflow     make up\n"
        "  your own records         decision766 score --inbox examples/inbox-sample --period 2026-08\n"
        "  how it is computed       docs/readings.md, README.md",
        soft_wrap=True,
    )
