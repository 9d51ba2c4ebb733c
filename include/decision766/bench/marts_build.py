"""One build of the marts of the benchmark, in a process of its own: `… URL HOME INSTANT [tests] [publish]`.

Says, as one line of JSON, how long it took in seconds: `dossiers` (raw to fct_dossier), `marts` (all other
models), `tests` and `publication` if asked for; whether it `follows` the last build, and the slowest models.
The evaluation is opened and closed as in production; rules of Great Expectations are not part of it.
"""

import datetime as dt
import json
import sys
import time
from pathlib import Path

from decision766.pipeline.build import close_evaluation, open_evaluation, publish_evaluation
from decision766.pipeline.following import follow_last_build
from decision766.settings import Settings
from decision766.warehouse.connect import warehouse_engine
from decision766.warehouse.dbt import run_dbt

_DOSSIERS = "+fct_dossier"


def main(url: str, home: str, instant: str, *also: str) -> None:
    """Build, and print what it took."""
    settings = Settings(home=Path(home), database_url=url)
    engine = warehouse_engine(settings=settings)
    evaluation = open_evaluation(
        engine, evaluated_at=dt.datetime.fromisoformat(instant), run_id="bench", settings=settings
    )
    if evaluation is None:
        raise RuntimeError("nothing to build")
    follows = follow_last_build(engine, evaluation)
    whole = [] if follows else ["--full-refresh"]
    run_dbt(["seed"], settings=settings)
    seconds: dict[str, float] = {}
    slowest: list[tuple[str, float]] = []
    parts = [
        ("dossiers", ["run", "--select", _DOSSIERS, *whole]),
        ("marts", ["run", "--exclude", _DOSSIERS, *whole]),
    ]
    if "tests" in also:
        parts.append(("tests", ["test", "--exclude-resource-type", "unit_test"]))
    for part, arguments in parts:
        began = time.perf_counter()
        summary = run_dbt(arguments, settings=settings)
        seconds[part] = time.perf_counter() - began
        slowest += summary.slowest
    if "publish" in also:
        began = time.perf_counter()
        publish_evaluation(engine, evaluation, settings=settings)
        seconds["publication"] = time.perf_counter() - began
    else:
        close_evaluation(engine, evaluation)
    engine.dispose()
    slowest.sort(key=lambda item: -item[1])
    sys.stdout.write(json.dumps({"seconds": seconds, "follows": follows, "slowest": slowest[:25]}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
