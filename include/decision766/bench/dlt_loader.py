"""Loads newline-delimited JSON with dlt's defaults. Runs in dlt's own environment, without ours."""

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"


def main(path: str, url: str, rows: str) -> None:
    """Load the first `rows` records into a dataset of their own; print what it took as JSON."""
    import dlt  # type: ignore[import-not-found,unused-ignore]

    def records() -> Iterator[dict[str, Any]]:
        with Path(path).open("rb") as file:
            for line in islice(file, int(rows)):
                yield json.loads(line)

    started = time.perf_counter()
    pipeline = dlt.pipeline(
        "bench", destination=dlt.destinations.postgres(url), pipelines_dir=str(Path(path).parent / "dlt")
    )
    pipeline.run(dlt.resource(records(), name="dossier"), write_disposition="append")
    seconds = time.perf_counter() - started
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    sys.stdout.write(json.dumps({"rows": int(rows), "seconds": seconds, "peak_mb": peak / 1024}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
