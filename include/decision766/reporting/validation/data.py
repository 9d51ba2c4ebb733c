"""What the validation reports read: the audit schema, through these queries and no others.

Read only, counts and pointers only: nothing here selects a value of a record. Instants are aware, in
Asia/Ho_Chi_Minh (the session's zone). A validation of something that is no batch (a mart) has no batch and
no source.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

EXAMPLES_PER_RULE = 5
QUARANTINE_LISTED = 10_000
Record = dict[str, Any]


@dataclass(frozen=True)
class RunKey:
    """One validation run as far as the writer must know it to see whether its page still holds.

    state: what may still change after the run: counts of its quarantined rows by state.
    """

    run_id: str
    suite: str
    source_id: str
    finished_at: dt.datetime
    state: str

    @property
    def month(self) -> str:
        """Local month of its end, YYYY-MM: the folder of its page."""
        return f"{self.finished_at:%Y-%m}"


@dataclass(frozen=True)
class RunDetail:
    """Everything that the page of one run shows, and Great Expectations' own result."""

    run: Record
    batch: Record | None
    results: list[Record]
    objects: list[Record]
    quarantine_counts: list[Record]
    quarantine_examples: list[Record]
    great_expectations: Any


def run_keys(connection: Connection) -> list[RunKey]:
    """Every validation run, the newest first."""
    return [RunKey(**row) for row in connection.execute(_KEYS).mappings()]


def newest_runs(connection: Connection, limit: int, before: int = 0) -> list[Record]:
    """Runs as the index lists them, the newest first; `before`: how many newer ones to leave out."""
    return _records(connection, _RUNS, limit=limit, before=before)


def run_detail(connection: Connection, run_id: str) -> RunDetail:
    """Read one run whole."""
    row = dict(connection.execute(_RUN, {"run": run_id}).mappings().one())
    gx = row.pop("result")
    batch_id = row["batch_id"]
    batch = _records(connection, _BATCH, batch=batch_id) if batch_id else []
    return RunDetail(
        run=row,
        batch=batch[0] if batch else None,
        results=_records(connection, _RESULTS, run=run_id),
        objects=_records(connection, _OBJECTS, batch=batch_id) if batch_id else [],
        quarantine_counts=_records(connection, _HELD_COUNTS, batch=batch_id) if batch_id else [],
        quarantine_examples=(
            _records(connection, _HELD_EXAMPLES, batch=batch_id, examples=EXAMPLES_PER_RULE)
            if batch_id
            else []
        ),
        great_expectations=gx,
    )


def quarantined_rows(connection: Connection, batch_id: str) -> Iterator[Mapping[str, Any]]:
    """Pointers to the quarantined rows of a batch, at most QUARANTINE_LISTED of them."""
    for row in connection.execute(_HELD, {"batch": batch_id, "limit": QUARANTINE_LISTED}).mappings():
        yield dict(row)


def rule_history(connection: Connection, suite: str, limit: int) -> list[Record]:
    """Results of every rule in the newest `limit` runs of a suite, the oldest first."""
    return _records(connection, _HISTORY, suite=suite, limit=limit)


def rule_months(connection: Connection, suite: str, since: dt.date) -> list[Record]:
    """Totals per rule and local month of a suite, from `since` on."""
    return _records(connection, _MONTHS, suite=suite, since=since)


def suites(connection: Connection) -> list[str]:
    """Suites that were ever run."""
    rows = connection.execute(text("select distinct suite from audit.validation_run order by 1"))
    return [str(row[0]) for row in rows]


def sources(connection: Connection) -> list[Record]:
    """Every source, with its last attempt, its last success and the number of its last outcome."""
    return _records(connection, _SOURCES)


def source_reads(connection: Connection, source_id: str, limit: int) -> list[Record]:
    """One row per read (a run over the source) and entity, of its newest `limit` outcomes, oldest first."""
    return _records(connection, _READS, source=source_id, limit=limit)


def totals(connection: Connection) -> Record:
    """Counts over the whole history, for the head of the index."""
    return _records(connection, _TOTALS)[0]


def _records(connection: Connection, query: Any, **values: Any) -> list[Record]:
    return [dict(row) for row in connection.execute(query, values).mappings()]


