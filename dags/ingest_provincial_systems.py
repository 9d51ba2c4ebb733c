"""## Ingest the provincial systems' records

**What.** For each enabled source YAML of family `dvcqg_exchange`, `igate`, `database` or `file_drop`:
reads catalogues, dossiers, events, petitions and the other records of `docs/records.md` since the last
run, drops or pseudonymises personal data before anything is written, lands, loads into `raw` and
validates the new batches. Then wakes `build_indicator_marts`.

**When.** Every hour, or as often as `DECISION766_INGEST_MINUTES` says, and by hand. Two systems side by
side (pool `provincial_systems`). A source in its quiet hours waits in the triggerer if they end before
the next run, else it is left to that run. A past window: `reread_provincial_systems`, or this DAG by
hand with `window_from` and `window_to`.

**When it fails.**
* `ingest` red: its last log line names source, entity and cause; the entities before it are loaded.
  Unreachable: clear the task once the system answers; the next run catches up by itself, because a
  cursor moves only with its batch. Login refused: the Airflow connection that the YAML names.
* `validate` red: a rule of severity *block* failed; the message names rule and counts, and
  `audit.rule_result` holds them. The batch stays invisible to the marts. Mend the cause at the source,
  or the rule in `expectations/`, and clear the task.
* `report` red: the data are in; only the pages about them are old. `decision766 reports validation
  --rebuild` writes them anew.
* `summarise` red: another task is; it repeats the causes in one place.

A rerun changes nothing that was already read. The other provinces go on either way, and the scorecard
shows which unit is stale.
"""

from airflow.sdk import DAG

from decision766_airflow.conventions import (
    EVERY_HOUR_OR_AS_SET,
    INGESTING,
    POOL_PROVINCIAL_SYSTEMS,
    PROVINCIAL_FAMILIES,
    PROVINCIAL_SYSTEMS,
    TAGS,
)
from decision766_airflow.ingestion import ingest_family

with DAG(
    "ingest_provincial_systems",
    description="Dossiers and catalogues of the provincial systems, into raw",
    schedule=EVERY_HOUR_OR_AS_SET,
    tags=[*TAGS, "ingest", "records"],
    doc_md=__doc__,
    **INGESTING,
):
    ingest_family(*PROVINCIAL_FAMILIES, pool=POOL_PROVINCIAL_SYSTEMS, outlet=PROVINCIAL_SYSTEMS)
