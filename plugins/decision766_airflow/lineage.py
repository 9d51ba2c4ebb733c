"""The running task as our lineage events name it: as the parent of what it loads, proves or builds."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decision766.lineage import Parent


def parent_run(context: Mapping[str, Any]) -> "Parent | None":
    """Ids that Airflow's own events give this task and its DAG's run; None where lineage is off."""
    from airflow.providers.openlineage import conf

    if conf.is_disabled():
        return None
    from airflow.providers.openlineage.plugins import macros

    from decision766.lineage import Parent

    instance = context["ti"]
    try:
        return Parent(
            run_id=macros.lineage_run_id(instance),
            job_name=macros.lineage_job_name(instance),
            root_run_id=macros.lineage_root_run_id(instance),
            root_job_name=macros.lineage_root_job_name(instance),
            namespace=conf.namespace(),
        )
    except Exception as error:  # lineage describes a run; it must not end one
        logging.getLogger("decision766.airflow").warning("no lineage parent: %s", type(error).__name__)
        return None
