"""A load is one transaction that may be repeated; what is in raw is what came, in any order."""

import datetime as dt
import itertools
import uuid

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.unit.record_samples import DOSSIER, EVENT, KEYS, PETITION, PROCEDURE, RATING

from decision766.audit import Source, cursor_of, latest_outcomes, upsert_source
from decision766.landing import LandingError, LandingStore
from decision766.loading import load as load_module
from decision766.loading import load_batch
from decision766.records import ENTITIES
from decision766.sources.contract import SourceAnswer, Unparseable, Window

pytestmark = pytest.mark.warehouse

NOW = dt.datetime(2026, 9, 28, 1, tzinfo=dt.UTC)
WINDOW = Window(NOW - dt.timedelta(days=30), NOW)
calls = itertools.count()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return LandingStore(tmp_path_factory.mktemp("landing"), KEYS)


@pytest.fixture
def source(module_warehouse):
    source_id = f"s_{uuid.uuid4().hex[:8]}"
    upsert_source(
        module_warehouse, Source(source_id, "file_drop", "Nguồn thử", ("H44",), "synthetic", "hash")
    )
    return source_id


@pytest.fixture
def load(module_warehouse, store, source):
    def run(entity, *parts, **more):
        objects = [land(store, source, entity, records) for records in parts]
        return load_batch(
            module_warehouse,
            store,
            **{
                "source_id": source,
                "entity": entity,
                "objects": objects,
                "observed_at": NOW,
                "run_id": "run",
                "cursor_after": "c1",
                **more,
            },
        )

    return run


@pytest.fixture
def rows(module_warehouse, source):
    def read(entity, columns="*"):
        with module_warehouse.connect() as connection:
            found = connection.execute(
                text(f"select {columns} from raw.{entity} where source_id = :source order by raw_id"),
                {"source": source},
            )
            return [dict(row) for row in found.mappings()]

    return read


def land(store, source, entity, records, **more):
    body = orjson.dumps([next(calls), records], default=str)
    answer = SourceAnswer(entity, {entity: records}, body, {"call": 1}, NOW, **more)
    return store.put(source, answer)[entity]


def numbered(number, **fields):
    return {**DOSSIER, "MaHoSo": f"H44.07-260815-{number:05d}", **fields}


def counts(engine, source):
    with engine.connect() as connection:
        return {
            table: connection.execute(
                text(f"select count(*) from {table} where source_id = :source"), {"source": source}
            ).scalar_one()
            for table in (
                *("raw.dossier", "audit.batch", "audit.landed_object", "audit.cursor", "audit.outcome"),
                *("audit.unparseable", "audit.undeclared_field"),
            )
        }


def set_status(engine, batch_id, status):
    with engine.begin() as connection:
        connection.execute(
            text("update audit.batch set status = :status where batch_id = cast(:id as uuid)"),
            {"status": status, "id": batch_id},
        )


# --- columns -------------------------------------------------------------------------------------


def local(*parts):
    return dt.datetime(*parts, tzinfo=dt.timezone(dt.timedelta(hours=7)))


