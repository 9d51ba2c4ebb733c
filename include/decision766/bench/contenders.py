"""What loads the file: ours, the floor, and what a user might take instead. Each runs in its own process.

`python -m decision766.bench.contenders NAME FILE URL ROWS FOLDER` prints rows and seconds as JSON.
"""

import datetime as dt
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import psycopg

from decision766.settings import Settings, get_settings

OBSERVED_AT = dt.datetime(2026, 9, 28, 8, tzinfo=dt.timezone(dt.timedelta(hours=7)))
READY = "ready.copy"
_CHUNK = 1 << 20


def ours(path: Path, url: str, rows: int, folder: Path) -> int:
    """Read the file as a source's inbox: redacted, landed, rows in raw with their keys."""
    from decision766.pipeline.ingest import ingest_source
    from decision766.sources import Connection, find_source
    from decision766.warehouse.connect import warehouse_engine

    inbox = folder / "inbox"
    inbox.mkdir(exist_ok=True)
    if not (inbox / "dossiers.ndjson").exists():
        os.link(path, inbox / "dossiers.ndjson")
    settings = Settings(home=folder / "home", database_url=url)
    source = find_source(get_settings().sources_folder, "inbox")
    summary = ingest_source(
        warehouse_engine(settings=settings),
        source.model_copy(update={"settle_seconds": 0}),
        Connection(str(inbox)),
        run_id="bench",
        observed_at=OBSERVED_AT,
        settings=settings,
    )
    summary.raise_for_failures()
    return summary.rows_received


def floor(path: Path, url: str, rows: int, folder: Path) -> int:
    """COPY text that is ready, of the same columns, into a bare table."""
    with psycopg.connect(url) as connection, (folder / READY).open("rb") as ready:
        with connection.cursor() as cursor, cursor.copy("copy bare from stdin") as copy:
            while block := ready.read(_CHUNK):
                copy.write(block)
        return int(connection.execute("select count(*) from bare").fetchall()[0][0])


def pandas(path: Path, url: str, rows: int, folder: Path) -> int:
    """Write the flat columns with pandas, ten thousand rows at a time."""
    import pandas as pd
    from sqlalchemy import create_engine

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    written = 0
    with path.open("rb") as file:
        while lines := list(itertools.islice(file, min(10_000, rows - written))):
            records = [
                {name: value for name, value in orjson.loads(line).items() if isinstance(value, str)}
                for line in lines
            ]
            pd.DataFrame(records).to_sql("flat", engine, if_exists="append", index=False)
            written += len(lines)
    return written


CONTENDERS: dict[str, Callable[[Path, str, int, Path], int]] = {
    "ours": ours,
    "floor": floor,
    "pandas": pandas,
}


def main(name: str, path: str, url: str, rows: str, folder: str) -> None:
    """Run one contender and print what it took."""
    started = time.perf_counter()
    written = CONTENDERS[name](Path(path), url, int(rows), Path(folder))
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"rows": written, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
