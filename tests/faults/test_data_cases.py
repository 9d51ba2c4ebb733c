"""The catalogued ways in which data misbehave, each switched on for a whole system, and what must follow."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from decision766.landing import open_landing
from decision766.pipeline.prove import validate_source
from decision766.settings import Settings
from decision766.simulator.misbehaviour import CASES, PLACEHOLDER, UNKNOWN_FIELD, Misbehaviour
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from decision766.sources import SourceConfig
from decision766.validation import BatchBlocked
from faulty_sources import PRESENT, QUICK, Reader, Standing, evaluation, quick

pytestmark = [pytest.mark.warehouse, pytest.mark.faults, pytest.mark.slow]
Read = Callable[..., Reader]


def province(source_id: str = "province_h12") -> SourceConfig:
    whole = {"org_unit": "LayDanhMucDonVi"}
    windowed = {"dossier": "DongBoHoSoMC", "dossier_event": "CapNhatTienDoHoSoMC"}
    entities: list[dict[str, Any]] = [{"entity": name, "service": code} for name, code in whole.items()]
    entities.append({"entity": "procedure", "service": "LayThuTuc", "parameters": {"mathutuc": "*"}})
    entities += [
        {"entity": name, "service": code, "window": {"overlap_hours": 48}} for name, code in windowed.items()
    ]
    return quick(source_id, entities=entities, first_window_start="2026-04-01", retries=QUICK["retries"])


@pytest.fixture(scope="session")
def world() -> World:
    return World.build(dossiers=900)


@pytest.fixture
def read(world: World, settings: Settings, warehouse: Any, reader: Reader) -> Read:
    """Reads H12 as it misbehaves, and validates what came; again, into the same warehouse."""

    def run(*cases: str, config: SourceConfig | None = None, present: dt.datetime = PRESENT) -> Reader:
        found = Reader(Standing(create_app(world, misbehave=cases)), reader.settings, warehouse)
        config = config or province()
        found.read(config, present=present).raise_for_failures()
        validate_source(warehouse, config.id, settings=reader.settings)
        return found

    return run


def _all(reader: Reader, query: str) -> list[Any]:
    with reader.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _one(reader: Reader, query: str) -> Any:
    return _all(reader, query)[0][0]


def _warned(reader: Reader) -> dict[str, int]:
    """Rules that warn: id → rows."""
    return dict(
        _all(
            reader,
            "select rule_id, unexpected_count from audit.rule_result where severity = 'warn' and not success",
        )
    )


def _quarantined(reader: Reader) -> Counter[str]:
    return Counter(row[0] for row in _all(reader, "select rule_id from audit.quarantine"))


def test_every_case_has_a_name_and_unknown_ones_are_refused() -> None:
    assert {number for number, _ in CASES.values()} >= {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 18, 19, 20}
    with pytest.raises(ValueError, match="no such case: meteor"):
        Misbehaviour(["meteor"])


def test_a_well_behaved_system_warns_of_none_of_it(read: Read) -> None:
    warned = _warned(read())
    for rule in ("promised_at.some_present", "submitted_at.own", "received_at.night", "status.refused"):
        assert f"dossier.{rule}" not in warned


def test_1_versions_in_any_order_are_all_kept_and_the_latest_is_known(read: Read, world: World) -> None:
    reader = read()
    versions = _all(
        reader,
        """
        select dossier_code, array_agg(status order by version_at) from raw.dossier
        group by dossier_code having count(*) > 1
        """,
    )
    truth = {dossier.code: dossier.status for dossier in world.all_dossiers("H12")}
    assert len(versions) > 3
    assert all(statuses[-1] == truth[code] for code, statuses in versions)
    arrived_late = """
        select count(*) from raw.dossier as newer, raw.dossier as older
        where newer.dossier_code = older.dossier_code and newer.version_at > older.version_at
            and newer.raw_id < older.raw_id
    """
    assert _one(reader, arrived_late) > 0


def test_3_statuses_sent_as_done_are_flagged(read: Read, world: World) -> None:
    hidden = [
        dossier.code
        for dossier in world.all_dossiers("H12")
        if dossier.status in (5, 6, 8, 9) and not (dossier.finished_at or dossier.returned_at)
    ]
    reader = read("statuses_as_done")
    flagged = """
        select dossier_code from raw.dossier
        where status = 9 and finished_at is null and returned_at is null
    """
    assert sorted(row[0] for row in _all(reader, flagged)) == sorted(hidden) != []
    assert _warned(reader)["dossier.status.closed_with_date"] == len(hidden)


def test_4_a_copied_submission_is_flagged(read: Read) -> None:
    assert _warned(read("submitted_copied"))["dossier.submitted_at.own"] > 20


def test_5_a_payment_flag_without_a_payment_is_flagged(read: Read) -> None:
    reader = read("payment_from_last_fee")
    wrong = """
        select count(*) from raw.dossier
        where payment_flag = 1 and jsonb_array_length(fees) > 0
            and not exists (
                select 1 from jsonb_array_elements(fees) as fee where (fee ->> 'amount')::numeric <> 0
            )
    """
    assert _warned(reader)["dossier.payment_flag.with_fee"] == _one(reader, wrong) > 0


def test_6_zero_is_no(read: Read) -> None:
    reader = read("digitised_zero")
    said = "select distinct part ->> 'digitised' from raw.dossier, jsonb_array_elements(components) as part"
    assert _all(reader, said) == [("false",)]


def test_7_a_province_that_never_promises_is_flagged(read: Read) -> None:
    reader = read("no_promised_date")
    rows = _one(reader, "select count(*) from raw.dossier")
    assert _one(reader, "select count(*) from raw.dossier where promised_at is null") == rows
    assert _warned(reader)["dossier.promised_at.some_present"] == rows
    assert "dossier.promised_at.readable" not in _quarantined(reader)


def test_8_dummy_identities_are_stored_nowhere(read: Read) -> None:
    reader = read("dummy_identities")
    store = open_landing(reader.settings)
    landed = b"".join(
        line
        for entity in ("dossier", "dossier_event")
        for item in store.objects("province_h12", entity)
        for _, line in store.read_lines(item)
    )
    assert landed.count(b"MaHoSo") > 200
    held = "".join(row[0] for row in _all(reader, "select to_jsonb(d)::text from raw.dossier as d"))
    for text_ in (landed.decode(), held):
        assert "000000000@" not in text_
        assert '"000000000"' not in text_


def test_9_codes_are_normalised_and_placeholders_set_aside(read: Read) -> None:
    reader = read("placeholder_procedure")
    placeholders = f"select count(*) from raw.dossier where procedure_code_as_sent = '{PLACEHOLDER}'"
    assert _quarantined(reader)["dossier.procedure_code.known"] == _one(reader, placeholders) > 5
    suffixed = _all(
        reader,
        """
        select procedure_code, procedure_code_as_sent
        from raw.dossier where procedure_code_as_sent like '%.H12'
        """,
    )
    assert suffixed
    assert all(sent.startswith(f"{code}.") for code, sent in suffixed)
    assert all(code.count(".") == 1 for code, _ in suffixed)


def test_10_stray_quotes_change_nothing(read: Read) -> None:
    clean = read().tables()
    assert read("stray_quotes").tables() == clean
    kinds = (
        "select distinct jsonb_typeof(fee -> 'amount') from raw.dossier, jsonb_array_elements(fees) as fee"
    )
    assert _all(read(), kinds) == [("number",)]


@pytest.mark.parametrize("case", ["twelve_hour_clock", "utc_times"])
def test_11_shifted_clocks_are_flagged(read: Read, case: str) -> None:
    assert _warned(read(case))["dossier.received_at.night"] > 50


def test_11_local_times_marked_z_block_the_batch_by_name(read: Read) -> None:
    with pytest.raises(BatchBlocked, match="received_at"):
        read("marked_utc")


def test_12_a_dossier_without_reception_is_set_aside(read: Read) -> None:
    reader = read("no_reception")
    missing = """
        select count(*) from raw.dossier where received_at is null and status not in (1, 3)
    """
    assert _quarantined(reader)["dossier.received_at.present"] == _one(reader, missing) > 5


def test_13_success_told_in_the_text_is_success(read: Read) -> None:
    clean = read().tables()
    assert read("told_in_text").tables() == clean


def test_17_what_children_repeat_is_kept_per_unit_and_never_summed(read: Read) -> None:
    reader = read(config=evaluation())
    rows = _all(
        reader,
        """
        select portal_unit_id, unit_code, numerator from raw.published_metric
        where indicator_code = '1.1' and numerator is not null
        """,
    )
    assert len(rows) == len({unit for unit, _, _ in rows})  # one figure a unit: nobody added any up
    (province,) = (value for _, code, value in rows if code == "H12")
    assert len([value for _, _, value in rows if value == province]) > len(rows) / 2


def test_18_both_versions_of_a_restated_period_are_kept(read: Read) -> None:
    query = """
        select portal_unit_id, metric_code, endpoint, array_agg(numerator order by captured_at),
            count(distinct captured_at)
        from raw.published_metric
        where endpoint = 'transparency' and numerator is not null group by 1, 2, 3
    """
    first = read(config=evaluation())
    before = {row[:3]: row[3] for row in _all(first, query)}
    after = _all(read("restated", config=evaluation()), query)
    assert len(after) == len(before) > 50
    for *key, numerators, seen in after:
        (old,) = before[tuple(key)]
        assert numerators == [old, old + 1]
        assert seen == 2


def test_19_null_stays_null_and_the_unknown_is_kept_and_reported(read: Read) -> None:
    reader = read("nulls_and_unknown")
    assert _one(reader, "select count(*) from raw.dossier where payment_flag is not null") == 0
    assert _one(reader, "select count(*) from raw.dossier where delivery is not null") == 0
    seen = _all(reader, f"select seen_count from audit.undeclared_field where field = '{UNKNOWN_FIELD}'")
    assert seen[0][0] >= _one(reader, "select count(*) from raw.dossier")
    assert _one(reader, f"select count(*) from raw.dossier where extra ->> '{UNKNOWN_FIELD}' = '7'") > 100
    published = read("nulls_and_unknown", config=evaluation())
    nulls = """
        select count(*) filter (where numerator is null),
            count(*) filter (where extra ->> 'qualityIndex' = '7'), count(*)
        from raw.published_metric where endpoint = 'transparency'
    """
    ((null, unknown, rows),) = _all(published, nulls)
    assert null == unknown == rows > 50


def test_20_what_arrives_weeks_late_is_read_and_wakes_the_build(read: Read, world: World) -> None:
    early = dt.datetime.fromisoformat("2026-09-01T00:00:00+07:00")
    read("late_arrivals", present=early)
    august = "select count(*) from raw.dossier where received_at < '2026-09-01T00:00:00+07:00'"
    waiting = "select count(*) from audit.work_ledger where entity = 'dossier'"
    reader = read("late_arrivals", present=early + dt.timedelta(hours=1))
    before, woken = _one(reader, august), _one(reader, waiting)
    reader = read("late_arrivals")
    assert _one(reader, august) > before
    assert _one(reader, waiting) > woken
    held = {row[0] for row in _all(reader, "select dossier_code from raw.dossier")}
    truth = {dossier.code for dossier in world.all_dossiers("H12")}
    assert held == truth
