"""The shipped sources against the stand-in: everything it holds arrives, once, first and last record."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from source_double import PRESENT

from decision766.settings import get_settings
from decision766.simulator.world import World
from decision766.sources import ExchangeSource, SourceAnswer, adapter_for, find_source
from stand_in_server import connection_to, serving

PROVINCES = ("H12", "H17", "H29")


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=600)


@pytest.fixture(scope="module")
def base_url(world: World) -> Iterator[str]:
    with serving(world, session_calls=11) as url:
        yield url


def _fetch(base_url: str, source_id: str, entity: str, cursor: str | None = None) -> list[SourceAnswer]:
    config = find_source(get_settings().sources_folder, source_id)
    adapter = adapter_for(config, connection_to(base_url, config))
    return list(adapter.fetch(entity, cursor=cursor, observed_at=PRESENT))


def _records(answers: list[SourceAnswer]) -> list[dict[str, Any]]:
    return [record for answer in answers for records in answer.records.values() for record in records]


@pytest.mark.parametrize("code", PROVINCES)
def test_catalogues_are_complete(world: World, base_url: str, code: str) -> None:
    source = f"province_{code.lower()}"
    units = _records(_fetch(base_url, source, "org_unit"))
    assert [unit["code"] for unit in units] == [unit.code for unit in world.units[code]]
    procedures = _records(_fetch(base_url, source, "procedure"))
    assert [record["MATTHC"] for record in procedures] == [procedure.code for procedure in world.procedures]
    decisions = _records(_fetch(base_url, source, "decision"))
    assert [record["decision_no"] for record in decisions] == [
        item.decision_no for item in world.decisions[code]
    ]
    parts = _records(_fetch(base_url, source, "procedure_part"))
    assert len(parts) == len(world.parts[code])


@pytest.mark.parametrize("code", PROVINCES)
def test_records_are_complete(world: World, base_url: str, code: str) -> None:
    source = f"province_{code.lower()}"
    answers = _fetch(base_url, source, "dossier")
    sent = [record["MaHoSo"] for record in _records(answers)]
    held = {dossier.code for dossier in world.all_dossiers(code)}
    assert held - set(sent) <= set(world.corrupted)
    assert {key for key in sent if key} <= held | set(world.corrupted)
    windows = [answer.window for answer in answers]
    assert all(window is not None for window in windows)
    assert windows[-1] is not None
    assert windows[-1].end == PRESENT
    petitions = {record["Id"] for record in _records(_fetch(base_url, source, "petition"))}
    assert petitions == {
        petition.petition_id
        for unit, found in world.petitions.items()
        if unit.partition(".")[0] == code
        for petition in found
    }
    events = _records(_fetch(base_url, source, "dossier_event"))
    assert len({record["MaHoSo"] for record in events}) > len(held) / 2


@pytest.mark.parametrize("code", PROVINCES)
def test_the_slices_hold_what_one_call_holds(base_url: str, code: str) -> None:
    """Cutting the window loses and repeats nothing."""
    config = find_source(get_settings().sources_folder, f"province_{code.lower()}")
    assert isinstance(config, ExchangeSource)
    keys = []
    for span in ("month", "year", "week"):
        adapter = adapter_for(config.model_copy(update={"slice": span}), connection_to(base_url, config))
        answers = list(adapter.fetch("dossier", cursor=None, observed_at=PRESENT))
        keys.append(sorted((record["MaHoSo"], str(record)) for record in _records(answers)))
    assert keys[0] == keys[1] == keys[2]


def test_a_second_run_reads_the_overlap_only(base_url: str) -> None:
    config = find_source(get_settings().sources_folder, "province_h12")
    adapter = adapter_for(config, connection_to(base_url, config))
    cursor = adapter.next_cursor("dossier", cursor=None, observed_at=PRESENT)
    answers = list(adapter.fetch("dossier", cursor=cursor, observed_at=PRESENT))
    assert len(answers) == 1
    assert answers[0].window is not None
    assert answers[0].window.start == PRESENT - dt.timedelta(hours=48)


@pytest.mark.parametrize("code", PROVINCES)
def test_published_scores_are_complete(world: World, base_url: str, code: str) -> None:
    source = f"portal_{code.lower()}"
    config = find_source(get_settings().sources_folder, source)
    adapter = adapter_for(config, connection_to(base_url, config))
    for endpoint in adapter.entities():
        answers = list(adapter.fetch(endpoint, cursor=None, observed_at=PRESENT))
        assert all(not answer.call.get("no_data") for answer in answers)
        by_period: dict[tuple[str, str], list[str]] = {}
        for answer in answers:
            for row in answer.records["published_group"]:
                by_period.setdefault((row["period_grain"], row["period_start"]), []).append(
                    row["portal_unit_id"]
                )
        assert len(by_period) == 9
        for ids in by_period.values():
            assert len(ids) == len(set(ids)) == len(world.units[code])
    assert adapter.notes() == []


def test_the_recorded_province_is_read_whole(base_url: str) -> None:
    config = find_source(get_settings().sources_folder, "portal_h44")
    adapter = adapter_for(config, connection_to(base_url, config))
    counts = {
        endpoint: [
            len(answer.records["published_group"])
            for answer in adapter.fetch(endpoint, cursor=None, observed_at=PRESENT)
        ]
        for endpoint in adapter.entities()
    }
    assert (
        counts
        == {  # year 2026, August 2026, procedure 2.000815 in August: the root and the units recorded
            "transparency": [15, 3],
            "dvc-progress-tree": [16, 3, 16],
            "provide-online-tree": [13, 3, 12],
            "formality-online-payment-tree": [16, 3, 17],
            "dossier-digitized": [9, 3],
            "handling-satisfaction": [13, 3],
        }
    )
