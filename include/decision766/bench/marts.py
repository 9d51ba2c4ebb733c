"""Measures the marts: full build, a day's change and an empty one, beside two floors on the same data.

The floors: copying the latest versions of the raw dossiers into a bare table, and one pass of the dossier
indicators' conditional aggregates over `fct_dossier` by unit and month. Everything runs in one go, on a
PostgreSQL of its own that is set as the project sets its own.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from decision766.bench.database import bench_warehouse
from decision766.bench.marts_contenders import Contender, duckdb_python, run_contenders
from decision766.bench.marts_fill import add_change, fill_world, run_script
from decision766.bench.report import write_report
from decision766.bench.watching import watched
from decision766.settings import Settings

COPY_TIMES, AGGREGATE_TIMES, CHANGE_TIMES, GROWTH, MOST_MB = 4.0, 20.0, 1.0, 1.3, 1000.0
CHANGED = 30_000
_MODULE = "decision766.bench.marts_build"
_FIRST_DAY, _NEXT_DAY = "2026-09-28T18:00:00+07:00", "2026-09-29T18:00:00+07:00"

_COPY = """
    create table bench.bare as
    select distinct on (dossier_code) * from raw.dossier
    order by dossier_code, version_at desc nulls last, status desc nulls last, row_hash desc
"""
_AGGREGATE = """
    select unit_code, date_trunc('month', received_at) as month,
        count(*), count(*) filter (where is_on_time), count(*) filter (where is_online),
        count(*) filter (where is_paid_online), count(*) filter (where has_result_link),
        count(*) filter (where has_component_file), count(*) filter (where is_reused),
        count(*) filter (where has_from_personal_store), count(*) filter (where has_population_mark),
        count(*) filter (where synced_at is not null)
    from marts.fct_dossier
    where not is_excluded
    group by 1, 2
"""


@dataclass(frozen=True)
class Built:
    """Seconds of one build by part, whether it followed the last one, and its slowest models."""

    dossiers: float
    marts: float
    follows: bool
    slowest: tuple[tuple[str, float], ...]
    tests: float = 0.0
    publication: float = 0.0

    @property
    def models(self) -> float:
        """Seconds of all models, without tests."""
        return self.dossiers + self.marts


@dataclass(frozen=True)
class World:
    """What one history took. copy_floor, aggregate_floor: seconds."""

    rows: int
    copy_floor: float
    aggregate_floor: float
    full: Built
    change: Built
    empty: Built
    peak_mb: float
    contenders: tuple[Contender, ...] = ()

    @property
    def change_alone(self) -> float:
        """Seconds of a day's change less those of an empty one."""
        return self.change.models - self.empty.models


def bench_marts(
    sizes: list[int],
    provinces: int,
    *,
    folder: Path | None = None,
    shown: Callable[[Settings], object] | None = None,
) -> list[World]:
    """Measure each history size, and write docs/benchmarks/marts.md and .svg.

    The first one's full build is tested too. shown: is called with the settings of the last warehouse, its
    marts built and published.
    """
    duckdb_python()  # what must be fetched is fetched before hours are spent
    worlds: list[World] = []
    for rows in sizes:
        with bench_warehouse() as (engine, settings):
            to_be_shown = shown if rows == sizes[-1] else None
            also = {
                "first": ["tests"] if rows == sizes[0] else [],
                "last": ["publish"] if to_be_shown else [],
            }
            worlds.append(_measure(engine, settings, rows, provinces, **also))
            _report(worlds, provinces, folder)
            if to_be_shown is not None:
                to_be_shown(settings)
    return worlds


def _measure(
    engine: Engine, settings: Settings, rows: int, provinces: int, *, first: list[str], last: list[str]
) -> World:
    """Build in full, after a day's change and after none. first, last: what else those builds do."""
    fill_world(engine, rows, provinces)
    copy_floor = _timed(lambda: _execute(engine, _COPY))
    _execute(engine, "drop table bench.bare")
    full, first_peak = _build(settings, _FIRST_DAY, *first)
    aggregate_floor = min(_timed(lambda: _execute(engine, _AGGREGATE)) for _ in range(3))
    contenders = tuple(run_contenders(engine, settings))
    add_change(engine, rows, provinces, count=CHANGED, turn=1)
    change, peak = _build(settings, _NEXT_DAY)
    run_script(engine, "marts_batch.sql", {"turn": 2})
    empty, _ = _build(settings, _NEXT_DAY, *last)
    return World(rows, copy_floor, aggregate_floor, full, change, empty, max(first_peak, peak), contenders)


def _build(settings: Settings, instant: str, *also: str) -> tuple[Built, float]:
    command = [sys.executable, "-m", _MODULE, settings.database_url or "", settings.home, instant]
    said, peak = watched("build", [*command, *also])
    slowest = tuple((str(name), float(seconds)) for name, seconds in said["slowest"])
    return Built(**said["seconds"], follows=said["follows"], slowest=slowest), peak


