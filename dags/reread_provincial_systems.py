"""## Read a past day of the provincial systems again

**What.** Asks each enabled provincial source for what changed within the run's data interval, one local
day, and for nothing else: catalogues are left out, and the cursors of `ingest_provincial_systems` stay
where they are. What raw holds already is not loaded again. Then wakes `build_indicator_marts`.

**When.** For past days, with Airflow's own backfill, once the DAG is unpaused:

    airflow dags unpause reread_provincial_systems
    airflow backfill create --dag-id reread_provincial_systems --from-date 2026-08-01 --to-date 2026-08-31

Unpaused, it also reads the day before once more every night, for records that a system stamped late.
One long window in one run: `ingest_provincial_systems` by hand, with `window_from` and `window_to`.

**When it fails.**
* `ingest` red: its last log line names source, entity and cause. Mend it and clear the task, or create
  the backfill again with `--reprocess-behavior failed`: a window may be read any number of times.
* `validate` red: as in `ingest_provincial_systems`.
* `summarise` red: another task is; it repeats the causes in one place.
"""

from airflow.sdk import DAG

from decision766_airflow.conventions import (
    EACH_PAST_DAY,
    INGESTING,
    POOL_PROVINCIAL_SYSTEMS,
    PROVINCIAL_FAMILIES,
    PROVINCIAL_SYSTEMS,
    TAGS,
)
from decision766_airflow.ingestion import ingest_family

with DAG(
    "reread_provincial_systems",
    description="One past day of the provincial systems, read again",
    schedule=EACH_PAST_DAY,
    tags=[*TAGS, "ingest", "records", "backfill"],
    doc_md=__doc__,
    **INGESTING,
):
    ingest_family(
        *PROVINCIAL_FAMILIES, pool=POOL_PROVINCIAL_SYSTEMS, outlet=PROVINCIAL_SYSTEMS, whole_interval=True
    )
