"""Parses the DAGs folder as Airflow does, in a process of its own, and writes what it found as JSON.

Run by test_integrity.py with Airflow's environment set. Watches what parsing touches: files opened,
sockets, processes, and modules loaded.
"""

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
touched: list[str] = []
watching = False


def _watch(event: str, arguments: tuple) -> None:
    if not watching:
        return
    if event == "open" and isinstance(arguments[0], str):
        path = Path(arguments[0])
        inside = path.is_absolute() and path.is_relative_to(ROOT)
        inside = inside and not {".venv", "__pycache__"} & set(path.parts)  # Python's own bytecode
        if inside and path.suffix not in (".py", ".pyc") and path.name != ".airflowignore":
            touched.append(f"open {path.relative_to(ROOT)}")
    elif event in ("socket.connect", "subprocess.Popen", "os.system", "sqlite3.connect"):
        touched.append(f"{event} {arguments[-1]!r}")


def _task(task) -> dict:
    return {
        "owner": task.owner,
        "retries": task.retries,
        "backoff": bool(task.retry_exponential_backoff),
        "retry_delay": task.retry_delay.total_seconds(),
        "pool": task.pool,
        "trigger_rule": str(task.trigger_rule),
        "timeout": task.execution_timeout.total_seconds(),
        "has_failure_callback": bool(task.partial_kwargs.get("on_failure_callback"))
        if task.is_mapped
        else bool(task.on_failure_callback),
        "outlets": [outlet.name for outlet in task.outlets],
        "upstream": sorted(task.upstream_task_ids),
        "in_mapped_group": any(True for _ in task.iter_mapped_task_groups()),
    }


def _intervals(dag) -> dict:
    """What the scheduler makes of the schedule: whether it has periods, and two that follow each other."""
    import pendulum
    from airflow.serialization.decoders import decode_timetable
    from airflow.serialization.encoders import encode_timetable
    from airflow.timetables.base import TimeRestriction

    timetable = decode_timetable(encode_timetable(dag.timetable))
    found = []
    if timetable.periodic:
        begin = pendulum.datetime(2026, 8, 1, tz="Asia/Ho_Chi_Minh")
        restriction = TimeRestriction(earliest=begin, latest=None, catchup=True)
        last = None
        for _ in range(2):
            last = timetable.next_dagrun_info(
                last_automated_data_interval=last, restriction=restriction
            ).data_interval
            found.append(last)
    return {
        "periodic": timetable.periodic,
        "hours": [(span.end - span.start).total_seconds() / 3600 for span in found],
        "adjacent": bool(found) and found[0].end == found[1].start,
    }


def main() -> None:
    global watching
    from airflow.dag_processing.dagbag import BundleDagBag

    sys.addaudithook(_watch)
    watching, began = True, time.monotonic()
    bag = BundleDagBag(dag_folder=ROOT / "dags", bundle_path=ROOT / "dags", bundle_name="dags-folder")
    seconds, watching = time.monotonic() - began, False
    facts = {
        "import_errors": {str(name): text for name, text in bag.import_errors.items()},
        "seconds": seconds,
        "touched": touched,
        "modules": sorted(
            {name for name in sys.modules if name.startswith(("decision766.", "dbt", "pandas"))}
        )
        + [name for name in ("great_expectations", "pyarrow", "psycopg") if name in sys.modules],
        "dags": {
            dag.dag_id: {
                "doc_md": dag.doc_md,
                "tags": sorted(dag.tags),
                "description": dag.description,
                "catchup": dag.catchup,
                "max_active_runs": dag.max_active_runs,
                "schedule": dag.schedule if isinstance(dag.schedule, str) else type(dag.schedule).__name__,
                "intervals": _intervals(dag),
                "woken_by": sorted(asset.name for asset in getattr(dag.schedule, "objects", [])),
                "params": sorted(dag.params),
                "tasks": {task.task_id: _task(task) for task in dag.tasks},
            }
            for dag in bag.dags.values()
        },
    }
    Path(sys.argv[1]).write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