def _execute(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def _timed(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _report(worlds: list[World], provinces: int, folder: Path | None) -> None:
    rows: list[dict[str, str | float]] = []
    for world in worlds:
        size = f"{world.rows / 1e6:g} M"
        for what, seconds, floor, wanted in (
            ("copy floor", world.copy_floor, None, ""),
            ("raw to fct_dossier", world.full.dossiers, world.copy_floor, f"{COPY_TIMES:g} copy"),
            ("aggregate floor", world.aggregate_floor, None, ""),
            ("all other models", world.full.marts, world.aggregate_floor, f"{AGGREGATE_TIMES:g} aggregate"),
            *([("tests of the full build", world.full.tests, None, "")] if world.full.tests else []),
            ("a day's change", world.change.models, None, ""),
            ("an empty change", world.empty.models, None, ""),
            (
                "a day's change less an empty one",
                world.change_alone,
                world.aggregate_floor,
                f"{CHANGE_TIMES:g} aggregate",
            ),
        ):
            rows.append(
                {
                    "what": f"{size}: {what}",
                    "seconds": seconds,
                    "times the floor": f"{seconds / floor:.1f}" if floor else "",
                    "wanted": wanted,
                }
            )
        for each in world.contenders:
            rows.append(
                {
                    "what": f"{size}: the indicators of units by {each.name}, in full",
                    "seconds": each.seconds,
                    "times the floor": f"{each.seconds / world.aggregate_floor:.1f}",
                    "wanted": "",
                }
            )
    notes = [
        f"`make bench-marts`. {provinces} provinces with 12 departments and 20 communes each, 304 "
        f"procedures, 24 months; a day's change is {CHANGED:,} dossiers, half new, half in a new version, "
        "two of three of those among the latest, and evaluated_at a day later. Floors and builds run on "
        "the same data in one run: the copy floor is the latest version of each raw dossier copied into a "
        "bare table, the aggregate floor one pass of the dossier indicators' conditional aggregates over "
        "fct_dossier by unit and month. Seconds of models contain dbt's own start, twice; tests stand apart.",
        "Peak memory of our own processes: "
        + ", ".join(f"{world.peak_mb:.0f} MB at {world.rows:,}" for world in worlds)
        + f" (wanted: below {MOST_MB:.0f}).",
    ]
    if any(world.contenders for world in worlds):
        notes.append(
            "DuckDB and pandas begin from flat Parquet of the same warehouse: one row per dossier, versions "
            "sorted out, lists read, processing times computed, which ours does by itself. They give units "
            "and provinces without mergers, all procedures together (2.2 by procedure); ours gives every "
            "procedure, both boundaries, scores, work lists and targets besides, and its evidence."
        )
    for world in worlds:
        if world.empty.publication:
            notes.append(
                f"First publication to the score ledger at {world.rows:,}: {world.empty.publication:.0f} s."
            )
    if len(worlds) > 1:
        growth = worlds[-1].change_alone / max(worlds[0].change_alone, 0.001)
        notes.append(
            f"A day's change on {worlds[-1].rows:,} takes {growth:.2f} times that on {worlds[0].rows:,} "
            f"(wanted: at most {GROWTH})."
        )
    for world in worlds:
        notes += [
            f"{each.name} at {world.rows:,}: {each.peak_mb:.0f} MB, {each.figures:,} figures of units, "
            f"{each.differing:,} other than ours."
            for each in world.contenders
        ]
        for name, built in (("full build", world.full), ("day's change", world.change)):
            slowest = ", ".join(f"{model} {seconds:.1f}" for model, seconds in built.slowest)
            follows = "followed the last build" if built.follows else "all anew"
            notes.append(f"{world.rows:,}, {name} ({follows}), slowest in seconds: {slowest}.")
    notes.insert(0, "![Cost against history size](marts-history.svg)")
    page = write_report(
        "marts", "The marts: full build, a day's change, and their floors", rows, notes, folder=folder
    )
    _plot_history(worlds, page.with_name("marts-history.svg"))


def _plot_history(worlds: list[World], path: Path) -> None:
    """Draw each cost against the size of the history, both axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "decision766"
    from matplotlib import pyplot

    sizes = [world.rows for world in worlds]
    lines = {
        "raw to fct_dossier": [world.full.dossiers for world in worlds],
        "all other models": [world.full.marts for world in worlds],
        "a day's change less an empty one": [max(world.change_alone, 0.1) for world in worlds],
        "an empty change": [world.empty.models for world in worlds],
        "copy floor": [world.copy_floor for world in worlds],
        "aggregate floor": [world.aggregate_floor for world in worlds],
    }
    for name in dict.fromkeys(each.name for world in worlds for each in world.contenders):
        lines[name] = [each.seconds for world in worlds for each in world.contenders if each.name == name]
    drawing, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for name, seconds in lines.items():
        axes.plot(
            sizes[: len(seconds)], seconds, marker="o", linestyle="--" if "floor" in name else "-", label=name
        )
    axes.set(xscale="log", yscale="log", xlabel="dossiers in the history", ylabel="seconds")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, frameon=False)
    drawing.savefig(path, metadata={"Date": None})
    pyplot.close(drawing)
