"""A past of any length put straight into the audit schema: sources, reads, batches, runs, quarantine."""

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from decision766.validation.rules import load_suites

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {"province_h12": "synthetic", "province_h17": "synthetic", "portal_h44": "recorded"}
HOSTILE_RULE = "dossier.<script>alert(766)</script>.x"
HOSTILE_NAME = 'Sở </script><img src="https://example.org/x.png"> & "Ví dụ"'


def add_sources(connection: Connection, names: dict[str, str] | None = None) -> None:
    """The sources; names: source → its name, a plain one by default."""
    for source_id, origin in SOURCES.items():
        connection.execute(
            text("""
                insert into audit.source (source_id, family, name, covers, data_origin, settings_hash)
                values (:id, 'dvcqg_exchange', :name, '{H12}', :origin, 'x')
                on conflict (source_id) do update set name = excluded.name
            """),
            {"id": source_id, "name": (names or {}).get(source_id, f"Nguồn {source_id}"), "origin": origin},
        )


def add_past(engine: Engine, runs: int, *, first: int = 0, hours: float = 0.5, names=None) -> None:
    """Runs number `first` to `first + runs`, one every `hours` since 1 January 2026, all of a piece.

    Every entity and source in turn; each tenth run sets rows aside, each fiftieth blocks its batch, each
    seventieth read fails.
    """
    suites = load_suites(ROOT / "expectations")
    entities = sorted(suites)
    with engine.begin() as connection:
        add_sources(connection, names)
        connection.execute(text("create temporary table rule (entity text, rule_id text, severity text)"))
        connection.execute(
            text("insert into rule values (:entity, :rule_id, :severity)"),
            [
                {"entity": entity, "rule_id": rule.id, "severity": rule.severity}
                for entity, suite in suites.items()
                for rule in suite.rules
            ],
        )
        values = {
            "first": first,
            "last": first + runs - 1,
            "hours": hours,
            "entities": entities,
            "sources": sorted(SOURCES),
        }
        for statement in _STATEMENTS:
            connection.execute(text(statement), values if ":" in statement.replace("::", "") else {})
        connection.execute(text("drop table rule; drop table past"))


_STATEMENTS = (
    """
    create temporary table past as
    select n, md5('batch ' || n)::uuid as batch_id, md5('run ' || n)::uuid as run_id,
        (cast(:entities as text[]))[n % cardinality(cast(:entities as text[])) + 1] as entity,
        (cast(:sources as text[]))[n / 16 % cardinality(cast(:sources as text[])) + 1] as source_id,
        timestamptz '2026-01-01 00:00+07' + make_interval(secs => n * :hours * 3600) as at,
        1000 + n % 700 as rows, n % 50 <> 49 as success,
        case when n % 10 = 3 and n % 50 <> 49 then 3 else 0 end as held
    from generate_series(cast(:first as int), cast(:last as int)) as n
    """,
    """
    insert into audit.landed_object (object_sha256, source_id, entity, path, call, record_count, bytes,
        original_sha256, original_bytes, redactor_version, fetched_at)
    select encode(sha256(('object ' || n)::bytea), 'hex'), source_id, entity,
        'landing/' || source_id || '/' || n || '.ndjson.zst', '{}', rows, rows * 200, md5(n::text),
        rows * 300, '1', at
    from past
    """,
    """
    insert into audit.batch (batch_id, source_id, entity, covers, data_origin, object_ids, rows_received,
        rows_new, status, observed_at, loaded_at, run_id)
    select batch_id, source_id, entity, covers, data_origin,
        array[(select object_id from audit.landed_object as o
            where o.object_sha256 = encode(sha256(('object ' || n)::bytea), 'hex') limit 1)],
        rows, rows, case when success then 'accepted' else 'blocked' end, at, at, 'run-' || n / 16
    from past inner join audit.source using (source_id)
    """,
    """
    insert into audit.outcome (run_id, source_id, entity, status, batch_id, rows_received, rows_new,
        started_at, finished_at)
    select 'run-' || n / 16, source_id, entity, case when n % 70 = 69 then 'failed' else 'loaded' end,
        case when n % 70 = 69 then null else batch_id end, rows, rows, at, at
    from past order by n
    """,
    """
    insert into audit.validation_run (validation_run_id, batch_id, suite, suite_version, success,
        rows_evaluated, rows_quarantined, result, started_at, finished_at)
    select run_id, batch_id, entity, 'v1', success, rows, held,
        jsonb_build_object('success', success, 'statistics', jsonb_build_object('n', n)),
        at, at + interval '1 second'
    from past
    """,
    """
    insert into audit.rule_result (validation_run_id, rule_id, rule_version, severity, success,
        evaluated_count, unexpected_count, predicate_count, detail)
    select run_id, rule_id, 1, severity, not is_failing, rows, is_failing::int * 3, is_failing::int * 3,
        case when is_failing and severity <> 'quarantine' then
            '{"examples": [{"object": "0123456789abcdef", "line": 7, "key": "H12-1", "unit": "H12"}]}'::jsonb
        end
    from (
        select past.*, rule.*, row_number() over (partition by n, severity order by rule_id) = 1
            and (severity = 'quarantine' and held > 0 or severity = 'block' and not success) as is_failing
        from past inner join rule using (entity)
    ) as judged
    """,
    """
    insert into audit.quarantine (entity, raw_id, batch_id, source_id, record_key, unit_code, rule_id,
        rule_version, field, reason_vi, reason_en, object_sha256, source_line)
    select entity, n * 10 + line, batch_id, source_id, 'H12.07-' || n || '-' || line, 'H12.07',
        (select min(rule_id) from rule where rule.entity = past.entity and severity = 'quarantine'), 1, 'f',
        'lý do', 'reason', encode(sha256(('object ' || n)::bytea), 'hex'), line
    from past cross join generate_series(1, 3) as line
    where held > 0 and exists (
        select 1 from rule where rule.entity = past.entity and severity = 'quarantine'
    )
    """,
)


def add_hostile(engine: Engine) -> None:
    """A run whose rule, keys and reasons are made to break a page."""
    add_past(engine, 1, first=766_003, names=dict.fromkeys(SOURCES, HOSTILE_NAME))
    with engine.begin() as connection:
        run = connection.execute(
            text("select validation_run_id from audit.validation_run order by finished_at desc limit 1")
        ).scalar_one()
        connection.execute(
            text("""
                insert into audit.rule_result (validation_run_id, rule_id, rule_version, severity, success,
                    evaluated_count, unexpected_count, predicate_count, detail)
                values (:run, :rule, 1, 'warn', false, 10, 1, 1, cast(:detail as jsonb))
            """),
            {
                "run": run,
                "rule": HOSTILE_RULE,
                "detail": '{"examples": [{"object": "\\"><script>alert(1)</script>", "line": 1, '
                '"key": "<img src=x onerror=alert(2)>", "unit": "{{ 7 * 7 }}"}]}',
            },
        )
