"""Looks at a source without loading anything: is it reachable, does it let us in, what does it offer.

One answer per entity is read, of the last day where the family has windows, and one record of it is
shown as the redactor leaves it. Nothing is landed, no outcome is written, no cursor moves.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from decision766.privacy import Redactor, load_keys
from decision766.records import ENTITIES
from decision766.settings import Settings, get_settings
from decision766.sources import (
    Connection,
    ExchangeSource,
    SourceAdapter,
    SourceConfig,
    SourceError,
    adapter_for,
)

Verdict = Literal["yes", "no", "unknown"]
_WINDOWED = ("dvcqg_exchange", "igate", "database")
# What a failure says of the whole source: further calls would say the same again.
_ENDS = ("unreachable", "session", "refused")


@dataclass(frozen=True)
class EntityCheck:
    """What one entity offers.

    records: of the first answer, by raw table. sample: one redacted record; None if there is none.
    problem: why it could not be read; empty if it could.
    """

    entity: str
    records: dict[str, int] = field(default_factory=dict)
    sample: dict[str, Any] | None = None
    problem: str = ""


@dataclass
class SourceCheck:
    """What came of looking at a source. authenticated is `unknown` for sources that want no login."""

    source_id: str
    reachable: Verdict = "unknown"
    authenticated: Verdict = "unknown"
    entities: list[EntityCheck] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_usable(self) -> bool:
        """Whether every entity could be read."""
        return self.reachable == "yes" and not any(item.problem for item in self.entities)


def check_source(
    config: SourceConfig,
    connection: Connection,
    *,
    observed_at: dt.datetime,
    settings: Settings | None = None,
) -> SourceCheck:
    """Look at one source; failures are part of the result.

    observed_at: the present, aware; windows end there.

    Raises:
        ValueError: observed_at carries no time zone.
    """
    if observed_at.tzinfo is None:
        raise ValueError("observed_at must carry a time zone")
    adapter = adapter_for(_light(config), connection)
    keys, check = load_keys(settings or get_settings()), SourceCheck(config.id)
    cursor = (observed_at - dt.timedelta(days=1)).isoformat() if config.family in _WINDOWED else None
    for entity in adapter.entities():
        try:
            found = _first(adapter, entity, cursor, observed_at)
        except SourceError as error:
            check.entities.append(EntityCheck(entity, problem=error.cause))
            _judge(check, error.kind)
            if error.kind in _ENDS:
                break
            continue
        check.reachable = "yes"
        if connection.password:
            check.authenticated = "yes"
        sample = None
        for raw_entity, records in found.items():
            if records and sample is None:
                sample = Redactor(ENTITIES[raw_entity], keys).redact(records[0]).landed
        counts = {name: len(records) for name, records in found.items()}
        check.entities.append(EntityCheck(entity, counts, sample))
    check.notes.extend(adapter.notes())
    return check


def _first(
    adapter: SourceAdapter, entity: str, cursor: str | None, observed_at: dt.datetime
) -> dict[str, list[dict[str, Any]]]:
    """Records of the first answer that holds any; of no answer, none."""
    answers: Iterator[Any] = adapter.fetch(entity, cursor=cursor, observed_at=observed_at)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in adapter.raw_entities(entity)}
    for answer in answers:
        found = dict(answer.decoded().records)
        if any(found.values()):
            break
    return found


def _judge(check: SourceCheck, kind: str) -> None:
    """What a failure says about the source as a whole."""
    if kind == "unreachable":
        check.reachable = "no" if check.reachable == "unknown" else check.reachable
        return
    check.reachable = "yes"
    if kind == "session":
        check.authenticated = "no"


def _light(config: SourceConfig) -> SourceConfig:
    """The source, but a list of keys is only listed, not asked for key by key."""
    if not isinstance(config, ExchangeSource):
        return config
    entities = tuple(
        item.model_copy(update={"service": item.each_of.service, "each_of": None}) if item.each_of else item
        for item in config.entities
    )
    return config.model_copy(update={"entities": entities})
