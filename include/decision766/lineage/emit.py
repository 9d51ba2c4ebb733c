"""Sends OpenLineage events where the settings say; lineage that cannot be told never fails a run."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import database_url

log = logging.getLogger(__name__)

JOB_NAMESPACE = "decision766"
PRODUCER = f"urn:decision766:{version('decision766')}"
FILE_TRANSPORT = "decision766.lineage.files.NdjsonTransport"


@dataclass(frozen=True)
class Parent:
    """The run that a run of ours is part of: Airflow's task, and the run of its DAG as the root.

    Ids are those of Airflow's own events, so that the two join.
    """

    run_id: str
    job_name: str
    root_run_id: str
    root_job_name: str
    namespace: str = JOB_NAMESPACE


def openlineage_transport(settings: Settings) -> dict[str, Any] | None:
    """Return the transport that Airflow, dbt and the loader share; None when lineage is switched off."""
    if not settings.lineage:
        return None
    if settings.lineage_url:
        transport: dict[str, Any] = {"type": "http", "url": settings.lineage_url, "timeout": 5}
        if settings.lineage_api_key:
            transport["auth"] = {"type": "api_key", "apiKey": settings.lineage_api_key}
        return transport
    return {"type": FILE_TRANSPORT, "folder": str(settings.lineage_folder)}


def dataset_namespace(settings: Settings) -> str:
    """Namespace of the warehouse's tables, as dbt's events name it too."""
    url = database_url(settings=settings)
    return f"postgres://{url.host or '127.0.0.1'}:{url.port or 5432}"


def tell(what: str, events: Callable[[], Sequence[Any]], *, settings: Settings | None = None) -> int:
    """Make events and send them; return how many were sent. A failure is a warning in the log."""
    settings = settings or get_settings()
    transport = openlineage_transport(settings)
    if transport is None:
        return 0
    sent = 0
    try:
        from openlineage.client import OpenLineageClient  # noqa: PLC0415 - not needed when switched off

        logging.getLogger("openlineage.client").setLevel(logging.WARNING)
        client = OpenLineageClient(config={"transport": transport})
        try:
            for event in events():
                client.emit(event)
                sent += 1
        finally:
            client.close()
    except Exception as error:  # lineage describes a run; it must not end one
        log.warning("lineage of %s was not told whole (%s): %s", what, type(error).__name__, error)
    return sent


def iso(instant: dt.datetime) -> str:
    """Write an instant as events do: UTC, ISO 8601."""
    return instant.astimezone(dt.UTC).isoformat()


def parent_facet(parent: Parent | None) -> dict[str, Any]:
    """Return the run facets that name the parent; none without one."""
    from openlineage.client.facet_v2 import parent_run  # noqa: PLC0415

    if parent is None:
        return {}
    return {
        "parent": parent_run.ParentRunFacet(
            run=parent_run.Run(parent.run_id),
            job=parent_run.Job(parent.namespace, parent.job_name),
            root=parent_run.Root(
                parent_run.RootRun(parent.root_run_id),
                parent_run.RootJob(parent.namespace, parent.root_job_name),
            ),
        )
    }