def by(records: Sequence[Record], name: str) -> dict[str, list[Record]]:
    """Group records by a column, keeping their order."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(str(record[name]), []).append(record)
    return groups


_KEYS = text("""
    with held as (
        select batch_id, string_agg(state || ' ' || rows, ', ' order by state) as state
        from (
            select batch_id, state, count(*) as rows from audit.quarantine group by batch_id, state
        ) as counted
        group by batch_id
    )
    select run.validation_run_id::text as run_id, run.suite, coalesce(batch.source_id, '') as source_id,
        run.finished_at, coalesce(held.state, '') as state
    from audit.validation_run as run
    left join audit.batch on batch.batch_id = run.batch_id
    left join held on held.batch_id = run.batch_id
    order by run.finished_at desc, run.validation_run_id
""")

_RUNS = text("""
    with listed as (
        select validation_run_id, batch_id, suite, success, rows_evaluated, rows_quarantined, finished_at
        from audit.validation_run
        order by finished_at desc, validation_run_id
        limit :limit offset :before
    )
    select listed.validation_run_id::text as run_id, listed.finished_at, listed.suite, listed.success,
        listed.rows_evaluated, listed.rows_quarantined, coalesce(batch.source_id, '') as source_id,
        coalesce(batch.data_origin, '') as data_origin, failed.block, failed.quarantine, failed.warn,
        failed.rules
    from listed
    left join audit.batch on batch.batch_id = listed.batch_id
    left join lateral (
        select count(*) as rules,
            count(*) filter (where not success and severity = 'block') as block,
            count(*) filter (where not success and severity = 'quarantine') as quarantine,
            count(*) filter (where not success and severity = 'warn') as warn
        from audit.rule_result where rule_result.validation_run_id = listed.validation_run_id
    ) as failed on true
    order by listed.finished_at desc, listed.validation_run_id
""")

_RUN = text("""
    select validation_run_id::text as run_id, batch_id::text, suite, suite_version, success,
        rows_evaluated, rows_quarantined, started_at, finished_at, result::text as result
    from audit.validation_run where validation_run_id = cast(:run as uuid)
""")

_BATCH = text("""
    select batch.batch_id::text, batch.source_id, source.name as source_name, source.family, batch.entity,
        batch.covers, batch.data_origin, batch.status, batch.rows_received, batch.rows_new,
        batch.rows_announced, batch.window_start, batch.window_end, batch.cursor_before, batch.cursor_after,
        batch.observed_at, batch.loaded_at, batch.accepted_at, batch.run_id
    from audit.batch inner join audit.source using (source_id)
    where batch.batch_id = cast(:batch as uuid)
""")

_RESULTS = text("""
    select rule_id, rule_version, severity, success, coalesce(evaluated_count, 0) as evaluated_count,
        unexpected_count, predicate_count, detail
    from audit.rule_result where validation_run_id = cast(:run as uuid)
    order by success, array_position(array['block', 'quarantine', 'warn'], severity), rule_id
""")

_OBJECTS = text("""
    select object.object_sha256, object.path, object.record_count, object.bytes, object.original_sha256,
        object.original_bytes, object.redactor_version, object.fetched_at, object.http_status
    from audit.batch
    inner join audit.landed_object as object on object.object_id = any(batch.object_ids)
    where batch.batch_id = cast(:batch as uuid)
    order by object.object_id limit 200
""")

_HELD_COUNTS = text("""
    select rule_id, state, state_by, state_reason, count(*) as rows
    from (
        -- by whom and why came with a later revision of the schema
        select rule_id, state,
            case when state <> 'open' then to_jsonb(held) ->> 'state_by' end as state_by,
            case when state <> 'open' then to_jsonb(held) ->> 'state_reason' end as state_reason
        from audit.quarantine as held where batch_id = cast(:batch as uuid)
    ) as stated
    group by rule_id, state, state_by, state_reason order by rule_id, state, state_by, state_reason
""")

_HELD_EXAMPLES = text("""
    select rule_id, record_key, unit_code, field, object_sha256, source_line, state
    from (
        select *, row_number() over (partition by rule_id order by raw_id) as place
        from audit.quarantine where batch_id = cast(:batch as uuid)
    ) as held
    where place <= :examples
    order by rule_id, place
