"""## Build the indicator marts

**What.** Takes every validated batch that the marts have yet to take in (`audit.work_ledger`), computes
the 22 indicators of every unit and period with dbt, tests them, proves them with Great Expectations, and
publishes what changed: rows and one chained entry in the score ledger (docs/ledger.md). Nothing waiting:
it stops at once.

**When.** Woken by either ingesting DAG, by a replay of quarantine, and by hand. The wake-up carries
nothing: wake-ups merge and get lost, the ledger does not. One build at a time (pool `warehouse`).

**When it fails.**
* `dbt_build` red: the log names the model or test and its SQL. The marts keep what they held of every
  model that failed; the batches go back to the ledger, and the next run takes them again. A failing
  test: look at the rows with the SQL of the log before changing anything.
* `prove_marts` red: a rule on the marts failed (ratios, maxima, sums, missing groups). **Nothing is
  published**: the evaluation is marked failed and its batches go back to the ledger. The log names rule and
  counts; the rule's SQL stands in `expectations/marts`.
* `dbt_build` or `publish` red with `LedgerBroken`: the ledger was changed, cut or rewritten. The message
  names the first broken link; nothing was built or published. `decision766 ledger verify` says the same at
  length. Do not force it: restore schema `audit` from a backup that verifies.
* `publish` red otherwise: nothing was published; the message says why, the figures stay unpublished.
* `report` red: the marts are built; only the pages about them (dbt docs, validation reports) are old.
  `decision766 reports marts` and `decision766 reports validation --rebuild` write them anew.
* `open_evaluation` red: the warehouse cannot be reached, or `evaluated_at` has no offset.

Clear the first red task, or trigger the DAG anew: the result is the same.
"""

from airflow.sdk import DAG, task

from decision766_airflow.building import build, open_or_stop, prove, publish, report
from decision766_airflow.conventions import (
    NATIONAL_PORTAL,
    POOL_WAREHOUSE,
    PROVINCIAL_SYSTEMS,
    QUARANTINE,
    SHARED,
    TAGS,
)

with DAG(
    "build_indicator_marts",
    description="22 indicators, scores and scorecards from validated raw, with dbt",
    schedule=(NATIONAL_PORTAL | PROVINCIAL_SYSTEMS | QUARANTINE),
    tags=[*TAGS, "build", "dbt"],
    doc_md=__doc__,
    **SHARED,
):
    opened = task.short_circuit(task_id="open_evaluation", pool=POOL_WAREHOUSE)(open_or_stop)()
    built = task(task_id="dbt_build", pool=POOL_WAREHOUSE)(build)(opened)
    proved = task(task_id="prove_marts", pool=POOL_WAREHOUSE)(prove)(built)
    published = task(task_id="publish", pool=POOL_WAREHOUSE)(publish)(proved)
    published >> task(task_id="report", pool=POOL_WAREHOUSE)(report)()
