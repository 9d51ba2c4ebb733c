"""Measures loading: ours beside COPY of ready-made text, dlt and pandas, on one file in one run.

Every contender runs in a process of its own, on a PostgreSQL of its own that is set as the project sets
its own. Memory is what a contender's own processes hold at their peak (proportional set size, sampled);
PostgreSQL's is not counted.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import make_url, text

from decision766.audit import Source, upsert_source
from decision766.bench.contenders import READY
from decision766.bench.database import bench_database
from decision766.bench.dossier_file import write_dossiers
from decision766.bench.report import write_report
from decision766.bench.stages import cost_per_stage
from decision766.loading.rows import copied_columns
from decision766.settings import PROJECT_ROOT, get_settings

FLOOR_SHARE, TIMES_DLT, MOST_MB = 0.5, 15.0, 400.0
_SAMPLE_SECONDS = 0.2
_ANY = "unused"
_MODULE = "decision766.bench.contenders"
_DLT_LOADER = Path(__file__).with_name("dlt_loader.py")


@dataclass(frozen=True)
class Taken:
    """What one contender took. processes: the most at a time, PostgreSQL's not counted."""

    name: str
    rows: int
    seconds: float
    peak_mb: float
    processes: int

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds


def bench_ingest(rows: int, part: int, *, folder: Path | None = None) -> list[Taken]:
    """Measure, write docs/benchmarks/ingest.md and .svg, and return what was measured, ours first.

    part: records that the slow ones (dlt, pandas) load of the same file.
    """
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="decision766-bench-") as place, bench_database() as (engine, url):
        home = Path(place)
        path = home / "dossiers.ndjson"
        size = write_dossiers(path, rows)
        upsert_source(engine, Source("inbox", "file_drop", "Hộp thư", ("H12",), "synthetic", "bench"))
        taken = [_run("ours", [sys.executable, "-m", _MODULE, "ours", path, url, rows, home])]
        held = _make_ready(url, home / READY)
        taken.append(_run("floor", [sys.executable, "-m", _MODULE, "floor", path, url, rows, home]))
        taken.append(_run("pandas to_sql", [sys.executable, "-m", _MODULE, "pandas", path, url, part, home]))
        with engine.begin() as connection:
            connection.execute(text("drop table flat"))
        # dlt wants a password, the server none.
        with_password = make_url(url).set(password=_ANY).render_as_string(hide_password=False)
        # -P: modules of this folder (http) must not stand before Python's own.
        taken.append(_run("dlt", [_dlt_python(), "-P", _DLT_LOADER, path, with_password, part]))
        stages = cost_per_stage(path)
    _report(taken, held, size, stages, folder, load=load)
    return taken


def bench_memory(rows: int) -> Taken:
    """Load `rows` records our way and say what it took."""
    with tempfile.TemporaryDirectory(prefix="decision766-bench-") as place, bench_database() as (engine, url):
        home = Path(place)
        path = home / "dossiers.ndjson"
        write_dossiers(path, rows)
        upsert_source(engine, Source("inbox", "file_drop", "Hộp thư", ("H12",), "synthetic", "bench"))
        return _run("ours", [sys.executable, "-m", _MODULE, "ours", path, url, rows, home])


def _make_ready(url: str, ready: Path) -> int:
    """Write what raw holds as COPY text, and make a bare table of the same columns; return the rows."""
    columns = ", ".join(copied_columns("dossier"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create table bare as select {columns} from raw.dossier with no data")
        with (
            ready.open("wb") as file,
            connection.cursor() as cursor,
            cursor.copy(f"copy (select {columns} from raw.dossier order by raw_id) to stdout") as copy,
        ):
            for block in copy:
                file.write(block)
        return int(connection.execute("select count(*) from raw.dossier").fetchall()[0][0])


def _run(name: str, command: Sequence[object]) -> Taken:
    """Run one contender to its end, watching what it holds."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    peak, most, ended = 0.0, 1, threading.Event()

    def watch() -> None:
        nonlocal peak, most
        while not ended.wait(_SAMPLE_SECONDS):
            sizes = list(_sizes(process.pid))
            peak, most = max(peak, sum(sizes)), max(most, len(sizes))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    output, _ = process.communicate()
    ended.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}; see its messages above")
    said = json.loads(output.strip().splitlines()[-1])
    return Taken(name, said["rows"], said["seconds"], peak / 1e6, most)


def _sizes(pid: int) -> list[float]:
    sizes = []
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            sizes.append(float(process.memory_full_info().pss))
    except psutil.Error:
        pass  # it ended in between
    return sizes


def _dlt_python() -> Path:
    """Make dlt's own environment in the state folder, once; it must not share ours."""
    folder = get_settings().home / "bench" / "dlt"
    python = folder / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "dlt[postgres]"], check=True)
    return python


def _report(
    taken: list[Taken], held: int, size: int, stages: dict[str, float], folder: Path | None, *, load: float
) -> None:
    by_name = {each.name: each for each in taken}
    mine, least, dlt = by_name["ours"], by_name["floor"], by_name["dlt"]
    write_report(
        "ingest",
        f"{mine.rows:,} dossiers from a file into raw",
        [
            {
                "what": each.name,
                "thousand rows per second": each.rate / 1000,
                "rows": f"{each.rows:,}",
                "seconds": each.seconds,
                "of the floor": each.rate / least.rate,
                "peak memory, MB": f"{each.peak_mb:.0f}",
                "processes": each.processes,
            }
            for each in taken
        ],
        [
            f"`make bench-ingest`. One file of {size / 1e6:,.0f} MB; dlt and pandas load the first "
            f"{dlt.rows:,} records of it. Ours reads the file, removes personal data, lands the redacted "
            f"object, writes typed rows with nested lists as jsonb, looks every row's hash up and keeps it "
            f"unique ({held:,} different rows). The floor copies the same columns of these rows as "
            "ready-made text into a table without index; pandas writes the flat columns alone; dlt keeps "
            "everything, personal data too.",
            f"Wanted: {FLOOR_SHARE} of the floor (measured {mine.rate / least.rate:.2f}), "
            f"{TIMES_DLT:.0f} times dlt (measured {mine.rate / dlt.rate:.1f}), at most {MOST_MB:.0f} MB "
            f"(measured {mine.peak_mb:.0f}).",
            "Cost per stage, microseconds of processor time per record: "
            + ", ".join(f"{name} {cost:.1f}" for name, cost in stages.items())
            + ". PostgreSQL's share runs beside ours on another processor. "
            f"Other work on the machine at the start: load {load:.1f}.",
        ],
        folder=folder or PROJECT_ROOT / "docs" / "benchmarks",
    )
