"""Bad rows are planted where the ground truth says, nowhere else, and the same ones at every call."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from decision766.simulator.exchange_api import DIALECTS, Exchange
from decision766.simulator.planting import DOSSIERS, ENTITIES, KINDS, MARK, NOT_LISTED, Planting, _days_before
from decision766.simulator.world import World


@pytest.fixture(scope="module")
def small() -> World:
    return World.build(dossiers=3000)


def records(
    world: World, service: str, province: str, planting: Planting | None = None
) -> list[dict[str, Any]]:
    exchange = Exchange(world, planting=planting)
    dialect = DIALECTS[province]
    session = json.loads(
        exchange.login({"username": dialect.username, "password": dialect.password}, province)
    )["session"]
    body = {"session": session, "madonvi": province, "service": service, "mathutuc": "*"}
    return json.loads(exchange.service(body))["result"]


def test_each_kind_occurs_and_the_share_is_kept(small: World) -> None:
    planting = Planting(0.05)
    for service, entity in ENTITIES.items():
        sent = records(small, service, "H12", planting)
        marked = [record for record in sent if MARK in record]
        told = [item for item in planting.planted if (item.entity, item.province) == (entity, "H12")]
        planting.planted.clear()
        assert {int(record[MARK]) for record in marked} == {item.number for item in told}
        assert abs(len(marked) - 0.05 * len(sent)) <= 2  # an event that is sent twice is spoiled twice
        kinds = Counter(item.kind for item in told)
        assert set(kinds) == {kind.name for kind in KINDS if kind.service == service}
        assert max(kinds.values()) - min(kinds.values()) <= 4


def test_only_planted_records_differ_and_every_call_says_the_same(small: World) -> None:
    clean = records(small, DOSSIERS, "H12")
    spoilt = records(small, DOSSIERS, "H12", Planting(0.05))
    assert records(small, DOSSIERS, "H12", Planting(0.05)) == spoilt
    changed = [(old, new) for old, new in zip(clean, spoilt, strict=True) if old != new]
    assert all(MARK in new for _, new in changed)
    assert len(changed) == sum(MARK in record for record in spoilt) > 30


def test_withheld_procedures_are_not_listed_and_whoever_names_them_is_told(small: World) -> None:
    planting = Planting(0.0, withheld=2)
    listed = {record["MATTHC"] for record in records(small, "LayThuTuc", "H12", planting)}
    keys = records(small, "LayDanhSachTTHC", "H12", Planting(0.0, withheld=2))
    listed |= {record["MATTHC"] for record in keys}
    assert len(keys) == len(listed)
    assert len(planting.withheld) == 2
    assert not listed & planting.withheld
    naming = [
        record
        for record in records(small, DOSSIERS, "H12")
        if ".".join(record["MaTTHC"].split(".")[:2]) in planting.withheld
    ]
    told = [item for item in planting.planted if (item.entity, item.province) == ("dossier", "H12")]
    assert len(told) == len(naming)
    assert {item.kind for item in planting.planted} == {NOT_LISTED}
    assert {item.entity for item in planting.planted} > {"dossier", "unit_procedure_authority"}


def test_the_ground_truth_is_written(small: World, tmp_path: Path) -> None:
    planting = Planting(0.01)
    records(small, DOSSIERS, "H12", planting)
    planting.write(tmp_path / "planted.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "planted.jsonl").read_text().splitlines()]
    assert len(lines) == len(planting.planted) > 10
    assert set(lines[0]) == {"number", "province", "entity", "kind", "rule", "procedure_code"}


def test_a_share_is_a_share() -> None:
    with pytest.raises(ValueError, match="between 0 and 1, not 5"):
        Planting(5)


@pytest.mark.parametrize(
    ("stamp", "before"),
    [
        ("20260815083000", "20260812083000"),
        ("20260302083000", "20260220083000"),
        ("20260101083000", "20251220083000"),
    ],
)
def test_days_before(stamp: str, before: str) -> None:
    assert _days_before(stamp) == before
