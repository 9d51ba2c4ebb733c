"""What outlived its term goes, once and whole; what it stood for in the audit trail stays."""

import datetime as dt
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text
from tests.unit.loading.loads import NOW
from tests.unit.retention.conftest import LONG_AGO, dossier, event

from decision766.landing import LandingError, removal
from decision766.records import ENTITIES
from decision766.records.kinds import Treatment
from decision766.retention import RetentionFileError, enforce, load_rules, make_plan
from decision766.retention.places import KEYED
from decision766.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]
RULES = load_rules(Settings().retention_file)
RECENT = dt.datetime.now(dt.UTC) - dt.timedelta(days=10)


def run(engine, store, as_of=None):
    plan = make_plan(engine, store, RULES, as_of=as_of or dt.datetime.now(dt.UTC))
    return plan, enforce(engine, store, plan, RULES)


def rows(engine, query):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def component_codes(engine):
    return rows(
        engine,
        "select dossier_code, element ->> 'component_code' from raw.dossier, "
        "jsonb_array_elements(components) as element order by 1, 2 nulls last",
    )


def test_every_keyed_field_has_its_place():
    declared = {
        (name, path, treatment) for name, spec in ENTITIES.items() for path, treatment in spec.keyed()
    }
    assert declared == {(place.entity, place.path, place.treatment) for place in KEYED}
    assert {place.treatment for place in KEYED} == {Treatment.PSEUDONYM, Treatment.IDENTITY}


def test_the_plan_shows_and_the_run_takes_what_is_old_and_nothing_else(engine, store, load):
    load(store, "dossier", [dossier(1), dossier(2, GhiChu=7)])
    load(store, "dossier", [dossier(3)], RECENT)
    load(store, "dossier_event", [event(1)])
    before = rows(engine, "select count(*), count(distinct row_hash) from raw.dossier")
    facts = "select dossier_code, status, fees, components #> '{0,digitised}' from raw.dossier order by 1"
    kept = rows(engine, facts)
    plan, done = run(engine, store)
    assert {(due.rule.id, due.entity, len(due.objects), due.rows) for due in plan.due} == {
        ("landed_records", "dossier", 1, 0),
        ("landed_records", "dossier_event", 1, 0),
        ("pseudonyms", "dossier", 0, 2),
        ("undeclared_values", "dossier", 0, 1),
    }
    assert (done.objects, done.rows, done.batches) == (2, 3, 2)
    assert rows(engine, facts) == kept
    assert rows(engine, "select count(*), count(distinct row_hash) from raw.dossier") == before
    codes = component_codes(engine)
    assert {code for name, code in codes if not name.endswith("3")} == {None}
    assert all(code for name, code in codes if name.endswith("3"))
    assert rows(engine, "select count(*) from raw.dossier where extra is not null") == [(0,)]
    assert rows(engine, "select count(*) from raw.dossier_event where content_hash like 'e1:%'") == [(1,)]
    assert len(store.objects("s", "dossier")) == 1
    told = rows(
        engine,
        "select rule_id, entity, removed_count, done_at is not null, path is null "
        "from audit.tombstone order by 1, 2",
    )
    assert told == [
        ("landed_records", "dossier", 2, True, False),
        ("landed_records", "dossier_event", 1, True, False),
        ("pseudonyms", "dossier", 2, True, True),
        ("undeclared_values", "dossier", 1, True, True),
    ]
    assert rows(engine, "select count(*) from audit.landed_object") == [(3,)]


def test_a_second_run_finds_nothing(engine, store, load):
    load(store, "dossier", [dossier(1)])
    run(engine, store)
    before = rows(engine, "select * from audit.tombstone order by 1")
    plan, done = run(engine, store)
    assert plan.is_empty
    assert (done.objects, done.rows, done.batches) == (0, 0, 0)
    assert rows(engine, "select * from audit.tombstone order by 1") == before


