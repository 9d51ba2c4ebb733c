"""A load is one transaction that may be repeated; what is in raw is what came, in any order."""

import datetime as dt
import uuid

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.unit.loading.loads import NOW, land, numbered

from decision766.audit import Source, cursor_of, latest_outcomes, upsert_source
from decision766.landing import LandingError
from decision766.loading import load as load_module
from decision766.loading import load_batch
from decision766.records import ENTITIES
from decision766.sources.contract import Unparseable, Window

pytestmark = pytest.mark.warehouse
WINDOW = Window(NOW - dt.timedelta(days=30), NOW)


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


# --- one transaction -----------------------------------------------------------------------------


def test_a_load_leaves_batch_cursor_outcome_and_manifest(load, module_warehouse, source):
    result = load(
        "dossier",
        [numbered(1), numbered(2)],
        [numbered(3)],
        window=WINDOW,
        announced=True,
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


@pytest.mark.parametrize("step", ["copy_new", "_set_cursor", "record_outcome"])
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
    metric = {**dict.fromkeys(ENTITIES["published_metric"].column_names), "unit_name": "Nguyễn Văn An\0"}
    with pytest.raises(DBAPIError) as refused:
        load("published_metric", [metric])
    assert "Nguyễn" not in str(refused.value)
    assert refused.value.orig.sqlstate == "22021"


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
