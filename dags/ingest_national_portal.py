"""## Ingest the national portal's published scores

**What.** For each enabled source YAML of family `dvcqg_evaluation` or `dvcqg_gateway`: asks the portal
for the published scores of each period, lands the answers byte for byte, loads them into
`raw.published_*` and validates the new batches. Then wakes `build_indicator_marts`.

**When.** Every day at 05:30, and by hand. One request at a time (pool `national_portal`): the portal's
firewall stops crawlers, and we stop at its first sign. A backfill of this DAG reads the periods that
each day touches.

**When it fails.**
* `ingest` red: its last log line names source, endpoint and cause. The portal unreachable or refusing
  (403, 429, an HTML page): wait, then clear the task; never shorten the delay. Credentials: the
  Airflow connection that the YAML names.
* `validate` red: a rule of severity *block* failed; the message names rule and counts, and
  `audit.rule_result` holds them. The batch stays invisible to the marts. Mend the cause at the source,
  or the rule in `expectations/`, and clear the task.
* `report` red: the data are in; only the pages about them are old. `decision766 reports validation
  --rebuild` writes them anew.
* `summarise` red: another task is; it repeats the causes in one place.

A rerun changes nothing that was already read. The other sources go on either way.
"""

from airflow.sdk import DAG

from decision766_airflow.conventions import (
    EVERY_MORNING,
    INGESTING,
    NATIONAL_PORTAL,
    POOL_NATIONAL_PORTAL,
    TAGS,
)
from decision766_airflow.ingestion import ingest_family

with DAG(
    "ingest_national_portal",
    description="Published scores of the national portal, into raw",
    schedule=EVERY_MORNING,
    tags=[*TAGS, "ingest", "published"],
    doc_md=__doc__,
    **INGESTING,
):
    ingest_family("dvcqg_evaluation", "dvcqg_gateway", pool=POOL_NATIONAL_PORTAL, outlet=NATIONAL_PORTAL)