def test_what_is_gone_says_why_and_comes_again_if_it_is_sent_again(engine, store, load, tmp_path):
    load(store, "dossier", [dossier(1)])
    (landed,) = store.objects("s", "dossier")
    run(engine, store)
    with pytest.raises(LandingError, match="retention rule landed_records, 1096 days"):
        list(store.read_lines(landed))
    assert (tmp_path / "landing" / landed.path).with_name(f"{landed.sha256}.manifest.json").exists()
    load(store, "dossier", [dossier(1)], RECENT)
    assert store.objects("s", "dossier") == [landed]
    assert len(list(store.read_lines(landed))) == 1


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_run_that_breaks_off_is_finished_by_the_next(engine, store, load, monkeypatch, step):
    for number in range(3):
        load(store, "dossier", [dossier(number)], LONG_AGO + dt.timedelta(days=number))
    real, calls = removal.remove, []

    def broken(root, path, note):
        calls.append(path)
        if len(calls) == 2 and step == "before":
            raise OSError("killed")
        freed = real(root, path, note)
        if len(calls) == 2:
            raise OSError("killed")
        return freed

    monkeypatch.setattr("decision766.retention.enforcement.remove", broken)
    with pytest.raises(OSError, match="killed"):
        run(engine, store)
    monkeypatch.setattr("decision766.retention.enforcement.remove", real)
    plan, _ = run(engine, store)
    assert plan.unfinished == 1
    assert store.objects("s", "dossier") == []
    assert rows(engine, "select count(*) from audit.tombstone where done_at is null") == [(0,)]
    assert rows(engine, "select count(*) from audit.tombstone where path is not null") == [(3,)]
    assert {code for _, code in component_codes(engine)} == {None}
    assert run(engine, store)[0].is_empty


def test_a_term_counts_from_the_last_time_an_object_came(engine, store, load):
    load(store, "dossier", [dossier(1)])
    with engine.begin() as connection:
        connection.execute(
            text("""
                insert into audit.landed_object (object_sha256, source_id, entity, path, call, bytes,
                    original_sha256, original_bytes, redactor_version, fetched_at)
                select object_sha256, source_id, entity, path, '{"again": true}', bytes, original_sha256,
                    original_bytes, redactor_version, :at from audit.landed_object
            """),
            {"at": RECENT},
        )
    assert "landed_records" not in {due.rule.id for due in run(engine, store)[0].due}
    assert len(store.objects("s", "dossier")) == 1


def test_the_day_before_is_too_early(engine, store, load):
    came = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    load(store, "dossier", [dossier(1)], came)
    for days, due in (
        (732, set()),
        (733, {"pseudonyms", "undeclared_values"}),
        (1097, {rule.id for rule in RULES}),
    ):
        plan = make_plan(engine, store, RULES, as_of=came + dt.timedelta(days=days))
        assert {item.rule.id for item in plan.due} == due


def test_nothing_is_taken_before_its_time(engine, store, load):
    load(store, "dossier", [dossier(1)], NOW)
    plan = make_plan(engine, store, RULES, as_of=dt.datetime.now(dt.UTC) + dt.timedelta(days=5000))
    assert plan.due
    with pytest.raises(ValueError, match="ahead of the clock"):
        enforce(engine, store, plan, RULES)
    assert len(store.objects("s", "dossier")) == 1
    with pytest.raises(ValueError, match="time zone"):
        make_plan(engine, store, RULES, as_of=dt.datetime(2026, 1, 1))  # noqa: DTZ001


def test_copies_in_the_marts_build_lose_it_too(engine, store, load):
    load(store, "dossier", [dossier(1)])
    with engine.begin() as connection:
        connection.execute(
            text(
                "create table public.int_dossier as "
                "select dossier_code, components, supplements from raw.dossier"
            )
        )
    run(engine, store)
    left = rows(engine, "select components::text || supplements::text from public.int_dossier")[0][0]
    assert "p1:" not in left
    assert '"digitised"' in left


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"keep_days": 0}, "greater than or equal to 1"),
        ({"fields": ["dossier_code"]}, "dossier.dossier_code cannot be taken out"),
        ({"fields": ["components.has_file"]}, "cannot be taken out"),
        ({"basis_vi": ""}, "at least 1 character"),
        ({"colour": "blue"}, "Extra inputs"),
        ({"kind": "marts"}, "kind"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(tmp_path: Path, change, told):
    content = yaml.safe_load(Settings().retention_file.read_text(encoding="utf-8"))
    content["rules"][1].update(change)
    path = tmp_path / "retention.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(RetentionFileError, match=r"retention\.yaml: rule 1") as problem:
        load_rules(path)
    assert told in str(problem.value)


def test_a_rule_stands_once(tmp_path: Path):
    content = yaml.safe_load(Settings().retention_file.read_text(encoding="utf-8"))
    content["rules"].append(content["rules"][0])
    path = tmp_path / "retention.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(RetentionFileError, match="landed_records stands twice"):
        load_rules(path)
