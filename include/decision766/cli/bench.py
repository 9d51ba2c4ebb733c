"""`decision766 bench`: measurements, behind `make bench-…`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from decision766.cli.console import CommandError, err, out

if TYPE_CHECKING:
    from decision766.bench.pages import Round
    from decision766.settings import Settings

app = typer.Typer(help="Measure what was promised about speed.", no_args_is_help=True)


@app.command()
def validate(
    rows: Annotated[int, typer.Option(help="Dossiers in the batch.")] = 1_000_000,
    turns: Annotated[int, typer.Option(help="How often each side runs; medians are compared.")] = 3,
) -> None:
    """Validate a batch by every rule of its suite, beside one SQL pass by hand, and write docs/benchmarks."""
    from decision766.bench.validate import MOST, bench_validate

    measured = bench_validate(rows, turns)
    for name, seconds in (("by hand", measured.by_hand), ("validation", measured.validation)):
        out.print(f"{name:<12}" + "".join(f"{item:>9.2f} s" for item in seconds))
    out.print(f"{measured.rules} rules, {measured.rows:,} rows: {measured.ratio:.2f} times one pass by hand")
    if measured.ratio > MOST:
        out.print(f"above the {MOST:.0f} times that are the aim")
        raise typer.Exit(1)


@app.command()
def ingest(
    rows: Annotated[int, typer.Option(help="Dossiers in the file.")] = 1_000_000,
    part: Annotated[int, typer.Option(help="Dossiers that dlt and pandas load of it.")] = 100_000,
    only_ours: Annotated[bool, typer.Option("--only-ours", help="Our time and memory alone.")] = False,
) -> None:
    """Load a file our way, beside COPY, dlt and pandas, and write docs/benchmarks."""
    from decision766.bench.ingest import bench_ingest, bench_memory

    taken = [bench_memory(rows)] if only_ours else bench_ingest(rows, part)
    for each in taken:
        out.print(
            f"{each.name:<14}{each.rate:>12,.0f} rows/s{each.seconds:>9.1f} s{each.peak_mb:>7.0f} MB"
            f"  {each.processes} process(es), {each.rows:,} rows"
        )


@app.command()
def http(
    dossiers: Annotated[int, typer.Option(help="Dossiers of the stand-in's world.")] = 60_000,
    turns: Annotated[int, typer.Option(help="How often each side runs; medians are compared.")] = 3,
) -> None:
    """Read the stand-in into raw, beside a bare reader of the same pages, and write docs/benchmarks."""
    from decision766.bench.http import SHARE, bench_http

    for measured in bench_http(dossiers, turns):
        out.print(
            f"replies {measured.replies}: {measured.rows:,} records, "
            f"the client at {measured.share:.2f} of the bare reader"
        )
        for name, seconds in (
            ("bare reader", measured.bare),
            ("our client", measured.client),
            ("into raw", measured.ours),
        ):
            out.print(f"  {name:<12}" + "".join(f"{item:>9.2f} s" for item in seconds))
    out.print(f"wanted: {SHARE}")


@app.command()
def marts(
    dossiers: Annotated[
        list[int], typer.Option(help="Dossiers of the history; give it twice to compare two.")
    ] = [1_000_000, 10_000_000],  # noqa: B006 - read, never changed
    provinces: Annotated[int, typer.Option(help="Provinces of the world.")] = 34,
    with_pages: Annotated[
        bool, typer.Option("--pages", help="Publish the last history and measure the pages on it.")
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the reports go; docs/benchmarks.")] = None,
) -> None:
    """Build the marts of a synthetic history, in full and after a day's change, and write docs/benchmarks."""
    from decision766.bench.marts import bench_marts
    from decision766.bench.pages import bench_pages

    def shown(settings: "Settings") -> None:
        _print_rounds(bench_pages(1_000, 16, settings=settings, folder=folder))

    for world in bench_marts(dossiers, provinces, folder=folder, shown=shown if with_pages else None):
        out.print(
            f"{world.rows:,}: floors {world.copy_floor:.1f} s and {world.aggregate_floor:.2f} s; raw to "
            f"fct_dossier {world.full.dossiers:.1f} s, other models {world.full.marts:.1f} s; a day's change "
            f"{world.change.models:.1f} s, an empty one {world.empty.models:.1f} s; {world.peak_mb:.0f} MB"
        )


@app.command()
def freshness(  # noqa: PLR0917 - options, given by name
    history: Annotated[int, typer.Option(help="Dossiers of the history.")] = 1_000_000,
    provinces: Annotated[int, typer.Option(help="Provinces that commit.", min=1, max=89)] = 34,
    changes: Annotated[int, typer.Option(help="Changes per province and minute.")] = 20,
    minutes: Annotated[float, typer.Option(help="How long they commit.")] = 15.0,
    every: Annotated[int, typer.Option(help="Minutes between two polls.")] = 1,
    folder: Annotated[Path | None, typer.Option(help="Where the report goes; docs/benchmarks.")] = None,
) -> None:
    """Commit changes under a running scheduler and time their way to the scorecard; write docs/benchmarks."""
    from decision766.bench.freshness import Asked, FreshnessError, bench_freshness
    from decision766.bench.freshness_report import MOST_SECONDS, SHARE

    asked = Asked(history, provinces, changes, minutes, every)
    with err.status("…") as shown:
        try:
            measured = bench_freshness(asked, shown.update, folder=folder)
        except FreshnessError as problem:
            raise CommandError(str(problem)) from None
    for name, share in (("median", 0.5), ("p95", SHARE), ("slowest", 1.0)):
        out.print(f"{name:<10}{measured.percentile(share):>8.0f} s")
    out.print(f"{len(measured.shown):,} changes shown, {measured.lost:,} not, {len(measured.builds)} builds")
    out.print(f"wanted: p95 {MOST_SECONDS:.0f} s")
    if measured.lost or measured.differing:
        raise typer.Exit(1)


@app.command()
def pages(
    requests: Annotated[int, typer.Option(help="Requests of each round.", min=1)] = 1_000,
    clients: Annotated[int, typer.Option(help="Readers at once.", min=1, max=64)] = 16,
    database: Annotated[str, typer.Option(help="Another database with marts.")] = "",
    folder: Annotated[Path | None, typer.Option(help="Where the report goes; docs/benchmarks.")] = None,
) -> None:
    """Ask the pages for many units, indicators and periods at once, and write docs/benchmarks."""
    from decision766.bench.pages import BenchmarkError, bench_pages
    from decision766.platform.stack import stopping_at_the_end
    from decision766.settings import get_settings

    with stopping_at_the_end(get_settings()) as stack:
        stack.start_database()
        try:
            rounds = bench_pages(requests, clients, database=database, folder=folder)
        except BenchmarkError as problem:
            raise CommandError(str(problem)) from None
    _print_rounds(rounds)
    if any(measured.errors for measured in rounds):
        raise typer.Exit(1)


def _print_rounds(rounds: "list[Round]") -> None:
    from decision766.bench.pages import MOST

    for measured in rounds:
        times = (measured.percentile(share) * 1000 for share in (0.5, 0.95, 1))
        shown = "  ".join(
            f"{name} {value:,.0f} ms" for name, value in zip(("p50", "p95", "max"), times, strict=True)
        )
        out.print(f"{measured.name:<42}{shown}  {measured.errors} errors")
    out.print(f"wanted: p95 {MOST * 1000:.0f} ms")