""")

_HELD = text("""
    select rule_id, rule_version, field, record_key, unit_code, object_sha256, source_line, state,
        first_seen_at, last_seen_at
    from audit.quarantine where batch_id = cast(:batch as uuid)
    order by rule_id, raw_id limit :limit
""")

_HISTORY = text("""
    with newest as (
        select validation_run_id, batch_id, finished_at from audit.validation_run
        where suite = :suite order by finished_at desc limit :limit
    )
    select result.rule_id, result.rule_version, result.severity, result.success,
        coalesce(result.evaluated_count, 0) as evaluated_count, result.unexpected_count,
        result.detail ->> 'skipped' as skipped, newest.validation_run_id::text as run_id,
        newest.finished_at, coalesce(batch.source_id, '') as source_id,
        coalesce(batch.data_origin, '') as data_origin
    from newest
    inner join audit.rule_result as result using (validation_run_id)
    left join audit.batch on batch.batch_id = newest.batch_id
    order by newest.finished_at, newest.validation_run_id
""")

_MONTHS = text("""
    select result.rule_id, to_char(run.finished_at, 'YYYY-MM') as month, count(*) as runs,
        count(*) filter (where not result.success) as failed_runs,
        coalesce(sum(result.evaluated_count), 0)::bigint as evaluated,
        coalesce(sum(result.unexpected_count), 0)::bigint as unexpected
    from audit.validation_run as run
    inner join audit.rule_result as result using (validation_run_id)
    where run.suite = :suite and run.finished_at >= cast(:since as date)
    group by result.rule_id, to_char(run.finished_at, 'YYYY-MM')
    order by 1, 2
""")

_SOURCES = text("""
    select source.source_id, source.name, source.family, source.covers, source.data_origin,
        coalesce(seen.last_outcome, 0) as last_outcome, seen.last_attempt_at, seen.last_success_at
    from audit.source
    left join lateral (
        select max(outcome_id) as last_outcome, max(finished_at) as last_attempt_at,
            max(finished_at) filter (where status in ('loaded', 'unchanged')) as last_success_at
        from audit.outcome where outcome.source_id = source.source_id
    ) as seen on true
    order by source.source_id
""")

_READS = text("""
    with newest as (
        select * from audit.outcome where source_id = :source order by outcome_id desc limit :limit
    ),
    judged as (
        select batch.run_id, batch.entity, sum(run.rows_evaluated) as evaluated,
            sum(run.rows_quarantined) as quarantined, bool_and(run.success) as accepted
        from audit.batch
        inner join audit.validation_run as run using (batch_id)
        where batch.source_id = :source and batch.run_id in (select run_id from newest)
        group by batch.run_id, batch.entity
    )
    select newest.run_id, newest.entity, min(newest.outcome_id) as first_outcome,
        (array_agg(newest.status order by newest.outcome_id desc))[1] as status,
        max(newest.finished_at) as finished_at,
        coalesce(sum(newest.rows_received) filter (where newest.status in ('loaded', 'unchanged')), 0)::bigint
            as rows_received,
        coalesce(sum(newest.rows_new) filter (where newest.status in ('loaded', 'unchanged')), 0)::bigint
            as rows_new,
        max(judged.evaluated)::bigint as evaluated, max(judged.quarantined)::bigint as quarantined,
        bool_and(judged.accepted) as accepted
    from newest
    left join judged on judged.run_id = newest.run_id and judged.entity = newest.entity
    group by newest.run_id, newest.entity
    order by min(newest.outcome_id)
""")

_TOTALS = text("""
    select
        (select count(*) from audit.validation_run) as runs,
        (select count(*) from audit.validation_run where not success) as blocked,
        (select coalesce(sum(rows_evaluated), 0)::bigint from audit.validation_run) as rows_evaluated,
        (select count(distinct (entity, raw_id)) from audit.quarantine where state = 'open') as rows_open,
        (select count(*) from audit.source) as sources,
        (select array_agg(distinct data_origin order by data_origin) from audit.batch) as data_origins
""")