def test_a_dossier_in_columns(load, rows):
    load("dossier", [DOSSIER])
    (row,) = rows("dossier")
    expected = {
        "dossier_code": "H44.07-260815-00012",
        "unit_code": "H44.07",
        "procedure_code": "1.003560",
        "procedure_code_as_sent": "1.003560.000.00.00.H44",
        "sector_code": "G15-TP02",
        "channel": 2,
        "applicant_type": 1,
        "database_codes": ["1"],
        "submitted_at": local(2026, 8, 15, 8),
        "received_at": local(2026, 8, 15, 9, 30),
        "promised_at": local(2026, 8, 29, 17),
        "finished_at": local(2026, 8, 20, 10),
        "returned_at": local(2026, 8, 21, 10),
        "refused_at": None,
        "status": 10,
        "delivery": 0,
        "filed_at_place": 1,
        "has_digitised_component": True,
        "vneid_verified": True,
        "payment_flag": 2,
        "version_at": local(2026, 8, 22, 8),  # the supplement came after the result; promises do not count
        "fees": [
            {"fee_code": "LP01", "amount": 10000, "fee_type": "1", "method": "1"},
            {"fee_code": "LP02", "amount": 0, "fee_type": None, "method": None},
        ],
        "results": [{"has_link": True, "has_code": False}],
        "data_origin": "synthetic",
        "source_line": 1,
        "parse_errors": None,
        "extra": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert [{**item, "component_code": None} for item in row["components"]] == [
        {
            "has_file": True,
            "component_code": None,
            "digitised": False,
            "reused": 2,
            "from_personal_store": True,
            "deleted": False,
        },
        {
            "has_file": False,
            "component_code": None,
            "digitised": True,
            "reused": None,
            "from_personal_store": None,
            "deleted": None,
        },
    ]
    assert [{**item, "supplement_id": None} for item in row["supplements"]] == [
        {
            "supplement_id": None,
            "requested_at": "2026-08-16T08:00:00+07:00",
            "completed_at": "2026-08-22T08:00:00+07:00",
            "promised_before": "2026-08-28T17:00:00+07:00",
            "promised_after": "2026-08-29T17:00:00+07:00",
            "status": "1",
        }
    ]


def test_a_petition_an_event_and_a_rating_in_columns(load, rows):
    load("petition", [PETITION])
    (row,) = rows("petition")
    assert (row["unit_code"], row["likes"], row["dislikes"]) == ("H44.07", 3, 4)
    assert row["version_at"] == local(2026, 8, 21, 9)
    assert row["timeline"][1] == {
        "status": "answered",
        "started_at": "2026-08-21T09:00:00+07:00",
        "ended_at": None,
    }
    load("dossier_event", [EVENT])
    (row,) = rows("dossier_event")
    assert (row["status"], row["occurred_at"]) == (4, local(2026, 8, 16, 8))
    assert row["content_hash"] == KEYS.event.keyed("dossier_event.NoiDungXuLy", EVENT["NoiDungXuLy"])
    load("rating", [RATING])
    assert rows("rating", "rating") == [{"rating": "very_satisfied"}]


def test_a_procedure_in_columns(load, rows):
    load("procedure", [PROCEDURE])
    (row,) = rows("procedure")
    expected = {
        "procedure_code": "1.003560",
        "name": "Cấp giấy phép",
        "is_public": True,
        "publishing_unit_code": "H44",
        "decision_no": "101/QĐ-UBND",
        "levels": [1, 3],
        "sector_code": "G15-TP02",
        "subject_codes": ["1", "5"],
        "max_time": 15,  # 15 working days last longer than 20 days
        "max_time_unit": "working_day",
        "has_fee": True,
        "fee_amounts": [100000, 0],
        "paper_result_required": True,
        "public_from": local(2025, 8, 1),
        "public_to": None,
        "extra": {"THANHPHANHOSO": 2, "TRINHTUTHUCHIEN": 0},
    }
    assert {name: row[name] for name in expected} == expected


def test_our_own_entities_in_columns(load, rows):
    name = 'Sở "Tư\tpháp" \\ {Ví dụ}'
    load(
        "org_unit",
        [
            {
                "code": "H44.07",
                "name": name,
                "type": "department",
                "parent_code": "H44",
                "portal_id": None,
                "valid_from": "2025-07-01",
                "valid_to": None,
                "successor_code": "",
            }
        ],
    )
    (row,) = rows("org_unit")
    assert row["name"] == 'Sở "Tư pháp" \\ {Ví dụ}'
    assert (row["valid_from"], row["valid_to"], row["successor_code"]) == (dt.date(2025, 7, 1), None, None)
    decided = {"procedure_code": "1.004227.H44", "published_on": None}
    load("decision", [{"decision_no": "1/QĐ", "unit_code": "H44", "is_local": True, "procedures": [decided]}])
    (row,) = rows("decision")
    assert row["procedures"] == [{"procedure_code": "1.004227", "published_on": None}]
    assert row["is_local"] is True
    load(
        "service",
        [
            {
                "service_code": "DVC-01",
                "procedure_code": "1.004227",
                "level": "full",
                "state": "public",
                "applied_units": ["H44.07", "000.00.14.H44"],
                "valid_from": "2025-07-01",
            }
        ],
    )
    assert rows("service", "applied_units") == [{"applied_units": ["H44.07", "H44.14"]}]


def test_a_published_capture_is_one_row_however_often_it_is_fetched(load, rows):
    metric = {
        **dict.fromkeys(ENTITIES["published_metric"].column_names),
        "capture_id": "c",
        "unit_name": "Phú\\Thọ",
        "numerator": 3,
        "newField": {"x": 1},
    }
    for day in ("2026-09-26", "2026-09-27"):
        load("published_metric", [{**metric, "captured_at": f"{day}T08:00:00+07:00"}])
    (row,) = rows("published_metric")
    assert row["captured_at"] == local(2026, 9, 26, 8)
    assert (row["unit_name"], row["numerator"], row["ratio"]) == ("Phú\\Thọ", 3, None)
    assert row["extra"] == {"newField": {"x": 1}}


def test_unreadable_fields_are_null_and_named(load, rows):
    load("dossier", [numbered(1, NgayTiepNhan="20261345", MaTTHC="TTHC khác", GhiChu=7, MaHoSo="x")])
    (row,) = rows("dossier")
    assert (row["dossier_code"], row["unit_code"], row["received_at"], row["procedure_code"]) == (None,) * 4
    assert [error["field"] for error in row["parse_errors"]] == ["MaHoSo", "MaTTHC", "NgayTiepNhan"]
    assert row["extra"] == {"GhiChu": 7}


# --- one transaction -----------------------------------------------------------------------------


def test_a_load_leaves_batch_cursor_outcome_and_manifest(load, module_warehouse, source):
    result = load(
        "dossier",
        [numbered(1), numbered(2)],
        [numbered(3)],
        window=WINDOW,
        rows_announced=3,
        cursor_before="c0",
    )
    assert (result.status, result.rows_received, result.rows_new) == ("loaded", 3, 3)
    assert cursor_of(module_warehouse, source, "dossier") == "c1"
    (outcome,) = latest_outcomes(module_warehouse, source)
    assert (outcome.status, outcome.rows_new, outcome.batch_id) == ("loaded", 3, result.batch_id)
    with module_warehouse.connect() as connection:
        batch = connection.execute(
            text("select * from audit.batch where source_id = :source"), {"source": source}
        ).one()
    assert (batch.status, batch.covers, batch.data_origin) == ("loaded", ["H44"], "synthetic")
    assert (batch.cursor_before, batch.cursor_after, batch.rows_announced) == ("c0", "c1", 3)
    assert (batch.window_start, batch.window_end, batch.observed_at) == (WINDOW.start, WINDOW.end, NOW)
    assert len(batch.object_ids) == 2


def test_a_duplicate_load_changes_nothing_but_its_outcome(load, module_warehouse, source, rows):
    first = load("dossier", [numbered(1), numbered(2)])
    held, before = rows("dossier"), counts(module_warehouse, source)
    again = load("dossier", [numbered(2)], [numbered(1), numbered(1)], cursor_after="c2")
    assert (again.status, again.batch_id, again.rows_new) == ("unchanged", None, 0)
    assert again.latest_batch_id == first.batch_id
    assert rows("dossier") == held
    after = counts(module_warehouse, source)
    assert {name for name in after if after[name] != before[name]} == {"audit.outcome", "audit.landed_object"}
    assert cursor_of(module_warehouse, source, "dossier") == "c2"
    assert latest_outcomes(module_warehouse, source)[0].status == "unchanged"


def test_an_object_loaded_again_is_not_counted_again(module_warehouse, store, source):
    landed = land(
        store, source, "dossier", [numbered(1, GhiChu="x")], unparseable=(Unparseable(3, 4, "not JSON"),)
    )
    for _ in range(2):
        load_batch(
            module_warehouse,
            store,
            source_id=source,
            entity="dossier",
            objects=[landed],
            observed_at=NOW,
            run_id="r",
        )
    with module_warehouse.connect() as connection:
        values = {"source": source}
        seen = connection.execute(
            text("select field, seen_count from audit.undeclared_field where source_id = :source"), values
        ).all()
        lost = connection.execute(
            text("select object_sha256, cause from audit.unparseable where source_id = :source"), values
        ).all()
    assert seen == [("GhiChu", 1)]
    assert lost == [(landed.original_sha256, "not JSON")]
    assert counts(module_warehouse, source)["audit.landed_object"] == 1


def test_an_empty_source_is_a_source(load, rows):
    first = load("petition", [])
    assert (first.status, first.rows_received, first.rows_new) == ("loaded", 0, 0)
    assert load("petition", []).batch_id is None
    assert rows("petition") == []


@pytest.mark.parametrize("step", ["_insert_rows", "_set_cursor", "record_outcome"])
def test_a_failure_in_the_middle_leaves_nothing(load, module_warehouse, source, monkeypatch, step):
    real = getattr(load_module, step)

    def crash(*arguments, **more):
        real(*arguments, **more)
        raise RuntimeError("power cut")

    monkeypatch.setattr(load_module, step, crash)
    with pytest.raises(RuntimeError, match="power cut"):
        load("dossier", [numbered(1, GhiChu="x")])
    assert set(counts(module_warehouse, source).values()) == {0}
    monkeypatch.undo()
    assert load("dossier", [numbered(1)]).rows_new == 1


def test_a_damaged_object_leaves_nothing(module_warehouse, store, source):
    good, bad = (land(store, source, "dossier", [numbered(number)]) for number in (1, 2))
    (store._root / bad.path).write_bytes((store._root / good.path).read_bytes())
    with pytest.raises(LandingError, match=bad.sha256):
        load_batch(
            module_warehouse,
            store,
            source_id=source,
            entity="dossier",
            objects=[good, bad],
            observed_at=NOW,
            run_id="run",
        )
    assert set(counts(module_warehouse, source).values()) == {0}


def test_what_the_database_refuses_is_told_without_its_content(load):
    metric = {**dict.fromkeys(ENTITIES["published_metric"].column_names), "ratio": "Nguyễn Văn An"}
    with pytest.raises(DBAPIError) as refused:
        load("published_metric", [metric])
    assert "Nguyễn" not in str(refused.value)
    assert refused.value.orig.sqlstate == "22P02"


def test_rows_of_a_blocked_batch_are_judged_again_when_sent_again(load, module_warehouse, rows):
    blocked = load("dossier", [numbered(1), numbered(2)], window=WINDOW)
    set_status(module_warehouse, blocked.batch_id, "blocked")
    before = {row["dossier_code"]: row["raw_id"] for row in rows("dossier")}
    again = load("dossier", [numbered(1), numbered(3)], window=WINDOW)
    assert again.rows_new == 2
    batch_of = {row["dossier_code"][-1]: str(row["batch_id"]) for row in rows("dossier")}
    assert batch_of == {"1": again.batch_id, "2": blocked.batch_id, "3": again.batch_id}
    assert {row["dossier_code"]: row["raw_id"] for row in rows("dossier")}.items() >= before.items()


def test_nothing_new_beside_a_blocked_batch_does_not_claim_an_empty_source(load, module_warehouse):
    blocked = load("dossier", [numbered(1)], window=WINDOW)
    set_status(module_warehouse, blocked.batch_id, "blocked")
    assert load("dossier", [], window=WINDOW).status == "unchanged"
    assert load("dossier", []).status == "loaded"  # read whole: now the source holds nothing


def test_sources_do_not_mix(load, module_warehouse, store, rows):
    load("dossier", [numbered(1)])
    other = f"s_{uuid.uuid4().hex[:8]}"
    upsert_source(module_warehouse, Source(other, "file_drop", "Nguồn khác", ("H12",), "live", "hash"))
    landed = land(store, other, "dossier", [numbered(1)])
    result = load_batch(
        module_warehouse,
        store,
        source_id=other,
        entity="dossier",
        objects=[landed],
        observed_at=NOW,
        run_id="run",
    )
    assert result.rows_new == 1
    assert cursor_of(module_warehouse, other, "dossier") is None


def test_a_reload_needs_no_source(load, module_warehouse, store, source, rows):
    load("dossier", [numbered(1), numbered(2)], [numbered(3)])
    held = rows("dossier", "dossier_code, row_hash, components")
    with module_warehouse.begin() as connection:
        connection.execute(text("delete from raw.dossier where source_id = :source"), {"source": source})
    load_batch(
        module_warehouse,
        store,
        source_id=source,
        entity="dossier",
        objects=store.objects(source, "dossier"),
        observed_at=NOW,
        run_id="reload",
    )
    again = rows("dossier", "dossier_code, row_hash, components")
    assert sorted(again, key=lambda row: row["row_hash"]) == sorted(held, key=lambda row: row["row_hash"])


def test_rows_keep_the_order_of_arrival(load, rows):
    load("dossier", [numbered(number) for number in (5, 3, 9)], [numbered(1)])
    assert [row["dossier_code"][-1] for row in rows("dossier")] == ["5", "3", "9", "1"]


# --- algebra -------------------------------------------------------------------------------------

records = st.builds(
    numbered,
    st.integers(1, 4),
    TrangThaiHoSo=st.sampled_from(["4", "9", "không rõ"]),
    HinhThuc=st.sampled_from("01"),
)


@given(st.lists(st.lists(records, max_size=4), min_size=1, max_size=3), st.randoms(use_true_random=False))
@trials(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_and_repetition_do_not_matter(module_warehouse, store, parts, random):
    def held_after(deliveries):
        source = f"s_{uuid.uuid4().hex[:8]}"
        upsert_source(module_warehouse, Source(source, "file_drop", "Nguồn thử", (), "synthetic", "hash"))
        for delivery in deliveries:
            load_batch(
                module_warehouse,
                store,
                source_id=source,
                entity="dossier",
                objects=[land(store, source, "dossier", part) for part in delivery],
                observed_at=NOW,
                run_id="run",
            )
        with module_warehouse.connect() as connection:
            found = connection.execute(
                text("""
                    select row_hash, dossier_code, status, parse_errors
                    from raw.dossier where source_id = :source
                """),
                {"source": source},
            ).all()
        return sorted(str(row) for row in found)

    shuffled = [random.sample(part, len(part)) for part in random.sample(parts, len(parts))]
    once = held_after([parts])
    assert held_after([[part] for part in shuffled] + [parts]) == once
    assert len(once) == len(set(once))
