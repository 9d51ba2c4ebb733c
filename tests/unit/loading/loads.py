"""What the tests of loading share: landing records, numbered dossiers."""

import datetime as dt
import itertools

import orjson
from tests.unit.record_samples import DOSSIER

from decision766.sources.contract import SourceAnswer

NOW = dt.datetime(2026, 9, 28, 1, tzinfo=dt.UTC)
calls = itertools.count()


def land(store, source, entity, records, fetched_at=NOW, **more):
    body = orjson.dumps([next(calls), records], default=str)
    answer = SourceAnswer(entity, {entity: records}, body, {"call": 1}, fetched_at, **more)
    return store.put(source, answer)[entity]


def numbered(number, **fields):
    return {**DOSSIER, "MaHoSo": f"H44.07-260815-{number:05d}", **fields}
