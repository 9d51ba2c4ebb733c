"""## Replay quarantined rows

**What.** Runs the present rules on rows that stand in quarantine and lets in what passes all of them now:
after a rule was mended, a catalogue arrived or a late register came. Works out beforehand what that does to
the scores, by building the marts on trial, and writes it to the log and to `audit.quarantine_effect`. Then
wakes `build_indicator_marts`. The same as `decision766 quarantine replay`.

**When.** By hand only. Parameters narrow it to a source, a rule, a unit or entries; `preview` keeps nothing.

**When it fails.**
* `replay` red: a rule cannot be evaluated (the message names it: mend `expectations/`), a model failed on
  trial, or the quarantine changed meanwhile. Nothing was changed; clear the task.
* `announce` red: Airflow itself. What is to be built stands in `audit.work_ledger`: trigger
  `build_indicator_marts`.

Skipped `announce`: nothing was let in, or it was a preview.
"""

from airflow.sdk import DAG, task

from decision766_airflow.conventions import POOL_WAREHOUSE, QUARANTINE, SHARED, TAGS
from decision766_airflow.quarantine import PARAMS, replay_or_stop

with DAG(
    "replay_quarantine",
    description="Present rules on quarantined rows; lets in what passes, with the effect on scores",
    schedule=None,
    tags=[*TAGS, "quarantine"],
    doc_md=__doc__,
    **{**SHARED, "params": PARAMS},
):
    replayed = task.short_circuit(task_id="replay", pool=POOL_WAREHOUSE)(replay_or_stop)()

    @task(outlets=[QUARANTINE])
    def announce() -> None:
        """Wake the build; what it has to do stands in audit.work_ledger."""

    replayed >> announce()
