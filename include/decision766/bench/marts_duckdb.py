"""Computes the indicators with DuckDB from Parquet. Runs in DuckDB's own environment, without ours."""

import json
import os
import sys
import time
from pathlib import Path


def main(folder: str, memory: str) -> None:
    """Run marts_duckdb.sql in `folder`, within so many gigabytes; print what it took as JSON."""
    import duckdb  # type: ignore[import-not-found,unused-ignore]

    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    os.chdir(folder)
    started = time.perf_counter()
    connection = duckdb.connect("duckdb.db")
    connection.execute(f"set memory_limit = '{int(memory)}GB'")
    connection.execute(script)
    rows = connection.execute("select count(*) from indicator").fetchall()[0][0]
    sys.stdout.write(json.dumps({"rows": rows, "seconds": time.perf_counter() - started}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
