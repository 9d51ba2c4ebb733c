"""## Enforce retention

**What.** Takes away what has outlived its rule in `include/retention.yaml`: landed objects of records
that came of people, pseudonyms and undeclared values in raw rows. `plan` writes to its log what will
go; `enforce` takes it away. Manifests, hashes, rows and figures stay; `audit.tombstone` says what went,
when and by which rule.

**When.** Every night at 02:15, and by hand. A run that finds nothing due changes nothing. Terms count
back from the run's present, never from an instant ahead of the clock.

**When it fails.**
* `plan` red: the message names the rule of `include/retention.yaml` that cannot be used, or the
  warehouse cannot be reached. Nothing was taken.
* `enforce` red: landing or the warehouse could not be written. What is gone has its tombstone; clear
  the task, and it finishes what broke off and goes on.

To see what will be due on a day ahead: `decision766 retention plan --as-of …`.
"""

from airflow.sdk import DAG, task

from decision766_airflow.conventions import POOL_WAREHOUSE, SHARED, TAGS
from decision766_airflow.retention import enforce, plan

with DAG(
    "enforce_retention",
    description="Takes away what has outlived its term, and says so",
    schedule="15 2 * * *",
    tags=[*TAGS, "privacy"],
    doc_md=__doc__,
    **SHARED,
):
    planned = task(task_id="plan", pool=POOL_WAREHOUSE)(plan)()
    task(task_id="enforce", pool=POOL_WAREHOUSE)(enforce)(planned)
