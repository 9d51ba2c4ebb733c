"""What a user would write instead: the indicators in full by DuckDB and by pandas, from Parquet."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine, text

from decision766.bench.marts_parquet import write_parquet
from decision766.bench.watching import watched
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import database_url, libpq_url

_DUCKDB, _DUCKDB_GB = Path(__file__).with_name("marts_duckdb.py"), 6
_KEY = ["unit_code", "period_grain", "period_start", "indicator_code"]
_OURS = text("""
    select unit_code, period_grain, period_start::text as period_start, indicator_code,
        numerator::float8 as numerator, denominator::float8 as denominator
    from marts.fct_indicator
    where boundary = 'as_was' and scope_code = unit_code and procedure_code = '*' and denominator > 0
""")


@dataclass(frozen=True)
class Contender:
    """Seconds and memory of one; differing: figures that are not those of the marts, of all that both give
    (`figures`)."""

    name: str
    seconds: float
    peak_mb: float
    figures: int
    differing: int


def run_contenders(engine: Engine, settings: Settings) -> list[Contender]:
    """Let each compute from the same Parquet, and hold its figures against the marts' own."""
    with tempfile.TemporaryDirectory(prefix="decision766-parquet-") as name:
        folder = Path(name)
        write_parquet(libpq_url(database_url(settings=settings)), folder)
        commands: dict[str, tuple[list[object], str]] = {
            "DuckDB": ([duckdb_python(), _DUCKDB, folder, _DUCKDB_GB], "indicator"),
            "pandas": ([sys.executable, "-m", "decision766.bench.marts_pandas", folder], "pandas"),
        }
        with engine.connect() as connection:
            ours = pd.DataFrame(connection.execute(_OURS).mappings().all())
        taken = []
        for contender, (command, written) in commands.items():
            said, peak = watched(contender, command)
            theirs = pd.read_parquet(folder / f"{written}.parquet")
            both = _compared(ours, theirs)
            taken.append(Contender(contender, said["seconds"], peak, len(both), int(both.differs.sum())))
        return taken


def _compared(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    theirs = theirs[(theirs.denominator > 0) & (theirs.indicator_code != "2.2")]
    both = ours.merge(theirs.astype({"period_start": str}), on=_KEY, suffixes=("", "_theirs"))
    both["differs"] = ~both.numerator.eq(both.numerator_theirs) | ~both.denominator.eq(
        both.denominator_theirs
    )
    return both


def duckdb_python() -> Path:
    """Make DuckDB's own environment in the state folder, once; it must not share ours."""
    folder = get_settings().home / "bench" / "duckdb"
    python, made = folder / "bin" / "python", folder / "installed"
    if not made.exists():
        uv = Path(sys.executable).with_name("uv")
        trusting = os.environ | {"UV_SYSTEM_CERTS": "1"}  # as scripts/install.sh does
        subprocess.run(
            [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder], check=True
        )
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", python, "duckdb"], check=True, env=trusting
        )
        made.touch()
    return python
