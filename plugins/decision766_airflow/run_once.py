"""Runs DAGs one after the other in this process, as `dag.test()` does, and reports each task as it goes.

Called by `decision766 run` with Airflow's environment set:

    python plugins/decision766_airflow/run_once.py --events FILE --evaluated-at ISO [--source ID]… DAG_ID…

Appends one JSON object per line to FILE: `event` (dag_started, task_started, task_ended, dag_ended,
error), `dag`, `task`, `index` and `label` of a mapped task, `state`, `error`, and `at` in seconds since
1970. A DAG that fails does not stop the next one. Exit code 1 if any failed. The module is loaded by
Airflow as well, as every file of the plugins folder is; only `main` does anything.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from airflow.listeners import hookimpl


def main() -> int:
    """Run the DAGs that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--evaluated-at", required=True)
    parser.add_argument("--source", action="append", help="read this source; all that are enabled if none")
    parser.add_argument("dag_ids", nargs="+")
    options = parser.parse_args()
    os.environ["DECISION766_ONE_SHOT"] = "1"  # no scheduler, no triggerer: nothing may wait
    conf: dict[str, Any] = {"evaluated_at": options.evaluated_at}
    with options.events.open("a", buffering=1) as events:
        return _run(options.dag_ids, conf, options.source, events)


def _run(dag_ids: list[str], conf: dict[str, Any], sources: list[str] | None, events: TextIO) -> int:
    from airflow.configuration import conf as airflow_conf
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.sdk.listener import get_listener_manager

    folder = Path(airflow_conf.get("core", "dags_folder"))
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    if bag.import_errors:
        _tell(events, event="error", state="; ".join(map(str, bag.import_errors.values())))
        return 1
    get_listener_manager().add_listener(TaskReporter(events))
    failed = False
    for dag_id in dag_ids:
        _tell(events, event="dag_started", dag=dag_id)
        dag = bag.dags[dag_id]
        # A deadline is watched by the scheduler; dag.test() looks up rows of it that nobody wrote.
        dag.deadline = None
        asked = {"sources": sources} if sources and "sources" in dag.params else {}
        run = dag.test(run_conf={**conf, **asked})
        _tell(events, event="dag_ended", dag=dag_id, state=str(run.state.value), run=run.run_id)
        failed |= run.state != "success"
    return int(failed)


class TaskReporter:
    """Airflow listener that appends a line per task that starts or ends."""

    def __init__(self, events: TextIO):
        self.events = events

    @hookimpl
    def on_task_instance_running(self, previous_state: Any, task_instance: Any) -> None:
        """Report a start."""
        self._report("task_started", task_instance, "running")

    @hookimpl
    def on_task_instance_success(self, previous_state: Any, task_instance: Any) -> None:
        """Report a success."""
        self._report("task_ended", task_instance, "success")

    @hookimpl
    def on_task_instance_skipped(self, previous_state: Any, task_instance: Any) -> None:
        """Report a task that found nothing to do."""
        self._report("task_ended", task_instance, "skipped")

    @hookimpl
    def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
        """Report a failure, or a try that will be made again."""
        self._report(
            "task_ended", task_instance, getattr(task_instance.state, "value", "failed"), str(error or "")
        )

    def _report(self, event: str, instance: Any, state: str, error: str = "") -> None:
        _tell(
            self.events,
            event=event,
            dag=instance.dag_id,
            task=instance.task_id,
            index=instance.map_index,
            label=instance.rendered_map_index,
            state=state,
            error=error,
        )


def _tell(events: TextIO, **content: Any) -> None:
    events.write(json.dumps({**content, "at": time.time()}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
