"""Lineage of a build: dbt's own artifacts as events, models and tests, with columns where SQL shows them."""

import logging
import os
from collections.abc import Mapping
from typing import Any

from decision766.lineage.emit import JOB_NAMESPACE, PRODUCER, Parent, tell
from decision766.settings import Settings, get_settings
from decision766.warehouse.dbt import dbt_environment


def tell_build(
    *, parent: Parent | None = None, database: str | None = None, settings: Settings | None = None
) -> int:
    """Tell what the last `dbt build` read and wrote; return the number of events.

    Columns come from the parsed SQL of each model, where the parser understands it.
    """
    settings = settings or get_settings()
    return tell("the build", lambda: _events(settings, database, parent), settings=settings)


def _events(settings: Settings, database: str | None, parent: Parent | None) -> list[Any]:
    from openlineage.common.provider.dbt.facets import ParentRunMetadata  # noqa: PLC0415
    from openlineage.common.provider.dbt.local import DbtLocalArtifactProcessor  # noqa: PLC0415

    quiet = logging.getLogger(f"{__name__}.parser")
    quiet.setLevel(logging.ERROR)  # it warns of each statement that it cannot parse
    with _variables(dbt_environment(database, settings)):
        processor = DbtLocalArtifactProcessor(
            project_dir=str(settings.project_root / "dbt_project"),
            target_path=str(settings.home / "dbt" / (database or settings.warehouse_database) / "target"),
            producer=PRODUCER,
            job_namespace=JOB_NAMESPACE,
            logger=quiet,
        )
        if parent is not None:
            processor.dbt_run_metadata = ParentRunMetadata(
                run_id=parent.run_id,
                job_name=parent.job_name,
                job_namespace=parent.namespace,
                root_parent_run_id=parent.root_run_id,
                root_parent_job_name=parent.root_job_name,
                root_parent_job_namespace=parent.namespace,
            )
        found = processor.parse()
    for begin in found.starts:
        begin.inputs, begin.outputs = [], []  # they stand on the end of the run, with what became of them
    for end in found.completes:
        _keep_real_columns(end)
    events: list[Any] = found.events()
    return events


def _keep_real_columns(event: Any) -> None:
    """Keep of the parsed column lineage what leads to a relation that the model reads.

    The parser takes a part of a statement that it cannot see through for a relation of its own.
    """
    relations = {dataset.name for dataset in event.inputs}
    for output in event.outputs:
        facet = output.facets.get("columnLineage")
        if facet is None:
            continue
        for field in facet.fields.values():
            field.inputFields = [origin for origin in field.inputFields if origin.name in relations]
        facet.fields = {name: field for name, field in facet.fields.items() if field.inputFields}
        if not facet.fields:
            del output.facets["columnLineage"]


class _variables:  # noqa: N801 - used as a statement
    """The environment that profiles.yml reads, for as long as the block lasts."""

    def __init__(self, values: Mapping[str, str]):
        self.values, self.before = values, dict[str, str | None]()

    def __enter__(self) -> None:
        self.before = {name: os.environ.get(name) for name in self.values}
        os.environ.update(self.values)

    def __exit__(self, *_: object) -> None:
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
