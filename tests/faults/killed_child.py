"""The main job in small, as a process to be killed: ingest, validate, build.

Arguments: base URL of the stand-in, folder for marks, where to stand still, and `build`, or `load` to do no
more than to read one source. Places: `landing`, while an object of dossiers is written; `landed`, when
some are; `copy`, inside their COPY; `commit`, when all of their transaction but its end is done; `loaded`,
between load and validation; `validated`, before the build; `built`, after it and before it is closed; `-`,
nowhere. It leaves a mark when it stands still. Settings come from the environment.

Where it stands still is found at the borders to the driver, the file system and SQLAlchemy, not in our code.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event

import faulty_sources
from decision766.landing import LandingStore
from decision766.pipeline import ingest
from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation
from decision766.pipeline.prove import validate_source
from decision766.settings import get_settings
from decision766.sources import SourceConfig
from decision766.warehouse.connect import warehouse_engine
from stand_in_server import connection_to

ENTITY = "dossier"
OBJECTS_BEFORE = 3


def sources(until: str) -> list[SourceConfig]:
    if until == "load":
        return [faulty_sources.exchange()]
    return [
        faulty_sources.quick("province_h12", first_window_start="2026-04-01"),
        faulty_sources.quick("portal_h12"),
    ]


class StandStill:
    """Waits to be killed at one place."""

    def __init__(self, folder: Path, where: str) -> None:
        self._folder, self._where = folder, where
        self._landing, self._loading, self._landed = "", "", 0

    def at(self, place: str) -> None:
        """Leave a mark and wait, if this is the place."""
        if place == self._where:
            (self._folder / place).touch()
            time.sleep(600)

    def watch(self, engine: Engine) -> None:
        """Watch landing, COPY and commit."""
        put, load, write, fsync = LandingStore.put, ingest.load_batch, psycopg.Copy.write, os.fsync

        def watched_put(store: LandingStore, source_id: str, answer: Any, **more: Any) -> Any:
            self._landing = answer.entity
            landed = put(store, source_id, answer, **more)
            self._landing = ""
            self._landed += answer.entity == ENTITY
            if self._landed == OBJECTS_BEFORE:
                self.at("landed")
            return landed

        def watched_load(*args: Any, entity: str, **more: Any) -> Any:
            self._loading = entity
            result = load(*args, entity=entity, **more)
            self._loading = ""
            return result

        def watched_write(copy: Any, buffer: Any) -> None:
            write(copy, buffer)
            if self._loading == ENTITY:
                self.at("copy")

        def watched_fsync(number: int) -> None:
            if self._landing == ENTITY and self._landed == OBJECTS_BEFORE - 1:
                self.at("landing")
            fsync(number)

        def before_commit(_connection: Any) -> None:
            if self._loading == ENTITY:
                self.at("commit")

        LandingStore.put = watched_put  # type: ignore[method-assign]
        ingest.load_batch = watched_load  # type: ignore[assignment]
        psycopg.Copy.write = watched_write  # type: ignore[method-assign]
        os.fsync = watched_fsync  # type: ignore[assignment]
        event.listen(engine, "commit", before_commit)


def main(url: str, folder: str, where: str, until: str) -> None:
    """Run the job."""
    stand_still, engine = StandStill(Path(folder), where), warehouse_engine(settings=get_settings())
    stand_still.watch(engine)
    for config in sources(until):
        ingest.ingest_source(
            engine,
            config,
            connection_to(url, config),
            run_id="killed",
            observed_at=faulty_sources.PRESENT,
        ).raise_for_failures()
        if until == "load":
            return
        stand_still.at("loaded")
        validate_source(engine, config.id)
    stand_still.at("validated")
    evaluation = open_evaluation(engine, evaluated_at=faulty_sources.PRESENT, run_id="killed")
    if evaluation is not None:
        build_marts(engine, evaluation)
        stand_still.at("built")
        close_evaluation(engine, evaluation)


if __name__ == "__main__":
    main(*sys.argv[1:])
